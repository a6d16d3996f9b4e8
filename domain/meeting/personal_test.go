package meeting_test

import (
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
)

func TestTheNextMeetingIsTheFirstThatSomebodyHasToDoWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ana, outsider := member("ana", access.Resident, "w2"), access.Actor{ID: "otto"}
		next := func(who access.Actor) (meeting.ID, meeting.State, bool) {
			t.Helper()
			c, any, err := w.Next(ctx, who)
			w.must(err)
			if !any {
				return "", "", false
			}
			return c.ID, c.Registered, c.Planned
		}
		is := func(who access.Actor, id meeting.ID, registered meeting.State, planned bool) {
			t.Helper()
			if gotID, gotState, gotPlanned := next(who); gotID != id || gotState != registered || gotPlanned != planned {
				t.Errorf("%s: next is %q %q %v, want %q %q %v", who.ID, gotID, gotState, gotPlanned, id, registered, planned)
			}
		}
		on := func(day string) meeting.ID {
			t.Helper()
			d := details
			d.When.LocalStart, d.When.LocalEnd = day+"T14:00", day+"T16:00"
			m, err := w.Plan(ctx, coordinator, "w1", "", d, 2)
			w.must(err)
			w.must(w.Open(ctx, coordinator, m.ID))
			return m.ID
		}
		late, early := on("2026-12-10"), on("2026-12-03")
		is(visitor, "", "", false)
		is(ana, "", "", false)
		is(outsider, "", "", false)
		is(coordinator, early, "", true)
		is(member("bo", access.Student, "w1"), early, "", false)

		register := func(who access.Actor, id meeting.ID, helper string) meeting.Token {
			t.Helper()
			in := meeting.Input{Name: "Iemand " + string(who.ID) + helper, Channel: meeting.None, People: 1, Helper: helper}
			_, token, err := w.Register(ctx, who, id, in, meeting.NewIdempotencyKey())
			w.must(err)
			return token
		}
		register(ana, early, "Ana") // for somebody else
		is(ana, "", "", false)
		register(ana, late, "")
		is(ana, late, meeting.Confirmed, false)
		register(outsider, early, "")
		is(outsider, early, meeting.Confirmed, false)
		token := register(ana, early, "")
		is(ana, early, meeting.Waiting, false)
		w.must(w.Cancel(ctx, token))
		is(ana, late, meeting.Confirmed, false)

		w.must(w.CallOff(ctx, coordinator, early))
		is(coordinator, late, "", true)
		is(outsider, "", "", false)
		w.now = time.Date(2026, 12, 11, 0, 0, 0, 0, time.UTC)
		is(ana, "", "", false)
	})
}

func TestWhoManagesAMeetingIsAskedToCallUntilEverybodyIsReached(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.meeting(3)
		w.meeting(3)
		w.register(id, "Ana", 1)
		w.register(id, "Bo", 1)
		asked := func(who access.Actor) (people int) {
			t.Helper()
			found, err := w.Callings(ctx, who)
			w.must(err)
			for _, c := range found {
				if c.Meeting.ID != id {
					t.Errorf("asked about %s", c.Meeting.ID)
				}
				people += c.People
			}
			return people
		}
		if n := asked(coordinator); n != 0 {
			t.Fatalf("%d to call before anything changed", n)
		}
		w.must(w.CallOff(ctx, coordinator, id))
		for name, c := range map[string]struct {
			who  access.Actor
			want int
		}{
			"who manages it": {coordinator, 2}, "a member": {member("bo", access.Student, "w1"), 0},
			"a coordinator of another group": {member("co", access.Coordinator, "w2"), 0}, "a visitor": {visitor, 0},
		} {
			if n := asked(c.who); n != c.want {
				t.Errorf("%s is asked to call %d, want %d", name, n, c.want)
			}
		}
		for left := 1; left >= 0; left-- {
			a, err := w.Attendance(ctx, coordinator, id)
			w.must(err)
			w.must(w.Called(ctx, coordinator, id, a.ToCall[left].ID))
			if n := asked(coordinator); n != left {
				t.Errorf("%d left, want %d", n, left)
			}
		}
	})
}

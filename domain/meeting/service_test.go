package meeting_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/domain/search"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	coordinator = member("coordinator", access.Coordinator, "w1")
	student     = member("student", access.Student, "w1")
	resident    = member("resident", access.Resident, "w1")
	outsider    = member("outsider", access.Coordinator, "w2")
	visitor     = access.Actor{}
)

func member(id access.PersonID, role access.Role, workgroup string) access.Actor {
	return access.Actor{ID: id, Grants: []access.Grant{{Role: role, Realm: access.InWorkgroup, ID: workgroup}}}
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// world is a service on a database of its own with a clock that stands still until it is moved.
type world struct {
	*meeting.Service
	t   *testing.T
	db  *database.DB
	now time.Time
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(t, newWorld(t, db)) })
}

func newWorld(t *testing.T, db *database.DB) *world {
	w := &world{Service: meeting.New(db, []byte("a secret for tests, of enough bytes")), t: t, db: db, now: noon}
	w.Now = func() time.Time { return w.now }
	return w
}

var details = meeting.Details{
	Audience: access.Public, Kind: meeting.Gathering, Title: "Werk in de wijk", Summary: "Praat mee over werk.",
	When:  meeting.When{LocalStart: "2026-12-03T14:00", LocalEnd: "2026-12-03T16:30", TZID: "Europe/Amsterdam"},
	Place: meeting.OnSite, VenueName: "Buurthuis", Entry: meeting.Required,
}

// meeting makes an open meeting with this many seats.
func (w *world) meeting(seats int) meeting.ID {
	w.t.Helper()
	m, err := w.Plan(context.Background(), coordinator, "w1", "", details, seats)
	w.must(err)
	w.must(w.Open(context.Background(), coordinator, m.ID))
	return m.ID
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// register registers a visitor with this many people.
func (w *world) register(id meeting.ID, name string, people int) (meeting.Registration, meeting.Token) {
	w.t.Helper()
	r, token, err := w.Register(context.Background(), visitor, id, input(name, people), meeting.NewIdempotencyKey())
	w.must(err)
	return r, token
}

func input(name string, people int) meeting.Input {
	return meeting.Input{Name: name, Channel: meeting.Call, Phone: "06 12 34 56 78", People: people}
}

func (w *world) ticket(token meeting.Token) meeting.Ticket {
	w.t.Helper()
	ticket, err := w.Ticket(context.Background(), token)
	w.must(err)
	return ticket
}

// counted fails the test when the counters and the registrations differ.
func (w *world) counted() {
	w.t.Helper()
	drift, err := w.Recount(context.Background())
	w.must(err)
	if len(drift) > 0 {
		w.t.Errorf("counters differ: %+v", drift)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if !fault.Is(err, kind, code) {
		t.Errorf("err = %v, want %s: %s", err, kind, code)
	}
}

func TestTheFirstBeyondTheSeatsWaitsAndMovesUpWhenSomebodyCancels(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(2)
		_, first := w.register(id, "Een", 1)
		w.register(id, "Twee", 1)
		_, third := w.register(id, "Drie", 1)
		_, fourth := w.register(id, "Vier", 1)
		if got := w.ticket(third); got.Registration.State != meeting.Waiting || got.Place != 1 || got.Registration.Number != 3 {
			t.Errorf("the third: %s, place %d, number %d", got.Registration.State, got.Place, got.Registration.Number)
		}
		if got := w.ticket(fourth); got.Place != 2 {
			t.Errorf("the fourth has place %d", got.Place)
		}
		w.must(w.Cancel(context.Background(), first))
		w.must(w.Cancel(context.Background(), first)) // the second click
		if got := w.ticket(third); got.Registration.State != meeting.Confirmed || got.Registration.PromotedAt == nil {
			t.Errorf("the third did not move up: %s", got.Registration.State)
		}
		if got := w.ticket(fourth); got.Registration.State != meeting.Waiting || got.Place != 1 {
			t.Errorf("the fourth: %s, place %d", got.Registration.State, got.Place)
		}
		w.counted()
		a, err := w.Attendance(context.Background(), coordinator, id)
		w.must(err)
		if len(a.ToCall) != 1 || a.ToCall[0].Attendee.Name != "Drie" || a.ToCall[0].Reason != meeting.BecausePromoted {
			t.Fatalf("to call: %+v", a.ToCall)
		}
		w.must(w.Called(context.Background(), coordinator, id, a.ToCall[0].ID))
		w.must(w.Called(context.Background(), coordinator, id, a.ToCall[0].ID))
		wantFault(t, w.Called(context.Background(), student, id, a.ToCall[0].ID), fault.KindForbidden, "")
		wantFault(t, w.Called(context.Background(), coordinator, id, "nobody"), fault.KindNotFound, "")
		a, err = w.Attendance(context.Background(), coordinator, id)
		w.must(err)
		if a.ToCall[0].DoneAt == nil || a.ToCall[0].DoneBy != coordinator.ID {
			t.Error("the call is not noted as done")
		}
	})
}

func TestASeatThatIsFreeGoesToNobodyWhoCameAfterAGroupThatWaits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(4)
		_, first := w.register(id, "Een", 3)
		_, group := w.register(id, "Groep", 4)
		_, single := w.register(id, "Alleen", 1)
		if w.ticket(single).Registration.State != meeting.Waiting {
			t.Error("somebody passed the group that waits")
		}
		w.must(w.Cancel(context.Background(), first))
		if w.ticket(group).Registration.State != meeting.Confirmed || w.ticket(single).Registration.State != meeting.Waiting {
			t.Error("the group did not move up before who came later")
		}
		_, err := w.Change(context.Background(), visitor, group, input("Groep", 2))
		w.must(err)
		if w.ticket(single).Registration.State != meeting.Confirmed {
			t.Error("the seats that the group gave back went to nobody")
		}
		_, err = w.Change(context.Background(), visitor, group, input("Groep", 4))
		wantFault(t, err, fault.KindConflict, "meetings.mistake.people_full")
		_, err = w.Change(context.Background(), visitor, group, input("Groep", 3))
		w.must(err)
		w.counted()
		_, _, err = w.Register(context.Background(), visitor, id, input("Bus", 5), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.people_room")
	})
}

func TestSendingTwiceRegistersOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(5)
		key := meeting.NewIdempotencyKey()
		one, token, err := w.Register(context.Background(), visitor, id, input("Een", 1), key)
		w.must(err)
		w.must(w.Close(context.Background(), coordinator, id))
		again, same, err := w.Register(context.Background(), visitor, id, input("Een", 1), key)
		w.must(err)
		if again.ID != one.ID || same != token || again.Number != 1 {
			t.Errorf("sent twice: %s and %s", one.ID, again.ID)
		}
		w.must(w.Open(context.Background(), coordinator, id))
		_, _, err = w.Register(context.Background(), visitor, id, input("Twee", 1), "kort")
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.form_broken")
		w.must(w.Cancel(context.Background(), token))
		if r, _ := w.register(id, "Een", 1); r.Number != 2 {
			t.Errorf("who cancelled and comes back has number %d", r.Number)
		}
		w.counted()
	})
}

func TestOnlyWhoMayOpensAndOnlyItsAudienceKnowsAMeeting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		m, err := w.Plan(ctx, student, "w1", "", details, 5)
		w.must(err)
		for name, who := range map[string]access.Actor{"a visitor": visitor, "an outsider": outsider} {
			_, err := w.Find(ctx, who, m.ID)
			if fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s finds a draft: %v", name, err)
			}
			_, _, err = w.Register(ctx, who, m.ID, input("Een", 1), meeting.NewIdempotencyKey())
			if fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s registers for a draft: %v", name, err)
			}
			if _, total, err := w.List(ctx, who, meeting.Filter{Which: meeting.Drafts}); err != nil || total != 0 {
				t.Errorf("%s counts %d drafts (%v)", name, total, err)
			}
			_, err = w.Attendance(ctx, who, m.ID)
			wantFault(t, err, fault.KindNotFound, "")
		}
		_, _, err = w.Register(ctx, coordinator, m.ID, input("Een", 1), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindConflict, "meetings.refused.draft")
		wantFault(t, w.Open(ctx, student, m.ID), fault.KindForbidden, "")
		edited := details
		edited.Title = "Een andere titel"
		_, err = w.Edit(ctx, resident, m.ID, 1, edited)
		wantFault(t, err, fault.KindForbidden, "")
		_, err = w.Edit(ctx, student, m.ID, 1, edited)
		w.must(err)
		_, err = w.Edit(ctx, coordinator, m.ID, 1, details)
		wantFault(t, err, fault.KindConflict, "web.overtaken")
		w.must(w.Open(ctx, coordinator, m.ID))
		w.must(w.Open(ctx, coordinator, m.ID))
		if o, err := w.Find(ctx, visitor, m.ID); err != nil || o.Title != "Een andere titel" || o.Seats.Capacity != 5 {
			t.Errorf("a visitor finds %+v, %v", o.Title, err)
		}
		if list, total, err := w.List(ctx, visitor, meeting.Filter{Which: meeting.Upcoming}); err != nil || total != 1 || len(list) != 1 {
			t.Errorf("a visitor lists %d (%v)", total, err)
		}
		_, err = w.Attendance(ctx, visitor, m.ID)
		wantFault(t, err, fault.KindUnauthenticated, "")
		_, err = w.Attendance(ctx, outsider, m.ID)
		wantFault(t, err, fault.KindForbidden, "")
		_, err = w.Plan(ctx, outsider, "w1", "", details, 5)
		wantFault(t, err, fault.KindNotFound, "")

		private := details
		private.Audience = access.Members
		group, err := w.Plan(ctx, coordinator, "w1", "", private, 5)
		w.must(err)
		w.must(w.Open(ctx, coordinator, group.ID))
		_, err = w.Find(ctx, visitor, group.ID)
		wantFault(t, err, fault.KindNotFound, "")
		_, _, err = w.Register(ctx, outsider, group.ID, input("Een", 1), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindNotFound, "")
		_, _, err = w.Register(ctx, resident, group.ID, input("Een", 1), meeting.NewIdempotencyKey())
		w.must(err)
		if _, total, err := w.List(ctx, outsider, meeting.Filter{Which: meeting.Upcoming}); err != nil || total != 1 {
			t.Errorf("an outsider counts %d (%v)", total, err)
		}
		if _, total, err := w.List(ctx, student, meeting.Filter{Which: meeting.Upcoming, Workgroup: "w1"}); err != nil || total != 2 {
			t.Errorf("a member counts %d (%v)", total, err)
		}
	})
}

func TestAMeetingIsFoundByWhoMayKnowOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		index := search.New(w.db)
		found := func(who access.Actor) int {
			hits, err := index.Find(ctx, who, "werk wijk", 10)
			w.must(err)
			return len(hits)
		}
		m, err := w.Plan(ctx, coordinator, "w1", "", details, 5)
		w.must(err)
		if found(visitor) != 0 || found(outsider) != 0 || found(student) != 1 {
			t.Errorf("a draft is found by a visitor %d, an outsider %d, a member %d times", found(visitor), found(outsider), found(student))
		}
		w.must(w.Open(ctx, coordinator, m.ID))
		if found(visitor) != 1 {
			t.Error("an open meeting is not found")
		}
		hidden := details
		hidden.Audience = access.Members
		_, err = w.Edit(ctx, coordinator, m.ID, m.Version+1, hidden)
		w.must(err)
		if found(visitor) != 0 || found(student) != 1 {
			t.Error("a meeting that became the group's own is found by everybody")
		}
	})
}

func TestTheModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, &meeting.Meeting{}, &meeting.Quota{}, &meeting.Registration{}, &meeting.PhoneCall{}, &meeting.ReferenceGuesses{})
}

func TestAMeetingThatMovedTellsEverybodyWhoCannotBeMailedThroughTheCallList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(5)
		w.register(id, "Een", 1)
		_, _, err := w.Register(ctx, visitor, id, meeting.Input{Name: "Twee", Channel: meeting.Email, Email: "twee@voorbeeld.test", People: 1}, meeting.NewIdempotencyKey())
		w.must(err)
		o, err := w.Find(ctx, coordinator, id)
		w.must(err)
		moved := details
		moved.LocalStart, moved.LocalEnd = "2026-12-04T14:00", "2026-12-04T16:00"
		m, err := w.Edit(ctx, coordinator, id, o.Version, moved)
		w.must(err)
		if m.Sequence != 1 || m.PreviousStartsAt == nil || !m.PreviousStartsAt.Equal(*o.StartsAt) {
			t.Errorf("sequence %d, previous start %v", m.Sequence, m.PreviousStartsAt)
		}
		moved.Title = "Alleen de titel"
		m, err = w.Edit(ctx, coordinator, id, m.Version, moved)
		w.must(err)
		if m.Sequence != 1 {
			t.Error("another title counts as moved")
		}
		tickets, err := w.ForLetters(ctx, string(id))
		w.must(err)
		if len(tickets) != 1 || tickets[0].Registration.Name != "Twee" {
			t.Errorf("letters for %+v", tickets)
		}
		w.must(w.CallOff(ctx, coordinator, id))
		w.must(w.CallOff(ctx, coordinator, id))
		a, err := w.Attendance(ctx, coordinator, id)
		w.must(err)
		if len(a.ToCall) != 2 || a.ToCall[0].Reason != meeting.BecauseChanged || a.ToCall[1].Reason != meeting.BecauseCancelled || a.Sequence != 2 {
			t.Errorf("to call %+v, sequence %d", a.ToCall, a.Sequence)
		}
		_, _, err = w.Register(ctx, visitor, id, input("Drie", 1), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindConflict, "meetings.refused.cancelled")
		wantFault(t, w.Open(ctx, coordinator, id), fault.KindConflict, "meetings.refused.cancelled")
	})
}

func TestMoreSeatsGoToWhoWaitsAndTakenSeatsAreNotWithdrawn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(1)
		w.register(id, "Een", 1)
		_, second := w.register(id, "Twee", 1)
		_, third := w.register(id, "Drie", 1)
		wantFault(t, w.SetCapacity(ctx, coordinator, id, 0, 0), fault.KindInvalid, "meetings.mistake.capacity")
		wantFault(t, w.SetCapacity(ctx, student, id, 0, 5), fault.KindForbidden, "")
		w.must(w.SetCapacity(ctx, coordinator, id, 0, 2))
		if w.ticket(second).Registration.State != meeting.Confirmed || w.ticket(third).Registration.State != meeting.Waiting {
			t.Error("the new seat did not go to the first who waits")
		}
		wantFault(t, w.SetCapacity(ctx, coordinator, id, 0, 1), fault.KindConflict, "meetings.mistake.capacity_taken")
		w.counted()
	})
}

func TestAfterTheStartOnlyAWalkInIsAddedAndNobodyMovesUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(2)
		_, first := w.register(id, "Een", 1)
		w.now = time.Date(2026, 12, 3, 13, 30, 0, 0, time.UTC)
		_, _, err := w.Register(ctx, visitor, id, input("Laat", 1), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindConflict, "meetings.refused.started")
		_, err = w.WalkIn(ctx, student, id, "Aan de deur", 1, meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindForbidden, "")
		r, err := w.WalkIn(ctx, coordinator, id, "Aan de deur", 1, meeting.NewIdempotencyKey())
		w.must(err)
		if r.State != meeting.Confirmed || r.Origin != meeting.WalkIn || r.RegisteredBy != coordinator.ID {
			t.Errorf("walk-in %+v", r)
		}
		r, err = w.WalkIn(ctx, coordinator, id, "Te veel", 1, meeting.NewIdempotencyKey())
		w.must(err)
		if r.State != meeting.Waiting {
			t.Error("a walk-in took a seat that is not there")
		}
		w.must(w.Cancel(ctx, first))
		a, err := w.Attendance(ctx, coordinator, id)
		w.must(err)
		if a.Attendees[2].State != meeting.Waiting {
			t.Error("somebody moved up while the meeting was under way")
		}
		w.now = time.Date(2026, 12, 3, 17, 0, 0, 0, time.UTC)
		_, err = w.WalkIn(ctx, coordinator, id, "Na afloop", 1, meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindConflict, "meetings.refused.over")
		wantFault(t, w.CallOff(ctx, coordinator, id), fault.KindConflict, "meetings.refused.over")
		w.counted()
	})
}

func TestWhatPeopleNeedIsErasedAfterAWeekAndWhoTheyAreAfterAMonth(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(5)
		in := input("Een", 2)
		in.Support, in.SupportConsent, in.Helper = "Een tolk Tigrinya", true, "Buurvrouw"
		r, token, err := w.Register(ctx, visitor, id, in, meeting.NewIdempotencyKey())
		w.must(err)
		if got := w.ticket(token); got.Support != "Een tolk Tigrinya" || got.Registration.Origin != meeting.Helper {
			t.Errorf("support %q, origin %s", got.Support, got.Registration.Origin)
		}
		end := time.Date(2026, 12, 3, 15, 30, 0, 0, time.UTC)
		erase := func(at time.Time) (support, people int) {
			w.now = at
			support, err := w.EraseSupport(ctx)
			w.must(err)
			people, err = w.Anonymise(ctx)
			w.must(err)
			return support, people
		}
		if s, p := erase(end.Add(7*24*time.Hour - time.Minute)); s != 0 || p != 0 {
			t.Errorf("erased too early: %d, %d", s, p)
		}
		if s, p := erase(end.Add(7*24*time.Hour + time.Minute)); s != 1 || p != 0 {
			t.Errorf("after a week: %d, %d", s, p)
		}
		if w.ticket(token).Support != "" {
			t.Error("the need is still there")
		}
		if s, p := erase(end.Add(30*24*time.Hour + time.Minute)); s != 0 || p != 1 {
			t.Errorf("after a month: %d, %d", s, p)
		}
		if s, p := erase(end.Add(31 * 24 * time.Hour)); s != 0 || p != 0 {
			t.Errorf("erased twice: %d, %d", s, p)
		}
		_, err = w.Ticket(ctx, token)
		wantFault(t, err, fault.KindNotFound, "")
		a, err := w.Attendance(ctx, coordinator, id)
		w.must(err)
		got := a.Attendees[0]
		if got.Name != "" || got.Contact != "" || got.Helper != "" || got.Reference != nil || got.People != 2 || got.ID != r.ID {
			t.Errorf("left over: %+v", got)
		}
		w.counted()
	})
}

func TestWhoCancelsLeavesNoSupportNeed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(5)
		in := input("Een", 1)
		in.Support, in.SupportConsent = "Rolstoel", true
		_, token, err := w.Register(context.Background(), visitor, id, in, meeting.NewIdempotencyKey())
		w.must(err)
		w.must(w.Cancel(context.Background(), token))
		if w.ticket(token).Support != "" {
			t.Error("the need of who does not come is kept")
		}
	})
}

func TestWhoReadsTheListButDoesNotManageSeesNoContactAndNoNeeds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		entrepreneur := member("entrepreneur", access.Entrepreneur, "w1")
		m, err := w.Plan(ctx, entrepreneur, "w1", "", details, 5)
		w.must(err)
		w.must(w.Open(ctx, coordinator, m.ID))
		in := input("Een", 1)
		in.Support, in.SupportConsent = "Rolstoel", true
		_, _, err = w.Register(ctx, visitor, m.ID, in, meeting.NewIdempotencyKey())
		w.must(err)
		a, err := w.Attendance(ctx, entrepreneur, m.ID)
		w.must(err)
		if got := a.Attendees[0]; got.Name != "Een" || got.Contact != "" || got.Support != "" || got.Reference != nil {
			t.Errorf("sees %+v", got)
		}
		a, err = w.Attendance(ctx, coordinator, m.ID)
		w.must(err)
		if got := a.Attendees[0]; got.Contact != "+31612345678" || got.Support != "Rolstoel" {
			t.Errorf("the coordinator sees %+v", got)
		}
		wantFault(t, w.CancelFor(ctx, entrepreneur, m.ID, a.Attendees[0].ID), fault.KindForbidden, "")
		w.must(w.CancelFor(ctx, coordinator, m.ID, a.Attendees[0].ID))
		w.must(w.CancelFor(ctx, coordinator, m.ID, a.Attendees[0].ID))
		other := w.meeting(3)
		wantFault(t, w.CancelFor(ctx, coordinator, other, a.Attendees[0].ID), fault.KindNotFound, "")
		w.counted()
	})
}

func TestAMeetingWithoutAnExactDateTakesNoRegistrations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		d := details
		d.When = meeting.When{WhenText: "begin februari"}
		m, err := w.Plan(ctx, coordinator, "w1", "", d, 30)
		w.must(err)
		wantFault(t, w.Open(ctx, coordinator, m.ID), fault.KindInvalid, "meetings.mistake.open_without_date")
		d.Entry = meeting.Free
		_, err = w.Edit(ctx, coordinator, m.ID, m.Version, d)
		w.must(err)
		w.must(w.Open(ctx, coordinator, m.ID))
		_, _, err = w.Register(ctx, visitor, m.ID, input("Een", 1), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindConflict, "meetings.refused.free")
		list, total, err := w.List(ctx, visitor, meeting.Filter{Which: meeting.Undated})
		w.must(err)
		if total != 1 || list[0].WhenText != "begin februari" || list[0].StartsAt != nil {
			t.Errorf("listed %+v", list)
		}
	})
}

func TestManyAtOnceWithDoubleClicksTakeEachSeatOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(30)
		const people = 2000
		var all sync.WaitGroup
		took := make([]time.Duration, people)
		begin := time.Now()
		for i := range people {
			all.Go(func() {
				key := meeting.NewIdempotencyKey()
				started := time.Now()
				for range 1 + i%5/4 { // every fifth sends twice
					if _, _, err := w.Register(ctx, visitor, id, input(fmt.Sprintf("Bewoner nummer %d", i), 1), key); err != nil {
						t.Errorf("%d: %v", i, err)
					}
				}
				took[i] = time.Since(started)
			})
		}
		all.Wait()
		t.Logf("%d people in %v", people, time.Since(begin))
		a, err := w.Attendance(ctx, coordinator, id)
		w.must(err)
		if len(a.Attendees) != people {
			t.Fatalf("%d registrations", len(a.Attendees))
		}
		for i, r := range a.Attendees {
			if r.Number != i+1 {
				t.Fatalf("number %d stands in place %d", r.Number, i+1)
			}
			if want := map[bool]meeting.State{true: meeting.Confirmed, false: meeting.Waiting}[i < 30]; r.State != want {
				t.Fatalf("number %d is %s, want %s", r.Number, r.State, want)
			}
		}
		w.counted()
	})
}

func TestAMeetingOfAGroupThatTurnsPrivateIsHiddenAndAnOldFormDoesNotShowItAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(5)
		_, token := w.register(id, "Een", 1)
		before, err := w.Find(ctx, coordinator, id)
		w.must(err)
		w.must(w.db.InTx(ctx, func(tx *database.Tx) error { return meeting.Hide(tx, "w1") }))
		_, err = w.Find(ctx, visitor, id)
		wantFault(t, err, fault.KindNotFound, "")
		if w.ticket(token).Registration.State != meeting.Confirmed {
			t.Error("who registered lost the seat")
		}
		_, err = w.Edit(ctx, coordinator, id, before.Version, details)
		wantFault(t, err, fault.KindConflict, "web.overtaken")
	})
}

package meeting_test

import (
	"context"
	"sync"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
)

// TestWhoIsRegisteredIsRegisteredAgain sends the same name and contact several times at once, each with a key of its
// own: a refusal would tell a stranger who comes.
func TestWhoIsRegisteredIsRegisteredAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(5)
		for _, in := range []meeting.Input{
			{Name: "Een", Channel: meeting.Call, Phone: "06 12 34 56 78", People: 1}, {Name: "Een", Channel: meeting.None, People: 1},
			{Name: "Een", Channel: meeting.Email, Email: "een@voorbeeld.test", People: 1},
		} {
			var all sync.WaitGroup
			for range 3 {
				key := meeting.NewIdempotencyKey()
				for range 2 { // each is sent twice
					all.Go(func() {
						if _, _, err := w.Register(ctx, visitor, id, in, key); err != nil {
							t.Errorf("%s: %v", in.Channel, err)
						}
					})
				}
			}
			all.Wait()
		}
		a, err := w.Attendance(ctx, coordinator, id)
		w.must(err)
		if len(a.Attendees) != 9 || a.Seats.Taken != 5 || a.Seats.Waiting != 4 || a.Doubles() != 9 {
			t.Errorf("%d registrations, %d seats, %d wait, %d marked", len(a.Attendees), a.Seats.Taken, a.Seats.Waiting, a.Doubles())
		}
		for _, r := range a.Attendees {
			if times := map[bool]int{true: 1, false: 3}[r.Channel == meeting.None]; r.Double.Times != times {
				t.Errorf("%s: %+v", r.Channel, r.Double)
			}
		}
		w.counted()
		n, err := meeting.Check(ctx, w.db, w.now, func(said string) { t.Error(said) })
		if n != 1 || err != nil {
			t.Errorf("checked %d meetings, %v", n, err)
		}

		other, token := w.register(id, "Twee", 1)
		_, err = w.Change(ctx, visitor, token, input("EEN", 1))
		w.must(err)
		if name := w.ticket(token).Registration.Name; name != "EEN" {
			t.Errorf("registration %d is of %s", other.Number, name)
		}
	})
}

func TestOnlyWhoMayOpenARegistrationIsToldOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id, elsewhere := w.meeting(9), w.meeting(9)
		key := meeting.NewIdempotencyKey()
		first, token, err := w.Register(ctx, visitor, id, input("Een", 1), key)
		w.must(err)
		_, foreign := w.register(elsewhere, "Een", 1)
		own, ownToken, err := w.Register(ctx, student, id, input("Twee", 1), meeting.NewIdempotencyKey())
		w.must(err)
		withdrawn, gone := w.register(id, "Drie", 1)
		w.must(w.Cancel(ctx, gone))
		for name, c := range map[string]struct {
			who    access.Actor
			in     meeting.Input
			tokens []meeting.Token
			key    string
			want   meeting.RegistrationID
		}{
			"a stranger":                   {who: visitor, in: input("Een", 1)},
			"the device":                   {who: visitor, in: input("een", 2), tokens: []meeting.Token{foreign, token}, want: first.ID},
			"the same form again":          {who: visitor, in: input("Een", 1), tokens: []meeting.Token{token}, key: key},
			"a sister on the device":       {who: visitor, in: input("Zus", 1), tokens: []meeting.Token{token}},
			"another meeting":              {who: visitor, in: input("Een", 1), tokens: []meeting.Token{foreign}},
			"a made-up token":              {who: visitor, in: input("Een", 1), tokens: []meeting.Token{"onzin"}},
			"who registered it":            {who: student, in: input("Twee", 1), want: own.ID},
			"somebody else signed in":      {who: resident, in: input("Twee", 1)},
			"a visitor with tokens":        {who: visitor, in: input("Twee", 1), tokens: []meeting.Token{token}},
			"what was withdrawn":           {who: visitor, in: input(withdrawn.Name, 1), tokens: []meeting.Token{gone}},
			"the device of who registered": {who: visitor, in: input("Twee", 1), tokens: []meeting.Token{ownToken}, want: own.ID},
		} {
			in, err := c.in.Check()
			w.must(err)
			got, found, err := w.Known(ctx, c.who, id, in, c.tokens, c.key)
			w.must(err)
			if found != (c.want != "") || got.Registration.ID != c.want {
				t.Errorf("%s: found %v, %s", name, found, got.Registration.ID)
			}
			if found {
				if opened := w.ticket(got.Token); opened.Registration.ID != c.want {
					t.Errorf("%s: the token opens %s", name, opened.Registration.ID)
				}
			}
		}
	})
}

func TestALetterSaysThatOneIsRegisteredTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(9)
		mail := func(name string) meeting.Input {
			return meeting.Input{Name: name, Channel: meeting.Email, Email: "een@voorbeeld.test", People: 1}
		}
		double := func(r meeting.Registration) bool {
			t.Helper()
			found, err := w.ForLetter(ctx, string(r.ID))
			w.must(err)
			return found.Double
		}
		one, _, err := w.Register(ctx, visitor, id, mail("Een"), meeting.NewIdempotencyKey())
		w.must(err)
		sister, _, err := w.Register(ctx, visitor, id, mail("Zus"), meeting.NewIdempotencyKey())
		w.must(err)
		if double(one) || double(sister) {
			t.Error("two of one family are called one person")
		}
		again, token, err := w.Register(ctx, visitor, id, mail("EEN"), meeting.NewIdempotencyKey())
		w.must(err)
		if !double(again) {
			t.Error("the letter does not know of the first registration")
		}
		w.must(w.Cancel(ctx, token))
		if double(one) {
			t.Error("one that was withdrawn counts")
		}
	})
}

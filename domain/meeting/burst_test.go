package meeting_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/meeting"
)

func byMail(name, email, from string) meeting.Input {
	return meeting.Input{Name: name, Channel: meeting.Email, Email: email, People: 1, From: from}
}

func TestAStrangerHasFiveLettersSentToAnAddressAndTheSeatsAreGivenAllTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(50)
		ctx := context.Background()
		var token meeting.Token
		for n := range 8 {
			in := byMail(fmt.Sprintf("Bewoner %c", 'A'+n), "ana@voorbeeld.test", fmt.Sprintf("192.0.2.%d", n))
			r, opens, err := w.Register(ctx, visitor, id, in, meeting.NewIdempotencyKey())
			w.must(err)
			if r.State != meeting.Confirmed || r.Unwritten != (n >= letter.ToAddress) {
				t.Errorf("registration %d: %s, unwritten %v", n+1, r.State, r.Unwritten)
			}
			token = opens
		}
		written := 0
		for n := range 20 { // each time to another address
			unwritten, err := w.Change(ctx, visitor, token, byMail("Bewoner H", fmt.Sprintf("nieuw-%d@voorbeeld.test", n), "198.51.100.1"))
			w.must(err)
			if !unwritten {
				written++
			}
		}
		if written != letter.ToAddress {
			t.Errorf("one registration wrote to %d addresses", written)
		}
		w.counted()
	})
}

func TestAPlaceAsksForSoManyLettersInAnHourAndCanChooseAnotherChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(500)
		ctx := context.Background()
		name := func(n int) string { return fmt.Sprintf("Bewoner %c%c", 'A'+n/26, 'a'+n%26) }
		try := func(who access.Actor, n int, from string) error {
			_, _, err := w.Register(ctx, who, id, byMail(name(n), fmt.Sprintf("p%d@voorbeeld.test", n), from), meeting.NewIdempotencyKey())
			return err
		}
		for n := range letter.FromPlace {
			w.must(try(visitor, n, "192.0.2.1"))
		}
		wantFault(t, try(visitor, 100, "192.0.2.1"), fault.KindTooMuch, "meetings.mistake.too_many_letters")
		w.must(try(visitor, 100, "192.0.2.2"))
		w.must(try(coordinator, 101, "192.0.2.1"))
		caller := meeting.Input{Name: "Beller", Channel: meeting.Call, Phone: "06 12 34 56 78", People: 1, From: "192.0.2.1"}
		_, _, err := w.Register(ctx, visitor, id, caller, meeting.NewIdempotencyKey())
		w.must(err)
		w.now = w.now.Add(letter.PerHour)
		w.must(try(visitor, 102, "192.0.2.1"))
		_, _, err = w.Register(ctx, visitor, id, byMail("Win op casino.example", "a@voorbeeld.test", "192.0.2.9"), meeting.NewIdempotencyKey())
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.name_plain")
	})
}

func TestAnOrganiserSeesABurstWithdrawsItAndPutsItBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(12)
		ctx := context.Background()
		early, _ := w.register(id, "Vroeg", 1)
		var burst []meeting.Registration
		for n := range 15 { // twelve seats in all: four of them wait
			in := byMail(fmt.Sprintf("Golf %c", 'A'+n), fmt.Sprintf("g%d@voorbeeld.test", n), "192.0.2.1")
			in.Support, in.SupportConsent = "Een tolk", true
			r, _, err := w.Register(ctx, visitor, id, in, meeting.NewIdempotencyKey())
			w.must(err)
			burst = append(burst, r)
			w.now = w.now.Add(time.Second)
		}
		for n := range meeting.BurstFrom - 1 { // too few to be one
			in := byMail(fmt.Sprintf("Ander %c", 'A'+n), fmt.Sprintf("a%d@voorbeeld.test", n), "192.0.2.2")
			_, _, err := w.Register(ctx, visitor, id, in, meeting.NewIdempotencyKey())
			w.must(err)
		}
		list := func() meeting.Attendance {
			t.Helper()
			a, err := w.Attendance(ctx, coordinator, id)
			w.must(err)
			w.counted()
			return a
		}
		states := func(a meeting.Attendance) (confirmed, waiting, withdrawn int) { return a.People() }
		a := list()
		if len(a.Bursts) != 1 || len(a.Bursts[0].Registrations) != 15 || a.Bursts[0].ID != burst[0].ID {
			t.Fatalf("bursts: %+v", a.Bursts)
		}
		for _, who := range []access.Actor{visitor, outsider, resident} {
			if _, _, err := w.WithdrawBurst(ctx, who, id, burst[0].ID); err == nil || fault.KindOf(err) == fault.KindInternal {
				t.Errorf("%s withdraws a burst: %v", who.ID, err)
			}
		}
		_, _, err := w.WithdrawBurst(ctx, coordinator, id, early.ID)
		wantFault(t, err, fault.KindNotFound, "meetings.burst.gone")
		act, n, err := w.WithdrawBurst(ctx, coordinator, id, burst[0].ID)
		if err != nil || n != 15 {
			t.Fatalf("withdrew %d, %v", n, err)
		}
		if c, wait, gone := states(list()); c != 10 || wait != 0 || gone != 15 {
			t.Errorf("after withdrawing: %d come, %d wait, %d are gone", c, wait, gone)
		}
		// The one of the burst who registers anew is not doubled.
		_, _, err = w.Register(ctx, visitor, id, byMail("Golf A", "g0@voorbeeld.test", "192.0.2.7"), meeting.NewIdempotencyKey())
		w.must(err)
		for round, want := range []int{14, 0} {
			if n, err = w.RestoreBurst(ctx, coordinator, id, act); err != nil || n != want {
				t.Errorf("round %d put back %d, %v", round, n, err)
			}
		}
		a = list()
		if c, wait, _ := states(a); c != 12 || wait != 13 {
			t.Errorf("after putting back: %d come, %d wait", c, wait)
		}
		for _, r := range a.Attendees {
			if r.ID == burst[1].ID && (r.State != meeting.Confirmed || r.Support != "Een tolk") {
				t.Errorf("the first to come back: %s, %q", r.State, r.Support)
			}
		}
		act, _, err = w.WithdrawBurst(ctx, coordinator, id, burst[1].ID)
		w.must(err)
		w.now = w.now.Add(meeting.BurstUndo + time.Second)
		if n, err := w.RestoreBurst(ctx, coordinator, id, act); err != nil || n != 0 {
			t.Errorf("a day later %d come back, %v", n, err)
		}
		w.must(w.ForgetPlaces(ctx))
		for _, r := range list().Attendees {
			if r.WithdrawnWith != nil || r.State == meeting.Withdrawn && r.Support != "" {
				t.Errorf("what was withdrawn for good still says %q", r.Support)
			}
		}
		w.now = w.now.Add(meeting.KeepPlace)
		w.must(w.ForgetPlaces(ctx))
		for _, r := range list().Attendees {
			if r.CameFrom != nil {
				t.Error("where it came from is kept")
			}
		}
	})
}

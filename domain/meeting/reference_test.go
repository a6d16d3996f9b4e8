package meeting_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
)

func TestTheReferenceOpensARegistrationHoweverItIsTypedUntilItIsErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.meeting(2)
		r, token := w.register(id, "Een", 1)
		found, got, err := w.ByReference(ctx, " "+r.SayableReference()+" ", "een", "here")
		w.must(err)
		if found != r.ID || got != token {
			t.Error("the reference opens another registration")
		}
		_, _, err = w.ByReference(ctx, "zee-zon-10", "een", "here")
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.reference")
		_, _, err = w.ByReference(ctx, " ", "een", "here")
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.reference_missing")
		_, err = w.Ticket(ctx, "no token")
		wantFault(t, err, fault.KindNotFound, "")
	})
}

func TestAReferenceWithoutTheNameOpensNothingAndGetsTheSameAnswerAsAWrongOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		r, _ := w.register(w.meeting(2), "Een", 1)
		_, _, err := w.ByReference(ctx, *r.Reference, "Twee", "here")
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.reference")
		_, _, err = w.ByReference(ctx, *r.Reference, " ", "here")
		wantFault(t, err, fault.KindInvalid, "meetings.mistake.fact_missing")
		_, _, err = w.ByReference(ctx, *r.Reference, "5678", "here")
		w.must(err)
	})
}

func TestWrongReferencesHoldUpTheirOwnPlaceAtEveryNodeAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		r, _ := w.register(w.meeting(2), "Een", 1)
		other := meeting.New(w.db, []byte("a secret for tests, of enough bytes"))
		other.Now = w.Now
		wrong := func(at *meeting.Service, from string) error {
			_, _, err := at.ByReference(ctx, "zee-zon-10", "Een", from)
			return err
		}
		right := func(from string) error {
			_, _, err := w.ByReference(ctx, *r.Reference, "Een", from)
			return err
		}
		var all sync.WaitGroup
		var looked atomic.Int32
		for i := range 24 {
			at := w.Service
			if i%2 == 1 {
				at = other
			}
			all.Go(func() {
				if fault.Is(wrong(at, "here"), fault.KindInvalid, "meetings.mistake.reference") {
					looked.Add(1)
				}
			})
		}
		all.Wait()
		if looked.Load() != 10 {
			t.Errorf("%d of 24 guesses at two nodes were looked at", looked.Load())
		}
		wantFault(t, right("here"), fault.KindTooMuch, "meetings.mistake.too_many_guesses")
		for i := range 400 {
			wantFault(t, wrong(w.Service, fmt.Sprint("place ", i)), fault.KindInvalid, "meetings.mistake.reference")
		}
		for range 20 {
			w.must(right("there")) // what is right counts for nothing
		}
		w.now = w.now.Add(15 * time.Minute)
		w.must(w.ForgetGuesses(ctx))
		w.must(right("here"))
	})
}

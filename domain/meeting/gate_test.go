package meeting

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

func TestTheGateServesInOrderOfArrivalAndInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		var order []int
		var batches []int
		first := make(chan struct{})
		serve := func(batch []*errand) {
			batches = append(batches, len(batch))
			if len(batches) == 1 {
				<-first
			}
			for _, e := range batch {
				e.err = e.do(nil)
			}
		}
		var all sync.WaitGroup
		for i := range 150 {
			all.Go(func() {
				err := g.pass(context.Background(), "m", &errand{do: func(*hall) error {
					order = append(order, i)
					return nil
				}}, serve)
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // i stands in line before i+1 comes
		}
		close(first)
		all.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("served %d in place %d", got, i)
			}
		}
		if len(order) != 150 || len(batches) != 4 || batches[1] != perTransaction || batches[2] != perTransaction || batches[3] != 21 {
			t.Errorf("served %d in batches %v", len(order), batches)
		}
		if len(g.lines) != 0 {
			t.Error("the line is kept after the last left")
		}
	})
}

func TestWhoGivesUpWaitingLeavesTheLineAndHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		hold := make(chan struct{})
		serve := func(batch []*errand) {
			<-hold
			for _, e := range batch {
				e.err = e.do(nil)
			}
		}
		ran := make([]bool, 3)
		errs := make([]error, 3)
		impatient, giveUp := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for i, ctx := range []context.Context{context.Background(), impatient, context.Background()} {
			all.Go(func() {
				errs[i] = g.pass(ctx, "m", &errand{do: func(*hall) error { ran[i] = true; return nil }}, serve)
			})
			synctest.Wait()
		}
		giveUp()
		synctest.Wait()
		close(hold)
		all.Wait()
		if !ran[0] || ran[1] || !ran[2] || !errors.Is(errs[1], context.Canceled) || errs[0] != nil || errs[2] != nil {
			t.Errorf("ran %v, errors %v", ran, errs)
		}
	})
}

func TestAPanicAtTheGateDoesNotLockItForTheNext(t *testing.T) {
	var g gate
	func() {
		defer func() { _ = recover() }()
		_ = g.pass(context.Background(), "m", &errand{}, func([]*errand) { panic("broken") })
	}()
	err := g.pass(context.Background(), "m", &errand{}, func(batch []*errand) { batch[0].err = nil })
	if err != nil {
		t.Error(err)
	}
	if err := g.pass(context.Background(), "m", &errand{}, func([]*errand) {}); err == nil {
		t.Error("what nobody served counts as done")
	}
}

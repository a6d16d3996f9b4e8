package meeting

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// perTransaction is how many errands one transaction serves at most.
const perTransaction = 64

// errand is something that must be done while a meeting's seats are locked.
type errand struct {
	idempotencyKey string              // of a registration, so that a batch looks all of them up at once
	do             func(h *hall) error // may run more than once; only the last run counts
	err            error

	turn chan turn // what the gate says to who waits
}

// errNotServed is what an errand ends with when serving its batch broke off.
var errNotServed = errors.New("the batch at the gate broke off")

type turn int

const (
	served turn = iota // the errand is done; its err is set
	lead               // serve the next batch, yourself among it
)

// gate lets the errands of each meeting through in order of arrival: the first serves itself and
// those who came meanwhile in one transaction, then hands over to the first of the next. A lock of
// the database alone would not be fair, for it wakes whoever it likes. The zero value is ready.
type gate struct {
	mu    sync.Mutex
	lines map[ID][]*errand // a line exists while somebody leads; its head is not yet served
}

// pass waits for the turn of e and returns once it is served and committed. Serve carries
// out a batch and sets the err of each. When ctx ends before e's turn came, nothing of e happens.
func (g *gate) pass(ctx context.Context, id ID, e *errand, serve func(batch []*errand)) error {
	e.turn = make(chan turn, 1)
	if g.join(id, e) {
		e.turn <- lead
	}
	select {
	case t := <-e.turn:
		if t == lead {
			g.serveNext(id, serve)
		}
		return e.err
	case <-ctx.Done():
		if g.leave(id, e) {
			return ctx.Err()
		}
		// Its batch is under way, or it was just asked to lead: both end soon.
		if <-e.turn == lead {
			g.serveNext(id, serve)
		}
		return e.err
	}
}

// join adds e to the line and reports whether it must lead.
func (g *gate) join(id ID, e *errand) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lines == nil {
		g.lines = map[ID][]*errand{}
	}
	line, led := g.lines[id]
	g.lines[id] = append(line, e)
	return !led
}

// leave takes e out of the line, unless its batch is under way or it leads.
func (g *gate) leave(id ID, e *errand) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.lines[id], e)
	if i < 0 || len(e.turn) > 0 {
		return false
	}
	g.lines[id] = slices.Delete(g.lines[id], i, i+1)
	return true
}

// serveNext serves the head of the line, of which the caller is the first, tells the others that
// they are served, and asks the next to lead.
func (g *gate) serveNext(id ID, serve func(batch []*errand)) {
	g.mu.Lock()
	line := g.lines[id]
	n := min(len(line), perTransaction)
	batch := slices.Clone(line[:n])
	g.lines[id] = slices.Clone(line[n:])
	g.mu.Unlock()
	for _, e := range batch {
		e.err = errNotServed
	}

	defer func() { // also when serve panics: nobody behind may wait for ever
		g.mu.Lock()
		if next := g.lines[id]; len(next) > 0 {
			next[0].turn <- lead
		} else {
			delete(g.lines, id)
		}
		g.mu.Unlock()
		for _, e := range batch[1:] {
			e.turn <- served
		}
	}()
	serve(batch)
}

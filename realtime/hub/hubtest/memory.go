package hubtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"samenwijk/realtime/hub"
)

// Memory is a log in memory that fails when it is told to. It is safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	documents map[string]*document
	failure   error
	afterward bool          // the failing Append stores all the same
	held      chan struct{} // Append waits until it is closed
	waiting   int
	busy      time.Time
}

type document struct {
	head hub.Head
	rows []hub.Row
	seqs map[string]int64 // by session and mark
}

// NewMemory returns a log without documents.
func NewMemory() *Memory { return &Memory{documents: map[string]*document{}} }

// Create makes a document that begins with seed.
func (m *Memory) Create(id string, seed []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := &document{head: hub.Head{Epoch: 1, Rights: 1, Schema: 1}, seqs: map[string]int64{}}
	if len(seed) > 0 {
		d.head.Seq = 1
		d.rows = []hub.Row{{First: 1, Seq: 1, Session: "seed", Payload: seed}}
	}
	m.documents[id] = d
}

// Revoke says that rights to a document changed.
func (m *Memory) Revoke(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.documents[id].head.Rights++
}

// Replace puts an empty document of the next epoch in the place of this one.
func (m *Memory) Replace(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.documents[id]
	d.head.Epoch++
	d.head.Seq, d.rows = 0, nil
}

// Remodel says that a document is of this version of the model.
func (m *Memory) Remodel(id string, schema int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.documents[id].head.Schema = schema
}

// Fold puts one row in the place of all rows of a document.
func (m *Memory) Fold(id string, payload []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.documents[id]
	d.rows = []hub.Row{{First: 1, Seq: d.head.Seq, Payload: payload}}
}

// Remove forgets a document.
func (m *Memory) Remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.documents, id)
}

// Fail makes every call return err until it is nil again.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure, m.afterward = err, false
}

// FailAfterStoring makes Append store and then return err, as when a connection breaks during the
// commit; Load and Heads work.
func (m *Memory) FailAfterStoring(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure, m.afterward = err, true
}

// Hold makes Append wait until the returned function is called.
func (m *Memory) Hold() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make(chan struct{})
	m.held = held
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		close(held)
		if m.held == held {
			m.held = nil
		}
	})
}

// Waiting returns how many calls of Append are held.
func (m *Memory) Waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.waiting
}

// Rows returns what is stored of a document.
func (m *Memory) Rows(id string) []hub.Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.documents[id].rows)
}

// Load is hub.Log's.
func (m *Memory) Load(_ context.Context, id string, epoch, after int64, row func(hub.Row) error) (hub.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure != nil && !m.afterward {
		return hub.Head{}, m.failure
	}
	d := m.documents[id]
	if d == nil {
		return hub.Head{}, hub.ErrNotFound
	}
	if epoch != 0 && epoch != d.head.Epoch {
		return hub.Head{}, hub.ErrEpoch
	}
	for _, r := range d.rows {
		if r.Seq <= after {
			continue
		}
		if err := row(r); err != nil {
			return hub.Head{}, err
		}
	}
	return d.head, nil
}

// Append is hub.Log's.
func (m *Memory) Append(ctx context.Context, id string, at hub.Head, records []hub.Record) ([]int64, error) {
	if err := m.wait(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure != nil && !m.afterward {
		return nil, m.failure
	}
	d := m.documents[id]
	switch {
	case d == nil:
		return nil, hub.ErrNotFound
	case d.head.Epoch != at.Epoch:
		return nil, hub.ErrEpoch
	case d.head.Rights != at.Rights:
		return nil, hub.ErrRights
	}
	seqs := make([]int64, len(records))
	for i, r := range records {
		name := fmt.Sprint(r.Session, " ", r.Mark)
		if d.seqs[name] == 0 {
			d.head.Seq++
			d.rows = append(d.rows, hub.Row{First: d.head.Seq, Seq: d.head.Seq, Session: r.Session, Payload: slices.Clone(r.Payload)})
			d.seqs[name] = d.head.Seq
		}
		seqs[i] = d.seqs[name]
	}
	return seqs, m.failure
}

func (m *Memory) wait(ctx context.Context) error {
	m.mu.Lock()
	held := m.held
	if held == nil {
		m.mu.Unlock()
		return nil
	}
	m.waiting++
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.waiting--
		m.mu.Unlock()
	}()
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// BeBusy makes BusyUntil return a time.
func (m *Memory) BeBusy(until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = until
}

// BusyUntil is hub.Log's.
func (m *Memory) BusyUntil() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.busy
}

// Heads is hub.Log's.
func (m *Memory) Heads(_ context.Context, ids []string) (map[string]hub.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure != nil && !m.afterward {
		return nil, m.failure
	}
	heads := map[string]hub.Head{}
	for _, id := range ids {
		if d := m.documents[id]; d != nil {
			heads[id] = d.head
		}
	}
	return heads, nil
}

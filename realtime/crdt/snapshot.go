package crdt

import (
	"fmt"
	"maps"
	"slices"

	"samenwijk/realtime/lib0"
)

// Snapshot is a moment in the life of a document: what was known, and what of it was deleted. It
// holds no content; a document that forgets nothing (WithGC(false)) can show its past with it.
type Snapshot struct {
	states  StateVector
	deleted deleteSet
}

// Snapshot is the present moment.
func (d *Doc) Snapshot() *Snapshot { return &Snapshot{states: d.States(), deleted: d.deleteSet()} }

// DecodeSnapshot reads a snapshot.
func DecodeSnapshot(b []byte) (*Snapshot, error) { return decodeSnapshot(b, false) }

// DecodeSnapshotV2 reads a snapshot in format v2.
func DecodeSnapshotV2(b []byte) (*Snapshot, error) { return decodeSnapshot(b, true) }

func decodeSnapshot(b []byte, v2 bool) (*Snapshot, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	r.begin(b, v2)
	r.rest.Reset(b)
	r.readDeletes()
	if err := r.rest.Err(); err != nil {
		return nil, err
	}
	sv, err := readStateVector(&r.rest)
	if err != nil {
		return nil, err
	}
	if r.rest.Rest() > 0 {
		return nil, &lib0.Error{Kind: ErrMalformed, At: r.rest.Pos(), What: "bytes after the snapshot"}
	}
	return &Snapshot{states: sv, deleted: mergeRanges(slices.Clone(r.u.dels))}, nil
}

// Encode writes the snapshot.
func (s *Snapshot) Encode() []byte { return s.encode(false) }

// EncodeV2 writes the snapshot in format v2.
func (s *Snapshot) EncodeV2() []byte { return s.encode(true) }

func (s *Snapshot) encode(v2 bool) []byte {
	w := newWriter(v2)
	w.deletes(s.deleted)
	return s.states.append(w.rest)
}

// Equal says whether two snapshots are of the same state.
func (s *Snapshot) Equal(o *Snapshot) bool {
	return maps.Equal(s.states, o.states) && slices.Equal(s.deleted, o.deleted)
}

// Contains says whether everything in a v1 update, deletes included, had happened at the snapshot.
func (s *Snapshot) Contains(update []byte) (bool, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(update, false)
	if err != nil {
		return false, err
	}
	for i := range u.refs {
		if s.states[u.refs[i].client] < u.refs[i].end() {
			return false, nil
		}
	}
	return slices.Equal(s.deleted, unite(s.deleted, u.dels)), nil
}

// Restore makes a document with the state at a snapshot. It needs a document that forgets nothing
// and that knows all the snapshot speaks of.
func (d *Doc) Restore(s *Snapshot, opts ...Option) (*Doc, error) {
	update, err := d.EncodeSnapshotState(s)
	if err != nil {
		return nil, err
	}
	past := NewDoc(opts...)
	if past.limits.Bytes < len(update) {
		past.limits = unlimited
	}
	return past, past.ApplyUpdateV2(update, nil)
}

// EncodeSnapshotState writes the state at a snapshot as a v2 update.
func (d *Doc) EncodeSnapshotState(s *Snapshot) ([]byte, error) {
	if d.gc {
		return nil, fmt.Errorf("restore a snapshot: %w", ErrCollected)
	}
	for client, clock := range s.states {
		if clock > d.state(client) {
			return nil, fmt.Errorf("restore a snapshot: %w: client %d is known up to %d of %d", ErrRange, client, d.state(client), clock)
		}
	}
	var update []byte
	d.transact(nil, true, func(tx *Tx) {
		w := takeWriter(true)
		defer w.release()
		order := d.clientOrder(func(c *clientState) bool { return s.states[c.id] > 0 })
		w.varUint(uint64(len(order)))
		for _, i := range order {
			clock := s.states[d.clients[i].id]
			if clock < d.clients[i].state {
				d.cleanStart(tx, itemID{i, clock})
			}
			c := &d.clients[i]
			last := c.locate(clock - 1)
			w.varUint(uint64(c.countFrom(place{}) - c.countFrom(last) + 1))
			w.clientID(c.id)
			w.varUint(0)
			for p, ok := (place{}), true; ok; p, ok = c.next(p) {
				d.writeItem(w, c.at(p), 0)
				if p == last {
					break
				}
			}
		}
		w.deletes(s.deleted)
		update = w.finish()
	})
	return update, nil
}

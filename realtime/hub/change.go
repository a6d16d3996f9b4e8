package hub

import (
	"fmt"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

// change is a stored update on its way to the text and to those who look on.
type change struct {
	seq     int64
	payload []byte
	author  *Session // nil when it is not connected here
}

// apply applies changes in the order of the log and sends them to everybody. When one cannot be
// applied, those before it are, and nothing of it is.
func (r *room) apply(changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	var before []byte
	if len(r.sessions) > 0 {
		before = r.text.stateVector()
	}
	for i, c := range changes {
		if err := r.text.apply(c.payload); err != nil {
			r.send(changes[:i], before)
			return fmt.Errorf("update %d: %w", c.seq, err)
		}
		r.head.Seq = c.seq
	}
	r.send(changes, before)
	return nil
}

// From so many changes on they travel as one, up to so many bytes. One of them costs less to write
// to a hundred readers, and less to read, than each of them; an author then hears its own change
// back, which it knows to ignore.
const (
	mergeFrom  = 3
	mergeBytes = 256 << 10
)

// send queues applied changes for everybody but their authors; before is the state vector of the
// text without them.
func (r *room) send(changes []change, before []byte) {
	if len(changes) == 0 || len(r.sessions) == 0 {
		return
	}
	authors := map[*Session]int{}
	for _, c := range changes {
		authors[c.author]++
	}
	if len(r.sessions) == 1 {
		for s := range r.sessions {
			if authors[s] == len(changes) {
				return
			}
		}
	}
	frames, merged := framesOf(changes)
	for s := range r.sessions {
		switch n := authors[s]; {
		case n == 0 || merged && n < len(changes):
			s.out.pushChanges(frames, before)
		case n < len(changes):
			others := make([][]byte, 0, len(frames)-n)
			for i, frame := range frames {
				if changes[i].author != s {
					others = append(others, frame)
				}
			}
			s.out.pushChanges(others, before)
		}
	}
}

// framesOf returns one frame for each change, or a single one for all of them.
func framesOf(changes []change) (frames [][]byte, merged bool) {
	payloads, size := make([][]byte, len(changes)), 0
	for i, c := range changes {
		payloads[i] = c.payload
		size += len(c.payload)
	}
	if len(changes) >= mergeFrom && size <= mergeBytes {
		// What cannot be merged was applied all the same; it goes out as it came.
		if one, err := merge(payloads); err == nil {
			return [][]byte{frameOf(one)}, true
		}
	}
	frames = payloads
	for i, payload := range payloads {
		frames[i] = frameOf(payload)
	}
	return frames, false
}

func frameOf(update []byte) []byte {
	return protocol.AppendUpdate(make([]byte, 0, len(update)+8), update)
}

func merge(updates [][]byte) (_ []byte, err error) {
	defer contain(&err)
	return crdt.MergeUpdates(updates)
}

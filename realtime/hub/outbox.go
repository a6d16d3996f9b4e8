package hub

import (
	"slices"
	"sync"

	"samenwijk/realtime/protocol"
)

// outbox is what waits to be written to one connection. Several goroutines put in, one takes out.
// Frames are shared between connections and never changed.
//
// What is said once (hello, the question for the client's changes) is kept apart and is small; a
// catch-up brings the reader from a known state vector to the present; after it come changes
// and carets, whose bytes are bounded. When the bound is passed they are dropped and the reader
// lags: it gets nothing more until the room has made a new catch-up for it.
type outbox struct {
	limit int
	ready chan struct{} // holds a token when something waits

	mu       sync.Mutex
	first    [][]byte
	catchUp  [][]byte
	changes  [][]byte
	carets   [][]byte
	bytes    int    // of changes and carets
	since    []byte // a state vector the reader has reached when the first of what waits is written
	lagging  bool
	ackMark  int64 // the last mark that is saved; nothing is owed when acked equals it
	ackSeq   int64
	acked    int64
	closedBy *Refusal
	refused  []byte // the refusal frame that goes out before the close
}

func newOutbox(limit int) *outbox {
	return &outbox{limit: limit, ready: make(chan struct{}, 1), acked: -1, ackMark: -1}
}

func (o *outbox) wake() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// pushFirst queues a small frame that is sent once.
func (o *outbox) pushFirst(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.first = append(o.first, frame)
	o.wake()
}

// pushCatchUp queues the frames that bring a reader with state vector since to the present. What
// waited before is part of them.
func (o *outbox) pushCatchUp(frames [][]byte, since []byte, carets []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.catchUp, o.since = slices.Clone(frames), since
	o.changes, o.carets, o.bytes, o.lagging = nil, [][]byte{carets}, len(carets), false
	o.wake()
}

// pushChanges queues changes; before is the state vector of the document without them.
func (o *outbox) pushChanges(frames [][]byte, before []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lagging {
		return
	}
	if len(o.changes) == 0 && len(o.catchUp) == 0 {
		o.since = before
	}
	size := 0
	for _, frame := range frames {
		size += len(frame)
	}
	o.changes = append(o.changes, frames...)
	o.grow(size, before)
}

// pushCarets queues an awareness frame; now is the state vector of the document.
func (o *outbox) pushCarets(frame, now []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lagging {
		return
	}
	o.carets = append(o.carets, frame)
	o.grow(len(frame), now)
}

func (o *outbox) grow(n int, reached []byte) {
	o.bytes += n
	if o.bytes > o.limit {
		if len(o.changes) == 0 && len(o.catchUp) == 0 {
			o.since = reached
		}
		o.catchUp, o.changes, o.carets, o.bytes, o.lagging = nil, nil, nil, 0, true
	}
	o.wake()
}

// ack says that everything before mark is saved. Only the last one counts.
func (o *outbox) ack(mark, seq int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ackMark, o.ackSeq = mark, seq
	o.wake()
}

// close ends the outbox: what waits is still taken, then comes why. The first reason stays.
// A frame, if any, goes out last.
func (o *outbox) close(why *Refusal, frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closedBy == nil {
		o.closedBy, o.refused = why, frame
		o.wake()
	}
}

// closed returns why the outbox was ended, nil while it is open.
func (o *outbox) closed() *Refusal {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closedBy
}

// missed returns the state vector from which a lagging reader has to be caught up.
func (o *outbox) missed() (since []byte, lagging bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.since, o.lagging && o.closedBy == nil
}

// take appends to frames what waits, at most about max bytes and at least one frame. Behind means
// that the reader lags and everything before has been taken. After the last frame it returns why
// the outbox was closed, if it was.
func (o *outbox) take(frames [][]byte, max int) (_ [][]byte, behind bool, why *Refusal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	begin := len(frames)
	size := 0
	room := func() bool { return len(frames) == begin || size < max }
	add := func(frame []byte) {
		frames = append(frames, frame)
		size += len(frame)
	}
	for len(o.first) > 0 && room() {
		add(o.first[0])
		o.first = o.first[1:]
	}
	for len(o.catchUp) > 0 && room() {
		add(o.catchUp[0])
		o.catchUp[0] = nil
		o.catchUp = o.catchUp[1:]
	}
	for _, queue := range []*[][]byte{&o.changes, &o.carets} {
		if len(o.catchUp) > 0 {
			break
		}
		for len(*queue) > 0 && room() {
			frame := (*queue)[0]
			(*queue)[0] = nil
			*queue = (*queue)[1:]
			o.bytes -= len(frame)
			add(frame)
		}
	}
	if o.acked != o.ackMark && len(o.changes) == 0 && room() {
		o.acked = o.ackMark
		add(protocol.AppendAck(nil, o.ackMark, o.ackSeq))
	}
	rest := len(o.first) > 0 || len(o.catchUp) > 0 || len(o.changes) > 0 || len(o.carets) > 0 || o.acked != o.ackMark
	if rest {
		o.wake()
		return frames, false, nil
	}
	if o.closedBy != nil {
		if o.refused != nil {
			add(o.refused)
			o.refused = nil
		}
		return frames, false, o.closedBy
	}
	return frames, o.lagging, nil
}

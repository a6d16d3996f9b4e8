package hub

import (
	"sync"

	"samenwijk/realtime/protocol"
)

// outbox is what waits to be written to one connection. Several goroutines put in, one takes out.
// Frames are shared between connections and never changed.
//
// What is said once (hello, the question for the client's changes) is kept apart and is small; a
// catch-up brings the reader from a known state vector to the present; after it come changes
// and carets, whose bytes are bounded. When the bound is passed they are dropped and the reader
// lags: it gets nothing more until the room has made a new catch-up for it. A catch-up in pieces that
// has begun is finished first, or a narrow line would hear the beginning for ever.
type outbox struct {
	limit int
	wake  func() // called, with the lock held, when something waits

	mu       sync.Mutex
	first    queue
	catchUp  queue
	changes  queue
	carets   queue
	bytes    int    // of changes and carets
	since    []byte // a state vector the reader has reached when the first of what waits is written
	reached  []byte // the state vector after catchUp
	begun    bool   // some of catchUp has been taken
	lagging  bool
	ackMark  int64 // the last mark that is saved; nothing is owed when acked equals it
	ackSeq   int64
	acked    int64
	closedBy *Refusal
	refused  []byte // the refusal frame that goes out before the close
}

func newOutbox(limit int, wake func()) *outbox {
	return &outbox{limit: limit, wake: wake, acked: -1, ackMark: -1}
}

// queue holds frames in the order in which they go out. An empty one keeps its place for the next few.
type queue struct {
	frames [][]byte
	at     int // of the first one that is still here
}

// kept is how many frames an empty queue keeps place for.
const kept = 4

func (q *queue) len() int { return len(q.frames) - q.at }

func (q *queue) push(frames ...[]byte) { q.frames = append(q.frames, frames...) }

func (q *queue) pop() []byte {
	frame := q.frames[q.at]
	q.frames[q.at] = nil
	if q.at++; q.at == len(q.frames) {
		q.frames, q.at = q.frames[:0], 0
		if cap(q.frames) > kept {
			q.frames = nil
		}
	}
	return frame
}

// pushFirst queues a small frame that is sent once.
func (o *outbox) pushFirst(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.first.push(frame)
	o.wake()
}

// pushCatchUp queues the frames that bring a reader from state vector since to reached, the present.
// What waited before is part of them.
func (o *outbox) pushCatchUp(frames [][]byte, since, reached, carets []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.catchUp, o.changes, o.carets = queue{}, queue{}, queue{}
	o.catchUp.push(frames...)
	o.carets.push(carets)
	o.since, o.reached, o.begun = since, reached, false
	o.bytes, o.lagging = len(carets), false
	o.wake()
}

// pushChanges queues changes; before is the state vector of the document without them.
func (o *outbox) pushChanges(frames [][]byte, before []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lagging {
		return
	}
	if o.changes.len() == 0 && o.catchUp.len() == 0 {
		o.since = before
	}
	size := 0
	for _, frame := range frames {
		size += len(frame)
	}
	o.changes.push(frames...)
	o.grow(size, before)
}

// pushCarets queues an awareness frame; now is the state vector of the document.
func (o *outbox) pushCarets(frame, now []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lagging {
		return
	}
	o.carets.push(frame)
	o.grow(len(frame), now)
}

func (o *outbox) grow(n int, reached []byte) {
	o.bytes += n
	if o.bytes > o.limit {
		switch {
		case o.catchUp.len() > 0 && o.begun:
			o.since = o.reached
		case o.catchUp.len() > 0:
			o.catchUp = queue{}
		case o.changes.len() == 0:
			o.since = reached
		}
		o.changes, o.carets, o.bytes, o.lagging = queue{}, queue{}, 0, true
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
	for o.first.len() > 0 && room() {
		add(o.first.pop())
	}
	for o.catchUp.len() > 0 && room() {
		o.begun = true
		add(o.catchUp.pop())
	}
	for _, q := range []*queue{&o.changes, &o.carets} {
		for o.catchUp.len() == 0 && q.len() > 0 && room() {
			frame := q.pop()
			o.bytes -= len(frame)
			add(frame)
		}
	}
	if o.acked != o.ackMark && o.changes.len() == 0 && room() {
		o.acked = o.ackMark
		add(protocol.AppendAck(nil, o.ackMark, o.ackSeq))
	}
	rest := o.first.len()+o.catchUp.len()+o.changes.len()+o.carets.len() > 0 || o.acked != o.ackMark
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

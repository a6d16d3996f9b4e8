package hub

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"samenwijk/realtime/protocol"
)

// room is one open document. Everything below is owned by the goroutine of run, except the
// channels and what never changes.
type room struct {
	hub      *Hub
	document string

	inbox     chan message  // from connections; full makes them wait
	control   chan func()   // entering, leaving, and what the hub asks; full makes them wait
	committed chan outcome  // the answer to the one Append under way
	confirmed chan verdicts // the answer to the one round of questions under way
	done      chan struct{} // closed when run ends; failure is final then
	failure   error         // why nobody could enter, nil when the room was open

	text     *text
	door     Door // what never changes of it is for everybody; nil lets everything in
	head     Head // of what is applied
	sessions map[*Session]bool

	pending      []write // received, not yet offered to the log
	pendingBytes int     // of pending and of what is under way
	committing   []write // under way
	offered      time.Time
	pacing       bool // the next Append waits for paceTimer
	waited       bool // and has waited for it
	paceTimer    *time.Timer
	checking     bool // rights are being asked; nothing is offered meanwhile
	checkAgain   bool

	present    protocol.Present
	owners     map[uint64]*Session       // of awareness clients
	news       map[uint64]protocol.Entry // what the others have not heard yet
	newsTimer  *time.Timer
	spreadAt   time.Time // when they heard last
	emptySince time.Time

	notices  chan notice          // from other nodes; nil without a bus
	nodes    map[string]time.Time // when each was last heard
	afar     map[uint64]stranger  // awareness clients of other nodes
	early    []notice             // changes that came before our own answer from the log
	looking  bool                 // the head in the log is being asked
	lookMore bool

	expires     time.Time // when the first right that was given until then ends; zero when none is
	expiryTimer *time.Timer

	// What of head the hub's look at the log compares with, so that it disturbs no room that is up to date.
	epoch, seq, rights atomic.Int64

	ended bool // the document is gone or cannot be trusted: nobody stays
}

// write is one update on its way to the log.
type write struct {
	session *Session
	mark    int64
	payload []byte
	bytes   int // what it counts for in pendingBytes
}

func newRoom(h *Hub, document string) *room {
	return &room{
		hub: h, document: document,
		inbox: make(chan message, 64), control: make(chan func(), 64),
		committed: make(chan outcome, 1), confirmed: make(chan verdicts, 1), done: make(chan struct{}),
		text: newText(), sessions: map[*Session]bool{}, owners: map[uint64]*Session{}, news: map[uint64]protocol.Entry{}, newsTimer: stoppedTimer(), paceTimer: stoppedTimer(),
		expiryTimer: stoppedTimer(),
	}
}

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// tell has f run by the room, and reports false when the room has closed. It must not be called
// by the room itself.
func (r *room) tell(f func()) bool {
	select {
	case r.control <- f:
		return true
	case <-r.done:
		return false
	}
}

// nudge is tell for what can wait until next time: a room that is busy is not waited for.
func (r *room) nudge(f func()) {
	select {
	case r.control <- f:
	default:
	}
}

// longestTick is the time between two rounds of what is in no hurry. There may be thousands of rooms in
// which nothing happens.
const longestTick = 4 * time.Second

// upToDate reports whether the room knows of everything that a head in the log says. Anybody may ask.
func (r *room) upToDate(head Head) bool {
	return head.Epoch == r.epoch.Load() && head.Seq <= r.seq.Load() && head.Rights <= r.rights.Load()
}

// run is the life of the room.
func (r *room) run() {
	defer close(r.done)
	defer r.hub.forget(r)
	defer r.listen()()
	if err := r.load(); err != nil {
		r.failure = asRefusal(err)
		if !errors.Is(err, ErrNotFound) {
			r.logError("a live document cannot be loaded", err)
		}
		return
	}
	r.emptySince = time.Now()
	tick := time.NewTicker(min(r.hub.limits.Idle, r.hub.limits.Silence, longestTick*4) / 4)
	defer tick.Stop()
	defer r.newsTimer.Stop()
	defer r.paceTimer.Stop()
	defer r.expiryTimer.Stop()
	var beat <-chan time.Time
	if r.hub.bus != nil {
		r.publish(notice{kind: noticeWho})
		defer r.publish(notice{kind: noticeLeave})
		beating := time.NewTicker(r.hub.limits.Beacon)
		defer beating.Stop()
		beat = beating.C
	}
	closing := r.hub.closing
	for {
		r.seq.Store(r.head.Seq)
		r.rights.Store(r.head.Rights)
		inbox := r.inbox
		if r.pendingBytes >= r.hub.limits.Pending {
			inbox = nil
		}
		select {
		case m := <-inbox:
			r.receive(m)
		case f := <-r.control:
			f()
		case o := <-r.committed:
			r.settle(o)
		case v := <-r.confirmed:
			r.judge(v)
		case n := <-r.notices:
			r.noticed(n)
		case <-beat:
			r.beat()
		case <-r.paceTimer.C:
			r.pacing = false
			r.commit()
		case <-r.newsTimer.C:
			r.spread()
		case <-r.expiryTimer.C:
			r.expires = time.Time{}
			r.recheckWhoseTimeIsUp(time.Now())
		case now := <-tick.C:
			r.removeSilent(now)
			r.recheckWhoseTimeIsUp(now)
			r.text.rest()
		case <-closing:
			closing = nil
			r.ended = true
			for s := range r.sessions {
				r.finish(s, restarting)
			}
		}
		if r.mayClose() {
			return
		}
	}
}

// mayClose reports whether the room has nothing left to do: all that was received is stored and
// applied, and nobody has been here for a while.
func (r *room) mayClose() bool {
	if len(r.sessions) > 0 || r.committing != nil || len(r.pending) > 0 || r.checking {
		return false
	}
	return r.ended || time.Since(r.emptySince) >= r.hub.limits.Idle
}

// load reads the document from the log.
func (r *room) load() error {
	ctx, cancel := r.patience()
	defer cancel()
	var payloads [][]byte
	head, err := r.hub.log.Load(ctx, r.document, 0, 0, func(row Row) error {
		payloads = append(payloads, row.Payload)
		return nil
	})
	if err != nil {
		return err
	}
	for _, payload := range payloads {
		if err := r.text.apply(payload); err != nil {
			return err
		}
	}
	r.head = head
	if r.hub.Door != nil {
		r.door = r.hub.Door(head)
	}
	r.epoch.Store(head.Epoch)
	return nil
}

// patience bounds one call of the log. It does not end with the hub: what was received is stored.
func (r *room) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), r.hub.limits.Patience)
}

// enter lets a session in, unless its right was asked before the rights that the room knows of.
func (r *room) enter(s *Session, rights int64) (bool, error) {
	switch {
	case r.ended:
		return false, restarting
	case s.out.closed() != nil: // it left before it was in
		return false, left
	case rights < r.head.Rights:
		return false, nil
	case len(r.sessions) >= r.hub.limits.Sessions:
		return false, crowded
	}
	s.inside = true
	r.sessions[s] = true
	r.endsAt(s.permit.Until)
	if s.member.Acks {
		s.out.pushFirst(protocol.AppendHello(nil, protocol.Hello{
			Epoch: r.head.Epoch, Schema: r.head.Schema, MaxUpdate: r.hub.limits.Update, Write: s.mode == Write && !r.outdated(s),
		}))
	}
	now := r.text.stateVector()
	if s.mode == Write && !r.outdated(s) {
		s.out.pushFirst(protocol.AppendSyncStep1(nil, now))
	}
	if has := s.member.Has; has != nil && (has.Epoch == 0 || has.Epoch == r.head.Epoch) {
		r.catchUpFrom(s, has.Vector)
	} else {
		s.out.pushCarets(r.everybody(), now)
	}
	return true, nil
}

// outdated reports whether the client said that it speaks an older model than that of the document. It
// may read; what it would write is not what the others read.
func (r *room) outdated(s *Session) bool {
	return s.member.Model != 0 && s.member.Model < r.head.Schema
}

// receive acts on what a connection sent.
func (r *room) receive(m message) {
	s := m.session
	if m.do != nil {
		m.do()
		return
	}
	if !s.inside || s.ending != nil {
		return
	}
	switch m.kind {
	case protocol.SyncStep1:
		r.catchUpFrom(s, m.body)
	case protocol.SyncStep2, protocol.Update:
		if saysNothing(m.body) {
			return
		}
		if s.mode != Write {
			r.refuse(s, noWriting)
			return
		}
		if r.outdated(s) {
			r.refuse(s, otherModel)
			return
		}
		if m.claim != nil {
			if err := r.admit(m.claim); err != nil {
				r.refuse(s, r.notAdmitted(s, err))
				return
			}
		}
		s.records++
		r.pending = append(r.pending, write{s, s.records, m.body, len(m.body)})
		r.pendingBytes += len(m.body)
		if s.permit.over(time.Now()) {
			r.recheck()
		}
		r.commit()
	case protocol.Mark:
		r.mark(s, m.n)
	case protocol.Awareness:
		if s.member.User.ID != "" { // a visitor only looks on
			r.hear(s, m.entries)
		}
	case protocol.AwarenessQuery:
		// Answered also when nobody is there: browsers ask in order to see whether the line is alive.
		s.out.pushCarets(r.everybody(), r.text.stateVector())
	}
}

// notAdmitted is the refusal of somebody whose update is not let in. No editor of ours sends what the door
// refuses, so that is worth a line.
func (r *room) notAdmitted(s *Session, err error) *Refusal {
	why := (*Refusal)(nil)
	switch {
	case errors.As(err, &why):
		r.hub.logger.Warn("an update is not let in", "document", r.document, "person", s.member.User.ID, "error", why)
		return why
	case errors.Is(err, protocol.ErrTooLarge):
		return tooLarge
	}
	return malformed
}

// catchUp brings a reader that lost its queue to the present.
func (r *room) catchUp(s *Session) {
	if since, lagging := s.out.missed(); lagging && s.inside {
		r.catchUpFrom(s, since)
	}
}

func (r *room) catchUpFrom(s *Session, stateVector []byte) {
	as := inOne
	if s.member.Pieces {
		as = inPieces
	}
	frames, err := r.text.since(stateVector, as)
	if err != nil {
		r.refuse(s, malformed) // we checked the form of the vector, the text knows more
		return
	}
	s.out.pushCatchUp(frames, stateVector, r.text.stateVector(), r.everybody())
}

// has reports whether somebody is in the room.
func (r *room) has(person string) bool {
	for s := range r.sessions {
		if s.member.User.ID == person {
			return true
		}
	}
	return false
}

// refuse ends a session at once; what it sent before is still stored.
func (r *room) refuse(s *Session, why *Refusal) {
	if s.inside {
		s.out.close(why, s.refusal(why))
		r.drop(s)
	}
}

// dismiss ends sessions and forgets what they sent that the log has not been offered.
func (r *room) dismiss(sessions map[*Session]*Refusal) {
	r.pending = slices.DeleteFunc(r.pending, func(w write) bool {
		_, goes := sessions[w.session]
		if goes {
			r.pendingBytes -= w.bytes
		}
		return goes
	})
	for s, why := range sessions {
		r.refuse(s, why)
	}
}

// refusal returns the frame that says which marks will not be acknowledged, if any.
func (s *Session) refusal(why *Refusal) []byte {
	if !s.member.Acks || len(s.marks) == 0 {
		return nil
	}
	return protocol.AppendRefusal(nil, s.marks[0].n, why.Code)
}

// finish ends a session once everything it sent is stored.
func (r *room) finish(s *Session, why *Refusal) {
	if !s.inside {
		return
	}
	s.ending = why
	if s.stored == s.records {
		r.refuse(s, why)
	}
}

// drop takes a session out of the room and its carets off the page.
func (r *room) drop(s *Session) {
	if !s.inside {
		return
	}
	s.inside = false
	delete(r.sessions, s)
	r.silence(s)
	if len(r.sessions) == 0 {
		r.emptySince = time.Now()
	}
}

// everyoneOut ends the room: the document is not what the sessions hold, or cannot be trusted.
func (r *room) everyoneOut(why *Refusal) {
	r.ended = true
	r.pending, r.pendingBytes = nil, 0
	for s := range r.sessions {
		r.refuse(s, why)
	}
}

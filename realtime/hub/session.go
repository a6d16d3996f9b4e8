package hub

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"samenwijk/realtime/protocol"
)

// Mode is what a member may do.
type Mode byte

const (
	None Mode = iota
	Read
	Write
)

// Permit is what a member may do, and until when: the zero time is without end. A room asks again
// when the time has come.
type Permit struct {
	Mode  Mode
	Until time.Time
}

func (p Permit) over(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// Known is a permit that was asked for after a head with these rights had been read.
type Known struct {
	Rights int64
	Permit Permit
}

// User is how others see a member. Group chooses the colour of the caret; it is a word of ours, so
// that nothing a person typed ends up in a style.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Initials string `json:"initials"`
	Group    string `json:"group"`
}

// Member is who wants in.
type Member struct {
	User User
	// Confirm asks anew what the member may do. It is called when the member enters and whenever
	// rights may have changed, by one goroutine at a time. Its error may be a refusal, ErrNotFound,
	// or trouble, which ends the session with 1013: who cannot be checked does not stay.
	Confirm func(ctx context.Context) (Permit, error)
	// Known is what Confirm has answered already, so that it is not asked again to enter. The zero value
	// has it asked.
	Known Known
	// Acks says that the client understands message 120; Pieces, that it understands a text in pieces.
	Acks, Pieces bool
	// Model is the version of the document's model that the client speaks, 0 when it named none.
	Model int64
	// Has is what the client has of the document already. It is sent the rest at once; without it, the
	// client has to ask.
	Has *Has
	// Wake is called when Take has something to say: frames, or the end. Any goroutine of the hub calls
	// it, also before Join has returned, and many times for one Take. It must not wait, nor call the
	// session.
	Wake func()
}

// Has is what a client has of a document: what this state vector says, in an epoch. Epoch 0 is that of
// somebody who has nothing of any. In another epoch than the document's it counts for nothing.
type Has struct {
	Epoch  int64
	Vector []byte
}

// Session is one connection to a document. Receive is called by one goroutine, Take by one.
type Session struct {
	room   *room
	id     string // names its records in the log
	member Member
	user   json.RawMessage
	mode   Mode
	out    *outbox
	rate   rate

	leave sync.Once

	// The rest belongs to the room.
	inside  bool
	permit  Permit          // as it was confirmed last; its mode is at least that of the session
	clients map[uint64]bool // awareness clients
	records int64           // offered to the log by this session
	stored  int64           // of these, how many are stored
	marks   []mark          // not yet acknowledged, in order
	ending  *Refusal        // why it ends once everything it sent is stored
}

// mark is a client's mark that waits for a record to be stored.
type mark struct{ n, record int64 }

func newSession(r *room, member Member, permit Permit) *Session {
	user, err := json.Marshal(member.User)
	if err != nil {
		panic(err) // strings and numbers
	}
	l := &r.hub.limits
	return &Session{
		room: r, id: rand.Text(), member: member, user: user, mode: permit.Mode, permit: permit, out: newOutbox(l.Outgoing, member.Wake),
		rate: rate{messages: float64(l.Burst), bytes: float64(l.ByteBurst)},
	}
}

// Mode returns what the session may do.
func (s *Session) Mode() Mode { return s.mode }

// message is what a connection sent, decoded and within its limits, or what is to be done after
// everything it sent before.
type message struct {
	session *Session
	do      func()
	kind    protocol.Kind
	body    []byte
	n       int64
	entries []protocol.Entry
	claim   any // what the door has left to judge
}

// Receive takes one frame of the client, which belongs to the session from then on, and does not wait.
// While the document has more to store than it may hold it returns wait instead, which hands the frame
// over as soon as there is room; nothing more may be received before wait has returned, which slows
// the sender down. An error is the refusal with which the session ended; what was received before it is
// still stored.
func (s *Session) Receive(frame []byte) (wait func() error, err error) {
	if why := s.out.closed(); why != nil {
		return nil, why
	}
	m, refusal := s.decode(frame)
	if refusal != nil {
		m = message{session: s, do: func() { s.room.refuse(s, refusal) }}
	}
	outcome := func(sent bool) error {
		switch {
		case refusal != nil:
			return refusal
		case !sent:
			s.out.close(restarting, nil)
			return restarting
		}
		return nil
	}
	select {
	case s.room.inbox <- m:
		return nil, outcome(true)
	case <-s.room.done:
		return nil, outcome(false)
	default:
		return func() error { return outcome(s.send(m)) }, nil
	}
}

// send hands m to the room after what was sent before, and reports false when the room has closed.
func (s *Session) send(m message) bool {
	select {
	case s.room.inbox <- m:
		return true
	case <-s.room.done:
		return false
	}
}

func (s *Session) decode(frame []byte) (message, *Refusal) {
	l := &s.room.hub.limits
	if !s.rate.allow(l, len(frame), time.Now()) {
		return message{}, tooFast
	}
	decoded, err := protocol.Decode(frame, protocol.Limits{Update: l.Update, Awareness: l.Awareness})
	m := message{session: s, kind: decoded.Kind, body: decoded.Body, n: decoded.N}
	if err == nil {
		switch decoded.Kind {
		case protocol.SyncStep1:
			err = checkStateVector(decoded.Body)
		case protocol.SyncStep2, protocol.Update:
			if m.claim, err = s.room.look(decoded.Body); err != nil {
				return message{}, s.room.notAdmitted(s, err)
			}
		case protocol.Awareness:
			m.entries, err = s.presence(decoded.Body)
		}
	}
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, protocol.ErrTooLarge):
		return message{}, tooLarge
	}
	return message{}, malformed
}

// presence reads what the client says of itself and writes into it who that is.
func (s *Session) presence(body []byte) ([]protocol.Entry, error) {
	entries, err := protocol.DecodeAwareness(body)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if entries[i].State == nil {
			continue
		}
		if entries[i].State, err = protocol.Identify(entries[i].State, s.user); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// Take appends to frames what waits to be written, about max bytes and at least one frame, and
// returns it. The frames are shared: they are written, never changed. After the last frame it
// returns the refusal with which the session ended.
func (s *Session) Take(frames [][]byte, max int) ([][]byte, *Refusal) {
	frames, behind, why := s.out.take(frames, max)
	if behind {
		s.room.tell(func() { s.room.catchUp(s) })
	}
	return frames, why
}

// End ends the session once everything it sent so far is stored and acknowledged: the connection
// then takes why. It does not wait for that.
func (s *Session) End(why *Refusal) {
	if !s.send(message{session: s, do: func() { s.room.finish(s, why) }}) {
		s.out.close(why, nil)
	}
}

// Leave says that the connection is gone. What it sent is still stored. It may be called twice.
func (s *Session) Leave() {
	s.leave.Do(func() {
		s.out.close(left, nil)
		s.send(message{session: s, do: func() { s.room.drop(s) }})
	})
}

// rate is a bucket that fills with time: of messages and of bytes.
type rate struct {
	messages, bytes float64
	at              time.Time
}

func (r *rate) allow(l *Limits, size int, now time.Time) bool {
	if !r.at.IsZero() {
		passed := now.Sub(r.at).Seconds()
		r.messages = min(r.messages+passed*l.Messages, float64(l.Burst))
		r.bytes = min(r.bytes+passed*l.Bytes, float64(l.ByteBurst))
	}
	r.at = now
	r.messages--
	r.bytes -= float64(size)
	return r.messages >= 0 && r.bytes >= 0
}

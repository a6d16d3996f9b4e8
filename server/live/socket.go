package live

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"samenwijk/realtime/hub"
)

// socket is one websocket: what the client sends goes to the session, and what the session has to say
// goes to the client. It has no goroutine; its line calls heard and flush.
type socket struct {
	live    *Live
	pass    *pass
	session *hub.Session // from begin on
	line    line         // from begin on
	begun   atomic.Bool
	ended   sync.Once
	why     atomic.Pointer[hub.Refusal] // why the session ended, as the client was told
	lastly  atomic.Int64                // when the client was last heard, see Live.clock

	parser parser // of whoever calls heard

	mu        sync.Mutex
	asked     *hub.Refusal  // to end before there was a session
	unsent    [][]byte      // what the line did not take yet
	stuck     time.Duration // when the client was last seen to take some of what was written
	owed      int           // bytes that it had not taken when that was looked at last
	pong      []byte        // to answer the last ping with
	pongDue   bool
	pingDue   bool
	pinged    time.Duration
	closing   bool          // the close frame is the last thing that was written
	until     time.Duration // a closing line ends then, whatever the client does
	closedToo bool          // the client sent its close frame
}

// line is where the bytes of a socket come from and go to. It calls heard with what the client sends,
// flush after a kick and when write left something, and gone once when it has ended.
type line interface {
	// run begins, with what the client said before. It may return before the line has ended.
	run(early []byte)
	// write writes what it can; the socket keeps the rest. The line kicks itself when it can take more.
	write(b []byte) (int, error)
	// owed is how many bytes were written that the client's system has not confirmed, 0 when the line
	// cannot know.
	owed() int
	kick()
	// end ends the line at once, as often as it is called.
	end()
}

// Lengths of a write: small frames are gathered into one, large ones go out as they are. What takes
// long to decode is not decoded between the frames of others.
const (
	gatherBytes = 64 << 10
	largeFrame  = 16 << 10
	slowFrame   = 32 << 10
)

// lingering is how long a closed socket waits for the client to close it too. Hanging up at once
// could destroy the close code on its way (RFC 6455, 7.1.1).
const lingering = 2 * time.Second

// pen is what one goroutine needs to write.
type pen struct {
	bytes  []byte
	frames [][]byte
}

func newPen() *pen { return &pen{bytes: make([]byte, 0, gatherBytes+largeFrame+maxHeader)} }

func newSocket(l *Live, p *pass) *socket {
	s := &socket{live: l, pass: p, parser: parser{max: l.collab.Limits().Frame()}}
	now := l.clock()
	s.pinged = now
	s.lastly.Store(int64(now))
	return s
}

// begin has the socket speak for a session.
func (s *socket) begin(session *hub.Session, l line) {
	s.session, s.line = session, l
	s.mu.Lock()
	s.begun.Store(true)
	asked := s.asked
	s.mu.Unlock()
	if asked != nil {
		session.End(asked)
	}
	l.kick()
}

// wake says that the session has something to say.
func (s *socket) wake() {
	if s.begun.Load() {
		s.line.kick()
	}
}

// end ends the session after everything received has been stored.
func (s *socket) end(why *hub.Refusal) {
	s.mu.Lock()
	s.asked = why
	begun := s.begun.Load()
	s.mu.Unlock()
	if begun {
		s.session.End(why)
	}
}

// cut ends the connection at once.
func (s *socket) cut() {
	if s.begun.Load() {
		s.line.end()
	}
}

// gone is the end of the socket: its line is no more.
func (s *socket) gone() {
	s.ended.Do(func() {
		go s.session.Leave() // waits while the document has more to store than it may hold
		why := s.why.Load()
		if why == nil {
			why = &hub.Refusal{Code: 1006, Reason: "the connection is gone"}
		}
		by := s.pass.by
		s.live.config.Log.Info("live session", "document", string(s.pass.document), "person", string(by.Person), "token", by.Token, "code", why.Code)
		s.live.unregister(s)
	})
}

// heard takes what the client sent, which stays with the caller. When it returns wait, the socket has
// to wait for the document: nothing more may be heard before wait has returned.
func (s *socket) heard(b []byte) (wait func()) {
	s.lastly.Store(int64(s.live.clock()))
	rest, busy := s.take(b)
	if busy == nil {
		return nil
	}
	rest = slices.Clone(rest)
	return func() {
		for busy != nil {
			busy()
			rest, busy = s.take(rest)
		}
		s.lastly.Store(int64(s.live.clock()))
	}
}

// take acts on the frames in b. It returns busy and what is left of b when a frame has to wait.
func (s *socket) take(b []byte) (rest []byte, busy func()) {
	for len(b) > 0 {
		var kind byte
		var payload []byte
		var err error
		kind, payload, b, err = s.parser.next(b)
		switch {
		case err != nil:
			s.refuse(err)
			if errors.Is(err, noWebsocket) {
				return nil, nil // nobody knows where the next frame begins
			}
		case kind == opClose:
			s.clientCloses()
			return nil, nil
		case kind == opPing:
			s.mu.Lock()
			s.pong, s.pongDue = payload, true // when writing is behind, the last one counts
			s.mu.Unlock()
			s.line.kick()
		case s.parser.deaf:
		case kind == opText:
			s.refuse(hub.Malformed())
		case kind == opBinary:
			if busy = s.receive(payload); busy != nil {
				return b, busy
			}
		}
	}
	return nil, nil
}

// receive hands a message to the session, and returns what has to wait for it.
func (s *socket) receive(message []byte) (busy func()) {
	if len(message) < slowFrame {
		wait, err := s.session.Receive(message)
		if wait == nil {
			s.deafen(err)
			return nil
		}
		return func() { s.deafen(wait()) }
	}
	return func() {
		wait, err := s.session.Receive(message)
		if wait != nil {
			err = wait()
		}
		s.deafen(err)
	}
}

// deafen stops listening to a client whose session has ended, except to its goodbye.
func (s *socket) deafen(ended error) {
	if ended != nil {
		s.parser.deaf = true
	}
}

// refuse ends the session because of what the client sent.
func (s *socket) refuse(err error) {
	s.parser.deaf = true
	var why *hub.Refusal
	if errors.As(err, &why) {
		go s.session.End(why)
	}
}

func (s *socket) clientCloses() {
	s.mu.Lock()
	s.closedToo = true
	answered := s.closing && len(s.unsent) == 0
	s.mu.Unlock()
	if answered {
		s.line.end()
		return
	}
	s.parser.deaf = true
	go s.session.Leave()
}

// flush writes what there is to say, as much as the line takes.
func (s *socket) flush(with *pen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.writeUnsent() || s.closing {
		return
	}
	b := with.bytes[:0]
	if s.pingDue {
		s.pingDue = false
		b = appendFrame(b, opPing, nil)
	}
	if s.pongDue {
		b = appendFrame(b, opPong, s.pong)
		s.pongDue, s.pong = false, nil
	}
	frames, why := s.session.Take(with.frames[:0], gatherBytes)
	for _, frame := range frames {
		b = appendHeader(b, opBinary, len(frame))
		if len(frame) < largeFrame {
			b = append(b, frame...)
			continue
		}
		s.write(b, true)
		s.write(frame, false)
		b = b[:0]
	}
	with.frames = frames
	clear(frames)
	if why != nil {
		b = appendFrame(b, opClose, closePayload(why))
	}
	s.write(b, true)
	if why != nil {
		s.why.Store(why)
		s.closing = true
		s.until = s.live.clock() + lingering
		if len(s.unsent) > 0 {
			s.until += s.live.config.WriteWait
		} else if s.closedToo {
			s.line.end()
		}
	}
}

// write writes b, or keeps what the line does not take; reused says that the caller changes b later.
func (s *socket) write(b []byte, reused bool) {
	n := 0
	if len(s.unsent) == 0 && len(b) > 0 {
		var err error
		if n, err = s.line.write(b); err != nil {
			s.line.end()
			return
		}
	}
	if n == len(b) {
		return
	}
	b = b[n:]
	if reused {
		b = slices.Clone(b)
	}
	if len(s.unsent) == 0 {
		s.stuck = s.live.clock()
	}
	s.unsent = append(s.unsent, b)
}

// writeUnsent writes what was kept, and reports whether all of it is gone.
func (s *socket) writeUnsent() bool {
	for len(s.unsent) > 0 {
		n, err := s.line.write(s.unsent[0])
		if err != nil {
			s.unsent = nil
			s.line.end()
			return false
		}
		if n > 0 {
			s.stuck = s.live.clock()
		}
		if s.unsent[0] = s.unsent[0][n:]; len(s.unsent[0]) > 0 {
			return false
		}
		s.unsent = s.unsent[1:]
	}
	s.unsent = nil
	if s.closing && s.closedToo {
		s.line.end()
	}
	return true
}

// look is called every now and then: it pings, and ends lines whose client is silent, does not take
// what is written, or does not say goodbye in time. Over a narrow line a client may be busy for minutes
// with what was written before the ping, so whoever takes bytes is neither stuck nor silent.
func (s *socket) look(now time.Duration) {
	if !s.begun.Load() || !s.mu.TryLock() { // whoever writes at this moment is looked at next time
		return
	}
	c := &s.live.config
	if len(s.unsent) > 0 {
		owed := s.line.owed()
		if owed < s.owed {
			s.stuck = now
		}
		s.owed = owed
	}
	silent := now-max(time.Duration(s.lastly.Load()), s.stuck) > 3*c.Ping
	over := s.closing && now > s.until
	slow := len(s.unsent) > 0 && now-s.stuck > c.WriteWait
	ping := !s.closing && now-s.pinged >= c.Ping
	if ping {
		s.pinged, s.pingDue = now, true
	}
	s.mu.Unlock()
	switch {
	case silent, over, slow:
		s.line.end()
	case ping:
		s.line.kick()
	}
}

// turnAway closes a connection that never had a session.
func turnAway(conn net.Conn, config *Config, why *hub.Refusal) {
	_ = conn.SetDeadline(time.Now().Add(config.WriteWait))
	if _, err := conn.Write(appendFrame(nil, opClose, closePayload(why))); err != nil {
		return
	}
	_ = conn.SetDeadline(time.Now().Add(lingering))
	said, p := make([]byte, 512), parser{deaf: true}
	for {
		n, err := conn.Read(said)
		if err != nil {
			return
		}
		for b := said[:n]; len(b) > 0; {
			var kind byte
			if kind, _, b, err = p.next(b); kind == opClose {
				return
			} else if err != nil {
				break // nobody knows what it says; until it hangs up
			}
		}
	}
}

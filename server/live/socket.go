package live

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	fasthttp "github.com/fasthttp/websocket"

	"samenwijk/realtime/hub"
)

// socket is one websocket. The handler's goroutine reads, one other writes; both have ended when
// run returns.
type socket struct {
	conn   *fasthttp.Conn // the inner one: what the library hands out is pooled
	config Config
	pong   chan []byte // pings to answer; when the writer is behind, the last one counts

	mu      sync.Mutex
	session *hub.Session
	why     *hub.Refusal // asked to end before there was a session

	deadlines sync.Mutex
	last      time.Time // reading ends then, whatever the client does; zero while nothing ends
	writable  time.Time // until when the client may take what is written
	off       bool      // nothing is written any more
	gone      bool      // the handler has returned: the connection is somebody else's
}

func newSocket(conn *fasthttp.Conn, config Config) *socket {
	return &socket{conn: conn, config: config, pong: make(chan []byte, 1)}
}

// Lengths of a write: small frames are gathered into one, large ones go out as they are.
const (
	gatherBytes = 64 << 10
	largeFrame  = 16 << 10
	maxReason   = 123 // bytes in a close frame (RFC 6455, 5.5)
)

// lingering is how long a closed socket waits for the client to close it too. Hanging up at once
// could destroy the close code on its way (RFC 6455, 7.1.1).
const lingering = 2 * time.Second

// run moves frames between the client and the session until either ends, and returns why.
func (s *socket) run(session *hub.Session, maxFrame int) (why *hub.Refusal) {
	s.attach(session)
	var writer sync.WaitGroup
	writer.Go(func() { why = s.write(session) })
	defer writer.Wait() // also after a panic: nobody may hold on to the connection
	defer session.Leave()
	s.read(session, maxFrame)
	return // the writer says why, maybe only now
}

func (s *socket) attach(session *hub.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session = session
	if s.why != nil {
		session.End(s.why)
	}
}

// end ends the session after everything received has been stored.
func (s *socket) end(why *hub.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = why
	if s.session != nil {
		s.session.End(why)
	}
}

// cut ends the connection at once. The server behind us closes it only when the handler has
// returned, and ignores Close before that: what makes the handler return is that time is up.
func (s *socket) cut() {
	s.readUntil(time.Now())
	s.deadlines.Lock()
	defer s.deadlines.Unlock()
	s.off = true
	if s.gone {
		return
	}
	_ = s.conn.NetConn().SetWriteDeadline(time.Now()) // fails on a closed socket, which is as good
}

// release lets go of the connection, which the server behind us gives to its next user. It is the
// last thing the handler does.
func (s *socket) release() {
	s.deadlines.Lock()
	defer s.deadlines.Unlock()
	s.gone, s.off = true, true
}

// readUntil says that the connection ends, at the latest at this moment.
func (s *socket) readUntil(t time.Time) {
	s.deadlines.Lock()
	defer s.deadlines.Unlock()
	if !s.gone && (s.last.IsZero() || t.Before(s.last)) {
		s.last = t
		_ = s.conn.SetReadDeadline(t) // fails on a closed socket, as does the read
	}
}

// expectMore gives the client three pings' time for its next sign of life.
func (s *socket) expectMore() {
	s.deadlines.Lock()
	defer s.deadlines.Unlock()
	if s.last.IsZero() {
		_ = s.conn.SetReadDeadline(time.Now().Add(3 * s.config.Ping))
	}
}

// mayWrite gives the client time to take what is written next: WriteWait, or somewhat less when it
// was given some a moment ago, because moving a deadline costs about as much as a small write.
func (s *socket) mayWrite() (net.Conn, error) {
	s.deadlines.Lock()
	defer s.deadlines.Unlock()
	if s.off {
		return nil, net.ErrClosed
	}
	conn := s.conn.NetConn()
	now := time.Now()
	if s.writable.Sub(now) > s.config.WriteWait*3/4 {
		return conn, nil
	}
	s.writable = now.Add(s.config.WriteWait)
	return conn, conn.SetWriteDeadline(s.writable)
}

// read hands the client's frames to the session until the session refuses or the client is gone.
func (s *socket) read(session *hub.Session, maxFrame int) {
	// Control frames are answered by the writer alone.
	s.conn.SetPingHandler(func(data string) error {
		s.expectMore()
		select {
		case <-s.pong:
		default:
		}
		s.pong <- []byte(data)
		return nil
	})
	s.conn.SetPongHandler(func(string) error { s.expectMore(); return nil })
	s.conn.SetCloseHandler(func(int, string) error { return nil })
	for {
		s.expectMore()
		frame, err := s.readFrame(maxFrame)
		var refusal *hub.Refusal
		switch {
		case errors.As(err, &refusal):
			session.End(refusal)
		case err != nil:
			return
		default:
			if err = session.Receive(frame); err == nil {
				continue
			}
		}
		s.drain()
		return
	}
}

// readFrame reads one binary message. Memory grows with what really arrives, up to max. The
// library's own limit is not used: it closes with a code that does not say what to do.
func (s *socket) readFrame(max int) ([]byte, error) {
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != fasthttp.BinaryMessage {
		return nil, hub.Malformed()
	}
	frame, err := io.ReadAll(io.LimitReader(r, int64(max)+1))
	if err == nil && len(frame) > max {
		return nil, hub.TooLarge()
	}
	return frame, err
}

// drain throws away what the client still sends until it closes or the time is up. The writer
// shortens that time once the close frame is out.
func (s *socket) drain() {
	s.readUntil(time.Now().Add(s.config.WriteWait + lingering))
	for {
		if _, _, err := s.conn.NextReader(); err != nil {
			return
		}
	}
}

// write sends what the session has for the client, pings, and in the end the close frame.
func (s *socket) write(session *hub.Session) *hub.Refusal {
	ping := time.NewTicker(s.config.Ping)
	defer ping.Stop()
	var frames [][]byte
	for {
		var why *hub.Refusal
		var err error
		select {
		case <-session.Ready():
			frames, why = session.Take(frames[:0], gatherBytes)
			err = s.send(frames)
			clear(frames)
			if why != nil && err == nil {
				err = s.control(fasthttp.CloseMessage, closePayload(why))
			}
		case <-ping.C:
			err = s.control(fasthttp.PingMessage, nil)
		case data := <-s.pong:
			err = s.control(fasthttp.PongMessage, data)
		}
		if err != nil {
			s.cut() // the reader notices
			if why == nil {
				why = &hub.Refusal{Code: fasthttp.CloseAbnormalClosure, Reason: "the connection is gone"}
			}
			return why
		}
		if why != nil {
			s.readUntil(time.Now().Add(lingering))
			return why
		}
	}
}

// refuse closes a connection that never had a session.
func (s *socket) refuse(why *hub.Refusal) {
	if s.control(fasthttp.CloseMessage, closePayload(why)) == nil {
		s.readUntil(time.Now().Add(lingering))
		s.drain()
	}
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, gatherBytes+largeFrame+16); return &b }}

// send writes frames as binary messages, as many as fit in one write.
func (s *socket) send(frames [][]byte) error {
	if len(frames) == 0 {
		return nil
	}
	conn, err := s.mayWrite()
	if err != nil {
		return err
	}
	pooled, _ := buffers.Get().(*[]byte)
	b := (*pooled)[:0]
	defer func() { *pooled = b[:0]; buffers.Put(pooled) }()
	for _, frame := range frames {
		b = appendHeader(b, fasthttp.BinaryMessage, len(frame))
		if len(frame) < largeFrame {
			b = append(b, frame...)
			continue
		}
		if err := writeAll(conn, b, frame); err != nil {
			return err
		}
		b = b[:0]
	}
	return writeAll(conn, b)
}

func writeAll(to net.Conn, parts ...[]byte) error {
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if _, err := to.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// control writes one control frame.
func (s *socket) control(kind int, payload []byte) error {
	conn, err := s.mayWrite()
	if err != nil {
		return err
	}
	return writeAll(conn, append(appendHeader(nil, kind, len(payload)), payload...))
}

// appendHeader appends the header of an unmasked, whole frame (RFC 6455, 5.2).
func appendHeader(b []byte, kind, size int) []byte {
	const final = 0x80
	b = append(b, final|byte(kind))
	switch {
	case size < 126:
		return append(b, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
}

func closePayload(why *hub.Refusal) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(why.Code)), why.Reason[:min(len(why.Reason), maxReason)]...)
}

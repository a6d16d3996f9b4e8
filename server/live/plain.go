package live

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// pieceOfWrite is how many bytes a plain line writes at a time: a client has to take as many within
// Config.WriteWait. Of these, systemBytes may wait in the system, where it is not seen that they move.
const (
	pieceOfWrite = 16 << 10
	systemBytes  = 64 << 10
)

// plain is a line over any connection, with two goroutines of its own: for connections that are no
// bare TCP, and for systems whose way to watch many at once is not used here.
type plain struct {
	socket *socket
	bell   chan struct{} // holds a token when there is something to write
	done   chan struct{} // closed when nothing is read any more

	mu   sync.Mutex
	conn net.Conn // nil when run has returned: it belongs to somebody else then
	off  bool
}

func newPlain(s *socket, conn net.Conn) *plain {
	if bare, ok := bareOf(conn); ok {
		_ = bare.SetWriteBuffer(systemBytes) // without it the line is only less exact about who is stuck
	}
	return &plain{socket: s, bell: make(chan struct{}, 1), done: make(chan struct{}), conn: conn}
}

func (p *plain) run(early []byte) {
	if wait := p.socket.heard(early); wait != nil {
		wait()
	}
	var writer sync.WaitGroup
	writer.Go(p.flush)
	p.read(p.conn)
	p.end()
	close(p.done)
	writer.Wait()
	p.mu.Lock()
	p.conn = nil
	p.mu.Unlock()
	p.socket.gone()
}

func (p *plain) read(conn net.Conn) {
	b := make([]byte, 2048)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		if wait := p.socket.heard(b[:n]); wait != nil {
			wait()
		}
	}
}

func (p *plain) flush() {
	for {
		select {
		case <-p.bell:
			p.socket.flush(newPen())
		case <-p.done:
			return
		}
	}
}

func (p *plain) kick() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

func (p *plain) write(b []byte) (int, error) {
	p.mu.Lock()
	conn := p.conn
	if p.off || conn == nil {
		p.mu.Unlock()
		return 0, net.ErrClosed
	}
	_ = conn.SetWriteDeadline(time.Now().Add(p.socket.live.config.WriteWait)) // fails on a closed one, as does the write
	p.mu.Unlock()
	n, err := conn.Write(b[:min(len(b), pieceOfWrite)])
	if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil // slow, and not stuck
	}
	if err == nil && n < len(b) {
		p.kick() // the rest comes in the next turn, so that others can look at the socket
	}
	return n, err
}

func (p *plain) owed() int { return 0 }

func (p *plain) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.off && p.conn != nil {
		p.off = true
		_ = p.conn.SetDeadline(time.Now()) // whoever reads or writes stops
	}
}

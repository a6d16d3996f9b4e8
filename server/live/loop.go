package live

import (
	"net"
	"runtime"
	"sync/atomic"
	"time"
)

// loops carry the lines that need no goroutine of their own.
type loops struct {
	each []*loop
	next atomic.Uint32
}

// newLoops starts them. Where the system has no loop there are none, and every line is plain.
func newLoops() (*loops, error) {
	ls := &loops{}
	for range min(runtime.GOMAXPROCS(0), 4) {
		l, err := newLoop()
		if err != nil {
			ls.stop()
			return nil, err
		}
		if l != nil {
			ls.each = append(ls.each, l)
		}
	}
	return ls, nil
}

// stop ends them. The lines have ended before.
func (ls *loops) stop() {
	for _, l := range ls.each {
		l.stop()
	}
}

// line returns a line over a connection, and what the client said on it already. A connection that no
// loop can take over gets a plain one.
func (ls *loops) line(s *socket, conn net.Conn) (_ line, early []byte) {
	bare, ok := bareOf(conn)
	if !ok || len(ls.each) == 0 {
		return newPlain(s, conn), nil
	}
	early, err := readEarly(conn)
	if err == nil {
		if l, err := ls.each[int(ls.next.Add(1))%len(ls.each)].adopt(s, bare); err == nil {
			return l, early
		}
	}
	_ = conn.SetReadDeadline(time.Time{}) // fails on a closed one, as does the read
	return newPlain(s, conn), early
}

// bareOf returns the TCP connection behind what the server hands out.
func bareOf(conn net.Conn) (*net.TCPConn, bool) {
	if wrapped, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		conn = wrapped.UnsafeConn()
	}
	bare, ok := conn.(*net.TCPConn)
	return bare, ok
}

// readEarly returns what the server has read past the request.
func readEarly(conn net.Conn) (early []byte, err error) {
	if err := conn.SetReadDeadline(time.Unix(1, 0)); err != nil { // nothing is read from the network
		return nil, err
	}
	b := make([]byte, 512)
	for {
		n, err := conn.Read(b)
		early = append(early, b[:n]...)
		if err != nil {
			return early, nil
		}
	}
}

package trouble_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// weather is what may happen to a connection on a road.
type weather struct {
	delay     time.Duration // of each piece, at most
	cut       int           // after about so many bytes the connection is reset; 0 never
	halfOpen  int           // one in so many connections is taken and never answered, or falls silent; 0 none
	bandwidth int           // bytes a second each way; 0 without bound
	double    bool          // frames of a client arrive twice
}

// road is a network between clients and a house: it takes connections at an address of its own.
type road struct {
	t        testing.TB
	to       string
	url      string
	listener net.Listener

	mu      sync.Mutex
	dice    *rand.Rand
	weather weather
	open    map[net.Conn]bool
	count   map[string]int // what happened
	running sync.WaitGroup
	ended   chan struct{}
}

func newRoad(t testing.TB, h *house, dice *rand.Rand) *road {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &road{
		t: t, to: h.listen, url: "http://" + listener.Addr().String(), listener: listener,
		dice: rand.New(rand.NewPCG(dice.Uint64(), 2)), open: map[net.Conn]bool{}, count: map[string]int{}, ended: make(chan struct{}),
	}
	r.running.Go(r.run)
	t.Cleanup(func() {
		close(r.ended)
		_ = listener.Close()
		r.mu.Lock()
		for conn := range r.open {
			_ = conn.Close()
		}
		r.mu.Unlock()
		r.running.Wait()
	})
	return r
}

func (r *road) now() weather {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.weather
}

// set changes the weather. A connection that fell silent stays so.
func (r *road) set(w weather) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.weather = w
	clear(r.count)
}

func (r *road) happened(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[what]++
}

// had reports whether something has happened since the road was made.
func (r *road) had(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[what] > 0
}

func (r *road) run() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.keep(conn)
		r.running.Go(func() { r.carry(conn) })
	}
}

func (r *road) keep(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[conn] = true
	r.count["connections"]++
}

func (r *road) roll(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dice.IntN(n)
}

// carry moves bytes both ways until one end is gone or the weather ends it.
func (r *road) carry(near net.Conn) {
	defer near.Close()
	w := r.now()
	silent := -1 // bytes after which nothing moves any more
	if w.halfOpen > 0 && r.roll(w.halfOpen) == 0 {
		if silent = r.roll(6000); r.roll(3) == 0 {
			silent = 0
		}
		r.happened("half-open")
	}
	far, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer far.Close()
	r.keep(far)
	cut := -1
	if w.cut > 0 {
		cut = r.roll(2*w.cut) + 1
	}
	var moved sync.Mutex
	total := 0
	// step counts bytes and reports whether they may go on.
	step := func(n int) bool {
		moved.Lock()
		defer moved.Unlock()
		total += n
		switch {
		case silent >= 0 && total > silent:
			<-r.ended // the connection stays, and nothing comes
			return false
		case cut >= 0 && total > cut && r.now().cut > 0:
			r.happened("cut")
			for _, conn := range []net.Conn{near, far} {
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0) // a reset, not a goodbye
				}
				_ = conn.Close()
			}
			return false
		}
		return true
	}
	move := func(to io.Writer, from io.Reader) {
		piece := make([]byte, 4096)
		for {
			n, err := from.Read(piece)
			if n > 0 {
				w := r.now()
				if w.delay > 0 {
					time.Sleep(time.Duration(r.roll(int(w.delay)))) // what a road does
				}
				if w.bandwidth > 0 {
					time.Sleep(time.Duration(n) * time.Second / time.Duration(w.bandwidth)) // what a narrow road does
				}
				if !step(n) {
					return
				}
				if _, err := to.Write(piece[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
	var both sync.WaitGroup
	both.Go(func() {
		if w.double {
			r.doubled(far, near)
		} else {
			move(far, near)
		}
		_ = far.Close()
	})
	both.Go(func() { move(near, far); _ = near.Close() })
	both.Wait()
}

// doubled moves what a client says, and many of its websocket frames twice.
func (r *road) doubled(to io.Writer, from io.Reader) {
	in := bufio.NewReader(from)
	websocket := false
	for !websocket { // requests, one after the other
		var head bytes.Buffer
		length := 0
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
			name, value, _ := strings.Cut(strings.TrimSpace(strings.ToLower(line)), ":")
			websocket = websocket || name == "upgrade" && strings.TrimSpace(value) == "websocket"
			if name == "content-length" && strings.TrimSpace(value) != "0" {
				return // our clients send no bodies
			}
			if strings.TrimSpace(line) == "" {
				break
			}
		}
		if _, err := to.Write(append(head.Bytes(), make([]byte, length)...)); err != nil {
			return
		}
	}
	for {
		frame, data, err := clientFrame(in)
		if err != nil {
			return
		}
		times := 1
		if data && r.now().double && r.roll(3) > 0 {
			times = 2 + r.roll(2)
			r.happened("doubled")
		}
		for range times {
			if _, err := to.Write(frame); err != nil {
				return
			}
		}
	}
}

// clientFrame reads one masked frame (RFC 6455, 5.2), as it is.
func clientFrame(in *bufio.Reader) (frame []byte, data bool, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, false, err
	}
	size := int(head[1] & 0x7f)
	frame = append(frame, head...)
	if more := map[int]int{126: 2, 127: 8}[size]; more > 0 {
		long := make([]byte, 8)
		if _, err := io.ReadFull(in, long[8-more:]); err != nil {
			return nil, false, err
		}
		frame = append(frame, long[8-more:]...)
		size = int(binary.BigEndian.Uint64(long))
	}
	body := make([]byte, 4+size)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, false, err
	}
	return append(frame, body...), head[0]&0x0f < 8, nil
}

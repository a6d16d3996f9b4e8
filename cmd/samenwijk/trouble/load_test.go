package trouble_test

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

var idleFlag = flag.Int("idle", 500, "how many connections stay open and say nothing")

// perDocumentIdle is how many of them share a document.
const perDocumentIdle = 250

func TestAnIdleConnectionCostsLittle(t *testing.T) {
	raiseFileLimit(t, uint64(*idleFlag)+1000)
	h := newHouse(t, "")
	h.env = append(h.env, "GODEBUG=gctrace=1")
	people := h.signIn()
	h.open()
	var documents []string
	for range (*idleFlag + perDocumentIdle - 1) / perDocumentIdle {
		documents = append(documents, h.newDocument(people[0], "Stil"))
	}
	// The first ones have the program make what it makes once.
	warm := h.idle(t, people, documents, 50)
	before := h.usage(t)
	rest := h.idle(t, people, documents, *idleFlag)
	after := h.usage(t)
	time.Sleep(time.Second) // doing nothing is what is measured
	quiet := h.usage(t)
	n := float64(*idleFlag)
	memory := float64(after.resident-before.resident) / n
	t.Logf("%d idle connections in %d documents: %.1f KB of memory each (from %.0f to %.0f MB; live heap %.1f KB each), %.2f ms of CPU to connect, ticket and all; %.1f%% of a CPU to keep them",
		*idleFlag, len(documents), memory/1024, float64(before.resident)/(1<<20), float64(after.resident)/(1<<20), (after.heap-before.heap)*1024/n,
		float64((after.cpu-before.cpu).Microseconds())/1000/n, float64((quiet.cpu-after.cpu).Microseconds())/1e4)
	if memory > 100<<10 { // what is left of connecting is in it; with many it is about half
		t.Errorf("%.1f KB for a connection that says nothing", memory/1024)
	}
	if gone := warm() + rest(); gone > 0 {
		t.Errorf("%d connections were closed on people who did nothing", gone)
	}
	h.close()
}

// idle opens n connections that take part and then say nothing but pong. The returned func closes them
// and says how many had been closed by the house.
func (h *house) idle(t testing.TB, people []*person, documents []string, n int) func() int {
	t.Helper()
	var gone atomic.Int64
	var closing atomic.Bool
	conns := make([]net.Conn, n)
	failures := make(chan error, n)
	var wait sync.WaitGroup
	turns := make(chan struct{}, 16)
	for i := range n {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			conn, err := h.hush(people[i%len(people)], documents[i%len(documents)])
			if err != nil {
				failures <- err
				return
			}
			conns[i] = conn
			go func() {
				answerPings(conn)
				if !closing.Load() {
					gone.Add(1)
				}
			}()
		})
	}
	wait.Wait()
	select {
	case err := <-failures:
		t.Fatalf("%d of %d connections failed, the first: %v; the program said:\n%s", len(failures)+1, n, err, h.process.output)
	default:
	}
	return func() int {
		closing.Store(true)
		for _, conn := range conns {
			_ = conn.Close()
		}
		return int(gone.Load())
	}
}

// hush opens a websocket with as little as possible on this side, and asks for the text.
func (h *house) hush(p *person, document string) (net.Conn, error) {
	ticket, err := p.ticket(h.base, h.base, document, h.patience)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", h.listen)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(h.patience))
	_, err = fmt.Fprintf(conn, "GET /live/%s?ticket=%s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
		document, url.QueryEscape(ticket), h.listen, h.base, protocol.Subprotocol)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 0, 512)
	for one := make([]byte, 1); !strings.HasSuffix(string(head), "\r\n\r\n"); head = append(head, one[0]) {
		if _, err := io.ReadFull(conn, one); err != nil {
			return nil, fmt.Errorf("%w after %q", err, head)
		}
	}
	if !strings.HasPrefix(string(head), "HTTP/1.1 101") {
		return nil, fmt.Errorf("not let in: %.200s", head)
	}
	if _, err := conn.Write(masked(2, protocol.AppendSyncStep1(nil, []byte{0}))); err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Time{})
}

// masked returns one frame of a client (RFC 6455, 5.2); a mask of zeros is a mask.
func masked(kind byte, payload []byte) []byte {
	if len(payload) > 125 {
		panic("only short frames are written here")
	}
	return append([]byte{0x80 | kind, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}

// answerPings reads until the connection ends.
func answerPings(conn net.Conn) {
	in := bufio.NewReaderSize(conn, 512)
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		size := uint64(head[1] & 0x7f)
		if more := map[uint64]int{126: 2, 127: 8}[size]; more > 0 {
			long := make([]byte, 8)
			if _, err := io.ReadFull(in, long[8-more:]); err != nil {
				return
			}
			size = binary.BigEndian.Uint64(long)
		}
		if _, err := io.CopyN(io.Discard, in, int64(size)); err != nil {
			return
		}
		if head[0]&0x0f == 9 {
			if _, err := conn.Write(masked(10, nil)); err != nil {
				return
			}
		}
	}
}

// usage is what the program takes of the machine.
type usage struct {
	resident int64 // bytes
	heap     float64
	cpu      time.Duration
}

var (
	residentPattern = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)
	heapPattern     = regexp.MustCompile(`gc \d+ @.*?(\d+)->(\d+)->(\d+) MB`)
)

// usage has the program collect its garbage by giving it something to do, and reads what is left.
func (h *house) usage(t testing.TB) (u usage) {
	t.Helper()
	pid := h.process.cmd.Process.Pid
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	if m := residentPattern.FindSubmatch(status); m != nil {
		kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
		u.resident = kb << 10
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	if fields := strings.Fields(after); len(fields) > 12 {
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		u.cpu = time.Duration(user+system) * 10 * time.Millisecond
	}
	if lines := heapPattern.FindAllStringSubmatch(h.process.output.String(), -1); len(lines) > 0 {
		u.heap, _ = strconv.ParseFloat(lines[len(lines)-1][3], 64)
	}
	return u
}

func raiseFileLimit(t testing.TB, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max >= n {
		return
	}
	raised := syscall.Rlimit{Cur: n, Max: n}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		t.Fatalf("%d files may be open, %d are needed: raise the limit with ulimit -n", limit.Max, n)
	}
}

// A reader who stops reading: what waits for it is bounded, and nobody else waits.
func TestAReaderWhoStopsReadingCostsAtMostAMegabyteAndTheOthersNothing(t *testing.T) {
	const readers = 6 // each in a document of its own, so that nothing of what waits is shared
	h := newHouse(t, "")
	h.env = append(h.env, "GODEBUG=gctrace=1")
	people := h.signIn()
	h.open()
	dice := dice(t)
	type pair struct{ writer, reader *author }
	var pairs []pair
	var documents []string
	for i := range readers {
		document := h.newDocument(people[0], "Traag")
		documents = append(documents, document)
		p := pair{newAuthor(h, people[0], document, fmt.Sprint("a", i), dice), newAuthor(h, people[1], document, fmt.Sprint("b", i), dice)}
		for _, a := range []*author{p.writer, p.reader} {
			if err := a.connect(h.base); err != nil {
				t.Fatal(err)
			}
			eventually(t, says(a.standing), 10*time.Second, a.upToDate)
		}
		pairs = append(pairs, p)
	}
	// More than what may wait for a reader and what its line holds besides.
	const enough = 3 << 20
	// measure writes for a while and until that is enough in every document, and returns how long a word took to the other reader,
	// the bytes that went to each reader, and what the program holds in the end.
	round := 0
	measure := func() (waits []time.Duration, sent int, held usage) {
		round++
		var mu sync.Mutex
		var wait sync.WaitGroup
		began := time.Now()
		for _, p := range pairs {
			wait.Go(func() {
				shouted := 0
				for i := 0; time.Since(began) < 3*time.Second || shouted < enough; i++ {
					size := p.writer.shout(16 << 10)
					shouted += size
					word := fmt.Sprintf("r%d.%d", round, i)
					at := time.Now()
					p.writer.say(word)
					deadline := at.Add(10 * time.Second)
					for !p.reader.heardOf(word) {
						if time.Now().After(deadline) {
							t.Errorf("%s does not arrive", word)
							return
						}
						time.Sleep(500 * time.Microsecond) // between two looks
					}
					mu.Lock()
					waits = append(waits, time.Since(at))
					sent += size
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		slices.Sort(waits)
		return waits, sent / readers, h.usage(t)
	}
	measure() // warm
	without, _, before := measure()
	var slow []net.Conn
	for i := range readers {
		conn, err := h.hush(people[2], documents[i])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(4096)
		slow = append(slow, conn)
	}
	with, sent, after := measure()
	p99 := func(waits []time.Duration) time.Duration { return waits[len(waits)*99/100] }
	t.Logf("%d readers that stopped reading, %.1f MB sent to each: live heap from %.0f to %.0f MB, memory from %.0f to %.0f MB; a word takes p50 %v p99 %v, without them p50 %v p99 %v",
		len(slow), float64(sent)/(1<<20), before.heap, after.heap, float64(before.resident)/(1<<20), float64(after.resident)/(1<<20),
		with[len(with)/2].Round(time.Microsecond), p99(with).Round(time.Microsecond), without[len(without)/2].Round(time.Microsecond), p99(without).Round(time.Microsecond))
	if grown := after.heap - before.heap; grown > readers+8 {
		t.Errorf("the live heap grew by %.0f MB for %d readers that stopped", grown, readers)
	}
	if p99(with) > 4*p99(without)+500*time.Millisecond {
		t.Errorf("others waited %v instead of %v", p99(with), p99(without))
	}
	if sent < enough {
		t.Errorf("only %d bytes were sent: this shows nothing", sent)
	}
	h.close()
}

// shout writes much and takes it back, so that the document stays small and the updates do not. It
// returns how many bytes the others are sent.
func (a *author) shout(size int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	noise := a.doc.Text("noise")
	sent := 0
	for _, change := range []func() error{
		func() error { return noise.Insert(0, strings.Repeat("x", size), nil) },
		func() error { return noise.Delete(0, size) },
	} {
		a.doc.Transact("keyboard", func(*crdt.Tx) { a.complainIf(change()) })
		sent += len(a.own)
		if a.conn != nil {
			send(a.conn, protocol.AppendUpdate(nil, a.own))
		}
	}
	return sent
}

// say sets one word that others can look for.
func (a *author) say(word string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.doc.Transact("keyboard", func(*crdt.Tx) { a.complainIf(a.doc.Map("said").Set("last", word)) })
	if a.conn != nil {
		send(a.conn, protocol.AppendUpdate(nil, a.own))
	}
}

func (a *author) heardOf(word string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, _ := a.doc.Map("said").Get("last")
	return last == word
}

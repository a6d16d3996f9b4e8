package live

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/fasthttp/websocket"

	"samenwijk/realtime/hub"
)

// said is what a parser made of the bytes of a client.
type said struct {
	kind    byte
	payload string
	err     string
}

// acceptKey is the server's answer to a client's key (RFC 6455, 4.2.2).
func acceptKey(key []byte) string {
	sum := sha1.Sum(append(bytes.Clone(key), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// parse gives b to a parser in pieces of at most so many bytes.
func parse(b []byte, max, piece int) (all []said) {
	p := parser{max: max}
	for len(b) > 0 {
		n := min(piece, len(b))
		part := bytes.Clone(b[:n])
		b = b[n:]
		for len(part) > 0 {
			kind, payload, rest, err := p.next(part)
			part = rest
			switch {
			case err != nil:
				all = append(all, said{err: err.Error()})
				if errors.Is(err, noWebsocket) {
					return all
				}
			case kind != opContinue:
				all = append(all, said{kind: kind, payload: string(payload)})
			}
		}
	}
	return all
}

// written returns the bytes that the library's client sends when it does what is asked.
func written(t testing.TB, do func(c *websocket.Conn)) []byte {
	t.Helper()
	near, far := net.Pipe()
	var sent bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		request := true
		for {
			n, err := far.Read(b)
			if err != nil {
				return
			}
			if !request {
				sent.Write(b[:n])
			} else if _, after, whole := bytes.Cut(b[:n], []byte("Sec-WebSocket-Key: ")); whole {
				key, _, _ := bytes.Cut(after, []byte("\r\n"))
				_, _ = fmt.Fprintf(far, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", acceptKey(key))
				request = false
			}
		}
	}()
	dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return near, nil }, ReadBufferSize: 1024, WriteBufferSize: 512}
	c, _, err := dialer.Dial("ws://test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	do(c)
	_ = c.Close()
	<-done
	return sent.Bytes()
}

func TestWhatTheLibraryWritesIsRead(t *testing.T) {
	var want []said
	b := written(t, func(c *websocket.Conn) {
		for i, size := range []int{0, 1, 7, 8, 125, 126, 127, 500, 65_535, 65_536, 200_000} {
			text := bytes.Repeat([]byte{byte('a' + i)}, size)
			kind := websocket.BinaryMessage
			if i%3 == 2 {
				kind = websocket.TextMessage
			}
			w, err := c.NextWriter(kind)
			if err != nil {
				t.Fatal(err)
			}
			for rest := text; len(rest) > 0; { // leaves in pieces when it is longer than the writer's buffer
				n, err := w.Write(rest[:min(300, len(rest))])
				if err != nil {
					t.Fatal(err)
				}
				if rest = rest[n:]; len(rest) == 1000 {
					if err := c.WriteMessage(websocket.PingMessage, []byte("between")); err != nil {
						t.Fatal(err)
					}
					want = append(want, said{kind: opPing, payload: "between"})
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			want = append(want, said{kind: byte(kind), payload: string(text)})
		}
		if err := c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1001, "gone")); err != nil {
			t.Fatal(err)
		}
		want = append(want, said{kind: opClose, payload: "\x03\xe9gone"})
	})
	for _, piece := range []int{1, 2, 3, 5, 1000, len(b)} {
		got := parse(b, 1<<20, piece)
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d things were said, want %d", piece, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("in pieces of %d: %d is of kind %d with %d bytes, want kind %d with %d", piece, i, got[i].kind, len(got[i].payload), want[i].kind, len(want[i].payload))
			}
		}
	}
}

func TestAMessageLargerThanAgreedIsSkippedAndTheGoodbyeStillHeard(t *testing.T) {
	b := written(t, func(c *websocket.Conn) {
		for _, size := range []int{10, 11, 5} {
			if err := c.WriteMessage(websocket.BinaryMessage, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.WriteMessage(websocket.CloseMessage, nil); err != nil {
			t.Fatal(err)
		}
	})
	got := parse(b, 10, 3)
	want := []said{{kind: opBinary, payload: string(make([]byte, 10))}, {err: hub.TooLarge().Error()}, {kind: opBinary}, {kind: opBinary}, {kind: opClose}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBytesThatAreNoFrameAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"not masked":                      {0x82, 1, 3},
		"a reserved bit":                  {0xc2, 0x81, 0, 0, 0, 0, 3},
		"an unknown kind":                 {0x83, 0x81, 0, 0, 0, 0, 3},
		"a ping in pieces":                {0x09, 0x81, 0, 0, 0, 0, 3},
		"a long ping":                     {0x89, 0xfe, 0, 126},
		"the rest of nothing":             {0x80, 0x81, 0, 0, 0, 0, 3},
		"a message within another":        {0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0},
		"a length with its first bit set": {0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		if got := parse(b, 100, 1); len(got) != 1 || got[0].err != noWebsocket.Error() {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// However the network cuts what a client sends, the same is read.
func FuzzFrames(f *testing.F) {
	f.Add(written(f, func(c *websocket.Conn) {
		_ = c.WriteMessage(websocket.BinaryMessage, []byte("hello"))
		_ = c.WriteMessage(websocket.TextMessage, make([]byte, 600))
		_ = c.WriteMessage(websocket.PingMessage, nil)
		_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
	}), 3)
	f.Add([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 2, 3}, 1)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		const max = 1000
		whole := parse(b, max, len(b))
		if got := parse(b, max, 1+(piece&0x7fffffff)%64); fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Errorf("in pieces %q, at once %q", got, whole)
		}
		for _, s := range whole {
			if len(s.payload) > max || s.kind >= opClose && len(s.payload) > maxInline {
				t.Errorf("kind %d has %d bytes", s.kind, len(s.payload))
			}
		}
	})
}

// Frames as they are written are frames as the library reads them: every other test of this package
// does that. Here only the lengths where the header changes.
func TestHeadersOfEveryLength(t *testing.T) {
	for size, want := range map[int][]byte{
		0: {0x82, 0}, 125: {0x82, 125}, 126: {0x82, 126, 0, 126}, 65_535: {0x82, 126, 0xff, 0xff}, 65_536: {0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0},
	} {
		if got := appendHeader(nil, opBinary, size); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: % x", size, got)
		}
	}
}

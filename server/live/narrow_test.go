package live_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
)

// narrow is a connection over which so many bytes a second come in.
type narrow struct {
	net.Conn
	bandwidth int
}

func (n narrow) Read(b []byte) (int, error) {
	got, err := n.Conn.Read(b[:min(len(b), 8<<10)])
	time.Sleep(time.Duration(got) * time.Second / time.Duration(n.bandwidth)) // what a narrow line does
	return got, err
}

// dialNarrow opens a websocket as a page does, over a narrow line.
func (w *world) dialNarrow(who access.PersonID, bandwidth int, query url.Values, subprotocols ...string) *websocket.Conn {
	w.t.Helper()
	query.Set("ticket", w.ticket(who))
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second, Subprotocols: subprotocols, ReadBufferSize: 4 << 10,
		NetDial: func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			if err != nil {
				return nil, err
			}
			return narrow{conn, bandwidth}, conn.(*net.TCPConn).SetReadBuffer(128 << 10) // nothing waits where it is not seen
		},
	}
	address := "ws" + w.base.String()[len("http"):] + "/live/" + string(w.doc) + "?" + query.Encode()
	conn, _, err := dialer.Dial(address, http.Header{"Origin": {w.base.String()}})
	if err != nil {
		w.t.Fatalf("dial: %v", err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// noise is text that cannot be compressed much.
func noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('!' + rand.IntN('~'-'!'))
	}
	return string(b)
}

// vectorOf names in an address what a client has.
func vectorOf(vector []byte) string { return base64.RawURLEncoding.EncodeToString(vector) }

// The time that the server waits for a write, and for a sign of life, passes several times while a large
// text comes over a narrow line.
func TestOverANarrowLineALargeTextComesWhole(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.limits.Burst, w.limits.ByteBurst = 100_000, 1<<30
		w.config.WriteWait, w.config.Ping = 800*time.Millisecond, 300*time.Millisecond
		w.start()
		ana := w.client("ana", 10)
		if err := ana.write(noise(1_600_000)); err != nil {
			t.Fatal(err)
		}
		ana.save()
		whole := ana.text()
		for name, tc := range map[string]struct {
			query        url.Values
			subprotocols []string
		}{
			"in pieces":                             {url.Values{"vector": {vectorOf([]byte{0})}}, []string{protocol.SubprotocolPieces, protocol.Subprotocol}},
			"in one message, to a plain Yjs client": {url.Values{}, []string{protocol.SubprotocolPlain}},
		} {
			t.Run(name, func(t *testing.T) {
				began := time.Now()
				conn := w.dialNarrow("bo", 500_000, tc.query, tc.subprotocols...)
				if len(tc.subprotocols) > 0 && conn.Subprotocol() != tc.subprotocols[0] {
					t.Errorf("negotiated %q", conn.Subprotocol())
				}
				if tc.query.Get("vector") == "" {
					if err := conn.WriteMessage(websocket.BinaryMessage, protocol.AppendSyncStep1(nil, []byte{0})); err != nil {
						t.Fatal(err)
					}
				}
				doc, pieces, longest, last := crdt.NewDoc(), []byte(nil), time.Duration(0), time.Now()
				for doc.Text("text").Len() == 0 {
					_, frame, err := conn.ReadMessage()
					if err != nil {
						t.Fatalf("after %v: %v", time.Since(began), err)
					}
					longest, last = max(longest, time.Since(last)), time.Now()
					d := lib0.NewDecoder(frame)
					kind, what := d.VarUint(), d.VarUint()
					switch {
					case kind == 0 && what == 1:
						if err := doc.ApplyUpdate(d.Bytes(), nil); err != nil {
							t.Fatal(err)
						}
					case kind == 120 && what == 4:
						size := d.VarUint()
						total, _ := d.VarUint(), d.VarUint()
						if pieces = append(pieces, d.Bytes()...); len(pieces) == int(total) {
							r, err := zlib.NewReader(bytes.NewReader(pieces))
							if err != nil {
								t.Fatal(err)
							}
							packed, err := io.ReadAll(r)
							if err != nil {
								t.Fatal(err)
							}
							update, err := protocol.UnpackIDs(packed, int(size))
							if err != nil {
								t.Fatal(err)
							}
							if err := doc.ApplyUpdateV2(update, nil); err != nil {
								t.Fatal(err)
							}
						}
					}
				}
				if doc.Text("text").String() != whole {
					t.Error("another text")
				}
				if took := time.Since(began); took < 3*w.config.WriteWait {
					t.Errorf("%v is too soon to show anything", took)
				}
				if pieces != nil && longest > time.Second {
					t.Errorf("between two pieces passed %v", longest)
				}
				t.Logf("it came in %v, with at most %v between messages", time.Since(began).Round(time.Millisecond), longest.Round(time.Millisecond))
			})
		}
	})
}

func TestAClientSaysInTheAddressWhatItHasAndSpeaks(t *testing.T) {
	w := newWorld(t, databasetest.SQLite(t)).start()
	ana := w.client("ana", 10)
	if err := ana.write(noise(50_000)); err != nil {
		t.Fatal(err)
	}
	ana.save()
	vector := func() []byte {
		ana.mu.Lock()
		defer ana.mu.Unlock()
		return ana.doc.StateVector()
	}()
	for name, tc := range map[string]struct {
		query url.Values
		most  int // bytes of text that come by themselves
		least int
	}{
		"has nothing":                 {url.Values{"vector": {vectorOf([]byte{0})}}, 60_000, 20_000},
		"has all":                     {url.Values{"vector": {vectorOf(vector)}, "epoch": {"1"}}, 100, 4},
		"has what is of another time": {url.Values{"vector": {vectorOf(vector)}, "epoch": {"9"}}, 0, 0},
		"says nothing":                {url.Values{}, 0, 0},
		"says what cannot be read":    {url.Values{"vector": {"?!"}, "epoch": {"x"}, "model": {"-"}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			conn := w.dialNarrow("bo", 1<<30, tc.query, protocol.SubprotocolPieces)
			if err := conn.WriteMessage(websocket.BinaryMessage, []byte{120, 0, 1}); err != nil { // a mark, answered last
				t.Fatal(err)
			}
			size := 0
			for answered := false; !answered; {
				_, frame, err := conn.ReadMessage()
				if err != nil {
					t.Fatal(err)
				}
				answered = frame[0] == 120 && frame[1] == 1
				if frame[0] == 120 && frame[1] == 4 || frame[0] == 0 && frame[1] == 1 {
					size += len(frame)
				}
			}
			if size < tc.least || size > tc.most {
				t.Errorf("%d bytes of text came, want %d to %d", size, tc.least, tc.most)
			}
		})
	}
	conn := w.dialNarrow("bo", 1<<30, url.Values{"vector": {vectorOf([]byte{7, 7})}}, protocol.SubprotocolPieces)
	_, _, err := conn.ReadMessage()
	if !websocket.IsCloseError(err, hub.CodeMalformed) {
		t.Errorf("a state vector that is none: %v", err)
	}
}

package live_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/protocol"
)

func accessID(s string) access.PersonID { return access.PersonID(s) }
func docID(s string) livedoc.ID         { return livedoc.ID(s) }

// other creates a second document.
func (w *world) other() (id livedoc.ID, err error) {
	err = w.db.InTx(w.t.Context(), func(tx *database.Tx) error {
		id, err = livedoc.Create(tx, "thing", "t2", nil)
		return err
	})
	return id, err
}

// unsigned returns a ticket that says it needs no signature.
func unsigned(ticket string) string {
	parts := strings.Split(ticket, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
}

// changed returns a reader's ticket that says it is a writer's.
func changed(t *testing.T, ticket string) string {
	t.Helper()
	parts := strings.Split(ticket, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.ReplaceAll(text, []byte(`"read"`), []byte(`"write"`)))
	return strings.Join(parts, ".")
}

func TestHostileBytesCloseTheSocketAndChangeNothing(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.limits.Update, w.limits.Burst, w.limits.Messages = 10_000, 200, 1
		w.start()
		bo := w.client("bo", 11)
		frame := func(b []byte) func(*client) {
			return func(c *client) { _ = c.send(b) }
		}
		raw := func(b []byte) func(*client) {
			return func(c *client) { _, _ = c.conn.NetConn().Write(b) }
		}
		for name, tc := range map[string]struct {
			do   func(c *client)
			code int
		}{
			"garbage":                 {frame([]byte("garbage")), hub.CodeMalformed},
			"an empty frame":          {frame(nil), hub.CodeMalformed},
			"a text frame":            {func(c *client) { _ = c.conn.WriteMessage(websocket.TextMessage, []byte("hello")) }, hub.CodeMalformed},
			"a truncated integer":     {frame([]byte{0, 2, 0x80}), hub.CodeMalformed},
			"a huge length":           {frame([]byte{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1}), hub.CodeMalformed},
			"a truncated update":      {frame(protocol.AppendUpdate(nil, typed(9, 0, "hello")[:8])), hub.CodeMalformed},
			"a message of the server": {frame([]byte{120, 1, 1, 1}), hub.CodeMalformed},
			"a large update":          {frame(protocol.AppendUpdate(nil, typed(9, 0, strings.Repeat("x", 10_001)))), hub.CodeTooLarge},
			"a large frame":           {frame(make([]byte, 5_000_000)), hub.CodeTooLarge},
			"a large awareness":       {frame(protocol.AppendAwareness(nil, make([]byte, 9000))), hub.CodeTooLarge},
			"a flood": {func(c *client) {
				for range 1000 {
					if c.send([]byte{3}) != nil {
						return
					}
				}
			}, hub.CodeTooFast},
			"an unmasked frame":         {raw([]byte{0x82, 1, 3}), websocket.CloseProtocolError},
			"a reserved bit":            {raw([]byte{0xf2, 0x81, 0, 0, 0, 0, 3}), websocket.CloseProtocolError},
			"an announced giant":        {raw([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 2, 3}), hub.CodeTooLarge},
			"a control frame in pieces": {raw([]byte{0x09, 0x81, 0, 0, 0, 0, 3}), websocket.CloseProtocolError},
		} {
			t.Run(name, func(t *testing.T) {
				eve := w.client("ana", 9)
				eve.until("the first answer", func() bool { return eve.synced })
				tc.do(eve)
				eve.closedWith(tc.code)
			})
		}
		if err := bo.write("fine"); err != nil {
			t.Fatal(err)
		}
		bo.save()
		if n := len(w.stored()); n != 2 {
			t.Errorf("%d updates stored, want the seed and that of bo", n)
		}
		eventually(t, "only bo", func() bool { return w.live.Sockets() == 1 })
	})
}

func TestAnAnnouncedGiantTakesNoMemory(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.start()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 50 {
			conn, _ := w.dial(w.doc, w.ticket("ana"), w.base.String())
			if conn == nil {
				t.Fatal("not let in")
			}
			// A frame of two megabytes, which is as large as one may be, of which three bytes come.
			_, err := conn.NetConn().Write([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 1, 2, 3})
			if err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "all of them", func() bool { return w.live.Sockets() == 50 })
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
			t.Errorf("50 announced giants take %d MB", grown>>20)
		}
	})
}

func TestAReaderThatStopsCostsABoundedAmountAndTheOthersNothing(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.limits.Burst, w.limits.ByteBurst = 100_000, 1<<30
		w.config.WriteWait = 500 * time.Millisecond
		w.start()
		stopped, _ := w.dial(w.doc, w.ticket("cas"), w.base.String())
		if stopped == nil {
			t.Fatal("not let in")
		}
		if err := stopped.WriteMessage(websocket.BinaryMessage, protocol.AppendSyncStep1(nil, []byte{0})); err != nil {
			t.Fatal(err)
		}
		ana, bo := w.client("ana", 10), w.client("bo", 11)
		text := strings.Repeat("x", 100_000)
		for range 200 { // 20 MB, more than the kernel keeps
			if err := ana.write(text); err != nil {
				t.Fatal(err)
			}
		}
		ana.save()
		w.converge(ana, bo)
		eventually(t, "the one that stopped to be gone", func() bool { return w.live.Sockets() == 2 })
	})
}

func TestASilentConnectionIsGivenUp(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.config.Ping = 200 * time.Millisecond
		w.start()
		dead, _ := w.dial(w.doc, w.ticket("cas"), w.base.String()) // never reads, so never answers a ping
		alive := w.client("ana", 10)                               // answers pings, says nothing
		if dead == nil {
			t.Fatal("not let in")
		}
		eventually(t, "the silent one to be gone", func() bool { return w.live.Sockets() == 1 })
		if err := alive.conn.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		alive.save()
	})
}

// installClients fetches what the Yjs clients of testdata/yclient need, once.
func installClients(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("Node is not installed: real Yjs clients are the judge of this endpoint, install Node 20 or later")
	}
	dir := filepath.Join("testdata", "yclient")
	if installed, err := filepath.Glob(filepath.Join(dir, "node_modules", "*")); err == nil && len(installed) > 0 {
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// node runs the plain Yjs clients of testdata/yclient.
func node(t *testing.T, args ...string) (answer struct {
	Text   string
	Length int
	Names  []map[string]any
}) {
	t.Helper()
	dir := filepath.Join("testdata", "yclient")
	run := func(name string, args ...string) []byte {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		var problem bytes.Buffer
		cmd.Stderr = &problem
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, args[0], err, problem.Bytes())
		}
		return out
	}
	installClients(t)
	if err := json.Unmarshal(run("node", append([]string{"client.mjs"}, args...)...), &answer); err != nil {
		t.Fatalf("what Node says: %v", err)
	}
	return answer
}

func TestRealYjsClientsWriteTogetherAndFindTheirTextAfterARestart(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		ana := w.client("ana", 10)
		if err := ana.write("written in Go "); err != nil {
			t.Fatal(err)
		}
		ana.save()
		address := func() string { return "ws" + w.base.String()[len("http"):] + "/live" }
		wrote := node(t, "write", address(), w.base.String(), string(w.doc), "50", w.ticket("bo"), w.ticket("ana"), w.ticket("bo"))
		if !strings.Contains(wrote.Text, "wijk🏠") {
			t.Errorf("text = %.60q", wrote.Text)
		}
		if len(wrote.Names) != 6 {
			t.Errorf("three clients saw %d carets of the others", len(wrote.Names))
		}
		for _, name := range wrote.Names {
			if name["name"] != "Name of "+name["id"].(string) {
				t.Errorf("a client chose its own name: %v", name)
			}
		}
		w.converge(ana)
		w.stop()
		w.start()
		read := node(t, "read", address(), w.base.String(), string(w.doc), strconv.Itoa(wrote.Length), w.ticket("cas"))
		if read.Text != wrote.Text {
			t.Errorf("after the restart: %.60q, before: %.60q", read.Text, wrote.Text)
		}
	})
}

package live_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/protocol"
	"samenwijk/server/collab"
	"samenwijk/server/live"
)

func TestTwoBrowsersWriteInTheSameTextAndSeeEachOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		ana, bo := w.client("ana", 10), w.client("bo", 11)
		var wait sync.WaitGroup
		for _, c := range []*client{ana, bo} {
			wait.Go(func() {
				for i := range 30 {
					if err := c.write(fmt.Sprint(i, " ")); err != nil {
						t.Errorf("write: %v", err)
					}
				}
				c.save()
			})
		}
		wait.Wait()
		cas := w.client("cas", 12)
		w.converge(ana, bo, cas)
		if n, want := len(cas.text()), len("seed ")+2*(10*2+20*3); n != want {
			t.Errorf("%d letters stored, want %d", n, want)
		}
		caret := protocol.EncodeAwareness([]protocol.Entry{{Client: 10, Clock: 1, State: []byte(`{"user":{"name":"Eve"}}`)}})
		if err := ana.send(protocol.AppendAwareness(nil, caret)); err != nil {
			t.Fatal(err)
		}
		bo.until("the caret of ana", func() bool { return bo.carets[10] != "" })
		if want := `"name":"Name of ana"`; !strings.Contains(bo.carets[10], want) {
			t.Errorf("caret = %s, want %s", bo.carets[10], want)
		}
	})
}

func TestNothingAcknowledgedIsLostWhenTheProgramIsStartedAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		ana := w.client("ana", 10)
		for round := range 3 {
			if err := ana.write(fmt.Sprint("round ", round)); err != nil {
				t.Fatal(err)
			}
			ana.save()
			w.stop()
			ana.closedWith(hub.CodeRestart)
			w.start()
			back := w.client("ana", 10)
			back.clock = ana.clock
			back.until("the text", func() bool { return back.synced })
			w.converge(ana, back)
			ana = back
		}
		if n := len(w.stored()); n != 4 {
			t.Errorf("%d updates stored, want the seed and 3", n)
		}
	})
}

func TestATicketSaysWhatItsOwnerMayDo(t *testing.T) {
	w := newWorld(t, databasetest.SQLite(t)).start()
	for who, mode := range map[string]string{"ana": "write", "cas": "read", "": "read"} {
		if status, answer := w.askTicket(accessID(who), w.doc); status != http.StatusOK || answer["mode"] != mode ||
			answer["document"] != string(w.doc) || answer["ticket"] == "" {
			t.Errorf("ticket of %q = %d %v", who, status, answer)
		}
	}
	w.revoke("eve", collab.None)
	for name, tc := range map[string]struct {
		who, document string
		status        int
	}{
		"no right":         {"eve", string(w.doc), http.StatusForbidden},
		"unknown to them":  {"dirk", string(w.doc), http.StatusNotFound},
		"no such document": {"ana", "nowhere", http.StatusNotFound},
	} {
		status, answer := w.askTicket(accessID(tc.who), docID(tc.document))
		if status != tc.status || answer["message"] == "" || strings.Contains(answer["message"], answer["code"]) {
			t.Errorf("%s = %d %v, want %d and a sentence", name, status, answer, tc.status)
		}
	}
	if status, _ := w.request(http.MethodPost, "/live/"+string(w.doc)+"/ticket", "ana", nil); status != http.StatusForbidden {
		t.Errorf("a ticket without the page's token: %d", status)
	}
}

func TestNobodyOpensASocketWithoutAFreshTicketOfTheirOwn(t *testing.T) {
	w := newWorld(t, databasetest.SQLite(t)).start()
	other, err := w.other()
	if err != nil {
		t.Fatal(err)
	}
	origin := w.base.String()
	expired := w.ticket("ana")
	w.later(31 * time.Second)
	used := w.ticket("ana")
	if conn, status := w.dial(w.doc, used, origin); conn == nil {
		t.Fatalf("a good ticket: %d", status)
	}
	for name, tc := range map[string]struct {
		document, ticket, origin string
		status                   int
	}{
		"no ticket":              {string(w.doc), "", origin, http.StatusUnauthorized},
		"garbage":                {string(w.doc), "garbage", origin, http.StatusUnauthorized},
		"a long ticket":          {string(w.doc), strings.Repeat("x", 2000), origin, http.StatusUnauthorized},
		"an expired ticket":      {string(w.doc), expired, origin, http.StatusUnauthorized},
		"a used ticket":          {string(w.doc), used, origin, http.StatusUnauthorized},
		"for another document":   {string(other), w.ticket("ana"), origin, http.StatusUnauthorized},
		"an unsigned ticket":     {string(w.doc), unsigned(w.ticket("ana")), origin, http.StatusUnauthorized},
		"a changed ticket":       {string(w.doc), changed(t, w.ticket("cas")), origin, http.StatusUnauthorized},
		"another site":           {string(w.doc), w.ticket("ana"), "https://evil.example", http.StatusForbidden},
		"another port":           {string(w.doc), w.ticket("ana"), "http://127.0.0.1:1", http.StatusForbidden},
		"an origin that extends": {string(w.doc), w.ticket("ana"), origin + ".evil.example", http.StatusForbidden},
		"no origin":              {string(w.doc), w.ticket("ana"), "", http.StatusForbidden},
	} {
		if conn, status := w.dial(docID(tc.document), tc.ticket, tc.origin); conn != nil || status != tc.status {
			t.Errorf("%s: %d, want %d", name, status, tc.status)
		}
	}
	if status, _ := w.request(http.MethodGet, "/live/"+string(w.doc)+"?ticket="+w.ticket("ana"), "ana",
		http.Header{"Origin": {origin}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a page at the socket's address: %d", status)
	}
}

func TestARightIsAskedAgainWhenTheSocketOpens(t *testing.T) {
	w := newWorld(t, databasetest.SQLite(t)).start()
	ticket := w.ticket("ana")
	w.revoke("ana", collab.None)
	conn, _ := w.dial(w.doc, ticket, w.base.String(), protocol.Subprotocol)
	if conn == nil {
		return // refused before the upgrade is as good
	}
	w.listen(conn, 10).closedWith(hub.CodeForbidden)
}

func TestARevokedRightClosesTheSocketWithinASecondAndStoresNothingMore(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		ana, bo := w.client("ana", 10), w.client("bo", 11)
		if err := ana.write("before "); err != nil {
			t.Fatal(err)
		}
		ana.save()
		w.revoke("ana", collab.Read)
		before := len(w.stored())
		began := time.Now()
		ana.until("the end", func() bool {
			if ana.closed == nil {
				_ = ana.send(protocol.AppendUpdate(nil, typed(10, 7, "after ")))
			}
			return ana.closed != nil
		})
		ana.closedWith(hub.CodeForbidden)
		if took := time.Since(began); took > time.Second {
			t.Errorf("closed after %v", took)
		}
		if n := len(w.stored()); n != before {
			t.Errorf("%d updates stored after the right was taken away", n-before)
		}
		if err := bo.write("fine"); err != nil {
			t.Fatal(err)
		}
		bo.save()
	})
}

func TestAReaderWhoWritesIsClosedAndNothingIsStored(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.start()
		for _, who := range []string{"cas", ""} {
			c := w.client(accessID(who), 12)
			if err := c.write("x"); err != nil {
				t.Fatal(err)
			}
			c.closedWith(hub.CodeForbidden)
		}
		if n := len(w.stored()); n != 1 {
			t.Errorf("%d updates stored", n)
		}
	})
}

func TestAPlainYWebsocketClientWorksWithoutOurSubprotocol(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.start()
		conn, status := w.dial(w.doc, w.ticket("ana"), w.base.String())
		if conn == nil {
			t.Fatalf("dial: %d", status)
		}
		ana, bo := w.listen(conn, 10), w.client("bo", 11)
		if err := ana.write("plain"); err != nil {
			t.Fatal(err)
		}
		w.converge(ana, bo)
	})
}

func TestShutdownStoresWhatWasReceivedAndSaysRestart(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		var clients []*client
		for i := range 20 {
			clients = append(clients, w.client("ana", uint64(100+i)))
		}
		for _, c := range clients {
			if err := c.write("last words "); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range clients { // what was received is on its way to the log
			c.until("the first answer", func() bool { return c.synced })
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		late := w.ticket("bo")
		if err := w.shut(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
		for _, c := range clients {
			c.closedWith(hub.CodeRestart)
		}
		if w.live.Sockets() != 0 {
			t.Errorf("%d sockets left", w.live.Sockets())
		}
		if conn, status := w.dial(w.doc, late, w.base.String()); conn != nil || status != http.StatusServiceUnavailable {
			t.Errorf("let in after the end: %d", status)
		}
		if status, _ := w.askTicket("bo", w.doc); status != http.StatusServiceUnavailable {
			t.Errorf("a ticket after the end: %d", status)
		}
	})
}

func TestShutdownCutsOffWhoDoesNotLetGo(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.start()
		conn, _ := w.dial(w.doc, w.ticket("ana"), w.base.String()) // reads nothing, closes nothing
		if conn == nil {
			t.Fatal("not let in")
		}
		eventually(t, "the socket", func() bool { return w.live.Sockets() == 1 })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := w.shut(ctx); err == nil {
			t.Error("ended in time, though a client did not answer")
		}
		if w.live.Sockets() != 0 {
			t.Error("a socket is left")
		}
	})
}

func TestNothingIsLeftOfAThousandConnections(t *testing.T) {
	for name, plain := range lines {
		t.Run(name, func(t *testing.T) { nothingIsLeft(t, plain) })
	}
}

func nothingIsLeft(t *testing.T, plain bool) {
	db := databasetest.SQLite(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
	w := newWorld(t, db)
	w.plain = plain
	w.start()
	for round := range 20 {
		var wait sync.WaitGroup
		for i := range 10 {
			conn, status := w.dial(w.doc, w.ticket("ana"), w.base.String())
			if conn == nil {
				t.Fatalf("round %d: %d", round, status)
			}
			wait.Go(func() {
				_ = conn.WriteMessage(2, protocol.AppendSyncStep1(nil, []byte{0}))
				if i%2 == 0 {
					_, _, _ = conn.ReadMessage()
				}
				_ = conn.Close() // without a word
			})
		}
		wait.Wait()
	}
	eventually(t, "no sockets", func() bool { return w.live.Sockets() == 0 })
	w.stop()
}

func TestASecretThatIsShortIsRefused(t *testing.T) {
	if _, err := live.New(nil, live.Config{Secret: []byte("short")}); err == nil {
		t.Error("accepted")
	}
}

func TestWhatAClientSaysBeforeItIsLetInIsHeard(t *testing.T) {
	onEachLine(t, func(t *testing.T, w *world) {
		w.start()
		conn, err := net.Dial("tcp", w.base.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		question := protocol.AppendSyncStep1(nil, []byte{0})
		request := fmt.Appendf(nil, "GET /live/%s?ticket=%s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
			w.doc, url.QueryEscape(w.ticket("ana")), w.base.Host, w.base)
		request = append(request, 0x82, 0x80|byte(len(question)), 0, 0, 0, 0) // a mask of zeros is a mask
		if _, err := conn.Write(append(request, question...)); err != nil {
			t.Fatal(err)
		}
		var heard []byte
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		for b := make([]byte, 1024); !bytes.Contains(heard, []byte("seed ")); {
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("%v after %q", err, heard)
			}
			heard = append(heard, b[:n]...)
		}
	})
}

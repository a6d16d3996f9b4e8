package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
	"samenwijk/server"
	"samenwijk/server/collab"
	"samenwijk/server/live"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// world is a server with one document, on a real port and a real database.
type world struct {
	t      *testing.T
	db     *database.DB
	limits hub.Limits
	config live.Config
	plain  bool // no loop carries the lines
	doc    livedoc.ID

	mu     sync.Mutex
	rights map[access.PersonID]collab.Right
	clock  time.Duration // how far the clock of the tickets is ahead

	base *url.URL
	live *live.Live
	docs *collab.Collab
	shut func(ctx context.Context) error // drains, once
	stop func()                          // ends everything, once
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{
		t: t, db: db,
		limits: hub.Limits{Gather: 2 * time.Millisecond, Watch: 100 * time.Millisecond},
		rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write, "cas": collab.Read, "": collab.Read},
	}
	return w
}

// The two kinds of line, and whether they are the plain one.
var lines = map[string]bool{"in a loop": false, "plain": true}

func onEachLine(t *testing.T, test func(t *testing.T, w *world)) {
	for name, plain := range lines {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, databasetest.SQLite(t))
			w.plain = plain
			test(t, w)
		})
	}
}

// start opens the house; after stop it can be opened again on the same database.
func (w *world) start() *world {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.base = &url.URL{Scheme: "http", Host: listener.Addr().String()}
	loud := slog.New(slog.NewTextHandler(complaints{w.t}, &slog.HandlerOptions{Level: slog.LevelError}))
	secret := bytes.Repeat([]byte("k"), 32)
	documents := collab.New(livedoc.New(w.db), collab.Config{
		Owners: map[string]collab.Owner{"thing": w.owner}, Person: w.person, Limits: w.limits, Log: loud,
	})
	w.docs = documents
	config := w.config
	config.BaseURL, config.Secret, config.Log, config.Now = w.base, secret, loud, w.now
	w.live, err = live.New(documents, config)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.plain {
		w.live.OnlyPlainLines()
	}
	door := web.New(web.Config{
		BaseURL: w.base, Secret: secret, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Authenticate: func(_ context.Context, token string) (web.Visitor, error) {
			if token == "expired" {
				return web.Visitor{}, fault.Unauthenticated("sign_in_first")
			}
			return web.Visitor{Actor: access.Actor{ID: access.PersonID(token)}, Session: token}, nil
		},
	})
	app := server.New(server.Config{
		Web: door, Assets: fstest.MapFS{}, BodyLimit: 1 << 20, Ready: func(context.Context) error { return nil },
	}, w.live, tokens{})
	ctx, cancel := context.WithCancel(context.Background())
	var rooms sync.WaitGroup
	rooms.Go(func() {
		if err := documents.Run(ctx); err != nil {
			w.t.Errorf("the rooms ended with %v", err)
		}
	})
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	var once sync.Once
	w.shut = func(ctx context.Context) (err error) {
		once.Do(func() { err = w.live.Shutdown(ctx) })
		return err
	}
	shut := w.shut
	w.stop = sync.OnceFunc(func() {
		patience, enough := context.WithTimeout(context.Background(), 10*time.Second)
		defer enough()
		_ = shut(patience)
		cancel()
		rooms.Wait()
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			w.t.Errorf("shut down: %v", err)
		}
		if err := <-served; err != nil {
			w.t.Errorf("served: %v", err)
		}
	})
	w.t.Cleanup(w.stop)
	if w.doc, err = documents.Seed(w.t.Context(), "thing", "t1", typed(1, 0, "seed ")); err != nil {
		w.t.Fatal(err)
	}
	return w
}

// complaints makes everything that the rooms and sockets log as an error fail the test.
type complaints struct{ t *testing.T }

func (c complaints) Write(line []byte) (int, error) {
	c.t.Errorf("logged: %s", line)
	return len(line), nil
}

// tokens is a page that gives the token against forged requests, as every page with a form does.
type tokens struct{}

func (tokens) Mount(r fiber.Router) {
	r.Get("/token", func(c *fiber.Ctx) error { return c.SendString(ui.RequestOf(c.UserContext()).CSRF) })
}

func (w *world) owner(_ context.Context, who access.Actor, _ string) (collab.Standing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	right, known := w.rights[who.ID]
	if !known {
		return collab.Standing{}, fault.NotFound("not_found")
	}
	return collab.Standing{Right: right, Group: "resident"}, nil
}

func (w *world) person(_ context.Context, by collab.Entry) (collab.Person, error) {
	return collab.Person{Actor: access.Actor{ID: by.Person}, Name: "Name of " + string(by.Person)}, nil
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.clock)
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock += d
}

// revoke changes what somebody may do, as a use case does.
func (w *world) revoke(who access.PersonID, right collab.Right) {
	w.t.Helper()
	w.mu.Lock()
	w.rights[who] = right
	w.mu.Unlock()
	err := w.db.InTx(w.t.Context(), func(tx *database.Tx) error { return livedoc.Revoke(tx, "thing", "t1") })
	if err != nil {
		w.t.Fatal(err)
	}
}

// request sends a request as somebody and returns status and body.
func (w *world) request(method, path string, who access.PersonID, header http.Header) (int, []byte) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.base.String()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: string(who)})
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, body
}

// askTicket asks for a ticket as a page does.
func (w *world) askTicket(who access.PersonID, document livedoc.ID) (int, map[string]string) {
	w.t.Helper()
	_, token := w.request(http.MethodGet, "/token", who, nil)
	status, body := w.request(http.MethodPost, "/live/"+string(document)+"/ticket", who,
		http.Header{"X-Csrf-Token": {string(token)}, "Origin": {w.base.String()}})
	answer := map[string]string{}
	if err := json.Unmarshal(body, &answer); err != nil {
		w.t.Fatalf("ticket: %d %s", status, body)
	}
	return status, answer
}

func (w *world) ticket(who access.PersonID) string {
	w.t.Helper()
	status, answer := w.askTicket(who, w.doc)
	if status != http.StatusOK {
		w.t.Fatalf("ticket for %s: %d %v", who, status, answer)
	}
	return answer["ticket"]
}

// dial opens a websocket; when it is refused, it returns the status.
func (w *world) dial(document livedoc.ID, ticket, origin string, subprotocols ...string) (*websocket.Conn, int) {
	w.t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second, Subprotocols: subprotocols}
	address := "ws" + w.base.String()[len("http"):] + "/live/" + string(document) + "?ticket=" + url.QueryEscape(ticket)
	conn, answer, err := dialer.Dial(address, header)
	if err != nil {
		if answer == nil {
			w.t.Fatalf("dial: %v", err)
		}
		return nil, answer.StatusCode
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return conn, answer.StatusCode
}

// stored returns the payloads in the log.
func (w *world) stored() [][]byte {
	w.t.Helper()
	var rows [][]byte
	_, err := livedoc.New(w.db).Load(w.t.Context(), w.doc, 0, 0, func(u livedoc.Update) error {
		rows = append(rows, u.Payload)
		return nil
	})
	if err != nil {
		w.t.Fatalf("load: %v", err)
	}
	return rows
}

// client is a browser: it writes its own text, applies what it hears, and knows what was saved.
type client struct {
	w     *world
	conn  *websocket.Conn
	id    uint64
	clock uint64
	mark  int64

	mu      sync.Mutex
	doc     *crdt.Doc
	synced  bool
	carets  map[uint64]string
	acked   int64
	closed  error
	written sync.Mutex
}

func (w *world) client(who access.PersonID, id uint64) *client {
	w.t.Helper()
	conn, status := w.dial(w.doc, w.ticket(who), w.base.String(), protocol.Subprotocol)
	if conn == nil {
		w.t.Fatalf("dial as %s: %d", who, status)
	}
	if got := conn.Subprotocol(); got != protocol.Subprotocol {
		w.t.Errorf("negotiated %q", got)
	}
	return w.listen(conn, id)
}

func (w *world) listen(conn *websocket.Conn, id uint64) *client {
	c := &client{w: w, conn: conn, id: id, doc: crdt.NewDoc(), carets: map[uint64]string{}}
	go c.read()
	_ = c.send(protocol.AppendSyncStep1(nil, c.doc.StateVector()))
	return c
}

func (c *client) read() {
	for {
		_, frame, err := c.conn.ReadMessage()
		c.mu.Lock()
		if err != nil {
			c.closed = err
			c.mu.Unlock()
			return
		}
		c.hear(frame)
		c.mu.Unlock()
	}
}

func (c *client) hear(frame []byte) {
	d := lib0.NewDecoder(frame)
	switch d.VarUint() {
	case 0:
		kind, body := d.VarUint(), d.Bytes()
		if kind == 0 {
			return
		}
		if err := c.doc.ApplyUpdate(body, nil); err != nil {
			c.w.t.Errorf("heard an update that cannot be applied: %v", err)
		}
		c.synced = c.synced || kind == 1
	case 1:
		d = lib0.NewDecoder(d.Bytes())
		for range d.Count(3) {
			id, _ := d.VarUint(), d.VarUint()
			c.carets[id] = string(d.Bytes())
		}
	case 120:
		if d.VarUint() == 1 {
			c.acked = int64(d.VarUint())
		}
	}
}

func (c *client) send(frame []byte) error {
	c.written.Lock()
	defer c.written.Unlock()
	return c.conn.WriteMessage(websocket.BinaryMessage, frame)
}

// typed returns the update in which a client appends text to what it wrote before.
func typed(client, clock uint64, text string) []byte {
	u := lib0.AppendVarUint([]byte{1, 1}, client)
	u = lib0.AppendVarUint(u, clock)
	if clock == 0 {
		u = lib0.AppendString(append(u, 4, 1), "text")
	} else {
		u = lib0.AppendVarUint(append(u, 0x84), client)
		u = lib0.AppendVarUint(u, clock-1)
	}
	return append(lib0.AppendString(u, text), 0)
}

func (c *client) write(text string) error {
	c.w.t.Helper()
	u := typed(c.id, c.clock, text)
	c.clock += uint64(len(text))
	c.mu.Lock()
	err := c.doc.ApplyUpdate(u, nil)
	c.mu.Unlock()
	if err != nil {
		c.w.t.Errorf("apply at home: %v", err)
	}
	return c.send(protocol.AppendUpdate(nil, u))
}

func (c *client) save() {
	c.w.t.Helper()
	c.mark++
	if err := c.send(lib0.AppendVarUint([]byte{120, 0}, uint64(c.mark))); err != nil {
		c.w.t.Fatalf("mark: %v", err)
	}
	c.until("an acknowledgement", func() bool { return c.acked == c.mark })
}

func (c *client) until(what string, seen func() bool) {
	c.w.t.Helper()
	eventually(c.w.t, what, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return seen()
	})
}

func (c *client) closedWith(code int) {
	c.w.t.Helper()
	c.until(fmt.Sprintf("the end with %d", code), func() bool { return c.closed != nil })
	var e *websocket.CloseError
	if !errors.As(c.closed, &e) || e.Code != code || e.Text == "" {
		c.w.t.Errorf("closed with %v, want %d and a reason", c.closed, code)
	}
}

// text is what the client shows. Bytes are not compared: clients may cut a text in other pieces.
func (c *client) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doc.Text("text").String()
}

// converge waits until all hold what the log holds.
func (w *world) converge(clients ...*client) {
	w.t.Helper()
	eventually(w.t, "the same text everywhere", func() bool {
		doc := crdt.NewDoc()
		for _, payload := range w.stored() {
			if err := doc.ApplyUpdate(payload, nil); err != nil {
				w.t.Fatalf("the log holds an update that cannot be applied: %v", err)
			}
		}
		for _, c := range clients {
			if c.text() != doc.Text("text").String() {
				return false
			}
		}
		return true
	})
}

func eventually(t *testing.T, what string, seen func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !seen() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(2 * time.Millisecond) // between two looks
	}
}

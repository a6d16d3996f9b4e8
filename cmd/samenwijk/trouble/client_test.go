package trouble_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/prosemirror"
	"samenwijk/realtime/protocol"
)

// ticket asks for a ticket as a page does.
func (p *person) ticket(base, origin, document string, within time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/live/"+document+"/ticket", nil)
	if err != nil {
		return "", err
	}
	for _, cookie := range p.cookies {
		request.AddCookie(cookie)
	}
	request.Header.Set("Origin", origin)
	request.Header.Set("X-CSRF-Token", p.csrf)
	answer, err := local.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var body struct{ Ticket, Mode string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ticket: %d, %v", answer.StatusCode, err)
	}
	if body.Mode != "write" {
		return "", fmt.Errorf("this person may only %s", body.Mode)
	}
	return body.Ticket, nil
}

// dial opens a websocket at the address via, which may be a bad road to the house.
func (h *house) dial(p *person, via, document string, subprotocols ...string) (*websocket.Conn, error) {
	ticket, err := p.ticket(via, h.base, document, h.patience)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{HandshakeTimeout: h.patience, Subprotocols: subprotocols}
	conn, answer, err := dialer.Dial("ws"+strings.TrimPrefix(via, "http")+"/live/"+document+"?ticket="+url.QueryEscape(ticket), http.Header{"Origin": {h.base}})
	if answer != nil && answer.Body != nil {
		_ = answer.Body.Close()
	}
	return conn, err
}

// author is somebody's editor. It keeps its text when the connection is gone, and what it knows to be
// saved. Every word it writes is said once in the world.
type author struct {
	name     string
	who      *person
	house    *house
	document string

	mu        sync.Mutex
	doc       *crdt.Doc
	dice      *rand.Rand
	words     []word
	known     int   // of words, how many are acknowledged
	mark      int64 // the last that was sent
	marked    map[int64]int
	conn      *websocket.Conn
	synced    bool   // the text here holds what the server had
	answers   bool   // the server asked for what it lacks, and got it
	own       []byte // the update that is being made
	ended     chan struct{}
	heard     time.Time // when something came last
	why       error     // the last connection ended
	complaint error
}

// word is what was typed in one breath.
type word struct {
	text  string
	clock uint32 // of the author's editor, after it
	at    time.Time
	saved time.Time // when the acknowledgement was read
}

func newAuthor(h *house, who *person, document, name string, dice *rand.Rand) *author {
	a := &author{name: name, who: who, house: h, document: document, doc: crdt.NewDoc(crdt.WithClientID(dice.Uint64N(1 << 31))),
		dice: rand.New(rand.NewPCG(dice.Uint64(), 1)), marked: map[int64]int{}}
	a.doc.OnUpdate(func(update []byte, origin any) {
		if origin == "keyboard" {
			a.own = update
		}
	})
	return a
}

// connect opens a connection at the address via and begins to listen. It does not wait for the text.
func (a *author) connect(via string) error {
	conn, err := a.house.dial(a.who, via, a.document, protocol.Subprotocol)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conn, a.synced, a.answers, a.ended, a.heard = conn, false, false, make(chan struct{}), time.Now()
	clear(a.marked)
	go a.listen(conn, a.ended)
	return nil
}

func (a *author) listen(conn *websocket.Conn, ended chan struct{}) {
	defer close(ended)
	for {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			_ = conn.Close()
			a.mu.Lock()
			if a.conn == conn {
				a.conn, a.why = nil, err
			}
			a.mu.Unlock()
			return
		}
		a.hear(conn, frame)
	}
}

func (a *author) hear(conn *websocket.Conn, frame []byte) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard = now
	d := lib0.NewDecoder(frame)
	switch d.VarUint() {
	case 0:
		kind, body := d.VarUint(), d.Bytes()
		if kind == 0 {
			a.answer(conn, body)
			return
		}
		if err := a.doc.ApplyUpdate(body, "server"); err != nil {
			a.complain(fmt.Errorf("what the server sent cannot be applied: %w", err))
		}
		a.synced = a.synced || kind == 1
	case 120:
		switch d.VarUint() {
		case 1:
			n := a.marked[int64(d.VarUint())]
			for ; a.known < n; a.known++ {
				a.words[a.known].saved = now
			}
		case 3:
			send(conn, protocol.AppendSyncStep1(nil, a.doc.StateVector()))
		}
	}
	if d.Err() != nil {
		a.complain(fmt.Errorf("what the server sent cannot be read: %w", d.Err()))
	}
}

func (a *author) complain(err error) {
	if a.complaint == nil {
		a.complaint = err
	}
}

// answer sends what the server lacks.
func (a *author) answer(conn *websocket.Conn, stateVector []byte) {
	update, err := a.doc.EncodeStateAsUpdate(stateVector)
	if err != nil {
		a.complain(err)
		return
	}
	send(conn, protocol.AppendSyncStep2(nil, update))
	a.answers = true
	a.sendMark(conn)
}

// send writes a frame. A road on which nothing moves for a while is given up, which the listener notices.
func send(conn *websocket.Conn, frame []byte) {
	_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	if conn.WriteMessage(websocket.BinaryMessage, frame) != nil {
		_ = conn.Close()
	}
}

// sendMark asks for an acknowledgement of every word so far.
func (a *author) sendMark(conn *websocket.Conn) {
	a.mark++
	a.marked[a.mark] = len(a.words)
	send(conn, lib0.AppendVarUint([]byte{120, 0}, uint64(a.mark)))
}

// write types one word somewhere between two others, and sends it when there is a connection. It
// waits for nothing.
func (a *author) write() {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := word{text: fmt.Sprintf("[%s.%d]", a.name, len(a.words)), at: time.Now()}
	a.own = nil
	a.doc.Transact("keyboard", func(*crdt.Tx) { a.complainIf(a.insert(w.text)) })
	w.clock = a.doc.States()[a.doc.ClientID()]
	a.words = append(a.words, w)
	if a.conn == nil || !a.answers {
		return // it goes along when the connection is there
	}
	send(a.conn, protocol.AppendUpdate(nil, a.own))
	if a.dice.IntN(3) > 0 {
		a.sendMark(a.conn)
	}
}

// lastMark asks for the words after which no mark was sent.
func (a *author) lastMark() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn != nil && a.answers {
		a.sendMark(a.conn)
	}
}

func (a *author) complainIf(err error) {
	if err != nil {
		a.complain(err)
	}
}

// insert puts text in a paragraph, between two words, or in a new paragraph.
func (a *author) insert(text string) error {
	body := a.doc.Text("body")
	begins, ends, between := []int{0}, []int{}, []int{} // of paragraphs, and where words end
	at := 0
	for _, op := range body.ToDelta() {
		line, isText := op.Insert.(string)
		if !isText {
			begins, ends = append(begins, at+1), append(ends, at)
			at++
			continue
		}
		for i := range len(line) {
			if line[i] == ']' {
				between = append(between, at+i+1)
			}
		}
		at += len(line)
	}
	one := func(of []int) int { return of[a.dice.IntN(len(of))] }
	if len(ends) == 0 || a.dice.IntN(40) == 0 {
		at := one(begins)
		if err := body.InsertEmbed(at, map[string]any{"p": fmt.Sprintf("p%x", a.dice.Uint64())}, nil); err != nil {
			return err
		}
		return body.Insert(at, text, nil)
	}
	switch {
	case len(between) == 0 || a.dice.IntN(2) == 0:
		at = one(ends)
	case a.dice.IntN(8) == 0:
		at = one(begins)
	default:
		at = one(between)
	}
	return body.Insert(at, text, nil)
}

// hangUp ends the connection without a word and waits until nothing more is heard.
func (a *author) hangUp() {
	a.mu.Lock()
	conn, ended := a.conn, a.ended
	a.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
	if ended != nil {
		<-ended
	}
}

// hangUpLocked is hangUp for who holds the lock; it waits for nothing.
func (a *author) hangUpLocked() {
	if a.conn != nil {
		_ = a.conn.Close()
	}
}

func (a *author) connected() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conn != nil
}

// upToDate says that the author has the server's text and the server has everything of the author.
func (a *author) upToDate() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conn != nil && a.synced && a.answers && a.known == len(a.words)
}

// standing says how far the author is, for who waits in vain.
func (a *author) standing() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("%s: connected %v (ended: %v), synced %v, answered %v, %d of %d words acknowledged",
		a.name, a.conn != nil, a.why, a.synced, a.answers, a.known, len(a.words))
}

func (a *author) text() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return page(a.doc)
}

// page is what a document shows, with its form.
func page(doc *crdt.Doc) string {
	var out strings.Builder
	var write func(nodes []prosemirror.Node)
	write = func(nodes []prosemirror.Node) {
		for _, n := range nodes {
			if n.Type == prosemirror.TextType {
				out.WriteString(n.Text)
				continue
			}
			fmt.Fprintf(&out, "<%s %v>", n.Type, n.Attrs)
			write(n.Content)
			fmt.Fprintf(&out, "</%s>", n.Type)
		}
	}
	write(flow.Programme.Read(doc))
	return out.String()
}

// promise is a word that the server said is saved.
type promise struct {
	word
	client uint64
}

// promises returns what was acknowledged, and everything that was typed.
func (a *author) promises() (acknowledged []promise, typed []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, w := range a.words {
		if i < a.known {
			acknowledged = append(acknowledged, promise{w, a.doc.ClientID()})
		}
		typed = append(typed, w.text)
	}
	return acknowledged, typed
}

var wordPattern = regexp.MustCompile(`\[[^\[\]]+\]`)

// counted returns how often each word stands in a text.
func counted(text string) map[string]int {
	words := map[string]int{}
	for _, w := range wordPattern.FindAllString(text, -1) {
		words[w]++
	}
	return words
}

// read returns the text as somebody sees it who comes in with nothing.
func (h *house) read(t testing.TB, p *person, document string) *crdt.Doc {
	t.Helper()
	conn, err := h.dial(p, h.base, document, protocol.Subprotocol)
	if err != nil {
		t.Fatalf("a fresh reader is not let in: %v", err)
	}
	defer conn.Close()
	doc := crdt.NewDoc()
	// The answer may come in several frames; the mark is answered after all of them.
	for _, frame := range [][]byte{protocol.AppendSyncStep1(nil, doc.StateVector()), {120, 0, 1}} {
		if err := conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for begun := false; ; {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("a fresh reader hears nothing: %v", err)
		}
		d := lib0.NewDecoder(frame)
		switch d.VarUint() {
		case 0:
			kind, body := d.VarUint(), d.Bytes()
			if kind == 0 {
				continue
			}
			if err := doc.ApplyUpdate(body, nil); err != nil {
				t.Fatalf("a fresh reader cannot read the text: %v", err)
			}
			begun = true
		case 120:
			if d.VarUint() == 1 && begun {
				return doc
			}
		}
	}
}

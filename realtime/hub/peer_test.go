package hub_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick makes what takes seconds for people take milliseconds.
var quick = hub.Limits{
	Gather: 2 * time.Millisecond, Watch: 10 * time.Millisecond, Idle: 20 * time.Millisecond, Silence: time.Minute, Patience: 5 * time.Second,
}

// start returns a running hub, stopped at the end of the test.
func start(t *testing.T, l hub.Log, limits hub.Limits) *hub.Hub {
	t.Helper()
	h, _ := startStoppable(t, l, limits)
	return h
}

func startStoppable(t *testing.T, l hub.Log, limits hub.Limits) (*hub.Hub, func()) {
	t.Helper()
	return startOn(t, l, nil, limits)
}

// startOn starts a hub that reaches others by a bus.
func startOn(t *testing.T, l hub.Log, bus hub.Bus, limits hub.Limits) (*hub.Hub, func()) {
	t.Helper()
	h := hub.New(l, bus, limits, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	})
	stop := sync.OnceFunc(func() { cancel(); wait.Wait() })
	t.Cleanup(stop)
	return h, stop
}

// rights is what a person may do, to be changed by a test.
type rights struct {
	mu     sync.Mutex
	permit hub.Permit
	err    error
}

func (r *rights) set(mode hub.Mode, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.permit, r.err = hub.Permit{Mode: mode}, err
}

// setUntil gives the right for a time; when it is over, whoever asks is told err.
func (r *rights) setUntil(mode hub.Mode, until time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.permit, r.err = hub.Permit{Mode: mode, Until: until}, err
}

func (r *rights) confirm(context.Context) (hub.Permit, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := r.permit.Until; !until.IsZero() && time.Now().Before(until) {
		return r.permit, nil
	}
	return r.permit, r.err
}

// peer is a browser without the socket: it writes its own text and applies what it hears.
type peer struct {
	t       *testing.T
	session *hub.Session
	woken   chan struct{} // holds a token when there is something to take
	client  uint64
	clock   uint64
	mark    int64

	mu     sync.Mutex
	doc    *crdt.Doc
	heard  [][]byte // every frame
	carets map[uint64]string
	acked  int64
	seq    int64
	hello  []byte
	refuse []byte
	why    *hub.Refusal
	paused chan struct{} // not nil: the reader waits for it before each look
	synced bool
	pieces []byte // of a text that is on its way
}

func member(name string, r *rights) hub.Member {
	return hub.Member{User: hub.User{ID: name, Name: "Name of " + name, Initials: "N", Group: "resident"}, Confirm: r.confirm, Acks: true}
}

func join(t *testing.T, h *hub.Hub, document string, client uint64, m hub.Member) *peer {
	t.Helper()
	p, err := tryJoin(t, h, document, client, m)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	return p
}

func tryJoin(t *testing.T, h *hub.Hub, document string, client uint64, m hub.Member) (*peer, error) {
	t.Helper()
	woken := make(chan struct{}, 1)
	m.Wake = func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	s, err := h.Join(t.Context(), document, m)
	if err != nil {
		return nil, err
	}
	p := &peer{t: t, session: s, woken: woken, client: client, doc: crdt.NewDoc(), carets: map[uint64]string{}, acked: -1}
	var wait sync.WaitGroup
	wait.Go(p.listen)
	t.Cleanup(func() { p.resume(); s.Leave(); wait.Wait() })
	if m.Has == nil {
		p.send(protocol.AppendSyncStep1(nil, p.doc.StateVector()))
	}
	return p, nil
}

func writer() *rights { return &rights{permit: hub.Permit{Mode: hub.Write}} }
func reader() *rights { return &rights{permit: hub.Permit{Mode: hub.Read}} }

func (p *peer) listen() {
	for range p.woken {
		p.mu.Lock()
		paused := p.paused
		p.mu.Unlock()
		if paused != nil {
			<-paused
		}
		frames, why := p.session.Take(nil, 64<<10)
		p.mu.Lock()
		for _, frame := range frames {
			p.hear(frame)
		}
		p.why = why
		p.mu.Unlock()
		if why != nil {
			return
		}
	}
}

func (p *peer) hear(frame []byte) {
	p.heard = append(p.heard, frame)
	d := lib0.NewDecoder(frame)
	switch d.VarUint() {
	case 0:
		kind, body := d.VarUint(), d.Bytes()
		if kind == 0 {
			return
		}
		if err := p.doc.ApplyUpdate(body, nil); err != nil {
			p.t.Errorf("heard an update that cannot be applied: %v", err)
		}
		p.synced = p.synced || kind == 1
	case 1:
		entries, err := decodeCrowd(d.Bytes())
		if err != nil {
			p.t.Errorf("heard awareness that cannot be read: %v", err)
		}
		for _, e := range entries {
			if e.State == nil {
				delete(p.carets, e.Client)
			} else {
				p.carets[e.Client] = string(e.State)
			}
		}
	case 120:
		switch d.VarUint() {
		case 1:
			p.acked, p.seq = int64(d.VarUint()), int64(d.VarUint())
		case 2:
			p.refuse = frame
		case 3:
			p.hello = frame
		case 4:
			p.piece(int(d.VarUint()), int(d.VarUint()), int(d.VarUint()), d.Bytes())
		}
	}
	if d.Err() != nil {
		p.t.Errorf("heard a frame that cannot be read: %v", frame)
	}
}

// piece takes a part of a text, which it has once the last one is there.
func (p *peer) piece(size, total, offset int, body []byte) {
	if offset == 0 {
		p.pieces = nil
	}
	if offset != len(p.pieces) {
		p.t.Errorf("a piece from byte %d on after %d bytes", offset, len(p.pieces))
	}
	if p.pieces = append(p.pieces, body...); len(p.pieces) < total {
		return
	}
	unpacked, err := zlib.NewReader(bytes.NewReader(p.pieces))
	if err == nil {
		var packed []byte
		packed, err = io.ReadAll(unpacked)
		update, wrong := protocol.UnpackIDs(packed, size)
		if len(update) != size {
			p.t.Errorf("a text of %d bytes, said to have %d", len(update), size)
		}
		err = errors.Join(err, wrong, p.doc.ApplyUpdateV2(update, nil))
	}
	if err != nil {
		p.t.Errorf("heard a text that cannot be read: %v", err)
	}
	p.synced = true
}

// decodeCrowd reads the awareness of many, of which a connection may not send that much.
func decodeCrowd(body []byte) ([]protocol.Entry, error) {
	d := lib0.NewDecoder(body)
	var entries []protocol.Entry
	for range d.Count(3) {
		e := protocol.Entry{Client: d.VarUint(), Clock: d.VarUint()}
		if state := d.Bytes(); string(state) != "null" {
			e.State = bytes.Clone(state)
		}
		entries = append(entries, e)
	}
	return entries, d.Err()
}

// send returns what Receive said.
func (p *peer) send(frame []byte) error {
	wait, err := p.session.Receive(frame)
	if wait != nil {
		err = wait()
	}
	return err
}

// typed returns the update in which client appends text to what it wrote before.
func typed(client, clock uint64, text string) []byte {
	u := []byte{1, 1}
	u = lib0.AppendVarUint(u, client)
	u = lib0.AppendVarUint(u, clock)
	if clock == 0 {
		u = append(u, 4, 1)
		u = lib0.AppendString(u, "text")
	} else {
		u = append(u, 0x84)
		u = lib0.AppendVarUint(u, client)
		u = lib0.AppendVarUint(u, clock-1)
	}
	return append(lib0.AppendString(u, text), 0)
}

// write types text, applies it at home and sends it. It returns what Receive said.
func (p *peer) write(text string) error {
	p.t.Helper()
	u := typed(p.client, p.clock, text)
	p.clock += uint64(len(text))
	p.mu.Lock()
	err := p.doc.ApplyUpdate(u, nil)
	p.mu.Unlock()
	if err != nil {
		p.t.Fatalf("apply at home: %v", err)
	}
	return p.send(protocol.AppendUpdate(nil, u))
}

// save sends a mark and waits until it is acknowledged.
func (p *peer) save() {
	p.t.Helper()
	p.sendMark()
	p.until("an acknowledgement", func() bool { return p.acked == p.mark })
}

func (p *peer) sendMark() {
	p.mark++
	_ = p.send(lib0.AppendVarUint([]byte{120, 0}, uint64(p.mark)))
}

func (p *peer) say(client, clock uint64, state string) error {
	e := protocol.Entry{Client: client, Clock: clock}
	if state != "" {
		e.State = []byte(state)
	}
	return p.send(protocol.AppendAwareness(nil, protocol.EncodeAwareness([]protocol.Entry{e})))
}

// pause makes the peer stop reading until resume.
func (p *peer) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = make(chan struct{})
}

func (p *peer) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

// until waits for something that the peer can see.
func (p *peer) until(what string, seen func() bool) {
	p.t.Helper()
	eventually(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return seen()
	})
}

func (p *peer) closedWith(code int) {
	p.t.Helper()
	p.until("the end", func() bool { return p.why != nil })
	if p.why.Code != code {
		p.t.Errorf("closed with %v, want %d", p.why, code)
	}
}

func (p *peer) state() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	state, err := p.doc.EncodeStateAsUpdate(nil)
	if err != nil {
		p.t.Fatalf("encode: %v", err)
	}
	return state
}

func (p *peer) caret(client uint64) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	var state map[string]any
	if p.carets[client] != "" {
		if err := json.Unmarshal([]byte(p.carets[client]), &state); err != nil {
			p.t.Errorf("caret of %d: %v", client, err)
		}
	}
	return state
}

// converge waits until all peers hold the same text, and that it is what the log holds.
// letters returns how many letters the log holds of a document's text.
func letters(t *testing.T, log *hubtest.Memory, document string) int {
	t.Helper()
	doc := crdt.NewDoc()
	for _, row := range log.Rows(document) {
		if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
			t.Fatalf("the log holds an update that cannot be applied: %v", err)
		}
	}
	return len(doc.Text("text").String())
}

func converge(t *testing.T, log *hubtest.Memory, document string, peers ...*peer) {
	t.Helper()
	stored := func() []byte {
		doc := crdt.NewDoc()
		for _, row := range log.Rows(document) {
			if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
				t.Fatalf("the log holds an update that cannot be applied: %v", err)
			}
		}
		state, err := doc.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	eventually(t, "the same text everywhere", func() bool {
		want := stored()
		for _, p := range peers {
			if !bytes.Equal(p.state(), want) {
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
		time.Sleep(time.Millisecond) // between two looks
	}
}

// refusedWith reports whether err is a refusal with this code.
func refusedWith(err error, code int) bool {
	var r *hub.Refusal
	return errors.As(err, &r) && r.Code == code
}

// Package hub is where people who write in the same document meet. Each open document is a room:
// one goroutine that owns the text, takes what connections bring, has it stored, and only then
// applies it and tells the others. Nobody is shown what is not in the log, and nobody is told
// "saved" before it is.
//
// A connection is a Session. Its reader calls Receive, its writer calls Take after it was woken; the hub
// knows nothing of sockets. What it keeps for a connection is bounded in bytes: who reads
// too slowly loses the queue and is brought up to date in one piece when there is room again.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"samenwijk/realtime/crdt"
)

// Log is where a room's updates are stored. Its errors are ErrNotFound, ErrEpoch and ErrRights
// where those apply; any other means that it cannot be reached, and that it is not known whether
// the last Append succeeded. It is safe for concurrent use.
type Log interface {
	// Load calls row with each update after a number, in order and without a gap, and returns the
	// head that belongs to exactly these rows. A row may stand for several updates; one that stands
	// for some that the caller has comes first. Epoch 0 means the current one; any other must still
	// be current. The payload belongs to row.
	Load(ctx context.Context, document string, epoch, after int64, row func(Row) error) (Head, error)
	// Append stores records in this order and returns their numbers, once they are on disk: all of
	// them or none. Of at, epoch and rights must still be current. A record whose session and mark
	// are stored already keeps its number. The payloads are never changed after the call.
	Append(ctx context.Context, document string, at Head, records []Record) ([]int64, error)
	// BusyUntil returns a time before which Append only waits: what comes in until then can be part of
	// what is offered. It is in the past when the log has nothing else to do.
	BusyUntil() time.Time
	// Heads returns the heads of those documents that exist.
	Heads(ctx context.Context, documents []string) (map[string]Head, error)
}

// Head is how far a document got.
type Head struct {
	Epoch  int64 // another epoch is another document in the same place
	Seq    int64 // number of the last update
	Rights int64 // changes whenever somebody's right may have shrunk
	Schema int64
}

// Row is a stored update, or what all of the updates First to Seq amount to. Session is empty then.
type Row struct {
	First   int64 // Seq of a single update
	Seq     int64
	Session string
	Payload []byte
}

// Record is an update to store; session and mark name it within its document.
type Record struct {
	Session string
	Mark    int64
	Actor   string
	Payload []byte
}

// What a Log and a member's Confirm can answer besides success and trouble.
var (
	ErrNotFound = errors.New("no such document")
	ErrEpoch    = errors.New("the document went on in another epoch")
	ErrRights   = errors.New("rights changed since the writers were let in")
)

// Door judges what comes in for one document before it is stored. The errors of both are a *Refusal when
// the update is not let in, and any other when nobody could read it.
type Door interface {
	// Look judges an update by itself and within limits, and returns what must be judged by the text: nil
	// when nothing must, as for nearly all that people type. Any goroutine may call it.
	Look(update []byte, limits crdt.Limits) (claim any, err error)
	// Admit judges a claim by the text, and counts it as being there. Updates that others let in, or that
	// were let in and not stored, are no mistake. It belongs to one goroutine, as does the text.
	Admit(text *crdt.Doc, claim any) error
}

// Hub keeps the open rooms of one process. It is safe for concurrent use.
type Hub struct {
	// Door makes the door of a document that is opened. Nil, also as its answer, lets in whatever a
	// document can hold. It is set before anybody enters.
	Door func(Head) Door

	log     Log
	bus     Bus    // nil when this program is the only one
	node    string // names this hub among the others
	limits  Limits
	logger  *slog.Logger
	closing chan struct{} // closed when Run ends: rooms finish
	rooms   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	open   map[string]*room
}

// New returns a hub over log. Bus reaches the other programs that use the same log, and is nil when
// they may find out by themselves. Zero limits become DefaultLimits.
func New(log Log, bus Bus, limits Limits, logger *slog.Logger) *Hub {
	return &Hub{
		log: log, bus: bus, node: rand.Text(), limits: limits.OrDefault(), logger: logger,
		closing: make(chan struct{}), open: map[string]*room{},
	}
}

// Run watches the log for what other programs changed: rights, epochs, and updates this process
// was not told of. When ctx ends it lets nobody in any more, has everything stored that was
// received, ends the sessions with code 1012 and returns when the last room is closed.
func (h *Hub) Run(ctx context.Context) error {
	if h.bus != nil {
		defer h.bus.Subscribe(people, h.hint)()
	}
	tick := time.NewTicker(h.limits.Watch)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			h.watch(ctx)
		case <-ctx.Done():
			h.mu.Lock()
			h.closed = true
			h.mu.Unlock()
			close(h.closing)
			h.rooms.Wait()
			return nil
		}
	}
}

// watch compares the head of every room that has visitors with the log.
func (h *Hub) watch(ctx context.Context) {
	rooms := h.all()
	if len(rooms) == 0 {
		return
	}
	documents := make([]string, len(rooms))
	for i, r := range rooms {
		documents[i] = r.document
	}
	ctx, cancel := context.WithTimeout(ctx, h.limits.Patience)
	defer cancel()
	heads, err := h.log.Heads(ctx, documents)
	if err != nil {
		if ctx.Err() == nil {
			h.logger.Warn("the log of live documents does not answer", "error", err)
		}
		return
	}
	for _, r := range rooms {
		head, there := heads[r.document]
		if there && r.upToDate(head) {
			continue
		}
		r.nudge(func() { r.see(head, there) })
	}
}

func (h *Hub) all() []*room {
	h.mu.Lock()
	defer h.mu.Unlock()
	rooms := make([]*room, 0, len(h.open))
	for _, r := range h.open {
		rooms = append(rooms, r)
	}
	return rooms
}

// Join lets member into a document and returns the session, which the caller must end with Leave.
// Errors are refusals. The right is asked after the head of the document was read, so that a right
// taken away in between is noticed before anything is stored.
func (h *Hub) Join(ctx context.Context, document string, member Member) (*Session, error) {
	if has := member.Has; has != nil && checkStateVector(has.Vector) != nil {
		return nil, malformed
	}
	known := member.Known
	for {
		if known == (Known{}) {
			var err error
			if known, err = h.ask(ctx, document, member); err != nil {
				return nil, err
			}
		}
		if known.Permit.Mode == None {
			return nil, forbidden
		}
		s, again, err := h.enter(ctx, document, known.Rights, member, known.Permit)
		if !again {
			return s, err
		}
		known = Known{}
	}
}

func (h *Hub) ask(ctx context.Context, document string, member Member) (Known, error) {
	heads, err := h.log.Heads(ctx, []string{document})
	if err != nil {
		h.logger.Warn("nobody can enter", "document", document, "error", err)
		return Known{}, unavailable
	}
	head, there := heads[document]
	if !there {
		return Known{}, notFound
	}
	permit, err := member.Confirm(ctx)
	if err != nil {
		return Known{}, asRefusal(err)
	}
	return Known{Rights: head.Rights, Permit: permit}, nil
}

// enter hands a session to the room. Again means that the room knows newer rights than those the
// member was asked under, or that it closed meanwhile.
func (h *Hub) enter(ctx context.Context, document string, rights int64, member Member, permit Permit) (s *Session, again bool, err error) {
	r, err := h.roomOf(document)
	if err != nil {
		return nil, false, err
	}
	s = newSession(r, member, permit)
	type answer struct {
		entered bool
		err     error
	}
	answered := make(chan answer, 1)
	ask := func() {
		entered, err := r.enter(s, rights)
		answered <- answer{entered, err}
	}
	if !r.tell(ask) {
		return nil, r.failure == nil, r.failure
	}
	select {
	case a := <-answered:
		return s, a.err == nil && !a.entered, a.err
	case <-r.done:
		select {
		case a := <-answered: // it was the last thing the room did
			return s, a.err == nil && !a.entered, a.err
		default:
		}
		return nil, r.failure == nil, r.failure
	case <-ctx.Done():
		s.Leave()
		return nil, false, unavailable
	}
}

// roomOf returns the open room of a document, or opens it.
func (h *Hub) roomOf(document string) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, restarting
	}
	r := h.open[document]
	if r == nil {
		r = newRoom(h, document)
		h.open[document] = r
		h.rooms.Go(r.run)
	}
	return r, nil
}

// forget takes a room that ends out of the list, so that the next to come opens it anew.
func (h *Hub) forget(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[r.document] == r {
		delete(h.open, r.document)
	}
}

// Recheck asks the right of everybody in a document again, on every node, and ends the sessions of
// those whose right shrank. It returns before that is done.
func (h *Hub) Recheck(document string) {
	h.publish(topicOf(document), notice{kind: noticeRecheck})
	h.mu.Lock()
	r := h.open[document]
	h.mu.Unlock()
	if r != nil {
		r.tell(r.recheck)
	}
}

// ReadOn has the rooms of a document, where they are open, take over at once what was stored past
// them.
func (h *Hub) ReadOn(document string) {
	h.publish(topicOf(document), notice{kind: noticeLook})
	h.mu.Lock()
	r := h.open[document]
	h.mu.Unlock()
	if r != nil {
		r.nudge(func() {
			if r.committing == nil && !r.ended { // otherwise the answer of the log shows the gap
				r.readOn()
			}
		})
	}
}

// RecheckPerson is Recheck for one person in every document, for when a role or a session ended.
func (h *Hub) RecheckPerson(person string) {
	h.publish(people, notice{kind: noticeRecheck, person: person})
	h.recheckHere(person)
}

// hint acts on what another node says of a person.
func (h *Hub) hint(message []byte) {
	n, err := decodeNotice(message)
	switch {
	case err != nil:
		h.logger.Warn("a message of another node cannot be read", "error", err)
	case n.kind == noticeRecheck && n.node != h.node:
		h.recheckHere(n.person)
	}
}

func (h *Hub) recheckHere(person string) {
	for _, r := range h.all() {
		r.tell(func() {
			if r.has(person) {
				r.recheck()
			}
		})
	}
}

// Open returns how many rooms are open.
func (h *Hub) Open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

func asRefusal(err error) *Refusal {
	var refusal *Refusal
	switch {
	case err == nil:
		return forbidden
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, ErrNotFound):
		return notFound
	case errors.Is(err, ErrEpoch):
		return otherEpoch
	}
	return unavailable
}

func (r *room) logError(what string, err error) {
	r.hub.logger.Error(what, "document", r.document, "error", fmt.Sprint(err))
}

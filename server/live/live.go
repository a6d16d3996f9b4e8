// Package live is the endpoint of live documents: a page asks for a ticket, opens a websocket with
// it within half a minute, and from then on speaks with the document's room. A script of a person
// needs no ticket: it comes in with a token of that person.
//
// Who asks, from where and for what is decided before the connection becomes a websocket, and
// nothing a client sends is decoded before that. A browser cannot read why an upgrade was refused;
// it learns that from the endpoint that gives tickets, which answers as every other page does.
package live

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/hub"
	"samenwijk/server/collab"
	"samenwijk/server/web"
)

// Config is what the endpoint must know. The zero values of what comes after Log are sensible.
type Config struct {
	// BaseURL is the one address of this installation; its origin is the only one that may open
	// a websocket.
	BaseURL *url.URL
	// Secret keys the tickets; at least 32 bytes.
	Secret []byte
	Log    *slog.Logger
	Now    func() time.Time

	// Token returns who a script comes in as that shows this token; fault.KindUnauthenticated when
	// it is not taken. Without it scripts do not come in.
	Token func(ctx context.Context, text string) (collab.Entry, error)

	// Once is needed where several nodes share the secret; without it each remembers its own tickets.
	Once Once

	MaxSockets int           // open at the same time; 20,000
	PerPerson  int           // of one person, in all browsers and scripts; 100
	PerPlace   int           // of visitors at one address, see web.Address; 100
	Ping       time.Duration // between two pings; 20 seconds. A client silent for three of them is gone
	WriteWait  time.Duration // how long one write may take; 10 seconds
	Spread     time.Duration // over which a shutdown closes many sockets; 3 seconds
}

// Once remembers a ticket until it expires, and reports whether it was unknown to all nodes.
type Once func(ctx context.Context, ticket string, expires time.Time) (first bool, err error)

// Live is the endpoint. It is safe for concurrent use.
type Live struct {
	config  Config
	origin  string
	collab  *collab.Collab
	tickets *tickets

	loops *loops
	began time.Time

	mu       sync.Mutex
	stopping bool
	sockets  map[*socket]bool
	holds    map[holder]int // how many sockets each holds; nobody with none is in it
	empty    chan struct{}  // closed when stopping and the last socket is gone
}

// New makes the endpoint over the live documents of this program. It works until Shutdown.
func New(documents *collab.Collab, config Config) (*Live, error) {
	if len(config.Secret) < 32 {
		return nil, errors.New("the secret for tickets is shorter than 32 bytes")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.MaxSockets == 0 {
		config.MaxSockets = 20_000
	}
	if config.PerPerson == 0 {
		config.PerPerson = 100
	}
	if config.PerPlace == 0 {
		config.PerPlace = 100
	}
	if config.Ping == 0 {
		config.Ping = 20 * time.Second
	}
	if config.WriteWait == 0 {
		config.WriteWait = 10 * time.Second
	}
	if config.Spread == 0 {
		config.Spread = 3 * time.Second
	}
	key := hmac.New(sha256.New, config.Secret)
	key.Write([]byte("live ticket"))
	origin := config.BaseURL.Scheme + "://" + config.BaseURL.Host
	l := &Live{
		config: config, origin: origin, collab: documents,
		tickets: newTickets(key.Sum(nil), origin, config.Now, config.Once),
		began:   time.Now(), sockets: map[*socket]bool{}, holds: map[holder]int{}, empty: make(chan struct{}),
	}
	var err error
	if l.loops, err = newLoops(); err != nil {
		return nil, err
	}
	go l.look(min(config.Ping, config.WriteWait, 4*time.Second) / 4)
	return l, nil
}

// clock is a time for measuring how long something lasted.
func (l *Live) clock() time.Duration { return time.Since(l.began) }

// look looks after the sockets until the last one is gone.
func (l *Live) look(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.empty:
			return
		}
		for _, s := range l.open() {
			s.look(l.clock())
		}
	}
}

func (l *Live) open() []*socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := make([]*socket, 0, len(l.sockets))
	for s := range l.sockets {
		open = append(open, s)
	}
	return open
}

// Mount adds the two routes. The door's middleware has run: the session is known and the token
// against forged requests has been checked.
func (l *Live) Mount(r fiber.Router) {
	r.Post("/live/:doc/ticket", l.ticket)
	r.Get("/live/:doc", l.admit, websocket.New(l.serve, websocket.Config{
		Origins:         []string{l.origin, ""}, // admit has looked already, and knows who may come without
		Subprotocols:    subprotocols,
		ReadBufferSize:  1024,
		WriteBufferSize: 256, // of frames that the library writes by itself
		WriteBufferPool: &sync.Pool{},
		RecoverHandler:  l.recovered,
	}))
}

// ticketView is what a page gets.
type ticketView struct {
	Ticket   string `json:"ticket"`
	Mode     string `json:"mode"`
	Document string `json:"document"`
}

// ticket gives a ticket to whoever may read the document.
func (l *Live) ticket(c *fiber.Ctx) error {
	c.Request().Header.Set(fiber.HeaderAccept, fiber.MIMEApplicationJSON) // only scripts ask
	if l.full() {
		return fault.Unavailable("live.restarting")
	}
	who, document := web.Actor(c), livedoc.ID(web.ID(c, "doc"))
	if l.crowded(holderOf(who.ID, c)) {
		return fault.TooMuch("live.too_many")
	}
	right, err := l.collab.Right(c.UserContext(), who, document)
	if err != nil {
		return err
	}
	text, err := l.tickets.issue(ticket{
		Person: who.ID, Session: web.VisitorOf(c).Session, Document: document, Right: right,
	})
	if err != nil {
		return err
	}
	return c.JSON(ticketView{Ticket: text, Mode: modeName(right), Document: string(document)})
}

// joinWithin is how long a document may take to open.
const joinWithin = 20 * time.Second

// passKey is the name under which a request carries what was found out about it.
const passKey = "live.pass"

// pass is what is known of a connection before it becomes a websocket.
type pass struct {
	by       collab.Entry
	document livedoc.ID
	most     collab.Right
	admitted *collab.Admission // of a script; whoever has a ticket is admitted after the upgrade
	client   collab.Client     // what it said of itself; its Wake comes last
	holder   holder
}

// holder is who holds sockets: a person, or whoever visits from one address.
type holder struct {
	person  access.PersonID
	address string
}

func holderOf(person access.PersonID, c *fiber.Ctx) holder {
	if person != "" {
		return holder{person: person}
	}
	return holder{address: web.Address(c)}
}

// admit refuses everything that may be refused before the upgrade.
func (l *Live) admit(c *fiber.Ctx) error {
	c.Request().Header.Set(fiber.HeaderAccept, fiber.MIMEApplicationJSON) // a status, not a page
	token, err := tokenIn(c)
	if err != nil {
		return err
	}
	// Browsers always say where they come from; other programs do not, and have no cookies that
	// somebody else's page could use.
	if origin := c.Get(fiber.HeaderOrigin); origin != l.origin && (origin != "" || token == "") {
		return fault.Forbidden("live.other_site")
	}
	if !websocket.IsWebSocketUpgrade(c) {
		return fault.Invalid("live.no_upgrade")
	}
	if l.full() {
		return fault.Unavailable("live.restarting")
	}
	p := &pass{document: livedoc.ID(web.ID(c, "doc")), client: clientOf(c)}
	if err = l.identify(c, p, token); err != nil {
		return err
	}
	if p.holder = holderOf(p.by.Person, c); l.crowded(p.holder) {
		return fault.TooMuch("live.too_many")
	}
	c.Locals(passKey, p)
	return c.Next()
}

// identify finds out who comes in, by a token or else by a ticket. A script has no page that told
// it what it may do, so it is told here.
func (l *Live) identify(c *fiber.Ctx, p *pass, token string) error {
	if token == "" {
		t, err := l.tickets.redeem(c.UserContext(), c.Query("ticket"), p.document)
		p.by, p.most = collab.Entry{Person: t.Person, Session: t.Session}, t.Right
		web.Note(c, "comes_in", string(t.Person))
		return err
	}
	if l.config.Token == nil {
		return fault.Unauthenticated("account.token.refused")
	}
	var err error
	if p.by, err = l.config.Token(c.UserContext(), token); err != nil {
		return err
	}
	web.Note(c, "comes_in", string(p.by.Person))
	web.Note(c, "token", p.by.Token)
	if p.document, err = l.collab.Named(c.UserContext(), p.document); err != nil {
		return err
	}
	if p.admitted, err = l.collab.Admit(c.UserContext(), p.by, p.document); err != nil {
		return err
	}
	p.most = p.admitted.Right()
	return nil
}

// serve has a socket speak for a session. When it returns nothing of the connection is left here: the
// library gives c to the next user, and the server closes what the socket has not taken over.
func (l *Live) serve(c *websocket.Conn) {
	p, ok := c.Locals(passKey).(*pass)
	if !ok {
		panic("a websocket that nobody admitted")
	}
	conn := c.NetConn()
	s := newSocket(l, p)
	if !l.register(s) {
		turnAway(conn, &l.config, hub.Restarting())
		return
	}
	session, err := l.join(p, s.wake)
	if err != nil {
		defer l.unregister(s)
		var refusal *hub.Refusal
		if !errors.As(err, &refusal) {
			refusal = &hub.Refusal{Code: hub.CodeTryLater, Reason: "try again later"}
		}
		turnAway(conn, &l.config, refusal)
		return
	}
	line, early := l.loops.line(s, conn)
	s.begin(session, line)
	line.run(early)
}

// join asks the document to let somebody in. It does so in a goroutine of its own: the queries need a
// deep stack, which the connection's goroutine would keep for as long as it waits for the client.
func (l *Live) join(p *pass, wake func()) (session *hub.Session, err error) {
	client := p.client
	client.Wake = wake
	ctx, cancel := context.WithTimeout(context.Background(), joinWithin)
	defer cancel()
	var joining sync.WaitGroup
	joining.Go(func() {
		defer func() {
			if mistake := recover(); mistake != nil {
				err = fmt.Errorf("panic: %v", mistake)
				l.config.Log.Error("panic", "route", "/live/:doc", "panic", fmt.Sprint(mistake), "stack", string(debug.Stack()))
			}
		}()
		if p.admitted != nil {
			session, err = l.collab.Enter(ctx, p.admitted, p.most, client)
			return
		}
		session, err = l.collab.Join(ctx, p.by, p.document, p.most, client)
	})
	joining.Wait()
	return session, err
}

// recovered keeps a panic of ours from ending the program and from reaching the client.
func (l *Live) recovered(c *websocket.Conn) {
	if p := recover(); p != nil {
		l.config.Log.Error("panic", "route", "/live/:doc", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
}

// Sockets returns how many are open.
func (l *Live) Sockets() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sockets)
}

func (l *Live) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping || len(l.sockets) >= l.config.MaxSockets
}

// crowded reports whether somebody holds as many sockets as one may.
func (l *Live) crowded(who holder) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.crowdedLocked(who)
}

func (l *Live) crowdedLocked(who holder) bool {
	if who.person != "" {
		return l.holds[who] >= l.config.PerPerson
	}
	return l.holds[who] >= l.config.PerPlace
}

func (l *Live) register(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping || len(l.sockets) >= l.config.MaxSockets || l.crowdedLocked(s.pass.holder) {
		return false
	}
	l.sockets[s] = true
	l.holds[s.pass.holder]++
	return true
}

func (l *Live) unregister(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sockets[s] {
		if l.holds[s.pass.holder]--; l.holds[s.pass.holder] == 0 {
			delete(l.holds, s.pass.holder)
		}
	}
	delete(l.sockets, s)
	if l.stopping && len(l.sockets) == 0 {
		close(l.empty)
	}
}

// Shutdown lets nobody in any more, has everything stored and acknowledged that was received, and
// closes the sockets with code 1012, spread over a moment so that not everybody comes back in the
// same one. It returns when the last handler has ended; when ctx ends first, it cuts off the rest
// and returns the error of ctx. Fiber's own Shutdown does not know of websockets: call this before.
func (l *Live) Shutdown(ctx context.Context) error {
	l.mu.Lock()
	if l.stopping {
		l.mu.Unlock()
		return errors.New("live: shut down twice")
	}
	l.stopping = true
	if len(l.sockets) == 0 {
		close(l.empty)
	}
	l.mu.Unlock()
	defer l.loops.stop()

	open := l.open()
	pause := min(l.config.Spread/time.Duration(len(open)+1), 10*time.Millisecond)
	tick := time.NewTicker(max(pause, time.Microsecond))
	defer tick.Stop()
	for _, s := range open {
		s.end(hub.Restarting())
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-l.empty:
		return nil
	case <-ctx.Done():
		for _, s := range l.open() {
			s.cut()
		}
		<-l.empty
		return ctx.Err()
	}
}

func modeName(right collab.Right) string {
	if right == collab.Write {
		return "write"
	}
	return "read"
}

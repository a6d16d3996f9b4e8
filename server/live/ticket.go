package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/server/collab"
)

const (
	ticketLife    = 30 * time.Second
	ticketPurpose = "open a live document"
	ticketFor     = "samenwijk live"
	maxTicket     = 1024   // bytes, before anything is parsed
	maxRedeemed   = 50_000 // used tickets that are remembered until they expire
)

// ticket says who may open which document, and to do what.
type ticket struct {
	Person   access.PersonID // empty for a visitor
	Session  string          // in which it was asked for: the connection ends with it
	Document livedoc.ID
	Right    collab.Right
}

// claims is how a ticket travels.
type claims struct {
	jwt.RegisteredClaims
	Purpose  string `json:"purpose"`
	Session  string `json:"session"`
	Document string `json:"document"`
	Mode     string `json:"mode"`
}

// tickets issues tickets, and takes each one once. What was taken is remembered in this process,
// unless once remembers it for all nodes.
type tickets struct {
	once   Once
	key    []byte
	issuer string
	now    func() time.Time
	parser *jwt.Parser

	mu       sync.Mutex
	redeemed map[string]bool
	queue    []redemption // in order of taking
}

type redemption struct {
	id     string
	forget time.Time
}

func newTickets(key []byte, issuer string, now func() time.Time, once Once) *tickets {
	return &tickets{
		once: once, key: key, issuer: issuer, now: now, redeemed: map[string]bool{},
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
			jwt.WithIssuer(issuer), jwt.WithAudience(ticketFor),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now),
		),
	}
}

func (t *tickets) issue(what ticket) (string, error) {
	now := t.now()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.issuer, Audience: jwt.ClaimStrings{ticketFor}, Subject: string(what.Person), ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ticketLife)),
		},
		Purpose: ticketPurpose, Session: what.Session, Document: string(what.Document), Mode: modeName(what.Right),
	}).SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign a ticket: %w", err)
	}
	return text, nil
}

// redeem returns what a ticket allows, the first time it is shown for this document.
func (t *tickets) redeem(ctx context.Context, text string, document livedoc.ID) (ticket, error) {
	refused := fault.Unauthenticated("live.ticket")
	if text == "" || len(text) > maxTicket {
		return ticket{}, refused
	}
	var c claims
	if _, err := t.parser.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return ticket{}, refused.Because(err)
	}
	if c.Purpose != ticketPurpose || c.ID == "" || c.Document != string(document) {
		return ticket{}, refused
	}
	what := ticket{Person: access.PersonID(c.Subject), Session: c.Session, Document: document}
	switch c.Mode {
	case modeName(collab.Read):
		what.Right = collab.Read
	case modeName(collab.Write):
		what.Right = collab.Write
	default:
		return ticket{}, refused
	}
	if t.once == nil {
		return what, t.take(c.ID, refused)
	}
	first, err := t.once(ctx, c.ID, c.ExpiresAt.Add(time.Second))
	if err == nil && !first {
		err = refused
	}
	return what, err
}

// take remembers a ticket, and refuses one that was taken before. When more are remembered than
// there is room for, nobody comes in until some have expired.
func (t *tickets) take(id string, refused error) error {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	expired := 0
	for expired < len(t.queue) && now.After(t.queue[expired].forget) {
		delete(t.redeemed, t.queue[expired].id)
		expired++
	}
	t.queue = t.queue[expired:]
	if t.redeemed[id] {
		return refused
	}
	if len(t.redeemed) >= maxRedeemed {
		return fault.Unavailable("live.restarting")
	}
	t.redeemed[id] = true
	// Whenever it was issued, it expires within this time. A second more covers rounding.
	t.queue = append(t.queue, redemption{id, now.Add(ticketLife + time.Second)})
	return nil
}

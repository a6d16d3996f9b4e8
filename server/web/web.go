// Package web is the door of the house: it decides who asks, in which language and until when,
// decodes what was sent, and answers with a page, a redirect or a fault in plain words. It knows
// no context but the words of access and fault.
package web

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/server/ui"
)

// Visitor is who sent a request: a person with a session, or nobody (the zero value).
type Visitor struct {
	Actor   access.Actor
	Name    string
	Session string // names the session in the database; never the token in the cookie
}

// Config is what the door must know. All of it is required, unless it says otherwise.
type Config struct {
	// BaseURL is the one address of this installation. Links in letters, the origin of the
	// websocket and the security of cookies come from it, never from the Host header.
	BaseURL       *url.URL
	Demonstration bool
	// Site is what makes the installation the network's own; may be empty.
	Site ui.Site
	// Secret keys what travels through a browser and comes back; at least 32 bytes.
	Secret []byte
	// OlderSecrets keyed forms that may still be open.
	OlderSecrets [][]byte
	// Authenticate returns who owns a session token. A token that is unknown, expired or
	// revoked is fault.KindUnauthenticated.
	Authenticate func(ctx context.Context, token string) (Visitor, error)
	// Deadline is how long one request may take; 15 seconds when zero.
	Deadline time.Duration
	Log      *slog.Logger
	Now      func() time.Time
	// TrustedProxies are those whose word counts on where a request comes from; none unless said.
	TrustedProxies []netip.Prefix
}

// Web is the door. It is safe for concurrent use.
type Web struct {
	config Config
	around surroundings
}

// New makes the door.
func New(config Config) *Web {
	if config.Deadline == 0 {
		config.Deadline = 15 * time.Second
	}
	return &Web{config: config}
}

// The names under which a request carries what the middleware found out.
const (
	visitorKey = "web.visitor"
	requestKey = "web.request"
	faultKey   = "web.fault"
	notesKey   = "web.notes"
	doorKey    = "web.door"
	saidKey    = "web.said"
)

// VisitorOf returns who sent the request.
func VisitorOf(c *fiber.Ctx) Visitor {
	v, _ := c.Locals(visitorKey).(Visitor)
	return v
}

// Actor returns who sent the request, for a use case.
func Actor(c *fiber.Ctx) access.Actor { return VisitorOf(c).Actor }

// requestOf returns what the pages must know about the request.
func requestOf(c *fiber.Ctx) ui.Request {
	r, _ := c.Locals(requestKey).(ui.Request)
	return r
}

// Language returns the language of the reader, "nl" or "en".
func Language(c *fiber.Ctx) string { return requestOf(c).Lang }

// secure reports whether the installation is reached through TLS.
func (w *Web) secure() bool { return w.config.BaseURL.Scheme == "https" }

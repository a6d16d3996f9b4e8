package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/server/ui"
)

// Recover turns a panic into a fault that is logged with its stack; the answer says nothing of it.
func (w *Web) Recover(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.config.Log.Error("panic", "route", c.Route().Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.Next()
}

// Log writes one line a request: the pattern of the route, never the path, which holds ids.
func (w *Web) Log(c *fiber.Ctx) error {
	start := time.Now()
	err := c.Next()
	if err != nil {
		if handled := w.Fail(c, err); handled != nil {
			return handled
		}
	}
	status := c.Response().StatusCode()
	line := []any{"method", c.Method(), "route", c.Route().Path, "status", status,
		"ms", time.Since(start).Milliseconds(), "person", string(Actor(c).ID)}
	if notes, _ := c.Locals(notesKey).([]any); notes != nil {
		line = append(line, notes...)
	}
	if cause, _ := c.Locals(faultKey).(error); cause != nil {
		line = append(line, "fault", cause.Error())
	}
	switch {
	case status >= 500:
		w.config.Log.Error("request", line...)
	case status >= 400:
		w.config.Log.Warn("request", line...)
	default:
		w.config.Log.Info("request", line...)
	}
	return nil
}

// Note adds to the line about a request what its handler found out of who sent it. An id, never more.
func Note(c *fiber.Ctx, key, id string) {
	notes, _ := c.Locals(notesKey).([]any)
	c.Locals(notesKey, append(notes, key, id))
}

// Headers sets what a browser must refuse on every page: foreign scripts, styles, frames, guesses
// about types. Each answer has its own nonce, and there is no unsafe exception to it. From here on the
// language of the reader is known, also to what refuses a request.
func (w *Web) Headers(c *fiber.Ctx) error {
	w.begin(c)
	return c.Next()
}

// begin sets the headers of an answer, and tells its page what is known before anybody is asked.
func (w *Web) begin(c *fiber.Ctx) {
	nonce := randomToken(16)
	live := "ws://" + w.config.BaseURL.Host
	if w.secure() {
		live = "wss://" + w.config.BaseURL.Host
		c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	c.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self' 'nonce-" + nonce + "'", "style-src 'self'", "img-src 'self' data:",
		"font-src 'self'", "connect-src 'self' " + live, "manifest-src 'self'", "form-action 'self'",
		"base-uri 'none'", "frame-ancestors 'none'",
	}, "; "))
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
	c.Set("Cache-Control", "no-store")
	path := WithoutSaid(c.OriginalURL())
	request := ui.Request{Lang: ui.Dutch, Nonce: nonce, Path: path, Address: w.Origin() + path,
		Demonstration: w.config.Demonstration, Now: w.config.Now(), RightAddress: w.rightAddress(c)}
	if w.Cookie(c, LanguageCookie) == ui.English {
		request.Lang = ui.English
	}
	c.Locals(doorKey, w)
	c.Locals(requestKey, request)
	c.Locals(addressKey, w.address(c))
	w.lookAround(c)
	c.SetUserContext(ui.WithRequest(ui.WithSite(c.UserContext(), w.config.Site), request))
}

// Deadline ends the work of a request that takes too long; what it began is rolled back. Databases say in
// words of their own that they were interrupted, so the cause is told with whatever went wrong then.
func (w *Web) Deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), w.config.Deadline)
	defer cancel()
	c.SetUserContext(ctx)
	err := c.Next()
	if late := ctx.Err(); err != nil && errors.Is(late, context.DeadlineExceeded) {
		err = errors.Join(err, late)
	}
	return err
}

// Session finds out who asks, before any handler runs.
func (w *Web) Session(c *fiber.Ctx) error {
	request := requestOf(c)
	token := w.Cookie(c, SessionCookie)
	if token != "" && len(token) <= 100 {
		visitor, err := w.config.Authenticate(c.UserContext(), token)
		switch {
		case err == nil:
			c.Locals(visitorKey, visitor)
			request.Viewer = &ui.Viewer{
				ID: string(visitor.Actor.ID), Name: visitor.Name, Initials: initials(visitor.Name), Admin: visitor.Actor.Has(access.Admin),
			}
		case fault.KindOf(err) == fault.KindUnauthenticated:
			w.ClearCookie(c, SessionCookie)
		default:
			return err
		}
	}
	request.CSRF = w.csrfToken(VisitorOf(c).Session)
	if said := w.sayOnce(c); said != nil {
		c.Locals(saidKey, said)
		request.Said = said.in(c.UserContext())
	}
	c.Locals(requestKey, request)
	c.SetUserContext(ui.WithRequest(c.UserContext(), request))
	return c.Next()
}

// initials returns the first letters of the first and last word of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}

// SameSite refuses a request that changes something when another site's page sent it: by what the
// browser says of its origin, and by the token that each of our forms carries. A form of our own
// whose token is of a session that ended comes back with everything that was filled in.
func (w *Web) SameSite(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	site, origin := c.Get("Sec-Fetch-Site"), c.Get(fiber.HeaderOrigin)
	if site != "" && site != "same-origin" && site != "none" {
		return fault.Forbidden("web.other_site")
	}
	if origin != "" && origin != "null" && origin != w.Origin() {
		return w.fromElsewhere(c, site, origin)
	}
	token := c.Get("X-CSRF-Token")
	if token == "" {
		if _, err := sentValues(c); err != nil {
			return err
		}
		token = Sent(c, ui.CSRFField)
	}
	if w.csrfValid(token, VisitorOf(c).Session) {
		return c.Next()
	}
	// Only a browser that says the form is ours gets it back: nobody is to be talked into sending
	// what another site filled in.
	if ours := site == "same-origin" || origin == w.Origin(); ours && token != "" && !wantsJSON(c) {
		return w.sendAgain(c)
	}
	return fault.Forbidden("web.form_expired")
}

// Origin is the origin of our own pages (RFC 6454), as a browser sends it.
func (w *Web) Origin() string { return w.config.BaseURL.Scheme + "://" + w.config.BaseURL.Host }

// AbsoluteURL returns the address of one of our pages for use outside them.
func (w *Web) AbsoluteURL(path string) string {
	return strings.TrimSuffix(w.config.BaseURL.String(), "/") + path
}

func randomToken(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// RequireSession refuses a visitor, for routes that have nothing to say to one.
func RequireSession(c *fiber.Ctx) error {
	if !Actor(c).SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	return c.Next()
}

var errNoRoute = errors.New("no such route")

// NotFound answers what no room answers.
func NotFound(*fiber.Ctx) error { return fault.NotFound("not_found").Because(errNoRoute) }

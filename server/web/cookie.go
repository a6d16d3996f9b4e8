package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Cookies exist for people who sign in or choose a language; a visitor who only reads gets none.
const (
	SessionCookie  = "sessie"
	LanguageCookie = "taal"
)

// maxCookie is the longest value that browsers keep.
const maxCookie = 4096

const hostPrefix = "__Host-"

// cookieName adds the prefix with which a browser refuses the cookie from any other host, path or
// unencrypted page (RFC 6265bis). Without TLS a browser would not keep such a cookie.
func (w *Web) cookieName(name string) string {
	if w.secure() {
		return hostPrefix + name
	}
	return name
}

// SetCookie stores value in the browser until expires; a zero time means until it is closed.
// Scripts cannot read it, and another site's page does not send it along with a form.
func (w *Web) SetCookie(c *fiber.Ctx, name, value string, expires time.Time) {
	c.Cookie(&fiber.Cookie{
		Name: w.cookieName(name), Value: value, Path: "/", Expires: expires,
		HTTPOnly: true, Secure: w.secure(), SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// Cookie returns what SetCookie stored, or nothing: also when it holds what we never store.
func (w *Web) Cookie(c *fiber.Ctx, name string) string {
	return printable(c.Cookies(w.cookieName(name)), maxCookie)
}

// copiesCookie is set by the editor, and names the documents of which the browser keeps a copy: the page of
// such a one does not bring the text. It says nothing that a server has to believe.
const copiesCookie = "kopie"

// Copies returns what the editor set, or nothing. Without TLS it sets one without the prefix.
func Copies(c *fiber.Ctx) string {
	return strings.Clone(c.Cookies(hostPrefix+copiesCookie, c.Cookies(copiesCookie)))
}

// ForgetCopies tells the browser that it keeps none.
func (w *Web) ForgetCopies(c *fiber.Ctx) {
	c.Cookie(&fiber.Cookie{
		Name: w.cookieName(copiesCookie), Path: "/", Expires: time.Unix(1, 0), Secure: w.secure(), SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// ClearCookie removes it from the browser.
func (w *Web) ClearCookie(c *fiber.Ctx, name string) {
	w.SetCookie(c, name, "", time.Unix(1, 0))
}

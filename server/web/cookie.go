package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// Cookies exist for people who sign in or choose a language; a visitor who only reads gets none.
const (
	SessionCookie  = "sessie"
	LanguageCookie = "taal"
)

// cookieName adds the prefix with which a browser refuses the cookie from any other host, path or
// unencrypted page (RFC 6265bis). Without TLS a browser would not keep such a cookie.
func (w *Web) cookieName(name string) string {
	if w.secure() {
		return "__Host-" + name
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

// Cookie returns what SetCookie stored, or nothing.
func (w *Web) Cookie(c *fiber.Ctx, name string) string { return c.Cookies(w.cookieName(name)) }

// ClearCookie removes it from the browser.
func (w *Web) ClearCookie(c *fiber.Ctx, name string) {
	w.SetCookie(c, name, "", time.Unix(1, 0))
}

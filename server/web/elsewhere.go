package web

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
)

// surroundings is what requests say of what stands in front of the program and was not configured. Each is
// logged the first time.
type surroundings struct {
	proxy, visited sync.Once

	mu     sync.Mutex
	origin string // at which people use the site although it is not ours
	host   string // the same, as a request for a page names it
}

// lookAround notes what a request shows of a wrong setting. It refuses nothing: any of it may have been
// written by whoever sent the request.
func (w *Web) lookAround(c *fiber.Ctx) {
	forwarded := len(c.Request().Header.Peek(fiber.HeaderXForwardedFor)) > 0
	if forwarded && len(w.config.TrustedProxies) == 0 {
		w.around.proxy.Do(func() {
			w.config.Log.Warn("requests come through a proxy and none is trusted, so all visitors count as one and share one budget: " +
				"set SAMENWIJK_TRUSTED_PROXIES to the address of the proxy")
		})
	}
	// A proxy may ask for us by another name, so only what comes straight from a browser tells.
	host, page := string(c.Request().Host()), strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
	if page && !forwarded && host != w.config.BaseURL.Host && !loopback(host) {
		w.around.visited.Do(func() {
			w.config.Log.Warn("a page was opened at another address than SAMENWIJK_BASE_URL; nobody can write there with others: "+
				"open it at the address of SAMENWIJK_BASE_URL, or set that to the address that people use",
				"opened", printable(host, maxID), "base_url", w.Origin())
		})
	}
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.IsLoopback()
}

// fromElsewhere returns the fault of what a page sent that did not come from a page at our address. Where the page was
// ours, and only opened at another address, the setting is wrong and not the person.
func (w *Web) fromElsewhere(c *fiber.Ctx, site, origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || site != "same-origin" && (site != "" || u.Host != string(c.Request().Host())) {
		return fault.Forbidden("web.other_site")
	}
	if origin = printable(origin, maxID); VisitorOf(c).Actor.SignedIn() { // of anybody else it may be invented
		w.around.mu.Lock()
		first := w.around.origin == ""
		w.around.origin, w.around.host = origin, u.Host
		w.around.mu.Unlock()
		if first {
			w.config.Log.Warn("somebody uses another address than SAMENWIJK_BASE_URL, and cannot write there: "+
				"set SAMENWIJK_BASE_URL to the address that people use", "used", origin, "base_url", w.Origin())
		}
	}
	return fault.Forbidden(otherAddress, "Address", w.Origin())
}

// otherAddress is the code of the fault that the address of the page is not the one that was configured.
const otherAddress = "web.other_address"

// rightAddress returns where a page should have been opened that is asked for at an address at which
// somebody was refused before; nothing when it is right as far as is known.
func (w *Web) rightAddress(c *fiber.Ctx) string {
	w.around.mu.Lock()
	defer w.around.mu.Unlock()
	if w.around.host == "" || w.around.host != string(c.Request().Host()) {
		return ""
	}
	return w.Origin()
}

// Elsewhere returns the address at which somebody last tried to use the site although it is not the
// configured one, or nothing.
func (w *Web) Elsewhere() string {
	w.around.mu.Lock()
	defer w.around.mu.Unlock()
	return w.around.origin
}

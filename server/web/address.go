package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// addressKey is the name under which a request carries where it comes from.
const addressKey = "web.address"

// Address says where a request comes from, for counting: an IPv4 address, or the IPv6 network of 64 bits
// that one household has. Behind proxies that are trusted it is what the first of them saw, counted from
// here; what stands before that in X-Forwarded-For is whatever the sender wrote.
func Address(c *fiber.Ctx) string {
	address, _ := c.Locals(addressKey).(string)
	return address
}

func (w *Web) address(c *fiber.Ctx) string {
	from, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	from = from.Unmap()
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && w.trusts(from); i-- {
		saw, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = saw.Unmap().WithZone("")
	}
	if from.Is6() {
		return netip.PrefixFrom(from, 64).Masked().Addr().String()
	}
	return from.String()
}

func (w *Web) trusts(proxy netip.Addr) bool {
	for _, trusted := range w.config.TrustedProxies {
		if trusted.Contains(proxy) {
			return true
		}
	}
	return false
}

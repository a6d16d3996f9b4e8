package accounts

import (
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// device says in two words what a browser calls itself, so that a person recognises their own
// sessions; versions and models are not kept. Nothing depends on it being true.
func device(userAgent string) string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := first([][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := first([][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"},
		{"CrOS", "Chromebook"}, {"Linux", "Linux"},
	})
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + ", " + system
}

// there is where a request comes from, for counting. Behind a trusted proxy it is the last address
// in X-Forwarded-For, the one that the proxy itself saw: the first is whatever the sender wrote. A
// household has one IPv4 address or one IPv6 network of 64 bits.
func there(c *fiber.Ctx) string {
	address := c.Context().RemoteIP().String()
	if c.IsProxyTrusted() {
		forwarded := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		if last := strings.TrimSpace(forwarded[len(forwarded)-1]); net.ParseIP(last) != nil {
			address = last
		}
	}
	ip := net.ParseIP(address)
	if ip == nil || ip.To4() != nil {
		return address
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/server/web"
)

// door is one that nothing but its headers and addresses is tried of.
func door(trusted ...string) *web.Web { return loudDoor(slog.DiscardHandler, trusted...) }

func loudDoor(log slog.Handler, trusted ...string) *web.Web {
	var proxies []netip.Prefix
	for _, p := range trusted {
		proxies = append(proxies, netip.MustParsePrefix(p))
	}
	return web.New(web.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "samenwijk.voorbeeld.test"}, Log: slog.New(log), Now: time.Now, TrustedProxies: proxies,
	})
}

func TestWhereARequestComesFromIsWhatATrustedProxySawAndNothingTheSenderWrote(t *testing.T) {
	here := []string{"0.0.0.0/32"} // where the requests of this test come from
	for name, tc := range map[string]struct {
		trusted   []string
		forwarded []string
		want      string
	}{
		"no proxy":                    {nil, nil, "0.0.0.0"},
		"nobody is trusted":           {nil, []string{"203.0.113.9"}, "0.0.0.0"},
		"somebody else is trusted":    {[]string{"10.0.0.0/8"}, []string{"203.0.113.9"}, "0.0.0.0"},
		"a proxy":                     {here, []string{"203.0.113.9"}, "203.0.113.9"},
		"the sender wrote one":        {here, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"the sender wrote a line":     {here, []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"a proxy behind a proxy":      {append([]string{"10.0.0.0/8"}, here...), []string{"198.51.100.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"no address at all":           {here, []string{"198.51.100.1, unknown"}, "0.0.0.0"},
		"nothing":                     {here, []string{""}, "0.0.0.0"},
		"IPv6 counts a household":     {here, []string{"2001:db8:1:2:aaaa:bbbb:cccc:dddd"}, "2001:db8:1:2::"},
		"IPv4 in the clothes of IPv6": {here, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a zone is no other place":    {here, []string{"fe80::1%eth0"}, "fe80::"},
	} {
		app := fiber.New()
		app.Use(door(tc.trusted...).Headers)
		app.Get("/", func(c *fiber.Ctx) error { return c.SendString(web.Address(c)) })
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, line := range tc.forwarded {
			request.Header.Add(fiber.HeaderXForwardedFor, line)
		}
		response, err := app.Test(request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tc.want)
		}
	}
}

func TestAProxyThatNobodyTrustsIsLoggedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		trusted   []string
		forwarded string
		want      int
	}{
		"no proxy": {}, "one that is trusted": {[]string{"0.0.0.0/32"}, "203.0.113.9", 0}, "one that nobody trusts": {nil, "203.0.113.9", 1},
	} {
		var log bytes.Buffer
		app := fiber.New()
		app.Use(loudDoor(slog.NewTextHandler(&log, nil), tc.trusted...).Headers)
		app.Get("/", func(c *fiber.Ctx) error { return nil })
		for range 3 {
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			if tc.forwarded != "" {
				request.Header.Set(fiber.HeaderXForwardedFor, tc.forwarded)
			}
			if _, err := app.Test(request); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), "SAMENWIJK_TRUSTED_PROXIES"); n != tc.want || strings.Contains(log.String(), "203.0.113.9") {
			t.Errorf("%s: said %d times, want %d:\n%s", name, n, tc.want, log.String())
		}
	}
}

func TestAPageThatIsOpenedAtAnotherAddressIsLoggedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		host, accept string
		want         int
	}{
		"the right address": {"samenwijk.voorbeeld.test", "text/html", 0}, "another": {"192.168.1.5:8080", "text/html,*/*;q=0.8", 1},
		"the machine itself": {"localhost:8080", "text/html", 0}, "a monitor": {"192.168.1.5:8080", "*/*", 0},
	} {
		var log bytes.Buffer
		app := fiber.New()
		app.Use(loudDoor(slog.NewTextHandler(&log, nil)).Headers)
		app.Get("/", func(c *fiber.Ctx) error { return nil })
		for range 3 {
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Host = tc.host
			request.Header.Set(fiber.HeaderAccept, tc.accept)
			if _, err := app.Test(request); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), "opened=192.168.1.5:8080"); n != tc.want || strings.Count(log.String(), "\n") != tc.want {
			t.Errorf("%s: said %d times, want %d:\n%s", name, n, tc.want, log.String())
		}
	}
}

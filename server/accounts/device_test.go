package accounts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestABrowserIsNamedByItsKindAndTheComputerAlone(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                          "Firefox, Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0":     "Edge, Windows",
		"Mozilla/5.0 (Linux; Android 15; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Mobile":  "Samsung Internet, Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1": "Safari, iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Safari/604.1":  "Chrome, iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":     "Safari, Mac",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36":                         "Chrome, Linux",
		"Mozilla/5.0 (X11; Linux x86_64)": "Linux", "something else": "", "": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("device(%.60q) = %q, want %q", agent, got, want)
		}
	}
}

func TestWhereARequestComesFromIsWhatATrustedProxySawAndNothingTheSenderWrote(t *testing.T) {
	for name, tc := range map[string]struct {
		trusted         []string
		forwarded, want string
	}{
		"no proxy":                {nil, "", "0.0.0.0"},
		"nobody is trusted":       {nil, "203.0.113.9", "0.0.0.0"},
		"a proxy":                 {[]string{"0.0.0.0"}, "203.0.113.9", "203.0.113.9"},
		"the sender wrote one":    {[]string{"0.0.0.0"}, "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"no address at all":       {[]string{"0.0.0.0"}, "198.51.100.1, unknown", "0.0.0.0"},
		"IPv6 counts a household": {[]string{"0.0.0.0"}, "2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::"},
	} {
		app := fiber.New(fiber.Config{EnableTrustedProxyCheck: true, TrustedProxies: tc.trusted, ProxyHeader: fiber.HeaderXForwardedFor})
		app.Get("/", func(c *fiber.Ctx) error { return c.SendString(there(c)) })
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		if tc.forwarded != "" {
			request.Header.Set(fiber.HeaderXForwardedFor, tc.forwarded)
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

package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/gofiber/fiber/v2"

	"samenwijk/server/web"
)

// The editor sets this cookie by itself; see tellServer in frontend/src/editor/copy.ts.
func TestTheCookieOfCopiesIsForThisHost(t *testing.T) {
	door := web.New(web.Config{BaseURL: &url.URL{Scheme: "https", Host: "samenwijk.example"}, Secret: make([]byte, 32)})
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/", func(c *fiber.Ctx) error {
		door.ForgetCopies(c)
		return c.SendString(web.Copies(c))
	})
	for cookies, want := range map[string]string{
		"": "", "kopie=aaaa": "aaaa", "__Host-kopie=bbbb": "bbbb", "kopie=aaaa; __Host-kopie=bbbb": "bbbb",
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Cookie", cookies)
		answer, err := app.Test(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(body); got != want {
			t.Errorf("with %q there are copies of %q, want %q", cookies, got, want)
		}
		if c := answer.Cookies()[0]; c.Name != "__Host-kopie" || c.Path != "/" || !c.Secure || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("it is forgotten by %s", c.Raw)
		}
	}
}

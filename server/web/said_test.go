package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// saying is an app in which a press is carried out, with a clock that can be set and people who sign in by name.
type saying struct {
	t   *testing.T
	app *fiber.App
	now time.Time
}

func newSaying(t *testing.T, secret string, older ...string) *saying {
	t.Helper()
	s := &saying{t: t, now: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	config := web.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "samenwijk.voorbeeld.test"}, Log: slog.New(slog.DiscardHandler),
		Secret: []byte(secret), Now: func() time.Time { return s.now },
	}
	for _, o := range older {
		config.OlderSecrets = append(config.OlderSecrets, []byte(o))
	}
	config.Authenticate = personNamed
	w := web.New(config)
	s.app = fiber.New(fiber.Config{ReadBufferSize: 64 << 10})
	s.app.Use(w.Headers, w.Session)
	s.app.Post("/did", func(c *fiber.Ctx) error {
		said := web.Say("web.field.too_long", "Max", c.Query("max")).Then("web.field.too_long").SeeAt("#daar", "web.to_start").
			UndoneBy("/terug", "was", c.Query("was"))
		if c.Query("for") != "" {
			said = said.For(access.PersonID(c.Query("for")))
		}
		return web.Done(c, c.Query("to", "/page"), said)
	})
	s.app.Get("/page", func(c *fiber.Ctx) error { return web.Page(c, ui.Layout(ui.Page{Title: "Bladzijde"})) })
	s.app.Get("/other", func(c *fiber.Ctx) error { return web.Page(c, ui.Layout(ui.Page{Title: "Andere"})) })
	s.app.Get("/onward", func(c *fiber.Ctx) error { return web.GoTo(c, "/page") })
	return s
}

// ask sends a request as somebody, or as nobody.
func (s *saying) ask(method, path, who string) (status int, location, body string) {
	s.t.Helper()
	request := httptest.NewRequest(method, path, nil)
	if who != "" {
		request.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: who})
	}
	response, err := s.app.Test(request, -1)
	if err != nil {
		s.t.Fatal(err)
	}
	read, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(read)
}

// press returns where one arrives.
func (s *saying) press(query url.Values, who string) string {
	s.t.Helper()
	status, to, _ := s.ask(http.MethodPost, "/did?"+query.Encode(), who)
	if status != http.StatusSeeOther {
		s.t.Fatalf("a press is answered with %d", status)
	}
	return to
}

// says reports what the page at an address says was done.
func (s *saying) says(path, who string) string {
	s.t.Helper()
	status, _, body := s.ask(http.MethodGet, path, who)
	if status != http.StatusOK {
		s.t.Fatalf("%s is answered with %d", path, status)
	}
	_, said, there := strings.Cut(body, `role="status"`)
	if !there {
		return ""
	}
	said, _, _ = strings.Cut(said, "</section>")
	return said
}

const secretOne, secretTwo = "een geheim van meer dan 32 letters lang", "een ander geheim van meer dan 32 letters"

func TestAPageSaysWhatThePressDidToWhoPressedAndForAWhile(t *testing.T) {
	s := newSaying(t, secretOne)
	to := s.press(url.Values{"max": {"12"}, "was": {`<b>"x"`}}, "ana")
	said := s.says(to, "ana")
	for _, want := range []string{`tabindex="-1" autofocus`, "Gebruik hoogstens 12 tekens.", `href="#daar"`, `action="/terug"`, `name="was" value="&lt;b&gt;&#34;x&#34;"`} {
		if !strings.Contains(said, want) {
			t.Errorf("it lacks %s:\n%s", want, said)
		}
	}
	if again := s.says(to, "ana"); again == "" {
		t.Error("a browser that keeps no cookies is not told")
	}
	if strings.Contains(to, "12") && strings.Contains(to, "Max") {
		t.Errorf("the address can be read: %s", to)
	}
	for _, other := range []string{"", "bo"} {
		if got := s.says(to, other); got != "" {
			t.Errorf("%q reads what ana did: %s", other, got)
		}
	}
	s.now = s.now.Add(web.SaidFor)
	if s.says(to, "ana") == "" {
		t.Error("it ends too early")
	}
	s.now = s.now.Add(time.Second)
	if got := s.says(to, "ana"); got != "" {
		t.Errorf("it never ends: %s", got)
	}
}

func TestWhatSomebodyElseWroteInTheAddressIsNotSaid(t *testing.T) {
	s := newSaying(t, secretOne)
	to := s.press(url.Values{"max": {"12"}}, "")
	_, value, _ := strings.Cut(to, "=")
	if s.says(to, "") == "" {
		t.Fatal("a visitor is told nothing")
	}
	middle := len(value) / 2
	other := map[byte]string{'A': "B"}[value[middle]]
	if other == "" {
		other = "A"
	}
	stranger := newSaying(t, secretTwo).press(url.Values{"max": {"12"}}, "")
	for name, forged := range map[string]string{
		"nothing": "", "a sentence": "Uw+geld+is+weg", "cut": value[:middle], "changed": value[:middle] + other + value[middle+1:],
		"longer": value + "AAAA", "no letters": "%00%ff", "much": strings.Repeat("A", 100_000/10), "another secret": strings.TrimPrefix(stranger, "/page?gedaan="),
		"twice": value + "&gedaan=" + value[:middle] + other + value[middle+1:],
	} {
		got := s.says("/page?gedaan="+forged, "")
		if name == "twice" { // the first counts, and is ours
			continue
		}
		if got != "" {
			t.Errorf("%s is said: %s", name, got)
		}
	}
	rotated := newSaying(t, secretTwo, secretOne)
	if rotated.says(to, "") == "" {
		t.Error("after the secret was replaced nothing is said of a press just before")
	}
}

func TestWhatIsSaidIsBoundedAndTakesTheFirstPlace(t *testing.T) {
	s := newSaying(t, secretOne)
	to := s.press(url.Values{"max": {strings.Repeat("é<", 5000)}}, "ana")
	if len(to) > 2100 {
		t.Errorf("the address has %d characters", len(to))
	}
	if said := s.says(to, "ana"); !strings.Contains(said, "é&lt;…") || strings.Count(said, "é") != 3*60 { // twice in words, once for scripts
		t.Errorf("a long word is not cut, or not escaped:\n%s", said)
	}
	to = s.press(url.Values{"max": {"12"}, "was": {strings.Repeat("a", 5000)}}, "ana")
	if to != "/page" || s.says(to, "ana") != "" {
		t.Errorf("what does not fit is sent all the same: %d characters", len(to))
	}
	for page, want := range map[string]string{"/page#eis-1": "/page?gedaan=", "/page?q=a#x": "/page?q=a&gedaan=", "/page?gedaan=oud&q=a": "/page?q=a&gedaan="} {
		to := s.press(url.Values{"to": {page}}, "ana")
		if !strings.HasPrefix(to, want) || strings.Count(to, "gedaan") != 1 || strings.Contains(to, "#") {
			t.Errorf("%s becomes %s", page, to)
		}
	}
	if at := strings.Replace(s.press(url.Values{"max": {"12"}}, "ana"), "/page", "/other", 1); s.says(at, "ana") != "" {
		t.Error("another page says it")
	}
	if at := s.press(url.Values{"to": {"/page?q=a"}}, "ana"); s.says(strings.Replace(at, "q=a", "q=c", 1), "ana") == "" {
		t.Error("the page with another query says nothing")
	}
	if to := s.press(url.Values{"for": {"bo"}}, "ana"); s.says(to, "bo") == "" || s.says(to, "ana") != "" {
		t.Error("who signs in is not who is told")
	}
	for from, want := range map[string]string{"/a": "/a", "/a?gedaan=x": "/a", "/a?b=1&gedaan=x&c=2#d": "/a?b=1&c=2#d", "/a?c=gedaan": "/a?c=gedaan"} {
		if got := web.WithoutSaid(from); got != want {
			t.Errorf("%s becomes %s, want %s", from, got, want)
		}
	}
}

func TestWhoIsSignedInIsToldOnceAndAVisitorGetsNoCookie(t *testing.T) {
	s := newSaying(t, secretOne)
	kept := map[string]string{} // what the browser of ana keeps
	says := func(path, who string) bool {
		t.Helper()
		request := httptest.NewRequest(http.MethodGet, path, nil)
		if who != "" {
			request.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: who})
			for name, value := range kept {
				request.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		}
		response, err := s.app.Test(request, -1)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range response.Cookies() {
			if who == "" {
				t.Errorf("a visitor gets the cookie %s", c.Raw)
			}
			kept[c.Name] = c.Value
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(body), `role="status"`)
	}
	first, second := s.press(url.Values{"max": {"12"}}, "ana"), s.press(url.Values{"max": {"13"}}, "ana")
	for i, want := range []struct {
		at   string
		says bool
	}{{first, true}, {first, false}, {second, true}, {first, false}, {second, false}, {first + "=", false}, {first + "%0A", false}} {
		if got := says(want.at, "ana"); got != want.says {
			t.Errorf("load %d says it: %t", i, got)
		}
	}
	for range 30 {
		says(s.press(url.Values{"max": {"12"}}, "ana"), "ana")
	}
	if n := len(kept["gezegd"]); n > 400 {
		t.Errorf("the cookie grows to %d characters", n)
	}
	if visited := s.press(url.Values{"max": {"12"}}, ""); !says(visited, "") {
		t.Error("a visitor is told nothing")
	} else if s.now = s.now.Add(web.SaidToVisitorsFor + time.Second); says(visited, "") {
		t.Error("a visitor is told for long")
	}
	onward := s.press(url.Values{"to": {"/onward"}}, "ana")
	_, to, _ := s.ask(http.MethodGet, onward, "ana")
	if !strings.HasPrefix(to, "/page?gedaan=") || s.says(to, "ana") == "" || strings.TrimPrefix(to, "/page") == strings.TrimPrefix(onward, "/onward") {
		t.Errorf("a page that sends its reader on leads to %s", to)
	}
}

func personNamed(_ context.Context, token string) (web.Visitor, error) {
	return web.Visitor{Actor: access.Actor{ID: access.PersonID(token)}, Name: token, Session: token}, nil
}

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/server"
	"samenwijk/server/web"
)

// secret stands in the causes of what goes wrong: no answer holds it.
const secret = "relation people does not exist"

// room has the routes that the tests ask for.
type room func(r fiber.Router)

func (mount room) Mount(r fiber.Router) { mount(r) }

// serve runs the application as an installation behind a proxy that handles TLS, and returns where it listens.
func serve(t *testing.T, rooms ...server.Room) string {
	t.Helper()
	return serveAndLog(t, slog.New(slog.DiscardHandler), rooms...)
}

func serveAndLog(t *testing.T, log *slog.Logger, rooms ...server.Room) string {
	t.Helper()
	door := web.New(web.Config{
		BaseURL: &url.URL{Scheme: "https", Host: "samenwijk.example"}, Secret: make([]byte, 32),
		Log: log, Now: time.Now,
		Authenticate: func(_ context.Context, token string) (web.Visitor, error) {
			if token != "ana" {
				return web.Visitor{}, fault.Unauthenticated("sign_in_first")
			}
			return web.Visitor{Actor: access.Actor{ID: "ana"}, Name: "Ana", Session: "s"}, nil
		},
	})
	app := server.New(server.Config{
		Web: door, BodyLimit: 1 << 10, Ready: func(context.Context) error { return errors.New("the database is away") },
		Assets: fstest.MapFS{
			"assets/site.css": {Data: []byte("p{}")}, "assets/editor.js": {Data: []byte("1")}, "assets/logo.svg": {Data: []byte("<svg/>")},
		},
	}, rooms...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(app.ShutdownWithTimeout(5*time.Second), <-ended); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// say sends bytes on a new connection and returns every answer to them, in order.
func say(t *testing.T, address, request string) (answers []*http.Response, bodies []string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	// Nothing follows, so whoever waits for more hears so. Who refused at the first bytes has closed already.
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil && !errors.Is(err, syscall.ENOTCONN) {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answers, bodies // the connection was closed
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		answers, bodies = append(answers, answer), append(bodies, string(body))
		if answer.Close {
			return answers, bodies
		}
	}
}

func ask(t *testing.T, address, line string, headers ...string) (*http.Response, string) {
	t.Helper()
	headers = append([]string{line + " HTTP/1.1", "Host: samenwijk.example", "Connection: close"}, headers...)
	answers, bodies := say(t, address, strings.Join(headers, "\r\n")+"\r\n\r\n")
	if len(answers) != 1 {
		t.Fatalf("%s: %d answers", line, len(answers))
	}
	return answers[0], bodies[0]
}

func TestEveryAnswerSaysWhatABrowserMustRefuse(t *testing.T) {
	address := serve(t, room(func(r fiber.Router) {
		r.Get("/file", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"a": 1}) })
		r.Get("/wrong", func(*fiber.Ctx) error { return errors.New(secret) })
		r.Get("/panic", func(*fiber.Ctx) error { panic(secret) })
	}))
	for line, tc := range map[string]struct {
		status  int
		headers []string
	}{
		"GET /healthz":             {status: 200},
		"GET /readyz":              {status: 503},
		"GET /assets/site.css":     {status: 200},
		"GET /assets/editor.js":    {status: 200},
		"GET /assets/logo.svg":     {status: 200},
		"GET /assets/none.css":     {status: 404},
		"GET /assets/":             {status: 404},
		"GET /assets":              {status: 404},
		"GET /.git/config":         {status: 404},
		"GET /file":                {status: 200},
		"GET /nothing":             {status: 404},
		"GET /wrong":               {status: 500},
		"GET /panic":               {status: 500},
		"POST /file":               {status: 403},
		"OPTIONS /file":            {status: 404},
		"TRACE /file":              {status: 403, headers: []string{"X-Mine: " + secret}},
		"GET /large":               {status: 413, headers: []string{"X-Large: " + strings.Repeat("a", 20<<10)}},
		"GET /file?a header apart": {status: 422},
		"POST /length":             {status: 422, headers: []string{"Content-Length: many"}},
	} {
		answer, body := ask(t, address, line, tc.headers...)
		if answer.StatusCode != tc.status {
			t.Errorf("%s: %d, want %d", line, answer.StatusCode, tc.status)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, directive) {
				t.Errorf("%s: the policy lacks %s: %q", line, directive, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy makes an exception: %q", line, policy)
		}
		for header, want := range map[string]string{
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "", "Server": "",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", line, header, got, want)
			}
		}
		if kept := answer.Header.Get("Cache-Control"); kept != "no-store" && !strings.HasPrefix(line, "GET /assets/") {
			t.Errorf("%s: a browser may keep it: %q", line, kept)
		}
		kind := answer.Header.Get("Content-Type")
		if body != "" && !strings.HasSuffix(kind, "; charset=utf-8") && kind != "application/json" {
			t.Errorf("%s: the type of the answer is %q", line, kind)
		}
		if strings.Contains(body, secret) || strings.Contains(body, "goroutine") {
			t.Errorf("%s tells what went wrong inside:\n%s", line, body)
		}
	}
}

func TestACookieIsForThisHostAndNoScript(t *testing.T) {
	address := serve(t)
	_, page := ask(t, address, "GET /nothing")
	token := between(t, page, `name="csrf" value="`, `"`)
	cookies := send(t, address, "/taal", url.Values{"csrf": {token}, "taal": {"en"}}, http.StatusSeeOther).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", cookies)
	}
	c := cookies[0]
	if c.Name != "__Host-taal" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %s", c.Raw)
	}
}

func send(t *testing.T, address, path string, fields url.Values, status int) *http.Response {
	t.Helper()
	form := fields.Encode()
	answers, _ := say(t, address, "POST "+path+" HTTP/1.1\r\nHost: samenwijk.example\r\nConnection: close\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "+fmt.Sprint(len(form))+"\r\n\r\n"+form)
	if len(answers) != 1 || answers[0].StatusCode != status {
		t.Fatalf("%s: %d answers, want one of %d: %v", path, len(answers), status, answers)
	}
	return answers[0]
}

func TestWhatStandsInAnAddressIsNoPartOfAForm(t *testing.T) {
	address := serve(t)
	_, page := ask(t, address, "GET /nothing")
	token := between(t, page, `name="csrf" value="`, `"`)
	inAddress := url.Values{"csrf": {token}, "taal": {"en"}, "terug": {"/elsewhere"}}.Encode()
	send(t, address, "/taal?"+inAddress, url.Values{"taal": {"en"}}, http.StatusForbidden)
	answer := send(t, address, "/taal?"+inAddress, url.Values{"csrf": {token}}, http.StatusSeeOther)
	if got := web.WithoutSaid(answer.Header.Get("Location")); got != "/" {
		t.Errorf("it goes on to %s, which stood in the address", got)
	}
	for _, c := range answer.Cookies() {
		if c.Value != "" {
			t.Errorf("the language in the address was chosen: %s", c.Raw)
		}
	}
}

// lines gathers what is logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func TestTheLogSaysWhoMetWhatAndNothingThatIsTheirs(t *testing.T) {
	var logged lines
	address := serveAndLog(t, slog.New(slog.NewJSONHandler(&logged, nil)), room(func(r fiber.Router) {
		r.Get("/things/:id", func(*fiber.Ctx) error { return fault.Forbidden("forbidden") })
		r.Get("/wrong", func(*fiber.Ctx) error { return errors.New("a line\nthat would be two") })
	}))
	ask(t, address, "GET /things/private-id?q=private-question", "Cookie: __Host-sessie=ana", "X-Forwarded-For: 192.0.2.7")
	ask(t, address, "GET /things/private-id", "Cookie: __Host-sessie=private-token")
	ask(t, address, "GET /wrong")
	logged.mu.Lock()
	defer logged.mu.Unlock()
	for _, never := range []string{"private", "Ana", "192.0.2.7", "127.0.0.1"} {
		if strings.Contains(logged.text.String(), never) {
			t.Errorf("the log holds %s:\n%s", never, &logged.text)
		}
	}
	var said []string
	for line := range strings.Lines(logged.text.String()) {
		var e struct {
			Time                                     time.Time
			Level, Msg, Method, Route, Person, Fault string
			Status                                   int
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if time.Since(e.Time).Abs() > time.Minute { // a time is read with its zone only
			t.Errorf("when was this? %s", line)
		}
		said = append(said, fmt.Sprint(e.Level, " ", e.Msg, " ", e.Method, " ", e.Route, " ", e.Status, " ", e.Person, " ", e.Fault))
	}
	want := []string{
		"WARN requests come through a proxy and none is trusted, so all visitors count as one and share one budget: " +
			"set SAMENWIJK_TRUSTED_PROXIES to the address of the proxy   0  ",
		"WARN request GET /things/:id 403 ana forbidden: forbidden", "WARN request GET /things/:id 403  forbidden: forbidden",
		"ERROR request GET /wrong 500  a line\nthat would be two",
	}
	if !slices.Equal(said, want) {
		t.Errorf("logged %q, want %q", said, want)
	}
}

// A proxy and the program must agree where a request ends: what one of them takes for the rest of a form
// would be a request of its own to the other.
func TestARequestEndsWhereOneOfItsHeadersSays(t *testing.T) {
	inside := make(chan string, 10)
	address := serve(t, room(func(r fiber.Router) {
		r.Get("/inside", func(c *fiber.Ctx) error { inside <- c.OriginalURL(); return nil })
	}))
	const hidden = "GET /inside HTTP/1.1\r\nHost: samenwijk.example\r\n\r\n"
	for name, head := range map[string]string{
		"both lengths":          "Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n" + hidden,
		"the chunks come first": "Transfer-Encoding: chunked\r\nHost: a\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + hidden,
		"the chunks end first":  "Host: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":           "Host: a\r\nContent-Length: 0\r\nContent-Length: " + fmt.Sprint(len(hidden)) + "\r\n\r\n" + hidden,
		"an unknown encoding":   "Host: a\r\nTransfer-Encoding: xchunked\r\nContent-Length: " + fmt.Sprint(len(hidden)) + "\r\n\r\n" + hidden,
	} {
		say(t, address, "POST /nothing HTTP/1.1\r\n"+head)
		select {
		case path := <-inside:
			t.Errorf("%s: what a proxy may take for a form was answered as %s", name, path)
		default:
		}
	}
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, before)
	if !found {
		t.Fatalf("there is no %s in\n%s", before, text)
	}
	value, _, _ := strings.Cut(rest, after)
	return value
}

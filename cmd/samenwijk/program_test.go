package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database/databasetest"
	"samenwijk/server/servertest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// world is a running program with a database of its own, reached through a real listener.
type world struct {
	*program
	t    testing.TB
	url  string
	stop func() // ends the program as a signal would; safe to call twice
}

// each runs test against the whole program on SQLite and on Postgres.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // most of the time goes into waiting for the queue
		test(t, start(t, databasetest.SQLiteFile(t), options{}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, databasetest.PostgresURL(t), options{}))
	})
}

// options of a program under test; the zero value is an installation as delivered.
type options struct {
	demonstration bool
	secretFile    string           // two nodes of one installation share it
	now           func() time.Time // the clock of the services
	smtp          string
	nats          string
}

// start runs the program on a database, with the queue working, until the test ends.
func start(t testing.TB, databaseAt string, o options) *world {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	if o.secretFile == "" {
		o.secretFile = filepath.Join(t.TempDir(), "secret")
	}
	config := Config{
		Database: databaseAt, Listen: listener.Addr().String(), BaseURL: url, SecretFile: o.secretFile, NATS: o.nats,
		SMTP: o.smtp, MailFrom: "samenwijk@voorbeeld.test", BodyLimit: 1 << 20, LogFormat: "text", LogLevel: "error",
	}
	p, err := newProgram(context.Background(), config, o.demonstration, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if o.now != nil {
		p.now = o.now
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.serve(ctx, listener) }()
	w := &world{program: p, t: t, url: url}
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v", err)
		}
		if err := p.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	t.Cleanup(w.stop)
	w.eventually("the program answers", func() bool {
		response, err := http.Get(url + "/readyz")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return w
}

// browser opens a browser without cookies on the running program.
func (w *world) browser() *servertest.Browser {
	w.t.Helper()
	return servertest.NewBrowser(w.t, w.url)
}

// eventually waits for a condition that the queue or another goroutine brings about.
func (w *world) eventually(what string, condition func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			w.t.Fatalf("in vain waited until %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAnUnknownSettingIsAnErrorAtTheStart(t *testing.T) {
	t.Setenv("SAMENWIJK_LISTNE", "127.0.0.1:1")
	err := run([]string{"config"})
	if err == nil || fmt.Sprint(err) == "" {
		t.Fatal("a misspelt setting was taken in silence")
	}
}

func TestSeveralNodesOnOneSQLiteFileAreRefused(t *testing.T) {
	_, err := newProgram(t.Context(), Config{
		Database: databasetest.SQLiteFile(t), BaseURL: "http://localhost:1", SecretFile: filepath.Join(t.TempDir(), "secret"), MailFrom: "samenwijk@voorbeeld.test", NATS: "nats://localhost:1",
	}, false, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "need one Postgres") {
		t.Errorf("SQLite with NATS: %v", err)
	}
}

func TestTheConfigurationIsShownWithoutPasswordsAndTokens(t *testing.T) {
	shown := strings.Join(Config{
		Database: "postgres://samenwijk:hush@db/samenwijk", NATS: "nats://ana:hush@one:4222,nats://hush@two:4222", SMTP: "smtp://ana:hush@mail:587",
	}.shown(), "\n")
	if strings.Contains(shown, "hush") || !strings.Contains(shown, "two:4222") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestAnUnknownPageSaysWhatToDoAndKeepsTheHeadersOfAnyOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		page := w.browser().Get("/bestaat-niet").MustStatus(http.StatusNotFound).MustSay("Niet gevonden")
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			if page.Header.Get(header) == "" {
				t.Errorf("no %s", header)
			}
		}
		if cookies := w.browser().Cookies(); len(cookies) != 0 {
			t.Errorf("a visitor got cookies: %v", cookies)
		}
	})
}

func TestAnAddressWithBytesThatAreNoTextIsAnsweredLikeAnyOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, path := range []string{"/zoeken?q=%ff", "/werkgroepen?zoek=%00", "/bijeenkomsten?werkgroep=%ff", "/programmas?bladzijde=%00&werkgroep=%c3%28"} {
			w.browser().Get(path).MustStatus(http.StatusOK)
		}
	})
}

func TestTheReaderChoosesALanguageWithoutLosingThePlace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		page := b.Get("/bestaat-niet").Form("/taal").Press("taal", "en")
		page.MustStatus(http.StatusNotFound).MustSay("Not found")
		if page.Path != "/bestaat-niet" {
			t.Errorf("came back at %s", page.Path)
		}
		b.Get("/bestaat-niet").Form("/taal").Press("taal", "nl").MustSay("Niet gevonden")
	})
}

func TestAFormFromAnotherSiteIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		request, err := http.NewRequest(http.MethodPost, w.url+"/taal", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", "https://elders.example")
		w.browser().Do(request).MustStatus(http.StatusForbidden).MustSay("andere website")
		w.browser().Post("/taal", nil).MustStatus(http.StatusForbidden).MustSay("formulier is te oud")
	})
}

func TestAFormOfASessionThatEndedComesBackFilledIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		form := w.browser().Get("/bestaat-niet").Form("/taal").SetHostile("csrf", "b3Vk").SetHostile("taal", "en").SetHostile("verhaal", "lang <verhaal>")
		again := form.Submit().MustStatus(http.StatusForbidden).MustSay("Verstuur het nog een keer").Form("/taal")
		if got := again.Value("verhaal"); got != "lang <verhaal>" {
			t.Errorf("kept %q", got)
		}
		again.Submit().MustSay("Not found")
	})
}

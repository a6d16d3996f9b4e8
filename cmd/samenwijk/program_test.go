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

	"samenwijk/domain/access"
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
	secretFile    string // two nodes of one installation share it

	oldSecretFiles []string
	now            func() time.Time // the clock of the services
	smtp           string
	mailKept       bool // pages know that no letter goes out; without it they speak as with a mail server
	nats           string
	log            *slog.Logger
	change         func(c *Config) // may be nil
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
		OldSecretFiles: o.oldSecretFiles, speaksOfMail: !o.mailKept,
		SMTP: o.smtp, MailFrom: "samenwijk@voorbeeld.test", BodyLimit: 1 << 20, LogFormat: "text", LogLevel: "error",
	}
	if o.change != nil {
		o.change(&config)
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	p, err := newProgram(context.Background(), config, o.demonstration, o.log)
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

func TestAProxyThatIsNoAddressIsRefusedAtTheStart(t *testing.T) {
	for _, proxies := range [][]string{{"localhost"}, {"10.0.0.1", "10.0.0.0/33"}, {""}} {
		if got, err := (Config{TrustedProxies: proxies}).trustedProxies(); err == nil {
			t.Errorf("%q is read as %v", proxies, got)
		}
	}
	proxies, err := Config{TrustedProxies: []string{"10.1.2.3/8", " ::1"}}.trustedProxies()
	if err != nil || fmt.Sprint(proxies) != "[10.0.0.0/8 ::1/128]" {
		t.Errorf("read as %v, %v", proxies, err)
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
		w.browser().Post("/taal", nil).MustStatus(http.StatusForbidden).MustSay("stond te lang open", "Laad daarna de bladzijde opnieuw")
	})
}

func TestWhoUsesAnotherAddressIsToldTheRightOneAndTheAdministratorSeesIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const email, wrong = "beheer@voorbeeld.test", "buurt.voorbeeld.test"
		w.person(email, "Beheerder", access.Admin)
		admin := w.signIn(email)
		at := func(b *servertest.Browser, method, host string) *http.Request {
			request, err := http.NewRequest(method, w.url+"/uitloggen", strings.NewReader("a=b"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Host = host
			for _, cookie := range b.Cookies() { // the client keeps them for another host
				request.AddCookie(cookie)
			}
			return request
		}
		type sent struct {
			origin, site string
			want         int
		}
		try := func(b *servertest.Browser, name string, s sent) {
			t.Helper()
			t.Log(name)
			request := at(b, http.MethodPost, wrong)
			request.Header.Set("Origin", s.origin)
			if s.site != "" {
				request.Header.Set("Sec-Fetch-Site", s.site)
			}
			page := b.Do(request).MustStatus(s.want)
			if s.want == http.StatusMisdirectedRequest {
				page.MustSay("Dit is niet het goede adres", w.url).Link("Naar het goede adres").MustStatus(http.StatusOK)
			} else {
				page.MustSay("andere website")
			}
		}
		for name, s := range map[string]sent{
			"another site":                    {"https://elders.example", "cross-site", http.StatusForbidden},
			"another site, in an old browser": {"https://elders.example", "", http.StatusForbidden},
			"no site at all":                  {"elders", "same-origin", http.StatusForbidden},
		} {
			try(admin, name, s)
		}
		try(w.browser(), "a visitor, who may have written anything", sent{"http://" + wrong, "", http.StatusMisdirectedRequest})
		page := func(b *servertest.Browser, host string) *servertest.Page {
			request := at(b, http.MethodGet, host)
			request.URL.Path = "/programmas"
			return b.Do(request).MustStatus(http.StatusOK)
		}
		page(admin, wrong).MustNotSay("niet samen schrijven")
		admin.Get("/beheer").MustNotSay("SAMENWIJK_BASE_URL")

		try(admin, "a browser that says whose page it is", sent{"https://" + wrong, "same-origin", http.StatusMisdirectedRequest})
		try(admin, "a browser that does not", sent{"http://" + wrong, "", http.StatusMisdirectedRequest})
		page(w.browser(), wrong).MustSay("Op dit adres kunt u niet samen schrijven").Link("Naar het goede adres").MustNotSay("niet samen schrijven")
		page(w.browser(), strings.TrimPrefix(w.url, "http://")).MustNotSay("niet samen schrijven")
		admin.Get("/beheer").MustSay("Iemand gebruikt een ander adres", "http://"+wrong, "SAMENWIJK_BASE_URL")
	})
}

func TestAFormThatIsPackedIsRefusedInPlainWords(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{})
	for language, sentence := range map[string]string{"nl": "Wat u stuurde is ingepakt.", "en": "What you sent is compressed."} {
		b := w.browser()
		b.Get("/bestaat-niet").Form("/taal").Press("taal", language)
		request, err := http.NewRequest(http.MethodPost, w.url+"/inloggen", strings.NewReader("email=a"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Content-Encoding", "gzip")
		b.Do(request).MustStatus(http.StatusUnsupportedMediaType).MustSay(sentence)
	}
}

func TestAFormOfASessionThatEndedComesBackFilledIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		form := w.browser().Get("/bestaat-niet").Form("/taal").SetHostile("csrf", "b3Vk").SetHostile("taal", "en").SetHostile("verhaal", "lang <verhaal>")
		page := form.Submit().MustStatus(http.StatusForbidden).MustSay("Verstuur het nog een keer", "Deze bladzijde stond te lang open", "Was u ingelogd?").
			MustNotSay("U bent intussen uitgelogd")
		again := page.Form("/taal")
		if got := again.Value("verhaal"); got != "lang <verhaal>" {
			t.Errorf("kept %q", got)
		}
		again.Submit().MustSay("Not found")
	})
}

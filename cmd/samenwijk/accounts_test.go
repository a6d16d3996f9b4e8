package main

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
	"samenwijk/server/servertest"
)

// person makes an account with roles in the network and returns its id.
func (w *world) person(email, name string, roles ...access.Role) access.PersonID {
	w.t.Helper()
	id, err := w.accounts.EnsureRoles(w.t.Context(), email, name, roles...)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// asking opens a browser in which a code for this address was asked for, on the page to fill it in.
func (w *world) asking(email string) (*servertest.Browser, *servertest.Page) {
	w.t.Helper()
	b := w.browser()
	page := b.Get("/inloggen").Form("/inloggen").Set("email", email).Submit()
	page.MustStatus(http.StatusOK).MustSay("Vul de code in")
	return b, page
}

func (w *world) latestCode(email string) string {
	w.t.Helper()
	code, err := w.accounts.LatestCode(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// signIn opens a browser in which somebody is signed in, in the way people sign in.
func (w *world) signIn(email string) *servertest.Browser {
	w.t.Helper()
	b, page := w.asking(email)
	page.Form("/inloggen/code").Set("code", w.latestCode(email)).Submit().MustStatus(http.StatusOK)
	b.Get("/account").MustStatus(http.StatusOK).MustSay(email)
	return b
}

func wrong(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

// whole is the outbox as nobody sees it where people are real: with what only its readers may use.
func (w *world) whole() *letter.Service {
	s := letter.New(w.db, w.secret, w.older...)
	s.Demonstration = true
	return s
}

var someAdmin = access.Actor{ID: "test", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}}

// lettersTo waits until somebody has n letters and returns them with their contents.
func (w *world) lettersTo(email string, n int) []letter.Letter {
	w.t.Helper()
	var found []letter.Letter
	w.eventually("the letters are kept", func() bool {
		found = nil
		letters, _, err := w.letters.List(w.t.Context(), someAdmin, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range letters {
			if l.Recipient == email && l.State == letter.Kept {
				full, err := w.whole().Find(w.t.Context(), someAdmin, l.ID)
				if err != nil {
					w.t.Fatal(err)
				}
				found = append(found, full)
			}
		}
		return len(found) >= n
	})
	return found
}

func session(b *servertest.Browser) *http.Cookie {
	for _, c := range b.Cookies() {
		if c.Name == "sessie" {
			return c
		}
	}
	return nil
}

func TestSomebodySignsInWithTheMailedCodeAndComesBackWhereTheyWere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner Test")
		b := w.browser()
		page := b.Get("/account")
		if !strings.HasPrefix(page.Path, "/inloggen?terug=") {
			t.Fatalf("a visitor ends at %s", page.Path)
		}
		page = page.Form("/inloggen").Set("email", " Bewoner@VOORBEELD.test ").Submit()
		l := w.lettersTo("bewoner@voorbeeld.test", 1)[0]
		code := regexp.MustCompile(`\d{3} \d{3}`).FindString(l.Text)
		if code == "" || !strings.Contains(l.HTML, code) || !strings.Contains(l.Text, "Beste Bewoner Test,") || !l.Secret {
			t.Fatalf("the letter says:\n%s", l.Text)
		}
		page = page.Form("/inloggen/code").Set("code", " "+code+" ").Submit().MustStatus(http.StatusOK)
		if page.Path != "/account" {
			t.Errorf("came back at %s", page.Path)
		}
		page.MustSay("Mijn gegevens", "bewoner@voorbeeld.test", "U bent ingelogd als Bewoner Test")
		if got := b.Get("/inloggen?terug=/account").Path; got != "/account" {
			t.Errorf("who is signed in and opens the page to sign in ends at %s", got)
		}
		former := session(b)
		page.Form("/uitloggen").Submit().MustStatus(http.StatusOK)
		b.SetCookies(former)
		if got := b.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
			t.Errorf("after signing out the old session opens %s", got)
		}
	})
}

func TestAReturnToAnotherSiteIsNotFollowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		for _, back := range []string{"https://elders.example/", "//elders.example", `/\elders.example`, "/inloggen/code", "javascript:alert(1)", strings.Repeat("/a", 600)} {
			b := w.browser()
			page := b.Get("/inloggen?terug="+url.QueryEscape(back)).Form("/inloggen").Set("email", "bewoner@voorbeeld.test").Submit()
			page = page.Form("/inloggen/code").Set("code", w.latestCode("bewoner@voorbeeld.test")).Submit()
			if page.Path != "/" && !strings.HasPrefix(page.Path, "/a") {
				t.Errorf("%.40s leads to %s", back, page.Path)
			}
		}
	})
}

func TestTenWrongCodesAreEnoughForAStrangerAndDoNotLockOutABrowserThatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		mine := w.signIn("bewoner@voorbeeld.test")
		mine.Get("/").Form("/uitloggen").Submit()
		guess := func() *servertest.Page {
			_, page := w.asking("bewoner@voorbeeld.test")
			code := w.latestCode("bewoner@voorbeeld.test")
			for range 5 {
				page = page.Form("/inloggen/code").Set("code", wrong(code)).Submit().MustStatus(http.StatusUnprocessableEntity)
				if page.Mistake("code") == "" || page.Value("code") != wrong(code) {
					t.Fatalf("mistake %q, filled in %q", page.Mistake("code"), page.Value("code"))
				}
			}
			return page.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusTooManyRequests)
		}
		for range 2 {
			if page := guess(); !strings.Contains(page.Mistake("code"), "vijf keer") {
				t.Errorf("the sixth at one code: %q", page.Mistake("code"))
			}
		}
		b, page := w.asking("bewoner@voorbeeld.test")
		page = page.Form("/inloggen/code").Set("code", w.latestCode("bewoner@voorbeeld.test")).Submit().MustStatus(http.StatusTooManyRequests)
		if !strings.Contains(page.Mistake("code"), "over een uur") || session(b) != nil {
			t.Errorf("the eleventh: %q", page.Mistake("code"))
		}
		page = mine.Get("/inloggen").Form("/inloggen").Set("email", "bewoner@voorbeeld.test").Submit()
		page.Form("/inloggen/code").Set("code", w.latestCode("bewoner@voorbeeld.test")).Submit().MustStatus(http.StatusOK)
		mine.Get("/account").MustSay("bewoner@voorbeeld.test")
	})
}

func TestACodeIsOfNoUseInAnotherBrowserTwiceOrTooLate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		_, mine := w.asking("bewoner@voorbeeld.test")
		code := w.latestCode("bewoner@voorbeeld.test")

		other, page := w.asking("iemand-anders@voorbeeld.test")
		page = page.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("code") == "" || session(other) != nil {
			t.Error("the code works in another browser")
		}
		mine.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusOK)
		if page = mine.Form("/inloggen/code").Set("code", code).Submit(); page.Status < 400 {
			t.Errorf("sent again, the code leads to %s (%d)", page.Path, page.Status)
		}

		late, page := w.asking("bewoner@voorbeeld.test")
		code = w.latestCode("bewoner@voorbeeld.test")
		err := w.db.InTx(t.Context(), func(tx *database.Tx) error {
			return tx.Gorm().Exec(`UPDATE sign_in_codes SET expires_at = ? WHERE used_at IS NULL`, time.Now().UTC().Add(-time.Second)).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		page = page.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusUnprocessableEntity)
		if !strings.Contains(page.Mistake("code"), "werkt niet meer") || session(late) != nil {
			t.Errorf("a code that is over: %q", page.Mistake("code"))
		}
	})
}

// changing are the parts of an answer that differ each time.
var changing = regexp.MustCompile(`value="[A-Za-z0-9_-]{86}"|nonce-[A-Za-z0-9_-]+|nonce="[^"]*"`)

func TestAnAddressThatNobodyHasLooksTheSameAtEveryStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bekend@voorbeeld.test", "Bekend")
		journey := func(email string) []string {
			b, page := w.asking(email)
			steps := []*servertest.Page{page}
			for range 11 {
				page = page.Form("/inloggen/code").Set("code", "000001").Submit()
				steps = append(steps, page)
			}
			var said []string
			for _, s := range steps {
				said = append(said, http.StatusText(s.Status)+" "+s.Path+" "+changing.ReplaceAllString(s.Body, ""))
			}
			for _, c := range b.Cookies() {
				said = append(said, c.Name)
			}
			return said
		}
		known, unknown := journey("bekend@voorbeeld.test"), journey("onbekend@voorbeeld.test")
		for i := range known {
			if known[i] != unknown[i] {
				t.Errorf("step %d:\n%s\n--- and when nobody has the address:\n%s", i, known[i], unknown[i])
			}
		}
		w.lettersTo("bekend@voorbeeld.test", 1)
		if got := w.lettersTo("onbekend@voorbeeld.test", 0); len(got) != 0 {
			t.Errorf("a letter went to somebody without an account: %+v", got)
		}
	})
}

func TestASessionThatSomebodyPlantedIsNotTheOneThatOpens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("slachtoffer@voorbeeld.test", "Slachtoffer")
		w.person("aanvaller@voorbeeld.test", "Aanvaller")
		attacker := w.signIn("aanvaller@voorbeeld.test")
		planted := session(attacker)

		victim, _ := w.asking("slachtoffer@voorbeeld.test")
		victim.SetCookies(planted)
		page := victim.Get("/inloggen/code") // the page again, under the planted session
		page.Form("/inloggen/code").Set("code", w.latestCode("slachtoffer@voorbeeld.test")).Submit().MustStatus(http.StatusOK)
		victim.Get("/account").MustSay("slachtoffer@voorbeeld.test")
		if got := session(victim); got == nil || got.Value == planted.Value {
			t.Error("the planted session is the one that opened")
		}
		if got := attacker.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
			t.Errorf("the planted session still opens %s", got)
		}
		for _, value := range []string{"made-up", strings.Repeat("a", 43), strings.Repeat("a", 4000)} {
			b := w.browser()
			b.SetCookies(&http.Cookie{Name: "sessie", Value: value, Path: "/"})
			if got := b.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
				t.Errorf("%.20s opens %s", value, got)
			}
		}
	})
}

func TestOneSignsOutOfOneBrowserOrOfAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		phone, library, home := w.signIn("bewoner@voorbeeld.test"), w.signIn("bewoner@voorbeeld.test"), w.signIn("bewoner@voorbeeld.test")
		page := home.Get("/account")
		if n := strings.Count(page.Body, `name="sessie"`); n != 2 {
			t.Fatalf("%d sessions can be ended, want the two others", n)
		}
		form := page.Form("/account/sessies")
		button := regexp.MustCompile(`name="sessie" value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
		form.Press("sessie", button).MustStatus(http.StatusOK)
		open := 0
		for _, b := range []*servertest.Browser{phone, library, home} {
			if b.Get("/account").Path == "/account" {
				open++
			}
		}
		if open != 2 || home.Get("/account").Path != "/account" {
			t.Fatalf("%d browsers are signed in, want two, this one among them", open)
		}
		home.Get("/account").Form("/overal-uitloggen").Submit().MustStatus(http.StatusOK)
		for _, b := range []*servertest.Browser{phone, library, home} {
			if got := b.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
				t.Errorf("after signing out everywhere one browser opens %s", got)
			}
		}
	})
}

func TestSessionsInTheSameBrowserAreToldApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		w.signIn("bewoner@voorbeeld.test")
		w.signIn("bewoner@voorbeeld.test")
		w.signIn("bewoner@voorbeeld.test")
		page := w.signIn("bewoner@voorbeeld.test").Get("/account")
		seen := map[string]bool{}
		for _, form := range page.All("form") {
			if name := servertest.Attr(form, "aria-label"); strings.HasPrefix(name, "Log uit op") {
				if seen[name] || !strings.Contains(name, "Ingelogd op") {
					t.Errorf("a session is called %q, as another is or without a moment", name)
				}
				seen[name] = true
			}
		}
		if len(seen) != 3 {
			t.Errorf("%d sessions have a name of their own, want 3", len(seen))
		}
	})
}

func TestNobodyEndsTheSessionOfAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		w.person("ander@voorbeeld.test", "Ander")
		mine, other := w.signIn("bewoner@voorbeeld.test"), w.signIn("ander@voorbeeld.test")
		w.signIn("ander@voorbeeld.test")
		w.signIn("bewoner@voorbeeld.test")
		theirs := regexp.MustCompile(`name="sessie" value="([^"]+)"`).FindStringSubmatch(other.Get("/account").Body)[1]
		mine.Get("/account").Form("/account/sessies").Press("sessie", theirs).MustStatus(http.StatusOK) // as for one that ended meanwhile
		if n := strings.Count(other.Get("/account").Body, `name="sessie"`); n != 1 {
			t.Errorf("%d other sessions are left, want one", n)
		}
	})
}

func TestTheRolesOfTheDemonstrationCanBeChosenThereAndNowhereElse(t *testing.T) {
	demo := start(t, databasetest.SQLiteFile(t), options{demonstration: true})
	b := demo.browser()
	page := b.Get("/inloggen?terug=/beheer").MustSay("Kies als wie u wilt rondkijken", "Als coördinator", "Als gebiedspartner")
	button := regexp.MustCompile(`name="persoon" value="([^"]+)"[^>]*>Als beheerder<`).FindStringSubmatch(page.Body)
	if button == nil {
		t.Fatalf("nobody can be the administrator:\n%s", page.Text())
	}
	page = page.Form("/inloggen/demonstratie").Press("persoon", button[1]).MustStatus(http.StatusOK)
	if page.Path != "/beheer" {
		t.Errorf("came at %s", page.Path)
	}
	if err := demo.seed(t.Context()); err != nil {
		t.Errorf("seeding again: %v", err)
	}
	visitor := demo.browser()
	visitor.Get("/inloggen").Form("/inloggen/demonstratie").SetHostile("persoon", "iemand").Submit().MustStatus(http.StatusNotFound)
	visitor.Get("/inloggen").Form("/inloggen/demonstratie").SetHostile("persoon", button[1], button[1]).Submit().MustStatus(http.StatusNotFound)

	each(t, func(t *testing.T, w *world) {
		id := w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		b := w.browser()
		page := b.Get("/inloggen").MustNotSay("rondkijken", "demonstratie", string(id))
		token := page.Form("/inloggen").Value("csrf")
		b.Post("/inloggen/demonstratie", url.Values{"persoon": {string(id)}, "csrf": {token}}).MustStatus(http.StatusNotFound)
		if session(b) != nil {
			t.Error("somebody was let in without a code")
		}
	})
}

// accountForms are the routes of these pages that change something.
func accountForms(person string) []string {
	return []string{
		"/inloggen", "/inloggen/code", "/inloggen/demonstratie", "/uitloggen", "/overal-uitloggen", "/account", "/account/sessies",
		"/beheer/mensen/nieuw", "/beheer/mensen/" + person, "/beheer/mensen/" + person + "/rollen", "/beheer/mensen/" + person + "/uitloggen",
		"/beheer/mensen/" + person + "/blokkeren", "/beheer/mensen/" + person + "/deblokkeren",
	}
}

func TestNoFormOfTheAccountsIsCarriedOutWithoutTheTokenOfItsSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		b := w.signIn("beheerder@voorbeeld.test")
		strangers := w.browser().Get("/inloggen").Form("/inloggen").Value("csrf")
		fields := url.Values{"name": {"Overgenomen"}, "email": {"aanvaller@voorbeeld.test"}, "language": {"nl"}, "code": {"123456"}, "sessie": {"x"}, "persoon": {"x"}}
		for _, path := range accountForms(string(id)) {
			for _, token := range [][]string{nil, {""}, {"AAAA"}, {strangers}, {strings.Repeat("A", 5000)}} {
				fields["csrf"] = token
				if token == nil {
					fields.Del("csrf")
				}
				b.Post(path, fields).MustStatus(http.StatusForbidden)
			}
			request, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(fields.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Sec-Fetch-Site", "cross-site")
			b.Do(request).MustStatus(http.StatusForbidden)
		}
		b.Get("/account").MustSay("U bent ingelogd als Beheerder", "beheerder@voorbeeld.test")
	})
}

// hostile is what nobody types by hand.
var hostile = map[string][]string{
	"empty":             {""},
	"nothing at all":    {},
	"sent twice":        {"een", "twee"},
	"a hundred times":   slices.Repeat([]string{"x"}, 100),
	"huge":              {strings.Repeat("a", 200_000)},
	"markup":            {`"><script>alert(1)</script>`},
	"SQL":               {`'; DROP TABLE people; --`},
	"a template":        {`{{.Secret}} ${7*7} %s%n`},
	"a zero byte":       {"a\x00b"},
	"no UTF-8":          {"a\xff\xfeb"},
	"lines of a mail":   {"a@voorbeeld.test\r\nBcc: b@voorbeeld.test"},
	"turned around":     {"a\u202eb"},
	"signs and scripts": {"👩🏽‍🌾 Ωмега אבג"},
}

func TestEveryFormOfTheAccountsBearsEmptyHugeHostileAndDoubledAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		id := string(w.person("bewoner@voorbeeld.test", "Bewoner"))
		admin := w.signIn("beheerder@voorbeeld.test")
		asking, _ := w.asking("bewoner@voorbeeld.test")
		for _, form := range []struct {
			browser      *servertest.Browser
			page, action string
			fields       []string
		}{
			{w.browser(), "/inloggen", "/inloggen", []string{"email", "terug"}},
			{asking, "/inloggen/code", "/inloggen/code", []string{"code", "terug"}},
			{admin, "/account", "/account", []string{"name", "language"}},
			{admin, "/beheer/mensen/nieuw", "/beheer/mensen/nieuw", []string{"name", "email", "language", "roles"}},
			{admin, "/beheer/mensen/" + id, "/beheer/mensen/" + id, []string{"name", "email", "language"}},
			{admin, "/beheer/mensen/" + id, "/rollen", []string{"roles"}},
			{admin, "/beheer/mensen", "/beheer/mensen", []string{"q"}},
		} {
			for _, field := range form.fields {
				for name, values := range hostile {
					page := form.browser.Get(form.page).Form(form.action).SetHostile(field, values...).Submit()
					if !slices.Contains([]int{200, 409, 413, 422, 429}, page.Status) {
						t.Errorf("%s, %s %s: %d\n%s", form.page, field, name, page.Status, page.Text())
					}
					if page.Status == http.StatusUnprocessableEntity && page.Mistake(field) == "" && page.Mistake("email") == "" && page.Mistake("name") == "" && page.Mistake("code") == "" && field != "terug" {
						t.Errorf("%s, %s %s: no sentence at the field\n%s", form.page, field, name, page.Text())
					}
					page.MustNotSay("account.name", "account.email", "account.language", "account.code", "account.role", "web.field")
					if strings.Contains(page.Body, "<script>alert") {
						t.Errorf("%s, %s: what was typed runs", form.page, field)
					}
				}
			}
		}
		admin.Get("/account").MustStatus(http.StatusOK).MustSay("beheerder@voorbeeld.test")
	})
}

func TestWhatWasTypedComesBackWithASentenceAtEachField(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		admin := w.signIn("beheerder@voorbeeld.test")
		page := admin.Get("/beheer/mensen/nieuw").Form("/nieuw").Set("name", "").Set("email", "geen adres").SetHostile("language", "fr").Set("roles", "lecturer").Submit()
		page.MustStatus(http.StatusUnprocessableEntity).MustSay("Er gaan nog 3 dingen niet goed")
		for _, field := range []string{"name", "email", "language"} {
			if page.Mistake(field) == "" {
				t.Errorf("nothing is said at %s", field)
			}
		}
		if page.Value("email") != "geen adres" || page.Value("roles") != "lecturer" || !strings.HasPrefix(page.Title(), "Fout:") {
			t.Errorf("came back with %q, %q under %q", page.Value("email"), page.Value("roles"), page.Title())
		}
		page = admin.Get("/beheer/mensen/nieuw").Form("/nieuw").Set("name", "Tweede").Set("email", "beheerder@voorbeeld.test").Submit()
		if page.MustStatus(http.StatusConflict); !strings.Contains(page.Mistake("email"), "heeft dit e-mailadres al") {
			t.Errorf("an address that is taken: %q", page.Mistake("email"))
		}
		page = admin.Get("/account").Form("/account").Set("name", "Kijk op elders.example").Submit().MustStatus(http.StatusUnprocessableEntity)
		if !strings.HasSuffix(page.Mistake("name"), "Schrijf alleen een naam, zonder internetadres, e-mailadres of telefoonnummer.") ||
			page.Value("name") != "Kijk op elders.example" {
			t.Errorf("a name that is an address: %q, %q", page.Mistake("name"), page.Value("name"))
		}
		page = admin.Get("/account/sleutels").Form("/account/sleutels").Set("name", "a@elders.example").Submit().MustStatus(http.StatusUnprocessableEntity)
		if !strings.Contains(page.Mistake("name"), "een korte naam") || page.Value("name") != "a@elders.example" {
			t.Errorf("a token whose name is an address: %q, %q", page.Mistake("name"), page.Value("name"))
		}
	})
}

func TestAPersonsLanguageIsThatOfThePagesAndTheLetters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("bewoner@voorbeeld.test", "Bewoner")
		b := w.signIn("bewoner@voorbeeld.test")
		page := b.Get("/account").Form("/account").Set("name", "Resident").Set("language", "en").Submit()
		page.MustStatus(http.StatusOK).MustSay("My details", "Your details have been updated", "You are signed in as Resident")
		fresh := w.signInEnglish("bewoner@voorbeeld.test")
		fresh.Get("/").MustSay("Your next meeting")
		w.asking("bewoner@voorbeeld.test")
		w.eventually("there is a letter in English", func() bool {
			return strings.Contains(w.lettersTo("bewoner@voorbeeld.test", 1)[0].Text, "Dear Resident,")
		})
	})
}

// signInEnglish is signIn for somebody whose pages turn English when they are known.
func (w *world) signInEnglish(email string) *servertest.Browser {
	w.t.Helper()
	b, page := w.asking(email)
	page.Form("/inloggen/code").Set("code", w.latestCode(email)).Submit().MustStatus(http.StatusOK).MustSay("What we ask of you")
	return b
}

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/meeting"
	"samenwijk/server/servertest"
)

func TestEveryPageOfTheAccountsAnswersEachRoleAsTheTableSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		w.person("coordinator@voorbeeld.test", "Coördinator", access.Coordinator)
		w.person("docent@voorbeeld.test", "Docent", access.Lecturer)
		someone := string(w.person("bewoner@voorbeeld.test", "Bewoner"))
		browsers := []*servertest.Browser{
			w.signIn("beheerder@voorbeeld.test"), w.signIn("coordinator@voorbeeld.test"), w.signIn("docent@voorbeeld.test"),
			w.signIn("bewoner@voorbeeld.test"), w.browser(),
		}
		w.asking("beheerder@voorbeeld.test")
		letterID := string(w.lettersTo("beheerder@voorbeeld.test", 1)[0].ID)
		const ok, no, hidden, signIn = http.StatusOK, http.StatusForbidden, http.StatusNotFound, -1
		for _, row := range []struct {
			path string
			want [5]int // administrator, coordinator, lecturer, nobody in particular, visitor
		}{
			{"/", [5]int{ok, ok, ok, ok, ok}},
			{"/toegankelijkheid", [5]int{ok, ok, ok, ok, ok}},
			{"/privacy", [5]int{ok, ok, ok, ok, ok}},
			{"/broncode", [5]int{ok, ok, ok, ok, ok}},
			{"/.well-known/security.txt", [5]int{ok, ok, ok, ok, ok}},
			{"/account", [5]int{ok, ok, ok, ok, signIn}},
			{"/beheer", [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/mensen", [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/mensen?q=%27&bladzijde=9", [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/mensen/nieuw", [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/mensen/" + someone, [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/mensen/%ff%00", [5]int{hidden, hidden, no, hidden, signIn}},
			{"/beheer/mensen?q=%ff%00", [5]int{ok, ok, no, hidden, signIn}},
			{"/beheer/postvak/%00", [5]int{hidden, no, no, hidden, signIn}},
			{"/beheer/mensen/niemand", [5]int{hidden, hidden, no, hidden, signIn}},
			{"/beheer/postvak", [5]int{ok, no, no, hidden, signIn}},
			{"/beheer/postvak/" + letterID, [5]int{ok, no, no, hidden, signIn}},
			{"/beheer/postvak/geen", [5]int{hidden, no, no, hidden, signIn}},
		} {
			for i, b := range browsers {
				page := b.Get(row.path)
				if row.want[i] == signIn {
					if !strings.HasPrefix(page.Path, "/inloggen?terug=") {
						t.Errorf("%s for a visitor ends at %s", row.path, page.Path)
					}
				} else if page.Status != row.want[i] {
					t.Errorf("%s for column %d is %d, want %d", row.path, i, page.Status, row.want[i])
				}
			}
		}
		for _, path := range accountForms(someone)[7:] {
			for i, want := range []int{no, hidden} { // lecturer, nobody in particular
				b := browsers[2+i]
				token := b.Get("/account").Form("/account").Value("csrf")
				b.Post(path, url.Values{"csrf": {token}, "roles": {"admin"}, "name": {"x"}, "email": {"x@voorbeeld.test"}, "language": {"nl"}}).MustStatus(want)
			}
		}
		browsers[0].Get("/beheer/mensen/" + someone).MustSay("Bewoner").MustNotSay("gegeven door")
	})
}

func TestAnAdministratorAddsSomebodyWhoIsWelcomedAndGivesARoleThatHoldsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		admin := w.signIn("beheerder@voorbeeld.test")
		page := admin.Get("/beheer").Link("Mensen en rollen").Link("Voeg iemand toe")
		page = page.Form("/beheer/mensen/nieuw").Set("name", "Nieuwe docent").Set("email", "nieuw@voorbeeld.test").Submit()
		page.MustStatus(http.StatusOK).MustSay("Nieuwe docent is toegevoegd. Er gaat een brief naar deze persoon.")
		l := w.lettersTo("nieuw@voorbeeld.test", 1)[0]
		if !strings.Contains(l.Text, "Beheerder heeft u toegevoegd") || !strings.Contains(l.Text, w.url+"/inloggen") {
			t.Errorf("the welcome says:\n%s", l.Text)
		}
		newcomer := w.signIn("nieuw@voorbeeld.test")
		newcomer.Get("/beheer").MustStatus(http.StatusNotFound)
		page = page.Form("/rollen").Set("roles", "coordinator", "lecturer").Submit().MustSay("Ze gelden meteen", "Coördinator: gegeven door Beheerder")
		newcomer.Get("/beheer").MustStatus(http.StatusOK)
		again := newcomer.Get("/beheer/mensen?q=nieuw").Link("Nieuwe docent").MustNotSay(`value="admin"`).Form("/rollen")
		if refused := again.SetHostile("roles", "admin").Submit(); refused.Status != http.StatusUnprocessableEntity || refused.Mistake("roles") == "" {
			t.Errorf("a coordinator who names themselves administrator: %d %q", refused.Status, refused.Mistake("roles"))
		}
		page.Form("/rollen").Set("roles").Submit().MustSay("weggenomen")
		newcomer.Get("/beheer").MustStatus(http.StatusNotFound)
		page = admin.Get(page.Path).Form("/mensen/").Set("email", "anders@voorbeeld.test").Submit().MustStatus(http.StatusOK)
		page.MustSay("Deze persoon is nu nergens ingelogd")
		if got := newcomer.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
			t.Errorf("with a new address the old session opens %s", got)
		}
	})
}

func TestAVisitorGetsNoCookieAndTheWordsOfTheNetwork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.Get("/").MustSay("Leren en werken in de wijk", "programma van eisen", "lijst met afspraken").MustNotSay("Wat wij van u vragen")
		for _, path := range []string{"/inloggen", "/toegankelijkheid", "/privacy", "/broncode"} {
			b.Get(path).MustStatus(http.StatusOK)
		}
		if cookies := b.Cookies(); len(cookies) != 0 {
			t.Errorf("a visitor got %v", cookies)
		}
		text := b.Get("/.well-known/security.txt").MustStatus(http.StatusOK)
		text.MustSay("Contact: mailto:samenwijk@voorbeeld.test", "Canonical: "+w.url+"/.well-known/security.txt")
		expires, err := time.Parse(time.RFC3339, strings.Fields(strings.SplitN(text.Body, "Expires: ", 2)[1])[0])
		if err != nil || time.Until(expires) < 100*24*time.Hour || time.Until(expires) > 365*24*time.Hour {
			t.Errorf("it expires at %v, %v", expires, err)
		}
	})
}

func TestTheFirstAdministratorGetsInWithoutAMailServer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		settings := []string{"--database", w.config.Database, "--secret-file", w.config.SecretFile, "--base-url", w.url}
		if err := run(append([]string{"admin", "Eerste@voorbeeld.test"}, settings...)); err != nil {
			t.Fatal(err)
		}
		if err := run(append([]string{"code", "eerste@voorbeeld.test"}, settings...)); err == nil {
			t.Error("a code is printed that nobody asked for")
		}
		b, page := w.asking("eerste@voorbeeld.test")
		if err := run(append([]string{"code", "eerste@voorbeeld.test"}, settings...)); err != nil {
			t.Fatal(err)
		}
		w.lettersTo("eerste@voorbeeld.test", 1) // a code that was used deserves no letter any more
		page.Form("/inloggen/code").Set("code", w.latestCode("eerste@voorbeeld.test")).Submit().MustStatus(http.StatusOK)
		b.Get("/beheer/postvak").MustStatus(http.StatusOK).MustSay("Uw code om in te loggen")
		if err := run(append([]string{"admin", "geen adres"}, settings...)); err == nil {
			t.Error("an administrator without an address was made")
		}
	})
}

func TestThePageAboutPrivacySaysHowLongThingsAreKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const day = 24 * time.Hour
		page := w.browser().Get("/privacy")
		for sentence, holds := range map[string]bool{
			"tot 14 dagen na uw laatste bezoek, en hoogstens 60 dagen":                 account.SessionIdle == 14*day && account.SessionLife == 60*day,
			"De code werkt 10 minuten":                                                 account.CodeWorksFor == 10*time.Minute,
			"Uw vorige e-mailadres bewaren wij 7 dagen":                                account.AddressReportable == 7*day,
			"Links voor u alleen wissen wij ook dan, en anders na 7 dagen":             letter.KeepSealed == 7*day,
			"wissen wij zodra hij is verstuurd, en anders na een uur":                  letter.KeepSecret == time.Hour,
			"wissen wij adres en inhoud na 30 dagen":                                   letter.KeepContent == 30*day,
			"Dat er een e-mail was, weten wij een jaar":                                letter.KeepTrace == 365*day,
			"dan bewaren wij 7 dagen een kenmerk van uw internetadres":                 meeting.KeepPlace == 7*day,
			"Wat u nodig hebt om mee te doen, wissen wij 7 dagen na de bijeenkomst":    meeting.KeepSupport == 7*day,
			"Uw naam en hoe wij u bereiken wissen wij na 30 dagen":                     meeting.KeepContact == 30*day,
			"Van de andere bewaren wij na 7 dagen één per dag. Na 90 dagen is dat één": livedoc.AllVersionsFor == 7*day && livedoc.DailyVersionsFor == 90*day,
		} {
			page.MustSay(sentence)
			if !holds {
				t.Errorf("the program does not do what it says: %s", sentence)
			}
		}
	})
}

// choose opens a browser of the demonstration as one of its people.
func (w *world) choose(email string) *servertest.Browser {
	w.t.Helper()
	who, err := w.accounts.ActorOf(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.browser()
	b.Get("/inloggen").Form("/inloggen/demonstratie").Press("persoon", string(who.ID)).MustStatus(http.StatusOK)
	return b
}

func TestTheFirstPageShowsWhatIsOpenToTheReaderAndWhatWaitsForThem(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{demonstration: true})
	visitor := w.browser().Get("/")
	visitor.MustSay("Lerende samenwerking", "Maak kennis met het wijkleernetwerk").MustNotSay("Begeleiding van deelnemers", "Maak uw notitie af")
	student := w.choose(demoStudent).Get("/")
	student.MustSay("Maak uw notitie af: Vragen voor het gesprek met werkgevers", "Begeleiding van deelnemers").MustNotSay("Kijk terug met")
	student.Link("Maak uw notitie af").MustStatus(http.StatusOK)
	lecturer := w.choose(demoLecturer).Get("/")
	lecturer.MustSay("Kijk terug met ‘Begeleiding van deelnemers’").MustNotSay("Vragen voor het gesprek met werkgevers")
	lecturer.Link("Kijk terug met").MustStatus(http.StatusOK)
	w.choose(demoAdmin).Get("/").MustSay("Op dit moment niets").MustNotSay("Begeleiding van deelnemers")
}

func TestACardHoldsTheBeginningOfATextAndBreaksAtAWord(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"  Kort doel.\n\nEn meer.":   "Kort doel.",
		strings.Repeat("woord ", 40): strings.TrimSpace(strings.Repeat("woord ", 26)) + " …",
		strings.Repeat("é", 200):     strings.Repeat("é", 160) + " …",
	} {
		if got := beginning(text); got != want {
			t.Errorf("beginning(%q) = %q, want %q", text, got, want)
		}
	}
}

package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
	"samenwijk/domain/meeting"
)

var reportLink = regexp.MustCompile(`/adres-gewijzigd/\S+`)

// letterAboutMoving waits for the letter with which a former address reports a change.
func (w *world) letterAboutMoving(email string) (about letter.Letter) {
	w.t.Helper()
	w.eventually("the letter to the former address", func() bool {
		for _, l := range w.lettersTo(email, 1) {
			if reportLink.MatchString(l.Text) {
				about = l
			}
		}
		return about.ID != ""
	})
	return about
}

// An administrator whose session is old changes an address: a code is asked, what was typed stays, and whoever
// had the address is told and holds the account.
func TestANewAddressIsConfirmedByACodeAndReportedFromTheOldOne(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &clock{}
			w := start(t, databaseAt(t), options{now: clock.now})
			w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
			w.person("tweede@voorbeeld.test", "Tweede beheerder", access.Admin)
			id := w.person("oud@voorbeeld.test", "Bewoner")
			w.signIn("oud@voorbeeld.test")
			admin := w.signIn("beheerder@voorbeeld.test")
			clock.move(account.FreshFor + time.Minute)
			path := "/beheer/mensen/" + string(id)
			page := admin.Get(path).Form(path).Set("name", "Bewoner Nieuw").Set("email", "nieuw@voorbeeld.test").Submit().MustStatus(http.StatusOK)
			page.MustSay("Bent u het zelf?", "Wij hebben u een code gestuurd",
				"beheerder@voorbeeld.test", "oud@voorbeeld.test", "nieuw@voorbeeld.test", "Er is nog niets gewijzigd")
			if owner, err := w.actorOf(t.Context(), "nieuw@voorbeeld.test"); err == nil {
				t.Errorf("%s has the new address already", owner.ID)
			}
			code := w.latestCode("beheerder@voorbeeld.test")
			page = page.Form(path).Set("code", wrong(code)).Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake("code") == "" {
				t.Error("no sentence at a wrong code")
			}
			page = page.Form(path).Press("opnieuw", "ja").MustStatus(http.StatusOK).MustSay("Wij hebben u een code gestuurd")
			page = page.Form(path).Set("code", w.latestCode("beheerder@voorbeeld.test")).Submit().MustStatus(http.StatusOK)
			page.MustSay("Bewoner Nieuw", "De gegevens van Bewoner Nieuw zijn bijgewerkt.")
			if got := page.Value("email"); got != "nieuw@voorbeeld.test" {
				t.Errorf("the address is %s", got)
			}
			admin.Get("/account").MustStatus(http.StatusOK).MustSay("beheerder@voorbeeld.test")

			l := w.letterAboutMoving("oud@voorbeeld.test")
			if strings.Contains(l.Text, "nieuw@voorbeeld.test") || !strings.Contains(l.Text, "Beheerder gaf uw account") {
				t.Errorf("the letter says:\n%s", l.Text)
			}
			link := reportLink.FindString(l.Text)
			thief := w.signIn("nieuw@voorbeeld.test")
			stranger := w.browser()
			page = stranger.Get(link).MustStatus(http.StatusOK).MustSay("Bewoner Nieuw", "Klopt het niet?")
			if page.Path != "/adres-gewijzigd" {
				t.Errorf("the token stays in the address: %s", page.Path)
			}
			thief.Get("/account").MustStatus(http.StatusOK).MustSay("nieuw@voorbeeld.test")
			page.Form("/adres-gewijzigd").Submit().MustStatus(http.StatusOK).MustSay("Wij hebben het account tegengehouden")
			if got := thief.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
				t.Errorf("after the report the account opens %s", got)
			}
			if l := w.lettersTo("tweede@voorbeeld.test", 1)[0]; !strings.Contains(l.Text, "Bewoner Nieuw") || !strings.Contains(l.Text, path) {
				t.Errorf("the other administrator reads:\n%s", l.Text)
			}
			admin.Get(path).MustSay("De wijziging van het adres is gemeld", "Deze persoon is geblokkeerd", "laat de persoon weer toe")
			admin.Get("/beheer/postvak").Link("Het e-mailadres van uw account").MustNotSay(link)
			admin.Get(path).Form("/deblokkeren").Submit().MustStatus(http.StatusOK).MustNotSay("laat de persoon weer toe").MustSay("Deze persoon kan nu inloggen")
			stranger.Get("/adres-gewijzigd").MustStatus(http.StatusOK).MustSay("Dit account is weer open").MustNotSay("tegengehouden", "uitgelogd")
			w.browser().Get("/adres-gewijzigd/geraden").MustStatus(http.StatusNotFound).MustSay("Deze link werkt niet")
		})
	}
}

func TestAdministratorsAndTheMachineReadWhoChangedWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		id := string(w.person("docent@voorbeeld.test", "Docent Test"))
		admin := w.signIn("beheerder@voorbeeld.test")
		admin.Get("/beheer/mensen/"+id).Form("/rollen").Set("roles", "lecturer").Submit().MustStatus(http.StatusOK)
		admin.Get("/beheer/mensen/" + id).Form("/blokkeren").Submit().MustStatus(http.StatusOK)
		page := admin.Get("/beheer").Link("Logboek").MustStatus(http.StatusOK)
		page.MustSay("Beheerder gaf Docent Test de rol Docent-onderzoeker",
			"Beheerder blokkeerde Docent Test", "De beheerder van de computer gaf Beheerder de rol Beheerder")
		page = page.Form("/beheer/logboek").Set("q", "docent@").Set("soort", "blocked").Submit().
			MustSay("Beheerder blokkeerde Docent Test").MustNotSay("gaf Docent Test")
		page = page.Form("/beheer/logboek").Set("van", "gisteren").Submit().MustStatus(http.StatusOK)
		if page.Mistake("van") == "" || page.Value("van") != "gisteren" || page.Form("/beheer/logboek").Value("q") != "docent@" {
			t.Errorf("a day that is none: %q, %q", page.Mistake("van"), page.Value("van"))
		}
		tomorrow := time.Now().In(meeting.Details{}.Zone()).AddDate(0, 0, 1).Format("2-1-2006") // where the page counts days
		page.Form("/beheer/logboek").Set("van", tomorrow).Submit().MustSay("Er zijn geen wijzigingen")
		mustRun(t, "log", "--kind", "given", "--until", time.Now().Format(time.DateOnly),
			"--database", w.config.Database, "--secret-file", w.config.SecretFile, "--base-url", w.url)
		var printed strings.Builder
		if err := printLog(t.Context(), w.accounts, account.LogFilter{Person: "docent@"}, &printed); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Beheerder gave Docent Test the role Lecturer", "Beheerder blocked Docent Test", id} {
			if !strings.Contains(printed.String(), want) {
				t.Errorf("the command does not say %q:\n%s", want, printed.String())
			}
		}
		if strings.Contains(printed.String(), "the role Administrator") {
			t.Errorf("the command prints what was not asked for:\n%s", printed.String())
		}
		if err := run([]string{"log", "--from", "gisteren", "--database", w.config.Database}); err == nil {
			t.Error("a day that is none is taken")
		}
	})
}

func TestBlockingIsAnsweredByASentenceWithAButtonThatUndoesIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		path := "/beheer/mensen/" + string(w.person("bewoner@voorbeeld.test", "Bewoner Test"))
		admin, resident := w.signIn("beheerder@voorbeeld.test"), w.signIn("bewoner@voorbeeld.test")
		page := admin.Get(path).Form("/blokkeren").Submit().MustStatus(http.StatusOK)
		page.MustSay("U hebt Bewoner Test geblokkeerd", "Maak het blokkeren ongedaan")
		if !answered.MatchString(page.Body) {
			t.Error("the sentence is neither announced nor in focus")
		}
		if got := resident.Get("/account").Path; !strings.HasPrefix(got, "/inloggen") {
			t.Errorf("who is blocked opens %s", got)
		}
		page = page.Form("/deblokkeren").Submit().MustStatus(http.StatusOK).MustSay("Bewoner Test kan weer inloggen")
		if !answered.MatchString(page.Body) {
			t.Error("the sentence is neither announced nor in focus")
		}
		w.signIn("bewoner@voorbeeld.test")
		admin.Get(path).Form(path + "/uitloggen").Submit().MustSay("Bewoner Test is nergens meer ingelogd")
	})
}

// answered finds the place where a page says what a press did.
var answered = regexp.MustCompile(`<section class="[^"]*" role="status" tabindex="-1" autofocus>`)

func TestThePageAboutAnAdministratorHasNoFormsForACoordinator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/beheer/mensen/" + string(w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin))
		w.person("netwerk@voorbeeld.test", "Coördinator", access.Coordinator)
		admin := w.signIn("beheerder@voorbeeld.test")
		page := w.signIn("netwerk@voorbeeld.test").Get(path).MustStatus(http.StatusOK)
		page.MustSay("Alleen een beheerder kan iets wijzigen aan een beheerder.", "beheerder@voorbeeld.test")
		for _, form := range []string{"", "/rollen", "/uitloggen"} {
			if page.HasForm(path + form) {
				t.Errorf("a form for %q that is refused", path+form)
			}
			if !admin.Get(path).HasForm(path + form) {
				t.Errorf("an administrator has no form for %q", path+form)
			}
		}
	})
}

func TestAReportAboutTheOnlyAdministratorSaysThatTheAccountIsNotHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/beheer/mensen/" + string(w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin))
		w.signIn("beheerder@voorbeeld.test").Get(path).Form(path).Set("email", "nieuw@voorbeeld.test").Submit().MustStatus(http.StatusOK)
		l := w.letterAboutMoving("beheerder@voorbeeld.test")
		if !strings.Contains(l.Text, "Wij houden het account niet tegen") || strings.Contains(l.Text, "tegen tot") {
			t.Errorf("the letter promises what will not happen:\n%s", l.Text)
		}
		link := reportLink.FindString(l.Text)
		page := w.browser().Get(link).MustSay("Wij houden het account niet tegen", "Dit klopt niet: log iedereen uit").
			MustNotSay("houd het account tegen", "Dan houden wij").Form("/adres-gewijzigd").Submit().MustStatus(http.StatusOK)
		page.MustSay("het account is niet tegengehouden", "Bel daarom nu").MustNotSay("Wij hebben het account tegengehouden")
		w.signIn("nieuw@voorbeeld.test")
		var report letter.Letter
		w.eventually("the letter about the report", func() bool {
			for _, l := range w.lettersTo("nieuw@voorbeeld.test", 1) {
				if l.Subject == "Iemand meldt dat een adreswijziging niet klopt" {
					report = l
				}
			}
			return report.ID != ""
		})
		if !strings.Contains(report.Text, "Dit is uw eigen account") || strings.Contains(report.Text, "weer toe") {
			t.Errorf("the letter about the report says:\n%s", report.Text)
		}
		w.signIn("nieuw@voorbeeld.test").Get(path).MustSay("De wijziging van het adres is gemeld", "Deze persoon kan nu inloggen").MustNotSay("weer toe")
	})
}

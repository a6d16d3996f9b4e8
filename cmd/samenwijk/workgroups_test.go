package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/workgroup"
	"samenwijk/server/servertest"
)

// eachDemonstration runs test against a demonstration on each database, with a clock it can move.
func eachDemonstration(t *testing.T, test func(t *testing.T, w *world, clock *clock)) {
	t.Helper()
	for name, where := range map[string]func() string{
		"sqlite": func() string { return databasetest.SQLiteFile(t) }, "postgres": func() string { return databasetest.PostgresURL(t) },
	} {
		at := where()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			test(t, start(t, at, options{demonstration: true, now: c.now}), c)
		})
	}
}

// clock is the machine's, moved ahead.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.ahead).Truncate(time.Microsecond)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// as opens a browser in which a person of the demonstration is signed in.
func (w *world) as(email string) *servertest.Browser {
	w.t.Helper()
	b := w.browser()
	b.Get("/inloggen").Form("/inloggen/demonstratie").Press("persoon", string(w.actor(email).ID)).MustStatus(http.StatusOK)
	return b
}

// groupPath returns the page of a workgroup of the demonstration.
func (w *world) groupPath(key string) string {
	w.t.Helper()
	g, err := w.demoGroup(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	return "/werkgroepen/" + string(g.ID)
}

// send posts fields with the token of a page that the browser may open.
func send(b *servertest.Browser, path string, fields url.Values) *servertest.Page {
	if fields == nil {
		fields = url.Values{}
	}
	fields.Set("csrf", b.Get("/zoeken").Form("/taal").Value("csrf"))
	return b.Post(path, fields)
}

func TestAnOutsiderDoesNotFindAPrivateWorkgroupByAnyRoute(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := w.groupPath(demoGuidance)
		student := w.actor(demoStudent)
		person := string(student.ID)
		gets := []string{"", "/bewerken", "/leden", "/leden/" + person, "/verlaten", "/notities/nieuw", "/inzage"}
		posts := []string{"/bewerken", "/leden", "/leden/" + person, "/leden/" + person + "/verwijderen", "/verlaten", "/notities/nieuw", "/inzage", "/uitnodigingen/x/intrekken"}
		for name, b := range map[string]*servertest.Browser{"a visitor": w.browser(), "a member of another group": w.as(demoEntrepreneur)} {
			for _, route := range gets {
				page := b.Get(path + route)
				if page.Status != http.StatusNotFound {
					t.Errorf("%s: GET %s answers %d", name, route, page.Status)
				}
				page.MustNotSay("Begeleiding van deelnemers")
			}
			for _, route := range posts {
				if page := send(b, path+route, url.Values{"role": {"student"}, "reason": {"Zomaar even kijken."}}); page.Status != http.StatusNotFound {
					t.Errorf("%s: POST %s answers %d", name, route, page.Status)
				}
			}
			b.Get("/werkgroepen").MustStatus(http.StatusOK).MustSay("Lerende samenwerking").MustNotSay("Begeleiding van deelnemers")
			b.Get("/werkgroepen?tekst=begeleiding").MustNotSay("Begeleiding van deelnemers")
			b.Get("/zoeken?q=begeleiding+deelnemers").MustStatus(http.StatusOK).MustNotSay("Begeleiding van deelnemers")
			b.Get("/zoeken?q=oud-deelnemers+diploma").MustStatus(http.StatusOK).MustSay("Niets gevonden")
			b.Get("/notities?werkgroep="+strings.TrimPrefix(path, "/werkgroepen/")).MustNotSay("Begeleiding van deelnemers", "Van opleiding naar werk")
		}
		w.as(demoStudent).Get("/zoeken?q=begeleiding+deelnemers").MustSay("Begeleiding van deelnemers")
		w.as(demoStudent).Get("/zoeken?q=oud-deelnemers+diploma").MustSay("Van opleiding naar werk")
		w.as(demoStudent).Get(path).MustStatus(http.StatusOK).MustSay("Het is tijd om terug te kijken")
		admin := w.as(demoAdmin)
		for _, route := range gets[:6] {
			admin.Get(path + route).MustStatus(http.StatusNotFound)
		}
	})
}

func TestAVisitorReadsAPublicWorkgroupButNotItsMembersAndNotes(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, path := w.browser(), w.groupPath(demoLearning)
		b.Get(path).MustStatus(http.StatusOK).MustSay("Meer kansen op werk", "6 leden", "over 3 weken").MustNotSay("Sociaal ondernemer", "Leeragenda", "Schrijf een notitie")
		b.Get(path + "/leden").MustSay("Inloggen")
		if len(b.Cookies()) != 0 {
			t.Errorf("a visitor got cookies: %v", b.Cookies())
		}
	})
}

func TestABadWorkgroupFormIsNamedAtEachFieldAndKeepsWhatWasTyped(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoCoordinator)
		page := b.Get("/werkgroepen/nieuw").MustStatus(http.StatusOK).Form("/werkgroepen/nieuw").Submit().MustStatus(http.StatusUnprocessableEntity)
		for _, field := range []string{"name", "goal", "review", "strands"} {
			if page.Mistake(field) == "" {
				t.Errorf("empty: no sentence at %s", field)
			}
		}
		huge := strings.Repeat("é", 3000)
		page = page.Form("/werkgroepen/nieuw").Set("name", huge).Set("goal", "<script>alert(1)</script> en meer").Set("review", "morgen").
			Set("strands", "research").Submit().MustStatus(http.StatusUnprocessableEntity).MustSay("<script>alert(1)</script> en meer")
		if page.Mistake("name") == "" || page.Value("goal") != "<script>alert(1)</script> en meer" || page.Value("review") != "morgen" {
			t.Errorf("huge: %q, %q", page.Mistake("name"), page.Value("goal"))
		}
		page = page.Form("/werkgroepen/nieuw").Set("name", "Goede naam").Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("review") == "" || page.Mistake("name") != "" {
			t.Errorf("a date that is none: %q", page.Mistake("review"))
		}
		for name, values := range map[string][]string{
			"twice": {"Een naam", "Nog een naam"}, "control signs": {"a\x00b"}, "turned around": {"a\u202eb"}, "not UTF-8": {"a\xffb"},
		} {
			page := page.Form("/werkgroepen/nieuw").SetHostile("name", values...).Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake("name") == "" {
				t.Errorf("%s: no sentence at the name", name)
			}
		}
		f := page.Form("/werkgroepen/nieuw").Set("review", "31-12-2020").SetHostile("strands", "research", "vissen").SetHostile("visibility", "overal")
		page = f.Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("review") == "" || page.Mistake("strands") == "" {
			t.Errorf("a past date and an unknown strand: %q, %q", page.Mistake("review"), page.Mistake("strands"))
		}
		b.Get("/werkgroepen").MustNotSay("Goede naam")
	})
}

func TestADoubleClickBeginsOneWorkgroup(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoLecturer)
		f := b.Get("/werkgroepen/nieuw").Form("/werkgroepen/nieuw").Set("name", "Fietsen in de wijk").
			Set("goal", "Samen fietsen maken en leren.").Set("review", time.Now().AddDate(0, 6, 0).Format("2-1-2006")).Set("strands", "practice", "education")
		first, second := f.Submit().MustStatus(http.StatusOK), f.Submit().MustStatus(http.StatusOK)
		if first.Path != second.Path || !strings.HasPrefix(first.Path, "/werkgroepen/") {
			t.Errorf("went to %s and %s", first.Path, second.Path)
		}
		first.MustSay("Fietsen in de wijk", "Praktijkverbetering, Onderwijsvernieuwing", "Coördinator")
		w.as(demoStudent).Get("/werkgroepen/nieuw").MustStatus(http.StatusForbidden)
		w.browser().Get(first.Path).MustStatus(http.StatusNotFound)
	})
}

func TestTheSecondOfTwoWindowsSeesWhatTheFirstSaved(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, path := w.as(demoCoordinator), w.groupPath(demoLearning)
		one, two := b.Get(path+"/bewerken").Form("/bewerken"), b.Get(path+"/bewerken").Form("/bewerken")
		one.Set("name", "Naam uit het eerste venster").Submit().MustStatus(http.StatusOK).MustSay("Naam uit het eerste venster")
		page := two.Set("name", "Naam uit het tweede venster").Submit().MustStatus(http.StatusConflict).MustSay("Dit is intussen bewaard", "Naam uit het eerste venster")
		if page.Value("name") != "Naam uit het tweede venster" {
			t.Errorf("kept %q", page.Value("name"))
		}
		page.Form("/bewerken").Submit().MustStatus(http.StatusOK).MustSay("Naam uit het tweede venster")
	})
}

func TestAWorkgroupThatTurnsPrivateIsGoneForOutsidersAtOnceWithItsDocuments(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path, b := w.groupPath(demoLearning), w.browser()
		document := b.Get(path).Link(demoProgrammeTitle).MustStatus(http.StatusOK).Path
		b.Get("/zoeken?q=" + url.QueryEscape(demoProgrammeTitle)).MustSay("Programma · Lerende samenwerking")
		coordinator := w.as(demoCoordinator)
		coordinator.Get(path+"/bewerken").Form("/bewerken").Set("visibility", "private").Submit().MustStatus(http.StatusOK).MustSay("Alleen voor leden")
		b.Get(path).MustStatus(http.StatusNotFound)
		b.Get(document).MustStatus(http.StatusNotFound)
		b.Get("/zoeken?q=" + url.QueryEscape(demoProgrammeTitle)).MustSay("Niets gevonden")
		b.Get("/zoeken?q=lerende+samenwerking").MustNotSay("Meer kansen")
		coordinator.Get(document).MustStatus(http.StatusOK)
		coordinator.Get("/zoeken?q=" + url.QueryEscape(demoProgrammeTitle)).MustSay("Programma · Lerende samenwerking")
	})
}

// invited asks somebody into a workgroup and returns the link in the letter.
func (w *world) invited(b *servertest.Browser, path, email, role string) string {
	w.t.Helper()
	b.Get(path+"/leden").Form("/leden").Set("email", email).Set("role", role).Submit().MustStatus(http.StatusOK).MustSay(email)
	var link string
	w.eventually("the letter to "+email+" is there", func() bool {
		letters, _, err := w.letters.List(w.t.Context(), w.actor(demoAdmin), 1)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range letters {
			if l.Recipient != email {
				continue
			}
			full, err := w.whole().Find(w.t.Context(), w.actor(demoAdmin), l.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			if _, after, found := strings.Cut(full.Text, w.url+"/uitnodigingen/"); found {
				link = "/uitnodigingen/" + strings.Fields(after)[0]
			}
		}
		return link != ""
	})
	return link
}

func TestAnInvitationByLetterMakesAMemberOnce(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := w.groupPath(demoGuidance)
		link := w.invited(w.as(demoLecturer), path, "nieuw@voorbeeld.test", "resident")
		visitor := w.browser()
		page := visitor.Get(link).MustStatus(http.StatusOK).MustSay("Uitnodiging voor Begeleiding van deelnemers", "Docent-onderzoeker")
		if page.Path != "/uitnodigingen" {
			t.Errorf("the token stays in the address: %s", page.Path)
		}
		bad := page.Form("/uitnodigingen").Press("answer", "yes").MustStatus(http.StatusUnprocessableEntity)
		if bad.Mistake("your_name") == "" {
			t.Error("no sentence at the name")
		}
		for name, value := range map[string]string{"huge": strings.Repeat("x", 5000), "control signs": "a\x00b", "an element": "Nieuwe <b>bewoner", "a site": "elders.example"} {
			if p := bad.Form("/uitnodigingen").SetHostile("your_name", value).Press("answer", "yes").MustStatus(http.StatusUnprocessableEntity); p.Mistake("your_name") == "" {
				t.Errorf("%s: no sentence at the name", name)
			}
		}
		bad.Form("/uitnodigingen").Set("your_name", "Nieuwe bewoner").Press("answer", "yes").MustStatus(http.StatusOK).MustSay("U bent lid van de werkgroep")
		visitor.Get(path).MustStatus(http.StatusNotFound) // the letter let nobody in
		w.as(demoLecturer).Get(path).MustSay("Nieuwe bewoner")

		again := w.browser()
		again.Get(link).MustStatus(http.StatusConflict).MustSay("al gebruikt")
		newcomer := w.as("nieuw@voorbeeld.test")
		newcomer.Get(path).MustStatus(http.StatusOK).MustSay("Uw rol Bewoner")
		newcomer.Get(path + "/verlaten").Form("/verlaten").Submit().MustStatus(http.StatusOK)
		newcomer.Get(link).MustStatus(http.StatusConflict)
		newcomer.Get(path).MustStatus(http.StatusNotFound)
	})
}

func TestAnInvitationIsRefusedForSomebodyElseAndAfterItsTime(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		path := w.groupPath(demoGuidance)
		link := w.invited(w.as(demoLecturer), path, demoEntrepreneur, "entrepreneur")
		other := w.as(demoAreaPartner)
		other.Get(link).MustStatus(http.StatusOK).MustSay("Deze uitnodiging is niet voor u")
		send(other, "/uitnodigingen", url.Values{"answer": {"yes"}}).MustStatus(http.StatusForbidden).MustSay("ander e-mailadres")
		send(other, "/uitnodigingen", url.Values{"answer": {"no"}}).MustStatus(http.StatusForbidden)
		other.Get(path).MustStatus(http.StatusNotFound)

		clock.move(workgroup.InvitationLasts)
		late := w.as(demoEntrepreneur)
		late.Get(link).MustStatus(http.StatusConflict).MustSay("te oud")
		send(late, "/uitnodigingen", url.Values{"answer": {"yes"}}).MustStatus(http.StatusConflict).MustSay("te oud")
		late.Get(path).MustStatus(http.StatusNotFound)
		clock.move(-workgroup.InvitationLasts)
		w.as(demoEntrepreneur).Get(link).Form("/uitnodigingen").Press("answer", "yes").MustStatus(http.StatusOK).MustSay("Begeleiding van deelnemers")

		for _, token := range []string{"x", strings.Repeat("a", 200), "..%2f..", "%00"} {
			if page := w.browser().Get("/uitnodigingen/" + token); page.Status < 400 {
				t.Errorf("the token %q answers %d", token, page.Status)
			}
		}
		w.browser().Get("/uitnodigingen").MustStatus(http.StatusNotFound)
	})
}

func TestAnInvitationCanBeWithdrawnAndDeclined(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		lecturer, path := w.as(demoLecturer), w.groupPath(demoGuidance)
		link := w.invited(lecturer, path, "weg@voorbeeld.test", "student")
		lecturer.Get(path+"/leden").Link("Trek in").MustSay("Wilt u deze uitnodiging intrekken?", "weg@voorbeeld.test").
			Form("/intrekken").Submit().MustSay("De uitnodiging is ingetrokken.").MustNotSay("weg@voorbeeld.test")
		w.browser().Get(link).MustStatus(http.StatusConflict).MustSay("ingetrokken")

		link = w.invited(lecturer, path, "nee@voorbeeld.test", "student")
		visitor := w.browser()
		visitor.Get(link).Form("/uitnodigingen").Press("answer", "no").MustStatus(http.StatusOK).MustSay("U doet niet mee")
		visitor.Get(link).MustStatus(http.StatusConflict).MustSay("afgeslagen")
	})
}

func TestSeveralPeopleAreInvitedWithOneForm(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, path := w.as(demoCoordinator), w.groupPath(demoLearning)
		list := "Een <een@voorbeeld.test>\ntwee@voorbeeld\n" + demoStudent + "; drie"
		page := b.Get(path+"/leden").Form("/leden").Set("email", list).Set("role", "resident").Set("message", "Kom mee.\nTot dinsdag!").
			Submit().MustStatus(http.StatusUnprocessableEntity)
		page.MustSay("Regel 2: “twee@voorbeeld” is geen e-mailadres", "Regel 3: “drie” is geen e-mailadres", "Tot dinsdag!")
		if at := page.Mistake("email"); !strings.Contains(at, "Regel 2") || !strings.Contains(at, "Regel 3") {
			t.Errorf("at the field: %q", at)
		}
		f := page.Form("/leden")
		if f.Value("email") != list {
			t.Errorf("what was typed became %q", f.Value("email"))
		}
		list = "Een <een@voorbeeld.test>\ntwee@voorbeeld.test " + demoStudent
		f.Set("email", list).Submit().MustStatus(http.StatusOK).
			MustSay("Er gaan 2 brieven weg, naar een@voorbeeld.test, twee@voorbeeld.test.", "Geen brief, want al lid: "+demoStudent)
		text := w.lettersTo("twee@voorbeeld.test", 1)[0].Text
		if !strings.Contains(text, "schrijft u:\nKom mee.\nTot dinsdag!") {
			t.Errorf("the letter is %q", text)
		}
	})
}

func TestABadInvitationIsNamedAtItsField(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, path := w.as(demoCoordinator), w.groupPath(demoLearning)
		page := b.Get(path + "/leden").Form("/leden").Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("email") == "" || page.Mistake("role") == "" {
			t.Errorf("empty: %q, %q", page.Mistake("email"), page.Mistake("role"))
		}
		for name, values := range map[string][]string{
			"no address": {"bo"}, "a second header": {"bo@voorbeeld.test\r\nBcc: x@y.test"}, "huge": {strings.Repeat("a", 9000) + "@voorbeeld.test"},
			"twice": {"a@voorbeeld.test", "b@voorbeeld.test"}, "a member": {demoStudent}, "control signs": {"bo\x00@voorbeeld.test"},
		} {
			page := page.Form("/leden").SetHostile("email", values...).Set("role", "student").Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake("email") == "" {
				t.Errorf("%s: no sentence at the address", name)
			}
		}
		f := b.Get(path+"/leden").Form("/leden").Set("email", "dubbel@voorbeeld.test").Set("role", "student")
		f.Submit().MustStatus(http.StatusOK)
		f.Submit().MustStatus(http.StatusOK)
		open, err := w.groups.Invitations(t.Context(), w.actor(demoCoordinator), workgroup.ID(strings.TrimPrefix(path, "/werkgroepen/")))
		if err != nil || len(open) != 1 {
			t.Errorf("a double click made %d invitations, %v", len(open), err)
		}
		w.as(demoStudent).Get(path+"/leden").MustStatus(http.StatusOK).MustNotSay("Nodig mensen uit", "dubbel@voorbeeld.test")
		send(w.as(demoStudent), path+"/leden", url.Values{"email": {"x@voorbeeld.test"}, "role": {"student"}}).MustStatus(http.StatusForbidden)
	})
}

func TestRolesChangeAtTheNextRequestAndTheLastCoordinatorStays(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, path := w.as(demoCoordinator), w.groupPath(demoLearning)
		me := path + "/leden/" + string(w.actor(demoCoordinator).ID)
		page := b.Get(me).MustStatus(http.StatusOK).Form(me).Set("role", "resident").Submit().MustStatus(http.StatusConflict).MustSay("altijd een coördinator")
		page.Form("/verwijderen").Submit().MustStatus(http.StatusConflict).MustSay("altijd een coördinator")
		b.Get(path + "/verlaten").Form("/verlaten").Submit().MustStatus(http.StatusConflict).MustSay("altijd een coördinator")
		b.Get(me).Form(me).SetHostile("role", "admin").Submit().MustStatus(http.StatusUnprocessableEntity)

		student := w.as(demoStudent)
		student.Get(path + "/bewerken").MustStatus(http.StatusForbidden)
		them := path + "/leden/" + string(w.actor(demoStudent).ID)
		b.Get(them).Form(them).Set("role", "coordinator").Submit().MustStatus(http.StatusOK)
		student.Get(path + "/bewerken").MustStatus(http.StatusOK)
		student.Get(me).Form(me + "/verwijderen").Submit().MustStatus(http.StatusOK)
		b.Get(them).MustStatus(http.StatusOK) // who coordinates the network still reaches every group
		lecturer := path + "/leden/" + string(w.actor(demoResident).ID)
		resident := w.as(demoResident)
		resident.Get(path).MustSay("Leden")
		student.Get(lecturer).Form("/verwijderen").Submit().MustStatus(http.StatusOK)
		resident.Get(path).MustNotSay("Verlaat deze werkgroep")
		student.Get(path + "/leden/niemand").MustStatus(http.StatusNotFound)
	})
}

func TestAnAdministratorLooksInsideAfterWritingWhy(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		b, path := w.as(demoAdmin), w.groupPath(demoGuidance)
		page := b.Get("/beheer").Link("Meekijken in een werkgroep").MustStatus(http.StatusOK).Link("Begeleiding van deelnemers").MustStatus(http.StatusOK)
		page.MustNotSay("Uitzoeken wat deelnemers")
		for name, values := range map[string][]string{
			"empty": {""}, "short": {"zomaar"}, "huge": {strings.Repeat("x", 5000)}, "twice": {"Een goede reden.", "Nog een goede reden."},
		} {
			page := page.Form("/inzage").SetHostile("reason", values...).Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake("reason") == "" {
				t.Errorf("%s: no sentence at the reason", name)
			}
		}
		b.Get(path).MustStatus(http.StatusNotFound)
		page.Form("/inzage").Set("reason", "Een lid vraagt hulp <script>").Submit().MustStatus(http.StatusOK).MustSay("U kijkt mee als beheerder", "Van opleiding naar werk")
		b.Get(path).MustNotSay("Schrijf een notitie", "Verlaat deze werkgroep")
		b.Get(path + "/bewerken").MustStatus(http.StatusForbidden)
		w.as(demoStudent).Get(path).MustSay("Wie er meekeek", "Beheerder", "Een lid vraagt hulp <script>")
		for _, who := range []*servertest.Browser{w.as(demoCoordinator), w.browser()} {
			who.Get("/werkgroepen/inzage").MustStatus(http.StatusNotFound)
			who.Get(path + "/inzage").MustStatus(http.StatusNotFound)
		}
		clock.move(time.Hour)
		b.Get(path).MustStatus(http.StatusNotFound)
	})
}

func TestSearchingTakesAnythingThatCanBeTyped(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		for _, text := range []string{"", " ", `"`, `a" OR "b`, "'); DROP TABLE notes; --", "<script>alert(1)</script>", "\x00", "\xff", strings.Repeat("werk ", 2000), "NEAR(a b)", "%", "é"} {
			page := b.Get("/zoeken?" + url.Values{"q": {text}}.Encode()).MustStatus(http.StatusOK)
			for _, script := range strangeScripts(page) {
				t.Errorf("%q put %s on the page", text, script)
			}
		}
		b.Get("/zoeken?q=%zz").MustStatus(http.StatusOK)
		page := b.Get("/zoeken?q=werkgevers").MustSay("2 gevonden", "Notitie · Lerende samenwerking")
		if len(page.All("mark")) == 0 {
			t.Error("what was found is not marked")
		}
	})
}

func TestAMeetingThatIsOverStaysOnThePageOfItsGroupAndInTheList(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		path, title := w.groupPath(demoLearning), demoUpcoming[0].details.Title
		b := w.browser()
		b.Get(path).MustSay(title).MustNotSay("Geweest")
		clock.move(15 * 24 * time.Hour)
		for name, who := range map[string]*servertest.Browser{"a visitor": b, "a member": w.as(demoStudent)} {
			page := who.Get(path).MustSay("Geweest " + title)
			if at := page.Link(title).MustStatus(http.StatusOK).Path; !strings.HasPrefix(at, "/bijeenkomsten/") {
				t.Errorf("%s is led to %s", name, at)
			}
			page.Link("Toon alle bijeenkomsten").MustStatus(http.StatusOK).MustSay("Geweest", title)
			who.Get("/bijeenkomsten").MustSay("Geweest", title)
		}
		clock.move(30 * 24 * time.Hour) // nothing is to come, and the names of who came are erased
		page := b.Get(path).MustSay(title, demoUpcoming[1].details.Title)
		page.Link("Toon alle bijeenkomsten").MustSay("Geweest", title)
	})
}

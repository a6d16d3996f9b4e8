package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samenwijk/domain/research"
	"samenwijk/server/servertest"
)

// newNote writes a draft through the pages and returns its path.
func newNote(b *servertest.Browser, group, title, body string) string {
	page := b.Get(group+"/notities/nieuw").Form("/notities/nieuw").Set("title", title).Set("body", body).Submit().MustStatus(http.StatusOK)
	return page.MustSay(title, "Dit is een concept").Path
}

func shareNote(b *servertest.Browser, path string) {
	b.Get(path+"/delen").Form("/delen").Set("checked", "ja").Submit().MustStatus(http.StatusOK).MustSay("Reacties")
}

func TestADraftIsUnknownToEverybodyButItsAuthor(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		author, group := w.as(demoStudent), w.groupPath(demoLearning)
		path := newNote(author, group, "Kwetsbaar gesprek", "Woorden van iemand uit de straat")
		for _, email := range []string{"", demoCoordinator, demoLecturer, demoResident, demoAdmin} {
			b := w.browser()
			if email != "" {
				b = w.as(email)
			}
			for _, route := range []string{"", "/bewerken", "/delen", "/verwijderen"} {
				b.Get(path + route).MustStatus(http.StatusNotFound).MustNotSay("Kwetsbaar")
			}
			for _, route := range []string{"/bewerken", "/delen", "/terugnemen", "/verwijderen", "/reacties", "/reacties/x/intrekken"} {
				send(b, path+route, url.Values{"title": {"x"}, "comment": {"x"}, "version": {"1"}, "checked": {"ja"}}).MustStatus(http.StatusNotFound)
			}
			b.Get("/zoeken?q=kwetsbaar").MustNotSay("Kwetsbaar gesprek")
			b.Get("/notities").MustNotSay("Kwetsbaar gesprek")
			b.Get(group).MustNotSay("Kwetsbaar gesprek")
		}
		author.Get("/zoeken?q=kwetsbaar").MustSay("Kwetsbaar gesprek")
		author.Get(path).MustStatus(http.StatusOK).MustSay("Woorden van iemand")
	})
}

func TestANoteIsSharedOnlyAfterCheckingWhoWillReadIt(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		author, member := w.as(demoStudent), w.as(demoResident)
		path := newNote(author, w.groupPath(demoLearning), "Wat ik hoorde", "Een **kort** verslag.")
		page := author.Get(path+"/delen").MustSay("6 leden kunnen de notitie dan lezen", "Gebiedspartner (Gebiedspartner)", "Staan er namen in")
		page = page.Form("/delen").Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("checked") == "" {
			t.Error("no sentence at the box")
		}
		member.Get(path).MustStatus(http.StatusNotFound)

		stale := author.Get(path+"/delen").Form("/delen").Set("checked", "ja")
		author.Get(path+"/bewerken").Form("/bewerken").Set("body", "Een ander verslag.").Submit().MustStatus(http.StatusOK)
		stale.Submit().MustStatus(http.StatusConflict).MustSay("gewijzigd nadat u deze bladzijde opende", "Een ander verslag.")
		member.Get(path).MustStatus(http.StatusNotFound)

		confirmed := author.Get(path+"/delen").Form("/delen").Set("checked", "ja")
		confirmed.Submit().MustStatus(http.StatusOK)
		confirmed.Submit().MustStatus(http.StatusOK) // a double click
		member.Get(path).MustStatus(http.StatusOK).MustSay("Een ander verslag.").MustNotSay("Wijzig")
		member.Get(path + "/bewerken").MustStatus(http.StatusForbidden)
		send(member, path+"/bewerken", url.Values{"title": {"Van mij"}, "version": {"2"}}).MustStatus(http.StatusForbidden)
		w.browser().Get(path).MustStatus(http.StatusNotFound)

		author.Get(path).Form("/terugnemen").Submit().MustStatus(http.StatusOK).MustSay("Dit is een concept")
		member.Get(path).MustStatus(http.StatusNotFound)
		shareNote(author, path)
		member.Get(path).Form("/reacties").Set("comment", "Dat herken ik.").Submit().MustStatus(http.StatusOK).MustSay("Dat herken ik.")
		author.Get(path).MustNotSay("Maak er weer een concept van")
		send(author, path+"/terugnemen", nil).MustStatus(http.StatusConflict).MustSay("Anderen hebben al gereageerd")
		send(author, path+"/verwijderen", nil).MustStatus(http.StatusConflict)
	})
}

func TestABadNoteIsNamedAtItsFieldAndKeepsWhatWasTyped(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoStudent), w.groupPath(demoLearning)
		page := b.Get(group+"/notities/nieuw").Form("/notities/nieuw").Set("body", "Een lang verhaal\n\nmet alinea's").Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("title") == "" || page.Value("body") != "Een lang verhaal\n\nmet alinea's" {
			t.Errorf("empty: %q, kept %q", page.Mistake("title"), page.Value("body"))
		}
		for name, tc := range map[string]struct {
			field  string
			values []string
		}{
			"a huge title":      {"title", []string{strings.Repeat("é", 9000)}},
			"a huge text":       {"body", []string{strings.Repeat("x", research.MaxBody+1)}},
			"control signs":     {"body", []string{"a\x00b"}},
			"not UTF-8":         {"title", []string{"a\xff"}},
			"the title twice":   {"title", []string{"Een", "Twee"}},
			"the text twice":    {"body", []string{"Een", "Twee"}},
			"turned around":     {"title", []string{"a\u202eb"}},
			"only white space":  {"title", []string{" \n\t "}},
			"a title of a sign": {"title", []string{"\u202e"}},
		} {
			page := page.Form("/notities/nieuw").Set("title", "Goed").SetHostile(tc.field, tc.values...).Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake(tc.field) == "" {
				t.Errorf("%s: no sentence at %s", name, tc.field)
			}
		}
		longest := strings.Repeat("\U0001F6B2", research.MaxBody) // each sign takes twelve bytes on the way
		page.Form("/notities/nieuw").Set("title", "Zo lang als mag").Set("body", longest).Submit().MustStatus(http.StatusOK)
		f := b.Get(page.Path).Form("/notities/nieuw").Set("title", "Dubbel geklikt")
		if first, second := f.Submit().MustStatus(http.StatusOK), f.Submit().MustStatus(http.StatusOK); first.Path != second.Path {
			t.Errorf("a double click made %s and %s", first.Path, second.Path)
		}
		path := f.Submit().Path
		page = b.Get(path+"/bewerken").Form("/bewerken").Set("title", "").SetHostile("version", "x").Submit().MustStatus(http.StatusUnprocessableEntity)
		page.Form("/bewerken").Set("title", "Nog een").SetHostile("version", "-1").Submit().MustStatus(http.StatusConflict)
	})
}

func TestLookingFirstKeepsNothing(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoStudent), w.groupPath(demoLearning)
		page := b.Get(group+"/notities/nieuw").Form("/notities/nieuw").Set("title", "Nog niet").Set("body", "# Kop\n\n*schuin*").Press("press", "preview").MustStatus(http.StatusOK)
		page.MustSay("Zo komt de notitie eruit te zien", "Dit is nog niet bewaard")
		if len(page.All("em")) != 1 || page.Value("body") != "# Kop\n\n*schuin*" {
			t.Errorf("the preview shows %d words in italics and keeps %q", len(page.All("em")), page.Value("body"))
		}
		b.Get("/notities").MustNotSay("Nog niet")
		page.Form("/notities/nieuw").Submit().MustStatus(http.StatusOK).MustSay("Nog niet", "Kop")
	})
}

func TestASecondWindowKeepsItsTextAndSeesTheNewerOne(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		path := newNote(b, w.groupPath(demoLearning), "Twee vensters", "Begin")
		one, two := b.Get(path+"/bewerken").Form("/bewerken"), b.Get(path+"/bewerken").Form("/bewerken")
		one.Set("body", "Uit het eerste venster").Submit().MustStatus(http.StatusOK)
		page := two.Set("body", "Uit het tweede venster").Submit().MustStatus(http.StatusConflict).MustSay("Dit is intussen bewaard", "Uit het eerste venster")
		if page.Value("body") != "Uit het tweede venster" {
			t.Errorf("kept %q", page.Value("body"))
		}
		b.Get(path).MustSay("Uit het eerste venster")
		page.Form("/bewerken").Submit().MustStatus(http.StatusOK).MustSay("Uit het tweede venster")
	})
}

func TestTextSurvivesTheEndOfTheSession(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		form := b.Get(w.groupPath(demoLearning)+"/notities/nieuw").Form("/notities/nieuw").Set("title", "Een uur werk").Set("body", "Een uur lang geschreven")
		b.Get("/zoeken").Form("/uitloggen").Submit().MustStatus(http.StatusOK)
		page := form.Submit()
		if page.Status < 400 || page.Value("body") != "Een uur lang geschreven" || page.Value("title") != "Een uur werk" {
			t.Fatalf("answers %d and keeps %q", page.Status, page.Value("body"))
		}
		b.Get("/inloggen").Form("/inloggen/demonstratie").Press("persoon", string(w.actor(demoStudent).ID)).MustStatus(http.StatusOK)
		again := page.Form("/notities/nieuw").Submit() // of a page from before signing in
		again.Form("/notities/nieuw").Submit().MustStatus(http.StatusOK).MustSay("Een uur werk", "Een uur lang geschreven")
	})
}

func TestCommentsNeedNoRightToEditAndCanBeWithdrawn(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		author, member := w.as(demoStudent), w.as(demoAreaPartner)
		path := newNote(author, w.groupPath(demoLearning), "Open vraag", "Wat vindt u?")
		shareNote(author, path)
		for name, values := range map[string][]string{
			"empty": {""}, "huge": {strings.Repeat("x", research.MaxComment+1)}, "control signs": {"a\x00"}, "twice": {"Een", "Twee"}, "white space": {"\n \n"},
		} {
			page := member.Get(path).Form("/reacties").SetHostile("comment", values...).Submit().MustStatus(http.StatusUnprocessableEntity)
			if page.Mistake("comment") == "" {
				t.Errorf("%s: no sentence at the comment", name)
			}
		}
		f := member.Get(path).Form("/reacties").Set("comment", "<script>alert(1)</script> & **geen opmaak**")
		f.Submit().MustStatus(http.StatusOK)
		page := f.Submit().MustStatus(http.StatusOK).MustSay("<script>alert(1)</script> & **geen opmaak**", "Trek mijn reactie in")
		if n := strings.Count(page.Text(), "geen opmaak"); n != 1 {
			t.Errorf("a double click placed %d comments", n)
		}
		author.Get(path).MustNotSay("Trek de reactie")
		withdraw := w.as(demoCoordinator).Get(path).Link("Trek de reactie van Gebiedspartner in").MustSay("geen opmaak").Form("/intrekken")
		withdraw.Submit().MustStatus(http.StatusOK).MustSay("Deze reactie is ingetrokken.").MustNotSay("geen opmaak")
		withdraw.Submit().MustStatus(http.StatusOK)
		send(member, path+"/reacties/bestaat-niet/intrekken", nil).MustStatus(http.StatusNotFound)
	})
}

// strangeScripts are those of a page that are neither a file of the program with nothing in it, nor to the letter the
// one line of the menu.
func strangeScripts(page *servertest.Page) (strange []string) {
	for _, script := range page.All("script") {
		var written strings.Builder
		if err := html.Render(&written, script); err != nil {
			return []string{err.Error()}
		}
		if !ownScript.MatchString(written.String()) && !menuScript.MatchString(written.String()) {
			strange = append(strange, written.String())
		}
	}
	return strange
}

var menuScript = regexp.MustCompile(`^<script nonce="[\w-]+">` + regexp.QuoteMeta(
	`addEventListener("keydown",e=>{let t=e.target,m=t.closest?.(".sw-header details[open]");`+
		`if(e.key=="Escape"&&m&&!t.value){m.open=false;m.firstElementChild.focus()}})</script>`) + `$`)

var ownScript = regexp.MustCompile(`^<script type="module" src="/assets/[\w-]+\.js" nonce="[\w-]+"></script>$`)

func TestHostileMarkdownIsHarmlessOnThePage(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		path := newNote(b, w.groupPath(demoLearning), `"><script>alert(1)</script>`, strings.Join([]string{
			`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `[klik](javascript:alert(1))`, `![p](https://elders.example/pixel.png)`,
			`<svg onload=alert(1)>`, `<iframe src="https://elders.example">`, `[x](data:text/html,hi)`, `<form action="/uitloggen" method="post"><button>x</button></form>`,
		}, "\n\n"))
		for _, where := range []string{path, path + "/delen", path + "/verwijderen", "/notities", "/zoeken?q=alert"} {
			page := b.Get(where).MustStatus(http.StatusOK)
			for _, name := range []string{"img", "iframe"} {
				if n := len(page.All(name)); n != 0 {
					t.Errorf("%s has %d elements %s", where, n, name)
				}
			}
			for _, script := range strangeScripts(page) {
				t.Errorf("%s has %s", where, script)
			}
			if bad := regexp.MustCompile(`(?i)<[^>]*(href="(javascript|data):|\son\w+=)`).FindString(page.Body); bad != "" {
				t.Errorf("%s has %s", where, bad)
			}
			if strings.Contains(page.Body, "elders.example/pixel") {
				t.Errorf("%s asks elsewhere for a picture", where)
			}
		}
	})
}

func TestADraftIsDeletedForGood(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		path := newNote(b, w.groupPath(demoLearning), "Weg ermee", "zeepbel")
		form := b.Get(path + "/verwijderen").MustSay("kan niet ongedaan").Form("/verwijderen")
		form.Submit().MustStatus(http.StatusOK).MustNotSay("Weg ermee")
		form.Submit().MustStatus(http.StatusNotFound)
		b.Get(path).MustStatus(http.StatusNotFound)
		b.Get("/zoeken?q=zeepbel").MustSay("Niets gevonden")
	})
}

func TestTheListOfNotesRemembersItsFilterInTheAddress(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoStudent), w.groupPath(demoLearning)
		b.Get("/notities?soort=drafts").MustSay("Vragen voor het gesprek met werkgevers").MustNotSay("Leeragenda")
		b.Get("/notities?soort=shared&werkgroep=" + strings.TrimPrefix(group, "/werkgroepen/")).MustSay("Leeragenda").MustNotSay("Van opleiding naar werk")
		b.Get("/notities?werkgroep=bestaat-niet").MustSay("Geen notitie gevonden")
		b.Get("/notities?bladzijde=-3&soort=%27%22").MustStatus(http.StatusOK)
		w.browser().Get("/notities").MustStatus(http.StatusOK).MustSay("Notities zijn voor leden")
		w.as(demoAdmin).Get("/notities").MustStatus(http.StatusOK).MustSay("U bent nog geen lid")
	})
}

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/server/collab"
	"samenwijk/server/servertest"
)

// index brings what is found up to date, as the queue does every half minute.
func (w *world) index() {
	w.t.Helper()
	if err := w.indexProgrammes(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// insideDocument makes a programme for the members of the demonstration's group alone.
func (w *world) insideDocument(statement string) programme.RequirementsDocument {
	w.t.Helper()
	seed, err := collab.SeedText([]richtext.Block{
		{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "Vooraf: dit blijft onder ons."}}},
		{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: statement}}}}},
		}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := w.programmes.Create(w.t.Context(), w.actor(demoCoordinator), programme.Input{
		Workgroup: w.demoDocument().WorkgroupID, Title: "Besloten lijst", Audience: access.Members, Seed: seed,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// searchFor types a question on the first page and sends it: one press.
func searchFor(b *servertest.Browser, question string) *servertest.Page {
	return b.Get("/").MustStatus(http.StatusOK).Form("/zoeken").Set("q", question).Submit().MustStatus(http.StatusOK)
}

func TestEverybodyFindsAProgrammeByAWordOfARequirementInTwoPresses(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		public, inside := w.demoDocument(), w.insideDocument("Er is een fietsenmaker in de buurt.")
		w.index()
		first := "/programmas/" + string(public.ID)
		for name, b := range map[string]*servertest.Browser{
			"a visitor": w.browser(), "a member": w.as(demoStudent), "a coordinator": w.as(demoCoordinator),
		} {
			// By its number, by a word of a statement in another form, and by a part of a word of a reason.
			for question, key := range map[string]string{
				"PVE-3": "PVE-3", "coordinator gesprek": "PVE-1", "kinderen opvang": "PVE-3", "aanbesteed": "PVE-5",
			} {
				page := searchFor(b, question).MustSay("Eis uit ‘" + demoProgrammeTitle + "’")
				found := page.Link(key).MustStatus(http.StatusOK)
				if !strings.HasPrefix(found.Path, first) {
					t.Errorf("%s: %q leads to %s", name, question, found.Path)
				}
			}
			page := searchFor(b, "fietsenmakers")
			if name == "a visitor" {
				page.MustSay("Niets gevonden").MustNotSay("Besloten", "fietsenmaker in")
				continue
			}
			page.MustSay("Eis uit ‘Besloten lijst’", "Er is een fietsenmaker in de buurt.").Link("PVE-1").MustStatus(http.StatusOK)
			if href := page.Href("PVE-1"); href != "/programmas/"+string(inside.ID)+"?eis=r1#eis-r1" {
				t.Errorf("%s: a hit leads to %s", name, href)
			} else if body := b.GetForScripts(href).Body; name == "a coordinator" && !strings.Contains(body, `content="0;url=/programmas/`+string(inside.ID)+`/lezen#eis-r1"`) {
				t.Errorf("%s: without a script the requirement is lost on the way to the text", name)
			}
			searchFor(b, "onder ons vooraf").Link("Besloten lijst").MustStatus(http.StatusOK)
		}
		visitor := searchFor(w.browser(), "PVE-3").Link("PVE-3")
		if id := `id="eis-` + string(demoRequirementID(public.WorkgroupID, 3)) + `"`; !strings.Contains(visitor.Body, id) {
			t.Errorf("the page has no %s to come to", id)
		}
	})
}

// callsEachLinkOnce fails when two links of a page to things under path are called the same.
func callsEachLinkOnce(t *testing.T, page *servertest.Page, path string, want int) {
	t.Helper()
	seen := map[string]string{}
	for _, a := range page.All("a") {
		href, class := servertest.Attr(a, "href"), servertest.Attr(a, "class")
		if !strings.HasPrefix(href, path) || class != "sw-card__link" {
			continue
		}
		name := strings.Join(strings.Fields(servertest.Words(a)), " ")
		if other, there := seen[name]; there {
			t.Errorf("%s: %s and %s are both called %q", page.Path, href, other, name)
		}
		seen[name] = href
	}
	if len(seen) < want {
		t.Errorf("%s has %d links, want %d: %v", page.Path, len(seen), want, seen)
	}
}

func TestProgrammesAndVersionsOfTheSameNameAreToldApart(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		w.insideDocument("Er is een fietsenmaker in de buurt.")
		clock.move(90 * time.Minute)
		w.insideDocument("Er is een fietsenmaker op de hoek.")
		clock.move(time.Minute)
		w.index()
		b := w.as(demoCoordinator)
		callsEachLinkOnce(t, searchFor(b, "besloten lijst"), "/programmas/", 2)
		callsEachLinkOnce(t, searchFor(b, "fietsenmaker"), "/programmas/", 2)
		callsEachLinkOnce(t, b.Get("/programmas"), "/programmas/", 3)
		versions := "/programmas/" + string(w.demoDocument().ID) + "/versies"
		for range 2 {
			b.Get(versions).Form("/versies").Set("name", "Concept").Submit().MustStatus(http.StatusOK)
			w.says(demoCoordinator, "Nog een zin, om "+clock.now().String())
			clock.move(time.Hour)
		}
		callsEachLinkOnce(t, b.Get(versions), versions, 2)
	})
}

func TestWhatIsWrittenIsFoundAndWhatIsDeletedIsNot(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		d := w.insideDocument("Er is een fietsenmaker in de buurt.")
		b := w.as(demoStudent)
		change := func(act func(doc *crdt.Doc) error) {
			t.Helper()
			if err := w.collab.Change(t.Context(), w.actor(demoCoordinator), d.LiveID, act); err != nil {
				t.Fatal(err)
			}
			w.index()
		}
		card := flow.Card{Kind: "requirement", ID: "r1"}
		w.index()
		searchFor(b, "fietsenmaker").MustSay("Besloten lijst")
		change(func(doc *crdt.Doc) error {
			return flow.Programme.SetPart(doc, card, "statement", "Er is een kapper in de buurt.")
		})
		searchFor(b, "fietsenmaker").MustSay("Niets gevonden")
		searchFor(b, "kapper").MustSay("Besloten lijst")
		change(func(doc *crdt.Doc) error { return flow.Programme.Remove(doc, card, time.Now()) })
		searchFor(b, "kapper").MustSay("Niets gevonden")
		searchFor(b, "besloten lijst vooraf").MustSay("Besloten lijst")
		change(func(doc *crdt.Doc) error { return flow.Programme.PutBack(doc, card, flow.Spot{}, time.Now()) })
		searchFor(b, "kapper").MustSay("Besloten lijst")

		coordinator := w.as(demoCoordinator)
		path := "/programmas/" + string(d.ID) + "/titel"
		coordinator.Get(path).Form(path).Set("title", "Lijst van de kapel").Submit().MustStatus(http.StatusOK)
		searchFor(b, "kapel").MustSay("Lijst van de kapel")
		searchFor(b, "kapel vooraf").MustSay("Lijst van de kapel")
		searchFor(b, "kapper").MustSay("Eis uit ‘Lijst van de kapel’")
		searchFor(b, "besloten").MustSay("Niets gevonden")
	})
}

func TestAProgrammeThatTurnsPrivateTakesItsRequirementsAlong(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		w.index()
		b := w.browser()
		searchFor(b, "kinderopvang huur").MustNotSay("PVE-3")
		searchFor(b, "huur").MustSay("PVE-3")
		path := w.groupPath(demoLearning)
		w.as(demoCoordinator).Get(path+"/bewerken").Form("/bewerken").Set("visibility", "private").Submit().MustStatus(http.StatusOK)
		searchFor(b, "huur").MustNotSay("PVE-3")
		w.index()
		searchFor(b, "huur").MustNotSay("PVE-3")
		searchFor(w.as(demoStudent), "huur").MustSay("PVE-3")
	})
}

func TestAQuestionWithoutAWordAndOneWithoutAnEndAreAnswered(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.browser()
		for _, question := range []string{`"`, "%%%", "*", "'); --", "(((", strings.Repeat("?", 5000)} {
			b.Get("/zoeken?q=" + url.QueryEscape(question)).MustStatus(http.StatusOK).MustSay("Hier staat geen woord in.")
		}
		b.Get("/zoeken?q="+strings.Repeat("a", 10_000)).MustStatus(http.StatusOK).MustSay("U typte meer dan 200 tekens.", "Niets gevonden")
		b.Get("/zoeken?q=" + url.QueryEscape(strings.Repeat("é", 10_000))).MustStatus(http.StatusRequestEntityTooLarge)
	})
}

func TestProgrammesStandInTheNavigation(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		w.browser().Get("/bijeenkomsten").Link("Programma's").MustStatus(http.StatusOK).MustSay(demoProgrammeTitle)
	})
}

package main

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/meeting"
	"samenwijk/server/servertest"
)

func TestTheFirstPageOfAMemberIsTheirsAndThatOfAVisitorIsOpen(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		inside := w.insideDocument("Er is een fietsenmaker in de buurt.")
		visitor := w.browser().Get("/").MustSay("Leren en werken in de wijk", "Programma's van eisen", demoProgrammeTitle, "Komende bijeenkomsten",
			demoUpcoming[0].details.Title, "Wie zijn wij?").MustNotSay(inside.Title, "Wat wij van u vragen", "Uw volgende bijeenkomst")
		visitor.Link(demoProgrammeTitle).MustStatus(http.StatusOK)

		member := w.as(demoResident)
		page := member.Get("/").MustSay("Dag Bewoner", "Wat wij van u vragen", "Uw volgende bijeenkomst", demoUpcoming[0].details.Title,
			"Deze bijeenkomst is van uw werkgroep.", "Uw programma's", demoProgrammeTitle, inside.Title, "Uw werkgroepen").
			MustNotSay("Leren en werken in de wijk", "Wat kunt u hier doen?", "Wie zijn wij?")
		page.Link(inside.Title).MustStatus(http.StatusOK)

		list, _, err := w.meetings.List(t.Context(), access.Actor{}, meeting.Filter{Which: meeting.Upcoming})
		if err != nil || len(list) < 2 {
			t.Fatal(list, err)
		}
		in := meeting.Input{Name: "Bewoner van boven", Channel: meeting.None, People: 1}
		if _, _, err := w.meetings.Register(t.Context(), w.actor(demoResident), list[0].ID, in, meeting.NewIdempotencyKey()); err != nil {
			t.Fatal(err)
		}
		member.Get("/").MustSay("U staat op de wachtlijst.")
		w.as(demoCoordinator).Get("/").MustSay("U organiseert deze bijeenkomst.")
		w.as(demoAdmin).Get("/").MustSay("Er staat nu geen bijeenkomst voor u gepland.", "U bent nog geen lid van een werkgroep.")
	})
}

func TestAnInvitationWaitsOnTheFirstPageOfTheOneItIsFor(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		const sentence = "Kom bij werkgroep ‘Begeleiding van deelnemers’"
		path := w.groupPath(demoGuidance)
		w.invited(w.as(demoLecturer), path, demoEntrepreneur, "entrepreneur")
		w.as(demoStudent).Get("/").MustNotSay(sentence)
		w.browser().Get("/").MustNotSay(sentence)
		b := w.as(demoEntrepreneur)
		b.Get("/").MustSay(sentence, "nodigt u uit").Link(sentence).MustStatus(http.StatusOK).Form("/uitnodigingen").Press("answer", "accept").
			MustStatus(http.StatusOK)
		b.Get("/").MustNotSay(sentence).MustSay("Begeleiding van deelnemers")
	})
}

func TestWhoOrganisesIsAskedOnTheFirstPageToCall(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		coordinator := w.actor(demoCoordinator)
		list, _, err := w.meetings.List(t.Context(), coordinator, meeting.Filter{Which: meeting.Upcoming})
		if err != nil {
			t.Fatal(err)
		}
		m := list[1]
		in := meeting.Input{Name: "Buurman", Channel: meeting.Call, Phone: "06 12 34 56 78", People: 1}
		if _, _, err := w.meetings.Register(t.Context(), access.Actor{}, m.ID, in, meeting.NewIdempotencyKey()); err != nil {
			t.Fatal(err)
		}
		b := w.as(demoCoordinator)
		b.Get("/").MustNotSay("Bel één persoon")
		if err := w.meetings.CallOff(t.Context(), coordinator, m.ID); err != nil {
			t.Fatal(err)
		}
		page := b.Get("/").MustSay("Bel één persoon over ‘" + m.Title + "’")
		if href := page.Href("Bel één persoon"); !strings.HasSuffix(href, "/lijst#bellen") {
			t.Errorf("leads to %s", href)
		}
		w.as(demoStudent).Get("/").MustNotSay("Bel één persoon")
		page.Link("Bel één persoon").MustStatus(http.StatusOK).MustSay("Buurman").Form("/gebeld/").Submit().MustStatus(http.StatusOK)
		b.Get("/").MustNotSay("Bel één persoon")
	})
}

func TestWordsOfPeopleSayTheirLanguageOnAPageInAnother(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{demonstration: true})
	w.index()
	meetingAt := w.browser().Get("/").Href(demoUpcoming[0].details.Title)
	for path, words := range map[string][]string{
		"/":                       {demoProgrammeTitle, demoUpcoming[0].details.Title, "Lerende samenwerking"},
		"/programmas":             {demoProgrammeTitle},
		"/bijeenkomsten":          {demoUpcoming[0].details.Title},
		meetingAt:                 {demoUpcoming[0].details.Title, demoUpcoming[0].details.Summary, demoUpcoming[0].details.ForWhom},
		"/werkgroepen":            {"Lerende samenwerking"},
		w.groupPath(demoLearning): {"Lerende samenwerking", demoUpcoming[0].details.Title},
		"/zoeken?q=huur":          {"PVE-3", "huur"},
	} {
		english := w.browser()
		english.Get("/zoeken").Form("/taal").Press("taal", "en").MustStatus(http.StatusOK)
		for _, b := range []*servertest.Browser{w.browser(), english} {
			page := b.Get(path).MustStatus(http.StatusOK)
			for _, text := range words {
				if got, want := langOf(page, text), "nl"; got != want {
					t.Errorf("%s: %q is in %q, and should be in %q", path, text, got, want)
				}
			}
			if b == english && langOf(page, "Search") != "en" {
				t.Errorf("%s: the page itself is in %q", path, langOf(page, "Search"))
			}
		}
	}
}

// langOf is the language in which the last text stands that holds these words: links and cards come before
// it in other places. It is read as a browser does, from the nearest element that says one.
func langOf(page *servertest.Page, words string) string {
	lang := ""
	var look func(n *html.Node, in string)
	look = func(n *html.Node, in string) {
		if servertest.Attr(n, "class") == "sw-paper" {
			return // the address of the page, which is printed below it
		}
		if own := servertest.Attr(n, "lang"); own != "" {
			in = own
		}
		if n.Type == html.TextNode && strings.Contains(n.Data, words) && n.Parent.Data != "title" {
			lang = in
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			look(c, in)
		}
	}
	look(page.All("html")[0], "")
	return lang
}

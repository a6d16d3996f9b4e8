package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/meeting"
)

// What the page offers to undo is undone by one press; a second one changes nothing and is answered as well.
func TestWhatWasDoneIsUndoneOnceAndASecondPressIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.organiser()
		path := w.openMeeting(b, 20)
		list := b.Get(path + "/lijst")
		done := list.Form("/plaatsen").Set("capacity", "35").Submit().MustStatus(http.StatusOK).MustSay("Er zijn 35 plekken.", "Maak ongedaan")
		undo := done.Undo()
		if !strings.Contains(done.Body, `name="capacity" value="20"`) {
			t.Error("the button does not bring back what was")
		}
		for range 2 {
			undo.Submit().MustStatus(http.StatusOK).MustSay("Er zijn 20 plekken.", "0 van de 20 plekken")
		}
		closed := b.Get(path).Form("/sluiten").Submit().MustSay("De aanmelding is dicht.")
		token := url.Values{"csrf": {closed.Form("/openen").Value("csrf")}}
		for range 2 {
			b.Post(path+"/openen", token).MustStatus(http.StatusOK).MustSay("De aanmelding is weer open.")
		}
		if w.browser().Get(closed.Address).MustStatus(http.StatusOK); strings.Contains(w.browser().Get(closed.Address).Text(), "is dicht") {
			t.Error("a visitor with the address is told what the organiser did")
		}

		door := w.openMeeting(b, 20, w.today()...)
		form := b.Get(door+"/lijst").Form("/inloop").Set("name", "Buurman").Set("people", "1")
		in := form.Submit().MustSay("Buurman staat op de lijst.", "1 van de 20 plekken")
		out := in.Form("/afmelden/")
		out.Submit().MustSay("Buurman is afgemeld.", "0 van de 20 plekken")
		out.Submit().MustStatus(http.StatusOK).MustSay("Buurman is afgemeld.", "0 van de 20 plekken")
	})
}

func TestADraftOfAMeetingIsRemovedAfterAQuestionAndAnOpenedOneIsNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.organiser()
		draft, opened := w.plan(b, 20, "title", "Vergissing"), w.openMeeting(b, 20)
		question := b.Get(draft).Link("Verwijder dit concept").MustSay("Wilt u dit concept verwijderen?", "Vergissing")
		question.Form("/verwijderen").Submit().MustStatus(http.StatusOK).MustSay("Het concept “Vergissing” is verwijderd.")
		b.Get(draft).MustStatus(http.StatusNotFound)
		if found := b.Get("/zoeken?q=Vergissing"); strings.Contains(found.Body, draft) {
			t.Error("what was removed is found")
		}
		question.Form("/verwijderen").Submit().MustStatus(http.StatusNotFound)
		b.Get(opened).MustNotSay("/verwijderen")
		b.Get(opened + "/verwijderen").MustStatus(http.StatusConflict).MustSay("Dit is geen concept meer")
		err := w.meetings.Remove(t.Context(), w.actor("coordinator@voorbeeld.test"), meeting.ID(strings.TrimPrefix(opened, "/bijeenkomsten/")))
		if err == nil {
			t.Error("a meeting that people know of is removed")
		}
	})
}

func TestAPastMeetingOffersNothingThatIsRefused(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		path := w.openMeeting(w.as(demoCoordinator), 20)
		clock.move(21 * 24 * time.Hour)
		page := w.as(demoCoordinator).Get(path).MustStatus(http.StatusOK).MustNotSay("Sluit de aanmelding", "Meld mij aan", "/afgelasten")
		page.Link("Bekijk de aanmeldingen").MustStatus(http.StatusOK).MustNotSay("Iemand aan de deur")
	})
}

func TestWhoReadsAProgrammeIsChangedAndUndone(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		d := w.demoDocument()
		path := "/programmas/" + string(d.ID)
		b, visitor := w.as(demoCoordinator), w.browser()
		visitor.Get(path).MustStatus(http.StatusOK).MustNotSay("/lezers")
		word := url.QueryEscape(d.Title)
		visitor.Get("/zoeken?q=" + word).MustSay(d.Title)
		done := b.Get(path).Link("Wijzig de naam").Link("Wijzig wie dit leest").Form("/lezers").Set("audience", "members").Submit().MustSay("Alleen de werkgroep leest dit programma.")
		visitor.Get(path).MustStatus(http.StatusNotFound)
		if strings.Contains(visitor.Get("/zoeken?q="+word).Body, path) {
			t.Error("a visitor finds what only the group reads")
		}
		undo := done.Form("/lezers")
		for range 2 {
			undo.Submit().MustStatus(http.StatusOK).MustSay("Iedereen mag dit programma lezen.")
		}
		visitor.Get(path).MustStatus(http.StatusOK)
		visitor.Get("/zoeken?q=" + word).MustSay(d.Title)
		wrong := b.Get(path+"/lezers").Form("/lezers").SetHostile("audience", "private").Submit().MustStatus(http.StatusUnprocessableEntity)
		if wrong.Mistake("audience") == "" {
			t.Error("an audience that is none is refused without a sentence")
		}
	})
}

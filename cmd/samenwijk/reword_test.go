package main

import (
	"net/http"
	"testing"
	"time"

	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

func TestNobodyLosesWordsToTheFormOfSomebodyElse(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		d := w.demoDocument()
		id := string(demoRequirementID(d.WorkgroupID, 1))
		path := "/programmas/" + string(d.ID) + "/eisen/" + id
		says := func() (string, bool) {
			t.Helper()
			words, shown, err := w.collab.Words(t.Context(), d.LiveID, id)
			if err != nil {
				t.Fatal(err)
			}
			return words[richtext.Statement], shown
		}
		w.says(demoEntrepreneur, "Elke deelnemer heeft een begeleider.")
		b := w.as(demoResident)
		form := b.Get(path).MustStatus(http.StatusOK).Form(path)
		w.says(demoEntrepreneur, "Elke deelnemer heeft een coach.")
		again := form.Set("statement", "Elke deelnemer heeft een buddy.").Submit().MustStatus(http.StatusConflict).
			MustSay("Sociaal ondernemer wijzigde de eis ook", "Elke deelnemer heeft een coach.")
		w.says(demoEntrepreneur, "Elke deelnemer heeft een coach. Ook in de")
		again.Form(path).Submit().MustStatus(http.StatusOK).MustSay("is bewaard, samen met wat er intussen in is gewijzigd.")
		if got, _ := says(); got != "Elke deelnemer heeft een buddy. Ook in de" {
			t.Errorf("it says %q", got)
		}

		form = b.Get(path).Form(path)
		err := w.collab.Change(t.Context(), w.actor(demoCoordinator), d.LiveID, func(doc *crdt.Doc) error {
			return flow.Programme.Remove(doc, flow.Card{Kind: "requirement", ID: id}, time.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		again = form.Set("statement", "Elke deelnemer heeft een buddy, ook in de zomer.").Submit().MustStatus(http.StatusConflict).
			MustSay("Coördinator haalde PVE-1 uit de tekst terwijl u schreef, dus uw wijziging is niet bewaard")
		if again.Value("statement") != "Elke deelnemer heeft een buddy, ook in de zomer." {
			t.Errorf("what was typed is lost: %q", again.Value("statement"))
		}
		again.Form(path).Submit().MustStatus(http.StatusOK).MustSay("staat weer in de tekst, met uw woorden.")
		if got, shown := says(); got != "Elke deelnemer heeft een buddy, ook in de zomer." || !shown {
			t.Errorf("it says %q, in the text: %v", got, shown)
		}
	})
}

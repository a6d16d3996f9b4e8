package programmes_test

import (
	"context"
	"maps"
	"net/url"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/servertest"
)

// form opens the form of a requirement.
func (s *site) form(d programme.RequirementsDocument, r programme.Requirement) (*servertest.Form, string) {
	s.t.Helper()
	path := "/programmas/" + string(d.ID) + "/eisen/" + string(r.ID)
	return s.as("entrepreneur").Get(path).MustStatus(200).Form(path), path
}

func (s *site) mustWrite(times int, want map[richtext.Kind]string) {
	s.t.Helper()
	if len(s.edits) != times || times > 0 && !maps.Equal(s.edits[times-1], want) {
		s.t.Fatalf("forms wrote %v, the last one should be number %d and write %v", s.edits, times, want)
	}
}

func TestAFieldThatItsWriterLeftAloneIsNotWritten(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		form, _ := s.form(d, r)
		s.write(d, r, richtext.Rationale, "Vertrouwen en rust")
		if _, err := s.programmes.Classify(context.Background(), people()["coordinator"], d.ID, r.ID, "precondition", "must"); err != nil {
			t.Fatal(err)
		}
		form.Set("statement", "Eén vaste begeleider").Set("priority", "could").Submit().MustStatus(409).
			MustSay("Naam van coordinator wijzigde hoe belangrijk het is ook", "Dit staat er nu", "Moet")
		s.mustWrite(0, nil)
		form.Set("priority", "").Submit().MustStatus(200).MustSay("PVE-1 is bewaard.", "Randvoorwaarde · Moet")
		s.mustWrite(1, map[richtext.Kind]string{richtext.Statement: "Eén vaste begeleider"})
	})
}

func TestWordsOfBothStandWhereTheyChangedOtherWords(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Elke deelnemer heeft een begeleider.", "")
		form, _ := s.form(d, r)
		s.write(d, r, richtext.Statement, "Elke deelnemer heeft een vaste begeleider.")
		form.Set("statement", "Iedere deelnemer heeft een begeleider.").Submit().MustStatus(200).
			MustSay("PVE-1 is bewaard, samen met wat er intussen in is gewijzigd.")
		s.mustWrite(1, map[richtext.Kind]string{richtext.Statement: "Iedere deelnemer heeft een vaste begeleider."})
	})
}

func TestWhoeverChangedTheSameWordsSeesThemAndThenGoesOverThem(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		form, path := s.form(d, r)
		s.write(d, r, richtext.Statement, "Twee begeleiders")
		s.write(d, r, richtext.Rationale, "Rust")
		s.changers = []string{"coordinator"}
		again := form.Set("statement", "Mijn tekst").Set("priority", "must").Submit().MustStatus(409).
			MustSay("Naam van coordinator wijzigde de eis ook: bewaart u het nog een keer", "Dit staat er nu", "Twee begeleiders")
		s.mustWrite(0, nil)
		if again.Value("statement") != "Mijn tekst" || again.Value("priority") != "must" {
			t.Errorf("what was filled in is lost: %q, %q", again.Value("statement"), again.Value("priority"))
		}
		if again.Value("rationale") != "Rust" {
			t.Errorf("a field that was left alone shows %q", again.Value("rationale"))
		}
		if !strings.Contains(again.Body, `aria-describedby="veld-statement-hint veld-statement-mistake veld-statement-beside"`) {
			t.Error("what stands there now is not read with the field")
		}
		s.write(d, r, richtext.Statement, "Twee begeleiders en nog iets") // the other one types on
		again.Form(path).Submit().MustStatus(200).MustSay("PVE-1 is bewaard, samen met wat er intussen in is gewijzigd.", "Moet")
		s.mustWrite(1, map[richtext.Kind]string{richtext.Statement: "Mijn tekst en nog iets"})

		form, _ = s.form(d, r)
		s.write(d, r, richtext.Statement, "Geen begeleider")
		s.changers = []string{"entrepreneur"}
		form.Set("statement", "Weer mijn tekst").Submit().MustStatus(409).MustSay("U wijzigde de eis zelf ook, in een ander venster")
		s.changers = nil
		form.Submit().MustStatus(409).MustSay("Intussen is ook de eis gewijzigd")
	})
}

func TestAFormKeepsTheWordsForARequirementThatWasTakenOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		form, path := s.form(d, r)
		whole := s.texts[d.LiveID]
		s.kept = whole
		s.texts[d.LiveID] = richtext.Document{}
		again := form.Set("statement", "Eén vaste begeleider").Set("priority", "must").Submit().MustStatus(409).
			MustSay("PVE-1 is uit de tekst gehaald terwijl u schreef, dus uw wijziging is niet bewaard", "Uw woorden staan hieronder nog").
			MustNotSay("is bewaard.")
		s.mustWrite(0, nil)
		if again.Value("statement") != "Eén vaste begeleider" || again.Value("priority") != "must" {
			t.Errorf("what was typed is lost: %q, %q", again.Value("statement"), again.Value("priority"))
		}
		if again.HasForm(path + "/terug") {
			t.Error("a button puts it back without the words")
		}
		again.Form(path).Set("statement", "").Submit().MustStatus(422).
			MustSay("Uw woorden staan hieronder nog", "Zet PVE-1 terug met deze woorden")
		again.Form(path).Submit().MustStatus(200).MustSay("PVE-1 staat weer in de tekst, met uw woorden.")
		s.mustWrite(1, map[richtext.Kind]string{richtext.Statement: "Eén vaste begeleider"})

		// Who only chose a priority is told that it stands nowhere, too.
		s.texts[d.LiveID] = richtext.Document{}
		b := s.as("entrepreneur")
		chosen := url.Values{"csrf": {b.Get(path).Form(path).Value("csrf")}, "priority": {"could"}, "priority_was": {"must"}}
		b.Post(path, chosen).MustStatus(200).MustSay("PVE-1 is bijgewerkt, maar staat niet in de tekst.")
	})
}

func TestAFormWithoutItsBeginningGoesOverNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		form, path := s.form(d, r)
		b := s.as("entrepreneur")
		old := url.Values{
			"csrf": {b.Get(path).Form(path).Value("csrf")}, "statement": {"Mijn tekst"}, "rationale": {"Vertrouwen"}, "seen": {"0011"},
		}
		again := b.Post(path, old).MustStatus(409).MustSay("Intussen is ook de eis gewijzigd", "Vaste begeleider")
		s.mustWrite(0, nil)
		again.Form(path).Submit().MustStatus(200)
		s.mustWrite(1, map[richtext.Kind]string{richtext.Statement: "Mijn tekst"})
		form.SetHostile("statement_was", "\xff<script>alert(1)</script>").Set("statement", "Nog een").Submit().MustStatus(409).
			MustNotSay("alert(1)")
	})
}

func TestWhoMayNotWriteIsRefusedBeforeTheFormIsLookedAt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		path := "/programmas/" + string(d.ID) + "/eisen/" + string(r.ID)
		for name, sent := range map[string]url.Values{
			"nothing": {}, "an old page": {"statement": {"Mijn tekst"}, "seen": {"0011"}},
			"another beginning": {"statement": {"Mijn tekst"}, "statement_was": {"Iets anders"}},
			"another choice":    {"priority": {"must"}, "priority_was": {"could"}},
			"no choice at all":  {"priority": {"nonsense"}},
		} {
			for who, status := range map[string]int{"": 401, "student": 403, "outsider": 403} {
				b := s.as(who)
				sent.Set("csrf", b.Get("/programmas").Form("/taal").Value("csrf"))
				if page := b.Post(path, sent); page.Status != status {
					t.Errorf("%s by %q: %d on %s, want %d", name, who, page.Status, page.Path, status)
				}
			}
		}
		s.mustWrite(0, nil)
	})
}

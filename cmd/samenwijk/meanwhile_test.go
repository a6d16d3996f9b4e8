package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"samenwijk/server/servertest"
)

const (
	nothingChanged = "Er is niets gewijzigd."
	notUndone      = "Dit is daarna nog eens gewijzigd. Wij hebben niets teruggezet."
	changedFirst   = "Dit is intussen gewijzigd."
)

// oneForm is a form of one field in which several people can write.
type oneForm struct {
	page, action, field    string
	first, second, another string // what is saved in turn
	said, now              string // of the second; of the first among what is shown
}

// fieldForms are such forms of the demonstration.
func fieldForms(w *world, b *servertest.Browser) []oneForm {
	w.t.Helper()
	d := w.demoDocument()
	programme := "/programmas/" + string(d.ID)
	path := w.openMeeting(b, 20)
	group := w.groupPath(demoLearning)
	student := string(w.actor(demoStudent).ID)
	person := "/beheer/mensen/" + student
	return []oneForm{
		{path + "/lijst", "/plaatsen", "capacity", "31", "32", "33", "Er zijn 32 plekken.", "31"},
		{programme + "/titel", "/titel", "title", "Naam een", "Naam twee", "Naam drie", "Het programma heet “Naam twee”.", "Naam een"},
		{programme + "/lezers", "/lezers", "audience", "members", "public", "members", "Iedereen mag dit programma lezen.", "Alleen"},
		{group + "/leden/" + student, "/leden/" + student, "role", "resident", "lecturer", "student", "heeft deze rol: Docent-onderzoeker.", "Bewoner"},
		{person, "/rollen", "roles", "lecturer", "coordinator", "lecturer", "", "Docent-onderzoeker"},
	}
}

func TestNobodySavesOverSomebodyElseWithoutSeeingIt(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		for _, f := range fieldForms(w, w.as(demoCoordinator)) {
			if f.field == "audience" { // of two, the other one is what is asked for
				continue
			}
			one, two := w.as(demoAdminOrCoordinator(f)), w.as(demoAdminOrCoordinator(f))
			stale := two.Get(f.page).MustStatus(http.StatusOK).Form(f.action)
			one.Get(f.page).Form(f.action).Set(f.field, f.first).Submit().MustStatus(http.StatusOK)
			page := stale.Set(f.field, f.second).Submit().MustStatus(http.StatusConflict).MustSay(changedFirst, "Dit is intussen bewaard", f.now)
			page.Form(f.action).Submit().MustStatus(http.StatusOK).MustSay(f.said)
		}
		if err := w.seed(t.Context()); err != nil {
			t.Errorf("the demonstration does not start with what was changed: %v", err)
		}
	})
}

// demoAdminOrCoordinator is who may send a form.
func demoAdminOrCoordinator(f oneForm) string {
	if f.field == "roles" {
		return demoAdmin
	}
	return demoCoordinator
}

func TestAnUndoPutsNothingBackOverWhatSomebodyElseSaved(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		for _, f := range fieldForms(w, w.as(demoCoordinator)) {
			if f.field == "audience" {
				continue
			}
			b := w.as(demoAdminOrCoordinator(f))
			undo := b.Get(f.page).Form(f.action).Set(f.field, f.first).Submit().MustStatus(http.StatusOK).MustSay("Maak ongedaan").Undo()
			other := w.as(demoAdminOrCoordinator(f))
			other.Get(f.page).Form(f.action).Set(f.field, f.second).Submit().MustStatus(http.StatusOK)
			page := undo.Submit().MustStatus(http.StatusConflict).MustSay(notUndone)
			if got := page.Value(f.field); got != f.second && f.field != "role" && f.field != "roles" {
				t.Errorf("%s: the form shows %q", f.page, got)
			}
		}
	})
}

func TestASaveThatChangesNothingSaysSoAndOffersNoUndo(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoCoordinator)
		forms := fieldForms(w, b)
		note := newNote(b, w.groupPath(demoLearning), "Ongewijzigd", "Tekst")
		path := strings.TrimSuffix(forms[0].page, "/lijst")
		d := w.demoDocument()
		requirement := "/programmas/" + string(d.ID) + "/eisen/" + string(demoRequirementID(d.WorkgroupID, 1))
		forms = append(forms,
			oneForm{page: path + "/bewerken", action: "/bewerken"}, oneForm{page: note + "/bewerken", action: "/bewerken"},
			oneForm{page: w.groupPath(demoLearning) + "/bewerken", action: "/bewerken"}, oneForm{page: "/account", action: "/account"},
			oneForm{page: requirement, action: requirement},
		)
		for _, f := range forms {
			b := w.as(demoAdminOrCoordinator(f))
			page := b.Get(f.page).MustStatus(http.StatusOK).Form(f.action).Submit().MustStatus(http.StatusOK).MustSay(nothingChanged)
			page.MustNotSay("Maak ongedaan")
			if again := b.Get(page.Address); strings.Contains(again.Text(), nothingChanged) {
				t.Errorf("%s: loading the page again says it again", f.page)
			}
		}
		person := w.as(demoAdmin)
		person.Get(forms[4].page).Form(strings.TrimSuffix(forms[4].page, "/rollen")).Submit().MustStatus(http.StatusOK).MustSay(nothingChanged)
	})
}

func TestAFormThatIsSentAgainWithOtherContentKeepsWhatWasTyped(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoCoordinator), w.groupPath(demoLearning)
		path := w.openMeeting(b, 20, w.today()...)
		shared := newNote(b, group, "Gedeeld", "Tekst")
		shareNote(b, shared)
		review := time.Now().AddDate(0, 6, 0).Format("2-1-2006")
		for _, f := range []struct {
			page, action, field string
			fill                []string
		}{
			{"/werkgroepen/nieuw", "/werkgroepen/nieuw", "name", []string{"goal", "Samen fietsen maken en leren.", "review", review, "strands", "practice"}},
			{group + "/programmas/nieuw", "/programmas/nieuw", "title", nil},
			{group + "/notities/nieuw", "/notities/nieuw", "title", []string{"body", "Tekst"}},
			{shared, "/reacties", "comment", nil},
			{path + "/lijst", "/inloop", "name", nil},
			{"/programmas/" + string(w.demoDocument().ID) + "/versies", "/versies", "name", nil},
		} {
			form := b.Get(f.page).MustStatus(http.StatusOK).Form(f.action)
			for i := 0; i < len(f.fill); i += 2 {
				form.Set(f.fill[i], f.fill[i+1])
			}
			form.Set(f.field, "Eerste inhoud").Submit().MustStatus(http.StatusOK)
			form.Submit().MustStatus(http.StatusOK) // the second of two clicks
			again := form.Set(f.field, "Andere inhoud").Submit().MustStatus(http.StatusConflict).MustSay("Dit formulier hebt u al eerder verstuurd.")
			if again.Value(f.field) != "Andere inhoud" {
				t.Errorf("%s: kept %q", f.page, again.Value(f.field))
			}
			again.Form(f.action).Submit().MustStatus(http.StatusOK).MustNotSay("al eerder verstuurd")
		}
	})
}

func TestAnUnreadableDateStandsBesideTheOtherMistakes(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoCoordinator)
		page := b.Get("/werkgroepen/nieuw").Form("/werkgroepen/nieuw").Set("review", "morgen").Submit().MustStatus(http.StatusUnprocessableEntity)
		for _, field := range []string{"name", "goal", "review", "strands"} {
			if page.Mistake(field) == "" {
				t.Errorf("a workgroup: no sentence at %s", field)
			}
		}
		page = b.Get("/bijeenkomsten/nieuw").Form("/bijeenkomsten/nieuw").Set("date", "31-2-2027").Set("capacity", "veel").Submit().
			MustStatus(http.StatusUnprocessableEntity)
		for _, field := range []string{"title", "summary", "date", "capacity"} {
			if page.Mistake(field) == "" {
				t.Errorf("a meeting: no sentence at %s", field)
			}
		}
		form := b.Get(w.groupPath(demoLearning) + "/programmas/nieuw").Form("/programmas/nieuw")
		page = form.Set("title", strings.Repeat("a", 700)).SetHostile("audience", "iedereen").Submit().MustStatus(http.StatusUnprocessableEntity)
		if page.Mistake("title") == "" || page.Mistake("audience") == "" {
			t.Errorf("a programme: %q, %q", page.Mistake("title"), page.Mistake("audience"))
		}
	})
}

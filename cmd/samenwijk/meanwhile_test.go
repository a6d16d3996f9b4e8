package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/meeting"
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

func TestAnEmptyProgrammeIsRemovedAndOneWithTextIsNot(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoCoordinator), w.groupPath(demoLearning)
		path := b.Get(group+"/programmas/nieuw").Form("/programmas/nieuw").Set("title", "Vergissing").Submit().MustStatus(http.StatusOK).Path
		path = strings.TrimSuffix(path, "/lezen")
		w.as(demoStudent).Get(path + "/verwijderen").MustStatus(http.StatusForbidden)
		ask := b.Get(path+"/titel").Link("Verwijder dit programma").MustStatus(http.StatusOK).MustSay("Wilt u dit programma verwijderen?", "Vergissing")
		ask.Form("/verwijderen").Submit().MustStatus(http.StatusOK).MustSay("Het programma “Vergissing” is verwijderd.")
		b.Get(path).MustStatus(http.StatusNotFound)
		ask.Form("/verwijderen").Submit().MustStatus(http.StatusNotFound)
		b.Get("/zoeken?q=Vergissing").MustNotSay(path)
		var out strings.Builder
		if err := fsck(t.Context(), w.db, w.config, w.log, &out); err != nil {
			t.Errorf("fsck: %v\n%s", err, out.String())
		}
		full := "/programmas/" + string(w.demoDocument().ID)
		b.Get(full + "/titel").MustNotSay("Verwijder dit programma")
		b.Get(full + "/verwijderen").MustStatus(http.StatusConflict).MustSay("Alleen een leeg programma kunt u verwijderen.")
		send(b, full+"/verwijderen", nil).MustStatus(http.StatusConflict)
	})
}

func TestAClosedWorkgroupIsReadAndOpensAgain(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b, group := w.as(demoCoordinator), w.groupPath(demoLearning)
		id := strings.TrimPrefix(group, "/werkgroepen/")
		invitation := w.invited(b, group, "nieuw@voorbeeld.test", "resident")
		path := w.openMeeting(b, 20, "workgroup", id)
		w.as(demoStudent).Get(group + "/sluiten").MustStatus(http.StatusForbidden)
		ask := b.Get(group).Link("Sluit deze werkgroep").MustStatus(http.StatusOK).
			MustSay("Niemand wijzigt nog iets.", "Uitnodigingen zonder antwoord worden ingetrokken: 1.", "Eerst deze bijeenkomsten", "Werken in de wijk")
		if ask.HasForm("/sluiten") {
			t.Error("what is refused is offered")
		}
		send(b, group+"/sluiten", nil).MustStatus(http.StatusConflict).MustSay("Gelast die eerst af.")
		for _, m := range w.aheadIn(id) {
			b.Get(m + "/afgelasten").Form("/afgelasten").Submit().MustStatus(http.StatusOK)
		}
		b.Get(path).MustSay("gaat niet door")
		closed := b.Get(group+"/sluiten").MustNotSay("Eerst deze bijeenkomsten").Form("/sluiten").Submit().MustStatus(http.StatusOK).MustSay("is gesloten.", "Deze werkgroep is gesloten op")
		closed.MustNotSay("Wijzig deze werkgroep", "Schrijf een notitie")
		b.Get("/werkgroepen").MustSay("Gesloten")
		for _, route := range []string{"/bewerken", "/programmas/nieuw", "/notities/nieuw"} {
			b.Get(group + route).MustStatus(http.StatusForbidden).MustSay("Deze werkgroep is gesloten.")
		}
		w.browser().Get(invitation).MustSay("ingetrokken")
		full := "/programmas/" + string(w.demoDocument().ID)
		b.Get(full).MustStatus(http.StatusOK).MustSay(demoProgrammeTitle)
		send(b, full+"/titel", map[string][]string{"title": {"Toch"}}).MustStatus(http.StatusForbidden)
		if err := w.seed(t.Context()); err != nil {
			t.Errorf("the demonstration does not start with a group that is closed: %v", err)
		}
		closed.Undo().Submit().MustStatus(http.StatusOK).MustSay("is weer open.")
		b.Get(group + "/bewerken").MustStatus(http.StatusOK)
		send(b, full+"/titel", map[string][]string{"title": {"Toch"}}).MustStatus(http.StatusOK)
	})
}

// aheadIn returns where the meetings of a group are that people can come to.
func (w *world) aheadIn(group string) []string {
	w.t.Helper()
	var paths []string
	for _, which := range []meeting.Which{meeting.Upcoming, meeting.Undated} {
		found, _, err := w.meetings.List(w.t.Context(), w.actor(demoCoordinator), meeting.Filter{Which: which, Workgroup: group, Size: 50})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range found {
			if m.State != meeting.Cancelled {
				paths = append(paths, "/bijeenkomsten/"+string(m.ID))
			}
		}
	}
	return paths
}

func TestWithdrawingACommentAsksFirst(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoStudent)
		note := newNote(b, w.groupPath(demoLearning), "Met reactie", "Tekst")
		shareNote(b, note)
		b.Get(note).Form("/reacties").Set("comment", "Mijn woorden").Submit().MustStatus(http.StatusOK)
		ask := b.Get(note).Link("Trek mijn reactie in").MustStatus(http.StatusOK).MustSay("Wilt u deze reactie intrekken?", "Mijn woorden")
		b.Get(note).MustSay("Mijn woorden")
		ask.Form("/intrekken").Submit().MustStatus(http.StatusOK).MustSay("De reactie is ingetrokken.").MustNotSay("Mijn woorden")
		b.Get(ask.Path).MustStatus(http.StatusNotFound)
	})
}

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/collab"
)

// demoDocument returns the programme of the demonstration, as the coordinator sees it.
func (w *world) demoDocument() programme.RequirementsDocument {
	w.t.Helper()
	found, err := w.programmes.Documents(w.t.Context(), w.actor(demoCoordinator), programme.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range found.Documents {
		if d.Title == demoProgrammeTitle {
			return d
		}
	}
	w.t.Fatal("the demonstration has no programme")
	return programme.RequirementsDocument{}
}

// says puts another statement in the first requirement of the demonstration.
func (w *world) says(email, statement string) {
	w.t.Helper()
	d := w.demoDocument()
	id := demoRequirementID(d.WorkgroupID, 1)
	words, _, err := w.collab.Words(w.t.Context(), d.LiveID, string(id))
	if err != nil {
		w.t.Fatal(err)
	}
	in := collab.Rewordings{Parts: map[richtext.Kind]collab.Rewording{richtext.Statement: {From: words[richtext.Statement], To: statement}}}
	if did, err := w.collab.Reword(w.t.Context(), w.actor(email), d.LiveID, string(id), in); err != nil || did.Refused {
		w.t.Fatalf("%+v, %v", did, err)
	}
}

func TestTheDemonstrationShowsHowItsTextCameAbout(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		d := w.demoDocument()
		path := "/programmas/" + string(d.ID)
		text, err := w.collab.Text(t.Context(), d.LiveID)
		if err != nil {
			t.Fatal(err)
		}
		want := richtext.Document{Blocks: finishedDemo().text(d.WorkgroupID)}
		if text.Plain() != want.Plain() {
			t.Errorf("the history does not lead to the text:\n%s", text.Plain())
		}
		b := w.as(demoStudent)
		list := b.Get(path).Link("Versies bekijken en vergelijken").MustStatus(http.StatusOK).
			MustSay("Eerste opzet", "Na de eerste bespreking", "Voor de werkconferentie", "Coördinator gaf deze versie een naam.", "Geschreven door Sociaal ondernemer en Bewoner.").
			MustNotSay("Bewaar de versie")
		list.Link("Wat is er gewijzigd? Eerste opzet").
			MustSay("“Eerste opzet", "is de eerste versie die bewaard is.", "Er is geen eerdere versie om mee te vergelijken.").
			MustNotSay("Deze twee teksten zijn gelijk.", "naar “")
		list.Link("Eerste opzet").MustSay("Elke deelnemer heeft een coördinator.", "We bespreken hem nog.").MustNotSay("Zet deze versie terug", "één vaste").
			Link("Vergelijk met de tekst van nu").MustNotSay("is de eerste versie die bewaard is").
			MustSay("Eis PVE-1 gewijzigd", "Eis PVE-7 nieuw", "Onder de kop “Samen besluiten en leren”.", "verplaatst",
				"weggehaald door Sociaal ondernemer: een", "erbij door Sociaal ondernemer: één vaste", "erbij door Bewoner: , van het eerste gesprek tot",
				"Gewijzigd door Docent-onderzoeker.", "5 delen gewijzigd, 1 deel nieuw, 1 deel weggehaald en 1 deel verplaatst en gewijzigd.")
		b.Get(path).Link("Toon wie wat schreef").MustSay("Bewoner: , van het eerste gesprek tot", "Hiermee begon de tekst", "Docent-onderzoeker")
		w.browser().Get(path).MustNotSay("Versies bekijken", "wie wat schreef")
	})
}

func TestAVersionIsNamedReadComparedAndRestoredWithoutJavaScript(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := "/programmas/" + string(w.demoDocument().ID)
		resident, entrepreneur := w.as(demoResident), w.as(demoEntrepreneur)
		resident.Get(path+"/versies").Form(path+"/versies").Set("name", "Zoals wij het afspraken").Submit().
			MustStatus(http.StatusOK).MustSay("Zoals wij het afspraken", "Bewoner gaf deze versie een naam.")
		w.says(demoEntrepreneur, "Elke deelnemer heeft een maatje.")
		version := entrepreneur.Get(path + "/versies").Link("Zoals wij het afspraken")
		version.Link("Vergelijk met de tekst van nu").MustSay("Gewijzigd door Sociaal ondernemer.", "maatje", "1 deel gewijzigd.")
		version.Link("Wijzig de naam van deze versie").Form(version.Path+"/naam").Set("name", "Afgesproken in mei").Submit().MustSay("Afgesproken in mei", "Sociaal ondernemer gaf deze versie een naam.")

		confirm := resident.Get(version.Path + "/terugzetten").MustSay("De tekst van nu blijft bewaard als een eigen versie.")
		for range 2 { // clicked twice
			confirm.Form(version.Path+"/terugzetten").Submit().MustStatus(http.StatusOK).MustSay("Bewoner zette een oudere versie terug: Afgesproken in mei.",
				"De tekst is teruggezet naar “Afgesproken in mei”.", "Dit stond er tot Bewoner een oudere versie terugzette: Afgesproken in mei.")
		}
		if now := entrepreneur.Get(path + "/teruggezet.json").MustStatus(http.StatusOK).Body; !strings.Contains(now, "Bewoner zette de tekst terug naar “Afgesproken in mei”.") {
			t.Errorf("an open editor is told %s", now)
		}
		w.browser().Get(path + "/teruggezet.json").MustNotSay("Afgesproken in mei")
		resident.Get(path).MustSay("Elke deelnemer heeft één vaste coördinator").MustNotSay("maatje")
		versions, n, err := w.collab.Versions(t.Context(), w.demoDocument().LiveID, 1)
		if err != nil || n != 6 {
			t.Fatalf("%d versions, want 6 (%v)", n, err)
		}
		if versions[0].Kind != livedoc.Restored || versions[1].Kind != livedoc.BeforeRestore {
			t.Errorf("on top of the list stand %s and %s", versions[0].Kind, versions[1].Kind)
		}
		again := entrepreneur.Get(version.Path + "/terugzetten").Form(version.Path + "/terugzetten").Submit()
		if again.Status != http.StatusConflict {
			t.Errorf("what the text says already is restored with %d", again.Status)
		}
		again.MustSay("De tekst van nu is al gelijk aan deze versie.")
		// And back.
		before := entrepreneur.Get(path + "/versies/" + string(versions[1].ID)).MustSay("maatje")
		before.Link("Zet deze versie terug").Form(before.Path + "/terugzetten").Submit()
		entrepreneur.Get(path).MustSay("maatje")
	})
}

func TestANameThatIsEmptyOrTooLongComesBackWithASentence(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := "/programmas/" + string(w.demoDocument().ID)
		b := w.as(demoResident)
		version := b.Get(path + "/versies").Link("Eerste opzet").Path
		for _, where := range []string{path + "/versies", version + "/naam"} {
			for typed, sentence := range map[string]string{"": "Geef deze versie een naam", strings.Repeat("lang ", 30): "100 tekens"} {
				page := b.Get(where).Form(where).Set("name", typed).Submit().MustStatus(http.StatusUnprocessableEntity)
				if !strings.Contains(page.Mistake("name"), sentence) {
					t.Errorf("%s: %q is answered with %q", where, typed, page.Mistake("name"))
				}
				if got := page.Value("name"); got != strings.TrimSpace(typed) {
					t.Errorf("%s: what was typed came back as %q", where, got)
				}
			}
		}
		form := b.Get(path+"/versies").Form(path+"/versies").Set("name", "Twee keer geklikt")
		form.Submit()
		form.Submit()
		if text := b.Get(path + "/versies").Text(); strings.Count(text, "Twee keer geklikt") != 2 { // the title, and again for a screen reader
			t.Errorf("clicked twice there are two versions:\n%s", text)
		}
	})
}

func TestSomebodyWhoIsGoneHasNoNameInTheHistory(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := "/programmas/" + string(w.demoDocument().ID)
		resident := w.actor(demoResident)
		b := w.as(demoStudent)
		b.Get(path + "/wie-schreef-wat").MustSay("Bewoner")
		_, err := w.db.Pool().ExecContext(t.Context(), "UPDATE live_versions SET writers = REPLACE(writers, '"+string(resident.ID)+"', 'niemand')")
		if err != nil {
			t.Fatal(err)
		}
		b.Get(path + "/versies").MustSay("Iemand die er niet meer is").MustNotSay("Bewoner")
	})
}

func TestAVersionComesByItselfWhenTheGroupStopsWriting(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, c *clock) {
		path := "/programmas/" + string(w.demoDocument().ID)
		b := w.as(demoStudent)
		b.Get(path + "/versies").MustNotSay("Vanzelf bewaard.")
		c.move(11 * time.Minute)
		for range 2 {
			if err := w.collab.KeepVersions(t.Context(), c.now()); err != nil {
				t.Fatal(err)
			}
		}
		page := b.Get(path+"/versies").MustSay("Vanzelf bewaard.", "Geschreven door Coördinator.")
		if n := strings.Count(page.Text(), "Vanzelf bewaard."); n != 1 {
			t.Errorf("there are %d automatic versions", n)
		}
	})
}

func TestADamagedVersionSaysSoAndTheOthersAreRead(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := "/programmas/" + string(w.demoDocument().ID)
		b := w.as(demoResident)
		list := b.Get(path + "/versies")
		damaged := list.Link("Eerste opzet").Path
		_, err := w.db.Pool().ExecContext(t.Context(), "UPDATE live_versions SET checksum = checksum + 1 WHERE name = 'Eerste opzet'")
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+damaged, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.Cookies() {
			response.AddCookie(c)
		}
		answer, err := http.DefaultClient.Do(response)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body := new(strings.Builder)
		if err := answer.Write(body); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusInternalServerError || !strings.Contains(body.String(), "Deze versie is beschadigd") {
			t.Errorf("a damaged version is answered with %d:\n%s", answer.StatusCode, body)
		}
		list.MustSay("Eerste opzet")
		list.Link("Na de eerste bespreking").MustStatus(http.StatusOK).MustSay("één vaste coördinator")
	})
}

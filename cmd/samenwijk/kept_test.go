package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/server/servertest"
)

// promises are the words of a page that says that a letter goes out.
var promises = regexp.MustCompile(`(?i)sturen wij (u|een)|wij naar uw e-mailadres|stuur (mij een (code|e-mail)|een nieuwe|de uit)|krijg(t|en) [^.:]{0,20}(e-mail|brief|bericht)|` +
	`gestuurd|onderweg|ga(at|an) [^.]{0,20}brie(f|ven)|staat in (de|een) e-mail|ongewenste e-mail|per e-mail[ .:,]|liever een e-mail`)

// notPromises holds words that look like one.
var notPromises = regexp.MustCompile(`Niemand krijgt daarover e-mail|In welke taal krijgt deze persoon e-mail|U krijgt deze e-mail omdat er in Samenwijk iets`)

// TestWithoutAMailServerNoPagePromisesALetter walks through every page as people who arrange things and as a visitor, and
// presses every button.
func TestWithoutAMailServerNoPagePromisesALetter(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{demonstration: true, mailKept: true})
	w.setStage()
	seen := map[string]bool{}
	p := &presser{t: t, w: w, done: map[string]bool{}, pressed: map[string]bool{}}
	p.read = func(page *servertest.Page) {
		if strings.Contains(page.Body, `<html lang="en"`) {
			return
		}
		text := notPromises.ReplaceAllString(page.Text(), "")
		for _, found := range promises.FindAllStringIndex(text, -1) {
			said := text[max(0, found[0]-60):min(len(text), found[1]+60)]
			if !seen[said] {
				t.Errorf("%s promises a letter: …%s…", page.Path, said)
			}
			seen[said] = true
		}
	}
	p.admin, p.coordinator = w.actor(demoAdmin), w.actor(demoCoordinator)
	for _, email := range []string{"", demoCoordinator, demoAdmin} {
		p.as(email)
	}
}

// TestWithoutAMailServerPeopleDoWhatLettersDid registers somebody by e-mail and calls the meeting off: whoever manages it
// is told to write, and to whom.
func TestWithoutAMailServerPeopleDoWhatLettersDid(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, database(t), options{mailKept: true})
			organiser := w.organiser()
			organiser.Get("/").MustSay("Er gaat nu geen e-mail weg")
			meeting := w.openMeeting(organiser, 1)
			organiser.Get(meeting).MustSay("Er is geen mailserver ingesteld")
			b := w.browser()
			b.Get(meeting).MustNotSay("mailserver")
			register(b, meeting, "Bewoner Een", "channel", "email", "email", "een@voorbeeld.test").
				MustSay("U bent aangemeld", "U krijgt nu geen e-mail", "De organisatie mailt u zelf")
			register(w.browser(), meeting, "Bewoner Twee", "channel", "email", "email", "twee@voorbeeld.test").
				MustSay("Komt er een plek vrij? Dan mailt de organisatie u zelf")
			organiser.Get(meeting+"/lijst").Form("/plaatsen").Set("capacity", "2").Submit().MustStatus(http.StatusOK).
				MustSay("Te bellen", "schrijf zelf", "twee@voorbeeld.test", "Heeft nu een plek")
			organiser.Get(meeting+"/afgelasten").MustSay("Er gaat nu geen e-mail weg", "komt op uw bellijst").Form("/afgelasten").Submit()
			organiser.Get(meeting+"/lijst").MustSay("een@voorbeeld.test", "De bijeenkomst gaat niet door")
			w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
			w.signIn("beheerder@voorbeeld.test").Get("/beheer").MustSay("Er gaat nu geen e-mail weg", "bij Postvak")
		})
	}
}

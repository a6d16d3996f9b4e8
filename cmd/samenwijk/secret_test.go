package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"samenwijk/domain/database/databasetest"
	"samenwijk/server/servertest"
)

// TestANewSecretReadsWhatWasWrittenUnderOlderOnes replaces the secret of an installation with people in
// it, first while the old one is still read, and then without it.
func TestANewSecretReadsWhatWasWrittenUnderOlderOnes(t *testing.T) {
	for name, where := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, dir := where(t), t.TempDir()
			first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")

			w := start(t, database, options{secretFile: first})
			organiser := w.organiser()
			meeting := w.openMeeting(organiser, 5)
			ticket := register(w.browser(), meeting, "Bewoner Een", "channel", "email", "email", "een@voorbeeld.test",
				"support", "Een tolk", "support_consent", "ja").MustSay("U bent aangemeld")
			reference := referenceOn(ticket)
			w.stop()
			byReference := func(b *servertest.Browser) *servertest.Page {
				return b.Get("/aanmeldingen").Form("/aanmeldingen").Set("reference", reference).Set("fact", "Bewoner Een").Submit()
			}
			looked := func() string {
				var said bytes.Buffer
				_ = fsck(t.Context(), w.db, w.config, slog.New(slog.DiscardHandler), &said) // what it found stands in said
				return said.String()
			}

			w = start(t, database, options{secretFile: second, oldSecretFiles: []string{first}})
			w.organiser().Get(meeting + "/lijst").MustStatus(http.StatusOK).MustSay("Een tolk")
			byReference(w.browser()).MustSay("U bent aangemeld", "Een tolk").Link("Wijzig mijn aanmelding").
				Form("/wijzigen").Set("people", "2").Submit().MustSay("Er zijn 2 plekken voor u")
			register(w.browser(), meeting, "Bewoner Twee", "support", "Een lift", "support_consent", "ja").MustSay("U bent aangemeld")
			if said := looked(); !strings.Contains(said, "2 needs of people that are sealed: as they should be") {
				t.Errorf("with the old secret there fsck says\n%s", said)
			}
			w.stop()

			// The change above was written under the second secret; only then the first may go.
			w = start(t, database, options{secretFile: filepath.Join(dir, "third"), oldSecretFiles: []string{second}})
			w.organiser().Get(meeting+"/lijst").MustSay("Een tolk", "Een lift")
			w.stop()

			w = start(t, database, options{secretFile: filepath.Join(dir, "fourth")})
			w.organiser().Get(meeting+"/lijst").MustStatus(http.StatusOK).
				MustSay("Bewoner Een", "Bewoner Twee", "Dit kunnen wij niet meer lezen").MustNotSay("Een tolk")
			w.signIn("coordinator@voorbeeld.test").Get(meeting + "/lijst.csv").MustStatus(http.StatusOK).MustSay("niet meer lezen")
			byReference(w.browser()).MustStatus(http.StatusOK).MustSay("U bent aangemeld", "Dit kunnen wij niet meer lezen")
			if said := looked(); !strings.Contains(said, "what 2 people need cannot be read") {
				t.Errorf("without the old secrets fsck says\n%s", said)
			}
			change := func() *servertest.Form {
				return byReference(w.browser()).Link("Wijzig mijn aanmelding").MustSay("U schreef eerder wat u nodig hebt").Form("/wijzigen")
			}
			change().Set("people", "1").Submit().MustStatus(http.StatusOK).MustSay("niet meer lezen")
			w.stop()

			// What was saved without it is still there for who brings the secret back.
			w = start(t, database, options{secretFile: filepath.Join(dir, "fourth"), oldSecretFiles: []string{filepath.Join(dir, "third"), second}})
			byReference(w.browser()).MustSay("Een tolk")
			w.stop()
			w = start(t, database, options{secretFile: filepath.Join(dir, "fourth")})
			change().Set("support_forget", "ja").Submit().MustStatus(http.StatusOK).MustNotSay("niet meer lezen")
			byReference(w.browser()).Link("Wijzig mijn aanmelding").MustNotSay("U schreef eerder").
				Form("/wijzigen").Set("support", "Een gebarentolk").Set("support_consent", "ja").Submit().MustSay("Een gebarentolk")
		})
	}
}

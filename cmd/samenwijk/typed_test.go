package main

import (
	"net/http"
	"testing"

	"samenwijk/server/servertest"
)

// TestEveryFormAboutMeetingsKeepsWhatWasTyped sends each with one mistake, and reads the page that comes back.
func TestEveryFormAboutMeetingsKeepsWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		organiser, visitor := w.organiser(), w.browser()
		meeting := w.openMeeting(organiser, 20)
		register(visitor, meeting, "Bewoner Een")
		ticket := register(visitor, meeting, "Bewoner Twee").Path
		today := organiser.Get(meeting + "/bewerken").Form("/bewerken")
		for day := w.today(); len(day) > 0; day = day[2:] {
			today.Set(day[0], day[1])
		}
		registers := w.openMeeting(organiser, 20)
		answers := []string{
			"for", "other", "helper", "Helper", "name", "Bewoner Drie", "people", "3", "channel", "call", "phone", "06 12 34 56 78",
			"email", "drie@voorbeeld.test", "support", "Een tolk", "support_consent", "ja",
		}
		about := []string{
			"title", "Anders", "kind", "expert_meeting", "summary", "Samen.", "for_whom", "Bewoners", "organiser", "De wijk",
			"organiser_phone", "06 12 34 56 78", "organiser_email", "wijk@voorbeeld.test", "date", "3-12-2031", "start", "9.00", "end", "10.00",
			"when_text", "straks", "place", "hybrid", "venue_name", "Buurthuis", "venue_address", "Plein 1", "access_facts", "Bus 1",
			"online_link", "https://voorbeeld.test", "programme", "- Koffie", "audience", "public", "entry", "welcome",
		}
		forms := []struct {
			name         string
			browser      *servertest.Browser
			page, action string
			wrong        []string // each pair by itself is a mistake
			typed        []string
		}{
			{"registering", visitor, registers + "/aanmelden", "/aanmelden", []string{"people", "veel", "phone", "12", "name", "!?", "people", "99"}, answers},
			{"changing it", visitor, ticket + "/wijzigen", "/wijzigen", []string{"people", "veel", "phone", "12", "name", "", "support_consent", ""}, answers},
			{"a code", visitor, "/aanmeldingen", "/aanmeldingen", []string{"reference", "tulp-ladder-11", "fact", ""}, []string{"reference", "tulp-ladder-10", "fact", "Een"}},
			{"planning", organiser, "/bijeenkomsten/nieuw", "/bijeenkomsten/nieuw", []string{"capacity", "veel", "date", "ooit", "end", "8.00", "title", ""},
				append(about, "workgroup", "netwerk", "capacity", "25")},
			{"changing a meeting", organiser, registers + "/bewerken", "/bewerken", []string{"date", "ooit", "start", "vroeg", "online_link", "http:/", "title", ""}, about},
			{"the seats", organiser, meeting + "/lijst", "/plaatsen", []string{"capacity", "veel", "capacity", "1", "capacity", "0", "capacity", "25 stoelen in de zaal"}, []string{"capacity", "25"}},
			{"the door", organiser, meeting + "/lijst", "/inloop", []string{"name", "", "name", "!?", "people", "veel", "people", "0"}, []string{"name", "Loper", "people", "2"}},
		}
		today.Submit().MustStatus(http.StatusOK)
		for _, f := range forms {
			for i := 0; i < len(f.wrong); i += 2 {
				form := f.browser.Get(f.page).MustStatus(http.StatusOK).Form(f.action)
				want := map[string]string{}
				for j := 0; j < len(f.typed); j += 2 {
					want[f.typed[j]] = f.typed[j+1]
				}
				want[f.wrong[i]] = f.wrong[i+1]
				for field, value := range want {
					if value == "" && field == "support_consent" {
						form.Set(field)
						continue
					}
					form.Set(field, value)
				}
				page := form.Submit()
				if page.Status < 400 || page.Status >= 500 {
					t.Errorf("%s, %s %q: %d", f.name, f.wrong[i], f.wrong[i+1], page.Status)
					continue
				}
				back := page.Form(f.action)
				for field, value := range want {
					if got := back.Value(field); got != value {
						t.Errorf("%s, %s %q: %s says %q, not %q", f.name, f.wrong[i], f.wrong[i+1], field, got, value)
					}
				}
			}
		}
	})
}

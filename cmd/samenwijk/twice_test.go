package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samenwijk/server/servertest"
)

// drawn is what differs between two answers that say the same: what is drawn for one page, and the code and the address of
// a registration.
var drawn = []*regexp.Regexp{
	regexp.MustCompile(`nonce="[^"]*"|nonce-[^']*'`), regexp.MustCompile(`(name="(?:csrf|idempotency_key)" value)="[^"]*"`),
	regexp.MustCompile(`aanmeldingen/[0-9a-z-]+`), regexp.MustCompile(`gedaan=[^"&\s]*`), referencePattern,
}

func masked(page *servertest.Page) string {
	text := page.Path + "\n" + strings.Join(page.Header["Set-Cookie"], "\n") + page.Body
	for _, one := range drawn {
		text = one.ReplaceAllString(text, "·")
	}
	return text
}

// differ returns where two pages begin to differ.
func differ(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "…" + a[max(0, i-80):min(len(a), i+80)] + "…\nand …" + b[max(0, i-80):min(len(b), i+80)]
		}
	}
	return "one goes on longer"
}

// TestAStrangerLearnsNothingOfWhoIsRegistered registers somebody, and lets strangers try the same name and contact, and
// an invented name of the same length: all of them read the same.
func TestAStrangerLearnsNothingOfWhoIsRegistered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		organiser := w.organiser()
		meeting := w.openMeeting(organiser, 50)
		for channel, contact := range map[string][]string{
			"none": nil, "text": {"phone", "06 12 34 56 78"}, "call": {"phone", "06 12 34 56 78"}, "email": {"email", "een@voorbeeld.test"},
		} {
			answers := append([]string{"channel", channel}, contact...)
			try := func(name string, answers []string) (check, ticket string) {
				form := w.browser().Get(meeting+"/aanmelden").Form("/aanmelden").Set("name", name)
				for i := 0; i < len(answers); i += 2 {
					form.Set(answers[i], answers[i+1])
				}
				page := form.Submit().MustStatus(http.StatusOK).MustSay("Klopt dit?")
				done := page.Form("/aanmelden").Submit().MustStatus(http.StatusOK).MustSay("U bent aangemeld")
				change := done.Link("Wijzig mijn aanmelding").Form("/wijzigen").Set("people", "2").Submit().MustStatus(http.StatusOK).MustSay("Uw aanmelding is gewijzigd")
				plain := func(p *servertest.Page) string {
					return strings.NewReplacer(name, "·", "zes@voorbeeld", "een@voorbeeld").Replace(masked(p))
				}
				return plain(page), plain(done) + plain(change)
			}
			other := slices.Clone(answers) // of an address goes out only so many letters a day
			if channel == "email" {
				other[len(other)-1] = "zes@voorbeeld.test"
			}
			firstCheck, firstTicket := try("Bekende", answers)
			knownCheck, knownTicket := try("Bekende", answers)
			otherCheck, otherTicket := try("Onbeken", other)
			if knownCheck != firstCheck || knownCheck != otherCheck {
				t.Errorf("%s: the question differs for a known name: %s", channel, differ(knownCheck, otherCheck))
			}
			if knownTicket != firstTicket || knownTicket != otherTicket {
				t.Errorf("%s: the answer differs for a known name: %s", channel, differ(knownTicket, otherTicket))
			}
			// Who is registered under another name takes that of somebody who comes.
			stranger := w.browser()
			register(stranger, meeting, "Vreemde", answers...).Link("Wijzig mijn aanmelding").Form("/wijzigen").Set("name", "Bekende").
				Submit().MustStatus(http.StatusOK).MustSay("Uw aanmelding is gewijzigd")
		}
	})
}

// TestWhoIsRegisteredIsToldWhereTheyMayKnow follows the ways by which somebody does hear that they are registered twice.
func TestWhoIsRegisteredIsToldWhereTheyMayKnow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		organiser := w.organiser()
		meeting := w.openMeeting(organiser, 50)
		b := w.browser()
		ticket := register(b, meeting, "Bewoner Een", "channel", "email", "email", "een@voorbeeld.test")
		again := b.Get(meeting+"/aanmelden").Form("/aanmelden").Set("name", "bewoner een").Set("channel", "email").
			Set("email", "Een@voorbeeld.test").Submit().MustStatus(http.StatusOK).MustSay("U bent al aangemeld", "Dit is iemand anders")
		if path := again.Link("Bekijk de aanmelding").MustSay("U bent aangemeld").Path; path != ticket.Path {
			t.Errorf("the way leads to %s, not to %s", path, ticket.Path)
		}
		second := again.Form("/aanmelden").Press("another", "ja").MustSay("Klopt dit?").Form("/aanmelden").Submit().
			MustStatus(http.StatusOK).MustSay("U bent aangemeld")
		if second.Path == ticket.Path {
			t.Error("somebody else with the same name is not registered")
		}
		letters := w.lettersTo("een@voorbeeld.test", 1)
		letters = append(letters, w.lettersTo("Een@voorbeeld.test", 1)...)
		told := 0
		for _, l := range letters {
			if strings.Contains(l.Text, "Er is al een aanmelding met deze naam") {
				told++
			}
		}
		if told == 0 {
			t.Errorf("none of %d letters says that there are two", len(letters))
		}

		// Signed in, also another browser knows.
		register(organiser, meeting, "Bewoner Twee", "channel", "call", "phone", "06 12 34 56 78")
		elsewhere := w.signIn("coordinator@voorbeeld.test")
		elsewhere.Get(meeting+"/aanmelden").Form("/aanmelden").Set("name", "Bewoner Twee").Set("channel", "call").Set("phone", "0612345678").
			Submit().MustSay("U bent al aangemeld").Link("Bekijk de aanmelding").MustSay("U bent aangemeld", "06 12 34 56 78")

		today := organiser.Get(meeting + "/bewerken").Form("/bewerken")
		for day := w.today(); len(day) > 0; day = day[2:] {
			today.Set(day[0], day[1])
		}
		today.Submit().MustStatus(http.StatusOK)
		list := organiser.Get(meeting+"/lijst").MustSay("2 aanmeldingen staan er misschien dubbel op", "Staat er 2 keer op")
		list = list.Form("/inloop").Set("name", "BEWONER TWEE").Set("people", "3").Submit().MustStatus(http.StatusConflict).
			MustSay("Er staat al iemand met deze naam op de lijst")
		if list.Value("name") != "BEWONER TWEE" || list.Value("people") != "3" {
			t.Error("what was typed at the door is gone")
		}
		sure := list.Form("/inloop")
		sure.Submit().MustStatus(http.StatusOK).MustSay("BEWONER TWEE staat op de lijst", "Deze naam staat er vaker op")
		sure.Submit().MustStatus(http.StatusOK).MustSay("BEWONER TWEE staat op de lijst", "6 van de 50 plekken") // sent twice
		organiser.Get(meeting+"/lijst").Form("/inloop").Set("name", "Nieuw").Submit().MustStatus(http.StatusOK).MustSay("Nieuw staat op de lijst")
	})
}

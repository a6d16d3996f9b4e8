package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/letter"
)

// A stranger registers twenty times with the address of somebody else. That one gets five letters, and the
// organiser takes the burst back in one press, which can be undone.
func TestABurstWritesFiveLettersAndIsTakenBackInOnePress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const many = 20
		organiser := w.organiser()
		meeting := w.openMeeting(organiser, many)
		stranger := w.browser()
		began := time.Now()
		for n := range many {
			page := register(stranger, meeting, fmt.Sprintf("Verzonnen %c", 'A'+n), "channel", "email", "email", "slachtoffer@voorbeeld.test")
			page.MustSay("U bent aangemeld")
			if told := strings.Contains(page.Text(), "U krijgt geen e-mail"); told != (n >= letter.ToAddress) {
				t.Errorf("registration %d says that no letter goes: %v", n+1, told)
			}
			if n == letter.ToAddress && !answered.MatchString(page.Body) {
				t.Error("that no letter goes is neither announced nor in focus")
			}
		}
		t.Logf("%d registrations in %v", many, time.Since(began))
		again := stranger.Get(meeting + "/aanmelden")
		if !strings.Contains(again.Text(), "vol") {
			t.Errorf("the meeting is not full: %s", again.Text())
		}
		page := stranger.Get(meeting+"/aanmelden").Form("/aanmelden").Set("name", "Win op casino.example").Set("channel", "none").Submit()
		if page.MustStatus(http.StatusUnprocessableEntity).Mistake("name") == "" || page.Value("name") != "Win op casino.example" {
			t.Error("a name with an address in it is taken")
		}

		w.lettersTo("slachtoffer@voorbeeld.test", letter.ToAddress)
		list := organiser.Get(meeting+"/lijst").
			MustSay("20 aanmeldingen kwamen kort na elkaar vanaf één internetadres", "Verzonnen A, Verzonnen B, Verzonnen C")
		list = list.Form("/lijst/intrekken").Submit().MustStatus(http.StatusOK).
			MustSay("U hebt 20 aanmeldingen ingetrokken").MustNotSay("kort na elkaar")
		if !answered.MatchString(list.Body) {
			t.Error("the sentence is neither announced nor in focus")
		}
		w.browser().Get(meeting).MustSay("Nog 20 plekken vrij")
		list.Form("/lijst/terugzetten").Submit().MustStatus(http.StatusOK).MustSay("De aanmeldingen staan er weer")
		w.browser().Get(meeting).MustNotSay("Nog 20 plekken vrij")
		organiser.Get(meeting + "/lijst").Form("/lijst/intrekken").Submit().MustSay("U hebt 20 aanmeldingen ingetrokken")

		// A letter to somebody else leaves after all of those, had there been more.
		register(w.browser(), meeting, "Bewoner", "channel", "email", "email", "bewoner@voorbeeld.test").MustSay("U bent aangemeld")
		w.lettersTo("bewoner@voorbeeld.test", 1)
		if letters := w.lettersTo("slachtoffer@voorbeeld.test", 0); len(letters) != letter.ToAddress {
			t.Errorf("the owner of the address got %d letters", len(letters))
		}
	})
}

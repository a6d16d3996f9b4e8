package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"samenwijk/domain/workgroup"
	"samenwijk/server/servertest"
)

// withdrawPath is where an open invitation is withdrawn.
func (w *world) withdrawPath(b *servertest.Browser, group string) string {
	w.t.Helper()
	return b.Get(group + "/leden").Href("Trek in")
}

func TestWhoWithdrawsTooLateReadsWhatBecameOfTheInvitation(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, clock *clock) {
		lecturer, path := w.as(demoLecturer), w.groupPath(demoGuidance)
		link := w.invited(lecturer, path, "nieuw@voorbeeld.test", "resident")
		withdraw := w.withdrawPath(lecturer, path)
		form := lecturer.Get(withdraw).MustStatus(http.StatusOK)
		visitor := w.browser()
		visitor.Get(link).Form("/uitnodigingen").Set("your_name", "Nieuwe bewoner").Press("answer", "yes").MustStatus(http.StatusOK)
		for _, page := range []*servertest.Page{form.Form("/intrekken").Submit(), lecturer.Get(withdraw)} {
			page.MustStatus(http.StatusConflict).MustNotSay("Log in om de werkgroep te openen").MustSay(
				"Nieuwe bewoner (nieuw@voorbeeld.test) heeft de uitnodiging al aangenomen en is lid", "Leden van Begeleiding")
			page.Link("Wijzig rol of verwijder Nieuwe bewoner").MustStatus(http.StatusOK)
		}
		lecturer.Get(path + "/leden").Link("Wijzig rol of verwijder Nieuwe bewoner").Form("/verwijderen").Submit().MustStatus(http.StatusOK)
		lecturer.Get(withdraw).MustSay("Deze persoon is nu geen lid meer").MustNotSay("en is lid")

		link = w.invited(lecturer, path, "nee@voorbeeld.test", "student")
		withdraw = w.withdrawPath(lecturer, path)
		form = lecturer.Get(withdraw)
		w.browser().Get(link).Form("/uitnodigingen").Press("answer", "no").MustStatus(http.StatusOK)
		form.Form("/intrekken").Submit().MustStatus(http.StatusConflict).MustSay("De uitnodiging voor nee@voorbeeld.test is al afgeslagen").
			MustNotSay("U hebt deze uitnodiging afgeslagen")

		w.invited(lecturer, path, "laat@voorbeeld.test", "student")
		withdraw = w.withdrawPath(lecturer, path)
		clock.move(workgroup.InvitationLasts)
		w.as(demoLecturer).Get(withdraw).MustStatus(http.StatusConflict).MustSay("De uitnodiging voor laat@voorbeeld.test is te oud")
	})
}

func TestWhoAcceptsTwiceIsLedToTheWorkgroup(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path := w.groupPath(demoGuidance)
		link := w.invited(w.as(demoLecturer), path, demoEntrepreneur, "entrepreneur")
		member := w.as(demoEntrepreneur)
		page := member.Get(link)
		page.Form("/uitnodigingen").Press("answer", "yes").MustStatus(http.StatusOK).MustSay("U bent lid")
		for name, again := range map[string]*servertest.Page{
			"the form": page.Form("/uitnodigingen").Press("answer", "yes"), "the link": member.Get(link), "going back": member.Get("/uitnodigingen"),
		} {
			again.MustStatus(http.StatusOK).MustSay("U hebt deze uitnodiging al aangenomen. U bent lid van “Begeleiding van deelnemers”.")
			if again.Path != path && !strings.HasPrefix(again.Path, path+"?") {
				t.Errorf("%s leads to %s", name, again.Path)
			}
		}

		link = w.invited(w.as(demoLecturer), path, "nieuw@voorbeeld.test", "resident")
		visitor := w.browser()
		page = visitor.Get(link)
		page.Form("/uitnodigingen").Set("your_name", "Nieuwe bewoner").Press("answer", "yes").MustStatus(http.StatusOK)
		for name, again := range map[string]*servertest.Page{
			"the form": page.Form("/uitnodigingen").Set("your_name", "Nieuwe bewoner").Press("answer", "yes"), "the link": visitor.Get(link),
		} {
			again.MustSay("U hebt deze uitnodiging al aangenomen").MustNotSay("kennen deze uitnodiging niet")
			if !strings.Contains(again.Body, `href="/inloggen?terug=`+path+`"`) {
				t.Errorf("%s: nothing leads to the workgroup:\n%s", name, again.Text())
			}
		}
		left := w.as("nieuw@voorbeeld.test")
		left.Get(path + "/verlaten").Form("/verlaten").Submit().MustStatus(http.StatusOK)
		left.Get(link).MustStatus(http.StatusConflict).MustSay("u bent nu geen lid meer")
	})
}

func TestTheLetterOfAnInvitationIsInTheLanguageThatWasChosen(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		path, lecturer := w.groupPath(demoGuidance), w.as(demoLecturer)
		form := lecturer.Get(path + "/leden").MustSay("Taal van de brief").Form("/leden")
		if got := form.Value("language"); got != "nl" {
			t.Errorf("the language is %q unless chosen", got)
		}
		form.Set("email", "new@voorbeeld.test").Set("role", "resident").Set("language", "en").Submit().MustStatus(http.StatusOK)
		l := w.lettersTo("new@voorbeeld.test", 1)[0]
		if l.Language != "en" || !strings.Contains(l.Subject, "Invitation to the workgroup") || !strings.Contains(l.Text, "You can answer until") {
			t.Errorf("the letter in %s says:\n%s\n%s", l.Language, l.Subject, l.Text)
		}
		_, after, _ := strings.Cut(l.Text, w.url+"/uitnodigingen/")
		visitor := w.browser()
		visitor.Get("/uitnodigingen/"+strings.Fields(after)[0]).MustStatus(http.StatusOK).MustSay("Invitation to Begeleiding", "Yes, I take part").
			Form("/uitnodigingen").Set("your_name", "New resident").Press("answer", "yes").MustStatus(http.StatusOK).MustSay("You are a member")
		if got := w.as("new@voorbeeld.test").Get("/account").Form("/account").Value("language"); got != "en" {
			t.Errorf("the account that was made has the language %q", got)
		}

		if link := w.invited(lecturer, path, "dutch@voorbeeld.test", "resident"); strings.Contains(link, "?") {
			t.Errorf("a Dutch letter leads to %s", link)
		}
		wrong := url.Values{"email": {"x@voorbeeld.test"}, "role": {"resident"}, "language": {"fy"}}
		if page := send(lecturer, path+"/leden", wrong).MustStatus(http.StatusUnprocessableEntity); page.Mistake("language") == "" {
			t.Error("a language that is none is taken")
		}
	})
}

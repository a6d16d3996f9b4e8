package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	emersion "github.com/emersion/go-ical"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
	"samenwijk/domain/workgroup"
	"samenwijk/server/servertest"
)

// organiser opens a browser in which a coordinator of the network is signed in.
func (w *world) organiser() *servertest.Browser {
	w.t.Helper()
	w.person("coordinator@voorbeeld.test", "Coördinator", access.Coordinator)
	return w.signIn("coordinator@voorbeeld.test")
}

// plan plans a meeting in 20 days through the pages and returns where it is. It is a draft.
func (w *world) plan(b *servertest.Browser, seats int, change ...string) string {
	w.t.Helper()
	form := b.Get("/bijeenkomsten/nieuw").MustStatus(http.StatusOK).Form("/bijeenkomsten/nieuw").
		Set("workgroup", "netwerk").Set("title", "Werken in de wijk").Set("summary", "Praat mee over werk.").
		Set("date", time.Now().AddDate(0, 0, 20).Format("2-1-2006")).Set("start", "14.00").Set("end", "16:30").
		Set("venue_name", "Buurthuis").Set("capacity", fmt.Sprint(seats))
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	page := form.Submit().MustStatus(http.StatusOK).MustSay("Dit is een concept")
	return page.Path
}

// openMeeting plans a meeting and opens it.
func (w *world) openMeeting(b *servertest.Browser, seats int, change ...string) string {
	w.t.Helper()
	path := w.plan(b, seats, change...)
	b.Get(path).Form("/openen").Submit().MustStatus(http.StatusOK).MustSay("Sluit de aanmelding")
	return path
}

// register registers somebody through the pages and returns the page they end on.
func register(b *servertest.Browser, meeting, name string, answers ...string) *servertest.Page {
	form := b.Get(meeting+"/aanmelden").MustStatus(http.StatusOK).Form("/aanmelden").Set("name", name).Set("channel", "none")
	for i := 0; i < len(answers); i += 2 {
		form.Set(answers[i], answers[i+1])
	}
	return form.Submit().MustStatus(http.StatusOK).MustSay("Klopt dit?", name).Form("/aanmelden").Submit().MustStatus(http.StatusOK)
}

// actor returns who has this address, with everything that was granted to them.
func (w *world) actor(email string) access.Actor {
	w.t.Helper()
	who, err := w.actorOf(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	return who
}

// transfer returns a file as a browser gets it, and how many bytes went over the line for it.
func (w *world) transfer(path string) (text string, size int) {
	w.t.Helper()
	request, err := http.NewRequest(http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "br")
	response, err := (&http.Transport{DisableCompression: true}).RoundTrip(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	sent, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d, %v", path, response.StatusCode, err)
	}
	if response.Header.Get("Content-Encoding") != "br" {
		return string(sent), len(sent)
	}
	plain, err := io.ReadAll(brotli.NewReader(bytes.NewReader(sent)))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(plain), len(sent)
}

var referencePattern = regexp.MustCompile(`[a-z]+-[a-z]+-[1-9][0-9]`)

func referenceOn(page *servertest.Page) string { return referencePattern.FindString(page.Text()) }

func TestAResidentRegistersWithoutAnAccountChangesItAndCancels(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		meeting := w.openMeeting(w.organiser(), 5)
		b := w.browser()
		page := b.Get(meeting).MustSay("Werken in de wijk", "14.00 tot 16.30 uur", "Buurthuis", "Nog 5 plekken vrij")
		if len(b.Cookies()) != 0 {
			t.Errorf("who only reads got cookies: %v", b.Cookies())
		}
		check := page.Link("Meld mij aan").Form("/aanmelden").Set("name", "Bewoner Een").Set("people", "2").Set("channel", "email").
			Set("email", "een@voorbeeld.test").Set("support", "Een tolk").Set("support_consent", "ja").Submit()
		check.MustSay("Klopt dit?", "Bewoner Een", "2 personen", "een@voorbeeld.test", "Een tolk")
		again := check.Form("/aanmelden").Press("edit", "ja").MustSay("Meld u aan")
		if again.Value("name") != "Bewoner Een" || again.Value("support") != "Een tolk" || again.Value("email") != "een@voorbeeld.test" {
			t.Error("going back loses what was filled in")
		}
		send := again.Form("/aanmelden").Submit().Form("/aanmelden")
		ticket := send.Submit().MustSay("U bent aangemeld", "Er zijn 2 plekken voor u", "Een tolk")
		reference := referenceOn(ticket)
		if reference == "" || send.Submit().Path != ticket.Path {
			t.Errorf("reference %q; sending twice ends elsewhere", reference)
		}
		b.Get(meeting).MustSay("Nog 3 plekken vrij")

		letter := w.lettersTo("een@voorbeeld.test", 1)[0]
		if !strings.Contains(letter.Text, reference) || letter.CalendarMethod != "REQUEST" || strings.Contains(letter.Text, "tolk") {
			t.Errorf("the letter: %s\n%s", letter.CalendarMethod, letter.Text)
		}
		if _, err := emersion.NewDecoder(strings.NewReader(letter.Calendar)).Decode(); err != nil {
			t.Error(err)
		}
		link := regexp.MustCompile(`http\S+/aanmeldingen/open/\S+`).FindString(letter.Text)
		other := w.browser()
		request, err := http.NewRequest(http.MethodHead, link, nil) // as a scanner of mail does
		if err != nil {
			t.Fatal(err)
		}
		w.browser().Do(request)
		opened := other.Get(link).MustSay("U bent aangemeld")
		if opened.Path != ticket.Path || strings.Contains(opened.Path, link[len(link)-20:]) {
			t.Errorf("the link ends at %s", opened.Path)
		}
		w.browser().Get(ticket.Path).MustSay("Uw code").MustNotSay("Bewoner Een", "Een tolk")
		w.browser().Get("/aanmeldingen/open/onzin").MustSay("Uw code")

		third := w.browser()
		typed := " " + strings.ToUpper(strings.ReplaceAll(reference, "-", " "))
		changed := third.Get("/aanmeldingen").Form("/aanmeldingen").Set("reference", typed).Set("fact", "bewoner een").Submit().MustSay("U bent aangemeld").
			Link("Wijzig mijn aanmelding").Form("/wijzigen").Set("people", "4").Set("channel", "call").Set("phone", "0612345678").Submit()
		changed.MustSay("Er zijn 4 plekken voor u", "06 12 34 56 78")
		changed.Link("Wijzig mijn aanmelding").Form("/wijzigen").Set("people", "6").Submit().
			MustStatus(http.StatusConflict).MustSay("niet genoeg plekken vrij")

		cancel := changed.Link("Meld mij af").MustSay("Wilt u zich afmelden?")
		b.Get(meeting).MustSay("Nog 1 plek vrij") // looking at it changed nothing
		form := cancel.Form("/afmelden")
		form.Submit().MustSay("U bent afgemeld")
		form.Submit().MustSay("U bent afgemeld")
		b.Get(meeting).MustSay("Nog 5 plekken vrij")
		b.Get(ticket.Path + "/wijzigen").MustSay("U bent afgemeld")
	})
}

func TestWhoComesTooLateWaitsMovesUpAndIsToldInTheWayTheyChose(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		organiser := w.organiser()
		meeting := w.openMeeting(organiser, 1)
		first, second, third := w.browser(), w.browser(), w.browser()
		ticket := register(first, meeting, "Eerste").MustSay("U bent aangemeld")
		caller := register(second, meeting, "Beller", "channel", "call", "phone", "06 12 34 56 78").
			MustSay("De zaal is vol. U bent nummer 1 op de wachtlijst. Komt er een plek vrij? Dan bellen wij u.")
		mailed := register(third, meeting, "Mailer", "channel", "email", "email", "mailer@voorbeeld.test").
			MustSay("U bent nummer 2 op de wachtlijst. Komt er een plek vrij? Dan sturen wij u een e-mail.")
		w.browser().Get(meeting).MustSay("Zet mij op de wachtlijst", "Er staan 2 aanmeldingen op de wachtlijst")
		ticket.Link("Meld mij af").Form("/afmelden").Submit().MustSay("U bent afgemeld")
		second.Get(caller.Path).MustSay("U bent aangemeld")
		third.Get(mailed.Path).MustSay("U bent nummer 1 op de wachtlijst")
		list := organiser.Get(meeting+"/lijst").MustSay("Te bellen", "Beller", "06 12 34 56 78", "Heeft nu een plek")
		list.Form("/gebeld/").Submit().MustSay("Gedaan, ")
		organiser.Get(meeting+"/lijst").Form("/plaatsen").Set("capacity", "2").Submit().MustSay("2 van de 2 plekken")
		third.Get(mailed.Path).MustSay("U bent aangemeld")
		letters := w.lettersTo("mailer@voorbeeld.test", 2)
		if !slices.ContainsFunc(letters, func(l letter.Letter) bool { return strings.HasPrefix(l.Subject, "Er is een plek voor u") }) {
			t.Errorf("no letter tells that a seat came free: %q, %q", letters[0].Subject, letters[1].Subject)
		}
	})
}

func TestAnOrganiserPlansOpensMovesAndCallsOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.organiser()
		meeting := w.plan(b, 4)
		w.browser().Get(meeting).MustStatus(http.StatusNotFound)
		w.browser().Get(meeting + "/agenda.ics").MustStatus(http.StatusNotFound)
		w.browser().Get(meeting + "/aanmelden").MustStatus(http.StatusNotFound)
		w.browser().Get("/bijeenkomsten").MustNotSay("Werken in de wijk")
		b.Get(meeting).Form("/openen").Submit()
		w.browser().Get("/").MustSay("Werken in de wijk")
		w.browser().Get("/zoeken?q=praat+werk").MustSay("Werken in de wijk")

		register(w.browser(), meeting, "Een", "channel", "email", "email", "een@voorbeeld.test")
		w.lettersTo("een@voorbeeld.test", 1)
		register(w.browser(), meeting, "Twee", "channel", "text", "phone", "0612345678")
		page := b.Get(meeting + "/bewerken")
		stale := page.Form("/bewerken").Set("title", "Oud")
		page.Form("/bewerken").Set("start", "15.00").Set("end", "17.00").Submit().MustSay("De tijd is gewijzigd", "15.00 tot 17.00 uur")
		w.lettersTo("een@voorbeeld.test", 2)
		stale.Submit().MustStatus(http.StatusConflict).MustSay("Dit is intussen gewijzigd", "Dit is intussen bewaard")
		b.Get(meeting+"/bewerken").Form("/bewerken").Set("date", "31-2-2027").Submit().
			MustStatus(http.StatusUnprocessableEntity).MustSay("Vul een datum in die bestaat")
		b.Get(meeting+"/lijst").MustSay("Te bellen", "De tijd of de plaats is gewijzigd")
		if above := b.Get(meeting + "/lijst/intrekken").MustStatus(http.StatusOK).Path; above != meeting+"/lijst" {
			t.Errorf("an address that only takes forms leads to %s", above)
		}
		list := b.Get(meeting + "/lijst")
		if list.HasForm("/inloop") {
			t.Error("somebody is at the door twenty days before")
		}
		token := url.Values{"csrf": {list.Form("/plaatsen").Value("csrf")}, "name": {"=HYPERLINK(\"x\")"}, "people": {"1"}, "idempotency_key": {rand.Text()[:24]}}
		b.Post(meeting+"/inloop", token).MustSay("3 van de 4 plekken", `=HYPERLINK("x") staat op de lijst.`)
		file := b.Get(meeting + "/lijst.csv")
		if !strings.Contains(file.Body, `"'=HYPERLINK(""x"")"`) || !strings.Contains(file.Body, "Twee;1;Sms;06 12 34 56 78") {
			t.Errorf("the file:\n%s", file.Body)
		}
		b.Get(meeting + "/lijst").Link("Meld af").MustSay("Iemand afmelden").Form("/afmelden/").Submit().MustSay("2 van de 4 plekken")

		b.Get(meeting).Form("/sluiten").Submit().MustSay("Open de aanmelding weer")
		w.browser().Get(meeting + "/aanmelden").MustStatus(http.StatusConflict).MustSay("Aanmelden kan niet meer")
		b.Get(meeting).Form("/openen").Submit().MustSay("Sluit de aanmelding")
		b.Get(meeting).Link("Zeg de bijeenkomst af").Form("/afgelasten").Submit().MustSay("Deze bijeenkomst gaat niet door")
		w.browser().Get(meeting).MustStatus(http.StatusOK).MustSay("Deze bijeenkomst gaat niet door")
		w.browser().Get(meeting + "/aanmelden").MustStatus(http.StatusConflict).MustSay("gaat niet door")
		b.Get(meeting + "/lijst").MustSay("De bijeenkomst gaat niet door")
		var subjects []string
		for _, l := range w.lettersTo("een@voorbeeld.test", 3) {
			subjects = append(subjects, l.Subject+" "+l.CalendarMethod)
		}
		all := strings.Join(subjects, "; ")
		if !strings.Contains(all, "Gewijzigd: Werken in de wijk REQUEST") || !strings.Contains(all, "U bent afgemeld: Werken in de wijk CANCEL") {
			t.Errorf("letters: %s", all)
		}
	})
}

func TestThePublicPageDescribesTheMeetingForMachinesToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		meeting := w.openMeeting(w.organiser(), 4, "title", `Werk </script><b>"wijk"`, "programme", "# Kop\n- 13.30 <script>alert(1)</script> [x](javascript:alert(1))")
		page := w.browser().Get(meeting).MustNotSay("<script>alert", "javascript:alert")
		if strings.Contains(page.Body, "<b>") {
			t.Error("the title is not text")
		}
		data := page.Body[strings.Index(page.Body, `application/ld+json`):]
		data = data[strings.Index(data, ">")+1 : strings.Index(data, "</script>")]
		var event map[string]any
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if event["@type"] != "Event" || event["name"] != `Werk </script><b>"wijk"` || !regexp.MustCompile(`T14:00:00\+0[12]:00$`).MatchString(fmt.Sprint(event["startDate"])) {
			t.Errorf("event %v", event)
		}
		file := w.browser().Get(meeting + "/agenda.ics")
		calendar, err := emersion.NewDecoder(strings.NewReader(file.Body)).Decode()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := calendar.Events()[0].Props.Text("SUMMARY"); got != `Werk </script><b>"wijk"` || file.Header.Get("Content-Type") != "text/calendar; charset=utf-8; method=PUBLISH" {
			t.Errorf("summary %q as %s", got, file.Header.Get("Content-Type"))
		}
	})
}

func TestEveryPageOfAMeetingAnswersEachRoleAsTheTableSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		who := access.Actor{ID: w.person("docent@voorbeeld.test", "Docent", access.Lecturer), Grants: []access.Grant{{Role: access.Lecturer, Realm: access.InNetwork}}}
		group, err := w.groups.Create(ctx, who, workgroup.Input{
			Key: "groep", Name: "Besloten groep", Goal: "Samen uitzoeken wat deelnemers nodig hebben.", ReviewOn: workgroup.Day(time.Now().AddDate(0, 1, 0)), Strands: []workgroup.Strand{workgroup.Research},
		})
		if err != nil {
			t.Fatal(err)
		}
		for email, role := range map[string]access.Role{"student@voorbeeld.test": access.Student, "ondernemer@voorbeeld.test": access.Entrepreneur, "bewoner@voorbeeld.test": access.Resident} {
			w.person(email, "Lid")
			if err := w.seedMember(ctx, group, w.actor("docent@voorbeeld.test"), email, role); err != nil {
				t.Fatal(err)
			}
		}
		w.person("ander@voorbeeld.test", "Ander")
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		lecturer, entrepreneur := w.signIn("docent@voorbeeld.test"), w.signIn("ondernemer@voorbeeld.test")
		browsers := []*servertest.Browser{
			lecturer, w.signIn("student@voorbeeld.test"), entrepreneur, w.signIn("bewoner@voorbeeld.test"),
			w.signIn("ander@voorbeeld.test"), w.signIn("beheerder@voorbeeld.test"), w.browser(),
		}
		workgroupID := string(group.ID)
		draft := w.plan(entrepreneur, 5, "workgroup", workgroupID)
		members := w.plan(entrepreneur, 5, "workgroup", workgroupID, "audience", "members")
		public := w.plan(entrepreneur, 5, "workgroup", workgroupID)
		for _, meeting := range []string{members, public} {
			lecturer.Get(meeting).Form("/openen").Submit().MustSay("Sluit de aanmelding")
		}
		const ok, no, hidden, signIn = http.StatusOK, http.StatusForbidden, http.StatusNotFound, -1
		for _, row := range []struct {
			path string
			want [7]int // lecturer, student, entrepreneur whose meeting it is, resident, of another group, administrator, visitor
		}{
			{"/bijeenkomsten", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{"/bijeenkomsten?werkgroep=" + workgroupID, [7]int{ok, ok, ok, ok, hidden, hidden, hidden}},
			{"/bijeenkomsten?werkgroep=%ff%00&soort=%00&bladzijde=-3", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{"/bijeenkomsten/nieuw", [7]int{ok, ok, ok, ok, no, no, signIn}},
			{"/bijeenkomsten/%ff%00", [7]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
			{"/aanmeldingen", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{"/aanmeldingen/%ff%00", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{"/aanmeldingen/open/%ff%00", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{draft, [7]int{ok, ok, ok, ok, hidden, hidden, hidden}},
			{draft + "/agenda.ics", [7]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
			{draft + "/bewerken", [7]int{ok, no, ok, no, hidden, hidden, hidden}},
			{draft + "/afgelasten", [7]int{ok, no, no, no, hidden, hidden, hidden}},
			{draft + "/lijst", [7]int{ok, no, ok, no, hidden, hidden, hidden}},
			{members, [7]int{ok, ok, ok, ok, hidden, hidden, hidden}},
			{members + "/agenda.ics", [7]int{ok, ok, ok, ok, hidden, hidden, hidden}},
			{members + "/aanmelden", [7]int{ok, ok, ok, ok, hidden, hidden, hidden}},
			{members + "/lijst", [7]int{ok, no, ok, no, hidden, hidden, hidden}},
			{members + "/lijst.csv", [7]int{ok, no, ok, no, hidden, hidden, hidden}},
			{members + "/bewerken", [7]int{ok, no, no, no, hidden, hidden, hidden}},
			{public, [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{public + "/aanmelden", [7]int{ok, ok, ok, ok, ok, ok, ok}},
			{public + "/lijst", [7]int{ok, no, ok, no, no, no, signIn}},
			{public + "/lijst.csv", [7]int{ok, no, ok, no, no, no, signIn}},
			{public + "/bewerken", [7]int{ok, no, no, no, no, no, signIn}},
			{public + "/afgelasten", [7]int{ok, no, no, no, no, no, signIn}},
			{public + "/afmelden/%ff%00", [7]int{hidden, no, hidden, no, no, no, signIn}},
		} {
			for i, b := range browsers {
				page := b.Get(row.path)
				if row.want[i] == signIn {
					if !strings.HasPrefix(page.Path, "/inloggen?terug=") {
						t.Errorf("%s for a visitor ends at %s", row.path, page.Path)
					}
				} else if page.Status != row.want[i] {
					t.Errorf("%s for column %d is %d, want %d", row.path, i, page.Status, row.want[i])
				}
			}
		}
		browsers[6].Get(public).MustNotSay("Besloten groep") // a public meeting of a private group
		browsers[1].Get(public).MustSay("Besloten groep")
		for _, meeting := range []string{draft, members, public} {
			for _, act := range []string{"/openen", "/sluiten", "/afgelasten", "/plaatsen", "/inloop", "/gebeld/x", "/afmelden/x"} {
				for i, b := range browsers[1:] {
					if meeting == draft && act == "/plaatsen" && b == entrepreneur {
						continue // a draft of one's own
					}
					token := b.Get("/aanmeldingen").Form("/aanmeldingen").Value("csrf")
					page := b.Post(meeting+act, url.Values{"csrf": {token}, "capacity": {"9"}, "name": {"X"}, "people": {"1"}, "idempotency_key": {strings.Repeat("A", 24)}})
					if !slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusUnauthorized}, page.Status) {
						t.Errorf("column %d may %s%s: %d", i+1, meeting, act, page.Status)
					}
				}
			}
		}
		browsers[6].Get(public).MustSay("Meld mij aan", "Nog 5 plekken vrij")
	})
}

func TestEveryFormOfAMeetingBearsEmptyHugeHostileAndDoubledAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		organiser := w.organiser()
		meeting := w.openMeeting(organiser, 500)
		guest := w.browser()
		ticket := register(guest, meeting, "Bewoner").Path
		for _, form := range []struct {
			browser      *servertest.Browser
			page, action string
			fields       []string
		}{
			{w.browser(), meeting + "/aanmelden", "/aanmelden", []string{"for", "name", "people", "channel", "phone", "email", "support", "support_consent", "helper", "sure", "edit", "idempotency_key"}},
			{w.browser(), "/aanmeldingen", "/aanmeldingen", []string{"reference", "fact"}},
			{guest, ticket + "/wijzigen", "/wijzigen", []string{"for", "name", "people", "channel", "phone", "email", "support", "helper"}},
			{organiser, "/bijeenkomsten/nieuw", "/nieuw", []string{"workgroup", "title", "kind", "summary", "for_whom", "organiser", "date", "start", "end", "when_text", "place", "venue_name", "venue_address", "access_facts", "online_link", "programme", "audience", "entry", "capacity"}},
			{organiser, meeting + "/bewerken", "/bewerken", []string{"title", "date", "start", "end", "programme", "version", "entry"}},
			{organiser, w.openMeeting(organiser, 500, w.today()...) + "/lijst", "/inloop", []string{"name", "people", "idempotency_key"}},
			{organiser, meeting + "/lijst", "/plaatsen", []string{"capacity"}},
		} {
			for _, field := range form.fields {
				for name, values := range hostile {
					page := form.browser.Get(form.page).Form(form.action).SetHostile(field, values...).Submit()
					if !slices.Contains([]int{200, 409, 413, 422, 429}, page.Status) {
						t.Errorf("%s, %s %s: %d\n%s", form.page, field, name, page.Status, page.Text())
					}
					if page.Status == http.StatusUnprocessableEntity && len(page.All("form")) > 0 && !strings.Contains(page.Text(), "nog iets niet goed") && !strings.Contains(page.Text(), "dingen niet goed") {
						t.Errorf("%s, %s %s: nothing is said\n%s", form.page, field, name, page.Text())
					}
					page.MustNotSay("meetings.mistake", "meetings.refused", "web.field")
					if strings.Contains(page.Body, "<script>alert") {
						t.Errorf("%s, %s: what was typed runs", form.page, field)
					}
				}
			}
		}
		page := w.browser().Get(meeting+"/aanmelden").Form("/aanmelden").Set("name", "").Set("people", "twee").Set("channel", "call").Set("phone", "12").
			Set("support", "Een tolk").SetHostile("helper", strings.Repeat("x", 100)).Submit().MustStatus(http.StatusUnprocessableEntity)
		for field, sentence := range map[string]string{
			"name": "Vul de naam in van wie er komt", "people": "Vul een getal in van 1 tot en met 10", "phone": "Dit telefoonnummer klopt niet",
			"support_consent": "Vink aan dat wij mogen bewaren", "helper": "hoogstens 80 tekens",
		} {
			if !strings.Contains(page.Mistake(field), sentence) {
				t.Errorf("at %s it says %q", field, page.Mistake(field))
			}
		}
		if page.Value("people") != "twee" || page.Value("phone") != "12" || page.Value("support") != "Een tolk" || !strings.HasPrefix(page.Title(), "Fout:") {
			t.Errorf("came back with %q, %q, %q under %q", page.Value("people"), page.Value("phone"), page.Value("support"), page.Title())
		}
	})
}

func TestTenWrongReferencesFromOnePlaceAreEnough(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser()
		for range 10 {
			b.Get("/aanmeldingen").Form("/aanmeldingen").Set("reference", "zee-zon-11").Set("fact", "Een").Submit().MustStatus(http.StatusUnprocessableEntity)
		}
		page := w.browser().Get("/aanmeldingen").Form("/aanmeldingen").Set("reference", "zee-zon-12").Set("fact", "Een").Submit()
		page.MustStatus(http.StatusTooManyRequests).MustSay("te vaak een verkeerde code", "Wacht 15 minuten")
	})
}

func TestCancelsClickedTwiceAndNewcomersAtTwoNodesNeverOversell(t *testing.T) {
	at := databasetest.PostgresURL(t)
	secret := filepath.Join(t.TempDir(), "secret")
	nodes := []*world{start(t, at, options{secretFile: secret}), start(t, at, options{secretFile: secret})}
	organiser := nodes[0].organiser()
	meeting := nodes[0].openMeeting(organiser, 20)
	var cancels []*servertest.Form
	for i := range 30 {
		b := nodes[0].browser()
		page := register(b, meeting, fmt.Sprintf("Eerste %d", i))
		if i%2 == 1 {
			continue
		}
		elsewhere := nodes[1].browser()
		elsewhere.SetCookies(b.Cookies()...)
		cancels = append(cancels, b.Get(page.Path+"/afmelden").Form("/afmelden"), elsewhere.Get(page.Path+"/afmelden").Form("/afmelden"))
	}
	var newcomers []*servertest.Form
	for i := range 60 {
		newcomers = append(newcomers, nodes[i%2].browser().Get(meeting+"/aanmelden").Form("/aanmelden").
			Set("name", fmt.Sprintf("Nieuw %d", i)).Set("channel", "none").SetHostile("sure", "ja"))
	}
	var all sync.WaitGroup
	for _, form := range append(cancels, newcomers...) {
		all.Go(func() {
			if page := form.Submit(); page.Status != http.StatusOK {
				t.Errorf("%d at %s: %s", page.Status, page.Path, page.Text())
			}
		})
	}
	all.Wait()
	organiser.Get(meeting + "/lijst").MustSay("20 van de 20 plekken zijn bezet. Op de wachtlijst: 55. Afgemeld: 15.")
	drift, err := nodes[1].meetings.Recount(t.Context())
	if err != nil || len(drift) > 0 {
		t.Errorf("counters differ: %+v, %v", drift, err)
	}
}

func TestAPublicMeetingWeighsThirtyKilobytesInAll(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{demonstration: true})
	meeting := w.browser().Get("/bijeenkomsten").Link("Maak kennis").Path
	for _, path := range []string{meeting, meeting + "/aanmelden"} {
		page, size := w.transfer(path)
		total := size
		for _, link := range regexp.MustCompile(`<link rel="(?:stylesheet|preload|icon)"[^>]*href="([^"]+)"|<script[^>]*src="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			_, size := w.transfer(link[1] + link[2])
			total += size
		}
		t.Logf("%s: %d bytes in all, of which the page %d", path, total, size)
		if total > 30*1024 || strings.Contains(page, "<script src") {
			t.Errorf("%s weighs %d bytes", path, total)
		}
	}
}

func TestTheDemonstrationShowsRealAndComingMeetingsAndStartsTwice(t *testing.T) {
	path, secret := databasetest.SQLiteFile(t), filepath.Join(t.TempDir(), "secret")
	for range 2 {
		w := start(t, path, options{demonstration: true, secretFile: secret})
		page := w.browser().Get("/bijeenkomsten").MustSay("zaterdag 7 oktober 2017", "Fluor, Oliemolenhof 22, Amersfoort", "begin februari", "aanmeldingen op de wachtlijst")
		if n := strings.Count(page.Text(), "Werk in de wijk"); n != 1 {
			t.Errorf("the real meeting stands there %d times", n)
		}
		page.Link("Werk in de wijk").MustSay("LSA en StadsLAB033", "Deze bijeenkomst is geweest").MustNotSay("00.00")
		w.browser().Get("/").MustSay("Samen leren")
		w.stop()
	}
}

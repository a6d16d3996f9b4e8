package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/meeting"
	"samenwijk/domain/workgroup"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/server/servertest"
)

// unpressed are the routes that take a POST and that no button of a page sends without a script.
var unpressed = map[string]string{
	"/live/:doc/ticket":     "the editor asks for it",
	"/programmas/:id/eisen": "the editor asks for keys; it answers with JSON",

	"/beheer/postvak/proef":                              "there is no mail server here; undelivered_test.go presses it",
	"/beheer/postvak/:id/opnieuw":                        "the same",
	"/werkgroepen/:id/uitnodigingen/:invitation/opnieuw": "the same",
}

// TestEveryPressIsAnsweredInASentence walks as several people through all pages that links lead to, and presses every
// button, with nothing filled in and with something that fits. Each answer must be a page that says what happened, in
// focus and announced; no link may lead to a page that this person cannot open. What was never pressed is an error too.
func TestEveryPressIsAnsweredInASentence(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, database(t), options{demonstration: true})
			w.setStage()
			p := &presser{t: t, w: w, done: map[string]bool{}, pressed: map[string]bool{}}
			p.admin, p.coordinator = w.actor(demoAdmin), w.actor(demoCoordinator) // before presses make somebody else of them
			for _, email := range []string{"", demoStudent, demoResident, demoAreaPartner, demoEntrepreneur, demoLecturer, demoCoordinator, demoAdmin} {
				p.as(email)
			}
			p.fromLetters()
			if len(p.done) < 150 {
				t.Errorf("only %d presses were made", len(p.done))
			}
			for _, r := range w.app.GetRoutes(true) {
				if r.Method != http.MethodPost || r.Path == "/" || unpressed[r.Path] != "" {
					continue
				}
				if !p.pressed[r.Path] {
					t.Errorf("POST %s was never pressed", r.Path)
				}
			}
		})
	}
}

// setStage adds to the demonstration what its people have not done: many registrations from one place, one with a
// telephone number, and a requirement that was taken out of the text.
func (w *world) setStage() {
	w.t.Helper()
	ctx, who := w.t.Context(), w.actor(demoCoordinator)
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	upcoming, _, err := w.meetings.List(ctx, who, meeting.Filter{Which: meeting.Upcoming, Size: 10})
	must(err)
	id := upcoming[len(upcoming)-1].ID
	for n := range meeting.BurstFrom + 2 {
		_, _, err := w.meetings.Register(ctx, access.Actor{}, id, meeting.Input{
			Name: fmt.Sprintf("Verzonnen %c", 'A'+n), Channel: meeting.None, People: 1, From: "192.0.2.1",
		}, meeting.NewIdempotencyKey())
		must(err)
	}
	plan := func(title string, days int) meeting.ID {
		day := time.Now().In(meeting.Details{}.Zone()).AddDate(0, 0, days).Format(time.DateOnly)
		m, err := w.meetings.Plan(ctx, who, "", "", meeting.Details{
			Audience: access.Public, Kind: meeting.Gathering, Title: title, Summary: "Kom langs.", Place: meeting.OnSite, Entry: meeting.Welcome,
			VenueName: "Buurthuis", When: meeting.When{LocalStart: day + "T00:01", LocalEnd: day + "T23:59", TZID: meeting.DefaultZone},
		}, 20)
		must(err)
		must(w.meetings.Open(ctx, who, m.ID))
		return m.ID
	}
	plan("Vandaag", 0)
	off := plan("Afgelast", 30)
	_, _, err = w.meetings.Register(ctx, access.Actor{}, off, meeting.Input{
		Name: "Met telefoon", Channel: meeting.Call, Phone: "0612345678", People: 1,
	}, meeting.NewIdempotencyKey())
	must(err)
	must(w.meetings.CallOff(ctx, who, off))
	w.person("sleutel@voorbeeld.test", "Iemand met een sleutel")
	_, err = w.accounts.MakeToken(ctx, w.actor("sleutel@voorbeeld.test"), account.TokenInput{Name: "Weekrapport", Days: 7, Everywhere: true, Key: "een"})
	must(err)
	d := w.demoDocument()
	must(w.collab.Change(ctx, who, d.LiveID, func(doc *crdt.Doc) error {
		return flow.Programme.Remove(doc, flow.Card{Kind: "requirement", ID: string(demoRequirementID(d.WorkgroupID, 2))}, time.Now())
	}))
}

// today makes a meeting of plan one of which the door is open now.
func (w *world) today() []string {
	return []string{"date", time.Now().In(meeting.Details{}.Zone()).Format("2-1-2006"), "start", "0.01", "end", "23.59"}
}

type presser struct {
	t                  *testing.T
	w                  *world
	admin, coordinator access.Actor // as they began
	email              string
	id                 string
	browser            *servertest.Browser
	done               map[string]bool // what was pressed by this person: kind of page, of form, button, filled in or not
	pressed            map[string]bool // routes
	count              int
	read               func(page *servertest.Page) // may be nil; it sees every page and every answer
}

// press is one button of a form, with what is sent.
type press struct {
	key, page, action string
	fields            url.Values
	last              bool // it takes something away that other presses need
	leaves            bool // it takes the session away
	own               bool // it is done to the account of whoever presses
}

var (
	takesAway = regexp.MustCompile(`/(verwijderen|verlaten|afgelasten|afmelden(/:id)?|blokkeren|terugnemen|intrekken|opheffen|adres-gewijzigd)$`)
	leaves    = regexp.MustCompile(`^/(uitloggen|overal-uitloggen|inloggen.*|account/sessies|beheer/mensen/:id/(uitloggen|blokkeren))$`)
)

func (p *presser) signedIn() *servertest.Browser {
	b := p.w.browser()
	if p.email != "" {
		b.Get("/inloggen").Form("/inloggen/demonstratie").Press("persoon", p.id).MustStatus(http.StatusOK)
	}
	return b
}

// as plays one person until nothing is left to press: what a press made is looked at as well.
func (p *presser) as(email string) {
	p.email, p.id = email, "nobody"
	if email != "" {
		p.id = string(p.w.actor(email).ID)
	}
	for range 8 {
		p.browser = p.signedIn()
		todo := p.look()
		if len(todo) == 0 {
			return
		}
		for _, one := range todo {
			p.send(one, nil)
		}
	}
	p.t.Errorf("%q never comes to an end", email)
}

// look opens every page and returns what was not pressed yet; what takes away waits until nothing else is left.
func (p *presser) look() []press {
	p.t.Helper()
	var found []press
	waiting, seen := []string{"/"}, map[string]bool{"/": true}
	from := map[string]string{}
	for len(waiting) > 0 && len(seen) < 600 {
		path := waiting[0]
		waiting = waiting[1:]
		page := p.browser.Get(path)
		if page.Status >= 400 {
			p.t.Errorf("%q: %s leads to %s, which answers %d: %s", p.email, from[path], path, page.Status, page.Title())
			continue
		}
		if len(page.All("html")) == 0 {
			continue // a file
		}
		if p.read != nil {
			p.read(page)
		}
		for _, one := range p.pressesOf(page) {
			if !slices.ContainsFunc(found, func(other press) bool { return other.key == one.key }) {
				found = append(found, one)
			}
		}
		for _, link := range page.All("a") {
			href := strings.SplitN(servertest.Attr(link, "href"), "#", 2)[0]
			if strings.HasPrefix(href, "/") && !seen[href] {
				seen[href], from[href] = true, path
				waiting = append(waiting, href)
			}
		}
	}
	rank := func(one press) int {
		switch {
		case one.own:
			return 3
		case one.leaves:
			return 2
		case one.last:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(a, b press) int { return cmp.Compare(rank(a), rank(b)) })
	after := slices.IndexFunc(found, func(one press) bool { return rank(one) > rank(found[0]) })
	if after > 0 {
		found = found[:after] // the others are looked for once more
	}
	return found
}

// pressesOf are the buttons of a page that this person did not press yet.
func (p *presser) pressesOf(page *servertest.Page) []press {
	var found []press
	for _, form := range page.All("form") {
		if !strings.EqualFold(servertest.Attr(form, "method"), "post") {
			continue
		}
		action := servertest.Attr(form, "action")
		kind := kindOf(action)
		for _, button := range buttonsOf(form) {
			for _, empty := range []bool{true, false} {
				fields, asks := p.fill(form, empty)
				if empty && !asks {
					continue // there is nothing to leave empty
				}
				named := ""
				if name := servertest.Attr(button, "name"); name != "" {
					fields.Set(name, servertest.Attr(button, "value"))
					named = name + "=" + idInPath.ReplaceAllString(servertest.Attr(button, "value"), ":id")
				}
				own := strings.Contains(action, p.id)
				key := fmt.Sprintf("%q on %s: %s %s, asks: %v, empty: %v, own: %v", p.email, kindOf(page.Path), kind, named, asks, empty, own)
				if !p.done[key] {
					found = append(found, press{
						key: key, page: page.Address, action: action, fields: fields, last: takesAway.MatchString(kind) && !empty,
						own: own, leaves: own || leaves.MatchString(kind) && !empty && (p.email != "" || kind == "/inloggen/demonstratie"),
					})
				}
			}
		}
	}
	return found
}

func buttonsOf(form *html.Node) []*html.Node {
	var buttons []*html.Node
	each := func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "button" && servertest.Attr(n, "type") != "button" {
			buttons = append(buttons, n)
		}
	}
	descend(form, each)
	return buttons
}

func descend(n *html.Node, see func(*html.Node)) {
	see(n)
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		descend(child, see)
	}
}

// fits is what fits in the fields that ask for more than some words.
var fits = map[string]string{
	"people": "2", "capacity": "40", "start": "14.00", "end": "16.30", "phone": "06 12 34 56 78", "organiser_phone": "06 12 34 56 78", "organiser_email": "verzonnen@voorbeeld.test",
	"reference": "ABCD-2345", "fact": "Verzonnen",
	"statement": "Elke deelnemer heeft een vaste begeleider.", "code": "123456", "channel": "none", "workgroup": "netwerk",
}

// fill fills in a form, and reports whether it asks anything.
func (p *presser) fill(form *html.Node, empty bool) (fields url.Values, asks bool) {
	fields = url.Values{}
	p.count++
	descend(form, func(n *html.Node) {
		name, value, typ := servertest.Attr(n, "name"), servertest.Attr(n, "value"), servertest.Attr(n, "type")
		if n.Type != html.ElementNode || name == "" || n.Data == "button" {
			return
		}
		if typ == "hidden" {
			fields.Add(name, value)
			return
		}
		asks = asks || n.Data != "option"
		if empty {
			if typ != "checkbox" && typ != "radio" {
				fields.Set(name, "")
			}
			return
		}
		fit, known := fits[name]
		switch {
		case typ == "radio":
			if !fields.Has(name) || known && value == fit {
				fields.Set(name, value)
			}
		case typ == "checkbox":
			if !fields.Has(name) && !strings.HasPrefix(name, "confidential") {
				fields.Set(name, value)
			}
		case n.Data == "select":
			descend(n, func(option *html.Node) {
				if v := servertest.Attr(option, "value"); option.Data == "option" && v != "" && (!fields.Has(name) || v == fit) {
					fields.Set(name, v)
				}
			})
		case known:
			fields.Set(name, fit)
		case name == "email":
			fields.Set(name, fmt.Sprintf("verzonnen%d@voorbeeld.test", p.count))
		case name == "date":
			fields.Set(name, time.Now().AddDate(0, 1, 0).Format("2-1-2006"))
		case typ == "date":
			fields.Set(name, time.Now().AddDate(0, 6, 0).Format(time.DateOnly))
		case name == "when_text" || name == "online_link":
			fields.Set(name, "")
		default:
			fields.Set(name, "Iets dat iemand verzon")
		}
	})
	return fields, asks
}

// send presses one button, and then those of the page that answers, where nobody else comes.
func (p *presser) send(one press, came []string) {
	p.t.Helper()
	if p.done[one.key] {
		return
	}
	p.done[one.key] = true
	b := p.browser
	if one.leaves {
		b = p.signedIn()
	}
	if came == nil || one.leaves { // the token of the form is of a session
		page, there := b.Get(one.page), false
		for _, form := range page.All("form") {
			there = there || servertest.Attr(form, "action") == one.action
			descend(form, func(n *html.Node) {
				if servertest.Attr(n, "name") == "csrf" {
					one.fields.Set("csrf", servertest.Attr(n, "value"))
				}
			})
		}
		if !there {
			return // an earlier press took the form away
		}
	}
	answer := b.Post(strings.SplitN(one.action, "#", 2)[0], one.fields)
	for _, r := range p.w.app.GetRoutes(true) {
		if r.Method == http.MethodPost && r.Path != "/" && matches(r.Path, strings.SplitN(one.action, "?", 2)[0]) {
			p.pressed[r.Path] = true
		}
	}
	if p.read != nil {
		p.read(answer)
	}
	if wrong := unanswered(answer); wrong != "" {
		p.t.Errorf("%s\n\tleads to %s, which %s (%d): %.300s", one.key, answer.Path, wrong, answer.Status, mainOf(answer))
	}
	if one.leaves || len(came) > 2 {
		return
	}
	if answer.Status != http.StatusOK {
		return
	}
	came = append(came, one.key)
	for _, next := range p.pressesOf(answer) {
		if !next.leaves && !next.last && !strings.HasPrefix(next.action, "/taal") {
			p.send(next, came)
		}
	}
	for _, link := range answer.All("a") { // to what no page leads to for who is not in this browser
		if href := servertest.Attr(link, "href"); strings.HasPrefix(href, "/aanmeldingen/") {
			for _, next := range p.pressesOf(p.browser.Get(href)) {
				p.send(next, came)
			}
		}
	}
}

// matches reports whether a path is of a route.
func matches(route, path string) bool {
	want, have := strings.Split(route, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], ":") {
			return false
		}
	}
	return true
}

// unanswered returns what is wrong with the answer to a press, or nothing.
func unanswered(page *servertest.Page) string {
	switch {
	case page.Status == http.StatusNotFound || page.Status == http.StatusMethodNotAllowed || page.Status >= 500:
		return "is no answer"
	case len(page.All("h1")) == 0:
		return "is a bare page"
	}
	for _, name := range []string{"section", "div", "h1"} {
		for _, n := range page.All(name) {
			_, focused := attribute(n, "autofocus")
			role := servertest.Attr(n, "role")
			if focused && servertest.Attr(n, "tabindex") == "-1" && (name == "h1" || role == "status" || role == "alert") && words(n) != "" {
				return ""
			}
		}
	}
	return "says nothing of what was done"
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func words(n *html.Node) string {
	var all strings.Builder
	descend(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			all.WriteString(n.Data + " ")
		}
	})
	return strings.Join(strings.Fields(all.String()), " ")
}

func mainOf(page *servertest.Page) string {
	for _, n := range page.All("main") {
		return words(n)
	}
	return page.Body
}

var linkInLetter = regexp.MustCompile(`https?://[^\s]+`)

// fromLetters opens the links of letters, as whoever got them, and presses what is there.
func (p *presser) fromLetters() {
	p.email, p.id = "", "nobody"
	ctx, admin := p.t.Context(), p.admin
	must := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	group, err := p.w.demoGroup(ctx, demoLearning)
	must(err)
	for _, key := range []string{"een", "twee", "drie", "vier", "vijf", "zes"} { // one for each answer
		_, err := p.w.groups.Invite(ctx, p.coordinator, group.ID, workgroup.InviteInput{
			Address: key + "@voorbeeld.test", Role: access.Resident, Key: key,
		})
		must(err)
	}
	moved := p.w.person("oud@voorbeeld.test", "Bewoner die verhuist")
	p.w.signInAs(p.t, "oud@voorbeeld.test", "")
	must(p.w.accounts.Change(ctx, admin, "", moved, account.Input{Name: "Bewoner die verhuist", Email: "anders@voorbeeld.test", Language: "nl"}))
	p.w.letterAboutMoving("oud@voorbeeld.test")
	p.w.lettersTo("zes@voorbeeld.test", 1)
	var links []string
	p.w.eventually("the letters are written", func() bool {
		links = nil
		for page := 1; ; page++ {
			letters, _, err := p.w.letters.List(p.t.Context(), someAdmin, page)
			if err != nil {
				p.t.Fatal(err)
			}
			if len(letters) == 0 {
				break
			}
			for _, l := range letters {
				full, err := p.w.whole().Find(p.t.Context(), someAdmin, l.ID)
				if err != nil {
					p.t.Fatal(err)
				}
				links = append(links, linkInLetter.FindAllString(full.Text, -1)...)
			}
		}
		return len(links) > 0
	})
	for _, link := range links {
		path := strings.TrimPrefix(link, p.w.url)
		if path == link || !strings.HasPrefix(path, "/uitnodigingen/") && !strings.HasPrefix(path, "/adres-gewijzigd/") {
			continue
		}
		p.browser = p.w.browser()
		page := p.browser.Get(path)
		if page.Status == http.StatusOK {
			if todo := p.pressesOf(page); len(todo) > 0 {
				p.send(todo[0], nil) // what is answered cannot be answered once more
			}
		}
	}
}

// A room that forgets its sentence, or says it where nobody hears it, does not pass.
func TestAPageThatSaysNothingOfAPressIsNoticed(t *testing.T) {
	const status = `<h1>Leden</h1><section role="status" tabindex="-1" autofocus>`
	pages := map[string]string{
		"":                              status + `<h2>De uitnodiging is ingetrokken.</h2></section>`,
		"says nothing of what was done": `<h1>Leden</h1><p>Er staat wat er stond.</p>`,
		"says nothing":                  status + `<h2> </h2></section>`,
		"says nothing of":               `<h1>Leden</h1><section role="status"><h2>Gelukt</h2></section>`,
		"is a bare page":                `<p>ok</p>`,
		"is no answer":                  status + `<h2>Niet gevonden</h2></section>`,
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		what := r.URL.Query().Get("what")
		if what == "is no answer" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, "<!doctype html><html><body><main>"+pages[what]+"</main></body></html>") // to a test
	}))
	defer site.Close()
	for what := range pages {
		got := unanswered(servertest.NewBrowser(t, site.URL).Get("/?what=" + url.QueryEscape(what)))
		if (what == "") != (got == "") || !strings.HasPrefix(got, what) {
			t.Errorf("a page that %s is taken for one that %q", what, got)
		}
	}
	if matches("/notities/:id/delen", "/notities/een/bewerken") || matches("/notities/:id", "/notities/een/delen") || !matches("/notities/:id/delen", "/notities/een/delen") {
		t.Error("a route is taken for another one")
	}
}

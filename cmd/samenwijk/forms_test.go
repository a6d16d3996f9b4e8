package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samenwijk/domain/database/databasetest"
	"samenwijk/server/servertest"
)

// quietFields are filled in by the page, not by a person.
var quietFields = []string{"csrf", "idempotency_key", "terug", "taal"}

// leaving are forms whose only effect is that one is no longer there to try the rest.
var leaving = regexp.MustCompile(`/(uitloggen|overal-uitloggen|taal|verlaten|inloggen.*)$`)

// TestNoFormAnywhereFailsWhateverIsSent walks through the demonstration as several people, and sends
// every form it meets with nothing, too much, hostile and doubled values. The browser of the test
// fails at a status of 500; here each answer must be a refusal in plain words that keeps what was
// typed, where the form asks anything at all.
func TestNoFormAnywhereFailsWhateverIsSent(t *testing.T) {
	each := func(name string, w *world) {
		tried := map[string]bool{}
		for _, email := range []string{"", demoCoordinator, demoStudent, demoResident, demoAdmin} {
			b := w.browser()
			if email != "" {
				b = w.choose(email)
			}
			for _, page := range walk(b) {
				for _, action := range formsOf(page) {
					kind := email + " " + kindOf(action)
					if tried[kind] || leaving.MatchString(strings.SplitN(action, "?", 2)[0]) {
						continue
					}
					tried[kind] = true
					sendNonsense(t, b, page.Path, action)
				}
			}
		}
		if len(tried) < 25 {
			t.Errorf("%s: only %d forms were met", name, len(tried))
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		each("sqlite", start(t, databasetest.SQLiteFile(t), options{demonstration: true}))
	})
	t.Run("postgres", func(t *testing.T) {
		each("postgres", start(t, databasetest.PostgresURL(t), options{demonstration: true}))
	})
}

func sendNonsense(t *testing.T, b *servertest.Browser, path, action string) {
	t.Helper()
	const hostile = `"><script>alert(1)</script>' OR 1=1 -- ` + "\u202e\x00\U0001F600"
	for what, value := range map[string][]string{
		"nothing":  {""},
		"too much": {strings.Repeat("veel ", 20_000)},
		"hostile":  {hostile},
		"doubled":  {"een", "twee"},
	} {
		page := b.Get(path)
		if page.Status != http.StatusOK || !page.HasForm(action) {
			return // an earlier value was carried out, and the form went with it
		}
		form := page.Form(action)
		asked := slices.DeleteFunc(form.Fields(), func(name string) bool { return slices.Contains(quietFields, name) })
		if len(asked) == 0 {
			return // a button: there is nothing to fill in
		}
		for _, name := range asked {
			form.SetHostile(name, value...)
		}
		answer := form.Submit()
		if strings.Contains(answer.Body, "<script>alert(1)") {
			t.Errorf("%s with %s: what was typed became part of the page", action, what)
		}
		if what != "nothing" && answer.Status < 400 {
			t.Errorf("%s with %s is answered with %d", action, what, answer.Status)
		}
		if answer.Status == http.StatusUnprocessableEntity && !strings.Contains(answer.Body, `id="fouten"`) && !answer.HasForm("") {
			t.Errorf("%s with %s: refused without a form and a list of what to mend:\n%s", action, what, answer.Text())
		}
	}
}

func formsOf(page *servertest.Page) []string {
	var actions []string
	for _, form := range page.All("form") {
		if strings.EqualFold(servertest.Attr(form, "method"), "post") {
			actions = append(actions, servertest.Attr(form, "action"))
		}
	}
	return actions
}

// walk opens each kind of page that our own links lead to, once.
func walk(b *servertest.Browser) []*servertest.Page {
	var pages []*servertest.Page
	waiting, seen := []string{"/"}, map[string]bool{}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		if seen[kindOf(path)] {
			continue
		}
		seen[kindOf(path)] = true
		page := b.Get(path)
		if len(page.All("html")) == 0 {
			continue // a file
		}
		pages = append(pages, page)
		for _, link := range page.All("a") {
			if href := servertest.Attr(link, "href"); strings.HasPrefix(href, "/") {
				waiting = append(waiting, strings.SplitN(href, "#", 2)[0])
			}
		}
	}
	return pages
}

var idInPath = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// kindOf makes addresses equal that differ in ids and queries only.
func kindOf(path string) string {
	return idInPath.ReplaceAllString(strings.SplitN(path, "?", 2)[0], ":id")
}

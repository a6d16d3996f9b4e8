package servertest

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Form is a form of a page, filled in as the page came. Only its own fields can be set, so that a
// test notices when a page stops asking; SetHostile does not mind.
type Form struct {
	page   *Page
	action string
	method string
	fields url.Values
	known  map[string]bool
}

// Set fills in one field; for a group of choices or a box, the value to choose.
func (f *Form) Set(name string, values ...string) *Form {
	f.page.browser.t.Helper()
	if !f.known[name] {
		f.page.browser.t.Fatalf("the form for %s on %s has no field %q", f.action, f.page.Path, name)
	}
	f.fields[name] = values
	return f
}

// SetHostile sends values under any name, as a program would.
func (f *Form) SetHostile(name string, values ...string) *Form {
	f.fields[name] = values
	return f
}

// Value returns what would be sent.
func (f *Form) Value(name string) string { return f.fields.Get(name) }

// Fields returns the names the form asks for.
func (f *Form) Fields() []string {
	names := make([]string, 0, len(f.known))
	for name := range f.known {
		names = append(names, name)
	}
	return names
}

// Submit sends the form as its button would.
func (f *Form) Submit() *Page {
	f.page.browser.t.Helper()
	path := f.page.resolve(f.action)
	if f.method == http.MethodGet {
		return f.page.browser.Get(strings.SplitN(path, "?", 2)[0] + "?" + f.fields.Encode())
	}
	return f.page.browser.Post(path, f.fields)
}

// Press sends the form by the button with this name and value.
func (f *Form) Press(name, value string) *Page {
	f.page.browser.t.Helper()
	if !f.known[name] {
		f.page.browser.t.Fatalf("the form for %s on %s has no button %q", f.action, f.page.Path, name)
	}
	f.fields[name] = []string{value}
	return f.Submit()
}

func (p *Page) forms() []*Form {
	var forms, undoing []*Form
	for _, n := range p.All("form") {
		f := &Form{page: p, action: Attr(n, "action"), method: strings.ToUpper(Attr(n, "method")), fields: url.Values{}, known: map[string]bool{}}
		if f.method == "" {
			f.method = http.MethodGet
		}
		walk(n, func(n *html.Node) bool {
			if n.Type == html.ElementNode {
				f.read(n)
			}
			return true
		})
		if inAnswer(n) { // a test that looks for a form of the page does not mean the one that undoes what was just done
			undoing = append(undoing, f)
		} else {
			forms = append(forms, f)
		}
	}
	return append(forms, undoing...)
}

// Undo returns the form in the answer of the page that undoes what was done.
func (p *Page) Undo() *Form {
	p.browser.t.Helper()
	for _, f := range p.forms() {
		if f.known["ongedaan"] {
			return f
		}
	}
	p.browser.t.Fatalf("%s offers no undo", p.Path)
	return nil
}

func inAnswer(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if Attr(n, "role") == "status" {
			return true
		}
	}
	return false
}

func (f *Form) read(n *html.Node) {
	name := Attr(n, "name")
	if name == "" || hasAttr(n, "disabled") {
		return
	}
	switch n.Data {
	case "input":
		f.known[name] = true
		switch Attr(n, "type") {
		case "checkbox", "radio":
			if hasAttr(n, "checked") {
				f.fields.Add(name, Attr(n, "value"))
			}
		case "submit":
		default:
			f.fields.Add(name, Attr(n, "value"))
		}
	case "textarea":
		f.known[name] = true
		f.fields.Add(name, strings.TrimPrefix(rawText(n), "\n"))
	case "select":
		f.known[name] = true
		walk(n, func(option *html.Node) bool {
			if option.Data == "option" && hasAttr(option, "selected") {
				f.fields.Add(name, Attr(option, "value"))
			}
			return true
		})
	case "button":
		f.known[name] = true
	}
}

func rawText(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) bool {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		return true
	})
	return b.String()
}

package servertest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Page is an answer as a person meets it.
type Page struct {
	Status  int
	Path    string // where the browser ended, after redirects, with the query
	Address string // the same, with what it says was done
	Header  http.Header
	Body    string

	browser *Browser
	root    *html.Node
}

// MustStatus fails the test when the page has another status.
func (p *Page) MustStatus(want int) *Page {
	p.browser.t.Helper()
	if p.Status != want {
		p.browser.t.Fatalf("%s answers %d, want %d:\n%s", p.Path, p.Status, want, p.Text())
	}
	return p
}

// MustSay fails the test when the readable text of the page lacks one of these.
func (p *Page) MustSay(texts ...string) *Page {
	p.browser.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.Text(), text) {
			p.browser.t.Fatalf("%s (%d) does not say %q:\n%s", p.Path, p.Status, text, p.Text())
		}
	}
	return p
}

// MustNotSay fails the test when the answer holds one of these anywhere, also in its markup.
func (p *Page) MustNotSay(texts ...string) *Page {
	p.browser.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Body, text) || strings.Contains(p.Text(), text) {
			p.browser.t.Fatalf("%s (%d) says %q:\n%s", p.Path, p.Status, text, p.Text())
		}
	}
	return p
}

// Text returns what can be read on the page, with white space made single.
func (p *Page) Text() string {
	if p.root == nil {
		return p.Body
	}
	var b strings.Builder
	walk(p.root, func(n *html.Node) bool {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "head") {
			return false
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
		return true
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// Title returns the title of the page.
func (p *Page) Title() string {
	for _, n := range p.All("title") {
		return text(n)
	}
	return ""
}

// All returns the elements with this name, in the order of the page.
func (p *Page) All(name string) []*html.Node {
	var found []*html.Node
	if p.root == nil {
		return nil
	}
	walk(p.root, func(n *html.Node) bool {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
		return true
	})
	return found
}

// Mistake returns the sentence that stands at the field with this name, or nothing.
func (p *Page) Mistake(field string) string {
	for _, name := range []string{"input", "textarea", "select", "fieldset"} {
		for _, n := range p.All(name) {
			if Attr(n, "name") != field && !(name == "fieldset" && holdsField(n, field)) {
				continue
			}
			for _, id := range strings.Fields(Attr(n, "aria-describedby")) {
				if strings.HasSuffix(id, "-mistake") {
					return text(p.byID(id))
				}
			}
		}
	}
	return ""
}

// Value returns what is filled in at the field with this name.
func (p *Page) Value(field string) string {
	for _, f := range p.forms() {
		if values, ok := f.fields[field]; ok && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Link opens the first link with this text.
func (p *Page) Link(label string) *Page {
	p.browser.t.Helper()
	return p.browser.Get(p.resolve(p.Href(label)))
}

// Href is where the first link leads whose text contains this.
func (p *Page) Href(label string) string {
	p.browser.t.Helper()
	for _, a := range p.All("a") {
		if strings.Contains(text(a), label) {
			return Attr(a, "href")
		}
	}
	p.browser.t.Fatalf("%s has no link %q:\n%s", p.Path, label, p.Text())
	return ""
}

// Form returns the first form whose action contains this.
func (p *Page) Form(action string) *Form {
	p.browser.t.Helper()
	for _, f := range p.forms() {
		if strings.Contains(f.action, action) {
			return f
		}
	}
	p.browser.t.Fatalf("%s (%d) has no form for %q:\n%s", p.Path, p.Status, action, p.Text())
	return nil
}

// HasForm reports whether the page has a form whose action contains this.
func (p *Page) HasForm(action string) bool {
	return slices.ContainsFunc(p.forms(), func(f *Form) bool { return strings.Contains(f.action, action) })
}

var refresh = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]+)"`)

// withoutScripts returns where the page sends a browser that runs no scripts, or nothing.
func (p *Page) withoutScripts() string {
	for _, n := range p.All("noscript") {
		if found := refresh.FindStringSubmatch(text(n)); found != nil {
			return html.UnescapeString(found[1])
		}
	}
	return ""
}

func (p *Page) resolve(href string) string {
	base, err := url.Parse(p.Path)
	if err != nil {
		p.browser.t.Fatal(err)
	}
	target, err := base.Parse(href)
	if err != nil {
		p.browser.t.Fatal(err)
	}
	return target.String()
}

func (p *Page) byID(id string) *html.Node {
	var found *html.Node
	walk(p.root, func(n *html.Node) bool {
		if found == nil && n.Type == html.ElementNode && Attr(n, "id") == id {
			found = n
		}
		return found == nil
	})
	return found
}

func holdsField(fieldset *html.Node, name string) bool {
	holds := false
	walk(fieldset, func(n *html.Node) bool {
		holds = holds || n.Type == html.ElementNode && n.Data == "input" && Attr(n, "name") == name
		return true
	})
	return holds
}

// Attr returns an attribute of an element, or nothing.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Words returns the text of an element and of all in it, also what is not seen.
func Words(n *html.Node) string { return text(n) }

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	walk(n, func(n *html.Node) bool {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
		return true
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// walk visits n and what is in it, in the order of the page, as long as visit wants to go deeper.
func walk(n *html.Node, visit func(n *html.Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		walk(child, visit)
	}
}

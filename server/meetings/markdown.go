package meetings

import (
	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"samenwijk/server/prose"
)

// markdown shows text that an organiser wrote. HTML in it is not rendered, and its headings come
// under the headings of the page.
func markdown(source string) templ.Component { return templ.Raw(texts.HTML(source)) }

var texts = prose.New(sanitiser(), goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lowerHeadings{}, 100))))

func sanitiser() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "ul", "ol", "li", "strong", "em", "h3", "h4", "h5", "h6", "blockquote", "code", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.RequireNoFollowOnLinks(true)
	return p
}

// lowerHeadings makes the highest heading of a text the third, for the page has the first two.
type lowerHeadings struct{}

func (lowerHeadings) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		if heading, ok := n.(*ast.Heading); ok {
			heading.Level = min(heading.Level+2, 6)
		}
	}
}

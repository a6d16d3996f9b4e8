package library

import (
	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"samenwijk/server/prose"
)

// notes write the text of a note under a heading of the first or of the second level: its headings come
// below that one, without a level left out.
var notes = [...]*prose.Writer{1: newWriter(1), 2: newWriter(2)}

func newWriter(above int) *prose.Writer {
	return prose.New(newSanitiser(),
		goldmark.WithExtensions(extension.Strikethrough, extension.Linkify, extension.Table),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(outline{above}, 100), util.Prioritized(words{}, 200))),
	)
}

// note is the text of a note as HTML that is safe to show.
func note(source string, above int) templ.Component { return templ.Raw(notes[above].HTML(source)) }

func newSanitiser() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowURLSchemes("https", "http", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// outline gives the headings their place under the heading of the page.
type outline struct{ above int }

func (o outline) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	last := o.above
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+o.above, last+1, 6)
			last = h.Level
		}
		return ast.WalkContinue, nil
	}) // the visitor above returns no error
}

// words leaves of an image the words that describe it: pictures from elsewhere would tell that
// somewhere who reads, and one of ours does not exist yet.
type words struct{}

func (words) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	var images []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() == ast.KindImage && entering {
			images = append(images, n)
		}
		return ast.WalkContinue, nil
	}) // the visitor above returns no error
	for _, image := range images {
		parent := image.Parent()
		for child := image.FirstChild(); child != nil; {
			next := child.NextSibling()
			parent.InsertBefore(parent, image, child)
			child = next
		}
		parent.RemoveChild(parent, image)
	}
}

package home

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"samenwijk/server/prose"
	"samenwijk/server/web"
)

// ownPath is where files of the network itself are: its logo and its colours.
const ownPath = "/huisstijl"

// File is one of them.
type File struct {
	Kind    string // its media type
	Content []byte
}

// Name is how a file is called in its address. Another content has another name, so that browsers keep it.
func (f File) Name() string {
	sum := sha256.Sum256(f.Content)
	ending := map[string]string{"text/css; charset=utf-8": ".css", "image/png": ".png", "image/svg+xml": ".svg"}[f.Kind]
	return hex.EncodeToString(sum[:8]) + ending
}

// Address is where the file is found.
func (f File) Address() string { return ownPath + "/" + f.Name() }

func (p *Pages) own(c *fiber.Ctx) error {
	name := web.ID(c, "name")
	for _, f := range p.config.Own {
		if f.Name() != name {
			continue
		}
		c.Set(fiber.HeaderContentType, f.Kind)
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
		c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox")
		return c.Send(f.Content)
	}
	return web.NotFound(c)
}

// ownWords write what a network says of itself, under a heading of the second level.
var ownWords = prose.New(ownPolicy(), goldmark.WithParserOptions(
	parser.WithASTTransformers(util.Prioritized(below{}, 100))))

func ownPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "em", "strong", "code")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// below gives the headings their place under ours.
type below struct{}

func (below) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	const above = 2
	last := above
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+above, last+1, 6)
			last = h.Level
		}
		return ast.WalkContinue, nil
	}) // the visitor above returns no error
}

func written(markdown string) templ.Component { return templ.Raw(ownWords.HTML(markdown)) }

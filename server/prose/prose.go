// Package prose turns Markdown that people wrote into HTML that is safe to show, with work that stays in
// proportion to what they wrote. Markdown of a few thousand characters can ask for blocks that lie a
// thousand deep, tables of millions of cells and marks that each look for a partner among all others; what
// no person writes is shown as it was typed.
package prose

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// What a text may ask for.
const (
	maxDepth = 12     // quotes and lists in each other
	maxMarks = 1000   // signs in one block that may begin or end something, as * and [
	maxCells = 10_000 // of all tables of a text together
)

// Two layers that do not trust each other: goldmark writes no HTML that somebody typed, and the policy lets
// only what it lists through.

// Writer writes one kind of text. It is safe for concurrent use, and keeps what it wrote last.
type Writer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy

	mu    sync.Mutex
	kept  map[[sha256.Size]byte]string
	order [][sha256.Size]byte // of keeping, the oldest first
	bytes int
}

// How much a Writer keeps.
const (
	keptTexts = 500
	keptBytes = 4 << 20
)

// New makes a writer that lets through what policy lists.
func New(policy *bluemonday.Policy, options ...goldmark.Option) *Writer {
	options = append(options, goldmark.WithParserOptions(
		parser.WithBlockParsers(util.Prioritized(tooDeep{parser.NewParagraphParser()}, 1)),
		parser.WithInlineParsers(util.Prioritized(tooMany{}, 1)),
		parser.WithParagraphTransformers(util.Prioritized(tooWide{}, 150)), // after references, before tables
	))
	return &Writer{markdown: goldmark.New(options...), policy: policy, kept: map[[sha256.Size]byte]string{}}
}

// HTML returns a text as HTML. A text that was written a moment ago is not written again.
func (w *Writer) HTML(source string) string {
	key := sha256.Sum256([]byte(source))
	w.mu.Lock()
	html, known := w.kept[key]
	w.mu.Unlock()
	if known {
		return html
	}
	html = w.write(source)
	w.keep(key, html)
	return html
}

func (w *Writer) write(source string) string {
	var b bytes.Buffer
	if err := w.markdown.Convert([]byte(source), &b); err != nil {
		panic(fmt.Sprintf("write Markdown into memory: %v", err)) // no reader and no writer that can fail
	}
	return w.policy.Sanitize(b.String())
}

func (w *Writer) keep(key [sha256.Size]byte, html string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.kept[key]; known || len(html) > keptBytes/4 {
		return
	}
	w.kept[key] = html
	w.order = append(w.order, key)
	w.bytes += len(html)
	for len(w.order) > keptTexts || w.bytes > keptBytes {
		oldest := w.order[0]
		w.bytes -= len(w.kept[oldest])
		delete(w.kept, oldest)
		w.order = append(w.order[:0], w.order[1:]...)
	}
}

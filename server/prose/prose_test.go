package prose

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

func newWriter(more ...goldmark.Option) *Writer {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "p", "ul", "ol", "li", "blockquote", "em", "strong", "code", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	return New(p, append(more, goldmark.WithExtensions(extension.Strikethrough, extension.Linkify, extension.Table))...)
}

// longest is how many characters the longest text that is accepted has.
const longest = 50_000

// TestTheWorstTextThatIsAcceptedTakesLittleWork measures work by what is made: blocks in each other, nodes,
// marks that look for a partner, memory and output. Each text is as long as one may be.
func TestTheWorstTextThatIsAcceptedTakesLittleWork(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, longest/len(s)) }
	table := func(columns int, row string) string {
		head := strings.Repeat("|a", columns) + "|\n" + strings.Repeat("|-", columns) + "|\n"
		return head + strings.Repeat(row, (longest-len(head))/len(row))
	}
	var stairs strings.Builder
	for i := 0; stairs.Len() < longest; i++ {
		stairs.WriteString(strings.Repeat("  ", i*maxDepth) + strings.Repeat("- ", maxDepth) + "a\n")
	}
	worst := map[string]string{
		"quotes": fill(">"), "quotes apart": fill("> "), "lists": fill("+ "), "numbered lists": fill("1. "), "quotes and lists": fill("> - "),
		"quotes twice": strings.Repeat(">", longest/2) + "\n" + strings.Repeat(">", longest/2-1), "stairs": stairs.String()[:longest],
		"brackets": fill("["), "brackets that close": fill("[")[:longest/2] + fill("]")[:longest/2], "links": fill("[a]("), "images": fill("![a]("),
		"emphasis": fill("*a_ "), "more emphasis": fill("a**b*c_"), "struck": fill("~~a~"), "code": fill("a`b``"), "angles": fill("<a "), "a heading": "# " + fill("*a_ ")[:longest-2],
		"a wide table": table(500, "|\n"), "a narrow table": table(3, "|\n"), "many tables": strings.Repeat(table(40, "|\n")[:600]+"\n\n", longest/602),
		"a table of marks": "|a|\n|-|\n|" + fill("*a_ ")[:longest-10],
	}
	for name, source := range worst {
		w := newWriter()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		html := w.HTML(source)
		runtime.ReadMemStats(&after)
		depth, nodes, busiest := shape(source)
		made := int(after.TotalAlloc - before.TotalAlloc)
		t.Logf("%-20s %2d deep, %5d nodes, %5d marks in a block, %5d KB out, %6d KB of memory", name, depth, nodes, busiest, len(html)>>10, made>>10)
		// A mark that looks for a partner passes the others in its block: that is what grows with their square.
		if depth > maxDepth || nodes > 2*longest || busiest > maxMarks || len(html) > 10*longest || made > 64<<20 {
			t.Errorf("%s: %d deep, %d nodes, %d marks in a block, %d bytes out of %d, %d bytes of memory", name, depth, nodes, busiest, len(html), len(source), made)
		}
	}
}

// shape returns how deep quotes and lists lie in each other, how many nodes there are, and how many marks
// of one block were offered to the parsers that look for their partners.
func shape(source string) (depth, nodes, busiest int) {
	offered := counter{}
	w := newWriter(goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(offered, 2))))
	document := w.markdown.Parser().Parse(text.NewReader([]byte(source)))
	var visit func(n ast.Node, at int)
	visit = func(n ast.Node, at int) {
		nodes++
		if n.Kind() == ast.KindBlockquote || n.Kind() == ast.KindList {
			at++
		}
		depth = max(depth, at)
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			visit(c, at)
		}
	}
	visit(document, 0)
	for _, n := range offered {
		busiest = max(busiest, n)
	}
	return depth, nodes, busiest
}

// counter stands before every parser of marks, and lets all of them pass.
type counter map[ast.Node]int

func (counter) Trigger() []byte { return []byte("*_~[]!<`") }

func (c counter) Parse(parent ast.Node, _ text.Reader, _ parser.Context) ast.Node {
	c[parent]++
	return nil
}

func TestWhatIsTooMuchIsShownAsItWasTyped(t *testing.T) {
	w := newWriter()
	for name, tc := range map[string]struct {
		source   string
		has, not []string
	}{
		"as deep as may be":  {strings.Repeat("> ", maxDepth) + "a *b*", []string{strings.Repeat("<blockquote>\n", maxDepth) + "<p>a <em>b</em></p>"}, nil},
		"deeper":             {strings.Repeat("> ", maxDepth+3) + "a *b*", []string{"<p>&gt; &gt; &gt; a <em>b</em></p>"}, nil},
		"a list at the end":  {strings.Repeat("- ", maxDepth) + "a\n" + strings.Repeat("  ", maxDepth-1) + "- b", []string{"<li>a</li>\n<li>b</li>"}, nil},
		"an ordinary table":  {"|a|b|\n|-|-|\n|1|2|\n|3|4|", []string{"<td>4</td>"}, nil},
		"a table too many":   {"|a|b|\n|-|-|\n" + strings.Repeat("|\n", maxCells) + "\n\n|c|d|\n|-|-|\n|1|2|", []string{"<td>2</td>"}, []string{"<th>a</th>"}},
		"marks and no more":  {strings.Repeat("*a* ", maxMarks/2) + "*b* **c**", []string{"<em>a</em> *b* **c**"}, []string{"<em>b"}},
		"marks of two texts": {strings.Repeat("*a* ", maxMarks/2) + "\n\n*b* **c**", []string{"<em>b</em> <strong>c</strong>"}, nil},
	} {
		got := w.HTML(tc.source)
		for _, want := range tc.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%.2000s", name, want, got)
			}
		}
		for _, never := range tc.not {
			if strings.Contains(got, never) {
				t.Errorf("%s: %q is in it", name, never)
			}
		}
	}
}

func TestATextIsWrittenOnceAndTheStoreStaysSmall(t *testing.T) {
	w := newWriter()
	source := strings.Repeat("> een *tekst* met `van` alles\n\n", 500)
	first := w.HTML(source)
	if allocs := testing.AllocsPerRun(10, func() {
		if w.HTML(source) != first {
			t.Error("the second time it is another text")
		}
	}); allocs > 5 {
		t.Errorf("a text that was written before takes %.0f allocations", allocs)
	}
	for i := range 3 * keptTexts {
		w.HTML(fmt.Sprintf("tekst %d", i))
	}
	for i := range 40 {
		w.HTML(fmt.Sprint(i, strings.Repeat("<", 45_000)))
	}
	total := 0
	for _, html := range w.kept {
		total += len(html)
	}
	if len(w.kept) != len(w.order) || len(w.kept) > keptTexts || total != w.bytes || total > keptBytes {
		t.Errorf("%d texts of %d bytes are kept, counted as %d of %d", len(w.kept), total, len(w.order), w.bytes)
	}
	if w.HTML(source) != first {
		t.Error("a text that was let go comes out otherwise")
	}
}

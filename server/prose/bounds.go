package prose

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// tooDeep begins a paragraph where a quote or a list would lie deeper than one may.
type tooDeep struct{ parser.BlockParser }

func (tooDeep) Trigger() []byte { return []byte(">-+*0123456789") }

func (p tooDeep) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if n.Kind() == ast.KindBlockquote || n.Kind() == ast.KindList {
			depth++
		}
	}
	// The items of a list that is there already go on.
	if depth < maxDepth || depth == maxDepth && parent.Kind() == ast.KindList {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

func (tooDeep) CanInterruptParagraph() bool { return true }

// tooMany takes the marks in one block for plain signs that come after so many others.
type tooMany struct{}

var marksKey = parser.NewContextKey()

// marks counts those of the block that is being read: blocks are read one after the other.
type marks struct {
	block ast.Node
	n     int
}

func (tooMany) Trigger() []byte { return []byte("*_~[]!<`") }

func (tooMany) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	m, _ := pc.Get(marksKey).(*marks)
	if m == nil || m.block != parent {
		m = &marks{block: parent}
		pc.Set(marksKey, m)
	}
	if m.n++; m.n <= maxMarks {
		return nil
	}
	_, segment := block.PeekLine()
	block.Advance(1)
	return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
}

// tooWide keeps a paragraph from becoming tables with more cells than are left: each row of a table has as
// many cells as its head, however short its line is.
type tooWide struct{}

var cellsKey = parser.NewContextKey()

func (tooWide) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	cells, _ := pc.Get(cellsKey).(int)
	for i := 1; i < lines.Len(); i++ {
		line := lines.At(i)
		if columns := columnsOf(line.Value(reader.Source())); columns > 0 {
			cells += columns * (lines.Len() - i)
		}
		if cells > maxCells {
			plain := ast.NewParagraph()
			plain.SetLines(lines)
			plain.SetBlankPreviousLines(node.HasBlankPreviousLines())
			node.Parent().ReplaceChild(node.Parent(), node, plain)
			parser.NewParagraphParser().Close(plain, reader, pc)
			return
		}
	}
	pc.Set(cellsKey, cells)
}

// columnsOf returns at least as many as there are in a line under the head of a table, as |---|:--:|, and
// zero for any other line.
func columnsOf(line []byte) int {
	if len(bytes.Trim(line, "|-: \t\r\n")) > 0 || bytes.IndexByte(line, '-') < 0 {
		return 0
	}
	return bytes.Count(line, []byte("|")) + 1
}

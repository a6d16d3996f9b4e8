package flow

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/prosemirror"
)

// The types of the nodes, besides those of cards and their parts.
const (
	paragraph     = "paragraph"
	heading       = "heading"
	bulletList    = "bulletList"
	orderedList   = "orderedList"
	listItem      = "listItem"
	box           = "box"
	table         = "table"
	tableRow      = "tableRow"
	tableCell     = "tableCell"
	tableHeader   = "tableHeader"
	unknownBlock  = "unknownBlock"
	hardBreak     = "hardBreak"
	unknownInline = "unknownInline"
)

// Bounds within which a reader shows a table and a value. Beyond tableCells in one document a table
// shows its first cell only, so that a few small keys do not become a page without end. They are those
// of the door: only a document that did not come in by it is cut.
const (
	tableRows    = 1000
	tableColumns = 100
	tableCells   = 10_000 // a browser has them on its page in two or three seconds
	valueLevels  = 8
)

// Read returns what the document shows, as the nodes that the editor has:
//
//   - paragraph, with unknown when it is of a kind that is not known, and heading with level;
//   - bulletList and orderedList (start) of listItem, which holds a paragraph or a heading and then
//     the lists inside it; box with kind and id, which holds all of these;
//   - a card under the name of its kind with its id, which holds its parts under theirs, each of at
//     least one paragraph; table (id) of tableRow (id) of tableHeader and tableCell (column);
//   - unknownBlock, with the object that stands in the text, but for its place, as value;
//   - text with marks, hardBreak and unknownInline (value) in paragraphs and headings, and all three
//     have the marks of their place.
//
// It never fails: it shows of whatever is stored what docs/document.md says, and cuts tables and values
// where that allows. It changes nothing. The result shares nothing with the document; nodes may share
// attributes and content with each other, so nobody changes them in place.
func (m Model) Read(doc *crdt.Doc) []prosemirror.Node { return m.reader(doc, false).document() }

// ReadIDs is Read, and says of all text which ids its UTF-16 units have: so one learns who wrote it.
// A line break has one id.
func (m Model) ReadIDs(doc *crdt.Doc) []prosemirror.Node { return m.reader(doc, true).document() }

// reader knows of a document what its paragraphs and cards are.
type reader struct {
	doc     *crdt.Doc
	model   Model
	ids     bool
	forms   map[string]form // of paragraphs that are not ordinary
	tables  map[string]*grid
	removed map[string]float64    // by kind and id, up to which place
	cards   map[string]*reference // by kind and id, those that are alive
	cells   int                   // that were shown

	body, flows scanner
	items       []item // of the blocks that are being grouped
}

func (m Model) reader(doc *crdt.Doc, ids bool) *reader {
	r := &reader{
		doc: doc, model: m, ids: ids,
		forms: formsOf(doc), tables: gridsOf(doc), removed: map[string]float64{}, cards: map[string]*reference{},
	}
	for key, v := range valuesOf(doc, removed) {
		if place, ok := finite(v); ok {
			r.removed[key] = place
		}
	}
	at := 0
	for p := range doc.Pieces(body) {
		if p.Kind == crdt.PieceEmbed {
			if ref := embedOf(p).ref; ref != nil {
				ref.at, ref.position = p.ID, at
				r.meet(ref)
			}
		}
		at += p.Units
	}
	return r
}

// meet takes a reference into account as the place of its card.
func (r *reader) meet(ref *reference) {
	key := ref.key()
	if until, ok := r.removed[key]; ok && ref.place <= until {
		return
	}
	if known := r.cards[key]; known == nil || known.before(ref) {
		r.cards[key] = ref
	}
}

// valuesOf gives the values of a root that is a map.
func valuesOf(doc *crdt.Doc, root string) map[string]any {
	if m := mapOf(doc, root); m != nil {
		return m.Values()
	}
	return nil
}

// mapOf gives a root that is a map, or nil when there is none.
func mapOf(doc *crdt.Doc, root string) *crdt.Map {
	switch t := doc.Root(root).(type) {
	case *crdt.Map:
		return t
	case *crdt.Unknown:
		return doc.Map(root)
	}
	return nil
}

func (r *reader) document() []prosemirror.Node {
	return r.blocks(r.scan(body))
}

// flow gives the blocks of a flow, at least one.
func (r *reader) flow(root string) []prosemirror.Node {
	spans := r.scan(root)
	if len(spans) == 0 {
		return nothing
	}
	return r.blocks(spans)
}

// nothing is an empty flow; it is shared, for most cells of a table are empty.
var nothing = []prosemirror.Node{{Type: paragraph}}

func (r *reader) card(ref *reference) prosemirror.Node {
	attrs := map[string]any{"id": ref.id}
	if ref.kind == table {
		return prosemirror.Element(table, attrs, r.rows(ref.id)...)
	}
	parts, known := r.model.Cards[ref.kind]
	if !known {
		return prosemirror.Element(unknownBlock, map[string]any{"value": map[string]any{clean(ref.kind): ref.id}})
	}
	content := make([]prosemirror.Node, len(parts))
	for i, part := range parts {
		content[i] = prosemirror.Element(part, nil, r.flow(part+":"+ref.id)...)
	}
	return prosemirror.Element(ref.kind, attrs, content...)
}

// grid says which rows and columns a table has, in order.
type grid struct {
	rows, columns []axis
	header        bool // the first row is a heading
}

type axis struct{ id, order string }

func (g *grid) shows() bool { return g != nil && len(g.rows) > 0 && len(g.columns) > 0 }

func gridsOf(doc *crdt.Doc) map[string]*grid {
	grids := map[string]*grid{}
	of := func(id string) *grid {
		g := grids[id]
		if g == nil {
			g = &grid{}
			grids[id] = g
		}
		return g
	}
	for key, v := range valuesOf(doc, tables) {
		id, rest, _ := strings.Cut(key, ":")
		if !isID(id) {
			continue
		}
		if rest == "header" {
			of(id).header = v == true
			continue
		}
		what, name, _ := strings.Cut(rest, ":")
		if !isID(name) {
			continue
		}
		order, _ := v.(string)
		switch what {
		case "row":
			g := of(id)
			g.rows = append(g.rows, axis{name, order})
		case "column":
			g := of(id)
			g.columns = append(g.columns, axis{name, order})
		}
	}
	for _, g := range grids {
		slices.SortFunc(g.rows, axis.compare)
		slices.SortFunc(g.columns, axis.compare)
	}
	return grids
}

func (a axis) compare(b axis) int {
	return cmp.Or(lib0.CompareUTF16(a.order, b.order), cmp.Compare(a.id, b.id))
}

// shown gives the rows and columns of a table that are shown when so many cells were before.
func (g *grid) shown(cells int) (rows, columns []axis) {
	left := max(tableCells-cells, 1)
	columns = g.columns[:min(len(g.columns), tableColumns, left)]
	return g.rows[:min(len(g.rows), tableRows, max(left/len(columns), 1))], columns
}

func cellRoot(table, row, column string) string {
	return cell + ":" + table + ":" + row + ":" + column
}

func (r *reader) rows(id string) []prosemirror.Node {
	g := r.tables[id]
	rows, columns := g.shown(r.cells)
	r.cells += len(rows) * len(columns)
	attrs := make([]map[string]any, len(columns))
	for i, c := range columns {
		attrs[i] = map[string]any{"column": c.id}
	}
	nodes := make([]prosemirror.Node, len(rows))
	for i, row := range rows {
		kind := tableCell
		if i == 0 && g.header {
			kind = tableHeader
		}
		cells := make([]prosemirror.Node, len(columns))
		for j, c := range columns {
			cells[j] = prosemirror.Element(kind, attrs[j], r.flow(cellRoot(id, row.id, c.id))...)
		}
		nodes[i] = prosemirror.Element(tableRow, map[string]any{"id": row.id}, cells...)
	}
	return nodes
}

// shownValue is a value as JSON could say it, cut where it is too deep to show.
func shownValue(v any, levels int) any {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return clean(v)
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
	case []any:
		if levels > 0 {
			list := make([]any, len(v))
			for i, e := range v {
				list[i] = shownValue(e, levels-1)
			}
			return list
		}
	case map[string]any:
		if levels > 0 {
			object := make(map[string]any, len(v))
			for name, e := range v {
				object[clean(name)] = shownValue(e, levels-1)
			}
			return object
		}
	}
	return nil
}

package flow

import (
	"math"
	"slices"
	"strings"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// form is what a paragraph is by its values, the defaults left out.
type form struct {
	heading bool
	level   int    // of a heading, 0 is the default
	unknown string // the kind, when it is not known
	strange bool   // it is not known

	list   string // bullet, ordered or nothing
	indent int
	start  int // 0 is the default

	box string // KIND:ID or nothing
}

const (
	bullet  = "bullet"
	ordered = "ordered"

	defaultLevel = 2
	deepest      = 8         // the greatest indent
	lastStart    = 1_000_000 // the greatest first number of a list
)

func formsOf(doc *crdt.Doc) map[string]form {
	forms := map[string]form{}
	for key, v := range valuesOf(doc, marks) {
		id, name, _ := strings.Cut(key, ":")
		if !isID(id) {
			continue
		}
		f := forms[id]
		f.take(name, v)
		if f != (form{}) {
			forms[id] = f
		}
	}
	return forms
}

// take sets one value.
func (f *form) take(name string, v any) {
	text, isText := v.(string)
	n, isNumber := finite(v)
	whole := isNumber && n == math.Trunc(n)
	switch name {
	case "kind":
		switch {
		case text == heading:
			f.heading = true
		case isText:
			f.unknown, f.strange = clean(text), true
		}
	case "level":
		if n == 3 || n == 4 {
			f.level = int(n)
		}
	case "list":
		if text == bullet || text == ordered {
			f.list = text
		}
	case "indent":
		if whole {
			f.indent = int(min(max(n, 0), deepest))
		}
	case "start":
		if whole && n > 1 && n <= lastStart {
			f.start = int(n)
		}
	case "box":
		if kind, id, _ := strings.Cut(text, ":"); kind != "" && isID(id) {
			f.box = clean(text)
		}
	}
}

// item is a paragraph on its way into lists.
type item struct {
	form
	node  prosemirror.Node
	depth int
}

// blocks groups what stands in a flow into boxes and lists.
func (r *reader) blocks(spans []span) []prosemirror.Node {
	nodes := make([]prosemirror.Node, 0, len(spans))
	r.items = r.items[:0] // in a row in the same box
	for i := range spans {
		s := &spans[i]
		if s.card != nil {
			nodes = r.group(nodes)
			nodes = append(nodes, r.card(s.card)) // in which others are grouped
			continue
		}
		f := form{}
		if s.id != "" {
			f = r.forms[s.id]
		}
		if len(r.items) > 0 && r.items[0].box != f.box {
			nodes = r.group(nodes)
		}
		r.items = append(r.items, item{form: f, node: f.node(inlines(s.runs))})
	}
	if nodes = r.group(nodes); len(nodes) == 0 {
		return nothing
	}
	return nodes
}

// group adds the blocks that the items make.
func (r *reader) group(nodes []prosemirror.Node) []prosemirror.Node {
	items := r.items
	r.items = items[:0]
	if len(items) == 0 {
		return nodes
	}
	kind, id, boxed := strings.Cut(items[0].box, ":")
	if !boxed {
		return lists(nodes, items)
	}
	return append(nodes, prosemirror.Element(box, map[string]any{"kind": kind, "id": id}, lists(nil, items)...))
}

func (f *form) node(content []prosemirror.Node) prosemirror.Node {
	switch {
	case f.heading:
		return prosemirror.Node{Type: heading, Attrs: headings[max(f.level, defaultLevel)], Content: content}
	case f.strange:
		return prosemirror.Node{Type: paragraph, Attrs: map[string]any{"unknown": f.unknown}, Content: content}
	}
	return prosemirror.Node{Type: paragraph, Content: content}
}

var headings = map[int]map[string]any{2: {"level": 2}, 3: {"level": 3}, 4: {"level": 4}}

// lists adds the items, those that are in a list in their lists.
func lists(nodes []prosemirror.Node, items []item) []prosemirror.Node {
	for i := 0; i < len(items); {
		if items[i].list == "" {
			nodes = append(nodes, items[i].node)
			i++
			continue
		}
		from := i
		for i++; i < len(items) && items[i].list != ""; i++ {
			items[i].depth = min(items[i].indent, items[i-1].depth+1)
		}
		nodes = append(nodes, level(items[from:i], 0)...)
	}
	return nodes
}

// level makes lists of items of which the first has this depth, and none a smaller one.
func level(items []item, depth int) []prosemirror.Node {
	var made []prosemirror.Node
	for i := 0; i < len(items); {
		kind := items[i].list
		list := prosemirror.Node{Type: bulletList}
		if kind == ordered {
			list = prosemirror.Node{Type: orderedList, Attrs: map[string]any{"start": max(items[i].start, 1)}}
		}
		for i < len(items) && items[i].list == kind {
			content := []prosemirror.Node{items[i].node}
			from := i + 1
			for i++; i < len(items) && items[i].depth > depth; i++ {
			}
			if i > from {
				content = append(content, level(items[from:i], depth+1)...)
			}
			list.Content = append(list.Content, prosemirror.Node{Type: listItem, Content: content})
		}
		made = append(made, list)
	}
	return made
}

// inlines gives what a paragraph shows as nodes; texts with the same marks become one, also where
// something that is not shown lies between.
func inlines(runs []run) []prosemirror.Node {
	if len(runs) == 0 {
		return nil
	}
	nodes := make([]prosemirror.Node, 0, len(runs))
	for i := 0; i < len(runs); {
		n := prosemirror.Node{Type: runs[i].kind, Text: runs[i].text, Marks: runs[i].marks, IDs: runs[i].ids}
		from := i
		for i++; n.Type == prosemirror.TextType && i < len(runs) && runs[i].kind == n.Type && sameMarks(runs[i].marks, n.Marks); i++ {
		}
		if i > from+1 {
			var text strings.Builder
			n.IDs = nil
			for _, r := range runs[from:i] {
				text.WriteString(r.text)
				n.IDs = append(n.IDs, r.ids...)
			}
			n.Text = text.String()
		}
		if n.Type == unknownInline {
			n.Attrs = map[string]any{"value": runs[from].value}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// sameMarks compares marks that a reader made: only a link has an attribute, and that is a string.
func sameMarks(a, b []prosemirror.Mark) bool {
	return slices.EqualFunc(a, b, func(x, y prosemirror.Mark) bool { return x.Type == y.Type && x.Attrs["href"] == y.Attrs["href"] })
}

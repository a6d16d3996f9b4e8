package collab

import (
	"slices"
	"strconv"
	"strings"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// The first version of the model was a tree of XML elements. Nothing writes it any more; the versions
// that were made in it are read as they are, and a document in it is converted once.

// earlierRoot is the root that held all of a text of the first model.
const earlierRoot = "default"

// isEarlier reports whether a document is one of the first model, by what is in it: the door lets nobody
// write in that root any more, and a document that is empty reads the same in both.
func isEarlier(doc *crdt.Doc) bool { return slices.Contains(doc.Roots(), earlierRoot) }

// nodesIn returns what a document of either model shows, as nodes of the present one's editor or of the
// first one's; with ids each text says which ids it has.
func nodesIn(doc *crdt.Doc, ids bool) []prosemirror.Node {
	switch {
	case isEarlier(doc) && ids:
		return prosemirror.ReadIDs(doc.XMLFragment(earlierRoot))
	case isEarlier(doc):
		return prosemirror.Read(doc.XMLFragment(earlierRoot))
	case ids:
		return flow.Programme.ReadIDs(doc)
	}
	return flow.Programme.Read(doc)
}

// presentNodes is nodesIn in the nodes of the present model: those of the first one are converted.
func presentNodes(doc *crdt.Doc) []prosemirror.Node {
	nodes := nodesIn(doc, false)
	if isEarlier(doc) {
		return converted(nodes)
	}
	return nodes
}

// converted makes nodes of the first model into those of the present one. No word is lost and none
// changes its place among the others, but for these: what stood in an item of a list or in a cell and
// may not stand there comes behind the list or the table. Sections become what is in them, spans of a
// table empty cells, and a card that stood twice stands once, unless the second one says something else:
// its words then stand there as ordinary text. Addresses of pictures go, what they show stays as words.
func converted(nodes []prosemirror.Node) []prosemirror.Node {
	s := shaper{text: &converting{cards: map[string]prosemirror.Node{}, named: map[string]int{}}, cards: true}
	s.blocks(nodes)
	return s.out
}

// What a document may hold of tables, with room for all else that it holds.
const (
	mostCells   = 15_000
	mostRows    = 500
	mostColumns = 60
	deepestItem = 8
)

// converting is what is known of a whole text while it is converted.
type converting struct {
	cards map[string]prosemirror.Node // by id, as they stood in the first model
	cells int
	named map[string]int // how many boxes and tables there are
}

// name gives a box or a table its id. The same text gets the same ids each time, so that an earlier version
// that comes back finds the tables that were made of it.
func (c *converting) name(kind string) string {
	c.named[kind]++
	return "earlier-" + kind + "-" + strconv.Itoa(c.named[kind])
}

// shaper gathers the blocks of one text.
type shaper struct {
	text  *converting
	cards bool // this is the running text: cards may stand here
	out   []prosemirror.Node
	box   string // the kind of box in which lines and lists stand, empty outside
	boxID string // for the box that comes next, if it has one
	begun bool   // the last block is that box
}

// put adds a line or a list.
func (s *shaper) put(n prosemirror.Node) {
	if s.box == "" {
		s.out = append(s.out, n)
		return
	}
	if !s.begun {
		id := s.boxID
		if id == "" {
			id = s.text.name("box")
		}
		s.out = append(s.out, prosemirror.Element("box", map[string]any{"kind": s.box, "id": id}))
		s.begun, s.boxID = true, ""
	}
	last := &s.out[len(s.out)-1]
	last.Content = append(last.Content, n)
}

// card adds what ends a box.
func (s *shaper) card(n prosemirror.Node) {
	s.out = append(s.out, n)
	s.begun = false
}

// boxes are the kinds of box by their name in the first model.
var boxes = map[string]string{"principle": "principle", "term": "term", "note": "note", "sourceQuote": "quote"}

func (s *shaper) blocks(nodes []prosemirror.Node) {
	for len(nodes) > 0 {
		n := 0
		for n < len(nodes) && isInline(nodes[n]) {
			n++
		}
		if n > 0 {
			s.put(prosemirror.Element("paragraph", nil, inlinesOf(nodes[:n])...))
			nodes = nodes[n:]
			continue
		}
		s.block(nodes[0])
		nodes = nodes[1:]
	}
}

func isInline(n prosemirror.Node) bool {
	return n.Type == prosemirror.TextType || n.Type == "hardBreak"
}

func (s *shaper) block(n prosemirror.Node) {
	if kind, isBox := boxes[n.Type]; isBox {
		s.inBox(kind, n)
		return
	}
	switch n.Type {
	case "heading":
		s.line(prosemirror.Element("heading", map[string]any{"level": min(max(whole(n.Attrs["level"], 2), 2), 4)}), n.Content)
	case "paragraph":
		s.line(prosemirror.Element("paragraph", nil), n.Content)
	case "bulletList", "orderedList":
		list, after := s.list(n, 0)
		if len(list.Content) > 0 {
			s.put(list)
		}
		for _, card := range after {
			s.block(card)
		}
	case "requirement":
		s.requirement(n)
	case "table":
		s.table(n)
	case "figure":
		if alt, _ := n.Attrs["alt"].(string); alt != "" {
			s.put(prosemirror.Element("paragraph", nil, prosemirror.Text(alt)))
		}
		s.blocks(n.Content)
	case "horizontalRule":
	default: // a section, and whatever this version does not know
		s.blocks(n.Content)
	}
}

// line adds a paragraph or a heading; blocks in it, which only a damaged document has, come behind it.
func (s *shaper) line(n prosemirror.Node, content []prosemirror.Node) {
	words := 0
	for words < len(content) && isInline(content[words]) {
		words++
	}
	n.Content = inlinesOf(content[:words])
	s.put(n)
	s.blocks(content[words:])
}

func (s *shaper) inBox(kind string, n prosemirror.Node) {
	outer := s.box
	s.box, s.begun = kind, false
	s.boxID = idOf(n)
	s.blocks(n.Content)
	if !s.begun && len(n.Content) == 0 {
		s.put(prosemirror.Element("paragraph", nil))
	}
	s.box, s.boxID, s.begun = outer, "", false
}

// list makes a list and returns what may not stand in one.
func (s *shaper) list(n prosemirror.Node, depth int) (list prosemirror.Node, after []prosemirror.Node) {
	list = prosemirror.Element(n.Type, nil)
	if n.Type == "orderedList" {
		list.Attrs = map[string]any{"start": min(max(whole(n.Attrs["start"], 1), 1), 1_000_000)}
	}
	for _, item := range n.Content {
		content := item.Content
		if item.Type != "listItem" {
			content = []prosemirror.Node{item}
		}
		items, rest := s.item(content, depth)
		list.Content, after = append(list.Content, items...), append(after, rest...)
	}
	return list, after
}

// item makes one item of what stood in one, or several where text followed a list in it: an item is a line
// and the lists below it. Lines that follow each other are parted by a line break.
func (s *shaper) item(content []prosemirror.Node, depth int) (items, after []prosemirror.Node) {
	begin := func(line prosemirror.Node) { items = append(items, prosemirror.Element("listItem", nil, line)) }
	inside := shaper{text: s.text}
	inside.gather(content, &after)
	for _, n := range inside.out {
		if n.Attrs["run"] == true {
			n.Attrs = nil
		}
		last := len(items) - 1
		switch {
		case n.Type == "bulletList" || n.Type == "orderedList":
			list, rest := s.list(n, depth+1)
			after = append(after, rest...)
			switch {
			case len(list.Content) == 0:
			case depth >= deepestItem:
				items = append(items, list.Content...)
			default:
				if last < 0 {
					begin(prosemirror.Element("paragraph", nil))
					last = 0
				}
				items[last].Content = append(items[last].Content, list)
			}
		case last < 0 || len(items[last].Content) > 1:
			begin(n)
		case len(n.Content) > 0:
			line := &items[last].Content[0]
			if len(line.Content) == 0 {
				*line = n
				continue
			}
			line.Content = slices.Concat(line.Content, []prosemirror.Node{prosemirror.Element("hardBreak", nil)}, n.Content)
		}
	}
	if len(items) == 0 {
		begin(prosemirror.Element("paragraph", nil))
	}
	return items, after
}

// gather leaves in out the lines of what stands in an item, and its lists as they were; cards and tables
// go to after. A paragraph of words that stood beside blocks has run for an attribute while it grows.
func (s *shaper) gather(content []prosemirror.Node, after *[]prosemirror.Node) {
	for _, n := range content {
		switch n.Type {
		case "bulletList", "orderedList":
			s.out = append(s.out, n)
		case "requirement", "table":
			*after = append(*after, n)
		case "heading", "paragraph", "figure", "horizontalRule", prosemirror.TextType, "hardBreak":
			if isInline(n) {
				if last := len(s.out) - 1; last >= 0 && s.out[last].Type == "paragraph" && s.out[last].Attrs["run"] == true {
					s.out[last].Content = append(s.out[last].Content, inlinesOf([]prosemirror.Node{n})...)
					continue
				}
				s.out = append(s.out, prosemirror.Element("paragraph", map[string]any{"run": true}, inlinesOf([]prosemirror.Node{n})...))
				continue
			}
			s.block(n)
		default:
			s.gather(n.Content, after)
		}
	}
}

func (s *shaper) requirement(n prosemirror.Node) {
	id := idOf(n)
	first, known := s.text.cards[id]
	switch {
	case known && plainWords(first) == plainWords(n):
		return // it stood twice
	case known || !s.cards || id == "":
		s.blocks(n.Content)
		return
	}
	s.text.cards[id] = n
	parts := map[string]*shaper{"statement": {text: s.text}, "rationale": {text: s.text}}
	for _, child := range n.Content {
		part, is := parts[child.Type]
		if !is {
			part = parts["statement"] // what stood beside both
			part.blocks([]prosemirror.Node{child})
			continue
		}
		part.blocks(child.Content)
	}
	var content []prosemirror.Node
	for _, name := range []string{"statement", "rationale"} {
		if len(parts[name].out) == 0 {
			parts[name].put(prosemirror.Element("paragraph", nil))
		}
		content = append(content, prosemirror.Element(name, nil, parts[name].out...))
	}
	s.card(prosemirror.Element("requirement", map[string]any{"id": id}, content...))
}

// idOf is the id of a node, empty when it has none that can be one.
func idOf(n prosemirror.Node) string {
	id, _ := n.Attrs["id"].(string)
	if flow.Programme.Root("statement:"+id) != flow.Flow {
		return ""
	}
	return id
}

func plainWords(n prosemirror.Node) string {
	var words strings.Builder
	var write func(n prosemirror.Node)
	write = func(n prosemirror.Node) {
		words.WriteString(n.Text)
		for _, c := range n.Content {
			write(c)
		}
	}
	write(n)
	return words.String()
}

// inlinesOf returns words with the marks that the present model knows.
func inlinesOf(nodes []prosemirror.Node) []prosemirror.Node {
	inlines := make([]prosemirror.Node, 0, len(nodes))
	for _, n := range nodes {
		if n.Type == "hardBreak" {
			inlines = append(inlines, prosemirror.Element("hardBreak", nil))
			continue
		}
		var marks []prosemirror.Mark
		for _, m := range n.Marks {
			switch m.Type {
			case "bold", "italic", "strike", "code":
				marks = append(marks, prosemirror.Mark{Type: m.Type})
			case "link":
				if href, _ := m.Attrs["href"].(string); href != "" && len(href) <= longestAddress {
					marks = append(marks, prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": href}})
				}
			}
		}
		inlines = append(inlines, prosemirror.Node{Type: prosemirror.TextType, Text: n.Text, Marks: marks, IDs: n.IDs})
	}
	return inlines
}

// longestAddress is as much of an address as richtext.SafeURL lets through.
const longestAddress = 2000

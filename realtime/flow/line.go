package flow

import (
	"crypto/rand"
	"math"
	"strings"

	"samenwijk/realtime/prosemirror"
)

// line is a paragraph or a card as it should read, outside of the lists and boxes that it makes.
type line struct {
	form
	depth int  // of a paragraph in a list
	first bool // it begins its list
	runs  []run
	card  *target

	as   bool    // what it is stays as it is stored
	like string  // of a new one: the id of that whose values it gets first
	says *string // instead of runs: other words for a paragraph that is there, which keep their marks
}

// target is a card as it should read. The node is nil for a card that is only moved.
type target struct {
	kind, id string
	node     *prosemirror.Node
}

func (t *target) key() string { return t.kind + ":" + t.id }

// plain reports whether the line is an ordinary paragraph without words.
func (l *line) plain() bool { return l.card == nil && len(l.runs) == 0 && l.form == form{} }

// liner makes lines of nodes. Nodes that a reader gives come out exactly; of others every word does.
type liner struct {
	model Model
	cards map[string]bool // that had their turn; nil in a flow that has none
	lines []line
}

// lines are the lines of a flow, at least one.
func (m Model) lines(nodes []prosemirror.Node, root string) []line {
	l := liner{model: m}
	if root == body {
		l.cards = map[string]bool{}
	}
	l.blocks(nodes, "")
	if len(l.lines) == 0 {
		return []line{{}}
	}
	return l.lines
}

func (l *liner) blocks(nodes []prosemirror.Node, in string) {
	for i := 0; i < len(nodes); {
		from := i
		for i < len(nodes) && isInline(nodes[i]) {
			i++
		}
		if i > from { // text beside blocks
			l.lines = append(l.lines, line{form: form{box: in}, runs: l.runs(nodes[from:i])})
			continue
		}
		l.block(&nodes[i], in)
		i++
	}
}

func (l *liner) block(n *prosemirror.Node, in string) {
	switch n.Type {
	case paragraph, heading:
		ln := l.paragraph(n)
		ln.box = in
		l.lines = append(l.lines, ln)
	case bulletList, orderedList:
		l.list(n, in, 0)
	case box:
		if in == "" {
			in = boxOf(n)
		}
		l.blocks(n.Content, in)
	default:
		if card := l.card(n); card != nil && in == "" {
			l.lines = append(l.lines, line{card: card})
			return
		}
		l.blocks(n.Content, in)
	}
}

func (l *liner) paragraph(n *prosemirror.Node) line {
	ln := line{runs: l.runs(n.Content)}
	if n.Type == heading {
		ln.heading = true
		if level, _ := number(n.Attrs["level"]); level == 3 || level == 4 {
			ln.level = int(level)
		}
	} else if unknown, ok := n.Attrs["unknown"].(string); ok {
		ln.unknown, ln.strange = clean(unknown), true
	}
	return ln
}

func (l *liner) list(n *prosemirror.Node, in string, depth int) {
	ln := line{first: true, depth: depth, form: form{list: bullet, box: in}}
	if n.Type == orderedList {
		ln.list = ordered
		if start, _ := number(n.Attrs["start"]); start > 1 && start <= lastStart && start == math.Trunc(start) {
			ln.start = int(start)
		}
	}
	for i := range n.Content {
		item := &n.Content[i]
		content := item.Content
		if item.Type != listItem {
			content = n.Content[i : i+1]
		}
		empty := true // nothing of this item has been said
		for j := range content {
			c := &content[j]
			switch c.Type {
			case bulletList, orderedList:
				if empty {
					l.item(line{}, &ln)
				}
				l.list(c, in, min(depth+1, deepest))
			default:
				if c.Type == paragraph || c.Type == heading {
					l.item(l.paragraph(c), &ln)
					break
				}
				from := len(l.lines)
				l.blocks(content[j:j+1], in)
				for k := range l.lines[from:] {
					if said := &l.lines[from+k]; said.card == nil && said.list == "" {
						said.list, said.depth = ln.list, ln.depth
					}
				}
			}
			empty = false
		}
		if empty {
			l.item(line{}, &ln)
		}
	}
}

// item adds a paragraph to a list; like is the list, and whether this is its first.
func (l *liner) item(ln line, like *line) {
	ln.list, ln.depth, ln.start, ln.first, ln.box = like.list, like.depth, like.start, like.first, like.box
	like.first, like.start = false, 0
	l.lines = append(l.lines, ln)
}

func (l *liner) card(n *prosemirror.Node) *target {
	if l.cards == nil {
		return nil
	}
	t := &target{kind: n.Type, node: n}
	switch _, known := l.model.Cards[n.Type]; {
	case known, n.Type == table:
		t.id, _ = n.Attrs["id"].(string)
		if !isID(t.id) || l.cards[t.key()] {
			t.id = newID()
		}
	case n.Type == unknownBlock:
		value, _ := n.Attrs["value"].(map[string]any)
		for kind, id := range value {
			if kind != "place" && len(value) <= 2 {
				t.kind = kind
				t.id, _ = id.(string)
			}
		}
		if _, known := l.model.Cards[t.kind]; known || t.kind == table || !isID(t.id) || l.cards[t.key()] {
			return nil
		}
	default:
		return nil
	}
	l.cards[t.key()] = true
	return t
}

func boxOf(n *prosemirror.Node) string {
	kind, _ := n.Attrs["kind"].(string)
	if kind = clean(kind); kind == "" || strings.Contains(kind, ":") {
		kind = "note"
	}
	id, _ := n.Attrs["id"].(string)
	if !isID(id) {
		id = newID()
	}
	return kind + ":" + id
}

func isInline(n prosemirror.Node) bool {
	return n.Type == prosemirror.TextType || n.Type == hardBreak || n.Type == unknownInline
}

// runs gives what a paragraph shows, without positions.
func (l *liner) runs(nodes []prosemirror.Node) []run {
	var runs []run
	for _, n := range nodes {
		r := run{kind: n.Type, marks: knownMarks(n.Marks)}
		switch n.Type {
		case prosemirror.TextType:
			if r.text = clean(n.Text); r.text == "" {
				continue
			}
		case hardBreak:
		case unknownInline:
			r.value, _ = n.Attrs["value"].(map[string]any)
			if e := classify(any(r.value)); r.value == nil || e.mark != "" || e.ref != nil && l.cards != nil {
				continue // it would be something else there
			}
		default:
			runs = append(runs, l.runs(n.Content)...)
			continue
		}
		runs = append(runs, r)
	}
	return runs
}

// knownMarks are the marks that a reader would show.
func knownMarks(given []prosemirror.Mark) []prosemirror.Mark {
	if len(given) == 0 {
		return nil
	}
	var f formats
	for _, m := range given {
		f.set(m.Type, func() any {
			if m.Type == "link" {
				return m.Attrs["href"]
			}
			return true
		})
	}
	return f.list()
}

// newID makes a name that nobody else chooses: 72 random bits. Documents hold thousands of them.
func newID() string {
	const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-0"
	var b [12]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = signs[b[i]%64]
	}
	return string(b[:])
}

// number reads a number, however Go holds it.
func number(v any) (float64, bool) {
	if n, ok := v.(int); ok {
		return float64(n), true
	}
	return finite(v)
}

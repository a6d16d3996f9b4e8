package prosemirror

import (
	"slices"

	"samenwijk/realtime/crdt"
)

// Write changes a fragment until it reads as nodes. What is there already stays what it is, so that
// the carets and comments of others keep their place: equal nodes are not touched, a node of the
// same type is changed inside, and of a text only the characters and marks that differ.
//
// It makes several changes; the caller puts them in one transaction of the document. nodes are not
// kept. Texts that stand beside each other become one.
func Write(f *crdt.XMLFragment, nodes []Node) error { return write(f, nodes, 0) }

func write(f *crdt.XMLFragment, nodes []Node, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	pieces := piecesOf(nodes)
	old := oldPieces(f, depth)
	first := 0
	for first < len(old) && first < len(pieces) && old[first].equal(pieces[first]) {
		first++
	}
	oldEnd, newEnd := len(old), len(pieces)
	for oldEnd > first && newEnd > first && old[oldEnd-1].equal(pieces[newEnd-1]) {
		oldEnd, newEnd = oldEnd-1, newEnd-1
	}
	return merge(f, first, old[first:oldEnd], pieces[first:newEnd], depth)
}

// piece is one child of a fragment: an element, or a run of text nodes that lie in one shared text.
type piece struct {
	element *Node
	text    []Node

	shared crdt.Shared // of a child that is there
}

func (p piece) isText() bool { return p.element == nil }

func (p piece) equal(q piece) bool {
	if p.isText() != q.isText() {
		return false
	}
	if p.isText() {
		return Equal(Node{Content: p.text}, Node{Content: q.text})
	}
	return Equal(*p.element, *q.element)
}

func piecesOf(nodes []Node) []piece {
	var pieces []piece
	for i := range nodes {
		if nodes[i].Type != TextType {
			pieces = append(pieces, piece{element: &nodes[i]})
			continue
		}
		if nodes[i].Text == "" {
			continue
		}
		if n := len(pieces); n > 0 && pieces[n-1].isText() {
			pieces[n-1].text = appendText(pieces[n-1].text, nodes[i])
		} else {
			pieces = append(pieces, piece{text: []Node{nodes[i]}})
		}
	}
	return pieces
}

// appendText adds text to a run; texts with the same marks become one.
func appendText(run []Node, next Node) []Node {
	if len(run) == 0 {
		return []Node{next}
	}
	last := run[len(run)-1]
	if Equal(Node{Marks: last.Marks}, Node{Marks: next.Marks}) {
		joined := append([]Node{}, run...)
		joined[len(joined)-1] = Node{Type: TextType, Text: last.Text + next.Text, Marks: last.Marks, IDs: slices.Concat(last.IDs, next.IDs)}
		return joined
	}
	return append(run, next)
}

func oldPieces(f *crdt.XMLFragment, depth int) []piece {
	var pieces []piece
	for _, child := range f.Children() {
		switch c := child.(type) {
		case *crdt.XMLElement:
			content := read(&c.XMLFragment, depth+1, readText)
			pieces = append(pieces, piece{element: &Node{Type: c.Name(), Attrs: orNil(c.Attributes()), Content: content}, shared: c})
		case *crdt.XMLText:
			pieces = append(pieces, piece{text: readText(c), shared: c})
		default:
			pieces = append(pieces, piece{element: &Node{}, shared: c}) // no node of an editor: it will go
		}
	}
	return pieces
}

// merge makes the children of f from index at on, which are old, into new.
func merge(f *crdt.XMLFragment, at int, old, new []piece, depth int) error {
	pairs := align(old, new)
	i, j := 0, 0
	for _, p := range append(pairs, pair{len(old), len(new)}) {
		if p.old > i {
			if err := f.Delete(at, p.old-i); err != nil {
				return err
			}
		}
		for ; j < p.new; j++ {
			if err := insert(f, at, new[j], depth); err != nil {
				return err
			}
			at++
		}
		if p.old == len(old) && p.new == len(new) {
			return nil
		}
		if err := change(old[p.old], new[p.new], depth); err != nil {
			return err
		}
		i, j = p.old+1, p.new+1
		at++
	}
	return nil
}

// pair says that an old child becomes a new one.
type pair struct{ old, new int }

// alignBound keeps the table of align small; beyond it children are paired in order.
const alignBound = 1 << 20

// align chooses, in order, which old children become which new ones: as many as possible that are
// equal, then that have the same id, then that are of the same type.
func align(old, new []piece) []pair {
	n, m := len(old), len(new)
	if n == 0 || m == 0 {
		return nil
	}
	if n*m > alignBound {
		var pairs []pair
		for i := range min(n, m) {
			if likeness(old[i], new[i]) > 0 {
				pairs = append(pairs, pair{i, i})
			}
		}
		return pairs
	}
	best := make([][]int, n+1)
	for i := range best {
		best[i] = make([]int, m+1)
	}
	like := make([][]int, n)
	for i := n - 1; i >= 0; i-- {
		like[i] = make([]int, m)
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if like[i][j] = likeness(old[i], new[j]); like[i][j] > 0 {
				best[i][j] = max(best[i][j], best[i+1][j+1]+like[i][j])
			}
		}
	}
	var pairs []pair
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case like[i][j] > 0 && best[i][j] == best[i+1][j+1]+like[i][j]:
			pairs = append(pairs, pair{i, j})
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// likeness is zero when one cannot become the other.
func likeness(old, new piece) int {
	if old.isText() != new.isText() {
		return 0
	}
	if old.isText() {
		if old.equal(new) {
			return 8
		}
		return 1
	}
	if old.element.Type != new.element.Type {
		return 0
	}
	oldID, hasID := old.element.Attrs["id"]
	newID := new.element.Attrs["id"]
	switch {
	case old.equal(new):
		return 8
	case hasID && !sameValue(oldID, newID):
		return 0 // an id names one thing for good: another id is another thing
	case hasID:
		return 6
	case Equal(Node{Content: old.element.Content}, Node{Content: new.element.Content}):
		return 4
	}
	return 1
}

func insert(f *crdt.XMLFragment, at int, p piece, depth int) error {
	if p.isText() {
		t := crdt.NewXMLText("")
		if err := f.Insert(at, t); err != nil {
			return err
		}
		return t.ApplyDelta(insertions(p.text))
	}
	e := crdt.NewXMLElement(p.element.Type)
	if err := f.Insert(at, e); err != nil {
		return err
	}
	return change(piece{element: &Node{Type: p.element.Type}, shared: e}, p, depth)
}

func change(old, new piece, depth int) error {
	if new.isText() {
		t, ok := old.shared.(*crdt.XMLText)
		if !ok {
			panic("prosemirror: a text became an element") // align pairs like with like
		}
		return t.ApplyDelta(textChanges(old.text, new.text))
	}
	e, ok := old.shared.(*crdt.XMLElement)
	if !ok {
		panic("prosemirror: an element became a text") // align pairs like with like
	}
	for name := range old.element.Attrs {
		if _, stays := new.element.Attrs[name]; !stays {
			if err := e.RemoveAttribute(name); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(new.element.Attrs) {
		value := new.element.Attrs[name]
		if is, there := old.element.Attrs[name]; value == nil || there && sameValue(is, value) {
			continue
		}
		if err := e.SetAttribute(name, value); err != nil {
			return err
		}
	}
	return write(&e.XMLFragment, new.element.Content, depth+1)
}

// Package prosemirror reads a shared XML fragment as the tree of nodes that a ProseMirror editor
// shows, and writes such a tree back with as few changes as will do.
//
// It speaks the dialect of y-prosemirror (https://github.com/yjs/y-prosemirror): an element is a
// node, its attributes are the node's attributes, a run of text nodes is one shared text, and each
// mark is a format of that text whose name is the mark's and whose value holds the mark's attributes.
package prosemirror

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"samenwijk/realtime/crdt"
)

// TextType is the type of a node that is text.
const TextType = "text"

// MaxDepth is how deep nodes may stand in each other. Editors stay far below it; a document beyond
// it was made to harm: what stands deeper is not read, and nobody writes so deep.
const MaxDepth = 200

// ErrTooDeep says that a tree to write is deeper than MaxDepth.
var ErrTooDeep = errors.New("prosemirror: the tree is too deep")

// Node is a piece of text with marks, or an element with attributes and content.
type Node struct {
	Type    string
	Attrs   map[string]any // nil when there are none
	Text    string         // of text
	Marks   []Mark         // of text, in the order of their types
	Content []Node         // of an element
	IDs     []crdt.Range   // of text that ReadIDs read: which ids its UTF-16 units have, in order
}

// Mark is a format of text, such as bold; a link has an attribute.
type Mark struct {
	Type  string
	Attrs map[string]any // nil when there are none
}

// Text makes a text node.
func Text(text string, marks ...Mark) Node {
	sortMarks(marks)
	return Node{Type: TextType, Text: text, Marks: marks}
}

// Element makes an element; attrs may be nil.
func Element(kind string, attrs map[string]any, content ...Node) Node {
	return Node{Type: kind, Attrs: attrs, Content: content}
}

// Read returns the nodes of a fragment. The result shares nothing with the document.
func Read(f *crdt.XMLFragment) []Node { return read(f, 0, readText) }

// ReadIDs is Read, and says of each text which ids it has: so one learns who wrote it.
func ReadIDs(f *crdt.XMLFragment) []Node { return read(f, 0, readTextIDs) }

func read(f *crdt.XMLFragment, depth int, text func(*crdt.XMLText) []Node) []Node {
	if depth > MaxDepth {
		return nil
	}
	var nodes []Node
	for _, child := range f.Children() {
		switch c := child.(type) {
		case *crdt.XMLElement:
			content := read(&c.XMLFragment, depth+1, text)
			nodes = append(nodes, Node{Type: c.Name(), Attrs: orNil(c.Attributes()), Content: content})
		case *crdt.XMLText:
			nodes = append(nodes, text(c)...)
		}
	}
	return nodes
}

func readText(t *crdt.XMLText) []Node {
	var nodes []Node
	for _, op := range t.ToDelta() {
		text, ok := op.Insert.(string)
		if !ok || text == "" {
			continue // an embedded value is no part of a ProseMirror document
		}
		nodes = appendText(nodes, Node{Type: TextType, Text: text, Marks: marksOf(op.Attributes)})
	}
	return nodes
}

// overlapping matches the name under which a mark lies in the text that may be there more than
// once: its type and eight characters that tell one from another.
var overlapping = regexp.MustCompile(`^(.*)--[a-zA-Z0-9+/=]{8}$`)

func marksOf(formats crdt.Attributes) []Mark {
	var marks []Mark
	for name, value := range formats {
		if value == nil {
			continue
		}
		if m := overlapping.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		attrs, _ := value.(map[string]any)
		marks = append(marks, Mark{Type: name, Attrs: orNil(maps.Clone(attrs))})
	}
	sortMarks(marks)
	return marks
}

func sortMarks(marks []Mark) {
	slices.SortStableFunc(marks, func(a, b Mark) int {
		if c := strings.Compare(a.Type, b.Type); c != 0 {
			return c
		}
		return strings.Compare(fmt.Sprint(a.Attrs), fmt.Sprint(b.Attrs))
	})
}

func orNil(attrs map[string]any) map[string]any {
	if len(attrs) == 0 {
		return nil
	}
	return attrs
}

// Equal reports whether two nodes show the same.
func Equal(a, b Node) bool {
	return a.Type == b.Type && a.Text == b.Text && sameAttrs(a.Attrs, b.Attrs) &&
		slices.EqualFunc(a.Marks, b.Marks, func(x, y Mark) bool { return x.Type == y.Type && sameAttrs(x.Attrs, y.Attrs) }) &&
		slices.EqualFunc(a.Content, b.Content, Equal)
}

func sameAttrs(a, b map[string]any) bool {
	return maps.EqualFunc(a, b, func(x, y any) bool { return sameValue(x, y) })
}

// sameValue compares attributes as an editor does: a number is a number, however Go holds it.
func sameValue(x, y any) bool {
	if a, ok := number(x); ok {
		b, ok := number(y)
		return ok && a == b
	}
	return reflect.DeepEqual(x, y)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

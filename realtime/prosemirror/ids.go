package prosemirror

import (
	"unicode/utf8"

	"samenwijk/realtime/crdt"
)

// readTextIDs is readText with the ids of each node; a node that came from several places has
// several ranges.
func readTextIDs(t *crdt.XMLText) []Node {
	var nodes []Node
	ids := t.IDs()
	for _, op := range t.ToDelta() {
		text, ok := op.Insert.(string)
		var own []crdt.Range
		if !ok {
			_, ids = takeIDs(ids, 1)
			continue
		}
		own, ids = takeIDs(ids, unitsOf(text))
		if text == "" {
			continue
		}
		nodes = appendText(nodes, Node{Type: TextType, Text: text, Marks: marksOf(op.Attributes), IDs: own})
	}
	return nodes
}

// takeIDs divides ranges, which become its own, after n ids.
func takeIDs(ids []crdt.Range, n uint32) (first, rest []crdt.Range) {
	for n > 0 && len(ids) > 0 {
		r := ids[0]
		if r.Len > n {
			first = append(first, crdt.Range{ID: r.ID, Len: n})
			ids[0].Clock, ids[0].Len = r.Clock+n, r.Len-n
			return first, ids
		}
		first, ids, n = append(first, r), ids[1:], n-r.Len
	}
	return first, ids
}

// unitsOf counts UTF-16 units.
func unitsOf(text string) uint32 {
	n := uint32(0)
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// Cut divides a text after n UTF-16 units; a character that would be cut through goes to the first part.
func Cut(text string, n uint32) (first, rest string) {
	at := 0
	for n > 0 && at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		if n--; r > 0xFFFF && n > 0 {
			n--
		}
	}
	return text[:at], text[at:]
}

package flow

import (
	"slices"
	"strings"
)

// Model says which cards a document has.
type Model struct {
	Cards map[string][]string // the kinds of card that are made of flows, and their parts in order
	Kept  []string            // parts that are stored and not shown
}

// Programme is the model of a programme of requirements.
var Programme = Model{
	Cards: map[string][]string{"requirement": {"statement", "rationale"}},
	Kept:  []string{"plain", "caption"},
}

// The roots that every model has.
const (
	body    = "body"
	marks   = "marks"
	tables  = "tables"
	removed = "removed"
	cell    = "cell"
	old     = "default" // all of a document of the first version
)

// Root says what a root's name stands for.
type Root uint8

const (
	Foreign  Root = iota // a name that is not ours: nobody looks at it
	Flow                 // a text
	Values               // a map
	Misnamed             // a name under ours that is none of this model
	Old                  // the root of the first version of the model
)

// Root says what a root with this name is.
func (m Model) Root(name string) Root {
	switch name {
	case body:
		return Flow
	case marks, tables, removed:
		return Values
	case old:
		return Old
	}
	part, id, divided := strings.Cut(name, ":")
	switch {
	case !divided:
		return Foreign
	case part == cell:
		if ids := strings.Split(id, ":"); len(ids) == 3 && isID(ids[0]) && isID(ids[1]) && isID(ids[2]) {
			return Flow
		}
		return Misnamed
	case !m.hasPart(part):
		return Foreign
	case isID(id):
		return Flow
	}
	return Misnamed
}

func (m Model) hasPart(name string) bool {
	if slices.Contains(m.Kept, name) {
		return true
	}
	for _, parts := range m.Cards {
		if slices.Contains(parts, name) {
			return true
		}
	}
	return false
}

// isID reports whether this may be the name of a paragraph, a card, a row, a column or a box.
func isID[S ~string | ~[]byte](s S) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
		default:
			return false
		}
	}
	return true
}

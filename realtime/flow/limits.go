package flow

import (
	"errors"
	"fmt"

	"samenwijk/realtime/lib0"
)

// The ways in which a document, or a change of one, can be refused.
var (
	// ErrVersion means that it is of another version of this model.
	ErrVersion = errors.New("flow: another version of the model")
	// ErrRefused means that it holds what a reader could not show, or too much of it.
	ErrRefused = errors.New("flow: not a document of this model")
)

// Limits bound what a document may hold. Check judges a whole document by them, and the door a change
// before it is taken in.
type Limits struct {
	Flows  int // roots that are flows
	Embeds int // marks of paragraphs, references and other embeds, in all flows together
	Names  int // roots whose names are not ours
	Bytes  int // of a value of a map, of an attribute and of an embed, each written as JSON
	Levels int // of arrays and objects in one of them

	Rows, Columns int // of one table
	Cells         int // of all tables that stand in the text
}

// DefaultLimits are those of docs/document.md, far above what an honest document needs.
var DefaultLimits = Limits{
	Flows: 20_000, Embeds: 200_000, Names: 64, Bytes: 4096, Levels: 8,
	Rows: tableRows, Columns: tableColumns, Cells: tableCells, // what readers show
}

// Value judges a value of a map, an attribute or an embed as crdt gives it.
func (l Limits) Value(v any) error {
	levels, ok := levelsOf(v, l.Levels)
	switch {
	case !ok:
		return fmt.Errorf("%w: bytes, or something shared, in a value", ErrRefused)
	case levels > l.Levels:
		return fmt.Errorf("%w: a value of more than %d levels", ErrRefused, l.Levels)
	}
	if text, _ := lib0.AppendJSON(nil, v); len(text) > l.Bytes {
		return fmt.Errorf("%w: a value of more than %d bytes", ErrRefused, l.Bytes)
	}
	return nil
}

// levelsOf counts how deep arrays and objects stand in each other, as far as one beyond most; ok is
// false where something is in them that no JSON has.
func levelsOf(v any, most int) (levels int, ok bool) {
	switch v.(type) {
	case nil, bool, string, float64, int, lib0.Undefined, lib0.BigInt:
		return 0, true
	case map[string]any, lib0.Object, []any:
	default:
		return 0, false
	}
	if most < 0 {
		return 1, true
	}
	ok = true
	within := func(v any) {
		n, plain := levelsOf(v, most-1)
		levels, ok = max(levels, n), ok && plain
	}
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			within(e)
		}
	case lib0.Object:
		for _, f := range v {
			within(f.Value)
		}
	case []any:
		for _, e := range v {
			within(e)
		}
	}
	return levels + 1, ok
}

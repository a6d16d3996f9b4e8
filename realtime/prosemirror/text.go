package prosemirror

import (
	"maps"
	"slices"
	"unicode/utf16"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hunk"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// formatsOf returns marks as the formats of a shared text. A mark without attributes is an empty
// object, as editors write it.
func formatsOf(marks []Mark) crdt.Attributes {
	formats := crdt.Attributes{}
	for _, m := range marks {
		attrs := map[string]any{}
		maps.Copy(attrs, m.Attrs)
		formats[m.Type] = attrs
	}
	return formats
}

func insertions(run []Node) []crdt.DeltaOp {
	ops := make([]crdt.DeltaOp, 0, len(run))
	for _, n := range run {
		ops = append(ops, crdt.DeltaOp{Insert: n.Text, Attributes: formatsOf(n.Marks)})
	}
	return ops
}

// flat is a run of text nodes as UTF-16 units, in which shared texts count, and the marks at each.
type flat struct {
	units []uint16
	marks [][]Mark // one a unit
}

func flatten(run []Node) flat {
	var f flat
	for _, n := range run {
		units := utf16.Encode([]rune(n.Text))
		f.units = append(f.units, units...)
		for range units {
			f.marks = append(f.marks, n.Marks)
		}
	}
	return f
}

// textChanges returns the changes that make one run of text into another: words that stay are not
// touched, and marks are changed where they differ.
func textChanges(old, new []Node) []crdt.DeltaOp {
	a, b := flatten(old), flatten(new)
	var ops []crdt.DeltaOp
	at, to := 0, 0
	for _, h := range hunk.Between(a.units, b.units) {
		ops = retain(ops, a.marks[at:h.Old], b.marks[to:h.New])
		if h.OldEnd > h.Old {
			ops = append(ops, crdt.DeltaOp{Delete: h.OldEnd - h.Old})
		}
		for i := h.New; i < h.NewEnd; {
			end := i + 1
			for end < h.NewEnd && sameMarks(b.marks[i], b.marks[end]) {
				end++
			}
			ops = append(ops, crdt.DeltaOp{Insert: string(utf16.Decode(b.units[i:end])), Attributes: formatsOf(b.marks[i])})
			i = end
		}
		at, to = h.OldEnd, h.NewEnd
	}
	ops = retain(ops, a.marks[at:], b.marks[to:])
	for len(ops) > 0 && ops[len(ops)-1].Retain > 0 && len(ops[len(ops)-1].Attributes) == 0 {
		ops = ops[:len(ops)-1]
	}
	return ops
}

// retain keeps characters and changes their marks from old to new.
func retain(ops []crdt.DeltaOp, old, new [][]Mark) []crdt.DeltaOp {
	for i := 0; i < len(old); {
		end := i + 1
		for end < len(old) && sameMarks(old[i], old[end]) && sameMarks(new[i], new[end]) {
			end++
		}
		ops = append(ops, crdt.DeltaOp{Retain: end - i, Attributes: formatChanges(old[i], new[i])})
		i = end
	}
	return ops
}

func formatChanges(old, new []Mark) crdt.Attributes {
	if sameMarks(old, new) {
		return nil
	}
	changes := formatsOf(new)
	for _, m := range old {
		if _, stays := changes[m.Type]; !stays {
			changes[m.Type] = nil
		}
	}
	return changes
}

func sameMarks(a, b []Mark) bool {
	return slices.EqualFunc(a, b, func(x, y Mark) bool { return x.Type == y.Type && sameAttrs(x.Attrs, y.Attrs) })
}

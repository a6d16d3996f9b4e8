package prosemirror

import (
	"maps"
	"slices"
	"unicode/utf16"

	"samenwijk/realtime/crdt"
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

// textChanges returns the changes that make one run of text into another: the characters between
// the first and the last difference are replaced, and marks are changed where they differ.
func textChanges(old, new []Node) []crdt.DeltaOp {
	a, b := flatten(old), flatten(new)
	first := 0
	for first < len(a.units) && first < len(b.units) && a.units[first] == b.units[first] {
		first++
	}
	if first > 0 && isHigh(a.units[first-1]) {
		first-- // never between the two halves of one character
	}
	aEnd, bEnd := len(a.units), len(b.units)
	for aEnd > first && bEnd > first && a.units[aEnd-1] == b.units[bEnd-1] {
		aEnd, bEnd = aEnd-1, bEnd-1
	}
	if aEnd < len(a.units) && isLow(a.units[aEnd]) {
		aEnd, bEnd = aEnd+1, bEnd+1
	}
	var ops []crdt.DeltaOp
	ops = retain(ops, a.marks[:first], b.marks[:first])
	if aEnd > first {
		ops = append(ops, crdt.DeltaOp{Delete: aEnd - first})
	}
	for i := first; i < bEnd; {
		end := i + 1
		for end < bEnd && sameMarks(b.marks[i], b.marks[end]) {
			end++
		}
		ops = append(ops, crdt.DeltaOp{Insert: string(utf16.Decode(b.units[i:end])), Attributes: formatsOf(b.marks[i])})
		i = end
	}
	ops = retain(ops, a.marks[aEnd:], b.marks[bEnd:])
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

func isHigh(unit uint16) bool { return unit >= 0xD800 && unit < 0xDC00 }
func isLow(unit uint16) bool  { return unit >= 0xDC00 && unit < 0xE000 }

package prosemirror

import (
	"slices"
	"unicode"
)

// hunk says that some units of one text are replaced by some of another; either may be none.
type hunk struct{ old, oldEnd, new, newEnd int }

// wordBound keeps the table of words small; beyond it what lies between the first and the last
// difference is one hunk.
const wordBound = 1 << 17

// hunksOf returns what differs, in order. Words stay whole, and so do characters of two units.
func hunksOf(a, b []uint16) []hunk {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	if first > 0 && isHigh(a[first-1]) {
		first--
	}
	aEnd, bEnd := len(a), len(b)
	for aEnd > first && bEnd > first && a[aEnd-1] == b[bEnd-1] {
		aEnd, bEnd = aEnd-1, bEnd-1
	}
	if aEnd < len(a) && isLow(a[aEnd]) {
		aEnd, bEnd = aEnd+1, bEnd+1
	}
	all := hunk{first, aEnd, first, bEnd}
	if first == aEnd && first == bEnd {
		return nil
	}
	if first == aEnd || first == bEnd {
		return []hunk{all}
	}
	// The words at both edges are taken whole, so that half a word is nobody's neighbour.
	from := first
	for from > 0 && inWord(a[from-1]) && (inWord(a[first]) || inWord(b[first])) {
		from--
	}
	aTo, bTo := aEnd, bEnd
	for aTo < len(a) && bTo < len(b) && inWord(a[aTo]) && (inWord(a[aEnd-1]) || inWord(b[bEnd-1])) {
		aTo, bTo = aTo+1, bTo+1
	}
	old, new := wordsOf(a, from, aTo), wordsOf(b, from, bTo)
	if len(old)*len(new) > wordBound {
		return []hunk{all}
	}
	hunks := between(a, b, old, new)
	if len(hunks) == 1 {
		return []hunk{all} // letters that stay are not touched either
	}
	return hunks
}

// word is a run of units: of letters and digits, of spaces, or one other.
type word struct{ from, end int }

func wordsOf(units []uint16, from, end int) []word {
	var words []word
	for from < end {
		to := from + 1
		switch {
		case inWord(units[from]):
			for to < end && inWord(units[to]) {
				to++
			}
		case units[from] == ' ':
			for to < end && units[to] == ' ' {
				to++
			}
		}
		words = append(words, word{from, to})
		from = to
	}
	return words
}

func inWord(unit uint16) bool {
	return isHigh(unit) || isLow(unit) || unicode.IsLetter(rune(unit)) || unicode.IsDigit(rune(unit)) || unicode.IsMark(rune(unit))
}

// between keeps as many words as possible, in order. Words that only spaces or signs lie between are
// replaced together.
func between(a, b []uint16, old, new []word) []hunk {
	same := func(i, j int) bool {
		return slices.Equal(a[old[i].from:old[i].end], b[new[j].from:new[j].end])
	}
	best := make([][]int, len(old)+1)
	best[len(old)] = make([]int, len(new)+1)
	for i := len(old) - 1; i >= 0; i-- {
		best[i] = make([]int, len(new)+1)
		for j := len(new) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if same(i, j) {
				best[i][j] = max(best[i][j], best[i+1][j+1]+1)
			}
		}
	}
	var hunks []hunk
	add := func(h hunk) {
		if h.old == h.oldEnd && h.new == h.newEnd {
			return
		}
		if n := len(hunks); n > 0 && !slices.ContainsFunc(a[hunks[n-1].oldEnd:h.old], inWord) {
			hunks[n-1].oldEnd, hunks[n-1].newEnd = h.oldEnd, h.newEnd
			return
		}
		hunks = append(hunks, h)
	}
	i, j := 0, 0
	h := hunk{old: old[0].from, new: new[0].from}
	for i < len(old) && j < len(new) {
		switch {
		case same(i, j) && best[i][j] == best[i+1][j+1]+1:
			h.oldEnd, h.newEnd = old[i].from, new[j].from
			add(h)
			h = hunk{old: old[i].end, new: new[j].end}
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	h.oldEnd, h.newEnd = old[len(old)-1].end, new[len(new)-1].end
	add(h)
	return hunks
}

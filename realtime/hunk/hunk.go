// Package hunk tells how one text becomes another with whole words left alone, so that an edit which was
// made elsewhere, in a form or by going back to a version, replaces only what it changed.
package hunk

import (
	"encoding/binary"
	"slices"
	"unicode"
)

// Hunk says that the units from Old to OldEnd of one text are replaced by those from New to NewEnd of
// another; either may be none.
type Hunk struct{ Old, OldEnd, New, NewEnd int }

// Unit is a UTF-16 unit; a wider type has room for signs that stand for something else than a letter.
type Unit interface{ ~uint16 | ~int32 }

// wordBound keeps the table of words small; beyond it what lies between the first and the last
// difference is one hunk.
const wordBound = 1 << 20

// Between returns what differs, in order. Words stay whole, and so do characters of two units.
func Between[U Unit](a, b []U) []Hunk {
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
	if first == aEnd && first == bEnd {
		return nil
	}
	if first == bEnd {
		first, aEnd = whole(a, first, aEnd)
		return []Hunk{{first, aEnd, first, first}}
	}
	if first == aEnd {
		first, bEnd = whole(b, first, bEnd)
		return []Hunk{{first, first, first, bEnd}}
	}
	// The words at both edges are taken whole, so that half a word is nobody's neighbour.
	from := first
	for from > 0 && InWord(a[from-1]) && (InWord(a[first]) || InWord(b[first])) {
		from--
	}
	aTo, bTo := aEnd, bEnd
	for aTo < len(a) && bTo < len(b) && InWord(a[aTo]) && (InWord(a[aEnd-1]) || InWord(b[bEnd-1])) {
		aTo, bTo = aTo+1, bTo+1
	}
	old, new := wordsOf(a, from, aTo), wordsOf(b, from, bTo)
	if len(old)*len(new) > wordBound {
		return []Hunk{{first, aEnd, first, bEnd}}
	}
	return words(a, b, old, new)
}

// whole says which of the runs that give the same text when they are taken out parts no word: of
// "two tea" without "wo t" is "tea": without "two ", as people mean it. Where each parts one, as of "to meattea",
// it is the run that does so at one end only: no word is made of halves of two.
func whole[U Unit](units []U, from, end int) (int, int) {
	parted := func(at int) int {
		switch {
		case at == 0 || at == len(units) || !InWord(units[at-1]) || !InWord(units[at]):
			return 0
		case isHigh(units[at-1]) && isLow(units[at]):
			return 2 // a character
		}
		return 1
	}
	best, least := from, parted(from)+parted(end)
	for f, e := from-1, end-1; least > 0 && f >= 0 && units[f] == units[e]; f, e = f-1, e-1 {
		if n := parted(f) + parted(e); n < least && parted(f) < 2 && parted(e) < 2 {
			best, least = f, n
		}
	}
	return best, best + end - from
}

// word is a run of units: of letters and digits, of spaces, or one other.
type word struct{ from, end int }

func wordsOf[U Unit](units []U, from, end int) []word {
	var list []word
	for from < end {
		to := from + 1
		switch {
		case InWord(units[from]):
			for to < end && InWord(units[to]) {
				to++
			}
		case units[from] == ' ':
			for to < end && units[to] == ' ' {
				to++
			}
		}
		list = append(list, word{from, to})
		from = to
	}
	return list
}

// numbersOf gives equal words equal numbers.
func numbersOf[U Unit](said map[string]int, units []U, list []word) []int {
	numbers := make([]int, len(list))
	var key []byte
	for i, w := range list {
		key = key[:0]
		for _, u := range units[w.from:w.end] {
			key = binary.BigEndian.AppendUint32(key, uint32(u))
		}
		n, known := said[string(key)]
		if !known {
			n = len(said)
			said[string(key)] = n
		}
		numbers[i] = n
	}
	return numbers
}

// InWord reports whether a unit is a letter, a digit or part of either, so that its word is torn where it is
// parted from another one.
func InWord[U Unit](unit U) bool {
	return isHigh(unit) || isLow(unit) || unicode.IsLetter(rune(unit)) || unicode.IsDigit(rune(unit)) || unicode.IsMark(rune(unit))
}

// words keeps as many words as possible, in order. Words that only spaces or signs lie between are
// replaced together.
func words[U Unit](a, b []U, old, new []word) []Hunk {
	said := map[string]int{}
	olds, news := numbersOf(said, a, old), numbersOf(said, b, new)
	same := func(i, j int) bool { return olds[i] == news[j] }
	best := make([][]uint16, len(old)+1)
	table := make([]uint16, (len(old)+1)*(len(new)+1))
	for i := range best {
		best[i] = table[i*(len(new)+1) : (i+1)*(len(new)+1)]
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if same(i, j) {
				best[i][j] = max(best[i][j], best[i+1][j+1]+1)
			}
		}
	}
	var hunks []Hunk
	add := func(h Hunk) {
		if h.Old == h.OldEnd && h.New == h.NewEnd {
			return
		}
		if n := len(hunks); n > 0 && !slices.ContainsFunc(a[hunks[n-1].OldEnd:h.Old], InWord[U]) {
			hunks[n-1].OldEnd, hunks[n-1].NewEnd = h.OldEnd, h.NewEnd
			return
		}
		hunks = append(hunks, h)
	}
	i, j := 0, 0
	h := Hunk{Old: old[0].from, New: new[0].from}
	for i < len(old) && j < len(new) {
		switch {
		case same(i, j) && best[i][j] == best[i+1][j+1]+1:
			h.OldEnd, h.NewEnd = old[i].from, new[j].from
			add(h)
			h = Hunk{Old: old[i].end, New: new[j].end}
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	h.OldEnd, h.NewEnd = old[len(old)-1].end, new[len(new)-1].end
	add(h)
	return hunks
}

func isHigh[U Unit](unit U) bool { return unit >= 0xD800 && unit < 0xDC00 }
func isLow[U Unit](unit U) bool  { return unit >= 0xDC00 && unit < 0xE000 }

package flow

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"samenwijk/realtime/lib0"
	"samenwijk/realtime/prosemirror"
)

// entry is what decides which line of a text becomes which of another.
type entry struct {
	key   string   // what it says, or which card it is
	form  form     //
	card  bool     //
	words []uint64 // hashes of its first words, sorted
}

// wordsCompared is how many words of a paragraph are looked at to tell whether it is like another.
const wordsCompared = 256

var seed = maphash.MakeSeed()

func entryOf(f form, runs []run) entry {
	var b strings.Builder
	for _, r := range runs {
		switch r.kind {
		case prosemirror.TextType:
			b.WriteString(r.text)
		case hardBreak:
			b.WriteByte('\n')
		default:
			b.WriteByte(0)
			value, _ := lib0.AppendJSON(nil, r.value)
			b.Write(value)
		}
	}
	e := entry{key: b.String(), form: f}
	for word := range strings.FieldsSeq(e.key) {
		if e.words = append(e.words, maphash.String(seed, word)); len(e.words) == wordsCompared {
			break
		}
	}
	slices.Sort(e.words)
	return e
}

func entryOfCard(key string) entry { return entry{key: "\x00" + key, card: true} }

// likeness says how much is kept when an old line becomes a new one: nothing when it cannot.
func likeness(old, new *entry) int {
	const card = 5 // to move one costs a reference, to move a paragraph its words
	switch {
	case old.card || new.card:
		if old.key == new.key {
			return card
		}
		return 0
	case old.key == new.key && old.form == new.form:
		return 4*len(old.words) + 3
	case old.key == new.key:
		return 4*len(old.words) + 2
	}
	shared, i, j := 0, 0, 0
	for i < len(old.words) && j < len(new.words) {
		switch cmp.Compare(old.words[i], new.words[j]) {
		case 0:
			shared, i, j = shared+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	return 4*shared + 1
}

// alignBound keeps the table of a stretch without landmarks small; beyond it lines are taken in order.
const alignBound = 1 << 16

// align says of each new line which old one it becomes, or -1. Both go up.
func align(old, new []entry) []int {
	from := make([]int, len(new))
	for i := range from {
		from[i] = -1
	}
	a := aligner{old, new, from}
	a.stretch(0, len(old), 0, len(new), 3)
	return from
}

type aligner struct {
	old, new []entry
	from     []int
}

// stretch aligns a part: what is equal at its edges, then at landmarks, which are lines that stand
// once on either side, and then what lies between them, looking for landmarks so many times.
func (a *aligner) stretch(i, iEnd, j, jEnd, times int) {
	for i < iEnd && j < jEnd && a.old[i].key == a.new[j].key && a.old[i].card == a.new[j].card {
		a.from[j] = i
		i, j = i+1, j+1
	}
	for i < iEnd && j < jEnd && a.old[iEnd-1].key == a.new[jEnd-1].key && a.old[iEnd-1].card == a.new[jEnd-1].card {
		iEnd, jEnd = iEnd-1, jEnd-1
		a.from[jEnd] = iEnd
	}
	switch {
	case i == iEnd || j == jEnd:
	case (iEnd-i)*(jEnd-j) <= alignBound:
		a.table(i, iEnd, j, jEnd)
	default:
		marks := a.landmarks(i, iEnd, j, jEnd)
		if len(marks) == 0 || times == 0 {
			for ; i < iEnd && j < jEnd; i, j = i+1, j+1 {
				if likeness(&a.old[i], &a.new[j]) > 0 {
					a.from[j] = i
				}
			}
			return
		}
		for _, m := range append(marks, landmark{iEnd, jEnd, 0}) {
			a.stretch(i, m.old, j, m.new, times-1)
			if m.old < iEnd {
				a.from[m.new] = m.old
			}
			i, j = m.old+1, m.new+1
		}
	}
}

// table chooses so that as much as possible is kept.
func (a *aligner) table(i, iEnd, j, jEnd int) {
	n, m := iEnd-i, jEnd-j
	like, best := make([]int32, n*m), make([]int32, (n+1)*(m+1))
	at := func(x, y int) *int32 { return &best[x*(m+1)+y] }
	for x := n - 1; x >= 0; x-- {
		for y := m - 1; y >= 0; y-- {
			l := int32(likeness(&a.old[i+x], &a.new[j+y]))
			like[x*m+y] = l
			*at(x, y) = max(*at(x+1, y), *at(x, y+1))
			if l > 0 {
				*at(x, y) = max(*at(x, y), *at(x+1, y+1)+l)
			}
		}
	}
	for x, y := 0, 0; x < n && y < m; {
		switch l := like[x*m+y]; {
		case l > 0 && *at(x, y) == *at(x+1, y+1)+l:
			a.from[j+y] = i + x
			x, y = x+1, y+1
		case *at(x, y) == *at(x+1, y):
			x++
		default:
			y++
		}
	}
}

// landmark is a line that stands once on either side.
type landmark struct{ old, new, weight int }

// landmarks finds those of which most is kept in order.
func (a *aligner) landmarks(i, iEnd, j, jEnd int) []landmark {
	type place struct{ at, times int }
	count := func(list []entry, from, end int) map[string]place {
		places := make(map[string]place, end-from)
		for x := from; x < end; x++ {
			places[list[x].key] = place{x, places[list[x].key].times + 1}
		}
		return places
	}
	olds, news := count(a.old, i, iEnd), count(a.new, j, jEnd)
	var all []landmark
	for x := i; x < iEnd; x++ {
		key := a.old[x].key
		if p := news[key]; p.times == 1 && olds[key].times == 1 {
			if l := likeness(&a.old[x], &a.new[p.at]); l > 0 {
				all = append(all, landmark{x, p.at, l})
			}
		}
	}
	return heaviest(all, j, jEnd)
}

// heaviest chooses of landmarks that go up in old those that go up in new too and weigh most.
func heaviest(all []landmark, from, end int) []landmark {
	tree := make([]int, end-from+1) // a tree of the best chains: of each the last landmark, counted from 1
	total, before := make([]int, len(all)+1), make([]int, len(all)+1)
	for n, m := range all {
		best := 0
		for x := m.new - from; x > 0; x -= x & -x {
			if total[tree[x]] > total[best] {
				best = tree[x]
			}
		}
		total[n+1], before[n+1] = total[best]+m.weight, best
		for x := m.new - from + 1; x < len(tree); x += x & -x {
			if total[n+1] > total[tree[x]] {
				tree[x] = n + 1
			}
		}
	}
	last := 0
	for n := range total {
		if total[n] > total[last] {
			last = n
		}
	}
	var chain []landmark
	for ; last > 0; last = before[last] {
		chain = append(chain, all[last-1])
	}
	slices.Reverse(chain)
	return chain
}

package compare

import (
	"slices"
	"sort"

	"samenwijk/domain/richtext"
)

// pair says that an old thing became a new one; -1 stands for none.
type pair struct {
	old, new int
	moved    bool
}

func (p pair) of(old, new []*unit) (a, b *unit) {
	if p.old >= 0 {
		a = old[p.old]
	}
	if p.new >= 0 {
		b = new[p.new]
	}
	return a, b
}

// How alike the words of two things must be to count as one that changed: 0 for not at all, 1 for
// the same words.
const (
	alikeUnits = 0.5
	alikeLines = 0.3
)

// alignWork bounds the steps of looking for likeness between two anchors; beyond it things are
// paired in their order.
const alignWork = 4 << 20

func alignUnits(old, new []*unit) []pair {
	a := aligner{
		old: keys(old, func(u *unit) string { return u.key }), new: keys(new, func(u *unit) string { return u.key }),
		likeness: func(i, j int) float64 {
			o, n := old[i], new[j]
			if o.kind == richtext.Requirement || !sameSort(o.kind, n.kind) {
				return 0 // an id names one requirement for good
			}
			if o.kind == richtext.Table && n.kind == richtext.Table && o.id != "" && o.id == n.id && min(o.count, n.count) == 0 {
				return 1 // the first words of a table, or the last
			}
			return atLeast(alikeUnits, likeness(o.words, o.count, n.words, n.count))
		},
		cost: func(i, j int) int { return min(len(old[i].words), len(new[j].words)) },
	}
	return a.align(true)
}

func alignLines(old, new []line) []pair {
	a := aligner{
		old: keys(old, func(l line) string { return l.text }), new: keys(new, func(l line) string { return l.text }),
		likeness: func(i, j int) float64 {
			return atLeast(alikeLines, likeness(old[i].words, old[i].count, new[j].words, new[j].count))
		},
		cost: func(i, j int) int { return min(len(old[i].words), len(new[j].words)) },
	}
	return a.align(false)
}

func sameSort(a, b richtext.Kind) bool {
	text := []richtext.Kind{richtext.Paragraph, richtext.Heading, richtext.Other}
	return a == b || slices.Contains(text, a) && slices.Contains(text, b)
}

func keys[T any](things []T, key func(T) string) []string {
	all := make([]string, len(things))
	for i, t := range things {
		all[i] = key(t)
	}
	return all
}

func atLeast(bound, x float64) float64 {
	if x < bound {
		return 0
	}
	return x
}

// likeness is the share of words that two bags have in common.
func likeness(a map[string]int, countA int, b map[string]int, countB int) float64 {
	if countA+countB == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for word, n := range a {
		both += min(n, b[word])
	}
	return 2 * float64(both) / float64(countA+countB)
}

type aligner struct {
	old, new []string
	likeness func(old, new int) float64
	cost     func(old, new int) int // of one likeness
}

// align pairs what is the same, then what is alike between that. The result is in the order of new;
// what went comes before the next thing that stayed. With moves, the same thing in another place is
// a pair too.
func (a *aligner) align(moves bool) []pair {
	anchors, moved := a.anchors()
	if !moves {
		moved = nil
	}
	movedOld, movedNew := map[int]bool{}, map[int]int{}
	for _, m := range moved {
		movedOld[m.old], movedNew[m.new] = true, m.old
	}
	var pairs []pair
	i, j := 0, 0
	for _, anchor := range append(anchors, pair{old: len(a.old), new: len(a.new)}) {
		var olds, news []int
		for ; i < anchor.old; i++ {
			if !movedOld[i] {
				olds = append(olds, i)
			}
		}
		from := j
		for ; j < anchor.new; j++ {
			if _, is := movedNew[j]; !is {
				news = append(news, j)
			}
		}
		pairs = append(pairs, a.between(olds, news, from, anchor.new, movedNew)...)
		if anchor.old < len(a.old) {
			pairs = append(pairs, anchor)
			i, j = anchor.old+1, anchor.new+1
		}
	}
	return pairs
}

// anchors are the things that are the same and in the same order, as many as possible; moved are
// those that are the same in another order.
func (a *aligner) anchors() (anchors, moved []pair) {
	where := map[string]int{} // in old; -1 when there are several
	for i, key := range a.old {
		if _, twice := where[key]; twice {
			i = -1
		}
		where[key] = i
	}
	times := map[string]int{}
	for _, key := range a.new {
		times[key]++
	}
	var same []pair // in the order of new
	for j, key := range a.new {
		if i, known := where[key]; known && i >= 0 && times[key] == 1 {
			same = append(same, pair{old: i, new: j})
		}
	}
	ordered := rising(same)
	inOrder := map[int]bool{}
	for _, p := range ordered {
		inOrder[p.new] = true
	}
	for _, p := range same {
		if !inOrder[p.new] {
			p.moved = true
			moved = append(moved, p)
		}
	}
	return a.widen(ordered), moved
}

// rising returns the longest run of pairs, which are in the order of new, that is in the order of old.
func rising(same []pair) []pair {
	var tails []int // of the best run of each length: an index in same
	before := make([]int, len(same))
	for k, p := range same {
		at := sort.Search(len(tails), func(n int) bool { return same[tails[n]].old >= p.old })
		before[k] = -1
		if at > 0 {
			before[k] = tails[at-1]
		}
		if at == len(tails) {
			tails = append(tails, k)
		} else {
			tails[at] = k
		}
	}
	if len(tails) == 0 {
		return nil
	}
	var run []pair
	for k := tails[len(tails)-1]; k >= 0; k = before[k] {
		run = append(run, same[k])
	}
	slices.Reverse(run)
	return run
}

// widen adds what is the same beside an anchor and at both ends: things that occur several times.
func (a *aligner) widen(anchors []pair) []pair {
	all := []pair{}
	i, j := 0, 0
	for _, p := range append(anchors, pair{old: len(a.old), new: len(a.new)}) {
		for i < p.old && j < p.new && a.old[i] == a.new[j] {
			all = append(all, pair{old: i, new: j})
			i, j = i+1, j+1
		}
		var back []pair
		for oi, nj := p.old-1, p.new-1; oi >= i && nj >= j && a.old[oi] == a.new[nj]; oi, nj = oi-1, nj-1 {
			back = append(back, pair{old: oi, new: nj})
		}
		slices.Reverse(back)
		all = append(all, back...)
		if p.old < len(a.old) {
			all = append(all, p)
			i, j = p.old+1, p.new+1
		}
	}
	return all
}

// between pairs what is alike of the things between two anchors, and puts all of new from from to
// end in its place, what moved there included.
func (a *aligner) between(olds, news []int, from, end int, movedNew map[int]int) []pair {
	alike := map[int]int{} // new to old
	for _, p := range a.pairUp(olds, news) {
		alike[p.new] = p.old
	}
	var pairs []pair
	next := 0
	goneBefore := func(old int) {
		for ; next < len(olds) && olds[next] < old; next++ {
			pairs = append(pairs, pair{old: olds[next], new: -1})
		}
	}
	for j := from; j < end; j++ {
		if i, is := movedNew[j]; is {
			pairs = append(pairs, pair{old: i, new: j, moved: true})
			continue
		}
		if i, is := alike[j]; is {
			goneBefore(i)
			pairs = append(pairs, pair{old: i, new: j})
			next++
			continue
		}
		if len(alike) == 0 {
			goneBefore(len(a.old)) // what went stands before what came in its place
		}
		pairs = append(pairs, pair{old: -1, new: j})
	}
	goneBefore(len(a.old))
	return pairs
}

// pairUp chooses, in order, the pairs with the most likeness in all.
func (a *aligner) pairUp(olds, news []int) []pair {
	if len(olds) == 0 || len(news) == 0 {
		return nil
	}
	work := 0
	for _, i := range olds {
		for _, j := range news {
			if work += 1 + a.cost(i, j); work > alignWork {
				return a.inOrder(olds, news)
			}
		}
	}
	n, m := len(olds), len(news)
	best, like := make([][]float64, n+1), make([][]float64, n)
	best[n] = make([]float64, m+1)
	for i := n - 1; i >= 0; i-- {
		best[i], like[i] = make([]float64, m+1), make([]float64, m)
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if like[i][j] = a.likeness(olds[i], news[j]); like[i][j] > 0 {
				best[i][j] = max(best[i][j], best[i+1][j+1]+like[i][j])
			}
		}
	}
	var pairs []pair
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case like[i][j] > 0 && best[i][j] == best[i+1][j+1]+like[i][j]:
			pairs = append(pairs, pair{old: olds[i], new: news[j]})
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			i++
		default:
			j++
		}
	}
	return pairs
}

func (a *aligner) inOrder(olds, news []int) []pair {
	var pairs []pair
	for k := range min(len(olds), len(news)) {
		if a.likeness(olds[k], news[k]) > 0 {
			pairs = append(pairs, pair{old: olds[k], new: news[k]})
		}
	}
	return pairs
}

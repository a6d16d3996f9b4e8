package collab

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0"
)

// A deletion cannot be undone in Yjs: who takes it back makes the same letters anew, under new ids, behind the
// deleted ones. They are still the work of who wrote them first, so Authors remembers for a while which words
// people took away that others had written. When the person who took them away brings the same words back to
// the same place, they get their authors back. Nobody else can do that: what somebody took back himself does
// not come to stand under his name again.

// taken is text that its author took away, at its time.
type taken struct {
	span
	text []byte
}

// takenTexts are by client, in order and without overlap.
type takenTexts struct {
	of     map[uint64][]taken
	cost   int
	oldest uint32 // no text is older
}

const (
	takenFor  = 8 * 3600  // seconds for which words can come back: a day's work
	mostTaken = 256 << 10 // bytes that all of them may cost
	takenCost = 48        // bytes that each costs besides its text

	mostFormats = 8 // clocks between the letters of a word that is brought back in one piece: a mark ended there
)

func (t taken) cost() int { return len(t.text) + takenCost }

// cut gives the text of some clocks; false when that would cut a character.
func (t taken) cut(from, end uint32) ([]byte, bool) {
	return cutUnits(t.text, from-t.clock, end-t.clock)
}

func cutUnits(text []byte, from, end uint32) ([]byte, bool) {
	first, cut := lib0.UTF16Offset(text, int(from))
	size, cutToo := lib0.UTF16Offset(text[first:], int(end-from))
	if cut || cutToo {
		return nil, false
	}
	return text[first : first+size], true
}

// taking gives what a deletion is about to take out of a document of what others than actor wrote.
func (a *Authors) taking(doc *crdt.Doc, deleted []crdt.Range, actor string) map[uint64][]taken {
	var found map[uint64][]taken
	for _, r := range deleted {
		for piece, text := range doc.TextIn(r) {
			if !utf8.Valid(text) { // half of a character, which no undo gives back
				continue
			}
			own := a.inserted[piece.Client]
			for i, _ := a.inserted.find(piece.Client, piece.Clock); i < len(own) && own[i].clock < piece.End(); i++ {
				from, end := max(own[i].clock, piece.Clock), min(own[i].end, piece.End())
				said, whole := cutUnits(text, from-piece.Clock, end-piece.Clock)
				if a.names[own[i].author] == actor || !whole {
					continue
				}
				if found == nil {
					found = map[uint64][]taken{}
				}
				list := found[piece.Client]
				if n := len(list); n > 0 && list[n-1].end == from {
					list[n-1].end, list[n-1].text = end, append(list[n-1].text, said...)
					continue
				}
				found[piece.Client] = append(list, taken{span{clock: from, end: end}, bytes.Clone(said)})
			}
		}
	}
	return found
}

// remember adds what work took away, and lets go of what is old or too much.
func (t *takenTexts) remember(found map[uint64][]taken, work span) {
	for client, list := range found {
		for _, x := range list {
			x.author, x.at = work.author, work.at
			t.add(client, x)
		}
		slices.SortFunc(t.of[client], func(x, y taken) int { return cmp.Compare(x.clock, y.clock) })
	}
	if len(t.of) == 0 {
		return
	}
	if old := int64(work.at) - takenFor; int64(t.oldest) < old {
		t.keep(func(_ uint64, x taken) bool { return int64(x.at) >= old })
	}
	t.makeRoom()
}

func (t *takenTexts) add(client uint64, x taken) {
	if t.of == nil {
		t.of = map[uint64][]taken{}
	}
	if len(t.of) == 0 {
		t.oldest = x.at
	}
	t.of[client] = append(t.of[client], x)
	t.oldest = min(t.oldest, x.at)
	t.cost += x.cost()
}

// keep lets go of all others.
func (t *takenTexts) keep(stays func(client uint64, x taken) bool) {
	all := t.of
	t.of, t.cost = nil, 0
	for client, list := range all {
		for _, x := range list {
			if stays(client, x) {
				t.add(client, x)
			}
		}
	}
}

func (t *takenTexts) spans() spans {
	set := spans{}
	for client, list := range t.of {
		for _, x := range list {
			set[client] = append(set[client], x.span)
		}
	}
	return set
}

// makeRoom lets go of the oldest when all cost too much.
func (t *takenTexts) makeRoom() {
	if t.cost <= mostTaken {
		return
	}
	type one struct {
		crdt.ID
		at   uint32
		cost int
	}
	var all []one
	for client, list := range t.of {
		for _, x := range list {
			all = append(all, one{crdt.ID{Client: client, Clock: x.clock}, x.at, x.cost()})
		}
	}
	slices.SortFunc(all, func(x, y one) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Clock, y.Clock))
	})
	goes := map[crdt.ID]bool{}
	for cost := t.cost; cost > mostTaken*3/4; all = all[1:] {
		goes[all[0].ID] = true
		cost -= all[0].cost
	}
	t.keep(func(client uint64, x taken) bool { return !goes[crdt.ID{Client: client, Clock: x.clock}] })
}

// from gives which text of a client is the first that ends behind a clock.
func (t *takenTexts) from(client uint64, clock uint32) int {
	i, _ := slices.BinarySearchFunc(t.of[client], clock, func(x taken, clock uint32) int {
		if x.end <= clock {
			return -1
		}
		return 1
	})
	return i
}

// said gives the ranges that one author took away and that say together, in order, what a run does that stands
// directly behind the last of them; none when there are no such ranges. Formats may lie between them.
func (t *takenTexts) said(r crdt.Run, author uint32) []crdt.Range {
	list := t.of[r.Behind.Client]
	var ranges []crdt.Range
	end, rest := r.Behind.Clock+1, r.Len
	for i := t.from(r.Behind.Client, r.Behind.Clock); rest > 0; i-- {
		if i < 0 || i == len(list) || list[i].clock >= end || end-min(list[i].end, end) > mostFormats || list[i].author != author {
			return nil
		}
		end = min(list[i].end, end)
		n := min(rest, end-list[i].clock)
		was, whole := list[i].cut(end-n, end)
		is, wholeToo := cutUnits(r.Text, rest-n, rest)
		if !whole || !wholeToo || !bytes.Equal(was, is) {
			return nil
		}
		ranges = append(ranges, crdt.Range{ID: crdt.ID{Client: r.Behind.Client, Clock: end - n}, Len: n})
		end, rest = end-n, rest-n
	}
	slices.Reverse(ranges)
	return ranges
}

// forget lets go of a range that said gave: it is given back once.
func (t *takenTexts) forget(r crdt.Range) {
	list := t.of[r.Client]
	first := t.from(r.Client, r.Clock)
	last := t.from(r.Client, r.End()-1)
	var rest []taken
	for _, part := range [][3]uint32{{uint32(first), list[first].clock, r.Clock}, {uint32(last), r.End(), list[last].end}} {
		if x := list[part[0]]; part[1] < part[2] {
			x.text, _ = x.cut(part[1], part[2])
			x.clock, x.end = part[1], part[2]
			rest = append(rest, x)
		}
	}
	for _, x := range list[first : last+1] {
		t.cost -= x.cost()
	}
	for _, x := range rest {
		t.cost += x.cost()
	}
	if list = slices.Replace(list, first, last+1, rest...); len(list) == 0 {
		delete(t.of, r.Client)
		return
	}
	t.of[r.Client] = list
}

// giveBack gives what an update brought back to whoever wrote it first. Before says up to which clock each client
// was known until then.
func (a *Authors) giveBack(update []byte, before map[uint64]uint32) error {
	err := crdt.EachRun(update, func(r crdt.Run) {
		known, named := before[r.Client]
		i, found := a.inserted.find(r.Client, r.Clock)
		if !named || !found || r.Clock < known {
			return
		}
		now := a.inserted[r.Client][i]
		if now.end < r.End() {
			return
		}
		var pieces []span
		at := r.Clock
		for _, was := range a.taken.said(r, now.author) {
			a.taken.forget(was)
			own := a.inserted[was.Client]
			for i, _ := a.inserted.find(was.Client, was.Clock); i < len(own) && own[i].clock < was.End(); i++ {
				piece := own[i]
				piece.clock = max(piece.clock, was.Clock) - was.Clock + at
				piece.end = min(piece.end, was.End()) - was.Clock + at
				pieces = append(pieces, piece)
			}
			at += was.Len
		}
		if pieces == nil {
			return
		}
		a.inserted.set(r.Client, r.Range, pieces)
	})
	a.taken.makeRoom() // what is left of a text on both sides costs more than it did
	return err
}

// set puts pieces in the place of a range that lies in one span.
func (s spans) set(client uint64, r crdt.Range, pieces []span) {
	i, _ := s.find(client, r.Clock)
	before, behind := s[client][i], s[client][i]
	before.end, behind.clock = r.Clock, r.End()
	if before.clock < before.end {
		pieces = append([]span{before}, pieces...)
	}
	if behind.clock < behind.end {
		pieces = append(pieces, behind)
	}
	s[client] = slices.Replace(s[client], i, i+1, pieces...)
}

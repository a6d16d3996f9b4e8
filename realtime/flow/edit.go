package flow

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf16"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hunk"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/prosemirror"
)

// edit is one change of a text, at a position that counts before any of them.
type edit struct {
	at     int
	insert any                // text or an object, or nil
	marks  []prosemirror.Mark // of inserted text
	like   int                // 1 + the position of the unit whose attributes count, 0 when none do
	whole  bool               // it has all of these, for it is no words
	within bool               // it has those of these that are no marks
	delete int                // units
	keep   int                // units that only change their attributes
	set    crdt.Attributes    // to these
}

type edits struct{ list []edit }

func (e *edits) add(x edit) { e.list = append(e.list, x) }

func (e *edits) delete(at, units int) {
	if n := len(e.list); n > 0 && e.list[n-1].delete > 0 && e.list[n-1].at+e.list[n-1].delete == at {
		e.list[n-1].delete += units
		return
	}
	e.add(edit{at: at, delete: units})
}

// embed puts a mark or a reference at a position.
func (e *edits) embed(at int, value map[string]any) {
	e.add(edit{at: at, insert: value, like: at, whole: true})
}

// words puts what a new paragraph shows at a position.
func (e *edits) words(at int, runs []run) {
	t := tokensOf(runs)
	e.insert(edit{at: at, like: at}, t, 0, len(t.list), false, nil)
}

// remove deletes a paragraph. Of a mark and of a reference all go.
func (e *edits) remove(s *span, gone map[string]bool) {
	for _, r := range s.runs {
		e.delete(r.at, r.units)
	}
	if s.id != "" {
		e.delete(s.end, 1)
		gone[s.id] = true
	}
}

// tokens are what a paragraph shows, unit by unit.
type tokens struct {
	list []int32 // units of text, and numbers beyond for objects
	at   []int   // their positions, when they have any
	run  []int   // which run each is of
	runs []run
}

// beyondText is where the numbers of objects begin.
const beyondText = 1 << 17

func tokensOf(runs []run) *tokens {
	t := &tokens{runs: runs}
	for n, r := range runs {
		add := func(at int, token int32) {
			t.list, t.at, t.run = append(t.list, token), append(t.at, at), append(t.run, n)
		}
		switch r.kind {
		case prosemirror.TextType:
			for i, unit := range utf16.Encode([]rune(r.text)) {
				add(r.at+i, int32(unit))
			}
		case hardBreak:
			add(r.at, '\n')
		default:
			add(r.at, beyondText)
		}
	}
	return t
}

// match gives equal objects of two paragraphs equal tokens.
func match(paragraphs ...*tokens) {
	known := map[string]int32{}
	for _, t := range paragraphs {
		for i, token := range t.list {
			if token != beyondText {
				continue
			}
			value, _ := lib0.AppendJSON(nil, t.runs[t.run[i]].value)
			n, ok := known[string(value)]
			if !ok {
				n = int32(len(known))
				known[string(value)] = n
			}
			t.list[i] = beyondText + n
		}
	}
}

// parted is the token between two paragraphs: the mark of the first.
const parted = beyondText - 1

// between adds the tokens of a paragraph behind those of others, of which the last has its mark there.
func (t *tokens) between(mark int, next *tokens) {
	runs := len(t.runs) + 1
	t.list, t.at, t.run = append(t.list, parted), append(t.at, mark), append(t.run, len(t.runs))
	t.runs = append(append(t.runs, run{}), next.runs...)
	t.list, t.at = append(t.list, next.list...), append(t.at, next.at...)
	for _, r := range next.run {
		t.run = append(t.run, runs+r)
	}
}

// texts is the tokens without objects.
func (t *tokens) texts() *tokens {
	kept := &tokens{runs: t.runs}
	for i, token := range t.list {
		if token < beyondText {
			kept.list, kept.at, kept.run = append(kept.list, token), append(kept.at, t.at[i]), append(kept.run, t.run[i])
		}
	}
	return kept
}

// knit makes the paragraphs of a knot show lines: words that stay are not touched, and marks are changed
// where they differ. Between lines that were one come new marks with these ids, and the marks between
// paragraphs that become one go. It reports whether it changes anything.
//
// Lines that only say something take the marks of the words that stay, a word that replaces another has
// those of the other, and objects among the words stay where they are.
//
// later reports which positions hold what came later than lines: where equal letters leave it open, those go.
func (e *edits) knit(spans []span, lines []line, ids []string, later func(at int) bool) (changes bool) {
	says := false
	for _, l := range lines {
		says = says || l.says != nil
	}
	shown := func(l *line) *tokens {
		if says {
			return tokensOf([]run{{kind: prosemirror.TextType, text: clean(l.plainText())}})
		}
		return tokensOf(l.runs)
	}
	old, new := tokensOf(spans[0].runs), shown(&lines[0])
	for i := range spans[1:] {
		old.between(spans[i].end, tokensOf(spans[i+1].runs))
	}
	for j := range lines[1:] {
		new.between(0, shown(&lines[j+1]))
	}
	if says {
		old = old.texts()
	}
	match(old, new)
	i, j := 0, 0
	end := hunk.Hunk{Old: len(old.list), OldEnd: len(old.list), New: len(new.list), NewEnd: len(new.list)}
	hunks := append(hunk.Between(old.list, new.list), end)
	for n, h := range hunks {
		next := hunks[min(n+1, len(hunks)-1)].Old
		h = old.widen(old.slide(h, i, next, later), i, next, later)
		if !says {
			changes = e.remark(old, i, h.Old, new, j) || changes
		}
		x := old.place(spans[len(spans)-1].end, h)
		if says {
			x.marks = old.marksFor(h, new)
		}
		ids = e.insert(x, new, h.New, h.NewEnd, says, ids)
		for k := h.Old; k < h.OldEnd; k++ {
			e.delete(old.at[k], 1)
		}
		changes = changes || h != end
		i, j = h.OldEnd, h.NewEnd
	}
	return changes
}

// slide moves a hunk that only takes away, between two others, so that as much as possible of what it takes came
// later: equal letters on either side of it give the same text.
func (t *tokens) slide(h hunk.Hunk, from, end int, later func(at int) bool) hunk.Hunk {
	if h.New < h.NewEnd || h.Old == h.OldEnd {
		return h
	}
	count := func(h hunk.Hunk) (n int) {
		for _, at := range t.at[h.Old:h.OldEnd] {
			if later(at) {
				n++
			}
		}
		return n
	}
	best, most := h, count(h)
	try := func(by int) bool {
		x := hunk.Hunk{Old: h.Old + by, OldEnd: h.OldEnd + by, New: h.New + by, NewEnd: h.NewEnd + by}
		out, in := x.OldEnd, x.Old // what it leaves, and what it takes instead
		if by > 0 {
			out, in = x.Old-1, x.OldEnd-1
		}
		if x.Old < from || x.OldEnd > end || t.list[out] != t.list[in] || t.list[in] >= parted {
			return false
		}
		if !t.partsPair(x.Old) && !t.partsPair(x.OldEnd) {
			if n := count(x); n > most {
				best, most = x, n
			}
		}
		return true
	}
	for by := -1; try(by); by-- {
	}
	for by := 1; try(by); by++ {
	}
	return best
}

// widen makes a hunk take a word whole of which it takes a part, when the word came later: letters that stay of it
// would be a piece of a word, though the version has the same letters for another. They are written anew.
func (t *tokens) widen(h hunk.Hunk, from, end int, later func(at int) bool) hunk.Hunk {
	letter := func(i int) bool { return t.list[i] < parted && hunk.InWord(t.list[i]) && later(t.at[i]) }
	one := func(i int) bool { return i > 0 && i < len(t.list) && letter(i-1) && letter(i) }
	if h.Old == h.OldEnd {
		return h
	}
	for h.Old > from && one(h.Old) {
		h.Old, h.New = h.Old-1, h.New-1
	}
	for h.OldEnd < end && one(h.OldEnd) {
		h.OldEnd, h.NewEnd = h.OldEnd+1, h.NewEnd+1
	}
	return h
}

// partsPair reports whether the two units of one character lie on either side of a token.
func (t *tokens) partsPair(at int) bool {
	return at > 0 && at < len(t.list) && t.list[at-1]&^0x3FF == 0xD800 && t.list[at]&^0x3FF == 0xDC00
}

// place is where a hunk puts what it inserts: directly behind the letter before it.
// Where there is no letter it is the end.
func (t *tokens) place(end int, h hunk.Hunk) edit {
	x := edit{at: end, within: true}
	switch {
	case h.Old > 0:
		x.at = t.at[h.Old-1] + 1
		x.like = x.at
	case len(t.at) > 0:
		x.at = t.at[0]
	}
	if h.OldEnd > h.Old {
		x.like = t.at[h.Old] + 1
	}
	return x
}

// insert puts some tokens at the place of an edit, with the marks of this edit or with their own. It takes
// an id for each new paragraph mark and returns the others.
func (e *edits) insert(x edit, t *tokens, from, end int, says bool, ids []string) []string {
	for from < end {
		to := from + 1
		r := t.runs[t.run[from]]
		if !says {
			x.marks = r.marks
		}
		switch token := t.list[from]; {
		case token == parted:
			e.embed(x.at, map[string]any{"p": ids[0]})
			ids, from = ids[1:], to
			continue
		case token >= beyondText:
			x.insert = r.value
		default:
			for to < end && t.list[to] < parted && sameMarks(r.marks, t.runs[t.run[to]].marks) {
				to++
			}
			x.insert = textOfTokens(t.list[from:to])
		}
		e.add(x)
		from = to
	}
	return ids
}

func textOfTokens(list []int32) string {
	units := make([]uint16, len(list))
	for i, token := range list {
		units[i] = uint16(token)
	}
	return string(utf16.Decode(units))
}

// marksFor gives the marks of the words that a hunk inserts: those of the word that they replace or
// continue, and else those on both sides.
func (t *tokens) marksFor(h hunk.Hunk, new *tokens) []prosemirror.Mark {
	at := func(i int) []prosemirror.Mark { return t.runs[t.run[i]].marks }
	first, last := h.Old == 0, h.Old == len(t.list)
	switch {
	case h.New == h.NewEnd:
		return nil
	case h.OldEnd > h.Old:
		return at(h.Old)
	case !first && hunk.InWord(t.list[h.Old-1]) && hunk.InWord(new.list[h.New]):
		return at(h.Old - 1)
	case !last && hunk.InWord(t.list[h.Old]) && hunk.InWord(new.list[h.NewEnd-1]):
		return at(h.Old)
	case first || last:
		return nil
	}
	var both []prosemirror.Mark
	for _, m := range at(h.Old - 1) {
		if slices.ContainsFunc(at(h.Old), func(o prosemirror.Mark) bool { return m.Type == o.Type && m.Attrs["href"] == o.Attrs["href"] }) {
			both = append(both, m)
		}
	}
	return both
}

// remark changes the marks of what stays, and reports whether any differ.
func (e *edits) remark(old *tokens, i, end int, new *tokens, j int) (differ bool) {
	for ; i < end; i, j = i+1, j+1 {
		is, will := old.runs[old.run[i]].marks, new.runs[new.run[j]].marks
		if sameMarks(is, will) {
			continue
		}
		// What stays is not written anew: its ends would go, and who writes between them would end it.
		had, set := attributesOf(is), attributesOf(will)
		for name, value := range had {
			switch will, stays := set[name]; {
			case !stays:
				set[name] = nil
			case will == value:
				delete(set, name)
			}
		}
		if len(set) == 0 {
			continue // the same in another order
		}
		differ = true
		if n := len(e.list); n > 0 && e.list[n-1].keep > 0 && e.list[n-1].at+e.list[n-1].keep == old.at[i] && maps.Equal(e.list[n-1].set, set) {
			e.list[n-1].keep++
			continue
		}
		e.add(edit{at: old.at[i], keep: 1, set: set})
	}
	return differ
}

// attributesOf are marks as the attributes of a text.
func attributesOf(list []prosemirror.Mark) crdt.Attributes {
	set := crdt.Attributes{}
	for _, m := range list {
		set[m.Type] = true
		if m.Type == "link" {
			set[m.Type] = m.Attrs["href"]
		}
	}
	return set
}

// applyTo makes all edits in a root as it is now. Of what is gone, marks by their id and references by kind and
// id, every one is deleted, wherever it stands.
func (e *edits) applyTo(doc *crdt.Doc, root string, gone map[string]bool, text *crdt.Text) error {
	if len(gone) > 0 {
		e.rid(doc, root, gone)
	}
	slices.SortStableFunc(e.list, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	if kept := e.kept(doc, root); len(kept.list) > 0 {
		if err := text.ApplyDeltaBehind(kept.delta(doc, root)); err != nil {
			return err
		}
		e.list = slices.DeleteFunc(e.list, func(x edit) bool { return x.keep > 0 })
	}
	return text.ApplyDeltaBehind(e.delta(doc, root))
}

// kept are the edits that only change attributes. They reach over what is deleted between words or behind them, and
// over the marks between: a format written anew for these alone would go on through the text as soon as
// somebody takes away the one that ends it.
func (e *edits) kept(doc *crdt.Doc, root string) (kept edits) {
	var deleted, structure map[int]bool
	for _, x := range e.list {
		if x.keep == 0 {
			continue
		}
		if deleted == nil {
			deleted, structure = e.deleted(), structureOf(doc, root)
		}
		n := len(kept.list) - 1
		if n >= 0 && maps.Equal(kept.list[n].set, x.set) {
			from := kept.list[n].at + kept.list[n].keep
			at := from
			for at < x.at && (deleted[at] || structure[at]) {
				at++
			}
			if at == x.at {
				kept.list[n].keep += x.at - from + x.keep
				continue
			}
		}
		kept.add(x)
	}
	for n := range kept.list {
		x := &kept.list[n]
		for deleted[x.at+x.keep] {
			x.keep++
		}
	}
	return kept
}

func (e *edits) deleted() map[int]bool {
	deleted := map[int]bool{}
	for _, x := range e.list {
		for i := range x.delete {
			deleted[x.at+i] = true
		}
	}
	return deleted
}

// structureOf are the positions of marks and references.
func structureOf(doc *crdt.Doc, root string) map[int]bool {
	structure := map[int]bool{}
	at := 0
	for p := range doc.Pieces(root) {
		if p.Kind == crdt.PieceEmbed {
			c := embedOf(p)
			structure[at] = c.mark != "" || c.ref != nil
		}
		at += p.Units
	}
	return structure
}

// delta is all edits in order, as one change of a root as it is now.
func (e *edits) delta(doc *crdt.Doc, root string) []crdt.DeltaOp {
	standing := e.standing(doc, root)
	var ops []crdt.DeltaOp
	at := 0
	for n, x := range e.list {
		if x.at > at {
			ops = append(ops, crdt.DeltaOp{Retain: x.at - at})
			at = x.at
		}
		switch {
		case x.insert != nil:
			ops = append(ops, crdt.DeltaOp{Insert: x.insert, Attributes: x.attributes(standing[n])})
		case x.delete > 0:
			ops = append(ops, crdt.DeltaOp{Delete: x.delete})
		default:
			ops = append(ops, crdt.DeltaOp{Retain: x.keep, Attributes: x.set})
		}
		at += x.delete + x.keep
	}
	return ops
}

// rid deletes what is gone and not deleted yet.
func (e *edits) rid(doc *crdt.Doc, root string, gone map[string]bool) {
	deleted := e.deleted()
	at := 0
	for p := range doc.Pieces(root) {
		if p.Kind == crdt.PieceEmbed && !deleted[at] {
			if c := embedOf(p); c.mark != "" && gone[c.mark] || c.ref != nil && root == body && gone[c.ref.key()] {
				e.add(edit{at: at, delete: 1})
			}
		}
		at += p.Units
	}
}

// manyAttributes is the number of attributes at one place from which new words take them along, as
// ending each and beginning it again would cost more than it is worth.
const manyAttributes = 64

// standing gives for each edit that inserts the attributes of the unit that it is like.
func (e *edits) standing(doc *crdt.Doc, root string) []crdt.Attributes {
	standing := make([]crdt.Attributes, len(e.list))
	var ask []int
	for n, x := range e.list {
		if x.insert != nil && x.like > 0 {
			ask = append(ask, n)
		}
	}
	slices.SortFunc(ask, func(a, b int) int { return cmp.Compare(e.list[a].like, e.list[b].like) })
	now, given := crdt.Attributes{}, false // given says that somebody has now
	at := 0
	for p := range doc.Pieces(root) {
		if len(ask) == 0 {
			break
		}
		if p.Kind == crdt.PieceFormat {
			if given {
				now, given = maps.Clone(now), false
			}
			if v := p.Value(); v == nil {
				delete(now, p.Name)
			} else {
				now[p.Name] = v
			}
			continue
		}
		at += p.Units
		for len(ask) > 0 && e.list[ask[0]].like <= at {
			standing[ask[0]], given = now, true
			ask = ask[1:]
		}
	}
	return standing
}

// attributes are those that what is inserted gets where others stand.
func (x *edit) attributes(standing crdt.Attributes) crdt.Attributes {
	if x.whole {
		return standing
	}
	set := attributesOf(x.marks)
	if x.within || len(standing) > manyAttributes {
		for name, v := range standing {
			if _, given := set[name]; !given && !isMark(name) {
				set[name] = v
			}
		}
	}
	return set
}

func isMark(name string) bool {
	switch name {
	case "bold", "italic", "strike", "code", "link":
		return true
	}
	return false
}

package flow

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// Write changes the document until it reads as nodes, with as little as will do: words that stay keep
// their ids, a paragraph that stays keeps its mark and what is not known of it, a card that is in both
// is changed in its own flows, and one that went elsewhere is moved. A card that is not in nodes is
// removed and keeps its words. Of nodes that Read gave all comes out exactly; of others every word
// does, in the nearest form that a document has, and boxes and cards without an id get one. What reads
// as nodes already is not changed, but that an empty document gets its first mark.
//
// It makes several changes; the caller puts them in one transaction, which it gives up when there is an
// error. now is the caller's clock. nodes are not kept.
func (m Model) Write(doc *crdt.Doc, nodes []prosemirror.Node, now time.Time) error {
	return m.Restore(doc, nodes, nil, now)
}

// Restore is Write for nodes that the document had before, when it held what had says. Where equal letters leave
// open which of them go, as when "anna" goes from "Hannannas", those go that came later.
func (m Model) Restore(doc *crdt.Doc, nodes []prosemirror.Node, had crdt.StateVector, now time.Time) error {
	fresh, is := len(doc.States()) == 0, m.Read(doc)
	if !fresh && slices.EqualFunc(is, nodes, prosemirror.Equal) {
		return nil // also where more is stored than a reader shows
	}
	w := m.writer(doc, now)
	w.had = had
	lines := m.lines(nodes, body)
	if err := w.flow(body, lines, fresh); err != nil {
		return err
	}
	cards := map[any]*prosemirror.Node{} // by id, as they are; kinds may share one
	for i := range is {
		cards[is[i].Attrs["id"]] = &is[i]
	}
	for _, l := range lines {
		if l.card == nil || l.card.node == nil {
			continue
		}
		is := cards[l.card.id]
		if is != nil && prosemirror.Equal(*is, *l.card.node) {
			continue
		}
		if err := w.card(l.card, is); err != nil {
			return err
		}
	}
	return nil
}

// writer knows a document as it was when the transaction began.
type writer struct {
	*reader
	now    float64
	had    crdt.StateVector        // of a version that comes back, nil when none does
	refs   map[string][]*reference // all in the running text, by kind and id
	shared map[string]int          // in how many flows a mark stands, nil until somebody asks
	values map[string][]value      // of paragraphs, nil until somebody asks
}

// value is one of a paragraph as it is stored.
type value struct {
	name string
	v    any
}

func (m Model) writer(doc *crdt.Doc, now time.Time) *writer {
	w := &writer{reader: m.reader(doc, false), now: float64(now.UnixMilli()), refs: map[string][]*reference{}}
	at := 0
	for p := range doc.Pieces(body) {
		if p.Kind == crdt.PieceEmbed {
			if ref := embedOf(p).ref; ref != nil {
				ref.at, ref.position = p.ID, at
				w.refs[ref.key()] = append(w.refs[ref.key()], ref)
			}
		}
		at += p.Units
	}
	return w
}

// place chooses a place for a card that is above all known ones. Where numbers end, what removed the
// card is forgotten.
func (w *writer) place(key string) (float64, error) {
	highest, known := w.removed[key]
	for _, ref := range w.refs[key] {
		if !known || ref.place > highest {
			highest, known = ref.place, true
		}
	}
	if !known {
		return w.now, nil
	}
	next := highest + 1
	if next == highest {
		next = math.Nextafter(highest, math.Inf(1))
	}
	if math.IsInf(next, 1) {
		return highest, w.forget(removed, key)
	}
	return max(w.now, next), nil
}

// flow makes a flow read as lines. A fresh one is being made, and has a mark from the start.
func (w *writer) flow(root string, lines []line, fresh bool) error {
	spans := w.scan(root)
	if len(spans) == 0 && len(lines) == 1 && lines[0].plain() && !fresh {
		return nil
	}
	old, new := make([]entry, len(spans)), make([]entry, len(lines))
	for i, l := range w.effective(spans) {
		old[i] = l.entry()
	}
	for j := range lines {
		new[j] = lines[j].entry()
	}
	return w.apply(root, spans, lines, align(old, new))
}

func (l *line) entry() entry {
	if l.card != nil {
		return entryOfCard(l.card.key())
	}
	f := l.form
	f.indent, f.start = l.depth, 0
	return entryOf(f, l.runs)
}

// effective are the lines as which a flow reads now.
func (r *reader) effective(spans []span) []line {
	lines := make([]line, len(spans))
	var open [deepest + 1]string // the kind of the list that is open at a depth
	depth := -1                  // of the line before, when it is in a list
	for i := range spans {
		s, l := &spans[i], &lines[i]
		if s.card != nil {
			l.card = &target{kind: s.card.kind, id: s.card.id}
			depth = -1
			continue
		}
		l.runs = s.runs
		if s.id != "" {
			l.form = r.forms[s.id]
		}
		if i > 0 && (lines[i-1].box != l.box) {
			depth = -1
		}
		if l.list == "" {
			depth = -1
			continue
		}
		l.depth = min(l.indent, depth+1)
		l.first = l.depth > depth || open[l.depth] != l.list
		open[l.depth], depth = l.list, l.depth
	}
	return lines
}

// change is one flow on its way from spans to lines.
type change struct {
	*writer
	edits
	root  string
	spans []span
	lines []line
	from  []int           // which span each line was, or -1
	gone  map[string]bool // marks by their id and cards by kind and id of which none stays
	next  int             // the first span that has had no turn
	at    int             // where something new goes
	depth int             // of the line before, when it is in a list, or -1
	after []bool          // of each unit, whether it came later than the version that comes back; nil until somebody asks
}

// apply makes lines of spans, of which from says which become which.
func (w *writer) apply(root string, spans []span, lines []line, from []int) error {
	c := change{writer: w, root: root, spans: spans, lines: lines, from: from, gone: map[string]bool{}, depth: -1}
	knots := knots(spans, lines, from)
	for j := 0; j < len(lines); {
		err, end := error(nil), j+1
		if x, ok := knots[j]; ok {
			err, end = c.knot(x), x.lineEnd
		} else if lines[j].card != nil {
			err = c.reference(j)
		} else {
			err = c.paragraph(j)
		}
		if err != nil {
			return err
		}
		j = end
	}
	c.clear(len(spans))
	if root == body {
		if err := c.leave(); err != nil {
			return err
		}
	}
	if len(c.list) == 0 && len(c.gone) == 0 {
		return nil
	}
	text, err := textOf(w.doc, root)
	if err != nil {
		return err
	}
	return c.applyTo(w.doc, root, c.gone, text)
}

// clear deletes the spans up to one that stays.
func (c *change) clear(end int) {
	for ; c.next < end; c.next++ {
		c.remove(&c.spans[c.next], c.gone)
	}
}

// reference leaves a card where it is, or puts it where it was not.
func (c *change) reference(j int) error {
	card := c.lines[j].card
	c.depth = -1
	if k := c.from[j]; k >= 0 {
		c.clear(k)
		c.next, c.at = k+1, c.spans[k].behind()
		return nil
	}
	// All other references of it go.
	c.gone[card.key()] = true
	place, err := c.place(card.key())
	c.embed(c.at, map[string]any{card.kind: card.id, "place": place})
	return err
}

// paragraph puts one where none was.
func (c *change) paragraph(j int) error {
	c.words(c.at, c.lines[j].runs)
	id, err := c.become("", j, true)
	c.embed(c.at, map[string]any{"p": id})
	return err
}

// knot makes one or more paragraphs of one or more.
func (c *change) knot(x knot) error {
	c.clear(x.span)
	c.next = x.spanEnd
	last, end := &c.spans[x.spanEnd-1], x.lineEnd-1
	var ids []string
	for j := x.line; j < end; j++ {
		if c.lines[j].like == "" {
			c.lines[j].like = last.id
		}
		id, err := c.become("", j, true)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, s := range c.spans[x.span : x.spanEnd-1] {
		c.gone[s.id] = true
	}
	changes := c.knit(c.spans[x.span:x.spanEnd], c.lines[x.line:x.lineEnd], ids, c.later)
	id, err := c.become(last.id, end, changes || len(c.lines[end].runs) == 0 || end+1 < len(c.lines) && c.lines[end+1].card == nil)
	if id != last.id {
		c.embed(last.end, map[string]any{"p": id})
		if last.id != "" { // the old one is of another flow too
			c.delete(last.end, 1)
			c.gone[last.id] = true
		}
	}
	c.at = last.behind()
	return err
}

// later reports whether the unit at a position came later than the version that comes back.
func (c *change) later(at int) bool {
	if c.had == nil {
		return false
	}
	if c.after == nil {
		c.after = []bool{}
		for p := range c.doc.Pieces(c.root) {
			for n := range p.Units {
				c.after = append(c.after, p.Clock+uint32(n) >= c.had[p.Client])
			}
		}
	}
	return c.after[at]
}

// textOf gives a root that is a text, made when there is none.
func textOf(doc *crdt.Doc, root string) (*crdt.Text, error) {
	switch t := doc.Root(root).(type) {
	case nil, *crdt.Unknown:
		return doc.Text(root), nil
	case *crdt.Text:
		return t, nil
	}
	return nil, fmt.Errorf("%w: %s is no text", ErrRefused, root)
}

// leave removes the cards that were shown and are in no line.
func (c *change) leave() error {
	stays := map[string]bool{}
	for _, l := range c.lines {
		if l.card != nil {
			stays[l.card.key()] = true
		}
	}
	for _, s := range c.spans {
		if s.card == nil || stays[s.card.key()] {
			continue
		}
		key := s.card.key()
		place, err := c.place(key)
		if err == nil {
			err = c.set(removed, key, place)
		}
		if err == nil {
			err = c.set(removed, atKey(key), standing(s.card.at))
		}
		if err != nil {
			return err
		}
		c.gone[key] = true
	}
	return nil
}

// become gives the paragraph with this id the values that make it read as line j, and returns the id that
// it has then: another one when it had none and needs one, or when a paragraph elsewhere has the same.
func (c *change) become(id string, j int, needs bool) (string, error) {
	l := &c.lines[j]
	if j > 0 && (c.lines[j-1].card != nil || c.lines[j-1].box != l.box) {
		c.depth = -1
	}
	before := c.depth
	if c.depth = -1; l.list != "" {
		c.depth = min(l.depth, before+1)
	}
	like := id
	if id == "" {
		like = l.like
	}
	var changes map[string]any
	if !l.as {
		is := c.forms[like]
		changes = is.changes(l, before)
	}
	if id == "" && !needs && len(changes) == 0 {
		return "", nil
	}
	if id == "" || len(changes) > 0 && c.isShared(id) {
		id = newID()
		for _, v := range c.valuesFor(like) {
			if err := c.set(marks, id+":"+v.name, v.v); err != nil {
				return "", err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		var err error
		if v := changes[name]; v == nil {
			err = c.forget(marks, id+":"+name)
		} else {
			err = c.set(marks, id+":"+name, v)
		}
		if err != nil {
			return "", err
		}
	}
	return id, nil
}

// changes are the values that make a paragraph read as l behind a line of a list that is so deep, or
// -1. A value that becomes the default is nil.
func (f *form) changes(l *line, before int) map[string]any {
	changes := map[string]any{}
	set := func(name string, differs bool, v any, isDefault bool) {
		if differs {
			if isDefault {
				v = nil
			}
			changes[name] = v
		}
	}
	kind := heading
	if l.strange {
		kind = l.unknown
	}
	set("kind", f.heading != l.heading || f.strange != l.strange || f.unknown != l.unknown, kind, !l.heading && !l.strange)
	if l.heading {
		set("level", f.level != l.level, max(l.level, defaultLevel), l.level == 0)
	}
	set("list", f.list != l.list, l.list, l.list == "")
	if l.list != "" {
		set("indent", before >= 0 && min(f.indent, before+1) != min(l.depth, before+1), l.depth, l.depth == 0)
		if l.first && l.list == ordered {
			set("start", f.start != l.start, l.start, l.start == 0)
		}
	}
	set("box", f.box != l.box, l.box, l.box == "")
	return changes
}

// isShared reports whether a paragraph of another flow has the same id.
func (w *writer) isShared(id string) bool {
	if w.shared == nil {
		w.shared = map[string]int{}
		for _, root := range w.doc.Roots() {
			if w.model.Root(root) != Flow {
				continue
			}
			seen := map[string]bool{}
			for p := range w.doc.Pieces(root) {
				if p.Kind != crdt.PieceEmbed {
					continue
				}
				if mark := embedOf(p).mark; mark != "" && !seen[mark] {
					seen[mark] = true
					w.shared[mark]++
				}
			}
		}
	}
	return w.shared[id] > 1
}

// valuesFor are the values of a paragraph, those included that are not known.
func (w *writer) valuesFor(id string) []value {
	if w.values == nil {
		w.values = map[string][]value{}
		for key, v := range valuesOf(w.doc, marks) {
			if of, name, _ := strings.Cut(key, ":"); isID(of) && isPlain(v) {
				w.values[of] = append(w.values[of], value{name, v})
			}
		}
	}
	list := w.values[id]
	slices.SortFunc(list, func(a, b value) int { return strings.Compare(a.name, b.name) })
	return list
}

// isPlain reports whether a value is one that JSON has.
func isPlain(v any) bool {
	_, ok := levelsOf(v, math.MaxInt)
	return ok
}

func (w *writer) set(root, key string, v any) error {
	switch t := w.doc.Root(root).(type) {
	case nil, *crdt.Unknown:
		return w.doc.Map(root).Set(key, v)
	case *crdt.Map:
		return t.Set(key, v)
	}
	return fmt.Errorf("%w: %s is no map", ErrRefused, root)
}

func (w *writer) forget(root, key string) error {
	if m := mapOf(w.doc, root); m != nil {
		return m.Delete(key)
	}
	return nil
}

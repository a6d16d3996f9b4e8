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
	fresh := len(doc.States()) == 0
	if !fresh && sameNodes(m.Read(doc), nodes) {
		return nil // also where more is stored than a reader shows
	}
	w := m.writer(doc, now)
	lines := m.lines(nodes, body)
	if err := w.flow(body, lines, fresh); err != nil {
		return err
	}
	for _, l := range lines {
		if l.card != nil && l.card.node != nil {
			if err := w.card(l.card); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameNodes(a, b []prosemirror.Node) bool { return slices.EqualFunc(a, b, prosemirror.Equal) }

// writer knows a document as it was when the transaction began.
type writer struct {
	*reader
	now    float64
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

// apply makes lines of spans, of which from says which become which.
func (w *writer) apply(root string, spans []span, lines []line, from []int) error {
	e := edits{}
	i, at := 0, 0 // the next span, and where something new goes
	gone := map[string]bool{}
	depth := -1 // of the line before, when it is in a list
	for j := range lines {
		l := &lines[j]
		if j > 0 && (l.card != nil || lines[j-1].card != nil || lines[j-1].box != l.box) {
			depth = -1
		}
		k := from[j]
		if k >= 0 {
			for ; i < k; i++ {
				e.remove(&spans[i], gone)
			}
			i = k + 1
		}
		switch {
		case l.card != nil && k >= 0:
			at = spans[k].behind()
		case l.card != nil:
			value, err := w.arrive(l.card.kind, l.card.id, gone)
			if err != nil {
				return err
			}
			e.embed(at, value)
		default:
			needs := len(l.runs) == 0 || j+1 < len(lines) && lines[j+1].card == nil
			s := &span{end: at}
			switch {
			case k < 0:
				e.words(at, l.runs)
				needs = true
			case l.says != nil:
				s = &spans[k]
				needs = e.resay(s, *l.says) || needs
			default:
				s = &spans[k]
				needs = e.reword(s, l.runs) || needs
			}
			id, err := w.become(s.id, l, depth, needs)
			if err != nil {
				return err
			}
			if id != s.id {
				e.embed(s.end, map[string]any{"p": id})
				if s.id != "" { // the old one is of another flow too
					e.delete(s.end, 1)
					gone[s.id] = true
				}
			}
			at = s.behind()
			if l.list == "" {
				depth = -1
			} else {
				depth = min(l.depth, depth+1)
			}
		}
	}
	for ; i < len(spans); i++ {
		e.remove(&spans[i], gone)
	}
	if root == body {
		if err := w.leave(lines, spans, gone); err != nil {
			return err
		}
	}
	if len(e.list) == 0 && len(gone) == 0 {
		return nil
	}
	text, err := textOf(w.doc, root)
	if err != nil {
		return err
	}
	return text.ApplyDeltaBehind(e.delta(w.doc, root, gone))
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

// arrive gives the reference of a card that is put where it was not. All others of it go.
func (w *writer) arrive(kind, id string, gone map[string]bool) (map[string]any, error) {
	key := kind + ":" + id
	place, err := w.place(key)
	gone[key] = true
	return map[string]any{kind: id, "place": place}, err
}

// leave removes the cards that were shown and are in no line.
func (w *writer) leave(lines []line, spans []span, gone map[string]bool) error {
	stays := map[string]bool{}
	for _, l := range lines {
		if l.card != nil {
			stays[l.card.key()] = true
		}
	}
	for _, s := range spans {
		if s.card == nil || stays[s.card.key()] {
			continue
		}
		key := s.card.key()
		place, err := w.place(key)
		if err == nil {
			err = w.set(removed, key, place)
		}
		if err != nil {
			return err
		}
		gone[key] = true
	}
	return nil
}

// become gives the paragraph with this id the values that make it read as l, and returns the id that it
// has then: another one when it had none and needs one, or when a paragraph elsewhere has the same.
func (w *writer) become(id string, l *line, before int, needs bool) (string, error) {
	like := id
	if id == "" {
		like = l.like
	}
	var changes map[string]any
	if !l.as {
		is := w.forms[like]
		changes = is.changes(l, before)
	}
	if id == "" && !needs && len(changes) == 0 {
		return "", nil
	}
	if id == "" || len(changes) > 0 && w.isShared(id) {
		id = newID()
		for _, v := range w.valuesFor(like) {
			if err := w.set(marks, id+":"+v.name, v.v); err != nil {
				return "", err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		var err error
		if v := changes[name]; v == nil {
			err = w.forget(marks, id+":"+name)
		} else {
			err = w.set(marks, id+":"+name, v)
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

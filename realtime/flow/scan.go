package flow

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/prosemirror"
)

// span is a paragraph or a card of a flow. Positions are those of the shared text.
type span struct {
	runs []run      // of a paragraph: what it shows, in order
	id   string     // of its mark, empty when it has none
	card *reference // nil for a paragraph
	end  int        // where the mark or the reference stands; of a paragraph without a mark where its last run ends
}

// behind is the position after the span and its mark or reference.
func (s *span) behind() int {
	if s.id != "" || s.card != nil {
		return s.end + 1
	}
	return s.end
}

// run is text with the same marks, a line break, or an embed that is not known. Between two runs may
// stand what is not shown.
type run struct {
	at, units int
	kind      string // the type of its node
	text      string
	value     map[string]any // of an embed
	marks     []prosemirror.Mark
	ids       []crdt.Range // when they were asked for
}

// reference is a place in the running text where a card stands, or stood.
type reference struct {
	kind, id string
	place    float64
	at       crdt.ID
	position int
}

// key is the name of the card among those that are removed.
func (r *reference) key() string { return r.kind + ":" + r.id }

// before reports whether r loses from other as the place of one card.
func (r *reference) before(other *reference) bool {
	if r.place != other.place {
		return r.place < other.place
	}
	if r.at.Client != other.at.Client {
		return r.at.Client < other.at.Client
	}
	return r.at.Clock < other.at.Clock
}

// embed is an object in a flow: a mark, a reference, or something that is not known.
type embed struct {
	mark  string
	ref   *reference
	value any
}

// embedOf says what an embed is.
func embedOf(p crdt.Piece) embed {
	const before, behind = `{"p":"`, `"}`
	if b := p.JSON(); len(b) > len(before)+len(behind) && string(b[:len(before)]) == before && string(b[len(b)-len(behind):]) == behind {
		if id := b[len(before) : len(b)-len(behind)]; isID(id) {
			return embed{mark: string(id)} // nearly all are marks, and parsing each takes most of the time
		}
	}
	return classify(p.Value())
}

func classify(v any) embed {
	object, _ := v.(map[string]any)
	switch len(object) {
	case 1:
		if id, _ := object["p"].(string); isID(id) {
			return embed{mark: id, value: v}
		}
	case 2:
		place, ok := finite(object["place"])
		if !ok {
			break
		}
		for kind, id := range object {
			if id, _ := id.(string); kind != "place" && isID(id) {
				return embed{ref: &reference{kind: kind, id: id, place: place}, value: v}
			}
		}
	}
	return embed{value: v}
}

func finite(v any) (float64, bool) {
	f, ok := v.(float64)
	return f, ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// scan reads one flow as far as it is shown. In the running text it must know the cards. What it returns
// is valid until another flow is scanned; the running text is not another one.
func (r *reader) scan(root string) []span {
	s := &r.flows
	if root == body {
		s = &r.body
	}
	s.begin(r.ids)
	for p := range r.doc.Pieces(root) {
		switch p.Kind {
		case crdt.PieceText:
			s.write(p)
		case crdt.PieceFormat:
			s.format(p)
		case crdt.PieceEmbed:
			e := embedOf(p)
			switch {
			case e.mark != "":
				if !s.seen.has(e.mark) {
					s.flush()
					s.span(span{id: e.mark, end: s.at})
				}
			case e.ref != nil && root == body:
				e.ref.at, e.ref.position = p.ID, s.at
				if r.shows(e.ref) {
					s.end()
					s.span(span{card: e.ref, end: s.at})
				}
			default:
				s.unknown(p, e.value)
			}
		}
		s.at += p.Units
	}
	s.end()
	return s.spans
}

// shows reports whether a reference is a card and shows something.
func (r *reader) shows(ref *reference) bool {
	if card := r.cards[ref.key()]; card == nil || card.at != ref.at {
		return false
	}
	return ref.kind != table || r.tables[ref.id].shows()
}

// scanner gathers what is shown. It keeps its memory from one flow to the next.
type scanner struct {
	spans []span
	runs  []run // of all spans
	from  int   // where those of the paragraph that is being gathered begin
	at    int   // the position
	seen  names // the marks that were there already

	text         []byte // of a run that is being gathered, from position begun on
	begun, units int
	textIDs      []crdt.Range

	ids   bool
	now   formats
	marks []prosemirror.Mark // of now
}

func (s *scanner) begin(ids bool) {
	s.spans, s.runs, s.from, s.at, s.ids = s.spans[:0], s.runs[:0], 0, 0, ids
	s.now, s.marks = formats{}, nil
	s.seen.list, s.seen.index = s.seen.list[:0], nil
}

// span ends a paragraph, or adds a card.
func (s *scanner) span(next span) {
	if n := len(s.runs); n > s.from {
		next.runs = s.runs[s.from:n:n]
		s.from = n
	}
	s.spans = append(s.spans, next)
}

// names is a set that is small, mostly.
type names struct {
	list  []string
	index map[string]bool // when it is not
}

// has reports whether a name is in the set, and puts it there.
func (n *names) has(name string) bool {
	const few = 8
	if n.index == nil {
		if slices.Contains(n.list, name) {
			return true
		}
		if n.list = append(n.list, name); len(n.list) > few {
			n.index = make(map[string]bool, 4*few)
			for _, name := range n.list {
				n.index[name] = true
			}
		}
		return false
	}
	if n.index[name] {
		return true
	}
	n.index[name] = true
	return false
}

// formats are the attributes that a reader knows.
type formats struct {
	bold, italic, strike, code, linked bool
	link                               string
}

func (f *formats) set(name string, value func() any) {
	on := func() bool { return value() == true }
	switch name {
	case "bold":
		f.bold = on()
	case "italic":
		f.italic = on()
	case "strike":
		f.strike = on()
	case "code":
		f.code = on()
	case "link":
		f.link, f.linked = value().(string)
		f.link = clean(f.link)
	}
}

// list is the formats as marks, in the order of their types.
func (f *formats) list() []prosemirror.Mark {
	var list []prosemirror.Mark
	for _, m := range []struct {
		name string
		on   bool
	}{{"bold", f.bold}, {"code", f.code}, {"italic", f.italic}, {"link", f.linked}, {"strike", f.strike}} {
		switch {
		case m.on && m.name == "link":
			list = append(list, prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": f.link}})
		case m.on:
			list = append(list, prosemirror.Mark{Type: m.name})
		}
	}
	return list
}

func (s *scanner) format(p crdt.Piece) {
	was := s.now
	s.now.set(p.Name, p.Value)
	if s.now != was {
		s.flush()
		s.marks = s.now.list()
	}
}

func (s *scanner) write(p crdt.Piece) {
	text, at, id := p.Text, s.at, p.ID
	for len(text) > 0 {
		line, rest := text, []byte(nil)
		newline := bytes.IndexByte(text, '\n')
		if newline >= 0 {
			line, rest = text[:newline], text[newline+1:]
		}
		if len(line) > 0 {
			units := p.Units
			if len(line) < len(p.Text) {
				units = lib0.UTF16Len(line)
			}
			s.gather(line, at, units, id)
			at, id.Clock = at+units, id.Clock+uint32(units)
		}
		if newline >= 0 {
			s.flush()
			s.add(run{at: at, units: 1, kind: hardBreak}, id)
			at, id.Clock = at+1, id.Clock+1
		}
		text = rest
	}
}

func (s *scanner) gather(text []byte, at, units int, id crdt.ID) {
	if len(s.text) > 0 && s.begun+s.units != at { // something that is not shown lies between
		s.flush()
	}
	if len(s.text) == 0 {
		s.begun = at
	}
	s.text, s.units = append(s.text, text...), s.units+units
	if s.ids {
		s.textIDs = joinIDs(s.textIDs, crdt.Range{ID: id, Len: uint32(units)})
	}
}

func (s *scanner) unknown(p crdt.Piece, value any) {
	s.flush()
	object, ok := shownValue(value, valueLevels).(map[string]any)
	if !ok {
		object = map[string]any{} // embeds are objects; of what is none there is nothing to tell
	}
	s.add(run{at: s.at, units: 1, kind: unknownInline, value: object}, p.ID)
}

func (s *scanner) add(r run, id crdt.ID) {
	r.marks = s.marks
	if s.ids {
		r.ids = []crdt.Range{{ID: id, Len: uint32(r.units)}}
	}
	s.runs = append(s.runs, r)
}

// flush makes a run of the text that was gathered.
func (s *scanner) flush() {
	if len(s.text) == 0 {
		return
	}
	r := run{at: s.begun, units: s.units, kind: prosemirror.TextType, marks: s.marks, ids: s.textIDs}
	if utf8.Valid(s.text) {
		r.text = string(s.text)
	} else {
		r.text = string(lib0.AppendWellFormed(nil, s.text))
	}
	s.runs = append(s.runs, r)
	s.text, s.units, s.textIDs = s.text[:0], 0, nil
}

// end makes a paragraph without a mark of what was gathered, when something was.
func (s *scanner) end() {
	s.flush()
	if n := len(s.runs); n > s.from {
		s.span(span{end: s.runs[n-1].at + s.runs[n-1].units})
	}
}

func joinIDs(ids []crdt.Range, next crdt.Range) []crdt.Range {
	if n := len(ids); n > 0 && ids[n-1].Client == next.Client && ids[n-1].End() == next.Clock {
		ids[n-1].Len += next.Len
		return ids
	}
	return append(ids, next)
}

// clean makes text of what may hold halves of surrogate pairs.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string(lib0.AppendWellFormed(nil, s))
}

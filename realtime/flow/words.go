package flow

import (
	"slices"
	"strings"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// Words gives what a part of a card says, as a form shows it: its paragraphs with an empty line between
// them, and of those that are in one list or box, which stand closer, a line each. Paragraphs without
// words and objects in the line are left out.
func (m Model) Words(doc *crdt.Doc, card Card, part string) string {
	r := m.reader(doc, false)
	return r.words(part + ":" + card.ID)
}

func (r *reader) words(root string) string {
	list, _ := said(r.effective(r.scan(root)))
	return plain(list)
}

// SetPart makes a part of a card say other words, as Words gives them and somebody changed them. What
// stays is not touched: a paragraph whose words stay is the same byte for byte, and of one that changed
// whole words are replaced, with the marks of those before them; what the form does not show (what a
// paragraph is, objects, empty paragraphs) stays. A line that is new in a list is a new item.
//
// A card that is not in the text, or that has no such part, is ErrNotShown. It makes several changes;
// the caller puts them in one transaction.
func (m Model) SetPart(doc *crdt.Doc, card Card, part, text string) error {
	w := m.writer(doc, time.Time{})
	if w.cards[card.Kind+":"+card.ID] == nil || !slices.Contains(m.Cards[card.Kind], part) {
		return ErrNotShown
	}
	root := part + ":" + card.ID
	spans := w.scan(root)
	lines, from := w.reworded(spans, text)
	if len(spans) == 0 && lines[0].plain() {
		return nil
	}
	return w.apply(root, spans, lines, from)
}

// saying is one line of a form, which has words.
type saying struct {
	text      string // without the space around it
	lead      string // what stands before it in its paragraph: space, and lines without words
	paragraph int    // which of the flow
	begins    bool   // an empty line stands before it
}

// said gives the lines that a form shows of a flow, and what follows the last of each paragraph.
func said(lines []line) (list []saying, trails []string) {
	trails = make([]string, len(lines))
	begins := true
	for i := range lines {
		l := &lines[i]
		if l.box == "" && (l.list == "" || l.first && l.depth == 0) || i > 0 && l.box != lines[i-1].box {
			begins = true
		}
		lead := ""
		for n, text := range strings.SplitAfter(plainRuns(l.runs), "\n") {
			trimmed := strings.TrimSpace(text)
			if trimmed == "" {
				lead += text
				continue
			}
			at := strings.Index(text, trimmed)
			lead += text[:at]
			list = append(list, saying{trimmed, lead, i, begins || n > 0 && strings.Count(lead, "\n") > 1})
			lead, begins = text[at+len(trimmed):], false
		}
		trails[i] = lead
	}
	return list, trails
}

func plainRuns(runs []run) string {
	var b strings.Builder
	for _, r := range runs {
		switch r.kind {
		case prosemirror.TextType:
			b.WriteString(r.text)
		case hardBreak:
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// plain is what a form shows of these lines.
func plain(list []saying) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteByte('\n')
			if s.begins {
				b.WriteByte('\n')
			}
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// sayings are the lines of a form that was filled in.
func sayings(text string) []saying {
	var list []saying
	begins := true
	for text := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if text = strings.TrimSpace(text); text == "" {
			begins = true
			continue
		}
		list = append(list, saying{text: clean(text), begins: begins})
		begins = false
	}
	return list
}

// rewording is a paragraph as it comes out of a form.
type rewording struct {
	from int // which it was, -1 when it is new
	like int // which it is like then, -1 when it is an ordinary one
	text strings.Builder
	last int // which of the old lines was said last, -1 when it was none
}

// reworder finds out which paragraphs of a flow a form changed, line by line.
type reworder struct {
	is       []line // the paragraphs
	old, new []saying
	from     []int // which of the old lines each new one was
	trails   []string
	made     []*rewording
	used     map[int]bool
}

func (w *writer) reworded(spans []span, text string) (lines []line, from []int) {
	r := reworder{is: w.effective(spans), new: sayings(text), used: map[int]bool{}}
	r.old, r.trails = said(r.is)
	old, new := make([]entry, len(r.old)), make([]entry, len(r.new))
	for i, s := range r.old {
		old[i] = s.entry()
	}
	for i, s := range r.new {
		new[i] = s.entry()
	}
	r.from = align(old, new)
	for j := range r.new {
		r.say(j)
	}
	return r.result(spans)
}

func (s *saying) entry() entry {
	return entryOf(form{}, []run{{kind: prosemirror.TextType, text: s.text}})
}

// together reports whether a paragraph stands close to others, in a list or a box.
func (r *reworder) together(i int) bool { return i >= 0 && (r.is[i].list != "" || r.is[i].box != "") }

// say finds the paragraph that a new line is in.
func (r *reworder) say(j int) {
	var before *rewording // what the line before is in
	close := false        // and no empty line lies between
	if n := len(r.made); n > 0 {
		before, close = r.made[n-1], !r.new[j].begins
	}
	among := before != nil && (r.together(before.from) || r.together(before.like))
	if k := r.from[j]; k >= 0 {
		p := r.old[k].paragraph
		switch {
		case before != nil && before.from == p && (close || r.old[k].begins || r.together(p)):
			r.add(before, j)
		case before != nil && close && !among && !r.together(p): // an empty line was taken out
			r.add(before, j)
		case r.used[p]: // an empty line was put in
			r.begin(-1, p, j)
		default:
			r.begin(p, -1, j)
		}
		return
	}
	next, inChunk := -1, true // the paragraph of the next line that was there, and whether it is as close
	for k := j + 1; k < len(r.new) && next < 0; k++ {
		inChunk = inChunk && !r.new[k].begins
		if r.from[k] >= 0 {
			next = r.old[r.from[k]].paragraph
		}
	}
	switch {
	case before != nil && before.from >= 0 && before.from == next && close:
		r.add(before, j)
	case close && among:
		like := before.from
		if like < 0 {
			like = before.like
		}
		r.begin(-1, like, j)
	case close:
		r.add(before, j)
	case next >= 0 && inChunk && r.together(next):
		r.begin(-1, next, j)
	case next >= 0 && inChunk && !r.used[next]:
		r.begin(next, -1, j)
	default:
		r.begin(-1, -1, j)
	}
}

func (r *reworder) begin(from, like, j int) {
	r.made = append(r.made, &rewording{from: from, like: like, last: -1})
	if from >= 0 {
		r.used[from] = true
	}
	r.add(r.made[len(r.made)-1], j)
}

// add adds a new line to a paragraph, with the space that stood before it there.
func (r *reworder) add(to *rewording, j int) {
	k := r.from[j]
	own := k >= 0 && r.old[k].paragraph == to.from
	first := own && (k == 0 || r.old[k-1].paragraph != to.from)
	switch {
	case to.text.Len() == 0 && first:
		to.text.WriteString(r.old[k].lead)
	case to.text.Len() == 0:
	case own && !first && to.last == k-1 && (r.old[k].begins == r.new[j].begins):
		to.text.WriteString(r.old[k].lead)
	case r.new[j].begins:
		to.text.WriteString("\n\n")
	default:
		to.text.WriteString("\n")
	}
	to.text.WriteString(r.new[j].text)
	if to.last = -1; own {
		to.last = k
	}
}

// result gives the paragraphs that come out, those included of which a form shows nothing, and of each
// which it was.
func (r *reworder) result(spans []span) (lines []line, from []int) {
	says := map[int]bool{} // the paragraphs that had lines
	for _, s := range r.old {
		says[s.paragraph] = true
	}
	next := 0
	silent := func(end int) { // paragraphs that say nothing, or no more
		for ; next < end; next++ {
			objects := slices.ContainsFunc(spans[next].runs, func(r run) bool { return r.kind == unknownInline })
			if !says[next] || objects && !r.used[next] {
				l := r.is[next]
				l.as = true
				if says[next] {
					l.says = new(string)
				}
				lines, from = append(lines, l), append(from, next)
			}
		}
	}
	for _, m := range r.made {
		if m.from < 0 {
			l := line{runs: []run{{kind: prosemirror.TextType, text: m.text.String()}}}
			if m.like >= 0 {
				like := &r.is[m.like]
				l.form, l.depth, l.like = like.form, like.depth, spans[m.like].id
			}
			lines, from = append(lines, l), append(from, -1)
			continue
		}
		silent(m.from)
		if m.last >= 0 && (m.last == len(r.old)-1 || r.old[m.last+1].paragraph != m.from) {
			m.text.WriteString(r.trails[m.from])
		}
		l := r.is[m.from]
		l.as = true
		if text := m.text.String(); text != plainRuns(l.runs) {
			l.says = &text
		}
		lines, from = append(lines, l), append(from, m.from)
		next = m.from + 1
	}
	silent(len(spans))
	switch {
	case len(lines) > 0:
	case len(spans) > 0:
		lines, from = []line{{}}, []int{0}
	default:
		lines, from = []line{{}}, []int{-1}
	}
	return lines, from
}

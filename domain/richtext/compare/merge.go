package compare

import (
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"

	"samenwijk/domain/richtext"
)

// Merged is a text with what two people made of it.
type Merged struct {
	Text  string
	Both  bool // the other one changed something too, which stands in Text
	Clash bool // both changed the same words; Text then has the words of both in place of those
}

// Merge carries what somebody made of a text over to what others made of the same text meanwhile, word by
// word. What either took out is out, and what either wrote is in, once where both wrote the same.
func Merge(base, mine, now string) Merged {
	switch {
	case mine == base || mine == now:
		return Merged{Text: now}
	case now == base:
		return Merged{Text: mine}
	}
	m := merger{old: wordsOf([]richtext.Inline{{Text: base}})}
	m.mine = m.changes(mine)
	m.theirs = m.changes(now)
	return Merged{Text: m.text(), Both: true, Clash: m.clash()}
}

// Changers are the ids of those who wrote words that a text has now and had nowhere before. Words that only
// stand elsewhere now say nothing: they still have the name of whoever wrote them first.
func Changers(base string, now []richtext.Block) []string {
	had := map[string]bool{}
	for _, w := range wordsOf([]richtext.Inline{{Text: base}}) {
		had[w.text] = true
	}
	var by []string
	for _, w := range wordsOf(flat(nil, now)) {
		if had[w.text] {
			continue
		}
		for _, id := range w.by {
			if !slices.Contains(by, id) {
				by = append(by, id)
			}
		}
	}
	return by
}

func flat(all []richtext.Inline, blocks []richtext.Block) []richtext.Inline {
	for _, b := range blocks {
		all = append(append(all, b.Inlines...), richtext.Inline{Break: true})
		all = flat(all, b.Blocks)
	}
	return all
}

// said is a word or a sign, with the space before it. Spaces are not compared: they are everywhere, and would
// decide which words count as the same.
type said struct {
	token
	lead string
}

func wordsOf(inlines []richtext.Inline) []said {
	var all []said
	lead := ""
	for _, t := range tokensOf(inlines) {
		if strings.TrimSpace(t.text) == "" {
			lead = t.text
			continue
		}
		all = append(all, said{t, lead})
		lead = ""
	}
	return all
}

func differenceOf(old, new []said) []lcs.Diff {
	tokens := func(all []said) []token {
		list := make([]token, len(all))
		for i, w := range all {
			list[i] = w.token
		}
		return list
	}
	return join(difference(tokens(old), tokens(new)), tokens(old))
}

// side is what one of the two made of the old text.
type side struct {
	hunks []hunk   // in order
	leads []string // of the old words that stay: the space that is before them now
}

// hunk is a part of the old text and what came in its place.
type hunk struct {
	start, end int
	new        []said
}

func (h hunk) same(o hunk) bool {
	return h.start == o.start && h.end == o.end &&
		slices.EqualFunc(h.new, o.new, func(a, b said) bool { return a.text == b.text })
}

type merger struct {
	old          []said
	mine, theirs side
}

func (m *merger) changes(text string) side {
	new := wordsOf([]richtext.Inline{{Text: text}})
	s := side{leads: make([]string, len(m.old))}
	i, j := 0, 0
	keep := func(end int) {
		for ; i < end; i, j = i+1, j+1 {
			s.leads[i] = new[j].lead
			if j == 0 {
				s.leads[i] = m.old[i].lead // nothing is before it, which says nothing about the space
			}
		}
	}
	for _, d := range differenceOf(m.old, new) {
		// Joining changes brought in what is the same at their ends.
		for d.Start < d.End && d.ReplStart < d.ReplEnd && m.old[d.Start].text == new[d.ReplStart].text {
			d.Start, d.ReplStart = d.Start+1, d.ReplStart+1
		}
		for d.Start < d.End && d.ReplStart < d.ReplEnd && m.old[d.End-1].text == new[d.ReplEnd-1].text {
			d.End, d.ReplEnd = d.End-1, d.ReplEnd-1
		}
		keep(d.Start)
		s.hunks = append(s.hunks, hunk{d.Start, d.End, new[d.ReplStart:d.ReplEnd]})
		i, j = d.End, d.ReplEnd
	}
	keep(len(m.old))
	return s
}

func (m *merger) clash() bool {
	next := 0 // the first of theirs that ends at mine or behind it
	for _, a := range m.mine.hunks {
		for next < len(m.theirs.hunks) && m.theirs.hunks[next].end < a.start {
			next++
		}
		for _, b := range m.theirs.hunks[max(next-1, 0):] {
			if m.clashes(a, b) {
				return true
			}
			if b.start > a.end {
				break
			}
		}
	}
	return false
}

// clashes reports whether two changes are of the same words, or of words beside each other. What was put in
// stands beside anything.
func (m *merger) clashes(a, b hunk) bool {
	switch {
	case a.same(b), len(a.new) == 0 && len(b.new) == 0:
		return false
	case a.start == a.end && b.start == b.end:
		return false
	case a.start == a.end:
		return b.start < a.start && a.start < b.end
	case b.start == b.end:
		return a.start < b.start && b.start < a.end
	case a.start > b.start:
		a, b = b, a
	}
	return a.end > b.start || !slices.ContainsFunc(m.old[a.end:b.start], func(w said) bool { return w.isWord() })
}

// text is the old text with both changes.
func (m *merger) text() string {
	gone := make([]bool, len(m.old))
	mine, theirs := make([][]said, len(m.old)+1), make([][]said, len(m.old)+1)
	for _, h := range m.theirs.hunks {
		theirs[h.start] = append(theirs[h.start], h.new...)
		fill(gone[h.start:h.end])
	}
	next := 0
	for _, h := range m.mine.hunks {
		fill(gone[h.start:h.end])
		for next < len(m.theirs.hunks) && m.theirs.hunks[next].start < h.start {
			next++
		}
		if next == len(m.theirs.hunks) || !h.same(m.theirs.hunks[next]) {
			mine[h.start] = append(mine[h.start], h.new...)
		}
	}
	var w seam
	for i := range len(m.old) + 1 {
		w.write(theirs[i], others)
		w.write(mine[i], own)
		if i < len(m.old) && !gone[i] {
			lead := m.mine.leads[i]
			if lead == m.old[i].lead {
				lead = m.theirs.leads[i]
			}
			w.write([]said{{m.old[i].token, lead}}, nobodys)
		}
	}
	return w.String()
}

func fill(all []bool) {
	for i := range all {
		all[i] = true
	}
}

// Whose words are, where two people's come together.
const (
	nobodys = iota
	own
	others
)

// seam puts words of two people behind each other, with a space where there would be none.
type seam struct {
	strings.Builder
	last token
	of   int
}

func (w *seam) write(words []said, of int) {
	for _, t := range words {
		ended := of+w.of == own+others && strings.Contains(".,;:!?)", w.last.text)
		switch {
		case w.Len() == 0:
		case t.lead != "":
			w.WriteString(t.lead)
		case t.isWord() && (w.last.isWord() || ended):
			w.WriteByte(' ')
		}
		w.WriteString(t.text)
		w.last, w.of = t.token, of
	}
}

package flow

import "strings"

// knot is a paragraph that becomes a line; or one that was split into several, or several that were
// joined to one. Then words go from one paragraph to another without being written again.
type knot struct {
	span, spanEnd int
	line, lineEnd int
}

// knots finds the knots of a flow, by their first line. Lines that are new and paragraphs that go are in
// one when most of their words come from it, or go to it.
func knots(spans []span, lines []line, from []int) map[int]knot {
	all := map[int]knot{}
	stays := map[int]bool{} // the spans that become a line
	for _, k := range from {
		stays[k] = true
	}
	freeLine, freeSpan := 0, 0
	for j, k := range from {
		if k < 0 || spans[k].card != nil {
			continue
		}
		x := knot{k, k + 1, j, j + 1}
		isNew := func(n int) bool { return n >= freeLine && n < len(lines) && from[n] < 0 && lines[n].card == nil }
		goes := func(n int) bool { return n >= freeSpan && n < len(spans) && !stays[n] && spans[n].card == nil }
		if isNew(j-1) || isNew(j+1) {
			rest := bagOf(plainRuns(spans[k].runs)).without(lines[j].plainText())
			for isNew(x.lineEnd) && rest.give(lines[x.lineEnd].plainText()) {
				x.lineEnd++
			}
			for isNew(x.line-1) && rest.give(lines[x.line-1].plainText()) {
				x.line--
			}
		}
		if x.lineEnd == x.line+1 && (goes(k-1) || goes(k+1)) {
			rest := bagOf(lines[j].plainText()).without(plainRuns(spans[k].runs))
			for goes(x.spanEnd) && spans[x.spanEnd-1].id != "" && rest.give(plainRuns(spans[x.spanEnd].runs)) {
				x.spanEnd++
			}
			for goes(x.span-1) && spans[x.span-1].id != "" && rest.give(plainRuns(spans[x.span-1].runs)) {
				x.span--
			}
		}
		all[x.line] = x
		freeLine, freeSpan = x.lineEnd, x.spanEnd
	}
	return all
}

func (l *line) plainText() string {
	if l.says != nil {
		return *l.says
	}
	return plainRuns(l.runs)
}

// bag counts the words of a text.
type bag map[string]int

func bagOf(text string) bag {
	b := bag{}
	for word := range strings.FieldsSeq(text) {
		b[word]++
	}
	return b
}

// without is what is left of a bag when the words of a text are taken out.
func (b bag) without(text string) bag {
	for word := range strings.FieldsSeq(text) {
		if b[word] > 0 {
			b[word]--
		}
	}
	return b
}

// give takes the words of a text out of a bag when at least half of them are in it, and reports whether
// they are.
func (b bag) give(text string) bool {
	words, has := bagOf(text), 0
	count := 0
	for word, n := range words {
		count += n
		has += min(n, b[word])
	}
	if has == 0 || 2*has < count {
		return false
	}
	b.without(text)
	return true
}

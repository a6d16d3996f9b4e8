package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a question; what goes beyond them is not looked for.
const (
	maxQuestion = 2000 // bytes
	maxWords    = 8
	maxLetters  = 40 // of one word; no Dutch word that somebody types is longer
)

// fit says how a word of a text answers one of a question, the best first.
type fit int

const (
	asked     fit = iota // as it was asked
	whole                // another form of it
	beginning            // the word begins with it
	part                 // the word has it somewhere
	nothing
)

// Shorter words say too little to be looked for in others: "man" is in "romans", "is" in "huis".
const (
	beginsFrom = 3 // letters
	partFrom   = 4
)

// spelling is a way to write a word, and what is the least that it may fit.
type spelling struct {
	text  string
	least fit
}

// piece is what must be in the words of an entry for this spelling to fit so.
func (s spelling) piece(f fit) string {
	switch f {
	case beginning:
		return " " + s.text
	case part:
		return s.text
	}
	return " " + s.text + " "
}

// sought is one word of a question, or several that belong together, such as those of "PVE-3". The first
// spelling is the one that was asked; the others are other forms.
type sought []spelling

// pieces are those for one fit.
func (w sought) pieces(f fit) []string {
	var pieces []string
	for i, s := range w {
		if f <= s.least && (f > whole || (f == asked) == (i == 0)) {
			pieces = append(pieces, s.piece(f))
		}
	}
	return pieces
}

// widest are the pieces of which one must be there.
func (w sought) widest() []string {
	var pieces []string
	for _, s := range w {
		pieces = append(pieces, s.piece(s.least))
	}
	return pieces
}

// question is what somebody looks for: all of it.
type question []sought

// questionOf reads a question. Small words count only when there is nothing else.
func questionOf(text string) question {
	var q question
	var rest, known []string
	left := maxWords
	short := clean(text, maxQuestion)
	if end := strings.LastIndexAny(short, " \t\n"); len(text) > maxQuestion && end > 0 {
		short = short[:end] // half a word is none
	}
	for _, written := range strings.Fields(short) {
		words := strings.Fields(plain(written))
		words = words[:min(len(words), left)]
		for i, w := range words {
			if r := []rune(w); len(r) > maxLetters {
				words[i] = string(r[:maxLetters])
			}
		}
		together := strings.Join(words, " ")
		switch {
		case slices.Contains(small, together):
			rest = append(rest, together)
		case together != "" && !slices.Contains(known, together):
			known = append(known, together)
			left -= len(words)
			q = append(q, soughtOf(words))
		}
	}
	if len(q) == 0 && len(rest) > 0 {
		q = question{soughtOf(rest[:1])}
	}
	return q
}

func soughtOf(words []string) sought {
	together, last := strings.Join(words, " "), words[len(words)-1]
	own := spelling{together, whole}
	switch letters := utf8.RuneCountInString(together); {
	case letters < beginsFrom || endsInDigit(last): // PVE-1 is not the beginning of PVE-12
	case letters < partFrom || len(words) > 1:
		own.least = beginning
	default:
		own.least = part
	}
	all := sought{own}
	add := func(s spelling) {
		if utf8.RuneCountInString(s.text) < partFrom {
			s.least = whole
		}
		if !slices.ContainsFunc(all, func(o spelling) bool { return o.text == s.text }) {
			all = append(all, s)
		}
	}
	switch {
	case len(words) == 1:
		for _, s := range formsOf(last) {
			add(s)
		}
	case last == "s": // foto's
		add(spelling{strings.Join(words[:len(words)-1], " "), beginning})
	case !strings.ContainsFunc(together, unicode.IsDigit): // wijk-onderneming
		add(spelling{strings.Join(words, ""), part})
	}
	return all
}

func endsInDigit(word string) bool {
	r, _ := utf8.DecodeLastRuneInString(word)
	return unicode.IsDigit(r)
}

// fits returns the best way in which a word of a text answers the question. Of words that belong
// together each counts.
func (q question) fits(word string) fit {
	best := nothing
	if word = fold(word); word == "" || !strings.ContainsFunc(word, isWord) {
		return best
	}
	for _, w := range q {
		for i, s := range w {
			switch {
			case word == s.text && i == 0, slices.Contains(strings.Split(s.text, " "), word) && strings.Contains(s.text, " "):
				return asked
			case word == s.text:
				best = min(best, whole)
			case s.least >= beginning && strings.HasPrefix(word, s.text):
				best = min(best, beginning)
			case s.least >= part && strings.Contains(word, s.text):
				best = min(best, part)
			}
		}
	}
	return best
}

package compare

import (
	"slices"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff/lcs"

	"samenwijk/domain/richtext"
)

// token is a word, a run of spaces or a single other character, and whose it is.
type token struct {
	text string
	by   []string
}

func (t token) isWord() bool { return strings.ContainsFunc(t.text, inWord) }

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// tokensOf takes a line apart. A word that several people wrote together is of all of them.
func tokensOf(inlines []richtext.Inline) []token {
	var tokens []token
	const none, word, space, other = 0, 1, 2, 3
	last := none
	for _, i := range inlines {
		text := i.Text
		if i.Break {
			text = "\n"
		}
		for from := 0; from < len(text); {
			sort := none
			end := len(text)
			for at, r := range text[from:] {
				is := other
				switch {
				case inWord(r):
					is = word
				case unicode.IsSpace(r):
					is = space
				}
				if sort == none {
					sort = is
				} else if is != sort || sort == other {
					end = from + at
					break
				}
			}
			if n := len(tokens); n > 0 && sort == last && sort != other {
				tokens[n-1].text += text[from:end]
				tokens[n-1].claim(i.By)
			} else {
				t := token{text: text[from:end]}
				t.claim(i.By)
				tokens = append(tokens, t)
			}
			last, from = sort, end
		}
	}
	return tokens
}

func (t *token) claim(by string) {
	if by != "" && !slices.Contains(t.by, by) {
		t.by = append(t.by, by)
	}
}

// longLine is from how many tokens of both lines together words that occur once are looked for first:
// the library stops looking closely after a hundred differences.
const longLine = 400

// compareWords tells how one line became another.
func compareWords(old, new []token) []Words {
	changes := join(difference(old, new), old)
	var words []Words
	to := 0
	for _, c := range changes {
		words = run(words, Kept, new[to:c.ReplStart])
		words = run(words, Deleted, old[c.Start:c.End])
		words = run(words, Inserted, new[c.ReplStart:c.ReplEnd])
		to = c.ReplEnd
	}
	return run(words, Kept, new[to:])
}

func difference(old, new []token) []lcs.Diff {
	text := func(t token) string { return t.text }
	a := aligner{old: keys(old, text), new: keys(new, text)}
	if len(old)+len(new) <= longLine {
		return lcs.DiffRunes(numbered(a.old, a.new))
	}
	anchors, _ := a.anchors()
	var changes []lcs.Diff
	i, j := 0, 0
	for _, p := range append(anchors, pair{old: len(old), new: len(new)}) {
		for _, d := range lcs.DiffRunes(numbered(a.old[i:p.old], a.new[j:p.new])) {
			changes = append(changes, lcs.Diff{Start: d.Start + i, End: d.End + i, ReplStart: d.ReplStart + j, ReplEnd: d.ReplEnd + j})
		}
		i, j = p.old+1, p.new+1
	}
	return changes
}

// numbered gives equal texts equal numbers.
func numbered(old, new []string) (a, b []rune) {
	numbers := map[string]rune{}
	number := func(texts []string) []rune {
		out := make([]rune, len(texts))
		for i, text := range texts {
			n, known := numbers[text]
			if !known {
				n = rune(len(numbers))
				numbers[text] = n
			}
			out[i] = n
		}
		return out
	}
	return number(old), number(new)
}

// join makes one change of two that only spaces or signs stand between: a sentence that was replaced
// reads as one, not as a list of words.
func join(changes []lcs.Diff, old []token) []lcs.Diff {
	var joined []lcs.Diff
	for _, c := range changes {
		if n := len(joined); n > 0 && !slices.ContainsFunc(old[joined[n-1].End:c.Start], token.isWord) {
			joined[n-1].End, joined[n-1].ReplEnd = c.End, c.ReplEnd
			continue
		}
		joined = append(joined, c)
	}
	return joined
}

// run adds tokens to which the same happened. What is between words belongs to who changed those.
func run(words []Words, op Op, tokens []token) []Words {
	if len(tokens) == 0 {
		return words
	}
	var text strings.Builder
	by := tokens[0].by
	for _, t := range tokens {
		if op != Kept && !slices.Equal(by, t.by) && (len(t.by) > 0 || t.isWord()) {
			words = append(words, Words{Op: op, Text: text.String(), By: by})
			text.Reset()
			by = t.by
		}
		text.WriteString(t.text)
	}
	if op == Kept {
		by = nil
	}
	return append(words, Words{Op: op, Text: text.String(), By: by})
}

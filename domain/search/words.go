package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// small are the words that are in every text and say nothing.
var small = []string{
	"de", "het", "een", "en", "of", "in", "op", "aan", "van", "voor", "met", "te", "is", "er", "dat", "die", "dit", "ik", "wij", "we",
	"u", "je",
}

// clean returns at most max bytes of a text that both databases can keep.
func clean(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// fold takes the accents off and makes letters small and plain: "Coöperatie" becomes "cooperatie".
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// plain leaves only words with one space between them: in "PVE-12" the words are "pve" and "12".
func plain(s string) string {
	words := strings.FieldsFunc(fold(s), func(r rune) bool { return !isWord(r) })
	return strings.TrimSpace(clean(strings.Join(words, " "), maxBody))
}

// mark cuts a text into pieces at the words that were looked for. Signs without a space between two of
// them belong to both: "PVE-3" is one piece.
func (q question) mark(text string) []Piece {
	parts := split(text)
	found := make([]bool, len(parts))
	for i, p := range parts {
		found[i] = q.fits(p) < nothing
	}
	var pieces []Piece
	for i, p := range parts {
		is := found[i] || i > 0 && i+1 < len(parts) && found[i-1] && found[i+1] && !strings.ContainsFunc(p, unicode.IsSpace)
		if n := len(pieces); n > 0 && pieces[n-1].Found == is {
			pieces[n-1].Text += p
		} else {
			pieces = append(pieces, Piece{p, is})
		}
	}
	return pieces
}

// split cuts a text into words and what stands between them, in order and complete. An accent that
// is written as a sign of its own stays with its letter.
func split(text string) []string {
	var parts []string
	start, inWord := 0, false
	for i, r := range text {
		word := isWord(r) || inWord && unicode.Is(unicode.Mn, r)
		if i > start && word != inWord {
			parts = append(parts, text[start:i])
			start = i
		}
		inWord = word
	}
	if start < len(text) {
		parts = append(parts, text[start:])
	}
	return parts
}

// excerptLength is about two lines, in bytes.
const excerptLength = 220

// excerpt returns the part of a body around the first word that fits best, on one line, with an ellipsis
// where it was cut.
func (q question) excerpt(body string) string {
	parts := split(strings.Join(strings.Fields(body), " "))
	first, best := 0, nothing
	for i, p := range parts {
		if fit := q.fits(p); fit < best {
			first, best = i, fit
		}
		if best == asked {
			break
		}
	}
	start, before := first, 0
	for start > 0 && before < excerptLength/4 {
		start--
		before += len(parts[start])
	}
	end, length := start, 0
	for end < len(parts) && length < excerptLength {
		length += len(parts[end])
		end++
	}
	text := strings.TrimSpace(clean(strings.Join(parts[start:end], ""), 2*excerptLength))
	if start > 0 {
		text = "… " + text
	}
	if end < len(parts) {
		text += " …"
	}
	return text
}

package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxWords  = 8  // of one question; what follows is ignored
	maxLetter = 40 // of one word; no Dutch word that somebody types is longer
	minPrefix = 3  // bytes; a shorter word is not taken for the beginning of another
)

// small are the words that are in every text and say nothing.
var small = []string{
	"de", "het", "een", "en", "of", "in", "op", "aan", "van", "voor", "met", "te", "is", "er", "dat", "die", "dit", "ik", "wij", "we", "u",
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

// fold takes the accents off and makes letters small: "Coöperatie" becomes "cooperatie".
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// plain leaves only words with spaces between them, so that no parser sees a host name, a negative
// number or a markup tag in a text: in "PVE-12" the words are "pve" and "12".
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) {
			return r
		}
		return ' '
	}, fold(s))
}

// wordsOf returns what to look for: words of letters and digits, without accents, each once. Small
// words count only when there is nothing else.
func wordsOf(text string) []string {
	var words, rest []string
	for _, w := range strings.Fields(plain(clean(text, 2000))) {
		if r := []rune(w); len(r) > maxLetter {
			w = string(r[:maxLetter])
		}
		switch {
		case slices.Contains(small, w):
			rest = append(rest, w)
		case !slices.Contains(words, w) && len(words) < maxWords:
			words = append(words, w)
		}
	}
	if len(words) == 0 && len(rest) > 0 {
		return rest[:1]
	}
	return words
}

// formsOf returns the word and the beginnings that its other usual forms share: SQLite has no Dutch
// dictionary, and that of Postgres keeps "brief" and "brieven" apart. "scholen" gives also "schol" and "school", "brieven" also "briev" and "brief".
func formsOf(word string) []string {
	forms := []string{word}
	stem := word
	for _, ending := range []string{"en", "s", "e"} {
		if cut, ok := strings.CutSuffix(word, ending); ok && len(cut) >= minPrefix {
			stem = cut
			break
		}
	}
	if stem == word {
		return forms
	}
	forms = append(forms, stem)
	end, last := len(stem)-1, stem[len(stem)-1]
	switch { // the consonant is doubled or softened before -en, and a long vowel written once
	case last == stem[end-1] && !isVowel(last):
		forms = append(forms, stem[:end])
	case last == 'v':
		forms = append(forms, stem[:end]+"f")
	case last == 'z':
		forms = append(forms, stem[:end]+"s")
	}
	if !isVowel(last) && isVowel(stem[end-1]) && end >= 2 && !isVowel(stem[end-2]) {
		consonant := strings.NewReplacer("v", "f", "z", "s").Replace(stem[end:])
		forms = append(forms, stem[:end]+string(stem[end-1])+consonant)
	}
	return forms
}

func isVowel(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }

// matches reports whether a word of a text is one of those looked for.
func matches(word string, words []string) bool {
	word = fold(word)
	for _, w := range words {
		for _, form := range formsOf(w) {
			if word == form || len(form) >= minPrefix && strings.HasPrefix(word, form) {
				return true
			}
		}
	}
	return false
}

// mark cuts a text into pieces at the words that were looked for.
func mark(text string, words []string) []Piece {
	var pieces []Piece
	add := func(s string, found bool) {
		if s == "" {
			return
		}
		if n := len(pieces); n > 0 && pieces[n-1].Found == found {
			pieces[n-1].Text += s
			return
		}
		pieces = append(pieces, Piece{s, found})
	}
	for _, part := range split(text) {
		add(part, matches(part, words))
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

// excerpt returns the part of a body around the first word that was looked for, on one line, with
// an ellipsis where it was cut.
func excerpt(body string, words []string) string {
	parts := split(strings.Join(strings.Fields(body), " "))
	first := max(0, slices.IndexFunc(parts, func(p string) bool { return matches(p, words) }))
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

package search

import "strings"

// irregular are words of which no rule below finds the other form.
var irregular = [][2]string{{"lid", "leden"}, {"stad", "steden"}, {"kind", "kinderen"}, {"centrum", "centra"}, {"museum", "musea"}}

// formsOf returns other forms of a Dutch word, its plural or its singular: those that do not hold the word
// itself, for a part of a word is found anyway. A stemmer would not do: it cuts "initiatieven" to
// "initiatiev", which is no part of "initiatief". A form that is no word only costs time.
func formsOf(word string) []spelling {
	if len(word) < 3 || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return nil
	}
	for _, pair := range irregular {
		switch word {
		case pair[0]:
			return []spelling{{pair[1], beginning}}
		case pair[1]:
			return []spelling{{pair[0], beginning}}
		}
	}
	return append(singular(word), plural(word)...)
}

func singular(word string) []spelling {
	if base, ok := strings.CutSuffix(word, "heden"); ok && base != "" {
		return []spelling{{base + "heid", part}}
	}
	if base, ok := strings.CutSuffix(word, "s"); ok && len(base) >= 3 {
		return []spelling{{base, part}}
	}
	stem, ok := strings.CutSuffix(word, "en")
	if !ok {
		stem, ok = strings.CutSuffix(word, "e")
	}
	if !ok || len(stem) < 3 {
		return nil
	}
	end, last := len(stem)-1, stem[len(stem)-1]
	switch {
	case last == stem[end-1] && !isVowel(last): // bussen, bus
		return []spelling{{stem[:end], part}}
	case isVowel(last) || !isVowel(stem[end-1]) || isVowel(stem[end-2]): // brieven, brief
		return []spelling{{stem[:end] + hard(last), part}}
	}
	// straten, straat; and artikelen, artikel, of which the letters do not tell them apart
	return []spelling{{stem[:end] + string(stem[end-1]) + hard(last), part}, {stem, beginning}}
}

// plural returns the forms in which the end of the word changes.
func plural(word string) []spelling {
	if base, ok := strings.CutSuffix(word, "heid"); ok && base != "" {
		return []spelling{{base + "heden", part}}
	}
	end, last := len(word)-1, word[len(word)-1]
	long := len(word) >= 3 && isVowel(word[end-1]) && (isVowel(word[end-2])) || strings.HasSuffix(word[:end], "ij")
	if !long || isVowel(last) {
		return nil
	}
	base := word[:end]
	if word[end-1] == word[end-2] { // straat, straten
		base = word[:end-1]
	}
	if changed := base + soft(last) + "en"; !strings.HasPrefix(changed, word) {
		return []spelling{{changed, part}}
	}
	return nil
}

// hard is how a consonant is written at the end of a word, soft how it is before an ending.
func hard(consonant byte) string {
	return strings.NewReplacer("v", "f", "z", "s").Replace(string(consonant))
}

func soft(consonant byte) string {
	return strings.NewReplacer("f", "v", "s", "z").Replace(string(consonant))
}

func isVowel(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }

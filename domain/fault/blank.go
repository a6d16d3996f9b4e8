package fault

import (
	"strings"
	"unicode"
)

// unseen are letters and signs that show nothing, beside spaces, control and format characters.
const unseen = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// Blank reports whether a text shows nothing to who reads it.
func Blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.In(r, unicode.C, unicode.Variation_Selector) && !strings.ContainsRune(unseen, r)
	})
}

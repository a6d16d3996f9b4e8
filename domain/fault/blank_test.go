package fault_test

import (
	"testing"

	"samenwijk/domain/fault"
)

func TestATextThatShowsNothingIsBlank(t *testing.T) {
	for _, text := range []string{"", " \t\n", "\u200b", "\u200b \ufeff\u2060", "\u3164", "\u2800", "\u00ad", "\ufe0f", "\u202e"} {
		if !fault.Blank(text) {
			t.Errorf("%q shows something", text)
		}
	}
	for _, text := range []string{"a", "\u200bé", "7", "?", "👩\u200d🔬", "ب", "中"} {
		if fault.Blank(text) {
			t.Errorf("%q shows nothing", text)
		}
	}
}

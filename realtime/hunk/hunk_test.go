package hunk_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"samenwijk/realtime/hunk"
)

func units(text string) []uint16 { return utf16.Encode([]rune(text)) }

// marked is a with what goes in [] and what comes in {}.
func marked(a, b []uint16, hunks []hunk.Hunk) string {
	var out strings.Builder
	said := func(open string, units []uint16, end string) {
		if len(units) > 0 {
			out.WriteString(open + string(utf16.Decode(units)) + end)
		}
	}
	at := 0
	for _, h := range hunks {
		said("", a[at:h.Old], "")
		said("[", a[h.Old:h.OldEnd], "]")
		said("{", b[h.New:h.NewEnd], "}")
		at = h.OldEnd
	}
	said("", a[at:], "")
	return out.String()
}

func TestWordsStayWhole(t *testing.T) {
	for _, tc := range []struct{ old, new, want string }{
		{"een twee drie", "een twee drie", "een twee drie"},
		{"een twee drie", "een vier drie", "een [twee]{vier} drie"},
		{"een twee", "een twee drie", "een twee{ drie}"},
		{"een twee drie vier vijf", "zes twee drie vier acht", "[een]{zes} twee drie vier [vijf]{acht}"},
		{"plaats", "plaatsen", "plaats{en}"},
		{"twee thee", "thee", "[twee ]thee"},
		{"thee", "twee thee", "{twee }thee"},
		{"een twee thee", "een thee", "een [twee ]thee"},
		{"plaatsen", "plaats", "plaats[en]"},
		{"te veelthee", "thee", "[te veel]thee"},
		{"thee", "te veelthee", "{te veel}thee"},
		{"aap", "ap", "[a]ap"},
		{"pindakaasmetpasta", "pasta", "[pindakaasmet]pasta"},
		{"", "nieuw", "{nieuw}"},
		{"oud", "", "[oud]"},
		{"a😀b", "a😁b", "[a😀b]{a😁b}"},
		{"😀a x😀b", "😀b", "[😀a x]😀b"},
		{"een 😀 twee", "een 😁 drie", "een [😀 twee]{😁 drie}"},
	} {
		a, b := units(tc.old), units(tc.new)
		if got := marked(a, b, hunk.Between(a, b)); got != tc.want {
			t.Errorf("%q to %q is %q, want %q", tc.old, tc.new, got, tc.want)
		}
	}
}

// Whatever the texts, the hunks make one of the other, go up and cut no character in two.
func TestHunksMakeOneTextOfTheOther(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	text := func() string {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString([]string{"de ", "het", " ", "huis", "😀", "é", ",", "\n", "a"}[r.IntN(9)])
		}
		return b.String()
	}
	for range 3000 {
		old, new := text(), text()
		a, b := units(old), units(new)
		var made []uint16
		at, to := 0, 0
		for _, h := range hunk.Between(a, b) {
			if h.Old < at || h.OldEnd < h.Old || h.New < to || h.NewEnd < h.New || !slices.Equal(a[at:h.Old], b[to:h.New]) {
				t.Fatalf("seed %d: %q to %q: %+v", seed, old, new, h)
			}
			if got := string(utf16.Decode(b[h.New:h.NewEnd])); strings.ContainsRune(got, '\uFFFD') {
				t.Fatalf("seed %d: %q to %q cuts a character", seed, old, new)
			}
			made = append(append(made, a[at:h.Old]...), b[h.New:h.NewEnd]...)
			at, to = h.OldEnd, h.NewEnd
		}
		if made = append(made, a[at:]...); string(utf16.Decode(made)) != new {
			t.Fatalf("seed %d: %q to %q makes %q", seed, old, new, string(utf16.Decode(made)))
		}
	}
}

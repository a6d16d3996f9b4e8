package compare_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
)

func TestWordsOfTwoPeopleComeTogether(t *testing.T) {
	for name, tc := range map[string]struct {
		base, mine, now string
		want            compare.Merged
	}{
		"only mine":   {"een twee", "een drie", "een twee", compare.Merged{Text: "een drie"}},
		"only theirs": {"een twee", "een twee", "een drie", compare.Merged{Text: "een drie"}},
		"the same":    {"een twee", "een drie", "een drie", compare.Merged{Text: "een drie"}},
		"far apart": {"Elke deelnemer heeft een coach.", "Iedere deelnemer heeft een coach.", "Elke deelnemer heeft een begeleider.",
			compare.Merged{Text: "Iedere deelnemer heeft een begeleider.", Both: true}},
		"a sentence from each": {"Vertrouwen.", "Vertrouwen. Ook voor ouders.", "Vertrouwen. En rust.",
			compare.Merged{Text: "Vertrouwen. En rust. Ook voor ouders.", Both: true}},
		"one still typing": {"Vertrouwen", "Vertrouwen is nodig", "Vertrouwen en rus",
			compare.Merged{Text: "Vertrouwen en rus is nodig", Both: true}},
		"behind a changed word": {"Vaste begeleider", "Vaste begeleider in de zomer", "Vaste coach",
			compare.Merged{Text: "Vaste coach in de zomer", Both: true}},
		"the same word": {"Vaste begeleider", "Eén vaste begeleider", "Twee begeleiders",
			compare.Merged{Text: "Twee begeleiders Eén vaste", Both: true, Clash: true}},
		"words beside": {"Vaste begeleider", "Losse begeleider", "Vaste coach",
			compare.Merged{Text: "Losse coach", Both: true, Clash: true}},
		"within what went": {"een twee drie vier", "een", "een twee en drie vier", compare.Merged{Text: "een en", Both: true, Clash: true}},
		"both took out":    {"een twee drie vier", "een vier", "een twee", compare.Merged{Text: "een", Both: true}},
		"paragraphs": {"een\n\ntwee\n\ndrie", "een\n\ntwee\n\ndrie\n\nvier", "nul\n\neen\n\ntwee\n\ndrie",
			compare.Merged{Text: "nul\n\neen\n\ntwee\n\ndrie\n\nvier", Both: true}},
		"over what was seen": {"Vaste begeleider en n", "Mijn tekst", "Vaste begeleider en nog iets",
			compare.Merged{Text: "Mijn tekst nog iets", Both: true, Clash: true}},
		"all gone":            {"een twee", "", "een twee drie", compare.Merged{Text: "drie", Both: true}},
		"nothing before":      {"", "van mij", "van de ander", compare.Merged{Text: "van de ander van mij", Both: true}},
		"no space beside one": {"(een)", "(een, twee)", "(nul een)", compare.Merged{Text: "(nul een, twee)", Both: true}},
	} {
		if got := compare.Merge(tc.base, tc.mine, tc.now); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

// Whatever two people do to a text, each word that either wrote stands in it, and none that either took out.
func TestNoWordIsLostWhereTwoPeopleWrite(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 9))
	for range 3000 {
		var base, mine, now, want []string
		for i := range random.IntN(30) {
			word := fmt.Sprint("w", i)
			base = append(base, word)
			stays := true
			for n, side := range []*[]string{&mine, &now} {
				if random.IntN(6) == 0 {
					written := fmt.Sprintf("n%d.%d", n, i)
					written = strings.ReplaceAll(written, ".", "x")
					*side, want = append(*side, written), append(want, written)
				}
				if random.IntN(6) == 0 {
					stays = false
					continue
				}
				*side = append(*side, word)
			}
			if stays {
				want = append(want, word)
			}
		}
		text := func(words []string) string { return strings.Join(words, " ") }
		got := strings.Fields(compare.Merge(text(base), text(mine), text(now)).Text)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("of %v, %v and %v became %v, want %v", base, mine, now, got, want)
		}
	}
}

func TestATextMadeToHarmIsMergedSoon(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(size int) string {
		var b strings.Builder
		for b.Len() < size {
			b.WriteByte(" abc\n.,"[random.IntN(7)])
		}
		return b.String()
	}
	began := time.Now()
	compare.Merge(noise(200<<10), noise(4<<10), noise(50<<10))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestWhoWroteWhatWasNotThereBefore(t *testing.T) {
	line := func(inlines ...richtext.Inline) richtext.Block {
		return richtext.Block{Kind: richtext.Paragraph, Inlines: inlines}
	}
	now := []richtext.Block{line(
		richtext.Inline{Text: "een twee", By: "ana"}, richtext.Inline{Text: " drie", By: "bo"}),
		line(richtext.Inline{Text: "vier vijf", By: "cas"})}
	for base, want := range map[string][]string{
		"een twee\n\nvier vijf": {"bo"}, "een twee drie\n\nvier vijf": nil, "vijf een drie twee vier zes": nil, "twee drie": {"ana", "cas"},
	} {
		if got := compare.Changers(base, now); !slices.Equal(got, want) {
			t.Errorf("since %q %v wrote, want %v", base, got, want)
		}
	}
}

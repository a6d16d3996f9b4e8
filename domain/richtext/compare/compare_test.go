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

func paragraph(text string) richtext.Block {
	return richtext.Block{Kind: richtext.Paragraph, Inlines: inlines(text)}
}

// inlines reads "{ana:words}" as words of ana.
func inlines(text string) []richtext.Inline {
	var all []richtext.Inline
	for text != "" {
		plain, rest, marked := strings.Cut(text, "{")
		if plain != "" {
			all = append(all, richtext.Inline{Text: plain})
		}
		if !marked {
			break
		}
		inside, after, _ := strings.Cut(rest, "}")
		by, words, _ := strings.Cut(inside, ":")
		all, text = append(all, richtext.Inline{Text: words, By: by}), after
	}
	return all
}

func heading(text string) richtext.Block {
	return richtext.Block{Kind: richtext.Heading, Level: 2, Inlines: inlines(text)}
}

func requirement(id, statement, rationale string) richtext.Block {
	return richtext.Block{Kind: richtext.Requirement, ID: id, Blocks: []richtext.Block{
		{Kind: richtext.Statement, Blocks: []richtext.Block{paragraph(statement)}},
		{Kind: richtext.Rationale, Blocks: []richtext.Block{paragraph(rationale)}},
	}}
}

// said writes a comparison on a line a unit: = for the same, ~ changed, + added, - removed, > moved,
// with [-deleted-] and [+inserted+] and who did it.
func said(units []compare.Unit) string {
	var out []string
	for _, u := range units {
		line := map[compare.Change]string{compare.Same: "=", compare.Changed: "~", compare.Added: "+", compare.Removed: "-"}[u.Change]
		if u.Moved {
			line += ">"
		}
		if u.ID != "" {
			line += " " + u.ID + ":"
		}
		for _, p := range u.Parts {
			for _, l := range p.Lines {
				line += " "
				if l.Restyled {
					line += "*"
				}
				for _, w := range l.Words {
					by := ""
					if len(w.By) > 0 {
						by = " " + strings.Join(w.By, "&")
					}
					line += map[compare.Op]string{compare.Kept: w.Text, compare.Inserted: "[+" + w.Text + by + "+]", compare.Deleted: "[-" + w.Text + by + "-]"}[w.Op]
				}
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestATextBecomesAnother(t *testing.T) {
	for name, tc := range map[string]struct {
		old, new []richtext.Block
		want     string
	}{
		"nothing changed": {
			[]richtext.Block{heading("Begeleiding"), paragraph("Een zin.")},
			[]richtext.Block{heading("Begeleiding"), paragraph("Een zin.")},
			"= Begeleiding\n= Een zin.",
		},
		"a word, by somebody": {
			[]richtext.Block{requirement("r1", "Elke deelnemer heeft een {bo:vaste} coördinator.", "Dat helpt.")},
			[]richtext.Block{requirement("r1", "Elke deelnemer heeft een {ana:eigen} coördinator.", "Dat helpt.")},
			"~ r1: Elke deelnemer heeft een [-vaste bo-][+eigen ana+] coördinator. Dat helpt.",
		},
		"two words beside each other are one change": {
			[]richtext.Block{paragraph("Er zijn twee vaste mensen, elke dag.")},
			[]richtext.Block{paragraph("Er zijn {ana:drie} {ana:nieuwe} mensen, elke dag.")},
			"~ Er zijn [-twee vaste-][+drie nieuwe ana+] mensen, elke dag.",
		},
		"a sentence that says something else is replaced whole": {
			[]richtext.Block{requirement("r1", "Werkgevers doen mee aan de training.", "Omdat.")},
			[]richtext.Block{requirement("r1", "Bewoners beslissen over het geld.", "Omdat.")},
			"~ r1: [-Werkgevers doen mee aan de training.-] [+Bewoners beslissen over het geld.+] Omdat.",
		},
		"a requirement that moved and changed": {
			[]richtext.Block{requirement("r1", "Een", "a"), requirement("r2", "Twee", "b"), requirement("r3", "Drie", "c")},
			[]richtext.Block{requirement("r3", "Drie nu", "c"), requirement("r1", "Een", "a"), requirement("r2", "Twee", "b")},
			"~> r3: Drie[+ nu+] c\n= r1: Een a\n= r2: Twee b",
		},
		"a paragraph that moved is not one that came and one that went": {
			[]richtext.Block{paragraph("Eerste."), paragraph("Tweede."), paragraph("Derde.")},
			[]richtext.Block{paragraph("Tweede."), paragraph("Derde."), paragraph("Eerste.")},
			"= Tweede.\n= Derde.\n~> Eerste.",
		},
		"another requirement is never the same one": {
			[]richtext.Block{requirement("r1", "Elke deelnemer heeft een coördinator.", "Zo.")},
			[]richtext.Block{requirement("r2", "Elke deelnemer heeft een coördinator.", "Zo.")},
			"- r1: [-Elke deelnemer heeft een coördinator.-] [-Zo.-]\n+ r2: [+Elke deelnemer heeft een coördinator.+] [+Zo.+]",
		},
		"what came and what went between the same": {
			[]richtext.Block{paragraph("Begin."), paragraph("Dit gaat helemaal weg."), paragraph("Eind.")},
			[]richtext.Block{paragraph("Begin."), paragraph("{ana:Iets anders komt hier.}"), paragraph("Eind."), paragraph("Nog iets.")},
			"= Begin.\n- [-Dit gaat helemaal weg.-]\n+ [+Iets anders komt hier. ana+]\n= Eind.\n+ [+Nog iets.+]",
		},
		"bold now": {
			[]richtext.Block{paragraph("Een woord")},
			[]richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "Een "}, {Text: "woord", Bold: true}}}},
			"~ *Een woord",
		},
		"the same words typed by somebody else are the same words": {
			[]richtext.Block{paragraph("Een woord")},
			[]richtext.Block{paragraph("{ana:Een} {bo:woord}")},
			"= Een woord",
		},
		"a word two people made": {
			[]richtext.Block{paragraph("Wij werken samen")},
			[]richtext.Block{paragraph("Wij {ana:samen}{bo:werken} samen")},
			"~ Wij [-werken-][+samenwerken ana&bo+] samen",
		},
		"an item of a list": {
			[]richtext.Block{{Kind: richtext.BulletList, Blocks: []richtext.Block{
				{Kind: richtext.ListItem, Blocks: []richtext.Block{paragraph("appels")}}, {Kind: richtext.ListItem, Blocks: []richtext.Block{paragraph("peren")}}}}},
			[]richtext.Block{{Kind: richtext.BulletList, Blocks: []richtext.Block{
				{Kind: richtext.ListItem, Blocks: []richtext.Block{paragraph("appels")}}, {Kind: richtext.ListItem, Blocks: []richtext.Block{paragraph("bananen")}},
				{Kind: richtext.ListItem, Blocks: []richtext.Block{paragraph("peren")}}}}},
			"~ appels [+bananen+] peren",
		},
		"what stands in a section is followed by itself": {
			[]richtext.Block{{Kind: richtext.Section, Blocks: []richtext.Block{heading("Een"), requirement("r1", "Dit.", "Zo.")}}},
			[]richtext.Block{heading("Een"), requirement("r1", "Dat.", "Zo.")},
			"= Een\n~ r1: [-Dit.-] [+Dat.+] Zo.",
		},
		"from nothing": {nil, []richtext.Block{paragraph("Nu wel.")}, "+ [+Nu wel.+]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(compare.Documents(richtext.Document{Blocks: tc.old}, richtext.Document{Blocks: tc.new})); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestWhoChangedSomethingInAUnitIsNamedOnce(t *testing.T) {
	units := compare.Documents(
		richtext.Document{Blocks: []richtext.Block{requirement("r1", "Een {bo:oud} en {ana:ander} woord", "Zo.")}},
		richtext.Document{Blocks: []richtext.Block{requirement("r1", "Een {ana:nieuw} en {cas:fris} woord", "Zo.")}})
	if got := units[0].By(); !slices.Equal(got, []string{"bo", "ana", "cas"}) {
		t.Errorf("changed by %v", got)
	}
}

// sides gathers what a comparison shows of each side, a line of the text a line.
func sides(units []compare.Unit) (old, new []string) {
	for _, u := range units {
		for _, p := range u.Parts {
			for _, l := range p.Lines {
				var before, after string
				for _, w := range l.Words {
					if w.Op != compare.Inserted {
						before += w.Text
					}
					if w.Op != compare.Deleted {
						after += w.Text
					}
				}
				if l.Change != compare.Added {
					old = append(old, before)
				}
				if l.Change != compare.Removed {
					new = append(new, after)
				}
			}
		}
	}
	slices.Sort(old)
	slices.Sort(new)
	return old, new
}

func linesOf(blocks []richtext.Block) []string {
	var lines []string
	for _, b := range blocks {
		if text := b.Plain(); text != "" {
			lines = append(lines, strings.Split(text, "\n")...)
		}
	}
	slices.Sort(lines)
	return lines
}

// TestNothingIsLeftOutOfAComparison makes random texts out of few words, so that much is the same,
// and reads both back from the comparison.
func TestNothingIsLeftOutOfAComparison(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	words := []string{"samen", "wijk", "werk", "en", "de", "een,", "bewoner.", "😀"}
	text := func() string {
		var all []string
		for range 1 + random.IntN(8) {
			all = append(all, words[random.IntN(len(words))])
		}
		return strings.Join(all, " ")
	}
	for range 500 {
		make := func() richtext.Document {
			var blocks []richtext.Block
			for _, n := range random.Perm(6)[:random.IntN(7)] {
				switch n % 3 {
				case 0:
					blocks = append(blocks, requirement(fmt.Sprint("r", n), text(), text()))
				case 1:
					blocks = append(blocks, heading(text()))
				default:
					blocks = append(blocks, paragraph(text()), paragraph(text()))
				}
			}
			return richtext.Document{Blocks: blocks}
		}
		a, b := make(), make()
		old, new := sides(compare.Documents(a, b))
		if want := linesOf(a.Blocks); !slices.Equal(old, want) {
			t.Fatalf("seed %d: of the old text there is %q, want %q", seed, old, want)
		}
		if want := linesOf(b.Blocks); !slices.Equal(new, want) {
			t.Fatalf("seed %d: of the new text there is %q, want %q", seed, new, want)
		}
	}
}

func TestHugeTextsAreComparedInTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(words int) string {
		var b strings.Builder
		for range words {
			fmt.Fprintf(&b, "woord%d ", random.IntN(2000))
		}
		return strings.TrimSpace(b.String())
	}
	many := func() (blocks []richtext.Block) {
		for range 2000 {
			blocks = append(blocks, paragraph(text(80)))
		}
		return blocks
	}
	for name, tc := range map[string][2][]richtext.Block{
		"one paragraph of 2 MB, all of it different": {{paragraph(text(200_000))}, {paragraph(text(200_000))}},
		"2,000 paragraphs, all of them different":    {many(), many()},
	} {
		began := time.Now()
		compare.Documents(richtext.Document{Blocks: tc[0]}, richtext.Document{Blocks: tc[1]})
		took := time.Since(began)
		t.Logf("%s: %s", name, took)
		if took > 10*time.Second {
			t.Errorf("%s takes %s", name, took)
		}
	}
}

func table(id string, cells ...string) richtext.Block {
	row := richtext.Block{Kind: richtext.Row}
	for _, words := range cells {
		row.Blocks = append(row.Blocks, richtext.Block{Kind: richtext.Cell, Blocks: []richtext.Block{paragraph(words)}})
	}
	return richtext.Block{Kind: richtext.Table, ID: id, Blocks: []richtext.Block{row}}
}

func TestATableWithoutWordsIsFollowedByItsID(t *testing.T) {
	for name, tc := range map[string]struct {
		old, new []richtext.Block
		want     string
	}{
		"it came":                {nil, []richtext.Block{table("t", "", "")}, "+ t:"},
		"it went":                {[]richtext.Block{table("t", "")}, nil, "- t:"},
		"it stayed":              {[]richtext.Block{table("t", "")}, []richtext.Block{table("t", "")}, "= t:"},
		"it got words":           {[]richtext.Block{table("t", "")}, []richtext.Block{table("t", "wie")}, "~ t: [+wie+]"},
		"it lost them":           {[]richtext.Block{table("t", "wie")}, []richtext.Block{table("t", "")}, "~ t: [-wie-]"},
		"another stands instead": {[]richtext.Block{table("t", "")}, []richtext.Block{table("u", "")}, "- t:\n+ u:"},
	} {
		got := said(compare.Documents(richtext.Document{Blocks: tc.old}, richtext.Document{Blocks: tc.new}))
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

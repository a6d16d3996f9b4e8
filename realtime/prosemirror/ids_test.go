package prosemirror_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// TestEachTextSaysWhoseItsUnitsAre lets two clients write in one paragraph, with marks, a character of
// two units and a deletion, and looks up every unit.
func TestEachTextSaysWhoseItsUnitsAre(t *testing.T) {
	ana, bo := crdt.NewDoc(crdt.WithClientID(1)), crdt.NewDoc(crdt.WithClientID(2))
	exchange := func() {
		for _, way := range [][2]*crdt.Doc{{ana, bo}, {bo, ana}} {
			update, err := way[0].EncodeStateAsUpdate(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := way[1].ApplyUpdate(update, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(t, ana, paragraph(prosemirror.Text("Samen 😀 werken", prosemirror.Mark{Type: "bold"}), prosemirror.Text(" in de wijk")))
	exchange()
	text, ok := bo.XMLFragment("default").Get(0).(*crdt.XMLElement).Get(0).(*crdt.XMLText)
	if !ok {
		t.Fatal("the paragraph holds no text")
	}
	for _, err := range []error{text.Delete(0, 6), text.Insert(1, "xy", nil), text.InsertEmbed(0, map[string]any{"a": 1.0}, nil), text.Insert(text.Len(), "!", crdt.Attributes{"italic": map[string]any{}})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	exchange()
	nodes := prosemirror.ReadIDs(ana.XMLFragment("default"))
	if plain := prosemirror.Read(ana.XMLFragment("default")); !prosemirror.Equal(nodes[0], plain[0]) {
		t.Errorf("with ids the text reads otherwise: %v", nodes)
	}
	byBo := map[rune]bool{'x': true, 'y': true, '!': true} // what is left of the cut character stays ana's
	for _, n := range nodes[0].Content {
		units := utf16.Encode([]rune(n.Text))
		at := 0
		for _, r := range n.IDs {
			if r.Len == 0 {
				t.Errorf("an empty range in %v", n.IDs)
			}
			for range r.Len {
				if at == len(units) {
					t.Fatalf("%q has more ids than units: %v", n.Text, n.IDs)
				}
				if want := map[bool]uint64{true: 2, false: 1}[byBo[rune(units[at])]]; r.Client != want {
					t.Errorf("unit %d of %q is of client %d, want %d", at, n.Text, r.Client, want)
				}
				at++
			}
		}
		if at != len(units) {
			t.Errorf("%q has %d units and %d ids", n.Text, len(units), at)
		}
	}
}

// TestWordsThatStayKeepTheirIDs makes one random line into another and counts the units that were new.
func TestWordsThatStayKeepTheirIDs(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	words := []string{"samen", "wijk", "werk", " ", " ", ".", "😀", "e\u0301"}
	line := func() (nodes []prosemirror.Node) {
		for range random.IntN(20) {
			var marks []prosemirror.Mark
			if random.IntN(4) == 0 {
				marks = []prosemirror.Mark{{Type: "bold"}}
			}
			nodes = append(nodes, prosemirror.Text(words[random.IntN(len(words))], marks...))
		}
		return nodes
	}
	for range 2000 {
		d := crdt.NewDoc()
		old, new := line(), line()
		write(t, d, paragraph(old...))
		write(t, d, paragraph(new...))
		want := crdt.NewDoc()
		write(t, want, paragraph(new...))
		got, expected := prosemirror.Read(d.XMLFragment("default")), prosemirror.Read(want.XMLFragment("default"))
		if !prosemirror.Equal(got[0], expected[0]) {
			t.Fatalf("seed %d: %v became %v, want %v", seed, old, got, expected)
		}
	}
	d := crdt.NewDoc()
	write(t, d, paragraph(prosemirror.Text("Elke deelnemer heeft een coördinator en een plan.")))
	update := write(t, d, paragraph(prosemirror.Text("Elke bewoner heeft een coördinator en een doel.")))
	if strings.Contains(string(update), "heeft een") || !strings.Contains(string(update), "bewoner") || !strings.Contains(string(update), "doel") {
		t.Errorf("two words changed, and the update is %q", update)
	}
}

func TestATextIsCutAfterUnitsAndNeverThroughACharacter(t *testing.T) {
	for n, want := range []string{"|a😀bé", "a|😀bé", "a😀|bé", "a😀|bé", "a😀b|é", "a😀bé|", "a😀bé|"} {
		first, rest := prosemirror.Cut("a😀bé", uint32(n))
		if got := fmt.Sprintf("%s|%s", first, rest); got != want {
			t.Errorf("after %d units: %s, want %s", n, got, want)
		}
	}
}

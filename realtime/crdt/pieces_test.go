package crdt_test

import (
	"fmt"
	"slices"
	"testing"

	"samenwijk/realtime/crdt"
)

func TestPiecesAreWhatStandsInARootAndTakeUpItsLength(t *testing.T) {
	made := crdt.NewDoc(crdt.WithClientID(7))
	text := made.Text("t")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(text.Insert(0, "één 😀", nil))
	check(text.Insert(text.Len(), "vet", crdt.Attributes{"bold": true}))
	check(text.InsertEmbed(text.Len(), map[string]any{"p": "a"}, nil))
	check(text.InsertEmbed(text.Len(), crdt.NewMap(nil), nil))
	check(text.Delete(0, 1))
	state, err := made.EncodeStateAsUpdate(nil)
	check(err)
	loaded := crdt.NewDoc() // which was never told what kind of root it is
	check(loaded.ApplyUpdate(state, nil))
	for name, d := range map[string]*crdt.Doc{"made": made, "loaded": loaded} {
		var got []string
		units := 0
		for p := range d.Pieces("t") {
			units += p.Units
			said := fmt.Sprintf("%d.%d %d", p.Client, p.Clock, p.Units)
			switch p.Kind {
			case crdt.PieceText:
				said += " " + string(p.Text)
			case crdt.PieceEmbed:
				said += fmt.Sprint(" ", p.Value())
			case crdt.PieceFormat:
				said += fmt.Sprint(" ", p.Name, "=", p.Value())
			}
			got = append(got, said)
		}
		want := []string{"7.1 5 én 😀", "7.6 0 bold=true", "7.7 3 vet", "7.10 0 bold=<nil>", "7.11 1 map[p:a]", "7.12 1"}
		if !slices.Equal(got, want) || units != text.Len() {
			t.Errorf("%s: %q in %d units, want %q in %d", name, got, units, want, text.Len())
		}
	}
	if _, unknown := loaded.Root("t").(*crdt.Unknown); !unknown {
		t.Error("looking at a root gave it a kind")
	}
	for range loaded.Pieces("elsewhere") {
		t.Error("there is a piece in a root that is not there")
	}
	if got := loaded.Roots(); len(got) != 1 {
		t.Errorf("looking made roots: %q", got)
	}
}

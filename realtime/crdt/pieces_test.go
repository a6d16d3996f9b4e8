package crdt_test

import (
	"errors"
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

// What was deleted keeps its place: each of these is put behind its own unit, in every order, and the text
// reads as it did.
func TestAnEmbedGoesBehindAUnitThatWasDeleted(t *testing.T) {
	for _, order := range [][]uint32{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2}} {
		d := crdt.NewDoc(crdt.WithClientID(7))
		text := d.Text("t")
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(text.Insert(0, "abcd.", nil))
		check(text.Delete(0, 4))
		want := ""
		for _, clock := range order {
			check(text.InsertEmbedBehind(crdt.ID{Client: 7, Clock: clock}, map[string]any{"n": clock}))
			check(d.Check())
		}
		for _, clock := range slices.Sorted(slices.Values(order)) {
			want += fmt.Sprint(clock)
		}
		got := ""
		for _, op := range text.ToDelta() {
			if embed, ok := op.Insert.(map[string]any); ok {
				got += fmt.Sprint(embed["n"])
			}
		}
		if got != want {
			t.Errorf("put back in the order %v they stand as %s, want %s", order, got, want)
		}
		if at, ok := d.Behind("t", crdt.ID{Client: 7, Clock: 4}); at != len(order)+1 || !ok {
			t.Errorf("behind the full stop is %d, %v, want %d", at, ok, len(order)+1)
		}
		if err := text.Insert(len(order)+1, "!", nil); err != nil || text.String() != ".!" {
			t.Errorf("written on, it says %q: %v", text, err)
		}
	}
}

func TestNothingGoesBehindAUnitOfAnotherType(t *testing.T) {
	d := crdt.NewDoc(crdt.WithClientID(7))
	text := d.Text("t")
	for _, err := range []error{text.Insert(0, "ab", nil), d.Text("u").Insert(0, "c", nil), d.Map("m").Set("k", 1)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range []crdt.ID{{Client: 7, Clock: 2}, {Client: 7, Clock: 3}, {Client: 7, Clock: 4}, {Client: 8}} {
		if err := text.InsertEmbedBehind(unit, map[string]any{}); !errors.Is(err, crdt.ErrRange) {
			t.Errorf("%v: %v", unit, err)
		}
		if _, ok := d.Behind("t", unit); ok {
			t.Errorf("%v is in it", unit)
		}
	}
	if _, ok := d.Behind("nowhere", crdt.ID{Client: 7}); ok {
		t.Error("it is in a root that is not there")
	}
	if at, ok := d.Behind("t", crdt.ID{Client: 7}); at != 1 || !ok {
		t.Errorf("behind the first letter is %d, %v", at, ok)
	}
}

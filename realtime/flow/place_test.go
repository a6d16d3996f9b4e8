package flow_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

func requirement(id, statement string) prosemirror.Node {
	part := func(name, text string) prosemirror.Node {
		p := prosemirror.Element("paragraph", nil)
		if text != "" {
			p.Content = []prosemirror.Node{prosemirror.Text(text)}
		}
		return prosemirror.Element(name, nil, p)
	}
	return prosemirror.Element("requirement", map[string]any{"id": id}, part("statement", statement), part("rationale", ""))
}

func para(text string) prosemirror.Node {
	return prosemirror.Element("paragraph", nil, prosemirror.Text(text))
}

// outline tells the running text in a word a block.
func outline(d *crdt.Doc) string {
	var list []string
	for _, n := range flow.Programme.Read(d) {
		switch id, _ := n.Attrs["id"].(string); {
		case id != "":
			list = append(list, id)
		case len(n.Content) == 0:
			list = append(list, "_")
		default:
			list = append(list, n.Content[0].Text)
		}
	}
	return strings.Join(list, " ")
}

func programme(t *testing.T) *crdt.Doc {
	t.Helper()
	d := crdt.NewDoc(crdt.WithClientID(1))
	write(t, d, []prosemirror.Node{
		para("voor"), requirement("r1", "een"), para("tussen"), requirement("r2", "twee"), requirement("r3", "drie"),
	})
	return d
}

func card(id string) flow.Card { return flow.Card{Kind: "requirement", ID: id} }

func TestACardIsMovedRemovedAndPutBackWithoutItsWords(t *testing.T) {
	d := programme(t)
	p := flow.Programme
	for _, step := range []struct {
		what string
		do   func() error
		want string
	}{
		{"behind another", func() error { return p.Move(d, card("r1"), flow.Spot{Behind: card("r3")}, noon) }, "voor tussen r2 r3 r1"},
		{"before", func() error { return p.Move(d, card("r3"), flow.Spot{Before: card("r2")}, noon) }, "voor tussen r3 r2 r1"},
		{"to the end", func() error { return p.Move(d, card("r3"), flow.Spot{}, noon) }, "voor tussen r2 r1 r3"},
		{"away", func() error { return p.Remove(d, card("r1"), noon) }, "voor tussen r2 r3"},
		{"back", func() error { return p.PutBack(d, card("r1"), flow.Spot{Before: card("r2")}, noon) }, "voor tussen r1 r2 r3"},
		{"away again", func() error { return p.Remove(d, card("r1"), noon) }, "voor tussen r2 r3"},
		{"back where it was", func() error { return p.PutBack(d, card("r1"), flow.Spot{}, noon) }, "voor tussen r1 r2 r3"},
		{"away once more", func() error { return p.Remove(d, card("r1"), noon) }, "voor tussen r2 r3"},
		{"back to the end", func() error { return p.PutBack(d, card("r1"), flow.Spot{Behind: card("r3")}, noon.Add(-time.Hour)) }, "voor tussen r2 r3 r1"},
		{"back where it is", func() error { return p.PutBack(d, card("r1"), flow.Spot{Before: card("r2")}, noon) }, "voor tussen r2 r3 r1"},
	} {
		if sent := change(t, d, step.do); len(sent) > 250 {
			t.Errorf("%s took %d bytes", step.what, len(sent))
		}
		if got := outline(d); got != step.want {
			t.Errorf("%s: %s, want %s", step.what, got, step.want)
		}
		if got := p.Words(d, card("r1"), "statement"); got != "een" {
			t.Errorf("%s: it says %q", step.what, got)
		}
	}
	for name, err := range map[string]error{
		"move what is not there":     p.Move(d, card("r9"), flow.Spot{}, noon),
		"move to what is not there":  p.Move(d, card("r1"), flow.Spot{Before: card("r9")}, noon),
		"move before itself":         p.Move(d, card("r1"), flow.Spot{Before: card("r1")}, noon),
		"remove what is not there":   p.Remove(d, card("r9"), noon),
		"put back what has no name":  p.PutBack(d, card("a b"), flow.Spot{}, noon),
		"put back behind who is not": p.PutBack(d, card("r8"), flow.Spot{Behind: card("r9")}, noon),
	} {
		if !errors.Is(err, flow.ErrNotShown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := outline(d); got != "voor tussen r2 r3 r1" {
		t.Errorf("after mistakes it is %s", got)
	}
}

// The browser's tests work on the same files.
func TestACardThatWasRemovedComesBackWhereItStood(t *testing.T) {
	paths, err := filepath.Glob("testdata/back/*.json")
	if err != nil || len(paths) < 20 {
		t.Fatalf("only %d cases in testdata/back: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			var c struct {
				Update       []byte
				Back, Blocks []string
			}
			if b, err := os.ReadFile(path); err != nil || json.Unmarshal(b, &c) != nil {
				t.Fatal("it cannot be read:", err)
			}
			d := crdt.NewDoc(crdt.WithClientID(1 << 30))
			if err := d.ApplyUpdate(c.Update, nil); err != nil {
				t.Fatal(err)
			}
			for _, id := range c.Back {
				change(t, d, func() error { return flow.Programme.PutBack(d, card(id), flow.Spot{}, noon) })
			}
			if got, want := outline(d), strings.Join(c.Blocks, " "); got != want {
				t.Errorf("it reads %s, want %s", got, want)
			}
		})
	}
}

func TestTakingACardAwayJoinsNoParagraphs(t *testing.T) {
	d := crdt.NewDoc(crdt.WithClientID(1))
	body := d.Text("body")
	for _, err := range []error{
		body.Insert(0, "voor", nil), body.InsertEmbed(4, map[string]any{"requirement": "r1", "place": 1}, nil), body.Insert(5, "na", nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	change(t, d, func() error { return flow.Programme.Remove(d, card("r1"), noon) })
	if got := outline(d); got != "voor na" {
		t.Errorf("it reads %q", got)
	}
}

func TestAPlaceIsAboveWhateverIsKnown(t *testing.T) {
	for name, tc := range map[string]struct {
		places  []any
		removed any
	}{
		"in the future": {[]any{9e15, 1}, 9.1e15}, "beyond whole numbers": {[]any{1e300}, 1e300},
		"where numbers end": {[]any{math.MaxFloat64}, math.MaxFloat64},
		"below nothing":     {[]any{-1e300}, -5}, "no number": {[]any{"x"}, "x"},
	} {
		d := crdt.NewDoc(crdt.WithClientID(1))
		for _, place := range tc.places {
			if err := d.Text("body").InsertEmbed(0, map[string]any{"requirement": "r1", "place": place}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Map("removed").Set("requirement:r1", tc.removed); err != nil {
			t.Fatal(err)
		}
		// A reference that somebody made long ago arrives late.
		late := crdt.NewDoc(crdt.WithClientID(9))
		if err := late.Text("body").InsertEmbed(0, map[string]any{"requirement": "r1", "place": 3}, nil); err != nil {
			t.Fatal(err)
		}
		change(t, d, func() error { return flow.Programme.PutBack(d, card("r1"), flow.Spot{}, noon) })
		if got := flow.Programme.Read(d); got[len(got)-1].Attrs["id"] != "r1" {
			t.Errorf("%s: put back, it is not there: %s", name, say(got))
		}
		change(t, d, func() error { return flow.Programme.Remove(d, card("r1"), noon) })
		state, err := late.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.ApplyUpdate(state, nil); err != nil {
			t.Fatal(err)
		}
		if got := outline(d); strings.Contains(got, "r1") {
			t.Errorf("%s: removed, it is there: %s", name, got)
		}
	}
}

func TestWhatWasRemovedIsListedTheLastFirst(t *testing.T) {
	d := programme(t)
	if err := d.Text("statement:r4").Insert(0, "nooit getoond", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Text("rationale:r5").Insert(0, " ", nil); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"r2", "r1"} {
		change(t, d, func() error { return flow.Programme.Remove(d, card(id), noon.Add(time.Duration(i+1)*time.Hour)) })
	}
	at := func(h int) float64 { return float64(noon.Add(time.Duration(h) * time.Hour).UnixMilli()) }
	want := []flow.Gone{
		{Card: card("r1"), Place: at(2), Words: "een"}, {Card: card("r2"), Place: at(1), Words: "twee"},
		{Card: card("r4"), Words: "nooit getoond"},
	}
	if got := flow.Programme.Removed(d); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// Of random documents every card can be removed and put back, and nothing else changes.
func TestRandomCardsGoAndComeBack(t *testing.T) {
	s := scribbler{Rand: rand.New(rand.NewPCG(seedOf(t), 2)), t: t}
	for range 150 {
		d := s.together(s.IntN(120))
		was := flow.Programme.Read(d)
		at := s.IntN(len(was))
		id, _ := was[at].Attrs["id"].(string)
		if was[at].Type != "requirement" && was[at].Type != "table" {
			continue
		}
		c := flow.Card{Kind: was[at].Type, ID: id}
		change(t, d, func() error { return flow.Programme.Remove(d, c, noon) })
		for _, n := range flow.Programme.Read(d) {
			if n.Type == c.Kind && n.Attrs["id"] == id {
				t.Fatalf("%v is still there", c)
			}
		}
		change(t, d, func() error { return flow.Programme.PutBack(d, c, flow.Spot{}, noon) })
		if now := flow.Programme.Read(d); !slices.EqualFunc(now, was, prosemirror.Equal) {
			t.Fatalf("it came back as\n%s\nwas\n%s", say(now), say(was))
		}
	}
}

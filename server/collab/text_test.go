package collab

import (
	"reflect"
	"testing"

	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

func TestATextSurvivesTheWayIntoADocumentAndBack(t *testing.T) {
	p := func(inlines ...richtext.Inline) richtext.Block {
		if inlines == nil {
			inlines = []richtext.Inline{}
		}
		return richtext.Block{Kind: richtext.Paragraph, Inlines: inlines}
	}
	want := []richtext.Block{
		{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
		{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: []richtext.Block{p(richtext.Inline{Text: "Elke "}, richtext.Inline{Text: "deelnemer", Bold: true}, richtext.Inline{Break: true}, richtext.Inline{Text: "zie hier", Link: "/notities"})}},
			{Kind: richtext.Rationale, Blocks: []richtext.Block{p()}},
		}},
		{Kind: richtext.OrderedList, Start: 3, Blocks: []richtext.Block{{Kind: richtext.ListItem, Blocks: []richtext.Block{
			p(richtext.Inline{Text: "een"}),
			{Kind: richtext.BulletList, Blocks: []richtext.Block{{Kind: richtext.ListItem, Blocks: []richtext.Block{p(richtext.Inline{Text: "twee", Strike: true, Code: true})}}}},
		}}}},
		{Kind: richtext.Note, ID: "n1", Blocks: []richtext.Block{p(richtext.Inline{Text: "naast elkaar"})}},
		{Kind: richtext.Note, ID: "n2", Blocks: []richtext.Block{p(richtext.Inline{Text: "blijven het er twee"})}},
		{Kind: richtext.Quote, ID: "q1", Blocks: []richtext.Block{p(richtext.Inline{Text: "een"}), p(richtext.Inline{Text: "twee"})}},
		{Kind: richtext.Table, ID: "t1", Blocks: []richtext.Block{
			{Kind: richtext.Row, Blocks: []richtext.Block{{Kind: richtext.HeaderCell, Blocks: []richtext.Block{p(richtext.Inline{Text: "kop"})}}, {Kind: richtext.HeaderCell, Blocks: []richtext.Block{p()}}}},
			{Kind: richtext.Row, Blocks: []richtext.Block{{Kind: richtext.Cell, Blocks: []richtext.Block{p()}}, {Kind: richtext.Cell, Blocks: []richtext.Block{p(richtext.Inline{Text: "cel"})}}}},
		}},
	}
	seed, err := SeedText(want)
	if err != nil {
		t.Fatal(err)
	}
	d := crdt.NewDoc()
	if err := d.ApplyUpdate(seed, nil); err != nil {
		t.Fatal(err)
	}
	if got := TextOf(d).Blocks; !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestWhatAClientClaimsIsCheckedBeforeItIsShown(t *testing.T) {
	nodes := []prosemirror.Node{
		prosemirror.Element("heading", map[string]any{"level": float64(99)}, prosemirror.Text("x")),
		prosemirror.Element("paragraph", nil, prosemirror.Text("klik", prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": "javascript:alert(1)"}})),
		prosemirror.Element("figure", map[string]any{"src": "data:text/html,x", "alt": 3}),
		prosemirror.Element("videoFromTheFuture", nil, prosemirror.Element("paragraph", nil, prosemirror.Text("blijft leesbaar"))),
		prosemirror.Text("los"),
		prosemirror.Element("box", map[string]any{"kind": "joke", "id": "b"}, prosemirror.Element("paragraph", map[string]any{"unknown": "song"}, prosemirror.Text("grap"))),
		prosemirror.Element("unknownBlock", map[string]any{"value": map[string]any{"video": "v"}}),
		prosemirror.Element("paragraph", nil, prosemirror.Element("unknownInline", map[string]any{"value": true})),
	}
	blocks := finished(nodes)
	if blocks[0].Level != 6 || blocks[1].Inlines[0].Link != "" || blocks[2].Source != "" {
		t.Errorf("not checked: %+v", blocks)
	}
	if box := blocks[5]; box.Kind != richtext.Other || !box.Unknown || !box.Blocks[0].Unknown || !blocks[6].Unknown || !blocks[7].Inlines[0].Unknown {
		t.Errorf("what is not known does not say so: %+v", blocks[5:])
	}
	if got, want := (richtext.Document{Blocks: blocks}).Plain(), "x\nklik\nblijft leesbaar\nlos\ngrap"; got != want {
		t.Errorf("reads %q, want %q", got, want)
	}
}

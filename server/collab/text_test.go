package collab

import (
	"reflect"
	"testing"

	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

func TestATextSurvivesTheWayIntoADocumentAndBack(t *testing.T) {
	want := []richtext.Block{
		{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
		{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "Elke "}, {Text: "deelnemer", Bold: true}, {Break: true}, {Text: "zie hier", Link: "/notities"}}}}},
			{Kind: richtext.Rationale, Blocks: []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{}}}},
		}},
		{Kind: richtext.OrderedList, Start: 3, Blocks: []richtext.Block{{Kind: richtext.ListItem, Blocks: []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "een"}}}}}}},
	}
	d := crdt.NewDoc()
	f := d.XMLFragment(Fragment)
	d.Transact(nil, func(*crdt.Tx) {
		if err := prosemirror.Write(f, nodesOf(want)); err != nil {
			t.Fatal(err)
		}
	})
	nodes, err := prosemirror.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := finished(nodes); !reflect.DeepEqual(got, want) {
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
	}
	blocks := finished(nodes)
	if blocks[0].Level != 6 || blocks[1].Inlines[0].Link != "" || blocks[2].Source != "" {
		t.Errorf("not checked: %+v", blocks)
	}
	if got, want := (richtext.Document{Blocks: blocks}).Plain(), "x\nklik\nblijft leesbaar\nlos"; got != want {
		t.Errorf("reads %q, want %q", got, want)
	}
}

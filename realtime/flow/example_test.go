package flow_test

import (
	"fmt"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// A text of one requirement is written, one word of its statement is changed by a form, and the
// requirement is taken away and put back with its words.
func Example() {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	paragraph := func(text string) prosemirror.Node {
		return prosemirror.Element("paragraph", nil, prosemirror.Text(text))
	}
	doc := crdt.NewDoc(crdt.WithClientID(1))
	edit := func(change func() error) {
		doc.Transact("example", func(*crdt.Tx) {
			if err := change(); err != nil {
				fmt.Println(err)
			}
		})
	}
	edit(func() error {
		return flow.Programme.Write(doc, []prosemirror.Node{
			paragraph("Wat wij vragen:"),
			prosemirror.Element("requirement", map[string]any{"id": "r1"},
				prosemirror.Element("statement", nil, paragraph("De speelplek is verlicht.")),
				prosemirror.Element("rationale", nil, paragraph("Kinderen spelen ook als het donker is."))),
		}, now)
	})
	// A script finds the words where docs/document.md says that they are.
	fmt.Println(doc.Text("statement:r1"))

	r1 := flow.Card{Kind: "requirement", ID: "r1"}
	cancel := doc.OnUpdate(func(update []byte, _ any) { fmt.Println("one change of", len(update), "bytes") })
	edit(func() error {
		return flow.Programme.SetPart(doc, r1, "statement", "De speelplek is overdekt.")
	})
	cancel()
	edit(func() error { return flow.Programme.Remove(doc, r1, now) })
	fmt.Println(len(flow.Programme.Read(doc)), "block, and removed:", flow.Programme.Removed(doc)[0].Words)
	edit(func() error { return flow.Programme.PutBack(doc, r1, flow.Spot{}, now) })
	for _, node := range flow.Programme.Read(doc) {
		fmt.Println(node.Type, node.Attrs)
	}
	// Output:
	// De speelplek is verlicht.
	// one change of 23 bytes
	// 1 block, and removed: De speelplek is overdekt.
	// paragraph map[]
	// requirement map[id:r1]
}

package prosemirror_test

import (
	"fmt"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// The tree of an editor is written into a document, read back, and changed with as little as will do.
func ExampleWrite() {
	d := crdt.NewDoc(crdt.WithClientID(1))
	fragment := d.XMLFragment("prosemirror")
	text := []prosemirror.Node{
		prosemirror.Element("heading", map[string]any{"level": 2}, prosemirror.Text("Requirements")),
		prosemirror.Element("paragraph", nil,
			prosemirror.Text("Light "), prosemirror.Text("after dark", prosemirror.Mark{Type: "bold"}), prosemirror.Text(".")),
	}
	if err := prosemirror.Write(fragment, text); err != nil {
		fmt.Println(err)
	}
	fmt.Println(fragment)

	d.OnUpdate(func(update []byte, _ any) { fmt.Println("one change of", len(update), "bytes") })
	text[0].Content[0].Text = "Requirements 2"
	d.Transact("restore", func(*crdt.Tx) { prosemirror.Write(fragment, text) })

	nodes := prosemirror.Read(fragment)
	fmt.Println(nodes[0].Content[0].Text, nodes[1].Content[1].Marks[0].Type)
	// Output:
	// <heading level="2">Requirements</heading><paragraph>Light <bold>after dark</bold>.</paragraph>
	// one change of 11 bytes
	// Requirements 2 bold
}

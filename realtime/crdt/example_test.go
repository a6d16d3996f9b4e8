package crdt_test

import (
	"errors"
	"fmt"

	"samenwijk/realtime/crdt"
)

// Two people write at the same time; both end with the same text.
func Example() {
	ana := crdt.NewDoc(crdt.WithClientID(1))
	bo := crdt.NewDoc(crdt.WithClientID(2))
	ana.Text("note").Insert(0, "coffee", nil)
	bo.Text("note").Insert(0, "tea, ", nil)

	fromAna, _ := ana.EncodeStateAsUpdate(bo.StateVector())
	fromBo, _ := bo.EncodeStateAsUpdate(ana.StateVector())
	ana.ApplyUpdate(fromBo, nil)
	bo.ApplyUpdate(fromAna, nil)

	fmt.Println(ana.Text("note").String() == bo.Text("note").String())
	fmt.Println(ana.Text("note"))
	// Output:
	// true
	// coffeetea,
}

// Every transaction leaves as one update.
func ExampleDoc_OnUpdate() {
	server := crdt.NewDoc()
	client := crdt.NewDoc()
	client.OnUpdate(func(update []byte, origin any) {
		fmt.Println("from", origin)
		server.ApplyUpdate(update, "websocket")
	})
	client.Transact("keyboard", func(*crdt.Tx) {
		client.Map("agenda").Set("place", "library")
		client.Map("agenda").Set("seats", 12)
	})
	place, _ := server.Map("agenda").Get("place")
	fmt.Println(place, server.Map("agenda").Len())
	// Output:
	// from keyboard
	// library 2
}

// Formats and embedded values go through deltas.
func ExampleText_ToDelta() {
	d := crdt.NewDoc()
	text := d.Text("body")
	text.Insert(0, "a bold word", nil)
	text.Format(2, 4, crdt.Attributes{"bold": true})
	for _, op := range text.ToDelta() {
		fmt.Printf("%q %v\n", op.Insert, op.Attributes)
	}
	// Output:
	// "a " map[]
	// "bold" map[bold:true]
	// " word" map[]
}

// Rich-text editors keep a tree of elements.
func ExampleXMLFragment() {
	d := crdt.NewDoc()
	root := d.XMLFragment("prosemirror")
	heading := crdt.NewXMLElement("heading", crdt.NewXMLText("Requirements"))
	heading.SetAttribute("level", 2)
	root.Append(heading, crdt.NewXMLElement("paragraph"))
	root.Get(1).(*crdt.XMLElement).Append(crdt.NewXMLText("Light after dark."))
	fmt.Println(root)
	// Output: <heading level="2">Requirements</heading><paragraph>Light after dark.</paragraph>
}

// Updates can be joined and cut without building a document.
func ExampleMergeUpdates() {
	d := crdt.NewDoc(crdt.WithClientID(7))
	var log [][]byte
	d.OnUpdate(func(u []byte, _ any) { log = append(log, u) })
	for _, word := range []string{"one ", "two ", "three"} {
		d.Text("t").Insert(d.Text("t").Len(), word, nil)
	}
	merged, err := crdt.MergeUpdates(log)
	if err != nil {
		panic(err)
	}
	meta, _ := crdt.UpdateMeta(merged)
	fmt.Println(len(log), "updates, clocks", meta.From[7], "to", meta.To[7])
	// Output: 3 updates, clocks 0 to 13
}

// A refused update leaves the document as it was.
func ExampleDoc_ApplyUpdate() {
	d := crdt.NewDoc()
	err := d.ApplyUpdate([]byte{1, 1, 5, 0, 4}, nil)
	fmt.Println(errors.Is(err, crdt.ErrMalformed), len(d.Roots()))
	// Output: true 0
}

// An undo manager takes back one's own changes and leaves those of others.
func ExampleUndoManager() {
	d := crdt.NewDoc(crdt.WithClientID(1))
	text := d.Text("t")
	undo := d.NewUndoManager(text)
	text.Insert(0, "mine", nil)
	d.Transact("somebody else", func(*crdt.Tx) { text.Insert(4, " theirs", nil) })
	undo.Undo()
	fmt.Printf("%q\n", text.String())
	undo.Redo()
	fmt.Printf("%q\n", text.String())
	// Output:
	// " theirs"
	// "mine theirs"
}

// A document that forgets nothing shows its past.
func ExampleDoc_Restore() {
	d := crdt.NewDoc(crdt.WithGC(false))
	d.Text("t").Insert(0, "draft", nil)
	then := d.Snapshot()
	d.Text("t").Delete(0, 5)
	d.Text("t").Insert(0, "final", nil)

	past, err := d.Restore(then)
	fmt.Println(past.Text("t"), d.Text("t"), err)
	// Output: draft final <nil>
}

// A relative position stays where it belongs while others write before it.
func ExampleDoc_RelativePosition() {
	d := crdt.NewDoc()
	text := d.Text("t")
	text.Insert(0, "neighbours", nil)
	cursor := d.RelativePosition(text, 5, 0)
	text.Insert(0, "good ", nil)
	_, index, ok := d.Resolve(cursor)
	fmt.Println(index, ok)
	// Output: 10 true
}

// An array and a map hold plain values and other types.
func ExampleArray() {
	d := crdt.NewDoc()
	agenda := d.Array("agenda")
	agenda.Append("welcome", 12, crdt.NewMap(map[string]any{"topic": "light"}))
	agenda.Insert(1, "introductions")
	agenda.Delete(0, 1)
	topic, _ := agenda.Get(2)
	topic.(*crdt.Map).Set("minutes", 20)
	fmt.Println(agenda.ToJSON())
	// Output: [introductions 12 map[minutes:20 topic:light]]
}

// What is stored as bytes answers a peer without being loaded.
func ExampleDiffUpdate() {
	d := crdt.NewDoc(crdt.WithClientID(7))
	text := d.Text("t")
	text.Insert(0, "stored long ago, ", nil)
	peer, _ := crdt.NewIdle(mustEncode(d))
	text.Insert(text.Len(), "and since", nil)

	lacking, err := crdt.DiffUpdate(mustEncode(d), peer.StateVector())
	if err != nil {
		fmt.Println(err)
		return
	}
	meta, _ := crdt.UpdateMeta(lacking)
	fmt.Println("clocks", meta.From[7], "to", meta.To[7])

	there, _ := peer.Wake()
	fmt.Println(there.ApplyUpdate(lacking, nil), there.Text("t"))
	// Output:
	// clocks 17 to 26
	// <nil> stored long ago, and since
}

func mustEncode(d *crdt.Doc) []byte {
	b, err := d.EncodeStateAsUpdate(nil)
	if err != nil {
		panic(err)
	}
	return b
}

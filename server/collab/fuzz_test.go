package collab

import (
	"errors"
	"testing"
	"time"

	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

// FuzzUpdate gives the door an update for a document with one of each kind of block. What it lets in can be
// read, compared, checked, changed by a form and taken back; an earlier text comes back word for word.
func FuzzUpdate(f *testing.F) {
	base := crdt.NewDoc(crdt.WithClientID(1))
	p := func(text string) richtext.Block {
		return richtext.Block{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: text, Bold: true}, {Text: " gewoon"}}}
	}
	of := func(kind richtext.Kind, id string, inside ...richtext.Block) richtext.Block {
		return richtext.Block{Kind: kind, ID: id, Blocks: inside}
	}
	blocks := []richtext.Block{
		{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: "kop"}}}, p("een"),
		of(richtext.BulletList, "", of(richtext.ListItem, "", p("twee"), of(richtext.OrderedList, "", of(richtext.ListItem, "", p("drie"))))),
		of(richtext.Note, "n", p("vier")), of(richtext.Requirement, "r", of(richtext.Statement, "", p("vijf")), of(richtext.Rationale, "", p("zes"))),
		of(richtext.Table, "t", of(richtext.Row, "", of(richtext.HeaderCell, "", p("zeven"))), of(richtext.Row, "", of(richtext.Cell, "", p("acht")))),
	}
	var err error
	base.Transact(nil, func(*crdt.Tx) { err = flow.Programme.Write(base, nodesOf(blocks), time.UnixMilli(1)) })
	if err != nil {
		f.Fatal(err)
	}
	seed, err := base.EncodeStateAsUpdate(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for _, change := range []func(d *crdt.Doc) error{
		func(d *crdt.Doc) error { return d.Text("body").Insert(3, "x\ny", crdt.Attributes{"link": "/a"}) },
		func(d *crdt.Doc) error { return d.Text("body").InsertEmbed(4, map[string]any{"p": "a"}, nil) },
		func(d *crdt.Doc) error {
			return d.Text("body").InsertEmbed(0, map[string]any{"requirement": "r", "place": 9e15}, nil)
		},
		func(d *crdt.Doc) error { return d.Text("body").Delete(2, 9) },
		func(d *crdt.Doc) error { return d.Map("marks").Set("a:box", "joke:b") },
		func(d *crdt.Doc) error { return d.Map("tables").Set("t:row:z", "") },
		func(d *crdt.Doc) error { return d.Map("removed").Set("requirement:r", 1e300) },
		func(d *crdt.Doc) error { return d.Text("statement:r").Insert(0, "x", nil) },
		func(d *crdt.Doc) error { return d.XMLFragment("default").Append(crdt.NewXMLElement("section")) },
	} {
		d := crdt.NewDoc(crdt.WithClientID(2))
		if err := d.ApplyUpdate(seed, nil); err != nil {
			f.Fatal(err)
		}
		before := d.StateVector()
		if err := change(d); err != nil {
			f.Fatal(err)
		}
		update, err := d.EncodeStateAsUpdate(before)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(update)
	}
	was := TextOf(base)
	f.Fuzz(func(t *testing.T, update []byte) {
		claim, err := rules.Look(update, crdt.Limits{Bytes: 1 << 16, Structs: 1 << 12, Clients: 1 << 8})
		if err != nil {
			return
		}
		d := crdt.NewDoc(crdt.WithClientID(3))
		if err := d.ApplyUpdate(seed, nil); err != nil {
			t.Fatal(err)
		}
		var ledger flow.Ledger
		if claim != nil && ledger.Admit(&rules, d, claim) != nil {
			return
		}
		if err := d.ApplyUpdate(update, nil); err != nil {
			t.Fatalf("let in, and no document takes it: %v", err)
		}
		if err := flow.Programme.Check(d, rules.Limits); err != nil {
			t.Fatalf("let in, and the check says %v", err)
		}
		is := TextOf(d)
		compare.Documents(was, is)
		if with := owners(d, func(r crdt.Range) []owned { return []owned{{r.Len, "ana"}} }); with.Plain() != is.Plain() {
			t.Fatalf("reads\n%q\nand with who wrote it\n%q", is.Plain(), with.Plain())
		}
		shownIDs(d)
		flow.Programme.Removed(d)
		d.Transact(nil, func(*crdt.Tx) {
			words := flow.Programme.Words(d, requirementCard("r"), "statement")
			err = flow.Programme.SetPart(d, requirementCard("r"), "statement", words+" en meer")
			if err == nil || errors.Is(err, flow.ErrNotShown) {
				err = flow.Programme.PutBack(d, requirementCard("r"), flow.Spot{}, time.UnixMilli(2))
			}
			if err == nil {
				err = flow.Programme.Write(d, nodesIn(base, false), time.UnixMilli(3))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if back := TextOf(d); back.Plain() != was.Plain() {
			t.Fatalf("what was there comes back as\n%q", back.Plain())
		}
	})
}

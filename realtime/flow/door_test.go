package flow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

func door() *flow.Door { return &flow.Door{Model: flow.Programme, Limits: flow.DefaultLimits} }

// made returns what somebody's program sends who does this in an empty document.
func made(t testing.TB, do func(doc *crdt.Doc) error) []byte {
	t.Helper()
	doc := crdt.NewDoc()
	var err error
	doc.Transact(nil, func(*crdt.Tx) { err = do(doc) })
	if err != nil {
		t.Fatal(err)
	}
	update, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return update
}

// pass lets an update in, or says why not.
func pass(d *flow.Door, l *flow.Ledger, doc *crdt.Doc, update []byte) error {
	claim, err := d.Look(update, crdt.DefaultLimits)
	if err == nil && claim != nil {
		err = l.Admit(d, doc, claim)
	}
	return err
}

func nested(levels int) any {
	var v any = true
	for range levels {
		v = map[string]any{"a": v}
	}
	return v
}

func TestTheDoorLetsInWhatEditorsWriteAndNothingThatAReaderCouldNotShow(t *testing.T) {
	text := func(root string) func(*crdt.Doc) error {
		return func(d *crdt.Doc) error { return d.Text(root).Insert(0, "words", nil) }
	}
	set := func(root, key string, v any) func(*crdt.Doc) error {
		return func(d *crdt.Doc) error { return d.Map(root).Set(key, v) }
	}
	embed := func(root string, v any) func(*crdt.Doc) error {
		return func(d *crdt.Doc) error { return d.Text(root).InsertEmbed(0, v, nil) }
	}
	for name, tc := range map[string]struct {
		do   func(*crdt.Doc) error
		want error
	}{
		"running text":            {text("body"), nil},
		"a statement":             {text("statement:0b1c-ID"), nil},
		"plain words":             {text("plain:a"), nil},
		"a cell":                  {text("cell:t:r:c"), nil},
		"a caption":               {text("caption:f"), nil},
		"a mark":                  {embed("body", map[string]any{"p": "a"}), nil},
		"a card":                  {embed("body", map[string]any{"requirement": "a", "place": 1.0}), nil},
		"an embed nobody knows":   {embed("body", map[string]any{"video": true}), nil},
		"a value of a paragraph":  {set("marks", "a:kind", "heading"), nil},
		"a value nobody knows":    {set("marks", "mood", nested(8)), nil},
		"a row":                   {set("tables", "t:row:r", "V"), nil},
		"a removal":               {set("removed", "requirement:a", 12.0), nil},
		"where a card stood":      {set("removed", "requirement:a:at", `{"tname":"body","item":{"client":1,"clock":2},"assoc":-1}`), nil},
		"a name of somebody else": {text("chat"), nil},
		"a map of somebody else":  {set("chat", "a", "b"), nil},
		"an attribute":            {func(d *crdt.Doc) error { return d.Text("body").Insert(0, "w", crdt.Attributes{"link": "/a"}) }, nil},
		"a long value":            {set("marks", "a:kind", strings.Repeat("x", 4094)), nil},
		"a value too long":        {set("marks", "a:kind", strings.Repeat("x", 4095)), flow.ErrRefused},
		"an embed too long":       {embed("body", map[string]any{"a": strings.Repeat("x", 4095)}), flow.ErrRefused},
		"an attribute too long": {func(d *crdt.Doc) error {
			return d.Text("body").Insert(0, "w", crdt.Attributes{"a": strings.Repeat("x", 4095)})
		}, flow.ErrRefused},
		"a key too long":           {set("marks", strings.Repeat("x", 4097), true), flow.ErrRefused},
		"a value too deep":         {set("marks", "a:kind", nested(9)), flow.ErrRefused},
		"an embed too deep":        {embed("body", nested(9)), flow.ErrRefused},
		"bytes":                    {set("marks", "a:kind", []byte("x")), flow.ErrRefused},
		"bytes in a value":         {set("marks", "a:kind", map[string]any{"a": []byte("x")}), flow.ErrRefused},
		"a type in a map":          {set("marks", "a:kind", crdt.NewMap(nil)), flow.ErrRefused},
		"a type among others":      {set("chat", "a", crdt.NewText("x")), flow.ErrRefused},
		"an array that is body":    {func(d *crdt.Doc) error { return d.Array("body").Append("x") }, flow.ErrRefused},
		"a map that is body":       {set("body", "a", "b"), flow.ErrRefused},
		"a map that is a cell":     {set("cell:t:r:c", "a", "b"), flow.ErrRefused},
		"a text that is marks":     {text("marks"), flow.ErrRefused},
		"a list that is removed":   {func(d *crdt.Doc) error { return d.Array("removed").Append("x") }, flow.ErrRefused},
		"an attribute of a text":   {func(d *crdt.Doc) error { return d.Text("body").SetAttribute("a", "b") }, flow.ErrRefused},
		"a cell without a column":  {text("cell:t:r"), flow.ErrRefused},
		"a statement of nobody":    {text("statement:"), flow.ErrRefused},
		"a statement with a space": {text("statement:a b"), flow.ErrRefused},
		"an id too long":           {text("statement:" + strings.Repeat("a", 65)), flow.ErrRefused},
		"the old root":             {func(d *crdt.Doc) error { return d.XMLFragment("default").Append(crdt.NewXMLElement("p")) }, flow.ErrVersion},
		"words in the old root":    {text("default"), flow.ErrVersion},
	} {
		if err := pass(door(), new(flow.Ledger), crdt.NewDoc(), made(t, tc.do)); !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestAChangeThatAlsoTouchesTheOldRootIsOfAnOlderProgramWhateverElseItHolds(t *testing.T) {
	update := made(t, func(d *crdt.Doc) error {
		return errors.Join(d.Map("marks").Set("a", []byte("x")), d.XMLFragment("default").Append(crdt.NewXMLElement("p")))
	})
	if err := pass(door(), new(flow.Ledger), crdt.NewDoc(), update); !errors.Is(err, flow.ErrVersion) {
		t.Errorf("refused with %v, want the version", err)
	}
}

func TestDeletesPassWhateverIsDeleted(t *testing.T) {
	doc := crdt.NewDoc()
	if err := doc.ApplyUpdate(made(t, func(d *crdt.Doc) error { return d.Text("body").Insert(0, "words", nil) }), nil); err != nil {
		t.Fatal(err)
	}
	before := doc.StateVector()
	if err := doc.Text("body").Delete(1, 3); err != nil {
		t.Fatal(err)
	}
	update, err := doc.EncodeStateAsUpdate(before)
	if err != nil {
		t.Fatal(err)
	}
	if claim, err := door().Look(update, crdt.DefaultLimits); claim != nil || err != nil {
		t.Errorf("deletes claim %v, %v", claim, err)
	}
	whole, err := doc.EncodeStateAsUpdate(nil) // what is deleted stands in it as such
	if err != nil {
		t.Fatal(err)
	}
	if err := pass(door(), new(flow.Ledger), crdt.NewDoc(), whole); err != nil {
		t.Error(err)
	}
}

func TestNamesAreCountedOnceAlsoWhileTheyWait(t *testing.T) {
	d := door()
	d.Limits.Flows, d.Limits.Names = 3, 2
	doc, ledger := crdt.NewDoc(), new(flow.Ledger)
	try := func(name string, stored bool, want error) {
		t.Helper()
		update := made(t, func(d *crdt.Doc) error { return d.Text(name).Insert(0, "x", nil) })
		if err := pass(d, ledger, doc, update); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Fatalf("%s: %v, want %v", name, err, want)
		}
		if stored {
			if err := doc.ApplyUpdate(update, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	try("body", true, nil)
	try("statement:a", false, nil)
	try("statement:a", false, nil) // by somebody else, at the same moment
	try("statement:b", true, nil)
	try("statement:c", false, flow.ErrRefused)
	try("statement:a", true, nil)
	try("x", true, nil)
	try("y", false, nil)
	try("z", false, flow.ErrRefused)
	try("y", false, nil)
	// What another door let in counts as well.
	if err := doc.ApplyUpdate(made(t, func(d *crdt.Doc) error { return d.Text("w").Insert(0, "x", nil) }), nil); err != nil {
		t.Fatal(err)
	}
	try("v", false, flow.ErrRefused)
	try("w", false, nil)
}

func TestParagraphsThatWereDeletedMakeRoom(t *testing.T) {
	d := door()
	d.Limits.Embeds = 4
	doc, ledger := crdt.NewDoc(), new(flow.Ledger)
	three := func(d *crdt.Doc) error {
		for i := range 3 {
			if err := d.Text("body").InsertEmbed(0, map[string]any{"p": fmt.Sprint("p", i)}, nil); err != nil {
				return err
			}
		}
		return nil
	}
	first := made(t, three)
	if err := pass(d, ledger, doc, first); err != nil {
		t.Fatal(err)
	}
	if err := doc.ApplyUpdate(first, nil); err != nil {
		t.Fatal(err)
	}
	if err := pass(d, ledger, doc, made(t, three)); !errors.Is(err, flow.ErrRefused) {
		t.Fatalf("six of four paragraphs: %v", err)
	}
	if err := doc.Text("body").Delete(0, 2); err != nil {
		t.Fatal(err)
	}
	if err := pass(d, ledger, doc, made(t, three)); err != nil {
		t.Errorf("after two were deleted: %v", err)
	}
}

// table makes a script's change: keys of a table, and a reference to it when it stands.
func table(id string, rows, columns int, stands bool) func(*crdt.Doc) error {
	return func(d *crdt.Doc) error {
		var errs []error
		for r := range rows {
			errs = append(errs, d.Map("tables").Set(fmt.Sprintf("%s:row:r%d", id, r), ""))
		}
		for c := range columns {
			errs = append(errs, d.Map("tables").Set(fmt.Sprintf("%s:column:c%d", id, c), ""))
		}
		if stands {
			errs = append(errs, d.Text("body").InsertEmbed(0, map[string]any{"table": id, "place": 1.0}, nil))
		}
		return errors.Join(errs...)
	}
}

func TestTablesThatNoBrowserCanShowStayOutside(t *testing.T) {
	doc, ledger, d := crdt.NewDoc(), new(flow.Ledger), door()
	try := func(name string, want error, do func(*crdt.Doc) error) {
		t.Helper()
		update := made(t, do)
		if err := pass(d, ledger, doc, update); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Fatalf("%s: %v, want %v", name, err, want)
		}
		if want == nil {
			if err := doc.ApplyUpdate(update, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	both := func(all ...func(*crdt.Doc) error) func(*crdt.Doc) error {
		return func(d *crdt.Doc) error {
			for _, do := range all {
				if err := do(d); err != nil {
					return err
				}
			}
			return nil
		}
	}
	try("too many rows", flow.ErrRefused, table("a", 1001, 1, true))
	try("too many columns", flow.ErrRefused, table("a", 1, 101, true))
	try("rows without end and no column", flow.ErrRefused, table("a", 1001, 0, false))
	try("twenty large tables", flow.ErrRefused, func(d *crdt.Doc) error {
		for i := range 20 {
			if err := table(fmt.Sprint("t", i), 500, 60, true)(d); err != nil {
				return err
			}
		}
		return nil
	})
	try("a table as large as it can be", nil, table("a", 100, 50, true))
	try("and another", nil, table("b", 50, 100, true))
	try("the same again", nil, table("b", 50, 100, true))
	try("one cell more", flow.ErrRefused, table("c", 1, 1, true))
	try("a row more", flow.ErrRefused, table("b", 51, 0, false))
	try("a table that stands nowhere yet", nil, table("c", 10, 10, false))
	try("then it does", flow.ErrRefused, table("c", 0, 0, true))
	try("one that is there goes elsewhere", nil, table("a", 0, 0, true))
	try("one is removed", nil, func(d *crdt.Doc) error { return d.Map("removed").Set("table:a", 1.0) })
	try("which makes room", nil, both(table("c", 0, 0, true), table("d", 40, 40, true)))
	if err := flow.Programme.Check(doc, flow.DefaultLimits); err != nil {
		t.Errorf("what came in by the door is not let in as a whole: %v", err)
	}
	try("it comes back", flow.ErrRefused, func(d *crdt.Doc) error {
		return d.Text("body").InsertEmbed(0, map[string]any{"table": "a", "place": 2.0}, nil)
	})
}

// Before this rule there were documents with more: what they have stays theirs to change.
func TestInADocumentWithTooManyCellsOneCanGoOnWithoutMore(t *testing.T) {
	doc := crdt.NewDoc()
	for _, id := range []string{"a", "b", "c"} {
		if err := doc.ApplyUpdate(made(t, table(id, 500, 20, true)), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := pass(door(), new(flow.Ledger), doc, made(t, table("a", 0, 0, true))); err != nil {
		t.Errorf("moving a table: %v", err)
	}
	if err := pass(door(), new(flow.Ledger), doc, made(t, table("a", 501, 0, false))); !errors.Is(err, flow.ErrRefused) {
		t.Errorf("a row more: %v", err)
	}
}

// The update of 3.5 KB that once kept everybody out of a programme.
func TestSectionsInSectionsStayOutside(t *testing.T) {
	for name, tc := range map[string]struct {
		root string
		want error
	}{"in the old root": {"default", flow.ErrVersion}, "in another": {"chat", flow.ErrRefused}} {
		update := made(t, func(d *crdt.Doc) error {
			at := d.XMLFragment(tc.root)
			for range 201 {
				section := crdt.NewXMLElement("section")
				if err := at.Append(section); err != nil {
					return err
				}
				at = &section.XMLFragment
			}
			return nil
		})
		if err := pass(door(), new(flow.Ledger), crdt.NewDoc(), update); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkLookAtAKeystroke(b *testing.B) {
	update := []byte{1, 1, 9, 5, 0x84, 9, 4, 1, 'a', 0}
	d := door()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Look(update, crdt.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

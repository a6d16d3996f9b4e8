package flow_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/lib0/lib0test"
	"samenwijk/realtime/prosemirror"
)

// many repeats what an operation makes.
func many(n int, op func(i int) []crdt.DeltaOp) []crdt.DeltaOp {
	var ops []crdt.DeltaOp
	for i := range n {
		ops = append(ops, op(i)...)
	}
	return ops
}

// processor is the time for which this process has had a processor.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// shapes are running texts in which something stands n times.
func shapes(n int) map[string][]crdt.DeltaOp {
	reference := func(kind, id string, place int) crdt.DeltaOp {
		return crdt.DeltaOp{Insert: map[string]any{kind: id, "place": place}}
	}
	repeat := func(op func(i int) []crdt.DeltaOp) []crdt.DeltaOp { return many(n, op) }
	return map[string][]crdt.DeltaOp{
		"references to one card": repeat(func(i int) []crdt.DeltaOp { return []crdt.DeltaOp{reference("requirement", "r", i)} }),
		"references between letters": repeat(func(i int) []crdt.DeltaOp {
			return []crdt.DeltaOp{text("a"), reference("requirement", "r", n-i)}
		}),
		"one mark": repeat(func(int) []crdt.DeltaOp { return []crdt.DeltaOp{text("a"), mark("m")} }),
		"removed cards": repeat(func(i int) []crdt.DeltaOp {
			return []crdt.DeltaOp{reference("requirement", fmt.Sprint("gone", i), 5)}
		}),
		"cards of kinds nobody knows": repeat(func(i int) []crdt.DeltaOp { return []crdt.DeltaOp{reference(fmt.Sprint("k", i), "c", 5)} }),
		"objects":                     repeat(func(i int) []crdt.DeltaOp { return []crdt.DeltaOp{{Insert: map[string]any{"x": i}}} }),
		"formats": repeat(func(i int) []crdt.DeltaOp {
			return []crdt.DeltaOp{text("a", crdt.Attributes{"bold": i%2 == 0, "link": fmt.Sprint(i)})}
		}),
		"empty paragraphs": repeat(func(i int) []crdt.DeltaOp { return []crdt.DeltaOp{mark(fmt.Sprint("m", i))} }),
		"items":            repeat(func(i int) []crdt.DeltaOp { return []crdt.DeltaOp{mark(fmt.Sprint("i", i)), text("a")} }),
		"lines":            {text(strings.Repeat("a\n", n))},
	}
}

func shaped(t *testing.T, ops []crdt.DeltaOp, n int) *crdt.Doc {
	t.Helper()
	values := map[string]map[string]any{"removed": {}, "marks": {}}
	for i := range n {
		values["removed"][fmt.Sprint("requirement:gone", i)] = 5
		values["marks"][fmt.Sprint("i", i, ":list")] = "bullet"
		values["marks"][fmt.Sprint("i", i, ":indent")] = i
	}
	return loaded(t, scripted(t, map[string][]crdt.DeltaOp{"body": ops}, values))
}

// Documents in which something stands very often are read in time and memory in proportion: a reader
// that looks at each for each, or copies for each what it has, would take four hundred times as long for
// twenty times as much. The bound is in between, for other things happen on the machine as well.
func TestWhatStandsThereTenThousandTimesIsReadInProportion(t *testing.T) {
	const few, often = 500, 10_000
	best := func(d *crdt.Doc) time.Duration {
		least := time.Hour
		for range 3 {
			begun := processor(t)
			flow.Programme.Read(d)
			flow.Programme.ReadIDs(d)
			flow.Programme.Removed(d)
			least = min(least, processor(t)-begun)
		}
		return least
	}
	small := shapes(few)
	for name, ops := range shapes(often) {
		little, much := shaped(t, small[name], few), shaped(t, ops, often)
		if a, b := best(little), best(much); b > 120*a {
			t.Errorf("%s: %d take %v, and %d %v", name, few, a, often, b)
		}
		lib0test.Within(t, 4096*often, func() { flow.Programme.Read(much) })
		lib0test.Within(t, 64<<10*few, func() { write(t, little, []prosemirror.Node{para("alles weg")}) })
		if got := outline(little); got != "alles weg" {
			t.Errorf("%s: written over, it is %q", name, got)
		}
	}
}

// grids are the keys of n tables, t0 and so on, of so many rows and columns.
func grids(n, rows, columns int) map[string]any {
	values := map[string]any{}
	for i := range n {
		for r := range rows {
			values[fmt.Sprintf("t%d:row:r%04d", i, r)] = ""
		}
		for c := range columns {
			values[fmt.Sprintf("t%d:column:c%03d", i, c)] = ""
		}
	}
	return values
}

// standing are references to n tables.
func standing(n int) []crdt.DeltaOp {
	return many(n, func(i int) []crdt.DeltaOp {
		return []crdt.DeltaOp{{Insert: map[string]any{"table": fmt.Sprint("t", i), "place": 1}}}
	})
}

func TestTablesAreCutWhereTheyAreTooLarge(t *testing.T) {
	values := grids(40, 40, 20)
	for i := range 1100 {
		values[fmt.Sprintf("t0:row:r%04d", i)] = ""
		values[fmt.Sprintf("t1:column:c%04d", i)] = ""
	}
	for i := 1; i < 20; i++ {
		delete(values, fmt.Sprintf("t0:column:c%03d", i))
	}
	d := scripted(t, map[string][]crdt.DeltaOp{"body": standing(40)}, map[string]map[string]any{"tables": values})
	var nodes []prosemirror.Node
	lib0test.Within(t, 20<<20, func() { nodes = flow.Programme.Read(d) })
	cells, sizes := 0, ""
	for _, n := range nodes {
		sizes += fmt.Sprintf(" %dx%d", len(n.Content), len(n.Content[0].Content))
		for _, row := range n.Content {
			cells += len(row.Content)
		}
	}
	if want := " 1000x1 40x100 40x20 40x20 40x20 40x20 40x20 40x20 10x20" + strings.Repeat(" 1x1", 31); sizes != want || cells != 10_031 {
		t.Errorf("%d cells in tables of%s", cells, sizes)
	}
	if sent := write(t, d, nodes); len(sent) > 0 {
		t.Errorf("%d bytes were sent to write what is shown", len(sent))
	}

	// Words in a table that is cut, and what is cut off stays.
	before := d.Map("tables").Len()
	changed := flow.Programme.Read(d)
	cell := &changed[39].Content[0].Content[0]
	cell.Content = []prosemirror.Node{para("nu wel")}
	write(t, d, changed)
	if got := flow.Programme.Read(d); !equal(got, changed) || d.Map("tables").Len() != before {
		t.Errorf("words in the last table took %d rows and columns away", before-d.Map("tables").Len())
	}

	nodes[1].Content = nodes[1].Content[1:]
	nodes = nodes[:2]
	write(t, d, nodes)
	if got := flow.Programme.Read(d); !equal(got, nodes) {
		t.Error("a row of a table that was cut did not go")
	}
}

func TestADocumentIsCheckedAsAWhole(t *testing.T) {
	limits := flow.Limits{Flows: 3, Embeds: 4, Names: 1, Bytes: 100, Levels: 2, Rows: 3, Columns: 4, Cells: 6}
	roots := func(names ...string) map[string][]crdt.DeltaOp {
		all := map[string][]crdt.DeltaOp{}
		for _, name := range names {
			all[name] = []crdt.DeltaOp{text("x")}
		}
		return all
	}
	one := func(name string, ops ...crdt.DeltaOp) map[string][]crdt.DeltaOp {
		return map[string][]crdt.DeltaOp{name: ops}
	}
	for name, tc := range map[string]struct {
		roots  map[string][]crdt.DeltaOp
		values map[string]map[string]any
		want   error
	}{
		"nothing": {nil, nil, nil},
		"what may be": {
			one("body", text("x", crdt.Attributes{"a": []any{[]any{}}}), mark("a"), mark("b"), mark("c"), mark("d")),
			map[string]map[string]any{"marks": {"a:b": "c"}, "other": {"a": "b"}}, nil,
		},
		"three flows":               {roots("body", "statement:a", "cell:a:b:c"), nil, nil},
		"four flows":                {roots("body", "statement:a", "cell:a:b:c", "plain:a"), nil, flow.ErrRefused},
		"two others":                {roots("a", "b"), nil, flow.ErrRefused},
		"five embeds":               {one("body", mark("a"), mark("b"), mark("c"), mark("d"), mark("e")), nil, flow.ErrRefused},
		"the old root":              {one("default", text("x")), nil, flow.ErrVersion},
		"a wrong name":              {one("statement:a b", text("x")), nil, flow.ErrRefused},
		"a long value":              {nil, map[string]map[string]any{"marks": {"a:b": strings.Repeat("x", 101)}}, flow.ErrRefused},
		"a deep value":              {nil, map[string]map[string]any{"removed": {"a:b": []any{[]any{[]any{}}}}}, flow.ErrRefused},
		"a long attribute":          {one("body", text("x", crdt.Attributes{"link": strings.Repeat("x", 101)})), nil, flow.ErrRefused},
		"bytes":                     {nil, map[string]map[string]any{"tables": {"a:b": []byte("x")}}, flow.ErrRefused},
		"a map in a text":           {nil, map[string]map[string]any{"body": {"a": "b"}}, flow.ErrRefused},
		"a text in a map":           {one("marks", text("x")), nil, flow.ErrRefused},
		"four rows":                 {nil, map[string]map[string]any{"tables": grids(1, 4, 0)}, flow.ErrRefused},
		"five columns":              {nil, map[string]map[string]any{"tables": grids(1, 0, 5)}, flow.ErrRefused},
		"tables that stand nowhere": {nil, map[string]map[string]any{"tables": grids(2, 3, 4)}, nil},
		"eight cells of two tables": {one("body", standing(2)...), map[string]map[string]any{"tables": grids(2, 2, 2)}, flow.ErrRefused},
		"eight cells, half removed": {
			one("body", standing(2)...), map[string]map[string]any{"tables": grids(2, 2, 2), "removed": {"table:t1": 1}}, nil,
		},
		"a type in a text": {one("body", crdt.DeltaOp{Insert: crdt.NewMap(nil)}), nil, flow.ErrRefused},
	} {
		if err := flow.Programme.Check(loaded(t, scripted(t, tc.roots, tc.values)), limits); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

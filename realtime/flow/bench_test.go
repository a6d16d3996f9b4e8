package flow_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// large is a programme of 300 requirements and 24,000 words, with what people do to a text: headings,
// bold words, lists, a table in each chapter.
func large() []prosemirror.Node {
	words := strings.Fields("elke bewoner heeft een vaste plek in de straat waar kinderen veilig spelen " +
		"en buren elkaar ontmoeten ook als het regent of laat wordt")
	n := 0
	say := func(count int) string {
		var b strings.Builder
		for range count {
			b.WriteString(words[n%len(words)])
			b.WriteByte(' ')
			n += 7
		}
		return strings.TrimSpace(b.String()) + "."
	}
	p := func(count int) prosemirror.Node {
		return prosemirror.Element("paragraph", nil,
			prosemirror.Text(say(count/2)+" "), prosemirror.Text("samen", prosemirror.Mark{Type: "bold"}), prosemirror.Text(" "+say(count/2)))
	}
	item := func(count int) prosemirror.Node { return prosemirror.Element("listItem", nil, p(count)) }
	var nodes []prosemirror.Node
	for i := range 300 {
		if i%10 == 0 {
			title := prosemirror.Text(fmt.Sprint("Hoofdstuk ", i/10+1))
			nodes = append(nodes, prosemirror.Element("heading", map[string]any{"level": 2}, title), p(40))
			var rows []prosemirror.Node
			for r := range 3 {
				var cells []prosemirror.Node
				for c := range 3 {
					cells = append(cells, prosemirror.Element("tableCell", map[string]any{"column": fmt.Sprint("c", c)}, para(say(4))))
				}
				rows = append(rows, prosemirror.Element("tableRow", map[string]any{"id": fmt.Sprint("r", r)}, cells...))
			}
			nodes = append(nodes, prosemirror.Element("table", map[string]any{"id": fmt.Sprint("t", i)}, rows...))
		}
		nodes = append(nodes, prosemirror.Element("requirement", map[string]any{"id": fmt.Sprint("r", i)},
			prosemirror.Element("statement", nil, p(24), prosemirror.Element("bulletList", nil, item(8), item(8)), p(8)),
			prosemirror.Element("rationale", nil, p(24))))
	}
	return nodes
}

func wordsIn(nodes []prosemirror.Node) int {
	n := 0
	for _, node := range nodes {
		n += len(strings.Fields(node.Text)) + wordsIn(node.Content)
	}
	return n
}

func stateOf(b *testing.B, write func(d *crdt.Doc) error) []byte {
	b.Helper()
	d := crdt.NewDoc(crdt.WithClientID(1))
	var err error
	d.Transact(nil, func(*crdt.Tx) { err = write(d) })
	if err != nil {
		b.Fatal(err)
	}
	state, err := d.EncodeStateAsUpdate(nil)
	if err != nil {
		b.Fatal(err)
	}
	return state
}

// states are the same text in flows and in the tree of elements that came before.
func states(b *testing.B) (nodes []prosemirror.Node, flows, tree []byte) {
	nodes = large()
	flows = stateOf(b, func(d *crdt.Doc) error { return flow.Programme.Write(d, nodes, noon) })
	tree = stateOf(b, func(d *crdt.Doc) error { return prosemirror.Write(d.XMLFragment("default"), nodes) })
	return nodes, flows, tree
}

func open(b *testing.B, state []byte) *crdt.Doc {
	b.Helper()
	d := crdt.NewDoc(crdt.WithClientID(2))
	if err := d.ApplyUpdate(state, nil); err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkRead reads a programme of 300 requirements and 24,000 words.
func BenchmarkRead(b *testing.B) {
	nodes, flows, tree := states(b)
	b.Run("flows", func(b *testing.B) {
		d := open(b, flows)
		if !equal(flow.Programme.Read(d), nodes) {
			b.Fatal("it reads as something else")
		}
		b.ReportAllocs()
		for b.Loop() {
			flow.Programme.Read(d)
		}
		b.ReportMetric(float64(wordsIn(nodes)), "words")
	})
	b.Run("flows with ids", func(b *testing.B) {
		d := open(b, flows)
		b.ReportAllocs()
		for b.Loop() {
			flow.Programme.ReadIDs(d)
		}
	})
	b.Run("tree", func(b *testing.B) {
		d := open(b, tree)
		b.ReportAllocs()
		for b.Loop() {
			prosemirror.Read(d.XMLFragment("default"))
		}
	})
}

// BenchmarkLoaded loads it, and reports what a loaded document takes of memory and its state of bytes.
func BenchmarkLoaded(b *testing.B) {
	_, flows, tree := states(b)
	for _, tc := range []struct {
		name  string
		state []byte
	}{{"flows", flows}, {"tree", tree}} {
		b.Run(tc.name, func(b *testing.B) {
			const kept = 20
			docs := make([]*crdt.Doc, 0, kept)
			before := heap()
			for range kept {
				docs = append(docs, open(b, tc.state))
			}
			size := float64(heap()-before) / kept
			runtime.KeepAlive(docs)
			for b.Loop() {
				open(b, tc.state)
			}
			b.ReportMetric(size/1024, "KB/document")
			b.ReportMetric(float64(len(tc.state))/1024, "KB/state")
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkWrite changes one word of it in different ways.
func BenchmarkWrite(b *testing.B) {
	nodes, flows, _ := states(b)
	b.Run("a form", func(b *testing.B) {
		d := open(b, flows)
		was := flow.Programme.Words(d, card("r150"), "statement")
		for i := 0; b.Loop(); i++ {
			if err := flow.Programme.SetPart(d, card("r150"), "statement", strings.Replace(was, "straat", fmt.Sprint("laan", i), 1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a version", func(b *testing.B) {
		d := open(b, flows)
		target := large()
		for i := 0; b.Loop(); i++ {
			target[0].Content[0].Text = fmt.Sprint("Begin ", i)
			d.Transact(nil, func(*crdt.Tx) {
				if err := flow.Programme.Write(d, target, noon); err != nil {
					b.Fatal(err)
				}
			})
		}
	})
	b.Run("from nothing", func(b *testing.B) {
		for b.Loop() {
			stateOf(b, func(d *crdt.Doc) error { return flow.Programme.Write(d, nodes, noon) })
		}
	})
}

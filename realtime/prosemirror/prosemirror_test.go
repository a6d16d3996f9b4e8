package prosemirror_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

var bold = prosemirror.Mark{Type: "bold"}

func link(to string) prosemirror.Mark {
	return prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": to}}
}

func paragraph(text ...prosemirror.Node) prosemirror.Node {
	return prosemirror.Element("paragraph", nil, text...)
}

// write makes the fragment read as nodes and returns the update that did it.
func write(t *testing.T, d *crdt.Doc, nodes ...prosemirror.Node) []byte {
	t.Helper()
	var updates [][]byte
	cancel := d.OnUpdate(func(u []byte, _ any) { updates = append(updates, append([]byte(nil), u...)) })
	defer cancel()
	d.Transact(nil, func(*crdt.Tx) {
		if err := prosemirror.Write(d.XMLFragment("default"), nodes); err != nil {
			t.Fatal(err)
		}
	})
	if len(updates) == 0 {
		return nil
	}
	merged, err := crdt.MergeUpdates(updates)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func mustRead(t *testing.T, d *crdt.Doc, want ...prosemirror.Node) {
	t.Helper()
	got := prosemirror.Read(d.XMLFragment("default"))
	if !prosemirror.Equal(prosemirror.Element("doc", nil, got...), prosemirror.Element("doc", nil, want...)) {
		t.Errorf("reads as\n%v\nwant\n%v", got, want)
	}
	if err := d.Check(); err != nil {
		t.Errorf("the document is damaged: %v", err)
	}
}

func TestWhatIsWrittenReadsTheSame(t *testing.T) {
	nodes := []prosemirror.Node{
		prosemirror.Element("heading", map[string]any{"level": 2}, prosemirror.Text("Begeleiding")),
		paragraph(prosemirror.Text("een "), prosemirror.Text("vaste", bold, link("/a")), prosemirror.Text(" coördinator 🧭")),
		prosemirror.Element("requirement", map[string]any{"id": "r1"}, prosemirror.Element("statement", nil, paragraph(prosemirror.Text("Elke deelnemer")))),
		paragraph(),
	}
	d := crdt.NewDoc()
	write(t, d, nodes...)
	mustRead(t, d, nodes...)
}

func TestWritingTheSameAgainChangesNothing(t *testing.T) {
	nodes := []prosemirror.Node{paragraph(prosemirror.Text("een"), prosemirror.Text(" twee", bold)), prosemirror.Element("heading", map[string]any{"level": float64(2)})}
	d := crdt.NewDoc()
	write(t, d, nodes...)
	if update := write(t, d, nodes...); update != nil {
		t.Errorf("an update of %d bytes without a change", len(update))
	}
}

func TestAChangeTouchesOnlyWhatDiffers(t *testing.T) {
	long := strings.Repeat("lange tekst ", 200)
	d := crdt.NewDoc()
	write(t, d, paragraph(prosemirror.Text(long)), paragraph(prosemirror.Text("twee")), paragraph(prosemirror.Text(long)))
	for name, nodes := range map[string][]prosemirror.Node{
		"a word in the middle": {paragraph(prosemirror.Text(long)), paragraph(prosemirror.Text("twee of drie")), paragraph(prosemirror.Text(long))},
		"a paragraph more":     {paragraph(prosemirror.Text(long)), paragraph(prosemirror.Text("nieuw")), paragraph(prosemirror.Text("twee of drie")), paragraph(prosemirror.Text(long))},
		"a mark":               {paragraph(prosemirror.Text(long[:24]), prosemirror.Text(long[24:30], bold), prosemirror.Text(long[30:])), paragraph(prosemirror.Text("x")), paragraph(prosemirror.Text(long))},
	} {
		t.Run(name, func(t *testing.T) {
			update := write(t, d, nodes...)
			mustRead(t, d, nodes...)
			if len(update) > 200 {
				t.Errorf("the update has %d bytes", len(update))
			}
		})
	}
}

func TestSomebodyElsesWordsInTheSameRequirementSurviveAServerEdit(t *testing.T) {
	requirement := func(text string) prosemirror.Node {
		return prosemirror.Element("requirement", map[string]any{"id": "r1"}, prosemirror.Element("statement", nil, paragraph(prosemirror.Text(text))))
	}
	server, browser := crdt.NewDoc(), crdt.NewDoc()
	write(t, server, requirement("Elke deelnemer heeft een coördinator."))
	sync(t, server, browser)
	write(t, browser, requirement("Elke deelnemer heeft een coördinator. Ook in de zomer."))
	write(t, server, requirement("Elke deelnemer heeft een vaste coördinator."))
	sync(t, server, browser)
	sync(t, browser, server)
	want := requirement("Elke deelnemer heeft een vaste coördinator. Ook in de zomer.")
	mustRead(t, server, want)
	mustRead(t, browser, want)
}

func TestARequirementWithAnotherIDIsAnotherRequirement(t *testing.T) {
	one := func(id, text string) prosemirror.Node {
		return prosemirror.Element("requirement", map[string]any{"id": id}, paragraph(prosemirror.Text(text)))
	}
	d := crdt.NewDoc()
	write(t, d, one("a", "eerste"), one("b", "tweede"))
	before := d.XMLFragment("default").Get(1)
	write(t, d, one("b", "tweede"))
	mustRead(t, d, one("b", "tweede"))
	if !crdt.Same(before, d.XMLFragment("default").Get(0)) {
		t.Error("the requirement that stayed was made anew")
	}
}

func TestACharacterOfTwoUnitsIsNeverCutInTwo(t *testing.T) {
	d := crdt.NewDoc()
	write(t, d, paragraph(prosemirror.Text("a🧭b")))
	write(t, d, paragraph(prosemirror.Text("a🧮b"))) // shares its first unit with the compass
	mustRead(t, d, paragraph(prosemirror.Text("a🧮b")))
	write(t, d, paragraph(prosemirror.Text("a\U0001F9EDb")), paragraph(prosemirror.Text("\U0001F5EDb")))
	mustRead(t, d, paragraph(prosemirror.Text("a\U0001F9EDb")), paragraph(prosemirror.Text("\U0001F5EDb")))
}

func TestATreeThatIsTooDeepIsRefusedAndCutWhereItIsRead(t *testing.T) {
	deep := paragraph()
	for range prosemirror.MaxDepth + 1 {
		deep = prosemirror.Element("section", nil, deep)
	}
	d := crdt.NewDoc()
	err := prosemirror.Write(d.XMLFragment("default"), []prosemirror.Node{deep})
	if err == nil {
		t.Error("written")
	}
	at := d.XMLFragment("sections")
	for range 10 * prosemirror.MaxDepth {
		section := crdt.NewXMLElement("section", crdt.NewXMLText("x"))
		if err := at.Append(section); err != nil {
			t.Fatal(err)
		}
		at = &section.XMLFragment
	}
	letters := 0
	for nodes := prosemirror.Read(d.XMLFragment("sections")); len(nodes) > 0; nodes = nodes[len(nodes)-1].Content {
		if nodes[0].Type == prosemirror.TextType {
			letters++
		}
	}
	if letters != prosemirror.MaxDepth {
		t.Errorf("%d sections can be read, want %d", letters, prosemirror.MaxDepth)
	}
}

func TestRandomTreesAreReachedFromEachOther(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	d := crdt.NewDoc()
	peer := crdt.NewDoc()
	for range 300 {
		nodes := randomNodes(r, 0)
		write(t, d, nodes...)
		mustRead(t, d, normal(nodes)...)
		sync(t, d, peer)
		mustRead(t, peer, normal(nodes)...)
		if t.Failed() {
			t.FailNow()
		}
	}
}

func randomNodes(r *rand.Rand, depth int) []prosemirror.Node {
	var nodes []prosemirror.Node
	for range r.IntN(4) {
		switch {
		case depth > 0 && r.IntN(2) == 0:
			var marks []prosemirror.Mark
			if r.IntN(3) == 0 {
				marks = append(marks, bold)
			}
			if r.IntN(4) == 0 {
				marks = append(marks, link(fmt.Sprint("/", r.IntN(3))))
			}
			nodes = append(nodes, prosemirror.Text([]string{"een", "twee 🧭", "drie", "é"}[r.IntN(4)], marks...))
		case depth < 4:
			attrs := map[string]any{}
			if r.IntN(3) == 0 {
				attrs["level"] = float64(r.IntN(3))
			}
			if r.IntN(4) == 0 {
				attrs["id"] = fmt.Sprint("r", r.IntN(3))
			}
			nodes = append(nodes, prosemirror.Element([]string{"section", "paragraph", "requirement"}[r.IntN(3)], attrs, randomNodes(r, depth+1)...))
		}
	}
	return nodes
}

// normal joins texts beside each other that have the same marks, as a document does.
func normal(nodes []prosemirror.Node) []prosemirror.Node {
	var out []prosemirror.Node
	for _, n := range nodes {
		n.Content = normal(n.Content)
		if last := len(out) - 1; n.Type == prosemirror.TextType && last >= 0 && out[last].Type == prosemirror.TextType &&
			prosemirror.Equal(prosemirror.Node{Marks: out[last].Marks}, prosemirror.Node{Marks: n.Marks}) {
			out[last].Text += n.Text
			continue
		}
		out = append(out, n)
	}
	return out
}

func sync(t *testing.T, from, to *crdt.Doc) {
	t.Helper()
	update, err := from.EncodeStateAsUpdate(to.StateVector())
	if err != nil {
		t.Fatal(err)
	}
	if err := to.ApplyUpdate(update, nil); err != nil {
		t.Fatal(err)
	}
}

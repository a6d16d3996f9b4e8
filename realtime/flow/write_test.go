package flow_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// change makes one transaction and returns the bytes that it sends.
func change(t testing.TB, d *crdt.Doc, f func() error) []byte {
	t.Helper()
	var sent []byte
	defer d.OnUpdate(func(update []byte, _ any) { sent = append(sent, update...) })()
	d.Transact(nil, func(*crdt.Tx) {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	})
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return sent
}

func write(t testing.TB, d *crdt.Doc, nodes []prosemirror.Node) []byte {
	t.Helper()
	return change(t, d, func() error { return flow.Programme.Write(d, nodes, noon) })
}

func TestADocumentReadsAsWhatWasWrittenWhateverItWas(t *testing.T) {
	s := scribbler{Rand: rand.New(rand.NewPCG(seedOf(t), 1)), t: t}
	for range 300 {
		d := s.together(s.IntN(120))
		switch s.IntN(4) {
		case 0, 1:
			d = loaded(t, d)
		case 2:
			d = s.vandalized(d)
		}
		was := flow.Programme.Read(d)
		if fresh := len(d.States()) == 0; fresh {
			continue
		}
		if sent := write(t, d, was); len(sent) > 0 {
			t.Fatalf("%d bytes were sent to write what was there:\n%s", len(sent), say(was))
		}
		var other *crdt.Doc
		if s.IntN(2) == 0 {
			other = s.together(s.IntN(120))
		} else { // the same at another moment
			other = loaded(t, d)
			other.SetClientID(5)
			s.write(other, s.IntN(20))
		}
		want := flow.Programme.Read(other)
		meanwhile := loaded(t, d)
		meanwhile.SetClientID(6)
		careful := s
		careful.whole = true
		careful.write(meanwhile, s.IntN(20))
		write(t, d, want)
		if got := flow.Programme.Read(d); !equal(got, want) {
			t.Fatalf("was\n%s\nwritten\n%s\nreads as\n%s", say(was), say(want), say(got))
		}
		if got := flow.Programme.Read(loaded(t, d)); !equal(got, want) {
			t.Fatalf("another reads\n%s\nwritten\n%s", say(got), say(want))
		}
		if sent := write(t, d, want); len(sent) > 0 {
			t.Fatalf("%d bytes were sent to write it again", len(sent))
		}
		together := loaded(t, d)
		s.learn(together, meanwhile)
		s.learn(meanwhile, together)
		if a, b := flow.Programme.Read(together), flow.Programme.Read(meanwhile); !equal(a, b) {
			t.Fatalf("who wrote at the same time reads\n%s\nand another\n%s", say(b), say(a))
		}
		if err := together.Check(); err != nil {
			t.Fatal(err)
		}
		write(t, d, was)
		if got := flow.Programme.Read(d); !equal(got, was) {
			t.Fatalf("went back to\n%s\nreads as\n%s", say(was), say(got))
		}
	}
}

// In a large text cards and paragraphs went elsewhere, and others changed a word: what is written is in
// proportion to that.
func TestALargeTextIsChangedByWhatDiffers(t *testing.T) {
	d := crdt.NewDoc(crdt.WithClientID(1))
	was := large()
	write(t, d, was)
	for name, tc := range map[string]struct {
		change func(nodes []prosemirror.Node) []prosemirror.Node
		bytes  int
	}{
		"a word": {func(nodes []prosemirror.Node) []prosemirror.Node {
			nodes[0].Content[0].Text = "Begin"
			return nodes
		}, 60},
		"twenty cards to the end": {func(nodes []prosemirror.Node) []prosemirror.Node {
			return append(append(nodes[:30:30], nodes[50:]...), nodes[30:50]...)
		}, 3000},
		"the last card to the start, and a word": {func(nodes []prosemirror.Node) []prosemirror.Node {
			last := len(nodes) - 1
			nodes[1].Content[0].Text = "elke buurt " + nodes[1].Content[0].Text[len("elke straat "):]
			return append(append([]prosemirror.Node{nodes[last]}, nodes[:last]...), para("einde"))
		}, 400},
		"every tenth card away": {func(nodes []prosemirror.Node) []prosemirror.Node {
			var rest []prosemirror.Node
			for i, n := range nodes {
				if n.Type != "requirement" || i%10 != 0 {
					rest = append(rest, n)
				}
			}
			return rest
		}, 4000},
		"a row and a column between": {func(nodes []prosemirror.Node) []prosemirror.Node {
			rows := nodes[2].Content
			row := func(id string, r prosemirror.Node) prosemirror.Node {
				cells := []prosemirror.Node{r.Content[0], prosemirror.Element("tableCell", map[string]any{"column": "c9"}, para("nieuw")), r.Content[2]}
				return prosemirror.Element("tableRow", map[string]any{"id": id}, cells...)
			}
			nodes[2].Content = []prosemirror.Node{row("r0", rows[0]), row("r9", rows[2]), row("r1", rows[1])}
			return nodes
		}, 1200},
	} {
		d := loaded(t, d)
		want := tc.change(large())
		if sent := write(t, d, want); len(sent) > tc.bytes {
			t.Errorf("%s took %d bytes", name, len(sent))
		} else {
			t.Logf("%s took %d bytes", name, len(sent))
		}
		if got := flow.Programme.Read(d); !equal(got, want) {
			t.Errorf("%s: reads as something else", name)
		}
		if err := flow.Programme.Check(d, flow.DefaultLimits); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever makes a flow gives it a mark, and so does whoever changes a paragraph that has none.
func TestWhatIsMadeHasAMarkFromTheStart(t *testing.T) {
	marks := func(d *crdt.Doc, root string) int {
		n := 0
		for p := range d.Pieces(root) {
			if p.Kind == crdt.PieceEmbed {
				n++
			}
		}
		return n
	}
	for name, nodes := range map[string][]prosemirror.Node{
		"nothing": nil, "an empty paragraph": {prosemirror.Element("paragraph", nil)}, "a word": {para("woord")},
	} {
		d := crdt.NewDoc(crdt.WithClientID(1))
		write(t, d, nodes)
		if got := marks(d, "body"); got != 1 {
			t.Errorf("a document of %s has %d marks", name, got)
		}
	}
	cell := func(kind, column string) prosemirror.Node {
		return prosemirror.Element(kind, map[string]any{"column": column}, prosemirror.Element("paragraph", nil))
	}
	row := func(id string, columns ...string) prosemirror.Node {
		n := prosemirror.Element("tableRow", map[string]any{"id": id})
		for _, c := range columns {
			n.Content = append(n.Content, cell("tableCell", c))
		}
		return n
	}
	d := crdt.NewDoc(crdt.WithClientID(1))
	table := prosemirror.Element("table", map[string]any{"id": "t"}, row("r", "a"))
	write(t, d, []prosemirror.Node{requirement("r1", ""), table})
	table.Content = []prosemirror.Node{row("r", "a", "b"), row("s", "a", "b")}
	write(t, d, []prosemirror.Node{requirement("r1", ""), table})
	for _, root := range []string{"statement:r1", "rationale:r1", "cell:t:r:a", "cell:t:r:b", "cell:t:s:a", "cell:t:s:b"} {
		if got := marks(d, root); got != 1 {
			t.Errorf("%s has %d marks", root, got)
		}
	}
	if err := d.Text("statement:r2").Insert(0, "zonder teken", nil); err != nil {
		t.Fatal(err)
	}
	change(t, d, func() error { return flow.Programme.PutBack(d, card("r2"), flow.Spot{}, noon) })
	if got := marks(d, "statement:r2"); got != 0 {
		t.Errorf("a paragraph that nobody changed has %d marks", got)
	}
	change(t, d, func() error { return flow.Programme.SetPart(d, card("r2"), "statement", "met teken") })
	if got := marks(d, "statement:r2"); got != 1 {
		t.Errorf("a paragraph that was changed has %d marks", got)
	}
}

// idsOf gives the ids of each word that a document shows.
func idsOf(d *crdt.Doc) map[string]crdt.ID {
	ids := map[string]crdt.ID{}
	var walk func(nodes []prosemirror.Node)
	walk = func(nodes []prosemirror.Node) {
		for _, n := range nodes {
			walk(n.Content)
			rest := n.IDs
			for i, word := range strings.SplitAfter(n.Text, " ") {
				if i > 0 || len(rest) > 0 {
					ids[strings.TrimSpace(word)] = rest[0].ID
				}
				for units := uint32(len(word)); units > 0; {
					step := min(units, rest[0].Len)
					rest[0].Clock, rest[0].Len, units = rest[0].Clock+step, rest[0].Len-step, units-step
					if rest[0].Len == 0 {
						rest = rest[1:]
					}
				}
				if len(rest) == 0 {
					break
				}
			}
		}
	}
	walk(flow.Programme.ReadIDs(d))
	return ids
}

// A paragraph that is split or joined, as somebody does between two versions, keeps its words and not
// only what they say: whoever types in it at that moment still types there.
func TestWordsGoFromOneParagraphToAnotherWithTheirIDs(t *testing.T) {
	head := func(text string) prosemirror.Node {
		return prosemirror.Element("heading", map[string]any{"level": 3}, prosemirror.Text(text))
	}
	bold := prosemirror.Mark{Type: "bold"}
	one := []prosemirror.Node{para("voor"), head("een twee drie vier vijf zes"), para("na")}
	two := []prosemirror.Node{para("voor"), head("een twee drie"), para("vier vijf zes"), para("na")}
	three := []prosemirror.Node{
		para("voor"), para("een twee"), prosemirror.Element("bulletList", nil, prosemirror.Element("listItem", nil, para("drie vier"))),
		prosemirror.Element("paragraph", nil, prosemirror.Text("vijf "), prosemirror.Text("zes", bold)), para("na"),
	}
	for name, tc := range map[string]struct{ from, to []prosemirror.Node }{
		"split": {one, two}, "split in three": {one, three}, "joined": {two, one}, "joined from three": {three, one}, "both": {two, three},
		"with a word": {one, []prosemirror.Node{para("voor"), head("een twee nieuw"), head("drie vier vijf zes"), para("na")}},
	} {
		d := crdt.NewDoc(crdt.WithClientID(1))
		write(t, d, tc.from)
		was := idsOf(d)
		d.SetClientID(2)
		write(t, d, tc.to)
		if got := flow.Programme.Read(d); !equal(got, tc.to) {
			t.Errorf("%s: reads as %s", name, say(got))
		}
		lost := 0
		for word, id := range idsOf(d) {
			if was[word] != id && word != "nieuw" {
				lost++
			}
		}
		if lost > 0 && name != "both" || lost > 3 {
			t.Errorf("%s: %d words were written again", name, lost)
		}
	}
}

func TestWhatCameAfterTheVersionGoesWhole(t *testing.T) {
	for _, tc := range []struct {
		was, at string
		remove  int
		typed   string
	}{
		{"Een Annata", "Annata", 0, "Atreat"},
		{"Een Annata", "", 0, "tata"},
		{"Zon 🌞 ", "🌞", 0, "🌞🌛"},
		{"een twee", "twee", 0, "twee "},
		{"een twee", "een", 0, "wat "},
		{"Een Parteo", "o", 1, "Coteno"}, // the last letter is not the one that the version had
		{"Een Annata", "A", 1, "Attoo"},  // nor is the first
	} {
		doc := scripted(t, map[string][]crdt.DeltaOp{"body": {text(tc.was), mark("p")}}, nil)
		version, had := flow.Programme.Read(doc), doc.States()
		body := doc.Text("body")
		index := func(part string) int { return len(utf16.Encode([]rune(part))) }
		at := index(tc.was)
		if tc.at != "" {
			at = index(tc.was[:strings.Index(tc.was, tc.at)])
		}
		if err := body.Delete(at, tc.remove); err != nil {
			t.Fatal(err)
		}
		if err := body.Insert(at, tc.typed, nil); err != nil {
			t.Fatal(err)
		}
		typed := doc.States()
		doc.SetClientID(flow.NewClientID())
		doc.Transact(nil, func(*crdt.Tx) {
			if err := flow.Programme.Restore(doc, version, had, noon); err != nil {
				t.Fatal(err)
			}
		})
		if got := flow.Programme.Read(doc); !reflect.DeepEqual(got, version) {
			t.Errorf("%q became %v", tc.was, got)
		}
		for p := range doc.Pieces("body") {
			if end := p.Clock + uint32(p.Units); end > had[p.Client] && p.Clock < typed[p.Client] {
				t.Errorf("%s into %q: of what was typed %d units stay", tc.typed, tc.was, p.Units)
			}
		}
	}
}

// Words lose a mark at two peers at once: when one of them also takes words away that had it, nothing that this one
// wrote may rely on the end of the mark that the other takes away.
func TestAMarkThatGoesDoesNotRunOnThroughTheText(t *testing.T) {
	bold := crdt.Attributes{"bold": true}
	for _, typed := range []string{"een twee", "twee een", "een twee een"} {
		doc := scripted(t, map[string][]crdt.DeltaOp{"body": {
			text(strings.ReplaceAll(typed, "twee", "acht")), mark("p"), text("drie vier"), mark("q"), text("vijf"), mark("r"),
		}}, nil)
		version, had := flow.Programme.Read(doc), doc.States()
		doc.Transact(nil, func(*crdt.Tx) {
			at := strings.Index(typed, "twee")
			err := errors.Join(doc.Text("body").Delete(at, 4), doc.Text("body").Insert(at, "twee", nil),
				doc.Text("body").Format(0, len(typed), bold), doc.Text("body").Format(len(typed)+1, 9, bold))
			if err != nil {
				t.Fatal(err)
			}
		})
		state, err := doc.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		other := crdt.NewDoc(crdt.WithClientID(2), crdt.KeepFormats())
		if err := other.ApplyUpdate(state, nil); err != nil {
			t.Fatal(err)
		}
		if err := other.Text("body").Format(0, len(typed)+10, crdt.Attributes{"bold": nil}); err != nil {
			t.Fatal(err)
		}
		doc.SetClientID(flow.NewClientID())
		doc.Transact(nil, func(*crdt.Tx) {
			if err := flow.Programme.Restore(doc, version, had, noon); err != nil {
				t.Fatal(err)
			}
		})
		if state, err = other.EncodeStateAsUpdate(nil); err != nil {
			t.Fatal(err)
		}
		if err := doc.ApplyUpdate(state, nil); err != nil {
			t.Fatal(err)
		}
		if got := flow.Programme.Read(doc); !equal(got, version) {
			t.Errorf("%s: reads as %s", typed, say(got))
		}
	}
}

// Somebody may begin a mark anew in words from which it is taken: its end behind them stays.
func TestTheEndOfAMarkThatGoesStaysForWhoBeginsItAnew(t *testing.T) {
	doc := scripted(t, map[string][]crdt.DeltaOp{"body": {text("een twee"), mark("p"), text("drie"), mark("q")}}, nil)
	version, had := flow.Programme.Read(doc), doc.States()
	if err := doc.Text("body").Format(0, 8, crdt.Attributes{"bold": true}); err != nil {
		t.Fatal(err)
	}
	other := crdt.NewDoc(crdt.WithClientID(2), crdt.KeepFormats())
	exchange := func(from, to *crdt.Doc) {
		state, err := from.EncodeStateAsUpdate(nil)
		if err = errors.Join(err, to.ApplyUpdate(state, nil)); err != nil {
			t.Fatal(err)
		}
	}
	exchange(doc, other)
	if err := other.Text("body").Format(0, 3, crdt.Attributes{"bold": nil}); err != nil {
		t.Fatal(err)
	}
	doc.SetClientID(flow.NewClientID())
	if err := flow.Programme.Restore(doc, version, had, noon); err != nil {
		t.Fatal(err)
	}
	exchange(other, doc)
	if got := flow.Programme.Read(doc); !prosemirror.Equal(got[1], version[1]) {
		t.Errorf("reads as %s", say(got))
	}
}

// A mark that stays has its own beginning and end in each paragraph, so who writes between two of them ends none.
func TestAMarkThatStaysIsNotWrittenAnew(t *testing.T) {
	doc := scripted(t, map[string][]crdt.DeltaOp{"body": {text("een"), mark("p"), text("twee"), mark("q")}}, nil)
	strike := crdt.Attributes{"strike": true}
	if err := errors.Join(doc.Text("body").Format(0, 3, strike), doc.Text("body").Format(4, 4, strike)); err != nil {
		t.Fatal(err)
	}
	version, had := flow.Programme.Read(doc), doc.States()
	if err := doc.Text("body").Format(0, 8, crdt.Attributes{"code": true}); err != nil {
		t.Fatal(err)
	}
	state, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := crdt.NewDoc(crdt.WithClientID(2), crdt.KeepFormats())
	if err := other.ApplyUpdate(state, nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Text("body").Insert(4, "nu of ", nil), other.Text("body").Format(4, 2, strike)); err != nil {
		t.Fatal(err)
	}
	doc.SetClientID(flow.NewClientID())
	doc.Transact(nil, func(*crdt.Tx) {
		if err := flow.Programme.Restore(doc, version, had, noon); err != nil {
			t.Fatal(err)
		}
	})
	if state, err = other.EncodeStateAsUpdate(nil); err != nil {
		t.Fatal(err)
	}
	if err := doc.ApplyUpdate(state, nil); err != nil {
		t.Fatal(err)
	}
	second := flow.Programme.Read(doc)[1]
	if last := second.Content[len(second.Content)-1]; last.Text != "twee" || len(last.Marks) != 1 {
		t.Errorf("the second paragraph reads as %s", say([]prosemirror.Node{second}))
	}
}

package flow_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// scripted makes a document of deltas and values, as a script would.
func scripted(t testing.TB, roots map[string][]crdt.DeltaOp, values map[string]map[string]any) *crdt.Doc {
	t.Helper()
	d := crdt.NewDoc(crdt.WithClientID(1))
	d.Transact(nil, func(*crdt.Tx) {
		for name, ops := range roots {
			if err := d.Text(name).ApplyDelta(ops); err != nil {
				t.Fatal(err)
			}
		}
		for name, list := range values {
			for key, v := range list {
				if err := d.Map(name).Set(key, v); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	return d
}

func mark(id string) crdt.DeltaOp { return crdt.DeltaOp{Insert: map[string]any{"p": id}} }

func text(s string, attributes ...crdt.Attributes) crdt.DeltaOp {
	op := crdt.DeltaOp{Insert: s}
	for _, a := range attributes {
		op.Attributes = a
	}
	return op
}

// everything is what all roots hold.
func everything(d *crdt.Doc) map[string]any {
	all := map[string]any{}
	for _, root := range d.Roots() {
		switch flow.Programme.Root(root) {
		case flow.Flow:
			all[root] = d.Text(root).ToDelta()
		case flow.Values:
			all[root] = d.Map(root).Values()
		}
	}
	return all
}

func TestOneWordOfAFormChangesOneWord(t *testing.T) {
	bold, comment := crdt.Attributes{"bold": true}, crdt.Attributes{"comment": map[string]any{"thread": "t"}, "italic": true}
	d := scripted(t, map[string][]crdt.DeltaOp{
		"body": {
			text("voor"), mark("v"), {Insert: map[string]any{"requirement": "r1", "place": 1}}, {Insert: map[string]any{"table": "t", "place": 1}},
			text("na"),
		},
		"statement:r1": {
			text("Elke "), text("deelnemer", bold), text(" heeft "), {Insert: map[string]any{"emoji": "huis"}}, text("een "),
			text("vaste", comment), text(" plek.\n Ook laat. "), mark("a"), text("tijd", bold), text(" voor rust"), mark("b"),
			text("geld"), mark("c"), mark("leeg"), text("Let op"), mark("d"),
		},
		"rationale:r1": {text("Omdat.")},
		"cell:t:r:c":   {text("een plek")},
	}, map[string]map[string]any{
		"marks":  {"b:list": "bullet", "c:list": "bullet", "c:colour": "red", "d:box": "note:n", "d:kind": "poem"},
		"tables": {"t:row:r": "a", "t:column:c": "a"},
	})
	was := flow.Programme.Words(d, card("r1"), "statement")
	if want := "Elke deelnemer heeft een vaste plek.\nOok laat.\n\ntijd voor rust\ngeld\n\nLet op"; was != want {
		t.Fatalf("a form shows %q, want %q", was, want)
	}
	for _, tc := range []struct{ old, new string }{
		{"vaste", "eigen"}, {"deelnemer", "kind"}, {"laat", "vroeg"}, {"geld", "ruimte"}, {"rust", "spel"}, {"Let", "Pas"},
	} {
		d := loaded(t, d)
		before := everything(d)
		sent := change(t, d, func() error {
			return flow.Programme.SetPart(d, card("r1"), "statement", strings.ReplaceAll(strings.Replace(was, tc.old, tc.new, 1), "\n", "\r\n"))
		})
		c, err := crdt.UpdateContents(sent)
		if err != nil {
			t.Fatal(err)
		}
		inserted, deleted := uint32(0), uint32(0)
		for _, r := range c.Inserted {
			inserted += r.Len
		}
		for _, r := range c.Deleted {
			deleted += r.Len
		}
		// Where formats begin and end may be written again around a word that has some.
		few, many := uint32(len(tc.old)), uint32(len(tc.new))
		if deleted < few || deleted > few+2 || inserted < many || inserted > many+4 {
			t.Errorf("%s became %s with %d units written and %d deleted", tc.old, tc.new, inserted, deleted)
		}
		after := everything(d)
		for _, op := range after["statement:r1"].([]crdt.DeltaOp) {
			if s, ok := op.Insert.(string); ok && strings.Contains(s, tc.new) {
				for i, old := range before["statement:r1"].([]crdt.DeltaOp) {
					if s, ok := old.Insert.(string); ok && strings.Contains(s, tc.old) {
						before["statement:r1"].([]crdt.DeltaOp)[i].Insert = strings.Replace(s, tc.old, tc.new, 1)
						break
					}
				}
				break
			}
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s became %s, and more changed:\n%v\n%v", tc.old, tc.new, before, after)
		}
	}
}

func TestAFormChangesTheParagraphsThatItChanged(t *testing.T) {
	items := map[string]map[string]any{"marks": {"a:list": "bullet", "b:list": "bullet"}}
	plain := []crdt.DeltaOp{text("een"), mark("a"), text("twee"), mark("b"), text("drie"), mark("c")}
	list := []crdt.DeltaOp{text("kop"), mark("k"), text("een"), mark("a"), text("twee"), mark("b"), text("slot"), mark("s")}
	bold := crdt.Attributes{"bold": true}
	p := para
	ul := func(texts ...string) prosemirror.Node {
		n := prosemirror.Element("bulletList", nil)
		for _, s := range texts {
			n.Content = append(n.Content, prosemirror.Element("listItem", nil, para(s)))
		}
		return n
	}
	words := func(text string) prosemirror.Node { return prosemirror.Text(text) }
	fat := func(text string) prosemirror.Node { return prosemirror.Text(text, prosemirror.Mark{Type: "bold"}) }
	br := prosemirror.Element("hardBreak", nil)
	line := func(nodes ...prosemirror.Node) []prosemirror.Node {
		return []prosemirror.Node{prosemirror.Element("paragraph", nil, nodes...)}
	}
	type nodes = []prosemirror.Node
	type ops = []crdt.DeltaOp
	for name, tc := range map[string]struct {
		has    []crdt.DeltaOp
		values map[string]map[string]any
		says   string
		want   []prosemirror.Node
		marks  string // that are there then, those that are new as ?
	}{
		"a paragraph more": {
			plain, nil,
			"een\n\nnieuw\n\ntwee\n\ndrie", nodes{p("een"), p("nieuw"), p("twee"), p("drie")}, "a?bc",
		},
		"at the start": {
			plain, nil,
			"nieuw\n\neen\n\ntwee\n\ndrie", nodes{p("nieuw"), p("een"), p("twee"), p("drie")}, "?abc",
		},
		"at the end": {
			plain, nil,
			"een\n\ntwee\n\ndrie\n\nnieuw", nodes{p("een"), p("twee"), p("drie"), p("nieuw")}, "abc?",
		},
		"one less":          {plain, nil, "een\n\n\n\ndrie\n", nodes{p("een"), p("drie")}, "ac"},
		"the last one less": {plain, nil, "een\n\ntwee", nodes{p("een"), p("twee")}, "ab"},
		"two paragraphs joined": {
			plain, nil,
			"een\ntwee\n\ndrie", append(line(words("een"), br, words("twee")), p("drie")), "bc",
		},
		"a paragraph split":    {ops{text("een\ntwee"), mark("a")}, nil, "een\n\ntwee", nodes{p("een"), p("twee")}, "?a"},
		"nothing left":         {plain, nil, " \r\n ", line(), "a"},
		"nothing before":       {nil, nil, "een\n\ntwee", nodes{p("een"), p("twee")}, "??"},
		"a text without marks": {ops{text("een")}, nil, "eens\n\ntwee", nodes{p("eens"), p("twee")}, "??"},
		"an item more": {
			list, items,
			"kop\n\neen\nnieuw\ntwee\n\nslot", nodes{p("kop"), ul("een", "nieuw", "twee"), p("slot")}, "ka?bs",
		},
		"an item at the start": {
			list, items,
			"kop\n\nnieuw\neen\ntwee\n\nslot", nodes{p("kop"), ul("nieuw", "een", "twee"), p("slot")}, "k?abs",
		},
		"an item at the end": {
			list, items,
			"kop\n\neen\ntwee\nnieuw\n\nslot", nodes{p("kop"), ul("een", "twee", "nieuw"), p("slot")}, "kab?s",
		},
		"an item less": {
			list, items,
			"kop\n\ntwee\n\nslot", nodes{p("kop"), ul("twee"), p("slot")}, "kbs",
		},
		"a paragraph behind a list": {
			list, items,
			"kop\n\neen\ntwee\n\nnieuw\n\nslot", nodes{p("kop"), ul("een", "twee"), p("nieuw"), p("slot")}, "kab?s",
		},
		"a list is gone": {list, items, "kop\n\nslot", nodes{p("kop"), p("slot")}, "ks"},
		"a word behind a bold one": {
			ops{text("een "), text("vet", bold), mark("a")}, nil,
			"een vet woord", line(words("een "), fat("vet"), words(" woord")), "a",
		},
		"a letter in a bold one": {
			ops{text("een "), text("vet", bold), text("!"), mark("a")}, nil,
			"een vette!", line(words("een "), fat("vette"), words("!")), "a",
		},
		"a bold one in the middle": {
			ops{text("a "), text("vet woord", bold), text(" b"), mark("a")}, nil,
			"aa vet kort woord bb", line(words("aa "), fat("vet kort woord"), words(" bb")), "a",
		},
		"an empty line in paragraph": {
			ops{text("een\n\ntwee"), mark("a")}, nil,
			"een\n\ntwee!", line(words("een"), br, br, words("twee!")), "a",
		},
	} {
		roots := map[string][]crdt.DeltaOp{"body": {{Insert: map[string]any{"requirement": "r1", "place": 1}}}}
		if tc.has != nil {
			roots["statement:r1"] = tc.has
		}
		d := scripted(t, roots, tc.values)
		change(t, d, func() error { return flow.Programme.SetPart(d, card("r1"), "statement", tc.says) })
		if got := flow.Programme.Read(d)[0].Content[0].Content; !equal(got, tc.want) {
			t.Errorf("%s: it reads\n%s\nwant\n%s", name, say(got), say(tc.want))
		}
		marks := ""
		for _, op := range d.Text("statement:r1").ToDelta() {
			if m, ok := op.Insert.(map[string]any); ok {
				if id := m["p"].(string); len(id) > 1 {
					marks += "?"
				} else {
					marks += id
				}
			}
		}
		if marks != tc.marks {
			t.Errorf("%s: its marks are %s, want %s", name, marks, tc.marks)
		}
	}
	d := scripted(t, map[string][]crdt.DeltaOp{"body": {{Insert: map[string]any{"requirement": "r1", "place": 1}}}}, nil)
	for _, err := range []error{
		flow.Programme.SetPart(d, card("r2"), "statement", "x"), flow.Programme.SetPart(d, card("r1"), "plain", "x"),
		flow.Programme.SetPart(d, flow.Card{Kind: "table", ID: "r1"}, "statement", "x"),
	} {
		if !errors.Is(err, flow.ErrNotShown) {
			t.Errorf("words of what is not there: %v", err)
		}
	}
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
}

// Whatever a form says, the part says it afterwards, line by line, and a form that was not changed
// changes nothing.
func TestAPartSaysWhatAFormSaid(t *testing.T) {
	s := scribbler{Rand: rand.New(rand.NewPCG(seedOf(t), 3)), t: t}
	tried := 0
	for range 250 {
		d := s.together(60 + s.IntN(120))
		for i := range 6 {
			c := card(fmt.Sprint("c", i))
			was := flow.Programme.Words(d, c, "statement")
			if err := flow.Programme.SetPart(d, c, "statement", was); err != nil {
				continue
			}
			tried++
			if sent := change(t, d, func() error { return flow.Programme.SetPart(d, c, "statement", was) }); len(sent) > 0 {
				t.Fatalf("%d bytes were sent for a form that was not changed: %q", len(sent), was)
			}
			rest := everything(d)
			says := s.edited(was)
			change(t, d, func() error { return flow.Programme.SetPart(d, c, "statement", says) })
			if got := flow.Programme.Words(d, c, "statement"); !reflect.DeepEqual(trimmed(lines(got)), trimmed(lines(says))) {
				t.Fatalf("it said %q, a form %q, it says %q", was, says, got)
			}
			now := everything(d)
			for _, all := range []map[string]any{rest, now} {
				maps.DeleteFunc(all, func(root string, _ any) bool { return root == "marks" || root == "statement:"+c.ID })
			}
			if !reflect.DeepEqual(rest, now) {
				t.Fatal("something elsewhere changed")
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d forms were filled in", tried)
	}
}

func trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// edited is what somebody makes of the text of a form.
func (s scribbler) edited(text string) string {
	units := []rune(text)
	for range 1 + s.IntN(3) {
		at := s.IntN(len(units) + 1)
		to := min(len(units), at+s.IntN(8))
		units = append(units[:at:at], append([]rune(pick(s.Rand, "", "woord", "\n\n", "\n", s.words())), units[to:]...)...)
	}
	return string(units)
}

// Somebody still types in a word that a form changed: what the form says is whole, and so is what they
// type, also where the letters between were deleted.
func TestAFormContinuesAWordDirectlyBehindItsLastLetter(t *testing.T) {
	d := scripted(t, map[string][]crdt.DeltaOp{
		"body": {{Insert: map[string]any{"requirement": "r1", "place": 1}}}, "statement:r1": {text("huisboot"), mark("a")},
	}, nil)
	other := crdt.NewDoc(crdt.WithClientID(0)) // who comes first where two write at one spot
	state, err := d.EncodeStateAsUpdate(nil)
	if err == nil {
		err = other.ApplyUpdate(state, nil)
	}
	if err == nil {
		err = other.Text("statement:r1").Insert(8, "!", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"huis", "huisjes"} {
		change(t, d, func() error { return flow.Programme.SetPart(d, card("r1"), "statement", says) })
	}
	scribbler{t: t}.learn(d, other)
	if got := flow.Programme.Words(d, card("r1"), "statement"); got != "huisjes!" {
		t.Errorf("it says %q", got)
	}
}

func TestWhatAFormAddsGoesBehindAWordThatIsStillBeingTyped(t *testing.T) {
	browser := scripted(t, map[string][]crdt.DeltaOp{
		"body":        {{Insert: map[string]any{"requirement": "r", "place": 1}}, mark("m")},
		"statement:r": {text("Elke bew"), mark("s")},
		"rationale:r": {text("Om"), mark("w")},
	}, nil)
	browser.SetClientID(1<<32 - 1) // the highest that a browser can have
	here := browser.Text("statement:r")
	house := crdt.NewDoc(crdt.WithClientID(flow.ClientID(0)), crdt.KeepFormats())
	exchange := func(from, to *crdt.Doc) {
		t.Helper()
		update, err := from.EncodeStateAsUpdate(nil)
		if err == nil {
			err = to.ApplyUpdate(update, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := here.Insert(8, "o", nil); err != nil {
		t.Fatal(err)
	}
	exchange(browser, house)
	if err := here.Insert(9, "ner", nil); err != nil {
		t.Fatal(err)
	}
	house.Transact(nil, func(*crdt.Tx) {
		if err := flow.Programme.SetPart(house, flow.Card{Kind: "requirement", ID: "r"}, "statement", "Elke bewo telt\n\nmee"); err != nil {
			t.Fatal(err)
		}
	})
	exchange(house, browser)
	if got := flow.Programme.Words(browser, flow.Card{Kind: "requirement", ID: "r"}, "statement"); got != "Elke bewoner telt\n\nmee" {
		t.Errorf("the statement is %q", got)
	}
	for range 100 {
		if id := flow.NewClientID(); id < flow.ClientID(0) || id > flow.ClientID(1<<32-1) {
			t.Fatalf("the house is %d", id)
		}
	}
}

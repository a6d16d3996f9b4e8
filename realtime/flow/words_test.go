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
		"body": {text("voor"), mark("v"), {Insert: map[string]any{"requirement": "r1", "place": 1}}, {Insert: map[string]any{"table": "t", "place": 1}}, text("na")},
		"statement:r1": {
			text("Elke "), text("deelnemer", bold), text(" heeft "), {Insert: map[string]any{"emoji": "huis"}}, text("een "), text("vaste", comment), text(" plek.\n Ook laat. "), mark("a"),
			text("tijd", bold), text(" voor rust"), mark("b"), text("geld"), mark("c"), mark("leeg"), text("Let op"), mark("d"),
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
	for _, tc := range []struct{ old, new string }{{"vaste", "eigen"}, {"deelnemer", "kind"}, {"laat", "vroeg"}, {"geld", "ruimte"}, {"rust", "spel"}, {"Let", "Pas"}} {
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
		if deleted < uint32(len(tc.old)) || deleted > uint32(len(tc.old))+2 || inserted < uint32(len(tc.new)) || inserted > uint32(len(tc.new))+4 {
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
	bullet := func(ids ...string) map[string]map[string]any {
		values := map[string]any{}
		for _, id := range ids {
			values[id+":list"] = "bullet"
		}
		return map[string]map[string]any{"marks": values}
	}
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
	b := prosemirror.Mark{Type: "bold"}
	for name, tc := range map[string]struct {
		has    []crdt.DeltaOp
		values map[string]map[string]any
		says   string
		want   []prosemirror.Node
		marks  string // that are there then, those that are new as ?
	}{
		"a paragraph more":           {plain, nil, "een\n\nnieuw\n\ntwee\n\ndrie", []prosemirror.Node{p("een"), p("nieuw"), p("twee"), p("drie")}, "a?bc"},
		"at the start":               {plain, nil, "nieuw\n\neen\n\ntwee\n\ndrie", []prosemirror.Node{p("nieuw"), p("een"), p("twee"), p("drie")}, "?abc"},
		"at the end":                 {plain, nil, "een\n\ntwee\n\ndrie\n\nnieuw", []prosemirror.Node{p("een"), p("twee"), p("drie"), p("nieuw")}, "abc?"},
		"one less":                   {plain, nil, "een\n\n\n\ndrie\n", []prosemirror.Node{p("een"), p("drie")}, "ac"},
		"the last one less":          {plain, nil, "een\n\ntwee", []prosemirror.Node{p("een"), p("twee")}, "ab"},
		"two paragraphs joined":      {plain, nil, "een\ntwee\n\ndrie", []prosemirror.Node{prosemirror.Element("paragraph", nil, prosemirror.Text("een"), prosemirror.Element("hardBreak", nil), prosemirror.Text("twee")), p("drie")}, "bc"},
		"a paragraph split":          {[]crdt.DeltaOp{text("een\ntwee"), mark("a")}, nil, "een\n\ntwee", []prosemirror.Node{p("een"), p("twee")}, "?a"},
		"nothing left":               {plain, nil, " \r\n ", []prosemirror.Node{prosemirror.Element("paragraph", nil)}, "a"},
		"nothing before":             {nil, nil, "een\n\ntwee", []prosemirror.Node{p("een"), p("twee")}, "??"},
		"a text without marks":       {[]crdt.DeltaOp{text("een")}, nil, "eens\n\ntwee", []prosemirror.Node{p("eens"), p("twee")}, "??"},
		"an item more":               {list, bullet("a", "b"), "kop\n\neen\nnieuw\ntwee\n\nslot", []prosemirror.Node{p("kop"), ul("een", "nieuw", "twee"), p("slot")}, "ka?bs"},
		"an item at the start":       {list, bullet("a", "b"), "kop\n\nnieuw\neen\ntwee\n\nslot", []prosemirror.Node{p("kop"), ul("nieuw", "een", "twee"), p("slot")}, "k?abs"},
		"an item at the end":         {list, bullet("a", "b"), "kop\n\neen\ntwee\nnieuw\n\nslot", []prosemirror.Node{p("kop"), ul("een", "twee", "nieuw"), p("slot")}, "kab?s"},
		"an item less":               {list, bullet("a", "b"), "kop\n\ntwee\n\nslot", []prosemirror.Node{p("kop"), ul("twee"), p("slot")}, "kbs"},
		"a paragraph behind a list":  {list, bullet("a", "b"), "kop\n\neen\ntwee\n\nnieuw\n\nslot", []prosemirror.Node{p("kop"), ul("een", "twee"), p("nieuw"), p("slot")}, "kab?s"},
		"a list is gone":             {list, bullet("a", "b"), "kop\n\nslot", []prosemirror.Node{p("kop"), p("slot")}, "ks"},
		"a word behind a bold one":   {[]crdt.DeltaOp{text("een "), text("vet", bold), mark("a")}, nil, "een vet woord", []prosemirror.Node{prosemirror.Element("paragraph", nil, prosemirror.Text("een "), prosemirror.Text("vet", b), prosemirror.Text(" woord"))}, "a"},
		"a letter in a bold one":     {[]crdt.DeltaOp{text("een "), text("vet", bold), text("!"), mark("a")}, nil, "een vette!", []prosemirror.Node{prosemirror.Element("paragraph", nil, prosemirror.Text("een "), prosemirror.Text("vette", b), prosemirror.Text("!"))}, "a"},
		"a bold one in the middle":   {[]crdt.DeltaOp{text("a "), text("vet woord", bold), text(" b"), mark("a")}, nil, "aa vet kort woord bb", []prosemirror.Node{prosemirror.Element("paragraph", nil, prosemirror.Text("aa "), prosemirror.Text("vet kort woord", b), prosemirror.Text(" bb"))}, "a"},
		"an empty line in paragraph": {[]crdt.DeltaOp{text("een\n\ntwee"), mark("a")}, nil, "een\n\ntwee!", []prosemirror.Node{prosemirror.Element("paragraph", nil, prosemirror.Text("een"), prosemirror.Element("hardBreak", nil), prosemirror.Element("hardBreak", nil), prosemirror.Text("twee!"))}, "a"},
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
		flow.Programme.SetPart(d, card("r2"), "statement", "x"), flow.Programme.SetPart(d, card("r1"), "plain", "x"), flow.Programme.SetPart(d, flow.Card{Kind: "table", ID: "r1"}, "statement", "x"),
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
	s := scribbler{rand.New(rand.NewPCG(seedOf(t), 3)), t}
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

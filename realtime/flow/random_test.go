package flow_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"samenwijk/realtime/crdt"
)

// seedOf gives the seed of a random test, which SAMENWIJK_SEED repeats.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64() >> 1
	if s := os.Getenv("SAMENWIJK_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SAMENWIJK_SEED=%d", seed)
		}
	})
	return seed
}

// scribbler writes in a document as no careful client would.
type scribbler struct {
	*rand.Rand
	t     *testing.T
	whole bool // it cuts no character in two, of which not everybody need hear
}

func pick[E any](r *rand.Rand, list ...E) E { return list[r.IntN(len(list))] }

func (s scribbler) words() string {
	text := ""
	for range 1 + s.IntN(4) {
		text += pick(s.Rand, "huis ", "straat ", "wijk", " samen", "één ", "😀", "a", "\n", ", ", "lang woord ", "x\ny", "𝒳 ",
			"de ", "de ", "het ")
	}
	return text
}

func (s scribbler) attributes() crdt.Attributes {
	a := crdt.Attributes{}
	for range s.IntN(3) {
		name := pick(s.Rand, "bold", "italic", "code", "strike", "link", "comment", "colour")
		switch {
		case s.IntN(9) == 0:
			a[name] = pick[any](s.Rand, 1, "x", false, map[string]any{"a": 1})
		case name == "link":
			a[name] = pick(s.Rand, "/a", "/b", "")
		case name == "comment":
			a[name] = map[string]any{"thread": pick(s.Rand, "t", "u")}
		default:
			a[name] = true
		}
	}
	return a
}

func (s scribbler) paragraph() string { return fmt.Sprint("p", s.IntN(30)) }
func (s scribbler) card() (kind, id string) {
	return pick(s.Rand, "requirement", "requirement", "requirement", "table", "table", "figure", "chart"), fmt.Sprint("c", s.IntN(6))
}

func (s scribbler) embed() any {
	switch s.IntN(8) {
	case 0:
		kind, id := s.card()
		return map[string]any{kind: id, "place": s.IntN(40)}
	case 1:
		return map[string]any{pick(s.Rand, "image", "p", "requirement"): pick[any](s.Rand, "a b", 7, true, []any{1, "x"})}
	}
	return map[string]any{"p": s.paragraph()}
}

func (s scribbler) root() string {
	id := fmt.Sprint("c", s.IntN(6))
	switch s.IntN(6) {
	case 0:
		return "statement:" + id
	case 1:
		return "rationale:" + id
	case 2:
		return fmt.Sprintf("cell:%s:r%d:k%d", id, s.IntN(3), s.IntN(3))
	}
	return "body"
}

func (s scribbler) value() (key string, v any) {
	key = s.paragraph() + ":" + pick(s.Rand, "kind", "level", "list", "indent", "start", "box", "colour")
	return key, pick[any](s.Rand, "heading", "heading", 2, 3, 4, 5, "bullet", "bullet", "ordered", 0, 1, 1, 2, 2, 9, -1, 1.5,
		"note:b1", "note:b2", "term:b1", "poem", "x", nil, true)
}

// write makes some random changes as one transaction.
func (s scribbler) write(d *crdt.Doc, changes int) {
	s.t.Helper()
	d.Transact(nil, func(*crdt.Tx) {
		for range changes {
			if err := s.change(d); err != nil {
				s.t.Fatal(err)
			}
		}
	})
}

func (s scribbler) change(d *crdt.Doc) error {
	switch s.IntN(20) {
	case 0, 1, 2, 3:
		key, v := s.value()
		return d.Map("marks").Set(key, v)
	case 4:
		key, _ := s.value()
		return d.Map("marks").Delete(key)
	case 5, 6:
		id := fmt.Sprint("c", s.IntN(6))
		key := id + pick(s.Rand, fmt.Sprint(":row:r", s.IntN(3)), fmt.Sprint(":column:k", s.IntN(3)), ":header")
		if s.IntN(5) == 0 {
			return d.Map("tables").Delete(key)
		}
		return d.Map("tables").Set(key, pick[any](s.Rand, "a", "b", "c", "", "aV", true, 5))
	case 7:
		kind, id := s.card()
		if s.IntN(3) == 0 {
			return d.Map("removed").Delete(kind + ":" + id)
		}
		return d.Map("removed").Set(kind+":"+id, pick[any](s.Rand, 0, 10, 20, 30, "x"))
	}
	root := s.root()
	t := d.Text(root)
	n := t.Len()
	at := s.IntN(n + 1)
	if s.whole && hasPairs(d, root) {
		return nil
	}
	switch s.IntN(12) {
	case 0, 1:
		return t.Delete(at, min(n-at, 1+s.IntN(12)))
	case 2, 3:
		if at == n {
			return nil
		}
		a := s.attributes()
		for name := range a {
			if s.IntN(3) == 0 {
				a[name] = nil
			}
		}
		return t.Format(at, min(n-at, 1+s.IntN(12)), a)
	case 4, 5, 6, 7:
		return t.InsertEmbed(at, s.embed(), s.attributes())
	case 8:
		if s.IntN(20) == 0 {
			return t.InsertEmbed(at, crdt.NewMap(map[string]any{"a": 1}), nil)
		}
	}
	if s.IntN(2) == 0 {
		return t.Insert(at, s.words(), nil)
	}
	return t.Insert(at, s.words(), s.attributes())
}

// hasPairs reports whether a flow has characters of two units.
func hasPairs(d *crdt.Doc, root string) bool {
	for p := range d.Pieces(root) {
		if slices.ContainsFunc([]rune(string(p.Text)), func(r rune) bool { return r > 0xffff }) {
			return true
		}
	}
	return false
}

// together makes what two who scribbled apart, and met now and then, have in the end.
func (s scribbler) together(changes int) *crdt.Doc {
	s.t.Helper()
	docs := []*crdt.Doc{crdt.NewDoc(crdt.WithClientID(1 + s.Uint64N(1<<20))), crdt.NewDoc(crdt.WithClientID(1<<21 + s.Uint64N(1<<20)))}
	for range 3 {
		for _, d := range docs {
			s.write(d, changes/6+1)
		}
		for i, d := range docs {
			s.learn(docs[1-i], d)
		}
	}
	return docs[0]
}

// vandalized is a document in which somebody also put what is of another shape.
func (s scribbler) vandalized(d *crdt.Doc) *crdt.Doc {
	s.t.Helper()
	d = loaded(s.t, d)
	for range 1 + s.IntN(3) {
		vandal := crdt.NewDoc(crdt.WithClientID(1<<22 + s.Uint64N(1<<30)))
		var err error
		switch s.IntN(4) {
		case 0:
			err = vandal.Array(pick(s.Rand, "marks", "tables", "removed")).Append("p1:kind", 7.0, crdt.NewText("x"))
		case 1:
			err = vandal.Array(s.root()).Append("x", []byte{1}, 5.0, crdt.NewArray(1.0))
		case 2:
			err = vandal.Map(s.root()).Set("a", "b")
		case 3:
			key, _ := s.value()
			err = vandal.Map("marks").Set(key, crdt.NewMap(map[string]any{"a": 1.0}))
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.learn(d, vandal)
	}
	return d
}

// learn tells one document all that another knows.
func (s scribbler) learn(to, from *crdt.Doc) {
	s.t.Helper()
	update, err := from.EncodeStateAsUpdate(to.StateVector())
	if err == nil {
		err = to.ApplyUpdate(update, nil)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// loaded is a document as the server has it: from its bytes, with a client of its own.
func loaded(t testing.TB, from *crdt.Doc) *crdt.Doc {
	t.Helper()
	state, err := from.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := crdt.NewDoc(crdt.WithClientID(1 << 40))
	if err := d.ApplyUpdate(state, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

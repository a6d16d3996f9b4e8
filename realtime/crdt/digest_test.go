package crdt

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestAReloadedDocumentHasTheSameDigest(t *testing.T) {
	forEachCase(t, func(t *testing.T, c *caseFile) {
		d := NewDoc()
		digests := map[[32]byte]bool{}
		for i, u := range c.Updates {
			if err := d.ApplyUpdate(u.V1, nil); err != nil {
				t.Fatal(err)
			}
			if i%5 != 0 || d.HasPending() {
				continue
			}
			v1, v2 := state(t, d)
			again, whole := NewDoc(), NewDoc(WithGC(false))
			if err := again.ApplyUpdate(v1, nil); err != nil {
				t.Fatal(err)
			}
			if err := whole.ApplyUpdateV2(v2, nil); err != nil {
				t.Fatal(err)
			}
			if d.Digest() != again.Digest() || d.Digest() != whole.Digest() {
				t.Fatalf("after update %d the digest is %x, reloaded %x and %x", i, d.Digest(), again.Digest(), whole.Digest())
			}
			digests[d.Digest()] = true
		}
		if len(digests) < 3 {
			t.Errorf("a whole session has %d digests", len(digests))
		}
	})
}

// Structs that were cut and collected otherwise, in documents whose elements come and go, whose keys
// are replaced and whose browsers come by with all they know.
func TestADigestDoesNotDependOnHowStructsAreCut(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	otherBytes := 0
	for range 60 {
		people := []*Doc{NewDoc(WithClientID(1)), NewDoc(WithClientID(2)), NewDoc(WithClientID(3))}
		server := NewDoc()
		for range 120 {
			d := people[rng.IntN(3)]
			var updates [][]byte
			stop := d.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
			d.Transact(nil, func(*Tx) { editSomething(rng, d) })
			stop()
			whole, _ := state(t, d)
			if rng.IntN(10) == 0 {
				updates = append(updates, whole)
			}
			for _, u := range updates {
				if err := server.ApplyUpdate(u, nil); err != nil {
					t.Fatal(err)
				}
			}
			if rng.IntN(6) == 0 {
				if err := people[rng.IntN(3)].ApplyUpdate(whole, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		if server.HasPending() {
			t.Fatal("a session without late updates leaves something waiting")
		}
		v1, _ := state(t, server)
		again := NewDoc()
		if err := again.ApplyUpdate(v1, nil); err != nil {
			t.Fatal(err)
		}
		if again.Digest() != server.Digest() {
			t.Fatal("a reloaded document has another digest")
		}
		if other, _ := state(t, again); string(other) != string(v1) {
			otherBytes++
		}
	}
	if otherBytes == 0 {
		t.Error("no document was written otherwise after reloading: the test shows nothing")
	}
}

func editSomething(rng *rand.Rand, d *Doc) {
	f := d.XMLFragment("x")
	if f.Len() == 0 || rng.IntN(5) == 0 {
		f.Insert(rng.IntN(f.Len()+1), NewXMLElement("p", NewXMLText("hello")))
		return
	}
	p := f.Get(rng.IntN(f.Len())).(*XMLElement)
	text := p.Get(0).(*XMLText)
	switch n := rng.IntN(8); {
	case n == 0:
		f.Delete(rng.IntN(f.Len()), 1)
	case n == 1:
		d.Map("m").Set("k", rng.IntN(100))
	case n == 2:
		p.SetAttribute("a", fmt.Sprint(rng.IntN(9)))
	case n == 3 && text.Len() > 2:
		text.Delete(rng.IntN(text.Len()-1), 2)
	case n == 4 && text.Len() > 2:
		text.Format(rng.IntN(text.Len()-1), 2, Attributes{"bold": true})
	default:
		text.Insert(rng.IntN(text.Len()+1), "ab", nil)
	}
}

func TestDocumentsThatShowSomethingElseHaveOtherDigests(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, edit := range map[string]func(d *Doc){
		"nothing":        func(*Doc) {},
		"text":           func(d *Doc) { d.Text("t").Insert(0, "ab", nil) },
		"other text":     func(d *Doc) { d.Text("t").Insert(0, "ac", nil) },
		"in two pieces":  func(d *Doc) { d.Text("t").Insert(0, "b", nil); d.Text("t").Insert(0, "a", nil) },
		"bold":           func(d *Doc) { d.Text("t").Insert(0, "ab", Attributes{"bold": true}) },
		"half bold":      func(d *Doc) { d.Text("t").Insert(0, "ab", nil); d.Text("t").Format(1, 1, Attributes{"bold": true}) },
		"another root":   func(d *Doc) { d.Text("u").Insert(0, "ab", nil) },
		"a key":          func(d *Doc) { d.Map("m").Set("k", 1) },
		"another key":    func(d *Doc) { d.Map("m").Set("l", 1) },
		"another value":  func(d *Doc) { d.Map("m").Set("k", 2) },
		"a list":         func(d *Doc) { d.Array("m").Append(1, 2) },
		"another order":  func(d *Doc) { d.Array("m").Append(2, 1) },
		"an element":     func(d *Doc) { d.XMLFragment("x").Append(NewXMLElement("p")) },
		"other element":  func(d *Doc) { d.XMLFragment("x").Append(NewXMLElement("q")) },
		"with content":   func(d *Doc) { d.XMLFragment("x").Append(NewXMLElement("p", NewXMLText("a"))) },
		"other content":  func(d *Doc) { d.XMLFragment("x").Append(NewXMLElement("p", NewXMLText("b"))) },
		"side by side":   func(d *Doc) { d.XMLFragment("x").Append(NewXMLElement("p"), NewXMLText("a")) },
		"nested":         func(d *Doc) { d.Array("n").Append(NewSubDoc("one")) },
		"nested another": func(d *Doc) { d.Array("n").Append(NewSubDoc("two")) },
	} {
		d := NewDoc(WithClientID(9))
		edit(d)
		if other, twice := seen[d.Digest()]; twice {
			t.Errorf("%q and %q have one digest", name, other)
		}
		seen[d.Digest()] = name
	}
}

package flow_test

import (
	"math/rand/v2"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/lib0/lib0test"
	"samenwijk/realtime/prosemirror"
)

// Whatever a document was made of, it is read within bounds, what was read can be written elsewhere and
// back, and the document stays sound.
func FuzzRead(f *testing.F) {
	for _, c := range cases(f) {
		if len(c.Update) < 1<<12 {
			f.Add(c.Update)
		}
	}
	limits := crdt.Limits{Bytes: 1 << 16, Structs: 1 << 12, Clients: 1 << 8, Depth: 16}
	f.Fuzz(func(t *testing.T, update []byte) {
		d := crdt.NewDoc(crdt.WithClientID(1), crdt.WithLimits(limits))
		if d.ApplyUpdate(update, nil) != nil {
			return
		}
		if d.Check() != nil {
			t.Fatal("the engine took it in and is not sound")
		}
		p := flow.Programme
		var nodes []prosemirror.Node
		lib0test.Within(t, 8<<20+4096*len(update), func() { nodes = p.Read(d) })
		lib0test.Within(t, 8<<20+4096*len(update), func() {
			if withIDs := p.ReadIDs(d); !equal(nodes, withIDs) {
				t.Fatalf("reads as\n%s\nand with ids as\n%s", say(nodes), say(withIDs))
			}
		})
		p.Removed(d)
		blank := len(d.States()) == 0
		checked := p.Check(d, flow.DefaultLimits)
		if sent := write(t, d, nodes); len(sent) > 0 && !blank {
			t.Fatalf("%d bytes were sent to write what was there", len(sent))
		}
		for _, n := range nodes {
			c := flow.Card{Kind: n.Type}
			if c.ID, _ = n.Attrs["id"].(string); n.Type == "requirement" {
				words := p.Words(d, c, "statement")
				if sent := change(t, d, func() error { return p.SetPart(d, c, "statement", words) }); len(sent) > 0 {
					t.Fatalf("%d bytes were sent for a form that was not changed", len(sent))
				}
			}
		}
		if checked == nil { // an honest writer is let in afterwards
			write(t, d, nil)
			write(t, d, nodes)
			if got := p.Read(d); !equal(got, nodes) {
				t.Fatalf("was\n%s\ncame back as\n%s", say(nodes), say(got))
			}
			if err := p.Check(d, flow.DefaultLimits); err != nil {
				t.Fatalf("a writer made it %v", err)
			}
		}
		fresh := crdt.NewDoc(crdt.WithClientID(2))
		write(t, fresh, nodes)
		if got := p.Read(fresh); !equal(got, nodes) {
			t.Fatalf("it reads as\n%s\nwritten elsewhere as\n%s", say(nodes), say(got))
		}
	})
}

// What honest and careless writers make is let in by the door as a whole, and read with the ids of what
// they wrote.
func TestRandomDocumentsAreCheckedAndReadWithIDs(t *testing.T) {
	s := scribbler{Rand: rand.New(rand.NewPCG(seedOf(t), 4)), t: t}
	for range 150 {
		d := loaded(t, s.together(s.IntN(150)))
		nodes := flow.Programme.ReadIDs(d)
		if !equal(nodes, flow.Programme.Read(d)) {
			t.Fatal("reading with ids shows something else")
		}
		var walk func(n prosemirror.Node)
		walk = func(n prosemirror.Node) {
			units := uint32(0)
			for _, r := range n.IDs {
				units += r.Len
				if d.Known(r.Client) < r.End() {
					t.Fatalf("%v is not known", r)
				}
			}
			want := uint32(0)
			switch n.Type {
			case prosemirror.TextType:
				for _, r := range n.Text {
					want++
					if r > 0xffff {
						want++
					}
				}
			case "hardBreak", "unknownInline":
				want = 1
			}
			if units != want {
				t.Fatalf("%s %q has %d ids, want %d", n.Type, n.Text, units, want)
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		for _, n := range nodes {
			walk(n)
		}
	}
}

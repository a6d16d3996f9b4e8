package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"

	"samenwijk/realtime/crdt"
)

// makeTraces makes up editing sessions that resemble the recorded ones: somebody writing a long
// text with corrections, two people at once, very many clients, and rich text.
func makeTraces(dir string) error {
	for name, write := range map[string]func(rng *rand.Rand) [][]byte{
		"b4":             func(rng *rand.Rand) [][]byte { return typing(rng, 1, 100_000) },
		"friendsforever": func(rng *rand.Rand) [][]byte { return typing(rng, 2, 20_000) },
		"b3.1":           manyClients,
		"xml":            richText,
	} {
		updates := write(rand.New(rand.NewPCG(1, 2)))
		d := crdt.NewDoc(crdt.WithClientID(1))
		for _, u := range updates {
			if err := d.ApplyUpdate(u, nil); err != nil {
				return err
			}
		}
		state, err := d.EncodeStateAsUpdate(nil)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".v1.bin"), state, 0o600); err != nil {
			return err
		}
		if err := writeTrace(filepath.Join(dir, name+".v1.rec.gz"), updates); err != nil {
			return err
		}
	}
	return nil
}

func record(d *crdt.Doc, to *[][]byte) {
	d.OnUpdate(func(u []byte, _ any) { *to = append(*to, u) })
}

// typing writes and corrects a text; the writers see each other's edits in bursts.
func typing(rng *rand.Rand, writers, edits int) [][]byte {
	var out [][]byte
	docs := make([]*crdt.Doc, writers)
	cursor := make([]int, writers)
	for i := range docs {
		docs[i] = crdt.NewDoc(crdt.WithClientID(uint64(1000 + i*77)))
	}
	for len(out) < edits {
		var burst [][]byte
		for i, d := range docs {
			var own [][]byte
			d.OnUpdate(func(u []byte, origin any) {
				if origin == nil {
					own = append(own, u)
				}
			})
			text := d.Text("text")
			if rng.IntN(4) == 0 {
				cursor[i] = rng.IntN(text.Len() + 1)
			}
			cursor[i] = min(cursor[i], text.Len())
			for range 20 + rng.IntN(60) {
				if cursor[i] > 0 && rng.IntN(5) == 0 {
					cursor[i]--
					text.Delete(cursor[i], 1)
				} else {
					text.Insert(cursor[i], string(rune('a'+rng.IntN(26))), nil)
					cursor[i]++
				}
			}
			burst = append(burst, own...)
		}
		for _, d := range docs {
			for _, u := range burst {
				d.ApplyUpdate(u, "burst")
			}
		}
		out = append(out, burst...)
	}
	return out[:edits]
}

func manyClients(rng *rand.Rand) [][]byte {
	var out [][]byte
	for i := range 1540 {
		d := crdt.NewDoc(crdt.WithClientID(uint64(rng.Uint32())))
		record(d, &out)
		d.Map("map").Set("key", float64(i))
	}
	return out
}

func richText(rng *rand.Rand) [][]byte {
	var out [][]byte
	d := crdt.NewDoc(crdt.WithClientID(4711))
	record(d, &out)
	root := d.XMLFragment("prosemirror")
	for len(out) < 8000 {
		if root.Len() == 0 || rng.IntN(12) == 0 {
			p := crdt.NewXMLElement("paragraph", crdt.NewXMLText("A paragraph begins."))
			p.SetAttribute("textAlign", "left")
			root.Insert(rng.IntN(root.Len()+1), p)
			continue
		}
		p := root.Get(rng.IntN(root.Len())).(*crdt.XMLElement)
		text := p.Get(0).(*crdt.XMLText)
		at := rng.IntN(text.Len() + 1)
		switch n := rng.IntN(10); {
		case n == 0 && at < text.Len():
			text.Format(at, min(5, text.Len()-at), crdt.Attributes{"bold": true})
		case n == 1 && at < text.Len():
			text.Delete(at, 1)
		default:
			text.Insert(at, "word ", nil)
		}
	}
	return out
}

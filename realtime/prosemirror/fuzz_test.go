package prosemirror_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0/lib0test"
	"samenwijk/realtime/prosemirror"
)

// Whatever a document was made of, its fragment is read as nodes within bounds; writing the nodes
// back changes nothing that they show, and the document stays sound.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("../crdt/testdata/conformance/xml-000*.json.gz")
	if err != nil || len(paths) == 0 {
		f.Fatal("the recorded cases are missing from realtime/crdt/testdata/conformance")
	}
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		z, err := gzip.NewReader(file)
		if err != nil {
			f.Fatal(err)
		}
		var c struct {
			Docless struct{ MergeV1, GapV1, DiffV1 []byte }
		}
		if err := json.NewDecoder(z).Decode(&c); err != nil {
			f.Fatal(err)
		}
		file.Close()
		f.Add(c.Docless.MergeV1)
		f.Add(c.Docless.GapV1)
		f.Add(c.Docless.DiffV1)
	}
	deep := crdt.NewDoc(crdt.WithClientID(2))
	at := deep.XMLFragment("prosemirror")
	for range prosemirror.MaxDepth + 10 {
		e := crdt.NewXMLElement("blockquote")
		if err := at.Append(e); err != nil {
			f.Fatal(err)
		}
		at = &e.XMLFragment
	}
	b, err := deep.EncodeStateAsUpdate(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	limits := crdt.Limits{Bytes: 1 << 16, Structs: 1 << 12, Clients: 1 << 8, Depth: 16}
	f.Fuzz(func(t *testing.T, update []byte) {
		d := crdt.NewDoc(crdt.WithClientID(1), crdt.WithLimits(limits))
		fragment := d.XMLFragment("prosemirror")
		if d.ApplyUpdate(update, nil) != nil {
			return
		}
		var nodes []prosemirror.Node
		lib0test.Within(t, 8<<20+4096*len(update), func() { nodes = prosemirror.Read(fragment) })
		if withIDs := prosemirror.ReadIDs(fragment); !slices.EqualFunc(nodes, withIDs, prosemirror.Equal) {
			t.Fatalf("read as\n%+v\nwith ids as\n%+v", nodes, withIDs)
		}
		var err error
		d.Transact(nil, func(*crdt.Tx) { err = prosemirror.Write(fragment, nodes) })
		if err != nil {
			t.Fatalf("its own nodes are refused: %v", err)
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		if again := prosemirror.Read(fragment); !slices.EqualFunc(nodes, again, prosemirror.Equal) {
			t.Fatalf("read as\n%+v\nwritten back as\n%+v", nodes, again)
		}
		state, err := d.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		other := crdt.NewDoc(crdt.WithClientID(3))
		if err := other.ApplyUpdate(bytes.Clone(state), nil); err != nil {
			t.Fatalf("own state is refused: %v", err)
		}
	})
}

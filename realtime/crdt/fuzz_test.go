package crdt

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// seeds gives some recorded updates of every profile.
func seeds(f *testing.F, add func(c *caseFile)) {
	f.Helper()
	paths, err := filepath.Glob("testdata/conformance/*-000[12].json.gz")
	if err != nil || len(paths) == 0 {
		f.Fatal("the recorded cases are missing from testdata/conformance")
	}
	for _, path := range paths {
		if !strings.Contains(path, "README") {
			add(readCase(f, path))
		}
	}
}

// typed fails when a decoder refuses bytes with an error of no kind.
func typed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrOverBudget) && !errors.Is(err, ErrUnsupported) {
		t.Fatalf("an error of no kind: %v", err)
	}
}

var tight = Limits{Bytes: 1 << 16, Structs: 1 << 12, Clients: 1 << 8, Depth: 16}

func FuzzApplyUpdate(f *testing.F) {
	seeds(f, func(c *caseFile) {
		for i, u := range c.Updates {
			if i%5 == 0 {
				f.Add(u.V1, false)
				f.Add(u.V2, true)
			}
		}
		f.Add(c.Docless.GapV1, false)
		f.Add(c.Docless.GapV2, true)
	})
	base := readCase(f, "testdata/conformance/mixed-0001.json.gz").Docless.MergeV1
	f.Fuzz(func(t *testing.T, update []byte, v2 bool) {
		d := NewDoc(WithClientID(1), WithLimits(tight))
		if err := d.ApplyUpdate(base, nil); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"text", "array", "map", "xml"} {
			rootOf(d, name)
		}
		before, _ := state(t, d)
		var err error
		if v2 {
			err = d.ApplyUpdateV2(update, nil)
		} else {
			err = d.ApplyUpdate(update, nil)
		}
		typed(t, err)
		v1, bytes2 := state(t, d)
		if err != nil {
			if !bytes.Equal(before, v1) {
				t.Fatal("a refused update changed the document")
			}
			return
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		dump(d, []string{"text", "array", "map", "xml"})
		// What the document writes must be readable, by itself too.
		again := NewDoc(WithClientID(2))
		if err := again.ApplyUpdate(v1, nil); err != nil {
			t.Fatalf("own v1 state is refused: %v", err)
		}
		if !d.HasPending() && again.Digest() != d.Digest() {
			t.Fatal("a reloaded document has another digest")
		}
		if err := NewDoc().ApplyUpdateV2(bytes2, nil); err != nil {
			t.Fatalf("own v2 state is refused: %v", err)
		}
	})
}

func FuzzDocless(f *testing.F) {
	seeds(f, func(c *caseFile) {
		for i, u := range c.Updates {
			if i%7 == 0 {
				f.Add(u.V1, c.Docless.SVHalf, false)
				f.Add(u.V2, c.Docless.SVHalf, true)
			}
		}
		f.Add(c.Docless.GapV1, c.Docless.SVHalf, false)
		f.Add(c.Docless.GapV2, c.Docless.SVHalf, true)
	})
	other := readCase(f, "testdata/conformance/mixed-0002.json.gz").Docless
	f.Fuzz(func(t *testing.T, update, sv []byte, v2 bool) {
		if len(update) > 1<<16 {
			return
		}
		merge, diff, states, convert, mate := MergeUpdates, DiffUpdate, StateVectorFromUpdate, ConvertV1ToV2, other.GapV1
		if v2 {
			merge, diff, states, convert, mate = MergeUpdatesV2, DiffUpdateV2, StateVectorFromUpdateV2, ConvertV2ToV1, other.GapV2
		}
		merged, err := merge([][]byte{update, mate})
		typed(t, err)
		if err == nil {
			if _, err := merge([][]byte{merged, merged}); err != nil {
				t.Fatalf("own merged update is refused: %v", err)
			}
		}
		_, err = diff(update, sv)
		typed(t, err)
		_, err = states(update)
		typed(t, err)
		_, err = convert(update)
		typed(t, err)
		if v2 {
			_, err = UpdateMetaV2(update)
		} else {
			_, err = UpdateMeta(update)
			typed(t, err)
			_, err = UpdateContents(update)
		}
		typed(t, err)
	})
}

func FuzzSnapshot(f *testing.F) {
	seeds(f, func(c *caseFile) {
		for _, h := range c.History {
			f.Add(h.SnapshotV1, false)
			f.Add(h.SnapshotV2, true)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte, v2 bool) {
		decode, encode := DecodeSnapshot, (*Snapshot).Encode
		if v2 {
			decode, encode = DecodeSnapshotV2, (*Snapshot).EncodeV2
		}
		s, err := decode(b)
		typed(t, err)
		if err != nil {
			return
		}
		back, err := decode(encode(s))
		if err != nil || !back.Equal(s) {
			t.Fatalf("snapshot does not come back: %v", err)
		}
	})
}

func FuzzRelativePosition(f *testing.F) {
	seeds(f, func(c *caseFile) {
		for _, r := range c.RelPos {
			f.Add(r.Enc)
		}
	})
	d := NewDoc()
	base := readCase(f, "testdata/conformance/xml-0001.json.gz").Docless.MergeV1
	if err := d.ApplyUpdate(base, nil); err != nil {
		f.Fatal(err)
	}
	d.XMLFragment("prosemirror")
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodeRelativePosition(b)
		typed(t, err)
		if err != nil {
			return
		}
		d.Resolve(p)
		if _, err := DecodeRelativePosition(p.Encode()); err != nil {
			t.Fatalf("position does not come back: %v", err)
		}
	})
}

func FuzzStateVector(f *testing.F) {
	seeds(f, func(c *caseFile) { f.Add(c.Docless.SVHalf) })
	d := NewDoc()
	base := readCase(f, "testdata/conformance/mixed-0003.json.gz").Docless.MergeV1
	if err := d.ApplyUpdate(base, nil); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sv []byte) {
		u, err := d.EncodeStateAsUpdate(sv)
		typed(t, err)
		if err == nil {
			if _, err := UpdateMeta(u); err != nil {
				t.Fatalf("own update is refused: %v", err)
			}
		}
	})
}

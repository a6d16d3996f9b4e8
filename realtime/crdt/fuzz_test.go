package crdt

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"samenwijk/realtime/lib0/lib0test"
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

// budget is what taking in n bytes may allocate. With the tight limits an update has at most 4,096
// structs of some hundred bytes in all their forms, however few bytes announce them.
func budget(n int) int { return 8<<20 + 2048*n }

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
		lib0test.Within(t, budget(len(update)), func() {
			if v2 {
				err = d.ApplyUpdateV2(update, nil)
			} else {
				err = d.ApplyUpdate(update, nil)
			}
		})
		typed(t, err)
		if !v2 { // who looks before storing lets in nothing that cannot be stored, and all that peers write
			looked := EachStruct(update, tight, func(s *Struct) error { return s.Values(func(any) error { return nil }) })
			if order := looked != nil && strings.Contains(looked.Error(), "out of order"); !order && (looked == nil) != (err == nil) {
				t.Fatalf("applied with %v, looked at with %v", err, looked)
			}
		}
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
		if err := again.Check(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.StateVector(), d.StateVector()) || again.HasPending() != waits(t, d) {
			t.Fatal("a reloaded document knows other things")
		}
		if !d.HasPending() && again.Digest() != d.Digest() {
			t.Fatal("a reloaded document has another digest")
		}
		if err := NewDoc().ApplyUpdateV2(bytes2, nil); err != nil {
			t.Fatalf("own v2 state is refused: %v", err)
		}
	})
}

// waits reports whether a document waits for something that its state does not hold already. What is
// parked under numbers that the document knows is not written, here as in yjs.
func waits(t *testing.T, d *Doc) bool {
	t.Helper()
	if len(d.pendingDeletes) > 0 || d.pending == nil {
		return d.HasPending()
	}
	rest, err := DiffUpdateV2(d.pending.merged(), d.StateVector())
	if err != nil {
		t.Fatal(err)
	}
	meta, err := UpdateMetaV2(rest)
	if err != nil {
		t.Fatal(err)
	}
	return len(meta.To) > 0
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
		var merged []byte
		var err error
		// Without a document the default limits hold: 2^14 structs and 64 more for each byte.
		lib0test.Within(t, 64<<20+64<<10*len(update), func() { merged, err = merge([][]byte{update, mate}) })
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
	keeper := NewDoc(WithGC(false))
	if err := keeper.ApplyUpdate(readCase(f, "testdata/conformance/mixed-0001.json.gz").NoGC.V1, nil); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, v2 bool) {
		decode, encode := DecodeSnapshot, (*Snapshot).Encode
		if v2 {
			decode, encode = DecodeSnapshotV2, (*Snapshot).EncodeV2
		}
		var s *Snapshot
		var err error
		lib0test.Within(t, 1<<20+256*len(b), func() { s, err = decode(b) })
		typed(t, err)
		if err != nil {
			return
		}
		if past, err := keeper.Restore(s); err == nil {
			if err := past.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := keeper.EncodeSnapshotState(s); err == nil {
			if err := keeper.Check(); err != nil {
				t.Fatal(err)
			}
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
		var p RelativePosition
		var err error
		lib0test.Within(t, 256<<10+64*len(b), func() { p, err = DecodeRelativePosition(b) })
		typed(t, err)
		if err != nil {
			return
		}
		d.Resolve(p)
		back, err := DecodeRelativePosition(p.Encode())
		if err != nil || !bytes.Equal(back.Encode(), p.Encode()) {
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
		lib0test.Within(t, 256<<10+256*len(sv), func() {
			_, err := DecodeStateVector(sv)
			typed(t, err)
		})
		u, err := d.EncodeStateAsUpdate(sv)
		typed(t, err)
		if err == nil {
			if _, err := UpdateMeta(u); err != nil {
				t.Fatalf("own update is refused: %v", err)
			}
		}
	})
}

// An idle document is bytes: whatever they are, it answers with what can be read, or refuses.
func FuzzIdle(f *testing.F) {
	seeds(f, func(c *caseFile) {
		f.Add(c.Deliveries["ordered"].V1, c.Docless.SVHalf)
		f.Add(c.Docless.GapV1, c.Docless.SVHalf)
		f.Add(c.Updates[0].V1, []byte{0})
	})
	f.Fuzz(func(t *testing.T, state, sv []byte) {
		if len(state) > 1<<16 {
			return
		}
		var idle *Idle
		var err error
		lib0test.Within(t, budget(len(state)), func() { idle, err = NewIdle(state) })
		if typed(t, err); err != nil {
			return
		}
		lacks, err := idle.EncodeStateAsUpdate(sv)
		typed(t, err)
		if err == nil {
			if _, err := UpdateMeta(lacks); err != nil {
				t.Fatalf("own answer is refused: %v", err)
			}
		}
		d, err := idle.Wake(WithClientID(1))
		if typed(t, err); err != nil {
			return
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		again, err := d.Idle()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.StateVector(), d.StateVector()) {
			t.Fatal("an idle document has another state vector")
		}
	})
}

package crdt

import (
	"bytes"
	"testing"
)

// sameLoaded takes an update into an empty document in the short way and in the general one, and
// fails when that shows anywhere. It says whether the short way was taken.
func sameLoaded(t *testing.T, update, next []byte, v2 bool, opts ...Option) bool {
	t.Helper()
	listen := func(d *Doc) *[][]byte {
		out := new([][]byte)
		d.OnUpdate(func(u []byte, _ any) { *out = append(*out, u) })
		d.OnUpdateV2(func(u []byte, _ any) { *out = append(*out, u) })
		return out
	}
	quiet, short, long := NewDoc(opts...), NewDoc(opts...), NewDoc(opts...)
	own := NewDoc(opts...).ClientID()
	sentShort, sentLong := listen(short), listen(long)
	taken := short.load(update, nil, v2)
	if quiet.load(update, nil, v2) != taken {
		t.Fatal("a listener decides whether the short way is taken")
	}
	if !taken {
		if len(short.items) != 0 || len(short.clients) != 0 || len(short.types) != 0 || len(short.names) != 0 || short.HasPending() || len(*sentShort) != 0 {
			t.Fatal("the short way was not taken, and yet left something")
		}
		return false
	}
	if err := long.applyAny(update, nil, v2); err != nil {
		t.Fatalf("the short way took what the general way refuses: %v", err)
	}
	compare := func(when string) {
		t.Helper()
		v1, v2 := state(t, long)
		for _, d := range []*Doc{short, quiet} {
			if err := d.Check(); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			got1, got2 := state(t, d)
			if !bytes.Equal(got1, v1) || !bytes.Equal(got2, v2) {
				t.Fatalf("%s: the states differ", when)
			}
		}
		if len(*sentShort) != len(*sentLong) {
			t.Fatalf("%s: %d updates were sent, not %d", when, len(*sentShort), len(*sentLong))
		}
		for i := range *sentLong {
			if !bytes.Equal((*sentShort)[i], (*sentLong)[i]) {
				t.Fatalf("%s: the updates sent differ", when)
			}
		}
	}
	compare("after loading")
	for _, d := range []*Doc{quiet, short, long} {
		if err := d.ApplyUpdate(next, nil); err != nil {
			t.Fatal(err)
		}
		if d.ClientID() != own { // somebody else writes under our number, so a new one was drawn
			continue
		}
		d.Transact(nil, func(*Tx) {
			text := d.Text("written after loading")
			text.Insert(0, "one", nil)
			text.Insert(1, "two", nil)
		})
	}
	if drawn := long.ClientID() != own; (short.ClientID() != own) != drawn || (quiet.ClientID() != own) != drawn {
		t.Fatal("whether a new number was drawn depends on the way")
	}
	compare("after another update")
	return true
}

func TestTheShortWayOfAWholeDocumentLeavesWhatTheGeneralWayLeaves(t *testing.T) {
	taken, all := 0, 0
	forEachCase(t, func(t *testing.T, c *caseFile) {
		if c.Docless.MergeV1 == nil {
			return
		}
		d := NewDoc(WithClientID(1))
		if err := d.ApplyUpdate(c.Docless.MergeV1, nil); err != nil {
			t.Fatal(err)
		}
		v1, v2 := state(t, d)
		next := c.Updates[len(c.Updates)/2].V1
		for _, opts := range [][]Option{{WithClientID(1)}, {WithClientID(1), WithGC(false)}} {
			for _, u := range [][]byte{v1, c.Docless.MergeV1, c.Docless.GapV1} {
				all++
				if sameLoaded(t, u, next, false, opts...) {
					taken++
				}
			}
			for _, u := range [][]byte{v2, c.Docless.MergeV2, c.Docless.GapV2} {
				all++
				if sameLoaded(t, u, next, true, opts...) {
					taken++
				}
			}
		}
	})
	if taken < all/2 {
		t.Errorf("the short way was taken for %d of %d whole documents", taken, all)
	}
}

func TestTheShortWayIsNotTakenForWhatIsNoWholeDocument(t *testing.T) {
	text := func(info byte, rest ...byte) []byte { return append([]byte{info}, rest...) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, update := range map[string][]byte{
		"nothing at all":        {0, 0},
		"a gap at the start":    join([]byte{1, 1, 5, 3}, text(0x04, 1, 1, 't', 1, 'a'), []byte{0}),
		"a gap in between":      join([]byte{1, 3, 5, 0}, text(0x04, 1, 1, 't', 1, 'a'), []byte{10, 2}, text(0x84, 5, 0, 1, 'b'), []byte{0}),
		"an unknown client":     join([]byte{1, 1, 5, 0}, text(0x84, 9, 0, 1, 'a'), []byte{0}),
		"an unknown clock":      join([]byte{2, 1, 9, 0}, text(0x04, 1, 1, 't', 1, 'a'), []byte{1, 5, 0}, text(0x84, 9, 7, 1, 'a'), []byte{0}),
		"itself":                join([]byte{1, 1, 5, 0}, text(0x84, 5, 0, 1, 'a'), []byte{0}),
		"two that need another": join([]byte{2, 1, 9, 0}, text(0x84, 5, 0, 1, 'a'), []byte{1, 5, 0}, text(0x84, 9, 0, 1, 'b'), []byte{0}),
		"two blocks of one":     join([]byte{2, 1, 5, 0}, text(0x04, 1, 1, 't', 1, 'a'), []byte{1, 5, 0}, text(0x04, 1, 1, 't', 1, 'a'), []byte{0}),
		"bytes after the end":   join([]byte{1, 1, 5, 0}, text(0x04, 1, 1, 't', 1, 'a'), []byte{0, 0}),
	} {
		if sameLoaded(t, update, []byte{0, 0}, false) {
			t.Errorf("%s: the short way was taken", name)
		}
	}
}

// FuzzLoad compares the short way into an empty document with the general one.
func FuzzLoad(f *testing.F) {
	var next []byte
	seeds(f, func(c *caseFile) {
		next = c.Updates[0].V1
		f.Add(c.Docless.MergeV1, false)
		f.Add(c.Docless.MergeV2, true)
		for i, u := range c.Updates {
			if i%9 == 0 {
				f.Add(u.V1, false)
				f.Add(u.V2, true)
			}
		}
	})
	f.Fuzz(func(t *testing.T, update []byte, v2 bool) {
		sameLoaded(t, update, next, v2, WithClientID(1), WithLimits(tight))
	})
}

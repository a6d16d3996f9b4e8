package lib0

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"samenwijk/realtime/lib0/lib0test"
)

// budget is what decoding n bytes may allocate: a value of the smallest kind takes one byte on the
// wire, and some dozens as a Go value.
func budget(n int) int { return 256<<10 + 256*n }

// recorded gives some updates of the engine's recorded sessions, in format v2.
func recorded(f *testing.F) [][]byte {
	f.Helper()
	paths, err := filepath.Glob("../crdt/testdata/conformance/*-0001.json.gz")
	if err != nil || len(paths) == 0 {
		f.Fatal("the recorded cases are missing from realtime/crdt/testdata/conformance")
	}
	var out [][]byte
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		z, err := gzip.NewReader(file)
		if err != nil {
			f.Fatal(err)
		}
		var c struct{ Updates []struct{ V2 []byte } }
		if err := json.NewDecoder(z).Decode(&c); err != nil {
			f.Fatal(err)
		}
		file.Close()
		for i := 0; i < len(c.Updates); i += 5 {
			out = append(out, c.Updates[i].V2)
		}
	}
	return out
}

// typed fails when a decoder refuses bytes with an error of no kind.
func typed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrOverBudget) && !errors.Is(err, ErrUnsupported) {
		t.Fatalf("an error of no kind: %v", err)
	}
}

func FuzzAny(f *testing.F) {
	f.Add([]byte{tagObject, 1, 1, 'a', tagArray, 2, tagNull, tagInteger, 0x83, 0})
	for _, u := range recorded(f) {
		f.Add(u[len(u)/2:]) // v2 updates end in their values
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDecoder(b)
		d.SkipAny()
		typed(t, d.Err())
		refused := d.Err() != nil
		end, odd := d.Pos(), d.Odd
		var v any
		lib0test.Within(t, budget(len(b)), func() {
			d.Reset(b)
			v = d.Any()
		})
		if (d.Err() != nil) != refused {
			t.Fatalf("SkipAny and Any do not agree about %x", b)
		}
		if refused {
			return
		}
		d.Reset(b)
		once := d.RewriteAny(nil)
		if d.Err() != nil || d.Pos() != end {
			t.Fatalf("SkipAny accepts %x, RewriteAny does not: %v", b, d.Err())
		}
		if !odd && !bytes.Equal(once, b[:end]) {
			t.Fatalf("%x is rewritten as %x but was not seen as odd", b[:end], once)
		}
		d.Reset(once)
		if twice := d.RewriteAny(nil); !bytes.Equal(once, twice) {
			t.Fatalf("%x is not stable: %x", once, twice)
		}
		d.Reset(AppendAny(nil, v))
		if d.Any(); d.Err() != nil {
			t.Fatalf("own value is refused: %v", d.Err())
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5e3,"\u00e9",null,true]}`))
	f.Add([]byte(`{"href":"https://x.y/?q=9","target":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var once []byte
		var err error
		lib0test.Within(t, budget(len(b)), func() { once, err = CanonicalJSON(b) })
		typed(t, err)
		if err != nil {
			return
		}
		twice, err := CanonicalJSON(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q becomes %q, then %q, %v", b, once, twice, err)
		}
	})
}

// The columns of format v2: what was read is written, and must be read again.
func FuzzColumns(f *testing.F) {
	for _, u := range recorded(f) {
		d := NewDecoder(u)
		d.VarUint()
		for range 9 {
			f.Add(bytes.Clone(d.Bytes()))
		}
	}
	const most = 1 << 12 // values read: a column may announce any number
	f.Fuzz(func(t *testing.T, b []byte) {
		lib0test.Within(t, 1<<20+64*len(b), func() {
			var uints UintOptRleDecoder
			var uintsOut UintOptRleEncoder
			uints.Reset(b)
			var got []uint64
			for len(got) < most {
				if v := uints.Read(); uints.Err() == nil {
					got = append(got, v)
					uintsOut.Write(v)
					continue
				}
				typed(t, uints.Err())
				break
			}
			uints.Reset(uintsOut.Finish())
			for i, want := range got {
				if v := uints.Read(); v != want || uints.Err() != nil {
					t.Fatalf("number %d of the column of numbers is %d, was %d, %v", i, v, want, uints.Err())
				}
			}

			var diffs IntDiffOptRleDecoder
			var diffsOut IntDiffOptRleEncoder
			diffs.Reset(b)
			got = got[:0]
			for len(got) < most {
				if v := diffs.Read(); diffs.Err() == nil {
					got = append(got, v)
					diffsOut.Write(int64(v))
					continue
				}
				typed(t, diffs.Err())
				break
			}
			diffs.Reset(diffsOut.Finish())
			for i, want := range got {
				if v := diffs.Read(); v != want || diffs.Err() != nil {
					t.Fatalf("number %d of the column of differences is %d, was %d, %v", i, v, want, diffs.Err())
				}
			}

			var runs RleDecoder
			var runsOut RleEncoder
			runs.Reset(b)
			var list []byte
			for len(list) < most {
				if v := runs.Read(); runs.Err() == nil {
					list = append(list, v)
					runsOut.Write(v)
					continue
				}
				typed(t, runs.Err())
				break
			}
			runs.Reset(runsOut.Finish())
			for i, want := range list {
				if v := runs.Read(); v != want || runs.Err() != nil {
					t.Fatalf("byte %d of the column of runs is %d, was %d, %v", i, v, want, runs.Err())
				}
			}
		})
	})
}

func FuzzStrings(f *testing.F) {
	for _, u := range recorded(f) {
		d := NewDecoder(u)
		d.VarUint()
		for range 5 {
			d.Bytes()
		}
		f.Add(bytes.Clone(d.Bytes()))
	}
	const most = 1 << 12
	whole := func(column []byte, p Piece) []byte {
		var s []byte
		if p.Low != 0 {
			s = AppendSurrogate(s, p.Low)
		}
		s = append(s, column[p.From:p.To]...)
		if p.High != 0 {
			s = AppendSurrogate(s, p.High)
		}
		return s
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !validUTF8(b) {
			return // an update checks that its column is UTF-8 where it uses it
		}
		var d StringDecoder
		var e StringEncoder
		var units []int
		lib0test.Within(t, 1<<20+256*len(b), func() {
			d.Reset(b)
			for len(units) < most {
				p := d.Read()
				if typed(t, d.Err()); d.Err() != nil {
					break
				}
				e.Write(whole(b, p), p.Units)
				units = append(units, p.Units)
			}
		})
		column := e.Finish()
		d.Reset(column)
		for i, want := range units {
			if p := d.Read(); p.Units != want || d.Err() != nil {
				t.Fatalf("string %d has %d units, had %d, %v", i, p.Units, want, d.Err())
			}
		}
	})
}

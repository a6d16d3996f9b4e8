package crdt

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// traceDir is the directory with recorded editing traces, or "" when there is none.
func traceDir() string { return os.Getenv("SAMENWIJK_TRACES") }

// readTrace reads the single updates of a trace.
func readTrace(t testing.TB, name string) [][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join(traceDir(), name+".v1.rec.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !bytes.HasPrefix(b, []byte("YUPDREC1")) {
		t.Fatalf("%s is not a recording: %v", name, err)
	}
	n := binary.LittleEndian.Uint32(b[8:])
	b = b[12:]
	out := make([][]byte, 0, n)
	for range n {
		size, at := binary.Uvarint(b)
		out = append(out, b[at:at+int(size)])
		b = b[at+int(size):]
	}
	return out
}

func TestRecordedEditsLeaveTheStateOfYjs(t *testing.T) {
	if traceDir() == "" {
		t.Log("SAMENWIJK_TRACES names no directory: the traces are not looked at")
		return
	}
	b, err := os.ReadFile(filepath.Join(traceDir(), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]struct {
		SV           []byte
		V1SHA, V2SHA string
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	for name, want := range manifest {
		if _, err := os.Stat(filepath.Join(traceDir(), name+".v1.rec.gz")); err != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			d := NewDoc(WithClientID(1))
			for i, u := range readTrace(t, name) {
				if err := d.ApplyUpdate(u, nil); err != nil {
					t.Fatalf("update %d: %v", i, err)
				}
			}
			if err := d.Check(); err != nil {
				t.Fatal(err)
			}
			if got := d.StateVector(); !bytes.Equal(got, want.SV) {
				t.Errorf("state vector %x, want %x", got, want.SV)
			}
			v1, v2 := state(t, d)
			if hash(v1) != want.V1SHA {
				t.Errorf("v1 differs (%d bytes)", len(v1))
			}
			if hash(v2) != want.V2SHA {
				t.Errorf("v2 differs (%d bytes)", len(v2))
			}
			loaded := NewDoc(WithClientID(1))
			if err := loaded.ApplyUpdateV2(v2, nil); err != nil {
				t.Fatal(err)
			}
			if err := loaded.Check(); err != nil {
				t.Fatal(err)
			}
			again, _ := state(t, loaded)
			same(t, "loaded again", again, nil, v1)
		})
	}
}

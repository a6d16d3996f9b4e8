package crdt

import (
	"os"
	"path/filepath"
	"testing"
)

func benchState(b *testing.B, name string) []byte {
	b.Helper()
	if traceDir() == "" {
		b.Skip("SAMENWIJK_TRACES names no directory; `make bench-engine` works without")
	}
	s, err := os.ReadFile(filepath.Join(traceDir(), name))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkApply(b *testing.B) {
	for _, name := range []string{"b4", "friendsforever", "b3.1", "b3.5", "xml", "node_nodecc", "b1.4", "b2.4"} {
		b.Run(name, func(b *testing.B) {
			benchState(b, name+".v1.bin")
			updates := readTrace(b, name)
			b.ResetTimer()
			b.ReportAllocs()
			for b.Loop() {
				d := NewDoc(WithClientID(1))
				for _, u := range updates {
					if err := d.ApplyUpdate(u, nil); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(updates)), "ns/update")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"b4", "friendsforever", "xml", "node_nodecc", "b3.5"} {
		b.Run(name, func(b *testing.B) {
			s := benchState(b, name+".v1.bin")
			b.ReportAllocs()
			for b.Loop() {
				d := NewDoc(WithClientID(1))
				if err := d.ApplyUpdate(s, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoadV2(b *testing.B) {
	for _, name := range []string{"b4", "xml"} {
		b.Run(name, func(b *testing.B) {
			s := benchState(b, name+".v2.bin")
			b.ReportAllocs()
			for b.Loop() {
				d := NewDoc(WithClientID(1))
				if err := d.ApplyUpdateV2(s, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, name := range []string{"b4", "xml"} {
		s := benchState(b, name+".v1.bin")
		d := NewDoc(WithClientID(1))
		if err := d.ApplyUpdate(s, nil); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/v1", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.EncodeStateAsUpdate(nil)
			}
		})
		b.Run(name+"/v2", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.EncodeStateAsUpdateV2(nil)
			}
		})
	}
}

func BenchmarkDocless(b *testing.B) {
	s := benchState(b, "b4.v1.bin")
	updates := readTrace(b, "b4")
	for _, n := range []int{1000, 10000} {
		b.Run(map[int]string{1000: "merge-1000", 10000: "merge-10000"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := MergeUpdates(updates[:n]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	sv, err := StateVectorFromUpdate(s)
	if err != nil {
		b.Fatal(err)
	}
	half, _ := DecodeStateVector(sv)
	for client, clock := range half {
		half[client] = clock / 2
	}
	b.Run("diff", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DiffUpdate(s, half.Encode()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

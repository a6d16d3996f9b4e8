package crdt

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

func TestSortingWithContradictoryAnswersGoesAsInV8(t *testing.T) {
	f, err := os.Open("testdata/v8sort.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	// Recorded with Node 20: the keys k sort by number; of equal keys with different g the first
	// one asked about is the smaller one.
	var cases []struct {
		K, G []int
		Want []int32
	}
	if err := json.NewDecoder(z).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		got := make([]int32, len(c.K))
		for j := range got {
			got[j] = int32(j)
		}
		v8Sort(got, func(a, b int32) bool {
			if c.K[a] != c.K[b] {
				return c.K[a] < c.K[b]
			}
			return c.G[a] != c.G[b]
		})
		if !slices.Equal(got, c.Want) {
			t.Errorf("case %d of %d elements is sorted otherwise", i, len(c.K))
		}
	}
}

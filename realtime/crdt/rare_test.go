package crdt

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// rareCase was recorded with yjs 13.6.33: some updates in one format, applied one by one, and what
// became of them with and without a document.
type rareCase struct {
	V          int      // 1 for format v2
	Ups        [][]byte // in the order of delivery
	All1, All2 [][]byte // the same in both formats
	St         [][]byte // state v1 and v2, merged v1 and v2, converted to v1 and v2, a state vector, diffs of the merged updates, diffs of the document
}

func rareCases(t *testing.T, name string) []rareCase {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []rareCase
	if err := json.NewDecoder(z).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// Peers may type the halves of a surrogate pair one after the other, and v2 columns may be cut
// between them.
func TestHalvesOfSurrogatePairsAreKeptAsYjsKeepsThem(t *testing.T) {
	replayRare(t, rareCases(t, "halves.json.gz"))
}

// Documents from the first years of Yjs keep lists as JSON strings.
func TestListsOfTheFirstYearsAreReadAndWrittenAsYjsDoes(t *testing.T) {
	replayRare(t, rareCases(t, "oldlists.json.gz"))
}

// Names and keys may be cut in a pair as well. In v2 they stand in the column of all strings, where the
// halves of two neighbours become one letter again.
func TestHalvesOfSurrogatePairsInNamesAreKeptAsYjsKeepsThem(t *testing.T) {
	replayRare(t, rareCases(t, "names.json.gz"))
}

func replayRare(t *testing.T, cases []rareCase) {
	for _, c := range cases {
		d := NewDoc(WithClientID(1))
		d.Text("text")
		d.Map("map")
		d.Array("array")
		apply := d.ApplyUpdate
		if c.V == 1 {
			apply = d.ApplyUpdateV2
		}
		for _, u := range c.Ups {
			if err := apply(u, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		v1, v2 := state(t, d)
		same(t, "state v1", v1, nil, c.St[0])
		same(t, "state v2", v2, nil, c.St[1])
		got, err := MergeUpdates(c.All1)
		same(t, "merged v1", got, err, c.St[2])
		got, err = MergeUpdatesV2(c.All2)
		same(t, "merged v2", got, err, c.St[3])
		got, err = ConvertV2ToV1(c.St[3])
		same(t, "converted to v1", got, err, c.St[4])
		got, err = ConvertV1ToV2(c.St[2])
		same(t, "converted to v2", got, err, c.St[5])
		sv := c.St[6]
		got, err = DiffUpdate(c.St[2], sv)
		same(t, "diff v1", got, err, c.St[7])
		got, err = DiffUpdateV2(c.St[3], sv)
		same(t, "diff v2", got, err, c.St[8])
		got, err = d.EncodeStateAsUpdate(sv)
		same(t, "state from a vector v1", got, err, c.St[9])
		got, err = d.EncodeStateAsUpdateV2(sv)
		same(t, "state from a vector v2", got, err, c.St[10])
	}
}

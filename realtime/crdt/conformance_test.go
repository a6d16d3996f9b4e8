package crdt

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
)

// caseFile is one recorded session; the README beside the cases describes the fields.
type caseFile struct {
	Profile  string
	Seed     int
	Clients  []uint64
	Roots    []string
	Problems []string
	Updates  []struct {
		V1, V2 []byte
	}
	Deliveries map[string]delivery
	Docless    struct {
		MergeV1, MergeV2 []byte
		Gap              []int
		GapV1, GapV2     []byte
		SVHalf           []byte
		DiffV1, DiffV2   []byte
		SVFromUpdate     []byte
		V1ToV2, V2ToV1   []byte
		Meta             struct{ From, To [][2]uint64 }
	}
	NoGC     struct{ V1, V2 []byte }
	Reloaded *struct{ V1, V2 []byte } // the ordered delivery's state, loaded at once
	History  []struct {
		After                  int
		SnapshotV1, SnapshotV2 []byte
		Dump                   string
		V1SHA                  string
	}
	RelPos []struct {
		At    int
		Root  string
		Index int
		Assoc int
		Enc   []byte
		Abs   *int
	}
	Dump string
	XML  *string
	Str  *string
}

type delivery struct {
	Order       []int
	Checkpoints []struct {
		After        int
		SV           []byte
		V1SHA, V2SHA string
		Pending      bool
		DumpSHA      string
	}
	EmittedCount           int
	EmittedSHA             string
	V1, V2, SV             []byte
	SnapshotV1, SnapshotV2 []byte
}

func readCase(t testing.TB, path string) *caseFile {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var c caseFile
	if err := json.NewDecoder(z).Decode(&c); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return &c
}

// casePaths lists the cases of the repository, and those in the directory that
// SAMENWIJK_CONFORMANCE names.
func casePaths(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/conformance/*.json.gz")
	if err != nil || len(paths) == 0 {
		t.Fatalf("the recorded cases are missing from testdata/conformance: %v", err)
	}
	if dir := os.Getenv("SAMENWIJK_CONFORMANCE"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*.json.gz"))
		if err != nil || len(more) == 0 {
			t.Fatalf("SAMENWIJK_CONFORMANCE names %s, where no *.json.gz is: %v", dir, err)
		}
		paths = append(paths, more...)
	}
	sort.Strings(paths)
	return paths
}

// A case passes when every byte of every delivery, of all that is done without a document, and of the
// past is as yjs made it. One line per profile says how many did.
func TestRecordedSessionsComeOutAsWithYjs(t *testing.T) {
	type score struct{ passed, total int }
	scores := map[string]*score{}
	for _, path := range casePaths(t) {
		c := readCase(t, path)
		s := scores[c.Profile]
		if s == nil {
			s = &score{}
			scores[c.Profile] = s
		}
		s.total++
		if t.Run(strings.TrimSuffix(filepath.Base(path), ".json.gz"), func(t *testing.T) {
			c.complete(t)
			t.Run("without a document", func(t *testing.T) { testDocless(t, c) })
			for _, name := range []string{"ordered", "shuffled", "reversed"} {
				t.Run(name, func(t *testing.T) {
					deliver(t, c, name, c.Deliveries[name], false)
					deliver(t, c, name, c.Deliveries[name], true)
				})
			}
			t.Run("past", func(t *testing.T) { testPast(t, c) })
			t.Run("idle", func(t *testing.T) { testIdle(t, c) })
		}) {
			s.passed++
		}
	}
	profiles := make([]string, 0, len(scores))
	for p := range scores {
		profiles = append(profiles, p)
	}
	sort.Strings(profiles)
	for _, p := range profiles {
		t.Logf("%-10s %d/%d", p, scores[p].passed, scores[p].total)
	}
}

// forEachCase runs f on every case.
func forEachCase(t *testing.T, f func(t *testing.T, c *caseFile)) {
	t.Helper()
	for _, path := range casePaths(t) {
		c := readCase(t, path)
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json.gz"), func(t *testing.T) { f(t, c) })
	}
}

// complete fails when a case lacks what it should be measured by, so that none passes by being empty.
func (c *caseFile) complete(t *testing.T) {
	t.Helper()
	if len(c.Updates) == 0 || len(c.Roots) == 0 || len(c.History) == 0 || c.Dump == "" {
		t.Fatalf("incomplete: %d updates, %d roots, %d snapshots, %d bytes of dump",
			len(c.Updates), len(c.Roots), len(c.History), len(c.Dump))
	}
	for _, name := range []string{"ordered", "shuffled", "reversed"} {
		d := c.Deliveries[name]
		if len(d.Order) == 0 || len(d.Checkpoints) == 0 || d.EmittedSHA == "" || len(d.V1) == 0 || len(d.V2) == 0 || len(d.SV) == 0 || len(d.SnapshotV1) == 0 || len(d.SnapshotV2) == 0 {
			t.Fatalf("the delivery %s is incomplete", name)
		}
	}
	n := c.Docless
	for what, b := range map[string][]byte{
		"mergeV1": n.MergeV1, "mergeV2": n.MergeV2, "gapV1": n.GapV1, "gapV2": n.GapV2, "svHalf": n.SVHalf, "diffV1": n.DiffV1, "diffV2": n.DiffV2,
		"svFromUpdate": n.SVFromUpdate, "v1ToV2": n.V1ToV2, "v2ToV1": n.V2ToV1, "noGC.v1": c.NoGC.V1, "noGC.v2": c.NoGC.V2,
	} {
		if len(b) == 0 {
			t.Fatalf("the field %s is missing", what)
		}
	}
}

func same(t *testing.T, what string, got []byte, err error, want []byte) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	} else if !bytes.Equal(got, want) {
		at := 0
		for at < len(got) && at < len(want) && got[at] == want[at] {
			at++
		}
		t.Errorf("%s differs at byte %d (length %d, want %d): …%.40x, want …%.40x", what, at, len(got), len(want), got[at:], want[at:])
	}
}

func testDocless(t *testing.T, c *caseFile) {
	var v1, v2, gap1, gap2 [][]byte
	for _, u := range c.Updates {
		v1, v2 = append(v1, u.V1), append(v2, u.V2)
	}
	for _, i := range c.Docless.Gap {
		gap1, gap2 = append(gap1, v1[i]), append(gap2, v2[i])
	}
	d := c.Docless
	got, err := MergeUpdates(v1)
	same(t, "merge v1", got, err, d.MergeV1)
	got, err = MergeUpdatesV2(v2)
	same(t, "merge v2", got, err, d.MergeV2)
	got, err = MergeUpdates(gap1)
	same(t, "merge with gaps v1", got, err, d.GapV1)
	got, err = MergeUpdatesV2(gap2)
	same(t, "merge with gaps v2", got, err, d.GapV2)
	got, err = DiffUpdate(d.MergeV1, d.SVHalf)
	same(t, "diff v1", got, err, d.DiffV1)
	got, err = DiffUpdateV2(d.MergeV2, d.SVHalf)
	same(t, "diff v2", got, err, d.DiffV2)
	got, err = StateVectorFromUpdate(d.MergeV1)
	same(t, "state vector of the update", got, err, d.SVFromUpdate)
	got, err = StateVectorFromUpdateV2(d.MergeV2)
	same(t, "state vector of the v2 update", got, err, d.SVFromUpdate)
	got, err = ConvertV1ToV2(d.MergeV1)
	same(t, "v1 to v2", got, err, d.V1ToV2)
	got, err = ConvertV2ToV1(d.MergeV2)
	same(t, "v2 to v1", got, err, d.V2ToV1)
	meta, err := UpdateMeta(d.MergeV1)
	if err != nil {
		t.Error(err)
	}
	if meta2, err := UpdateMetaV2(d.MergeV2); err != nil || !reflect.DeepEqual(meta2, meta) {
		t.Errorf("meta of the v2 update is %v, %v, want %v", meta2, err, meta)
	}
	check := func(what string, got StateVector, want [][2]uint64) {
		if len(got) != len(want) {
			t.Errorf("meta %s has %d clients, want %d", what, len(got), len(want))
		}
		for _, e := range want {
			if uint64(got[e[0]]) != e[1] {
				t.Errorf("meta %s of client %d is %d, want %d", what, e[0], got[e[0]], e[1])
			}
		}
	}
	check("from", meta.From, d.Meta.From)
	check("to", meta.To, d.Meta.To)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// receiver makes a document as the cases deliver to, with its roots in place.
func (c *caseFile) receiver(opts ...Option) *Doc {
	d := NewDoc(append([]Option{WithClientID(1)}, opts...)...)
	for _, name := range c.Roots {
		rootOf(d, name)
	}
	return d
}

func state(t *testing.T, d *Doc) (v1, v2 []byte) {
	t.Helper()
	v1, err := d.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	v2, err = d.EncodeStateAsUpdateV2(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v1, v2
}

func deliver(t *testing.T, c *caseFile, name string, delivery delivery, v2 bool) {
	d := c.receiver()
	emitted := sha256.New()
	count := 0
	d.OnUpdate(func(update []byte, _ any) {
		emitted.Write(update)
		count++
	})
	checks := delivery.Checkpoints
	for i, at := range delivery.Order {
		var err error
		if v2 {
			err = d.ApplyUpdateV2(c.Updates[at].V2, nil)
		} else {
			err = d.ApplyUpdate(c.Updates[at].V1, nil)
		}
		if err != nil {
			t.Fatalf("%s: update %d: %v", name, at, err)
		}
		checkpoint := len(checks) > 0 && checks[0].After == i+1
		if checkpoint || len(delivery.Order) < 200 || i%16 == 0 { // Check reads the whole document
			if err := d.Check(); err != nil {
				t.Fatalf("%s: after %d deliveries: %v", name, i+1, err)
			}
		}
		if !checkpoint {
			continue
		}
		check := checks[0]
		checks = checks[1:]
		if got := d.StateVector(); !bytes.Equal(got, check.SV) {
			t.Errorf("%s: after %d: state vector %x, want %x", name, i+1, got, check.SV)
		}
		b1, b2 := state(t, d)
		if hash(b1) != check.V1SHA {
			t.Errorf("%s: after %d: v1 state differs", name, i+1)
		}
		if hash(b2) != check.V2SHA {
			t.Errorf("%s: after %d: v2 state differs", name, i+1)
		}
		if d.HasPending() != check.Pending {
			t.Errorf("%s: after %d: pending is %v", name, i+1, d.HasPending())
		}
		if hash([]byte(dump(d, c.Roots))) != check.DumpSHA {
			t.Errorf("%s: after %d: dump differs: %s", name, i+1, dump(d, c.Roots))
		}
	}
	if len(checks) > 0 {
		t.Errorf("%s: %d checkpoints were not reached", name, len(checks))
	}
	if got := hex.EncodeToString(emitted.Sum(nil)); count != delivery.EmittedCount || got != delivery.EmittedSHA {
		t.Errorf("%s: emitted %d updates, want %d; same bytes: %v", name, count, delivery.EmittedCount, got == delivery.EmittedSHA)
	}
	b1, b2 := state(t, d)
	same(t, name+" v1", b1, nil, delivery.V1)
	same(t, name+" v2", b2, nil, delivery.V2)
	same(t, name+" state vector", d.StateVector(), nil, delivery.SV)
	s := d.Snapshot()
	same(t, name+" snapshot v1", s.Encode(), nil, delivery.SnapshotV1)
	same(t, name+" snapshot v2", s.EncodeV2(), nil, delivery.SnapshotV2)
	for i, b := range [][]byte{delivery.SnapshotV1, delivery.SnapshotV2} {
		decode := DecodeSnapshot
		if i == 1 {
			decode = DecodeSnapshotV2
		}
		back, err := decode(b)
		if err != nil || !back.Equal(s) {
			t.Errorf("%s: snapshot does not come back: %v", name, err)
		}
	}
	if name != "ordered" || slices.Contains(c.Problems, "server-differs-from-clients:ordered") {
		return // the last fields show what the clients had
	}
	if got := dump(d, c.Roots); got != c.Dump {
		t.Errorf("dump is %s, want %s", got, c.Dump)
	}
	if c.XML != nil {
		if got := d.XMLFragment("prosemirror").String(); got != *c.XML {
			t.Errorf("xml is %q, want %q", got, *c.XML)
		}
	}
	if c.Str != nil {
		if got := d.Text("text").String(); got != *c.Str {
			t.Errorf("text is %q, want %q", got, *c.Str)
		}
	}
}

// testPast follows a document that forgets nothing.
func testPast(t *testing.T, c *caseFile) {
	d := c.receiver(WithGC(false))
	history, relpos := c.History, c.RelPos
	for i, u := range c.Updates {
		if err := d.ApplyUpdate(u.V1, nil); err != nil {
			t.Fatal(err)
		}
		for _, h := range history {
			if h.After == i+1 {
				same(t, "snapshot v1", d.Snapshot().Encode(), nil, h.SnapshotV1)
				same(t, "snapshot v2", d.Snapshot().EncodeV2(), nil, h.SnapshotV2)
			}
		}
		for _, r := range relpos {
			if r.At == i+1 {
				p := d.RelativePosition(rootOf(d, r.Root), r.Index, r.Assoc)
				same(t, "relative position", p.Encode(), nil, r.Enc)
			}
		}
	}
	v1, v2 := state(t, d)
	same(t, "state without collection v1", v1, nil, c.NoGC.V1)
	same(t, "state without collection v2", v2, nil, c.NoGC.V2)
	for _, r := range relpos {
		p, err := DecodeRelativePosition(r.Enc)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "relative position read and written", p.Encode(), nil, r.Enc)
		_, index, ok := d.Resolve(p)
		if ok != (r.Abs != nil) || ok && index != *r.Abs {
			t.Errorf("position %x resolves to %d, %v, want %v", r.Enc, index, ok, r.Abs)
		}
	}
	for _, h := range history {
		s, err := DecodeSnapshot(h.SnapshotV1)
		if err != nil {
			t.Fatal(err)
		}
		past, err := d.Restore(s, WithClientID(1))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := state(t, past)
		if got := hash(b); got != h.V1SHA {
			t.Errorf("restored after %d: v1 state differs", h.After)
		}
		if got := dump(past, c.Roots); got != h.Dump {
			t.Errorf("restored after %d: dump is %s, want %s", h.After, got, h.Dump)
		}
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

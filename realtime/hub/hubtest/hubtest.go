// Package hubtest holds what every hub.Log must do, and a Log in memory that fails on purpose.
package hubtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"samenwijk/realtime/hub"
)

// Store is a log under test with what its callers cannot do to it.
type Store struct {
	Log     hub.Log
	Create  func(seed []byte) (document string)
	Revoke  func(document string)
	Replace func(document string) // by an empty one of the next epoch
	// Fold lets one row with this payload stand for all updates of a document up to now, and forgets
	// those it can do without. There are at least three.
	Fold   func(document string, payload []byte)
	Reopen func() hub.Log // what a restarted program sees
}

// RunLog checks that a Log keeps order without gaps, stores a record once, refuses who was let in
// under other rights or another epoch, and survives reopening.
func RunLog(t *testing.T, open func(t *testing.T) Store) {
	for name, test := range map[string]func(*testing.T, Store){
		"updates come back in the order in which they were stored":  inOrder,
		"a document begins with its seed":                           seeded,
		"a record is stored once and keeps its number":              storedOnce,
		"other rights store nothing":                                otherRights,
		"another epoch is neither read nor written":                 otherEpoch,
		"a document that is not there is not an empty one":          notThere,
		"writers at the same time leave no gap":                     noGap,
		"what was stored is there after reopening":                  reopened,
		"a reader that fails stops the loading":                     readerFails,
		"heads name the documents that exist":                       headsOfSome,
		"loading on gives only what came later":                     loadingOn,
		"one row may stand for several updates":                     folded,
		"a large batch is stored whole, numbered one after another": largeBatch,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func record(session string, mark int64, text string) hub.Record {
	return hub.Record{Session: session, Mark: mark, Actor: "ana", Payload: []byte(text)}
}

func head(t *testing.T, l hub.Log, document string) hub.Head {
	t.Helper()
	heads, err := l.Heads(t.Context(), []string{document})
	if err != nil {
		t.Fatalf("heads: %v", err)
	}
	h, there := heads[document]
	if !there {
		t.Fatalf("no head of %s", document)
	}
	return h
}

func store(t *testing.T, l hub.Log, document string, records ...hub.Record) []int64 {
	t.Helper()
	seqs, err := l.Append(t.Context(), document, head(t, l, document), records)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return seqs
}

func load(t *testing.T, l hub.Log, document string, after int64) []string {
	t.Helper()
	var texts []string
	last := after
	h, err := l.Load(t.Context(), document, 0, after, func(r hub.Row) error {
		// What stands for several may stand for some that were known, at the beginning.
		if r.First != last+1 && (r.First > last || last != after) || r.Seq <= last || r.First > r.Seq {
			t.Errorf("updates %d to %d follow %d", r.First, r.Seq, last)
		}
		last = r.Seq
		texts = append(texts, string(r.Payload))
		return nil
	})
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if h.Seq != last {
		t.Errorf("the head says %d, the last update is %d", h.Seq, last)
	}
	return texts
}

func want(t *testing.T, got []string, texts ...string) {
	t.Helper()
	if !slices.Equal(got, texts) {
		t.Errorf("log = %q, want %q", got, texts)
	}
}

func inOrder(t *testing.T, s Store) {
	document := s.Create(nil)
	if seqs := store(t, s.Log, document, record("s1", 1, "a"), record("s2", 1, "b")); !slices.Equal(seqs, []int64{1, 2}) {
		t.Errorf("numbers = %v", seqs)
	}
	store(t, s.Log, document, record("s1", 2, "c"))
	want(t, load(t, s.Log, document, 0), "a", "b", "c")
}

func seeded(t *testing.T, s Store) {
	document := s.Create([]byte("seed"))
	store(t, s.Log, document, record("s1", 1, "a"))
	want(t, load(t, s.Log, document, 0), "seed", "a")
}

func storedOnce(t *testing.T, s Store) {
	document := s.Create(nil)
	store(t, s.Log, document, record("s1", 1, "a"))
	seqs := store(t, s.Log, document, record("s1", 1, "a"), record("s1", 2, "b"))
	if !slices.Equal(seqs, []int64{1, 2}) {
		t.Errorf("numbers = %v, want 1 again and 2", seqs)
	}
	want(t, load(t, s.Log, document, 0), "a", "b")
}

func otherRights(t *testing.T, s Store) {
	document := s.Create(nil)
	before := head(t, s.Log, document)
	s.Revoke(document)
	if _, err := s.Log.Append(t.Context(), document, before, []hub.Record{record("s1", 1, "a")}); !errors.Is(err, hub.ErrRights) {
		t.Errorf("append = %v", err)
	}
	if now := head(t, s.Log, document); now.Rights <= before.Rights {
		t.Errorf("rights went from %d to %d", before.Rights, now.Rights)
	}
	want(t, load(t, s.Log, document, 0))
	store(t, s.Log, document, record("s1", 1, "a"))
}

func otherEpoch(t *testing.T, s Store) {
	document := s.Create([]byte("old"))
	before := head(t, s.Log, document)
	s.Replace(document)
	if _, err := s.Log.Append(t.Context(), document, before, []hub.Record{record("s1", 1, "a")}); !errors.Is(err, hub.ErrEpoch) {
		t.Errorf("append = %v", err)
	}
	if _, err := s.Log.Load(t.Context(), document, before.Epoch, 0, func(hub.Row) error { return nil }); !errors.Is(err, hub.ErrEpoch) {
		t.Errorf("load = %v", err)
	}
	want(t, load(t, s.Log, document, 0))
}

func notThere(t *testing.T, s Store) {
	if _, err := s.Log.Load(t.Context(), "nowhere", 0, 0, func(hub.Row) error { return nil }); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("load = %v", err)
	}
	at := hub.Head{Epoch: 1, Rights: 1}
	if _, err := s.Log.Append(t.Context(), "nowhere", at, []hub.Record{record("s1", 1, "a")}); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("append = %v", err)
	}
}

func noGap(t *testing.T, s Store) {
	document := s.Create(nil)
	at := head(t, s.Log, document)
	var wait sync.WaitGroup
	for writer := range 20 {
		wait.Go(func() {
			for mark := range int64(20) {
				r := record(fmt.Sprint("s", writer), mark+1, fmt.Sprint(writer, " ", mark))
				if _, err := s.Log.Append(t.Context(), document, at, []hub.Record{r}); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wait.Wait()
	if n := len(load(t, s.Log, document, 0)); n != 400 {
		t.Errorf("%d updates, want 400", n)
	}
}

func reopened(t *testing.T, s Store) {
	document := s.Create([]byte("seed"))
	store(t, s.Log, document, record("s1", 1, "a"))
	again := s.Reopen()
	want(t, load(t, again, document, 0), "seed", "a")
	store(t, again, document, record("s1", 1, "a"), record("s2", 1, "b"))
	want(t, load(t, again, document, 1), "a", "b")
}

func readerFails(t *testing.T, s Store) {
	document := s.Create([]byte("seed"))
	store(t, s.Log, document, record("s1", 1, "a"))
	enough := errors.New("enough")
	calls := 0
	_, err := s.Log.Load(t.Context(), document, 0, 0, func(hub.Row) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("load = %v after %d rows", err, calls)
	}
}

func headsOfSome(t *testing.T, s Store) {
	document := s.Create([]byte("seed"))
	heads, err := s.Log.Heads(t.Context(), []string{"nowhere", document})
	if err != nil || len(heads) != 1 || heads[document].Seq != 1 {
		t.Errorf("heads = %v, %v", heads, err)
	}
}

func loadingOn(t *testing.T, s Store) {
	document := s.Create(nil)
	store(t, s.Log, document, record("s1", 1, "a"), record("s1", 2, "b"), record("s1", 3, "c"))
	want(t, load(t, s.Log, document, 2), "c")
	want(t, load(t, s.Log, document, 3))
}

func folded(t *testing.T, s Store) {
	document := s.Create([]byte("seed"))
	store(t, s.Log, document, record("s1", 1, "a"), record("s1", 2, "b"), record("s1", 3, "c"))
	s.Fold(document, []byte("seed+a+b+c"))
	want(t, load(t, s.Log, document, 0), "seed+a+b+c")
	store(t, s.Log, document, record("s1", 4, "d"), record("s2", 1, "e"))
	want(t, load(t, s.Log, document, 0), "seed+a+b+c", "d", "e")
	want(t, load(t, s.Log, document, 4), "d", "e")
	want(t, load(t, s.Log, document, 5), "e")
	want(t, load(t, s.Log, document, 6))
	want(t, load(t, s.Log, document, 1), "seed+a+b+c", "d", "e") // from the midst of what was folded
	want(t, load(t, s.Reopen(), document, 0), "seed+a+b+c", "d", "e")
	if seqs := store(t, s.Log, document, record("s2", 1, "e")); !slices.Equal(seqs, []int64{6}) {
		t.Errorf("a record that is there has number %v", seqs)
	}
}

func largeBatch(t *testing.T, s Store) {
	document := s.Create(nil)
	records := make([]hub.Record, 5000)
	for i := range records {
		records[i] = record("s1", int64(i+1), "x")
	}
	for i, seq := range store(t, s.Log, document, records...) {
		if seq != int64(i+1) {
			t.Fatalf("record %d has number %d", i, seq)
		}
	}
	if n := len(load(t, s.Log, document, 0)); n != len(records) {
		t.Errorf("%d updates, want %d", n, len(records))
	}
}

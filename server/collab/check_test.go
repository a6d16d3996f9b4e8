package collab_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/server/collab"
)

// checks are what looks at texts, by kind.
func (s *shelf) checks() map[string]func(context.Context, func(string)) (int, error) {
	return map[string]func(context.Context, func(string)) (int, error){
		"texts": s.c.CheckTexts, "snapshots": s.c.CheckSnapshots, "versions": s.c.CheckVersions,
	}
}

// found runs every check and returns what each said.
func (s *shelf) found() map[string][]string {
	s.t.Helper()
	said := map[string][]string{}
	for kind, check := range s.checks() {
		if _, err := check(s.t.Context(), func(sentence string) { said[kind] = append(said[kind], sentence) }); err != nil {
			s.t.Fatalf("%s: %v", kind, err)
		}
	}
	return said
}

func (s *shelf) keepVersion(id livedoc.ID, seq int64, state []byte) {
	s.t.Helper()
	if _, err := s.log.KeepVersion(s.t.Context(), livedoc.Version{Document: id, Epoch: 1, Seq: seq, Kind: livedoc.Automatic, State: state}); err != nil {
		s.t.Fatal(err)
	}
}

func TestWhatIsWholeHasNoFindings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{})
		rng := rand.New(rand.NewPCG(1, 9))
		for range 3 {
			rows := settled(rng)
			id := s.document(rows[:20])
			_, _ = s.c.Compact(t.Context(), id)
			s.write(id, "later", rows[20:])
			s.compact(id)
			s.keepVersion(id, int64(len(rows)), s.see(id).state)
			age(t, db, id)
			s.compact(id)
			s.write(id, "more", []livedoc.Update{{Actor: "bo", Payload: typed(50, nil, insert(0, "more"))}})
		}
		s.document(nil)
		if said := s.found(); len(said) > 0 {
			t.Errorf("found %q", said)
		}
		for kind, want := range map[string]int{"texts": 4, "snapshots": 6, "versions": 3} {
			if n, err := s.checks()[kind](t.Context(), func(string) {}); err != nil || n < want {
				t.Errorf("%s: looked at %d, want at least %d; %v", kind, n, want, err)
			}
		}
	})
}

// What is stored with the right checksum and still wrong is our own mistake, which only looking at
// the text can find.
func TestTextsSnapshotsAndVersionsThatAreWrongAreFound(t *testing.T) {
	good := typed(1, nil, insert(0, "good"))
	other := typed(1, nil, insert(0, "evil"))
	waits := typed(2, [][]byte{typed(2, nil, insert(0, "ab"))}, insert(2, "cd"))
	authorsOf := func(t *testing.T, payload []byte) []byte {
		_, authors := apply(t, []livedoc.Update{{Seq: 1, Actor: "ana", Payload: payload}})
		return authors.Encode()
	}
	cases := map[string]struct {
		damage func(s *shelf, id livedoc.ID)
		kind   string
		want   string
	}{
		"an update that is none": {func(s *shelf, id livedoc.ID) {
			s.write(id, "x", []livedoc.Update{{Payload: []byte("garbage")}})
		}, "texts", "cannot be read although its updates are as they were stored"},
		"a snapshot that is none": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, []byte("garbage"), authorsOf(s.t, good))
		}, "snapshots", "at update 2 is not what its updates amount to"},
		"a snapshot that says something else": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, other, authorsOf(s.t, other))
		}, "snapshots", "show something else"},
		"a snapshot that leaves something out": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, []byte{0, 0}, collab.NewAuthors().Encode())
		}, "snapshots", "hold other ids"},
		"a snapshot that waits": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, waits, collab.NewAuthors().Encode())
		}, "snapshots", "waits for something"},
		"a snapshot whose authors are none": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, good, []byte("garbage"))
		}, "snapshots", "authors"},
		"a snapshot with too few authors": {func(s *shelf, id livedoc.ID) {
			s.snapshot(id, 2, good, collab.NewAuthors().Encode())
		}, "snapshots", "its authors know"},
		"a damaged version": {func(s *shelf, id livedoc.ID) {
			s.keepVersion(id, 1, good)
			s.exec("UPDATE live_versions SET seq = 2")
		}, "versions", "cannot be read"},
		"a version that is none": {func(s *shelf, id livedoc.ID) {
			s.keepVersion(id, 1, []byte("garbage"))
		}, "versions", "cannot be read"},
		"a text whose updates are damaged": {func(s *shelf, id livedoc.ID) {
			s.exec("UPDATE live_updates SET actor = 'eve'")
		}, "texts", "its updates are damaged"},
	}
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				s := newShelf(t, db, collab.Compaction{})
				for _, table := range []string{"live_versions", "live_snapshots", "live_updates", "live_documents"} {
					s.exec("DELETE FROM " + table)
				}
				id := s.document([]livedoc.Update{{Actor: "ana", Payload: good}, {Actor: "ana", Payload: good}})
				tc.damage(s, id)
				said := s.found()[tc.kind]
				if len(said) != 1 || !strings.Contains(said[0], tc.want) || !strings.Contains(said[0], string(id)) {
					t.Errorf("found %q, want one that says %q", said, tc.want)
				}
			})
		}
	})
}

func (s *shelf) exec(statement string) {
	s.t.Helper()
	if _, err := s.db.Pool().ExecContext(s.t.Context(), statement); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) snapshot(id livedoc.ID, seq int64, state, authors []byte) {
	s.t.Helper()
	err := s.log.KeepSnapshot(s.t.Context(), livedoc.Snapshot{Document: id, Epoch: 1, Seq: seq, State: state, Authors: authors})
	if err != nil {
		s.t.Fatal(err)
	}
}

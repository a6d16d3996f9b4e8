package livedoc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

// written gives a document the updates 1 to n: "u1 ", "u2 " and so on.
func written(t *testing.T, l *livedoc.Log, owner string, n int) livedoc.ID {
	t.Helper()
	id := create(t, l, owner, nil)
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("u%d ", i+1)
	}
	mustAppend(t, l, batch(id, "s1", 1, texts...))
	return id
}

// snap stores a snapshot that is the joined text of the updates up to seq.
func snap(t *testing.T, l *livedoc.Log, id livedoc.ID, seq int64) {
	t.Helper()
	var state strings.Builder
	for i := range seq {
		fmt.Fprintf(&state, "u%d ", i+1)
	}
	err := l.KeepSnapshot(t.Context(), livedoc.Snapshot{
		Document: id, Epoch: 1, Seq: seq, State: []byte(state.String()), Authors: []byte("ana"),
	})
	if err != nil {
		t.Fatalf("snapshot at %d: %v", seq, err)
	}
}

// age makes the updates up to seq older.
func age(t *testing.T, db *database.DB, id livedoc.ID, seq int64, by time.Duration) {
	t.Helper()
	at := database.Now().Add(-by).Format("2006-01-02 15:04:05.999999-07:00")
	mustExec(t, db, fmt.Sprintf("UPDATE live_updates SET at = '%s' WHERE document = '%s' AND seq <= %d", at, id, seq))
}

// text loads a document and says in how many rows it came.
func text(t *testing.T, l *livedoc.Log, id livedoc.ID, after int64) (string, int) {
	t.Helper()
	texts, _ := load(t, l, id, after)
	return strings.Join(texts, ""), len(texts)
}

const whole6 = "u1 u2 u3 u4 u5 u6 "

func TestLoadingBeginsWithTheNewestSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 6)
		snap(t, l, id, 2)
		snap(t, l, id, 4)
		if got, rows := text(t, l, id, 0); got != whole6 || rows != 3 {
			t.Errorf("from the beginning %q in %d rows", got, rows)
		}
		if got, _ := text(t, l, id, 1); got != "u2 u3 u4 u5 u6 " {
			t.Errorf("after 1, where all rows are there: %q", got)
		}
		if got, _ := text(t, l, id, 5); got != "u6 " {
			t.Errorf("after 5: %q", got)
		}
		var first livedoc.Update
		head, err := l.Load(t.Context(), id, 0, 0, func(u livedoc.Update) error {
			if u.Seq == 4 {
				first = u
			} else if u.First != u.Seq || u.Authors != nil {
				t.Errorf("update %d stands for %d and has authors %q", u.Seq, u.First, u.Authors)
			}
			return nil
		})
		if err != nil || head.Seq != 6 || first.First != 1 || string(first.Authors) != "ana" || time.Since(first.At) > time.Minute {
			t.Errorf("the snapshot came as %+v, %v", first, err)
		}
		got := ""
		err = l.LoadUntil(t.Context(), id, 1, 3, func(u livedoc.Update) error { got += string(u.Payload); return nil })
		if err != nil || got != "u1 u2 u3 " {
			t.Errorf("until 3: %q, %v", got, err)
		}
	})
}

func TestOnlyRowsThatAreOldAndTwiceStoodForGo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 6)
		month := database.Now().Add(-30 * 24 * time.Hour)
		kept := func() (n int) {
			t.Helper()
			if err := db.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM live_updates").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		prune := func(before time.Time) livedoc.Pruned {
			t.Helper()
			done, err := l.Prune(t.Context(), id, before)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := text(t, l, id, 0); got != whole6 {
				t.Fatalf("after pruning the text is %q", got)
			}
			return done
		}
		age(t, db, id, 6, 40*24*time.Hour)
		snap(t, l, id, 6)
		if done := prune(month); done.Updates != 0 {
			t.Errorf("with one snapshot %+v", done)
		}
		age(t, db, id, 6, 20*24*time.Hour)
		age(t, db, id, 2, 40*24*time.Hour)
		snap(t, l, id, 4)
		if done := prune(month); done.Updates != 2 || kept() != 4 {
			t.Errorf("of two old rows %+v went", done)
		}
		if seq, err := l.AgedSeq(t.Context(), id, month); err != nil || seq != 0 {
			t.Errorf("old up to %d, %v", seq, err)
		}
		age(t, db, id, 6, 40*24*time.Hour)
		if seq, err := l.AgedSeq(t.Context(), id, month); err != nil || seq != 6 {
			t.Errorf("old up to %d, %v", seq, err)
		}
		if done := prune(month); done.Updates != 2 || kept() != 2 {
			t.Errorf("of four old rows up to the older snapshot %+v went", done)
		}
		// Without the newest snapshot the older one and the rows since give the same.
		mustExec(t, db, "UPDATE live_snapshots SET state = 'x' WHERE seq = 6")
		var reports []error
		l.Damaged = func(err error) { reports = append(reports, err) }
		if got, rows := text(t, l, id, 0); got != whole6 || rows != 3 || len(reports) != 1 {
			t.Errorf("without the newest snapshot %q in %d rows, reported %v", got, rows, reports)
		}
		if _, err := l.Prune(t.Context(), id, month); !livedoc.IsDamaged(err) || kept() != 2 {
			t.Errorf("pruned on the word of a damaged snapshot: %v, %d rows left", err, kept())
		}
		mustExec(t, db, "UPDATE live_snapshots SET state = 'x' WHERE seq = 4")
		if _, err := l.Load(t.Context(), id, 0, 0, func(livedoc.Update) error { return nil }); !livedoc.IsDamaged(err) {
			t.Errorf("with both snapshots damaged and rows gone: %v", err)
		}
	})
}

func TestAYoungRowBehindAnOldOneKeepsEverythingAfterIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 6)
		age(t, db, id, 6, 3*time.Hour)
		mustExec(t, db, fmt.Sprintf("UPDATE live_updates SET at = '%s' WHERE seq = 3", database.Now().Format("2006-01-02 15:04:05.999999-07:00")))
		snap(t, l, id, 5)
		snap(t, l, id, 6)
		// Asked to let everything go; what is younger than an hour stays, and leaves no gap.
		done, err := l.Prune(t.Context(), id, database.Now())
		if err != nil || done.Updates != 2 {
			t.Errorf("pruned %+v, %v", done, err)
		}
		if got, _ := text(t, l, id, 2); got != "u3 u4 u5 u6 " {
			t.Errorf("after 2: %q", got)
		}
		if got, rows := text(t, l, id, 1); got != whole6 || rows != 1 {
			t.Errorf("after 1, which is gone: %q in %d rows", got, rows)
		}
	})
}

func TestManyRowsAndOldSnapshotsGoInSteps(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 1203)
		for _, seq := range []int64{100, 200, 1201, 1202} {
			snap(t, l, id, seq)
		}
		age(t, db, id, 1203, 3*time.Hour)
		done, err := l.Prune(t.Context(), id, database.Now())
		if err != nil || done != (livedoc.Pruned{Updates: 1201, Snapshots: 2}) {
			t.Errorf("pruned %+v, %v", done, err)
		}
		if seqs, err := l.Snapshots(t.Context(), id); err != nil || !slices.Equal(seqs, []int64{1202, 1201}) {
			t.Errorf("snapshots %v, %v", seqs, err)
		}
	})
}

func TestASnapshotIsCheckedWholeAndNeverReplaced(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 3)
		for name, s := range map[string]livedoc.Snapshot{
			"beyond the end":   {Document: id, Epoch: 1, Seq: 4},
			"of nothing":       {Document: id, Epoch: 1, Seq: 0},
			"of another epoch": {Document: id, Epoch: 2, Seq: 1},
			"of nobody":        {Document: "nowhere", Epoch: 1, Seq: 1},
		} {
			s.State, s.Authors = []byte("s"), []byte("a")
			if err := l.KeepSnapshot(t.Context(), s); err == nil {
				t.Errorf("a snapshot %s was stored", name)
			}
		}
		snap(t, l, id, 3)
		snap(t, l, id, 3)
		if err := l.KeepSnapshot(t.Context(), livedoc.Snapshot{Document: id, Epoch: 1, Seq: 3, State: []byte("other"), Authors: []byte("a")}); err != nil {
			t.Error(err)
		}
		if got, rows := text(t, l, id, 0); got != "u1 u2 u3 " || rows != 1 {
			t.Errorf("the snapshot says %q", got)
		}
		for name, damage := range map[string]string{
			"state":   "state = 'x'",
			"authors": "authors = 'x'",
			"number":  "seq = 2",
			"bytes":   "bytes = bytes + 1",
			"time":    "at = '2020-01-01 00:00:00+00:00'",
		} {
			mustExec(t, db, "DELETE FROM live_snapshots")
			snap(t, l, id, 3)
			mustExec(t, db, "UPDATE live_snapshots SET "+damage)
			if got, rows := text(t, l, id, 0); got != "u1 u2 u3 " || rows != 3 {
				t.Errorf("with another %s the document is %q in %d rows", name, got, rows)
			}
			if name != "number" {
				err := l.KeepSnapshot(t.Context(), livedoc.Snapshot{Document: id, Epoch: 1, Seq: 3, State: []byte("s"), Authors: []byte("a")})
				if !livedoc.IsDamaged(err) {
					t.Errorf("with another %s, storing it again says %v", name, err)
				}
			}
		}
	})
}

func TestDocumentsAreFoundWhenTheyHaveGrownOrAged(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id, other := written(t, l, "p1", 6), written(t, l, "p2", 2)
		create(t, l, "empty", nil)
		grown := func(updates, bytes int64) []livedoc.ID {
			t.Helper()
			ids, err := l.Grown(t.Context(), updates, bytes, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		if got := grown(6, 1000); !slices.Equal(got, []livedoc.ID{id}) {
			t.Errorf("six updates: %v", got)
		}
		if got := grown(1000, 6); !slices.Equal(got, []livedoc.ID{id, other}) {
			t.Errorf("six bytes: %v", got)
		}
		snap(t, l, id, 4)
		if got := grown(3, 7); len(got) != 0 {
			t.Errorf("since the snapshot: %v", got)
		}
		if got := grown(2, 1000); !slices.Equal(got, []livedoc.ID{id, other}) {
			t.Errorf("two updates: %v", got)
		}
		if got := grown(1000, 6); !slices.Equal(got, []livedoc.ID{id, other}) {
			t.Errorf("six bytes since the snapshot: %v", got)
		}
		if got, err := l.Grown(t.Context(), 1, 1, id, 10); err != nil || !slices.Equal(got, []livedoc.ID{other}) {
			t.Errorf("after the first: %v, %v", got, err)
		}
		mustAppend(t, l, batch(id, "s1", 6, "u6 ", "u7 ")) // one of them again
		if head, err := l.Head(t.Context(), id); err != nil || head.Bytes != 21 {
			t.Errorf("%d bytes were written, %v", head.Bytes, err)
		}
		hour := database.Now().Add(-time.Hour)
		if got, err := l.Aged(t.Context(), hour, "", 10); err != nil || len(got) != 0 {
			t.Errorf("aged: %v, %v", got, err)
		}
		age(t, db, other, 1, 2*time.Hour)
		if got, err := l.Aged(t.Context(), hour, "", 10); err != nil || !slices.Equal(got, []livedoc.ID{other}) {
			t.Errorf("aged: %v, %v", got, err)
		}
	})
}

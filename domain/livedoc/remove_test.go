package livedoc_test

import (
	"sync"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

func remove(t *testing.T, db *database.DB, owner string, epoch, seq int64) error {
	t.Helper()
	return db.InTx(t.Context(), func(tx *database.Tx) error { return livedoc.Remove(tx, "programme", owner, epoch, seq) })
}

func TestARemovedDocumentLeavesNothingBehind(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		gone, stays := create(t, l, "p1", []byte("seed")), create(t, l, "p2", []byte("seed"))
		for _, id := range []livedoc.ID{gone, stays} {
			mustAppend(t, l, batch(id, "s1", 1, "a", "b"))
			_, err := l.KeepVersion(t.Context(), livedoc.Version{Document: id, Kind: livedoc.Automatic, Epoch: 1, Seq: 3, State: []byte("text")})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := remove(t, db, "p1", 1, 2); fault.KindOf(err) != fault.KindConflict {
			t.Fatalf("a document in which somebody wrote since goes: %v", err)
		}
		if texts, _ := load(t, l, gone, 0); len(texts) != 3 {
			t.Fatalf("what was refused took %v", texts)
		}
		for range 2 { // an owner without is no mistake
			if err := remove(t, db, "p1", 1, 3); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Head(t.Context(), gone); !livedoc.IsGone(err) {
			t.Errorf("its head is there: %v", err)
		}
		if _, err := l.Append(t.Context(), batch(gone, "s1", 3, "c")); !livedoc.IsGone(err) {
			t.Errorf("it can be written in: %v", err)
		}
		for _, table := range []string{"live_documents", "live_updates", "live_snapshots", "live_versions", "live_quarantine"} {
			column := "document"
			if table == "live_documents" {
				column = "id"
			}
			var n int64
			err := db.Read(t.Context(), func(tx *database.Tx) error {
				return tx.Gorm().Raw("SELECT COUNT(*) FROM "+table+" WHERE "+column+" = ?", gone).Scan(&n).Error
			})
			if err != nil || n != 0 {
				t.Errorf("%d rows are left in %s, %v", n, table, err)
			}
		}
		if texts, _ := load(t, l, stays, 0); len(texts) != 3 {
			t.Errorf("of another document is left %v", texts)
		}
		if n, err := l.Check(t.Context(), func(found string) { t.Error(found) }); err != nil || n != 3 {
			t.Errorf("fsck reads %d updates, %v", n, err)
		}
	})
}

// Whoever writes at the moment of removal either comes first, and the document stays, or is told that it is gone.
func TestRemovingAndWritingAtOnceLosesNothingThatWasStored(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		for range 10 {
			owner := database.NewID()
			id := create(t, l, owner, []byte("seed"))
			var wait sync.WaitGroup
			var wrote, removed error
			wait.Go(func() { _, wrote = l.Append(t.Context(), batch(id, "s1", 1, "a")) })
			wait.Go(func() { removed = remove(t, db, owner, 1, 1) })
			wait.Wait()
			if (wrote == nil) == (removed == nil) || wrote != nil && !livedoc.IsGone(wrote) {
				t.Fatalf("writing: %v; removing: %v", wrote, removed)
			}
		}
	})
}

package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/server/collab"
)

// typedIn puts a document with so many keystrokes in a database that nobody serves yet.
func typedIn(t *testing.T, db *database.DB, keystrokes int) livedoc.ID {
	t.Helper()
	log := livedoc.New(db)
	ctx, stop := context.WithCancel(t.Context())
	var committer sync.WaitGroup
	committer.Go(func() { _ = log.Run(ctx) })
	defer committer.Wait()
	defer stop()
	id, err := log.Create(ctx, "thing", "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	b := livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1}
	doc := crdt.NewDoc()
	doc.OnUpdate(func(u []byte, _ any) {
		b.Records = append(b.Records, livedoc.Record{Session: "s", Mark: int64(len(b.Records) + 1), Actor: "ana", Payload: u})
	})
	for i := range keystrokes {
		if err := doc.Text("t").Insert(i, "x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := log.Append(ctx, b); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAProgramThatServesCompactsWhatHasGrownAndLetsOldUpdatesGo(t *testing.T) {
	for name, where := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := where(t)
			db, err := database.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			id := typedIn(t, db, int(collab.DefaultCompaction.Updates)+10)
			if _, err := db.Pool().ExecContext(t.Context(), "UPDATE live_updates SET at = '2020-01-01 00:00:00+00:00' WHERE seq < 300"); err != nil {
				t.Fatal(err)
			}
			w := start(t, at, options{})
			log := livedoc.New(db)
			w.eventually("a snapshot of the whole, and one for the updates that go", func() bool {
				seqs, err := log.Snapshots(t.Context(), id)
				return err == nil && len(seqs) == 2 && seqs[0] == collab.DefaultCompaction.Updates+10 && seqs[1] == 299
			})
			w.eventually("the updates of 2020 are gone", func() bool {
				var n int64
				err := db.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM live_updates").Scan(&n)
				return err == nil && n == collab.DefaultCompaction.Updates+10-299
			})
			doc, err := w.collab.Document(t.Context(), id)
			if err != nil || doc.Text("t").Len() != int(collab.DefaultCompaction.Updates)+10 {
				t.Errorf("the text has %d characters, %v", doc.Text("t").Len(), err)
			}
		})
	}
}

func TestTheCommandCompactsWithoutWaiting(t *testing.T) {
	at := databasetest.SQLiteFile(t)
	db, err := database.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := typedIn(t, db, 3)
	config := Config{Database: at, BaseURL: "http://localhost:8080", SecretFile: filepath.Join(t.TempDir(), "secret"), MailFrom: "samenwijk@voorbeeld.test", BodyLimit: 1 << 20, KeepUpdates: 30}
	if err := (compactCommand{}).Run(t.Context(), config, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if seqs, err := livedoc.New(db).Snapshots(t.Context(), id); err != nil || len(seqs) != 1 || seqs[0] != 3 {
		t.Errorf("snapshots %v, %v", seqs, err)
	}
}

package livedoc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, &livedoc.Document{}, &livedoc.Update{}, &livedoc.Snapshot{}, &livedoc.Version{})
}

// running returns the log of db with its committer at work until the test ends.
func running(t *testing.T, db *database.DB) *livedoc.Log {
	t.Helper()
	l := livedoc.New(db)
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := l.Run(ctx); err != nil {
			t.Errorf("the committer ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); wait.Wait() })
	return l
}

func create(t *testing.T, l *livedoc.Log, owner string, seed []byte) livedoc.ID {
	t.Helper()
	id, err := l.Create(t.Context(), "programme", owner, seed)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return id
}

func batch(id livedoc.ID, session string, mark int64, texts ...string) livedoc.Batch {
	b := livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1}
	for i, text := range texts {
		b.Records = append(b.Records, livedoc.Record{Session: session, Mark: mark + int64(i), Actor: "ana", Payload: []byte(text)})
	}
	return b
}

func load(t *testing.T, l *livedoc.Log, id livedoc.ID, after int64) (texts []string, head livedoc.Document) {
	t.Helper()
	head, err := l.Load(t.Context(), id, 0, after, func(u livedoc.Update) error {
		texts = append(texts, string(u.Payload))
		return nil
	})
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return texts, head
}

func mustAppend(t *testing.T, l *livedoc.Log, b livedoc.Batch) []int64 {
	t.Helper()
	seqs, err := l.Append(t.Context(), b)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return seqs
}

func TestUpdatesComeBackInTheOrderInWhichTheyWereStored(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", []byte("seed"))
		if seqs := mustAppend(t, l, batch(id, "s1", 1, "a", "b")); !slices.Equal(seqs, []int64{2, 3}) {
			t.Errorf("numbers = %v, want 2 and 3", seqs)
		}
		mustAppend(t, l, batch(id, "s2", 1, "c"))
		texts, head := load(t, l, id, 0)
		if !slices.Equal(texts, []string{"seed", "a", "b", "c"}) || head.Seq != 4 {
			t.Errorf("log = %v up to %d", texts, head.Seq)
		}
		if texts, _ := load(t, l, id, 3); !slices.Equal(texts, []string{"c"}) {
			t.Errorf("after 3 = %v, want c", texts)
		}
	})
}

func TestADocumentIsSeededOnceHoweverManyCreateIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		ids := make([]livedoc.ID, 20)
		var wait sync.WaitGroup
		for i := range ids {
			wait.Go(func() {
				id, err := l.Create(context.Background(), "programme", "p1", fmt.Appendf(nil, "seed %d", i))
				if err != nil {
					t.Errorf("create %d: %v", i, err)
				}
				ids[i] = id
			})
		}
		wait.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one owner has documents %s and %s", ids[0], id)
			}
		}
		if texts, _ := load(t, l, ids[0], 0); len(texts) != 1 {
			t.Errorf("seeded with %v", texts)
		}
	})
}

func TestAResendIsHarmlessAndAnsweredWithItsOldNumber(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		mustAppend(t, l, batch(id, "s1", 1, "a", "b"))
		if seqs := mustAppend(t, l, batch(id, "s1", 2, "b", "c")); !slices.Equal(seqs, []int64{2, 3}) {
			t.Errorf("numbers = %v, want 2 again and 3", seqs)
		}
		twice := batch(id, "s1", 4, "d")
		twice.Records = append(twice.Records, twice.Records[0])
		if seqs := mustAppend(t, l, twice); !slices.Equal(seqs, []int64{4, 4}) {
			t.Errorf("the same record twice in a batch has numbers %v", seqs)
		}
		if texts, _ := load(t, l, id, 0); !slices.Equal(texts, []string{"a", "b", "c", "d"}) {
			t.Errorf("log = %v", texts)
		}
	})
}

func TestNothingIsStoredForWhoWasLetInBeforeARightWasRevoked(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		err := db.InTx(t.Context(), func(tx *database.Tx) error { return livedoc.Revoke(tx, "programme", "p1") })
		if err != nil {
			t.Fatal(err)
		}
		b := batch(id, "s1", 1, "late")
		if _, err := l.Append(t.Context(), b); !livedoc.IsRight(err) {
			t.Errorf("append after a revocation: %v", err)
		}
		head, err := l.Head(t.Context(), id)
		if err != nil || head.Seq != 0 || head.ACLVersion != 2 {
			t.Fatalf("head = %+v, %v", head, err)
		}
		b.ACLVersion = head.ACLVersion
		mustAppend(t, l, b)
	})
}

func TestRightsCanBeRevokedEverywhereWhileOthersWrite(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		var ids []livedoc.ID
		for i := range 20 {
			ids = append(ids, create(t, l, fmt.Sprint("p", i), nil))
		}
		var wait sync.WaitGroup
		for _, id := range ids {
			wait.Go(func() {
				for mark := range int64(10) {
					if _, err := l.Append(context.Background(), batch(id, "s1", mark+1, "x")); err != nil && !livedoc.IsRight(err) {
						t.Errorf("append: %v", err)
					}
				}
			})
		}
		for range 3 {
			if err := db.InTx(t.Context(), livedoc.RevokeEverywhere); err != nil {
				t.Errorf("revoke: %v", err)
			}
		}
		wait.Wait()
		heads, err := l.Heads(t.Context(), ids)
		if err != nil || len(heads) != len(ids) {
			t.Fatalf("%d heads, %v", len(heads), err)
		}
		for _, head := range heads {
			if head.ACLVersion != 4 {
				t.Errorf("version of the rights of %s = %d, want 4", head.OwnerID, head.ACLVersion)
			}
			if _, err := l.Append(t.Context(), batch(head.ID, "late", 1, "x")); !livedoc.IsRight(err) {
				t.Errorf("append after the revocation: %v", err)
			}
		}
	})
}

func TestAppendTellsAnotherEpochFromAMissingDocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", []byte("seed"))
		b := batch(id, "s1", 1, "a")
		b.Epoch = 2
		if _, err := l.Append(t.Context(), b); !livedoc.IsEpoch(err) {
			t.Errorf("append to another epoch: %v", err)
		}
		if _, err := l.Append(t.Context(), batch("nowhere", "s1", 1, "a")); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("append to nothing: %v", err)
		}
		ignore := func(livedoc.Update) error { return nil }
		if _, err := l.Load(t.Context(), id, 2, 0, ignore); !livedoc.IsEpoch(err) {
			t.Errorf("load of another epoch: %v", err)
		}
		if _, err := l.Load(t.Context(), "nowhere", 0, 0, ignore); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("load of nothing: %v", err)
		}
	})
}

func TestOneRefusedBatchDoesNotTouchTheOthersInItsCommit(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		var ids []livedoc.ID
		for i := range 10 {
			ids = append(ids, create(t, l, fmt.Sprint("p", i), nil))
		}
		var wait sync.WaitGroup
		for i, id := range ids {
			for mark := range int64(20) {
				wait.Go(func() {
					b := batch(id, fmt.Sprint("s", mark), 1, "x")
					if i%2 == 1 {
						b.ACLVersion = 7
					}
					_, err := l.Append(context.Background(), b)
					if (err != nil) != (i%2 == 1) {
						t.Errorf("document %d: %v", i, err)
					}
				})
			}
		}
		wait.Wait()
		for i, id := range ids {
			want := 20
			if i%2 == 1 {
				want = 0
			}
			if texts, head := load(t, l, id, 0); len(texts) != want || head.Seq != int64(want) {
				t.Errorf("document %d has %d updates up to %d, want %d", i, len(texts), head.Seq, want)
			}
		}
	})
}

func TestAHundredWritersLeaveNoGap(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		var wait sync.WaitGroup
		for writer := range 100 {
			wait.Go(func() {
				var last int64
				for mark := range int64(10) {
					seqs, err := l.Append(context.Background(), batch(id, fmt.Sprint(writer), mark+1, fmt.Sprint(writer, " ", mark)))
					if err != nil {
						t.Errorf("append: %v", err)
						return
					}
					if seqs[0] <= last {
						t.Errorf("writer %d got %d after %d", writer, seqs[0], last)
					}
					last = seqs[0]
				}
			})
		}
		wait.Wait()
		if texts, _ := load(t, l, id, 0); len(texts) != 1000 {
			t.Errorf("%d updates, want 1000", len(texts))
		}
	})
}

func TestABatchLargerThanACommitIsStoredWhole(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		big := batch(id, "s1", 1, string(make([]byte, 3<<20)))
		many := livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1}
		for i := range int64(5000) {
			many.Records = append(many.Records, livedoc.Record{Session: "s2", Mark: i, Payload: []byte{1}})
		}
		mustAppend(t, l, big)
		mustAppend(t, l, many)
		if texts, head := load(t, l, id, 0); len(texts) != 5001 || head.Seq != 5001 {
			t.Errorf("%d updates up to %d, want 5001", len(texts), head.Seq)
		}
	})
}

func TestADamagedLogIsNeverReadAsAShorterDocument(t *testing.T) {
	for name, damage := range map[string]string{
		"a changed payload": "UPDATE live_updates SET actor = 'eve' WHERE seq = 2",
		"a missing row":     "DELETE FROM live_updates WHERE seq = 2",
		"a missing end":     "DELETE FROM live_updates WHERE seq = 3",
		"a swapped row":     "UPDATE live_updates SET seq = seq + 100 WHERE seq = 1",
	} {
		t.Run(name, func(t *testing.T) {
			databasetest.Each(t, func(t *testing.T, db *database.DB) {
				l := running(t, db)
				id := create(t, l, "p1", nil)
				mustAppend(t, l, batch(id, "s1", 1, "a", "b", "c"))
				if _, err := db.Pool().ExecContext(t.Context(), damage); err != nil {
					t.Fatal(err)
				}
				_, err := l.Load(t.Context(), id, 0, 0, func(livedoc.Update) error { return nil })
				if !livedoc.IsDamaged(err) {
					t.Errorf("load = %v, want damaged", err)
				}
			})
		})
	}
}

func TestLoadStopsWhereItsReaderStops(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		mustAppend(t, l, batch(id, "s1", 1, "a", "b", "c"))
		enough := errors.New("enough")
		calls := 0
		_, err := l.Load(t.Context(), id, 0, 0, func(livedoc.Update) error { calls++; return enough })
		if !errors.Is(err, enough) || calls != 1 {
			t.Errorf("load = %v after %d rows", err, calls)
		}
	})
}

func TestHeadsLeaveOutWhatDoesNotExist(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", []byte("seed"))
		heads, err := l.Heads(t.Context(), []livedoc.ID{id, "nowhere"})
		if err != nil || len(heads) != 1 || heads[0].ID != id || heads[0].Seq != 1 {
			t.Errorf("heads = %+v, %v", heads, err)
		}
	})
}

func TestWhatWasOfferedBeforeTheEndIsStoredAndLaterIsRefused(t *testing.T) {
	db := databasetest.SQLite(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l := livedoc.New(db)
	id, err := l.Create(t.Context(), "programme", "p1", nil)
	if err != nil {
		t.Fatal(err)
	}
	// Everything is offered before the committer starts, and it is told to stop at once.
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			_, err := l.Append(context.Background(), batch(id, fmt.Sprint(i), 1, "x"))
			if err != nil && fault.KindOf(err) != fault.KindUnavailable {
				t.Errorf("append at the end: %v", err)
			}
		})
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := l.Run(ctx); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
	if _, err := l.Append(t.Context(), batch(id, "late", 1, "x")); fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("append after the end: %v", err)
	}
}

func TestAFailedCommitIsReportedToEveryoneInItAndTheNextOneSucceeds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		mustExec(t, db, "ALTER TABLE live_updates RENAME TO elsewhere")
		if _, err := l.Append(t.Context(), batch(id, "s1", 1, "a")); err == nil {
			t.Fatal("stored in a table that is not there")
		}
		mustExec(t, db, "ALTER TABLE elsewhere RENAME TO live_updates")
		if seqs := mustAppend(t, l, batch(id, "s1", 1, "a")); !slices.Equal(seqs, []int64{1}) {
			t.Errorf("numbers after a failed commit = %v, want 1", seqs)
		}
	})
}

func mustExec(t *testing.T, db *database.DB, statement string) {
	t.Helper()
	if _, err := db.Pool().ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestTheLongerACommitTakesTheLongerTheNextWaitsForCompany(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: 5 * time.Millisecond, time.Millisecond: 5 * time.Millisecond, 3 * time.Millisecond: 12 * time.Millisecond,
		10 * time.Millisecond: 40 * time.Millisecond, time.Second: 40 * time.Millisecond,
	} {
		if got := livedoc.Pace(took); got != want {
			t.Errorf("after %v the next begins %v later, want %v", took, got, want)
		}
	}
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		if left := time.Until(l.BusyUntil()); left > 0 {
			t.Errorf("a log that did nothing is busy for %v", left)
		}
		id := create(t, l, "p1", nil)
		if _, err := l.Append(t.Context(), batch(id, "s1", 1, "a")); err != nil {
			t.Fatal(err)
		}
		if left := time.Until(l.BusyUntil()); left > 40*time.Millisecond {
			t.Errorf("after one commit the log is busy for %v", left)
		}
	})
}

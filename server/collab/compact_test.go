package collab_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/server/collab"
)

// shelf is a log whose documents are written by hand, and what compacts them.
type shelf struct {
	t   *testing.T
	db  *database.DB
	log *livedoc.Log
	c   *collab.Collab
}

func newShelf(t *testing.T, db *database.DB, compaction collab.Compaction) *shelf {
	t.Helper()
	log := livedoc.New(db)
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write}}
	c := collab.New(log, collab.Config{
		Owners: map[string]collab.Owner{"thing": h.owner}, Person: h.person, Log: slog.New(slog.DiscardHandler), Compaction: compaction,
	})
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); wait.Wait() })
	return &shelf{t, db, log, c}
}

// document stores rows as one new document.
func (s *shelf) document(rows []livedoc.Update) livedoc.ID {
	s.t.Helper()
	id, err := s.log.Create(s.t.Context(), "thing", database.NewID(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(id, "hand", rows)
	return id
}

func (s *shelf) write(id livedoc.ID, session string, rows []livedoc.Update) {
	s.t.Helper()
	b := livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1}
	for i, row := range rows {
		b.Records = append(b.Records, livedoc.Record{Session: session, Mark: int64(i + 1), Actor: row.Actor, Payload: row.Payload})
	}
	if len(b.Records) > 0 {
		if _, err := s.log.Append(s.t.Context(), b); err != nil {
			s.t.Fatal(err)
		}
	}
}

// seen is all that can be seen of a document.
type seen struct {
	state   []byte
	digest  [32]byte
	authors []byte
	rows    int // that were read for it
}

func (s *shelf) see(id livedoc.ID) seen {
	s.t.Helper()
	doc, authors := crdt.NewDoc(), collab.NewAuthors()
	rows, last := 0, int64(0)
	head, err := s.log.Load(s.t.Context(), id, 0, 0, func(u livedoc.Update) error {
		if u.First != last+1 {
			s.t.Errorf("update %d follows %d", u.First, last)
		}
		rows, last = rows+1, u.Seq
		return authors.Apply(doc, u)
	})
	if err != nil || head.Seq != last {
		s.t.Fatalf("document %s is read up to %d of %d: %v", id, last, head.Seq, err)
	}
	state, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return seen{state, doc.Digest(), authors.Encode(), rows}
}

func (s *shelf) same(what string, got, want seen) {
	s.t.Helper()
	if got.digest != want.digest {
		s.t.Errorf("%s: another text", what)
	}
	if !bytes.Equal(got.authors, want.authors) {
		s.t.Errorf("%s: other authors", what)
	}
}

func (s *shelf) count(table string, id livedoc.ID) (n int) {
	s.t.Helper()
	err := s.db.Pool().QueryRowContext(s.t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE document = '"+string(id)+"'").Scan(&n)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *shelf) compact(id livedoc.ID) collab.Compacted {
	s.t.Helper()
	done, err := s.c.Compact(s.t.Context(), id)
	if err != nil {
		s.t.Fatalf("compact: %v", err)
	}
	return done
}

// settled is a session at whose end nothing waits for others any more.
func settled(rng *rand.Rand) []livedoc.Update {
	s := session(rng)
	for client := range uint64(3) {
		s.row("end", typed(100+client, nil, insert(0, ".")))
	}
	return s.rows
}

func TestACompactedDocumentIsTheSameDocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{})
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		for range 6 {
			rows := settled(rng)
			cut := rng.IntN(len(rows))
			id := s.document(rows[:cut])
			before := s.see(id)
			if _, err := s.c.Compact(t.Context(), id); err != nil && !before.waits() {
				t.Fatal(err)
			}
			s.same("with a snapshot", s.see(id), before)
			s.write(id, "later", rows[cut:])
			before = s.see(id)
			s.compact(id)
			after := s.see(id)
			s.same("with two snapshots", after, before)
			if after.rows != 1 || s.count("live_updates", id) != len(rows) {
				t.Errorf("read in %d rows, and of %d rows %d are left", after.rows, len(rows), s.count("live_updates", id))
			}
			age(t, db, id)
			if done := s.compact(id); done.Updates == 0 {
				t.Errorf("no old rows went: %+v", done)
			}
			s.same("without old rows", s.see(id), before)
			if left := s.count("live_updates", id); left > 1 {
				t.Errorf("%d old rows are left, want those since the second snapshot", left)
			}
			// What was stored before and is sent again has no row any more that knows it: it comes
			// in as a new row, and changes nothing.
			s.write(id, "hand", rows[:cut])
			again := s.see(id)
			if again.digest != before.digest {
				t.Error("what was sent again changed the text")
			}
		}
	})
}

// waits reports whether part of what was seen is not in the document yet.
func (s seen) waits() bool {
	doc := crdt.NewDoc()
	return doc.ApplyUpdate(s.state, nil) != nil || doc.HasPending()
}

func TestADocumentNobodyWritesInLosesItsOldRowsToo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{Keep: 24 * time.Hour})
		quiet, short := s.document(settled(rand.New(rand.NewPCG(1, 1)))), s.document([]livedoc.Update{{Actor: "ana", Payload: typed(1, nil, insert(0, "x"))}})
		fresh := s.document(session(rand.New(rand.NewPCG(1, 2))).rows)
		age(t, db, quiet)
		age(t, db, short)
		before := s.see(quiet)
		done, err := s.c.CompactAged(t.Context())
		if err != nil || done.Documents != 2 || done.Refused != 0 || done.Updates == 0 {
			t.Errorf("%+v, %v", done, err)
		}
		s.same("of last year", s.see(quiet), before)
		for id, want := range map[livedoc.ID]int{quiet: 1, short: 1} {
			if n := s.count("live_updates", id); n != want {
				t.Errorf("%d rows are left, want %d", n, want)
			}
		}
		if s.count("live_snapshots", fresh) != 0 {
			t.Error("a young document was compacted")
		}
		// Nothing is left to do, and doing it is harmless.
		if done, err := s.c.CompactAged(t.Context()); err != nil || done.Snapshots != 0 || done.Updates != 0 {
			t.Errorf("again: %+v, %v", done, err)
		}
	})
}

func TestADocumentIsCompactedWhenItHasGrown(t *testing.T) {
	db := databasetest.SQLite(t)
	s := newShelf(t, db, collab.Compaction{Updates: 50})
	rows := session(rand.New(rand.NewPCG(3, 1))).rows
	long, short := s.document(rows), s.document(rows[:20])
	if done, err := s.c.CompactGrown(t.Context()); err != nil || done.Snapshots != 1 || done.Documents != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if s.count("live_snapshots", long) != 1 || s.count("live_snapshots", short) != 0 {
		t.Error("the wrong document was compacted")
	}
	if done, err := s.c.CompactAll(t.Context()); err != nil || done.Documents != 1 {
		t.Errorf("all: %+v, %v", done, err)
	}
}

func TestWhatWaitsForOthersIsNotCompactedAway(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{Updates: 1})
		a := typed(7, nil, insert(0, "ab"))
		b := typed(7, [][]byte{a}, insert(2, "cd"))
		other := typed(8, nil, insert(0, "X"))
		id := s.document([]livedoc.Update{{Actor: "ana", Payload: other}, {Actor: "bo", Payload: b}, {Actor: "cas", Payload: typed(9, nil, insert(0, "Y"))}})
		s.compact(id) // up to where nothing waits
		if got := s.see(id); got.rows != 3 {
			t.Errorf("read in %d rows, want the snapshot at 1 and two updates", got.rows)
		}
		done, err := s.c.CompactGrown(t.Context())
		if err != nil || done.Refused != 1 {
			t.Errorf("a document that waits: %+v, %v", done, err)
		}
		if done, err = s.c.CompactGrown(t.Context()); err != nil || done.Refused != 0 || done.Snapshots != 0 {
			t.Errorf("the same document again: %+v, %v", done, err)
		}
		s.write(id, "late", []livedoc.Update{{Actor: "ana", Payload: a}})
		before := s.see(id)
		if done := s.compact(id); done.Snapshots != 1 {
			t.Errorf("what waited has come: %+v", done)
		}
		after := s.see(id)
		s.same("whole", after, before)
		doc, authors, err := s.c.Written(t.Context(), id)
		if err != nil || after.rows != 1 {
			t.Fatalf("%d rows, %v", after.rows, err)
		}
		if got := shownBy(t, doc, authors); !bytes.Contains([]byte(got), []byte("ana:ab|bo:cd")) {
			t.Errorf("written %q", got)
		}
	})
}

func TestARowThatIsNoUpdateKeepsTheDocumentAsItIs(t *testing.T) {
	s := newShelf(t, databasetest.SQLite(t), collab.Compaction{})
	id := s.document([]livedoc.Update{{Payload: typed(1, nil, insert(0, "x"))}, {Payload: []byte("garbage")}})
	age(t, s.db, id)
	if _, err := s.c.Compact(t.Context(), id); err == nil {
		t.Error("garbage was compacted")
	}
	if s.count("live_updates", id) != 2 || s.count("live_snapshots", id) != 0 {
		t.Error("something was changed all the same")
	}
}

// fuse is a context that ends when it was asked for the nth time.
type fuse struct {
	context.Context
	left atomic.Int64
	stop context.CancelFunc
}

func (f *fuse) burn() {
	if f.left.Add(-1) == 0 {
		f.stop()
	}
}

func (f *fuse) Done() <-chan struct{} { f.burn(); return f.Context.Done() }
func (f *fuse) Err() error            { f.burn(); return f.Context.Err() }

func TestStoppedAnywhereACompactionLeavesAWholeDocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{})
		rows := session(rand.New(rand.NewPCG(5, 5))).rows[:24]
		id := s.document(rows)
		s.compact(id)
		interrupted, finished, step := 0, 0, int64(1)
		if db.Dialect() == database.Postgres {
			step = 9 // a call that is broken off costs a connection there
		}
		for n, round := int64(1), 0; finished == 0; n, round = n+step, round+1 {
			if n > 2000 {
				t.Fatal("the compaction never comes to its end")
			}
			if round%7 == 0 { // there is something to do in every part of it
				s.write(id, fmt.Sprint("more ", n), rows[:3])
				age(t, db, id)
			}
			before := s.see(id)
			ctx, stop := context.WithCancel(t.Context())
			f := &fuse{Context: ctx, stop: stop}
			f.left.Store(n)
			_, err := s.c.Compact(f, id)
			stop()
			switch {
			case err == nil:
				finished++
			case f.left.Load() > 0:
				t.Fatalf("the compaction ended by itself: %v", err)
			default:
				interrupted++
			}
			s.same(fmt.Sprintf("stopped after %d questions (%v)", n, err), s.see(id), before)
		}
		if interrupted < 20 {
			t.Errorf("only %d places to stop were found", interrupted)
		}
		t.Logf("stopped in %d places", interrupted)
		s.compact(id)
	})
}

func TestSeveralCompactAtTheSameTimeWhilePeopleWrite(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := newShelf(t, db, collab.Compaction{})
		other := collab.New(livedoc.New(db), collab.Config{Log: slog.New(slog.DiscardHandler)}) // another node
		id := s.document(nil)
		page, err := s.c.Join(t.Context(), collab.Entry{Person: "bo"}, id, collab.Read, collab.Client{Acks: true, Wake: func() {}}) // keeps the room open
		if err != nil {
			t.Fatal(err)
		}
		defer page.Leave()
		ctx, stop := context.WithCancel(t.Context())
		var writing, compacting sync.WaitGroup
		for _, node := range []*collab.Collab{s.c, other} {
			compacting.Go(func() {
				for ctx.Err() == nil {
					if _, err := node.Compact(ctx, id); err != nil && ctx.Err() == nil {
						t.Errorf("compact: %v", err)
						return
					}
				}
			})
		}
		for writer := range 3 {
			writing.Go(func() {
				for i := range 15 {
					err := s.c.Change(ctx, access.Actor{ID: "ana"}, id, func(d *crdt.Doc) error {
						return d.Text("t").Insert(0, fmt.Sprintf("%d.%d ", writer, i), nil)
					})
					if err != nil {
						t.Errorf("write: %v", err)
					}
				}
			})
		}
		writing.Wait()
		stop()
		compacting.Wait()
		doc, authors, err := s.c.Written(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		text := doc.Text("t").String()
		for writer := range 3 {
			for i := range 15 {
				if !bytes.Contains([]byte(" "+text), fmt.Appendf(nil, " %d.%d ", writer, i)) {
					t.Errorf("edit %d of writer %d is gone", i, writer)
				}
			}
		}
		for _, r := range doc.Text("t").IDs() {
			for _, p := range authors.Inserted(r) {
				if p.Actor != "ana" {
					t.Errorf("%v is of %q", p.Range, p.Actor)
				}
			}
		}
		if s.count("live_snapshots", id) == 0 {
			t.Error("nothing was compacted meanwhile")
		}
	})
}

func TestAnUnknownDocumentIsNotCompacted(t *testing.T) {
	s := newShelf(t, databasetest.SQLite(t), collab.Compaction{})
	if _, err := s.c.Compact(t.Context(), "nowhere"); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("compact: %v", err)
	}
}

// BenchmarkOpeningADocument loads what a group typed in 20,000 keystrokes, from its rows and from a
// snapshot.
func BenchmarkOpeningADocument(b *testing.B) {
	db := databasetest.SQLite(b)
	log := livedoc.New(db)
	c := collab.New(log, collab.Config{Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = c.Run(ctx) })
	defer wait.Wait()
	defer stop()
	id, err := log.Create(ctx, "thing", "t", nil)
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	batch := livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1}
	writer := crdt.NewDoc(crdt.WithClientID(1))
	writer.OnUpdate(func(u []byte, _ any) {
		batch.Records = append(batch.Records, livedoc.Record{Session: "s", Mark: int64(len(batch.Records) + 1), Actor: "ana", Payload: u})
	})
	at := 0
	for range 20_000 {
		text := writer.Text("t")
		if rng.IntN(40) == 0 {
			at = rng.IntN(text.Len() + 1)
		}
		if rng.IntN(5) == 0 && at > 0 {
			at--
			_ = text.Delete(at, 1)
		} else {
			_ = text.Insert(at, "x", nil)
			at++
		}
	}
	if _, err := log.Append(ctx, batch); err != nil {
		b.Fatal(err)
	}
	open := func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Document(ctx, id); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("rows", open)
	began := time.Now()
	if _, err := c.Compact(ctx, id); err != nil {
		b.Fatal(err)
	}
	b.Logf("compacted in %v", time.Since(began))
	b.Run("snapshot", open)
}

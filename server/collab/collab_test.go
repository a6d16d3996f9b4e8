package collab_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
	"samenwijk/server/collab"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestTheLogOfLiveDocumentsIsALogForTheRooms(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		hubtest.RunLog(t, func(t *testing.T) hubtest.Store {
			open := func() *livedoc.Log {
				l := livedoc.New(db)
				ctx, stop := context.WithCancel(context.Background())
				var wait sync.WaitGroup
				wait.Go(func() { _ = l.Run(ctx) })
				t.Cleanup(func() { stop(); wait.Wait() })
				return l
			}
			l := open()
			owner := func(document string) string {
				doc, err := l.Head(t.Context(), livedoc.ID(document))
				if err != nil {
					t.Fatal(err)
				}
				return doc.OwnerID
			}
			return hubtest.Store{
				Log: collab.Log(l),
				Create: func(seed []byte) string {
					id, err := l.Create(t.Context(), "thing", database.NewID(), seed)
					if err != nil {
						t.Fatal(err)
					}
					return string(id)
				},
				Revoke: func(document string) {
					err := db.InTx(t.Context(), func(tx *database.Tx) error { return livedoc.Revoke(tx, "thing", owner(document)) })
					if err != nil {
						t.Fatal(err)
					}
				},
				Replace: func(document string) {
					_, err := db.Pool().ExecContext(t.Context(),
						"UPDATE live_documents SET epoch = epoch + 1, seq = 0 WHERE owner_id = '"+owner(document)+"'")
					if err != nil {
						t.Fatal(err)
					}
				},
				Fold: func(document string, payload []byte) {
					head, err := l.Head(t.Context(), livedoc.ID(document))
					if err != nil {
						t.Fatal(err)
					}
					for _, seq := range []int64{head.Seq - 1, head.Seq} {
						err := l.KeepSnapshot(t.Context(), livedoc.Snapshot{
							Document: head.ID, Epoch: head.Epoch, Seq: seq, State: payload, Authors: []byte("somebody"),
						})
						if err != nil {
							t.Fatal(err)
						}
					}
					age(t, db, head.ID)
					if _, err := l.Prune(t.Context(), head.ID, database.Now()); err != nil {
						t.Fatal(err)
					}
				},
				Reopen: func() hub.Log { return collab.Log(open()) },
			}
		})
	})
}

// age makes every update of a document a year old.
func age(t *testing.T, db *database.DB, id livedoc.ID) {
	t.Helper()
	at := database.Now().Add(-365 * 24 * time.Hour).Format("2006-01-02 15:04:05.999999-07:00")
	if _, err := db.Pool().ExecContext(t.Context(), "UPDATE live_updates SET at = '"+at+"' WHERE document = '"+string(id)+"'"); err != nil {
		t.Fatal(err)
	}
}

// house is one document that belongs to a thing, and what people may do with it.
type house struct {
	mu     sync.Mutex
	rights map[access.PersonID]collab.Right
	err    error
}

func (h *house) set(id access.PersonID, right collab.Right) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rights[id] = right
}

func (h *house) owner(_ context.Context, who access.Actor, _ string) (collab.Standing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	right, known := h.rights[who.ID]
	if h.err == nil && !known {
		return collab.Standing{}, fault.NotFound("not_found")
	}
	return collab.Standing{Right: right, Group: "resident"}, h.err
}

func (h *house) person(_ context.Context, by collab.Entry) (collab.Person, error) {
	id := by.Person
	if id == "gone" {
		return collab.Person{}, fault.Unauthenticated("sign_in_first")
	}
	return collab.Person{Actor: access.Actor{ID: id}, Name: "ana de boer"}, nil
}

func open(t *testing.T, db *database.DB, h *house) (*collab.Collab, livedoc.ID) {
	t.Helper()
	c := collab.New(livedoc.New(db), collab.Config{
		Owners: map[string]collab.Owner{"thing": h.owner}, Person: h.person, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); wait.Wait() })
	id, err := c.Seed(t.Context(), "thing", "t1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, id
}

func TestJoinAsksTheOwnerAndNeverGivesMoreThanTheTicket(t *testing.T) {
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "cas": collab.Read, "eve": collab.None, "": collab.Read}}
	c, id := open(t, databasetest.SQLite(t), h)
	for name, tc := range map[string]struct {
		who  access.PersonID
		id   livedoc.ID
		most collab.Right
		want collab.Right
		code int
	}{
		"a writer":                      {"ana", id, collab.Write, collab.Write, 0},
		"a writer with a reader ticket": {"ana", id, collab.Read, collab.Read, 0},
		"a reader with a writer ticket": {"cas", id, collab.Write, collab.Read, 0},
		"a visitor of what is public":   {"", id, collab.Read, collab.Read, 0},
		"no right":                      {"eve", id, collab.Write, 0, hub.CodeForbidden},
		"unknown to them":               {"bo", id, collab.Write, 0, hub.CodeNotFound},
		"no such document":              {"ana", "nowhere", collab.Write, 0, hub.CodeNotFound},
		"an account that ended":         {"gone", id, collab.Write, 0, hub.CodeTicket},
	} {
		s, err := c.Join(t.Context(), collab.Entry{Person: tc.who}, tc.id, tc.most, collab.Client{Acks: true, Wake: func() {}})
		var refusal *hub.Refusal
		switch {
		case tc.code == 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.code == 0:
			if s.Mode() != tc.want {
				t.Errorf("%s: right %d, want %d", name, s.Mode(), tc.want)
			}
			s.Leave()
		case !errors.As(err, &refusal) || refusal.Code != tc.code:
			t.Errorf("%s: %v, want %d", name, err, tc.code)
		}
	}
}

func TestRightsPassFaultsThrough(t *testing.T) {
	h := &house{rights: map[access.PersonID]collab.Right{"eve": collab.None}}
	c, id := open(t, databasetest.SQLite(t), h)
	if _, err := c.Right(t.Context(), access.Actor{ID: "eve"}, id); fault.KindOf(err) != fault.KindForbidden {
		t.Errorf("no right: %v", err)
	}
	if _, err := c.Right(t.Context(), access.Actor{ID: "bo"}, id); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("unknown to them: %v", err)
	}
	if _, err := c.Seed(t.Context(), "nothing", "x", nil); err == nil {
		t.Error("seeded for an owner that nobody answers for")
	}
	if _, err := c.Seed(t.Context(), "thing", "t2", []byte("garbage")); err == nil {
		t.Error("seeded with garbage")
	}
	if again, err := c.Seed(t.Context(), "thing", "t1", []byte{0, 0}); err != nil || again != id {
		t.Errorf("seeded again: %s, %v", again, err)
	}
}

func TestARevokedRightEndsTheSessionWithoutAnybodyAskingForIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write}}
		c, id := open(t, db, h)
		woken, wake := bell()
		s, err := c.Join(t.Context(), collab.Entry{Person: "ana"}, id, collab.Write, collab.Client{Acks: true, Wake: wake})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave()
		h.set("ana", collab.Read)
		if err := db.InTx(t.Context(), func(tx *database.Tx) error { return livedoc.Revoke(tx, "thing", "t1") }); err != nil {
			t.Fatal(err)
		}
		limit := time.After(5 * time.Second)
		for {
			select {
			case <-woken:
				if _, why := s.Take(nil, 1<<20); why != nil {
					if why.Code != hub.CodeForbidden {
						t.Errorf("ended with %v", why)
					}
					return
				}
			case <-limit:
				t.Fatal("still there")
			}
		}
	})
}

func TestARoleThatEndsClosesTheSessionsOfThatPerson(t *testing.T) {
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write}}
	c, id := open(t, databasetest.SQLite(t), h)
	for name, recheck := range map[access.PersonID]func(){
		"ana": func() { c.RecheckPerson("ana") },
		"bo":  func() { c.Recheck(id) },
	} {
		woken, wake := bell()
		s, err := c.Join(t.Context(), collab.Entry{Person: name}, id, collab.Write, collab.Client{Acks: true, Wake: wake})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave()
		h.set(name, collab.None)
		recheck()
		limit := time.After(5 * time.Second)
		for why := (*hub.Refusal)(nil); why == nil; {
			select {
			case <-woken:
				_, why = s.Take(nil, 1<<20)
			case <-limit:
				t.Fatalf("%s is still there", name)
			}
		}
	}
}

func TestAChangeByAFormIsOneUpdateThatOpenPagesSeeAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "cas": collab.Read}}
		c, id := open(t, db, h)
		woken, wake := bell()
		s, err := c.Join(t.Context(), collab.Entry{Person: "cas"}, id, collab.Read, collab.Client{Acks: true, Wake: wake})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave()
		write := func(text string) func(*crdt.Doc) error {
			return func(doc *crdt.Doc) error {
				if err := doc.Text("text").Insert(0, text, nil); err != nil {
					return err
				}
				return doc.Text("text").Format(0, 1, crdt.Attributes{"bold": true})
			}
		}
		if err := c.Change(t.Context(), access.Actor{ID: "ana"}, id, write("hello")); err != nil {
			t.Fatal(err)
		}
		seen := false
		for limit := time.After(5 * time.Second); !seen; {
			select {
			case <-woken:
				frames, _ := s.Take(nil, 1<<20)
				for _, frame := range frames {
					seen = seen || strings.Contains(string(frame), "hello") || strings.Contains(string(frame), "ello")
				}
			case <-limit:
				t.Fatal("an open page did not hear of it")
			}
		}
		boom := errors.New("boom")
		for name, tc := range map[string]struct {
			who    access.PersonID
			change func(*crdt.Doc) error
			check  func(error) bool
		}{
			"a reader":         {"cas", write("x"), func(err error) bool { return fault.KindOf(err) == fault.KindForbidden }},
			"unknown to them":  {"bo", write("x"), func(err error) bool { return fault.KindOf(err) == fault.KindNotFound }},
			"one that failed":  {"ana", func(doc *crdt.Doc) error { return errors.Join(write("x")(doc), boom) }, func(err error) bool { return errors.Is(err, boom) }},
			"one without work": {"ana", func(*crdt.Doc) error { return nil }, func(err error) bool { return err == nil }},
			"one too large":    {"ana", write(strings.Repeat("x", 3<<20)), func(err error) bool { return fault.KindOf(err) == fault.KindTooMuch }},
		} {
			if err := c.Change(t.Context(), access.Actor{ID: tc.who}, id, tc.change); !tc.check(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		doc, err := c.Document(t.Context(), id)
		if err != nil || doc.Text("text").String() != "hello" {
			t.Errorf("the text is %q, %v", doc.Text("text").String(), err)
		}
		var actors []string
		head, err := livedoc.New(db).Load(t.Context(), id, 0, 0, func(u livedoc.Update) error { actors = append(actors, u.Actor); return nil })
		if err != nil || head.Seq != 1 || actors[0] != "ana" {
			t.Errorf("stored %d updates of %v, %v", head.Seq, actors, err)
		}
	})
}

func TestAChangeGoesOnWhenOnlyTheRightsOfOthersChanged(t *testing.T) {
	db := databasetest.SQLite(t)
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write}}
	c, id := open(t, db, h)
	runs := 0
	err := c.Change(t.Context(), access.Actor{ID: "ana"}, id, func(doc *crdt.Doc) error {
		if runs++; runs == 1 {
			err := db.InTx(t.Context(), func(tx *database.Tx) error { return livedoc.Revoke(tx, "thing", "t1") })
			if err != nil {
				return err
			}
		}
		return doc.Text("text").Insert(0, "x", nil)
	})
	if err != nil || runs != 2 {
		t.Errorf("changed in %d runs: %v", runs, err)
	}
	if doc, err := c.Document(t.Context(), id); err != nil || doc.Text("text").String() != "x" {
		t.Errorf("the text: %v", err)
	}
}

// bell returns what a session rings when it has something to say, and what rings it.
func bell() (rung <-chan struct{}, ring func()) {
	c := make(chan struct{}, 1)
	return c, func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

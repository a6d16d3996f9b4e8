package collab_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/server/collab"
)

// script is the rows of a log that a test writes by hand.
type script struct {
	rows []livedoc.Update
	at   time.Time
}

func (s *script) row(actor string, payload []byte) {
	if s.at.IsZero() {
		s.at = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	}
	s.at = s.at.Add(time.Hour) // no two rows are one sitting
	s.rows = append(s.rows, livedoc.Update{Seq: int64(len(s.rows) + 1), Actor: actor, Payload: payload, At: s.at})
}

func apply(t *testing.T, rows []livedoc.Update) (*crdt.Doc, *collab.Authors) {
	t.Helper()
	doc, authors := crdt.NewDoc(), collab.NewAuthors()
	for _, row := range rows {
		if err := authors.Apply(doc, row); err != nil {
			t.Fatalf("row %d: %v", row.Seq, err)
		}
	}
	return doc, authors
}

// typed returns the updates that change makes in a document of one client.
func typed(client uint64, base [][]byte, change func(*crdt.Doc)) []byte {
	doc := crdt.NewDoc()
	for _, b := range base {
		if err := doc.ApplyUpdate(b, nil); err != nil {
			panic(err)
		}
	}
	doc.SetClientID(client) // only now: a document gives up an id that somebody else uses
	var updates [][]byte
	doc.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	doc.Transact(nil, func(*crdt.Tx) { change(doc) })
	merged, err := crdt.MergeUpdates(updates)
	if err != nil {
		panic(err)
	}
	return merged
}

func insert(at int, text string) func(*crdt.Doc) {
	return func(d *crdt.Doc) { d.Text("t").Insert(at, text, nil) }
}

// shownBy says who wrote each unit of the text, as "actor:unit".
func shownBy(t *testing.T, doc *crdt.Doc, authors *collab.Authors) string {
	t.Helper()
	text, out := doc.Text("t"), ""
	shown, last, at := text.String(), "", 0
	for _, r := range text.IDs() {
		for _, p := range authors.Inserted(r) {
			if p.Actor != last {
				out += "|" + p.Actor + ":"
				last = p.Actor
			}
			out += shown[at : at+int(p.Len)] // the tests write ASCII
			at += int(p.Len)
		}
	}
	if at != len(shown) {
		t.Errorf("%d of %d units have an author", at, len(shown))
	}
	return out
}

func TestTheRowSaysWhoWroteAPassageAndNotTheClientID(t *testing.T) {
	var s script
	first := typed(7, nil, insert(0, "mine"))
	s.row("mo", first)
	s.row("ana", typed(7, nil, insert(0, "ours!"))) // the same client id from clock 0 on
	s.row("bo", typed(8, [][]byte{first}, insert(2, "--")))
	doc, authors := apply(t, s.rows)
	// Of what ana sent under the id of mo the document took the clocks that mo had not used.
	if got, want := shownBy(t, doc, authors), "|mo:mi|bo:--|mo:ne|ana:!"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
	if a, ok := authors.InsertedBy(7, 4); !ok || a.Actor != "ana" || !a.At.Equal(s.rows[1].At) {
		t.Errorf("clock 4 is of %v, %v", a, ok)
	}
	if a, ok := authors.InsertedBy(7, 5); ok {
		t.Errorf("clock 5, which nobody wrote, is of %v", a)
	}
}

func TestWhatWaitsInsideTheDocumentBelongsToWhoSentIt(t *testing.T) {
	a := typed(7, nil, insert(0, "ab"))
	b := typed(7, [][]byte{a}, insert(2, "cd"))
	other := typed(7, [][]byte{a}, insert(2, "XYZ"))
	for name, tc := range map[string]struct {
		rows func(s *script)
		want string
	}{
		"what came before its beginning": {func(s *script) { s.row("mo", other); s.row("ana", a) }, "|ana:ab|mo:XYZ"},
		"what came twice before its beginning": {
			func(s *script) { s.row("mo", other); s.row("bo", b); s.row("ana", a) }, "|ana:ab|mo:XYZ"},
		"what came in before what waited": {
			func(s *script) {
				s.row("mo", other)
				both, _ := crdt.MergeUpdates([][]byte{a, b})
				s.row("ana", both)
			}, "|ana:abcd|mo:Z"},
	} {
		t.Run(name, func(t *testing.T) {
			var s script
			tc.rows(&s)
			doc, authors := apply(t, s.rows)
			if got := shownBy(t, doc, authors); got != tc.want {
				t.Errorf("written %q, want %q", got, tc.want)
			}
		})
	}
}

func TestADeletionBelongsToWhoNamedItFirst(t *testing.T) {
	var s script
	text := typed(7, nil, insert(0, "abcdef"))
	cut := typed(8, [][]byte{text}, func(d *crdt.Doc) { d.Text("t").Delete(1, 2) })
	s.row("ana", text)
	s.row("bo", cut)
	all := crdt.NewDoc() // a browser that comes by says everything it knows
	for _, u := range [][]byte{text, cut, typed(9, [][]byte{text, cut}, func(d *crdt.Doc) { d.Text("t").Delete(0, 2) })} {
		if err := all.ApplyUpdate(u, nil); err != nil {
			t.Fatal(err)
		}
	}
	state, _ := all.EncodeStateAsUpdate(nil)
	s.row("cas", state)
	_, authors := apply(t, s.rows)
	want := []string{0: "cas", 1: "bo", 2: "bo", 3: "cas"}
	for clock, actor := range want {
		if a, ok := authors.DeletedBy(7, uint32(clock)); !ok || a.Actor != actor {
			t.Errorf("clock %d was deleted by %v, %v; want %s", clock, a, ok, actor)
		}
	}
	if a, ok := authors.DeletedBy(7, 4); ok {
		t.Errorf("clock 4, which is there, was deleted by %v", a)
	}
	if got := authors.Deleted(crdt.Range{ID: crdt.ID{Client: 7}, Len: 6}); len(got) != 3 || got[1].Clock != 1 || got[1].Len != 2 {
		t.Errorf("deletions %v", got)
	}
}

// session makes rows of people who type, delete, come late and send things twice. The client ids say
// who wrote, so the test knows the answer.
func session(rng *rand.Rand) *script {
	s := &script{}
	people := []*crdt.Doc{crdt.NewDoc(crdt.WithClientID(1)), crdt.NewDoc(crdt.WithClientID(2)), crdt.NewDoc(crdt.WithClientID(3))}
	type sent struct {
		actor   string
		payload []byte
	}
	var late []sent
	for i := range 60 {
		n := rng.IntN(len(people))
		d, actor := people[n], fmt.Sprint("p", n+1)
		var updates [][]byte
		stop := d.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
		d.Transact(nil, func(*crdt.Tx) {
			text := d.Text("t")
			if l := text.Len(); l > 3 && rng.IntN(3) == 0 {
				at := rng.IntN(l - 2)
				text.Delete(at, 1+rng.IntN(2))
			} else {
				text.Insert(rng.IntN(l+1), string([]byte{'a' + byte(i/26), 'a' + byte(i%26)}), nil)
			}
		})
		stop()
		for _, u := range updates {
			switch rng.IntN(5) {
			case 0:
				late = append(late, sent{actor, u})
			case 1:
				s.row(actor, u)
				s.row(actor, u)
			default:
				s.row(actor, u)
			}
		}
		if rng.IntN(4) == 0 { // somebody hears from somebody
			to := people[rng.IntN(len(people))]
			state, _ := d.EncodeStateAsUpdate(nil)
			if err := to.ApplyUpdate(state, nil); err != nil {
				panic(err)
			}
		}
		if len(late) > 0 && rng.IntN(3) == 0 {
			s.row(late[0].actor, late[0].payload)
			late = late[1:]
		}
	}
	for _, l := range late {
		s.row(l.actor, l.payload)
	}
	return s
}

func TestEveryIDHasTheAuthorWhoWroteItAlsoAfterStoring(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 40 {
		s := session(rng)
		doc, authors := apply(t, s.rows)
		first := map[crdt.ID]string{}
		for _, row := range s.rows {
			contents, err := crdt.UpdateContents(row.Payload)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range contents.Deleted {
				for n := range r.Len {
					id := crdt.ID{Client: r.Client, Clock: r.Clock + n}
					if _, named := first[id]; !named {
						first[id] = row.Actor
					}
				}
			}
		}
		check := func(what string, authors *collab.Authors) {
			t.Helper()
			for client, clocks := range doc.States() {
				for clock := range clocks {
					if a, ok := authors.InsertedBy(client, clock); !ok || a.Actor != fmt.Sprint("p", client) {
						t.Fatalf("%s: %d of client %d was written by %v, %v", what, clock, client, a, ok)
					}
					a, ok := authors.DeletedBy(client, clock)
					if want, gone := first[crdt.ID{Client: client, Clock: clock}]; ok != gone || a.Actor != want {
						t.Fatalf("%s: %d of client %d was deleted by %v, %v; want %q", what, clock, client, a, ok, want)
					}
				}
			}
		}
		check("whole", authors)
		b := authors.Encode()
		stored, err := collab.DecodeAuthors(b)
		if err != nil {
			t.Fatal(err)
		}
		check("stored", stored)
		if !bytes.Equal(stored.Encode(), b) {
			t.Fatal("stored authors are written otherwise than they were read")
		}
		// Stored half way, and then the other rows, wherever nothing waits.
		half, part := crdt.NewDoc(), collab.NewAuthors()
		for _, row := range s.rows {
			if err := part.Apply(half, row); err != nil {
				t.Fatal(err)
			}
			if !half.HasPending() {
				if part, err = collab.DecodeAuthors(part.Encode()); err != nil {
					t.Fatal(err)
				}
			}
		}
		check("stored on the way", part)
	}
}

func TestSomebodysWorkInOnePlaceIsKeptAsOnePiece(t *testing.T) {
	doc, authors := crdt.NewDoc(), collab.NewAuthors()
	writer := crdt.NewDoc(crdt.WithClientID(5))
	began := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	at := began
	writer.OnUpdate(func(u []byte, _ any) {
		at = at.Add(100 * time.Millisecond)
		if err := authors.Apply(doc, livedoc.Update{Actor: "ana", Payload: u, At: at}); err != nil {
			t.Fatal(err)
		}
	})
	for i := range 5000 {
		writer.Text("t").Insert(i, "x", nil)
	}
	for range 3000 {
		writer.Text("t").Delete(1000, 1)
	}
	if n := len(authors.Encode()); n > 60 {
		t.Errorf("8000 keystrokes of one sitting take %d bytes", n)
	}
	if a, _ := authors.InsertedBy(5, 4999); !a.At.Equal(began) {
		t.Errorf("the sitting began at %v, want %v", a.At, began)
	}
}

func TestWhoWroteADocumentComesFromItsLog(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write}}
		c, _ := open(t, db, h)
		id, err := c.Seed(t.Context(), "thing", "t2", typed(1, nil, insert(0, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		for who, change := range map[access.PersonID]func(*crdt.Doc) error{
			"ana": func(d *crdt.Doc) error { return d.Text("t").Insert(2, "+ana", nil) },
			"bo":  func(d *crdt.Doc) error { return d.Text("t").Delete(0, 2) },
		} {
			if err := c.Change(context.Background(), access.Actor{ID: who}, id, change); err != nil {
				t.Fatal(err)
			}
		}
		doc, authors, err := c.Written(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if text := doc.Text("t").String(); len(text) != 6 {
			t.Fatalf("text %q", text)
		}
		seeded, ok := authors.InsertedBy(1, 3)
		if !ok || seeded.Actor != "" || time.Since(seeded.At) > time.Minute {
			t.Errorf("the seed is of %v, %v", seeded, ok)
		}
		if a, ok := authors.DeletedBy(1, 0); !ok || a.Actor != "bo" {
			t.Errorf("deleted by %v, %v", a, ok)
		}
		people := map[string]int{}
		for _, r := range doc.Text("t").IDs() {
			for _, p := range authors.Inserted(r) {
				people[p.Actor] += int(p.Len)
			}
		}
		if people[""]+people["ana"] != 6 || people["ana"] < 2 {
			t.Errorf("written by %v", people)
		}
	})
}

func FuzzAuthors(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		authors := collab.NewAuthors()
		doc := crdt.NewDoc()
		for _, row := range session(rng).rows {
			if err := authors.Apply(doc, row); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(authors.Encode())
	}
	f.Add(collab.NewAuthors().Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		authors, err := collab.DecodeAuthors(b)
		if err != nil {
			return
		}
		if again := authors.Encode(); !bytes.Equal(again, b) {
			t.Fatalf("%x was read and is written as %x", b, again)
		}
	})
}

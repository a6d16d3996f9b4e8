package collab_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/prosemirror"
	"samenwijk/realtime/protocol"
	"samenwijk/server/collab"
)

// earlier is a document that ana and bo wrote in the first model, and that is in it still.
type earlier struct {
	*past
	shelf *shelf
	doc   *crdt.Doc
	n     int
}

func node(kind string, content ...prosemirror.Node) prosemirror.Node {
	return prosemirror.Element(kind, nil, content...)
}

func paragraph(text string) prosemirror.Node { return node("paragraph", prosemirror.Text(text)) }

func oldCard(id, statement string) prosemirror.Node {
	return prosemirror.Element("requirement", map[string]any{"id": id}, node("statement", paragraph(statement)), node("rationale", paragraph("Vertrouwen.")))
}

func writtenEarlier(t *testing.T, db *database.DB) *earlier {
	t.Helper()
	s := newShelf(t, db, collab.Compaction{})
	e := &earlier{past: &past{s.c, t, db, ""}, shelf: s, doc: crdt.NewDoc()}
	id, err := s.log.Create(t.Context(), "thing", database.NewID(), e.edit("", node("heading", prosemirror.Text("Begeleiding")),
		node("section", oldCard("r1", "Elke deelnemer heeft een coördinator."))))
	e.must(err)
	e.id = id
	e.sql("UPDATE live_documents SET schema = 1 WHERE id = '" + string(id) + "'")
	return e
}

func (e *earlier) sql(statement string) {
	e.t.Helper()
	_, err := e.db.Pool().ExecContext(e.t.Context(), statement)
	e.must(err)
}

// edit makes the text read as nodes, as an editor of the first model did, and stores that as of who.
func (e *earlier) edit(who string, nodes ...prosemirror.Node) []byte {
	e.t.Helper()
	var update []byte
	stop := e.doc.OnUpdate(func(u []byte, _ any) { update = u })
	defer stop()
	e.doc.Transact(nil, func(*crdt.Tx) { e.must(prosemirror.Write(e.doc.XMLFragment("default"), nodes)) })
	if who != "" {
		e.store(who, update)
	}
	return update
}

func (e *earlier) store(who string, update []byte) {
	e.t.Helper()
	e.n++
	e.shelf.write(e.id, fmt.Sprint("hand ", e.n), []livedoc.Update{{Actor: who, Payload: update}})
}

// keep makes a version of what is stored, as the house did.
func (e *earlier) keep(name string) livedoc.Version {
	e.t.Helper()
	head, err := e.shelf.log.Head(e.t.Context(), e.id)
	e.must(err)
	state, err := e.doc.EncodeStateAsUpdate(nil)
	e.must(err)
	v, err := e.shelf.log.KeepVersion(e.t.Context(), livedoc.Version{
		Document: e.id, Epoch: head.Epoch, Seq: head.Seq, Kind: livedoc.Named, Name: name, Actor: "ana", State: state,
	})
	e.must(err)
	return v
}

func (e *earlier) convert() int {
	e.t.Helper()
	n, err := e.Convert(e.t.Context(), func(id livedoc.ID, err error) { e.t.Errorf("document %s: %v", id, err) })
	e.must(err)
	return n
}

func TestADocumentOfTheFirstModelGoesOnInThePresentOne(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		heading, note := node("heading", prosemirror.Text("Begeleiding")), node("note", paragraph("Zie de notulen."))
		e.edit("ana", heading, node("section", oldCard("r1", "Elke deelnemer heeft een eigen coördinator.")), note)
		one := e.keep("Opzet")
		e.edit("bo", heading, node("section", oldCard("r1", "Elke deelnemer heeft een eigen fijne coördinator.")), note)
		two := e.keep("Later")
		e.edit("ana", heading, node("section", oldCard("r1", "Elke deelnemer heeft een fijne coördinator.")), note)
		before := e.text()
		whose1, err := e.WhoWrote(t.Context(), e.id)
		e.must(err)
		if n := e.convert(); n != 1 {
			t.Fatalf("%d documents converted", n)
		}
		if n := e.convert(); n != 0 {
			t.Errorf("%d converted again", n)
		}
		head, err := e.shelf.log.Head(t.Context(), e.id)
		e.must(err)
		if head.Epoch != 2 || head.Seq != 1 || head.Schema != livedoc.Schema {
			t.Errorf("the head is %+v", head)
		}
		if got := e.text(); got != before {
			t.Errorf("reads %q, and read %q", got, before)
		}
		whose2, err := e.WhoWrote(t.Context(), e.id)
		e.must(err)
		if got, want := whose(whose2), whose(whose1); got != want || !strings.Contains(want, "bo:") {
			t.Errorf("written by %s, and was by %s", got, want)
		}
		e.mustList("named Opzet: ana", "named Later: bo", "converted : ana")

		// The past stays as it was, with who wrote what.
		versions, _, err := e.Versions(t.Context(), e.id, 1)
		e.must(err)
		last := versions[0]
		if got := e.textOf(last.ID); got != before {
			t.Errorf("the last version of before reads %q", got)
		}
		then, err := e.WhoWroteVersion(t.Context(), e.id, last.ID)
		e.must(err)
		if got, want := whose(then), whose(whose1); got != want {
			t.Errorf("the last version of before is by %s, want %s", got, want)
		}
		from, to, err := e.Between(t.Context(), e.id, one.ID, last.ID)
		e.must(err)
		if got := whose(from); !strings.Contains(got, "ana:eigen ") && !strings.Contains(got, "ana: eigen") {
			t.Errorf("between two of before the word taken away is of nobody: %s", got)
		}
		if got := whose(to); !strings.Contains(got, "bo:") || strings.Contains(got, "ana:") {
			t.Errorf("between two of before what is new is by %s", got)
		}
		if _, to, err = e.Between(t.Context(), e.id, two.ID, ""); err != nil || whose(to) != whose(whose2) {
			t.Errorf("from before to now: %s, %v", whose(to), err)
		}

		// One can go on, and back.
		e.says(ana, "Iets heel anders.")
		e.must(e.Restore(t.Context(), bo, e.id, two.ID, "k"))
		if got := e.text(); !strings.Contains(got, "eigen fijne") || !strings.Contains(got, "Zie de notulen.") {
			t.Errorf("after an old version came back: %q", got)
		}
		if err := e.Restore(t.Context(), bo, e.id, two.ID, "again"); err == nil {
			t.Error("brought back twice")
		}
		if said := e.shelf.found(); len(said) > 0 {
			t.Errorf("found %q", said)
		}
		e.must(e.ThinVersions(t.Context(), time.Now().Add(3*365*24*time.Hour)))
		if list := e.list(); !slices.Contains(list, "converted : ana") {
			t.Errorf("after three years there is %q", list)
		}
	})
}

func TestWhoHasTheDocumentOpenIsToldThatItWasConverted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		enter := func() (*hub.Session, func() *hub.Refusal) {
			woken, wake := bell()
			s, err := e.Join(t.Context(), collab.Entry{Person: "ana"}, e.id, collab.Write, collab.Client{Acks: true, Wake: wake})
			e.must(err)
			return s, func() *hub.Refusal {
				for limit := time.After(10 * time.Second); ; {
					select {
					case <-woken:
						if _, why := s.Take(nil, 1<<20); why != nil {
							return why
						}
					case <-limit:
						t.Fatal("nobody is told")
					}
				}
			}
		}
		s, end := enter()
		defer s.Leave()
		if _, err := s.Receive(protocol.AppendUpdate(nil, typed(9, nil, insert(0, "x")))); err == nil {
			t.Error("one may write in it still")
		}
		if why := end(); why.Code != hub.CodeModel {
			t.Errorf("closed with %v", why)
		}
		s, end = enter()
		defer s.Leave()
		e.convert()
		if why := end(); why.Code != hub.CodeEpoch {
			t.Errorf("closed with %v", why)
		}
	})
}

func TestTwoProgramsThatBeginAtOnceConvertADocumentOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		var all sync.WaitGroup
		counts := make([]int, 6)
		for i := range counts {
			all.Go(func() {
				var err error
				counts[i], err = e.Convert(t.Context(), func(id livedoc.ID, err error) { t.Errorf("document %s: %v", id, err) })
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		head, err := e.shelf.log.Head(t.Context(), e.id)
		e.must(err)
		if head.Epoch != 2 {
			t.Errorf("epoch %d", head.Epoch)
		}
		e.mustList("converted :")
	})
}

func TestWhatSomebodyWritesWhileADocumentIsConvertedIsInIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		head, err := e.shelf.log.Head(t.Context(), e.id)
		e.must(err)
		e.edit("bo", paragraph("Nog snel."))
		err = e.shelf.log.BeginAnew(t.Context(), head, livedoc.Anew{Schema: 2, State: []byte{0, 0}, Authors: []byte{1}, LastState: []byte{0, 0}, LastAuthors: []byte{1}})
		if !livedoc.IsMoved(err) {
			t.Errorf("what was written meanwhile is not noticed: %v", err)
		}
		e.convert()
		if got := e.text(); got != "Nog snel." {
			t.Errorf("reads %q", got)
		}
		if err := e.shelf.log.BeginAnew(t.Context(), head, livedoc.Anew{Schema: 2}); !livedoc.IsEpoch(err) {
			t.Errorf("an epoch that has ended ends again: %v", err)
		}
	})
}

func TestADocumentThatCannotBeConvertedKeepsNobodyFromTheOthers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		damaged, err := e.shelf.log.Create(t.Context(), "thing", "damaged", []byte{0, 0})
		e.must(err)
		e.sql("UPDATE live_updates SET checksum = 1 WHERE document = '" + string(damaged) + "'")
		empty, err := e.shelf.log.Create(t.Context(), "thing", "empty", nil)
		e.must(err)
		e.sql("UPDATE live_documents SET schema = 1")
		var failed []livedoc.ID
		n, err := e.Convert(t.Context(), func(id livedoc.ID, err error) { failed = append(failed, id) })
		if err != nil || n != 2 || !slices.Equal(failed, []livedoc.ID{damaged}) {
			t.Errorf("%d converted, %v failed, %v", n, failed, err)
		}
		text, err := e.Text(t.Context(), empty)
		if err != nil || !text.Empty() {
			t.Errorf("the empty one reads %q, %v", text.Plain(), err)
		}
		e.must(e.Change(t.Context(), ana, empty, func(doc *crdt.Doc) error { return doc.Text("body").Insert(0, "Begin.", nil) }))
	})
}

func TestADocumentThatIsTooDeepIsConvertedAndShown(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		at := e.doc.XMLFragment("default")
		before := e.doc.StateVector()
		for range 201 {
			section := crdt.NewXMLElement("section")
			e.must(at.Insert(0, section))
			at = &section.XMLFragment
		}
		update, err := e.doc.EncodeStateAsUpdate(before)
		e.must(err)
		e.store("eve", update)
		old := e.keep("Diep")
		if got := e.text(); !strings.Contains(got, "Begeleiding") {
			t.Errorf("before it reads %q", got)
		}
		e.convert()
		if got := e.text() + e.textOf(old.ID); strings.Count(got, "Begeleiding") != 2 {
			t.Errorf("reads %q", got)
		}
		e.must(e.PutBack(t.Context(), ana, e.id, "r2"))
		e.must(e.Restore(t.Context(), ana, e.id, old.ID, "k"))
		if said := e.shelf.found(); len(said) > 0 {
			t.Errorf("found %q", said)
		}
	})
}

func TestUpdatesOfAnEpochThatHasEndedGoInTime(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := writtenEarlier(t, db)
		for i := range 3 {
			e.edit("ana", paragraph(fmt.Sprint("Versie ", i)))
		}
		e.convert()
		done, err := e.CompactAged(t.Context())
		e.must(err)
		if done.Updates != 0 {
			t.Errorf("%d updates went at once", done.Updates)
		}
		age(t, db, e.id)
		if done, err = e.CompactAged(t.Context()); err != nil || done.Updates != 4 {
			t.Errorf("%d updates went, %v", done.Updates, err)
		}
		versions, _, err := e.Versions(t.Context(), e.id, 1)
		e.must(err)
		text, err := e.WhoWroteVersion(t.Context(), e.id, versions[len(versions)-1].ID)
		if got := whose(text); err != nil || !strings.Contains(got, "ana:") {
			t.Errorf("who wrote what before is %s, %v", got, err)
		}
		if said := e.shelf.found(); len(said) > 0 {
			t.Errorf("found %q", said)
		}
	})
}

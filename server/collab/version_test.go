package collab_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/server/collab"
)

var ana, bo, cas = access.Actor{ID: "ana"}, access.Actor{ID: "bo"}, access.Actor{ID: "cas"}

// past is a document with a past: ana and bo write in it, cas reads.
type past struct {
	*collab.Collab
	t  *testing.T
	db *database.DB
	id livedoc.ID
}

func withPast(t *testing.T, db *database.DB) *past {
	t.Helper()
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write, "cas": collab.Read}}
	c, _ := open(t, db, h)
	seed, err := collab.SeedText([]richtext.Block{
		{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
		{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: line(richtext.Inline{Text: "Elke deelnemer heeft een vaste coördinator."})},
			{Kind: richtext.Rationale, Blocks: line(richtext.Inline{Text: "Vertrouwen."})},
		}},
		{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "Tot slot."}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Seed(t.Context(), "thing", "past", seed)
	if err != nil {
		t.Fatal(err)
	}
	return &past{c, t, db, id}
}

func (p *past) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *past) says(who access.Actor, text string) {
	p.t.Helper()
	p.must(setWords(p.t.Context(), p.Collab, who, p.id, "r1", say(text)))
}

func (p *past) name(who access.Actor, name string) livedoc.Version {
	p.t.Helper()
	v, err := p.NameNow(p.t.Context(), who, p.id, name, name)
	p.must(err)
	return v
}

func (p *past) text() string {
	p.t.Helper()
	text, err := p.Text(p.t.Context(), p.id)
	p.must(err)
	return text.Plain()
}

func (p *past) textOf(v livedoc.VersionID) string {
	p.t.Helper()
	text, err := p.VersionText(p.t.Context(), p.id, v)
	p.must(err)
	return text.Plain()
}

// list writes the versions oldest first, as "kind name: writers".
func (p *past) list() []string {
	p.t.Helper()
	versions, n, err := p.Versions(p.t.Context(), p.id, 1)
	p.must(err)
	if n != len(versions) && n <= livedoc.VersionPage {
		p.t.Errorf("%d of %d versions on one page", len(versions), n)
	}
	var lines []string
	for _, v := range versions {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s: %s", v.Kind, v.Name, strings.Join(v.WrittenBy(), ","))))
	}
	slices.Reverse(lines)
	return lines
}

func (p *past) mustList(want ...string) {
	p.t.Helper()
	if got := p.list(); !slices.Equal(got, want) {
		p.t.Errorf("the versions are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const first = "Elke deelnemer heeft een vaste coördinator."

func TestAPersonWhoMayWriteGivesTheTextAName(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		v := p.name(ana, "Eerste opzet")
		p.says(bo, "Iets anders.")
		if again, err := p.NameNow(t.Context(), ana, p.id, "Eerste opzet", "Eerste opzet"); err != nil || again.ID != v.ID {
			t.Errorf("sent twice it makes another version: %v", err)
		}
		if got := p.textOf(v.ID); !strings.Contains(got, first) || strings.Contains(got, "Iets anders") {
			t.Errorf("the version reads %q", got)
		}
		if _, err := p.NameNow(t.Context(), cas, p.id, "Van cas", "k"); fault.KindOf(err) != fault.KindForbidden {
			t.Errorf("a reader names the text: %v", err)
		}
		if err := p.NameVersion(t.Context(), cas, p.id, v.ID, nil, "Van cas"); fault.KindOf(err) != fault.KindForbidden {
			t.Errorf("a reader names a version: %v", err)
		}
		if _, err := p.NameNow(t.Context(), access.Actor{ID: "eve"}, p.id, "Van eve", "k"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("somebody who may not know of it names the text: %v", err)
		}
		p.must(p.NameVersion(t.Context(), bo, p.id, v.ID, nil, "Opzet van maart"))
		p.mustList("named Opzet van maart:")
	})
}

func TestAVersionIsMadeWhenPeopleStopWriting(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		p.says(ana, "Een.")
		p.says(bo, "Twee.")
		now := database.Now()
		p.must(p.KeepVersions(t.Context(), now.Add(time.Minute)))
		p.mustList()
		for range 2 {
			p.must(p.KeepVersions(t.Context(), now.Add(11*time.Minute)))
		}
		p.mustList("automatic : ana,bo")
		p.says(bo, "Drie.")
		p.must(p.KeepVersions(t.Context(), now.Add(11*time.Minute)))
		p.mustList("automatic : ana,bo", "automatic : bo")
	})
}

func TestADocumentThatCannotBeReadKeepsNobodyElseFromAVersion(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		p.says(ana, "Een.")
		other, err := p.Seed(t.Context(), "thing", "a damaged one", []byte{0, 0})
		p.must(err)
		_, err = db.Pool().ExecContext(t.Context(), "UPDATE live_updates SET checksum = 1 WHERE document = '"+string(other)+"'")
		p.must(err)
		if err := p.KeepVersions(t.Context(), database.Now().Add(time.Hour)); !livedoc.IsDamaged(err) {
			t.Errorf("nobody hears of the damaged one: %v", err)
		}
		p.mustList("automatic : ana")
	})
}

func TestARestoreIsOneEditAndNothingIsLost(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		v := p.name(ana, "Eerste opzet")
		p.says(bo, "Elke deelnemer heeft een buddy.")
		if err := p.Restore(t.Context(), cas, p.id, v.ID, "k"); fault.KindOf(err) != fault.KindForbidden {
			t.Fatalf("a reader restores: %v", err)
		}
		woken, wake := bell()
		s, err := p.Join(t.Context(), collab.Entry{Person: "cas"}, p.id, collab.Read, collab.Client{Acks: true, Wake: wake})
		p.must(err)
		defer s.Leave()
		for range 2 {
			p.must(p.Restore(t.Context(), ana, p.id, v.ID, "k"))
		}
		if got := p.text(); !strings.Contains(got, first) || strings.Contains(got, "buddy") {
			t.Errorf("after the restore the text is %q", got)
		}
		p.mustList("named Eerste opzet:", "before_restore : bo", "restored : ana")
		versions, _, err := p.Versions(t.Context(), p.id, 1)
		p.must(err)
		if got := p.textOf(versions[1].ID); !strings.Contains(got, "buddy") {
			t.Errorf("what stood there before reads %q", got)
		}
		if versions[0].Source != v.ID || versions[1].Source != v.ID || versions[0].Actor != "ana" {
			t.Errorf("the restore does not say what came back: %+v", versions[0])
		}
		if err := p.Restore(t.Context(), ana, p.id, v.ID, "another window"); !fault.Is(err, fault.KindConflict, "livedoc.version.same") {
			t.Errorf("restored again from another window: %v", err)
		}
		for limit, seen := time.After(5*time.Second), false; !seen; {
			select {
			case <-woken:
				frames, _ := s.Take(nil, 1<<20)
				for _, frame := range frames {
					seen = seen || strings.Contains(string(frame), "vaste co")
				}
			case <-limit:
				t.Fatal("who has the document open does not see it")
			}
		}
		// And back again.
		p.must(p.Restore(t.Context(), bo, p.id, versions[1].ID, "back"))
		if got := p.text(); !strings.Contains(got, "buddy") {
			t.Errorf("after the way back the text is %q", got)
		}
	})
}

func TestARestoreThatWasCutOffIsFinishedByTheNextClick(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		v := p.name(ana, "Eerste opzet")
		p.says(bo, "Elke deelnemer heeft een buddy.")
		p.must(p.Restore(t.Context(), ana, p.id, v.ID, "k"))
		// As if the program ended right after the edit was stored.
		_, err := db.Pool().ExecContext(t.Context(), "DELETE FROM live_versions WHERE kind = 'restored'")
		p.must(err)
		p.says(bo, "Daarna schreef bo verder.")
		p.must(p.Restore(t.Context(), ana, p.id, v.ID, "k"))
		p.mustList("named Eerste opzet:", "before_restore : bo", "restored : ana")
		if got := p.text(); !strings.Contains(got, "Daarna schreef bo verder.") {
			t.Errorf("the second click restored again: %q", got)
		}
	})
}

// TestARestoreWhilePeopleTypeLosesNothing lets two people type word after word in a paragraph that the
// restores keep, and in one and in a requirement that they take away, and looks for every word afterwards.
func TestARestoreWhilePeopleTypeLosesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		v := p.name(ana, "Eerste opzet")
		p.must(p.Change(t.Context(), ana, p.id, func(doc *crdt.Doc) error {
			err := flow.Programme.PutBack(doc, flow.Card{Kind: "requirement", ID: "r2"}, flow.Spot{}, time.Now())
			return errors.Join(err, doc.Text("body").Insert(doc.Text("body").Len(), "Later.", nil))
		}))
		var mu sync.Mutex
		var typed []string
		var typing sync.WaitGroup
		for _, who := range []access.Actor{ana, bo} {
			typing.Go(func() {
				for i := range 25 {
					word := fmt.Sprintf("(%s %d)", who.ID, i)
					err := p.Change(t.Context(), who, p.id, func(doc *crdt.Doc) error {
						switch i % 3 {
						case 0:
							return doc.Text("statement:r2").Insert(0, word, nil)
						case 1:
							return doc.Text("body").Insert(doc.Text("body").Len(), word, nil)
						}
						return doc.Text("body").Insert(0, word, nil)
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					typed = append(typed, word)
					mu.Unlock()
				}
			})
		}
		for i := range 5 {
			if err := p.Restore(t.Context(), bo, p.id, v.ID, fmt.Sprint("k", i)); err != nil && !fault.Is(err, fault.KindConflict, "livedoc.version.same") {
				t.Fatal(err)
			}
		}
		typing.Wait()
		p.must(p.KeepVersions(t.Context(), database.Now()))
		all := []string{p.text()}
		versions, _, err := p.Versions(t.Context(), p.id, 1)
		p.must(err)
		for _, v := range versions {
			if v.Kind == livedoc.BeforeRestore {
				all = append(all, p.textOf(v.ID))
			}
		}
		lost := 0
		for _, word := range typed {
			if !slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, word) }) {
				lost++
				t.Logf("%s is nowhere", word)
			}
		}
		if lost > 0 {
			t.Errorf("%d of %d words are in no version and not in the text", lost, len(typed))
		}
	})
}

// whose writes a text as "id:words|".
func whose(text richtext.Document) string {
	var out strings.Builder
	var walk func(blocks []richtext.Block)
	walk = func(blocks []richtext.Block) {
		for _, b := range blocks {
			for _, i := range b.Inlines {
				fmt.Fprintf(&out, "%s:%s|", i.By, i.Text)
			}
			walk(b.Blocks)
		}
	}
	walk(text.Blocks)
	return out.String()
}

func TestEachPassageIsOfWhoWroteIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		p.says(ana, "Elke deelnemer heeft een eigen 😀 coördinator.")
		p.says(bo, "Elke deelnemer heeft een eigen 😀 fijne coördinator. Klaar.")
		text, err := p.WhoWrote(t.Context(), p.id)
		p.must(err)
		want := ":Begeleiding|:Elke deelnemer heeft een |ana:eigen 😀|: |bo:fijne |:coördinator|bo:. Klaar|:.|:Vertrouwen.|:Tot slot.|"
		if got := whose(text); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if plain := text.Plain(); plain != p.text() {
			t.Errorf("with the people it reads %q", plain)
		}
	})
}

func TestWhatChangedBetweenTwoVersionsIsOfWhoChangedIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		p := withPast(t, db)
		p.says(ana, "Elke deelnemer heeft een eigen coördinator.")
		one := p.name(ana, "Een")
		p.says(bo, "Elke deelnemer heeft een coördinator.")
		two := p.name(ana, "Twee")
		p.says(ana, "Elke deelnemer heeft coördinatoren.")
		from, to, err := p.Between(t.Context(), p.id, one.ID, two.ID)
		p.must(err)
		if got := whose(from); !strings.Contains(got, "|bo:eigen |") && !strings.Contains(got, "|bo: eigen|") {
			t.Errorf("who took the word away is not there: %s", got)
		}
		if got := whose(to); strings.Contains(got, "ana:") || strings.Contains(got, "bo:") {
			t.Errorf("what was there before counts as new: %s", got)
		}
		from, to, err = p.Between(t.Context(), p.id, two.ID, "")
		p.must(err)
		if got := whose(from); !strings.Contains(got, "ana:een ") && !strings.Contains(got, "ana: een") {
			t.Errorf("up to now the deletion is not ana's: %s", got)
		}
		if got := whose(to); !strings.Contains(got, "ana:coördinatoren") {
			t.Errorf("up to now the insertion is not ana's: %s", got)
		}
	})
}

package research_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/research"
	"samenwijk/domain/search"
	"samenwijk/domain/workgroup"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var ctx = context.Background()

// world is a service and a private workgroup.
type world struct {
	*research.Service
	t     *testing.T
	db    *database.DB
	group string
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		maker := access.Actor{ID: "cor", Grants: []access.Grant{{Role: access.Lecturer, Realm: access.InNetwork}}}
		g, err := workgroup.New(db, workgroup.People{}, nil).Create(ctx, maker, workgroup.Input{
			Name: "Groep", Goal: "Samen leren in de wijk.", ReviewOn: workgroup.Day(time.Now()).AddDate(0, 1, 0),
			Strands: []workgroup.Strand{workgroup.Research},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(&world{Service: research.New(db), t: t, db: db, group: string(g.ID)})
	})
}

func (w *world) member(id access.PersonID, role access.Role) access.Actor {
	return access.Actor{ID: id, Grants: []access.Grant{{Role: role, Realm: access.InWorkgroup, ID: w.group}}}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) want(err error, kind fault.Kind, code string) {
	w.t.Helper()
	if !fault.Is(err, kind, code) {
		w.t.Errorf("got %v, want %v %s", err, kind, code)
	}
}

func (w *world) draft(who access.Actor) research.Note {
	w.t.Helper()
	n, err := w.Write(ctx, who, w.group, research.Input{Title: "Vraag over begeleiding", Body: "Wie begeleidt de **deelnemers**?"})
	w.must(err)
	return n
}

func (w *world) shared(who access.Actor) research.Note {
	w.t.Helper()
	n := w.draft(who)
	n, err := w.Share(ctx, who, n.ID, n.Version, true)
	w.must(err)
	return n
}

func (w *world) finds(who access.Actor, text string) int {
	w.t.Helper()
	hits, err := search.New(w.db).Find(ctx, who, text, 10)
	w.must(err)
	return len(hits)
}

func TestTheModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, &research.Note{}, &research.Comment{})
}

func TestADraftIsThereForItsAuthorAlone(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		n := w.draft(ana)
		got, err := w.Get(ctx, ana, n.ID)
		w.must(err)
		if got.Title != n.Title || got.Body != n.Body || !got.Draft() || got.SharedAt != nil || got.Version != 1 {
			w.t.Errorf("got %+v", got)
		}
		for name, who := range map[string]access.Actor{
			"a coordinator": w.member("cor", access.Coordinator), "a lecturer": w.member("lec", access.Lecturer), "a visitor": {},
			"an inspector":               w.member("adm", access.Inspector),
			"an administrator":           {ID: "adm", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}},
			"the network's coordinator":  {ID: "net", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InNetwork}}},
			"a member of another group":  {ID: "out", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "elsewhere"}}},
			"somebody without any group": {ID: "who"},
		} {
			_, get := w.Get(ctx, who, n.ID)
			_, edit := w.Edit(ctx, who, n.ID, 1, research.Input{Title: "X"})
			_, share := w.Share(ctx, who, n.ID, 1, true)
			_, back := w.TakeBack(ctx, who, n.ID)
			_, del := w.Delete(ctx, who, n.ID)
			_, comments := w.Comments(ctx, who, n.ID)
			_, comment := w.Comment(ctx, who, n.ID, "Ha", "")
			for act, err := range map[string]error{
				"get": get, "edit": edit, "share": share, "take back": back, "delete": del, "comments": comments, "comment": comment,
				"withdraw": w.WithdrawComment(ctx, who, n.ID, "x"),
			} {
				if fault.KindOf(err) != fault.KindNotFound {
					w.t.Errorf("%s: %s = %v, want not found", name, act, err)
				}
			}
			if notes, total, err := w.List(ctx, who, research.Filter{}); err != nil || len(notes) != 0 || total != 0 {
				w.t.Errorf("%s lists %v, %d, %v", name, notes, total, err)
			}
			if w.finds(who, "begeleiding") != 0 {
				w.t.Errorf("%s finds it", name)
			}
		}
		if w.finds(ana, "deelnemers begeleiding") != 1 {
			w.t.Error("the author does not find it")
		}
	})
}

func TestASharedNoteIsForTheMembersAndNobodyElse(t *testing.T) {
	each(t, func(w *world) {
		n := w.shared(w.member("ana", access.Student))
		for _, role := range append(slices.Clone(access.WorkgroupRoles), access.Inspector) {
			who := w.member("bo", role)
			if _, err := w.Get(ctx, who, n.ID); err != nil {
				w.t.Errorf("%s may not read: %v", role, err)
			}
			if notes, total, err := w.List(ctx, who, research.Filter{Workgroup: w.group}); err != nil || len(notes) != 1 || total != 1 || notes[0].Body != "" {
				w.t.Errorf("%s lists %v, %d, %v", role, notes, total, err)
			}
			_, err := w.Edit(ctx, who, n.ID, n.Version, research.Input{Title: "Van mij", Body: "x"})
			w.want(err, fault.KindForbidden, "")
			if w.finds(who, "begeleiding") != 1 {
				w.t.Errorf("%s does not find it", role)
			}
		}
		out := access.Actor{ID: "out", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "elsewhere"}}}
		for _, who := range []access.Actor{{}, out, {ID: "ana"}} { // the last: an author who left
			_, err := w.Get(ctx, who, n.ID)
			w.want(err, fault.KindNotFound, "")
			_, err = w.Comments(ctx, who, n.ID)
			w.want(err, fault.KindNotFound, "")
			if w.finds(who, "begeleiding") != 0 {
				w.t.Errorf("%q finds it", who.ID)
			}
		}
	})
}

func TestWhoLeftTheGroupKeepsTheDraftButCannotShareIt(t *testing.T) {
	each(t, func(w *world) {
		n := w.draft(w.member("ana", access.Student))
		left := access.Actor{ID: "ana"}
		_, err := w.Get(ctx, left, n.ID)
		w.must(err)
		_, err = w.Share(ctx, left, n.ID, 1, true)
		w.want(err, fault.KindForbidden, "")
		_, err = w.Write(ctx, left, w.group, research.Input{Title: "Nog een"})
		w.want(err, fault.KindNotFound, "")
		_, err = w.Delete(ctx, left, n.ID)
		w.must(err)
		_, err = w.Get(ctx, left, n.ID)
		w.want(err, fault.KindNotFound, "")
		if w.finds(left, "begeleiding") != 0 {
			w.t.Error("a removed draft is still found")
		}
	})
}

func TestTheSecondOfTwoWindowsOverwritesNothing(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		n := w.draft(ana)
		first, err := w.Edit(ctx, ana, n.ID, 1, research.Input{Title: n.Title, Body: "Eerste venster"})
		w.must(err)
		_, err = w.Edit(ctx, ana, n.ID, 1, research.Input{Title: n.Title, Body: "Tweede venster"})
		w.want(err, fault.KindConflict, "web.overtaken")
		_, err = w.Edit(ctx, ana, n.ID, 1, research.Input{Title: n.Title, Body: "Eerste venster"})
		w.must(err) // a second click on the same button
		got, err := w.Get(ctx, ana, n.ID)
		if err != nil || got.Body != "Eerste venster" || got.Version != first.Version {
			w.t.Errorf("got %+v, %v", got, err)
		}
		_, err = w.Share(ctx, ana, n.ID, 1, true)
		w.want(err, fault.KindConflict, "note.changed_before_sharing")
	})
}

func TestSharingNeedsWordsAndAnExplicitYes(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		for _, body := range []string{"  \n", "\u200b"} {
			empty, err := w.Write(ctx, ana, w.group, research.Input{Title: "Leeg", Body: body})
			w.must(err)
			_, err = w.Share(ctx, ana, empty.ID, 1, true)
			w.want(err, fault.KindConflict, "note.empty")
		}
		n := w.draft(ana)
		_, err := w.Share(ctx, ana, n.ID, 1, false)
		w.want(err, fault.KindInvalid, "note.checked.missing")
		n, err = w.Share(ctx, ana, n.ID, 1, true)
		w.must(err)
		if n.Draft() || n.SharedAt == nil {
			w.t.Errorf("shared into %+v", n)
		}
		if _, err = w.Share(ctx, ana, n.ID, 1, true); err != nil {
			w.t.Errorf("a second click: %v", err)
		}
		for _, body := range []string{" ", "\u200b"} {
			_, err = w.Edit(ctx, ana, n.ID, n.Version, research.Input{Title: "Leeg", Body: body})
			w.want(err, fault.KindInvalid, "note.body.missing")
		}
	})
}

func TestANoteIsTakenBackUntilSomebodyElseCommented(t *testing.T) {
	each(t, func(w *world) {
		ana, bo := w.member("ana", access.Student), w.member("bo", access.Resident)
		n := w.shared(ana)
		_, err := w.Comment(ctx, ana, n.ID, "Wat vindt u?", "")
		w.must(err)
		_, err = w.TakeBack(ctx, ana, n.ID)
		w.must(err)
		_, err = w.Get(ctx, bo, n.ID)
		w.want(err, fault.KindNotFound, "")
		_, err = w.Comment(ctx, ana, n.ID, "Alleen", "")
		w.want(err, fault.KindConflict, "note.draft")

		got, err := w.Get(ctx, ana, n.ID)
		w.must(err)
		_, err = w.Share(ctx, ana, n.ID, got.Version, true)
		w.must(err)
		c, err := w.Comment(ctx, bo, n.ID, "Goed stuk.", "")
		w.must(err)
		_, err = w.TakeBack(ctx, ana, n.ID)
		w.want(err, fault.KindConflict, "note.commented")
		_, err = w.Delete(ctx, ana, n.ID)
		w.want(err, fault.KindConflict, "note.shared")
		_, err = w.TakeBack(ctx, bo, n.ID)
		w.want(err, fault.KindForbidden, "")
		w.must(w.WithdrawComment(ctx, bo, n.ID, c.ID))
		_, err = w.TakeBack(ctx, ana, n.ID)
		w.must(err)
		_, err = w.Delete(ctx, ana, n.ID)
		w.must(err)
	})
}

func TestACommentIsWithdrawnByItsAuthorOrACoordinator(t *testing.T) {
	each(t, func(w *world) {
		ana, bo, lec, cor := w.member("ana", access.Student), w.member("bo", access.AreaPartner), w.member("lec", access.Lecturer), w.member("cor", access.Coordinator)
		n := w.shared(ana)
		one, err := w.Comment(ctx, bo, n.ID, " Eerste ", "")
		w.must(err)
		two, err := w.Comment(ctx, lec, n.ID, "Tweede", "")
		w.must(err)
		w.want(w.WithdrawComment(ctx, ana, n.ID, one.ID), fault.KindForbidden, "") // the author of the note does not silence others
		w.want(w.WithdrawComment(ctx, lec, n.ID, one.ID), fault.KindForbidden, "")
		w.must(w.WithdrawComment(ctx, bo, n.ID, one.ID))
		w.must(w.WithdrawComment(ctx, cor, n.ID, two.ID))
		w.must(w.WithdrawComment(ctx, cor, n.ID, one.ID))
		comments, err := w.Comments(ctx, ana, n.ID)
		w.must(err)
		if len(comments) != 2 || comments[0].Text != "" || comments[0].WithdrawnBy != "bo" || comments[1].Text != "" || comments[1].WithdrawnBy != "cor" {
			w.t.Errorf("comments = %+v", comments)
		}
		other := w.shared(ana)
		w.want(w.WithdrawComment(ctx, cor, other.ID, one.ID), fault.KindNotFound, "")
		_, err = w.Comment(ctx, w.member("adm", access.Inspector), n.ID, "Ik kijk mee", "")
		w.want(err, fault.KindForbidden, "")
	})
}

func TestTheSameFormSentTwiceMakesOneNoteAndOneComment(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		note := w.shared(ana)
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				if _, err := w.Write(ctx, ana, w.group, research.Input{Title: "Nieuw", Body: "x", Key: "k"}); err != nil {
					w.t.Errorf("Write: %v", err)
				}
				if _, err := w.Comment(ctx, ana, note.ID, "Ja", "k"); err != nil {
					w.t.Errorf("Comment: %v", err)
				}
			})
		}
		wait.Wait()
		if _, total, err := w.List(ctx, ana, research.Filter{Whose: research.Drafts}); err != nil || total != 1 {
			w.t.Errorf("%d drafts, %v", total, err)
		}
		if comments, err := w.Comments(ctx, ana, note.ID); err != nil || len(comments) != 1 {
			w.t.Errorf("comments %v, %v", comments, err)
		}
	})
}

func TestTheListCanBeNarrowed(t *testing.T) {
	each(t, func(w *world) {
		ana, bo := w.member("ana", access.Student), w.member("bo", access.Student)
		draft, mine, others := w.draft(ana), w.shared(ana), w.shared(bo)
		_, err := w.Comment(ctx, bo, mine.ID, "Hoi", "")
		w.must(err)
		for name, tc := range map[string]struct {
			filter research.Filter
			want   []research.NoteID
		}{
			"everything":    {research.Filter{}, []research.NoteID{others.ID, mine.ID, draft.ID}},
			"mine":          {research.Filter{Whose: research.Mine}, []research.NoteID{mine.ID, draft.ID}},
			"drafts":        {research.Filter{Whose: research.Drafts}, []research.NoteID{draft.ID}},
			"shared":        {research.Filter{Whose: research.Shared}, []research.NoteID{others.ID, mine.ID}},
			"of a group":    {research.Filter{Workgroup: w.group, Whose: research.Shared}, []research.NoteID{others.ID, mine.ID}},
			"of no group":   {research.Filter{Workgroup: "elsewhere"}, nil},
			"a later page":  {research.Filter{Page: 9}, nil},
			"no such words": {research.Filter{Whose: "'; --"}, []research.NoteID{others.ID, mine.ID, draft.ID}},
		} {
			w.t.Run(name, func(t *testing.T) {
				notes, _, err := w.List(ctx, ana, tc.filter)
				if err != nil {
					t.Fatal(err)
				}
				var got []research.NoteID
				for _, n := range notes {
					got = append(got, n.ID)
					if want := map[bool]int{true: 1}[n.ID == mine.ID]; n.Comments != want {
						t.Errorf("%d comments, want %d", n.Comments, want)
					}
				}
				slices.Sort(got)
				slices.Sort(tc.want)
				if !slices.Equal(got, tc.want) {
					t.Errorf("got %v, want %v", got, tc.want)
				}
			})
		}
	})
}

func TestBadInputIsNamedAtItsField(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		for name, tc := range map[string]struct {
			in   research.Input
			want []string
		}{
			"nothing seen": {research.Input{Title: "\u200b"}, []string{"title"}},
			"empty":        {research.Input{}, []string{"title"}},
			"huge":         {research.Input{Title: strings.Repeat("é", research.MaxTitle+1), Body: strings.Repeat("x", research.MaxBody+1)}, []string{"title", "body"}},
			"unreadable":   {research.Input{Title: "a\xff", Body: "b\x00"}, []string{"title", "body"}},
			"only a title": {research.Input{Title: "Begin"}, nil},
		} {
			w.t.Run(name, func(t *testing.T) {
				_, err := w.Write(ctx, ana, w.group, tc.in)
				var f *fault.Fault
				var got []string
				if errors.As(err, &f) {
					for _, one := range f.All() {
						got = append(got, one.Field)
					}
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("mistakes at %v (%v), want %v", got, err, tc.want)
				}
			})
		}
		n := w.shared(ana)
		for _, words := range []string{"", " \n", "\u200b", strings.Repeat("x", research.MaxComment+1), "\xff"} {
			_, err := w.Comment(ctx, ana, n.ID, words, "")
			w.want(err, fault.KindInvalid, "")
		}
		_, err := w.Write(ctx, access.Actor{ID: "net", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InNetwork}}}, "no such group", research.Input{Title: "Wees"})
		w.want(err, fault.KindConflict, "")
	})
}

func TestTheWordsAreFoundWithoutTheMarksAroundThem(t *testing.T) {
	each(t, func(w *world) {
		ana := w.member("ana", access.Student)
		_, err := w.Write(ctx, ana, w.group, research.Input{Title: "Opmaak",
			Body: "# Kopje\n\n*Schuin* en [koppeling](https://verborgen.example)\n\n- punt\n\n```\ncodetekst\n```\n\n<b>vet</b>"})
		w.must(err)
		for word, want := range map[string]int{"kopje": 1, "schuin": 1, "koppeling": 1, "punt": 1, "codetekst": 1, "vet": 1, "verborgen": 0} {
			if got := w.finds(ana, word); got != want {
				w.t.Errorf("%q: %d, want %d", word, got, want)
			}
		}
	})
}

package search_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/search"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func put(t *testing.T, db *database.DB, entries ...search.Entry) {
	t.Helper()
	in(t, db, func(tx *database.Tx) error {
		for _, e := range entries {
			if err := search.Put(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func in(t *testing.T, db *database.DB, f func(tx *database.Tx) error) {
	t.Helper()
	if err := db.InTx(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// found returns the ids of what who finds, in order.
func found(t *testing.T, db *database.DB, who access.Actor, text string) []string {
	t.Helper()
	hits, err := search.New(db).Find(context.Background(), who, text, 20)
	if err != nil {
		t.Fatalf("Find(%q): %v", text, err)
	}
	ids := []string{}
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func member(id access.PersonID, workgroup string) access.Actor {
	return access.Actor{ID: id, Grants: []access.Grant{{Role: access.Student, Realm: access.InWorkgroup, ID: workgroup}}}
}

func TestSomebodyFindsOnlyWhatTheyMayKnowExists(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db,
			search.Entry{Kind: "note", ID: "public", Workgroup: "w1", Audience: access.Public, Owner: "ana", Title: "Fiets"},
			search.Entry{Kind: "note", ID: "members", Workgroup: "w1", Audience: access.Members, Owner: "ana", Title: "Fiets"},
			search.Entry{Kind: "note", ID: "private", Workgroup: "w1", Audience: access.Private, Owner: "ana", Title: "Fiets"},
			search.Entry{Kind: "note", ID: "nobody", Audience: access.Members, Title: "Fiets"},
			search.Entry{Kind: "note", ID: "unowned", Audience: access.Private, Title: "Fiets"},
		)
		network := func(role access.Role) access.Actor {
			return access.Actor{ID: "cor", Grants: []access.Grant{{Role: role, Realm: access.InNetwork}}}
		}
		for name, tc := range map[string]struct {
			who  access.Actor
			want []string
		}{
			"a visitor":                             {access.Actor{}, []string{"public"}},
			"a member of another group":             {member("bo", "w2"), []string{"public"}},
			"a member":                              {member("bo", "w1"), []string{"members", "public"}},
			"the owner as a member":                 {member("ana", "w1"), []string{"members", "private", "public"}},
			"the owner who left the group":          {access.Actor{ID: "ana"}, []string{"private", "public"}},
			"an administrator":                      {network(access.Admin), []string{"public"}},
			"the coordinator of the network":        {network(access.Coordinator), []string{"members", "public"}},
			"an inspector during the hour he looks": {access.Actor{ID: "x", Grants: []access.Grant{{Role: access.Inspector, Realm: access.InWorkgroup, ID: "w1"}}}, []string{"members", "public"}},
		} {
			t.Run(name, func(t *testing.T) {
				got := found(t, db, tc.who, "fiets")
				slices.Sort(got)
				if !slices.Equal(got, tc.want) {
					t.Errorf("found %v, want %v", got, tc.want)
				}
			})
		}
	})
}

func TestAGroupThatTurnsPrivateTakesItsEntriesAlong(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db,
			search.Entry{Kind: "document", ID: "mine", Workgroup: "w1", Audience: access.Public, Title: "Fiets"},
			search.Entry{Kind: "note", ID: "draft", Workgroup: "w1", Audience: access.Private, Owner: "ana", Title: "Fiets"},
			search.Entry{Kind: "document", ID: "other", Workgroup: "w2", Audience: access.Public, Title: "Fiets"},
		)
		in(t, db, func(tx *database.Tx) error { return search.Narrow(tx, "w1") })
		if got := found(t, db, access.Actor{}, "fiets"); !slices.Equal(got, []string{"other"}) {
			t.Errorf("a visitor still finds %v", got)
		}
		got := found(t, db, member("bo", "w1"), "fiets")
		slices.Sort(got)
		if !slices.Equal(got, []string{"mine", "other"}) {
			t.Errorf("a member finds %v", got)
		}
	})
}

func TestPuttingAgainReplacesAndRemovingForgets(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		e := search.Entry{Kind: "note", ID: "n1", Audience: access.Public, Title: "Appels", Body: "peren"}
		put(t, db, e)
		e.Title, e.Body = "Kersen", "pruimen"
		put(t, db, e)
		for text, want := range map[string]int{"appels": 0, "peren": 0, "kersen": 1, "pruimen": 1} {
			if got := found(t, db, access.Actor{}, text); len(got) != want {
				t.Errorf("%q found %v after the change", text, got)
			}
		}
		in(t, db, func(tx *database.Tx) error { return search.Remove(tx, "note", "n1") })
		in(t, db, func(tx *database.Tx) error { return search.Remove(tx, "note", "n1") })
		if got := found(t, db, access.Actor{}, "kersen"); len(got) != 0 {
			t.Errorf("found %v after it was removed", got)
		}
	})
}

func TestWordsMatchByTheirBeginningTheirFormsAndWithoutAccents(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "n", Audience: access.Public, Title: "Sociale coöperatie in de wijk",
			Body: "Op school leest een bewoner een brief over PVE-12. De bijeenkomst gaat over het huis; zie www.voorbeeld.test/fiets."})
		for text, want := range map[string]bool{
			"cooperatie": true, "COÖPERATIE": true, "coöp": true, "bewoners": true, "bewoner": true, "scholen": true, "brieven": true,
			"huizen": true, "bijeenkomsten": true, "pve-12": true, "PVE 12": true, "de wijk": true, "sociale brief": true, "fiets": true,
			"onderneming": false, "sociale onderneming": false, "": false, "  ": false, "!!!": false,
		} {
			if got := len(found(t, db, access.Actor{}, text)) == 1; got != want {
				t.Errorf("%q found = %v, want %v", text, got, want)
			}
		}
	})
}

func TestAWordInTheTitleCountsForMoreThanOneInTheText(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		filler := strings.Repeat("zomaar wat woorden ", 20)
		put(t, db,
			search.Entry{Kind: "note", ID: "text", Audience: access.Public, Title: "Iets anders", Body: filler + "werkgevers"},
			search.Entry{Kind: "note", ID: "title", Audience: access.Public, Title: "Werkgevers", Body: filler})
		if got := found(t, db, access.Actor{}, "werkgevers"); !slices.Equal(got, []string{"title", "text"}) {
			t.Errorf("found %v", got)
		}
	})
}

func TestHostileQuestionsAreWordsLikeAnyOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "secret", Workgroup: "w1", Audience: access.Members, Title: "Geheim", Body: "alpha beta"})
		for _, text := range []string{
			`"`, `'`, `""""`, `alpha" OR "beta`, `title:alpha`, `NEAR(alpha beta)`, `alpha*`, `^alpha`, `-alpha`, `alpha AND NOT beta`,
			`'); DROP TABLE search_entries; --`, `alpha:*`, `!alpha | beta`, `alpha & (beta`, `<->`, `\`, `alpha\`, "alpha\x00beta", "\xff\xfe",
			`%`, `_`, `{alpha}`, strings.Repeat("alpha ", 5000), strings.Repeat("a", 100_000), strings.Repeat("(", 10_000), `$1 ? :name @name`, "é\u0301\u0301",
		} {
			if got := found(t, db, access.Actor{}, text); len(got) != 0 {
				t.Errorf("%.30q let an outsider find %v", text, got)
			}
		}
		if got := found(t, db, member("bo", "w1"), `alpha" OR "beta`); len(got) != 0 {
			t.Errorf("the word OR was taken for an operator: %v", got)
		}
		if got := found(t, db, member("bo", "w1"), "geheim"); len(got) != 1 {
			t.Error("the index did not survive")
		}
	})
}

func TestHugeAndBrokenTextsCanBePut(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db,
			search.Entry{Kind: "note", ID: "huge", Audience: access.Public, Title: strings.Repeat("é", 3000), Body: strings.Repeat("漢字 woord ", 200_000)},
			search.Entry{Kind: "note", ID: "broken", Audience: access.Public, Title: "kapot\xff\x00", Body: "\x00\xc3 scherf"},
			search.Entry{Kind: "note", ID: "long", Audience: access.Public, Title: "Lang", Body: strings.Repeat("x", 150_000)})
		if got := found(t, db, access.Actor{}, "scherf"); !slices.Equal(got, []string{"broken"}) {
			t.Errorf("found %v", got)
		}
		if got := found(t, db, access.Actor{}, "woord"); !slices.Equal(got, []string{"huge"}) {
			t.Errorf("found %v", got)
		}
	})
}

func TestAHitShowsWhatWasLookedForInItsPlace(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "n", Workgroup: "w1", Audience: access.Public,
			Title: "<b>Coöperaties</b>", Body: strings.Repeat("voor ", 100) + "de sociale\ncoöperatie <script>" + strings.Repeat(" na", 100)})
		hits, err := search.New(db).Find(context.Background(), access.Actor{}, "cooperatie", 5)
		if err != nil || len(hits) != 1 {
			t.Fatalf("found %v, %v", hits, err)
		}
		h := hits[0]
		if h.Kind != "note" || h.ID != "n" || h.Workgroup != "w1" {
			t.Errorf("hit = %+v", h)
		}
		want := []search.Piece{{Text: "<b>"}, {Text: "Coöperaties", Found: true}, {Text: "</b>"}}
		if !slices.Equal(h.Title, want) {
			t.Errorf("title = %v, want %v", h.Title, want)
		}
		text := ""
		for _, p := range h.Excerpt {
			if p.Found && p.Text != "coöperatie" {
				t.Errorf("marked %q", p.Text)
			}
			text += p.Text
		}
		if !strings.Contains(text, "de sociale coöperatie <script> na") || !strings.HasPrefix(text, "… ") || !strings.HasSuffix(text, " …") || len(text) > 300 {
			t.Errorf("excerpt = %q", text)
		}
	})
}

func TestAtMostAsManyAreFoundAsWereAskedFor(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		for _, id := range []string{"a", "b", "c"} {
			put(t, db, search.Entry{Kind: "note", ID: id, Audience: access.Public, Title: "Fiets"})
		}
		hits, err := search.New(db).Find(context.Background(), access.Actor{}, "fiets", 2)
		if err != nil || len(hits) != 2 {
			t.Errorf("found %d, %v", len(hits), err)
		}
	})
}

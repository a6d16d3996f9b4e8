package search_test

import (
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/search"
)

func TestCheckFindsWordsThatAreNotThoseOfTheirEntry(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db,
			search.Entry{Kind: "note", ID: "n1", Audience: access.Public, Title: "Fiets", Body: "Over <b>fietsen</b> & lopen, 3.5 km"},
			search.Entry{Kind: "note", ID: "n2", Audience: access.Public, Title: "Ruimte", Body: "Coöperatie"})
		check := func() (said []string) {
			t.Helper()
			n, err := search.New(db).Check(t.Context(), func(s string) { said = append(said, s) })
			if err != nil || n != 2 {
				t.Fatalf("%d entries, %v", n, err)
			}
			return said
		}
		if said := check(); len(said) > 0 {
			t.Errorf("found %q", said)
		}
		damage := "UPDATE search_entries SET title = 'Auto' WHERE id = 'n2'"
		if _, err := db.Pool().ExecContext(t.Context(), damage); err != nil {
			t.Fatal(err)
		}
		if said := check(); len(said) != 1 || !strings.Contains(said[0], "words") {
			t.Errorf("found %q", said)
		}
	})
}

func TestCheckFindsAnIndexOfSQLiteThatSaysSomethingElse(t *testing.T) {
	db := databasetest.SQLite(t)
	put(t, db, search.Entry{Kind: "note", ID: "n1", Audience: access.Public, Title: "Fiets"})
	titleWords, words := " auto ", " auto \n  "
	_, err := db.Pool().ExecContext(t.Context(), `DROP TRIGGER search_entries_changed;
		UPDATE search_entries SET title = 'Auto', title_words = ?, words = ?`, titleWords, words)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	if _, err := search.New(db).Check(t.Context(), func(s string) { said = append(said, s) }); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || !strings.Contains(said[0], "rebuild") {
		t.Errorf("found %q", said)
	}
}

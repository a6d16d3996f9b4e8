package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
)

// TestWhatIsDeletedIsNoLongerInTheFilesOfSQLite writes words in notes among others, deletes them, and
// looks for them in every byte of the database and its log.
func TestWhatIsDeletedIsNoLongerInTheFilesOfSQLite(t *testing.T) {
	file := databasetest.SQLiteFile(t)
	w := start(t, file, options{demonstration: true})
	author, group := w.as(demoStudent), w.groupPath(demoLearning)
	const kept, deleted = "blijvendwoordzeventig", "verdwijnwoordtachtig"
	var gone []string
	for i := range 40 {
		word := kept
		if i%3 == 0 {
			word = deleted
		}
		body := strings.Repeat(fmt.Sprintf("zin %d met %s%d erin. ", i, word, i), 1+i*7)
		if path := newNote(author, group, fmt.Sprintf("%s%d", word, i), body); word == deleted {
			gone = append(gone, path)
		}
	}
	for _, path := range gone {
		author.Get(path + "/verwijderen").Form("/verwijderen").Submit().MustStatus(http.StatusOK)
	}
	if !holds(t, file, deleted) {
		t.Fatal("the words were never in the file or its log: the test looks in the wrong place")
	}
	w.eventually("nothing is in the way of emptying the log", func() bool {
		if err := w.db.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file + "-wal")
		return err == nil && info.Size() == 0
	})
	if !holds(t, file, kept) {
		t.Fatal("the words that stay are not found: the test looks in the wrong place")
	}
	if holds(t, file, deleted) {
		t.Error("words that were deleted are still in the file")
	}
	if _, err := w.db.Check(t.Context(), func(trouble string) { t.Error(trouble) }); err != nil {
		t.Error(err)
	}
}

// TestAFileOfAnEarlierProgramLosesWhatWasDeletedFromIt opens a file in which words were deleted without
// anything being written over them.
func TestAFileOfAnEarlierProgramLosesWhatWasDeletedFromIt(t *testing.T) {
	file := databasetest.SQLiteFile(t)
	db, err := database.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	const deleted = "verdwijnwoordnegentig"
	for _, statement := range []string{
		"PRAGMA auto_vacuum = 0", "VACUUM", "PRAGMA secure_delete = 0",
		"INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 0)",
		"INSERT INTO search_entries (kind, id, workgroup_id, audience, owner_id, title, body, words) VALUES ('note', 'x', '', 'public', '', '" + deleted + "', '" + deleted + "', '" + deleted + "')",
		"DELETE FROM search_entries WHERE id = 'x'",
		"DELETE FROM goose_db_version WHERE version_id = 17",
		"PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := db.Pool().ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if !holds(t, file, deleted) {
		t.Fatal("the words are not in the file: the test looks in the wrong place")
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if holds(t, file, deleted) {
		t.Error("words that were deleted before are still in the file")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, file, word string) bool {
	t.Helper()
	for _, name := range []string{file, file + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(word)) {
			return true
		}
	}
	return false
}

// Package migrations holds the history of the tables, as goose SQL files that are never edited
// after they landed. A file in shared/ serves both dialects; where they must differ, sqlite/ and
// postgres/ hold a file of the same number each.
//
// Shared files are written in Postgres' words. The two words SQLite's driver does not read as
// meant are replaced when the file is opened for SQLite: TIMESTAMPTZ becomes DATETIME (so that
// the driver returns times) and BYTEA becomes BLOB.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
)

//go:embed shared/*.sql all:sqlite all:postgres
var files embed.FS

var sqliteWords = strings.NewReplacer("TIMESTAMPTZ", "DATETIME", "BYTEA", "BLOB")

// For returns the migrations of one dialect, "sqlite" or "postgres", as one flat directory.
// The same number in shared/ and in a dialect's folder is an error of ours.
func For(dialect string) (fs.FS, error) {
	all := fstest.MapFS{}
	numbers := map[string]string{}
	for _, dir := range []string{"shared", dialect} {
		entries, err := files.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("migrations for %s: %w", dialect, err)
		}
		for _, e := range entries {
			if path.Ext(e.Name()) != ".sql" {
				continue
			}
			number, _, _ := strings.Cut(e.Name(), "_")
			if first, taken := numbers[number]; taken {
				return nil, fmt.Errorf("migrations %s and %s/%s have the same number", first, dir, e.Name())
			}
			numbers[number] = dir + "/" + e.Name()
			text, err := files.ReadFile(path.Join(dir, e.Name()))
			if err != nil {
				return nil, fmt.Errorf("migration %s: %w", e.Name(), err)
			}
			if dialect == "sqlite" && dir == "shared" {
				text = []byte(sqliteWords.Replace(string(text)))
			}
			all[e.Name()] = &fstest.MapFile{Data: text, Mode: 0o444}
		}
	}
	return all, nil
}

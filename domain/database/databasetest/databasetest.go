// Package databasetest gives each test a real, migrated database of its own, on SQLite and on
// Postgres. A package that uses it runs its tests through Main, which ends the Postgres server
// that the first test started.
package databasetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"samenwijk/domain/database"
)

// Main runs the tests of a package and ends what they started: func TestMain(m) { Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	if err := stopServer(); err != nil {
		fmt.Fprintln(os.Stderr, "stop Postgres:", err)
		code = 1
	}
	if template.dir != "" {
		_ = os.RemoveAll(template.dir)
	}
	os.Exit(code)
}

// Each runs test twice, as subtests "sqlite" and "postgres", each on an empty migrated database.
func Each(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite returns an empty migrated SQLite database, closed at the end of the test.
func SQLite(t testing.TB) *database.DB {
	t.Helper()
	return open(t, SQLiteFile(t))
}

// SQLiteFile returns the path of an empty migrated SQLite database.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	bytes, err := migratedSQLite()
	if err != nil {
		t.Fatalf("migrate SQLite: %v", err)
	}
	path := filepath.Join(t.TempDir(), "samenwijk.db")
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatalf("copy the migrated database: %v", err)
	}
	return path
}

// Postgres returns an empty migrated Postgres database, closed and dropped at the end of the test.
func Postgres(t testing.TB) *database.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// Empty returns an open database of each dialect without any table.
func Empty(t testing.TB, dialect database.Dialect) *database.DB {
	t.Helper()
	if dialect == database.SQLite {
		return open(t, filepath.Join(t.TempDir(), "empty.db"))
	}
	return open(t, createDatabase(t, "template0"))
}

// PostgresURL returns the address of an empty migrated Postgres database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	name, err := migratedPostgres()
	if err != nil {
		t.Fatalf("prepare Postgres: %v", err)
	}
	return createDatabase(t, name)
}

func open(t testing.TB, where string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), where)
	if err != nil {
		t.Fatalf("open %s: %v", where, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

var template struct {
	dir string
}

// migratedSQLite migrates once in a process and returns the file, to be copied by each test.
var migratedSQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "samenwijk-sqlite-")
	if err != nil {
		return nil, err
	}
	template.dir = dir
	path := filepath.Join(dir, "template.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrate brings the database at where up to date and closes it, which for SQLite moves the
// write-ahead log into the file.
func migrate(where string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, where)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

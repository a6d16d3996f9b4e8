package database_test

import (
	"strings"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
)

func TestCheckFindsRowsThatReferToNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		check := func() (said []string) {
			t.Helper()
			n, err := db.Check(t.Context(), func(s string) { said = append(said, s) })
			if err != nil || n < 20 {
				t.Fatalf("%d tables, %v", n, err)
			}
			return said
		}
		if said := check(); len(said) > 0 {
			t.Errorf("found in an empty database: %q", said)
		}
		conn, err := db.Pool().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		off, on := "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
		if db.Dialect() == database.SQLite {
			off, on = "PRAGMA foreign_keys = 0", "PRAGMA foreign_keys = 1"
		}
		for _, statement := range []string{
			off,
			"INSERT INTO live_updates (document, epoch, seq, session, mark, actor, payload, checksum, at) VALUES ('nowhere', 1, 1, 's', 1, '', 'x', 0, '2026-01-01 00:00:00+00:00')",
			on,
		} {
			if _, err := conn.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if said := check(); len(said) != 1 || !strings.Contains(said[0], "live_updates that refer to a row of live_documents") {
			t.Errorf("found %q", said)
		}
	})
}

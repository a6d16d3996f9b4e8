package trouble_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
)

// A migration that is killed half-way is finished by the next one, and what comes out is what comes
// out when nobody disturbs it: the same tables, the same number of rows in each, and the same texts.
func TestAMigrationThatIsKilledIsFinishedByTheNextOne(t *testing.T) {
	rounds := max(*cyclesFlag/5, 2)
	t.Run("sqlite from nothing", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		disturb(t, rounds, func(name string) string { return filepath.Join(dir, name+".db") })
	})
	t.Run("sqlite from an earlier version", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		kept, err := filepath.Glob(filepath.Join("..", "testdata", "*.db.gz"))
		if err != nil || len(kept) == 0 {
			t.Fatalf("no database of an earlier version: %v", err)
		}
		disturb(t, rounds, func(name string) string {
			path := filepath.Join(dir, name+".db")
			unpack(t, kept[0], path)
			return path
		})
	})
	t.Run("postgres from nothing", func(t *testing.T) {
		t.Parallel()
		server := cluster(t, memory(t))
		disturb(t, rounds, func(name string) string {
			name = strings.ReplaceAll(name, " ", "_")
			server.exec(t, "postgres", "CREATE DATABASE "+name)
			return server.URL(name)
		})
	})
	for dialect, where := range map[string]func(t *testing.T) func(name string) string{
		"sqlite": func(t *testing.T) func(string) string {
			dir := t.TempDir()
			return func(name string) string { return filepath.Join(dir, name+".db") }
		},
		"postgres": func(t *testing.T) func(string) string {
			server := cluster(t, memory(t))
			return func(name string) string {
				name = strings.ReplaceAll(name, " ", "_")
				server.exec(t, "postgres", "CREATE DATABASE "+name)
				return server.URL(name)
			}
		},
	} {
		t.Run(dialect+" with texts of the first model", func(t *testing.T) {
			t.Parallel()
			place := where(t)
			disturb(t, rounds, func(name string) string {
				database := place(name)
				writeEarlierTexts(t, database)
				return database
			})
		})
	}
}

// writeEarlierTexts brings the tables up to date and writes texts of the first model in them.
func writeEarlierTexts(t *testing.T, where string) {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), database: where, listen: "127.0.0.1:1", base: "http://localhost:1"}
	if out, err := h.run("migrate"); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	db, err := database.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for n := range 40 {
		doc := crdt.NewDoc()
		page := doc.XMLFragment("default")
		for i := range 10 + n {
			section := crdt.NewXMLElement("section", crdt.NewXMLElement("paragraph", crdt.NewXMLText(fmt.Sprintf("[%d.%d]", n, i))))
			if err := page.Append(section); err != nil {
				t.Fatal(err)
			}
		}
		seed, err := doc.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := livedoc.New(db).Create(t.Context(), "thing", fmt.Sprint("earlier ", n), seed); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Pool().ExecContext(t.Context(), "UPDATE live_documents SET schema = 1"); err != nil {
		t.Fatal(err)
	}
}

func disturb(t *testing.T, rounds int, fresh func(name string) string) {
	dice := dice(t)
	began := time.Now()
	want := migrated(t, fresh("undisturbed"), nil, 0)
	took := time.Since(began)
	kills := 0
	for round := range rounds {
		got := migrated(t, fresh(fmt.Sprint("round ", round)), func() *time.Duration {
			d := time.Duration(dice.Int64N(int64(took)))
			kills++
			return &d
		}, 1+dice.IntN(4))
		if got != want {
			t.Errorf("after kills:\n%s\nundisturbed:\n%s", got, want)
		}
	}
	t.Logf("%d databases, %d runs started to be killed within %v", rounds, kills, took.Round(time.Millisecond))
}

// migrated brings a database up to date, killing the first runs, and returns what is in it.
func migrated(t *testing.T, where string, after func() *time.Duration, kills int) string {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), database: where, listen: "127.0.0.1:1", base: "http://localhost:1"}
	for range kills {
		run := h.start("migrate")
		select {
		case <-time.After(*after()): // the random moment
		case <-run.ended:
		}
		run.kill()
	}
	if out, err := h.run("migrate"); err != nil {
		t.Fatalf("migrate after %d kills: %v\n%s", kills, err, out)
	}
	return inventory(t, where)
}

// inventory lists the tables of a database with their columns and how many rows are in them.
func inventory(t *testing.T, where string) string {
	t.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	list := func(question string, arguments ...any) []string {
		t.Helper()
		rows, err := db.Pool().QueryContext(ctx, question, arguments...)
		if err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		defer rows.Close()
		var lines []string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	tables, columns := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
		`SELECT name || ' ' || type || "notnull" || pk FROM pragma_table_info($1) ORDER BY cid`
	if db.Dialect() == database.Postgres {
		tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`
		columns = `SELECT column_name || ' ' || data_type || is_nullable FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
	} else if sound := list("PRAGMA integrity_check"); len(sound) != 1 || sound[0] != "ok" {
		t.Errorf("integrity: %v", sound)
	}
	if pending, err := db.Pending(ctx); err != nil || pending {
		t.Errorf("pending = %v, %v", pending, err)
	}
	var b strings.Builder
	for _, table := range list(tables) {
		fmt.Fprintf(&b, "%s: %s, %s rows\n", table, strings.Join(list(columns, table), ", "), list("SELECT CAST(COUNT(*) AS TEXT) FROM " + table)[0])
	}
	for _, line := range list(`SELECT id FROM live_documents ORDER BY owner_kind, owner_id`) {
		doc := crdt.NewDoc()
		head, err := livedoc.New(db).Load(ctx, livedoc.ID(line), 0, 0, func(u livedoc.Update) error { return doc.ApplyUpdate(u.Payload, nil) })
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s: epoch %d, schema %d: %s\n", head.OwnerKind, head.OwnerID, head.Epoch, head.Schema, page(doc))
	}
	return b.String()
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	packed, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// keepingPool returns one connection that keeps its statements, and what it keeps.
func keepingPool(t *testing.T) (*sql.Conn, func() int) {
	t.Helper()
	connector, err := newKeeping("file:" + filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(connector)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, query := range []string{`CREATE TABLE houses (number integer PRIMARY KEY, name text)`, `INSERT INTO houses VALUES (1, 'a'), (2, 'b'), (3, 'c')`} {
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() (n int) {
		if err := conn.Raw(func(c any) error { n = len(c.(*keepingConn).statements); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return conn, kept
}

func names(t *testing.T, rows *sql.Rows, err error) (all []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

const above = `SELECT name FROM houses WHERE number > ? ORDER BY number`

func TestAStatementThatIsKeptAnswersForItsOwnArguments(t *testing.T) {
	conn, kept := keepingPool(t)
	before := kept()
	for i, want := range []string{"[a b c]", "[b c]", "[c]", "[]", "[a b c]"} {
		rows, err := conn.QueryContext(t.Context(), above, i%4)
		if got := fmt.Sprint(names(t, rows, err)); got != want {
			t.Errorf("above %d are %s, want %s", i%4, got, want)
		}
	}
	if n := kept() - before; n != 1 {
		t.Errorf("%d statements are kept of one query", n)
	}
}

// Somebody asks for each row what was asked to get the rows.
func TestAQueryInsideItselfGetsAStatementOfItsOwn(t *testing.T) {
	conn, _ := keepingPool(t)
	outer, err := conn.QueryContext(t.Context(), above, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	var seen []string
	for number := 1; outer.Next(); number++ {
		var name string
		if err := outer.Scan(&name); err != nil {
			t.Fatal(err)
		}
		rows, err := conn.QueryContext(t.Context(), above, number)
		seen = append(seen, fmt.Sprint(name, names(t, rows, err)))
	}
	if got := fmt.Sprint(seen); got != "[a[b c] b[c] c[]]" {
		t.Errorf("seen %s", got)
	}
}

func TestAStatementOutlivesAChangeOfTheSchemaAndAnError(t *testing.T) {
	conn, _ := keepingPool(t)
	const all, insert = `SELECT * FROM houses WHERE number = ?`, `INSERT INTO houses (number, name) VALUES (?, ?)`
	columns := func() int {
		rows, err := conn.QueryContext(t.Context(), all, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() {
			t.Fatal("no row")
		}
		c, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		return len(c)
	}
	if n := columns(); n != 2 {
		t.Fatalf("%d columns", n)
	}
	if _, err := conn.ExecContext(t.Context(), `ALTER TABLE houses ADD COLUMN street text`); err != nil {
		t.Fatal(err)
	}
	if n := columns(); n != 3 {
		t.Errorf("%d columns after one was added, want 3", n)
	}
	for number, taken := range []bool{1: true, 2: true, 3: true, 4: false, 5: false} {
		if number == 0 {
			continue
		}
		if _, err := conn.ExecContext(t.Context(), insert, number, "new"); IsDuplicate(err) != taken || !taken && err != nil {
			t.Errorf("insert %d: %v", number, err)
		}
	}
	if _, err := conn.ExecContext(t.Context(), `SELECT nonsense FROM nowhere`); err == nil {
		t.Error("nonsense was understood")
	}
}

func TestOnlySoManyStatementsAreKept(t *testing.T) {
	conn, kept := keepingPool(t)
	for i := range 3 * keptStatements {
		rows, err := conn.QueryContext(t.Context(), fmt.Sprintf(`SELECT name FROM houses WHERE number = %d`, i%4))
		names(t, rows, err)
		rows, err = conn.QueryContext(t.Context(), fmt.Sprintf(`SELECT name FROM houses WHERE number = 1 AND %d = %d`, i, i))
		if got := names(t, rows, err); len(got) != 1 {
			t.Fatalf("query %d: %v", i, got)
		}
	}
	if n := kept(); n != keptStatements {
		t.Errorf("%d statements are kept, want %d", n, keptStatements)
	}
}

// An interrupted connection is given up: database/sql must be able to close it with all it keeps.
func TestAnInterruptedConnectionIsReplaced(t *testing.T) {
	connector, err := newKeeping("file:" + filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(connector)
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	const long = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n`
	var n int
	if err := pool.QueryRowContext(t.Context(), long, 10).Scan(&n); err != nil || n != 10 {
		t.Fatalf("%d, %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := pool.QueryRowContext(ctx, long, 1_000_000_000).Scan(&n); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the long one ended with %v", err)
	}
	if err := pool.QueryRowContext(t.Context(), long, 10).Scan(&n); err != nil || n != 10 {
		t.Errorf("afterwards %d, %v", n, err)
	}
}

func TestWhatIsWorthKeeping(t *testing.T) {
	for query, want := range map[string]bool{
		above: true, "select 1": true, "\n  -- name: one :many\n-- another\nUPDATE houses SET name = ''": true, "WITH x AS (SELECT 1) SELECT * FROM x": true,
		"BEGIN IMMEDIATE": true, "PRAGMA user_version": false, "CREATE TABLE x (a)": false, "-- SELECT": false, "": false, "SEL": false, "--": false,
		"VACUUM": false, "DROP TABLE houses": false,
	} {
		if got := worthKeeping(query); got != want {
			t.Errorf("worthKeeping(%q) = %v", query, got)
		}
	}
}

package database

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// What is committed must survive a power cut, so that "saved" on a page is true. Whether it does is
// decided by settings outside of the program as well; Open reads them and refuses what would forget.

// oldestPostgres is the oldest server that the tests run on, as in server_version_num.
const oldestPostgres = 15_00_00

// checkPostgres refuses a server that may forget what it confirmed, or that is too old, and a database that
// cannot hold every letter.
func checkPostgres(ctx context.Context, pool *sql.DB) error {
	rows, err := pool.QueryContext(ctx, `SELECT name, setting FROM pg_settings WHERE name IN
		('server_version_num', 'server_version', 'server_encoding', 'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')`)
	if err != nil {
		return fmt.Errorf("read the settings of Postgres: %w", err)
	}
	defer rows.Close()
	settings := map[string]string{}
	for rows.Next() {
		var name, setting string
		if err := rows.Scan(&name, &setting); err != nil {
			return fmt.Errorf("read the settings of Postgres: %w", err)
		}
		settings[name] = setting
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the settings of Postgres: %w", err)
	}
	if err := judgePostgres(settings); err != nil {
		return err
	}
	if encoding := settings["server_encoding"]; encoding != "UTF8" {
		var name, owner string
		if err := pool.QueryRowContext(ctx, "SELECT quote_ident(current_database()), quote_ident(current_user)").Scan(&name, &owner); err != nil {
			return fmt.Errorf("read the name of the database: %w", err)
		}
		return fmt.Errorf("this Postgres database has the encoding %s, which cannot hold what people write. Make one that can, as its administrator: "+
			"DROP DATABASE %s; CREATE DATABASE %s ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0 OWNER %s", encoding, name, name, owner)
	}
	return nil
}

func judgePostgres(settings map[string]string) error {
	version, err := strconv.Atoi(settings["server_version_num"])
	if err != nil {
		return fmt.Errorf("the version of Postgres is %q, which is no number", settings["server_version_num"])
	}
	if version < oldestPostgres {
		return fmt.Errorf("this Postgres (%s) is too old: version %d or newer is needed", settings["server_version"], oldestPostgres/10000)
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		if settings[name] != "on" {
			return fmt.Errorf("this Postgres has %s = %s, so a power cut can lose or damage what was saved: "+
				"set %s = on in postgresql.conf and reload it", name, settings[name], name)
		}
	}
	switch commit := settings["synchronous_commit"]; {
	case commit == "off":
		return fmt.Errorf("this Postgres has synchronous_commit = off for this user or database, so a power cut loses what was just saved: " +
			"set synchronous_commit = on")
	case commit == "local" && settings["synchronous_standby_names"] != "":
		return fmt.Errorf("this Postgres has a standby in synchronous_standby_names but synchronous_commit = local, " +
			"so the standby may lack what was saved when it takes over: set synchronous_commit = on")
	}
	return nil
}

// checkSQLite reads back what the DSN asked for: SQLite says nothing when it cannot do it. It looks at
// one connection of the pool; the others are opened in the same way on the same file.
func checkSQLite(ctx context.Context, pool *sql.DB) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	defer conn.Close()
	for _, pragma := range []struct{ name, want, trouble string }{
		{"journal_mode", "wal", "is the file in a network folder? Put it on a disk of this machine, or use Postgres"},
		{"synchronous", "2", "a power cut would lose what was saved"},
		{"foreign_keys", "1", "rows could refer to nothing"},
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma.name).Scan(&got); err != nil {
			return fmt.Errorf("read %s of SQLite: %w", pragma.name, err)
		}
		if got != pragma.want {
			return fmt.Errorf("SQLite has %s = %s where %s was asked for: %s", pragma.name, got, pragma.want, pragma.trouble)
		}
	}
	return nil
}

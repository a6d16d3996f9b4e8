package database_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
)

func TestAPostgresThatWouldForgetIsRefusedAtTheStart(t *testing.T) {
	where := databasetest.PostgresURL(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, where)
	must(t, err)
	t.Cleanup(func() { must(t, conn.Close(ctx)) })
	exec := func(statement string) {
		t.Helper()
		_, err := conn.Exec(ctx, statement)
		must(t, err)
	}
	try := func() error {
		db, err := database.Open(ctx, where)
		if err == nil {
			err = db.Close()
		}
		return err
	}
	inForce := func(setting, want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			var got string
			must(t, conn.QueryRow(ctx, "SHOW "+setting).Scan(&got))
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s stays %s", setting, got)
			}
		}
	}
	for _, setting := range []string{"fsync", "full_page_writes"} {
		exec("ALTER SYSTEM SET " + setting + " = off")
		exec("SELECT pg_reload_conf()")
		inForce(setting, "off")
		err := try()
		exec("ALTER SYSTEM RESET " + setting)
		exec("SELECT pg_reload_conf()")
		inForce(setting, "on")
		if err == nil || !strings.Contains(err.Error(), "set "+setting+" = on") {
			t.Errorf("with %s = off: %v", setting, err)
		}
	}
	exec("ALTER DATABASE " + conn.Config().Database + " SET synchronous_commit = off")
	if err := try(); err == nil || !strings.Contains(err.Error(), "set synchronous_commit = on") {
		t.Errorf("with synchronous_commit = off: %v", err)
	}
	exec("ALTER DATABASE " + conn.Config().Database + " RESET synchronous_commit")
	if err := try(); err != nil {
		t.Errorf("with everything on: %v", err)
	}
}

func TestAPostgresThatCannotHoldEveryLetterIsRefusedWithTheCommandThatMakesOne(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databasetest.PostgresURL(t))
	must(t, err)
	t.Cleanup(func() { must(t, conn.Close(ctx)) })
	open := func() error {
		config := conn.Config()
		db, err := database.Open(ctx, "postgres://"+config.User+"@/Latin-1?host="+url.QueryEscape(config.Host))
		if err == nil {
			err = db.Close()
		}
		return err
	}
	t.Cleanup(func() {
		_, err := conn.Exec(ctx, `DROP DATABASE "Latin-1"`)
		must(t, err)
	})
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		_, err = conn.Exec(ctx, `CREATE DATABASE "Latin-1" ENCODING '`+encoding+`' LOCALE 'C' TEMPLATE template0`)
		must(t, err)
		err = open()
		if err == nil || !strings.Contains(err.Error(), "has the encoding "+encoding) {
			t.Fatalf("%s: %v", encoding, err)
		}
		// The sentence ends with the commands: they are tried as they stand there.
		_, commands, _ := strings.Cut(err.Error(), "administrator: ")
		drop, create, both := strings.Cut(commands, "; ")
		if !both {
			t.Fatalf("no commands in %q", err)
		}
		for _, command := range []string{drop, create} {
			_, err := conn.Exec(ctx, command)
			must(t, err)
		}
		must(t, open())
		_, err = conn.Exec(ctx, drop)
		must(t, err)
	}
	_, err = conn.Exec(ctx, `CREATE DATABASE "Latin-1"`)
	must(t, err)
}

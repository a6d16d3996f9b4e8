package database_test

import (
	"context"
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

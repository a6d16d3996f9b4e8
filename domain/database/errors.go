package database

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	sqlite3 "modernc.org/sqlite"

	"samenwijk/domain/fault"
)

// Result codes of SQLite (https://www.sqlite.org/rescode.html) and SQLSTATEs of Postgres
// (https://www.postgresql.org/docs/current/errcodes-appendix.html) that mean something to us.
const (
	sqliteBusy       = 5
	sqliteCheck      = 275
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067

	postgresUnique           = "23505"
	postgresForeignKey       = "23503"
	postgresCheck            = "23514"
	postgresSerialization    = "40001"
	postgresDeadlock         = "40P01"
	postgresLockNotAvailable = "55P03"
)

// translate turns what the drivers and gorm report into a fault that keeps the cause. A fault
// that a use case returned passes unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var already *fault.Fault
	switch {
	case errors.As(err, &already):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.NotFound("not_found").Because(err)
	case IsDuplicate(err):
		return fault.Conflict("database.duplicate").Because(err)
	case hasCode(err, sqliteForeignKey, postgresForeignKey):
		return fault.Conflict("database.missing_reference").Because(err)
	case hasCode(err, sqliteCheck, postgresCheck):
		return fault.Conflict("database.check").Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, driver.ErrBadConn),
		hasCode(err, sqliteBusy, postgresLockNotAvailable), isDeadlock(err):
		return fault.Unavailable("database.unavailable").Because(err)
	}
	return err
}

// IsDuplicate reports whether err says that a unique key is taken. On Postgres the transaction
// in which it happened can only be rolled back; where a duplicate is expected, insert with
// ON CONFLICT DO NOTHING and look at the number of rows.
func IsDuplicate(err error) bool {
	return errors.Is(err, gorm.ErrDuplicatedKey) || hasCode(err, sqliteUnique, postgresUnique) ||
		hasCode(err, sqlitePrimaryKey, postgresUnique)
}

func isDeadlock(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == postgresDeadlock || pg.Code == postgresSerialization)
}

func hasCode(err error, sqlite int, postgres string) bool {
	var lite *sqlite3.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite || lite.Code()&0xff == sqlite
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == postgres
}

package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// What was erased must not be found in the file either. SQLite writes zeros over what it deletes
// (secure_delete, and the word index has a setting of its own for that); what it does not do by itself is
// in here: a file of before that setting is written anew, pages that nobody needs are given back, and the
// write-ahead log, in which the words were once, is emptied.

// incremental is the value of auto_vacuum with which pages can be given back a few at a time.
const incremental = 2

// Tidy removes from the files what was deleted before. Postgres does so by itself. Where somebody reads
// for long, as a backup does, the next time will do.
func (db *DB) Tidy(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	leave, err := db.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := eachRow(ctx, db.Pool(), "PRAGMA incremental_vacuum"); err != nil {
		return fmt.Errorf("give back pages: %w", err)
	}
	// To empty the log waits for whoever reads, and writers wait with it: only when nobody is in the way.
	var busy, frames, done int
	if err := db.Pool().QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &done); err != nil {
		return fmt.Errorf("write back the log: %w", err)
	}
	if busy != 0 || frames != done {
		return nil
	}
	return eachRow(ctx, db.Pool(), "PRAGMA wal_checkpoint(TRUNCATE)")
}

// eachRow runs a statement to its end: SQLite does a piece of the work for each row.
func eachRow(ctx context.Context, pool *sql.DB, statement string) error {
	rows, err := pool.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// writeAnew gives a file that an earlier program made its present form, which leaves behind everything
// that was deleted from it. It needs as much room again on the disk, once.
func (db *DB) writeAnew(ctx context.Context) error {
	var now int
	if err := db.Pool().QueryRowContext(ctx, "PRAGMA auto_vacuum").Scan(&now); err != nil {
		return fmt.Errorf("read auto_vacuum: %w", err)
	}
	if now == incremental {
		return nil
	}
	for _, statement := range []string{fmt.Sprintf("PRAGMA auto_vacuum = %d", incremental), "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if err := eachRow(ctx, db.Pool(), statement); err != nil {
			return fmt.Errorf("write the database file anew (%s): %w", statement, err)
		}
	}
	return nil
}

// ownFile makes the file of a database with its folder when it is not there, for its owner alone, and
// takes from everybody else what an earlier program let them read.
func ownFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("folder of the database: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			err = os.Chmod(name, info.Mode().Perm()&^0o007)
		}
		if err != nil && !errors.Is(err, fs.ErrPermission) { // somebody else made it, and decides
			return fmt.Errorf("who may read the database: %w", err)
		}
	}
	return nil
}

package database

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"samenwijk/migrations"
)

// Migrate brings the schema up to date: our tables, then those of the queue. On Postgres a
// session lock lets several nodes start at once. Running it again changes nothing.
func (db *DB) Migrate(ctx context.Context) error {
	provider, err := db.goose()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if db.dialect == SQLite {
		if err := db.writeAnew(ctx); err != nil {
			return err
		}
	}
	return db.migrateQueue(ctx, rivermigrate.DirectionUp, nil)
}

// MigrateDown removes every table and what is in it. It exists to show that each step can be
// undone; no command of the program calls it.
func (db *DB) MigrateDown(ctx context.Context) error {
	if err := db.migrateQueue(ctx, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1}); err != nil {
		return err
	}
	provider, err := db.goose()
	if err != nil {
		return err
	}
	if _, err := provider.DownTo(ctx, 0); err != nil {
		return fmt.Errorf("migrate down: %w", err)
	}
	return nil
}

// Pending reports whether the schema is older than the program.
func (db *DB) Pending(ctx context.Context) (bool, error) {
	provider, err := db.goose()
	if err != nil {
		return false, err
	}
	return provider.HasPending(ctx)
}

func (db *DB) goose() (*goose.Provider, error) {
	files, err := migrations.For(string(db.dialect))
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	// Each room numbers its steps within a range of its own, so a new step may come before one that
	// an older database already took.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("lock for migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db.Pool(), files, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, nil
}

func (db *DB) migrateQueue(ctx context.Context, direction rivermigrate.Direction, opts *rivermigrate.MigrateOpts) error {
	migrator, err := rivermigrate.New(db.QueueDriver(), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrations of the queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, direction, opts); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}

// QueueDriver returns the driver through which the queue uses this database.
func (db *DB) QueueDriver() riverdriver.Driver[*sql.Tx] { return QueueDriver(db.dialect, db.Pool()) }

// QueueDriver returns the queue's driver for a dialect; pool may be nil for a client that only
// inserts within transactions given to it.
func QueueDriver(dialect Dialect, pool *sql.DB) riverdriver.Driver[*sql.Tx] {
	if dialect == Postgres {
		return riverdatabasesql.New(pool)
	}
	return riversqlite.New(pool)
}

// Package database opens the one database of an installation, SQLite or Postgres, runs
// transactions on it and translates what its drivers report into faults.
//
// Everybody else speaks SQL through a Tx, or a Direct where it is hot, in a file called queries.go;
// nobody else opens a transaction outside a service, and nobody else knows which dialect is spoken,
// except where a query must differ (Tx.Dialect).
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Dialect is the SQL that is spoken.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	write   *gorm.DB
	read    *gorm.DB
	// turn lets SQLite's writers in one at a time, in order of arrival: database/sql hands a
	// freed connection to a random waiter, which is unfair to whoever came first.
	turn chan struct{}
	// direct is what InDirect uses on SQLite.
	direct *onSQLite
}

// Open connects to where, a postgres:// URL or the path of a SQLite file, which is created with
// its folder when it is not there. The schema is not touched; see Migrate. A database whose settings
// would let it forget what it confirmed is refused, with a sentence that says what to set.
func Open(ctx context.Context, where string) (*DB, error) {
	if strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://") {
		return openPostgres(ctx, where)
	}
	return openSQLite(ctx, strings.TrimPrefix(where, "sqlite:"))
}

func openPostgres(ctx context.Context, where string) (*DB, error) {
	config, err := pgx.ParseConfig(where)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a Postgres URL") // the parser's text can hold the password
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["lock_timeout"] = "5s"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "30s"
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(readTimesInUTC))
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(10)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	if err := checkPostgres(ctx, pool); err != nil {
		_ = pool.Close()
		return nil, err
	}
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open Postgres: %w", err)
	}
	return &DB{dialect: Postgres, write: g, read: g}, nil
}

// readTimesInUTC overrules the driver, which returns times in the zone of the machine.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" {
		return nil, errors.New("no database: give a file or a postgres:// URL")
	}
	if err := ownFile(path); err != nil {
		return nil, err
	}
	pragmas := "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" +
		"&_time_format=sqlite&_timezone=UTC"
	// What is deleted is written over. What is written often shares its pages: 16 MB stay at hand.
	writing := "_pragma=auto_vacuum(2)&" + pragmas + "&_pragma=secure_delete(1)&_pragma=cache_size(-16384)"
	file := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	db := &DB{dialect: SQLite, turn: make(chan struct{}, 1), direct: &onSQLite{}}
	var err error
	if db.write, err = openSQLitePool(ctx, file+"?"+writing+"&_txlock=immediate", 1); err != nil {
		return nil, err
	}
	if db.read, err = openSQLitePool(ctx, file+"?"+pragmas+"&_pragma=query_only(1)", 8); err != nil {
		return nil, err
	}
	if db.direct.pool, err = connectSQLite(ctx, file+"?"+writing, 1); err != nil {
		return nil, err
	}
	return db, nil
}

func openSQLitePool(ctx context.Context, dsn string, connections int) (*gorm.DB, error) {
	pool, err := connectSQLite(ctx, dsn, connections)
	if err != nil {
		return nil, err
	}
	g, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return g, nil
}

func connectSQLite(ctx context.Context, dsn string, connections int) (*sql.DB, error) {
	connector, err := newKeeping(dsn)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if err := checkSQLite(ctx, pool); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return pool, nil
}

func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true, // transactions start in InTx alone
		NowFunc:                Now,
		Logger:                 logger.Discard, // errors are returned, and logged once by whoever answers for them
	}
}

// Dialect says which SQL is spoken.
func (db *DB) Dialect() Dialect { return db.dialect }

// Pool returns the connection pool that writes, for the queue.
func (db *DB) Pool() *sql.DB {
	pool, err := db.write.DB()
	if err != nil {
		panic(fmt.Sprintf("database without a pool: %v", err)) // gorm was opened on a pool above
	}
	return pool
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.Pool().PingContext(ctx) }

// Close closes all connections; transactions under way fail. On SQLite it waits until the writer whose
// turn it is has noticed; one of InDirect ends well.
func (db *DB) Close() error {
	err := db.Pool().Close()
	if db.direct != nil {
		db.turn <- struct{}{}
		err = errors.Join(err, db.direct.pool.Close())
		<-db.turn
	}
	if db.read != db.write {
		if pool, readErr := db.read.DB(); readErr == nil {
			err = errors.Join(err, pool.Close())
		}
	}
	return err
}

// Tx is a transaction. It is opaque: only a queries.go opens it.
type Tx struct {
	gorm    *gorm.DB
	dialect Dialect
}

// Gorm opens the transaction for a query.
func (tx *Tx) Gorm() *gorm.DB { return tx.gorm }

// Dialect says which SQL is spoken, for the few queries that must differ.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// SQL returns the underlying transaction, for the queue.
func (tx *Tx) SQL() *sql.Tx {
	t, ok := tx.gorm.Statement.ConnPool.(*sql.Tx)
	if !ok {
		panic("a Tx without a transaction") // InTx and Read make no other
	}
	return t
}

// retries is how often a transaction is tried again that Postgres ended to resolve a deadlock.
const retries = 3

// InTx runs f in one transaction: all of what it wrote is committed when f returns nil, nothing
// of it otherwise. On SQLite writers run one after the other in order of arrival. On Postgres f
// runs again, up to three times, when the database ended it to resolve a deadlock, so f changes
// nothing but the database and variables it sets anew. Errors come back as faults.
func (db *DB) InTx(ctx context.Context, f func(tx *Tx) error) error {
	leave, err := db.takeTurn(ctx)
	if err != nil {
		return translate(err)
	}
	defer leave()
	for range retries {
		err = db.write.WithContext(ctx).Transaction(func(g *gorm.DB) error {
			return f(&Tx{gorm: g, dialect: db.dialect})
		})
		if !isDeadlock(err) {
			break
		}
	}
	return translate(err)
}

// takeTurn waits until this writer may begin, and returns what lets the next one in.
func (db *DB) takeTurn(ctx context.Context) (leave func(), err error) {
	if db.turn == nil {
		return func() {}, nil
	}
	select {
	case db.turn <- struct{}{}:
		return func() { <-db.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Read runs f on one consistent state of the database; writing in it is an error.
func (db *DB) Read(ctx context.Context, f func(tx *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	return translate(db.read.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		return f(&Tx{gorm: g, dialect: db.dialect})
	}, options))
}

// Now is the clock of the services: UTC, in the microseconds that both databases keep.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewID returns a new UUIDv7 (RFC 9562): unique, and in order of making within this process.
func NewID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("no randomness: %v", err))
	}
	return id.String()
}

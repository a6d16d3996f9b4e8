package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Direct is a transaction of a few statements that run very often. It speaks to the driver itself: a
// statement is prepared once, and the same one for many rows costs one round trip on Postgres. Only a
// queries.go opens it; what is not hot belongs in a Tx.
type Direct struct {
	ctx     context.Context
	carrier carrier
}

// Answer is the first number of the row that a statement returned; Found is false when there was none.
type Answer struct {
	Value int64
	Found bool
}

// carrier runs a statement once for each row of arguments.
type carrier interface {
	each(ctx context.Context, query string, args [][]any) ([]Answer, error)
}

// Each runs one statement for each row of arguments, in this order, and returns what each answered. The
// statement returns at most one row, of one integer; its places are question marks. The first error ends
// the transaction.
func (tx *Direct) Each(query string, args [][]any) ([]Answer, error) {
	if len(args) == 0 {
		return nil, nil
	}
	return tx.carrier.each(tx.ctx, query, args)
}

// One is Each for one row of arguments.
func (tx *Direct) One(query string, args ...any) (Answer, error) {
	answers, err := tx.Each(query, [][]any{args})
	if err != nil {
		return Answer{}, err
	}
	return answers[0], nil
}

// InDirect is InTx for a Direct. On SQLite the transaction has a connection of its own beside that of
// InTx, and the turn that they share; it is not interrupted when ctx ends, as its statements are short.
func (db *DB) InDirect(ctx context.Context, f func(tx *Direct) error) error {
	leave, err := db.takeTurn(ctx)
	if err != nil {
		return translate(err)
	}
	defer leave()
	for range retries {
		if db.dialect == Postgres {
			err = inDirectPostgres(ctx, db.Pool(), f)
		} else {
			err = db.direct.run(f)
		}
		if !isDeadlock(err) {
			break
		}
	}
	return translate(err)
}

// onSQLite is a connection of its own, which keeps its statements. Whoever has the turn uses it.
type onSQLite struct {
	pool *sql.DB      // of one connection
	conn *keepingConn // of the transaction under way
}

// The context of its calls: the driver starts a goroutine a statement for one that can end.
var always = context.Background()

func (s *onSQLite) run(f func(tx *Direct) error) error {
	conn, err := s.pool.Conn(always)
	if err != nil {
		return fmt.Errorf("connect to SQLite: %w", err)
	}
	defer conn.Close() // to the pool
	lost := conn.Raw(func(c any) error {
		s.conn = c.(*keepingConn) // the pool was opened with this driver
		var usable bool
		if usable, err = s.transaction(f); !usable {
			return driver.ErrBadConn // the pool throws it away, as after a panic
		}
		return nil
	})
	if err == nil {
		err = lost
	}
	return err
}

// transaction reports whether the connection is free of it afterwards.
func (s *onSQLite) transaction(f func(tx *Direct) error) (usable bool, err error) {
	const begin, commit, rollback = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
	if err := s.exec(begin); err != nil {
		return hasCode(err, sqliteBusy, ""), err
	}
	if err = f(&Direct{ctx: always, carrier: s}); err == nil {
		err = s.exec(commit)
	}
	if err != nil {
		return s.exec(rollback) == nil, err
	}
	return true, nil
}

func (s *onSQLite) exec(query string) error {
	_, err := s.conn.ExecContext(always, query, nil)
	return err
}

func (s *onSQLite) each(ctx context.Context, query string, args [][]any) ([]Answer, error) {
	answers := make([]Answer, len(args))
	var named []driver.NamedValue
	for i, row := range args {
		named = named[:0]
		for j, arg := range row {
			value, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return nil, fmt.Errorf("argument %d: %w", j+1, err)
			}
			named = append(named, driver.NamedValue{Ordinal: j + 1, Value: value})
		}
		var err error
		if answers[i], err = s.answer(ctx, query, named); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// answer runs a statement to its end: SQLite may have done nothing of it before.
func (s *onSQLite) answer(ctx context.Context, query string, args []driver.NamedValue) (Answer, error) {
	rows, err := s.conn.QueryContext(ctx, query, args)
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	value := make([]driver.Value, len(rows.Columns()))
	for err == nil && len(value) > 0 {
		if err = rows.Next(value); err == nil && !a.Found {
			if a.Value, a.Found = value[0].(int64); !a.Found {
				err = fmt.Errorf("the statement answered %T instead of an integer", value[0])
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return a, errors.Join(err, rows.Close())
}

// onPostgres sends all rows of arguments at once.
type onPostgres struct{ tx pgx.Tx }

func inDirectPostgres(ctx context.Context, pool *sql.DB, f func(tx *Direct) error) (err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // to the pool
	lost := conn.Raw(func(c any) error {
		own := c.(*stdlib.Conn).Conn() // the pool was opened with this driver
		err = pgx.BeginFunc(ctx, own, func(tx pgx.Tx) error {
			return f(&Direct{ctx: ctx, carrier: onPostgres{tx}})
		})
		if own.IsClosed() || own.PgConn().TxStatus() != 'I' {
			return driver.ErrBadConn // the pool throws it away
		}
		return nil
	})
	if err == nil {
		err = lost
	}
	return err
}

func (p onPostgres) each(ctx context.Context, query string, args [][]any) (answers []Answer, err error) {
	var batch pgx.Batch
	query = numbered(query)
	for _, row := range args {
		batch.Queue(query, row...)
	}
	results := p.tx.SendBatch(ctx, &batch)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	answers = make([]Answer, len(args))
	for i := range answers {
		switch err := results.QueryRow().Scan(&answers[i].Value); {
		case err == nil:
			answers[i].Found = true
		case !errors.Is(err, pgx.ErrNoRows):
			return nil, err
		}
	}
	return answers, nil
}

// numberedQueries are those that numbered has answered for; queries are constants, so there are few.
var numberedQueries sync.Map

// numbered replaces the question marks of a query, which has none in its texts.
func numbered(query string) string {
	if n, there := numberedQueries.Load(query); there {
		return n.(string)
	}
	var b strings.Builder
	n := 0
	for _, c := range query {
		if c != '?' {
			b.WriteRune(c)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	numberedQueries.Store(query, b.String())
	return b.String()
}

package database

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// A connection to SQLite keeps so many statements of at most so many bytes.
const (
	keptStatements = 200
	keptLength     = 4 << 10
)

// keeping opens connections that keep the statements they prepared. To parse and plan a query takes SQLite
// about as long as to answer one that a page asks; database/sql does it anew for each transaction.
type keeping struct{ driver.Connector }

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// sqliteRows is what its rows can do.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

func newKeeping(dsn string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return keeping{c}, err
}

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keepingConn{sqliteConn: conn.(sqliteConn), statements: map[string]*statement{}}, nil
}

// keepingConn is used by one goroutine at a time, as every connection of database/sql.
type keepingConn struct {
	sqliteConn
	statements map[string]*statement
}

// statement is one that is kept.
type statement struct {
	driver.Stmt
	busy bool // its rows are being read: who asks the same meanwhile gets a statement of their own
}

func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows.(sqliteRows), s}, nil
}

// keptRows are the rows of a statement that is kept.
type keptRows struct {
	sqliteRows
	of *statement
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.sqliteRows.Close()
}

// statement returns the statement of a query, nil when it is to be run without keeping it.
func (c *keepingConn) statement(ctx context.Context, query string) (*statement, error) {
	if s := c.statements[query]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(query) > keptLength || !worthKeeping(query) || !c.hasPlace() {
		return nil, nil
	}
	prepared, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: prepared}
	c.statements[query] = s
	return s, nil
}

// hasPlace makes place where there is none, by giving up any statement that is not busy.
func (c *keepingConn) hasPlace() bool {
	if len(c.statements) < keptStatements {
		return true
	}
	for query, s := range c.statements {
		if !s.busy {
			delete(c.statements, query)
			return s.Close() == nil
		}
	}
	return false
}

// Close closes the statements first: SQLite does not let go of a connection that has some.
func (c *keepingConn) Close() error {
	for _, s := range c.statements {
		_ = s.Close() // what was wrong with its last run was said then
	}
	c.statements = nil
	return c.sqliteConn.Close()
}

var keptVerbs = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK"}

// worthKeeping reports whether a query asks for rows or changes some. What changes the schema or a setting
// runs once.
func worthKeeping(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	for strings.HasPrefix(query, "--") {
		_, rest, _ := strings.Cut(query, "\n")
		query = strings.TrimLeft(rest, " \t\r\n")
	}
	return slices.ContainsFunc(keptVerbs, func(verb string) bool {
		return len(query) >= len(verb) && strings.EqualFold(query[:len(verb)], verb)
	})
}

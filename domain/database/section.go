package database

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Type is the kind of value that a column holds, the same in both dialects.
type Type string

const (
	Text  Type = "text"
	Int   Type = "int"
	Bool  Type = "bool"
	Time  Type = "time" // also a day
	Bytes Type = "bytes"
)

// Column is one column of a section. Values of it are string, int64, bool, time.Time in UTC or
// []byte, and nil where it may be empty.
type Column struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Nullable bool   `json:"nullable,omitempty"`
}

// Section is rows that are copied out of a database and into another one, whatever dialect either
// speaks: a table, or what stands for one.
type Section struct {
	Name    string
	Columns []Column
	// Read calls row with each row; the values belong to row until it returns.
	Read func(tx *Tx, row func(values []any) error) error
	// Write stores rows, at most RowsAtOnce.
	Write func(tx *Tx, rows [][]any) error
	Count func(tx *Tx) (int64, error)
}

// RowsAtOnce is how many rows a Section is given to write.
const RowsAtOnce = 200

// notCopied are tables that belong to a library or to one dialect; what of them has to be copied is
// a Section of its own, of the room that knows them.
func notCopied(table string) bool {
	return table == "goose_db_version" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "search_") ||
		strings.HasPrefix(table, "sqlite_")
}

// Tables returns every table of ours, in an order in which rows can be written without referring to
// one that is not there yet.
func Tables(tx *Tx) ([]Section, error) {
	names, err := tableNames(tx)
	if err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	var sections []Section
	done := map[string]bool{}
	for len(names) > 0 {
		before := len(names)
		for _, name := range names {
			needs, err := referredTo(tx, name)
			if err != nil {
				return nil, fmt.Errorf("references of %s: %w", name, err)
			}
			if slices.ContainsFunc(needs, func(other string) bool { return !done[other] && other != name }) {
				continue
			}
			columns, err := columnsOf(tx, name)
			if err != nil {
				return nil, fmt.Errorf("columns of %s: %w", name, err)
			}
			sections = append(sections, table(name, columns))
			done[name] = true
		}
		names = slices.DeleteFunc(names, func(name string) bool { return done[name] })
		if len(names) == before {
			return nil, fmt.Errorf("the tables %s refer to each other in a circle", strings.Join(names, ", "))
		}
	}
	return sections, nil
}

func table(name string, columns []Column) Section {
	var list []string
	for _, c := range columns {
		list = append(list, `"`+c.Name+`"`)
	}
	comma, quoted := strings.Join(list, ", "), `"`+name+`"`
	return Section{
		Name: name, Columns: columns,
		Read: func(tx *Tx, row func([]any) error) error {
			return EachRow(tx, columns, "SELECT "+comma+" FROM "+quoted, row)
		},
		Write: func(tx *Tx, rows [][]any) error {
			marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
			values := make([]any, 0, len(rows)*len(columns))
			for _, row := range rows {
				values = append(values, row...)
			}
			return tx.gorm.Exec("INSERT INTO "+quoted+" ("+comma+") VALUES "+
				strings.TrimSuffix(strings.Repeat(marks+", ", len(rows)), ", "), values...).Error
		},
		Count: func(tx *Tx) (n int64, err error) {
			err = tx.gorm.Raw("SELECT COUNT(*) FROM " + quoted).Scan(&n).Error
			return n, err
		},
	}
}

// EachRow runs a query of these columns and calls row with each of its rows, as they come from the
// database.
func EachRow(tx *Tx, columns []Column, query string, row func(values []any) error) error {
	rows, err := tx.gorm.Raw(query).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	targets, values := make([]any, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		switch c.Type {
		case Text:
			targets[i] = new(sql.NullString)
		case Int:
			targets[i] = new(sql.NullInt64)
		case Bool:
			targets[i] = new(sql.NullBool)
		case Time:
			targets[i] = new(sql.NullTime)
		case Bytes:
			targets[i] = new([]byte)
		}
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		for i, c := range columns {
			if values[i], err = valueOf(c, targets[i]); err != nil {
				return err
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func valueOf(c Column, scanned any) (value any, err error) {
	switch v := scanned.(type) {
	case *sql.NullString:
		value, err = v.Value()
	case *sql.NullInt64:
		value, err = v.Value()
	case *sql.NullBool:
		value, err = v.Value()
	case *sql.NullTime:
		if value, err = v.Value(); v.Valid {
			value = v.Time.UTC()
		}
	case *[]byte:
		if *v != nil {
			value = *v
		} else if !c.Nullable {
			value = []byte{} // the driver says nil of no bytes too
		}
	}
	if err == nil && value == nil && !c.Nullable {
		err = fmt.Errorf("%s is empty", c.Name)
	}
	return value, err
}

// SchemaVersions returns the numbers of the steps that were taken to the present schema.
func SchemaVersions(tx *Tx) (versions []int64, err error) {
	err = tx.gorm.Raw(`SELECT version_id FROM goose_db_version WHERE version_id > 0 AND is_applied ORDER BY version_id`).Scan(&versions).Error
	return versions, err
}

func tableNames(tx *Tx) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	if tx.dialect == Postgres {
		query = `SELECT table_name FROM information_schema.tables
			WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`
	}
	var names []string
	err := tx.gorm.Raw(query).Scan(&names).Error
	return slices.DeleteFunc(names, notCopied), err
}

func referredTo(tx *Tx, table string) ([]string, error) {
	query := `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`
	if tx.dialect == Postgres {
		query = `SELECT DISTINCT other.relname FROM pg_constraint
			JOIN pg_class own ON own.oid = conrelid JOIN pg_class other ON other.oid = confrelid
			WHERE contype = 'f' AND own.relname = ? AND own.relnamespace = current_schema()::regnamespace`
	}
	var names []string
	err := tx.gorm.Raw(query, table).Scan(&names).Error
	return names, err
}

func columnsOf(tx *Tx, table string) ([]Column, error) {
	query := `SELECT name, type AS declared, "notnull" = 0 AS nullable FROM pragma_table_info(?) ORDER BY cid`
	if tx.dialect == Postgres {
		query = `SELECT column_name AS name, data_type AS declared, is_nullable = 'YES' AS nullable FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`
	}
	var found []struct {
		Name, Declared string
		Nullable       bool
	}
	if err := tx.gorm.Raw(query, table).Scan(&found).Error; err != nil {
		return nil, err
	}
	columns := make([]Column, len(found))
	for i, f := range found {
		kind, known := declaredTypes[strings.ToLower(f.Declared)]
		if !known {
			return nil, fmt.Errorf("nobody said how to copy a %s, which %s is", f.Declared, f.Name)
		}
		columns[i] = Column{Name: f.Name, Type: kind, Nullable: f.Nullable}
	}
	slices.SortFunc(columns, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	return columns, nil
}

// declaredTypes are the types that migrations use, as either dialect calls them.
var declaredTypes = map[string]Type{
	"text": Text, "integer": Int, "bigint": Int, "boolean": Bool,
	"datetime": Time, "timestamp with time zone": Time, "date": Time,
	"bytea": Bytes, "blob": Bytes,
}

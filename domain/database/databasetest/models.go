package databasetest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm/schema"

	"samenwijk/domain/database"
)

// SameColumns fails the test when a model and its migrated table differ in either dialect: a field
// without a column, a column without a field, or a column that may be empty behind a field that
// cannot say so. A pointer, a sql.Null type and a slice can say so.
func SameColumns(t *testing.T, models ...any) {
	t.Helper()
	Each(t, func(t *testing.T, db *database.DB) {
		for _, model := range models {
			parsed, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
			if err != nil {
				t.Fatalf("%T is no model: %v", model, err)
			}
			columns := columnsOf(t, db, parsed.Table)
			if len(columns) == 0 {
				t.Errorf("%T: there is no table %s", model, parsed.Table)
			}
			for _, field := range parsed.Fields {
				if field.DBName == "" {
					continue
				}
				column, ok := columns[field.DBName]
				if !ok {
					t.Errorf("%T.%s: table %s has no column %s", model, field.Name, parsed.Table, field.DBName)
					continue
				}
				kind := field.FieldType.String()
				canBeEmpty := strings.HasPrefix(kind, "*") || strings.HasPrefix(kind, "[]") || strings.HasPrefix(kind, "sql.Null")
				if column.nullable && !canBeEmpty {
					t.Errorf("%T.%s: column %s.%s may be NULL, and a %s cannot say so", model, field.Name, parsed.Table, field.DBName, kind)
				}
			}
			for name := range columns {
				if !slices.ContainsFunc(parsed.Fields, func(f *schema.Field) bool { return f.DBName == name }) {
					t.Errorf("%T: column %s.%s has no field", model, parsed.Table, name)
				}
			}
		}
	})
}

type column struct{ nullable bool }

func columnsOf(t *testing.T, db *database.DB, table string) map[string]column {
	t.Helper()
	question := `SELECT name, CASE WHEN "notnull" = 0 THEN 'YES' ELSE 'NO' END FROM pragma_table_info(?)`
	if db.Dialect() == database.Postgres {
		question = `SELECT column_name, is_nullable FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?`
	}
	columns := map[string]column{}
	err := db.Read(context.Background(), func(tx *database.Tx) error {
		rows, err := tx.Gorm().Raw(question, table).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, nullable string
			if err := rows.Scan(&name, &nullable); err != nil {
				return err
			}
			columns[name] = column{nullable: nullable == "YES"}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("columns of %s: %v", table, err)
	}
	return columns
}

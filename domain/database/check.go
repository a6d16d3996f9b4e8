package database

import (
	"context"
	"fmt"
	"strings"
)

// Check asks the database itself whether its files hold together and whether everything that is
// referred to is there. It changes nothing, tells found of each thing that is wrong, in a sentence,
// and returns how many tables it looked at.
func (db *DB) Check(ctx context.Context, found func(string)) (tables int, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		if db.dialect == SQLite {
			tables, err = lookAtSQLite(tx, found)
		} else {
			tables, err = lookAtPostgres(tx, found)
		}
		return err
	})
	return tables, err
}

func lookAtSQLite(tx *Tx, found func(string)) (int, error) {
	var lines []string
	if err := tx.Gorm().Raw("PRAGMA integrity_check").Scan(&lines).Error; err != nil {
		return 0, err
	}
	for _, line := range lines {
		if line != "ok" {
			found("The database file is damaged (" + line + "). Stop the program, keep a copy of the file, and restore a backup.")
		}
	}
	var orphans []struct {
		Table, Parent string
		Rows          int
	}
	err := tx.Gorm().Raw(`SELECT "table", parent, COUNT(*) AS rows FROM pragma_foreign_key_check GROUP BY "table", parent ORDER BY 1, 2`).Scan(&orphans).Error
	if err != nil {
		return 0, err
	}
	for _, o := range orphans {
		found(orphaned(o.Rows, o.Table, o.Parent))
	}
	var tables int
	err = tx.Gorm().Raw("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables).Error
	return tables, err
}

func orphaned(rows int, table, parent string) string {
	return fmt.Sprintf("Rows of %s that refer to a row of %s that is not there: %d. Keep a copy of the database and restore a backup.", table, parent, rows)
}

// lookAtPostgres looks at what Postgres keeps by itself only while nobody turned it off, as some tools
// do when they copy data.
func lookAtPostgres(tx *Tx, found func(string)) (int, error) {
	var indexes []string
	err := tx.Gorm().Raw(`SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE NOT indisvalid AND c.relnamespace = current_schema()::regnamespace ORDER BY 1`).Scan(&indexes).Error
	if err != nil {
		return 0, err
	}
	for _, index := range indexes {
		found("The index " + index + " is not valid: run REINDEX INDEX " + index + ".")
	}
	var keys []struct{ Child, Parent, Columns, Refers string }
	err = tx.Gorm().Raw(`SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
			(SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.place) FROM unnest(conkey) WITH ORDINALITY k (number, place)
				JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.number) AS columns,
			(SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.place) FROM unnest(confkey) WITH ORDINALITY k (number, place)
				JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.number) AS refers
		FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2, 3`).Scan(&keys).Error
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		// The names come from the catalogue, quoted by it.
		columns, refers := strings.Split(k.Columns, ","), strings.Split(k.Refers, ",")
		same, given := make([]string, len(columns)), make([]string, len(columns))
		for i := range columns {
			same[i], given[i] = "p."+refers[i]+" = c."+columns[i], "c."+columns[i]+" IS NOT NULL"
		}
		var rows int
		err := tx.Gorm().Raw("SELECT COUNT(*) FROM " + k.Child + " c WHERE " + strings.Join(given, " AND ") +
			" AND NOT EXISTS (SELECT 1 FROM " + k.Parent + " p WHERE " + strings.Join(same, " AND ") + ")").Scan(&rows).Error
		if err != nil {
			return 0, err
		}
		if rows > 0 {
			found(orphaned(rows, k.Child, k.Parent))
		}
	}
	var tables int
	err = tx.Gorm().Raw("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&tables).Error
	return tables, err
}

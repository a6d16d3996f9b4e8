package search

import (
	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Copy is the index as it is copied into another database, which writes the words of it itself.
func Copy() database.Section {
	names := []string{"kind", "id", "workgroup_id", "audience", "owner_id", "title", "body", "whole_kind", "whole_id"}
	columns := make([]database.Column, len(names))
	for i, name := range names {
		columns[i] = database.Column{Name: name, Type: database.Text}
	}
	return database.Section{
		Name: "search_entries", Columns: columns,
		Read: func(tx *database.Tx, row func([]any) error) error {
			return database.EachRow(tx, columns, `SELECT kind, id, workgroup_id, audience, owner_id, title, body, whole_kind, whole_id
				FROM search_entries ORDER BY kind, id`, row)
		},
		Write: func(tx *database.Tx, rows [][]any) error {
			for _, row := range rows {
				text := func(i int) string { s, _ := row[i].(string); return s }
				err := Put(tx, Entry{
					Kind: text(0), ID: text(1), Workgroup: text(2), Audience: access.Audience(text(3)), Owner: access.PersonID(text(4)),
					Title: text(5), Body: text(6), Whole: Ref{text(7), text(8)},
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
		Count: func(tx *database.Tx) (n int64, err error) {
			err = tx.Gorm().Raw(`SELECT COUNT(*) FROM search_entries`).Scan(&n).Error
			return n, err
		},
	}
}

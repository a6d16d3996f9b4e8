package search

import (
	"context"
	"fmt"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// find asks the index of trigrams for what can hold the answer, and then how well each fits. The longest
// piece of a word stands for the shorter ones, which it is a part of.
func find(tx *database.Tx, reach access.Reach, q question, limit int) ([]row, error) {
	visible := `(e.audience = 'public' OR e.audience = 'private' AND e.owner_id = ? AND e.owner_id <> ''
		OR e.audience = 'members' AND e.workgroup_id <> '' AND (? OR e.workgroup_id IN ?))`
	workgroups := reach.Workgroups
	if len(workgroups) == 0 {
		workgroups = []string{""} // an empty IN clause is no SQL
	}
	who := []any{string(reach.Person), reach.Network, workgroups}

	position, order, from := "instr", "e.id", "search_words JOIN search_entries e ON e.number = search_words.rowid"
	matching, values := "search_words MATCH ?", []any{q.fts5()}
	if tx.Dialect() == database.Postgres {
		position, order, from = "strpos", `e.id COLLATE "C"`, "search_entries e"
		matching, values = q.like()
	}
	points, pointValues := q.points(position)
	values = append(append(values, who...), pointValues...)

	var rows []row
	err := tx.Gorm().Raw(`SELECT e.kind, e.id, e.workgroup_id, e.whole_kind, e.whole_id, e.title, e.body, COALESCE(w.title, '') AS whole_title
		FROM `+from+` LEFT JOIN search_entries w ON w.kind = e.whole_kind AND w.id = e.whole_id
		WHERE `+matching+` AND `+visible+`
		ORDER BY `+points+` DESC, `+order+` DESC, e.kind LIMIT ?`, append(values, limit)...).Scan(&rows).Error
	return rows, err
}

// fts5 writes what must be there in FTS5's language. Words hold letters and digits only, so they cannot
// end the quotes they stand in; with the spaces around it a piece has the three signs of a trigram.
func (q question) fts5() string {
	var all []string
	for _, w := range q {
		var pieces []string
		for _, p := range w.widest() {
			pieces = append(pieces, `"`+p+`"`)
		}
		all = append(all, "("+strings.Join(pieces, " OR ")+")")
	}
	return strings.Join(all, " AND ")
}

// like writes the same as an expression of Postgres. No word has a sign of a pattern in it.
func (q question) like() (expression string, values []any) {
	var all []string
	for _, w := range q {
		var pieces []string
		for _, p := range w.widest() {
			pieces = append(pieces, "e.words LIKE ?")
			values = append(values, "%"+p+"%")
		}
		all = append(all, "("+strings.Join(pieces, " OR ")+")")
	}
	return strings.Join(all, " AND "), values
}

// points writes how well an entry fits: for each word whether it is there as it was asked, in another
// form, as a beginning or as a part, and whether in the title.
func (q question) points(position string) (expression string, values []any) {
	var sum []string
	for _, w := range q {
		var cases []string
		add := func(pieces []string, inTitle, anywhere int) {
			for _, in := range []struct {
				column string
				points int
			}{{"e.title_words", inTitle}, {"e.words", anywhere}} {
				for _, p := range pieces {
					cases = append(cases, fmt.Sprintf("WHEN %s(%s, ?) > 0 THEN %d", position, in.column, in.points))
					values = append(values, p)
				}
			}
		}
		add(w.pieces(asked), 8, 7)
		add(w.pieces(whole), 6, 5)
		add(w.pieces(beginning), 4, 3)
		add(w.pieces(part), 2, 1)
		sum = append(sum, "CASE "+strings.Join(cases, " ")+" ELSE 0 END")
	}
	return strings.Join(sum, " + "), values
}

// Renew writes the words of entries again that are of another form: after an upgrade the program does so
// when it starts. What is changed meanwhile is left to who changes it.
func (s *Service) Renew(ctx context.Context) (int, error) {
	const atOnce = 100
	for n := 0; ; {
		var rows []row
		err := s.db.InTx(ctx, func(tx *database.Tx) error {
			lock := ""
			if tx.Dialect() == database.Postgres {
				lock = " FOR UPDATE"
			}
			err := tx.Gorm().Raw(`SELECT `+stored+` FROM search_entries WHERE form <> ? ORDER BY kind, id LIMIT ?`+lock, form, atOnce).
				Scan(&rows).Error
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := Put(tx, r.entry()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("renew the index: %w", err)
		}
		if n += len(rows); len(rows) < atOnce {
			return n, nil
		}
	}
}

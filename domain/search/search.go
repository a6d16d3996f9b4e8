// Package search finds things of any context by the words in them: with FTS5 on SQLite, with a
// Dutch tsvector on Postgres. Who asks is part of the query itself, so that what somebody may not
// know exists is not found, not counted and not ranked either.
//
// A context calls Put, Remove and Narrow in the transaction that changes the thing itself; there is
// no moment at which the two disagree.
package search

import (
	"context"
	"fmt"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Entry is one thing that can be found. Kind and ID name it; putting it again replaces it.
type Entry struct {
	Kind, ID string
	// Audience says who may find it: Public everybody, Members the members of Workgroup, and
	// Private nobody but Owner.
	Audience  access.Audience
	Workgroup string
	Owner     access.PersonID
	// Title counts for more than Body. Both are plain text; markup in them is found as it stands.
	Title, Body string
	Href        string // the page that shows it
}

// maxBody is how many bytes of a body are kept: Postgres indexes no more than a megabyte of words.
const maxBody = 200_000

// Put makes e findable once tx commits.
func Put(tx *database.Tx, e Entry) error {
	title, body := clean(e.Title, 1000), clean(e.Body, maxBody)
	columns, marks := "kind, id, workgroup_id, audience, owner_id, title, body, href", "?, ?, ?, ?, ?, ?, ?, ?"
	values := []any{e.Kind, e.ID, e.Workgroup, e.Audience, string(e.Owner), title, body, e.Href}
	update := `workgroup_id = excluded.workgroup_id, audience = excluded.audience, owner_id = excluded.owner_id,
		title = excluded.title, body = excluded.body, href = excluded.href`
	if tx.Dialect() == database.Postgres {
		columns += ", words"
		marks += ", setweight(to_tsvector('dutch', ?), 'A') || setweight(to_tsvector('dutch', ?), 'B')"
		values = append(values, plain(title), plain(body))
		update += ", words = excluded.words"
	}
	err := tx.Gorm().Exec("INSERT INTO search_entries ("+columns+") VALUES ("+marks+
		") ON CONFLICT (kind, id) DO UPDATE SET "+update, values...).Error
	if err != nil {
		return fmt.Errorf("put %s %s in the index: %w", e.Kind, e.ID, err)
	}
	return nil
}

// Remove takes a thing out of the index; one that is not in it is no error.
func Remove(tx *database.Tx, kind, id string) error {
	if err := tx.Gorm().Exec("DELETE FROM search_entries WHERE kind = ? AND id = ?", kind, id).Error; err != nil {
		return fmt.Errorf("take %s %s out of the index: %w", kind, id, err)
	}
	return nil
}

// Narrow hides everything of a workgroup from outsiders: what everybody could find is found by its
// members alone. There is no way back at once: what becomes public again is put again by the
// context that decides it.
func Narrow(tx *database.Tx, workgroup string) error {
	err := tx.Gorm().Exec("UPDATE search_entries SET audience = ? WHERE workgroup_id = ? AND audience = ?",
		access.Members, workgroup, access.Public).Error
	if err != nil {
		return fmt.Errorf("narrow the index of workgroup %s: %w", workgroup, err)
	}
	return nil
}

// Service answers questions.
type Service struct{ db *database.DB }

// New returns a service on db.
func New(db *database.DB) *Service { return &Service{db: db} }

// Hit is one thing that was found, the best first.
type Hit struct {
	Kind, ID, Workgroup, Href string
	Title, Excerpt            []Piece
}

// Piece is a part of a text that either is what was looked for, or not. It is plain text: whoever
// shows it escapes it.
type Piece struct {
	Text  string
	Found bool
}

type row struct {
	Kind, ID, WorkgroupID, Href, Title, Body string
}

// Find returns at most limit things that hold every word of text and that who may know of. Words
// match by their beginning and across the usual Dutch endings, without regard to accents. A text
// without a word in it finds nothing.
func (s *Service) Find(ctx context.Context, who access.Actor, text string, limit int) ([]Hit, error) {
	words := wordsOf(text)
	if len(words) == 0 {
		return nil, nil
	}
	var rows []row
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		var err error
		rows, err = find(tx, who.Reach(), words, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	hits := make([]Hit, 0, len(rows))
	for _, r := range rows {
		hits = append(hits, Hit{
			Kind: r.Kind, ID: r.ID, Workgroup: r.WorkgroupID, Href: r.Href,
			Title: mark(r.Title, words), Excerpt: mark(excerpt(r.Body, words), words),
		})
	}
	return hits, nil
}

func find(tx *database.Tx, reach access.Reach, words []string, limit int) ([]row, error) {
	visible := `(audience = 'public' OR audience = 'private' AND owner_id = ? AND owner_id <> ''
		OR audience = 'members' AND workgroup_id <> '' AND (? OR workgroup_id IN ?))`
	workgroups := reach.Workgroups
	if len(workgroups) == 0 {
		workgroups = []string{""} // an empty IN clause is no SQL
	}
	who := []any{string(reach.Person), reach.Network, workgroups}

	const columns = "e.kind, e.id, e.workgroup_id, e.href, e.title, e.body"
	var rows []row
	if tx.Dialect() == database.SQLite {
		err := tx.Gorm().Raw(`SELECT `+columns+` FROM search_words JOIN search_entries e ON e.number = search_words.rowid
			WHERE search_words MATCH ? AND `+visible+`
			ORDER BY bm25(search_words, 8.0, 1.0), e.number DESC LIMIT ?`,
			append(append([]any{matchFTS5(words)}, who...), limit)...).Scan(&rows).Error
		return rows, err
	}
	query, values := tsquery(words)
	values = append(append(values, who...), limit)
	err := tx.Gorm().Raw(`SELECT `+columns+` FROM search_entries e, (SELECT `+query+` AS looked_for) q
		WHERE numnode(q.looked_for) > 0 AND e.words @@ q.looked_for AND `+visible+`
		ORDER BY ts_rank(e.words, q.looked_for) DESC, e.id DESC LIMIT ?`, values...).Scan(&rows).Error
	return rows, err
}

// matchFTS5 writes the words in FTS5's language. A word holds letters and digits only (wordsOf), so
// it cannot end the quotes it stands in.
func matchFTS5(words []string) string {
	var all []string
	for _, w := range words {
		var forms []string
		for _, f := range formsOf(w) {
			if len(f) >= minPrefix {
				forms = append(forms, `"`+f+`"*`)
			} else {
				forms = append(forms, `"`+f+`"`)
			}
		}
		all = append(all, "("+strings.Join(forms, " OR ")+")")
	}
	return strings.Join(all, " AND ")
}

// tsquery writes the words as an expression of Postgres; the words themselves are its parameters, and
// hold letters and digits only (wordsOf). A word that the Dutch dictionary leaves out of the index is
// left out of the question too.
func tsquery(words []string) (expression string, values []any) {
	var all []string
	for _, w := range words {
		var forms []string
		for _, f := range formsOf(w) {
			if len(f) >= minPrefix {
				f += ":*"
			}
			forms = append(forms, f)
		}
		all = append(all, `CASE WHEN numnode(plainto_tsquery('dutch', ?)) = 0 THEN ''::tsquery
			ELSE plainto_tsquery('dutch', ?) || to_tsquery('simple', ?) END`)
		values = append(values, w, w, strings.Join(forms, " | "))
	}
	return strings.Join(all, " && "), values
}

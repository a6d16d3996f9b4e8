// Package search finds things of any context by the words in them and by parts of those words. Both
// databases keep the same plain text of each thing and look for the same pieces in it, SQLite through
// FTS5's trigrams and Postgres through pg_trgm, so that they find the same in the same order. Who asks
// is part of the query itself, so that what somebody may not know exists is not found, not counted and
// not ranked either.
//
// A context calls Put, PutParts, Remove and Narrow in the transaction that changes the thing itself;
// there is no moment at which the two disagree. On which page a thing is shown is not known here.
package search

import (
	"context"
	"fmt"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Ref names a thing.
type Ref struct{ Kind, ID string }

// Entry is one thing that can be found. Kind and ID name it; putting it again replaces it.
type Entry struct {
	Kind, ID string
	// Whole is the thing that this is a part of, such as the document of a requirement; empty for
	// what stands on its own.
	Whole Ref
	// Audience says who may find it: Public everybody, Members the members of Workgroup, and
	// Private nobody but Owner.
	Audience  access.Audience
	Workgroup string
	Owner     access.PersonID
	// Title counts for more than Body. Both are plain text; markup in them is found as it stands.
	Title, Body string
}

// What is kept of a text, in bytes.
const (
	maxTitle = 1000
	maxBody  = 200_000
)

// form is how words are written for finding. Whoever changes plain or wordsFor raises it: entries of another
// form are written again when the program starts.
const form = 1

// wordsFor returns the words of a title, and those of title and body: both with a space around each
// word, and a new line between the two texts, which no question has in it.
func wordsFor(title, body string) (titleWords, words string) {
	titleWords = " " + plain(title) + " "
	return titleWords, titleWords + "\n " + plain(body) + " "
}

// Put makes e findable once tx commits.
func Put(tx *database.Tx, e Entry) error {
	title, body := clean(e.Title, maxTitle), clean(e.Body, maxBody)
	titleWords, words := wordsFor(title, body)
	err := tx.Gorm().Exec(`INSERT INTO search_entries
			(kind, id, workgroup_id, audience, owner_id, title, body, whole_kind, whole_id, title_words, words, form)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET workgroup_id = excluded.workgroup_id, audience = excluded.audience,
			owner_id = excluded.owner_id, title = excluded.title, body = excluded.body, whole_kind = excluded.whole_kind,
			whole_id = excluded.whole_id, title_words = excluded.title_words, words = excluded.words, form = excluded.form`,
		e.Kind, e.ID, e.Workgroup, e.Audience, string(e.Owner), title, body, e.Whole.Kind, e.Whole.ID, titleWords, words, form).Error
	if err != nil {
		return fmt.Errorf("put %s %s in the index: %w", e.Kind, e.ID, err)
	}
	return nil
}

// mostParts is how many parts one call of PutParts writes, so that nobody waits long for its transaction.
const mostParts = 500

// PutParts makes these the parts of a thing, each of its Whole, and lets go of all other parts. more
// says that it is not done yet and is to be called again, in another transaction. Parts that are
// there already are not written.
func PutParts(tx *database.Tx, whole Ref, parts []Entry) (more bool, err error) {
	var rows []row
	err = tx.Gorm().Raw(`SELECT `+stored+` FROM search_entries WHERE whole_kind = ? AND whole_id = ?`, whole.Kind, whole.ID).Scan(&rows).Error
	if err != nil {
		return false, fmt.Errorf("parts of %s %s in the index: %w", whole.Kind, whole.ID, err)
	}
	before := make(map[Ref]row, len(rows))
	for _, r := range rows {
		before[Ref{r.Kind, r.ID}] = r
	}
	written := 0
	for _, e := range parts {
		e.Whole = whole
		r, known := before[Ref{e.Kind, e.ID}]
		delete(before, Ref{e.Kind, e.ID})
		if kept := e; known && r.Form == form {
			kept.Title, kept.Body = clean(e.Title, maxTitle), clean(e.Body, maxBody)
			if kept == r.entry() {
				continue
			}
		}
		if written++; written > mostParts {
			more = true
			continue
		}
		if err := Put(tx, e); err != nil {
			return false, err
		}
	}
	for gone := range before { // all of them, whatever else waits: words that were deleted are found by nobody
		if err := Remove(tx, gone.Kind, gone.ID); err != nil {
			return false, err
		}
	}
	return more, nil
}

// Retitle gives a thing another title and leaves its body; one that is not in the index is no error.
func Retitle(tx *database.Tx, kind, id, title string) error {
	var rows []row
	err := tx.Gorm().Raw(`SELECT `+stored+` FROM search_entries WHERE kind = ? AND id = ?`, kind, id).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("title of %s %s in the index: %w", kind, id, err)
	}
	for _, r := range rows {
		e := r.entry()
		e.Title = title
		return Put(tx, e)
	}
	return nil
}

// Show lets a thing and its parts be found by another audience, once tx commits.
func Show(tx *database.Tx, whole Ref, to access.Audience) error {
	err := tx.Gorm().Exec("UPDATE search_entries SET audience = ? WHERE kind = ? AND id = ? OR whole_kind = ? AND whole_id = ?",
		to, whole.Kind, whole.ID, whole.Kind, whole.ID).Error
	if err != nil {
		return fmt.Errorf("audience of %s %s in the index: %w", whole.Kind, whole.ID, err)
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

// RemoveWhole takes a thing and its parts out of the index.
func RemoveWhole(tx *database.Tx, whole Ref) error {
	err := tx.Gorm().Exec("DELETE FROM search_entries WHERE kind = ? AND id = ? OR whole_kind = ? AND whole_id = ?",
		whole.Kind, whole.ID, whole.Kind, whole.ID).Error
	if err != nil {
		return fmt.Errorf("take %s %s and its parts out of the index: %w", whole.Kind, whole.ID, err)
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
	Kind, ID, Workgroup string
	// Whole is what it is a part of, and WholeTitle how that is called; empty for what stands on its own.
	Whole          Ref
	WholeTitle     string
	Title, Excerpt []Piece
}

// Piece is a part of a text that either is what was looked for, or not. It is plain text: whoever
// shows it escapes it.
type Piece struct {
	Text  string
	Found bool
}

// stored are the columns of a row that say what the entry was, beside its words.
const stored = "kind, id, workgroup_id, audience, owner_id, title, body, whole_kind, whole_id, form"

type row struct {
	Kind, ID, WorkgroupID, Audience, OwnerID, Title, Body, WholeKind, WholeID, WholeTitle string
	Form                                                                                  int
}

func (r row) entry() Entry {
	return Entry{
		Kind: r.Kind, ID: r.ID, Whole: Ref{r.WholeKind, r.WholeID}, Audience: access.Audience(r.Audience), Workgroup: r.WorkgroupID,
		Owner: access.PersonID(r.OwnerID), Title: r.Title, Body: r.Body,
	}
}

// Asks reports whether there is a word in a text to look for.
func Asks(text string) bool { return len(questionOf(text)) > 0 }

// Find returns at most limit things that hold every word of text and that who may know of. Words match
// across the usual Dutch endings, in parts of other words, and without regard to accents; things with
// whole words come before things with parts. A text without a word in it finds nothing.
func (s *Service) Find(ctx context.Context, who access.Actor, text string, limit int) ([]Hit, error) {
	q := questionOf(text)
	if len(q) == 0 {
		return nil, nil
	}
	var rows []row
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		var err error
		rows, err = find(tx, who.Reach(), q, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	hits := make([]Hit, 0, len(rows))
	for _, r := range rows {
		hits = append(hits, Hit{
			Kind: r.Kind, ID: r.ID, Workgroup: r.WorkgroupID, Whole: Ref{r.WholeKind, r.WholeID}, WholeTitle: r.WholeTitle,
			Title: q.mark(r.Title), Excerpt: q.mark(q.excerpt(r.Body)),
		})
	}
	return hits, nil
}

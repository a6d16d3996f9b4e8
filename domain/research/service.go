package research

import (
	"context"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/search"
)

// SearchKind names notes in the search index.
const SearchKind = "note"

// Service is what people do with notes.
type Service struct {
	db  *database.DB
	Now func() time.Time
}

// New makes the service.
func New(db *database.DB) *Service { return &Service{db: db, Now: database.Now} }

// Whose narrows a list to drafts of one's own, notes of one's own, or what is shared.
type Whose string

const (
	Anybodys Whose = ""
	Mine     Whose = "mine"
	Drafts   Whose = "drafts"
	Shared   Whose = "shared"
)

// PageSize is how many notes a list shows at a time.
const PageSize = 20

// Filter narrows a list of notes.
type Filter struct {
	Workgroup string
	Whose     Whose
	Page      int // counted from 1
}

func (f Filter) offset() int { return (max(f.Page, 1) - 1) * PageSize }

// Listed is a note as a list shows it: without its text, with how many comments stand under it.
type Listed struct {
	Note
	Comments int
}

// List returns one page of the notes that who may know of, the latest change first, and how many
// there are in all.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) (notes []Listed, total int, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if total, err = countVisible(tx, who, f); err != nil {
			return err
		}
		notes, err = visible(tx, who, f)
		return err
	})
	return notes, total, err
}

// Get returns a note that who may read. Authors keep their drafts also after leaving the group.
func (s *Service) Get(ctx context.Context, who access.Actor, id NoteID) (n Note, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		n, err = readable(tx, who, id)
		return err
	})
	return n, err
}

func readable(tx *database.Tx, who access.Actor, id NoteID) (Note, error) {
	n, err := visibleOne(tx, who, id)
	if err != nil || n.Draft() { // a draft is visible to its author alone
		return n, err
	}
	return n, who.May(access.ReadNote, n.Scope())
}

// MayWrite returns nil when who may write notes in a workgroup.
func MayWrite(who access.Actor, workgroup string) error {
	return who.May(access.WriteNote, access.Scope{Workgroup: workgroup, Audience: access.Members})
}

// Write keeps a new draft, which nobody but its author knows of. The same form sent twice makes one.
func (s *Service) Write(ctx context.Context, who access.Actor, workgroup string, in Input) (n Note, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := MayWrite(who, workgroup); err != nil {
			return err
		}
		if err := in.Check(); err != nil {
			return err
		}
		now := s.Now()
		n = Note{
			ID: NoteID(database.NewID()), WorkgroupID: workgroup, AuthorID: who.ID, Title: strings.TrimSpace(in.Title), Body: in.Body,
			Audience: access.Private, Version: 1, FormKey: formKey(in.Key), CreatedAt: now, ChangedAt: now,
		}
		isNew, err := insertOnce(tx, &n)
		if err == nil && !isNew && (n.WorkgroupID != workgroup || n.Title != strings.TrimSpace(in.Title) || n.Body != in.Body) {
			err = fault.SentBefore()
		}
		if err != nil || !isNew {
			return err
		}
		return index(tx, n)
	})
	return n, err
}

// Edit replaces title and text. A version that is no longer the newest is a conflict: the note was
// changed in another window, and nothing is overwritten.
func (s *Service) Edit(ctx context.Context, who access.Actor, id NoteID, version int, in Input) (n Note, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if n, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := who.May(access.EditNote, n.Scope()); err != nil {
			return err
		}
		if err := in.Check(); err != nil {
			return err
		}
		title := strings.TrimSpace(in.Title)
		if n.Title == title && n.Body == in.Body {
			if n.Version != version { // a second click
				return nil
			}
			return fault.Unchanged()
		}
		if n.Version != version {
			return fault.Overtaken()
		}
		if !n.Draft() && fault.Blank(in.Body) {
			return fault.Invalid("note.body.missing").At("body")
		}
		n.Title, n.Body, n.Version, n.ChangedAt = title, in.Body, version+1, s.Now()
		if err := save(tx, n); err != nil {
			return err
		}
		return index(tx, n)
	})
	return n, err
}

// Share lets the members of the workgroup read the note. It shares the version that the author
// looked at, and only when the author says to have checked it: words of somebody who was
// interviewed cannot be called back once they were read.
func (s *Service) Share(ctx context.Context, who access.Actor, id NoteID, version int, checked bool) (n Note, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if n, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := who.May(access.EditNote, n.Scope()); err != nil {
			return err
		}
		if !n.Draft() {
			return nil
		}
		if n.Version != version {
			return fault.Conflict("note.changed_before_sharing")
		}
		if wrong := n.shareable(); wrong != nil {
			return wrong
		}
		if !checked {
			return fault.Invalid("note.checked.missing").At("checked")
		}
		now := s.Now()
		n.Audience, n.SharedAt = access.Members, &now
		n.Version++
		if err := saveAudience(tx, n); err != nil {
			return err
		}
		if err := index(tx, n); err != nil {
			return err
		}
		return event.Record(tx, event.NoteShared{Note: string(id), Workgroup: n.WorkgroupID, Person: string(who.ID)})
	})
	return n, err
}

// TakeBack makes a shared note a draft again, as long as nobody else's comment stands under it:
// what others wrote is not the author's to hide.
func (s *Service) TakeBack(ctx context.Context, who access.Actor, id NoteID) (n Note, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if n, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := who.May(access.EditNote, n.Scope()); err != nil {
			return err
		}
		if n.Draft() {
			return nil
		}
		others, err := countCommentsOfOthers(tx, n)
		if err != nil {
			return err
		}
		if others > 0 {
			return fault.Conflict("note.commented")
		}
		n.Audience, n.SharedAt = access.Private, nil
		n.Version++
		if err := saveAudience(tx, n); err != nil {
			return err
		}
		if err := index(tx, n); err != nil {
			return err
		}
		return event.Record(tx, event.NoteTakenBack{Note: string(id), Workgroup: n.WorkgroupID, Person: string(who.ID)})
	})
	return n, err
}

// Delete removes a draft for good; its author may do so also after leaving the group. A shared note
// is taken back first.
func (s *Service) Delete(ctx context.Context, who access.Actor, id NoteID) (n Note, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if n, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if !n.Draft() { // it is not only the author who knows of it, so the table decides what they hear
			if err := who.May(access.EditNote, n.Scope()); err != nil {
				return err
			}
			return fault.Conflict("note.shared")
		}
		if err := deleteNote(tx, id); err != nil {
			return err
		}
		return search.Remove(tx, SearchKind, string(id))
	})
	return n, err
}

// Comments returns the comments under a note, the oldest first.
func (s *Service) Comments(ctx context.Context, who access.Actor, id NoteID) (comments []Comment, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := readable(tx, who, id); err != nil {
			return err
		}
		comments, err = commentsOf(tx, id)
		return err
	})
	return comments, err
}

// Comment writes a comment under a shared note; one need not be allowed to edit it. The same form
// sent twice makes one.
func (s *Service) Comment(ctx context.Context, who access.Actor, id NoteID, words, key string) (c Comment, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		n, err := lockedOne(tx, who, id) // so that it is not taken back at the same moment
		if err != nil {
			return err
		}
		if err := who.May(access.CommentOnNote, n.Scope()); err != nil {
			return err
		}
		if n.Draft() {
			return fault.Conflict("note.draft")
		}
		if wrong := written(words, "comment", MaxComment); wrong != nil {
			return wrong
		}
		c = Comment{
			ID: CommentID(database.NewID()), NoteID: id, AuthorID: who.ID, Text: strings.TrimSpace(words),
			FormKey: formKey(key), WrittenAt: s.Now(),
		}
		isNew, err := insertCommentOnce(tx, &c)
		if err == nil && !isNew && (c.NoteID != id || c.Text != strings.TrimSpace(words)) {
			err = fault.SentBefore()
		}
		if err != nil || !isNew {
			return err
		}
		return event.Record(tx, event.NoteCommented{Note: string(id), Comment: string(c.ID), Workgroup: n.WorkgroupID, Person: string(who.ID)})
	})
	return c, err
}

// WithdrawComment takes the words of a comment away for good; that there was one stays visible.
func (s *Service) WithdrawComment(ctx context.Context, who access.Actor, id NoteID, comment CommentID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		n, err := lockedOne(tx, who, id)
		if err != nil {
			return err
		}
		c, err := commentByID(tx, id, comment)
		if err != nil {
			return err
		}
		if err := who.May(access.WithdrawComment, c.Scope(n)); err != nil {
			return err
		}
		if c.WithdrawnAt != nil {
			return nil
		}
		if err := withdraw(tx, comment, who.ID, s.Now()); err != nil {
			return err
		}
		return event.Record(tx, event.CommentWithdrawn{Note: string(id), Comment: string(comment), Person: string(who.ID)})
	})
}

func index(tx *database.Tx, n Note) error {
	return search.Put(tx, search.Entry{
		Kind: SearchKind, ID: string(n.ID), Workgroup: n.WorkgroupID, Audience: n.Audience, Owner: n.AuthorID,
		Title: n.Title, Body: plainText(n.Body),
	})
}

// formKey returns the key of a form, or one of its own for a form without.
func formKey(key string) string {
	if key == "" || len(key) > 100 {
		return database.NewID()
	}
	return key
}

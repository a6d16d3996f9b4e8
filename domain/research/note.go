// Package research keeps what people find out together: notes and the comments under them. A note
// is its author's alone until the author shares it with the workgroup.
package research

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

// NoteID identifies a note.
type NoteID string

// CommentID identifies a comment.
type CommentID string

// Note is a text of one author in one workgroup, in Markdown.
type Note struct {
	ID          NoteID `gorm:"primaryKey"`
	WorkgroupID string
	AuthorID    access.PersonID
	Title       string
	Body        string // Markdown as it was typed; whoever shows it makes it safe
	Audience    access.Audience
	Version     int // counts changes, so that an old page cannot undo a new one
	FormKey     string
	CreatedAt   time.Time
	ChangedAt   time.Time
	SharedAt    *time.Time // nil while it is a draft
}

// TableName tells gorm where notes lie.
func (Note) TableName() string { return "notes" }

// Scope says whose the note is and who may know of it.
func (n Note) Scope() access.Scope {
	return access.Scope{Workgroup: n.WorkgroupID, Owner: n.AuthorID, Audience: n.Audience}
}

// Draft reports whether only the author may know that the note exists.
func (n Note) Draft() bool { return n.Audience == access.Private }

// Comment is what somebody says about a note. Withdrawn, it leaves a place without words.
type Comment struct {
	ID          CommentID `gorm:"primaryKey"`
	NoteID      NoteID
	AuthorID    access.PersonID
	Text        string
	FormKey     string
	WrittenAt   time.Time
	WithdrawnAt *time.Time
	WithdrawnBy access.PersonID
}

// TableName tells gorm where comments lie.
func (Comment) TableName() string { return "note_comments" }

// Scope says where the comment belongs: with its note, and to who wrote it.
func (c Comment) Scope(n Note) access.Scope {
	return access.Scope{Workgroup: n.WorkgroupID, Owner: c.AuthorID, Audience: n.Audience}
}

// What notes and comments may hold, in characters.
const (
	MaxTitle   = 150
	MaxBody    = 50_000
	MaxComment = 5_000
)

// Input is what the author writes. A draft may be unfinished: only its title is needed.
type Input struct {
	Title, Body string
	Key         string // of the form; the same key of the same author makes one note only
}

// Check finds what is wrong with in.
func (in Input) Check() error {
	var mistakes fault.Mistakes
	mistakes.Add(written(in.Title, "title", MaxTitle))
	mistakes.Add(legible(in.Body, "body", MaxBody))
	return mistakes.Err()
}

// written checks what was typed in a field that must not stay empty.
func written(s, field string, most int) *fault.Fault {
	if fault.Blank(s) {
		return fault.Invalid("note." + field + ".missing").At(field)
	}
	return legible(s, field, most)
}

func legible(s, field string, most int) *fault.Fault {
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return fault.Invalid("web.field.unreadable").At(field)
	case utf8.RuneCountInString(s) > most:
		return fault.Invalid("web.field.too_long", "Max", most).At(field)
	}
	return nil
}

// shareable tells what still stands between a draft and its readers.
func (n Note) shareable() *fault.Fault {
	if fault.Blank(n.Body) {
		return fault.Conflict("note.empty")
	}
	return nil
}

// plainText returns the words of a Markdown text without its marks, for the search index.
func plainText(source string) string {
	bytes := []byte(source)
	var b strings.Builder
	_ = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(bytes)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				b.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(bytes))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(bytes))
			}
		}
		return ast.WalkContinue, nil
	}) // the visitor above returns no error
	return strings.TrimSpace(b.String())
}

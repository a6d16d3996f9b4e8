// Package ui is the house style of the pages: the frame around each page, forms and their mistakes,
// tables, and dates and numbers as people here write them. It knows components, not what is in them.
package ui

import (
	"context"
	"time"

	"github.com/a-h/templ"
)

// Request is what the frame of a page must know about who asks.
type Request struct {
	Lang          string  // "nl" or "en"; empty is Dutch
	Nonce         string  // of this answer's content security policy
	CSRF          string  // goes back with each form
	Path          string  // path and query of the page, where the language switch returns to
	Address       string  // Path in full, for a page on paper
	Viewer        *Viewer // nil when nobody is signed in
	Demonstration bool    // the program shows invented people
	RightAddress  string  // where the page should have been opened, when it is known to be open elsewhere
	Said          *Said   // what the press did that led to this page; nil when none did
	Now           time.Time
}

// Said is what a press did, and what one can do about it.
type Said struct {
	Kind         Kind
	Text, Next   string // a sentence, and what happens now
	Look, LookAs string // where it can be seen; LookAs is empty when nowhere
	Undo, UndoAs string // where a form is sent that undoes it; UndoAs is empty when nothing does
	Fields       [][2]string
}

// Viewer is the person who is signed in.
type Viewer struct {
	ID             string
	Name, Initials string
	Admin          bool
}

type requestKey struct{}

// WithRequest gives the components of one page what they must know about the request.
func WithRequest(ctx context.Context, r Request) context.Context {
	if r.Lang == "" {
		r.Lang = Dutch
	}
	return templ.WithNonce(context.WithValue(ctx, requestKey{}, r), r.Nonce)
}

// RequestOf returns what WithRequest stored; without it, a Dutch page for an unknown visitor.
func RequestOf(ctx context.Context) Request {
	if r, ok := ctx.Value(requestKey{}).(Request); ok {
		return r
	}
	return Request{Lang: Dutch}
}

// now is the moment of the request: a page has one clock, also when it takes long to write.
func now(ctx context.Context) time.Time {
	if t := RequestOf(ctx).Now; !t.IsZero() {
		return t
	}
	return time.Now()
}

// Package fault says what can go wrong, by kind, at the borders of the house.
//
// The domain names the kind and a code; server/web alone knows which HTTP status a kind is,
// and the message files turn the code into a sentence. A code never holds personal data;
// parameters may hold what the sentence shows back to the person who sent it.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says who has to do something about a fault.
type Kind int

const (
	KindInternal        Kind = iota // ours to repair: shown as "something went wrong", logged whole
	KindInvalid                     // the person who sent it can correct it
	KindUnauthenticated             // sign in first
	KindForbidden                   // signed in and may see it, but may not do this
	KindNotFound                    // is not there, or may not be known to be there
	KindConflict                    // the state of the thing does not allow it, or it changed meanwhile
	KindTooMuch                     // too many, too large or too often
	KindUnavailable                 // not now; the same request may succeed in a moment
)

var kindNames = [...]string{
	"internal", "invalid", "unauthenticated", "forbidden", "not found", "conflict", "too much", "unavailable",
}

func (k Kind) String() string { return kindNames[k] }

// Fault is one thing that went wrong. Code is a message id and Params the values of its
// template, in pairs of name and value. Field names the form field it belongs to, if any.
// More holds further mistakes of the same form, so that a person meets all of them at once.
type Fault struct {
	Kind   Kind
	Code   string
	Params []any
	Field  string
	Err    error // the cause, for the log only
	More   []*Fault
}

func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Kind, f.Code)
	if f.Field != "" {
		fmt.Fprintf(&b, " at %s", f.Field)
	}
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	for _, m := range f.More {
		fmt.Fprintf(&b, "; %v", m)
	}
	return b.String()
}

func (f *Fault) Unwrap() error { return f.Err }

// At returns a copy of f that names the form field it belongs to.
func (f *Fault) At(field string) *Fault {
	c := *f
	c.Field = field
	return &c
}

// Because returns a copy of f that carries its cause, for the log only.
func (f *Fault) Because(err error) *Fault {
	c := *f
	c.Err = err
	return &c
}

// All returns f and the mistakes that came with it, in the order they were found.
func (f *Fault) All() []*Fault { return append([]*Fault{f}, f.More...) }

// Each constructor takes a message id and the values of its template in pairs of name and value.

func Invalid(code string, params ...any) *Fault {
	return &Fault{Kind: KindInvalid, Code: code, Params: params}
}

func Unauthenticated(code string, params ...any) *Fault {
	return &Fault{Kind: KindUnauthenticated, Code: code, Params: params}
}

func Forbidden(code string, params ...any) *Fault {
	return &Fault{Kind: KindForbidden, Code: code, Params: params}
}

func NotFound(code string, params ...any) *Fault {
	return &Fault{Kind: KindNotFound, Code: code, Params: params}
}

func Conflict(code string, params ...any) *Fault {
	return &Fault{Kind: KindConflict, Code: code, Params: params}
}

func TooMuch(code string, params ...any) *Fault {
	return &Fault{Kind: KindTooMuch, Code: code, Params: params}
}

func Unavailable(code string, params ...any) *Fault {
	return &Fault{Kind: KindUnavailable, Code: code, Params: params}
}

// KindOf returns the kind of the fault that err is or wraps; any other error is KindInternal.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return KindInternal
}

// Is reports whether err is or wraps a fault of this kind and, when code is not empty, this code.
func Is(err error, kind Kind, code string) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == kind && (code == "" || f.Code == code)
}

// Mistakes gathers what is wrong with one form. The zero value is ready for use.
type Mistakes struct{ found []*Fault }

// Add notes a mistake; nil is ignored, so that a check can be written on one line.
func (m *Mistakes) Add(f *Fault) {
	if f != nil {
		m.found = append(m.found, f)
	}
}

// Err returns nil when the form is right, otherwise one fault that holds every mistake.
func (m *Mistakes) Err() error {
	if len(m.found) == 0 {
		return nil
	}
	first := *m.found[0]
	first.More = append(append([]*Fault{}, first.More...), m.found[1:]...)
	return &first
}

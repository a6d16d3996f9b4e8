package lib0

import (
	"errors"
	"fmt"
)

// The three ways in which bytes from outside can be refused. Test with errors.Is.
var (
	// ErrMalformed means that no program following the format writes these bytes.
	ErrMalformed = errors.New("malformed")
	// ErrOverBudget means that the bytes ask for more than the limits allow.
	ErrOverBudget = errors.New("over budget")
	// ErrUnsupported means that the bytes may be right but use something this version cannot hold.
	ErrUnsupported = errors.New("unsupported")
)

// Error says which of the three it is, where, and why.
type Error struct {
	Kind error  // ErrMalformed, ErrOverBudget or ErrUnsupported
	At   int    // offset in the bytes being read
	What string // a short reason
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v at byte %d: %s", e.Kind, e.At, e.What)
}

// Unwrap makes errors.Is see the kind.
func (e *Error) Unwrap() error { return e.Kind }

package crdt

import (
	"errors"

	"samenwijk/realtime/lib0"
)

// The ways in which bytes from outside can be refused. Every error that a decoder returns is one of
// these for errors.Is, and none of them leaves a trace in the document.
var (
	// ErrMalformed means that no Yjs peer writes these bytes.
	ErrMalformed = lib0.ErrMalformed
	// ErrOverBudget means that the bytes ask for more than Limits allows.
	ErrOverBudget = lib0.ErrOverBudget
	// ErrUnsupported means that the bytes may be right, but this version cannot hold what they say:
	// a clock or length of 2^32 or more.
	ErrUnsupported = lib0.ErrUnsupported
)

// Mistakes of the calling program, and of time.
var (
	// ErrRange means that an index or a length points outside of the type.
	ErrRange = errors.New("outside of the type")
	// ErrDetached means that the type is not, or no longer, part of a document.
	ErrDetached = errors.New("the type is not part of the document")
	// ErrValue means that a Go value has no counterpart in a document.
	ErrValue = errors.New("a value of this kind cannot be stored")
	// ErrKind means that a root type with this name exists with another kind.
	ErrKind = errors.New("the root type has another kind")
	// ErrCollected means that content needed for the answer was garbage collected.
	ErrCollected = errors.New("the content was garbage collected")
)

// Limits bound what one update may ask for. A zero field takes its value from DefaultLimits.
type Limits struct {
	Bytes   int // length of the update
	Structs int // number of structs and delete ranges together
	Clients int // number of clients with structs in the update
	Depth   int // nesting of arrays and objects in a value
}

// DefaultLimits are far above what an honest document needs.
var DefaultLimits = Limits{Bytes: 256 << 20, Structs: 8 << 20, Clients: 1 << 20, Depth: lib0.DefaultMaxDepth}

func (l Limits) orDefault() Limits {
	pick := func(n, def int) int {
		if n > 0 {
			return n
		}
		return def
	}
	return Limits{
		Bytes:   min(pick(l.Bytes, DefaultLimits.Bytes), 1<<31-1),
		Structs: pick(l.Structs, DefaultLimits.Structs),
		Clients: pick(l.Clients, DefaultLimits.Clients),
		Depth:   pick(l.Depth, DefaultLimits.Depth),
	}
}

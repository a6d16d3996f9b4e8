package ui

import "context"

// Saved is what may be said about what somebody typed.
type Saved string

const (
	AllSaved Saved = "saved"   // the server wrote it down
	Saving   Saved = "saving"  // on its way
	Unsaved  Saved = "unsaved" // it may be lost
	Offline  Saved = "offline" // kept on this device
)

func (s Saved) text(ctx context.Context) string { return T(ctx, "ui.document."+string(s)) }

// Mode is one way to meet a document, such as writing, proposing or reading; each has an address.
type Mode struct {
	Label, Href string
	Current     bool
}

// OutlineItem is a heading of a document, or something in it that has a key.
type OutlineItem struct {
	ID      string // of the element in the text
	Key     string // such as "PVE-3"; may be empty
	Label   string
	Current bool
	Items   []OutlineItem
}

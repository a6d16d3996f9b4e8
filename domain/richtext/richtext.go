// Package richtext is a finished text as a plain tree: what a page, a letter or an export shows of
// a live document or a note. It knows neither the editor nor the formats it is written to.
//
// A tree is a value: whoever made it may hand it on, and nobody changes it afterwards. It holds
// nothing unchecked: addresses of links have passed SafeURL, levels and nesting have bounds.
package richtext

import (
	"net/url"
	"slices"
	"strings"
)

// Kind says what a block is.
type Kind string

const (
	Paragraph   Kind = "paragraph"
	Heading     Kind = "heading" // Level 1 to 6
	Section     Kind = "section"
	BulletList  Kind = "bullet_list"
	OrderedList Kind = "ordered_list" // Start is its first number
	ListItem    Kind = "list_item"
	Requirement Kind = "requirement" // ID is that of programme.Requirement; holds a Statement and a Rationale
	Statement   Kind = "statement"
	Rationale   Kind = "rationale"
	Principle   Kind = "principle"
	Term        Kind = "term"
	Note        Kind = "note"
	Quote       Kind = "quote"
	Table       Kind = "table"
	Row         Kind = "row"
	Cell        Kind = "cell"
	HeaderCell  Kind = "header_cell"
	Figure      Kind = "figure" // Source and Alt
	Rule        Kind = "rule"
	Other       Kind = "other" // something else: shown by its content
)

// Document is a finished text. Title may be empty.
type Document struct {
	Title  string
	Blocks []Block
}

// Block is a piece of text that stands on its own. It has either inlines or blocks in it.
type Block struct {
	Kind    Kind
	ID      string // of a requirement, a table or a box (a principle, a term, a note or a quote)
	Level   int    // of a heading
	Start   int    // of an ordered list
	Source  string // of a figure
	Alt     string // of a figure: what it shows, for who cannot see it
	Unknown bool   // it is of a kind that this version does not know, which a reader is told
	Inlines []Inline
	Blocks  []Block
}

// Inline is a run of text with the same marks. Break is a forced new line, and Unknown something that
// this version does not know and a reader is told of; neither has text.
type Inline struct {
	Text    string
	Bold    bool
	Italic  bool
	Strike  bool
	Code    bool
	Link    string // empty, or an address that passed SafeURL
	Break   bool
	Unknown bool
	By      string // id of whose text this is, for a reader who asked; empty when not asked or not known
}

// Empty reports whether there is nothing to see in the document: no words, and nothing that shows without
// them, such as a table that nobody has filled in yet.
func (d Document) Empty() bool { return strings.TrimSpace(d.Plain()) == "" && !shows(d.Blocks) }

// shows reports whether there is something among the blocks that a reader sees without words.
func shows(blocks []Block) bool {
	return slices.ContainsFunc(blocks, func(b Block) bool {
		switch b.Kind {
		case Requirement, Principle, Term, Note, Quote, Table, Figure, Rule:
			return true
		}
		return b.Unknown || slices.ContainsFunc(b.Inlines, func(i Inline) bool { return i.Unknown }) || shows(b.Blocks)
	})
}

// Plain returns the text without its form, a line a block: for search and for comparing.
func (d Document) Plain() string { return plain(d.Blocks) }

// Plain returns the text of the block and what is in it, a line a block.
func (b Block) Plain() string { return plain([]Block{b}) }

// Find returns the first block of this kind and id, and whether there is one.
func (d Document) Find(kind Kind, id string) (Block, bool) { return find(d.Blocks, kind, id) }

// IDs returns the ids of all blocks of this kind, in the order of the text.
func (d Document) IDs(kind Kind) []string { return ids(nil, d.Blocks, kind) }

func ids(found []string, blocks []Block, kind Kind) []string {
	for _, b := range blocks {
		if b.Kind == kind {
			found = append(found, b.ID)
		}
		found = ids(found, b.Blocks, kind)
	}
	return found
}

// Child returns the first block of this kind directly in b, and whether there is one.
func (b Block) Child(kind Kind) (Block, bool) {
	for _, c := range b.Blocks {
		if c.Kind == kind {
			return c, true
		}
	}
	return Block{}, false
}

func find(blocks []Block, kind Kind, id string) (Block, bool) {
	for _, b := range blocks {
		if b.Kind == kind && b.ID == id {
			return b, true
		}
		if found, ok := find(b.Blocks, kind, id); ok {
			return found, true
		}
	}
	return Block{}, false
}

func plain(blocks []Block) string {
	var out strings.Builder
	var write func(blocks []Block)
	write = func(blocks []Block) {
		for _, b := range blocks {
			for _, i := range b.Inlines {
				if i.Break {
					out.WriteByte('\n')
				}
				out.WriteString(i.Text)
			}
			if len(b.Inlines) > 0 {
				out.WriteByte('\n')
			}
			write(b.Blocks)
		}
	}
	write(blocks)
	return strings.TrimRight(out.String(), "\n")
}

// SafeURL returns the address when a reader can follow it without harm: a page of the web, a
// mailbox, a telephone number, or a place on our own site. Any other is empty.
func SafeURL(address string) string {
	address = strings.TrimSpace(address)
	if len(address) > 2000 || strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http":
		if u.Host != "" {
			return address
		}
	case "mailto", "tel":
		if u.Opaque != "" {
			return address
		}
	case "":
		if u.Host == "" && (strings.HasPrefix(address, "/") || strings.HasPrefix(address, "#")) &&
			!strings.HasPrefix(address, "//") && !strings.Contains(address, `\`) {
			return address
		}
	}
	return ""
}

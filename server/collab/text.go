package collab

import (
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// kinds says what the editor's nodes are in a finished text, those of the first model included.
var kinds = map[string]richtext.Kind{
	"paragraph": richtext.Paragraph, "heading": richtext.Heading, "section": richtext.Section,
	"bulletList": richtext.BulletList, "orderedList": richtext.OrderedList, "listItem": richtext.ListItem,
	"requirement": richtext.Requirement, "statement": richtext.Statement, "rationale": richtext.Rationale,
	"principle": richtext.Principle, "term": richtext.Term, "note": richtext.Note, "sourceQuote": richtext.Quote,
	"table": richtext.Table, "tableRow": richtext.Row, "tableCell": richtext.Cell, "tableHeader": richtext.HeaderCell,
	"figure": richtext.Figure, "horizontalRule": richtext.Rule,
}

// boxKinds says what the boxes of the present model are.
var boxKinds = map[string]richtext.Kind{
	"principle": richtext.Principle, "term": richtext.Term, "note": richtext.Note, "quote": richtext.Quote,
}

// owned is a number of UTF-16 units and whose they are.
type owned struct {
	units uint32
	by    string
}

// reader turns the editor's nodes into a finished text. With whose, which divides a range of ids, it
// also says whose each piece of text is; the nodes then have their ids.
type reader struct{ whose func(crdt.Range) []owned }

// finished is the text without saying whose it is.
func finished(nodes []prosemirror.Node) []richtext.Block { return reader{}.blocks(nodes) }

// blocks shows a node it does not know by its content: an older program never hides what a newer one
// let people write.
func (r reader) blocks(nodes []prosemirror.Node) []richtext.Block {
	var blocks []richtext.Block
	var run []richtext.Inline // text beside blocks, which only a damaged document has
	for _, n := range nodes {
		if inlines, ok := r.inlines(n); ok {
			run = append(run, inlines...)
			continue
		}
		if len(run) > 0 {
			blocks = append(blocks, richtext.Block{Kind: richtext.Paragraph, Inlines: run})
			run = nil
		}
		blocks = append(blocks, r.block(n))
	}
	if len(run) > 0 {
		blocks = append(blocks, richtext.Block{Kind: richtext.Paragraph, Inlines: run})
	}
	return blocks
}

func (r reader) block(n prosemirror.Node) richtext.Block {
	kind, known := kinds[n.Type]
	if !known {
		kind = richtext.Other
	}
	b := richtext.Block{Kind: kind}
	switch n.Type {
	case "box":
		named, _ := n.Attrs["kind"].(string)
		if b.Kind, known = boxKinds[named]; !known {
			b.Kind, b.Unknown = richtext.Other, true
		}
		b.ID, _ = n.Attrs["id"].(string)
	case "unknownBlock":
		b.Unknown = true
	case "paragraph":
		_, b.Unknown = n.Attrs["unknown"]
	}
	switch kind {
	case richtext.Heading:
		b.Level = min(max(whole(n.Attrs["level"], 2), 1), 6)
	case richtext.Requirement, richtext.Table:
		b.ID, _ = n.Attrs["id"].(string)
	case richtext.OrderedList:
		b.Start = whole(n.Attrs["start"], 1)
	case richtext.Figure:
		source, _ := n.Attrs["src"].(string)
		b.Source = richtext.SafeURL(source)
		b.Alt, _ = n.Attrs["alt"].(string)
	}
	if inlines, all := r.allInlines(n.Content); all {
		b.Inlines = inlines
	} else {
		b.Blocks = r.blocks(n.Content)
	}
	return b
}

// allInlines returns the content as text, when all of it is.
func (r reader) allInlines(nodes []prosemirror.Node) ([]richtext.Inline, bool) {
	inlines := make([]richtext.Inline, 0, len(nodes))
	for _, n := range nodes {
		some, ok := r.inlines(n)
		if !ok {
			return nil, false
		}
		inlines = append(inlines, some...)
	}
	return inlines, true
}

// inlines returns a node as text, when it is: one piece, or one for each whose it is.
func (r reader) inlines(n prosemirror.Node) ([]richtext.Inline, bool) {
	switch n.Type {
	case "hardBreak":
		return []richtext.Inline{{Break: true}}, true
	case "unknownInline":
		return []richtext.Inline{{Unknown: true}}, true
	case prosemirror.TextType:
	default:
		return nil, false
	}
	inline := richtext.Inline{Text: n.Text}
	for _, m := range n.Marks {
		switch m.Type {
		case "bold":
			inline.Bold = true
		case "italic":
			inline.Italic = true
		case "strike":
			inline.Strike = true
		case "code":
			inline.Code = true
		case "link":
			href, _ := m.Attrs["href"].(string)
			inline.Link = richtext.SafeURL(href)
		}
	}
	if r.whose == nil {
		return []richtext.Inline{inline}, true
	}
	return r.divide(inline, n.IDs), true
}

func (r reader) divide(inline richtext.Inline, ids []crdt.Range) []richtext.Inline {
	var pieces []owned
	for _, id := range ids {
		for _, p := range r.whose(id) {
			if n := len(pieces); n > 0 && pieces[n-1].by == p.by {
				pieces[n-1].units += p.units
				continue
			}
			pieces = append(pieces, p)
		}
	}
	var inlines []richtext.Inline
	rest := inline.Text
	for i, p := range pieces {
		piece := inline
		piece.By = p.by
		if piece.Text, rest = prosemirror.Cut(rest, p.units); i == len(pieces)-1 {
			piece.Text, rest = piece.Text+rest, ""
		}
		if piece.Text != "" {
			inlines = append(inlines, piece)
		}
	}
	if len(inlines) == 0 {
		return []richtext.Inline{inline}
	}
	return inlines
}

// whole reads a number the way editors write it; anything else is fallback.
func whole(v any, fallback int) int {
	switch n := v.(type) {
	case int:
		return n
	case int64:
		return int(n)
	case float64:
		if n >= -1e9 && n <= 1e9 {
			return int(n)
		}
	}
	return fallback
}

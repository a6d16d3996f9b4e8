package collab

import (
	"samenwijk/domain/richtext"
	"samenwijk/realtime/prosemirror"
)

// names is kinds the other way around.
var names = func() map[richtext.Kind]string {
	m := map[richtext.Kind]string{}
	for name, kind := range kinds {
		m[kind] = name
	}
	return m
}()

// nodesOf is the way back, for a text that the server writes. Blocks of kind Other have no way back and
// are left out.
func nodesOf(blocks []richtext.Block) []prosemirror.Node { return converted(looseNodes(blocks)) }

// looseNodes are nodes that may hold each other as freely as blocks do.
func looseNodes(blocks []richtext.Block) []prosemirror.Node {
	var nodes []prosemirror.Node
	for _, b := range blocks {
		name, known := names[b.Kind]
		if !known {
			continue
		}
		attrs := map[string]any{}
		switch b.Kind {
		case richtext.Heading:
			attrs["level"] = b.Level
		case richtext.Requirement, richtext.Principle, richtext.Term, richtext.Note, richtext.Quote, richtext.Table:
			attrs["id"] = b.ID
		case richtext.OrderedList:
			attrs["start"] = max(b.Start, 1)
		case richtext.Figure:
			attrs["src"], attrs["alt"] = b.Source, b.Alt
		}
		content := looseNodes(b.Blocks)
		for _, i := range b.Inlines {
			content = append(content, inlineNode(i))
		}
		nodes = append(nodes, prosemirror.Element(name, attrs, content...))
	}
	return nodes
}

func inlineNode(i richtext.Inline) prosemirror.Node {
	if i.Break {
		return prosemirror.Element("hardBreak", nil)
	}
	var marks []prosemirror.Mark
	for name, on := range map[string]bool{"bold": i.Bold, "italic": i.Italic, "strike": i.Strike, "code": i.Code} {
		if on {
			marks = append(marks, prosemirror.Mark{Type: name})
		}
	}
	if i.Link != "" {
		marks = append(marks, prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": i.Link}})
	}
	return prosemirror.Text(i.Text, marks...)
}

package collab

import (
	"context"
	"fmt"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// Text returns the text as it was last saved. The caller has authorised the reader.
func (c *Collab) Text(ctx context.Context, id livedoc.ID) (richtext.Document, error) {
	doc, err := c.Document(ctx, id)
	if err != nil {
		return richtext.Document{}, err
	}
	nodes, err := prosemirror.Read(doc.XMLFragment(Fragment))
	if err != nil {
		return richtext.Document{}, fmt.Errorf("text of %s: %w", id, err)
	}
	return richtext.Document{Blocks: finished(nodes)}, nil
}

// SeedText returns the first update of a document that begins with this text.
func SeedText(blocks []richtext.Block) ([]byte, error) {
	doc := crdt.NewDoc()
	var err error
	doc.Transact(nil, func(*crdt.Tx) { err = prosemirror.Write(doc.XMLFragment(Fragment), nodesOf(blocks)) })
	if err != nil {
		return nil, err
	}
	return doc.EncodeStateAsUpdate(nil)
}

// SetText makes the text read like this, as one edit by a person. What is there already keeps its place.
func (c *Collab) SetText(ctx context.Context, who access.Actor, id livedoc.ID, text richtext.Document) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		return prosemirror.Write(doc.XMLFragment(Fragment), nodesOf(text.Blocks))
	})
}

// SetWords puts other words in the parts of one requirement, as one edit by a person; paragraphs
// are separated by an empty line. Everything else in the text keeps its place, and a paragraph
// whose words stay keeps its form. It returns once the edit is on disk, and others then see it at
// once. A requirement that is not in the text is fault.KindNotFound.
func (c *Collab) SetWords(ctx context.Context, who access.Actor, id livedoc.ID, requirement string, words map[richtext.Kind]string) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		block := findElement(doc.XMLFragment(Fragment), names[richtext.Requirement], requirement)
		if block == nil {
			return fault.NotFound("not_found")
		}
		for _, kind := range []richtext.Kind{richtext.Statement, richtext.Rationale} {
			if text, given := words[kind]; given {
				if err := setPart(&block.XMLFragment, names[kind], text); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func setPart(requirement *crdt.XMLFragment, name, text string) error {
	for _, child := range requirement.Children() {
		if part, ok := child.(*crdt.XMLElement); ok && part.Name() == name {
			old, err := prosemirror.Read(&part.XMLFragment)
			if err != nil {
				return err
			}
			return prosemirror.Write(&part.XMLFragment, reworded(old, text))
		}
	}
	part := crdt.NewXMLElement(name)
	if err := requirement.Append(part); err != nil {
		return err
	}
	return prosemirror.Write(&part.XMLFragment, reworded(nil, text))
}

// findElement returns the element of this type and id, at whatever depth, or nil.
func findElement(f *crdt.XMLFragment, name, id string) *crdt.XMLElement {
	for _, child := range f.Children() {
		e, ok := child.(*crdt.XMLElement)
		if !ok {
			continue
		}
		if is, _ := e.Attribute("id"); e.Name() == name && is == id {
			return e
		}
		if found := findElement(&e.XMLFragment, name, id); found != nil {
			return found
		}
	}
	return nil
}

// reworded returns blocks that say text. Blocks at the start and at the end whose words stay are
// kept as they are; of one that changed, the characters that stay keep their marks.
func reworded(old []prosemirror.Node, text string) []prosemirror.Node {
	paragraphs := paragraphsOf(text)
	said := make([]string, 0, len(old))
	var kept []prosemirror.Node
	for _, n := range old {
		if t := plainOf(n); t != "" {
			kept, said = append(kept, n), append(said, t)
		}
	}
	first := 0
	for first < len(said) && first < len(paragraphs) && said[first] == paragraphs[first] {
		first++
	}
	last := 0
	for last < len(said)-first && last < len(paragraphs)-first && said[len(said)-1-last] == paragraphs[len(paragraphs)-1-last] {
		last++
	}
	nodes := append([]prosemirror.Node{}, kept[:first]...)
	changed, gone := paragraphs[first:len(paragraphs)-last], kept[first:len(kept)-last]
	for i, p := range changed {
		var was []prosemirror.Node
		if i < len(gone) && gone[i].Type == names[richtext.Paragraph] {
			was = gone[i].Content
		}
		nodes = append(nodes, prosemirror.Element(names[richtext.Paragraph], nil, rewordedLine(was, p)...))
	}
	nodes = append(nodes, kept[len(kept)-last:]...)
	if len(nodes) == 0 {
		nodes = append(nodes, prosemirror.Element(names[richtext.Paragraph], nil))
	}
	return nodes
}

func paragraphsOf(text string) []string {
	var paragraphs []string
	for _, p := range strings.Split(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			paragraphs = append(paragraphs, p)
		}
	}
	return paragraphs
}

func plainOf(n prosemirror.Node) string {
	return strings.TrimSpace(blockOf(n).Plain())
}

// character is one character of a line with its marks; a forced new line is '\n'.
type character struct {
	r     rune
	marks []prosemirror.Mark
}

// rewordedLine returns the inline nodes that say line, with the marks of the characters at its
// start and end that were there before.
func rewordedLine(old []prosemirror.Node, line string) []prosemirror.Node {
	var was []character
	for _, n := range old {
		if n.Type != prosemirror.TextType {
			was = append(was, character{r: '\n'})
			continue
		}
		for _, r := range n.Text {
			was = append(was, character{r, n.Marks})
		}
	}
	says := make([]character, 0, len(line))
	for _, r := range line {
		says = append(says, character{r: r})
	}
	for i := 0; i < len(says) && i < len(was) && says[i].r == was[i].r; i++ {
		says[i].marks = was[i].marks
	}
	for i := 1; i <= len(says) && i <= len(was) && says[len(says)-i].r == was[len(was)-i].r; i++ {
		if says[len(says)-i].marks == nil {
			says[len(says)-i].marks = was[len(was)-i].marks
		}
	}
	var nodes []prosemirror.Node
	for _, ch := range says {
		if ch.r == '\n' {
			nodes = append(nodes, prosemirror.Element("hardBreak", nil))
			continue
		}
		nodes = append(nodes, prosemirror.Text(string(ch.r), ch.marks...))
	}
	return nodes
}

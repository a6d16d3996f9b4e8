package collab

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/prosemirror"
	"samenwijk/realtime/protocol"
)

// origin marks the transactions of the server's own edits.
type origin struct{}

// Text returns the text as it was last saved. The caller has authorised the reader.
func (c *Collab) Text(ctx context.Context, id livedoc.ID) (richtext.Document, error) {
	doc, _, err := c.open(ctx, id)
	if err != nil {
		return richtext.Document{}, err
	}
	nodes, err := prosemirror.Read(doc.XMLFragment(Fragment))
	if err != nil {
		return richtext.Document{}, fmt.Errorf("text of %s: %w", id, err)
	}
	return richtext.Document{Blocks: finished(nodes)}, nil
}

// open builds a document from the log. It is the caller's own: a room has another.
func (c *Collab) open(ctx context.Context, id livedoc.ID) (*crdt.Doc, livedoc.Document, error) {
	var updates [][]byte
	head, err := c.log.Load(ctx, id, 0, 0, func(u livedoc.Update) error {
		updates = append(updates, u.Payload)
		return nil
	})
	if err != nil {
		return nil, head, err
	}
	doc := crdt.NewDoc()
	for _, update := range updates {
		if err := doc.ApplyUpdate(update, nil); err != nil {
			return nil, head, fmt.Errorf("read %s: %w", id, err)
		}
	}
	return doc, head, nil
}

// SeedText returns the first update of a document that begins with this text.
func SeedText(blocks []richtext.Block) ([]byte, error) {
	return change(crdt.NewDoc(), func(f *crdt.XMLFragment) error { return prosemirror.Write(f, nodesOf(blocks)) })
}

// change runs edit in one transaction and returns what it did as one update, empty when nothing.
func change(doc *crdt.Doc, edit func(f *crdt.XMLFragment) error) ([]byte, error) {
	var updates [][]byte
	defer doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })()
	var err error
	doc.Transact(origin{}, func(*crdt.Tx) { err = edit(doc.XMLFragment(Fragment)) })
	if err != nil || len(updates) == 0 {
		return nil, err
	}
	return crdt.MergeUpdates(updates)
}

// SetWords puts other words in the parts of one requirement, as one edit by a person; paragraphs
// are separated by an empty line. Everything else in the text keeps its place, and a paragraph
// whose words stay keeps its form. It returns once the edit is on disk, and others then see it at
// once. A requirement that is not in the text is fault.KindNotFound.
func (c *Collab) SetWords(ctx context.Context, who access.PersonID, id livedoc.ID, requirement string, words map[richtext.Kind]string) error {
	return c.edit(ctx, who, id, func(f *crdt.XMLFragment) error {
		block := findElement(f, names[richtext.Requirement], requirement)
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

// done ends the session of a server edit: everything it sent is on disk.
var done = &hub.Refusal{Reason: "done"}

// edit makes one change to the text in the name of a person: it comes in like any other, is
// checked, logged, and shown to who is there.
func (c *Collab) edit(ctx context.Context, who access.PersonID, id livedoc.ID, f func(*crdt.XMLFragment) error) error {
	session, err := c.Join(ctx, who, id, Write, false)
	if err != nil {
		return asFault(err)
	}
	defer session.Leave()
	if session.Mode() != hub.Write {
		return fault.Forbidden("forbidden")
	}
	doc, _, err := c.open(ctx, id)
	if err != nil {
		return err
	}
	update, err := change(doc, f)
	if err != nil || len(update) == 0 {
		return err
	}
	if err := session.Receive(protocol.AppendUpdate(nil, update)); err != nil {
		return asFault(err)
	}
	session.End(done)
	return c.stored(ctx, session)
}

// stored waits until what the session sent is on disk. What others do meanwhile is of no use here.
func (c *Collab) stored(ctx context.Context, session *hub.Session) error {
	for {
		select {
		case <-session.Ready():
		case <-ctx.Done():
			return ctx.Err()
		}
		_, why := session.Take(nil, c.config.Limits.Frame())
		switch why {
		case nil:
		case done:
			return nil
		default:
			return asFault(why)
		}
	}
}

// asFault says in the words of the pages why a room refused.
func asFault(err error) error {
	var why *hub.Refusal
	if !errors.As(err, &why) {
		return err
	}
	switch why.Code {
	case hub.CodeNotFound:
		return fault.NotFound("not_found").Because(err)
	case hub.CodeForbidden:
		return fault.Forbidden("forbidden").Because(err)
	case hub.CodeTicket:
		return fault.Unauthenticated("sign_in_first").Because(err)
	case hub.CodeTooLarge:
		return fault.TooMuch("web.too_large").Because(err)
	}
	return fault.Unavailable("database.unavailable").Because(err)
}

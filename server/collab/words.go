package collab

import (
	"context"
	"errors"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

// Text returns the text as it was last saved. The caller has authorised the reader.
func (c *Collab) Text(ctx context.Context, id livedoc.ID) (richtext.Document, error) {
	doc, err := c.Document(ctx, id)
	if err != nil {
		return richtext.Document{}, err
	}
	return TextOf(doc), nil
}

// TextOf is what a document shows, of whichever model it is. It never fails: of whatever is stored
// something can be shown.
func TextOf(doc *crdt.Doc) richtext.Document {
	return richtext.Document{Blocks: finished(nodesIn(doc, false))}
}

// SeedText returns the first update of a document that begins with this text.
func SeedText(blocks []richtext.Block) ([]byte, error) {
	doc := crdt.NewDoc()
	var err error
	doc.Transact(nil, func(*crdt.Tx) { err = flow.Programme.Write(doc, nodesOf(blocks), time.Now()) })
	if err != nil {
		return nil, err
	}
	return doc.EncodeStateAsUpdate(nil)
}

// SetText makes the text read like this, as one edit by a person. What is there already keeps its place.
func (c *Collab) SetText(ctx context.Context, who access.Actor, id livedoc.ID, text richtext.Document) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error { return flow.Programme.Write(doc, nodesOf(text.Blocks), time.Now()) })
}

// parts of a requirement, as the model calls them.
var parts = []richtext.Kind{richtext.Statement, richtext.Rationale}

func requirementCard(id string) flow.Card { return flow.Card{Kind: "requirement", ID: id} }

// Words returns what each part of a requirement says, as a form shows it, and whether the requirement stands
// in the text. The caller has authorised the reader.
func (c *Collab) Words(ctx context.Context, id livedoc.ID, requirement string) (words map[richtext.Kind]string, shown bool, err error) {
	doc, err := c.Document(ctx, id)
	if err != nil {
		return nil, false, err
	}
	block, shown := TextOf(doc).Find(richtext.Requirement, requirement)
	words = map[richtext.Kind]string{}
	for _, part := range parts {
		if isEarlier(doc) {
			said, _ := block.Child(part)
			words[part] = strings.ReplaceAll(said.Plain(), "\n", "\n\n")
			continue
		}
		words[part] = flow.Programme.Words(doc, requirementCard(requirement), string(part))
	}
	return words, shown, nil
}

// SetWords puts other words in the parts of one requirement, as one edit by a person: the words that Words
// gave, and somebody changed. Everything else in the text keeps its place, and what stays keeps its form.
// It returns once the edit is on disk, and others then see it at once. A requirement that is not in the
// text is fault.KindNotFound.
func (c *Collab) SetWords(ctx context.Context, who access.Actor, id livedoc.ID, requirement string, words map[richtext.Kind]string) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		for _, part := range parts {
			text, given := words[part]
			if !given {
				continue
			}
			err := flow.Programme.SetPart(doc, requirementCard(requirement), string(part), text)
			if errors.Is(err, flow.ErrNotShown) {
				err = fault.NotFound("not_found")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Removed is a requirement that was taken out of the text, with its words, paragraphs parted by an empty line.
type Removed struct{ Requirement, Words string }

// RemovedRequirements returns the requirements that stand nowhere in the text and have words all the same, the
// last removed first. The caller has authorised the reader.
func (c *Collab) RemovedRequirements(ctx context.Context, id livedoc.ID) ([]Removed, error) {
	doc, err := c.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	var removed []Removed
	for _, gone := range flow.Programme.Removed(doc) {
		if gone.Card == requirementCard(gone.ID) {
			removed = append(removed, Removed{gone.ID, gone.Words})
		}
	}
	return removed, nil
}

// PutBack lets a requirement that was taken out of the text stand in it again, with the words it had, at the
// end of the text, as one edit by a person. One that stands in the text stays where it is.
func (c *Collab) PutBack(ctx context.Context, who access.Actor, id livedoc.ID, requirement string) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		return flow.Programme.PutBack(doc, requirementCard(requirement), flow.Spot{}, time.Now())
	})
}

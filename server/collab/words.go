package collab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
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

// Requirements returns the ids of the requirements that stand in the text, in order, and which text that is.
// While it is still the one that the caller knows they are not read again, and none are returned. The caller
// has authorised the reader.
func (c *Collab) Requirements(ctx context.Context, id livedoc.ID, known string) (ids []string, text string, err error) {
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return nil, "", err
	}
	if text = textNumber(head); text == known {
		return nil, text, nil
	}
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return nil, "", err
	}
	return TextOf(doc).IDs(richtext.Requirement), textNumber(head), nil
}

// Texts says which text each of these documents has now.
func (c *Collab) Texts(ctx context.Context, ids []livedoc.ID) (map[livedoc.ID]string, error) {
	heads, err := c.log.Heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	texts := make(map[livedoc.ID]string, len(heads))
	for _, head := range heads {
		texts[head.ID] = textNumber(head)
	}
	return texts, nil
}

// Stored returns the text as it was last saved, and which that is, as Texts says it. It reads the log alone,
// for work that nobody waits for. The caller has authorised the reader.
func (c *Collab) Stored(ctx context.Context, id livedoc.ID) (richtext.Document, string, error) {
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return richtext.Document{}, "", err
	}
	return TextOf(doc), textNumber(head), nil
}

// textNumber names the text that a document has at one moment.
func textNumber(head livedoc.Document) string { return fmt.Sprintf("%d.%d", head.Epoch, head.Seq) }

// TextOf is what a document shows, of whichever model it is. It never fails: of whatever is stored
// something can be shown.
func TextOf(doc *crdt.Doc) richtext.Document {
	return richtext.Document{Blocks: finished(nodesIn(doc, false))}
}

// SeedText returns the first update of a document that begins with this text.
func SeedText(blocks []richtext.Block) ([]byte, error) {
	doc := crdt.NewDoc(crdt.KeepFormats())
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

// Rewording is what somebody made of a part of a requirement in a form that began with From.
type Rewording struct {
	From, To string
	Over     bool // somebody saw From when they chose to have To in its place
}

// Rewordings is a form for one requirement.
type Rewordings struct {
	Parts map[richtext.Kind]Rewording
	Back  bool // one that was taken out of the text comes back
	Look  bool // nothing is to be done, only to be said what stands there
}

// Reworded says what a form did.
type Reworded struct {
	Refused bool   // nothing was changed: it was only to look, the requirement is not in the text, or a part clashes
	Shown   bool   // it was in the text
	By      string // who took it out, as far as that is known
	Merged  bool   // others changed a part too since the form began with it, which stands beside what the form says
	Parts   map[richtext.Kind]PartNow
}

// PartNow is a part of a requirement as a form found it.
type PartNow struct {
	Words string
	Clash bool     // others changed the same words as the form
	By    []string // who did, of a part that clashes, as far as that is known
}

// errRefused ends a change that does nothing.
var errRefused = errors.New("collab: a form is refused")

// Reword puts other words in parts of one requirement, as one edit by a person: the words that Words gave, and
// somebody changed. What others changed meanwhile stays; where they changed the same words nothing is done, unless
// the rewording goes over what they wrote. Everything else in the text keeps its place, and what stays keeps its
// form. It returns once the edit is on disk, and others then see it at once.
func (c *Collab) Reword(
	ctx context.Context, who access.Actor, id livedoc.ID, requirement string, in Rewordings,
) (Reworded, error) {
	var did Reworded
	card := requirementCard(requirement)
	err := c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		_, shown := TextOf(doc).Find(richtext.Requirement, requirement)
		did = Reworded{Shown: shown, Refused: in.Look || !shown && !in.Back, Parts: map[richtext.Kind]PartNow{}}
		says := map[richtext.Kind]string{}
		for _, part := range parts {
			now := PartNow{Words: flow.Programme.Words(doc, card, string(part))}
			if r, given := in.Parts[part]; given {
				merged := compare.Merge(r.From, r.To, now.Words)
				now.Clash = merged.Clash && !r.Over
				did.Merged = did.Merged || merged.Both
				did.Refused = did.Refused || now.Clash
				says[part] = merged.Text
			}
			did.Parts[part] = now
		}
		if did.Refused {
			return errRefused
		}
		if !shown {
			if err := flow.Programme.PutBack(doc, card, flow.Spot{}, time.Now()); err != nil {
				return err
			}
		}
		for _, part := range parts {
			if text, given := says[part]; given {
				if err := flow.Programme.SetPart(doc, card, string(part), text); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if !errors.Is(err, errRefused) {
		return did, err
	}
	return did, c.nameOthers(ctx, id, requirement, in.Parts, &did)
}

// nameOthers adds to a refusal who took the requirement out, or wrote what is new in each part that clashes.
func (c *Collab) nameOthers(ctx context.Context, id livedoc.ID, requirement string, in map[richtext.Kind]Rewording, did *Reworded) error {
	clash := func(p PartNow) bool { return p.Clash }
	if did.Shown && !slices.ContainsFunc(slices.Collect(maps.Values(did.Parts)), clash) {
		return nil
	}
	doc, authors, err := c.Written(ctx, id)
	if err != nil {
		return err
	}
	if at, known := flow.Programme.RemovedAt(doc, requirementCard(requirement)); known && !did.Shown {
		by, _ := authors.InsertedBy(at.Client, at.Clock)
		did.By = by.Actor
	}
	block, _ := written(doc, authors).Find(richtext.Requirement, requirement)
	for part, now := range did.Parts {
		if said, there := block.Child(part); there && now.Clash {
			now.By = compare.Changers(in[part].From, []richtext.Block{said})
			did.Parts[part] = now
		}
	}
	return nil
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

// PutBack lets a requirement that was taken out of the text stand in it again, with the words it had, where it
// stood, or at the end of the text when that is not known, as one edit by a person. One that stands in the text
// stays where it is.
func (c *Collab) PutBack(ctx context.Context, who access.Actor, id livedoc.ID, requirement string) error {
	return c.Change(ctx, who, id, func(doc *crdt.Doc) error {
		return flow.Programme.PutBack(doc, requirementCard(requirement), flow.Spot{}, time.Now())
	})
}

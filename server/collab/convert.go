package collab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// Convert brings the documents of the first model into the present one, each in one step and once, also
// where several programs begin at the same moment. A document goes on in its next epoch: what stood there
// stays as the last version of the epoch before, with who wrote what, and who wrote a word wrote it in the
// new epoch too. One that cannot be converted is told to failed and stays as it is, to be read and not
// to be written in. It returns how many were converted.
func (c *Collab) Convert(ctx context.Context, failed func(livedoc.ID, error)) (int, error) {
	n := 0
	for after := livedoc.ID(""); ; {
		docs, err := c.log.OfSchemaBelow(ctx, livedoc.Schema, after, checkAtOnce)
		if err != nil {
			return n, err
		}
		for _, head := range docs {
			err := contained(func() error { return c.convert(ctx, head.ID) })
			switch {
			case ctx.Err() != nil:
				return n, ctx.Err()
			case err != nil:
				failed(head.ID, err)
			default:
				n++
			}
		}
		if len(docs) < checkAtOnce {
			return n, nil
		}
		after = docs[len(docs)-1].ID
	}
}

// convertTries is how often a document is converted again because somebody wrote meanwhile: an older program
// may still serve it.
const convertTries = 20

func (c *Collab) convert(ctx context.Context, id livedoc.ID) error {
	var err error
	for range convertTries {
		err = c.convertOnce(ctx, id)
		if !livedoc.IsMoved(err) && !livedoc.IsEpoch(err) {
			return err
		}
	}
	return err
}

func (c *Collab) convertOnce(ctx context.Context, id livedoc.ID) error {
	doc, authors := crdt.NewDoc(crdt.KeepFormats()), NewAuthors()
	head, err := c.log.Load(ctx, id, 0, 0, func(u livedoc.Update) error {
		if err := authors.Apply(doc, u); err != nil {
			return fmt.Errorf("update %d: %w", u.Seq, err)
		}
		return nil
	})
	if err != nil || head.Schema >= livedoc.Schema { // another program was first
		return err
	}
	anew, err := anewFrom(doc, authors)
	if err != nil {
		return err
	}
	return c.log.BeginAnew(ctx, head, anew)
}

// anewFrom makes the text of the next epoch of what a document of the first model shows.
func anewFrom(doc *crdt.Doc, authors *Authors) (anew livedoc.Anew, err error) {
	anew.Schema = livedoc.Schema
	if anew.LastState, err = doc.EncodeStateAsUpdate(nil); err != nil {
		return anew, err
	}
	authors.taken = takenTexts{} // nobody writes in it any more
	anew.LastAuthors = authors.Encode()
	nodes := converted(nodesIn(doc, true))
	if len(nodes) == 0 {
		return anew, nil
	}
	made := crdt.NewDoc(crdt.KeepFormats())
	now := time.Now()
	made.Transact(nil, func(*crdt.Tx) { err = flow.Programme.Write(made, nodes, now) })
	if err != nil {
		return anew, fmt.Errorf("write what was converted: %w", err)
	}
	if err := flow.Programme.Check(made, rules.Limits); err != nil {
		return anew, err
	}
	if anew.State, err = made.EncodeStateAsUpdate(nil); err != nil {
		return anew, err
	}
	theirs, err := carried(made, nodes, authors, now)
	if err != nil {
		return anew, err
	}
	anew.Authors = theirs.Encode()
	return anew, nil
}

// letters are the texts of nodes one after the other, and which ids their UTF-16 units have.
type letters struct {
	text strings.Builder
	ids  []crdt.Range // a range of client 0 and clock 0 where there is none
}

func (l *letters) gather(nodes []prosemirror.Node) {
	for _, n := range nodes {
		if n.Type == prosemirror.TextType {
			l.text.WriteString(n.Text)
			l.ids = append(l.ids, n.IDs...)
			if missing := unitsOf(n.Text) - total(n.IDs); missing > 0 {
				l.ids = append(l.ids, crdt.Range{Len: uint32(missing)})
			}
		}
		l.gather(n.Content)
	}
}

func unitsOf(text string) int { return len(utf16.Encode([]rune(text))) }

func total(ids []crdt.Range) int {
	n := 0
	for _, r := range ids {
		n += int(r.Len)
	}
	return n
}

// carried says who wrote what in a document that was made of nodes: of each letter who wrote it where the
// nodes were read, and of all else the house, now.
func carried(made *crdt.Doc, nodes []prosemirror.Node, before *Authors, now time.Time) (*Authors, error) {
	var old, new letters
	old.gather(nodes)
	new.gather(flow.Programme.ReadIDs(made))
	if old.text.String() != new.text.String() || total(old.ids) != total(new.ids) {
		return nil, errors.New("the converted text does not say the same")
	}
	a := NewAuthors()
	house := span{author: a.number(""), at: uint32(now.Unix())}
	theirs := spans{}
	note := func(from crdt.Range, units uint32, author uint32, at uint32) {
		theirs[from.Client] = append(theirs[from.Client], span{from.Clock, from.Clock + units, author, at})
	}
	to := new.ids
	for _, r := range old.ids {
		passages := before.Inserted(r)
		for r.Len > 0 {
			piece, author, at := min(r.Len, to[0].Len), house.author, house.at
			for len(passages) > 0 && passages[0].End() <= r.Clock {
				passages = passages[1:]
			}
			if len(passages) > 0 {
				if p := passages[0]; p.Clock <= r.Clock {
					piece, author, at = min(piece, p.End()-r.Clock), a.number(p.Actor), uint32(p.At.Unix())
				} else {
					piece = min(piece, p.Clock-r.Clock)
				}
			}
			note(to[0], piece, author, at)
			r.Clock, r.Len = r.Clock+piece, r.Len-piece
			if to[0].Clock, to[0].Len = to[0].Clock+piece, to[0].Len-piece; to[0].Len == 0 {
				to = to[1:]
			}
		}
	}
	for client, end := range made.States() {
		own := theirs[client]
		slices.SortFunc(own, func(x, y span) int { return cmp.Compare(x.clock, y.clock) })
		at := uint32(0)
		for _, s := range append(own, span{clock: end, end: end}) {
			if s.clock > at {
				a.inserted.add(client, span{at, s.clock, house.author, house.at})
			}
			if s.end > s.clock {
				a.inserted.add(client, s)
			}
			at = s.end
		}
	}
	return a, nil
}

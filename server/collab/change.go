package collab

import (
	"context"
	"crypto/rand"
	"fmt"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

// Document returns a document as it is stored at this moment. It is the caller's own: changing it
// changes nothing else. The caller has authorised whoever gets to see it.
func (c *Collab) Document(ctx context.Context, id livedoc.ID) (*crdt.Doc, error) {
	doc, _, err := c.stored(ctx, id)
	return doc, err
}

func (c *Collab) stored(ctx context.Context, id livedoc.ID) (*crdt.Doc, livedoc.Document, error) {
	doc := crdt.NewDoc(crdt.KeepFormats())
	head, err := c.log.Load(ctx, id, 0, 0, func(u livedoc.Update) error {
		if err := doc.ApplyUpdate(u.Payload, nil); err != nil {
			return fmt.Errorf("update %d of document %s: %w", u.Seq, id, err)
		}
		return nil
	})
	return doc, head, err
}

// changes is how often Change begins again when rights changed under way.
const changes = 3

// Change lets somebody write without a connection, such as by a form: change works on the document
// as it is stored, and what it did is stored as one update of who, or nothing of it when it returns
// an error. Who writes elsewhere at the same moment loses nothing, the engine merges both. It
// returns after the commit; open pages are told at once. Change runs again when rights changed
// meanwhile, on a new document.
func (c *Collab) Change(ctx context.Context, who access.Actor, id livedoc.ID, change func(doc *crdt.Doc) error) error {
	_, err := c.changeAs(ctx, who, id, rand.Text(), change)
	return err
}

// changeAs is Change under a name: the same name is stored once. It returns the number under which it
// was stored, 0 when there was nothing to change.
func (c *Collab) changeAs(ctx context.Context, who access.Actor, id livedoc.ID, session string, change func(doc *crdt.Doc) error) (seq int64, err error) {
	for range changes {
		if seq, err = c.changeOnce(ctx, who, id, session, change); !livedoc.IsRight(err) {
			return seq, err
		}
	}
	return 0, err
}

func (c *Collab) changeOnce(ctx context.Context, who access.Actor, id livedoc.ID, session string, change func(doc *crdt.Doc) error) (int64, error) {
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return 0, err
	}
	if head.Schema != livedoc.Schema {
		return 0, fmt.Errorf("document %s is of an earlier model", id)
	}
	if err := c.mayWrite(ctx, who, head); err != nil { // asked after the version of the rights was read
		return 0, err
	}
	doc.SetClientID(flow.NewClientID())
	var updates [][]byte
	stop := doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	defer stop()
	doc.Transact(nil, func(*crdt.Tx) { err = change(doc) })
	if err != nil || len(updates) == 0 {
		return 0, err
	}
	update, err := crdt.MergeUpdates(updates)
	if err != nil {
		return 0, fmt.Errorf("change of document %s: %w", id, err)
	}
	if limit := c.Limits().Update; len(update) > limit {
		return 0, fault.TooMuch("web.too_large")
	}
	if err := mayBeStored(doc, update); err != nil {
		return 0, fmt.Errorf("change of document %s: %w", id, err)
	}
	seqs, err := c.log.Append(ctx, livedoc.Batch{
		Document: id, Epoch: head.Epoch, ACLVersion: head.ACLVersion,
		Records: []livedoc.Record{{Session: session, Mark: 1, Actor: string(who.ID), Payload: update}},
	})
	if err != nil {
		return 0, err
	}
	c.hub.ReadOn(string(id))
	return seqs[0], nil
}

func (c *Collab) mayWrite(ctx context.Context, who access.Actor, doc livedoc.Document) error {
	right, err := c.right(ctx, who, doc)
	if err == nil && right != Write {
		err = fault.Forbidden("forbidden")
	}
	return err
}

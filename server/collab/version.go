package collab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// Versions returns one page, counted from 1, of the versions of a document, newest first, and how many
// there are. The caller has authorised the reader, as everywhere here where no actor is asked for.
func (c *Collab) Versions(ctx context.Context, id livedoc.ID, page int) ([]livedoc.Version, int, error) {
	return c.log.Versions(ctx, id, page)
}

// Headline returns a version without its text.
func (c *Collab) Headline(ctx context.Context, id livedoc.ID, version livedoc.VersionID) (livedoc.Version, error) {
	return c.log.Headline(ctx, id, version)
}

// Headlines returns those that are there of some versions, without their texts, by their ids.
func (c *Collab) Headlines(ctx context.Context, id livedoc.ID, versions []livedoc.VersionID) (map[livedoc.VersionID]livedoc.Version, error) {
	return c.log.Headlines(ctx, id, versions)
}

// Before returns the version before one in the list, and whether there is one.
func (c *Collab) Before(ctx context.Context, v livedoc.Version) (livedoc.Version, bool, error) {
	return c.log.Before(ctx, v)
}

// VersionText returns the text of a version. A damaged one is livedoc.IsVersionDamaged, never less text.
func (c *Collab) VersionText(ctx context.Context, id livedoc.ID, version livedoc.VersionID) (richtext.Document, error) {
	past, err := c.version(ctx, id, version)
	if err != nil {
		return richtext.Document{}, err
	}
	return TextOf(past.doc), nil
}

// past is a text as it was, in the model of its time, and the epoch it is of.
type past struct {
	doc   *crdt.Doc
	epoch int64
}

func (c *Collab) version(ctx context.Context, id livedoc.ID, version livedoc.VersionID) (past, error) {
	v, err := c.log.Version(ctx, id, version)
	if err != nil {
		return past{}, err
	}
	doc := crdt.NewDoc(crdt.KeepFormats())
	if err := doc.ApplyUpdate(v.State, nil); err != nil {
		return past{}, fmt.Errorf("version %s of document %s: %w", version, id, err)
	}
	return past{doc, v.Epoch}, nil
}

// NameNow keeps the text of this moment under a name. The same key of the same person keeps one.
func (c *Collab) NameNow(ctx context.Context, who access.Actor, id livedoc.ID, name, key string) (livedoc.Version, error) {
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return livedoc.Version{}, err
	}
	if err := c.mayWrite(ctx, who, head); err != nil {
		return livedoc.Version{}, err
	}
	return c.keep(ctx, id, livedoc.Version{Kind: livedoc.Named, Name: name, Actor: string(who.ID), FormKey: formKey("named", who, key)})
}

// NameVersion gives a version a name, or another name, unless it has another one than was; nil is any.
func (c *Collab) NameVersion(ctx context.Context, who access.Actor, id livedoc.ID, version livedoc.VersionID, was *string, name string) error {
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return err
	}
	if err := c.mayWrite(ctx, who, head); err != nil {
		return err
	}
	return c.log.NameVersion(ctx, id, version, was, name, string(who.ID))
}

// formKey names what a form of somebody makes; without a key every time makes another.
func formKey(what string, who access.Actor, key string) string {
	if key == "" {
		return ""
	}
	return what + " " + string(who.ID) + " " + key
}

// keep makes a version of the document as it is stored at this moment.
func (c *Collab) keep(ctx context.Context, id livedoc.ID, v livedoc.Version) (livedoc.Version, error) {
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return v, err
	}
	return c.keepAs(ctx, doc, head, v)
}

func (c *Collab) keepAs(ctx context.Context, doc *crdt.Doc, head livedoc.Document, v livedoc.Version) (livedoc.Version, error) {
	state, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		return v, fmt.Errorf("state of document %s: %w", head.ID, err)
	}
	v.Document, v.Epoch, v.Seq, v.State = head.ID, head.Epoch, head.Seq, state
	if v.Kind == livedoc.Automatic {
		v.FormKey = fmt.Sprintf("automatic %d %d", head.Epoch, head.Seq)
	}
	return c.log.KeepVersion(ctx, v)
}

// dueAtOnce is how many documents KeepVersions asks for at once.
const dueAtOnce = 50

// KeepVersions gives each document that people stopped writing in, or have been writing in for an hour,
// a version, and looks after those that a restore made a moment ago. A document for which that fails
// keeps nobody else from theirs.
func (c *Collab) KeepVersions(ctx context.Context, now time.Time) error {
	failed := c.gather(ctx, now)
	for after := livedoc.ID(""); ; {
		due, err := c.log.Unversioned(ctx, now, after, dueAtOnce)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, d := range due {
			if _, err := c.keep(ctx, d.ID, livedoc.Version{Kind: livedoc.Automatic}); err != nil && !livedoc.IsGone(err) {
				failed = errors.Join(failed, fmt.Errorf("version of document %s: %w", d.ID, err))
			}
			if ctx.Err() != nil {
				return failed
			}
		}
		if len(due) < dueAtOnce {
			return failed
		}
		after = due[len(due)-1].ID
	}
}

// ThinVersions lets go of versions that nobody named and that are too near to each other for their age.
func (c *Collab) ThinVersions(ctx context.Context, now time.Time) error {
	_, err := c.log.Thin(ctx, now)
	return err
}

// finishWithin is how long Restore may take to write down what it did, also when whoever asked is gone.
const finishWithin = time.Minute

// Restore brings the text of a version back, as one edit by a person: who has the document open sees it
// at once, and what is the same in both keeps its place. What stood there until then, up to the last
// letter that was stored before the edit, becomes a version of its own, and so does the result. With a
// key, doing it again does nothing. A text that reads like the version already is fault.KindConflict.
func (c *Collab) Restore(ctx context.Context, who access.Actor, id livedoc.ID, version livedoc.VersionID, key string) error {
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return err
	}
	if err := c.mayWrite(ctx, who, head); err != nil {
		return err
	}
	old, err := c.version(ctx, id, version)
	if err != nil {
		return err
	}
	nodes := presentNodes(old.doc)
	if key == "" {
		key = rand.Text()
	}
	made := livedoc.Version{Source: version, Actor: string(who.ID), Kind: livedoc.Restored, FormKey: formKey("restored", who, key)}
	if before, done, err := c.log.VersionOfForm(ctx, id, made.FormKey); done || err != nil {
		if done && before.Source != version {
			return fault.SentBefore()
		}
		return err
	}
	seq, err := c.log.SeqOf(ctx, id, made.FormKey, 1) // an earlier attempt may have come this far
	if err != nil {
		return err
	}
	before := made
	before.Kind, before.FormKey = livedoc.BeforeRestore, formKey("before", who, key)
	if seq == 0 {
		doc, head, err := c.stored(ctx, id)
		if err != nil {
			return err
		}
		if reads(doc, nodes) {
			return errSame
		}
		if before, err = c.keepAs(ctx, doc, head, before); err != nil {
			return err
		}
		seq, err = c.changeAs(ctx, who, id, made.FormKey, func(doc *crdt.Doc) error {
			return flow.Programme.Restore(doc, nodes, old.doc.States(), time.Now())
		})
		if err != nil {
			return err
		}
		if seq == 0 { // somebody else brought it back just now
			return errSame
		}
	} else if before, _, err = c.log.VersionOfForm(ctx, id, before.FormKey); err != nil {
		return err
	}
	finishing, stop := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer stop()
	return c.writeDown(finishing, head, seq, before, made)
}

func reads(doc *crdt.Doc, nodes []prosemirror.Node) bool {
	return prosemirror.Equal(prosemirror.Node{Content: nodesIn(doc, false)}, prosemirror.Node{Content: nodes})
}

var errSame = fault.Conflict("livedoc.version.same")

// writeDown keeps what stood there right before the edit with this number, and the result.
func (c *Collab) writeDown(ctx context.Context, head livedoc.Document, seq int64, before, after livedoc.Version) error {
	if before.Seq != seq-1 { // somebody wrote in between
		if err := c.correct(ctx, head, before, seq-1, nil); err != nil {
			return err
		}
	}
	doc, err := c.storedUntil(ctx, head, seq)
	if err != nil {
		return err
	}
	head.Seq = seq
	_, err = c.keepAs(ctx, doc, head, after)
	return err
}

// correct makes a version what was stored up to a number, and with it these rows from later on.
func (c *Collab) correct(ctx context.Context, head livedoc.Document, v livedoc.Version, seq int64, rows []livedoc.Update) error {
	doc, err := c.storedUntil(ctx, head, seq)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
			return err
		}
	}
	v.Seq = seq
	if v.State, err = doc.EncodeStateAsUpdate(nil); err != nil {
		return err
	}
	return c.log.CorrectVersion(ctx, v)
}

// storedUntil is the document as it was right after an update.
func (c *Collab) storedUntil(ctx context.Context, head livedoc.Document, seq int64) (*crdt.Doc, error) {
	doc := crdt.NewDoc(crdt.KeepFormats())
	err := c.log.LoadUntil(ctx, head.ID, head.Epoch, seq, func(u livedoc.Update) error { return doc.ApplyUpdate(u.Payload, nil) })
	return doc, err
}

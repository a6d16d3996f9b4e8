package collab

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
)

// checkAtOnce is how many documents are asked for at once.
const checkAtOnce = 200

func (c *Collab) eachDocument(ctx context.Context, check func(doc livedoc.Document) error) error {
	for after := livedoc.ID(""); ; {
		docs, err := c.log.Documents(ctx, after, checkAtOnce)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := contained(func() error { return check(doc) }); err != nil {
				return err
			}
		}
		if len(docs) < checkAtOnce {
			return nil
		}
		after = docs[len(docs)-1].ID
	}
}

// contained turns a panic of the engine into an error.
func contained(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine failed: %v", p)
		}
	}()
	return f()
}

// CheckTexts opens every document as a room would, changes nothing, and tells found of each that
// cannot be opened, or that holds what the door lets nobody write. It returns how many there are.
func (c *Collab) CheckTexts(ctx context.Context, found func(string)) (int, error) {
	n := 0
	err := c.eachDocument(ctx, func(head livedoc.Document) error {
		n++
		doc, authors := crdt.NewDoc(crdt.KeepFormats()), NewAuthors()
		var failed error
		_, err := c.log.Load(ctx, head.ID, 0, 0, func(u livedoc.Update) error {
			failed = contained(func() error { return authors.Apply(doc, u) })
			if failed != nil {
				failed = fmt.Errorf("update %d: %w", u.Seq, failed)
			}
			return failed
		})
		if err == nil {
			err = contained(doc.Check)
			failed = err
		}
		switch {
		case failed != nil:
			found(fmt.Sprintf("Document %s cannot be read although its updates are as they were stored (%v). Keep a copy of the database and report this; it is a mistake of the program.",
				head.ID, failed))
		case livedoc.IsDamaged(err):
			found(fmt.Sprintf("Document %s cannot be opened: its updates are damaged. Restore a backup.", head.ID))
		case err != nil:
			return err
		case head.Schema != livedoc.Schema:
			found(fmt.Sprintf("Document %s is still written in version %d of the model; it can be read and not written in. "+
				"Run `samenwijk migrate`, and report what that says.",
				head.ID, head.Schema))
		default:
			if err := contained(func() error { return flow.Programme.Check(doc, rules.Limits) }); err != nil {
				found(fmt.Sprintf("Document %s holds what nobody may write (%v). It is shown as far as that can be; "+
					"bringing back a version takes it away.", head.ID, err))
			}
		}
		return nil
	})
	return n, err
}

// CheckSnapshots makes the document of every snapshot, and replays the updates it stands for where
// they, or an older snapshot and the updates since, are still there. It changes nothing, tells found
// of each that differs, and returns how many there are. Those whose checksum is wrong are left to
// livedoc.Log.Check.
func (c *Collab) CheckSnapshots(ctx context.Context, found func(string)) (int, error) {
	n := 0
	err := c.eachDocument(ctx, func(head livedoc.Document) error {
		seqs, err := c.log.Snapshots(ctx, head.ID)
		if err != nil {
			return err
		}
		var older *livedoc.Snapshot
		for i := len(seqs) - 1; i >= 0; i-- {
			n++
			s, err := c.log.SnapshotAt(ctx, head.ID, head.Epoch, seqs[i])
			switch {
			case livedoc.IsDamaged(err):
				continue
			case livedoc.IsSnapshotGone(err): // compacted meanwhile
				continue
			case err != nil:
				return err
			}
			if err := contained(func() error { return c.checkSnapshot(ctx, s, older) }); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				found(fmt.Sprintf("Document %s: the snapshot at update %d is not what its updates amount to (%v). Keep a copy of the database and report this; it is a mistake of the program.",
					s.Document, s.Seq, err))
				continue
			}
			older = &s
		}
		return nil
	})
	return n, err
}

func (c *Collab) checkSnapshot(ctx context.Context, s livedoc.Snapshot, older *livedoc.Snapshot) error {
	doc := crdt.NewDoc(crdt.KeepFormats())
	if err := doc.ApplyUpdate(s.State, nil); err != nil {
		return err
	}
	if err := readable(s.State, doc.StateVector(), doc.Digest(), s.Authors); err != nil {
		return err
	}
	replayed, from := crdt.NewDoc(crdt.KeepFormats()), int64(0)
	if older != nil {
		from = older.Seq
		if err := replayed.ApplyUpdate(older.State, nil); err != nil {
			return err
		}
	}
	var failed error
	err := c.log.Updates(ctx, s.Document, s.Epoch, from, s.Seq, func(u livedoc.Update) error {
		if failed = replayed.ApplyUpdate(u.Payload, nil); failed != nil {
			failed = fmt.Errorf("update %d: %w", u.Seq, failed)
		}
		return failed
	})
	switch {
	case failed != nil:
		return failed
	case livedoc.IsDamaged(err): // updates went, or it is told where updates are checked
		return nil
	case err != nil:
		return err
	case !bytes.Equal(replayed.StateVector(), doc.StateVector()):
		return errors.New("they hold other ids")
	case replayed.Digest() != doc.Digest():
		return errors.New("they show something else")
	}
	return nil
}

// CheckVersions makes the document of every version, changes nothing, tells found of each that cannot
// be read, and returns how many there are.
func (c *Collab) CheckVersions(ctx context.Context, found func(string)) (int, error) {
	n := 0
	err := c.eachDocument(ctx, func(head livedoc.Document) error {
		for page := 1; ; page++ {
			versions, _, err := c.log.Versions(ctx, head.ID, page)
			if err != nil {
				return err
			}
			for _, v := range versions {
				n++
				if err := c.checkVersion(ctx, v); err != nil {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					found(fmt.Sprintf("Document %s: its version %s of %s cannot be read (%v). The document itself and its other versions are not touched by that; a backup has it.",
						head.ID, v.ID, v.At.UTC().Format("2006-01-02 15:04"), err))
				}
			}
			if len(versions) < livedoc.VersionPage {
				return nil
			}
		}
	})
	return n, err
}

func (c *Collab) checkVersion(ctx context.Context, headline livedoc.Version) error {
	return contained(func() error {
		v, err := c.log.Version(ctx, headline.Document, headline.ID)
		if err != nil {
			return err
		}
		doc := crdt.NewDoc(crdt.KeepFormats())
		if len(v.State) > 0 {
			if err := doc.ApplyUpdate(v.State, nil); err != nil {
				return err
			}
		}
		if err := doc.Check(); err != nil {
			return err
		}
		if v.Kind == livedoc.Converted {
			if _, _, err := c.authorsOf(ctx, v.Document, v.Epoch); err != nil {
				return fmt.Errorf("who wrote what in it: %w", err)
			}
		}
		if isEarlier(doc) {
			return nil
		}
		return flow.Programme.Check(doc, rules.Limits)
	})
}

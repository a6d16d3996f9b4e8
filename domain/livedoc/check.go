package livedoc

import (
	"context"
	"fmt"

	"samenwijk/domain/database"
)

// Documents returns the heads of documents after a given one, in the order of their ids and at most limit.
func (l *Log) Documents(ctx context.Context, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		docs, err = documentsAfter(tx, after, limit)
		return err
	})
	return docs, err
}

// Updates calls row with the updates after a number up to last, as Load does, but never with a snapshot.
func (l *Log) Updates(ctx context.Context, id ID, epoch, after, last int64, row func(Update) error) error {
	return l.db.Read(ctx, func(tx *database.Tx) error { return eachUpdate(tx, id, epoch, after, last, row) })
}

// SnapshotAt returns one snapshot, which was checked: see IsDamaged.
func (l *Log) SnapshotAt(ctx context.Context, id ID, epoch, seq int64) (Snapshot, error) {
	var s Snapshot
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		s, err = snapshotAt(tx, id, epoch, seq)
		return err
	})
	if err != nil {
		return s, err
	}
	return s, s.check()
}

// anyNumber is beyond the number of every update.
const anyNumber = 1 << 62

// checkAtOnce is how many documents are asked for at once.
const checkAtOnce = 200

// Check reads every update and snapshot, changes nothing, and tells found, in a sentence, of each
// that is missing or not as it was stored. It returns how many updates it read. People may write
// meanwhile: each document is looked at as it is at one moment.
func (l *Log) Check(ctx context.Context, found func(string)) (int, error) {
	updates := 0
	for after := ID(""); ; {
		docs, err := l.Documents(ctx, after, checkAtOnce)
		if err != nil {
			return updates, err
		}
		for _, doc := range docs {
			err := l.db.Read(ctx, func(tx *database.Tx) error {
				doc, err := documentByID(tx, doc.ID)
				if IsGone(err) { // somebody removed it just now
					return nil
				}
				if err != nil {
					return err
				}
				n, err := checkDocument(tx, doc, found)
				updates += n
				return err
			})
			if err != nil {
				return updates, err
			}
		}
		if len(docs) < checkAtOnce {
			return updates, nil
		}
		after = docs[len(docs)-1].ID
	}
}

// checkup is what is known of one document while it is checked.
type checkup struct {
	doc   Document
	whole int64 // number of the newest snapshot that is as it was stored
	found func(string)
}

func checkDocument(tx *database.Tx, doc Document, found func(string)) (int, error) {
	c := checkup{doc: doc, found: found}
	seqs, err := snapshotSeqs(tx, doc.ID, doc.Epoch, anyNumber)
	if err != nil {
		return 0, err
	}
	for _, seq := range seqs {
		s, err := snapshotAt(tx, doc.ID, doc.Epoch, seq)
		switch {
		case err != nil:
			return 0, err
		case seq > doc.Seq:
			found(fmt.Sprintf("Document %s has a snapshot at update %d, but its last update is %d: its head is older than its log. Restore a backup.",
				doc.ID, seq, doc.Seq))
		case s.check() != nil:
			found(fmt.Sprintf("Document %s: the snapshot at update %d is not as it was stored. It is passed over, and what follows says whether anything is missing without it. Look after the disk; --repair puts it aside.",
				doc.ID, seq))
		case c.whole == 0:
			c.whole = seq
		}
	}
	return c.updates(tx)
}

// updates goes over the rows from the oldest that is kept.
func (c *checkup) updates(tx *database.Tx) (int, error) {
	n, last := 0, int64(0)
	err := eachRow(tx, c.doc.ID, c.doc.Epoch, 0, anyNumber, func(u Update) error {
		if n == 0 {
			last = min(c.whole, u.Seq-1) // those before went because a snapshot stands for them
		}
		c.missing(last+1, min(u.Seq-1, c.doc.Seq))
		if u.Seq > c.doc.Seq {
			c.found(fmt.Sprintf("Document %s has an update %d, but its last one is %d: its head is older than its log. Restore a backup.",
				c.doc.ID, u.Seq, c.doc.Seq))
		}
		if u.sum() != u.Checksum {
			c.tell(fmt.Sprintf("update %d is not as it was stored.", u.Seq), u.Seq)
		}
		n, last = n+1, u.Seq
		return nil
	})
	if err != nil {
		return n, err
	}
	if n == 0 {
		last = c.whole
	}
	c.missing(last+1, c.doc.Seq)
	return n, nil
}

func (c *checkup) missing(from, to int64) {
	switch {
	case from == to:
		c.tell(fmt.Sprintf("update %d is missing.", from), to)
	case from < to:
		c.tell(fmt.Sprintf("updates %d to %d are missing.", from, to), to)
	}
}

// tell adds to what is wrong up to a number what that means for the text.
func (c *checkup) tell(wrong string, upTo int64) {
	means := "It cannot be opened whole: restore a backup."
	if c.whole >= upTo {
		means = fmt.Sprintf("The text is whole: the snapshot at update %d stands for it. Look after the disk; --repair puts aside what is damaged.", c.whole)
	}
	c.found(fmt.Sprintf("Document %s: %s %s", c.doc.ID, wrong, means))
}

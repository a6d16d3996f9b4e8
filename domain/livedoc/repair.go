package livedoc

import (
	"context"
	"fmt"

	"samenwijk/domain/database"
)

// Repair moves damaged snapshots and updates into the table live_quarantine, where the text is whole
// without them: it never deletes anything of which it does not keep a copy, and it leaves a document
// alone that cannot be opened. It tells done, in a sentence, of each thing it moved. Each document is
// one transaction; people may write meanwhile.
func (l *Log) Repair(ctx context.Context, done func(string)) error {
	for after := ID(""); ; {
		docs, err := l.Documents(ctx, after, checkAtOnce)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			var moved []string
			err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
				moved, err = repairDocument(tx, doc.ID)
				return err
			})
			if err != nil {
				return fmt.Errorf("repair document %s: %w", doc.ID, err)
			}
			for _, sentence := range moved {
				done(sentence)
			}
		}
		if len(docs) < checkAtOnce {
			return nil
		}
		after = docs[len(docs)-1].ID
	}
}

func repairDocument(tx *database.Tx, id ID) (moved []string, err error) {
	doc, err := documentByID(tx, id)
	if err != nil {
		return nil, err
	}
	if err := lockDocument(tx, id, doc.Epoch); err != nil {
		return nil, err
	}
	seqs, err := snapshotSeqs(tx, id, doc.Epoch, anyNumber)
	if err != nil {
		return nil, err
	}
	whole := int64(0)
	var broken []int64
	for _, seq := range seqs {
		s, err := snapshotAt(tx, id, doc.Epoch, seq)
		switch {
		case err != nil:
			return nil, err
		case s.check() != nil:
			broken = append(broken, seq)
		case whole == 0 && seq <= doc.Seq:
			whole = seq
		}
	}
	// The text is whole when it can be had from the newest snapshot that is, and every update since.
	err = eachUpdate(tx, id, doc.Epoch, whole, doc.Seq, func(Update) error { return nil })
	if IsDamaged(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, seq := range broken {
		if err := quarantineSnapshot(tx, id, doc.Epoch, seq); err != nil {
			return nil, err
		}
		moved = append(moved, fmt.Sprintf("Document %s: the damaged snapshot at update %d lies in live_quarantine now.", id, seq))
	}
	last, err := lastDamaged(tx, doc, whole)
	if err != nil || last == 0 {
		return moved, err
	}
	n, err := quarantineUpdates(tx, id, doc.Epoch, last)
	if n > 0 {
		moved = append(moved, fmt.Sprintf("Document %s: the updates up to %d, for which the snapshot at update %d stands, lie in live_quarantine now (%d of them are left).",
			id, last, whole, n))
	}
	return moved, err
}

// lastDamaged returns the number of the last update before a snapshot that is missing or not as it
// was stored, 0 when there is none. Those that went before the oldest one do not count.
func lastDamaged(tx *database.Tx, doc Document, whole int64) (last int64, err error) {
	next := int64(0)
	err = eachRow(tx, doc.ID, doc.Epoch, 0, whole, func(u Update) error {
		if next > 0 && u.Seq != next {
			last = u.Seq - 1
		}
		if u.sum() != u.Checksum {
			last = u.Seq
		}
		next = u.Seq + 1
		return nil
	})
	if next > 0 && next <= whole {
		last = whole // they end too early
	}
	return last, err
}

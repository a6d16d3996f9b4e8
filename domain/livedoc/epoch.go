package livedoc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"samenwijk/domain/database"
)

// Anew is how a document goes on in its next epoch.
type Anew struct {
	Schema         int64  // of the text from now on
	State, Authors []byte // the text with which the next epoch begins, and who wrote what in it; none when it is empty
	// Last is what all updates of the epoch that ends amount to. It stays as the last version of that epoch,
	// of the kind Converted, and who wrote what in it stays with it.
	LastState, LastAuthors []byte
}

// errMoved says that somebody wrote since the head was read.
var errMoved = errors.New("the document was written in meanwhile")

// IsMoved reports whether err says that a document was written in since its head was read: what was made
// of it must be made again.
func IsMoved(err error) bool { return errors.Is(err, errMoved) }

// BeginAnew lets a document go on in the next epoch: all of it in one transaction, or nothing. Head is the
// head that belongs to what anew was made of. Where somebody wrote since, it is IsMoved, and where another
// node came first IsEpoch. Who has the document open is sent away by the rooms, as in any epoch that ends;
// versions of earlier epochs stay.
func (l *Log) BeginAnew(ctx context.Context, head Document, anew Anew) error {
	return l.db.InTx(ctx, func(tx *database.Tx) error {
		if err := lockDocument(tx, head.ID, head.Epoch); err != nil {
			return err
		}
		now, err := documentByID(tx, head.ID)
		if err != nil {
			return err
		}
		if now.Seq != head.Seq {
			return errMoved
		}
		if now.Seq > 0 {
			if err := endEpoch(tx, now, anew); err != nil {
				return fmt.Errorf("end epoch %d of document %s: %w", now.Epoch, now.ID, err)
			}
		}
		if err := beginEpoch(tx, now, anew); err != nil {
			return fmt.Errorf("begin epoch %d of document %s: %w", now.Epoch+1, now.ID, err)
		}
		return nil
	})
}

// endEpoch keeps the text that stands there, as a version and, for who wrote what, as a snapshot.
func endEpoch(tx *database.Tx, doc Document, anew Anew) error {
	at := database.Now()
	last := Snapshot{
		Document: doc.ID, Epoch: doc.Epoch, Seq: doc.Seq, Bytes: doc.Bytes, State: anew.LastState, Authors: anew.LastAuthors, At: at,
	}
	last.Checksum = last.sum()
	if _, err := insertSnapshot(tx, &last); err != nil {
		return err
	}
	v := Version{
		ID: VersionID(database.NewID()), Document: doc.ID, Epoch: doc.Epoch, Seq: doc.Seq, Kind: Converted, At: at,
		FormKey: fmt.Sprintf("converted %d", doc.Epoch),
	}
	if err := v.seal(anew.LastState); err != nil {
		return err
	}
	_, err := keepVersion(tx, v)
	return err
}

func beginEpoch(tx *database.Tx, doc Document, anew Anew) error {
	at := database.Now()
	next := doc
	next.Epoch, next.Seq, next.Bytes, next.Schema = doc.Epoch+1, 0, 0, anew.Schema
	if len(anew.State) > 0 {
		next.Seq, next.Bytes = 1, int64(len(anew.State))
		first := Update{
			Document: doc.ID, Epoch: next.Epoch, Seq: 1, Session: fmt.Sprintf("epoch %d", next.Epoch), Mark: 1, Payload: anew.State, At: at,
		}
		first.Checksum = first.sum()
		if err := insertUpdate(tx, &first); err != nil {
			return err
		}
		whole := Snapshot{
			Document: doc.ID, Epoch: next.Epoch, Seq: 1, Bytes: next.Bytes, State: anew.State, Authors: anew.Authors, At: at,
		}
		whole.Checksum = whole.sum()
		if _, err := insertSnapshot(tx, &whole); err != nil {
			return err
		}
	}
	return updateEpoch(tx, doc, next)
}

// OfSchemaBelow returns the heads of the documents whose text is of an earlier schema, after a given one in
// the order of their ids and at most limit.
func (l *Log) OfSchemaBelow(ctx context.Context, schema int64, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		docs, err = documentsOfSchemaBelow(tx, schema, after, limit)
		return err
	})
	return docs, err
}

// LastOf returns the last snapshot of an epoch that has ended, which was checked: see IsDamaged. There is
// one of each that ended with BeginAnew.
func (l *Log) LastOf(ctx context.Context, id ID, epoch int64) (Snapshot, error) {
	var s Snapshot
	err := l.db.Read(ctx, func(tx *database.Tx) error {
		seqs, err := snapshotSeqs(tx, id, epoch, anyNumber)
		if err != nil {
			return err
		}
		if len(seqs) == 0 {
			return errNoSnapshot
		}
		s, err = snapshotAt(tx, id, epoch, seqs[0])
		return err
	})
	if err != nil {
		return s, err
	}
	return s, s.check()
}

// ForgetEpochs deletes the updates of epochs that have ended which are older than before, and the snapshots
// but the last of each: the versions say what stood there. It works in short transactions, may be stopped
// at any moment, and returns how many updates went.
func (l *Log) ForgetEpochs(ctx context.Context, before time.Time) (int64, error) {
	before = earlier(before, database.Now().Add(-resentWithin))
	var gone int64
	for {
		var n int64
		err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
			n, err = deleteEnded(tx, before)
			return err
		})
		gone += n
		if err != nil || n < rowsPerStatement {
			return gone, err
		}
	}
}

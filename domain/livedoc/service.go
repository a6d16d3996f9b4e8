package livedoc

import (
	"context"
	"fmt"

	"samenwijk/domain/database"
)

// Schema is the version of the text that new documents are written in.
const Schema = 2

// seedSession names the update with which a document begins; no connection has this name.
const seedSession = "seed"

// Create gives an owner its live document, which begins with the update seed. An owner that has
// one already keeps it as it is: the seed is written once however often Create runs, also when
// two transactions create at the same moment. An empty seed leaves the document empty.
func Create(tx *database.Tx, ownerKind, ownerID string, seed []byte) (ID, error) {
	doc := Document{
		ID: ID(database.NewID()), OwnerKind: ownerKind, OwnerID: ownerID,
		Epoch: 1, ACLVersion: 1, Schema: Schema, CreatedAt: database.Now(),
	}
	if len(seed) > 0 {
		doc.Seq, doc.Bytes = 1, int64(len(seed))
	}
	added, err := insertDocument(tx, &doc)
	if err != nil {
		return "", fmt.Errorf("create the live document of %s %s: %w", ownerKind, ownerID, err)
	}
	if !added {
		present, err := documentByOwner(tx, ownerKind, ownerID)
		return present.ID, err
	}
	if len(seed) == 0 {
		return doc.ID, nil
	}
	first := Update{
		Document: doc.ID, Epoch: doc.Epoch, Seq: 1, Session: seedSession, Mark: 1, Payload: seed, At: doc.CreatedAt,
	}
	first.Checksum = first.sum()
	if err := insertUpdate(tx, &first); err != nil {
		return "", fmt.Errorf("begin the live document of %s %s: %w", ownerKind, ownerID, err)
	}
	return doc.ID, nil
}

// Revoke says that somebody's right to an owner's document may have shrunk. Once tx is committed
// nothing is stored for anybody who was let in before, until they have been asked again. An owner
// without a live document is no mistake.
func Revoke(tx *database.Tx, ownerKind, ownerID string) error {
	if err := raiseACLVersion(tx, ownerKind, ownerID); err != nil {
		return fmt.Errorf("revoke rights to %s %s: %w", ownerKind, ownerID, err)
	}
	return nil
}

// RevokeEverywhere is Revoke for every document, for when a role or a membership changed and it is
// not known which documents that reaches. Everybody in an open document is asked again, which costs
// a few queries a person; roles change a few times a day.
func RevokeEverywhere(tx *database.Tx) error {
	if err := raiseACLVersions(tx); err != nil {
		return fmt.Errorf("revoke rights everywhere: %w", err)
	}
	return nil
}

// Create is Create in a transaction of its own.
func (l *Log) Create(ctx context.Context, ownerKind, ownerID string, seed []byte) (ID, error) {
	var id ID
	err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
		id, err = Create(tx, ownerKind, ownerID, seed)
		return err
	})
	return id, err
}

// Head returns the head of one document.
func (l *Log) Head(ctx context.Context, id ID) (Document, error) {
	var doc Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		doc, err = documentByID(tx, id)
		return err
	})
	return doc, err
}

// Named returns the document that has this id, or whose owner has it: no id is given twice.
func (l *Log) Named(ctx context.Context, id string) (Document, error) {
	var doc Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		doc, err = documentNamed(tx, id)
		return err
	})
	return doc, err
}

// Heads returns the heads of the documents that exist among ids: of a Document what Head gives, without
// owner, size and time.
func (l *Log) Heads(ctx context.Context, ids []ID) ([]Document, error) {
	var docs []Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		docs, err = headsOf(tx, ids)
		return err
	})
	return docs, err
}

// Load calls row with each update after a number, in order and without a gap, and returns the head
// that belongs to exactly these rows. From the beginning, and where the updates right after that
// number are not kept any more, the first row is a snapshot, which stands for all up to its own number,
// also for those the caller has. Epoch 0 means the current one; any other must still be current. When
// Load returns an error, the rows given so far are not the document. The payload belongs to row.
func (l *Log) Load(ctx context.Context, id ID, epoch, after int64, row func(Update) error) (Document, error) {
	var doc Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		if doc, err = documentByID(tx, id); err != nil {
			return err
		}
		if epoch != 0 && doc.Epoch != epoch {
			return errEpoch
		}
		if after, err = l.from(tx, doc, after, row); err != nil {
			return err
		}
		return eachUpdate(tx, id, doc.Epoch, after, doc.Seq, row)
	})
	return doc, err
}

// from gives row a snapshot where the updates after a number are not there or not worth reading, and
// returns the number after which the updates are needed.
func (l *Log) from(tx *database.Tx, doc Document, after int64, row func(Update) error) (int64, error) {
	if after >= doc.Seq {
		return after, nil
	}
	if after > 0 {
		there, err := hasUpdate(tx, doc.ID, doc.Epoch, after+1)
		if err != nil || there {
			return after, err
		}
	}
	seq, err := l.start(tx, doc, doc.Seq, row)
	return max(after, seq), err
}

package livedoc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"samenwijk/domain/database"
)

// Snapshot is what the updates up to Seq amount to, so that a document need not be put together from
// its beginning each time. It is written once and never changed.
type Snapshot struct {
	Document ID    `gorm:"primaryKey"`
	Epoch    int64 `gorm:"primaryKey"`
	Seq      int64 `gorm:"primaryKey"`
	Bytes    int64 // of the payloads of the updates it stands for
	State    []byte
	Authors  []byte // who wrote what in it; not empty
	Checksum int64
	At       time.Time
}

// TableName tells gorm where snapshots lie.
func (Snapshot) TableName() string { return "live_snapshots" }

// sum covers everything.
func (s *Snapshot) sum() int64 {
	head := binary.AppendUvarint(make([]byte, 0, 128), uint64(len(s.Document)))
	head = append(head, s.Document...)
	for _, n := range []int64{s.Epoch, s.Seq, s.Bytes, s.At.UnixMicro(), int64(len(s.State)), int64(len(s.Authors))} {
		head = binary.AppendVarint(head, n)
	}
	sum := crc32.Checksum(head, castagnoli)
	sum = crc32.Update(sum, castagnoli, s.State)
	return int64(crc32.Update(sum, castagnoli, s.Authors))
}

// check finds what is not as it was written.
func (s *Snapshot) check() error {
	if s.sum() != s.Checksum {
		return errDamaged.Because(fmt.Errorf("the snapshot of document %s at update %d has another checksum than was stored", s.Document, s.Seq))
	}
	return nil
}

// row is the snapshot as Load gives it.
func (s *Snapshot) row() Update {
	return Update{Document: s.Document, Epoch: s.Epoch, First: 1, Seq: s.Seq, Payload: s.State, Authors: s.Authors, At: s.At}
}

// KeepSnapshot stores a snapshot and reads it back: when it returns nil, what lies in the database is
// what was given. At and Checksum are set here. Storing a second snapshot at the same number changes
// nothing; it is no mistake when the first one is whole.
func (l *Log) KeepSnapshot(ctx context.Context, s Snapshot) error {
	s.At = database.Now()
	added := false
	err := l.db.InTx(ctx, func(tx *database.Tx) error {
		doc, err := documentByID(tx, s.Document)
		if err != nil {
			return err
		}
		switch {
		case doc.Epoch != s.Epoch:
			return errEpoch
		case s.Seq < 1 || s.Seq > doc.Seq:
			return fmt.Errorf("a snapshot at update %d of %d of document %s", s.Seq, doc.Seq, s.Document)
		}
		after, err := bytesAfter(tx, s.Document, s.Epoch, s.Seq)
		if err != nil {
			return err
		}
		s.Bytes = doc.Bytes - after
		s.Checksum = s.sum()
		added, err = insertSnapshot(tx, &s)
		return err
	})
	if err != nil {
		return err
	}
	return l.db.Read(ctx, func(tx *database.Tx) error {
		stored, err := snapshotAt(tx, s.Document, s.Epoch, s.Seq)
		if err != nil {
			return err
		}
		if err := stored.check(); err != nil {
			return err
		}
		if added && (!bytes.Equal(stored.State, s.State) || !bytes.Equal(stored.Authors, s.Authors)) {
			return errDamaged.Because(fmt.Errorf("the snapshot of document %s at update %d is read otherwise than it was written", s.Document, s.Seq))
		}
		return nil
	})
}

// Snapshots returns the numbers of the snapshots of a document in its present epoch, newest first.
func (l *Log) Snapshots(ctx context.Context, id ID) ([]int64, error) {
	var seqs []int64
	err := l.db.Read(ctx, func(tx *database.Tx) error {
		doc, err := documentByID(tx, id)
		if err != nil {
			return err
		}
		seqs, err = snapshotSeqs(tx, id, doc.Epoch, doc.Seq)
		return err
	})
	return seqs, err
}

// start gives row the newest snapshot of up to last, and returns its number and how many bytes of
// updates it stands for; zero when there is none. One that is damaged is reported, and an older one
// is taken: the caller then needs every update after that one, so nothing is left out unnoticed.
func (l *Log) start(tx *database.Tx, doc Document, last int64, row func(Update) error) (seq int64, err error) {
	seqs, err := snapshotSeqs(tx, doc.ID, doc.Epoch, last)
	if err != nil {
		return 0, err
	}
	for _, seq := range seqs {
		s, err := snapshotAt(tx, doc.ID, doc.Epoch, seq)
		if err != nil {
			return 0, err
		}
		if err := s.check(); err != nil {
			l.report(err)
			continue
		}
		return seq, row(s.row())
	}
	return 0, nil
}

func (l *Log) report(err error) {
	if l.Damaged != nil {
		l.Damaged(err)
	}
}

// LoadUntil is Load for the document as it was right after an update: it begins with the newest
// snapshot of up to last. Moments whose updates are gone and that have no snapshot are an error.
func (l *Log) LoadUntil(ctx context.Context, id ID, epoch, last int64, row func(Update) error) error {
	return l.db.Read(ctx, func(tx *database.Tx) error {
		doc, err := documentByID(tx, id)
		if err != nil {
			return err
		}
		if doc.Epoch != epoch {
			return errEpoch
		}
		from, err := l.start(tx, doc, last, row)
		if err != nil {
			return err
		}
		return eachUpdate(tx, id, epoch, from, last, row)
	})
}

// resentWithin is for how long a row stays at least: a writer that got no answer offers its record
// again, and the row is how that is seen.
const resentWithin = time.Hour

// Pruned is what Prune took away.
type Pruned struct{ Updates, Snapshots int64 }

// Prune deletes the updates that are older than before and that two snapshots stand for, from the
// oldest on, and the snapshots older than those two. Both snapshots are read and checked first: after
// Prune the document can be had from the newest one, and without it from the other one and the
// updates since. It works in short transactions and may be stopped at any moment.
func (l *Log) Prune(ctx context.Context, id ID, before time.Time) (Pruned, error) {
	before = earlier(before, database.Now().Add(-resentWithin))
	var doc Document
	var keep int64 // the older of the two
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		if doc, err = documentByID(tx, id); err != nil {
			return err
		}
		seqs, err := snapshotSeqs(tx, id, doc.Epoch, doc.Seq)
		if err != nil || len(seqs) < 2 {
			return err
		}
		for _, seq := range seqs[:2] {
			s, err := snapshotAt(tx, id, doc.Epoch, seq)
			if err == nil {
				err = s.check()
			}
			if err != nil {
				return err
			}
		}
		keep = seqs[1]
		return nil
	})
	var done Pruned
	if err != nil || keep == 0 {
		return done, err
	}
	for from := int64(1); ; {
		var n, next int64
		err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
			if err := lockDocument(tx, id, doc.Epoch); err != nil {
				return err
			}
			n, next, err = deleteUpdates(tx, id, doc.Epoch, from, keep, before)
			return err
		})
		if err != nil {
			return done, err
		}
		from = next
		done.Updates += n
		if n < rowsPerStatement {
			break
		}
	}
	err = l.db.InTx(ctx, func(tx *database.Tx) (err error) {
		done.Snapshots, err = deleteSnapshots(tx, id, doc.Epoch, keep)
		return err
	})
	return done, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Grown returns the documents, after a given one in the order of their ids and at most limit, that
// were given at least so many updates or bytes since their newest snapshot.
func (l *Log) Grown(ctx context.Context, updates, bytes int64, after ID, limit int) ([]ID, error) {
	var ids []ID
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		ids, err = grownDocuments(tx, updates, bytes, after, limit)
		return err
	})
	return ids, err
}

// Aged returns the documents, after a given one in the order of their ids and at most limit, that
// have updates older than before.
func (l *Log) Aged(ctx context.Context, before time.Time, after ID, limit int) ([]ID, error) {
	var ids []ID
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		ids, err = agedDocuments(tx, before, after, limit)
		return err
	})
	return ids, err
}

// AgedSeq returns the number of the last of the updates of a document that are all older than before,
// 0 when the oldest one is not.
func (l *Log) AgedSeq(ctx context.Context, id ID, before time.Time) (seq int64, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) error {
		doc, err := documentByID(tx, id)
		if err != nil {
			return err
		}
		seq, err = lastAged(tx, id, doc.Epoch, before)
		return err
	})
	return seq, err
}

var errNoSnapshot = errors.New("no such snapshot")

// IsSnapshotGone reports whether err says that there is no such snapshot, or not any more.
func IsSnapshotGone(err error) bool { return errors.Is(err, errNoSnapshot) }

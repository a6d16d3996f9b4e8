package collab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
)

// Compaction says when a document gets its next snapshot, and how long the updates stay that
// snapshots stand for. A zero field takes its value from DefaultCompaction.
type Compaction struct {
	Updates int64         // since the newest snapshot
	Bytes   int64         // of updates since the newest snapshot
	Keep    time.Duration // of updates; those younger than an hour stay in any case
}

// DefaultCompaction keeps documents quick to open: a snapshot for what a group types in some minutes.
var DefaultCompaction = Compaction{Updates: 500, Bytes: 256 << 10, Keep: 30 * 24 * time.Hour}

func (c Compaction) orDefault() Compaction {
	d := DefaultCompaction
	if c.Updates > 0 {
		d.Updates = c.Updates
	}
	if c.Bytes > 0 {
		d.Bytes = c.Bytes
	}
	if c.Keep > 0 {
		d.Keep = c.Keep
	}
	return d
}

// Compacted counts what was done to documents.
type Compacted struct {
	Documents int   // that were looked at
	Snapshots int   // that were made
	Updates   int64 // that were deleted because two snapshots stand for them and they were old
	Refused   int   // documents that could not be compacted; the log says why
}

// refusals remembers which documents could not be compacted, so that they are tried again only when
// something was written in them.
type refusals struct {
	mu sync.Mutex
	at map[livedoc.ID]int64 // number of the last update then
}

func (r *refusals) has(id livedoc.ID, seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, refused := r.at[id]
	return refused && at == seq
}

func (r *refusals) note(id livedoc.ID, seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[livedoc.ID]int64{}
	}
	r.at[id] = seq
}

// page is how many documents are asked for at once.
const page = 100

// CompactGrown gives the documents that have grown enough a snapshot. What is not done when ctx ends
// is done the next time; rooms go on meanwhile. One document that cannot be compacted is logged and
// does not keep the others waiting.
func (c *Collab) CompactGrown(ctx context.Context) (Compacted, error) {
	limits := c.config.Compaction.orDefault()
	return c.compactEach(ctx, func(after livedoc.ID) ([]livedoc.ID, error) {
		return c.log.Grown(ctx, limits.Updates, limits.Bytes, after, page)
	})
}

// CompactAged sees to it that updates past their time go, also of documents in which nobody writes and of
// epochs that have ended.
func (c *Collab) CompactAged(ctx context.Context) (Compacted, error) {
	before := c.agedBefore()
	done, err := c.compactEach(ctx, func(after livedoc.ID) ([]livedoc.ID, error) { return c.log.Aged(ctx, before, after, page) })
	if err != nil {
		return done, err
	}
	ended, err := c.log.ForgetEpochs(ctx, before)
	done.Updates += ended
	return done, err
}

// CompactAll gives every document that was written in since its last snapshot a new one, and deletes
// what is past its time.
func (c *Collab) CompactAll(ctx context.Context) (Compacted, error) {
	done, err := c.compactEach(ctx, func(after livedoc.ID) ([]livedoc.ID, error) { return c.log.Grown(ctx, 1, 1, after, page) })
	if err != nil {
		return done, err
	}
	aged, err := c.CompactAged(ctx)
	done.add(aged)
	return done, err
}

func (d *Compacted) add(o Compacted) {
	d.Documents += o.Documents
	d.Snapshots += o.Snapshots
	d.Updates += o.Updates
	d.Refused += o.Refused
}

func (c *Collab) agedBefore() time.Time {
	return time.Now().Add(-max(c.config.Compaction.orDefault().Keep, time.Hour)).UTC()
}

func (c *Collab) compactEach(ctx context.Context, next func(after livedoc.ID) ([]livedoc.ID, error)) (Compacted, error) {
	var all Compacted
	for after := livedoc.ID(""); ; {
		ids, err := next(after)
		if err != nil {
			return all, err
		}
		for _, id := range ids {
			one, err := c.Compact(ctx, id)
			all.add(one)
			if ctx.Err() != nil {
				return all, ctx.Err()
			}
			if err != nil {
				all.Refused++
				c.config.Log.Error("a live document cannot be compacted", "document", string(id), "error", err)
			}
		}
		if len(ids) < page {
			return all, nil
		}
		after = ids[len(ids)-1]
	}
}

// Compact gives one document a snapshot of all that was written, and deletes the updates past their
// time that two snapshots stand for. It reads the log, not the open room, which just goes on. A
// snapshot is stored only when two independent replays of the same rows agree, and rows go only after
// it was read back. Stopped at any moment, it leaves a document that loads as before.
func (c *Collab) Compact(ctx context.Context, id livedoc.ID) (Compacted, error) {
	done := Compacted{Documents: 1}
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return done, err
	}
	if c.refused.has(id, head.Seq) {
		return done, nil
	}
	if err := c.compact(ctx, head, &done); err != nil {
		if ctx.Err() == nil {
			c.refused.note(id, head.Seq)
		}
		return done, err
	}
	return done, nil
}

func (c *Collab) compact(ctx context.Context, head livedoc.Document, done *Compacted) error {
	if err := c.snapshotUntil(ctx, head, head.Seq, done); err != nil {
		return err
	}
	before := c.agedBefore()
	aged, err := c.log.AgedSeq(ctx, head.ID, before)
	if err != nil || aged == 0 {
		return err
	}
	seqs, err := c.log.Snapshots(ctx, head.ID)
	if err != nil {
		return err
	}
	// Rows go only where two snapshots stand for them. A document that nobody writes in any more gets
	// the other one from before its end.
	if second := min(aged, head.Seq-1); len(seqs) > 0 && second > 0 && (len(seqs) < 2 || seqs[1] < second) {
		if err := c.snapshotUntil(ctx, head, second, done); err != nil && !errors.Is(err, errWaits) {
			return err
		}
	}
	gone, err := c.log.Prune(ctx, head.ID, before)
	done.Updates += gone.Updates
	return err
}

// errWaits says that all that is new in a document waits for updates that never came. No snapshot is
// made past them, and the rows stay.
var errWaits = errors.New("what is new waits for updates that are missing")

// snapshotUntil makes the snapshot at an update, or the nearest before it at which nothing waits, in
// steps where there is much to read.
func (c *Collab) snapshotUntil(ctx context.Context, head livedoc.Document, last int64, done *Compacted) error {
	for {
		seq, made, err := c.snapshotOnce(ctx, head, last)
		switch {
		case err != nil && !errors.Is(err, errEnough):
			return err
		case made:
			done.Snapshots++
		case seq < last:
			return errWaits
		}
		if err == nil {
			return nil
		}
	}
}

// maxReplay is how many bytes of updates are held at once.
const maxReplay = 16 << 20

var errEnough = errors.New("enough for one step")

// snapshotOnce makes one snapshot on the way to last, and returns how far the document has one. The
// error errEnough says that there is more to read.
func (c *Collab) snapshotOnce(ctx context.Context, head livedoc.Document, last int64) (seq int64, made bool, err error) {
	defer func() {
		if p := recover(); p != nil { // a mistake of ours in one document does not keep the others
			err = fmt.Errorf("the engine failed: %v", p)
		}
	}()
	var rows []livedoc.Update
	size := 0
	err = c.log.LoadUntil(ctx, head.ID, head.Epoch, last, func(u livedoc.Update) error {
		if u.Authors == nil {
			if size += len(u.Payload); size > maxReplay && len(rows) > 1 {
				return errEnough
			}
		}
		rows = append(rows, u)
		return nil
	})
	more := err
	if err != nil && !errors.Is(err, errEnough) {
		return 0, false, err
	}
	base := int64(0)
	if len(rows) > 0 && rows[0].Authors != nil {
		base = rows[0].Seq
	}
	replayed, err := replay(rows)
	if err != nil {
		return 0, false, err
	}
	if whole := replayed.whole; whole < len(rows) { // what waits for others does not go into a snapshot
		if rows = rows[:whole]; len(rows) > 0 {
			if replayed, err = replay(rows); err != nil {
				return 0, false, err
			}
		}
	}
	if len(rows) == 0 || rows[len(rows)-1].Seq == base {
		return base, false, nil
	}
	s := livedoc.Snapshot{Document: head.ID, Epoch: head.Epoch, Seq: rows[len(rows)-1].Seq}
	if s.State, err = replayed.doc.EncodeStateAsUpdate(nil); err != nil {
		return 0, false, err
	}
	s.Authors = replayed.authors.Encode()
	if err := confirm(rows, replayed.doc, s.State, s.Authors); err != nil {
		return 0, false, fmt.Errorf("the snapshot at update %d is not made: %w", s.Seq, err)
	}
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	if err := c.log.KeepSnapshot(ctx, s); err != nil {
		return 0, false, err
	}
	return s.Seq, true, more
}

// replayed is a document as the room had it after some rows.
type replayed struct {
	doc     *crdt.Doc
	authors *Authors
	whole   int // after how many rows nothing waited, at the latest
}

func replay(rows []livedoc.Update) (replayed, error) {
	r := replayed{doc: crdt.NewDoc(crdt.KeepFormats()), authors: NewAuthors()}
	for i, row := range rows {
		if err := r.authors.Apply(r.doc, row); err != nil {
			return r, fmt.Errorf("update %d: %w", row.Seq, err)
		}
		if !r.doc.HasPending() {
			r.whole = i + 1
		}
	}
	return r, nil
}

// confirm compares the state of a document with what else can be made of the same rows: a document
// that took them row by row in the other format, their union without a document, and the document
// that the state itself gives.
func confirm(rows []livedoc.Update, doc *crdt.Doc, state, authors []byte) error {
	vector := doc.StateVector()
	other := crdt.NewDoc(crdt.KeepFormats())
	payloads := make([][]byte, len(rows))
	for i, row := range rows {
		payloads[i] = row.Payload
		v2, err := crdt.ConvertV1ToV2(row.Payload)
		if err == nil {
			err = other.ApplyUpdateV2(v2, nil)
		}
		if err != nil {
			return fmt.Errorf("update %d in the other format: %w", row.Seq, err)
		}
	}
	again, err := other.EncodeStateAsUpdate(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, state) {
		return errors.New("two replays of its rows differ")
	}
	union, err := crdt.MergeUpdates(payloads)
	if err != nil {
		return err
	}
	known, err := crdt.StateVectorFromUpdate(union)
	if err != nil {
		return err
	}
	if !bytes.Equal(known, vector) {
		return errors.New("its rows hold other ids than it")
	}
	return readable(state, vector, doc.Digest(), authors)
}

// readable checks that a state gives a whole document, and this one.
func readable(state, vector []byte, digest [32]byte, authors []byte) error {
	doc := crdt.NewDoc(crdt.KeepFormats())
	if err := doc.ApplyUpdate(state, nil); err != nil {
		return fmt.Errorf("its state: %w", err)
	}
	switch {
	case doc.HasPending():
		return errors.New("its state waits for something that is not there")
	case !bytes.Equal(doc.StateVector(), vector):
		return errors.New("its state holds other ids")
	case doc.Digest() != digest:
		return errors.New("its state shows something else")
	}
	if err := doc.Check(); err != nil {
		return err
	}
	known, err := DecodeAuthors(authors)
	if err != nil {
		return err
	}
	for client, clock := range doc.States() {
		if known.inserted.end(client) != clock {
			return fmt.Errorf("its authors know client %d up to %d of %d", client, known.inserted.end(client), clock)
		}
	}
	return nil
}

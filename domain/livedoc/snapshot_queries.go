package livedoc

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"samenwijk/domain/database"
)

// insertSnapshot reports whether there was none at this number.
func insertSnapshot(tx *database.Tx, s *Snapshot) (bool, error) {
	result := tx.Gorm().Exec(`INSERT INTO live_snapshots (document, epoch, seq, bytes, state, authors, checksum, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (document, epoch, seq) DO NOTHING`,
		s.Document, s.Epoch, s.Seq, s.Bytes, s.State, s.Authors, s.Checksum, s.At)
	if result.Error != nil {
		return false, fmt.Errorf("store a snapshot of %s: %w", s.Document, result.Error)
	}
	return result.RowsAffected == 1, nil
}

// snapshotSeqs returns the numbers of the snapshots of up to last, newest first.
func snapshotSeqs(tx *database.Tx, id ID, epoch, last int64) ([]int64, error) {
	var seqs []int64
	err := tx.Gorm().Raw(`SELECT seq FROM live_snapshots WHERE document = ? AND epoch = ? AND seq <= ? ORDER BY seq DESC`,
		id, epoch, last).Scan(&seqs).Error
	return seqs, err
}

func snapshotAt(tx *database.Tx, id ID, epoch, seq int64) (Snapshot, error) {
	var s Snapshot
	err := tx.Gorm().Where("document = ? AND epoch = ? AND seq = ?", id, epoch, seq).Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = errNoSnapshot
	}
	if err != nil {
		return s, fmt.Errorf("read the snapshot of %s at update %d: %w", id, seq, err)
	}
	s.At = s.At.UTC()
	return s, nil
}

// bytesAfter returns how many bytes of updates there are after a number.
func bytesAfter(tx *database.Tx, id ID, epoch, seq int64) (int64, error) {
	var bytes int64
	err := tx.Gorm().Raw(`SELECT COALESCE(SUM(LENGTH(payload)), 0) FROM live_updates WHERE document = ? AND epoch = ? AND seq > ?`,
		id, epoch, seq).Scan(&bytes).Error
	return bytes, err
}

func hasUpdate(tx *database.Tx, id ID, epoch, seq int64) (bool, error) {
	var n int64
	err := tx.Gorm().Raw(`SELECT COUNT(*) FROM live_updates WHERE document = ? AND epoch = ? AND seq = ?`, id, epoch, seq).Scan(&n).Error
	return n == 1, err
}

// lockDocument makes commits of this document wait until the transaction ends.
func lockDocument(tx *database.Tx, id ID, epoch int64) error {
	sql := `SELECT id FROM live_documents WHERE id = ? AND epoch = ?`
	if tx.Dialect() == database.Postgres {
		sql += ` FOR NO KEY UPDATE`
	}
	var found []ID
	if err := tx.Gorm().Raw(sql, id, epoch).Scan(&found).Error; err != nil {
		return fmt.Errorf("lock document %s: %w", id, err)
	}
	if len(found) == 0 {
		return errEpoch
	}
	return nil
}

// deleteUpdates deletes the oldest updates, at most rowsPerStatement, of those up to last that come
// before the first one that is not older than before. From is a number before which there are none:
// a database looks long for the first of many rows that were just deleted.
func deleteUpdates(tx *database.Tx, id ID, epoch, from, last int64, before time.Time) (gone, next int64, err error) {
	var oldest []int64
	err = tx.Gorm().Raw(`SELECT seq FROM live_updates WHERE document = ? AND epoch = ? AND seq >= ? ORDER BY seq LIMIT 1`,
		id, epoch, from).Scan(&oldest).Error
	if err != nil || len(oldest) == 0 {
		return 0, from, err
	}
	from = oldest[0]
	upTo := min(last, from+rowsPerStatement-1)
	result := tx.Gorm().Exec(`DELETE FROM live_updates WHERE document = ? AND epoch = ? AND seq >= ? AND seq <= ? AND seq < COALESCE((
		SELECT MIN(seq) FROM live_updates WHERE document = ? AND epoch = ? AND seq >= ? AND seq <= ? AND at >= ?), ?)`,
		id, epoch, from, upTo, id, epoch, from, upTo, before, upTo+1)
	if result.Error != nil {
		return 0, from, fmt.Errorf("delete old updates of %s: %w", id, result.Error)
	}
	return result.RowsAffected, from + result.RowsAffected, nil
}

// deleteSnapshots deletes those older than keep, as long as keep and a newer one are there.
func deleteSnapshots(tx *database.Tx, id ID, epoch, keep int64) (int64, error) {
	result := tx.Gorm().Exec(`DELETE FROM live_snapshots WHERE document = ? AND epoch = ? AND seq < ? AND (
		SELECT COUNT(*) FROM live_snapshots s WHERE s.document = ? AND s.epoch = ? AND s.seq >= ?) >= 2`,
		id, epoch, keep, id, epoch, keep)
	if result.Error != nil {
		return 0, fmt.Errorf("delete old snapshots of %s: %w", id, result.Error)
	}
	return result.RowsAffected, nil
}

func grownDocuments(tx *database.Tx, updates, bytes int64, after ID, limit int) ([]ID, error) {
	var ids []ID
	err := tx.Gorm().Raw(`SELECT d.id FROM live_documents d LEFT JOIN (
			SELECT document, epoch, MAX(seq) AS seq, MAX(bytes) AS bytes FROM live_snapshots GROUP BY document, epoch
		) s ON s.document = d.id AND s.epoch = d.epoch
		WHERE d.id > ? AND (d.seq - COALESCE(s.seq, 0) >= ? OR d.seq > COALESCE(s.seq, 0) AND d.bytes - COALESCE(s.bytes, 0) >= ?)
		ORDER BY d.id LIMIT ?`, after, updates, bytes, limit).Scan(&ids).Error
	return ids, err
}

func agedDocuments(tx *database.Tx, before time.Time, after ID, limit int) ([]ID, error) {
	var ids []ID
	err := tx.Gorm().Raw(`SELECT d.id FROM live_documents d WHERE d.id > ? AND EXISTS (
			SELECT 1 FROM live_updates u WHERE u.document = d.id AND u.epoch = d.epoch AND u.at < ? AND u.seq = (
				SELECT MIN(o.seq) FROM live_updates o WHERE o.document = d.id AND o.epoch = d.epoch))
		ORDER BY d.id LIMIT ?`, after, before, limit).Scan(&ids).Error
	return ids, err
}

func lastAged(tx *database.Tx, id ID, epoch int64, before time.Time) (int64, error) {
	var seq int64
	err := tx.Gorm().Raw(`SELECT COALESCE(MAX(seq), 0) FROM live_updates WHERE document = ? AND epoch = ? AND seq < COALESCE((
		SELECT MIN(seq) FROM live_updates WHERE document = ? AND epoch = ? AND at >= ?), 9223372036854775807)`,
		id, epoch, id, epoch, before).Scan(&seq).Error
	return seq, err
}

// quarantineSnapshot moves a snapshot out of the way.
func quarantineSnapshot(tx *database.Tx, id ID, epoch, seq int64) error {
	_, err := quarantine(tx, `SELECT document, epoch, seq, 'snapshot', '', 0, '', state, authors, bytes, checksum, at, ?
		FROM live_snapshots WHERE document = ? AND epoch = ? AND seq = ?`,
		`DELETE FROM live_snapshots WHERE document = ? AND epoch = ? AND seq = ?`, id, epoch, seq)
	return err
}

// quarantineUpdates moves the updates up to last out of the way, and returns how many there were.
func quarantineUpdates(tx *database.Tx, id ID, epoch, last int64) (int64, error) {
	return quarantine(tx, `SELECT document, epoch, seq, 'update', session, mark, actor, payload, CAST('' AS BYTEA), LENGTH(payload), checksum, at, ?
		FROM live_updates WHERE document = ? AND epoch = ? AND seq <= ?`,
		`DELETE FROM live_updates WHERE document = ? AND epoch = ? AND seq <= ?`, id, epoch, last)
}

// quarantine copies rows and then deletes exactly as many.
func quarantine(tx *database.Tx, rows, remove string, id ID, epoch, seq int64) (int64, error) {
	copied := tx.Gorm().Exec(`INSERT INTO live_quarantine (document, epoch, seq, kind, session, mark, actor, payload, authors, bytes, checksum, at, moved_at) `+rows,
		database.Now(), id, epoch, seq)
	if copied.Error != nil {
		return 0, fmt.Errorf("copy to the quarantine: %w", copied.Error)
	}
	removed := tx.Gorm().Exec(remove, id, epoch, seq)
	if removed.Error == nil && removed.RowsAffected != copied.RowsAffected {
		return 0, fmt.Errorf("copied %d rows of %s to the quarantine, and %d would go", copied.RowsAffected, id, removed.RowsAffected)
	}
	return removed.RowsAffected, removed.Error
}

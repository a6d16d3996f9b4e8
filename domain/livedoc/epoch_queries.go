package livedoc

import (
	"fmt"
	"time"

	"samenwijk/domain/database"
)

func updateEpoch(tx *database.Tx, from, to Document) error {
	result := tx.Gorm().Exec(`UPDATE live_documents SET epoch = ?, seq = ?, bytes = ?, schema = ? WHERE id = ? AND epoch = ? AND seq = ?`,
		to.Epoch, to.Seq, to.Bytes, to.Schema, from.ID, from.Epoch, from.Seq)
	if result.Error == nil && result.RowsAffected != 1 {
		return errMoved
	}
	return result.Error
}

func documentsOfSchemaBelow(tx *database.Tx, schema int64, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := tx.Gorm().Where("schema < ? AND id > ?", schema, after).Order("id").Limit(limit).Find(&docs).Error
	return docs, err
}

// deleteEnded deletes updates of epochs that have ended, at most rowsPerStatement, and the snapshots that
// another one of the same epoch has followed.
func deleteEnded(tx *database.Tx, before time.Time) (int64, error) {
	result := tx.Gorm().Exec(`DELETE FROM live_updates WHERE (document, epoch, seq) IN (
		SELECT u.document, u.epoch, u.seq FROM live_updates u JOIN live_documents d ON d.id = u.document
		WHERE u.epoch < d.epoch AND u.at < ? ORDER BY u.document, u.epoch, u.seq LIMIT ?)`, before, rowsPerStatement)
	if result.Error != nil {
		return 0, fmt.Errorf("delete updates of epochs that have ended: %w", result.Error)
	}
	err := tx.Gorm().Exec(`DELETE FROM live_snapshots WHERE at < ? AND EXISTS (
			SELECT 1 FROM live_documents d WHERE d.id = live_snapshots.document AND d.epoch > live_snapshots.epoch)
		AND EXISTS (SELECT 1 FROM live_snapshots s WHERE s.document = live_snapshots.document
			AND s.epoch = live_snapshots.epoch AND s.seq > live_snapshots.seq)`, before).Error
	return result.RowsAffected, err
}

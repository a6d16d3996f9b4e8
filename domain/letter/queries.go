package letter

import (
	"time"

	"gorm.io/gorm/clause"

	"samenwijk/domain/database"
)

// insertOnce stores l unless its reader already has a letter about its event.
func insertOnce(tx *database.Tx, l Letter) (bool, error) {
	result := tx.Gorm().Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "event_id"}, {Name: "reader"}}, DoNothing: true,
	}).Create(&l)
	return result.RowsAffected == 1, result.Error
}

func byID(tx *database.Tx, id ID) (Letter, error) {
	var l Letter
	err := tx.Gorm().Where("id = ?", id).Take(&l).Error
	return l, err
}

// claim marks a waiting letter as being sent; an older claim than before counts no more.
func claim(tx *database.Tx, id ID, now, before time.Time) (bool, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET claimed_at = ?, attempts = attempts + 1
		WHERE id = ? AND state = ? AND (claimed_at IS NULL OR claimed_at < ?)`, now, id, Waiting, before)
	return result.RowsAffected == 1, result.Error
}

func end(tx *database.Tx, id ID, state State, reason string, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE letters SET state = ?, reason = ?, ended_at = ?, claimed_at = NULL WHERE id = ?`,
		state, reason, now, id).Error
}

func release(tx *database.Tx, id ID, reason string) error {
	return tx.Gorm().Exec(`UPDATE letters SET reason = ?, claimed_at = NULL WHERE id = ? AND state = ?`,
		reason, id, Waiting).Error
}

// newest leaves the contents in the database: a list does not show them.
func newest(tx *database.Tx, limit, offset int) ([]Letter, int, error) {
	var total int64
	if err := tx.Gorm().Model(&Letter{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var letters []Letter
	err := tx.Gorm().Omit("text", "html", "calendar").Order("created_at DESC, id DESC").
		Limit(limit).Offset(offset).Find(&letters).Error
	return letters, int(total), err
}

func emptySecret(tx *database.Tx, id ID, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE letters SET text = '', html = '', calendar = '', emptied_at = ?
		WHERE id = ? AND secret AND emptied_at IS NULL`, now, id).Error
}

// tooLate ends what still waits when its content goes: an empty letter is not to be sent.
const tooLate = `ended_at = COALESCE(ended_at, ?), state = CASE state WHEN 'waiting' THEN 'late' ELSE state END`

func emptySecrets(tx *database.Tx, before, now time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET text = '', html = '', calendar = '', `+tooLate+`, emptied_at = ? WHERE id IN
		(SELECT id FROM letters WHERE secret AND emptied_at IS NULL AND created_at < ? ORDER BY created_at LIMIT ?)`, now, now, before, limit)
	return result.RowsAffected, result.Error
}

func emptyOlder(tx *database.Tx, before, now time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET recipient = '', subject = '', text = '', html = '', calendar = '', `+tooLate+`,
		emptied_at = ? WHERE id IN
		(SELECT id FROM letters WHERE created_at < ? AND recipient <> '' ORDER BY created_at LIMIT ?)`, now, now, before, limit)
	return result.RowsAffected, result.Error
}

func removeOlder(tx *database.Tx, before time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`DELETE FROM letters WHERE id IN
		(SELECT id FROM letters WHERE created_at < ? ORDER BY created_at LIMIT ?)`, before, limit)
	return result.RowsAffected, result.Error
}

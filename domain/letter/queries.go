package letter

import (
	"time"

	"gorm.io/gorm"
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
func newest(tx *database.Tx, troubled bool, since time.Time, limit, offset int) ([]Letter, int, error) {
	found := tx.Gorm().Model(&Letter{})
	if troubled {
		found = found.Where("(state IN ? OR state = ? AND reason <> '')", []State{Refused, Late}, Waiting)
	}
	if !since.IsZero() {
		found = found.Where("created_at > ?", since)
	}
	var total int64
	if err := found.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var letters []Letter
	err := found.Omit("text", "html", "calendar", "sealed").Order("created_at DESC, id DESC").
		Limit(limit).Offset(offset).Find(&letters).Error
	return letters, int(total), err
}

// lastTo does so too.
func lastTo(tx *database.Tx, readers []string) (map[string]Letter, error) {
	found := map[string]Letter{}
	if len(readers) == 0 {
		return found, nil
	}
	var letters []Letter
	err := tx.Gorm().Omit("text", "html", "calendar", "sealed").Where("reader IN ?", readers).
		Order("created_at DESC, id DESC").Limit(10 * len(readers)).Find(&letters).Error
	for _, l := range letters {
		if _, is := found[l.Reader]; !is {
			found[l.Reader] = l
		}
	}
	return found, err
}

// waitAgain lets a letter that ended be sent.
func waitAgain(tx *database.Tx, id ID) error {
	return tx.Gorm().Exec(`UPDATE letters SET state = ?, reason = '', ended_at = NULL, claimed_at = NULL
		WHERE id = ? AND state IN ?`, Waiting, id, []State{Refused, Kept}).Error
}

// unseal takes from a letter what its reader alone may use; one with a code loses all its content.
func unseal(tx *database.Tx, id ID, now time.Time) error {
	if err := tx.Gorm().Exec(`UPDATE letters SET sealed = NULL WHERE id = ? AND sealed IS NOT NULL`, id).Error; err != nil {
		return err
	}
	return emptyCode(tx, id, now)
}

func emptyCode(tx *database.Tx, id ID, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE letters SET text = '', html = '', calendar = '', sealed = NULL, emptied_at = ?
		WHERE id = ? AND secret AND emptied_at IS NULL`, now, id).Error
}

// unsealOlder does so for letters that nobody fetched, and ends those that still wait.
func unsealOlder(tx *database.Tx, before, now time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET sealed = NULL, `+tooLate+` WHERE id IN
		(SELECT id FROM letters WHERE sealed IS NOT NULL AND created_at < ? ORDER BY created_at LIMIT ?)`, now, before, limit)
	return result.RowsAffected, result.Error
}

// newestSealedTo returns the letter to an address that was made last among those that are sealed.
func newestSealedTo(tx *database.Tx, address string) (Letter, error) {
	var l Letter
	err := tx.Gorm().Where("recipient = ? AND sealed IS NOT NULL", address).Order("created_at DESC, id DESC").Take(&l).Error
	return l, err
}

// tooLate ends what still waits when its content goes: an empty letter is not to be sent.
const tooLate = `ended_at = COALESCE(ended_at, ?), state = CASE state WHEN 'waiting' THEN 'late' ELSE state END`

func emptySecrets(tx *database.Tx, before, now time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET text = '', html = '', calendar = '', sealed = NULL, `+tooLate+`, emptied_at = ? WHERE id IN
		(SELECT id FROM letters WHERE secret AND emptied_at IS NULL AND created_at < ?
		AND (state <> 'waiting' OR sealed IS NOT NULL OR until < ?) ORDER BY created_at LIMIT ?)`, now, now, before, now, limit)
	return result.RowsAffected, result.Error
}

func emptyOlder(tx *database.Tx, before, now time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`UPDATE letters SET recipient = '', subject = '', text = '', html = '', calendar = '', sealed = NULL, `+tooLate+`,
		emptied_at = ? WHERE id IN
		(SELECT id FROM letters WHERE created_at < ? AND recipient <> '' ORDER BY created_at LIMIT ?)`, now, now, before, limit)
	return result.RowsAffected, result.Error
}

func removeOlder(tx *database.Tx, before time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`DELETE FROM letters WHERE id IN
		(SELECT id FROM letters WHERE created_at < ? ORDER BY created_at LIMIT ?)`, before, limit)
	return result.RowsAffected, result.Error
}

// useBudget counts one more; a period that began before over begins anew.
func useBudget(tx *database.Tx, subject string, now, over time.Time) (BudgetRow, error) {
	var row BudgetRow
	err := tx.Gorm().Raw(`INSERT INTO letter_budgets (subject, since, used) VALUES (?, ?, 1)
		ON CONFLICT (subject) DO UPDATE SET
			used = CASE WHEN letter_budgets.since <= ? THEN 1 ELSE letter_budgets.used + 1 END,
			since = CASE WHEN letter_budgets.since <= ? THEN excluded.since ELSE letter_budgets.since END
		RETURNING subject, since, used`, subject, now, over, over).Scan(&row).Error
	return row, err
}

func removeBudgets(tx *database.Tx, before time.Time, limit int) (int64, error) {
	result := tx.Gorm().Exec(`DELETE FROM letter_budgets WHERE subject IN
		(SELECT subject FROM letter_budgets WHERE since < ? ORDER BY since LIMIT ?)`, before, limit)
	return result.RowsAffected, result.Error
}

package livedoc

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// headline is every column but the state.
var headline = []string{
	"id", "document", "epoch", "seq", "kind", "name", "source", "actor", "writers", "form_key", "at", "packed", "size", "checksum",
}

func insertVersion(tx *database.Tx, v Version) (added bool, err error) {
	result := tx.Gorm().Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "document"}, {Name: "form_key"}}, DoNothing: true}).Create(&v)
	if result.Error != nil {
		return false, fmt.Errorf("store a version of %s: %w", v.Document, result.Error)
	}
	return result.RowsAffected == 1, nil
}

func versionByID(tx *database.Tx, id ID, version VersionID) (Version, error) {
	return oneVersion(tx.Gorm().Where("document = ? AND id = ?", id, version))
}

func headlineByID(tx *database.Tx, id ID, version VersionID) (Version, error) {
	return oneVersion(tx.Gorm().Select(headline).Where("document = ? AND id = ?", id, version))
}

func headlinesByID(tx *database.Tx, id ID, versions []VersionID) ([]Version, error) {
	var found []Version
	err := tx.Gorm().Select(headline).Where("document = ? AND id IN ?", id, versions).Order("id").Limit(len(versions)).Find(&found).Error
	return found, err
}

func oneVersion(q *gorm.DB) (Version, error) {
	var v Version
	err := q.Take(&v).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || fault.KindOf(err) == fault.KindNotFound {
		return v, fault.NotFound("not_found")
	}
	return v, err
}

func versionOfForm(tx *database.Tx, id ID, key string) (v Version, known bool, err error) {
	result := tx.Gorm().Select(headline).Where("document = ? AND form_key = ?", id, key).Limit(1).Find(&v)
	return v, result.RowsAffected == 1, result.Error
}

// newestVersion returns the newest version of up to seq besides one, the zero Version when there is none.
func newestVersion(tx *database.Tx, id ID, epoch, seq int64, besides VersionID) (v Version, err error) {
	err = tx.Gorm().Select(headline).Where("document = ? AND epoch = ? AND seq <= ? AND id <> ?", id, epoch, seq, besides).
		Order("seq DESC, at DESC, id DESC").Limit(1).Find(&v).Error
	return v, err
}

// writersBetween returns who wrote after one number and up to another, in the order in which they began.
func writersBetween(tx *database.Tx, id ID, epoch, after, last int64) ([]string, error) {
	var actors []string
	err := tx.Gorm().Raw(`SELECT actor FROM live_updates WHERE document = ? AND epoch = ? AND seq > ? AND seq <= ? AND actor <> ''
		GROUP BY actor ORDER BY MIN(seq)`, id, epoch, after, last).Scan(&actors).Error
	return actors, err
}

// writtenAt is when an update was stored; the zero time when it is not kept any more.
func writtenAt(tx *database.Tx, id ID, epoch, seq int64) (time.Time, error) {
	var u Update
	err := tx.Gorm().Select("at").Where("document = ? AND epoch = ? AND seq = ?", id, epoch, seq).Limit(1).Find(&u).Error
	return u.At, err
}

func versionBefore(tx *database.Tx, v Version) (before Version, known bool, err error) {
	result := tx.Gorm().Select(headline).Where("document = ? AND (epoch, seq, at, id) < (?, ?, ?, ?)", v.Document, v.Epoch, v.Seq, v.At, v.ID).
		Order("epoch DESC, seq DESC, at DESC, id DESC").Limit(1).Find(&before)
	return before, result.RowsAffected == 1, result.Error
}

func versionsOf(tx *database.Tx, id ID, offset, limit int) ([]Version, error) {
	var versions []Version
	err := tx.Gorm().Select(headline).Where("document = ?", id).
		Order("epoch DESC, seq DESC, at DESC, id DESC").Offset(offset).Limit(limit).Find(&versions).Error
	return versions, err
}

// mostRecent bounds what recentVersions returns: restores are rare.
const mostRecent = 200

func recentVersions(tx *database.Tx, kind VersionKind, since time.Time) ([]Version, error) {
	var versions []Version
	err := tx.Gorm().Select(headline).Where("kind = ? AND at >= ?", kind, since).Order("at DESC, id").Limit(mostRecent).Find(&versions).Error
	return versions, err
}

func versionsOldestFirst(tx *database.Tx, id ID, limit int) ([]Version, error) {
	var versions []Version
	err := tx.Gorm().Select(headline).Where("document = ?", id).Order("epoch, seq, at, id").Limit(limit).Find(&versions).Error
	return versions, err
}

func countVersions(tx *database.Tx, id ID) (int, error) {
	var n int64
	err := tx.Gorm().Model(&Version{}).Where("document = ?", id).Count(&n).Error
	return int(n), err
}

func countNamed(tx *database.Tx, id ID) (int, error) {
	var n int64
	err := tx.Gorm().Model(&Version{}).Where("document = ? AND name <> ''", id).Count(&n).Error
	return int(n), err
}

func updateVersionState(tx *database.Tx, v Version) error {
	return tx.Gorm().Model(&Version{}).Where("id = ?", v.ID).Updates(map[string]any{
		"seq": v.Seq, "writers": v.Writers, "packed": v.Packed, "size": v.Size, "state": v.State, "checksum": v.Checksum,
	}).Error
}

func updateVersionName(tx *database.Tx, v Version) error {
	return tx.Gorm().Model(&Version{}).Where("id = ?", v.ID).
		Updates(map[string]any{"kind": v.Kind, "name": v.Name, "actor": v.Actor}).Error
}

func updateWriters(tx *database.Tx, v Version) error {
	return tx.Gorm().Model(&Version{}).Where("id = ?", v.ID).Update("writers", v.Writers).Error
}

// deleteUnnamed asks for the name again: somebody may have given one a moment ago.
func deleteUnnamed(tx *database.Tx, gone []Version) error {
	for len(gone) > 0 {
		n := min(len(gone), rowsPerStatement)
		ids := make([]VersionID, n)
		for i := range ids {
			ids[i] = gone[i].ID
		}
		if err := tx.Gorm().Where("id IN ? AND name = ''", ids).Delete(&Version{}).Error; err != nil {
			return err
		}
		gone = gone[n:]
	}
	return nil
}

func documentsToThin(tx *database.Tx, before time.Time, after ID, limit int) ([]ID, error) {
	var ids []ID
	err := tx.Gorm().Model(&Version{}).Where("name = '' AND at < ? AND document > ?", before, after).
		Distinct("document").Order("document").Limit(limit).Pluck("document", &ids).Error
	return ids, err
}

// unversionedDocuments finds what was written in since its newest version, when the last writing is
// from before quiet or the first from before long. A row that is not there any more is older than both.
func unversionedDocuments(tx *database.Tx, quiet, long time.Time, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := tx.Gorm().Raw(`SELECT d.* FROM live_documents d
		LEFT JOIN (SELECT document, epoch, MAX(seq) AS seq FROM live_versions GROUP BY document, epoch) v
			ON v.document = d.id AND v.epoch = d.epoch
		LEFT JOIN live_updates l ON l.document = d.id AND l.epoch = d.epoch AND l.seq = d.seq
		LEFT JOIN live_updates f ON f.document = d.id AND f.epoch = d.epoch AND f.seq = COALESCE(v.seq, 0) + 1
		WHERE d.id > ? AND d.seq > COALESCE(v.seq, 0) AND (l.at IS NULL OR f.at IS NULL OR l.at <= ? OR f.at <= ?)
		ORDER BY d.id LIMIT ?`, after, quiet, long, limit).Scan(&docs).Error
	return docs, err
}

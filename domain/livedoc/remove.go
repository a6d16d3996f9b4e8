package livedoc

import (
	"errors"
	"fmt"

	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// errWritten is for a document in which somebody wrote since it was looked at.
var errWritten = fault.Conflict("livedoc.written")

// Remove deletes the live document of an owner and everything that was kept of it: updates, snapshots, versions and what
// was put aside as damaged. It does so only when nothing was written after the update seq of an epoch, as whoever asks
// saw it; otherwise it is fault.KindConflict. Rooms in which it is open find it gone within moments and say so to
// everybody in them; a ticket for it opens nothing. An owner without a live document is no mistake.
func Remove(tx *database.Tx, ownerKind, ownerID string, epoch, seq int64) error {
	doc, err := lockedByOwner(tx, ownerKind, ownerID)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove the live document of %s %s: %w", ownerKind, ownerID, err)
	}
	if doc.Epoch != epoch || doc.Seq != seq {
		return errWritten
	}
	if err := deleteDocument(tx, doc.ID); err != nil {
		return fmt.Errorf("remove the live document of %s %s: %w", ownerKind, ownerID, err)
	}
	return nil
}

// lockedByOwner holds the head, so that what is on its way to the log comes before or finds nothing.
func lockedByOwner(tx *database.Tx, kind, ownerID string) (Document, error) {
	if tx.Dialect() == database.Postgres {
		err := tx.Gorm().Exec(`SELECT id FROM live_documents WHERE owner_kind = ? AND owner_id = ? FOR UPDATE`, kind, ownerID).Error
		if err != nil {
			return Document{}, err
		}
	}
	return documentByOwner(tx, kind, ownerID)
}

func deleteDocument(tx *database.Tx, id ID) error {
	for _, table := range []string{"live_updates", "live_snapshots", "live_versions", "live_quarantine"} {
		if err := tx.Gorm().Exec("DELETE FROM "+table+" WHERE document = ?", id).Error; err != nil {
			return err
		}
	}
	return tx.Gorm().Exec("DELETE FROM live_documents WHERE id = ?", id).Error
}

package programme

import (
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// visibleTo leaves the documents that the actor may know exist.
func visibleTo(who access.Actor) func(*gorm.DB) *gorm.DB {
	reach := who.Reach()
	return func(q *gorm.DB) *gorm.DB {
		if reach.Network {
			return q.Where("audience IN ?", []access.Audience{access.Public, access.Members})
		}
		return q.Where("(audience = ? OR (audience = ? AND workgroup_id IN ?))", access.Public, access.Members, reach.Workgroups)
	}
}

// belonging narrows to what a filter asks for.
func belonging(who access.Actor, f Filter) func(*gorm.DB) *gorm.DB {
	return func(q *gorm.DB) *gorm.DB {
		if f.Mine {
			q = q.Where("workgroup_id IN ?", who.Reach().Workgroups)
		}
		if f.Workgroup != "" {
			q = q.Where("workgroup_id = ?", f.Workgroup)
		}
		return q
	}
}

func visibleDocuments(tx *database.Tx, who access.Actor, f Filter) ([]RequirementsDocument, error) {
	var found []RequirementsDocument
	err := tx.Gorm().Scopes(visibleTo(who), belonging(who, f)).
		Order("title, id").Offset(f.offset()).Limit(PageSize).Find(&found).Error
	return found, err
}

func countVisible(tx *database.Tx, who access.Actor, f Filter) (int, error) {
	var n int64
	err := tx.Gorm().Model(&RequirementsDocument{}).Scopes(visibleTo(who), belonging(who, f)).Count(&n).Error
	return int(n), err
}

// workgroupsOfVisible returns the groups that have a document the actor may know of.
func workgroupsOfVisible(tx *database.Tx, who access.Actor) ([]string, error) {
	var ids []string
	err := tx.Gorm().Model(&RequirementsDocument{}).Scopes(visibleTo(who)).
		Distinct("workgroup_id").Order("workgroup_id").Limit(500).Pluck("workgroup_id", &ids).Error
	return ids, err
}

func visibleDocument(tx *database.Tx, who access.Actor, id ID) (RequirementsDocument, error) {
	return first(tx.Gorm().Scopes(visibleTo(who)).Where("id = ?", id))
}

// lockedDocument holds the document until the end of the transaction, so that numbers are given out
// one at a time. SQLite has one writer anyway.
func lockedDocument(tx *database.Tx, who access.Actor, id ID) (RequirementsDocument, error) {
	q := tx.Gorm().Scopes(visibleTo(who)).Where("id = ?", id)
	if tx.Dialect() == database.Postgres {
		q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return first(q)
}

func first(q *gorm.DB) (RequirementsDocument, error) {
	var d RequirementsDocument
	err := q.Take(&d).Error
	return d, err
}

// documentOfForm returns what a form of this person made before, if it did. On Postgres the same form
// may be under way twice: the second waits here until the first is done.
func documentOfForm(tx *database.Tx, by access.PersonID, key string) (d RequirementsDocument, known bool, err error) {
	if tx.Dialect() == database.Postgres {
		if err := tx.Gorm().Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 30))", string(by)+" "+key).Error; err != nil {
			return d, false, err
		}
	}
	result := tx.Gorm().Where("created_by = ? AND form_key = ?", by, key).Limit(1).Find(&d)
	return d, result.RowsAffected == 1, result.Error
}

func insertDocument(tx *database.Tx, d RequirementsDocument) error { return tx.Gorm().Create(&d).Error }

func deleteDocument(tx *database.Tx, id ID) error {
	if err := tx.Gorm().Where("document_id = ?", id).Delete(&Requirement{}).Error; err != nil {
		return err
	}
	return tx.Gorm().Where("id = ?", id).Delete(&RequirementsDocument{}).Error
}

func updateTitle(tx *database.Tx, d RequirementsDocument) error {
	return tx.Gorm().Model(&RequirementsDocument{}).Where("id = ?", d.ID).
		Updates(map[string]any{"title": d.Title, "changed_at": d.ChangedAt}).Error
}

func updateAudience(tx *database.Tx, id ID, to access.Audience, at time.Time) error {
	return tx.Gorm().Model(&RequirementsDocument{}).Where("id = ?", id).Updates(map[string]any{"audience": to, "changed_at": at}).Error
}

func updateLastNumber(tx *database.Tx, d RequirementsDocument) error {
	return tx.Gorm().Model(&RequirementsDocument{}).Where("id = ?", d.ID).
		Updates(map[string]any{"last_number": d.LastNumber, "changed_at": d.ChangedAt}).Error
}

func requirementsOf(tx *database.Tx, id ID) ([]Requirement, error) {
	var found []Requirement
	err := tx.Gorm().Where("document_id = ?", id).Order("number").Limit(maxRequirements).Find(&found).Error
	return found, err
}

func requirementOf(tx *database.Tx, document ID, id RequirementID) (Requirement, error) {
	var r Requirement
	err := tx.Gorm().Where("document_id = ? AND id = ?", document, id).Take(&r).Error
	return r, err
}

// namedRequirements returns those of these requirements that have a key.
func namedRequirements(tx *database.Tx, document ID, ids []RequirementID) ([]Requirement, error) {
	var all []Requirement
	for some := range slices.Chunk(ids, 500) {
		var found []Requirement
		if err := tx.Gorm().Where("document_id = ? AND id IN ?", document, some).Order("number").Find(&found).Error; err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// indexedAfter is for the machine, which reads every document.
func indexedAfter(tx *database.Tx, after ID, limit int) ([]Indexed, error) {
	var found []Indexed
	err := tx.Gorm().Model(&RequirementsDocument{}).Select("id, live_id, indexed_text").
		Where("id > ?", after).Order("id").Limit(limit).Find(&found).Error
	return found, err
}

// lockedForIndex is lockedDocument for the machine.
func lockedForIndex(tx *database.Tx, id ID) (RequirementsDocument, error) {
	q := tx.Gorm().Where("id = ?", id)
	if tx.Dialect() == database.Postgres {
		q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return first(q)
}

func updateIndexedText(tx *database.Tx, id ID, called string) error {
	return tx.Gorm().Model(&RequirementsDocument{}).Where("id = ?", id).UpdateColumn("indexed_text", called).Error
}

func insertRequirements(tx *database.Tx, all []Requirement) error {
	if len(all) == 0 {
		return nil
	}
	return tx.Gorm().CreateInBatches(all, 500).Error
}

func updateClassification(tx *database.Tx, r Requirement) error {
	return tx.Gorm().Model(&Requirement{}).Where("document_id = ? AND id = ?", r.DocumentID, r.ID).
		Updates(map[string]any{
			"type": r.Type, "type_by": r.TypeBy, "priority": r.Priority, "priority_by": r.PriorityBy, "changed_at": r.ChangedAt,
		}).Error
}

func hideFromOutsiders(tx *database.Tx, workgroup string) error {
	return tx.Gorm().Model(&RequirementsDocument{}).Where("workgroup_id = ? AND audience = ?", workgroup, access.Public).
		Update("audience", access.Members).Error
}

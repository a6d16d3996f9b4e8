package research

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// visibleTo leaves the notes that the actor may know exist: drafts of their own, and what is shared
// in their groups. A draft of somebody else is not there for anybody.
func visibleTo(who access.Actor) func(*gorm.DB) *gorm.DB {
	reach := who.Reach()
	return func(q *gorm.DB) *gorm.DB {
		return q.Where(`(audience = ? AND author_id = ? AND author_id <> '' OR audience = ? AND (? OR workgroup_id IN ?))`,
			access.Private, reach.Person, access.Members, reach.Network, reach.Workgroups)
	}
}

func narrowed(who access.Actor, f Filter) func(*gorm.DB) *gorm.DB {
	return func(q *gorm.DB) *gorm.DB {
		if f.Workgroup != "" {
			q = q.Where("workgroup_id = ?", f.Workgroup)
		}
		switch f.Whose {
		case Mine:
			q = q.Where("author_id = ?", who.ID)
		case Drafts:
			q = q.Where("audience = ?", access.Private)
		case Shared:
			q = q.Where("audience = ?", access.Members)
		}
		return q
	}
}

func visible(tx *database.Tx, who access.Actor, f Filter) ([]Listed, error) {
	var found []Listed
	err := tx.Gorm().Model(&Note{}).
		Select(`id, workgroup_id, author_id, title, audience, version, created_at, changed_at, shared_at,
			(SELECT COUNT(*) FROM note_comments c WHERE c.note_id = notes.id AND c.withdrawn_at IS NULL) AS comments`).
		Scopes(visibleTo(who), narrowed(who, f)).
		Order("changed_at DESC, id DESC").Offset(f.offset()).Limit(PageSize).Find(&found).Error
	return found, err
}

func countVisible(tx *database.Tx, who access.Actor, f Filter) (int, error) {
	var n int64
	err := tx.Gorm().Model(&Note{}).Scopes(visibleTo(who), narrowed(who, f)).Count(&n).Error
	return int(n), err
}

func visibleOne(tx *database.Tx, who access.Actor, id NoteID) (Note, error) {
	return first(tx.Gorm().Scopes(visibleTo(who)).Where("id = ?", id))
}

// lockedOne holds the note until the end of the transaction. SQLite has one writer anyway.
func lockedOne(tx *database.Tx, who access.Actor, id NoteID) (Note, error) {
	q := tx.Gorm().Scopes(visibleTo(who)).Where("id = ?", id)
	if tx.Dialect() == database.Postgres {
		q = q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return first(q)
}

func first(q *gorm.DB) (Note, error) {
	var found []Note
	if err := q.Limit(1).Find(&found).Error; err != nil {
		return Note{}, err
	}
	if len(found) == 0 {
		return Note{}, fault.NotFound("not_found")
	}
	return found[0], nil
}

// insertOnce stores n, or reads into it the note that the same form made before.
func insertOnce(tx *database.Tx, n *Note) (isNew bool, err error) {
	result := tx.Gorm().Clauses(onceAForm()).Create(n)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error == nil, result.Error
	}
	before, err := first(tx.Gorm().Where("author_id = ? AND form_key = ?", n.AuthorID, n.FormKey))
	*n = before
	return false, err
}

func onceAForm() clause.OnConflict {
	return clause.OnConflict{Columns: []clause.Column{{Name: "author_id"}, {Name: "form_key"}}, DoNothing: true}
}

func save(tx *database.Tx, n Note) error {
	return tx.Gorm().Model(&Note{}).Where("id = ?", n.ID).Updates(map[string]any{
		"title": n.Title, "body": n.Body, "version": n.Version, "changed_at": n.ChangedAt,
	}).Error
}

func saveAudience(tx *database.Tx, n Note) error {
	return tx.Gorm().Model(&Note{}).Where("id = ?", n.ID).Updates(map[string]any{
		"audience": n.Audience, "shared_at": n.SharedAt, "version": n.Version,
	}).Error
}

func deleteNote(tx *database.Tx, id NoteID) error {
	return tx.Gorm().Where("id = ?", id).Delete(&Note{}).Error
}

func commentsOf(tx *database.Tx, id NoteID) ([]Comment, error) {
	var found []Comment
	err := tx.Gorm().Where("note_id = ?", id).Order("written_at, id").Limit(1000).Find(&found).Error
	return found, err
}

func countCommentsOfOthers(tx *database.Tx, n Note) (int64, error) {
	var count int64
	err := tx.Gorm().Model(&Comment{}).
		Where("note_id = ? AND author_id <> ? AND withdrawn_at IS NULL", n.ID, n.AuthorID).Count(&count).Error
	return count, err
}

// insertCommentOnce stores c, or reads into it the comment that the same form made before.
func insertCommentOnce(tx *database.Tx, c *Comment) (isNew bool, err error) {
	result := tx.Gorm().Clauses(onceAForm()).Create(c)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error == nil, result.Error
	}
	var before Comment
	err = tx.Gorm().Where("author_id = ? AND form_key = ?", c.AuthorID, c.FormKey).Take(&before).Error
	*c = before
	return false, err
}

func commentByID(tx *database.Tx, note NoteID, id CommentID) (Comment, error) {
	var found []Comment
	if err := tx.Gorm().Where("note_id = ? AND id = ?", note, id).Limit(1).Find(&found).Error; err != nil {
		return Comment{}, err
	}
	if len(found) == 0 {
		return Comment{}, fault.NotFound("not_found")
	}
	return found[0], nil
}

func withdraw(tx *database.Tx, id CommentID, by access.PersonID, now time.Time) error {
	return tx.Gorm().Model(&Comment{}).Where("id = ?", id).
		Updates(map[string]any{"text": "", "withdrawn_at": now, "withdrawn_by": by}).Error
}

package workgroup

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// visibleTo leaves the groups that the actor may know exist.
func visibleTo(who access.Actor) func(*gorm.DB) *gorm.DB {
	reach := who.Reach()
	return func(q *gorm.DB) *gorm.DB {
		if reach.Network {
			return q
		}
		return q.Where("(workgroups.public OR workgroups.id IN ?)", reach.Workgroups)
	}
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// narrowed leaves what a filter asks for.
func narrowed(who access.Actor, f Filter) func(*gorm.DB) *gorm.DB {
	return func(q *gorm.DB) *gorm.DB {
		if f.Text != "" {
			like := "%" + likeEscaper.Replace(strings.ToLower(f.Text)) + "%"
			q = q.Where(`(LOWER(name) LIKE ? ESCAPE '\' OR LOWER(goal) LIKE ? ESCAPE '\')`, like, like)
		}
		if f.Strand != "" {
			q = q.Where(`',' || strands || ',' LIKE ? ESCAPE '\'`, "%,"+likeEscaper.Replace(string(f.Strand))+",%")
		}
		if f.Mine {
			q = q.Where("id IN (SELECT workgroup_id FROM workgroup_members WHERE person_id = ?)", who.ID)
		}
		return q
	}
}

func visible(tx *database.Tx, who access.Actor, f Filter) ([]Workgroup, error) {
	var found []Workgroup
	err := tx.Gorm().Scopes(visibleTo(who), narrowed(who, f)).
		Order("LOWER(name), id").Offset(f.offset()).Limit(PageSize).Find(&found).Error
	return found, err
}

func countVisible(tx *database.Tx, who access.Actor, f Filter) (int, error) {
	var n int64
	err := tx.Gorm().Model(&Workgroup{}).Scopes(visibleTo(who), narrowed(who, f)).Count(&n).Error
	return int(n), err
}

func visibleNames(tx *database.Tx, who access.Actor, ids []string) (map[string]string, error) {
	var found []Workgroup
	err := tx.Gorm().Select("id", "name").Scopes(visibleTo(who)).Where("id IN ?", ids).Limit(500).Find(&found).Error
	names := make(map[string]string, len(found))
	for _, w := range found {
		names[string(w.ID)] = w.Name
	}
	return names, err
}

func visibleOne(tx *database.Tx, who access.Actor, id ID) (Workgroup, error) {
	return first(tx.Gorm().Scopes(visibleTo(who)).Where("id = ?", id))
}

// anyOne does not ask who may know; for administrators and holders of an invitation.
func anyOne(tx *database.Tx, id ID) (Workgroup, error) {
	return first(tx.Gorm().Where("id = ?", id))
}

// anyOf is anyOne for several, by id.
func anyOf(tx *database.Tx, ids []ID) (map[ID]Workgroup, error) {
	var found []Workgroup
	err := tx.Gorm().Where("id IN ?", ids).Find(&found).Error
	byID := make(map[ID]Workgroup, len(found))
	for _, w := range found {
		byID[w.ID] = w
	}
	return byID, err
}

// lockedOne holds the group until the end of the transaction: whoever changes it or its members
// takes turns. SQLite has one writer anyway.
func lockedOne(tx *database.Tx, who access.Actor, id ID) (Workgroup, error) {
	return first(forUpdate(tx).Scopes(visibleTo(who)).Where("id = ?", id))
}

func lock(tx *database.Tx, id ID) error {
	_, err := first(forUpdate(tx).Where("id = ?", id))
	return err
}

func forUpdate(tx *database.Tx) *gorm.DB {
	if tx.Dialect() == database.Postgres {
		return tx.Gorm().Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return tx.Gorm()
}

func first(q *gorm.DB) (Workgroup, error) {
	var found []Workgroup
	if err := q.Limit(1).Find(&found).Error; err != nil {
		return Workgroup{}, err
	}
	if len(found) == 0 {
		return Workgroup{}, fault.NotFound("not_found")
	}
	return found[0], nil
}

func namesOfAll(tx *database.Tx) ([]Workgroup, error) {
	var found []Workgroup
	err := tx.Gorm().Select("id", "name", "public").Order("LOWER(name), id").Limit(1000).Find(&found).Error
	return found, err
}

// insertOnce stores w, or reads into it the group that the same form made before.
func insertOnce(tx *database.Tx, w *Workgroup) (isNew bool, err error) {
	result := tx.Gorm().Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "created_by"}, {Name: "form_key"}}, DoNothing: true,
	}).Create(w)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error == nil, result.Error
	}
	before, err := first(tx.Gorm().Where("created_by = ? AND form_key = ?", w.CreatedBy, w.FormKey))
	*w = before
	return false, err
}

func save(tx *database.Tx, w Workgroup) error {
	return tx.Gorm().Model(&Workgroup{}).Where("id = ?", w.ID).Updates(map[string]any{
		"name": w.Name, "goal": w.Goal, "review_on": w.ReviewOn, "strands": w.Strands, "public": w.Public,
		"version": w.Version, "changed_at": w.ChangedAt,
	}).Error
}

func saveArchived(tx *database.Tx, w Workgroup) error {
	return tx.Gorm().Model(&Workgroup{}).Where("id = ?", w.ID).
		Updates(map[string]any{"archived_at": w.ArchivedAt, "version": gorm.Expr("version + 1")}).Error
}

// withdrawInvitations ends those that nobody answered.
func withdrawInvitations(tx *database.Tx, id ID, now time.Time) error {
	return tx.Gorm().Model(&Invitation{}).Where("workgroup_id = ? AND state = ?", id, Open).
		Updates(map[string]any{"state": Withdrawn, "ended_at": now}).Error
}

// archived returns the archived groups.
func archived(tx *database.Tx) ([]ID, error) {
	var ids []ID
	err := tx.Gorm().Model(&Workgroup{}).Where("archived_at IS NOT NULL").Order("id").Pluck("id", &ids).Error
	return ids, err
}

func insertMember(tx *database.Tx, m Membership) error { return tx.Gorm().Create(&m).Error }

// membersOf lists coordinators first. A group is small: a page shows all of it.
func membersOf(tx *database.Tx, id ID) ([]Membership, error) {
	var found []Membership
	err := tx.Gorm().Where("workgroup_id = ?", id).
		Order("CASE role WHEN 'coordinator' THEN 0 ELSE 1 END, joined_at, person_id").Limit(1000).Find(&found).Error
	return found, err
}

func memberOf(tx *database.Tx, id ID, person access.PersonID) (Membership, bool, error) {
	var found []Membership
	err := tx.Gorm().Where("workgroup_id = ? AND person_id = ?", id, person).Limit(1).Find(&found).Error
	if err != nil || len(found) == 0 {
		return Membership{}, false, err
	}
	return found[0], true, nil
}

func countMembers(tx *database.Tx, who access.Actor, ids []ID) (map[ID]int, error) {
	var rows []struct {
		WorkgroupID ID
		Members     int
	}
	err := tx.Gorm().Model(&Membership{}).Select("workgroup_id, COUNT(*) AS members").
		Joins("JOIN workgroups ON workgroups.id = workgroup_members.workgroup_id").Scopes(visibleTo(who)).
		Where("workgroup_id IN ?", ids).Group("workgroup_id").Find(&rows).Error
	counts := make(map[ID]int, len(rows))
	for _, r := range rows {
		counts[r.WorkgroupID] = r.Members
	}
	return counts, err
}

func saveRole(tx *database.Tx, id ID, person access.PersonID, role access.Role) error {
	return tx.Gorm().Model(&Membership{}).Where("workgroup_id = ? AND person_id = ?", id, person).Update("role", role).Error
}

func deleteMember(tx *database.Tx, id ID, person access.PersonID) error {
	return tx.Gorm().Where("workgroup_id = ? AND person_id = ?", id, person).Delete(&Membership{}).Error
}

func grantsOf(tx *database.Tx, person access.PersonID, now time.Time) ([]access.Grant, error) {
	var members []Membership
	if err := tx.Gorm().Where("person_id = ?", person).Order("workgroup_id").Limit(1000).Find(&members).Error; err != nil {
		return nil, fmt.Errorf("memberships of %s: %w", person, err)
	}
	var looking []Inspection
	if err := tx.Gorm().Where("person_id = ? AND ends_at > ?", person, now).Order("workgroup_id").Limit(1000).Find(&looking).Error; err != nil {
		return nil, fmt.Errorf("inspections of %s: %w", person, err)
	}
	over, err := archived(tx)
	if err != nil {
		return nil, fmt.Errorf("archived workgroups: %w", err)
	}
	grants := make([]access.Grant, 0, len(members)+len(looking)+len(over))
	for _, m := range members {
		grants = append(grants, access.Grant{Role: m.Role, Realm: access.InWorkgroup, ID: string(m.WorkgroupID)})
	}
	for _, i := range looking {
		grants = append(grants, access.Grant{Role: access.Inspector, Realm: access.InWorkgroup, ID: string(i.WorkgroupID), Until: i.EndsAt})
	}
	for _, id := range over {
		grants = append(grants, access.Grant{Realm: access.Archived, ID: string(id)})
	}
	return grants, nil
}

func insertInvitation(tx *database.Tx, i Invitation) error { return tx.Gorm().Create(&i).Error }

func openInvitations(tx *database.Tx, id ID, now time.Time) ([]Invitation, error) {
	var found []Invitation
	err := tx.Gorm().Where("workgroup_id = ? AND state = ? AND expires_at > ?", id, Open, now).
		Order("invited_at DESC, id DESC").Limit(MaxOpenInvitations).Find(&found).Error
	return found, err
}

// invitationsTo returns the invitations to an address that can still be answered, the oldest first.
func invitationsTo(tx *database.Tx, address string, now time.Time) ([]Invitation, error) {
	var found []Invitation
	err := tx.Gorm().Where("address = ? AND state = ? AND expires_at > ?", address, Open, now).
		Order("invited_at, id").Limit(MaxOpenInvitations).Find(&found).Error
	return found, err
}

func invitationByID(tx *database.Tx, id InvitationID) (Invitation, error) {
	return firstInvitation(tx.Gorm().Where("id = ?", id))
}

func invitationByHash(tx *database.Tx, hash string) (Invitation, error) {
	return firstInvitation(tx.Gorm().Where("token_hash = ?", hash))
}

func setTokenHash(tx *database.Tx, id InvitationID, hash string) error {
	return tx.Gorm().Model(&Invitation{}).Where("id = ?", id).Update("token_hash", hash).Error
}

func firstInvitation(q *gorm.DB) (Invitation, error) {
	var found []Invitation
	if err := q.Limit(1).Find(&found).Error; err != nil {
		return Invitation{}, err
	}
	if len(found) == 0 {
		return Invitation{}, fault.NotFound("workgroup.invitation.unknown")
	}
	return found[0], nil
}

// invitationOfForm returns what the same form made before.
func invitationOfForm(tx *database.Tx, by access.PersonID, key string) (Invitation, bool, error) {
	var found []Invitation
	err := tx.Gorm().Where("invited_by = ? AND form_key = ?", by, key).Limit(1).Find(&found).Error
	if err != nil || len(found) == 0 {
		return Invitation{}, false, err
	}
	return found[0], true, nil
}

func endInvitation(tx *database.Tx, id InvitationID, state State, person access.PersonID, now time.Time) error {
	return tx.Gorm().Model(&Invitation{}).Where("id = ?", id).
		Updates(map[string]any{"state": state, "person_id": person, "ended_at": now}).Error
}

func insertInspection(tx *database.Tx, i Inspection) error { return tx.Gorm().Create(&i).Error }

func inspectionsOf(tx *database.Tx, id ID, limit int) ([]Inspection, error) {
	var found []Inspection
	err := tx.Gorm().Where("workgroup_id = ?", id).Order("started_at DESC, id DESC").Limit(limit).Find(&found).Error
	return found, err
}

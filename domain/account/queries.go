package account

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

func personByID(tx *database.Tx, id access.PersonID) (Person, error) {
	var p Person
	err := tx.Gorm().Where("id = ?", id).Take(&p).Error
	return p, orNotFound(err)
}

// orNotFound lets a use case tell what is not there from what went wrong.
func orNotFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.NotFound("not_found").Because(err)
	}
	return err
}

func peopleByID(tx *database.Tx, ids []access.PersonID) ([]Person, error) {
	var people []Person
	err := tx.Gorm().Where("id IN ?", ids).Order("id").Find(&people).Error
	return people, err
}

// ownerOf returns who has an address; nil is a good answer, and costs as much as any other.
func ownerOf(tx *database.Tx, email string) (*access.PersonID, error) {
	var ids []access.PersonID
	err := tx.Gorm().Model(&Person{}).Where("email = ? AND email <> ''", email).Limit(1).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return &ids[0], nil
}

func updateBlocked(tx *database.Tx, id access.PersonID, at *time.Time) error {
	return tx.Gorm().Model(&Person{}).Where("id = ?", id).Update("blocked_at", at).Error
}

func markProved(tx *database.Tx, id access.PersonID, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE people SET email_proved_at = ? WHERE id = ? AND email_proved_at IS NULL`, now, id).Error
}

// takeProof removes what was known of the address that a person had, and reports whether it was proved.
func takeProof(tx *database.Tx, id access.PersonID) (bool, error) {
	result := tx.Gorm().Exec(`UPDATE people SET email_proved_at = NULL WHERE id = ? AND email_proved_at IS NOT NULL`, id)
	return result.RowsAffected == 1, result.Error
}

func insertAccountChange(tx *database.Tx, c AccountChange) error { return tx.Gorm().Create(&c).Error }

func accountChanges(tx *database.Tx, id access.PersonID, limit int) ([]AccountChange, error) {
	var log []AccountChange
	err := tx.Gorm().Where("person_id = ?", id).Order("changed_at DESC, id DESC").Limit(limit).Find(&log).Error
	return log, err
}

func insertFormer(tx *database.Tx, f FormerAddress) error { return tx.Gorm().Create(&f).Error }

func formerByID(tx *database.Tx, id string) (FormerAddress, error) {
	var f FormerAddress
	err := tx.Gorm().Where("id = ?", id).Take(&f).Error
	return f, orNotFound(err)
}

func formerByToken(tx *database.Tx, hash string) (FormerAddress, error) {
	var f FormerAddress
	err := tx.Gorm().Where("token_hash = ?", hash).Take(&f).Error
	return f, orNotFound(err)
}

func formerAddresses(tx *database.Tx, person access.PersonID, since time.Time) ([]FormerAddress, error) {
	var list []FormerAddress
	err := tx.Gorm().Where("person_id = ? AND changed_at > ?", person, since).Order("changed_at DESC, id DESC").Limit(10).Find(&list).Error
	return list, err
}

// reopened reports whether the person was let in again after the change was reported.
func reopened(tx *database.Tx, f FormerAddress) (bool, error) {
	if f.ReportedAt == nil {
		return false, nil
	}
	var n int64
	err := tx.Gorm().Model(&AccountChange{}).
		Where("person_id = ? AND what = ? AND changed_at >= ?", f.PersonID, WasUnblocked, *f.ReportedAt).Count(&n).Error
	return n > 0, err
}

// markReported reports whether this is the first time.
func markReported(tx *database.Tx, id string, now time.Time) (bool, error) {
	result := tx.Gorm().Exec(`UPDATE former_addresses SET reported_at = ? WHERE id = ? AND reported_at IS NULL`, now, id)
	return result.RowsAffected == 1, result.Error
}

func removeOldFormer(tx *database.Tx, before time.Time) error {
	return tx.Gorm().Where("changed_at < ?", before).Delete(&FormerAddress{}).Error
}

// adminsWithAddress are the administrators who can be written to.
func adminsWithAddress(tx *database.Tx) ([]Person, error) {
	var people []Person
	err := tx.Gorm().Where(`email <> '' AND blocked_at IS NULL AND id IN
		(SELECT person_id FROM grants WHERE realm = ? AND role = ?)`, access.InNetwork, access.Admin).Order("id").Limit(50).Find(&people).Error
	return people, err
}

func insertPerson(tx *database.Tx, p Person) error { return tx.Gorm().Create(&p).Error }

// insertPersonOnce does nothing when somebody has the address already.
func insertPersonOnce(tx *database.Tx, p Person) error {
	return tx.Gorm().Clauses(clause.OnConflict{DoNothing: true}).Create(&p).Error
}

func updatePerson(tx *database.Tx, p Person) error {
	return tx.Gorm().Model(&Person{}).Where("id = ?", p.ID).
		Select("Name", "Email", "Language", "UpdatedAt").Updates(&p).Error
}

// names returns the names of these people; an empty id has none.
func names(tx *database.Tx, ids []access.PersonID) (map[access.PersonID]string, error) {
	named := map[access.PersonID]string{}
	if len(ids) == 0 {
		return named, nil
	}
	people, err := peopleByID(tx, ids)
	for _, p := range people {
		named[p.ID] = p.Name
	}
	return named, err
}

// nameOrAddress narrows people to those whose name or address holds search.
func nameOrAddress(people *gorm.DB, search string) *gorm.DB {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(search)) + "%"
	return people.Where(`(lower(name) LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\')`, pattern, pattern)
}

// matching lists people by name with their roles in the network.
func matching(tx *database.Tx, search string, limit, offset int) ([]Listed, int, error) {
	found := tx.Gorm().Model(&Person{})
	if search != "" {
		found = nameOrAddress(found, search)
	}
	var total int64
	if err := found.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var people []Person
	if err := found.Order("lower(name), id").Limit(limit).Offset(offset).Find(&people).Error; err != nil {
		return nil, 0, err
	}
	listed, err := withRoles(tx, people)
	return listed, int(total), err
}

func peopleAt(tx *database.Tx, domain string, limit int) ([]Listed, error) {
	var people []Person
	err := tx.Gorm().Where("email LIKE ?", "%"+domain).Order("created_at, id").Limit(limit).Find(&people).Error
	if err != nil {
		return nil, err
	}
	return withRoles(tx, people)
}

// withRoles adds the roles in the network, in their usual order, with one query for all.
func withRoles(tx *database.Tx, people []Person) ([]Listed, error) {
	ids := make([]access.PersonID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var grants []Grant
	err := tx.Gorm().Where("person_id IN ? AND realm = ?", append(ids, ""), access.InNetwork).Order("person_id, role").Find(&grants).Error
	if err != nil {
		return nil, err
	}
	listed := make([]Listed, len(people))
	for i, p := range people {
		listed[i].Person = p
		for _, role := range NetworkRoles {
			if slices.ContainsFunc(grants, func(g Grant) bool { return g.PersonID == p.ID && g.Role == role }) {
				listed[i].Roles = append(listed[i].Roles, role)
			}
		}
	}
	return listed, nil
}

func accessGrants(tx *database.Tx, id access.PersonID) ([]access.Grant, error) {
	var rows []Grant
	if err := tx.Gorm().Where("person_id = ?", id).Order("realm, scope_id, role").Find(&rows).Error; err != nil {
		return nil, err
	}
	grants := make([]access.Grant, len(rows))
	for i, g := range rows {
		grants[i] = access.Grant{Role: g.Role, Realm: g.Realm, ID: g.ScopeID}
	}
	return grants, nil
}

func networkRoles(tx *database.Tx, id access.PersonID) ([]access.Role, error) {
	listed, err := withRoles(tx, []Person{{ID: id}})
	if err != nil {
		return nil, err
	}
	return listed[0].Roles, nil
}

func hasNetworkRole(tx *database.Tx, id access.PersonID, role access.Role) (bool, error) {
	roles, err := networkRoles(tx, id)
	return slices.Contains(roles, role), err
}

// lockOtherAdmins counts the administrators besides id who can sign in, and keeps them administrators until the
// transaction ends: two who unmake each other at once must not both succeed. Every one of them is
// locked, in one order, so that the second of the two waits and then counts anew.
func lockOtherAdmins(tx *database.Tx, id access.PersonID) (int, error) {
	var admins []Grant
	err := tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("realm = ? AND role = ?", access.InNetwork, access.Admin).Order("person_id").Find(&admins).Error
	if err != nil {
		return 0, err
	}
	ids := []access.PersonID{""}
	for _, g := range admins {
		if g.PersonID != id {
			ids = append(ids, g.PersonID)
		}
	}
	var others int64
	err = tx.Gorm().Model(&Person{}).Where("id IN ? AND blocked_at IS NULL", ids).Count(&others).Error
	return int(others), err
}

// otherAdmins counts them and holds nobody up.
func otherAdmins(tx *database.Tx, id access.PersonID) (int, error) {
	var others int64
	err := tx.Gorm().Raw(`SELECT count(*) FROM people WHERE id <> ? AND blocked_at IS NULL AND id IN
		(SELECT person_id FROM grants WHERE realm = ? AND role = ?)`, id, access.InNetwork, access.Admin).Scan(&others).Error
	return int(others), err
}

func insertGrant(tx *database.Tx, g Grant) error {
	return tx.Gorm().Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error
}

func removeNetworkGrant(tx *database.Tx, id access.PersonID, role access.Role) error {
	return tx.Gorm().Where("person_id = ? AND realm = ? AND role = ?", id, access.InNetwork, role).Delete(&Grant{}).Error
}

func insertRoleChanges(tx *database.Tx, log []RoleChange) error { return tx.Gorm().Create(&log).Error }

func roleChanges(tx *database.Tx, id access.PersonID, limit int) ([]RoleChange, error) {
	var log []RoleChange
	err := tx.Gorm().Where("person_id = ?", id).Order("changed_at DESC, id DESC").Limit(limit).Find(&log).Error
	return log, err
}

// logged returns entries of both tables that keep changes, and how many there are.
func logged(tx *database.Tx, f LogFilter, limit, offset int) ([]Entry, int, error) {
	all := tx.Gorm().Raw(`SELECT id, CASE WHEN given THEN 'given' ELSE 'taken' END AS kind,
			person_id, role, changed_by, changed_at FROM role_changes
		UNION ALL SELECT id, what, person_id, '', changed_by, changed_at FROM account_changes`)
	found := tx.Gorm().Table("(?) AS entries", all)
	if f.Kind != "" {
		found = found.Where("kind = ?", f.Kind)
	}
	if !f.From.IsZero() {
		found = found.Where("changed_at >= ?", f.From)
	}
	if !f.Until.IsZero() {
		found = found.Where("changed_at < ?", f.Until)
	}
	if f.Person != "" {
		people := nameOrAddress(tx.Gorm().Model(&Person{}), f.Person).Select("id")
		found = found.Where("(person_id IN (?) OR changed_by IN (?))", people, people)
	}
	var total int64
	if err := found.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var entries []Entry
	err := found.Order("changed_at DESC, id DESC").Limit(limit).Offset(offset).Scan(&entries).Error
	return entries, int(total), err
}

func sessionByHash(tx *database.Tx, hash string) (Session, error) {
	var s Session
	err := tx.Gorm().Where("token_hash = ?", hash).Take(&s).Error
	return s, orNotFound(err)
}

func sessionsOf(tx *database.Tx, id access.PersonID, now time.Time) ([]Session, error) {
	var sessions []Session
	err := tx.Gorm().Where("person_id = ? AND expires_at > ? AND seen_at > ?", id, now, now.Add(-SessionIdle)).
		Order("seen_at DESC, id DESC").Limit(maxSessions).Find(&sessions).Error
	return sessions, err
}

func insertSession(tx *database.Tx, s Session) error { return tx.Gorm().Create(&s).Error }

func sessionByID(tx *database.Tx, id SessionID) (Session, error) {
	var s Session
	err := tx.Gorm().Where("id = ?", id).Take(&s).Error
	return s, orNotFound(err)
}

func confirmSession(tx *database.Tx, id SessionID, hash string, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE sessions SET token_hash = ?, confirmed_at = ? WHERE id = ?`, hash, now, id).Error
}

func markSeen(tx *database.Tx, id SessionID, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE sessions SET seen_at = ? WHERE id = ? AND seen_at < ?`, now, id, now).Error
}

func removeSession(tx *database.Tx, person access.PersonID, id SessionID) (bool, error) {
	result := tx.Gorm().Where("id = ? AND person_id = ?", id, person).Delete(&Session{})
	return result.RowsAffected == 1, result.Error
}

func removeSessionByHash(tx *database.Tx, hash string) (removed int64, err error) {
	result := tx.Gorm().Where("token_hash = ?", hash).Delete(&Session{})
	return result.RowsAffected, result.Error
}

func removeSessions(tx *database.Tx, person access.PersonID) (removed int64, err error) {
	result := tx.Gorm().Where("person_id = ?", person).Delete(&Session{})
	return result.RowsAffected, result.Error
}

func keepNewestSessions(tx *database.Tx, person access.PersonID, keep int) (removed int64, err error) {
	result := tx.Gorm().Exec(`DELETE FROM sessions WHERE person_id = ? AND id NOT IN
		(SELECT id FROM sessions WHERE person_id = ? ORDER BY created_at DESC, id DESC LIMIT ?)`, person, person, keep)
	return result.RowsAffected, result.Error
}

func removeOldSessions(tx *database.Tx, now, idleSince time.Time) error {
	return tx.Gorm().Where("expires_at < ? OR seen_at < ?", now, idleSince).Delete(&Session{}).Error
}

func insertCode(tx *database.Tx, c SignInCode) error { return tx.Gorm().Create(&c).Error }

func codeByID(tx *database.Tx, id CodeID) (SignInCode, error) {
	var c SignInCode
	err := tx.Gorm().Where("id = ?", id).Take(&c).Error
	return c, orNotFound(err)
}

func latestCode(tx *database.Tx, subject string) (CodeID, error) {
	var c SignInCode
	err := tx.Gorm().Where("subject = ?", subject).Order("created_at DESC, id DESC").Take(&c).Error
	return c.ID, orNotFound(err)
}

// lockCode finds the request of a browser and lets nobody else use it until the transaction ends.
func lockCode(tx *database.Tx, browserHash string) (SignInCode, error) {
	var c SignInCode
	err := tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("browser_hash = ?", browserHash).Take(&c).Error
	return c, orNotFound(err)
}

// useCodes makes every open code of a person worthless, the one that was just used among them.
func useCodes(tx *database.Tx, person access.PersonID, now time.Time) error {
	return tx.Gorm().Exec(`UPDATE sign_in_codes SET used_at = ? WHERE person_id = ? AND used_at IS NULL`, now, person).Error
}

func removeOldCodes(tx *database.Tx, before time.Time) error {
	return tx.Gorm().Where("expires_at < ?", before).Delete(&SignInCode{}).Error
}

// countTry counts one try and reports whether it is within the limit; one that is not does not
// count, so that the hour ends. Tries about one subject wait for each other on its row.
func countTry(tx *database.Tx, kind limitKind, subject string, limit int, now time.Time) (bool, error) {
	tried, err := lockTries(tx, kind, subject, now.Add(-limitWindow), now)
	if err != nil || tried >= int64(limit) {
		return false, err
	}
	err = insertTry(tx, kind, subject, now)
	return err == nil, err
}

// lockTries returns how often a subject was tried since then, and lets nobody else try until tx ends.
func lockTries(tx *database.Tx, kind limitKind, subject string, since, now time.Time) (int64, error) {
	err := tx.Gorm().Exec(`INSERT INTO sign_in_limits (kind, subject, last_at) VALUES (?, ?, ?)
		ON CONFLICT (kind, subject) DO UPDATE SET last_at = excluded.last_at`, kind, subject, now).Error
	if err != nil {
		return 0, err
	}
	return triesSince(tx, kind, subject, since)
}

func triesSince(tx *database.Tx, kind limitKind, subject string, since time.Time) (int64, error) {
	var tried int64
	err := tx.Gorm().Raw(`SELECT count(*) FROM sign_in_tries WHERE kind = ? AND subject = ? AND tried_at > ?`, kind, subject, since).
		Scan(&tried).Error
	return tried, err
}

func insertTry(tx *database.Tx, kind limitKind, subject string, now time.Time) error {
	return tx.Gorm().Exec(`INSERT INTO sign_in_tries (kind, subject, tried_at) VALUES (?, ?, ?)`, kind, subject, now).Error
}

func isKnownTo(tx *database.Tx, hash string, person access.PersonID, since time.Time) (bool, error) {
	var n int64
	err := tx.Gorm().Model(&KnownBrowser{}).Where("token_hash = ? AND person_id = ? AND seen_at > ?", hash, person, since).Count(&n).Error
	return n > 0, err
}

func renameKnown(tx *database.Tx, from, to string) error {
	return tx.Gorm().Exec(`UPDATE known_browsers SET token_hash = ? WHERE token_hash = ?`, to, from).Error
}

func insertKnown(tx *database.Tx, b KnownBrowser) error {
	return tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&b).Error
}

func keepNewestKnown(tx *database.Tx, person access.PersonID, keep int) error {
	return tx.Gorm().Exec(`DELETE FROM known_browsers WHERE person_id = ? AND token_hash NOT IN
		(SELECT token_hash FROM known_browsers WHERE person_id = ? ORDER BY seen_at DESC, token_hash LIMIT ?)`, person, person, keep).Error
}

func removeKnown(tx *database.Tx, person access.PersonID) error {
	return tx.Gorm().Where("person_id = ?", person).Delete(&KnownBrowser{}).Error
}

func removeOldKnown(tx *database.Tx, before time.Time) error {
	return tx.Gorm().Where("seen_at < ?", before).Delete(&KnownBrowser{}).Error
}

func removeOldTries(tx *database.Tx, before time.Time) error {
	if err := tx.Gorm().Exec(`DELETE FROM sign_in_tries WHERE tried_at < ?`, before).Error; err != nil {
		return err
	}
	return tx.Gorm().Exec(`DELETE FROM sign_in_limits WHERE last_at < ?`, before).Error
}

// lockPerson lets nobody else do the same for this person until the transaction ends.
func lockPerson(tx *database.Tx, id access.PersonID) error {
	var p Person
	return orNotFound(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&p).Error)
}

func insertToken(tx *database.Tx, t Token) error {
	if err := tx.Gorm().Create(&t).Error; err != nil {
		return err
	}
	if len(t.Scopes) == 0 {
		return nil
	}
	return tx.Gorm().Create(&t.Scopes).Error
}

func tokenByID(tx *database.Tx, id TokenID) (Token, error) {
	var tokens []Token
	if err := tx.Gorm().Where("id = ?", id).Limit(1).Find(&tokens).Error; err != nil {
		return Token{}, err
	}
	if len(tokens) == 0 {
		return Token{}, fault.NotFound("not_found")
	}
	err := withScopes(tx, tokens)
	return tokens[0], err
}

func tokensOf(tx *database.Tx, person access.PersonID) ([]Token, error) {
	var tokens []Token
	if err := tx.Gorm().Where("person_id = ?", person).Order("created_at DESC, id DESC").Limit(200).Find(&tokens).Error; err != nil {
		return nil, err
	}
	return tokens, withScopes(tx, tokens)
}

// withScopes adds what each token reaches, with one query for all.
func withScopes(tx *database.Tx, tokens []Token) error {
	ids := make([]TokenID, len(tokens))
	for i, t := range tokens {
		ids[i] = t.ID
	}
	var scopes []TokenScope
	if err := tx.Gorm().Where("token_id IN ?", append(ids, "")).Order("kind, scope_id").Find(&scopes).Error; err != nil {
		return err
	}
	for i := range tokens {
		for _, s := range scopes {
			if s.TokenID == tokens[i].ID {
				tokens[i].Scopes = append(tokens[i].Scopes, s)
			}
		}
	}
	return nil
}

func markTokenUsed(tx *database.Tx, id TokenID, now time.Time) error {
	result := tx.Gorm().Exec(`UPDATE tokens SET used_at = ? WHERE id = ?`, now, id)
	if result.Error == nil && result.RowsAffected == 0 {
		return fault.Unauthenticated("account.token.refused")
	}
	return result.Error
}

// removeToken reports whether the person had this token, and whether it was ever used.
func removeToken(tx *database.Tx, person access.PersonID, id TokenID, end TokenEnd) (removed, used bool, err error) {
	if err := keepEnds(tx, end, `person_id = ? AND id = ?`, person, id); err != nil {
		return false, false, err
	}
	n, used, err := countEnds(tx.Gorm().Raw(`DELETE FROM tokens WHERE person_id = ? AND id = ? RETURNING used_at`, person, id))
	return n > 0, used, err
}

// removeTokens does so for all tokens of a person.
func removeTokens(tx *database.Tx, person access.PersonID, end TokenEnd) (removed, used bool, err error) {
	if err := keepEnds(tx, end, `person_id = ?`, person); err != nil {
		return false, false, err
	}
	n, used, err := countEnds(tx.Gorm().Raw(`DELETE FROM tokens WHERE person_id = ? RETURNING used_at`, person))
	return n > 0, used, err
}

func countEnds(deleted *gorm.DB) (n int, used bool, err error) {
	var ends []struct{ UsedAt *time.Time }
	err = deleted.Scan(&ends).Error
	for _, e := range ends {
		used = used || e.UsedAt != nil
	}
	return len(ends), used, err
}

// keepEnds writes down that tokens end, before they go.
func keepEnds(tx *database.Tx, end TokenEnd, which string, args ...any) error {
	return tx.Gorm().Exec(`INSERT INTO ended_tokens (id, person_id, name, why, ended_by, ended_at)
		SELECT id, person_id, name, ?, ?, ? FROM tokens WHERE `+which, append([]any{end.Why, end.EndedBy, end.EndedAt}, args...)...).Error
}

func endedTokens(tx *database.Tx, person access.PersonID) ([]TokenEnd, error) {
	var ends []TokenEnd
	err := tx.Gorm().Where("person_id = ?", person).Order("ended_at DESC, id DESC").Limit(200).Find(&ends).Error
	return ends, err
}

func removeOldEnds(tx *database.Tx, before time.Time) error {
	return tx.Gorm().Where("ended_at < ?", before).Delete(&TokenEnd{}).Error
}

func removeOldTokens(tx *database.Tx, before time.Time) error {
	return tx.Gorm().Where("expires_at < ?", before).Delete(&Token{}).Error
}

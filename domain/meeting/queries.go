package meeting

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// visibleTo filters a list of meetings to those that who may know of.
func visibleTo(who access.Actor) func(*gorm.DB) *gorm.DB {
	r, network := who.Reach(), who.Can(access.ReadMeeting, access.Scope{Owner: who.ID, Audience: access.Members})
	return func(g *gorm.DB) *gorm.DB {
		if r.Network {
			return g
		}
		seen := g.Session(&gorm.Session{NewDB: true}).
			Where("audience = ? AND opened_at IS NOT NULL", access.Public).
			Or("workgroup_id IN ? AND workgroup_id <> ''", append([]string{""}, r.Workgroups...))
		if network { // of a group that one left not even one's own, for its page would be refused
			seen = seen.Or("created_by = ? AND workgroup_id = ''", r.Person)
		}
		return g.Where(seen)
	}
}

func byID(tx *database.Tx, id ID) (Meeting, error) {
	return oneMeeting(tx.Gorm().Where("id = ?", id))
}

func byUID(tx *database.Tx, uid string) (Meeting, error) {
	return oneMeeting(tx.Gorm().Where("uid = ?", uid))
}

func oneMeeting(g *gorm.DB) (Meeting, error) {
	var m Meeting
	err := g.Take(&m).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return m, fault.NotFound("not_found")
	}
	return m, err
}

// listed narrows and orders a list for Which.
func listed(g *gorm.DB, which Which, now time.Time) *gorm.DB {
	switch which {
	case Upcoming: // what is under way is still on; what has no date yet stands at the end
		g = g.Where("state <> ? AND ends_at > ?", Draft, now).Order("starts_at, id")
	case Undated:
		g = g.Where("state <> ? AND starts_at IS NULL", Draft).Order("created_at DESC, id DESC")
	case Past:
		g = g.Where("state <> ? AND ends_at <= ?", Draft, now).Order("starts_at DESC, id DESC")
	case Drafts:
		g = g.Where("state = ?", Draft).Order("created_at DESC, id DESC")
	}
	return g
}

func meetings(tx *database.Tx, who access.Actor, f Filter, now time.Time) ([]Meeting, int, error) {
	base := func() *gorm.DB {
		g := tx.Gorm().Model(&Meeting{}).Scopes(visibleTo(who))
		if f.Workgroup != "" {
			g = g.Where("workgroup_id = ?", f.Workgroup)
		}
		if f.Kind != "" {
			g = g.Where("kind = ?", f.Kind)
		}
		return g
	}
	var total int64
	if err := listed(base(), f.Which, now).Order(nil).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var list []Meeting
	err := listed(base(), f.Which, now).Limit(f.limit()).Offset((max(f.Page, 1) - 1) * f.limit()).Find(&list).Error
	return list, int(total), err
}

// seatsOf returns how full each of these meetings is.
func seatsOf(tx *database.Tx, list []Meeting) (map[ID]Seats, error) {
	ids := make([]ID, 0, len(list))
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	seats := map[ID]Seats{}
	if len(ids) == 0 {
		return seats, nil
	}
	var rows []struct {
		MeetingID                ID
		Capacity, Taken, Waiting int
	}
	err := tx.Gorm().Raw(`SELECT q.meeting_id, SUM(q.capacity) AS capacity, SUM(q.taken) AS taken,
		(SELECT COUNT(*) FROM meeting_registrations r WHERE r.meeting_id = q.meeting_id AND r.state = ?) AS waiting
		FROM meeting_quotas q WHERE q.meeting_id IN ? GROUP BY q.meeting_id`, Waiting, ids).Scan(&rows).Error
	for _, row := range rows {
		seats[row.MeetingID] = Seats{Capacity: row.Capacity, Taken: row.Taken, Waiting: row.Waiting}
	}
	return seats, err
}

// ahead returns the meetings of a group that people know of and that are to come or have no date.
func ahead(tx *database.Tx, workgroup string, now time.Time) ([]Meeting, error) {
	var found []Meeting
	err := tx.Gorm().Where("workgroup_id = ? AND opened_at IS NOT NULL AND state <> ? AND (ends_at IS NULL OR ends_at > ?)",
		workgroup, Cancelled, now).Order("starts_at, id").Limit(100).Find(&found).Error
	return found, err
}

func insertMeeting(tx *database.Tx, m Meeting, q Quota) error {
	if err := tx.Gorm().Create(&m).Error; err != nil {
		return err
	}
	return tx.Gorm().Create(&q).Error
}

// removeMeeting deletes one that was never opened: it has no registrations.
func removeMeeting(tx *database.Tx, id ID) error {
	if err := tx.Gorm().Where("meeting_id = ?", id).Delete(&Quota{}).Error; err != nil {
		return err
	}
	return tx.Gorm().Where("id = ?", id).Delete(&Meeting{}).Error
}

// updateMeeting writes the details of m and what follows from them, unless somebody changed the
// meeting since version was read.
func updateMeeting(tx *database.Tx, m Meeting, version int) (bool, error) {
	result := tx.Gorm().Model(&Meeting{}).Where("id = ? AND version = ?", m.ID, version).Updates(map[string]any{
		"audience": m.Audience, "kind": m.Kind, "title": m.Title, "summary": m.Summary, "for_whom": m.ForWhom,
		"programme": m.Programme, "organiser": m.Organiser, "organiser_phone": m.OrganiserPhone, "organiser_email": m.OrganiserEmail,
		"local_start": m.LocalStart, "local_end": m.LocalEnd,
		"tzid": m.TZID, "when_text": m.WhenText, "place": m.Place, "venue_name": m.VenueName,
		"venue_address": m.VenueAddress, "access_facts": m.AccessFacts, "online_link": m.OnlineLink, "entry": m.Entry,
		"starts_at": m.StartsAt, "ends_at": m.EndsAt, "previous_starts_at": m.PreviousStartsAt,
		"sequence": m.Sequence, "version": version + 1, "changed_at": m.ChangedAt,
	})
	return result.RowsAffected == 1, result.Error
}

// moveTo changes the state of a meeting that is in from, and reports whether it was.
func moveTo(tx *database.Tx, m Meeting, from Stage) (bool, error) {
	result := tx.Gorm().Model(&Meeting{}).Where("id = ? AND state = ?", m.ID, from).Updates(map[string]any{
		"state": m.State, "opened_at": m.OpenedAt, "sequence": m.Sequence, "version": gorm.Expr("version + 1"), "changed_at": m.ChangedAt,
	})
	return result.RowsAffected == 1, result.Error
}

// quotasOf returns the quotas of a meeting in the order of their ids. With lock nobody else gets
// them until the transaction ends: on Postgres by the rows, on SQLite because it is the one writer.
func quotasOf(tx *database.Tx, id ID, lock bool) ([]Quota, error) {
	g := tx.Gorm().Where("meeting_id = ?", id).Order("id")
	if lock && tx.Dialect() == database.Postgres {
		g = g.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	var quotas []Quota
	err := g.Find(&quotas).Error
	if err == nil && len(quotas) == 0 {
		return nil, fault.NotFound("not_found")
	}
	return quotas, err
}

// waitingCount returns how many registrations on the waiting list are not larger than the room.
func waitingCount(tx *database.Tx, q Quota) (int, error) {
	var n int64
	err := tx.Gorm().Model(&Registration{}).Where("quota_id = ? AND state = ? AND people <= ?", q.ID, Waiting, q.Capacity).Count(&n).Error
	return int(n), err
}

func waitingList(tx *database.Tx, id QuotaID) ([]Waiter, error) {
	var queue []Waiter
	err := tx.Gorm().Model(&Registration{}).Where("quota_id = ? AND state = ?", id, Waiting).
		Order("number").Limit(MaxCapacity).Find(&queue).Error
	return queue, err
}

// place returns the place of a registration on the waiting list, from 1.
func place(tx *database.Tx, r Registration) (int, error) {
	var before int64
	err := tx.Gorm().Model(&Registration{}).
		Where("quota_id = ? AND state = ? AND number < ?", r.QuotaID, Waiting, r.Number).Count(&before).Error
	return int(before) + 1, err
}

// takeNumbers returns the last of n numbers that follow on those given before.
func takeNumbers(tx *database.Tx, id ID, n int) (int, error) {
	var last int
	err := tx.Gorm().Raw("UPDATE meetings SET last_number = last_number + ? WHERE id = ? RETURNING last_number", n, id).Scan(&last).Error
	return last, err
}

func insertRegistrations(tx *database.Tx, list []*Registration) error {
	return tx.Gorm().CreateInBatches(list, perTransaction).Error
}

func addTaken(tx *database.Tx, id QuotaID, seats int) error {
	return tx.Gorm().Exec("UPDATE meeting_quotas SET taken = taken + ? WHERE id = ?", seats, id).Error
}

func setCapacity(tx *database.Tx, id QuotaID, capacity int) error {
	return tx.Gorm().Exec("UPDATE meeting_quotas SET capacity = ? WHERE id = ?", capacity, id).Error
}

func registrationsByKey(tx *database.Tx, id ID, idempotencyKeys []string) (map[string]*Registration, error) {
	found := map[string]*Registration{}
	if len(idempotencyKeys) == 0 {
		return found, nil
	}
	var list []*Registration
	err := tx.Gorm().Where("meeting_id = ? AND idempotency_key IN ?", id, idempotencyKeys).Find(&list).Error
	for _, r := range list {
		found[*r.IdempotencyKey] = r
	}
	return found, err
}

// openTo returns the active registrations for a meeting that tokens open, and those that somebody made when signed
// in, in order of arrival.
func openTo(tx *database.Tx, id ID, who access.Actor, tokens []Token) ([]Registration, error) {
	hashes := make([]string, 0, len(tokens))
	for _, token := range tokens {
		hashes = append(hashes, token.hash())
	}
	whose := tx.Gorm().Session(&gorm.Session{NewDB: true}).Where("token_hash IN ?", hashes)
	if who.SignedIn() {
		whose = whose.Or("registered_by = ?", who.ID)
	}
	var list []Registration
	err := tx.Gorm().Where("meeting_id = ? AND state IN ?", id, []State{Confirmed, Waiting}).Where(whose).
		Order("number").Limit(MaxCapacity).Find(&list).Error
	return list, err
}

// activeAt returns the active registrations for a meeting with this number or address.
func activeAt(tx *database.Tx, id ID, contact string) ([]Registration, error) {
	var list []Registration
	err := tx.Gorm().Where("meeting_id = ? AND state IN ? AND LOWER(contact) = LOWER(?)", id, []State{Confirmed, Waiting}, contact).
		Order("number").Limit(2 * MaxCapacity).Find(&list).Error
	return list, err
}

func registrationByID(tx *database.Tx, id RegistrationID) (Registration, error) {
	return oneRegistration(tx.Gorm().Where("id = ?", id))
}

func setTokenHash(tx *database.Tx, id RegistrationID, hash string) error {
	return tx.Gorm().Model(&Registration{}).Where("id = ? AND token_hash IS NOT NULL", id).Update("token_hash", hash).Error
}

// sealedNeeds returns the registrations whose support need lies sealed, with that alone.
func sealedNeeds(tx *database.Tx) ([]Registration, error) {
	var found []Registration
	err := tx.Gorm().Select("id", "meeting_id", "support").Where("support IS NOT NULL").Order("id").Find(&found).Error
	return found, err
}

func registrationByTokenHash(tx *database.Tx, hash string) (Registration, error) {
	return oneRegistration(tx.Gorm().Where("token_hash = ?", hash))
}

func registrationByReference(tx *database.Tx, key string) (Registration, error) {
	return oneRegistration(tx.Gorm().Where("reference_key = ?", key))
}

// countGuess counts a guess from a place before it is looked at, so that guesses at once do not pass the
// limit together. A period that began before over begins anew.
func countGuess(tx *database.Tx, place string, now, over time.Time) (ReferenceGuesses, error) {
	var g ReferenceGuesses
	err := tx.Gorm().Raw(`INSERT INTO reference_guesses (place, since, wrong) VALUES (?, ?, 1)
		ON CONFLICT (place) DO UPDATE SET
			wrong = CASE WHEN reference_guesses.since <= ? THEN 1 ELSE reference_guesses.wrong + 1 END,
			since = CASE WHEN reference_guesses.since <= ? THEN excluded.since ELSE reference_guesses.since END
		RETURNING place, since, wrong`, place, now, over, over).Scan(&g).Error
	return g, err
}

// uncountGuess takes back what countGuess counted of one that was right.
func uncountGuess(tx *database.Tx, place string) error {
	return tx.Gorm().Exec(`UPDATE reference_guesses SET wrong = wrong - 1 WHERE place = ?`, place).Error
}

func removeGuesses(tx *database.Tx, over time.Time) error {
	return tx.Gorm().Exec(`DELETE FROM reference_guesses WHERE since <= ?`, over).Error
}

func oneRegistration(g *gorm.DB) (Registration, error) {
	var r Registration
	err := g.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fault.NotFound("not_found")
	}
	return r, err
}

// markWithdrawn cancels an active registration and erases what the person needs, which nobody has
// to know any more. It reports whether there was something to cancel.
func markWithdrawn(tx *database.Tx, id RegistrationID, now time.Time) (bool, error) {
	result := tx.Gorm().Model(&Registration{}).Where("id = ? AND state IN ?", id, []State{Confirmed, Waiting}).
		Updates(map[string]any{"state": Withdrawn, "cancelled_at": now, "support": nil, "support_consent": nil})
	return result.RowsAffected == 1, result.Error
}

// markWithdrawnWith does so for one of several that are withdrawn together. What the person needs stays while
// that can be undone.
func markWithdrawnWith(tx *database.Tx, id RegistrationID, act string, now time.Time) (bool, error) {
	result := tx.Gorm().Model(&Registration{}).Where("id = ? AND state IN ?", id, []State{Confirmed, Waiting}).
		Updates(map[string]any{"state": Withdrawn, "cancelled_at": now, "withdrawn_with": act})
	return result.RowsAffected == 1, result.Error
}

func withdrawnWith(tx *database.Tx, id ID, act string, since time.Time) ([]Registration, error) {
	var list []Registration
	err := tx.Gorm().Where("meeting_id = ? AND withdrawn_with = ? AND state = ? AND cancelled_at > ?", id, act, Withdrawn, since).
		Order("number").Limit(2 * MaxCapacity).Find(&list).Error
	return list, err
}

func markRestored(tx *database.Tx, id RegistrationID) (bool, error) {
	result := tx.Gorm().Model(&Registration{}).Where("id = ? AND state = ? AND withdrawn_with IS NOT NULL", id, Withdrawn).
		Updates(map[string]any{"state": Waiting, "cancelled_at": nil, "withdrawn_with": nil})
	return result.RowsAffected == 1, result.Error
}

func forgetPlaces(tx *database.Tx, cameBefore, withdrawnBefore time.Time) error {
	err := tx.Gorm().Exec(`UPDATE meeting_registrations SET came_from = NULL
		WHERE came_from IS NOT NULL AND registered_at < ?`, cameBefore).Error
	if err != nil {
		return err
	}
	return tx.Gorm().Exec(`UPDATE meeting_registrations SET withdrawn_with = NULL, support = NULL, support_consent = NULL
		WHERE withdrawn_with IS NOT NULL AND cancelled_at < ?`, withdrawnBefore).Error
}

func markPromoted(tx *database.Tx, id RegistrationID, now time.Time) (bool, error) {
	result := tx.Gorm().Model(&Registration{}).Where("id = ? AND state = ?", id, Waiting).
		Updates(map[string]any{"state": Confirmed, "promoted_at": now})
	return result.RowsAffected == 1, result.Error
}

func updateAnswers(tx *database.Tx, r Registration) error {
	return tx.Gorm().Model(&Registration{}).Where("id = ?", r.ID).Updates(map[string]any{
		"name": r.Name, "channel": r.Channel, "contact": r.Contact, "people": r.People,
		"support": r.Support, "support_consent": r.SupportConsent, "helper": r.Helper, "language": r.Language,
	}).Error
}

// attendees returns the registrations of a meeting in order of arrival.
func attendees(tx *database.Tx, id ID) ([]Registration, error) {
	var list []Registration
	err := tx.Gorm().Where("meeting_id = ?", id).Order("number").Limit(2 * MaxCapacity).Find(&list).Error
	return list, err
}

// reachableByMail returns the active registrations of a meeting that asked for mail.
func reachableByMail(tx *database.Tx, id ID) ([]Registration, error) {
	var list []Registration
	err := tx.Gorm().Where("meeting_id = ? AND state IN ? AND channel = ? AND contact <> ''", id, []State{Confirmed, Waiting}, Email).
		Order("number").Limit(2 * MaxCapacity).Find(&list).Error
	return list, err
}

// askCalls puts registrations that asked to hear by one of these channels on the call list.
func askCalls(tx *database.Tx, id ID, called []Channel, because Reason, now time.Time, which ...RegistrationID) error {
	g := tx.Gorm().Model(&Registration{}).Where("meeting_id = ? AND channel IN ? AND contact <> '' AND state IN ?",
		id, called, []State{Confirmed, Waiting})
	if len(which) > 0 {
		g = g.Where("id IN ?", which)
	}
	var ids []RegistrationID
	if err := g.Order("number").Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
		return err
	}
	calls := make([]PhoneCall, 0, len(ids))
	for _, r := range ids {
		calls = append(calls, PhoneCall{ID: CallID(database.NewID()), MeetingID: id, RegistrationID: r, Reason: because, AskedAt: now})
	}
	return tx.Gorm().CreateInBatches(calls, 200).Error
}

func dropOpenCalls(tx *database.Tx, id RegistrationID) error {
	return tx.Gorm().Where("registration_id = ? AND done_at IS NULL", id).Delete(&PhoneCall{}).Error
}

func calls(tx *database.Tx, id ID) ([]PhoneCall, error) {
	var list []PhoneCall
	err := tx.Gorm().Where("meeting_id = ?", id).Order("asked_at, id").Limit(2 * MaxCapacity).Find(&list).Error
	return list, err
}

func markCalled(tx *database.Tx, id ID, call CallID, by access.PersonID, now time.Time) (bool, error) {
	result := tx.Gorm().Model(&PhoneCall{}).Where("id = ? AND meeting_id = ? AND done_at IS NULL", call, id).
		Updates(map[string]any{"done_at": now, "done_by": by})
	return result.RowsAffected == 1, result.Error
}

// withOpenCalls returns the meetings that who may know of and of which somebody is still to be called.
func withOpenCalls(tx *database.Tx, who access.Actor) ([]Meeting, error) {
	var list []Meeting
	err := tx.Gorm().Scopes(visibleTo(who)).
		Where("id IN (SELECT meeting_id FROM meeting_calls WHERE done_at IS NULL)").
		Order("starts_at, id").Limit(10 * mostAsked).Find(&list).Error
	return list, err
}

func openCallsOf(tx *database.Tx, list []Meeting) (map[ID]int, error) {
	ids := make([]ID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	counts := map[ID]int{}
	if len(ids) == 0 {
		return counts, nil
	}
	var rows []struct {
		MeetingID ID
		People    int
	}
	err := tx.Gorm().Raw(`SELECT meeting_id, COUNT(*) AS people FROM meeting_calls WHERE done_at IS NULL AND meeting_id IN ?
		GROUP BY meeting_id`, ids).Scan(&rows).Error
	for _, row := range rows {
		counts[row.MeetingID] = row.People
	}
	return counts, err
}

// themselves are the registrations of a person who was signed in and came for themselves.
const themselves = `registered_by = ? AND origin = 'self' AND state IN ('confirmed', 'waiting')`

// nextOf returns the first meeting to come that somebody has to do with.
func nextOf(tx *database.Tx, who access.Actor, now time.Time) ([]Meeting, error) {
	var list []Meeting
	err := listed(tx.Gorm().Scopes(visibleTo(who)), Upcoming, now).Where("state <> ?", Cancelled).
		Where("(created_by = ? OR workgroup_id <> '' AND workgroup_id IN ? OR id IN (SELECT meeting_id FROM meeting_registrations WHERE "+
			themselves+"))", who.ID, who.Reach().Workgroups, who.ID).Limit(1).Find(&list).Error
	return list, err
}

// ownRegistration returns how somebody is registered for a meeting, empty when not.
func ownRegistration(tx *database.Tx, id ID, person access.PersonID) (State, error) {
	var states []State
	err := tx.Gorm().Model(&Registration{}).Where("meeting_id = ? AND "+themselves, id, person).
		Order("state").Limit(1).Pluck("state", &states).Error
	if len(states) == 0 {
		return "", err
	}
	return states[0], err
}

func callExists(tx *database.Tx, id ID, call CallID) (bool, error) {
	var n int64
	err := tx.Gorm().Model(&PhoneCall{}).Where("id = ? AND meeting_id = ?", call, id).Count(&n).Error
	return n == 1, err
}

// endedBefore is a meeting that ended, or one without a date that was last changed, before.
const endedBefore = `meeting_id IN (SELECT id FROM meetings WHERE COALESCE(ends_at, changed_at) < ?)`

// eraseSupport removes what people needed at meetings that ended before, at most limit at once.
func eraseSupport(tx *database.Tx, before time.Time, limit int) (int, error) {
	result := tx.Gorm().Exec(`UPDATE meeting_registrations SET support = NULL, support_consent = NULL WHERE id IN (
		SELECT id FROM meeting_registrations WHERE support IS NOT NULL AND `+endedBefore+` ORDER BY id LIMIT ?)`, before, limit)
	return int(result.RowsAffected), result.Error
}

// anonymise removes who came to meetings that ended before, at most limit at once; numbers of
// people and seats remain.
func anonymise(tx *database.Tx, before, now time.Time, limit int) (int, error) {
	var ids []RegistrationID
	err := tx.Gorm().Model(&Registration{}).Where("anonymised_at IS NULL AND "+endedBefore, before).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := tx.Gorm().Where("registration_id IN ?", ids).Delete(&PhoneCall{}).Error; err != nil {
		return 0, err
	}
	result := tx.Gorm().Model(&Registration{}).Where("id IN ?", ids).Updates(map[string]any{
		"name": "", "contact": "", "support": nil, "support_consent": nil, "helper": "", "registered_by": "",
		"reference": nil, "reference_key": nil, "token_hash": nil, "idempotency_key": nil, "anonymised_at": now,
		"came_from": nil, "withdrawn_with": nil,
	})
	return int(result.RowsAffected), result.Error
}

// Drift is a quota whose counter does not say what its registrations say.
type Drift struct {
	Quota          QuotaID
	Meeting        ID
	Taken, Counted int
}

func drifted(tx *database.Tx) ([]Drift, error) {
	var list []Drift
	err := tx.Gorm().Raw(`SELECT q.id AS quota, q.meeting_id AS meeting, q.taken AS taken, COALESCE(r.counted, 0) AS counted
		FROM meeting_quotas q
		LEFT JOIN (SELECT quota_id, SUM(people) AS counted FROM meeting_registrations WHERE state = ? GROUP BY quota_id) r ON r.quota_id = q.id
		WHERE q.taken <> COALESCE(r.counted, 0) ORDER BY q.id LIMIT 1000`, Confirmed).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("count seats again: %w", err)
	}
	return list, nil
}

func hideFromOutsiders(tx *database.Tx, workgroup string) error {
	return tx.Gorm().Model(&Meeting{}).Where("workgroup_id = ? AND audience = ?", workgroup, access.Public).
		Updates(map[string]any{"audience": access.Members, "version": gorm.Expr("version + 1")}).Error
}

func hallsToCheck(tx *database.Tx) ([]hallToCheck, error) {
	var halls []hallToCheck
	err := tx.Gorm().Raw(`SELECT m.*, COALESCE(r.registrations, 0) AS registrations, COALESCE(r.highest, 0) AS highest FROM meetings m
		LEFT JOIN (SELECT meeting_id, COUNT(*) AS registrations, MAX(number) AS highest FROM meeting_registrations GROUP BY meeting_id) r
		ON r.meeting_id = m.id ORDER BY m.id`).Scan(&halls).Error
	return halls, err
}

// seated returns how many people have a seat.
func seated(tx *database.Tx, id QuotaID) (int, error) {
	var n int
	err := tx.Gorm().Raw(`SELECT COALESCE(SUM(people), 0) FROM meeting_registrations WHERE quota_id = ? AND state = ?`, id, Confirmed).Scan(&n).Error
	return n, err
}

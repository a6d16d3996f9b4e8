package meeting

import (
	"fmt"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

// hall is a meeting whose seats one transaction holds: nobody else hands out or frees a seat until
// it ends. It keeps what the rules need in memory, so that a batch of newcomers costs a handful of
// statements, and writes them with leave.
type hall struct {
	tx      *database.Tx
	keys    ring
	now     time.Time
	called  []Channel // whoever wants to hear by one of these comes on the call list
	meeting Meeting
	quotas  []Quota
	waiting map[QuotaID]int // registrations on the list that can still get seats

	byKey   map[string]*Registration // of the batch's idempotency keys
	arrived []*Registration          // admitted and not yet written
	taken   map[QuotaID]int          // seats given by arrived, not yet written
	events  []event.Event
}

// enter locks the seats of a meeting and reads what the rules and the batch need.
func (s *Service) enter(tx *database.Tx, id ID, batch []*errand, lock bool) (*hall, error) {
	h := &hall{tx: tx, keys: s.keys, now: s.Now(), called: s.called(), waiting: map[QuotaID]int{}, taken: map[QuotaID]int{}}
	var err error
	if h.quotas, err = quotasOf(tx, id, lock); err != nil {
		return nil, fmt.Errorf("lock the seats of meeting %s: %w", id, err)
	}
	if h.meeting, err = byID(tx, id); err != nil { // after the lock: as whoever had it before left it
		return nil, err
	}
	for _, q := range h.quotas {
		if h.waiting[q.ID], err = waitingCount(tx, q); err != nil {
			return nil, err
		}
	}
	var idempotencyKeys []string
	for _, e := range batch {
		if e.idempotencyKey != "" {
			idempotencyKeys = append(idempotencyKeys, e.idempotencyKey)
		}
	}
	h.byKey, err = registrationsByKey(tx, id, idempotencyKeys)
	return h, err
}

// quota returns the quota from which a newcomer gets a seat.
func (h *hall) quota(id QuotaID) *Quota {
	for i := range h.quotas {
		if h.quotas[i].ID == id || id == "" && h.quotas[i].Name == DefaultQuota {
			return &h.quotas[i]
		}
	}
	panic(fmt.Sprintf("meeting %s has no quota %q", h.meeting.ID, id)) // each meeting is made with one
}

// admit gives a newcomer a seat or the end of the waiting list. It does not look whether somebody with this name
// comes already: an answer to that would tell whoever asks (docs/decisions/0023).
func (h *hall) admit(in Input, who access.Actor, origin Origin, idempotencyKey string) (*Registration, error) {
	q := h.quota("")
	state, err := Admit(*q, h.waiting[q.ID], in.People)
	if err != nil {
		return nil, err
	}
	id := RegistrationID(database.NewID())
	reference := newReference()
	r := &Registration{
		ID: id, MeetingID: h.meeting.ID, QuotaID: q.ID, State: state, Origin: origin,
		Name: in.Name, Channel: in.Channel, Contact: in.contact(), People: in.People,
		Helper: in.Helper, RegisteredBy: who.ID, Language: in.Language,
		Reference: &reference, ReferenceKey: ptr(referenceKey(reference)),
		TokenHash: ptr(h.keys.newest().tokenOf(id).hash()), IdempotencyKey: &idempotencyKey, RegisteredAt: h.now, Unwritten: in.quiet,
	}
	if in.From != "" && !who.SignedIn() {
		r.CameFrom = ptr(h.keys.newest().place(in.From))
	}
	r.setSupport(h.keys.newest(), in, h.now)
	if state == Confirmed {
		q.Taken += in.People
		h.taken[q.ID] += in.People
	} else {
		h.waiting[q.ID]++
	}
	h.arrived = append(h.arrived, r)
	h.byKey[idempotencyKey] = r
	h.events = append(h.events, event.MeetingRegistered{Meeting: string(h.meeting.ID), Registration: string(id), Quiet: in.quiet})
	return r, nil
}

// settle writes who arrived and the seats they took.
func (h *hall) settle() error {
	if len(h.arrived) == 0 {
		return nil
	}
	last, err := takeNumbers(h.tx, h.meeting.ID, len(h.arrived))
	if err != nil {
		return err
	}
	for i, r := range h.arrived {
		r.Number = last - len(h.arrived) + 1 + i
	}
	if err := insertRegistrations(h.tx, h.arrived); err != nil {
		return err
	}
	for id, seats := range h.taken {
		if err := addTaken(h.tx, id, seats); err != nil {
			return err
		}
	}
	h.arrived, h.taken = nil, map[QuotaID]int{}
	return nil
}

// leave writes everything that is still to be written. Nothing may be asked of the hall after it.
func (h *hall) leave() error {
	if err := h.settle(); err != nil {
		return err
	}
	return event.Record(h.tx, h.events...)
}

// withdraw cancels a registration and lets the next move up. It returns false when the registration
// was cancelled before: the second click of two changes nothing.
func (h *hall) withdraw(r Registration, quiet bool) (bool, error) {
	if err := h.settle(); err != nil {
		return false, err
	}
	done, err := markWithdrawn(h.tx, r.ID, h.now)
	if err != nil || !done {
		return false, err
	}
	if err := dropOpenCalls(h.tx, r.ID); err != nil {
		return false, err
	}
	h.events = append(h.events, event.MeetingRegistrationCancelled{Meeting: string(h.meeting.ID), Registration: string(r.ID), Quiet: quiet})
	q := h.quota(r.QuotaID)
	if r.State == Confirmed {
		if err := addTaken(h.tx, q.ID, -r.People); err != nil {
			return false, err
		}
		q.Taken -= r.People
	}
	return true, h.promote(q)
}

// change puts other answers in the place of those of r.
func (h *hall) change(r Registration, in Input) (Registration, error) {
	if err := h.settle(); err != nil {
		return r, err
	}
	q := h.quota(r.QuotaID)
	if err := Resize(*q, h.waiting[q.ID], r.State, r.People, in.People); err != nil {
		return r, err
	}
	more := in.People - r.People
	r.Name, r.Channel, r.Contact, r.People = in.Name, in.Channel, in.contact(), in.People
	r.Helper, r.Language = in.Helper, in.Language
	// What nobody can read was not in the form either: an empty answer does not mean that it is needed no more.
	if _, readable := h.keys.open(r.ID, r.Support); readable || in.Support != "" || in.ForgetSupport {
		r.setSupport(h.keys.newest(), in, h.now)
	}
	if err := updateAnswers(h.tx, r); err != nil {
		return r, err
	}
	h.events = append(h.events, event.MeetingRegistrationChanged{Meeting: string(h.meeting.ID), Registration: string(r.ID), Quiet: in.quiet})
	if r.State == Confirmed && more != 0 {
		if err := addTaken(h.tx, q.ID, more); err != nil {
			return r, err
		}
		q.Taken += more
	}
	return r, h.promote(q)
}

// resize gives a quota another number of seats; never fewer than are taken.
func (h *hall) resize(q *Quota, capacity int) error {
	if err := h.settle(); err != nil {
		return err
	}
	if capacity < q.Taken {
		return fault.Conflict("meetings.mistake.capacity_taken", "Taken", q.Taken).At("capacity")
	}
	if err := setCapacity(h.tx, q.ID, capacity); err != nil {
		return err
	}
	q.Capacity = capacity
	return h.promote(q)
}

// promote moves up whoever there are seats for now, in order of arrival.
func (h *hall) promote(q *Quota) error {
	if h.meeting.movesPeopleUp(h.now) && q.Free() > 0 {
		queue, err := waitingList(h.tx, q.ID)
		if err != nil {
			return err
		}
		for _, w := range Promote(*q, queue) {
			moved, err := markPromoted(h.tx, w.ID, h.now)
			if err != nil {
				return err
			}
			if !moved {
				continue
			}
			if err := addTaken(h.tx, q.ID, w.People); err != nil {
				return err
			}
			q.Taken += w.People
			if err := askCalls(h.tx, h.meeting.ID, h.called, BecausePromoted, h.now, w.ID); err != nil {
				return err
			}
			h.events = append(h.events, event.MeetingRegistrationPromoted{Meeting: string(h.meeting.ID), Registration: string(w.ID)})
		}
	}
	var err error
	h.waiting[q.ID], err = waitingCount(h.tx, *q)
	return err
}

// setSupport keeps what somebody needs, sealed, with the moment of their consent.
func (r *Registration) setSupport(k keys, in Input, now time.Time) {
	r.Support, r.SupportConsent = nil, nil
	if in.Support != "" && in.SupportConsent {
		r.Support, r.SupportConsent = k.seal(r.ID, in.Support), &now
	}
}

func ptr[T any](v T) *T { return &v }

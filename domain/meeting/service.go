package meeting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/search"
)

// Service plans meetings and hands out their seats. It is safe for concurrent use; the order in
// which people arrive counts per Service, so a program has one.
type Service struct {
	Now func() time.Time
	// MailKept says that no letter goes out: who asked for mail comes on the call list too, for a person to write to.
	MailKept bool

	db   *database.DB
	keys ring
	// budget bounds letters to addresses that nobody proved.
	budget letter.Budget
	gate   gate
	hold   func(ctx context.Context, id ID, e *errand) error
}

// New makes the service. From secret, at least 32 bytes, it derives the keys under which support needs
// lie and by which registrations are opened. What was written under an older one is read as well.
func New(db *database.DB, secret []byte, older ...[]byte) *Service {
	s := &Service{Now: database.Now, db: db, keys: newRing(secret, older), budget: letter.NewBudget(secret)}
	s.hold = s.holdInOrder
	return s
}

// batchTime is how long one transaction at the gate may take. It does not end with the request of
// whoever leads, for others stand behind.
const batchTime = 10 * time.Second

// holdInOrder runs e while the seats of the meeting are locked, in order of arrival.
func (s *Service) holdInOrder(ctx context.Context, id ID, e *errand) error {
	return s.gate.pass(ctx, id, e, func(batch []*errand) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), batchTime)
		defer cancel()
		s.serve(ctx, id, batch)
	})
}

// serve carries out a batch in one transaction and sets the err of each errand. What the rules
// refuse touches nobody else; when the database fails, each errand is tried once more by itself.
func (s *Service) serve(ctx context.Context, id ID, batch []*errand) {
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		h, err := s.enter(tx, id, batch, true)
		if err != nil {
			return err
		}
		for _, e := range batch {
			if e.err = e.do(h); e.err != nil && fault.KindOf(e.err) == fault.KindInternal {
				return e.err
			}
		}
		return h.leave()
	})
	if err == nil {
		return
	}
	if len(batch) == 1 {
		batch[0].err = err
		return
	}
	for i := range batch {
		s.serve(ctx, id, batch[i:i+1])
	}
}

// called are the ways to hear from us for which a person of ours is needed.
func (s *Service) called() []Channel {
	if s.MailKept {
		return []Channel{TextMessage, Call, Email}
	}
	return []Channel{TextMessage, Call}
}

// Seats is how full a meeting is.
type Seats struct{ Capacity, Taken, Waiting int }

// Free returns how many seats nobody has.
func (s Seats) Free() int { return max(0, s.Capacity-s.Taken) }

// Full reports whether a newcomer goes to the waiting list.
func (s Seats) Full() bool { return s.Free() == 0 || s.Waiting > 0 }

// Overview is a meeting with how full it is.
type Overview struct {
	Meeting
	Seats Seats
}

// Which says which meetings a list shows.
type Which string

const (
	Upcoming Which = "upcoming" // with a date, not over
	Undated  Which = "undated"  // without an exact date
	Past     Which = "past"
	Drafts   Which = "drafts"
)

// Filter narrows a list. Empty fields do not.
type Filter struct {
	Which     Which
	Workgroup string
	Kind      Kind
	Page      int // from 1
	Size      int // of a page; PageSize when zero
}

// PageSize is how many meetings a page of a list holds.
const PageSize = 20

func (f Filter) limit() int {
	if f.Size <= 0 {
		return PageSize
	}
	return min(f.Size, 100)
}

// List returns a page of the meetings that who may know of, and how many there are in all. The
// nearest date comes first.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Overview, int, error) {
	var list []Overview
	var total int
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		found, n, err := meetings(tx, who, f, s.Now())
		if err != nil {
			return err
		}
		seats, err := seatsOf(tx, found)
		list, total = make([]Overview, 0, len(found)), n
		for _, m := range found {
			list = append(list, Overview{Meeting: m, Seats: seats[m.ID]})
		}
		return err
	})
	return list, total, err
}

// Find returns one meeting that who may read.
func (s *Service) Find(ctx context.Context, who access.Actor, id ID) (Overview, error) {
	var o Overview
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		m, err := byID(tx, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ReadMeeting, m.Scope()); err != nil {
			return err
		}
		seats, err := seatsOf(tx, []Meeting{m})
		o = Overview{Meeting: m, Seats: seats[m.ID]}
		return err
	})
	return o, err
}

// FindByUID returns the meeting with this calendar uid, for who imports meetings more than once.
func (s *Service) FindByUID(ctx context.Context, who access.Actor, uid string) (Meeting, error) {
	var m Meeting
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if m, err = byUID(tx, uid); err != nil {
			return err
		}
		return who.May(access.ReadMeeting, m.Scope())
	})
	return m, err
}

// Plan makes a draft of a meeting of a workgroup, or of the network when workgroup is empty. Only
// the workgroup knows of it until it is opened. An empty uid is given one.
func (s *Service) Plan(ctx context.Context, who access.Actor, workgroup, uid string, d Details, capacity int) (Meeting, error) {
	now := s.Now()
	if uid == "" {
		uid = database.NewID()
	}
	m := Meeting{
		ID: ID(database.NewID()), WorkgroupID: workgroup, State: Draft, UID: uid, Version: 1,
		CreatedBy: who.ID, CreatedAt: now, ChangedAt: now,
	}
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		group := access.Scope{Workgroup: workgroup, Audience: access.Members} // of nobody yet: to own it takes the right to make it
		if err := who.May(access.DraftMeeting, group); err != nil {
			return err
		}
		if err := m.describe(d, capacity, now); err != nil {
			return err
		}
		q := Quota{ID: QuotaID(database.NewID()), MeetingID: m.ID, Name: DefaultQuota, Capacity: capacity}
		if err := insertMeeting(tx, m, q); err != nil {
			return err
		}
		return m.index(tx)
	})
	return m, err
}

// Edit replaces what is written about a meeting, unless somebody else did so since version was
// read. When the time or the place of an opened meeting changes, everybody who registered is told.
func (s *Service) Edit(ctx context.Context, who access.Actor, id ID, version int, d Details) (Meeting, error) {
	var m Meeting
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		quotas, err := quotasOf(tx, id, true)
		if err != nil {
			return err
		}
		if m, err = byID(tx, id); err != nil {
			return err
		}
		if err := m.MayChange(who); err != nil {
			return err
		}
		if m.State == Cancelled {
			return fault.Conflict("meetings.refused.cancelled")
		}
		before, start := m.Details, m.StartsAt
		if err := m.describe(d, quotas[0].Capacity, s.Now()); err != nil {
			return err
		}
		switch {
		case m.Details == before && m.Version != version: // a second click
			return nil
		case m.Details == before:
			return fault.Unchanged()
		case m.Version != version:
			return fault.Overtaken()
		}
		if d.Entry == Free && before.Entry != Free && m.LastNumber > 0 {
			return fault.Conflict("meetings.mistake.entry_registrations").At("entry")
		}
		moved := m.Published() && d.movedFrom(before)
		if moved {
			m.Sequence++
			if start != nil && m.StartsAt != nil && !start.Equal(*m.StartsAt) {
				m.PreviousStartsAt = start
			}
		}
		if written, err := updateMeeting(tx, m, version); err != nil || !written {
			return orOvertaken(err)
		}
		m.Version++
		if err := m.index(tx); err != nil {
			return err
		}
		if moved && !m.Over(s.Now()) {
			if err := askCalls(tx, id, s.called(), BecauseChanged, s.Now()); err != nil {
				return err
			}
		}
		return event.Record(tx, event.MeetingChanged{Meeting: string(id), Moved: moved && !m.Over(s.Now())})
	})
	return m, err
}

// Remove deletes a draft for good. A meeting that was opened stays, for people know of it: it is called off.
func (s *Service) Remove(ctx context.Context, who access.Actor, id ID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if _, err := quotasOf(tx, id, true); err != nil {
			return err
		}
		m, err := byID(tx, id)
		if err != nil {
			return err
		}
		if err := m.MayChange(who); err != nil {
			return err
		}
		if m.Published() {
			return fault.Conflict("meetings.refused.opened")
		}
		if err := removeMeeting(tx, id); err != nil {
			return err
		}
		return search.Remove(tx, SearchKind, string(id))
	})
}

// Open lets the audience of a meeting know of it, and people register. Opening one that is open
// changes nothing; one that was closed is opened again.
func (s *Service) Open(ctx context.Context, who access.Actor, id ID) error {
	return s.turn(ctx, who, id, func(m *Meeting, seats int, now time.Time) (event.Event, error) {
		switch {
		case m.State == Open:
			return nil, nil
		case m.State == Cancelled:
			return nil, fault.Conflict("meetings.refused.cancelled")
		}
		if err := m.complete(seats); err != nil {
			return nil, err
		}
		if err := who.May(access.DraftMeeting, access.Scope{Workgroup: m.WorkgroupID, Audience: access.Members}); err != nil {
			return nil, err // the group is archived
		}
		m.State = Open
		if m.OpenedAt == nil {
			m.OpenedAt = &now
			return event.MeetingOpened{Meeting: string(id)}, nil
		}
		return event.MeetingChanged{Meeting: string(id)}, nil
	})
}

// Close ends the registration. Who waits still moves up when a seat comes free.
func (s *Service) Close(ctx context.Context, who access.Actor, id ID) error {
	return s.turn(ctx, who, id, func(m *Meeting, _ int, _ time.Time) (event.Event, error) {
		switch m.State {
		case Closed:
			return nil, nil
		case Open:
			m.State = Closed
			return event.MeetingChanged{Meeting: string(id)}, nil
		case Cancelled:
			return nil, fault.Conflict("meetings.refused.cancelled")
		default:
			return nil, fault.Conflict("meetings.refused.draft")
		}
	})
}

// CallOff cancels a meeting for good. Everybody who registered is told, by mail or by the call
// list; the page stays, so that nobody comes for nothing.
func (s *Service) CallOff(ctx context.Context, who access.Actor, id ID) error {
	return s.turn(ctx, who, id, func(m *Meeting, _ int, now time.Time) (event.Event, error) {
		if m.State == Cancelled {
			return nil, nil
		}
		if m.Over(now) {
			return nil, fault.Conflict("meetings.refused.over")
		}
		m.State = Cancelled
		m.Sequence++
		return event.MeetingCancelled{Meeting: string(id)}, nil
	})
}

// turn moves a meeting to another state while its seats are locked. When move leaves the state as
// it is, nothing is written and nobody is told.
func (s *Service) turn(ctx context.Context, who access.Actor, id ID, move func(m *Meeting, seats int, now time.Time) (event.Event, error)) error {
	return s.hold(ctx, id, &errand{do: func(h *hall) error {
		m := h.meeting
		if err := who.May(access.ManageMeeting, m.Scope()); err != nil {
			return err
		}
		from := m.State
		happened, err := move(&m, h.quota("").Capacity, h.now)
		if err != nil || m.State == from {
			return err
		}
		if err := h.settle(); err != nil {
			return err
		}
		m.ChangedAt = h.now
		if moved, err := moveTo(h.tx, m, from); err != nil || !moved {
			return orOvertaken(err)
		}
		h.meeting = m
		if err := m.index(h.tx); err != nil {
			return err
		}
		if m.State == Cancelled {
			if err := askCalls(h.tx, id, h.called, BecauseCancelled, h.now); err != nil {
				return err
			}
		}
		h.events = append(h.events, happened)
		if m.State == Open {
			return h.promote(h.quota(""))
		}
		return nil
	}})
}

// SetCapacity gives a meeting another number of seats, not fewer than are taken, unless it has another number than was; a
// zero was is any. New seats go to whoever waits first.
func (s *Service) SetCapacity(ctx context.Context, who access.Actor, id ID, was, capacity int) error {
	return s.hold(ctx, id, &errand{do: func(h *hall) error {
		if err := h.meeting.MayChange(who); err != nil {
			return err
		}
		if h.meeting.State == Cancelled {
			return fault.Conflict("meetings.refused.cancelled")
		}
		if err := checkCapacity(capacity, h.meeting.Entry); err != nil {
			return err
		}
		q := h.quota("")
		switch {
		case q.Capacity == capacity:
			return fault.Unchanged()
		case was != 0 && q.Capacity != was:
			return fault.Overtaken().At("capacity")
		}
		return h.resize(q, capacity)
	}})
}

// MayChange allows the owner to work on a draft; what was opened is for who manages meetings.
func (m Meeting) MayChange(who access.Actor) error {
	if m.Published() {
		return who.May(access.ManageMeeting, m.Scope())
	}
	return who.May(access.EditMeeting, m.Scope())
}

// describe checks the details and takes them over, with the moments that follow from them.
func (m *Meeting) describe(d Details, capacity int, now time.Time) error {
	if d.TZID == "" {
		d.TZID = DefaultZone
	}
	var mistakes fault.Mistakes
	if err := d.Check(); err != nil {
		mistakes.Add(err.(*fault.Fault))
	}
	if m.WorkgroupID == "" && d.Audience == access.Members {
		mistakes.Add(fault.Invalid("meetings.mistake.audience_network").At("audience"))
	}
	if err := checkCapacity(capacity, d.Entry); err != nil {
		mistakes.Add(err.(*fault.Fault))
	}
	if err := mistakes.Err(); err != nil {
		return err
	}
	m.Details, m.ChangedAt = d, now
	m.StartsAt, m.EndsAt, _ = d.When.resolve()
	if m.Published() {
		return m.complete(capacity)
	}
	return nil
}

// SearchKind names meetings in the search index.
const SearchKind = "meeting"

// index makes the meeting findable by who may know of it.
func (m Meeting) index(tx *database.Tx) error {
	scope := m.Scope()
	return search.Put(tx, search.Entry{
		Kind: SearchKind, ID: string(m.ID), Audience: scope.Audience, Workgroup: scope.Workgroup, Owner: scope.Owner,
		Title: m.Title, Body: strings.Join([]string{m.Summary, m.ForWhom, m.Organiser, m.VenueName, m.Programme}, "\n"),
	})
}

// complete returns what a meeting still needs before people can register. Without a date nobody
// could be told when their data are erased.
func (m Meeting) complete(seats int) error {
	if m.Entry == Free {
		return nil
	}
	var mistakes fault.Mistakes
	switch {
	case m.StartsAt == nil:
		mistakes.Add(fault.Invalid("meetings.mistake.open_without_date").At("date"))
	case m.DayOnly():
		mistakes.Add(fault.Invalid("meetings.mistake.open_without_date").At("start"))
	}
	if seats == 0 {
		mistakes.Add(fault.Invalid("meetings.mistake.open_without_seats").At("capacity"))
	}
	return mistakes.Err()
}

func checkCapacity(capacity int, entry Entry) error {
	if capacity < 0 || capacity > MaxCapacity || capacity == 0 && entry != Free {
		return fault.Invalid("meetings.mistake.capacity", "Max", MaxCapacity).At("capacity")
	}
	return nil
}

// orOvertaken returns err, or the conflict that no row was affected.
func orOvertaken(err error) error {
	if err != nil {
		return err
	}
	return fault.Overtaken()
}

// Ahead returns the meetings of a group for which MustBeOver refuses, for who manages meetings there.
func (s *Service) Ahead(ctx context.Context, who access.Actor, workgroup string) (found []Meeting, err error) {
	if err := who.May(access.ManageMeeting, access.Scope{Workgroup: workgroup, Audience: access.Members}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, err = ahead(tx, workgroup, s.Now())
		return err
	})
	return found, err
}

// MustBeOver refuses to end the work of a group that still has meetings people know of: each is called off first, or
// waited for.
func (s *Service) MustBeOver(tx *database.Tx, workgroup string) error {
	found, err := ahead(tx, workgroup, s.Now())
	if err == nil && len(found) > 0 {
		err = fault.Conflict("meetings.refused.ahead")
	}
	return err
}

// Hide takes the meetings of a group that turns private out of the sight of outsiders, in the
// transaction in which it does. Who registered keeps their seat, and finds it by their reference.
func Hide(tx *database.Tx, workgroup string) error {
	if err := hideFromOutsiders(tx, workgroup); err != nil {
		return fmt.Errorf("hide the meetings of %s: %w", workgroup, err)
	}
	return nil
}

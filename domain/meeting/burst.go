package meeting

import (
	"context"
	"slices"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

const (
	// BurstFrom is how many registrations from one place, each within BurstGap of the one before, an organiser
	// is told of.
	BurstFrom = 10
	BurstGap  = 10 * time.Minute
	// BurstUndo is how long an organiser can put back what they withdrew together.
	BurstUndo = 24 * time.Hour
	// KeepPlace is how long a registration says from which place it came.
	KeepPlace = 7 * 24 * time.Hour
)

// Burst is many registrations that visitors made from one place shortly after each other: a room that
// registers together, or somebody who fills the meeting. ID is that of the first.
type Burst struct {
	ID            RegistrationID
	From, To      time.Time
	Registrations []Registration
}

// People returns how many people these registrations hold.
func (b Burst) People() int {
	n := 0
	for _, r := range b.Registrations {
		n += r.People
	}
	return n
}

// bursts finds them among registrations in order of arrival. Those that were withdrawn do not count.
func bursts(registrations []Registration) []Burst {
	var found []*Burst
	latest := map[string]*Burst{}
	for _, r := range registrations {
		if !r.Active() || r.CameFrom == nil {
			continue
		}
		b := latest[*r.CameFrom]
		if b == nil || r.RegisteredAt.Sub(b.To) > BurstGap {
			b = &Burst{ID: r.ID, From: r.RegisteredAt}
			latest[*r.CameFrom] = b
			found = append(found, b)
		}
		b.To = r.RegisteredAt
		b.Registrations = append(b.Registrations, r)
	}
	var large []Burst
	for _, b := range found {
		if len(b.Registrations) >= BurstFrom {
			large = append(large, *b)
		}
	}
	return large
}

// WithdrawBurst withdraws the registrations of a burst, without a letter to any of them, and returns how many
// and what RestoreBurst needs to put them back. A burst that is not there any more is NotFound.
func (s *Service) WithdrawBurst(ctx context.Context, who access.Actor, id ID, first RegistrationID) (act string, n int, err error) {
	err = s.holdAsManager(ctx, who, id, func(h *hall) error {
		act, n = database.NewID(), 0
		list, err := attendees(h.tx, id)
		if err != nil {
			return err
		}
		for _, b := range bursts(list) {
			if b.ID == first {
				n = len(b.Registrations)
				return h.withdrawAll(b.Registrations, act)
			}
		}
		return fault.NotFound("meetings.burst.gone")
	})
	return act, n, err
}

// RestoreBurst puts back what one WithdrawBurst withdrew, in the order in which they came: with a seat where
// there is one, else on the waiting list. Who registered anew meanwhile is left as they are. It returns how
// many came back; doing it again changes nothing.
func (s *Service) RestoreBurst(ctx context.Context, who access.Actor, id ID, act string) (n int, err error) {
	err = s.holdAsManager(ctx, who, id, func(h *hall) error {
		list, err := withdrawnWith(h.tx, id, act, h.now.Add(-BurstUndo))
		if err != nil {
			return err
		}
		n, err = h.restore(list)
		return err
	})
	return n, err
}

func (s *Service) holdAsManager(ctx context.Context, who access.Actor, id ID, do func(h *hall) error) error {
	return s.hold(ctx, id, &errand{do: func(h *hall) error {
		if err := who.May(access.ManageMeeting, h.meeting.Scope()); err != nil {
			return err
		}
		if err := h.meeting.changeable(h.now); err != nil {
			return err
		}
		if err := h.settle(); err != nil {
			return err
		}
		return do(h)
	}})
}

// withdrawAll withdraws registrations together and only then lets others move up, so that none of them does.
func (h *hall) withdrawAll(list []Registration, act string) error {
	for _, r := range list {
		done, err := markWithdrawnWith(h.tx, r.ID, act, h.now)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if err := dropOpenCalls(h.tx, r.ID); err != nil {
			return err
		}
		if r.State == Confirmed {
			q := h.quota(r.QuotaID)
			if err := addTaken(h.tx, q.ID, -r.People); err != nil {
				return err
			}
			q.Taken -= r.People
		}
		h.events = append(h.events, event.MeetingRegistrationCancelled{Meeting: string(h.meeting.ID), Registration: string(r.ID), Quiet: true})
	}
	return h.promoteAll()
}

// restore puts registrations back on the waiting list at their number, from which they move up. Nobody hears
// of that: nobody was told that they were withdrawn.
func (h *hall) restore(list []Registration) (int, error) {
	back := map[string]bool{}
	all, err := attendees(h.tx, h.meeting.ID)
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		if r.Contact != "" && slices.ContainsFunc(all, func(other Registration) bool { return other.Active() && r.sameAs(other) }) {
			continue
		}
		done, err := markRestored(h.tx, r.ID)
		if err != nil {
			return 0, err
		}
		if done {
			back[string(r.ID)] = true
		}
	}
	before := len(h.events)
	if err := h.promoteAll(); err != nil {
		return 0, err
	}
	loud := h.events[:before:before]
	for _, e := range h.events[before:] {
		if up, is := e.(event.MeetingRegistrationPromoted); is && back[up.Registration] {
			if err := dropOpenCalls(h.tx, RegistrationID(up.Registration)); err != nil {
				return 0, err
			}
			continue
		}
		loud = append(loud, e)
	}
	h.events = loud
	return len(back), nil
}

func (h *hall) promoteAll() error {
	for i := range h.quotas {
		if err := h.promote(&h.quotas[i]); err != nil {
			return err
		}
	}
	return nil
}

// ForgetPlaces removes from registrations where they came from, and what was withdrawn together and can no
// longer be put back.
func (s *Service) ForgetPlaces(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error { return forgetPlaces(tx, s.Now().Add(-KeepPlace), s.Now().Add(-BurstUndo)) })
}

package meeting

import (
	"context"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// Register gives somebody seats, or the end of the waiting list when the meeting is full. It
// returns once that is committed. Sending the same idempotency key again returns the same
// registration and changes nothing, also when the meeting was closed meanwhile. The token opens
// the registration later.
func (s *Service) Register(ctx context.Context, who access.Actor, id ID, in Input, idempotencyKey string) (Registration, Token, error) {
	origin := Self
	if strings.TrimSpace(in.Helper) != "" {
		origin = Helper
	}
	return s.register(ctx, who, id, in, idempotencyKey, origin, func(m Meeting) error {
		if err := who.May(access.RegisterForMeeting, m.Scope()); err != nil {
			return err
		}
		if !m.Published() {
			return fault.Conflict("meetings.refused.draft")
		}
		return m.TakesRegistrations(s.Now())
	})
}

// WalkIn registers somebody who comes to the door. It works until the meeting is over, and follows
// the same rules: no seat is given twice, and whoever waits comes first.
func (s *Service) WalkIn(ctx context.Context, who access.Actor, id ID, name string, people int, idempotencyKey string) (Registration, error) {
	in := Input{Name: name, Channel: None, People: people}
	r, _, err := s.register(ctx, who, id, in, idempotencyKey, WalkIn, func(m Meeting) error {
		if err := who.May(access.ManageMeeting, m.Scope()); err != nil {
			return err
		}
		return m.takesWalkIns(s.Now())
	})
	return r, err
}

func (s *Service) register(ctx context.Context, who access.Actor, id ID, in Input, idempotencyKey string, origin Origin, may func(m Meeting) error) (Registration, Token, error) {
	if !validIdempotencyKey(idempotencyKey) {
		return Registration{}, "", fault.Invalid("meetings.mistake.form_broken")
	}
	in, err := in.Check()
	if err != nil {
		return Registration{}, "", err
	}
	var r *Registration
	e := &errand{idempotencyKey: idempotencyKey, contactMAC: s.keys.contactMAC(in)}
	e.do = func(h *hall) error {
		r = nil
		err := may(h.meeting)
		if fault.KindOf(err) == fault.KindConflict || err == nil {
			if r = h.byKey[idempotencyKey]; r != nil {
				return nil
			}
		}
		if err != nil {
			return err
		}
		r, err = h.admit(in, who, origin, idempotencyKey)
		return err
	}
	if err := s.hold(ctx, id, e); err != nil {
		return Registration{}, "", err
	}
	return *r, s.keys.tokenOf(r.ID), nil
}

// Ticket is a registration as the person who made it sees it.
type Ticket struct {
	Meeting      Meeting
	Registration Registration
	Place        int    // on the waiting list, from 1; zero otherwise
	Support      string // what they need, opened
	Token        Token
	Seats        Seats
}

// Ticket returns the registration that token opens. An unknown token is NotFound.
func (s *Service) Ticket(ctx context.Context, token Token) (Ticket, error) {
	var t Ticket
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		r, err := registrationByTokenHash(tx, token.hash())
		if err != nil {
			return err
		}
		t, err = s.ticket(tx, r)
		return err
	})
	return t, err
}

func (s *Service) ticket(tx *database.Tx, r Registration) (Ticket, error) {
	m, err := byID(tx, r.MeetingID)
	if err != nil {
		return Ticket{}, err
	}
	t := Ticket{Meeting: m, Registration: r, Token: s.keys.tokenOf(r.ID)}
	seats, err := seatsOf(tx, []Meeting{m})
	if err != nil {
		return Ticket{}, err
	}
	t.Seats = seats[m.ID]
	if r.State == Waiting {
		if t.Place, err = place(tx, r); err != nil {
			return Ticket{}, err
		}
	}
	t.Support, err = s.keys.open(r.ID, r.Support)
	return t, err
}

// ByReference returns the token of the registration with this reference, however it was typed.
// From says where the question comes from: after ten wrong ones from one place it is refused for a
// while, whatever is asked.
func (s *Service) ByReference(ctx context.Context, typed, from string) (RegistrationID, Token, error) {
	if strings.TrimSpace(typed) == "" {
		return "", "", fault.Invalid("meetings.mistake.reference_missing").At("reference")
	}
	if err := s.guesses.allowed(from, s.Now()); err != nil {
		return "", "", err
	}
	var r Registration
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		r, err = registrationByReference(tx, referenceKey(typed))
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound {
		s.guesses.missed(from, s.Now())
		return "", "", fault.Invalid("meetings.mistake.reference").At("reference")
	}
	if err != nil {
		return "", "", err
	}
	return r.ID, s.keys.tokenOf(r.ID), nil
}

// Change replaces the answers of the registration that token opens. The place on the waiting list
// stays; see Resize for what may happen to the number of people.
func (s *Service) Change(ctx context.Context, token Token, in Input) error {
	in, err := in.Check()
	if err != nil {
		return err
	}
	return s.withTicket(ctx, token, func(h *hall, r Registration) error {
		if !r.Active() {
			return fault.Conflict("meetings.refused.withdrawn")
		}
		if err := h.meeting.changeable(s.Now()); err != nil {
			return err
		}
		_, err := h.change(r, in)
		return err
	})
}

// Cancel gives back the seats, or the place on the waiting list, of the registration that token
// opens. Who waits moves up at once. Cancelling again changes nothing and is no error.
func (s *Service) Cancel(ctx context.Context, token Token) error {
	return s.withTicket(ctx, token, func(h *hall, r Registration) error {
		if !r.Active() {
			return nil
		}
		if err := h.meeting.changeable(s.Now()); err != nil {
			return err
		}
		_, err := h.withdraw(r)
		return err
	})
}

// changeable returns nil while a registration can still be changed or cancelled.
func (m Meeting) changeable(now time.Time) error {
	switch {
	case m.State == Cancelled:
		return fault.Conflict("meetings.refused.cancelled")
	case m.Over(now):
		return fault.Conflict("meetings.refused.over")
	}
	return nil
}

// withTicket runs do with the registration that token opens as it is while the seats are locked.
func (s *Service) withTicket(ctx context.Context, token Token, do func(h *hall, r Registration) error) error {
	t, err := s.Ticket(ctx, token)
	if err != nil {
		return err
	}
	return s.hold(ctx, t.Meeting.ID, &errand{do: func(h *hall) error {
		r, err := registrationByID(h.tx, t.Registration.ID)
		if err != nil {
			return err
		}
		return do(h, r)
	}})
}

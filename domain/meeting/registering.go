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
// registration and changes nothing, also when the meeting was closed meanwhile; with other answers it
// is a conflict. The token opens the registration later. Who is registered already is registered again:
// nobody learns here who comes.
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
	if in.quiet, err = s.mayWrite(ctx, who, id, "", in); err != nil {
		return Registration{}, "", err
	}
	var r *Registration
	e := &errand{idempotencyKey: idempotencyKey}
	e.do = func(h *hall) error {
		r = nil
		err := may(h.meeting)
		if fault.KindOf(err) == fault.KindConflict || err == nil {
			if r = h.byKey[idempotencyKey]; r != nil && !in.made(*r) {
				return fault.SentBefore()
			}
			if r != nil {
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
	token, err := s.tokenOf(ctx, *r)
	return *r, token, err
}

// says reports whether the registration holds what somebody fills in, so that nothing has to be changed.
func (t Ticket) says(in Input) bool {
	r := t.Registration
	return r.Active() && in.made(r) && r.Language == in.Language && !t.Sealed && !in.ForgetSupport &&
		in.Support == t.Support && in.SupportConsent == (r.SupportConsent != nil)
}

// made reports whether r is what somebody gets who fills this in.
func (in Input) made(r Registration) bool {
	return r.Name == in.Name && r.People == in.People && r.Channel == in.Channel && r.Contact == in.contact() && r.Helper == in.Helper
}

// tokenOf returns the token of a registration. When the secret is gone that made it, the registration
// gets another, and the link in letters of before no longer opens it.
func (s *Service) tokenOf(ctx context.Context, r Registration) (Token, error) {
	token, known := s.keys.tokenOf(r)
	if known || r.TokenHash == nil {
		return token, nil
	}
	token = s.keys.newest().tokenOf(r.ID)
	return token, s.db.InTx(ctx, func(tx *database.Tx) error { return setTokenHash(tx, r.ID, token.hash()) })
}

// Ticket is a registration as the person who made it sees it.
type Ticket struct {
	Meeting      Meeting
	Registration Registration
	Place        int    // on the waiting list, from 1; zero otherwise
	Support      string // what they need, opened
	Sealed       bool   // the secret is not there any more with which it can be opened
	Token        Token
	Seats        Seats
	Double       bool // for a letter alone: another registration has this name and this address
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
		t.Token = token
		return err
	})
	return t, err
}

func (s *Service) ticket(tx *database.Tx, r Registration) (Ticket, error) {
	m, err := byID(tx, r.MeetingID)
	if err != nil {
		return Ticket{}, err
	}
	t := Ticket{Meeting: m, Registration: r}
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
	t.Support, t.Sealed = s.opened(r)
	return t, nil
}

// ByReference returns the token of the registration with this reference, however it was typed, to
// whoever also knows its name or the last digits of its telephone number. A reference is made to be
// said aloud, so it opens nothing alone; a wrong one and a wrong fact get the same answer. From says
// where the question comes from: after ten wrong ones from one place it is refused there for a while,
// whatever is asked.
func (s *Service) ByReference(ctx context.Context, typed, fact, from string) (RegistrationID, Token, error) {
	var mistakes fault.Mistakes
	if strings.TrimSpace(typed) == "" {
		mistakes.Add(fault.Invalid("meetings.mistake.reference_missing").At("reference"))
	}
	if strings.TrimSpace(fact) == "" {
		mistakes.Add(fault.Invalid("meetings.mistake.fact_missing").At("fact"))
	}
	if err := mistakes.Err(); err != nil {
		return "", "", err
	}
	var r Registration
	var refusal *fault.Fault // apart from an error: what was counted stays counted
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		refusal = nil
		now, place := s.Now(), s.keys.newest().place(from)
		guesses, err := countGuess(tx, place, now, now.Add(-guessPeriod))
		if err != nil {
			return err
		}
		if guesses.Wrong > guessesEach {
			left := guesses.Since.Add(guessPeriod).Sub(now)
			refusal = fault.TooMuch("meetings.mistake.too_many_guesses", "Minutes", int(left/time.Minute)+1).At("reference")
			return nil
		}
		r, err = registrationByReference(tx, referenceKey(typed))
		if fault.KindOf(err) == fault.KindNotFound || err == nil && !r.knows(fact) {
			refusal = fault.Invalid("meetings.mistake.reference").At("reference")
			return nil
		}
		if err != nil {
			return err
		}
		return uncountGuess(tx, place)
	})
	if err != nil {
		return "", "", err
	}
	if refusal != nil {
		return "", "", refusal
	}
	token, err := s.tokenOf(ctx, r)
	return r.ID, token, err
}

// ForgetGuesses removes what was counted about wrong references in periods that are over.
func (s *Service) ForgetGuesses(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error { return removeGuesses(tx, s.Now().Add(-guessPeriod)) })
}

// Change replaces the answers of the registration that token opens. The place on the waiting list
// stays; see Resize for what may happen to the number of people.
func (s *Service) Change(ctx context.Context, who access.Actor, token Token, in Input) (unwritten bool, err error) {
	if in, err = in.Check(); err != nil {
		return false, err
	}
	t, err := s.Ticket(ctx, token)
	if err != nil {
		return false, err
	}
	if t.says(in) {
		return false, fault.Unchanged()
	}
	if in.quiet, err = s.mayWrite(ctx, who, t.Meeting.ID, t.Registration.ID, in); err != nil {
		return false, err
	}
	return in.quiet, s.withTicket(ctx, token, func(h *hall, r Registration) error {
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
	t, err := s.Ticket(ctx, token)
	if err != nil {
		return err
	}
	quiet := false
	if r := t.Registration; r.Active() && r.Channel == Email {
		err := s.db.InTx(ctx, func(tx *database.Tx) error {
			left, err := s.budget.OfAddress(tx, r.Contact, s.Now())
			quiet = !left
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.withTicket(ctx, token, func(h *hall, r Registration) error {
		if !r.Active() {
			return nil
		}
		if err := h.meeting.changeable(s.Now()); err != nil {
			return err
		}
		_, err := h.withdraw(r, quiet)
		return err
	})
}

// mayWrite uses up one of the letters that may go to an address that nobody proved, and reports whether
// there is none left for it: then nothing is written, and the seat is given all the same. Who asks for too
// many from one place, or about one meeting, is refused and can choose another channel. Changed is the
// registration that is changed, if one is.
func (s *Service) mayWrite(ctx context.Context, who access.Actor, id ID, changed RegistrationID, in Input) (quiet bool, err error) {
	if in.Channel != Email {
		return false, nil
	}
	var refusal *fault.Fault // apart from an error: what was counted stays counted
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		quiet, refusal = false, nil
		left, again := true, now
		var err error
		if in.From != "" && !who.SignedIn() {
			if left, again, err = s.budget.OfPlace(tx, in.From, now); err != nil {
				return err
			}
		}
		if left {
			if left, again, err = s.budget.OfThing(tx, string(id), now); err != nil {
				return err
			}
		}
		if !left {
			refusal = fault.TooMuch("meetings.mistake.too_many_letters", "Minutes", int(again.Sub(now)/time.Minute)+1).At("channel")
			return nil
		}
		if changed != "" {
			if left, err = s.budget.OfRegistration(tx, string(changed), now); err != nil || !left {
				quiet = true
				return err
			}
		}
		left, err = s.budget.OfAddress(tx, in.Email, now)
		quiet = !left
		return err
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	return quiet, err
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

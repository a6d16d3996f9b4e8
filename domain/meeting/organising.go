package meeting

import (
	"context"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// Attendee is a registration as an organiser sees it. Contact and Support are empty for who may
// read the list but does not manage the meeting.
type Attendee struct {
	Registration
	Place   int    // on the waiting list, from 1; zero otherwise
	Support string // what they need, opened
	Sealed  bool   // the secret is not there any more with which it can be opened
	Double  Double // of which the reader should know, when they manage the meeting
}

// ToCall is somebody to call or to send a text message, and why.
type ToCall struct {
	PhoneCall
	Attendee Attendee
}

// Attendance is everything an organiser needs to know about who comes.
type Attendance struct {
	Overview
	Attendees []Attendee // in order of arrival
	ToCall    []ToCall   // in the order in which it came up; what was done stays
	Bursts    []Burst    // of which the reader should know, when they manage the meeting
	Manages   bool       // whether the reader manages the meeting
}

// People returns how many people come, wait and cancelled.
func (a Attendance) People() (coming, waiting, withdrawn int) {
	for _, r := range a.Attendees {
		switch r.State {
		case Confirmed:
			coming += r.People
		case Waiting:
			waiting += r.People
		case Withdrawn:
			withdrawn += r.People
		}
	}
	return coming, waiting, withdrawn
}

// Attendance returns who registered, for those who may read it.
func (s *Service) Attendance(ctx context.Context, who access.Actor, id ID) (Attendance, error) {
	var a Attendance
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		m, err := byID(tx, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ReadAttendees, m.Scope()); err != nil {
			return err
		}
		seats, err := seatsOf(tx, []Meeting{m})
		if err != nil {
			return err
		}
		a = Attendance{Overview: Overview{Meeting: m, Seats: seats[id]}, Manages: who.Can(access.ManageMeeting, m.Scope())}
		registrations, err := attendees(tx, id)
		if err != nil {
			return err
		}
		if err := s.show(&a, registrations); err != nil || !a.Manages {
			return err
		}
		a.Bursts = bursts(registrations)
		asked, err := calls(tx, id)
		if err != nil {
			return err
		}
		byID := make(map[RegistrationID]Attendee, len(a.Attendees))
		for _, r := range a.Attendees {
			byID[r.ID] = r
		}
		for _, c := range asked {
			a.ToCall = append(a.ToCall, ToCall{PhoneCall: c, Attendee: byID[c.RegistrationID]})
		}
		return nil
	})
	return a, err
}

// show adds the registrations as the reader may see them.
func (s *Service) show(a *Attendance, registrations []Registration) error {
	waiting, alike := 0, doubles(registrations)
	for _, r := range registrations {
		shown := Attendee{Registration: r}
		if r.State == Waiting {
			waiting++
			shown.Place = waiting
		}
		if a.Manages {
			shown.Support, shown.Sealed = s.opened(r)
			shown.Double = alike[r.ID]
		} else {
			shown.Channel, shown.Contact, shown.Reference, shown.CameFrom = None, "", nil, nil
		}
		a.Attendees = append(a.Attendees, shown)
	}
	return nil
}

// opened returns what somebody needs, and whether it is there and cannot be read.
func (s *Service) opened(r Registration) (support string, sealed bool) {
	support, ok := s.keys.open(r.ID, r.Support)
	return support, !ok
}

// CancelFor cancels the registration of somebody who called. Cancelling again changes nothing.
func (s *Service) CancelFor(ctx context.Context, who access.Actor, id ID, registration RegistrationID) error {
	return s.hold(ctx, id, &errand{do: func(h *hall) error {
		if err := who.May(access.ManageMeeting, h.meeting.Scope()); err != nil {
			return err
		}
		if err := h.settle(); err != nil {
			return err
		}
		r, err := registrationByID(h.tx, registration)
		if err != nil {
			return err
		}
		if r.MeetingID != id {
			return fault.NotFound("not_found")
		}
		if !r.Active() {
			return nil
		}
		if err := h.meeting.changeable(h.now); err != nil {
			return err
		}
		_, err = h.withdraw(r, false)
		return err
	}})
}

// Called notes that somebody on the call list was reached. Noting it again changes nothing.
func (s *Service) Called(ctx context.Context, who access.Actor, id ID, call CallID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		m, err := byID(tx, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ManageMeeting, m.Scope()); err != nil {
			return err
		}
		if known, err := callExists(tx, id, call); err != nil || !known {
			return orNotFound(err)
		}
		_, err = markCalled(tx, id, call, who.ID, s.Now())
		return err
	})
}

// ForLetter returns a registration for a letter about it; there is no reader whose rights count.
func (s *Service) ForLetter(ctx context.Context, registration string) (Ticket, error) {
	var t Ticket
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		r, err := registrationByID(tx, RegistrationID(registration))
		if err != nil {
			return err
		}
		if t, err = s.ticket(tx, r); err != nil {
			return err
		}
		t.Double, err = isDouble(tx, r)
		return err
	})
	if err == nil {
		t.Token, err = s.tokenOf(ctx, t.Registration)
	}
	return t, err
}

// ForLetters returns everybody who comes or waits and asked for mail.
func (s *Service) ForLetters(ctx context.Context, meeting string) ([]Ticket, error) {
	var tickets []Ticket
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		m, err := byID(tx, ID(meeting))
		if err != nil {
			return err
		}
		registrations, err := reachableByMail(tx, m.ID)
		tickets = nil
		for _, r := range registrations {
			tickets = append(tickets, Ticket{Meeting: m, Registration: r})
		}
		return err
	})
	for i := range tickets {
		if err == nil {
			tickets[i].Token, err = s.tokenOf(ctx, tickets[i].Registration)
		}
	}
	return tickets, err
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return fault.NotFound("not_found")
}

package meeting

import (
	"context"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Calling is a meeting of which somebody is to be called or sent a text message, and how many.
type Calling struct {
	Meeting Meeting
	People  int
}

// mostAsked is how many meetings one person is asked about at once.
const mostAsked = 20

// Callings returns the meetings that who manages and of which somebody on the call list was not reached
// yet, those that begin first at the front. Those that are over or wait for a date come along: a list is
// done when it is done.
func (s *Service) Callings(ctx context.Context, who access.Actor) ([]Calling, error) {
	var found []Calling
	if !who.SignedIn() {
		return nil, nil
	}
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		list, err := withOpenCalls(tx, who)
		if err != nil {
			return err
		}
		counts, err := openCallsOf(tx, list)
		if err != nil {
			return err
		}
		for _, m := range list {
			if who.Can(access.ManageMeeting, m.Scope()) && len(found) < mostAsked {
				found = append(found, Calling{m, counts[m.ID]})
			}
		}
		return nil
	})
	return found, err
}

// Coming is a meeting that somebody has to do with.
type Coming struct {
	Meeting
	Registered State // how who is registered, when they registered themselves; empty when not
	Planned    bool  // who planned it
}

// Next returns the first meeting to come that who registered for, planned, or that is of a group of
// theirs; false when there is none. Somebody registered by who does not make it theirs.
func (s *Service) Next(ctx context.Context, who access.Actor) (c Coming, any bool, err error) {
	if !who.SignedIn() {
		return c, false, nil
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		list, err := nextOf(tx, who, s.Now())
		if err != nil || len(list) == 0 {
			return err
		}
		c.Meeting, any = list[0], true
		c.Planned = c.CreatedBy == who.ID
		c.Registered, err = ownRegistration(tx, c.ID, who.ID)
		return err
	})
	return c, any, err
}

package account

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

// What is what happened to the way in of a person.
type What string

const (
	WasBlocked     What = "blocked"
	WasUnblocked   What = "unblocked"
	AddressChanged What = "address"
	Reported       What = "reported" // whoever had the former address said that a change of it was wrong
)

// AccountChange tells who changed how a person can sign in; nothing removes it. It holds ids, and so no address.
type AccountChange struct {
	ID        string `gorm:"primaryKey"`
	PersonID  access.PersonID
	What      What
	ChangedBy access.PersonID
	ChangedAt time.Time
}

// note writes a change down and returns its id.
func (s *Service) note(tx *database.Tx, by, id access.PersonID, what What) (string, error) {
	c := AccountChange{ID: database.NewID(), PersonID: id, What: what, ChangedBy: by, ChangedAt: s.Now()}
	return c.ID, insertAccountChange(tx, c)
}

// Blocked reports whether the person cannot sign in.
func (p Person) Blocked() bool { return p.BlockedAt != nil }

// Block keeps somebody out from this moment: sessions and tokens end, live connections are closed on
// every node, and no code is sent. What they made stays, and so do their roles, for when Unblock lets
// them in again. Only an administrator does it, and not to themselves. Doing it twice is harmless.
func (s *Service) Block(ctx context.Context, who access.Actor, id access.PersonID) error {
	return s.setBlocked(ctx, who, id, WasBlocked, func(tx *database.Tx) error {
		if who.ID == id {
			return fault.Conflict("account.block.yourself")
		}
		return s.shutOut(tx, who.ID, id, WasBlocked)
	})
}

// shutOut ends everything by which a person is signed in or could be: sessions, open codes, known
// browsers and tokens of scripts.
func (s *Service) shutOut(tx *database.Tx, by, id access.PersonID, why What) error {
	if err := useCodes(tx, id, s.Now()); err != nil {
		return err
	}
	if err := removeKnown(tx, id); err != nil {
		return err
	}
	if err := endSessions(tx, id); err != nil {
		return err
	}
	removed, used, err := removeTokens(tx, id, TokenEnd{Why: why, EndedBy: by, EndedAt: s.Now()})
	if err != nil || !removed {
		return err
	}
	return tokensRevoked(tx, id, used, by)
}

// Unblock lets somebody sign in again. Tokens that ended do not come back.
func (s *Service) Unblock(ctx context.Context, who access.Actor, id access.PersonID) error {
	return s.setBlocked(ctx, who, id, WasUnblocked, func(*database.Tx) error { return nil })
}

func (s *Service) setBlocked(ctx context.Context, who access.Actor, id access.PersonID, what What, also func(tx *database.Tx) error) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := who.May(access.ManagePeople, network); err != nil {
			return err
		}
		if !who.Has(access.Admin) {
			return fault.Forbidden("account.block.admin_only")
		}
		if _, err := lockOtherAdmins(tx, id); err != nil { // two administrators who block each other wait here
			return err
		}
		if by, err := personByID(tx, who.ID); err == nil && by.Blocked() {
			return fault.Unauthenticated("sign_in_first")
		}
		p, err := personByID(tx, id)
		if err != nil || p.Blocked() == (what == WasBlocked) {
			return err
		}
		if err := also(tx); err != nil {
			return err
		}
		var at *time.Time
		if what == WasBlocked {
			now := s.Now()
			at = &now
		}
		if err := updateBlocked(tx, id, at); err != nil {
			return err
		}
		if _, err := s.note(tx, who.ID, id, what); err != nil {
			return err
		}
		return event.Record(tx, event.RolesChanged{Person: string(id)})
	})
}

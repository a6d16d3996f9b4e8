package account

import (
	"context"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

// SessionID names a session; it is not the token that opens it.
type SessionID string

// Session is one browser in which a person is signed in.
type Session struct {
	ID        SessionID `gorm:"primaryKey"`
	PersonID  access.PersonID
	TokenHash string
	Device    string // such as "Firefox, Windows"
	CreatedAt time.Time
	SeenAt    time.Time // to within ten minutes
	ExpiresAt time.Time
	// ConfirmedAt is when the person proved again that it is them, if they did.
	ConfirmedAt *time.Time
}

// How long a session lasts: this long after it was last used, and never longer than the other.
const (
	SessionIdle = 14 * 24 * time.Hour
	SessionLife = 60 * 24 * time.Hour

	seenEvery   = 10 * time.Minute
	maxSessions = 30 // of one person; the oldest gives way
	maxDevice   = 60
)

// Signed is who a session belongs to, and what they were granted outside workgroups.
type Signed struct {
	Session SessionID
	Person  Person
	Grants  []access.Grant
	Until   time.Time // when it ends if it is not used again
}

// until is when a session ends if it is not used again.
func (s Session) until() time.Time {
	if idle := s.SeenAt.Add(SessionIdle); idle.Before(s.ExpiresAt) {
		return idle
	}
	return s.ExpiresAt
}

// Authenticate returns who the token in a cookie belongs to; fault.KindUnauthenticated when it is
// unknown, has run out or was revoked.
func (s *Service) Authenticate(ctx context.Context, token string) (Signed, error) {
	var signed Signed
	var session Session
	now := s.Now()
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if session, err = sessionByHash(tx, hashToken(token)); err != nil {
			return err
		}
		signed, err = signedIn(tx, session, now)
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound {
		return Signed{}, fault.Unauthenticated("sign_in_first")
	}
	if err != nil {
		return Signed{}, err
	}
	if now.Sub(session.SeenAt) >= seenEvery {
		err = s.db.InTx(ctx, func(tx *database.Tx) error { return markSeen(tx, session.ID, now) })
	}
	return signed, err
}

// InSession is Authenticate for what a session began and that goes on without its cookie.
func (s *Service) InSession(ctx context.Context, id SessionID) (Signed, error) {
	var signed Signed
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		session, err := sessionByID(tx, id)
		if err != nil {
			return err
		}
		signed, err = signedIn(tx, session, s.Now())
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound {
		return Signed{}, fault.Unauthenticated("sign_in_first")
	}
	return signed, err
}

func signedIn(tx *database.Tx, session Session, now time.Time) (signed Signed, err error) {
	signed = Signed{Session: session.ID, Until: session.until()}
	if now.After(signed.Until) {
		return signed, fault.NotFound("not_found")
	}
	if signed.Person, err = personByID(tx, session.PersonID); err != nil {
		return signed, err
	}
	if signed.Person.Blocked() {
		return Signed{}, fault.NotFound("not_found")
	}
	signed.Grants, err = accessGrants(tx, session.PersonID)
	return signed, err
}

// openSession makes a session with a token of its own for in.Person; what this browser had before
// ends, so that a token somebody planted in it is worth nothing.
func (s *Service) openSession(tx *database.Tx, in *SignedIn, device, former string) error {
	var ended int64
	if former != "" {
		var err error
		if ended, err = removeSessionByHash(tx, hashToken(former)); err != nil {
			return err
		}
	}
	now := s.Now()
	in.Token, in.ExpiresAt = newToken(), now.Add(SessionLife)
	if device = strings.Join(strings.Fields(device), " "); len(device) > maxDevice {
		device = strings.ToValidUTF8(device[:maxDevice], "")
	}
	if err := insertSession(tx, Session{
		ID: SessionID(database.NewID()), PersonID: in.Person.ID, TokenHash: hashToken(in.Token), Device: device,
		CreatedAt: now, SeenAt: now, ExpiresAt: in.ExpiresAt,
	}); err != nil {
		return err
	}
	old, err := keepNewestSessions(tx, in.Person.ID, maxSessions)
	if err != nil || ended+old == 0 {
		return err
	}
	return livedoc.RevokeEverywhere(tx)
}

// SignOut ends one session of who. A session that is somebody else's or over is NotFound.
func (s *Service) SignOut(ctx context.Context, who access.Actor, id SessionID) error {
	if !who.SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		removed, err := removeSession(tx, who.ID, id)
		if err != nil {
			return err
		}
		if !removed {
			return fault.NotFound("not_found")
		}
		if err := livedoc.RevokeEverywhere(tx); err != nil {
			return err
		}
		return event.Record(tx, event.SessionsEnded{Person: string(who.ID), Session: string(id)})
	})
}

// SignOutEverywhere ends every session of who.
func (s *Service) SignOutEverywhere(ctx context.Context, who access.Actor) error {
	if !who.SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error { return endSessions(tx, who.ID) })
}

func endSessions(tx *database.Tx, person access.PersonID) error {
	removed, err := removeSessions(tx, person)
	if err != nil {
		return err
	}
	if removed > 0 {
		if err := livedoc.RevokeEverywhere(tx); err != nil {
			return err
		}
	}
	return event.Record(tx, event.SessionsEnded{Person: string(person)})
}

// Sessions returns where who is signed in, the one used last first.
func (s *Service) Sessions(ctx context.Context, who access.Actor) ([]Session, error) {
	if !who.SignedIn() {
		return nil, fault.Unauthenticated("sign_in_first")
	}
	var sessions []Session
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		sessions, err = sessionsOf(tx, who.ID, s.Now())
		return err
	})
	return sessions, err
}

package account

import (
	"context"
	"encoding/base64"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

const (
	// FreshFor is how long after signing in somebody may change with what address a person signs in.
	FreshFor = 10 * time.Minute
	// AddressReportable is how long whoever had an address can say that its change was wrong.
	AddressReportable = 7 * 24 * time.Hour
)

// notFresh is the code of the refusal that Confirm mends.
const notFresh = "account.fresh"

// NeedsConfirm reports whether err says that who asks must confirm who they are first.
func NeedsConfirm(err error) bool { return fault.Is(err, fault.KindUnauthenticated, notFresh) }

// FormerAddress is the address that a person had before a change, kept for as long as the change can be
// reported. ID is that of the change.
type FormerAddress struct {
	ID         string `gorm:"primaryKey"`
	PersonID   access.PersonID
	Address    string
	TokenHash  string
	ChangedBy  access.PersonID
	ChangedAt  time.Time
	ReportedAt *time.Time
}

// TableName tells gorm where they lie.
func (FormerAddress) TableName() string { return "former_addresses" }

// fresh refuses a session in which nobody proved lately who they are. In the demonstration there is
// nothing to prove.
func (s *Service) fresh(tx *database.Tx, who access.Actor, id SessionID) error {
	if s.Demonstration {
		return nil
	}
	session, err := sessionByID(tx, id)
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	proved := session.CreatedAt
	if session.ConfirmedAt != nil {
		proved = *session.ConfirmedAt
	}
	if err != nil || session.PersonID != who.ID || s.Now().Sub(proved) > FreshFor {
		return fault.Unauthenticated(notFresh)
	}
	return nil
}

// moved notes that a person has another address than before, and lets whoever has that one hear of it. An
// address that nobody proved to read can be anybody's, such as one with a slip of the pen: who reads it hears
// nothing of an account that was never theirs, and holds none.
func (s *Service) moved(tx *database.Tx, who access.Actor, id access.PersonID, former string) error {
	change, err := s.note(tx, who.ID, id, AddressChanged)
	if err != nil {
		return err
	}
	proved, err := takeProof(tx, id)
	if err != nil || !proved || former == "" {
		return err
	}
	f := FormerAddress{
		ID: change, PersonID: id, Address: former, TokenHash: hashToken(reportToken(s.secrets[0], change)),
		ChangedBy: who.ID, ChangedAt: s.Now(),
	}
	if err := insertFormer(tx, f); err != nil {
		return err
	}
	return event.Record(tx, event.AddressChanged{Change: change})
}

// Prove notes, in the transaction of a context that found it out, that somebody reads the mail of the address
// that a person has.
func (s *Service) Prove(tx *database.Tx, id access.PersonID) error {
	return markProved(tx, id, s.Now())
}

// reportToken opens the page on which a change can be reported. It is derived, so that the letter can be
// written anew while nothing but a hash is kept.
func reportToken(secret []byte, change string) string {
	return base64.RawURLEncoding.EncodeToString(keyed(secret, "address changed", change))
}

// AddressNews is what the letter to a former address says.
type AddressNews struct {
	Person  Person
	Address string // the former one
	By      string // who changed it; empty when that was done at the machine
	At      time.Time
	Token   string
	Holds   bool // a report would hold the account, see Reportable
}

// AddressLetter returns the letter that a change of address deserves; false when it is too late for it.
func (s *Service) AddressLetter(ctx context.Context, change string) (AddressNews, bool, error) {
	var n AddressNews
	due := false
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := formerByID(tx, change)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && s.Now().Sub(f.ChangedAt) > AddressReportable {
			return nil
		}
		if err != nil {
			return err
		}
		named, err := names(tx, []access.PersonID{f.ChangedBy})
		if err != nil {
			return err
		}
		if n.Person, err = personByID(tx, f.PersonID); err != nil {
			return err
		}
		n.Holds, err = reportHolds(tx, n.Person)
		n.Address, n.By, n.At, due = f.Address, named[f.ChangedBy], f.ChangedAt, true
		for _, secret := range s.secrets {
			if token := reportToken(secret, change); hashToken(token) == f.TokenHash {
				n.Token = token
			}
		}
		due = due && n.Token != ""
		return err
	})
	return n, due && err == nil, err
}

// Reportable is a change of address as whoever had the former one sees it.
type Reportable struct {
	Name       string
	At         time.Time
	ReportedAt *time.Time
	Held       bool // the account is blocked now
	Holds      bool // a report would hold it: not that of the last administrator, whom nobody else could let in again
	Reopened   bool // an administrator let the person in again after a report
}

// ReportableChange returns the change that token is about. An unknown token, and one that is too old, is
// NotFound.
func (s *Service) ReportableChange(ctx context.Context, token string) (Reportable, error) {
	var r Reportable
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := s.formerOf(tx, token)
		if err != nil {
			return err
		}
		p, err := personByID(tx, f.PersonID)
		if err != nil {
			return err
		}
		r = Reportable{Name: p.Name, At: f.ChangedAt, ReportedAt: f.ReportedAt, Held: p.Blocked()}
		if r.Reopened, err = reopened(tx, f); err != nil {
			return err
		}
		r.Reopened = r.Reopened && !r.Held
		r.Holds, err = reportHolds(tx, p)
		return err
	})
	return r, err
}

// reportHolds reports whether a report about p would hold the account, as things are now.
func reportHolds(tx *database.Tx, p Person) (bool, error) {
	if p.Blocked() {
		return true, nil
	}
	isAdmin, err := hasNetworkRole(tx, p.ID, access.Admin)
	if err != nil || !isAdmin {
		return true, err
	}
	others, err := otherAdmins(tx, p.ID)
	return others > 0, err
}

func (s *Service) formerOf(tx *database.Tx, token string) (FormerAddress, error) {
	f, err := formerByToken(tx, hashToken(token))
	if fault.KindOf(err) == fault.KindNotFound || err == nil && s.Now().Sub(f.ChangedAt) > AddressReportable {
		return f, fault.NotFound("account.moved.unknown")
	}
	return f, err
}

// ReportChange says that a change of address was wrong. The person is blocked at once, as by Block, until
// an administrator looked: the former address gives nobody a way in either. The last administrator is
// signed out instead, for nobody else could let them in again. Saying it twice is harmless.
func (s *Service) ReportChange(ctx context.Context, token string) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		f, err := s.formerOf(tx, token)
		if err != nil || f.ReportedAt != nil {
			return err
		}
		others, err := lockOtherAdmins(tx, f.PersonID)
		if err != nil {
			return err
		}
		first, err := markReported(tx, f.ID, s.Now())
		if err != nil || !first {
			return err
		}
		if _, err := s.note(tx, "", f.PersonID, Reported); err != nil {
			return err
		}
		p, err := personByID(tx, f.PersonID)
		if err != nil {
			return err
		}
		if err := s.shutOut(tx, "", f.PersonID, Reported); err != nil {
			return err
		}
		isAdmin, err := hasNetworkRole(tx, f.PersonID, access.Admin)
		if err != nil {
			return err
		}
		if now := s.Now(); !p.Blocked() && (!isAdmin || others > 0) {
			if err := updateBlocked(tx, f.PersonID, &now); err != nil {
				return err
			}
			if err := event.Record(tx, event.RolesChanged{Person: string(f.PersonID)}); err != nil {
				return err
			}
		}
		return event.Record(tx, event.AddressReported{Change: f.ID})
	})
}

// ReportLetters returns whom a report is about, and the administrators who have to look at it: all others
// than the one who changed the address, or that one when there is no other.
func (s *Service) ReportLetters(ctx context.Context, change string) (about Person, admins []Person, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := formerByID(tx, change)
		if fault.KindOf(err) == fault.KindNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if about, err = personByID(tx, f.PersonID); err != nil {
			return err
		}
		all, err := adminsWithAddress(tx)
		if err != nil {
			return err
		}
		var changed []Person
		for _, p := range all {
			if p.ID == f.ChangedBy {
				changed = append(changed, p)
			} else if p.ID != f.PersonID {
				admins = append(admins, p)
			}
		}
		if len(admins) == 0 {
			admins = changed
		}
		return nil
	})
	return about, admins, err
}

// Confirm proves in an open session that it is still its person who is there, with a code as SignIn takes
// it. The session goes on under another token.
func (s *Service) Confirm(ctx context.Context, who access.Actor, id SessionID, g Guess) (SignedIn, error) {
	return s.withCode(ctx, g, func(tx *database.Tx, in *SignedIn) (*fault.Fault, error) {
		session, err := sessionByID(tx, id)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return nil, err
		}
		if err != nil || in.Person.ID != who.ID || session.PersonID != who.ID {
			return fault.Invalid("account.code.gone").At("code"), nil
		}
		if err := s.know(tx, in, g.Known); err != nil {
			return nil, err
		}
		in.Token, in.ExpiresAt = newToken(), session.ExpiresAt
		return nil, confirmSession(tx, id, hashToken(in.Token), s.Now())
	})
}

package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Kind is what an entry of the log tells.
type Kind string

// Kinds are in the order in which pages list them; the names of the later ones are those of What.
var Kinds = []Kind{RoleGiven, RoleTaken, Kind(AddressChanged), Kind(Reported), Kind(WasBlocked), Kind(WasUnblocked)}

const (
	RoleGiven Kind = "given"
	RoleTaken Kind = "taken"
)

// Entry is one change of what a person may do or how they sign in, as RoleChange and AccountChange keep it.
type Entry struct {
	ID        string
	Kind      Kind
	PersonID  access.PersonID
	Role      access.Role // of a role that was given or taken
	ChangedBy access.PersonID
	ChangedAt time.Time
	// Name is of the person, By of who made the change: empty when that was done at the machine.
	Name, By string `gorm:"-"`
}

// LogFilter narrows the log; what is empty does not.
type LogFilter struct {
	Person string // part of a name or address, of who was changed or who changed
	Kind   Kind
	From   time.Time // the first moment
	Until  time.Time // the first moment that is too late
	Page   int       // from 1
}

// LogPage is how many entries a page of the log holds.
const LogPage = 50

// Log returns one page of all changes of roles, addresses and blocks, the latest first, and how many there
// are in all.
func (s *Service) Log(ctx context.Context, who access.Actor, f LogFilter) ([]Entry, int, error) {
	if err := who.May(access.ReadLog, network); err != nil {
		return nil, 0, err
	}
	return s.WholeLog(ctx, f)
}

// WholeLog is Log for whoever runs the machine.
func (s *Service) WholeLog(ctx context.Context, f LogFilter) ([]Entry, int, error) {
	if f.Kind != "" && !slices.Contains(Kinds, f.Kind) {
		return nil, 0, nil
	}
	f.Person = strings.ToLower(strings.TrimSpace(f.Person))
	var entries []Entry
	var total int
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if entries, total, err = logged(tx, f, LogPage, (max(f.Page, 1)-1)*LogPage); err != nil {
			return err
		}
		ids := make([]access.PersonID, 0, 2*len(entries))
		for _, e := range entries {
			ids = append(ids, e.PersonID, e.ChangedBy)
		}
		named, err := names(tx, ids)
		for i := range entries {
			entries[i].Name, entries[i].By = named[entries[i].PersonID], named[entries[i].ChangedBy]
		}
		return err
	})
	return entries, total, err
}

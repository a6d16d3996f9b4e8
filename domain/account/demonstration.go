package account

import (
	"context"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// demonstrationDomain is where invented people have their addresses; nobody can receive mail there
// (RFC 2606).
const demonstrationDomain = "@voorbeeld.test"

// Invented returns the people of the demonstration, in the order in which they were made. Outside
// a demonstration there are none.
func (s *Service) Invented(ctx context.Context) ([]Listed, error) {
	if !s.Demonstration {
		return nil, nil
	}
	var people []Listed
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		people, err = peopleAt(tx, demonstrationDomain, 20)
		return err
	})
	return people, err
}

// SignInInvented opens a session as one of the people of the demonstration. Outside it, and for
// anybody else, it is NotFound.
func (s *Service) SignInInvented(ctx context.Context, id access.PersonID, device, former, known string) (SignedIn, error) {
	if !s.Demonstration {
		return SignedIn{}, fault.NotFound("not_found")
	}
	var in SignedIn
	err := s.db.InTx(ctx, func(tx *database.Tx) (err error) {
		if in.Person, err = personByID(tx, id); err != nil {
			return err
		}
		if !strings.HasSuffix(in.Person.Email, demonstrationDomain) || in.Person.Blocked() {
			return fault.NotFound("not_found")
		}
		if err := s.know(tx, &in, known); err != nil {
			return err
		}
		return s.openSession(tx, &in, device, former)
	})
	return in, err
}

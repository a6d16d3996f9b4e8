package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

// Service is the accounts.
type Service struct {
	db      *database.DB
	secrets [][]byte // the newest first: it writes, all read
	Now     func() time.Time
	// Issuer is the address of the installation; tokens of another are not taken.
	Issuer string
	// Demonstration lets a visitor choose which invented person to be.
	Demonstration bool
}

// New opens the accounts in db. The secret keys codes and tokens: nodes of one installation share it.
// What was made with an older one still works.
func New(db *database.DB, secret []byte, older ...[]byte) *Service {
	return &Service{db: db, secrets: append([][]byte{secret}, older...), Now: database.Now}
}

// network is the scope of everything that belongs to the network as a whole.
var network = access.Scope{Audience: access.Members}

// Me returns the account of who asks.
func (s *Service) Me(ctx context.Context, who access.Actor) (Person, error) {
	if !who.SignedIn() {
		return Person{}, fault.Unauthenticated("sign_in_first")
	}
	return s.person(ctx, who.ID)
}

func (s *Service) person(ctx context.Context, id access.PersonID) (Person, error) {
	var p Person
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		p, err = personByID(tx, id)
		return err
	})
	return p, err
}

// Input is what can be changed about a person.
type Input struct{ Name, Email, Language string }

// ChangeMe changes the name and language of who asks. The address proves who somebody is, so it is
// changed by an administrator.
func (s *Service) ChangeMe(ctx context.Context, who access.Actor, in Input) error {
	if !who.SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		p, err := personByID(tx, who.ID)
		if err != nil {
			return err
		}
		in.Email = p.Email
		before := p
		if err := p.change(in); err != nil {
			return err
		}
		if p == before {
			return fault.Unchanged()
		}
		p.UpdatedAt = s.Now()
		return updatePerson(tx, p)
	})
}

// Check finds what is wrong with what is filled in about p, who is the zero Person when there is nobody yet.
func (p Person) Check(in Input) error { return p.change(in) }

// change takes over what was filled in, or says all that is wrong with it.
func (p *Person) change(in Input) error {
	var mistakes fault.Mistakes
	var mistake *fault.Fault
	if name := oneLine(in.Name); name != p.Name || name == "" {
		p.Name, mistake = newName(name)
		mistakes.Add(mistake)
	}
	if in.Email != p.Email || in.Email == "" {
		p.Email, mistake = CleanEmail(in.Email)
		mistakes.Add(mistake)
	}
	p.Language, mistake = cleanLanguage(in.Language)
	mistakes.Add(mistake)
	return mistakes.Err()
}

// Listed is a person as a list of people shows them.
type Listed struct {
	Person
	Roles []access.Role // in the network
}

// PageSize is how many people a page of the list shows.
const PageSize = 25

// People returns one page of everybody with an account whose name or address holds search, by
// name, and how many there are.
func (s *Service) People(ctx context.Context, who access.Actor, search string, page int) ([]Listed, int, error) {
	if err := who.May(access.ManagePeople, network); err != nil {
		return nil, 0, err
	}
	var people []Listed
	var total int
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		people, total, err = matching(tx, strings.TrimSpace(search), PageSize, (max(page, 1)-1)*PageSize)
		return err
	})
	return people, total, err
}

// File is what a manager of people sees of one person.
type File struct {
	Listed
	Changes  []RoleChange               // of roles, the latest first
	SignIn   []AccountChange            // of how they sign in, the latest first
	Former   []FormerAddress            // those that may still be reported, the latest first
	Names    map[access.PersonID]string // of whoever made the changes
	Sessions int
	Tokens   []Token
}

// Find returns one person.
func (s *Service) Find(ctx context.Context, who access.Actor, id access.PersonID) (File, error) {
	if err := who.May(access.ManagePeople, network); err != nil {
		return File{}, err
	}
	var f File
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if f.Person, err = personByID(tx, id); err != nil {
			return err
		}
		if f.Roles, err = networkRoles(tx, id); err != nil {
			return err
		}
		if f.Changes, err = roleChanges(tx, id, 50); err != nil {
			return err
		}
		if f.SignIn, err = accountChanges(tx, id, 50); err != nil {
			return err
		}
		if f.Former, err = formerAddresses(tx, id, s.Now().Add(-AddressReportable)); err != nil {
			return err
		}
		ids := make([]access.PersonID, 0, len(f.Changes)+len(f.SignIn))
		for _, c := range f.SignIn {
			ids = append(ids, c.ChangedBy)
		}
		for _, c := range f.Changes {
			ids = append(ids, c.ChangedBy)
		}
		if f.Names, err = names(tx, ids); err != nil {
			return err
		}
		sessions, err := sessionsOf(tx, id, s.Now())
		if err != nil {
			return err
		}
		f.Sessions = len(sessions)
		f.Tokens, err = tokensOf(tx, id)
		return err
	})
	return f, err
}

// Add gives somebody an account, with roles in the network or without.
func (s *Service) Add(ctx context.Context, who access.Actor, in Input, roles []access.Role) (access.PersonID, error) {
	var p Person
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := who.May(access.ManagePeople, network); err != nil {
			return err
		}
		p = Person{ID: access.PersonID(database.NewID()), CreatedAt: s.Now(), UpdatedAt: s.Now()}
		if err := p.change(in); err != nil {
			return err
		}
		if err := insertPerson(tx, p); err != nil {
			return emailTaken(err)
		}
		if err := s.setRoles(tx, who, p.ID, roles); err != nil {
			return err
		}
		return event.Record(tx, event.PersonAdded{Person: string(p.ID), By: string(who.ID)})
	})
	return p.ID, err
}

// Change changes somebody's name, address and language. Only an administrator changes an address or
// anything of another administrator: whoever holds the address can sign in. A new address asks for a
// session, at, in which who signed in or confirmed lately; it ends the sessions, tokens and open codes of
// the old one, which gets a letter when somebody proved to read it.
func (s *Service) Change(ctx context.Context, who access.Actor, at SessionID, id access.PersonID, in Input) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := who.May(access.ManagePeople, network); err != nil {
			return err
		}
		p, err := personByID(tx, id)
		if err != nil {
			return err
		}
		if err := s.mayTouch(tx, who, id); err != nil {
			return err
		}
		before, former := p, p.Email
		if err := p.change(in); err != nil {
			return err
		}
		if p == before {
			return fault.Unchanged()
		}
		p.UpdatedAt = s.Now()
		if p.Email != former {
			if !who.Has(access.Admin) {
				return fault.Invalid("account.email.admin_only").At("email")
			}
			if err := s.fresh(tx, who, at); err != nil {
				return err
			}
			if err := s.shutOut(tx, who.ID, id, AddressChanged); err != nil { // whoever had the old address could have made a token
				return err
			}
			if err := s.moved(tx, who, id, former); err != nil {
				return err
			}
		}
		return emailTaken(updatePerson(tx, p))
	})
}

// mayTouch keeps whoever is no administrator away from the accounts of those who are.
func (s *Service) mayTouch(tx *database.Tx, who access.Actor, id access.PersonID) error {
	if who.Has(access.Admin) {
		return nil
	}
	isAdmin, err := hasNetworkRole(tx, id, access.Admin)
	if err == nil && isAdmin {
		err = fault.Forbidden("account.role.admin_only")
	}
	return err
}

func emailTaken(err error) error {
	if database.IsDuplicate(err) {
		return fault.Conflict("account.email.taken").At("email").Because(err)
	}
	return err
}

// SetRoles makes these the roles of a person in the network, unless they have others than was; nil is any. It holds at the
// person's next request.
func (s *Service) SetRoles(ctx context.Context, who access.Actor, id access.PersonID, was, roles []access.Role) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := who.May(access.ManagePeople, network); err != nil {
			return err
		}
		if _, err := personByID(tx, id); err != nil {
			return err
		}
		has, err := networkRoles(tx, id)
		switch {
		case err != nil:
			return err
		case sameRoles(has, roles) && (who.Has(access.Admin) || !slices.Contains(has, access.Admin)):
			return fault.Unchanged()
		case was != nil && !sameRoles(has, was):
			return fault.Overtaken().At("roles")
		}
		return s.setRoles(tx, who, id, roles)
	})
}

func sameRoles(a, b []access.Role) bool {
	within := func(a, b []access.Role) bool {
		return !slices.ContainsFunc(a, func(r access.Role) bool { return !slices.Contains(b, r) })
	}
	return within(a, b) && within(b, a)
}

func (s *Service) setRoles(tx *database.Tx, who access.Actor, id access.PersonID, roles []access.Role) error {
	otherAdmins, err := lockOtherAdmins(tx, id)
	if err != nil {
		return err
	}
	has, err := networkRoles(tx, id)
	if err != nil {
		return err
	}
	if !who.Has(access.Admin) && slices.Contains(has, access.Admin) {
		return fault.Forbidden("account.role.admin_only")
	}
	give, take, err := changes(who.Has(access.Admin), has, roles, otherAdmins)
	if err != nil {
		return err
	}
	return s.applyRoles(tx, who.ID, id, give, take)
}

func (s *Service) applyRoles(tx *database.Tx, by, id access.PersonID, give, take []access.Role) error {
	if len(give)+len(take) == 0 {
		return nil
	}
	change := func(role access.Role, given bool) RoleChange {
		return RoleChange{ID: database.NewID(), PersonID: id, Role: role, Given: given, ChangedBy: by, ChangedAt: s.Now()}
	}
	var log []RoleChange
	for _, role := range give {
		g := Grant{PersonID: id, Role: role, Realm: access.InNetwork, GrantedBy: by, GrantedAt: s.Now()}
		if err := insertGrant(tx, g); err != nil {
			return err
		}
		log = append(log, change(role, true))
	}
	for _, role := range take {
		if err := removeNetworkGrant(tx, id, role); err != nil {
			return err
		}
		log = append(log, change(role, false))
	}
	if err := insertRoleChanges(tx, log); err != nil {
		return err
	}
	if err := livedoc.RevokeEverywhere(tx); err != nil {
		return err
	}
	return event.Record(tx, event.RolesChanged{Person: string(id)})
}

// EndSessions signs somebody out everywhere, as when a telephone is lost.
func (s *Service) EndSessions(ctx context.Context, who access.Actor, id access.PersonID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := who.May(access.ManagePeople, network); err != nil {
			return err
		}
		if _, err := personByID(tx, id); err != nil {
			return err
		}
		if err := s.mayTouch(tx, who, id); err != nil {
			return err
		}
		if err := removeKnown(tx, id); err != nil {
			return err
		}
		return endSessions(tx, id)
	})
}

// Known returns the people with these ids, for whoever puts names beside what they made. It asks no
// right: the caller shows only what its reader may see. Ids of nobody are left out.
func (s *Service) Known(ctx context.Context, ids ...access.PersonID) (map[access.PersonID]Person, error) {
	known := map[access.PersonID]Person{}
	if len(ids) == 0 {
		return known, nil
	}
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		people, err := peopleByID(tx, ids)
		for _, p := range people {
			known[p.ID] = p
		}
		return err
	})
	return known, err
}

// WithGrants returns a person and their roles in the network and in organisations, as they are now.
// It asks no right: it is for what acts in that person's name.
func (s *Service) WithGrants(ctx context.Context, id access.PersonID) (person Person, grants []access.Grant, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if person, err = personByID(tx, id); err != nil {
			return err
		}
		grants, err = accessGrants(tx, id)
		return err
	})
	return person, grants, err
}

// ActorOf returns a person with their roles in the network, for what is done in their name without
// a request of theirs.
func (s *Service) ActorOf(ctx context.Context, email string) (access.Actor, error) {
	var who access.Actor
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		owner, err := ownerOf(tx, strings.ToLower(email))
		if err != nil {
			return err
		}
		if owner == nil {
			return fault.NotFound("account.nobody")
		}
		who.ID = *owner
		who.Grants, err = accessGrants(tx, *owner)
		return err
	})
	return who, err
}

// PersonWith returns who has this address, in the transaction of a context that knows people by it;
// false when nobody does.
func (s *Service) PersonWith(tx *database.Tx, email string) (access.PersonID, bool, error) {
	owner, err := ownerOf(tx, strings.ToLower(email))
	if err != nil || owner == nil {
		return "", false, err
	}
	return *owner, true, nil
}

// EnsurePerson returns who has this address, in the transaction of a context that let somebody in;
// an account with this language is made when nobody has it. An existing name stays as it is.
func (s *Service) EnsurePerson(tx *database.Tx, email, name, language string) (access.PersonID, error) {
	email, mistake := CleanEmail(email)
	if mistake != nil {
		return "", mistake
	}
	if fault.Blank(name) {
		name, _, _ = strings.Cut(email, "@")
	}
	name, mistake = cleanName(name)
	if mistake != nil {
		return "", mistake
	}
	if language, mistake = cleanLanguage(language); mistake != nil {
		return "", mistake
	}
	p := Person{
		ID: access.PersonID(database.NewID()), Name: name, Email: email, Language: language, CreatedAt: s.Now(), UpdatedAt: s.Now(),
	}
	if err := insertPersonOnce(tx, p); err != nil {
		return "", err
	}
	owner, err := ownerOf(tx, email)
	if err != nil {
		return "", err
	}
	if owner == nil {
		return "", fmt.Errorf("the account that was made is not there")
	}
	return *owner, nil
}

// EnsureRoles gives whoever has this address, an account when needed, and these roles in the
// network besides those they have. It is for whoever runs the machine: the first administrator
// cannot be named by another.
func (s *Service) EnsureRoles(ctx context.Context, email, name string, roles ...access.Role) (access.PersonID, error) {
	var id access.PersonID
	err := s.db.InTx(ctx, func(tx *database.Tx) (err error) {
		if id, err = s.EnsurePerson(tx, email, name, Dutch); err != nil {
			return err
		}
		has, err := networkRoles(tx, id)
		if err != nil {
			return err
		}
		give, _, err := changes(true, has, append(roles, has...), 1)
		if err != nil {
			return err
		}
		return s.applyRoles(tx, "", id, give, nil)
	})
	return id, err
}

// Forget removes what is over: sessions, requests for codes, and what was counted about them.
func (s *Service) Forget(ctx context.Context) error {
	now := s.Now()
	for _, step := range []func(tx *database.Tx) error{
		func(tx *database.Tx) error { return removeOldSessions(tx, now, now.Add(-SessionIdle)) },
		func(tx *database.Tx) error { return removeOldKnown(tx, now.Add(-BrowserKnown)) },
		func(tx *database.Tx) error { return removeOldTokens(tx, now.Add(-tokenShown)) },
		func(tx *database.Tx) error { return removeOldEnds(tx, now.Add(-tokenShown)) },
		func(tx *database.Tx) error { return removeOldFormer(tx, now.Add(-AddressReportable)) },
		func(tx *database.Tx) error { return removeOldCodes(tx, now.Add(-limitWindow)) },
		func(tx *database.Tx) error { return removeOldTries(tx, now.Add(-limitWindow)) },
	} {
		if err := s.db.InTx(ctx, step); err != nil {
			return fmt.Errorf("forget what is over: %w", err)
		}
	}
	return nil
}

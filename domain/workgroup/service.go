package workgroup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/search"
)

// SearchKind names groups in the search index.
const SearchKind = "workgroup"

// People says who is behind a mail address; the program gives it, for groups know ids only.
type People struct {
	// Find returns who has an address, or false.
	Find func(tx *database.Tx, address string) (access.PersonID, bool, error)
	// Make makes a person with an address that nobody has yet, who reads this language: "nl" or "en".
	Make func(tx *database.Tx, address, name, language string) (access.PersonID, error)
	// Prove hears that somebody used a link which went to a person's address, and to nobody else.
	Prove func(tx *database.Tx, person access.PersonID) error
}

// Service is what people do with workgroups.
type Service struct {
	db      *database.DB
	people  People
	secrets [][]byte // the newest first: it writes, all read
	budget  letter.Budget

	Now func() time.Time
	// Closing lets others hide from outsiders what belongs to a group, in the transaction in which
	// the group turns private.
	Closing []func(tx *database.Tx, workgroup string) error
	// Archiving lets others say what must be done before nobody works in the group any more.
	Archiving []func(tx *database.Tx, workgroup string) error
}

// New makes the service. Secret keys the tokens of invitations; those of an older one still work.
func New(db *database.DB, people People, secret []byte, older ...[]byte) *Service {
	return &Service{db: db, people: people, secrets: append([][]byte{secret}, older...), budget: letter.NewBudget(secret), Now: database.Now}
}

// network is the scope of what concerns all groups; who has no role in the network knows nothing of it.
var network = access.Scope{Audience: access.Members}

// PageSize is how many groups a list shows at a time.
const PageSize = 20

// Filter narrows a list of groups.
type Filter struct {
	Text   string // in the name or the goal
	Strand Strand
	Mine   bool // only those the actor is a member of
	Page   int  // counted from 1
}

func (f Filter) offset() int { return (max(f.Page, 1) - 1) * PageSize }

// List returns one page of the groups that who may know of, by name, and how many there are in all.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) (groups []Workgroup, total int, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if total, err = countVisible(tx, who, f); err != nil {
			return err
		}
		groups, err = visible(tx, who, f)
		return err
	})
	return groups, total, err
}

// Get returns a group that who may know of.
func (s *Service) Get(ctx context.Context, who access.Actor, id ID) (w Workgroup, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if w, err = visibleOne(tx, who, id); err != nil {
			return err
		}
		return who.May(access.ReadWorkgroup, w.Scope())
	})
	return w, err
}

// Names returns the names of groups that who may know of; an id they may not know is left out.
func (s *Service) Names(ctx context.Context, who access.Actor, ids []string) (names map[string]string, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		names, err = visibleNames(tx, who, ids)
		return err
	})
	return names, err
}

// Create begins a group, and makes who its first coordinator. The same form sent twice makes one; with other content it is
// a conflict the second time, which comes with the group of the first.
func (s *Service) Create(ctx context.Context, who access.Actor, in Input) (w Workgroup, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := mayCreate(who); err != nil {
			return err
		}
		now := s.Now()
		if err := in.Check(now, time.Time{}); err != nil {
			return err
		}
		w = Workgroup{
			ID: ID(database.NewID()), Name: strings.TrimSpace(in.Name), Goal: strings.TrimSpace(in.Goal), ReviewOn: in.ReviewOn,
			Strands: in.strands(), Public: in.Public, Version: 1, CreatedBy: who.ID, FormKey: formKey(in.Key), CreatedAt: now, ChangedAt: now,
		}
		isNew, err := insertOnce(tx, &w)
		if err == nil && !isNew && !in.says(w) {
			err = fault.SentBefore()
		}
		if err != nil || !isNew {
			return err
		}
		first := Membership{WorkgroupID: w.ID, PersonID: who.ID, Role: access.Coordinator, JoinedAt: now}
		if err := insertMember(tx, first); err != nil {
			return err
		}
		if err := index(tx, w); err != nil {
			return err
		}
		return event.Record(tx, event.WorkgroupCreated{Workgroup: string(w.ID), Person: string(who.ID)})
	})
	return w, err
}

// MayCreate reports whether who can begin a group.
func MayCreate(who access.Actor) bool { return mayCreate(who) == nil }

// mayCreate asks the table in the network as a whole. Whoever coordinates a group, or teaches in
// one, may begin another.
func mayCreate(who access.Actor) error {
	for _, g := range who.Grants {
		if g.Realm == access.InWorkgroup && who.Can(access.CreateWorkgroup, access.Scope{Workgroup: g.ID, Audience: access.Members}) {
			return nil
		}
	}
	return who.May(access.CreateWorkgroup, access.Scope{Audience: access.Public})
}

// formKey returns the key of a form, or one of its own for a form without.
func formKey(key string) string {
	if key == "" || len(key) > 100 {
		return database.NewID()
	}
	return key
}

// Change gives a group another name, goal, review date, strands or audience. A version that is no
// longer the newest is a conflict: somebody else changed the group meanwhile.
func (s *Service) Change(ctx context.Context, who access.Actor, id ID, version int, in Input) (w Workgroup, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if w, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := w.manageable(who); err != nil {
			return err
		}
		if err := in.Check(s.Now(), w.ReviewOn); err != nil {
			return err
		}
		switch {
		case in.says(w) && w.Version != version: // a second click
			return nil
		case in.says(w):
			return fault.Unchanged()
		case w.Version != version:
			return fault.Overtaken()
		}
		closes := w.Public && !in.Public
		w.Name, w.Goal, w.ReviewOn = strings.TrimSpace(in.Name), strings.TrimSpace(in.Goal), in.ReviewOn
		w.Strands, w.Public = in.strands(), in.Public
		w.Version, w.ChangedAt = version+1, s.Now()
		if err := save(tx, w); err != nil {
			return err
		}
		if err := index(tx, w); err != nil {
			return err
		}
		if !closes {
			return nil
		}
		return s.close(tx, w.ID)
	})
	return w, err
}

// close takes what belongs to a group out of the sight of outsiders, together with the group.
func (s *Service) close(tx *database.Tx, id ID) error {
	if err := search.Narrow(tx, string(id)); err != nil {
		return err
	}
	for _, narrow := range s.Closing {
		if err := narrow(tx, string(id)); err != nil {
			return fmt.Errorf("close workgroup %s: %w", id, err)
		}
	}
	return event.Record(tx, event.WorkgroupClosed{Workgroup: string(id)})
}

func index(tx *database.Tx, w Workgroup) error {
	return search.Put(tx, search.Entry{
		Kind: SearchKind, ID: string(w.ID), Workgroup: string(w.ID), Audience: w.Scope().Audience,
		Title: w.Name, Body: w.Goal,
	})
}

// GrantsOf returns what a person was granted in workgroups: their memberships first, then the
// groups they look inside as an administrator at this moment, and last which groups are archived.
func (s *Service) GrantsOf(ctx context.Context, person access.PersonID) (grants []access.Grant, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		grants, err = grantsOf(tx, person, s.Now())
		return err
	})
	return grants, err
}

// Inspectable returns the groups of an installation for an administrator, who sees of each no more
// than its name before giving a reason. Nobody else may know that the list exists.
func (s *Service) Inspectable(ctx context.Context, who access.Actor) (groups []Workgroup, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if err := mayInspect(who); err != nil {
			return err
		}
		groups, err = namesOfAll(tx)
		return err
	})
	return groups, err
}

// mayInspect hides from everybody else that it can be done.
func mayInspect(who access.Actor) error {
	if who.Can(access.InspectWorkgroup, network) {
		return nil
	}
	return fault.NotFound("not_found")
}

// Inspect lets an administrator read in a group for an hour, after writing down why. The record
// stays; members see it on the page of the group.
func (s *Service) Inspect(ctx context.Context, who access.Actor, id ID, reason string) (i Inspection, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := mayInspect(who); err != nil {
			return err
		}
		w, err := anyOne(tx, id)
		if err != nil {
			return err
		}
		if role := who.RoleIn(string(id)); role != "" {
			return fault.Conflict("workgroup.reason.not_needed", "Name", w.Name)
		}
		if wrong := text(reason, "reason", minReason, MaxReason); wrong != nil {
			return wrong
		}
		now := s.Now()
		i = Inspection{
			ID: database.NewID(), WorkgroupID: id, PersonID: who.ID, Reason: strings.TrimSpace(reason),
			StartedAt: now, EndsAt: now.Add(InspectionLasts),
		}
		if err := insertInspection(tx, i); err != nil {
			return err
		}
		return event.Record(tx, event.WorkgroupInspected{Inspection: i.ID, Workgroup: string(id), Person: string(who.ID)})
	})
	return i, err
}

// Inspections returns who looked inside a group, the latest first, at most twenty, for those who
// may know its members.
func (s *Service) Inspections(ctx context.Context, who access.Actor, id ID) (found []Inspection, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		w, err := visibleOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ReadMembers, w.Scope()); err != nil {
			return err
		}
		found, err = inspectionsOf(tx, id, 20)
		return err
	})
	return found, err
}

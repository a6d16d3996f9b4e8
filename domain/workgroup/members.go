package workgroup

import (
	"context"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

// Members returns who is in a group, coordinators first, then as they joined.
func (s *Service) Members(ctx context.Context, who access.Actor, id ID) (members []Membership, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		w, err := visibleOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ReadMembers, w.Scope()); err != nil {
			return err
		}
		members, err = membersOf(tx, id)
		return err
	})
	return members, err
}

// CountMembers returns how many people are in each of these groups, as far as who may know of them.
func (s *Service) CountMembers(ctx context.Context, who access.Actor, ids []ID) (counts map[ID]int, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		counts, err = countMembers(tx, who, ids)
		return err
	})
	return counts, err
}

// ChangeRole gives a member another role, unless they have another one than was; an empty was is any. The last
// coordinator stays one.
func (s *Service) ChangeRole(ctx context.Context, who access.Actor, id ID, person access.PersonID, was, role access.Role) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		members, member, err := s.manage(tx, who, id, person)
		if err != nil {
			return err
		}
		if !role.Valid() {
			return fault.Invalid("web.field.not_a_choice").At("role")
		}
		switch {
		case member.Role == role:
			return fault.Unchanged()
		case was != "" && member.Role != was:
			return fault.Overtaken().At("role")
		}
		if lastCoordinator(members, person) {
			return fault.Conflict("workgroup.last_coordinator").At("role")
		}
		if err := saveRole(tx, id, person, role); err != nil {
			return err
		}
		if err := livedoc.RevokeEverywhere(tx); err != nil {
			return err
		}
		return event.Record(tx, event.MembershipChanged{Workgroup: string(id), Person: string(person)})
	})
}

// Remove takes a member out of a group. What they wrote stays with the group, with their name.
func (s *Service) Remove(ctx context.Context, who access.Actor, id ID, person access.PersonID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		members, _, err := s.manage(tx, who, id, person)
		if err != nil {
			return err
		}
		return s.let(tx, members, id, person)
	})
}

// Leave takes who out of a group. The last coordinator first makes somebody else coordinator.
func (s *Service) Leave(ctx context.Context, who access.Actor, id ID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if _, err := lockedOne(tx, who, id); err != nil {
			return err
		}
		members, err := membersOf(tx, id)
		if err != nil {
			return err
		}
		if _, found := memberAmong(members, who.ID); !found {
			return fault.Conflict("workgroup.not_a_member")
		}
		return s.let(tx, members, id, who.ID)
	})
}

// manage locks the group, so that two coordinators cannot remove each other at the same moment, and
// returns its members and the one it is about.
func (s *Service) manage(tx *database.Tx, who access.Actor, id ID, person access.PersonID) ([]Membership, Membership, error) {
	w, err := lockedOne(tx, who, id)
	if err != nil {
		return nil, Membership{}, err
	}
	if err := w.manageable(who); err != nil {
		return nil, Membership{}, err
	}
	members, err := membersOf(tx, id)
	if err != nil {
		return nil, Membership{}, err
	}
	member, found := memberAmong(members, person)
	if !found {
		return nil, Membership{}, fault.NotFound("workgroup.no_such_member")
	}
	return members, member, nil
}

func (s *Service) let(tx *database.Tx, members []Membership, id ID, person access.PersonID) error {
	if lastCoordinator(members, person) {
		return fault.Conflict("workgroup.last_coordinator")
	}
	if err := deleteMember(tx, id, person); err != nil {
		return err
	}
	if err := livedoc.RevokeEverywhere(tx); err != nil {
		return err
	}
	return event.Record(tx, event.MemberLeft{Workgroup: string(id), Person: string(person)})
}

func memberAmong(members []Membership, person access.PersonID) (Membership, bool) {
	for _, m := range members {
		if m.PersonID == person && person != "" {
			return m, true
		}
	}
	return Membership{}, false
}

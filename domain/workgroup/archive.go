package workgroup

import (
	"context"
	"fmt"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

// Archive ends the work in a group: what it holds can be read and nobody changes it, until it is reopened. Invitations that
// are not answered are withdrawn, and whoever writes in a document of the group is a reader within moments. It is refused
// while Archiving names something that must be done first. A group that is archived stays as it is.
func (s *Service) Archive(ctx context.Context, who access.Actor, id ID) (w Workgroup, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if w, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := who.May(access.ReopenWorkgroup, w.Scope()); err != nil { // who may undo it; the same people manage it
			return err
		}
		if w.Archived() {
			return nil
		}
		for _, first := range s.Archiving {
			if err := first(tx, string(id)); err != nil {
				return err
			}
		}
		now := s.Now()
		if err := withdrawInvitations(tx, id, now); err != nil {
			return fmt.Errorf("archive workgroup %s: %w", id, err)
		}
		w.ArchivedAt = &now
		if err := saveArchived(tx, w); err != nil {
			return err
		}
		if err := livedoc.RevokeEverywhere(tx); err != nil {
			return err
		}
		return event.Record(tx, event.WorkgroupArchived{Workgroup: string(id), Person: string(who.ID)})
	})
	return w, err
}

// Reopen lets people work in an archived group again, as before; invitations stay withdrawn. One that is not archived stays
// as it is.
func (s *Service) Reopen(ctx context.Context, who access.Actor, id ID) (w Workgroup, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if w, err = lockedOne(tx, who, id); err != nil {
			return err
		}
		if err := who.May(access.ReopenWorkgroup, w.Scope()); err != nil {
			return err
		}
		if !w.Archived() {
			return nil
		}
		w.ArchivedAt = nil
		if err := saveArchived(tx, w); err != nil {
			return err
		}
		return event.Record(tx, event.WorkgroupReopened{Workgroup: string(id), Person: string(who.ID)})
	})
	return w, err
}

// CountInvitations returns how many invitations into a group nobody answered yet, for who manages it.
func (s *Service) CountInvitations(ctx context.Context, who access.Actor, id ID) (n int, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		w, err := visibleOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ReopenWorkgroup, w.Scope()); err != nil {
			return err
		}
		open, err := openInvitations(tx, id, s.Now())
		n = len(open)
		return err
	})
	return n, err
}

// manageable lets somebody change a group that is locked, unless it was archived since their rights were read.
func (w Workgroup) manageable(who access.Actor) error {
	if err := who.May(access.ManageWorkgroup, w.Scope()); err != nil {
		return err
	}
	if w.Archived() {
		return fault.Forbidden("workgroup.archived")
	}
	return nil
}

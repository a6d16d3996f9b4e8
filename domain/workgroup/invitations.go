package workgroup

import (
	"context"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

// InviteInput asks somebody into a group.
type InviteInput struct {
	Address  string
	Role     access.Role
	Language string // of the letter; Dutch when empty
	Key      string // of the form; the same key of the same person makes one invitation only
}

// Invite asks somebody into a group by mail. An address with an open invitation, or of a member, is
// not asked again.
func (s *Service) Invite(ctx context.Context, who access.Actor, id ID, in InviteInput) (i Invitation, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		w, err := lockedOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ManageWorkgroup, w.Scope()); err != nil {
			return err
		}
		var known bool
		if i, known, err = invitationOfForm(tx, who.ID, in.Key); err != nil || known {
			return err
		}
		to, err := s.checkInvitation(tx, id, in)
		if err != nil {
			return err
		}
		in.Address = to
		i, err = s.insertOne(tx, who, id, in, "")
		return err
	})
	return i, err
}

// checkInvitation returns the address as it is kept.
func (s *Service) checkInvitation(tx *database.Tx, id ID, in InviteInput) (string, error) {
	var mistakes fault.Mistakes
	to, wrong := address(in.Address)
	mistakes.Add(wrong)
	if !in.Role.Valid() {
		mistakes.Add(fault.Invalid("workgroup.role.missing").At("role"))
	}
	_, wrong = language(in.Language)
	mistakes.Add(wrong)
	if err := mistakes.Err(); err != nil {
		return "", err
	}
	open, err := openInvitations(tx, id, s.Now())
	if err != nil {
		return "", err
	}
	for _, o := range open {
		if o.Address == to {
			return "", fault.Invalid("workgroup.email.invited", "Typed", to).At("email")
		}
	}
	if len(open) >= MaxOpenInvitations {
		return "", fault.TooMuch("workgroup.invitation.too_many", "Max", MaxOpenInvitations)
	}
	person, known, err := s.people.Find(tx, to)
	if err != nil {
		return "", err
	}
	if !known {
		left, err := s.budget.OfAddress(tx, to, s.Now())
		if err == nil && !left {
			err = fault.TooMuch("workgroup.email.enough", "Typed", to).At("email")
		}
		return to, err
	}
	if _, is, err := memberOf(tx, id, person); err != nil || !is {
		return to, err
	}
	return "", fault.Invalid("workgroup.email.member", "Typed", to).At("email")
}

// Invitations returns the invitations of a group that can still be answered, the latest first.
func (s *Service) Invitations(ctx context.Context, who access.Actor, id ID) (open []Invitation, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		w, err := visibleOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ManageWorkgroup, w.Scope()); err != nil {
			return err
		}
		open, err = openInvitations(tx, id, s.Now())
		return err
	})
	return open, err
}

// Invitation returns one invitation of a group, for who manages the group. One that can no longer be answered comes
// with the fault that says why.
func (s *Service) Invitation(ctx context.Context, who access.Actor, id ID, invitation InvitationID) (i Invitation, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		w, err := visibleOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ManageWorkgroup, w.Scope()); err != nil {
			return err
		}
		if i, err = invitationByID(tx, invitation); err != nil {
			return err
		}
		if i.WorkgroupID != id {
			return fault.NotFound("not_found")
		}
		return i.usable(s.Now())
	})
	return i, err
}

// Withdraw makes an open invitation useless; one that was answered stays as it is.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, id ID, invitation InvitationID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		w, err := lockedOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := who.May(access.ManageWorkgroup, w.Scope()); err != nil {
			return err
		}
		i, err := invitationByID(tx, invitation)
		if err != nil {
			return err
		}
		if i.WorkgroupID != id {
			return fault.NotFound("not_found")
		}
		if i.State == Withdrawn {
			return nil
		}
		if i.State != Open {
			return fault.Conflict("workgroup.invitation." + string(i.State))
		}
		return endInvitation(tx, i.ID, Withdrawn, "", s.Now())
	})
}

// Letter is what the letter of an invitation must know.
type Letter struct {
	Invitation Invitation
	Workgroup  Workgroup
	Token      string
}

// LetterOf returns what to write to somebody who was invited; false when it is too late to write.
// It is for the sender of letters, not for a page: it holds the token.
func (s *Service) LetterOf(ctx context.Context, id InvitationID) (l Letter, due bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if l.Invitation, err = invitationByID(tx, id); err != nil {
			return err
		}
		l.Workgroup, err = anyOne(tx, l.Invitation.WorkgroupID)
		return err
	})
	if err != nil || l.Invitation.usable(s.Now()) != nil {
		return Letter{}, false, err
	}
	l.Token, err = s.tokenOf(ctx, l.Invitation)
	return l, err == nil, err
}

// InvitationsTo returns the invitations to an address that can still be answered, as their letters have
// them. It is for the page of somebody who proved to read the mail of that address: it holds the tokens.
func (s *Service) InvitationsTo(ctx context.Context, address string) ([]Letter, error) {
	var letters []Letter
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		found, err := invitationsTo(tx, strings.ToLower(address), s.Now())
		if err != nil || len(found) == 0 {
			return err
		}
		ids := make([]ID, len(found))
		for i := range found {
			ids[i] = found[i].WorkgroupID
		}
		groups, err := anyOf(tx, ids)
		for _, i := range found {
			letters = append(letters, Letter{Invitation: i, Workgroup: groups[i.WorkgroupID]})
		}
		return err
	})
	for i := range letters {
		if err != nil {
			break
		}
		letters[i].Token, err = s.tokenOf(ctx, letters[i].Invitation)
	}
	return letters, err
}

// tokenOf returns the token of an invitation. When the secret is gone that made it, the invitation gets
// another, and the link in a letter of before no longer opens it.
func (s *Service) tokenOf(ctx context.Context, i Invitation) (string, error) {
	for _, secret := range s.secrets {
		if t := token(secret, i.ID); hashOf(t) == i.TokenHash {
			return t, nil
		}
	}
	t := token(s.secrets[0], i.ID)
	return t, s.db.InTx(ctx, func(tx *database.Tx) error { return setTokenHash(tx, i.ID, hashOf(t)) })
}

// Offer is an invitation as the person who holds its token sees it.
type Offer struct {
	Invitation Invitation
	Workgroup  Workgroup
	Known      bool // the address belongs to somebody with an account, who need not say their name
	Yours      bool // whoever asks is that somebody
}

// Open returns the invitation of a token. One that can no longer be answered comes with the fault that says why. It
// changes nothing.
func (s *Service) Open(ctx context.Context, who access.Actor, token string) (o Offer, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		o, err = s.offer(tx, who, token)
		if err != nil {
			return err
		}
		return o.Invitation.usable(s.Now())
	})
	return o, err
}

func (s *Service) offer(tx *database.Tx, who access.Actor, token string) (o Offer, err error) {
	if o.Invitation, err = invitationByHash(tx, hashOf(token)); err != nil {
		return o, err
	}
	if o.Workgroup, err = anyOne(tx, o.Invitation.WorkgroupID); err != nil {
		return o, err
	}
	person, known, err := s.people.Find(tx, o.Invitation.Address)
	o.Known, o.Yours = known, known && person == who.ID
	return o, err
}

// Accept makes the person behind the invited address a member. Who holds the token but is signed in
// as somebody else is refused. Who is not signed in answers for the address alone: they are not let
// in by it, and somebody without an account gets one under name. Accepting twice is harmless; the offer tells by its
// state whether it was accepted before.
func (s *Service) Accept(ctx context.Context, who access.Actor, token, name string) (o Offer, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if o, err = s.lockedOffer(tx, who, token); err != nil {
			return err
		}
		if o.Invitation.State == Accepted && (o.Yours || !who.SignedIn()) {
			return nil
		}
		if err := o.Invitation.usable(s.Now()); err != nil {
			return err
		}
		person, err := s.personOf(tx, o, name)
		if err != nil {
			return err
		}
		if err := s.people.Prove(tx, person); err != nil {
			return err
		}
		if err := endInvitation(tx, o.Invitation.ID, Accepted, person, s.Now()); err != nil {
			return err
		}
		if _, is, err := memberOf(tx, o.Workgroup.ID, person); err != nil || is {
			return err
		}
		m := Membership{WorkgroupID: o.Workgroup.ID, PersonID: person, Role: o.Invitation.Role, JoinedAt: s.Now()}
		if err := insertMember(tx, m); err != nil {
			return err
		}
		return event.Record(tx, event.MemberJoined{Workgroup: string(m.WorkgroupID), Person: string(person)})
	})
	return o, err
}

// Decline ends an invitation without a member.
func (s *Service) Decline(ctx context.Context, who access.Actor, token string) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		o, err := s.lockedOffer(tx, who, token)
		if err != nil || o.Invitation.State == Declined {
			return err
		}
		if err := o.Invitation.usable(s.Now()); err != nil {
			return err
		}
		return endInvitation(tx, o.Invitation.ID, Declined, "", s.Now())
	})
}

// lockedOffer holds the group until the end of the transaction, so that two answers to the same
// invitation come one after the other.
func (s *Service) lockedOffer(tx *database.Tx, who access.Actor, token string) (Offer, error) {
	i, err := invitationByHash(tx, hashOf(token))
	if err != nil {
		return Offer{}, err
	}
	if err := lock(tx, i.WorkgroupID); err != nil {
		return Offer{}, err
	}
	o, err := s.offer(tx, who, token)
	if err != nil {
		return Offer{}, err
	}
	if who.SignedIn() && !o.Yours {
		return o, fault.Forbidden("workgroup.invitation.other_person")
	}
	return o, nil
}

// personOf finds or makes the person who joins.
func (s *Service) personOf(tx *database.Tx, o Offer, name string) (access.PersonID, error) {
	person, known, err := s.people.Find(tx, o.Invitation.Address)
	if err != nil || known {
		return person, err
	}
	name = strings.TrimSpace(name)
	if wrong := text(name, "your_name", 1, MaxName); wrong != nil {
		return "", wrong
	}
	if !letter.PlainName(name) {
		return "", fault.Invalid("account.name.plain").At("your_name")
	}
	return s.people.Make(tx, o.Invitation.Address, name, o.Invitation.Language)
}

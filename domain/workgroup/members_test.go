package workgroup_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/workgroup"
)

func TestAnInvitationMakesAMemberOnce(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		_, token := w.invite(g, cor, "Nieuw@Voorbeeld.test", access.Resident)
		o, err := w.Open(ctx, visitor, token)
		w.must(err)
		if o.Workgroup.Name != g.Name || o.Known || o.Yours {
			w.t.Errorf("offer = %+v", o)
		}
		for _, name := range []string{" ", "\u200b"} {
			_, err = w.Accept(ctx, visitor, token, name)
			w.want(err, fault.KindInvalid, "workgroup.your_name.missing")
		}
		_, err = w.Accept(ctx, visitor, token, "win op elders.example")
		w.want(err, fault.KindInvalid, "account.name.plain")
		if len(w.proved) != 0 {
			w.t.Errorf("an answer that was refused proves the address of %v", w.proved)
		}
		_, err = w.Accept(ctx, visitor, token, "Bewoner uit de straat")
		w.must(err)
		bo := w.actor("new nieuw@voorbeeld.test")
		if !slices.Equal(w.proved, []access.PersonID{bo.ID}) {
			w.t.Errorf("the link proves the address of %v", w.proved)
		}
		if bo.RoleIn(string(g.ID)) != access.Resident {
			w.t.Errorf("grants = %v", bo.Grants)
		}
		if _, err = w.Accept(ctx, bo, token, ""); err != nil {
			w.t.Errorf("a second click: %v", err)
		}
		_, err = w.Open(ctx, bo, token)
		w.want(err, fault.KindConflict, "workgroup.invitation.accepted")

		w.must(w.Leave(ctx, bo, g.ID))
		if _, err = w.Accept(ctx, bo, token, ""); err != nil {
			w.t.Errorf("a click after leaving: %v", err)
		}
		if len(w.actor(bo.ID).Grants) != 0 {
			w.t.Error("an invitation that was used let somebody in again")
		}
	})
}

func TestAnInvitationIsForOneAddress(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		_, token := w.invite(g, cor, "ana@voorbeeld.test", access.Student)
		_, err := w.Accept(ctx, outsider, token, "Iemand anders")
		w.want(err, fault.KindForbidden, "workgroup.invitation.other_person")
		w.want(w.Decline(ctx, outsider, token), fault.KindForbidden, "workgroup.invitation.other_person")
		ana := w.actor("ana")
		if o, err := w.Open(ctx, ana, token); err != nil || !o.Yours || !o.Known {
			w.t.Errorf("Open = %+v, %v", o, err)
		}
		_, err = w.Accept(ctx, ana, token, "")
		w.must(err)
		if w.actor("ana").RoleIn(string(g.ID)) != access.Student {
			w.t.Error("ana is no member")
		}
	})
}

func TestAnInvitationEndsByTimeByWithdrawalAndByNo(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		withdrawn, token := w.invite(g, cor, "a@voorbeeld.test", access.Student)
		w.must(w.Withdraw(ctx, cor, g.ID, withdrawn.ID))
		w.must(w.Withdraw(ctx, cor, g.ID, withdrawn.ID))
		_, err := w.Accept(ctx, visitor, token, "A")
		w.want(err, fault.KindConflict, "workgroup.invitation.withdrawn")
		if _, due, err := w.LetterOf(ctx, withdrawn.ID); err != nil || due {
			w.t.Errorf("a letter is still due: %v, %v", due, err)
		}

		_, declined := w.invite(g, cor, "b@voorbeeld.test", access.Student)
		w.must(w.Decline(ctx, visitor, declined))
		w.must(w.Decline(ctx, visitor, declined))
		_, err = w.Accept(ctx, visitor, declined, "B")
		w.want(err, fault.KindConflict, "workgroup.invitation.declined")

		_, late := w.invite(g, cor, "c@voorbeeld.test", access.Student)
		w.clock = now.Add(workgroup.InvitationLasts)
		_, err = w.Accept(ctx, visitor, late, "C")
		w.want(err, fault.KindConflict, "workgroup.invitation.expired")
		open, err := w.Invitations(ctx, cor, g.ID)
		if err != nil || len(open) != 0 {
			w.t.Errorf("open = %v, %v", open, err)
		}
		for _, token := range []string{"", "x", strings.Repeat("a", 10_000), "' OR 1=1 --"} {
			_, err = w.Accept(ctx, visitor, token, "D")
			w.want(err, fault.KindNotFound, "workgroup.invitation.unknown")
		}
		if members, err := w.Members(ctx, cor, g.ID); err != nil || len(members) != 1 {
			w.t.Errorf("members = %v, %v", members, err)
		}
	})
}

func TestSomebodyIsAskedOnce(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		in := workgroup.InviteInput{Address: "bo@voorbeeld.test", Role: access.Student, Key: "form"}
		one, err := w.Invite(ctx, cor, g.ID, in)
		w.must(err)
		two, err := w.Invite(ctx, cor, g.ID, in)
		if err != nil || one.ID != two.ID {
			w.t.Errorf("the same form again = %v, %v", two.ID, err)
		}
		in.Key = "another form"
		_, err = w.Invite(ctx, cor, g.ID, in)
		w.want(err, fault.KindInvalid, "workgroup.email.invited")
		w.join(g, cor, "ana@voorbeeld.test", access.Student)
		_, err = w.Invite(ctx, cor, g.ID, workgroup.InviteInput{Address: "ANA@voorbeeld.test ", Role: access.Student})
		w.want(err, fault.KindInvalid, "workgroup.email.member")
	})
}

func TestAnAddressMustBeOne(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		for _, typed := range []string{
			"", "bo", "bo@", "@voorbeeld.test", "bo@voorbeeld", "bo@voor beeld.test", "Bo <bo@voorbeeld.test>", "bo@voorbeeld.test\r\nBcc: x@y.test",
			"a@b.test,c@d.test", strings.Repeat("a", 300) + "@voorbeeld.test", "bo\x00@voorbeeld.test",
		} {
			_, err := w.Invite(ctx, cor, g.ID, workgroup.InviteInput{Address: typed, Role: access.Student})
			if fault.KindOf(err) != fault.KindInvalid || !slices.Equal(fields(err), []string{"email"}) {
				w.t.Errorf("%.40q: %v", typed, err)
			}
		}
		for _, role := range []access.Role{"", access.Admin, access.Inspector, "boss"} {
			_, err := w.Invite(ctx, cor, g.ID, workgroup.InviteInput{Address: "bo@voorbeeld.test", Role: role})
			w.want(err, fault.KindInvalid, "workgroup.role.missing")
		}
	})
}

func TestTwoAnswersAtTheSameMomentMakeOneMember(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		_, token := w.invite(g, cor, "bo@voorbeeld.test", access.Student)
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				if _, err := w.Accept(ctx, visitor, token, "Bo"); err != nil {
					w.t.Errorf("Accept: %v", err)
				}
			})
		}
		wait.Wait()
		if members, err := w.Members(ctx, cor, g.ID); err != nil || len(members) != 2 {
			w.t.Errorf("members = %v, %v", members, err)
		}
	})
}

func TestTheLastCoordinatorStays(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		lecturer := w.join(g, cor, "ana@voorbeeld.test", access.Lecturer)
		w.want(w.Leave(ctx, cor, g.ID), fault.KindConflict, "workgroup.last_coordinator")
		w.want(w.Remove(ctx, lecturer, g.ID, "cor"), fault.KindConflict, "workgroup.last_coordinator")
		w.want(w.ChangeRole(ctx, lecturer, g.ID, "cor", "", access.Resident), fault.KindConflict, "workgroup.last_coordinator")
		w.must(w.ChangeRole(ctx, cor, g.ID, "ana", "", access.Coordinator))
		ana := w.actor("ana")
		w.must(w.Leave(ctx, cor, g.ID))
		w.want(w.Leave(ctx, ana, g.ID), fault.KindConflict, "workgroup.last_coordinator")
		_, err := w.Get(ctx, w.actor("cor"), g.ID)
		w.want(err, fault.KindNotFound, "")
	})
}

func TestTwoCoordinatorsCannotBothLeaveAtTheSameMoment(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		ana := w.join(g, cor, "ana@voorbeeld.test", access.Coordinator)
		var wait sync.WaitGroup
		failed := make(chan error, 2)
		for _, who := range []access.Actor{cor, ana} {
			wait.Go(func() { failed <- w.Leave(ctx, who, g.ID) })
		}
		wait.Wait()
		one, two := <-failed, <-failed
		if (one == nil) == (two == nil) {
			w.t.Errorf("leaving gave %v and %v: want one of them refused", one, two)
		}
	})
}

func TestAMemberCannotManage(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		ana := w.join(g, cor, "ana@voorbeeld.test", access.Entrepreneur)
		w.want(w.ChangeRole(ctx, ana, g.ID, "ana", "", access.Coordinator), fault.KindForbidden, "")
		w.want(w.Remove(ctx, ana, g.ID, "cor"), fault.KindForbidden, "")
		_, err := w.Invite(ctx, ana, g.ID, workgroup.InviteInput{Address: "x@voorbeeld.test", Role: access.Student})
		w.want(err, fault.KindForbidden, "")
		_, err = w.Change(ctx, ana, g.ID, 1, input(true))
		w.want(err, fault.KindForbidden, "")
		w.want(w.Remove(ctx, cor, g.ID, "nobody"), fault.KindNotFound, "")
		w.want(w.ChangeRole(ctx, cor, g.ID, "ana", "", access.Admin), fault.KindInvalid, "")
	})
}

func TestAnInvitationOfAnotherGroupCannotBeWithdrawnFromHere(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		second := input(false)
		h, err := w.Create(ctx, access.Actor{ID: "els", Grants: coordinator.Grants}, second)
		w.must(err)
		i, _ := w.invite(h, w.actor("els"), "bo@voorbeeld.test", access.Student)
		w.want(w.Withdraw(ctx, cor, g.ID, i.ID), fault.KindNotFound, "")
	})
}

func TestAnAdministratorLooksInsideForAnHourAndMembersSeeIt(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		_, err := w.Inspect(ctx, outsider, g.ID, "Ik ben gewoon nieuwsgierig.")
		w.want(err, fault.KindNotFound, "")
		_, err = w.Inspectable(ctx, outsider)
		w.want(err, fault.KindNotFound, "")
		_, err = w.Inspectable(ctx, visitor)
		w.want(err, fault.KindNotFound, "")
		for reason, code := range map[string]string{
			"": "workgroup.reason.missing", "zomaar": "workgroup.reason.too_short", strings.Repeat("x", 501): "web.field.too_long",
		} {
			_, err = w.Inspect(ctx, admin, g.ID, reason)
			w.want(err, fault.KindInvalid, code)
		}
		groups, err := w.Inspectable(ctx, admin)
		if err != nil || len(groups) != 1 || groups[0].Goal != "" {
			w.t.Errorf("Inspectable = %+v, %v", groups, err)
		}
		_, err = w.Inspect(ctx, admin, g.ID, "Een lid vraagt om hulp met een document.")
		w.must(err)
		inside := access.Actor{ID: "adm", Grants: append(w.actor("adm").Grants, admin.Grants...)}
		if _, err = w.Get(ctx, inside, g.ID); err != nil {
			w.t.Errorf("an inspector cannot read: %v", err)
		}
		w.want(w.Remove(ctx, inside, g.ID, "cor"), fault.KindForbidden, "")
		_, err = w.Inspect(ctx, inside, g.ID, "Nog een keer dezelfde vraag.")
		w.want(err, fault.KindConflict, "workgroup.reason.not_needed")
		found, err := w.Inspections(ctx, cor, g.ID)
		if err != nil || len(found) != 1 || found[0].PersonID != "adm" || found[0].Reason != "Een lid vraagt om hulp met een document." {
			w.t.Errorf("Inspections = %+v, %v", found, err)
		}
		w.clock = now.Add(time.Hour)
		if grants := w.actor("adm").Grants; len(grants) != 0 {
			w.t.Errorf("after an hour there is still %v", grants)
		}
	})
}

func TestAGroupCannotBeUsedToMailALongList(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		for i := range workgroup.MaxOpenInvitations {
			w.invite(g, cor, string(rune('a'+i%26))+string(rune('a'+i/26))+"@voorbeeld.test", access.Resident)
		}
		_, err := w.Invite(ctx, cor, g.ID, workgroup.InviteInput{Address: "nog@voorbeeld.test", Role: access.Resident})
		w.want(err, fault.KindTooMuch, "")
	})
}

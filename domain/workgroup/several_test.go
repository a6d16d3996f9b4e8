package workgroup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/workgroup"
)

// said lists the codes of err with the line and the words they are about.
func said(err error) []string {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return nil
	}
	var all []string
	for _, one := range f.All() {
		all = append(all, strings.TrimSpace(fmt.Sprint(one.Code, " ", fmt.Sprintln(one.Params...))))
	}
	return all
}

func addressesOf(invited []workgroup.Invitation) []string {
	var all []string
	for _, i := range invited {
		all = append(all, i.Address)
	}
	return all
}

func TestAnInvitationIsWrittenInTheLanguageThatWasChosen(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		for asked, want := range map[string]string{"": "nl", "nl": "nl", "en": "en"} {
			to := "lid-" + asked + "@voorbeeld.test"
			in := workgroup.SeveralInput{Addresses: to, Role: access.Student, Language: asked}
			made, err := w.InviteSeveral(ctx, cor, g.ID, in)
			w.must(err)
			l, _, err := w.LetterOf(ctx, made.Invited[0].ID)
			if w.must(err); l.Invitation.Language != want {
				w.t.Errorf("asked for in %q, the letter is in %q", asked, l.Invitation.Language)
			}
			_, err = w.Accept(ctx, access.Actor{}, l.Token, "Nieuw lid")
			if w.must(err); w.language != want {
				w.t.Errorf("invited in %q, the person reads %q", asked, w.language)
			}
		}
		_, err := w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: "x@voorbeeld.test", Role: access.Student, Language: "fy"})
		w.want(err, fault.KindInvalid, "account.language.unknown")
		_, err = w.Invite(ctx, cor, g.ID, workgroup.InviteInput{Address: "x@voorbeeld.test", Role: access.Student, Language: "fy"})
		w.want(err, fault.KindInvalid, "account.language.unknown")
	})
}

func TestSeveralPeopleAreInvitedHoweverTheyAreTyped(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		list := "een@voorbeeld.test, twee@voorbeeld.test;drie@voorbeeld.test\tvier@voorbeeld.test\n\n" +
			"Vijf de Vries <Vijf@voorbeeld.test>; \"Zes, van\" <zes@voorbeeld.test> zeven@voorbeeld.test Acht <acht@voorbeeld.test>\n" +
			"EEN@voorbeeld.test,"
		asked, err := w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: list, Role: access.Student, Message: "Dag!\nTot ziens.", Key: "form"})
		w.must(err)
		want := []string{"een@voorbeeld.test", "twee@voorbeeld.test", "drie@voorbeeld.test", "vier@voorbeeld.test",
			"vijf@voorbeeld.test", "zes@voorbeeld.test", "zeven@voorbeeld.test", "acht@voorbeeld.test"}
		if got := addressesOf(asked.Invited); !slices.Equal(got, want) {
			w.t.Errorf("invited %v", got)
		}
		for _, i := range asked.Invited {
			l, due, err := w.LetterOf(ctx, i.ID)
			if err != nil || !due || l.Token == "" || l.Invitation.Message != "Dag!\nTot ziens." || l.Invitation.Role != access.Student {
				w.t.Errorf("letter = %+v, %v, %v", l, due, err)
			}
		}
		in := workgroup.SeveralInput{Addresses: list, Role: access.Student, Message: "Dag!\nTot ziens.", Key: "form"}
		again, err := w.InviteSeveral(ctx, cor, g.ID, in)
		if err != nil || len(again.Invited) != 8 || again.Invited[0].ID != asked.Invited[0].ID {
			w.t.Errorf("the same form again = %v, %v", again, err)
		}
		in.Role = access.Lecturer
		if _, err := w.InviteSeveral(ctx, cor, g.ID, in); !fault.IsSentBefore(err) {
			w.t.Errorf("the same form with another role: %v", err)
		}
		open, err := w.Invitations(ctx, cor, g.ID)
		if err != nil || len(open) != 8 {
			w.t.Errorf("%d are open, %v", len(open), err)
		}
	})
}

func TestEveryMistakeInAListIsSaidByItsLineAndNobodyIsInvited(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		_, err := w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{
			Addresses: "goed@voorbeeld.test\nmijn buurvrouw\nbo@, ook@voorbeeld.test, Cem <cem@voorbeeld>\nDina <>",
			Message:   "kijk op elders.example",
		})
		want := []string{
			"workgroup.email.wrong_at Line 2 Typed mijn buurvrouw", "workgroup.email.wrong_at Line 3 Typed bo@",
			"workgroup.email.wrong_at Line 3 Typed Cem <cem@voorbeeld>", "workgroup.email.wrong_at Line 4 Typed Dina <>",
			"workgroup.role.missing", "workgroup.message.plain",
		}
		if got := said(err); !slices.Equal(got, want) {
			w.t.Errorf("got %q", got)
		}
		if open, err := w.Invitations(ctx, cor, g.ID); err != nil || len(open) != 0 {
			w.t.Errorf("open = %v, %v", open, err)
		}
		for _, empty := range []string{"", " \n ,;\t"} {
			_, err = w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: empty, Role: access.Student})
			w.want(err, fault.KindInvalid, "workgroup.email.missing")
		}
		for _, message := range []string{strings.Repeat("a", workgroup.MaxMessage+1), "bel 06\n12 34 56 78", "http://x", "ik@hier", "<b>"} {
			_, err = w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: "a@voorbeeld.test", Role: access.Student, Message: message})
			if !slices.Equal(fields(err), []string{"message"}) {
				w.t.Errorf("%.20q: %v", message, err)
			}
		}
	})
}

func TestWhoIsAMemberOrInvitedAlreadyIsCalledAndGetsNoLetter(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		w.join(g, cor, "ana@voorbeeld.test", access.Student)
		w.invite(g, cor, "bo@voorbeeld.test", access.Student)
		in := workgroup.SeveralInput{Addresses: "Ana <ana@voorbeeld.test>\nbo@voorbeeld.test\ncem@voorbeeld.test", Role: access.Student, Key: "een"}
		asked, err := w.InviteSeveral(ctx, cor, g.ID, in)
		w.must(err)
		if !slices.Equal(addressesOf(asked.Invited), []string{"cem@voorbeeld.test"}) ||
			!slices.Equal(asked.Members, []string{"Ana <ana@voorbeeld.test>"}) || !slices.Equal(asked.Already, []string{"bo@voorbeeld.test"}) {
			w.t.Errorf("asked = %+v", asked)
		}
		in.Key = "twee"
		_, err = w.InviteSeveral(ctx, cor, g.ID, in)
		want := []string{
			"workgroup.email.member_at Line 1 Typed Ana <ana@voorbeeld.test>",
			"workgroup.email.invited_at Line 2 Typed bo@voorbeeld.test", "workgroup.email.invited_at Line 3 Typed cem@voorbeeld.test",
		}
		if got := said(err); !slices.Equal(got, want) {
			w.t.Errorf("got %q", got)
		}
		_, err = w.InviteSeveral(ctx, w.actor("ana"), g.ID, in)
		if fault.KindOf(err) != fault.KindForbidden {
			w.t.Errorf("a student invites: %v", err)
		}
	})
}

func TestAListHasALimitAndSoHasAGroup(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		list := func(from, to int) (all string) {
			for n := from; n < to; n++ {
				all += fmt.Sprintf("n%d@voorbeeld.test ", n)
			}
			return all
		}
		_, err := w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: list(0, workgroup.MaxAtOnce+1), Role: access.Student})
		w.want(err, fault.KindInvalid, "workgroup.email.too_many")
		_, err = w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: list(0, workgroup.MaxAtOnce), Role: access.Student})
		w.must(err)
		_, err = w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: list(100, 121), Role: access.Student})
		w.want(err, fault.KindTooMuch, "workgroup.invitation.too_many_at_once")
		_, err = w.InviteSeveral(ctx, cor, g.ID, workgroup.SeveralInput{Addresses: list(100, 120), Role: access.Student})
		w.must(err)
	})
}

package workgroups

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/workgroup"
	"samenwijk/server/mail"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type inviteForm struct {
	Email    string      `form:"email,max=10000,lines"` // a list of them
	Role     access.Role `form:"role"`
	Language string      `form:"language,max=10"`
	Message  string      `form:"message,max=500,lines"`
	Key      string      `form:"idempotency_key,max=100"`
}

func newInvite() inviteForm { return inviteForm{Language: ui.Dutch, Key: newKey()} }

type membersView struct {
	workgroup.Workgroup
	Members     []memberView
	Invitations []invitationView
	MayManage   bool
	Form        inviteForm
}

// apart is what is said with members of the same name: their role and since when they are here.
func (v membersView) apart(ctx context.Context) []string {
	names, roles, days := make([]string, len(v.Members)), make([]string, len(v.Members)), make([]string, len(v.Members))
	for i, one := range v.Members {
		names[i], roles[i] = one.Name, roleName(ctx, one.Role)
		days[i] = ui.T(ctx, "workgroup.members.joined", "Day", ui.ShortDate(ctx, one.JoinedAt))
	}
	return ui.Apart(names, roles, days)
}

// invitationView is an open invitation and what became of its letter.
type invitationView struct {
	workgroup.Invitation
	Letter letter.Letter // its ID is empty while there is none
}

// trouble is the key of the sentence about a letter that did not arrive; empty when nothing is wrong. What is
// wrong with the mail server is for an administrator, and stands in the outbox.
func (v invitationView) trouble() string {
	kind, _ := v.Letter.Trouble()
	switch {
	case v.Letter.State == letter.Kept:
		return "workgroup.invite.kept"
	case !v.Letter.Troubled():
		return ""
	case kind.AboutReader():
		return "workgroup.invite.no_reader"
	case v.Letter.State == letter.Waiting:
		return "workgroup.invite.tried"
	}
	return "workgroup.invite.refused"
}

// again reports whether sending the letter once more can help.
func (v invitationView) again() bool {
	return v.Letter.State == letter.Refused || v.Letter.State == letter.Waiting && v.Letter.Reason != ""
}

func (p *Pages) members(c *fiber.Ctx) error {
	page, err := p.membersPage(c, newInvite())
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) membersPage(c *fiber.Ctx, form inviteForm) (func(ui.Mistakes) templ.Component, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	g, err := p.groups.Get(ctx, who, idOf(c))
	if err != nil {
		return nil, err
	}
	v := membersView{Workgroup: g, Form: form, MayManage: who.Can(access.ManageWorkgroup, g.Scope())}
	if v.Members, err = p.memberViews(ctx, who, g.ID); err != nil {
		return nil, err
	}
	if v.MayManage {
		if v.Invitations, err = p.invitationViews(ctx, who, g.ID); err != nil {
			return nil, err
		}
	}
	return membersPage(v), nil
}

func (p *Pages) invitationViews(ctx context.Context, who access.Actor, group workgroup.ID) ([]invitationView, error) {
	open, err := p.groups.Invitations(ctx, who, group)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(open))
	for i, one := range open {
		ids[i] = string(one.ID)
	}
	letters, err := p.config.Letters(ctx, ids...)
	views := make([]invitationView, len(open))
	for i, one := range open {
		views[i] = invitationView{one, letters[ids[i]]}
	}
	return views, err
}

// inviteAgain sends the letter of an invitation once more that did not arrive.
func (p *Pages) inviteAgain(c *fiber.Ctx) error {
	i, err := p.groups.Invitation(c.UserContext(), web.Actor(c), idOf(c), invitationOf(c))
	if err != nil {
		return p.tooLate(c, i, err)
	}
	if err := p.config.SendAgain(c.UserContext(), string(i.ID)); err != nil {
		page, pageErr := p.membersPage(c, newInvite())
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c))+"/leden", web.Say("workgroup.invite.again_done", "Address", i.Address))
}

func (p *Pages) invite(c *fiber.Ctx) error {
	var form inviteForm
	err := web.Decode(c, &form)
	in := workgroup.SeveralInput{
		Addresses: form.Email, Role: form.Role, Language: form.Language, Message: form.Message, Key: form.Key,
	}
	var asked workgroup.Asked
	if err == nil {
		asked, err = p.groups.InviteSeveral(c.UserContext(), web.Actor(c), idOf(c), in)
	} else {
		err = web.Together(&form, err, in.Check())
	}
	if fault.IsSentBefore(err) {
		form.Key = newKey()
	}
	if err != nil {
		page, pageErr := p.membersPage(c, form)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c))+"/leden", saidOf(asked))
}

// saidOf says how many letters go out, and who gets none.
func saidOf(asked workgroup.Asked) web.Said {
	to := make([]string, len(asked.Invited))
	for i, one := range asked.Invited {
		to[i] = one.Address
	}
	said := web.Say("workgroup.did.invited", "Count", len(to), "Who", strings.Join(to, ", "),
		"Members", strings.Join(asked.Members, ", "), "Already", strings.Join(asked.Already, ", "))
	switch {
	case len(asked.Members) > 0 && len(asked.Already) > 0:
		return said.Then("workgroup.did.invited_not_both")
	case len(asked.Members) > 0:
		return said.Then("workgroup.did.invited_not_members")
	case len(asked.Already) > 0:
		return said.Then("workgroup.did.invited_not_again")
	}
	return said
}

func (p *Pages) withdrawForm(c *fiber.Ctx) error {
	g, err := p.managed(c)
	if err != nil {
		return err
	}
	i, err := p.groups.Invitation(c.UserContext(), web.Actor(c), g.ID, invitationOf(c))
	if err != nil {
		return p.tooLate(c, i, err)
	}
	return web.Page(c, withdrawPage(g, i))
}

func (p *Pages) withdraw(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	if err := p.groups.Withdraw(ctx, who, idOf(c), invitationOf(c)); err != nil {
		i, why := p.groups.Invitation(ctx, who, idOf(c), invitationOf(c))
		if why == nil { // it can be answered, so something else was the matter
			return err
		}
		return p.tooLate(c, i, why)
	}
	return web.Done(c, Path(idOf(c))+"/leden", web.Say("workgroup.did.withdrawn"))
}

func invitationOf(c *fiber.Ctx) workgroup.InvitationID {
	return workgroup.InvitationID(web.ID(c, "invitation"))
}

// tooLate answers who wants to do something with an invitation that ended meanwhile: it says, above the list of members,
// what became of it.
func (p *Pages) tooLate(c *fiber.Ctx, i workgroup.Invitation, err error) error {
	if fault.KindOf(err) != fault.KindConflict {
		return err
	}
	page, pageErr := p.membersPage(c, newInvite())
	if pageErr != nil {
		return pageErr
	}
	became := string(i.State)
	name := i.Address
	switch i.State {
	case workgroup.Open:
		became = "expired"
	case workgroup.Accepted:
		members, err := p.memberViews(c.UserContext(), web.Actor(c), i.WorkgroupID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(members, func(m memberView) bool { return m.ID == i.PersonID })
		if at < 0 {
			became = "left"
		} else {
			name = members[at].Name
		}
	}
	return web.Again(c, fault.Conflict("workgroup.invite.ended."+became, "Name", name, "Address", i.Address), page)
}

type roleForm struct {
	Role access.Role `form:"role"`
	Was  access.Role `form:"role_was"`
}

// member is the page where one member gets another role or is removed.
func (p *Pages) member(c *fiber.Ctx) error {
	page, err := p.memberPage(c, "", false)
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

// memberPage shows the role that was chosen, or the one the member has; overtaken when it has that one only since the form
// was opened.
func (p *Pages) memberPage(c *fiber.Ctx, chosen access.Role, overtaken bool) (func(ui.Mistakes) templ.Component, error) {
	g, m, err := p.managedMember(c)
	var newer []ui.SummaryRow
	if overtaken {
		ctx := c.UserContext()
		newer = []ui.SummaryRow{{Key: ui.T(ctx, "workgroup.role.label"), Value: roleName(ctx, m.Role)}}
	}
	if chosen == "" || overtaken && web.Undoing(c) {
		chosen = m.Role
	}
	return memberPage(g, m, chosen, newer, web.Undoing(c)), err
}

// managedMember returns the member of the address for who manages the group.
func (p *Pages) managedMember(c *fiber.Ctx) (workgroup.Workgroup, memberView, error) {
	g, err := p.managed(c)
	if err != nil {
		return g, memberView{}, err
	}
	members, err := p.memberViews(c.UserContext(), web.Actor(c), g.ID)
	if err != nil {
		return g, memberView{}, err
	}
	for _, m := range members {
		if m.ID == access.PersonID(web.ID(c, "person")) {
			return g, m, nil
		}
	}
	return g, memberView{}, fault.NotFound("not_found")
}

func (p *Pages) changeRole(c *fiber.Ctx) error {
	var form roleForm
	_, m, err := p.managedMember(c)
	if err != nil {
		return err
	}
	if err = web.Decode(c, &form); err == nil {
		err = p.groups.ChangeRole(c.UserContext(), web.Actor(c), idOf(c), m.ID, form.Was, form.Role)
	}
	var said web.Said
	if form.Role.Valid() {
		said = web.Say("workgroup.did.role", "Name", m.Name, "Role", roleName(c.UserContext(), form.Role)).
			UndoneBy(Path(idOf(c))+"/leden/"+string(m.ID), "role", string(m.Role), ui.WasField("role"), string(form.Role))
	}
	return p.memberDone(c, err, form.Role, said)
}

func (p *Pages) remove(c *fiber.Ctx) error {
	_, m, err := p.managedMember(c)
	if err != nil {
		return err
	}
	err = p.groups.Remove(c.UserContext(), web.Actor(c), idOf(c), m.ID)
	return p.memberDone(c, err, "", web.Say("workgroup.did.removed", "Name", m.Name))
}

func (p *Pages) memberDone(c *fiber.Ctx, err error, chosen access.Role, said web.Said) error {
	if err == nil {
		return web.Done(c, Path(idOf(c))+"/leden", said)
	}
	if fault.IsUnchanged(err) {
		return web.UnchangedNow(c, Path(idOf(c))+"/leden", "role", string(chosen), said)
	}
	if kind := fault.KindOf(err); kind != fault.KindInvalid && kind != fault.KindConflict {
		return err
	}
	page, pageErr := p.memberPage(c, chosen, fault.IsOvertaken(err))
	if pageErr != nil {
		return pageErr
	}
	return web.Again(c, err, page)
}

func (p *Pages) leaveForm(c *fiber.Ctx) error {
	page, err := p.leavePage(c)
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) leavePage(c *fiber.Ctx) (func(ui.Mistakes) templ.Component, error) {
	who := web.Actor(c)
	g, err := p.groups.Get(c.UserContext(), who, idOf(c))
	if err != nil {
		return nil, err
	}
	if !who.RoleIn(string(g.ID)).Valid() {
		return nil, fault.Conflict("workgroup.not_a_member")
	}
	return leavePage(g), nil
}

func (p *Pages) leave(c *fiber.Ctx) error {
	err := p.groups.Leave(c.UserContext(), web.Actor(c), idOf(c))
	if fault.Is(err, fault.KindConflict, "workgroup.last_coordinator") {
		page, pageErr := p.leavePage(c)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	if err != nil {
		return err
	}
	return web.Done(c, ui.WorkgroupsPath, web.Say("workgroup.did.left"))
}

// --- invitations --------------------------------------------------------------------------------

// invitationCookie holds the token between the letter and the answer, so that it stands in no
// address that a browser keeps or passes on.
const invitationCookie = "uitnodiging"

// exchange takes the token out of the address. It changes nothing else: mail programs follow links.
func (p *Pages) exchange(c *fiber.Ctx) error {
	token := web.ID(c, "token")
	if token == "" {
		return fault.NotFound("workgroup.invitation.unknown")
	}
	p.config.Web.SetCookie(c, invitationCookie, token, p.groups.Now().Add(time.Hour))
	if web.AskedID(c, ui.LanguageField) == ui.English && !web.Actor(c).SignedIn() {
		p.config.Web.SetCookie(c, web.LanguageCookie, ui.English, p.groups.Now().Add(365*24*time.Hour))
	}
	return c.Redirect("/uitnodigingen", fiber.StatusSeeOther)
}

// InvitationPath is where who holds the token of an invitation answers it.
func InvitationPath(token string) string { return "/uitnodigingen/" + token }

type answerForm struct {
	Name   string `form:"your_name,max=100"`
	Answer string `form:"answer"`
}

func (p *Pages) invitation(c *fiber.Ctx) error {
	page, err := p.invitationPage(c, answerForm{})
	if fault.Is(err, fault.KindConflict, acceptedBefore) {
		return p.acceptedBefore(c)
	}
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) invitationPage(c *fiber.Ctx, form answerForm) (func(ui.Mistakes) templ.Component, error) {
	who := web.Actor(c)
	o, err := p.groups.Open(c.UserContext(), who, p.config.Web.Cookie(c, invitationCookie))
	if err != nil {
		return nil, err
	}
	names, err := p.names(c.UserContext(), []access.PersonID{o.Invitation.InvitedBy})
	if err != nil {
		return nil, err
	}
	return invitationPage(offerView{Offer: o, By: names(o.Invitation.InvitedBy), SignedIn: who.SignedIn(), Form: form}), nil
}

// acceptedBefore is the code of an invitation that was accepted.
const acceptedBefore = "workgroup.invitation.accepted"

// acceptedBefore answers who comes again with an invitation that was accepted: a member goes on to the group, and who is
// not signed in can get there.
func (p *Pages) acceptedBefore(c *fiber.Ctx) error {
	who := web.Actor(c)
	o, err := p.groups.Open(c.UserContext(), who, p.config.Web.Cookie(c, invitationCookie))
	switch {
	case !fault.Is(err, fault.KindConflict, acceptedBefore):
		return err
	case who.RoleIn(string(o.Workgroup.ID)).Valid():
		return web.Done(c, Path(o.Workgroup.ID), web.Say("workgroup.did.joined_before", "Group", o.Workgroup.Name))
	case !who.SignedIn():
		return web.Again(c, err, func(ui.Mistakes) templ.Component { return usedPage(o.Workgroup.ID) })
	case o.Yours:
		return fault.Conflict("workgroup.invitation.left")
	}
	return fault.Forbidden("workgroup.invitation.other_person")
}

type offerView struct {
	workgroup.Offer
	By       string
	SignedIn bool
	Form     answerForm
}

// answer carries out what was decided. A second click on the same button ends at the same page: the cookie stays until
// its hour is over.
func (p *Pages) answer(c *fiber.Ctx) error {
	var form answerForm
	who, token := web.Actor(c), p.config.Web.Cookie(c, invitationCookie)
	err := web.Decode(c, &form)
	if err == nil && form.Answer == "no" {
		if err := p.groups.Decline(c.UserContext(), who, token); err != nil {
			return err
		}
		return web.Done(c, "/uitnodigingen/afgeslagen", web.Say("workgroup.did.declined"))
	}
	var o workgroup.Offer
	if err == nil {
		o, err = p.groups.Accept(c.UserContext(), who, token, form.Name)
	}
	if err != nil {
		page, pageErr := p.invitationPage(c, form)
		if pageErr != nil {
			return errors.Join(err, pageErr) // the invitation itself is over: that is what there is to say
		}
		return web.Again(c, err, page)
	}
	if o.Invitation.State == workgroup.Accepted {
		return p.acceptedBefore(c)
	}
	if who.SignedIn() {
		return web.Done(c, Path(o.Workgroup.ID), web.Say("workgroup.did.joined", "Group", o.Workgroup.Name))
	}
	return web.Done(c, "/uitnodigingen/aangenomen", web.Say("workgroup.did.accepted"))
}

func (p *Pages) accepted(c *fiber.Ctx) error { return web.Page(c, acceptedPage()) }

func (p *Pages) declined(c *fiber.Ctx) error { return web.Page(c, declinedPage()) }

// InvitationLetter composes the letter to somebody who was invited. link makes an address of ours
// complete.
func (p *Pages) InvitationLetter(link func(path string) string) func(context.Context, event.Recorded[event.InvitationMade]) ([]mail.Letter, error) {
	return func(ctx context.Context, e event.Recorded[event.InvitationMade]) ([]mail.Letter, error) {
		l, due, err := p.groups.LetterOf(ctx, workgroup.InvitationID(e.Event.Invitation))
		if err != nil || !due {
			return nil, err
		}
		names, err := p.names(ctx, []access.PersonID{l.Invitation.InvitedBy})
		if err != nil {
			return nil, err
		}
		ctx = ui.WithRequest(ctx, ui.Request{Lang: l.Invitation.Language, Now: p.groups.Now()})
		path := InvitationPath(l.Token)
		if l.Invitation.Language == ui.English { // Dutch is what the pages speak by themselves
			path += "?" + ui.LanguageField + "=" + ui.English
		}
		by := names(l.Invitation.InvitedBy)
		parts := []mail.Part{mail.Paragraph(ui.T(ctx, "workgroup.letter.intro", "Name", by, "Group", l.Workgroup.Name))}
		if l.Invitation.Message != "" {
			parts = append(parts, mail.Paragraph(ui.T(ctx, "workgroup.letter.message", "Name", by)+"\n"+l.Invitation.Message))
		}
		return []mail.Letter{{
			Reader: string(l.Invitation.ID), To: l.Invitation.Address, Language: l.Invitation.Language, Until: l.Invitation.ExpiresAt,
			Subject: ui.T(ctx, "workgroup.letter.subject", "Group", l.Workgroup.Name),
			Parts: append(parts,
				mail.Facts(
					mail.Row{Key: ui.T(ctx, "workgroup.goal.label"), Value: l.Workgroup.Goal},
					mail.Row{Key: ui.T(ctx, "workgroup.role.yours"), Value: roleName(ctx, l.Invitation.Role)},
				),
				mail.SecretButton(ui.T(ctx, "workgroup.letter.button"), link(path)),
				mail.Paragraph(ui.T(ctx, "workgroup.letter.until", "Day", ui.Date(ctx, l.Invitation.ExpiresAt))),
				mail.Paragraph(ui.T(ctx, "workgroup.letter.ignore")),
			),
		}}, nil
	}
}

package meetings

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// plannable returns where the visitor may plan a meeting: the workgroups, and the network for who
// coordinates it.
func (p *Pages) plannable(c *fiber.Ctx) ([]ui.Option, error) {
	who := web.Actor(c)
	var options []ui.Option
	var ids []string
	for _, g := range who.Grants {
		scope := access.Scope{Workgroup: g.ID, Audience: access.Members}
		if g.Realm == access.InWorkgroup && who.Can(access.DraftMeeting, scope) {
			ids = append(ids, g.ID)
		}
	}
	if len(ids) > 0 {
		names, err := p.Workgroups(c.UserContext(), who, ids)
		if err != nil {
			return nil, err
		}
		for id, name := range names {
			options = append(options, ui.Option{Value: id, Label: name})
		}
		slices.SortFunc(options, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	}
	if who.Can(access.DraftMeeting, access.Scope{Audience: access.Members}) {
		options = append(options, ui.Option{Value: wholeNetwork, Label: ui.T(c.UserContext(), "meetings.form.network")})
	}
	return options, nil
}

// wholeNetwork stands for no workgroup in the form, where an empty value means nothing was chosen.
const wholeNetwork = "netwerk"

func (p *Pages) planForm(c *fiber.Ctx) error {
	groups, err := p.plannable(c)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		return web.Actor(c).May(access.DraftMeeting, access.Scope{Audience: access.Public})
	}
	form := meetingForm{
		Workgroup: web.AskedID(c, "werkgroep"), Kind: string(meeting.Gathering), Place: string(meeting.OnSite),
		Entry: string(meeting.Required), Audience: string(access.Public), Capacity: "30",
	}
	if form.Workgroup == "" && len(groups) == 1 {
		form.Workgroup = groups[0].Value
	}
	return web.Page(c, meetingFormPage(meeting.Overview{}, form, groups, nil, nil))
}

func (p *Pages) plan(c *fiber.Ctx) error {
	var form meetingForm
	unreadable := web.Decode(c, &form)
	groups, err := p.plannable(c)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		return web.Actor(c).May(access.DraftMeeting, access.Scope{Audience: access.Public})
	}
	again := func(m ui.Mistakes) component { return meetingFormPage(meeting.Overview{}, form, groups, nil, m) }
	details, capacity, wrong := form.details()
	if err := web.Together(&form, unreadable, chosen(form.Workgroup, groups), wrong, details.Check()); err != nil {
		return web.Again(c, err, again)
	}
	workgroup := form.Workgroup
	if workgroup == wholeNetwork {
		workgroup = ""
	}
	m, err := p.Meetings.Plan(c.UserContext(), web.Actor(c), workgroup, "", details, capacity)
	if err != nil {
		return web.Again(c, web.Together(&form, err), again)
	}
	return web.Done(c, Path(m.ID), web.Say("meetings.did.planned", "Title", m.Title).Then("meetings.did.planned_next"))
}

func (p *Pages) editForm(c *fiber.Ctx) error {
	m, err := p.editable(c)
	if err != nil {
		return err
	}
	return web.Page(c, meetingFormPage(m, formOf(m), nil, nil, nil))
}

func (p *Pages) edit(c *fiber.Ctx) error {
	m, err := p.editable(c)
	if err != nil {
		return err
	}
	var form meetingForm
	unreadable := web.Decode(c, &form)
	version, _ := strconv.Atoi(form.Version) // another value is another version: a conflict
	var newer []ui.SummaryRow
	again := func(mistakes ui.Mistakes) component { return meetingFormPage(m, form, nil, newer, mistakes) }
	details, _, wrong := form.details()
	if err := web.Together(&form, unreadable, wrong, details.Check()); err != nil {
		return web.Again(c, err, again)
	}
	_, err = p.Meetings.Edit(c.UserContext(), web.Actor(c), m.ID, version, details)
	switch {
	case fault.IsUnchanged(err):
		return web.Unchanged(c, Path(m.ID))
	case fault.IsOvertaken(err):
		if m, err2 := p.editable(c); err2 == nil {
			form.Version = strconv.Itoa(m.Version) // who sends it again has been shown what that replaces
			newer = newerRows(c.UserContext(), m, form)
		}
		return web.Again(c, err, again)
	case err != nil:
		return web.Again(c, web.Together(&form, err), again)
	}
	return web.Done(c, Path(m.ID), web.Say("meetings.did.changed", "Title", details.Title))
}

// editable returns a meeting for who may work on it.
func (p *Pages) editable(c *fiber.Ctx) (meeting.Overview, error) {
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return m, err
	}
	return m, m.MayChange(web.Actor(c))
}

func (p *Pages) open(c *fiber.Ctx) error {
	m, err := p.editable(c)
	if err != nil {
		return err
	}
	if err := p.Meetings.Open(c.UserContext(), web.Actor(c), m.ID); err != nil {
		// What is missing can be filled in at once.
		return web.Again(c, err, func(mistakes ui.Mistakes) component { return meetingFormPage(m, formOf(m), nil, nil, mistakes) })
	}
	said := web.Say("meetings.did.opened")
	switch {
	case m.Entry == meeting.Free:
		said = web.Say("meetings.did.published")
	case m.Published():
		said = web.Say("meetings.did.reopened").UndoneBy(Path(m.ID) + "/sluiten")
	}
	return web.Done(c, Path(m.ID), said)
}

func (p *Pages) close(c *fiber.Ctx) error {
	if err := p.Meetings.Close(c.UserContext(), web.Actor(c), idOf(c)); err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c)), web.Say("meetings.did.closed").UndoneBy(Path(idOf(c))+"/openen"))
}

func (p *Pages) callOffForm(c *fiber.Ctx) error {
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	if err := web.Actor(c).May(access.ManageMeeting, m.Scope()); err != nil {
		return err
	}
	return web.Page(c, callOffPage(m))
}

func (p *Pages) callOff(c *fiber.Ctx) error {
	if err := p.Meetings.CallOff(c.UserContext(), web.Actor(c), idOf(c)); err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c)), web.Say("meetings.did.called_off").Then("meetings.did.called_off_next"))
}

// removable returns a draft for whoever may remove it.
func (p *Pages) removable(c *fiber.Ctx) (meeting.Overview, error) {
	m, err := p.editable(c)
	if err == nil && m.Published() {
		err = fault.Conflict("meetings.refused.opened")
	}
	return m, err
}

func (p *Pages) removeForm(c *fiber.Ctx) error {
	m, err := p.removable(c)
	if err != nil {
		return err
	}
	return web.Page(c, removePage(m))
}

func (p *Pages) remove(c *fiber.Ctx) error {
	m, err := p.removable(c)
	if err != nil {
		return err
	}
	if err := p.Meetings.Remove(c.UserContext(), web.Actor(c), m.ID); err != nil {
		return err
	}
	return web.Done(c, ui.MeetingsPath, web.Say("meetings.did.removed", "Title", m.Title))
}

package workgroups

import (
	"fmt"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/workgroup"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// archiveView is what the page says beforehand of what happens when nobody works in a group any more.
type archiveView struct {
	workgroup.Workgroup
	Meetings    []Card // that must be called off first
	Documents   int
	Invitations int
}

// archivable returns a group for whoever may archive and reopen it.
func (p *Pages) archivable(c *fiber.Ctx) (workgroup.Workgroup, error) {
	who := web.Actor(c)
	g, err := p.groups.Get(c.UserContext(), who, idOf(c))
	if err != nil {
		return g, err
	}
	return g, who.May(access.ReopenWorkgroup, g.Scope())
}

func (p *Pages) archivePage(c *fiber.Ctx) (func(ui.Mistakes) templ.Component, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	g, err := p.archivable(c)
	if err != nil {
		return nil, err
	}
	v := archiveView{Workgroup: g}
	for _, s := range p.config.Sections {
		cards, err := s.List(ctx, who, string(g.ID))
		if err != nil {
			return nil, fmt.Errorf("%s of a workgroup: %w", s.Name, err)
		}
		if s.Name == "documents" {
			v.Documents = len(cards)
		}
	}
	if v.Meetings, err = p.config.Ahead(ctx, who, string(g.ID)); err != nil {
		return nil, err
	}
	v.Invitations, err = p.groups.CountInvitations(ctx, who, g.ID)
	return func(m ui.Mistakes) templ.Component { return archivePageFor(v, m) }, err
}

func (p *Pages) archiveForm(c *fiber.Ctx) error {
	page, err := p.archivePage(c)
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) archive(c *fiber.Ctx) error {
	g, err := p.groups.Archive(c.UserContext(), web.Actor(c), idOf(c))
	if fault.Is(err, fault.KindConflict, "meetings.refused.ahead") {
		page, pageErr := p.archivePage(c)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	if err != nil {
		return err
	}
	return web.Done(c, Path(g.ID), web.Say("workgroup.did.archived", "Group", g.Name).UndoneBy(Path(g.ID)+"/heropenen").Called("workgroup.archive.reopen"))
}

func (p *Pages) reopen(c *fiber.Ctx) error {
	g, err := p.groups.Reopen(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	return web.Done(c, Path(g.ID), web.Say("workgroup.did.reopened", "Group", g.Name))
}

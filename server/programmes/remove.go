package programmes

import (
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// removable returns a document in which nothing stands, for whoever may remove it, with the head of its text.
func (p *Pages) removable(c *fiber.Ctx) (programme.RequirementsDocument, livedoc.Document, error) {
	d, err := p.programmes.Showable(c.UserContext(), web.Actor(c), id(c))
	if err != nil {
		return d, livedoc.Document{}, err
	}
	blank, head, err := p.config.Versions.Blank(c.UserContext(), d.LiveID)
	if err == nil && !blank {
		err = fault.Conflict("programmes.remove.written")
	}
	return d, head, err
}

func (p *Pages) removeForm(c *fiber.Ctx) error {
	d, _, err := p.removable(c)
	if err != nil {
		return err
	}
	return web.Page(c, removePage(d))
}

func (p *Pages) remove(c *fiber.Ctx) error {
	d, head, err := p.removable(c)
	if err != nil {
		return err
	}
	err = p.programmes.Remove(c.UserContext(), web.Actor(c), d.ID, head.Epoch, head.Seq)
	if fault.Is(err, fault.KindConflict, "livedoc.written") {
		return fault.Conflict("programmes.remove.written")
	}
	if err != nil {
		return err
	}
	return web.Done(c, ui.WorkgroupsPath+"/"+d.WorkgroupID, web.Say("programmes.did.removed", "Title", d.Title))
}

package accounts

import (
	"errors"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

const (
	testPath      = outboxPath + "/proef"
	againSuffix   = "/opnieuw"
	stateField    = "stand"
	troubledState = "mislukt"
)

// outboxView is a page of the outbox.
type outboxView struct {
	Letters  []letter.Letter
	Pages    ui.PageLinks
	Troubled bool   // only what did not go out
	Sends    bool   // there is a mail server
	From     string // to which address letters come back
}

func (p *Pages) outbox(c *fiber.Ctx) error {
	page, err := p.outboxPage(c)
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) outboxPage(c *fiber.Ctx) (func(ui.Mistakes) templ.Component, error) {
	who, page := web.Actor(c), pageOf(c)
	v := outboxView{Troubled: c.Query(stateField) == troubledState, Sends: p.Sends, From: p.From}
	list, path := p.Letters.List, outboxPath
	if v.Troubled {
		list, path = p.Letters.PageOfTroubled, outboxPath+"?"+stateField+"="+troubledState
	}
	letters, total, err := list(c.UserContext(), who, page)
	if err != nil {
		return nil, err
	}
	v.Letters, v.Pages = letters, links(path, "", page, letter.PageSize, total)
	return func(m ui.Mistakes) templ.Component { return outboxPage(v, m) }, nil
}

// testLetter asks for a letter to who asks. The queue sends it; the outbox says what became of it.
func (p *Pages) testLetter(c *fiber.Ctx) error {
	who := web.Actor(c)
	me, err := p.Accounts.Me(c.UserContext(), who)
	if err == nil && me.Email == "" {
		err = fault.Conflict("letter.test.no_address")
	}
	if err == nil {
		err = p.Letters.AskTest(c.UserContext(), who)
	}
	if err != nil {
		page, pageErr := p.outboxPage(c)
		if pageErr != nil {
			return errors.Join(pageErr, err)
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, outboxPath, web.Say("admin.outbox.test_done", "Address", me.Email).Then("admin.outbox.test_look"))
}

// letterView is one letter, and what can be done about it.
type letterView struct {
	letter.Letter
	MayAgain bool
}

func (p *Pages) letter(c *fiber.Ctx) error {
	page, err := p.letterPage(c)
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) letterPage(c *fiber.Ctx) (func(ui.Mistakes) templ.Component, error) {
	l, err := p.Letters.Find(c.UserContext(), web.Actor(c), letter.ID(idOf(c)))
	v := letterView{Letter: l, MayAgain: p.Sends && p.Letters.MayAgain(l)}
	return func(m ui.Mistakes) templ.Component { return letterPage(v, m) }, err
}

func (p *Pages) sendAgain(c *fiber.Ctx) error {
	id := letter.ID(idOf(c))
	if err := p.Letters.Again(c.UserContext(), web.Actor(c), id); err != nil {
		page, pageErr := p.letterPage(c)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, outboxPath+"/"+string(id), web.Say("admin.outbox.again_done").Then("admin.outbox.again_look").As(ui.Info))
}

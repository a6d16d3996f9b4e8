package accounts

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// confirm proves with a mailed code that it is still the same person who is there.
func (p *Pages) confirm(c *fiber.Ctx, code string) error {
	v := web.VisitorOf(c)
	in, err := p.Accounts.Confirm(c.UserContext(), v.Actor, account.SessionID(v.Session), account.Guess{
		Browser: p.Web.Cookie(c, codeCookie), Code: code, Known: p.Web.Cookie(c, knownCookie),
	})
	if err != nil {
		return err
	}
	p.keep(c, in)
	return nil
}

// askConfirm asks for a code before an address is changed, and keeps what was filled in; wrong says what
// was wrong with a code that was given, and is nil to send a new one.
func (p *Pages) askConfirm(c *fiber.Ctx, form personForm, wrong error) error {
	person, err := p.Accounts.Find(c.UserContext(), web.Actor(c), access.PersonID(idOf(c)))
	if err != nil {
		return err
	}
	me, err := p.Accounts.Me(c.UserContext(), web.Actor(c))
	if err != nil {
		return err
	}
	page := func(m ui.Mistakes) templ.Component { return confirmPage(form, person, me.Email, m) }
	if wrong != nil {
		return web.Again(c, wrong, page)
	}
	asked, err := p.Accounts.AskCode(c.UserContext(), me.Email, web.Address(c), p.Web.Cookie(c, knownCookie))
	if err != nil {
		return web.Again(c, atCode(err), page)
	}
	p.Web.SetCookie(c, codeCookie, asked.Browser, asked.ExpiresAt)
	form.Code = ""
	return web.Page(c, confirmPage(form, person, me.Email, nil))
}

// atCode puts what is wrong at the one field of the page.
func atCode(err error) error {
	if fault.Is(err, fault.KindTooMuch, "account.code.asked_often") {
		return fault.TooMuch("account.code.asked_often").At("code")
	}
	return err
}

// movedCookie holds the token between the letter and the answer, so that it stands in no address that a
// browser keeps or passes on.
const movedCookie = "adreswijziging"

// exchangeMoved takes the token out of the address. It changes nothing else: mail programs follow links.
func (p *Pages) exchangeMoved(c *fiber.Ctx) error {
	token := web.ID(c, "token")
	if _, err := p.Accounts.ReportableChange(c.UserContext(), token); err != nil {
		return err
	}
	p.Web.SetCookie(c, movedCookie, token, p.Accounts.Now().Add(time.Hour))
	return web.GoTo(c, movedPath)
}

func (p *Pages) movedAddress(c *fiber.Ctx) error {
	change, err := p.Accounts.ReportableChange(c.UserContext(), p.Web.Cookie(c, movedCookie))
	if err != nil {
		return err
	}
	return web.Page(c, movedPage(change))
}

func (p *Pages) reportMoved(c *fiber.Ctx) error {
	if err := p.Accounts.ReportChange(c.UserContext(), p.Web.Cookie(c, movedCookie)); err != nil {
		return err
	}
	return web.GoTo(c, movedPath)
}

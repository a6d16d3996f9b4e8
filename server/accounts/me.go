package accounts

import (
	"errors"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type meForm struct {
	Name     string `form:"name,max=120"`
	Language string `form:"language,max=10"`

	was string // the fingerprint of the form as it was opened
}

func (f meForm) print() string { return web.Fingerprint(f.Name, f.Language) }

// meView is what the page about oneself shows beside the form.
type meView struct {
	Email    string
	Sessions []account.Session
	Here     account.SessionID
	Manages  bool
}

func (p *Pages) meView(c *fiber.Ctx) (account.Person, meView, error) {
	who := web.Actor(c)
	me, err := p.Accounts.Me(c.UserContext(), who)
	if err != nil {
		return me, meView{}, err
	}
	sessions, err := p.Accounts.Sessions(c.UserContext(), who)
	return me, meView{
		Email: me.Email, Sessions: sessions, Here: account.SessionID(web.VisitorOf(c).Session),
		Manages: who.Can(access.ManagePeople, network),
	}, err
}

func (p *Pages) me(c *fiber.Ctx) error {
	me, view, err := p.meView(c)
	if err != nil {
		return err
	}
	form := meForm{Name: me.Name, Language: me.Language}
	form.was = form.print()
	return web.Page(c, mePage(form, view, nil))
}

func (p *Pages) changeMe(c *fiber.Ctx) error {
	var form meForm
	err := web.Decode(c, &form)
	if err == nil {
		err = p.Accounts.ChangeMe(c.UserContext(), web.Actor(c), account.Input{Name: form.Name, Language: form.Language})
	}
	if fault.IsUnchanged(err) {
		p.speak(c, form.Language)
		return web.UnchangedNow(c, ui.AccountPath, "form", form.print(), web.Say("accounts.me.saved"))
	}
	if err != nil {
		form.was, _ = web.Was(c, "form")
		_, view, viewErr := p.meView(c)
		if viewErr != nil {
			return errors.Join(err, viewErr)
		}
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return mePage(form, view, m) })
	}
	p.speak(c, form.Language)
	return web.Done(c, ui.AccountPath, web.Say("accounts.me.saved"))
}

func (p *Pages) endSession(c *fiber.Ctx) error {
	var form struct {
		Session string `form:"sessie,max=60"`
	}
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	err := p.Accounts.SignOut(c.UserContext(), web.Actor(c), account.SessionID(form.Session))
	if err != nil && fault.KindOf(err) != fault.KindNotFound { // ended meanwhile: it is out, which was asked
		return err
	}
	return web.Done(c, ui.AccountPath, web.Say("accounts.did.session_ended"))
}

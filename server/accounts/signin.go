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

type emailForm struct {
	Email string `form:"email,max=254"`
	Back  string `form:"terug,max=2000"`
}

type codeForm struct {
	Code string `form:"code,max=40"`
	Back string `form:"terug,max=2000"`
}

type inventedForm struct {
	Person string `form:"persoon,max=60"`
	Back   string `form:"terug,max=2000"`
}

func (p *Pages) signIn(c *fiber.Ctx) error {
	form := emailForm{Back: c.Query(ui.ReturnField)}
	if web.Actor(c).SignedIn() {
		return web.GoTo(c, afterSignIn(form.Back))
	}
	invented, err := p.Accounts.Invented(c.UserContext())
	if err != nil {
		return err
	}
	return web.Page(c, signInPage(form, invented, nil))
}

func (p *Pages) askCode(c *fiber.Ctx) error {
	var form emailForm
	err := web.Decode(c, &form)
	var asked account.Asked
	if err == nil {
		asked, err = p.Accounts.AskCode(c.UserContext(), form.Email, web.Address(c), p.Web.Cookie(c, knownCookie))
	}
	if err != nil {
		invented, listErr := p.Accounts.Invented(c.UserContext())
		if listErr != nil {
			return errors.Join(err, listErr)
		}
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return signInPage(form, invented, m) })
	}
	p.Web.SetCookie(c, codeCookie, asked.Browser, asked.ExpiresAt)
	return web.Done(c, withReturn(codePath, form.Back), web.Say("accounts.did.asked").As(ui.Info))
}

func (p *Pages) code(c *fiber.Ctx) error {
	form := codeForm{Back: c.Query(ui.ReturnField)}
	if p.Web.Cookie(c, codeCookie) == "" {
		return web.GoTo(c, withReturn(ui.SignInPath, form.Back))
	}
	return web.Page(c, codePage(form, nil))
}

func (p *Pages) enter(c *fiber.Ctx) error {
	var form codeForm
	err := web.Decode(c, &form)
	var in account.SignedIn
	if err == nil {
		in, err = p.Accounts.SignIn(c.UserContext(), account.Guess{
			Browser: p.Web.Cookie(c, codeCookie), Code: form.Code,
			Device: device(c.Get(fiber.HeaderUserAgent)), Former: p.Web.Cookie(c, web.SessionCookie),
			Known: p.Web.Cookie(c, knownCookie),
		})
	}
	if err != nil {
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return codePage(form, m) })
	}
	p.keep(c, in)
	return web.Done(c, afterSignIn(form.Back), web.Say("accounts.did.signed_in", "Name", in.Person.Name).For(in.Person.ID))
}

func (p *Pages) enterInvented(c *fiber.Ctx) error {
	var form inventedForm
	if err := web.Decode(c, &form); err != nil {
		return fault.NotFound("not_found").Because(err)
	}
	in, err := p.Accounts.SignInInvented(c.UserContext(), access.PersonID(form.Person),
		device(c.Get(fiber.HeaderUserAgent)), p.Web.Cookie(c, web.SessionCookie), p.Web.Cookie(c, knownCookie))
	if err != nil {
		return err
	}
	p.keep(c, in)
	return web.Done(c, afterSignIn(form.Back), web.Say("accounts.did.signed_in", "Name", in.Person.Name).For(in.Person.ID))
}

// signOut ends this session; for whoever is not signed in there is nothing left to do.
func (p *Pages) signOut(c *fiber.Ctx) error {
	v := web.VisitorOf(c)
	if v.Actor.SignedIn() {
		err := p.Accounts.SignOut(c.UserContext(), v.Actor, account.SessionID(v.Session))
		if err != nil && fault.KindOf(err) != fault.KindNotFound { // ended meanwhile in another window
			return err
		}
	}
	p.leaveDevice(c)
	return web.Done(c, "/", web.Say("accounts.did.signed_out").SeeAt(ui.SignInPath, "accounts.did.sign_in_again").For(""))
}

// leaveDevice takes from this browser the session, and what pages kept on the device for working
// offline (https://www.w3.org/TR/clear-site-data/).
func (p *Pages) leaveDevice(c *fiber.Ctx) {
	p.Web.ClearCookie(c, web.SessionCookie)
	p.Web.ForgetCopies(c)
	c.Set("Clear-Site-Data", `"storage"`)
}

func (p *Pages) signOutEverywhere(c *fiber.Ctx) error {
	if err := p.Accounts.SignOutEverywhere(c.UserContext(), web.Actor(c)); err != nil {
		return err
	}
	p.leaveDevice(c)
	return web.Done(c, "/", web.Say("accounts.did.signed_out_everywhere").SeeAt(ui.SignInPath, "accounts.did.sign_in_again").For(""))
}

package meetings

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// registrationsCookie holds the tokens of the registrations that this browser may open, the newest
// first. It goes when the browser is closed: telephones and library computers are shared.
const registrationsCookie = "aanmelding"

const maxRemembered = 5

// remember lets this browser open a registration.
func (p *Pages) remember(c *fiber.Ctx, id meeting.RegistrationID, token meeting.Token) {
	kept := []string{string(id) + "~" + string(token)}
	for _, pair := range p.remembered(c) {
		if len(kept) < maxRemembered && !strings.HasPrefix(pair, string(id)+"~") {
			kept = append(kept, pair)
		}
	}
	p.Web.SetCookie(c, registrationsCookie, strings.Join(kept, "."), time.Time{})
}

func (p *Pages) remembered(c *fiber.Ctx) []string {
	value := p.Web.Cookie(c, registrationsCookie)
	if value == "" || len(value) > 1000 {
		return nil
	}
	return strings.Split(value, ".")
}

// tokens are those of the registrations that this browser may open.
func (p *Pages) tokens(c *fiber.Ctx) []meeting.Token {
	var tokens []meeting.Token
	for _, pair := range p.remembered(c) {
		if _, token, ok := strings.Cut(pair, "~"); ok {
			tokens = append(tokens, meeting.Token(token))
		}
	}
	return tokens
}

// opened returns the registration of the address when this browser may open it. Any other, also
// one that is not there, is fault.KindNotFound.
func (p *Pages) opened(c *fiber.Ctx) (meeting.Ticket, error) {
	id := registrationOf(c)
	for _, pair := range p.remembered(c) {
		token, ok := strings.CutPrefix(pair, string(id)+"~")
		if !ok {
			continue
		}
		t, err := p.Meetings.Ticket(c.UserContext(), meeting.Token(token))
		if err == nil && t.Registration.ID != id {
			break
		}
		return t, err
	}
	return meeting.Ticket{}, fault.NotFound("not_found")
}

type referenceForm struct {
	Reference string `form:"reference,max=60"`
	Fact      string `form:"fact,max=200"`
}

// askReference sends who may not open a registration to the page that asks for its reference.
func askReference(c *fiber.Ctx, err error) error {
	if fault.KindOf(err) == fault.KindNotFound {
		return web.GoTo(c, referencePath)
	}
	return err
}

func (p *Pages) askedReference(c *fiber.Ctx) error {
	return web.Page(c, referencePage(referenceForm{}, nil))
}

func (p *Pages) enterReference(c *fiber.Ctx) error {
	var form referenceForm
	again := func(m ui.Mistakes) component { return referencePage(form, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	id, token, err := p.Meetings.ByReference(c.UserContext(), form.Reference, form.Fact, web.Address(c))
	if err != nil {
		return web.Again(c, err, again)
	}
	p.remember(c, id, token)
	return web.Done(c, registrationPath(id), web.Say("meetings.did.found").As(ui.Info))
}

// openLink exchanges the token in the link of a letter for a cookie and leaves its address, which
// would otherwise stay in the history of the browser.
func (p *Pages) openLink(c *fiber.Ctx) error {
	token := meeting.Token(web.ID(c, "token"))
	t, err := p.Meetings.Ticket(c.UserContext(), token)
	if err != nil {
		return askReference(c, err)
	}
	p.remember(c, t.Registration.ID, token)
	return web.GoTo(c, registrationPath(t.Registration.ID))
}

func (p *Pages) ticket(c *fiber.Ctx) error {
	t, err := p.opened(c)
	if err != nil {
		return askReference(c, err)
	}
	view := p.ticketView(t)
	view.CanRead = web.Actor(c).Can(access.ReadMeeting, t.Meeting.Scope())
	return web.Page(c, ticketPage(view))
}

// ticketView is a registration with what its owner can still do.
type ticketView struct {
	meeting.Ticket
	CanChange bool
	CanRead   bool // the page of the meeting: not when its group turned private since
	Over      bool
}

// orUnwritten adds to what is said that no letter goes to who asked for one: the address had enough of them today, or
// there is no mail server.
func orUnwritten(c *fiber.Ctx, said web.Said, channel meeting.Channel, unwritten bool) web.Said {
	if unwritten || channel == meeting.Email && ui.SiteOf(c.UserContext()).MailKept {
		return said.As(ui.Warning).Then("meetings.did.unwritten")
	}
	return said
}

func (p *Pages) ticketView(t meeting.Ticket) ticketView {
	over := t.Meeting.Over(p.Meetings.Now())
	return ticketView{Ticket: t, Over: over, CanChange: t.Registration.Active() && t.Meeting.State != meeting.Cancelled && !over}
}

// fewerSeats reports whether seats are free that somebody with more people waits for.
func (v ticketView) fewerSeats() bool {
	return v.Registration.State == meeting.Waiting && v.Place == 1 && v.Seats.Free() > 0 && v.Registration.People > v.Seats.Free()
}

func (p *Pages) changeForm(c *fiber.Ctx) error {
	t, err := p.opened(c)
	if err != nil {
		return askReference(c, err)
	}
	if !p.ticketView(t).CanChange {
		return web.GoTo(c, registrationPath(t.Registration.ID))
	}
	return web.Page(c, changePage(t, answersOf(t), nil))
}

func (p *Pages) change(c *fiber.Ctx) error {
	t, err := p.opened(c)
	if err != nil {
		return askReference(c, err)
	}
	form := registerForm{sealed: t.Sealed}
	unreadable := web.Decode(c, &form)
	form.was, _ = web.Was(c, "form")
	again := func(m ui.Mistakes) component { return changePage(t, form, m) }
	in, wrong := form.input(c)
	checked, unfit := in.Check()
	if err := web.Together(&form, unreadable, wrong, unfit); err != nil {
		return web.Again(c, err, again)
	}
	unwritten, err := p.Meetings.Change(c.UserContext(), web.Actor(c), t.Token, checked)
	if fault.IsUnchanged(err) {
		return web.UnchangedNow(c, registrationPath(t.Registration.ID), "form", form.print(), web.Say("meetings.did.registration_changed"))
	}
	if err != nil {
		return web.Again(c, err, again)
	}
	return web.Done(c, registrationPath(t.Registration.ID), orUnwritten(c, web.Say("meetings.did.registration_changed"), checked.Channel, unwritten))
}

func (p *Pages) cancelForm(c *fiber.Ctx) error {
	t, err := p.opened(c)
	if err != nil {
		return askReference(c, err)
	}
	if !p.ticketView(t).CanChange {
		return web.GoTo(c, registrationPath(t.Registration.ID))
	}
	return web.Page(c, cancelPage(t))
}

func (p *Pages) cancel(c *fiber.Ctx) error {
	t, err := p.opened(c)
	if err != nil {
		return askReference(c, err)
	}
	if err := p.Meetings.Cancel(c.UserContext(), t.Token); err != nil {
		return err
	}
	return web.Done(c, registrationPath(t.Registration.ID), web.Say("meetings.did.cancelled"))
}

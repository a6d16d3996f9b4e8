package accounts

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type personForm struct {
	Name     string   `form:"name,max=120"`
	Email    string   `form:"email,max=254"`
	Language string   `form:"language,max=10"`
	Roles    []string `form:"roles,max=40"`
}

func (f personForm) input() account.Input {
	return account.Input{Name: f.Name, Email: f.Email, Language: f.Language}
}

func (f personForm) roles() []access.Role {
	roles := make([]access.Role, len(f.Roles))
	for i, r := range f.Roles {
		roles[i] = access.Role(r)
	}
	return roles
}

// personView is what the page about somebody shows beside the forms.
type personView struct {
	File      account.File
	Saved     string
	MayRename bool // may also change the address and name administrators
	Now       time.Time
}

func (p *Pages) admin(c *fiber.Ctx) error {
	who := web.Actor(c)
	if err := who.May(access.ManagePeople, network); err != nil {
		return err
	}
	return web.Page(c, adminPage(who.Can(access.ReadOutbox, network)))
}

// pageOf reads which page of a long list is asked for; anything else than a number is the first.
func pageOf(c *fiber.Ctx) int {
	n, err := strconv.Atoi(c.Query(pageField))
	if err != nil || n < 1 || n > 100_000 {
		return 1
	}
	return n
}

// maxAddress is how much of a search or an id in an address is looked at.
const maxAddress = 200

// readable returns the text in an address without what no database takes for text.
func readable(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > maxAddress {
		s = strings.ToValidUTF8(s[:maxAddress], "")
	}
	return s
}

// idOf is the id in the path; what cannot be an id is nobody's.
func idOf(c *fiber.Ctx) string {
	if id := c.Params("id"); readable(id) == id {
		return id
	}
	return ""
}

// links leads through a list that is narrowed by search.
func links(path, search string, page, size, total int) ui.PageLinks {
	return ui.PageLinks{Page: page, Pages: (total + size - 1) / size, Href: func(n int) string {
		q := url.Values{pageField: {strconv.Itoa(n)}}
		if search != "" {
			q.Set(ui.SearchField, search)
		}
		return path + "?" + q.Encode()
	}}
}

func (p *Pages) people(c *fiber.Ctx) error {
	search, page := readable(c.Query(ui.SearchField)), pageOf(c)
	people, total, err := p.Accounts.People(c.UserContext(), web.Actor(c), search, page)
	if err != nil {
		return err
	}
	return web.Page(c, peoplePage(people, total, search, links(peoplePath, search, page, account.PageSize, total)))
}

func (p *Pages) newPerson(c *fiber.Ctx) error {
	who := web.Actor(c)
	if err := who.May(access.ManagePeople, network); err != nil {
		return err
	}
	return web.Page(c, newPersonPage(personForm{Language: ui.Dutch}, who.Has(access.Admin), nil))
}

func (p *Pages) addPerson(c *fiber.Ctx) error {
	var form personForm
	who := web.Actor(c)
	err := web.Decode(c, &form)
	var id access.PersonID
	if err == nil {
		id, err = p.Accounts.Add(c.UserContext(), who, form.input(), form.roles())
	}
	if err != nil {
		if may := who.May(access.ManagePeople, network); may != nil {
			return may
		}
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return newPersonPage(form, who.Has(access.Admin), m) })
	}
	return web.Done(c, personPath(id)+"?"+savedField+"="+savedMe)
}

func personPath(id access.PersonID) string { return peoplePath + "/" + url.PathEscape(string(id)) }

func (p *Pages) personView(c *fiber.Ctx) (personView, error) {
	who := web.Actor(c)
	file, err := p.Accounts.Find(c.UserContext(), who, access.PersonID(idOf(c)))
	return personView{File: file, Saved: c.Query(savedField), MayRename: who.Has(access.Admin), Now: p.Accounts.Now()}, err
}

// formOf fills the forms in with what is kept.
func formOf(f account.File) personForm {
	form := personForm{Name: f.Name, Email: f.Email, Language: f.Language}
	for _, r := range f.Roles {
		form.Roles = append(form.Roles, string(r))
	}
	return form
}

func (p *Pages) person(c *fiber.Ctx) error {
	view, err := p.personView(c)
	if err != nil {
		return err
	}
	return web.Page(c, personPage(formOf(view.File), view, nil))
}

// personAgain shows the page about somebody with what was filled in, and the rest as it is kept.
func (p *Pages) personAgain(c *fiber.Ctx, err error, filled func(form *personForm)) error {
	view, viewErr := p.personView(c)
	if viewErr != nil {
		return errors.Join(viewErr, err)
	}
	form := formOf(view.File)
	filled(&form)
	return web.Again(c, err, func(m ui.Mistakes) templ.Component { return personPage(form, view, m) })
}

func (p *Pages) changePerson(c *fiber.Ctx) error {
	var form personForm
	person := access.PersonID(idOf(c))
	err := web.Decode(c, &form)
	if err == nil {
		err = p.Accounts.Change(c.UserContext(), web.Actor(c), person, form.input())
	}
	if err != nil {
		return p.personAgain(c, err, func(again *personForm) {
			again.Name, again.Email, again.Language = form.Name, form.Email, form.Language
		})
	}
	return web.Done(c, personPath(person)+"?"+savedField+"="+savedMe)
}

func (p *Pages) changeRoles(c *fiber.Ctx) error {
	var form personForm
	person := access.PersonID(idOf(c))
	err := web.Decode(c, &form)
	if err == nil {
		err = p.Accounts.SetRoles(c.UserContext(), web.Actor(c), person, form.roles())
	}
	if err != nil {
		return p.personAgain(c, err, func(again *personForm) { again.Roles = form.Roles })
	}
	return web.Done(c, personPath(person)+"?"+savedField+"="+savedRole)
}

func (p *Pages) endSessions(c *fiber.Ctx) error {
	person := access.PersonID(idOf(c))
	if err := p.Accounts.EndSessions(c.UserContext(), web.Actor(c), person); err != nil {
		return err
	}
	return web.Done(c, personPath(person))
}

func (p *Pages) outbox(c *fiber.Ctx) error {
	page := pageOf(c)
	letters, total, err := p.Letters.List(c.UserContext(), web.Actor(c), page)
	if err != nil {
		return err
	}
	return web.Page(c, outboxPage(letters, links(outboxPath, "", page, letter.PageSize, total)))
}

func (p *Pages) letter(c *fiber.Ctx) error {
	l, err := p.Letters.Find(c.UserContext(), web.Actor(c), letter.ID(idOf(c)))
	if err != nil {
		return err
	}
	return web.Page(c, letterPage(l))
}

package accounts

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type personForm struct {
	Name     string   `form:"name,max=120"`
	Email    string   `form:"email,max=254"`
	Language string   `form:"language,max=10"`
	Roles    []string `form:"roles,max=40"`
	Code     string   `form:"code,max=40"` // that proves who asks, for a new address
	Anew     bool     `form:"opnieuw"`     // send another code

	was                string // the fingerprint of name, address and language as the form was opened
	overtaken, undoing bool   // somebody else gave other roles meanwhile; what was sent undoes what was done
}

func (f personForm) print() string { return web.Fingerprint(f.Name, f.Email, f.Language) }

// rolesWere returns the roles that the form expects somebody to have, nil when it does not say.
func rolesWere(c *fiber.Ctx) []access.Role {
	was, says := web.Was(c, "roles")
	if !says {
		return nil
	}
	roles := []access.Role{}
	for _, r := range strings.Fields(was) {
		roles = append(roles, access.Role(r))
	}
	return roles
}

// rolesOf is what the form keeps of the roles that somebody has.
func rolesOf(f account.File) string { return strings.Join(formOf(f).Roles, " ") }

// newerRoles says which roles somebody was given meanwhile.
func (f personForm) newerRoles(ctx context.Context, file account.File) []ui.SummaryRow {
	if !f.overtaken {
		return nil
	}
	return []ui.SummaryRow{{Key: ui.T(ctx, "accounts.field.roles"), Value: roleNames(ctx, file.Roles)}}
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
	MayChange bool // anything at all
	MayRename bool // may also change the address and name administrators
	MayBlock  bool
	Now       time.Time
}

// adminView is what the first page of Beheer says beside where it leads.
type adminView struct {
	ReadsOutbox bool
	Elsewhere   string
	Troubles    int // letters that did not go out
	Latest      letter.Letter
}

func (p *Pages) admin(c *fiber.Ctx) error {
	who := web.Actor(c)
	if err := who.May(access.ManagePeople, network); err != nil {
		return err
	}
	v := adminView{ReadsOutbox: who.Can(access.ReadOutbox, network), Elsewhere: p.elsewhere(who)}
	if v.ReadsOutbox {
		var err error
		if v.Troubles, v.Latest, err = p.Letters.Troubles(c.UserContext(), who); err != nil {
			return err
		}
	}
	return web.Page(c, adminPage(v))
}

// elsewhere returns at which wrong address people try to use the site, for who can mend that.
func (p *Pages) elsewhere(who access.Actor) string {
	if !who.Has(access.Admin) {
		return ""
	}
	return p.Web.Elsewhere()
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

func idOf(c *fiber.Ctx) string { return web.ID(c, "id") }

// links leads through a list that is narrowed by search.
func links(path, search string, page, size, total int) ui.PageLinks {
	return ui.PageLinks{Page: page, Pages: (total + size - 1) / size, Href: func(n int) string {
		q := url.Values{pageField: {strconv.Itoa(n)}}
		if search != "" {
			q.Set(ui.SearchField, search)
		}
		if strings.Contains(path, "?") {
			return path + "&" + q.Encode()
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
	} else {
		err = web.Together(&form, err, account.Person{}.Check(form.input()))
	}
	if err != nil {
		if may := who.May(access.ManagePeople, network); may != nil {
			return may
		}
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return newPersonPage(form, who.Has(access.Admin), m) })
	}
	return web.Done(c, personPath(id), web.Say("accounts.did.added", "Name", form.Name))
}

// PersonPath is where the page about somebody is, for links in letters.
func PersonPath(id access.PersonID) string { return personPath(id) }

// ReportPath is where whoever had an address says that its change was wrong.
func ReportPath(token string) string { return movedPath + "/" + token }

func personPath(id access.PersonID) string { return peoplePath + "/" + url.PathEscape(string(id)) }

func (p *Pages) personView(c *fiber.Ctx) (personView, error) {
	who := web.Actor(c)
	file, err := p.Accounts.Find(c.UserContext(), who, access.PersonID(idOf(c)))
	return personView{File: file,
		MayChange: who.Has(access.Admin) || !slices.Contains(file.Roles, access.Admin), MayRename: who.Has(access.Admin),
		MayBlock: who.Has(access.Admin) && who.ID != file.ID, Now: p.Accounts.Now()}, err
}

// formOf fills the forms in with what is kept.
func formOf(f account.File) personForm {
	form := personForm{Name: f.Name, Email: f.Email, Language: f.Language}
	for _, r := range f.Roles {
		form.Roles = append(form.Roles, string(r))
	}
	form.was = form.print()
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
	before, err := p.Accounts.Find(c.UserContext(), web.Actor(c), person)
	if err != nil {
		return err
	}
	err = web.Decode(c, &form)
	if err != nil {
		err = web.Together(&form, err, before.Check(form.input()))
	}
	if err == nil && form.Code != "" && !form.Anew {
		if err := p.confirm(c, form.Code); err != nil {
			return p.askConfirm(c, form, err)
		}
	}
	if err == nil {
		err = p.Accounts.Change(c.UserContext(), web.Actor(c), account.SessionID(web.VisitorOf(c).Session), person, form.input())
	}
	if fault.IsUnchanged(err) {
		return web.UnchangedNow(c, personPath(person), "form", form.print(), web.Say("admin.person.saved", "Name", form.Name))
	}
	if account.NeedsConfirm(err) {
		return p.askConfirm(c, form, nil)
	}
	if err != nil {
		return p.personAgain(c, err, func(again *personForm) {
			again.Name, again.Email, again.Language = form.Name, form.Email, form.Language
		})
	}
	if person == web.Actor(c).ID && !strings.EqualFold(form.Email, before.Email) {
		return web.Done(c, ui.SignInPath, web.Say("accounts.did.own_address").For("")) // who has another address is out
	}
	return web.Done(c, personPath(person), web.Say("admin.person.saved", "Name", form.Name))
}

func (p *Pages) changeRoles(c *fiber.Ctx) error {
	var form personForm
	person := access.PersonID(idOf(c))
	before, err := p.Accounts.Find(c.UserContext(), web.Actor(c), person)
	if err != nil {
		return err
	}
	err = web.Decode(c, &form)
	if err == nil {
		err = p.Accounts.SetRoles(c.UserContext(), web.Actor(c), person, rolesWere(c), form.roles())
	}
	said := web.Say("admin.person.saved_roles", "Name", before.Name)
	if fault.IsUnchanged(err) {
		return web.UnchangedNow(c, personPath(person), "roles", rolesOf(before), said)
	}
	if err != nil {
		return p.personAgain(c, err, func(again *personForm) {
			if again.overtaken = fault.IsOvertaken(err); !again.overtaken || !web.Undoing(c) {
				again.Roles = form.Roles
			}
			again.undoing = web.Undoing(c)
		})
	}
	undo := []string{ui.WasField("roles"), strings.Join(form.Roles, " ")}
	for _, r := range before.Roles {
		undo = append(undo, "roles", string(r))
	}
	manages := slices.Contains(form.Roles, string(access.Admin)) || slices.Contains(form.Roles, string(access.Coordinator))
	if person == web.Actor(c).ID && !manages {
		return web.Done(c, ui.AccountPath, web.Say("accounts.did.gave_up_roles")) // the page about people is closed now
	}
	return web.Done(c, personPath(person), said.UndoneBy(personPath(person)+rolesSuffix, undo...))
}

func (p *Pages) endSessions(c *fiber.Ctx) error {
	person := access.PersonID(idOf(c))
	file, err := p.Accounts.Find(c.UserContext(), web.Actor(c), person)
	if err != nil {
		return err
	}
	if err := p.Accounts.EndSessions(c.UserContext(), web.Actor(c), person); err != nil {
		return err
	}
	return web.Done(c, personPath(person), web.Say("admin.person.out", "Name", file.Name).Then("admin.person.out_text"))
}

func (p *Pages) block(c *fiber.Ctx) error {
	person := access.PersonID(idOf(c))
	file, err := p.Accounts.Find(c.UserContext(), web.Actor(c), person)
	if err != nil {
		return err
	}
	if err := p.Accounts.Block(c.UserContext(), web.Actor(c), person); err != nil {
		return err
	}
	return web.Done(c, personPath(person), web.Say("admin.person.just_blocked", "Name", file.Name).Then("admin.person.blocked_text").
		UndoneBy(personPath(person)+unblockSuffix).Called("admin.person.undo_block"))
}

func (p *Pages) unblock(c *fiber.Ctx) error {
	person := access.PersonID(idOf(c))
	file, err := p.Accounts.Find(c.UserContext(), web.Actor(c), person)
	if err != nil {
		return err
	}
	if err := p.Accounts.Unblock(c.UserContext(), web.Actor(c), person); err != nil {
		return err
	}
	return web.Done(c, personPath(person), web.Say("admin.person.saved_unblocked", "Name", file.Name))
}

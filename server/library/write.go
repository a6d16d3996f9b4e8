package library

import (
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/research"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type noteForm struct {
	Title   string `form:"title,max=150"`
	Body    string `form:"body,max=50000,lines"`
	Version int    `form:"version"`
	Key     string `form:"idempotency_key,max=100"`
	Press   string `form:"press"`
}

// preview is the button that shows the text as it will look, without keeping it.
const preview = "preview"

func (f noteForm) input() research.Input {
	return research.Input{Title: f.Title, Body: f.Body, Key: f.Key}
}

// writeView is the form of a new note or of one that is there.
type writeView struct {
	Form    noteForm
	Action  string
	Back    groupView      // the page to go back to
	Note    *research.Note // nil while it is new
	Newer   *research.Note // saved in another window while this was written
	Preview bool
}

// groupHere returns the workgroup of a new note, in which who may write.
func (p *Pages) groupHere(c *fiber.Ctx) (groupView, error) {
	who, id := web.Actor(c), web.ID(c, "id")
	if err := research.MayWrite(who, id); err != nil {
		return groupView{}, err
	}
	names, err := p.config.Groups(c.UserContext(), who, []string{id})
	if err != nil {
		return groupView{}, err
	}
	if names[id] == "" {
		return groupView{}, fault.NotFound("not_found")
	}
	return groupView{ID: id, Name: names[id]}, nil
}

func newView(g groupView, form noteForm) writeView {
	path := ui.WorkgroupsPath + "/" + g.ID
	return writeView{Form: form, Action: path + "/notities/nieuw", Back: groupView{ID: path, Name: g.Name}}
}

func (p *Pages) newForm(c *fiber.Ctx) error {
	g, err := p.groupHere(c)
	if err != nil {
		return err
	}
	return web.Page(c, writePage(newView(g, noteForm{Key: newKey()}))(nil))
}

func (p *Pages) write(c *fiber.Ctx) error {
	g, err := p.groupHere(c)
	if err != nil {
		return err
	}
	var form noteForm
	wrong := web.Decode(c, &form)
	v := newView(g, form)
	if form.Press != preview { // which shows what is not finished as well
		wrong = web.Together(&form, wrong, form.input().Check())
	}
	if wrong != nil {
		return web.Again(c, wrong, writePage(v))
	}
	if form.Press == preview {
		v.Preview = true
		return web.Page(c, writePage(v)(nil))
	}
	n, err := p.notes.Write(c.UserContext(), web.Actor(c), g.ID, form.input())
	if fault.IsSentBefore(err) {
		v.Form.Key = newKey()
	}
	if err != nil {
		return web.Again(c, err, writePage(v))
	}
	return web.Done(c, Path(n.ID), web.Say("note.did.kept").Then("note.did.kept_next"))
}

// mine returns a note that who may edit.
func (p *Pages) mine(c *fiber.Ctx) (research.Note, error) {
	who := web.Actor(c)
	n, err := p.notes.Get(c.UserContext(), who, idOf(c))
	if err != nil {
		return n, err
	}
	return n, who.May(access.EditNote, n.Scope())
}

func editView(n research.Note, form noteForm) writeView {
	return writeView{Form: form, Action: Path(n.ID) + "/bewerken", Back: groupView{ID: Path(n.ID), Name: n.Title}, Note: &n}
}

func (p *Pages) editForm(c *fiber.Ctx) error {
	n, err := p.mine(c)
	if err != nil {
		return err
	}
	return web.Page(c, writePage(editView(n, noteForm{Title: n.Title, Body: n.Body, Version: n.Version}))(nil))
}

func (p *Pages) edit(c *fiber.Ctx) error {
	n, err := p.mine(c)
	if err != nil {
		return err
	}
	var form noteForm
	wrong := web.Decode(c, &form)
	v := editView(n, form)
	if form.Press != preview { // which shows what is not finished as well
		wrong = web.Together(&form, wrong, form.input().Check())
	}
	if wrong != nil {
		return web.Again(c, wrong, writePage(v))
	}
	if form.Press == preview {
		v.Preview = true
		return web.Page(c, writePage(v)(nil))
	}
	_, err = p.notes.Edit(c.UserContext(), web.Actor(c), n.ID, form.Version, form.input())
	if fault.IsUnchanged(err) {
		return web.Unchanged(c, Path(n.ID))
	}
	if fault.IsOvertaken(err) {
		newer, gone := p.mine(c)
		if gone != nil {
			return gone
		}
		// The text that was typed stays; saving it once more is then a choice, made with the newer
		// text in sight.
		v.Newer, v.Form.Version = &newer, newer.Version
	}
	if err != nil {
		return web.Again(c, err, writePage(v))
	}
	said := web.Say("note.did.changed")
	if n.Draft() {
		said = said.Then("note.did.kept_next")
	}
	return web.Done(c, Path(n.ID), said)
}

type shareForm struct {
	Version int  `form:"version"`
	Checked bool `form:"checked"`
}

type shareView struct {
	research.Note
	Group   string
	Readers []Reader
	Form    shareForm
}

func (p *Pages) shareForm(c *fiber.Ctx) error {
	page, err := p.sharePage(c, shareForm{})
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

// sharePage always shows the newest text, and asks about that one.
func (p *Pages) sharePage(c *fiber.Ctx, form shareForm) (page, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	n, err := p.mine(c)
	if err != nil {
		return nil, err
	}
	groups, err := p.config.Groups(ctx, who, []string{n.WorkgroupID})
	if err != nil {
		return nil, err
	}
	readers, err := p.config.Readers(ctx, who, n.WorkgroupID)
	if err != nil {
		return nil, err
	}
	if form.Version != n.Version {
		form.Checked = false
	}
	form.Version = n.Version
	return sharePage(shareView{Note: n, Group: groups[n.WorkgroupID], Readers: readers, Form: form}), nil
}

func (p *Pages) share(c *fiber.Ctx) error {
	var form shareForm
	err := web.Decode(c, &form)
	if err == nil {
		_, err = p.notes.Share(c.UserContext(), web.Actor(c), idOf(c), form.Version, form.Checked)
	}
	if err != nil {
		page, pageErr := p.sharePage(c, form)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c)), web.Say("note.did.shared").UndoneBy(Path(idOf(c))+"/terugnemen"))
}

func (p *Pages) takeBack(c *fiber.Ctx) error {
	if _, err := p.notes.TakeBack(c.UserContext(), web.Actor(c), idOf(c)); err != nil {
		page, pageErr := p.notePage(c, commentForm{Key: newKey()})
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c)), web.Say("note.did.taken_back").Then("note.did.kept_next"))
}

func (p *Pages) deleteForm(c *fiber.Ctx) error {
	who := web.Actor(c)
	n, err := p.notes.Get(c.UserContext(), who, idOf(c))
	if err != nil {
		return err
	}
	if n.AuthorID != who.ID {
		return who.May(access.EditNote, n.Scope())
	}
	return web.Page(c, deletePage(n))
}

func (p *Pages) remove(c *fiber.Ctx) error {
	if _, err := p.notes.Delete(c.UserContext(), web.Actor(c), idOf(c)); err != nil {
		return err
	}
	return web.Done(c, ui.NotesPath, web.Say("note.did.removed"))
}

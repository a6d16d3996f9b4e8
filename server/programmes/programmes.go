// Package programmes is the pages of programmes of requirements: which there are, the document page
// on which people write together, and a plain form for each requirement.
package programmes

import (
	"context"
	"crypto/rand"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/collab"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Path is where the list stands; a document is below it.
const Path = "/programmas"

// Config is what the pages need of other rooms; each is a question with one answer.
type Config struct {
	// Workgroups returns the names of those groups that the actor may know of.
	Workgroups func(ctx context.Context, who access.Actor, ids []string) (map[string]string, error)
	// Text returns the text as it was last saved. The caller has been authorised.
	Text func(ctx context.Context, live livedoc.ID) (richtext.Document, error)
	// Edit puts other words in one requirement, as one change by the actor. The caller has been
	// authorised.
	Edit func(ctx context.Context, who access.Actor, live livedoc.ID, in Edit) error
	// Words returns what each part of a requirement says, as its form shows it, and whether it stands in the
	// text. The caller has been authorised.
	Words func(ctx context.Context, live livedoc.ID, id string) (words map[richtext.Kind]string, shown bool, err error)
	// Removed returns the requirements that stand nowhere in the text and have words all the same, the last
	// removed first. The caller has been authorised.
	Removed func(ctx context.Context, live livedoc.ID) ([]collab.Removed, error)
	// PutBack lets a requirement that was taken out of the text stand in it again, with its words, at the end;
	// one that stands there stays. The caller has been authorised.
	PutBack func(ctx context.Context, who access.Actor, live livedoc.ID, id string) error
	// Names returns how people are called; somebody who is gone is left out.
	Names func(ctx context.Context, ids []access.PersonID) (map[access.PersonID]string, error)
	// Versions keeps the past of the texts.
	Versions *collab.Collab
}

// Edit is what a requirement must say from now on; paragraphs are separated by an empty line.
type Edit struct {
	Requirement          programme.RequirementID
	Statement, Rationale string
}

// Pages answers requests for programmes of requirements.
type Pages struct {
	programmes *programme.Service
	config     Config
}

// New makes the room.
func New(programmes *programme.Service, config Config) *Pages {
	return &Pages{programmes: programmes, config: config}
}

// Mount adds the routes.
func (p *Pages) Mount(r fiber.Router) {
	r.Get(Path, p.list)
	r.Get(ui.WorkgroupsPath+"/:id/programmas/nieuw", p.createForm)
	r.Post(ui.WorkgroupsPath+"/:id/programmas/nieuw", p.create)
	r.Get(Path+"/:id", p.document)
	r.Get(Path+"/:id/titel", p.renameForm)
	r.Post(Path+"/:id/titel", p.rename)
	r.Get(Path+"/:id/eisen.json", p.keys)
	r.Post(Path+"/:id/eisen", p.addRequirement)
	r.Get(Path+"/:id/eisen/:eis", p.requirement)
	r.Post(Path+"/:id/eisen/:eis", p.editRequirement)
	r.Post(Path+"/:id/eisen/:eis/terug", p.putBack)
	p.mountVersions(r)
}

func id(c *fiber.Ctx) programme.ID { return programme.ID(c.Params("id")) }

func documentPath(id programme.ID) string { return Path + "/" + url.PathEscape(string(id)) }

func (p *Pages) list(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	page, err := strconv.Atoi(c.Query("bladzijde", "1"))
	if err != nil || page < 1 {
		page = 1
	}
	filter := programme.Filter{Workgroup: c.Query("werkgroep"), Page: page}
	found, err := p.programmes.Documents(ctx, who, filter)
	if err != nil {
		return err
	}
	names, err := p.config.Workgroups(ctx, who, found.Workgroups)
	if err != nil {
		return err
	}
	return web.Page(c, listPage(newListView(found, filter, names)))
}

type createForm struct {
	Title        string          `form:"title,max=150"`
	Audience     access.Audience `form:"audience"`
	Confidential bool            `form:"confidential"`
	Key          string          `form:"idempotency_key,max=100"`
}

func (p *Pages) createForm(c *fiber.Ctx) error {
	name, err := p.mayCreate(c)
	if err != nil {
		return err
	}
	return web.Page(c, createPage(createView{Workgroup: c.Params("id"), Name: name}, createForm{Audience: access.Members, Key: rand.Text()}, nil))
}

func (p *Pages) create(c *fiber.Ctx) error {
	name, err := p.mayCreate(c)
	if err != nil {
		return err
	}
	var form createForm
	again := func(m ui.Mistakes) templ.Component {
		return createPage(createView{Workgroup: c.Params("id"), Name: name}, form, m)
	}
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	d, err := p.programmes.Create(c.UserContext(), web.Actor(c), programme.Input{
		Workgroup: c.Params("id"), Title: form.Title, Audience: form.Audience, Confidential: form.Confidential, Key: form.Key,
	})
	if err != nil {
		return web.Again(c, err, again)
	}
	return web.Done(c, documentPath(d.ID))
}

// mayCreate returns the name of the group for whoever may make a document in it.
func (p *Pages) mayCreate(c *fiber.Ctx) (string, error) {
	workgroup := c.Params("id")
	if err := p.programmes.MayCreate(web.Actor(c), workgroup); err != nil {
		return "", err
	}
	names, err := p.config.Workgroups(c.UserContext(), web.Actor(c), []string{workgroup})
	if err != nil {
		return "", err
	}
	name, known := names[workgroup]
	if !known {
		return "", fault.NotFound("not_found")
	}
	return name, nil
}

func (p *Pages) document(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	d, err := p.programmes.Get(ctx, who, id(c))
	if err != nil {
		return err
	}
	requirements, err := p.programmes.Requirements(ctx, who, d.ID)
	if err != nil {
		return err
	}
	names, err := p.config.Workgroups(ctx, who, []string{d.WorkgroupID})
	if err != nil {
		return err
	}
	text, err := p.config.Text(ctx, d.LiveID)
	if err != nil {
		return err
	}
	view := newDocumentView(ctx, d, requirements, text, names[d.WorkgroupID])
	view.MayWrite = p.programmes.MayWrite(who, d)
	view.MayReadHistory = p.programmes.MayReadHistory(who, d)
	if view.MayReadHistory {
		if view.Removed, err = p.removed(ctx, view); err != nil {
			return err
		}
	}
	if r, known := view.Known[c.Query(putBackField)]; known && view.MayWrite {
		if _, there := text.Find(richtext.Requirement, string(r.ID)); there {
			view.PutBack = r.Key()
		}
	}
	view.Editor = editorConfig(ctx, d, who, view.MayWrite)
	view.Early = earlyConfig(ctx, d, who)
	return web.Page(c, documentPage(view))
}

type renameForm struct {
	Title string `form:"title,max=150"`
}

func (p *Pages) renameForm(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	return web.Page(c, renamePage(d, renameForm{Title: d.Title}, nil))
}

func (p *Pages) rename(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	var form renameForm
	again := func(m ui.Mistakes) templ.Component { return renamePage(d, form, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	if _, err := p.programmes.Rename(c.UserContext(), web.Actor(c), d.ID, form.Title); err != nil {
		return web.Again(c, err, again)
	}
	return web.Done(c, documentPath(d.ID))
}

// writable returns the document for a form that only somebody who may write can send.
func (p *Pages) writable(c *fiber.Ctx) (programme.RequirementsDocument, error) {
	return p.programmes.Writable(c.UserContext(), web.Actor(c), id(c))
}

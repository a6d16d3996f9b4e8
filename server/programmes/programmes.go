// Package programmes is the pages of programmes of requirements: which there are, the document page
// on which people write together, and a plain form for each requirement.
package programmes

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

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
const Path = ui.ProgrammesPath

// Config is what the pages need of other rooms; each is a question with one answer.
type Config struct {
	// Workgroups returns the names of those groups that the actor may know of.
	Workgroups func(ctx context.Context, who access.Actor, ids []string) (map[string]string, error)
	// Text returns the text as it was last saved. The caller has been authorised.
	Text func(ctx context.Context, live livedoc.ID) (richtext.Document, error)
	// Whole returns the same with what an editor begins with. The caller has been authorised.
	Whole func(ctx context.Context, live livedoc.ID) (collab.Whole, error)
	// Requirements returns the ids of the requirements that stand in the text, in order, and which text that
	// is; none while it is still the known one. The caller has been authorised.
	Requirements func(ctx context.Context, live livedoc.ID, known string) (ids []string, text string, err error)
	// Reword puts other words in parts of one requirement, as one change by the actor. What others wrote meanwhile
	// stays. The caller has been authorised.
	Reword func(ctx context.Context, who access.Actor, live livedoc.ID, id string, in collab.Rewordings) (collab.Reworded, error)
	// Words returns what each part of a requirement says, as its form shows it, and whether it stands in the
	// text. The caller has been authorised.
	Words func(ctx context.Context, live livedoc.ID, id string) (words map[richtext.Kind]string, shown bool, err error)
	// Removed returns the requirements that stand nowhere in the text and have words all the same, the last
	// removed first. The caller has been authorised.
	Removed func(ctx context.Context, live livedoc.ID) ([]collab.Removed, error)
	// PutBack lets a requirement that was taken out of the text stand in it again, with its words, where it
	// stood; one that stands there stays. The caller has been authorised.
	PutBack func(ctx context.Context, who access.Actor, live livedoc.ID, id string) error
	// Names returns how people are called; somebody who is gone is left out.
	Names func(ctx context.Context, ids []access.PersonID) (map[access.PersonID]string, error)
	// Versions keeps the past of the texts.
	Versions *collab.Collab
	Log      *slog.Logger
}

// Pages answers requests for programmes of requirements.
type Pages struct {
	programmes *programme.Service
	config     Config
	keyed      keyed
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
	r.Get(Path+"/:id/lezen", p.read)
	r.Get(Path+"/:id/titel", p.renameForm)
	r.Post(Path+"/:id/titel", p.rename)
	r.Get(Path+"/:id/verwijderen", p.removeForm)
	r.Post(Path+"/:id/verwijderen", p.remove)
	r.Get(Path+"/:id/lezers", p.showForm)
	r.Post(Path+"/:id/lezers", p.show)
	r.Get(Path+"/:id/eisen.json", p.keys)
	r.Post(Path+"/:id/eisen", p.addRequirements)
	r.Get(Path+"/:id/eisen/:eis", p.requirement)
	r.Post(Path+"/:id/eisen/:eis", p.editRequirement)
	r.Post(Path+"/:id/eisen/:eis/terug", p.putBack)
	p.mountVersions(r)
}

func id(c *fiber.Ctx) programme.ID { return programme.ID(web.ID(c, "id")) }

// DocumentPath is where a document is, for links from other rooms.
func DocumentPath(id programme.ID) string { return documentPath(id) }

// requirementField names in the address of a document the requirement that somebody came for. What stands behind # is
// for the browser alone, and is lost where a page sends it on.
const requirementField = "eis"

// RequirementPath is where a requirement stands in its document, by what the search index calls it.
func RequirementPath(searchID string) string {
	document, requirement, _ := strings.Cut(searchID, "/")
	return documentPath(programme.ID(document)) + "?" + requirementField + "=" + url.QueryEscape(requirement) + "#" + requirementAnchor(requirement)
}

func requirementAnchor(id string) string { return "eis-" + url.PathEscape(id) }

func documentPath(id programme.ID) string { return Path + "/" + url.PathEscape(string(id)) }

// readPath is where the text is for whoever runs no script, or does not wait for one.
func readPath(id programme.ID) string { return documentPath(id) + "/lezen" }

// cameFrom is the page of the document from which somebody came to a requirement: the text alone, or the one
// with the editor.
func cameFrom(c *fiber.Ctx, id programme.ID) string {
	if from := readPath(id); c.Query(ui.ReturnField) == from {
		return from
	}
	return documentPath(id)
}

func (p *Pages) list(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	page, err := strconv.Atoi(c.Query("bladzijde", "1"))
	if err != nil || page < 1 {
		page = 1
	}
	filter := programme.Filter{Workgroup: web.AskedID(c, "werkgroep"), Page: page}
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
	return web.Page(c, createPage(createView{Workgroup: web.ID(c, "id"), Name: name}, createForm{Audience: access.Members, Key: rand.Text()}, nil))
}

func (p *Pages) create(c *fiber.Ctx) error {
	name, err := p.mayCreate(c)
	if err != nil {
		return err
	}
	var form createForm
	again := func(m ui.Mistakes) templ.Component {
		return createPage(createView{Workgroup: web.ID(c, "id"), Name: name}, form, m)
	}
	wrong := web.Decode(c, &form)
	in := programme.Input{Workgroup: web.ID(c, "id"), Title: form.Title, Audience: form.Audience, Confidential: form.Confidential, Key: form.Key}
	if err := web.Together(&form, wrong, in.Check()); err != nil {
		return web.Again(c, err, again)
	}
	d, err := p.programmes.Create(c.UserContext(), web.Actor(c), in)
	if fault.IsSentBefore(err) {
		form.Key = rand.Text()
	}
	if err != nil {
		return web.Again(c, err, again)
	}
	return web.Done(c, documentPath(d.ID), web.Say("programmes.did.begun", "Title", d.Title).Then("programmes.did.begun_next"))
}

// mayCreate returns the name of the group for whoever may make a document in it.
func (p *Pages) mayCreate(c *fiber.Ctx) (string, error) {
	workgroup := web.ID(c, "id")
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

// alongParameter asks for the page on which a visitor sees what is being written.
const alongParameter = "meelezen"

func (p *Pages) document(c *fiber.Ctx) error {
	view, err := p.loadDocument(c, true)
	if err != nil {
		return err
	}
	// Most visitors come to read, often on a telephone. They get the words alone; the editor, five times as
	// much, comes when they ask to read along.
	if !web.Actor(c).SignedIn() && !c.Context().QueryArgs().Has(alongParameter) {
		view.Plain, view.Along = true, documentPath(view.Document.ID)+"?"+alongParameter
		return web.Page(c, readPage(view))
	}
	view.Editor = editorConfig(c.UserContext(), view.Document, web.Actor(c), view.MayWrite, view.MayReadHistory)
	view.WithoutScript = web.PassSaid(c, readPath(view.Document.ID))
	if asked := web.AskedID(c, requirementField); asked != "" {
		view.WithoutScript += "#" + requirementAnchor(asked)
	}
	view.Early = earlyConfig(c.UserContext(), view.Document, web.Actor(c), view.Given != "")
	if view.Given != "" {
		return web.TightPage(c, documentPage(view))
	}
	return web.Page(c, documentPage(view))
}

func (p *Pages) read(c *fiber.Ctx) error {
	view, err := p.loadDocument(c, false)
	if err != nil {
		return err
	}
	view.Plain = true
	return web.Page(c, readPage(view))
}

// loadDocument reads what the page shows. Whoever may write on it begins with the text that it brings, unless
// their browser has a copy.
func (p *Pages) loadDocument(c *fiber.Ctx, writing bool) (view documentView, err error) {
	ctx, who := c.UserContext(), web.Actor(c)
	d, err := p.programmes.Get(ctx, who, id(c))
	if err != nil {
		return view, err
	}
	mayWrite := p.programmes.MayWrite(who, d)
	var text richtext.Document
	var beginning given
	if writing && mayWrite && !keepsCopy(web.Copies(c), d.LiveID) {
		whole, err := p.config.Whole(ctx, d.LiveID)
		if err != nil {
			return view, err
		}
		text, beginning = whole.Text, give(whole)
	} else if text, err = p.config.Text(ctx, d.LiveID); err != nil {
		return view, err
	}
	requirements, _, err := p.giveKeys(ctx, who, d.ID, text.IDs(richtext.Requirement))
	if err != nil {
		return view, err
	}
	names, err := p.config.Workgroups(ctx, who, []string{d.WorkgroupID})
	if err != nil {
		return view, err
	}
	view = newDocumentView(ctx, d, requirements, text, names[d.WorkgroupID])
	view.MayWrite, view.given = mayWrite, beginning
	view.MayReadHistory = p.programmes.MayReadHistory(who, d)
	if view.MayReadHistory {
		if view.Removed, err = p.removed(ctx, view); err != nil {
			return view, err
		}
	}
	return view, nil
}

// renameView is the form for another title. The document is as it is now.
type renameView struct {
	Document programme.RequirementsDocument
	Title    string
	MayShow  bool
	Blank    bool // nothing stands in it: it may go
	Newer    []ui.SummaryRow
	Undoing  bool
}

type renameForm struct {
	Title string `form:"title,max=150"`
}

func (p *Pages) renameForm(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	view := renameView{Document: d, Title: d.Title, MayShow: p.programmes.MayShow(web.Actor(c), d)}
	if view.MayShow {
		if view.Blank, _, err = p.config.Versions.Blank(c.UserContext(), d.LiveID); err != nil {
			return err
		}
	}
	return web.Page(c, renamePage(view, nil))
}

func (p *Pages) rename(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	var form renameForm
	view := renameView{Document: d, MayShow: p.programmes.MayShow(web.Actor(c), d), Undoing: web.Undoing(c)}
	again := func(m ui.Mistakes) templ.Component { return renamePage(view, m) }
	wrong := web.Decode(c, &form)
	view.Title = form.Title
	if wrong != nil {
		return web.Again(c, wrong, again)
	}
	was, _ := web.Was(c, "title")
	renamed, err := p.programmes.Rename(c.UserContext(), web.Actor(c), d.ID, was, form.Title)
	switch {
	case fault.IsUnchanged(err):
		return web.UnchangedNow(c, documentPath(d.ID), "title", form.Title, web.Say("programmes.did.renamed", "Title", renamed.Title))
	case fault.IsOvertaken(err):
		view.Document = renamed
		view.Newer = []ui.SummaryRow{{Key: ui.T(c.UserContext(), "programmes.create.name"), Value: renamed.Title, Written: true}}
		if view.Undoing {
			view.Title = renamed.Title
		}
		return web.Again(c, err, again)
	case err != nil:
		return web.Again(c, err, again)
	}
	return web.Done(c, documentPath(d.ID), web.Say("programmes.did.renamed", "Title", renamed.Title).
		UndoneBy(documentPath(d.ID)+"/titel", "title", d.Title, ui.WasField("title"), renamed.Title))
}

type showForm struct {
	Audience access.Audience `form:"audience"`
}

func (p *Pages) showForm(c *fiber.Ctx) error {
	d, err := p.programmes.Showable(c.UserContext(), web.Actor(c), id(c))
	if err != nil {
		return err
	}
	return web.Page(c, showPage(d, showForm{Audience: d.Audience}, nil, false, nil))
}

func (p *Pages) show(c *fiber.Ctx) error {
	d, err := p.programmes.Showable(c.UserContext(), web.Actor(c), id(c))
	if err != nil {
		return err
	}
	var form showForm
	var newer []ui.SummaryRow
	undoing := web.Undoing(c)
	again := func(m ui.Mistakes) templ.Component { return showPage(d, form, newer, undoing, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	said := web.Say("programmes.did.members")
	if form.Audience == access.Public {
		said = web.Say("programmes.did.public")
	}
	was, _ := web.Was(c, "audience")
	before := d.Audience
	err = p.programmes.Show(c.UserContext(), web.Actor(c), d.ID, access.Audience(was), form.Audience)
	switch {
	case fault.IsUnchanged(err):
		return web.UnchangedNow(c, documentPath(d.ID), "audience", string(form.Audience), said)
	case fault.IsOvertaken(err):
		if now, err := p.programmes.Showable(c.UserContext(), web.Actor(c), d.ID); err == nil {
			d = now
		}
		newer = audienceRow(c.UserContext(), d.Audience)
		if undoing {
			form.Audience = d.Audience
		}
		return web.Again(c, err, again)
	case err != nil:
		return web.Again(c, err, again)
	}
	return web.Done(c, documentPath(d.ID), said.UndoneBy(documentPath(d.ID)+"/lezers", "audience", string(before),
		ui.WasField("audience"), string(form.Audience)))
}

// audienceRow says who reads a document now.
func audienceRow(ctx context.Context, now access.Audience) []ui.SummaryRow {
	row := ui.SummaryRow{Key: ui.T(ctx, "programmes.create.audience")}
	for _, o := range audienceOptions(ctx) {
		if o.Value == string(now) {
			row.Value = o.Label
		}
	}
	return []ui.SummaryRow{row}
}

// writable returns the document for a form that only somebody who may write can send.
func (p *Pages) writable(c *fiber.Ctx) (programme.RequirementsDocument, error) {
	return p.programmes.Writable(c.UserContext(), web.Actor(c), id(c))
}

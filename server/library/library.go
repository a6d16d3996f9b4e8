// Package library shows the research notes and the comments under them. How people and workgroups
// are called comes in through functions that the program gives.
package library

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/research"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Reader is somebody who will be able to read what is shared with a workgroup.
type Reader struct {
	ID    access.PersonID
	Name  string
	Role  access.Role
	Group ui.Group
}

// Config is what the room needs; all of it.
type Config struct {
	Notes *research.Service
	// Names returns how people are called; somebody who is gone is left out.
	Names func(ctx context.Context, ids []access.PersonID) (map[access.PersonID]string, error)
	// Groups returns how workgroups are called; those that who may not know of are left out.
	Groups func(ctx context.Context, who access.Actor, ids []string) (map[string]string, error)
	// Readers returns the members of a workgroup that who is a member of.
	Readers func(ctx context.Context, who access.Actor, workgroup string) ([]Reader, error)
}

// Pages is the room.
type Pages struct {
	config Config
	notes  *research.Service
}

// New makes the room.
func New(config Config) *Pages { return &Pages{config: config, notes: config.Notes} }

// Mount puts the pages in their places.
func (p *Pages) Mount(r fiber.Router) {
	r.Get("/notities", p.list)
	r.Get("/werkgroepen/:id/notities/nieuw", p.newForm)
	r.Post("/werkgroepen/:id/notities/nieuw", p.write)
	r.Get("/notities/:id", p.show)
	r.Get("/notities/:id/bewerken", p.editForm)
	r.Post("/notities/:id/bewerken", p.edit)
	r.Get("/notities/:id/delen", p.shareForm)
	r.Post("/notities/:id/delen", p.share)
	r.Post("/notities/:id/terugnemen", p.takeBack)
	r.Get("/notities/:id/verwijderen", p.deleteForm)
	r.Post("/notities/:id/verwijderen", p.remove)
	r.Post("/notities/:id/reacties", p.comment)
	r.Get("/notities/:id/reacties/:comment/intrekken", p.withdrawForm)
	r.Post("/notities/:id/reacties/:comment/intrekken", p.withdraw)
}

func idOf(c *fiber.Ctx) research.NoteID { return research.NoteID(web.ID(c, "id")) }

// Path is where the page of a note is, for links from other rooms.
func Path(id research.NoteID) string { return ui.NotesPath + "/" + string(id) }

// newKey makes sending a form twice harmless.
func newKey() string { return rand.Text() }

// Latest returns the notes of a workgroup that who may read, the last changed first and at most
// limit, as lines for another room's page.
func (p *Pages) Latest(ctx context.Context, who access.Actor, workgroup string, limit int) ([]Line, error) {
	notes, _, err := p.notes.List(ctx, who, research.Filter{Workgroup: workgroup})
	if err != nil {
		return nil, err
	}
	if len(notes) > limit {
		notes = notes[:limit]
	}
	views, err := p.lines(ctx, who, notes)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(views))
	for i, v := range views {
		lines[i] = Line{Title: v.Title, Href: Path(v.ID), Note: lineText(ctx, v)}
	}
	return lines, nil
}

// Line is a note in one line.
type Line struct{ Title, Href, Note string }

// NewPath is the page where who writes a note in a workgroup; empty when who may not.
func NewPath(who access.Actor, workgroup string) string {
	if research.MayWrite(who, workgroup) != nil {
		return ""
	}
	return ui.WorkgroupsPath + "/" + workgroup + "/notities/nieuw"
}

// AllPath is the list of the notes of a workgroup.
func AllPath(workgroup string) string {
	return ui.NotesPath + "?" + url.Values{"werkgroep": {workgroup}}.Encode()
}

// --- list ---------------------------------------------------------------------------------------

type lineView struct {
	research.Listed
	Group, Author string
	Mine          bool
}

type groupView struct{ ID, Name string }

type listView struct {
	Filter research.Filter
	Lines  []lineView
	Total  int
	Groups []groupView // in which the reader may write, by name
	Others []groupView // of which the reader can only read
}

func (v listView) filtered() bool {
	return v.Filter.Workgroup != "" || v.Filter.Whose != research.Anybodys
}

func (v listView) needsFilter() bool { return v.filtered() || v.Total > 5 }

func (v listView) pages() ui.PageLinks {
	return ui.PageLinks{
		Page: max(v.Filter.Page, 1), Pages: (v.Total + research.PageSize - 1) / research.PageSize,
		Href: func(page int) string {
			q := url.Values{"bladzijde": {strconv.Itoa(page)}}
			if v.Filter.Workgroup != "" {
				q.Set("werkgroep", v.Filter.Workgroup)
			}
			if v.Filter.Whose != "" {
				q.Set("soort", string(v.Filter.Whose))
			}
			return ui.NotesPath + "?" + q.Encode()
		},
	}
}

func (p *Pages) list(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	if !who.SignedIn() {
		return web.Page(c, visitorPage())
	}
	v := listView{Filter: research.Filter{
		Workgroup: web.AskedID(c, "werkgroep"), Whose: research.Whose(c.Query("soort")), Page: c.QueryInt("bladzijde", 1),
	}}
	notes, total, err := p.notes.List(ctx, who, v.Filter)
	if err != nil {
		return err
	}
	v.Total = total
	if v.Lines, err = p.lines(ctx, who, notes); err != nil {
		return err
	}
	if v.Groups, v.Others, err = p.groupsOf(ctx, who); err != nil {
		return err
	}
	return web.Page(c, listPage(v))
}

// lines puts names beside what was found.
func (p *Pages) lines(ctx context.Context, who access.Actor, notes []research.Listed) ([]lineView, error) {
	var people []access.PersonID
	var groups []string
	for _, n := range notes {
		people, groups = append(people, n.AuthorID), append(groups, n.WorkgroupID)
	}
	names, err := p.names(ctx, people)
	if err != nil {
		return nil, err
	}
	titles, err := p.config.Groups(ctx, who, groups)
	if err != nil {
		return nil, err
	}
	lines := make([]lineView, len(notes))
	for i, n := range notes {
		lines[i] = lineView{Listed: n, Group: titles[n.WorkgroupID], Author: names(n.AuthorID), Mine: n.AuthorID == who.ID}
	}
	return lines, nil
}

// names returns a function that calls somebody by name, also somebody whose account is gone.
func (p *Pages) names(ctx context.Context, ids []access.PersonID) (func(access.PersonID) string, error) {
	known, err := p.config.Names(ctx, ids)
	return func(id access.PersonID) string {
		if name, ok := known[id]; ok {
			return name
		}
		return ui.T(ctx, "note.former_person")
	}, err
}

// people returns a function that shows somebody by name and, for a member of the group, by the
// stakeholder group they speak for.
func (p *Pages) people(ctx context.Context, who access.Actor, workgroup string, ids []access.PersonID) (func(access.PersonID) ui.Person, error) {
	names, err := p.names(ctx, ids)
	if err != nil {
		return nil, err
	}
	groups := map[access.PersonID]ui.Group{}
	// Who left the group still sees their own draft, but not who is in it.
	if who.Can(access.ReadMembers, access.Scope{Workgroup: workgroup, Audience: access.Members}) {
		members, err := p.config.Readers(ctx, who, workgroup)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			groups[m.ID] = m.Group
		}
	}
	return func(id access.PersonID) ui.Person { return ui.Person{Name: names(id), Group: groups[id]} }, nil
}

// groupsOf returns the groups of who: those to write in, and those that can only be read.
func (p *Pages) groupsOf(ctx context.Context, who access.Actor) (write, read []groupView, err error) {
	ids := who.Reach().Workgroups
	names, err := p.config.Groups(ctx, who, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		g := groupView{ID: id, Name: names[id]}
		if g.Name == "" {
			continue
		}
		if research.MayWrite(who, id) == nil {
			write = append(write, g)
		} else {
			read = append(read, g)
		}
	}
	byName := func(a, b groupView) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(write, byName)
	slices.SortFunc(read, byName)
	return write, read, nil
}

// --- one note -----------------------------------------------------------------------------------

type commentForm struct {
	Text string `form:"comment,max=5000,lines"`
	Key  string `form:"idempotency_key,max=100"`
}

type commentView struct {
	research.Comment
	Author      ui.Person
	Mine        bool
	MayWithdraw bool
}

type noteView struct {
	research.Note
	Author              ui.Person
	Group               string
	Comments            []commentView
	Mine                bool
	MayEdit, MayComment bool
	MayTakeBack         bool
	Form                commentForm
}

func (p *Pages) show(c *fiber.Ctx) error {
	page, err := p.notePage(c, commentForm{Key: newKey()})
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) notePage(c *fiber.Ctx, form commentForm) (page, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	n, err := p.notes.Get(ctx, who, idOf(c))
	if err != nil {
		return nil, err
	}
	comments, err := p.notes.Comments(ctx, who, n.ID)
	if err != nil {
		return nil, err
	}
	ids := []access.PersonID{n.AuthorID}
	for _, one := range comments {
		ids = append(ids, one.AuthorID)
	}
	people, err := p.people(ctx, who, n.WorkgroupID, ids)
	if err != nil {
		return nil, err
	}
	groups, err := p.config.Groups(ctx, who, []string{n.WorkgroupID})
	if err != nil {
		return nil, err
	}
	v := noteView{
		Note: n, Author: people(n.AuthorID), Group: groups[n.WorkgroupID], Form: form, Mine: n.AuthorID == who.ID,
		MayEdit: who.Can(access.EditNote, n.Scope()), MayComment: !n.Draft() && who.Can(access.CommentOnNote, n.Scope()),
	}
	v.MayTakeBack = v.MayEdit && !n.Draft()
	for _, one := range comments {
		gone := one.WithdrawnAt != nil
		v.MayTakeBack = v.MayTakeBack && (gone || one.AuthorID == n.AuthorID)
		v.Comments = append(v.Comments, commentView{
			Comment: one, Author: people(one.AuthorID), Mine: one.AuthorID == who.ID,
			MayWithdraw: !gone && who.Can(access.WithdrawComment, one.Scope(n)),
		})
	}
	return notePage(v), nil
}

func (p *Pages) comment(c *fiber.Ctx) error {
	var form commentForm
	err := web.Decode(c, &form)
	var made research.Comment
	if err == nil {
		made, err = p.notes.Comment(c.UserContext(), web.Actor(c), idOf(c), form.Text, form.Key)
	}
	if fault.IsSentBefore(err) {
		form.Key = newKey()
	}
	if err != nil {
		page, pageErr := p.notePage(c, form)
		if pageErr != nil {
			return pageErr
		}
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c)), web.Say("note.did.commented").SeeAt("#reacties", "note.did.commented_see").
		UndoneBy(Path(idOf(c))+"/reacties/"+string(made.ID)+"/intrekken").Called("note.did.commented_undo"))
}

// withdrawForm asks first: the words of a comment do not come back.
func (p *Pages) withdrawForm(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	n, err := p.notes.Get(ctx, who, idOf(c))
	if err != nil {
		return err
	}
	comments, err := p.notes.Comments(ctx, who, n.ID)
	if err != nil {
		return err
	}
	for _, one := range comments {
		if one.ID != research.CommentID(web.ID(c, "comment")) || one.WithdrawnAt != nil {
			continue
		}
		if err := who.May(access.WithdrawComment, one.Scope(n)); err != nil {
			return err
		}
		people, err := p.people(ctx, who, n.WorkgroupID, []access.PersonID{one.AuthorID})
		if err != nil {
			return err
		}
		return web.Page(c, withdrawPage(n, commentView{Comment: one, Author: people(one.AuthorID), Mine: one.AuthorID == who.ID}))
	}
	return fault.NotFound("not_found")
}

func (p *Pages) withdraw(c *fiber.Ctx) error {
	err := p.notes.WithdrawComment(c.UserContext(), web.Actor(c), idOf(c), research.CommentID(web.ID(c, "comment")))
	if err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c)), web.Say("note.did.comment_withdrawn"))
}

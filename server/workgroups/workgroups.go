// Package workgroups shows the workgroups: who is in them, what they are for, and what belongs to
// them. What other rooms have for a group comes in as cards, through functions that the program gives.
package workgroups

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/workgroup"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Card is a thing of another room that belongs to a group.
type Card struct{ Title, Href, Note string }

// Section is one kind of thing that a group has. Name is part of the keys of its sentences:
// "documents", "meetings" or "notes".
type Section struct {
	Name string
	// List returns what who may see of a group, the most important first.
	List func(ctx context.Context, who access.Actor, workgroup string) ([]Card, error)
	// Past returns what is over, the last first; nil when nothing of this kind ends.
	Past func(ctx context.Context, who access.Actor, workgroup string) ([]Card, error)
	// All is the page with the rest; nil when List returns everything.
	All func(workgroup string) string
	// New is the page where who makes another; empty when who may not.
	New func(who access.Actor, workgroup string) string
}

// Config is what the room needs; all of it.
type Config struct {
	Web    *web.Web
	Groups *workgroup.Service
	// Names returns how people are called; somebody who is gone is left out.
	Names    func(ctx context.Context, ids []access.PersonID) (map[access.PersonID]string, error)
	Sections []Section
	// Ahead returns the meetings that must be called off, or be over, before a group is closed.
	Ahead func(ctx context.Context, who access.Actor, workgroup string) ([]Card, error)
	// Letters returns the last letter to each of these readers, and SendAgain sends that of one again; the
	// reader of an invitation's is the invitation.
	Letters   func(ctx context.Context, readers ...string) (map[string]letter.Letter, error)
	SendAgain func(ctx context.Context, reader string) error
}

// Pages is the room.
type Pages struct {
	config Config
	groups *workgroup.Service
}

// New makes the room.
func New(config Config) *Pages { return &Pages{config: config, groups: config.Groups} }

// Mount puts the pages in their places.
func (p *Pages) Mount(r fiber.Router) {
	r.Get("/werkgroepen", p.list)
	r.Get("/werkgroepen/nieuw", p.newForm)
	r.Post("/werkgroepen/nieuw", p.create)
	r.Get("/werkgroepen/inzage", p.inspectable)
	r.Get("/werkgroepen/:id", p.show)
	r.Get("/werkgroepen/:id/bewerken", p.editForm)
	r.Post("/werkgroepen/:id/bewerken", p.change)
	r.Get("/werkgroepen/:id/sluiten", p.archiveForm)
	r.Post("/werkgroepen/:id/sluiten", p.archive)
	r.Post("/werkgroepen/:id/heropenen", p.reopen)
	r.Get("/werkgroepen/:id/inzage", p.inspectForm)
	r.Post("/werkgroepen/:id/inzage", p.inspect)
	r.Get("/werkgroepen/:id/leden", p.members)
	r.Post("/werkgroepen/:id/leden", p.invite)
	r.Get("/werkgroepen/:id/leden/:person", p.member)
	r.Post("/werkgroepen/:id/leden/:person", p.changeRole)
	r.Post("/werkgroepen/:id/leden/:person/verwijderen", p.remove)
	r.Get("/werkgroepen/:id/uitnodigingen/:invitation/intrekken", p.withdrawForm)
	r.Post("/werkgroepen/:id/uitnodigingen/:invitation/intrekken", p.withdraw)
	r.Post("/werkgroepen/:id/uitnodigingen/:invitation/opnieuw", p.inviteAgain)
	r.Get("/werkgroepen/:id/verlaten", p.leaveForm)
	r.Post("/werkgroepen/:id/verlaten", p.leave)
	r.Get("/uitnodigingen", p.invitation)
	r.Post("/uitnodigingen", p.answer)
	r.Get("/uitnodigingen/aangenomen", p.accepted)
	r.Get("/uitnodigingen/afgeslagen", p.declined)
	r.Get("/uitnodigingen/:token", p.exchange)
}

func idOf(c *fiber.Ctx) workgroup.ID { return workgroup.ID(web.ID(c, "id")) }

// newKey makes sending a form twice harmless.
func newKey() string { return rand.Text() }

// --- list ---------------------------------------------------------------------------------------

func (p *Pages) list(c *fiber.Ctx) error {
	f := workgroup.Filter{
		Text: trimmed(c.Query("tekst")), Strand: workgroup.Strand(c.Query("lijn")), Mine: c.Query("mijn") != "",
		Page: c.QueryInt("bladzijde", 1),
	}
	who := web.Actor(c)
	groups, total, err := p.groups.List(c.UserContext(), who, f)
	if err != nil {
		return err
	}
	ids := make([]workgroup.ID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	counts, err := p.groups.CountMembers(c.UserContext(), who, ids)
	if err != nil {
		return err
	}
	v := listView{Filter: f, Total: total, SignedIn: who.SignedIn(), MayCreate: workgroup.MayCreate(who)}
	for _, g := range groups {
		v.Groups = append(v.Groups, cardView{Workgroup: g, Members: counts[g.ID], Role: who.RoleIn(string(g.ID))})
	}
	return web.Page(c, listPage(v))
}

type listView struct {
	Filter    workgroup.Filter
	Groups    []cardView
	Total     int
	SignedIn  bool
	MayCreate bool
}

type cardView struct {
	workgroup.Workgroup
	Members int
	Role    access.Role
}

func (v listView) filtered() bool {
	return v.Filter.Text != "" || v.Filter.Strand != "" || v.Filter.Mine
}

// needsFilter keeps a list that fits on a screen free of a form.
func (v listView) needsFilter() bool { return v.filtered() || v.Total > 5 }

func (v listView) pages() ui.PageLinks {
	return ui.PageLinks{
		Page: max(v.Filter.Page, 1), Pages: (v.Total + workgroup.PageSize - 1) / workgroup.PageSize,
		Href: func(page int) string {
			q := url.Values{}
			set := func(name, value string) {
				if value != "" {
					q.Set(name, value)
				}
			}
			set("tekst", v.Filter.Text)
			set("lijn", string(v.Filter.Strand))
			if v.Filter.Mine {
				q.Set("mijn", "ja")
			}
			q.Set("bladzijde", strconv.Itoa(page))
			return ui.WorkgroupsPath + "?" + q.Encode()
		},
	}
}

// trimmed bounds what is looked for; nobody types more.
func trimmed(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), ""))
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100])
	}
	return s
}

// --- one group ----------------------------------------------------------------------------------

func (p *Pages) show(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	g, err := p.groups.Get(ctx, who, idOf(c))
	if err != nil {
		return err
	}
	v := groupView{
		Workgroup: g, Role: who.RoleIn(string(g.ID)), Now: p.groups.Now(),
		MayManage: who.Can(access.ManageWorkgroup, g.Scope()), MaySeeMembers: who.Can(access.ReadMembers, g.Scope()),
		MayArchive: who.Can(access.ReopenWorkgroup, g.Scope()),
	}
	for _, s := range p.config.Sections {
		cards, err := s.List(ctx, who, string(g.ID))
		if err != nil {
			return fmt.Errorf("%s of a workgroup: %w", s.Name, err)
		}
		sv := sectionView{Name: s.Name, Cards: cards, New: s.New(who, string(g.ID))}
		if s.Past != nil {
			if sv.Past, err = s.Past(ctx, who, string(g.ID)); err != nil {
				return fmt.Errorf("past %s of a workgroup: %w", s.Name, err)
			}
		}
		if s.All != nil && len(cards)+len(sv.Past) > 0 {
			sv.All = s.All(string(g.ID))
		}
		v.Sections = append(v.Sections, sv)
	}
	if v.MaySeeMembers {
		if v.Members, err = p.memberViews(ctx, who, g.ID); err != nil {
			return err
		}
		if v.Inspections, err = p.inspectionViews(ctx, who, g.ID); err != nil {
			return err
		}
	} else {
		counts, err := p.groups.CountMembers(ctx, who, []workgroup.ID{g.ID})
		if err != nil {
			return err
		}
		v.Count = counts[g.ID]
	}
	return web.Page(c, groupPage(v))
}

type groupView struct {
	workgroup.Workgroup
	Role                     access.Role // of who looks; empty for an outsider
	Now                      time.Time
	MayManage, MaySeeMembers bool
	MayArchive               bool
	Members                  []memberView
	Count                    int // of members, for those who may not know who they are
	Sections                 []sectionView
	Inspections              []inspectionView
}

func (v groupView) isMember() bool { return v.Role.Valid() }

type sectionView struct {
	Name        string
	Cards, Past []Card
	All, New    string
}

type memberView struct {
	ID       access.PersonID
	Name     string
	Role     access.Role
	JoinedAt time.Time
	You      bool
}

func (m memberView) person() ui.Person { return ui.Person{Name: m.Name, Group: ui.GroupOf(m.Role)} }

type inspectionView struct {
	Name, Reason string
	At           time.Time
}

func (p *Pages) memberViews(ctx context.Context, who access.Actor, id workgroup.ID) ([]memberView, error) {
	members, err := p.groups.Members(ctx, who, id)
	if err != nil {
		return nil, err
	}
	ids := make([]access.PersonID, len(members))
	for i, m := range members {
		ids[i] = m.PersonID
	}
	names, err := p.names(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]memberView, len(members))
	for i, m := range members {
		views[i] = memberView{ID: m.PersonID, Name: names(m.PersonID), Role: m.Role, JoinedAt: m.JoinedAt, You: m.PersonID == who.ID}
	}
	return views, nil
}

func (p *Pages) inspectionViews(ctx context.Context, who access.Actor, id workgroup.ID) ([]inspectionView, error) {
	found, err := p.groups.Inspections(ctx, who, id)
	if err != nil {
		return nil, err
	}
	ids := make([]access.PersonID, len(found))
	for i, one := range found {
		ids[i] = one.PersonID
	}
	names, err := p.names(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]inspectionView, len(found))
	for i, one := range found {
		views[i] = inspectionView{Name: names(one.PersonID), Reason: one.Reason, At: one.StartedAt}
	}
	return views, nil
}

// names returns a function that calls somebody by name, also somebody whose account is gone.
func (p *Pages) names(ctx context.Context, ids []access.PersonID) (func(access.PersonID) string, error) {
	known, err := p.config.Names(ctx, ids)
	return func(id access.PersonID) string {
		if name, ok := known[id]; ok {
			return name
		}
		return ui.T(ctx, "workgroup.former_person")
	}, err
}

// --- make and change ----------------------------------------------------------------------------

type groupForm struct {
	Name       string             `form:"name,max=100"`
	Goal       string             `form:"goal,max=2000,lines"`
	Review     string             `form:"review,max=20"`
	Strands    []workgroup.Strand `form:"strands"`
	Visibility string             `form:"visibility,max=20"`
	Version    int                `form:"version"`
	Key        string             `form:"idempotency_key,max=100"`
}

const (
	visiblePublic  = "public"
	visiblePrivate = "private"
)

// input reads what was typed; only the date can be unreadable.
func (f groupForm) input() (workgroup.Input, error) {
	in := workgroup.Input{Name: f.Name, Goal: f.Goal, Strands: f.Strands, Public: f.Visibility == visiblePublic, Key: f.Key}
	if f.Review == "" {
		return in, nil
	}
	for _, layout := range []string{time.DateOnly, "2-1-2006", "2/1/2006", "2.1.2006"} {
		if day, err := time.Parse(layout, f.Review); err == nil {
			in.ReviewOn = day
			return in, nil
		}
	}
	return in, fault.Invalid("workgroup.review.unreadable").At("review")
}

func (f groupForm) strands() []string {
	words := make([]string, len(f.Strands))
	for i, s := range f.Strands {
		words[i] = string(s)
	}
	return words
}

func (p *Pages) newForm(c *fiber.Ctx) error {
	if err := mayCreate(c); err != nil {
		return err
	}
	return web.Page(c, newPage(groupForm{Key: newKey(), Visibility: visiblePrivate})(nil))
}

// mayCreate keeps somebody from filling in a form that would be refused.
func mayCreate(c *fiber.Ctx) error {
	who := web.Actor(c)
	if workgroup.MayCreate(who) {
		return nil
	}
	return who.May(access.CreateWorkgroup, access.Scope{Audience: access.Public})
}

func (p *Pages) create(c *fiber.Ctx) error {
	if err := mayCreate(c); err != nil {
		return err
	}
	var form groupForm
	wrong := web.Decode(c, &form)
	in, unreadable := form.input()
	if err := web.Together(&form, wrong, unreadable, in.Check(p.groups.Now(), time.Time{})); err != nil {
		return web.Again(c, err, newPage(form))
	}
	g, err := p.groups.Create(c.UserContext(), web.Actor(c), in)
	if fault.IsSentBefore(err) {
		form.Key = newKey()
	}
	if err != nil {
		return web.Again(c, err, newPage(form))
	}
	return web.Done(c, Path(g.ID), web.Say("workgroup.did.begun", "Group", g.Name).SeeAt(Path(g.ID)+"/leden", "workgroup.did.begun_next"))
}

// Path is where the page of a workgroup is, for links from other rooms.
func Path(id workgroup.ID) string { return ui.WorkgroupsPath + "/" + string(id) }

// managed returns a group that who may change, so that no form is shown that would be refused.
func (p *Pages) managed(c *fiber.Ctx) (workgroup.Workgroup, error) {
	who := web.Actor(c)
	g, err := p.groups.Get(c.UserContext(), who, idOf(c))
	if err != nil {
		return g, err
	}
	return g, who.May(access.ManageWorkgroup, g.Scope())
}

func (p *Pages) editForm(c *fiber.Ctx) error {
	g, err := p.managed(c)
	if err != nil {
		return err
	}
	form := groupForm{
		Name: g.Name, Goal: g.Goal, Review: g.ReviewOn.Format(time.DateOnly), Strands: g.Strands, Version: g.Version, Visibility: visiblePrivate,
	}
	if g.Public {
		form.Visibility = visiblePublic
	}
	return web.Page(c, editPage(g, form, nil)(nil))
}

func (p *Pages) change(c *fiber.Ctx) error {
	g, err := p.managed(c)
	if err != nil {
		return err
	}
	var form groupForm
	wrong := web.Decode(c, &form)
	in, unreadable := form.input()
	if err := web.Together(&form, wrong, unreadable, in.Check(p.groups.Now(), g.ReviewOn)); err != nil {
		return web.Again(c, err, editPage(g, form, nil))
	}
	changed, err := p.groups.Change(c.UserContext(), web.Actor(c), g.ID, form.Version, in)
	if fault.IsUnchanged(err) {
		return web.Unchanged(c, Path(g.ID))
	}
	if fault.IsOvertaken(err) {
		if g, err2 := p.managed(c); err2 == nil {
			form.Version = g.Version // sending it again is then a choice, made with the newer text in sight
			return web.Again(c, err, editPage(g, form, newerRows(c.UserContext(), g, in)))
		}
	}
	if err != nil {
		return web.Again(c, err, editPage(g, form, nil))
	}
	return web.Done(c, Path(g.ID), web.Say("workgroup.did.changed", "Group", changed.Name))
}

// --- look inside --------------------------------------------------------------------------------

func (p *Pages) inspectable(c *fiber.Ctx) error {
	groups, err := p.groups.Inspectable(c.UserContext(), web.Actor(c))
	if err != nil {
		return err
	}
	return web.Page(c, inspectablePage(groups))
}

type inspectForm struct {
	Reason string `form:"reason,max=500,lines"`
}

func (p *Pages) inspectForm(c *fiber.Ctx) error {
	page, err := p.inspectPage(c, inspectForm{})
	if err != nil {
		return err
	}
	return web.Page(c, page(nil))
}

func (p *Pages) inspectPage(c *fiber.Ctx, form inspectForm) (func(ui.Mistakes) templ.Component, error) {
	groups, err := p.groups.Inspectable(c.UserContext(), web.Actor(c))
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.ID == idOf(c) {
			return inspectPage(g, form), nil
		}
	}
	return nil, fault.NotFound("not_found")
}

func (p *Pages) inspect(c *fiber.Ctx) error {
	var form inspectForm
	err := web.Decode(c, &form)
	page, pageErr := p.inspectPage(c, form)
	if pageErr != nil {
		return pageErr
	}
	if err != nil {
		return web.Again(c, err, page)
	}
	if _, err := p.groups.Inspect(c.UserContext(), web.Actor(c), idOf(c), form.Reason); err != nil {
		return web.Again(c, err, page)
	}
	return web.Done(c, Path(idOf(c)), web.Say("workgroup.did.inspecting").As(ui.Info).Then("workgroup.did.inspecting_next"))
}

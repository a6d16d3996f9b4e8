package meetings

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/domain/meeting/ical"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

func (p *Pages) list(c *fiber.Ctx) error {
	view := listView{Kind: meeting.Kind(c.Query("soort")), Page: max(1, min(c.QueryInt("bladzijde", 1), 10_000)), Now: p.Meetings.Now()}
	if !slices.Contains(meeting.Kinds, view.Kind) {
		view.Kind = ""
	}
	who := web.Actor(c)
	if view.Workgroup = web.AskedID(c, "werkgroep"); view.Workgroup != "" {
		names, err := p.Workgroups(c.UserContext(), who, []string{view.Workgroup})
		if err != nil {
			return err
		}
		if view.Group = names[view.Workgroup]; view.Group == "" {
			return fault.NotFound("not_found")
		}
	}
	for _, which := range []meeting.Which{meeting.Drafts, meeting.Upcoming, meeting.Undated, meeting.Past} {
		f := meeting.Filter{Which: which, Workgroup: view.Workgroup, Kind: view.Kind, Size: 100}
		if which == meeting.Past { // the one that grows
			f.Size, f.Page = meeting.PageSize, view.Page
		}
		list, total, err := p.Meetings.List(c.UserContext(), who, f)
		if err != nil {
			return err
		}
		view.Sections = append(view.Sections, sectionView{Which: which, Meetings: list, Total: total})
	}
	groups, err := p.plannable(c)
	if err != nil {
		return err
	}
	view.MayPlan = len(groups) > 0
	return web.Page(c, listPage(view))
}

type listView struct {
	Workgroup string // whose meetings the list is about, with its name; empty for all
	Group     string
	Kind      meeting.Kind
	Page      int
	Sections  []sectionView
	MayPlan   bool
	Now       time.Time
}

type sectionView struct {
	Which    meeting.Which
	Meetings []meeting.Overview
	Total    int
}

// shown are the sections with something in them. Who comes for what is coming is also told when
// there is nothing.
func (v listView) shown() []sectionView {
	return slices.DeleteFunc(slices.Clone(v.Sections), func(s sectionView) bool { return s.Total == 0 && s.Which != meeting.Upcoming })
}

// manyMeetings is how many can be looked over without a filter.
const manyMeetings = 20

func (v listView) filtered() bool { return v.Kind != "" || v.Workgroup != "" }

func (v listView) total() int {
	total := 0
	for _, s := range v.Sections {
		total += s.Total
	}
	return total
}

func (v listView) href(page int) string {
	q := url.Values{"bladzijde": {strconv.Itoa(page)}}
	if v.Kind != "" {
		q.Set("soort", string(v.Kind))
	}
	if v.Workgroup != "" {
		q.Set("werkgroep", v.Workgroup)
	}
	return ui.MeetingsPath + "?" + q.Encode()
}

// OfWorkgroup is where the meetings of one workgroup are listed.
func OfWorkgroup(workgroup string) string {
	return ui.MeetingsPath + "?" + url.Values{"werkgroep": {workgroup}}.Encode()
}

// PlanFor is where who plans a meeting of a workgroup; empty when who may not.
func PlanFor(who access.Actor, workgroup string) string {
	if !who.Can(access.DraftMeeting, access.Scope{Workgroup: workgroup, Audience: access.Members}) {
		return ""
	}
	return planPath + "?" + url.Values{"werkgroep": {workgroup}}.Encode()
}

// Line is a meeting on a page of another room.
type Line struct{ Title, Href, When, Where string }

// Lines returns the first meetings of a list that who may know of, in the language of ctx.
func (p *Pages) Lines(ctx context.Context, who access.Actor, f meeting.Filter) ([]Line, error) {
	list, _, err := p.Meetings.List(ctx, who, f)
	lines := make([]Line, 0, len(list))
	for _, m := range list {
		lines = append(lines, LineOf(ctx, m.Meeting))
	}
	return lines, err
}

// LineOf is a meeting in one line, in the language of ctx.
func LineOf(ctx context.Context, m meeting.Meeting) Line {
	return Line{Title: m.Title, Href: Path(m.ID), When: joinNonEmpty(" – ", when(ctx, m), near(ctx, m)), Where: where(ctx, m)}
}

func pages(total int) int { return (total + meeting.PageSize - 1) / meeting.PageSize }

func (p *Pages) meeting(c *fiber.Ctx) error {
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	view, err := p.meetingView(c, m)
	if err != nil {
		return err
	}
	return web.Page(c, meetingPage(view))
}

func (p *Pages) calendar(c *fiber.Ctx) error {
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	if m.StartsAt == nil || !m.Published() {
		return fault.NotFound("not_found")
	}
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8; method=PUBLISH")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="bijeenkomst.ics"`)
	return c.SendString(ical.Object(appointment(m.Meeting, p.Web.AbsoluteURL(Path(m.ID)), p.Meetings.Now())))
}

func (p *Pages) registerForm(c *fiber.Ctx) error {
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	if err := m.TakesRegistrations(p.Meetings.Now()); err != nil {
		return err
	}
	return web.Page(c, registerPage(m, registerForm{People: "1", Key: meeting.NewIdempotencyKey()}, nil))
}

func (p *Pages) register(c *fiber.Ctx) error {
	var form registerForm
	unreadable := web.Decode(c, &form)
	m, err := p.Meetings.Find(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	again := func(mistakes ui.Mistakes) component { return registerPage(m, form, mistakes) }
	in, wrong := form.input(c)
	checked, unfit := in.Check()
	if err := web.Together(&form, unreadable, wrong, unfit); err != nil {
		return web.Again(c, err, again)
	}
	if form.Edit {
		return web.Page(c, registerPage(m, form, nil))
	}
	if !form.Another {
		t, found, err := p.Meetings.Known(c.UserContext(), web.Actor(c), m.ID, checked, p.tokens(c), form.Key)
		if err != nil {
			return err
		}
		if found {
			p.remember(c, t.Registration.ID, t.Token)
			return web.Page(c, alreadyPage(t, form))
		}
	}
	if form.Sure {
		r, token, err := p.Meetings.Register(c.UserContext(), web.Actor(c), m.ID, checked, form.Key)
		if fault.IsSentBefore(err) {
			form.Key = meeting.NewIdempotencyKey()
		}
		if err != nil {
			return web.Again(c, err, again)
		}
		p.remember(c, r.ID, token)
		said := web.Say("meetings.did.registered", "Title", m.Title)
		if r.State == meeting.Waiting {
			said = web.Say("meetings.did.waiting", "Title", m.Title).As(ui.Info)
		}
		return web.Done(c, registrationPath(r.ID), orUnwritten(c, said, r.Channel, r.Unwritten))
	}
	if err := m.TakesRegistrations(p.Meetings.Now()); err != nil {
		return web.Again(c, err, again)
	}
	if checked.People > m.Seats.Capacity {
		return web.Again(c, fault.Invalid("meetings.mistake.people_room", "Seats", m.Seats.Capacity).At("people"), again)
	}
	return web.Page(c, checkPage(m, form, checked))
}

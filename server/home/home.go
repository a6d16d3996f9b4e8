// Package home has the first page, and the pages on which the installation gives account of itself:
// how accessible it is, what it keeps about people, where its source is, and whom to tell when it
// is not safe. What the first page shows of other rooms comes from functions that cmd gives.
package home

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Card is something on the first page that can be opened.
type Card struct {
	Title, Href string
	Above       string // a short line over the title, such as a date
	Text        string // a sentence under it; may be empty
	Written     bool   // the title is the words of people, not of the page
	TextWritten bool   // and so is the sentence
}

// Source returns what the first page shows of another room to who asks: a few cards, the most
// important first, in the language of ctx.
type Source func(ctx context.Context, who access.Actor) ([]Card, error)

// Config is what the room needs; all of it that does not say otherwise.
type Config struct {
	Web       *web.Web
	Contact   string // an e-mail address
	SourceURL string // where the source of this installation is published; may be empty
	Own       []File // the logo and the colours of the network, if any
	Privacy   string // what the network itself says about privacy, in Markdown; may be empty
	Now       func() time.Time
}

// Pages is the room.
type Pages struct {
	config                                        Config
	meetings, programmes, workgroups, asked, next []Source
}

// New makes the room; the first page shows nothing of other rooms yet.
func New(config Config) *Pages { return &Pages{config: config} }

// ShowMeetings adds upcoming meetings to the first page.
func (p *Pages) ShowMeetings(s Source) { p.meetings = append(p.meetings, s) }

// ShowProgrammes adds programmes: to a member those of their groups, to others those that they may read.
func (p *Pages) ShowProgrammes(s Source) { p.programmes = append(p.programmes, s) }

// ShowNext adds the next meeting of somebody who is signed in.
func (p *Pages) ShowNext(s Source) { p.next = append(p.next, s) }

// ShowWorkgroups adds workgroups that the reader may look into.
func (p *Pages) ShowWorkgroups(s Source) { p.workgroups = append(p.workgroups, s) }

// Ask adds what the network asks of somebody who is signed in: an invitation, a draft to finish.
func (p *Pages) Ask(s Source) { p.asked = append(p.asked, s) }

// Mount adds the routes.
func (p *Pages) Mount(r fiber.Router) {
	r.Get(ui.HomePath, p.home)
	r.Get(ui.AccessibilityPath, func(c *fiber.Ctx) error { return web.Page(c, accessibilityPage(p.config.Contact)) })
	r.Get(ui.PrivacyPath, func(c *fiber.Ctx) error { return web.Page(c, privacyPage(p.config.Contact, p.config.Privacy)) })
	r.Get(ui.ContactPath, func(c *fiber.Ctx) error { return web.Page(c, contactPage()) })
	r.Get(ownPath+"/:name", p.own)
	r.Get(ui.SourcePath, func(c *fiber.Ctx) error {
		return web.Page(c, sourcePage(p.config.SourceURL, p.config.Contact, dependencies()))
	})
	r.Get("/.well-known/security.txt", p.security)
}

// view is what the first page shows: to a visitor what this is and what is open to everybody, to who is
// signed in what is theirs.
type view struct {
	signedIn                                      bool
	arranges                                      bool // for others, as a coordinator of the network or an administrator
	meetings, programmes, workgroups, asked, next []Card
}

// What the first page shows of each room at most; the list of the room has the rest.
const (
	mostMeetings   = 3
	mostProgrammes = 4
	mostGroups     = 4
	mostAsked      = 12
)

func (p *Pages) home(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	v := view{signedIn: who.SignedIn(), arranges: who.Has(access.Coordinator) || who.Has(access.Admin)}
	type part struct {
		name    string
		sources []Source
		most    int
		into    *[]Card
	}
	parts := []part{{"programmes", p.programmes, mostProgrammes, &v.programmes}, {"workgroups", p.workgroups, mostGroups, &v.workgroups}}
	if v.signedIn {
		parts = append(parts, part{"tasks", p.asked, mostAsked, &v.asked}, part{"next meeting", p.next, 1, &v.next})
	} else {
		parts = append(parts, part{"meetings", p.meetings, mostMeetings, &v.meetings})
	}
	for _, of := range parts {
		var err error
		if *of.into, err = gather(ctx, who, of.sources, of.most); err != nil {
			return fmt.Errorf("%s of the first page: %w", of.name, err)
		}
	}
	return web.Page(c, homePage(v))
}

func gather(ctx context.Context, who access.Actor, sources []Source, most int) ([]Card, error) {
	var cards []Card
	for _, source := range sources {
		more, err := source(ctx, who)
		if err != nil {
			return nil, err
		}
		cards = append(cards, more...)
	}
	return cards[:min(len(cards), most)], nil
}

// security answers where to report a hole (RFC 9116). It expires half a year after this month began,
// so that the file of an installation that is looked after is never out of date.
func (p *Pages) security(c *fiber.Ctx) error {
	now := p.config.Now()
	expires := time.Date(now.Year(), now.Month()+6, 1, 0, 0, 0, 0, time.UTC)
	c.Type("txt", "utf-8")
	return c.SendString(fmt.Sprintf("Contact: mailto:%s\nExpires: %s\nPreferred-Languages: nl, en\nCanonical: %s\n",
		p.config.Contact, expires.Format(time.RFC3339), p.config.Web.AbsoluteURL("/.well-known/security.txt")))
}

// dependencies names the modules of others that the program was built from.
func dependencies() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var names []string
	for _, m := range info.Deps {
		names = append(names, m.Path)
	}
	slices.Sort(names)
	return names
}

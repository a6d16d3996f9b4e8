// Package finder is the page where people search everything they may know of.
package finder

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/search"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Config is what the room needs; all of it.
type Config struct {
	Search *search.Service
	// Groups returns how workgroups are called; those that who may not know of are left out.
	Groups func(ctx context.Context, who access.Actor, ids []string) (map[string]string, error)
	// Pages says on which page a thing is shown, by its kind. What nobody shows is not found.
	Pages map[string]func(id string) string
	// Moments says, of some kinds, what tells a thing from another of the same title in the same group: when a meeting
	// begins, when a programme changed.
	Moments map[string]func(ctx context.Context, who access.Actor, id string) (time.Time, error)
}

// Pages is the room.
type Pages struct{ config Config }

// New makes the room.
func New(config Config) *Pages { return &Pages{config: config} }

// Mount puts the page in its place.
func (p *Pages) Mount(r fiber.Router) { r.Get(ui.SearchPath, p.find) }

// mostHits is how many things one page shows; who finds more types another word.
const mostHits = 40

// longest is how much of a question is shown back.
const longest = ui.SearchLongest

type view struct {
	Text   string
	Hits   []hitView
	More   bool // there is more than the page shows
	Signed bool
	Asks   bool // there is a word in it to look for
	Cut    bool // it was longer than what was looked for
}

type hitView struct {
	search.Hit
	Group, Href string
	At          time.Time // set where another hit has the same title and group
	Apart       string    // what is heard with the title, where another has the same
}

func (p *Pages) find(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	asked := c.Query(ui.SearchField)
	v := view{Text: shown(asked), Signed: who.SignedIn()}
	v.Asks, v.Cut = search.Asks(v.Text), utf8.RuneCountInString(strings.TrimSpace(asked)) > longest
	hits, err := p.config.Search.Find(ctx, who, v.Text, mostHits+1)
	if err != nil {
		return err
	}
	if len(hits) > mostHits {
		hits, v.More = hits[:mostHits], true
	}
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.Workgroup)
	}
	names, err := p.config.Groups(ctx, who, ids)
	if err != nil {
		return err
	}
	for _, h := range hits {
		page, known := p.config.Pages[h.Kind]
		if !known {
			continue
		}
		hv := hitView{Hit: h, Href: page(h.ID)}
		if h.Kind != "workgroup" {
			hv.Group = names[h.Workgroup]
		}
		v.Hits = append(v.Hits, hv)
	}
	if err := p.tellApart(ctx, who, v.Hits); err != nil {
		return err
	}
	return web.Page(c, page(v))
}

// tellApart gives hits of the same title what they differ in. What is gone meanwhile gets no moment.
func (p *Pages) tellApart(ctx context.Context, who access.Actor, hits []hitView) error {
	titles, above := make([]string, len(hits)), make([]string, len(hits))
	count := map[string]int{}
	for i, h := range hits {
		titles[i] = plain(h.Title)
		count[titles[i]+"\x00"+h.above(ctx)]++
	}
	for i := range hits {
		h := &hits[i]
		moment, known := p.config.Moments[h.Kind]
		if known && count[titles[i]+"\x00"+h.above(ctx)] > 1 {
			at, err := moment(ctx, who, h.ID)
			if err != nil && fault.KindOf(err) != fault.KindNotFound {
				return err
			}
			h.At = at
		}
		above[i] = h.above(ctx)
	}
	for i, apart := range ui.Apart(titles, above) {
		hits[i].Apart = apart
	}
	return nil
}

func plain(pieces []search.Piece) string {
	var text strings.Builder
	for _, p := range pieces {
		text.WriteString(p.Text)
	}
	return text.String()
}

// shown is the question as it can stand on the page again.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(text)
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest])
	}
	return text
}

// above is the line over a hit: what it is, and of which group.
func (h hitView) above(ctx context.Context) string {
	kind := ui.T(ctx, "search.kind."+h.Kind)
	if h.WholeTitle != "" {
		kind = ui.T(ctx, "search.of."+h.Kind, "Whole", h.WholeTitle)
	}
	if h.Group != "" {
		kind += " · " + h.Group
	}
	if !h.At.IsZero() {
		kind += " · " + ui.DateTime(ctx, h.At)
	}
	return kind
}

// none says what to do when nothing was found; who is not signed in may find more after it.
func none(ctx context.Context, v view) string {
	if !v.Asks {
		return ui.T(ctx, "search.no_word")
	}
	if v.Signed {
		return ui.T(ctx, "search.none")
	}
	return ui.T(ctx, "search.none_visitor")
}

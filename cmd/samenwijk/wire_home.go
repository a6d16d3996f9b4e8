package main

import (
	"context"
	"strings"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
	"samenwijk/domain/research"
	"samenwijk/domain/workgroup"
	"samenwijk/server/home"
	"samenwijk/server/meetings"
	"samenwijk/server/ui"
)

// wireHome lets the first page show what the other rooms have, and ask of people what waits for
// them: the most pressing first.
func (p *program) wireHome() error {
	p.home.ShowWorkgroups(p.groupCards)
	p.home.Ask(p.askToLookBack)
	p.home.Ask(p.askToFinishMeetings)
	p.home.Ask(p.askToFinishNotes)
	return nil
}

func groupPath(id workgroup.ID) string { return ui.WorkgroupsPath + "/" + string(id) }

// beginning returns the first paragraph of a text, and no more than a card can hold.
func beginning(text string) string {
	const most = 160
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	text = string([]rune(text)[:most])
	if i := strings.LastIndex(text, " "); i > 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, " ,.;:") + " …"
}

func (p *program) groupCards(ctx context.Context, who access.Actor) ([]home.Card, error) {
	groups, _, err := p.groups.List(ctx, who, workgroup.Filter{})
	cards := make([]home.Card, 0, len(groups))
	for _, g := range groups {
		cards = append(cards, home.Card{Title: g.Name, Href: groupPath(g.ID), Text: beginning(g.Goal)})
	}
	return cards, err
}

// askToLookBack names the groups of one's own whose day to look back is over.
func (p *program) askToLookBack(ctx context.Context, who access.Actor) ([]home.Card, error) {
	groups, _, err := p.groups.List(ctx, who, workgroup.Filter{Mine: true})
	var cards []home.Card
	for _, g := range groups {
		if g.Overdue(p.now()) && who.Can(access.ManageWorkgroup, g.Scope()) {
			cards = append(cards, home.Card{
				Title: ui.T(ctx, "home.ask.review", "Group", g.Name), Href: groupPath(g.ID),
				Text: ui.T(ctx, "home.ask.review_text", "When", ui.Date(ctx, g.ReviewOn)),
			})
		}
	}
	return cards, err
}

func (p *program) askToFinishMeetings(ctx context.Context, who access.Actor) ([]home.Card, error) {
	drafts, _, err := p.meetings.List(ctx, who, meeting.Filter{Which: meeting.Drafts})
	var cards []home.Card
	for _, m := range drafts {
		if m.MayChange(who) == nil {
			cards = append(cards, home.Card{
				Title: ui.T(ctx, "home.ask.meeting", "Title", m.Title), Href: meetings.Path(m.ID),
				Text: ui.T(ctx, "home.ask.meeting_text"),
			})
		}
	}
	return cards, err
}

func (p *program) askToFinishNotes(ctx context.Context, who access.Actor) ([]home.Card, error) {
	drafts, _, err := p.notes.List(ctx, who, research.Filter{Whose: research.Drafts})
	var cards []home.Card
	for _, n := range drafts {
		cards = append(cards, home.Card{
			Title: ui.T(ctx, "home.ask.note", "Title", n.Title), Href: ui.NotesPath + "/" + string(n.ID),
			Text: ui.T(ctx, "home.ask.note_text", "When", ui.ShortDate(ctx, n.ChangedAt)),
		})
	}
	return cards, err
}

package main

import (
	"context"
	"strings"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
	"samenwijk/domain/programme"
	"samenwijk/domain/research"
	"samenwijk/domain/workgroup"
	"samenwijk/server/home"
	"samenwijk/server/library"
	"samenwijk/server/meetings"
	"samenwijk/server/programmes"
	"samenwijk/server/ui"
	"samenwijk/server/workgroups"
)

// wireHome lets the first page show what the other rooms have, and ask of people what waits for
// them: the most pressing first.
func (p *program) wireHome() error {
	p.home.ShowWorkgroups(p.groupCards)
	p.home.ShowProgrammes(p.programmeCards)
	p.home.ShowNext(p.nextMeeting)
	p.home.Ask(p.askToJoin)
	p.home.Ask(p.askToCall)
	p.home.Ask(p.askToLookBack)
	p.home.Ask(p.askToFinishMeetings)
	p.home.Ask(p.askToFinishNotes)
	return nil
}

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
	groups, _, err := p.groups.List(ctx, who, workgroup.Filter{Mine: who.SignedIn()})
	cards := make([]home.Card, 0, len(groups))
	for _, g := range groups {
		cards = append(cards, home.Card{Title: g.Name, Href: workgroups.Path(g.ID), Text: beginning(g.Goal), Written: true, TextWritten: true})
	}
	return cards, err
}

func (p *program) programmeCards(ctx context.Context, who access.Actor) ([]home.Card, error) {
	list, err := p.programmes.Documents(ctx, who, programme.Filter{Mine: who.SignedIn(), Page: 1})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list.Documents))
	for i, d := range list.Documents {
		ids[i] = d.WorkgroupID
	}
	groups, err := p.groups.Names(ctx, who, ids)
	cards := make([]home.Card, 0, len(list.Documents))
	for _, d := range list.Documents {
		cards = append(cards, home.Card{Title: d.Title, Href: programmes.DocumentPath(d.ID), Above: groups[d.WorkgroupID], Written: true})
	}
	return cards, err
}

// nextMeeting is the one that somebody has to do with, and why.
func (p *program) nextMeeting(ctx context.Context, who access.Actor) ([]home.Card, error) {
	m, any, err := p.meetings.Next(ctx, who)
	if err != nil || !any {
		return nil, err
	}
	because := "of_group"
	switch {
	case m.Registered == meeting.Confirmed:
		because = "registered"
	case m.Registered == meeting.Waiting:
		because = "waiting"
	case m.Planned:
		because = "planned"
	}
	line := meetings.LineOf(ctx, m.Meeting)
	return []home.Card{{Title: line.Title, Href: line.Href, Above: line.When, Text: ui.T(ctx, "home.next."+because), Written: true}}, nil
}

// askToJoin shows the invitations to an address of which the person proved that they read its mail. In the
// demonstration nobody proves anything.
func (p *program) askToJoin(ctx context.Context, who access.Actor) ([]home.Card, error) {
	people, err := p.accounts.Known(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	me := people[who.ID]
	if me.Email == "" || me.EmailProvedAt == nil && !p.demonstration {
		return nil, nil
	}
	open, err := p.groups.InvitationsTo(ctx, me.Email)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	by := make([]access.PersonID, len(open))
	for i, l := range open {
		by[i] = l.Invitation.InvitedBy
	}
	names, err := p.names(ctx, by)
	cards := make([]home.Card, 0, len(open))
	for _, l := range open {
		sentence, name := "home.ask.invitation_text", names[l.Invitation.InvitedBy]
		if name == "" {
			sentence = "home.ask.invitation_text_gone"
		}
		cards = append(cards, home.Card{
			Title: ui.T(ctx, "home.ask.invitation", "Group", l.Workgroup.Name), Href: workgroups.InvitationPath(l.Token),
			Text: ui.T(ctx, sentence, "Name", name, "When", ui.Date(ctx, l.Invitation.ExpiresAt)),
		})
	}
	return cards, err
}

// askToCall names the meetings of which somebody asked to be called and was not reached yet.
func (p *program) askToCall(ctx context.Context, who access.Actor) ([]home.Card, error) {
	asked, err := p.meetings.Callings(ctx, who)
	cards := make([]home.Card, 0, len(asked))
	for _, c := range asked {
		cards = append(cards, home.Card{
			Title: ui.T(ctx, "home.ask.call", "Count", c.People, "Title", c.Meeting.Title), Href: meetings.CallListPath(c.Meeting.ID),
			Text: ui.T(ctx, "home.ask.call_text"),
		})
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
				Title: ui.T(ctx, "home.ask.review", "Group", g.Name), Href: workgroups.Path(g.ID),
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
			Title: ui.T(ctx, "home.ask.note", "Title", n.Title), Href: library.Path(n.ID),
			Text: ui.T(ctx, "home.ask.note_text", "When", ui.ShortDate(ctx, n.ChangedAt)),
		})
	}
	return cards, err
}

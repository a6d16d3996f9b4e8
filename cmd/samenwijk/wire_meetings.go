package main

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/event"
	"samenwijk/domain/meeting"
	"samenwijk/server/home"
	"samenwijk/server/meetings"
	"samenwijk/server/workgroups"
)

// How many meetings the first page and the page of a workgroup show.
const (
	meetingsOnFirstPage = 3
	meetingsOnGroupPage = 4
	pastOnGroupPage     = 3
)

// wireMeetings makes the meetings, their pages and their letters, and shows them on the first page
// and on the page of a workgroup.
func (p *program) wireMeetings() error {
	p.meetings = meeting.New(p.db, p.secret, p.older...)
	p.meetings.MailKept = p.site.MailKept
	p.meetings.Now = func() time.Time { return p.now() }
	pages := meetings.New(meetings.Config{Meetings: p.meetings, Web: p.web, Workgroups: p.groups.Names})
	p.rooms = append(p.rooms, pages)
	meetings.Letters{Meetings: p.meetings, Link: p.mail.Link, From: p.config.MailFrom, Site: p.site}.Subscribe(p.mail, &p.subscribers)

	p.home.ShowMeetings(func(ctx context.Context, who access.Actor) ([]home.Card, error) {
		lines, err := pages.Lines(ctx, who, meeting.Filter{Which: meeting.Upcoming, Size: meetingsOnFirstPage})
		cards := make([]home.Card, len(lines))
		for i, l := range lines {
			cards[i] = home.Card{Title: l.Title, Href: l.Href, Above: l.When, Text: l.Where, Written: true}
		}
		return cards, err
	})
	ofGroup := func(which meeting.Which, most int) func(context.Context, access.Actor, string) ([]workgroups.Card, error) {
		return func(ctx context.Context, who access.Actor, group string) ([]workgroups.Card, error) {
			lines, err := pages.Lines(ctx, who, meeting.Filter{Which: which, Workgroup: group, Size: most})
			cards := make([]workgroups.Card, len(lines))
			for i, l := range lines {
				cards[i] = workgroups.Card{Title: l.Title, Href: l.Href, Note: l.When}
			}
			return cards, err
		}
	}
	p.sections = append(p.sections, workgroups.Section{
		Name: "meetings", All: meetings.OfWorkgroup, New: meetings.PlanFor,
		List: ofGroup(meeting.Upcoming, meetingsOnGroupPage), Past: ofGroup(meeting.Past, pastOnGroupPage),
	})
	p.tasks = append(p.tasks,
		event.Task{Name: "erase support needs of meetings", Every: time.Hour, Run: p.eraseSupport},
		event.Task{Name: "anonymise registrations of meetings", Every: time.Hour, Run: p.anonymiseRegistrations},
		event.Task{Name: "forget wrong references of registrations", Every: time.Hour, Run: p.meetings.ForgetGuesses},
		event.Task{Name: "forget where registrations came from", Every: time.Hour, Run: p.meetings.ForgetPlaces},
		event.Task{Name: "count the seats of meetings again", Every: 24 * time.Hour, Run: p.recountSeats},
	)
	p.groups.Closing = append(p.groups.Closing, meeting.Hide)
	p.groups.Archiving = append(p.groups.Archiving, p.meetings.MustBeOver)
	p.seeders = append(p.seeders, p.seedMeetings)
	return nil
}

func (p *program) eraseSupport(ctx context.Context) error {
	n, err := p.meetings.EraseSupport(ctx)
	if n > 0 {
		p.log.Info("support needs erased", "registrations", n)
	}
	return err
}

func (p *program) anonymiseRegistrations(ctx context.Context) error {
	n, err := p.meetings.Anonymise(ctx)
	if n > 0 {
		p.log.Info("registrations anonymised", "registrations", n)
	}
	return err
}

// recountSeats reports where the counted seats differ from the registrations that hold them.
func (p *program) recountSeats(ctx context.Context) error {
	drift, err := p.meetings.Recount(ctx)
	for _, d := range drift {
		p.log.Error("seats differ from registrations", "meeting", string(d.Meeting), "quota", string(d.Quota), "taken", d.Taken, "counted", d.Counted)
	}
	return err
}

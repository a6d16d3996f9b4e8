package meetings

import (
	"context"
	"time"

	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/domain/meeting/ical"
	"samenwijk/server/mail"
	"samenwijk/server/ui"
)

// Letters writes the letters about registrations, to whoever chose mail. The letters hold the
// reference and a link, so that nobody needs to keep a page.
type Letters struct {
	Meetings *meeting.Service
	Link     func(path string) string // the address of a page, for use in a letter
	Site     ui.Site
	From     string // the sender of letters, who is the organizer of calendar invitations
}

// Subscribe lets m write these letters.
func (l Letters) Subscribe(m *mail.Mail, subscribers *event.Subscribers) {
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingRegistered]) ([]mail.Letter, error) {
		if e.Event.Quiet {
			return nil, nil
		}
		return l.one(ctx, e.Event.Registration, func(t meeting.Ticket) mail.Letter {
			if t.Registration.State == meeting.Waiting {
				return l.letter(t, "waiting", "")
			}
			return l.letter(t, "registered", ical.Request)
		}, meeting.Confirmed, meeting.Waiting)
	})
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingRegistrationChanged]) ([]mail.Letter, error) {
		if e.Event.Quiet {
			return nil, nil
		}
		return l.one(ctx, e.Event.Registration, func(t meeting.Ticket) mail.Letter { return l.letter(t, "changed", "") }, meeting.Confirmed, meeting.Waiting)
	})
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingRegistrationPromoted]) ([]mail.Letter, error) {
		return l.one(ctx, e.Event.Registration, func(t meeting.Ticket) mail.Letter { return l.letter(t, "promoted", ical.Request) }, meeting.Confirmed)
	})
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingRegistrationCancelled]) ([]mail.Letter, error) {
		if e.Event.Quiet {
			return nil, nil
		}
		return l.one(ctx, e.Event.Registration, func(t meeting.Ticket) mail.Letter {
			if t.Double { // the other one comes: the appointment, which is one for both, stays
				return l.letter(t, "withdrawn", "")
			}
			return l.letter(t, "withdrawn", ical.Cancel)
		}, meeting.Withdrawn)
	})
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingChanged]) ([]mail.Letter, error) {
		if !e.Event.Moved {
			return nil, nil
		}
		return l.all(ctx, e.Event.Meeting, "moved", ical.Request)
	})
	mail.On(m, subscribers, func(ctx context.Context, e event.Recorded[event.MeetingCancelled]) ([]mail.Letter, error) {
		return l.all(ctx, e.Event.Meeting, "called_off", ical.Cancel)
	})
}

// one writes to the person of one registration, unless it moved on since the event: then another
// letter tells.
func (l Letters) one(ctx context.Context, registration string, write func(t meeting.Ticket) mail.Letter, while ...meeting.State) ([]mail.Letter, error) {
	t, err := l.Meetings.ForLetter(ctx, registration)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, nil
	}
	if err != nil || t.Registration.Channel != meeting.Email || t.Registration.Contact == "" {
		return nil, err
	}
	for _, s := range while {
		if t.Registration.State == s {
			return []mail.Letter{write(t)}, nil
		}
	}
	return nil, nil
}

// all writes to everybody who comes or waits.
func (l Letters) all(ctx context.Context, id, what string, method ical.Method) ([]mail.Letter, error) {
	tickets, err := l.Meetings.ForLetters(ctx, id)
	letters := make([]mail.Letter, 0, len(tickets))
	for _, t := range tickets {
		invitation := method
		if t.Registration.State == meeting.Waiting { // was never invited
			invitation = ""
		}
		letters = append(letters, l.letter(t, what, invitation))
	}
	return letters, err
}

func (l Letters) letter(t meeting.Ticket, what string, method ical.Method) mail.Letter {
	m, r := t.Meeting, t.Registration
	ctx := ui.WithRequest(ui.WithSite(context.Background(), l.Site), ui.Request{Lang: r.Language})
	rows := []mail.Row{
		{Key: ui.T(ctx, "meetings.fact.what"), Value: m.Title},
		{Key: ui.T(ctx, "meetings.fact.when"), Value: when(ctx, m)},
		{Key: ui.T(ctx, "meetings.fact.where"), Value: where(ctx, m)},
		{Key: ui.T(ctx, "meetings.answer.people"), Value: ui.T(ctx, "meetings.people", "Count", r.People)},
	}
	if r.State == meeting.Confirmed && m.OnlineLink != "" && m.State != meeting.Cancelled {
		rows = append(rows, mail.Row{Key: ui.T(ctx, "meetings.fact.online"), Value: m.OnlineLink, Secret: true})
	}
	active := r.Active() && m.State != meeting.Cancelled
	if active {
		rows = append(rows, mail.Row{Key: ui.T(ctx, "meetings.ticket.reference"), Value: r.SayableReference(), Secret: true})
	}
	for _, way := range waysToAsk(ctx, m) {
		rows = append(rows, mail.Row{Key: ui.T(ctx, way.key), Value: way.value})
	}
	letter := mail.Letter{
		Reader: string(r.ID), To: r.Contact, Name: r.Name, Language: r.Language,
		Subject: ui.T(ctx, "meetings.letter."+what+"_subject", "Title", m.Title),
		Parts: []mail.Part{
			mail.Paragraph(ui.T(ctx, "meetings.letter."+what+"_text", "Place", t.Place)),
			mail.Facts(rows...),
		},
	}
	if active && t.Double && (what == "registered" || what == "waiting") {
		letter.Parts = append(letter.Parts, mail.Paragraph(ui.T(ctx, "meetings.letter.double")))
	}
	if active {
		letter.Parts = append(letter.Parts, mail.SecretButton(ui.T(ctx, "meetings.letter.button"), l.Link(linkPath(t.Token))))
	}
	if m.EndsAt != nil {
		letter.Until = *m.EndsAt
	}
	if method != "" && m.StartsAt != nil {
		letter.Calendar = &mail.Calendar{Object: ical.Object(l.invitation(t, method)), Method: string(method)}
	}
	return letter
}

// invitation is the appointment as an invitation to one person. Who cancelled gets one with a
// higher sequence than the invitation had.
func (l Letters) invitation(t meeting.Ticket, method ical.Method) ical.Event {
	e := appointment(t.Meeting, l.Link(Path(t.Meeting.ID)), t.Meeting.ChangedAt.Truncate(time.Second))
	e.Method, e.Organizer, e.OrganizerName = method, l.From, t.Meeting.Organiser
	e.Attendee, e.AttendeeName = t.Registration.Contact, t.Registration.Name
	if method == ical.Cancel && t.Meeting.State != meeting.Cancelled {
		e.Sequence++
	}
	return e
}

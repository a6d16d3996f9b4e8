package meetings

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/nyaruka/phonenumbers"

	"samenwijk/domain/access"
	"samenwijk/domain/letter"
	"samenwijk/domain/meeting"
	"samenwijk/domain/meeting/ical"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type component = templ.Component

// meetingView is a meeting with what the reader may do.
type meetingView struct {
	meeting.Overview
	Group          string // the name of its workgroup, when the reader may know it
	URL            string
	Takes          bool // people can register now
	Over           bool
	CanEdit        bool
	CanManage      bool
	CanReadWhoIsIn bool
}

func (p *Pages) meetingView(c *fiber.Ctx, m meeting.Overview) (meetingView, error) {
	who, now := web.Actor(c), p.Meetings.Now()
	v := meetingView{
		Overview: m, URL: p.Web.AbsoluteURL(Path(m.ID)),
		Takes: m.TakesRegistrations(now) == nil, Over: m.Over(now),
		CanManage:      who.Can(access.ManageMeeting, m.Scope()),
		CanReadWhoIsIn: who.Can(access.ReadAttendees, m.Scope()) && m.Published() && m.Entry != meeting.Free,
	}
	v.CanEdit = v.CanManage || !m.Published() && who.Can(access.EditMeeting, m.Scope())
	if m.WorkgroupID != "" {
		names, err := p.Workgroups(c.UserContext(), who, []string{m.WorkgroupID})
		if err != nil {
			return v, err
		}
		v.Group = names[m.WorkgroupID]
	}
	return v, nil
}

// when writes the time of a meeting as people say it.
func when(ctx context.Context, m meeting.Meeting) string {
	if m.StartsAt == nil {
		return m.WhenText
	}
	if !m.DayOnly() {
		return ui.Period(ctx, *m.StartsAt, *m.EndsAt, m.Zone())
	}
	first, last := ui.Date(ctx, *m.StartsAt, m.Zone()), ui.Date(ctx, lastMoment(m), m.Zone())
	if first == last {
		return first
	}
	return ui.T(ctx, "ui.moment.period", "From", first, "To", last)
}

func near(ctx context.Context, m meeting.Meeting) string {
	if m.StartsAt == nil {
		return ""
	}
	return ui.Near(ctx, *m.StartsAt, m.Zone())
}

// where writes the place in one line.
func where(ctx context.Context, m meeting.Meeting) string {
	venue := joinNonEmpty(", ", m.VenueName, m.VenueAddress)
	switch {
	case m.Place == meeting.Online:
		return ui.T(ctx, "meetings.place.online")
	case venue == "":
		return ui.T(ctx, "meetings.where_unknown")
	case m.Place == meeting.Hybrid:
		return ui.T(ctx, "meetings.where_hybrid", "Venue", venue)
	}
	return venue
}

func joinNonEmpty(between string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, between)
}

// seats says in a few words how full a meeting is.
func seats(ctx context.Context, m meeting.Overview) string {
	switch {
	case m.Seats.Waiting > 0:
		return ui.T(ctx, "meetings.seats_waiting", "Count", m.Seats.Waiting)
	case m.Seats.Full():
		return ui.T(ctx, "meetings.seats_full")
	}
	return ui.T(ctx, "meetings.seats_free", "Count", m.Seats.Free())
}

// facts are what, when, where and for whom.
func facts(ctx context.Context, v meetingView) []ui.SummaryRow {
	rows := []ui.SummaryRow{
		{Key: ui.T(ctx, "meetings.fact.when"), Value: when(ctx, v.Meeting), Note: near(ctx, v.Meeting)},
		{Key: ui.T(ctx, "meetings.fact.where"), Value: where(ctx, v.Meeting)},
	}
	add := func(key, value string, written bool) {
		if value != "" {
			rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "meetings.fact."+key), Value: value, Written: written})
		}
	}
	add("for_whom", v.ForWhom, true)
	add("organiser", v.Organiser, true)
	if v.Takes {
		add("seats", seats(ctx, v.Overview), false)
	}
	return rows
}

// status says how a meeting stands, where that is not plain from the list it is in.
func status(ctx context.Context, m meeting.Overview, now time.Time) (ui.Kind, string) {
	switch {
	case m.State == meeting.Cancelled:
		return ui.Danger, ui.T(ctx, "meetings.status.cancelled")
	case m.State == meeting.Draft:
		return ui.Quiet, ui.T(ctx, "meetings.status.draft")
	case m.Over(now) || m.Entry == meeting.Free:
		return "", ""
	case m.Started(now):
		return ui.Good, ui.T(ctx, "meetings.status.under_way")
	case m.State == meeting.Closed:
		return ui.Quiet, ui.T(ctx, "meetings.status.closed")
	case m.Seats.Full():
		return ui.Warning, seats(ctx, m)
	}
	return ui.Good, seats(ctx, m)
}

// appointment is the meeting for a calendar.
func appointment(m meeting.Meeting, url string, now time.Time) ical.Event {
	return ical.Event{
		Method: ical.Publish, UID: m.UID, Sequence: m.Sequence, Stamp: now, Start: *m.StartsAt, End: *m.EndsAt, Zone: m.Zone(),
		Summary: m.Title, Description: joinNonEmpty("\n\n", m.Summary, url), Location: joinNonEmpty(", ", m.VenueName, m.VenueAddress),
		WholeDays: m.DayOnly(), URL: url, Cancelled: m.State == meeting.Cancelled,
	}
}

// structured describes the meeting in the words of schema.org, for search engines and assistants;
// nothing for what is not public, or has no exact date that it could give.
func structured(v meetingView) string {
	if v.StartsAt == nil || v.Audience != access.Public || !v.Published() {
		return ""
	}
	local := func(t time.Time) string {
		if v.DayOnly() {
			return t.In(v.Zone()).Format(time.DateOnly)
		}
		return t.In(v.Zone()).Format(time.RFC3339)
	}
	event := map[string]any{
		"@context": "https://schema.org", "@type": "Event", "name": v.Title, "description": v.Summary, "url": v.URL,
		"startDate": local(*v.StartsAt), "endDate": local(lastMoment(v.Meeting)),
		"eventStatus": "https://schema.org/EventScheduled", "isAccessibleForFree": true,
	}
	if v.PreviousStartsAt != nil {
		event["previousStartDate"] = local(*v.PreviousStartsAt)
		event["eventStatus"] = "https://schema.org/EventRescheduled"
	}
	if v.State == meeting.Cancelled {
		event["eventStatus"] = "https://schema.org/EventCancelled"
	}
	room := map[string]any{"@type": "Place", "name": v.VenueName, "address": v.VenueAddress}
	call := map[string]any{"@type": "VirtualLocation", "url": v.URL}
	switch v.Place {
	case meeting.Online:
		event["eventAttendanceMode"], event["location"] = "https://schema.org/OnlineEventAttendanceMode", call
	case meeting.Hybrid:
		event["eventAttendanceMode"], event["location"] = "https://schema.org/MixedEventAttendanceMode", []any{room, call}
	default:
		event["eventAttendanceMode"] = "https://schema.org/OfflineEventAttendanceMode"
		if v.VenueName != "" || v.VenueAddress != "" {
			event["location"] = room
		}
	}
	if v.Organiser != "" {
		event["organizer"] = map[string]any{"@type": "Organization", "name": v.Organiser}
	}
	text, err := json.Marshal(event) // escapes < > and &, so that nothing in it ends the script
	if err != nil {
		panic(err) // strings and maps always marshal
	}
	return string(text)
}

// lastMoment is when a meeting ends; for one without hours a moment of its last day.
func lastMoment(m meeting.Meeting) time.Time {
	if m.DayOnly() {
		return m.EndsAt.Add(-time.Hour)
	}
	return *m.EndsAt
}

// readable writes a telephone number and a mail address as people here say them.
func readable(contact string) string {
	if !strings.HasPrefix(contact, "+") {
		return letter.Readable(contact)
	}
	number, err := phonenumbers.Parse(contact, "NL")
	if err != nil {
		return contact
	}
	if number.GetCountryCode() == 31 {
		national := phonenumbers.Format(number, phonenumbers.NATIONAL)
		if digits, mobile := strings.CutPrefix(national, "06 "); mobile && len(digits) == 8 {
			return "06 " + digits[:2] + " " + digits[2:4] + " " + digits[4:6] + " " + digits[6:]
		}
		return national
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// supportText is what somebody needs, or that it is there and cannot be read.
func supportText(ctx context.Context, support string, sealed bool) string {
	if sealed {
		return ui.T(ctx, "meetings.support_sealed")
	}
	return support
}

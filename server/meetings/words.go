package meetings

import (
	"context"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
)

func options[S ~string](ctx context.Context, values []S, key string) []ui.Option {
	list := make([]ui.Option, 0, len(values))
	for _, v := range values {
		list = append(list, ui.Option{Value: string(v), Label: ui.T(ctx, key+string(v))})
	}
	return list
}

func kindOptions(ctx context.Context) []ui.Option {
	return options(ctx, meeting.Kinds, "meetings.kind.")
}

func placeOptions(ctx context.Context) []ui.Option {
	return options(ctx, meeting.Places, "meetings.place.")
}

func entryOptions(ctx context.Context) []ui.Option {
	return options(ctx, meeting.Entries, "meetings.entry.")
}

func audienceOptions(ctx context.Context) []ui.Option {
	return options(ctx, []access.Audience{access.Public, access.Members}, "meetings.audience.")
}

func forOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: forMe, Label: ui.T(ctx, "meetings.register.for_me")}, {Value: forOther, Label: ui.T(ctx, "meetings.register.for_other")},
	}
}

func channelOptions(ctx context.Context) []ui.Option {
	list := options(ctx, meeting.Channels, "meetings.channel_choice.")
	list[len(list)-1].Hint = ui.T(ctx, "meetings.channel_choice.none_hint")
	return list
}

func clearHref(v listView) string {
	if !v.filtered() {
		return ""
	}
	return ui.MeetingsPath
}

func formTitle(ctx context.Context, m meeting.Overview) string {
	if m.ID == "" {
		return ui.T(ctx, "meetings.form.new")
	}
	return ui.T(ctx, "meetings.form.change")
}

func formAction(m meeting.Overview) string {
	if m.ID == "" {
		return planPath
	}
	return Path(m.ID) + "/bewerken"
}

func openLabel(ctx context.Context, v meetingView) string {
	switch {
	case v.State == meeting.Closed:
		return ui.T(ctx, "meetings.organise.reopen")
	case v.Entry == meeting.Free:
		return ui.T(ctx, "meetings.organise.publish")
	}
	return ui.T(ctx, "meetings.organise.open")
}

// contactOf returns the one address that belongs to the channel.
func contactOf(in meeting.Input) string {
	if in.Channel == meeting.Email {
		return in.Email
	}
	return in.Phone
}

// answers lists what somebody filled in.
func answers(ctx context.Context, name string, people int, channel meeting.Channel, contact, support, helper string) []ui.SummaryRow {
	rows := []ui.SummaryRow{
		{Key: ui.T(ctx, "meetings.answer.name"), Value: name},
		{Key: ui.T(ctx, "meetings.answer.people"), Value: ui.T(ctx, "meetings.people", "Count", people)},
		{Key: ui.T(ctx, "meetings.answer.channel"), Value: joinNonEmpty(": ", ui.T(ctx, "meetings.channel."+string(channel)), readable(contact))},
	}
	if support != "" {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "meetings.answer.support"), Value: support, Note: ui.T(ctx, "meetings.answer.support_note")})
	}
	if helper != "" {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "meetings.answer.helper"), Value: helper})
	}
	return rows
}

// fullText says why somebody goes to the waiting list, before they register.
func fullText(ctx context.Context, m meeting.Overview, people int) string {
	if free := m.Seats.Free(); free > 0 && m.Seats.Waiting == 0 {
		return ui.T(ctx, "meetings.check.too_few", "Count", free, "People", people)
	}
	return ui.T(ctx, "meetings.register.full_text")
}

func ticketTitle(ctx context.Context, v ticketView) string {
	if v.Meeting.State == meeting.Cancelled {
		return ui.T(ctx, "meetings.ticket.called_off")
	}
	return ui.T(ctx, "meetings.ticket."+string(v.Registration.State))
}

// ticketText is the sentence under the title: what it means, and how one hears more.
func ticketText(ctx context.Context, v ticketView) string {
	switch {
	case v.Meeting.State == meeting.Cancelled:
		return ui.T(ctx, "meetings.notice.cancelled_text")
	case v.Over:
		return ui.T(ctx, "meetings.ticket.over_text")
	case v.Registration.State == meeting.Waiting:
		return ui.T(ctx, "meetings.ticket.waiting_text", "Place", v.Place) + " " +
			ui.T(ctx, "meetings.ticket.then_"+string(v.Registration.Channel))
	case v.Registration.State == meeting.Confirmed:
		return ui.T(ctx, "meetings.ticket.confirmed_text", "Count", v.Registration.People)
	}
	return ui.T(ctx, "meetings.ticket.cancelled_text")
}

func ticketFacts(ctx context.Context, v ticketView) []ui.SummaryRow {
	rows := []ui.SummaryRow{
		{Key: ui.T(ctx, "meetings.fact.what"), Value: v.Meeting.Title},
		{Key: ui.T(ctx, "meetings.fact.when"), Value: when(ctx, v.Meeting), Note: near(ctx, v.Meeting)},
		{Key: ui.T(ctx, "meetings.fact.where"), Value: where(ctx, v.Meeting)},
	}
	if v.Meeting.OnlineLink != "" && v.Registration.State == meeting.Confirmed {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "meetings.fact.online"), Rich: ui.Link(v.Meeting.OnlineLink, v.Meeting.OnlineLink)})
	}
	return append(rows, questionRows(ctx, v.Meeting)...)
}

// counts says how many come, wait and cancelled.
func counts(ctx context.Context, v attendanceView) string {
	coming, waiting, withdrawn := v.People()
	return ui.T(ctx, "meetings.attendance.counts", "Coming", coming, "Capacity", v.Seats.Capacity, "Waiting", waiting, "Withdrawn", withdrawn)
}

func stateKind(s meeting.State) ui.Kind {
	switch s {
	case meeting.Confirmed:
		return ui.Good
	case meeting.Waiting:
		return ui.Warning
	}
	return ui.Quiet
}

func stateText(ctx context.Context, r meeting.Attendee) string {
	if r.State == meeting.Waiting {
		return ui.T(ctx, "meetings.attendance.place", "Place", r.Place)
	}
	return ui.T(ctx, "meetings.state."+string(r.State))
}

func doubleText(ctx context.Context, d meeting.Double) string {
	if d.Times > 1 {
		return ui.T(ctx, "meetings.double.times", "Count", d.Times)
	}
	return ui.T(ctx, "meetings.double.namesake")
}

func channelShort(ctx context.Context, r meeting.Attendee) string {
	return joinNonEmpty(": ", ui.T(ctx, "meetings.channel_short."+string(r.Channel)), readable(r.Contact))
}

func columns(ctx context.Context, names ...string) []ui.Column {
	list := make([]ui.Column, 0, len(names))
	for _, name := range names {
		list = append(list, column(ctx, name))
	}
	return list
}

// column is one by its name. A code opens a registration with the name beside it: no list at a door shows them.
func column(ctx context.Context, name string) ui.Column {
	return ui.Column{
		Label: ui.T(ctx, "meetings.column."+name), Numeric: name == "number" || name == "people", Screen: name == "reference" || name == "action",
	}
}

func attendeeColumns(ctx context.Context, v attendanceView) []ui.Column {
	switch {
	case v.open():
		return columns(ctx, "number", "name", "people", "state", "contact", "support", "reference", "action")
	case v.Manages:
		return columns(ctx, "number", "name", "people", "state", "contact", "support", "reference")
	}
	return columns(ctx, "number", "name", "people", "state")
}

func callColumns(ctx context.Context) []ui.Column {
	return columns(ctx, "name", "contact", "reason", "done")
}

// burstNames are the first names on the list of a burst, for who has to judge it.
func burstNames(b meeting.Burst) string {
	const most = 3
	var names []string
	for _, r := range b.Registrations[:min(most, len(b.Registrations))] {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

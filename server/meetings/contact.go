package meetings

import (
	"context"

	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
)

// askedAt is whom people ask about a meeting: who holds it, or the network where nothing was filled in.
func askedAt(ctx context.Context, m meeting.Meeting) ui.Contact {
	if m.OrganiserPhone == "" && m.OrganiserEmail == "" {
		return ui.SiteOf(ctx).Contact
	}
	return ui.Contact{Name: m.Organiser, Phone: m.OrganiserPhone, Email: m.OrganiserEmail}
}

// asking is a way to ask, and how it is pressed.
type asking struct{ key, value, href string }

func waysToAsk(ctx context.Context, m meeting.Meeting) []asking {
	c := askedAt(ctx, m)
	var ways []asking
	if c.Phone != "" {
		ways = append(ways, asking{"meetings.fact.call", c.Phone, c.Tel()})
	}
	if c.Email != "" {
		ways = append(ways, asking{"meetings.fact.mail", c.Email, "mailto:" + c.Email})
	}
	return ways
}

// questionRows are where questions about a meeting go, for its page and for a ticket.
func questionRows(ctx context.Context, m meeting.Meeting) []ui.SummaryRow {
	var rows []ui.SummaryRow
	for _, way := range waysToAsk(ctx, m) {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, way.key), Rich: ui.Link(ui.OnOneLine(way.value), way.href)})
	}
	return rows
}

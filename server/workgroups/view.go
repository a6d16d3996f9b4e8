package workgroups

import (
	"context"

	"github.com/a-h/templ"

	"samenwijk/domain/access"
	"samenwijk/domain/workgroup"
	"samenwijk/server/ui"
)

// A page with a form is a function of the mistakes in it, as web.Again wants it.
type page = func(ui.Mistakes) templ.Component

func newPage(form groupForm) page {
	return func(m ui.Mistakes) templ.Component { return newPageFor(form, m) }
}

func editPage(g workgroup.Workgroup, form groupForm, newer []ui.SummaryRow) page {
	return func(m ui.Mistakes) templ.Component { return editPageFor(g, form, newer, m) }
}

func inspectPage(g workgroup.Workgroup, form inspectForm) page {
	return func(m ui.Mistakes) templ.Component { return inspectPageFor(g, form, m) }
}

func membersPage(v membersView) page {
	return func(m ui.Mistakes) templ.Component { return membersPageFor(v, m) }
}

func memberPage(g workgroup.Workgroup, member memberView, chosen access.Role, newer []ui.SummaryRow, undoing bool) page {
	return func(m ui.Mistakes) templ.Component { return memberPageFor(g, member, chosen, newer, undoing, m) }
}

func leavePage(g workgroup.Workgroup) page {
	return func(m ui.Mistakes) templ.Component { return leavePageFor(g, m) }
}

func invitationPage(v offerView) page {
	return func(m ui.Mistakes) templ.Component { return invitationPageFor(v, m) }
}

// cardsApart is what is said with things of a group that have the same title.
func cardsApart(cards []Card) []string {
	titles, notes := make([]string, len(cards)), make([]string, len(cards))
	for i, card := range cards {
		titles[i], notes[i] = card.Title, card.Note
	}
	return ui.Apart(titles, notes)
}

func clearHref(v listView) string {
	if v.filtered() {
		return ui.WorkgroupsPath
	}
	return ""
}

// groupFacts is how a group stands, in one glance.
func groupFacts(ctx context.Context, v groupView) []ui.SummaryRow {
	who := ui.T(ctx, "workgroup.visibility.private_short")
	if v.Public {
		who = ui.T(ctx, "workgroup.visibility.public_short")
	}
	rows := []ui.SummaryRow{
		{Key: ui.T(ctx, "workgroup.review.short"), Value: ui.Date(ctx, v.ReviewOn), Note: ahead(ctx, v.ReviewOn, v.Now)},
		{Key: ui.T(ctx, "workgroup.strand.label"), Value: strandNames(ctx, v.Strands)},
		{Key: ui.T(ctx, "workgroup.visibility.short"), Value: who},
	}
	if v.isMember() {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "workgroup.role.yours"), Value: roleName(ctx, v.Role)})
	}
	return rows
}

func offerFacts(ctx context.Context, v offerView) []ui.SummaryRow {
	return []ui.SummaryRow{
		{Key: ui.T(ctx, "workgroup.goal.label"), Rich: goal(v.Workgroup.Goal)},
		{Key: ui.T(ctx, "workgroup.role.yours"), Value: roleName(ctx, v.Invitation.Role), Note: ui.T(ctx, "workgroup.role_hint."+string(v.Invitation.Role))},
		{Key: ui.T(ctx, "workgroup.offer.until"), Value: ui.Date(ctx, v.Invitation.ExpiresAt)},
	}
}

// newerRows is what was saved meanwhile and is something else than in, which somebody typed.
func newerRows(ctx context.Context, g workgroup.Workgroup, in workgroup.Input) []ui.SummaryRow {
	visibility := "private_short"
	if g.Public {
		visibility = "public_short"
	}
	var rows []ui.SummaryRow
	add := func(differs bool, row ui.SummaryRow) {
		if differs {
			rows = append(rows, row)
		}
	}
	add(g.Name != in.Name, ui.SummaryRow{Key: ui.T(ctx, "workgroup.name.label"), Value: g.Name, Written: true})
	add(g.Goal != in.Goal, ui.SummaryRow{Key: ui.T(ctx, "workgroup.goal.label"), Rich: goal(g.Goal)})
	add(!g.ReviewOn.Equal(in.ReviewOn), ui.SummaryRow{Key: ui.T(ctx, "workgroup.review.short"), Value: ui.Date(ctx, g.ReviewOn)})
	add(strandNames(ctx, g.Strands) != strandNames(ctx, in.Strands),
		ui.SummaryRow{Key: ui.T(ctx, "workgroup.strand.label"), Value: strandNames(ctx, g.Strands)})
	add(g.Public != in.Public, ui.SummaryRow{Key: ui.T(ctx, "workgroup.visibility.short"), Value: ui.T(ctx, "workgroup.visibility."+visibility)})
	return rows
}

// line is the role of a member, and whether it is the reader.
func (m memberView) line(ctx context.Context) string {
	if m.You {
		return ui.T(ctx, "workgroup.members.you", "Role", roleName(ctx, m.Role))
	}
	return roleName(ctx, m.Role)
}

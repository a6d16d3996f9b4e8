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

func editPage(g workgroup.Workgroup, form groupForm, overtaken bool) page {
	return func(m ui.Mistakes) templ.Component { return editPageFor(g, form, overtaken, m) }
}

func inspectPage(g workgroup.Workgroup, form inspectForm) page {
	return func(m ui.Mistakes) templ.Component { return inspectPageFor(g, form, m) }
}

func membersPage(v membersView) page {
	return func(m ui.Mistakes) templ.Component { return membersPageFor(v, m) }
}

func memberPage(g workgroup.Workgroup, member memberView, chosen access.Role) page {
	return func(m ui.Mistakes) templ.Component { return memberPageFor(g, member, chosen, m) }
}

func leavePage(g workgroup.Workgroup) page {
	return func(m ui.Mistakes) templ.Component { return leavePageFor(g, m) }
}

func invitationPage(v offerView) page {
	return func(m ui.Mistakes) templ.Component { return invitationPageFor(v, m) }
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

// newerRows is what somebody else saved meanwhile.
func newerRows(ctx context.Context, g workgroup.Workgroup) []ui.SummaryRow {
	visibility := "private_short"
	if g.Public {
		visibility = "public_short"
	}
	return []ui.SummaryRow{
		{Key: ui.T(ctx, "workgroup.name.label"), Value: g.Name},
		{Key: ui.T(ctx, "workgroup.goal.label"), Rich: goal(g.Goal)},
		{Key: ui.T(ctx, "workgroup.review.short"), Value: ui.Date(ctx, g.ReviewOn)},
		{Key: ui.T(ctx, "workgroup.strand.label"), Value: strandNames(ctx, g.Strands)},
		{Key: ui.T(ctx, "workgroup.visibility.short"), Value: ui.T(ctx, "workgroup.visibility."+visibility)},
	}
}

// line is the role of a member, and whether it is the reader.
func (m memberView) line(ctx context.Context) string {
	if m.You {
		return ui.T(ctx, "workgroup.members.you", "Role", roleName(ctx, m.Role))
	}
	return roleName(ctx, m.Role)
}

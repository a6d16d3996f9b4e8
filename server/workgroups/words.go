package workgroups

import (
	"context"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/workgroup"
	"samenwijk/server/ui"
)

func roleName(ctx context.Context, r access.Role) string {
	return ui.T(ctx, "workgroup.role."+string(r))
}

func roleOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, r := range access.WorkgroupRoles {
		options = append(options, ui.Option{Value: string(r), Label: roleName(ctx, r), Hint: ui.T(ctx, "workgroup.role_hint."+string(r))})
	}
	return options
}

func languageOptions() []ui.Option {
	var options []ui.Option
	for _, l := range ui.Languages() {
		options = append(options, ui.Option{Value: l.Code, Label: l.Name})
	}
	return options
}

func strandName(ctx context.Context, s workgroup.Strand) string {
	return ui.T(ctx, "workgroup.strand."+string(s))
}

func strandOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, s := range workgroup.AllStrands {
		options = append(options, ui.Option{Value: string(s), Label: strandName(ctx, s)})
	}
	return options
}

func strandNames(ctx context.Context, strands workgroup.Strands) string {
	words := make([]string, len(strands))
	for i, s := range strands {
		words[i] = strandName(ctx, s)
	}
	return strings.Join(words, ", ")
}

// ahead writes how far away the review is: in days while it is near, then in weeks and in months.
func ahead(ctx context.Context, day, now time.Time) string {
	if near := ui.Near(ctx, day); near != "" {
		return near
	}
	days := int(day.Sub(workgroup.Day(now)) / (24 * time.Hour))
	past := days < 0
	days = max(days, -days)
	key, count := "weeks", (days+3)/7
	if days > 75 {
		key, count = "months", (days+15)/30
	}
	if past {
		return ui.T(ctx, "workgroup.review.ago_"+key, "Count", count)
	}
	return ui.T(ctx, "workgroup.review.ahead_"+key, "Count", count)
}

func visibilityOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: visiblePrivate, Label: ui.T(ctx, "workgroup.visibility.private"), Hint: ui.T(ctx, "workgroup.visibility.private_hint")},
		{Value: visiblePublic, Label: ui.T(ctx, "workgroup.visibility.public"), Hint: ui.T(ctx, "workgroup.visibility.public_hint")},
	}
}

// paragraphs cuts a text of several lines where a line is empty.
func paragraphs(text string) []string {
	var found []string
	for _, one := range strings.Split(text, "\n\n") {
		if one = strings.TrimSpace(one); one != "" {
			found = append(found, one)
		}
	}
	return found
}

func firstParagraph(text string) string {
	if found := paragraphs(text); len(found) > 0 {
		return found[0]
	}
	return text
}

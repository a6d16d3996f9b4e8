package programmes

import (
	"context"
	"net/url"

	"samenwijk/domain/access"
	"samenwijk/domain/programme"
	"samenwijk/server/ui"
)

// Line is a programme on the page of its group.
type Line struct{ Title, Href, Note string }

// Latest returns the first programmes of a group, by title, at most as many as one page of the list.
func (p *Pages) Latest(ctx context.Context, who access.Actor, workgroup string) ([]Line, error) {
	found, err := p.programmes.Documents(ctx, who, programme.Filter{Workgroup: workgroup})
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(found.Documents))
	for i, d := range found.Documents {
		note := ui.T(ctx, "programmes.list.changed", "Date", ui.ShortDate(ctx, d.ChangedAt))
		lines[i] = Line{Title: d.Title, Href: documentPath(d.ID), Note: note}
	}
	return lines, nil
}

// AllPath is the list of the programmes of a group.
func AllPath(workgroup string) string {
	return Path + "?" + url.Values{"werkgroep": {workgroup}}.Encode()
}

// NewPath is where who begins a programme for a group; empty when who may not.
func (p *Pages) NewPath(who access.Actor, workgroup string) string {
	if p.programmes.MayCreate(who, workgroup) != nil {
		return ""
	}
	return ui.WorkgroupsPath + "/" + url.PathEscape(workgroup) + "/programmas/nieuw"
}

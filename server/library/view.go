package library

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"samenwijk/domain/research"
	"samenwijk/server/ui"
)

func withdrawPath(n research.Note, c commentView) string {
	return Path(n.ID) + "/reacties/" + string(c.ID) + "/intrekken"
}

// newerRows is what was saved meanwhile and is something else than what somebody typed.
func newerRows(ctx context.Context, n research.Note, typed noteForm) []ui.SummaryRow {
	var rows []ui.SummaryRow
	if n.Title != typed.Title {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "note.title.label"), Value: n.Title, Written: true})
	}
	if n.Body != typed.Body {
		rows = append(rows, ui.SummaryRow{Key: ui.T(ctx, "note.body.label"), Rich: newerBody(n)})
	}
	return rows
}

// A page with a form is a function of the mistakes in it, as web.Again wants it.
type page = func(ui.Mistakes) templ.Component

func notePage(v noteView) page {
	return func(m ui.Mistakes) templ.Component { return notePageFor(v, m) }
}

func writePage(v writeView) page {
	return func(m ui.Mistakes) templ.Component { return writePageFor(v, m) }
}

func sharePage(v shareView) page {
	return func(m ui.Mistakes) templ.Component { return sharePageFor(v, m) }
}

func (v writeView) title(ctx context.Context) string {
	if v.Note == nil {
		return ui.T(ctx, "note.write.title")
	}
	return ui.T(ctx, "note.edit.title")
}

func (v writeView) button(ctx context.Context) string {
	switch {
	case v.Newer != nil:
		return ui.T(ctx, "note.edit.replace")
	case v.Note == nil:
		return ui.T(ctx, "note.write.button")
	}
	return ui.T(ctx, "note.edit.button")
}

// lineText says who wrote a note and when, and how many comments there are.
func lineText(ctx context.Context, v lineView) string {
	who := v.Author
	if v.Mine {
		who = ui.T(ctx, "note.you")
	}
	parts := []string{ui.T(ctx, "note.by", "Name", who, "Day", ui.ShortDate(ctx, v.ChangedAt))}
	if v.Draft() {
		parts = append(parts, ui.T(ctx, "note.draft_line"))
	}
	if v.Comments > 0 {
		parts = append(parts, ui.T(ctx, "note.comments.count", "Count", v.Comments))
	}
	return strings.Join(parts, " · ")
}

func whoseOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, w := range []research.Whose{research.Mine, research.Drafts, research.Shared} {
		options = append(options, ui.Option{Value: string(w), Label: ui.T(ctx, "note.whose."+string(w))})
	}
	return options
}

func groupOptions(v listView) []ui.Option {
	var options []ui.Option
	for _, g := range append(append([]groupView{}, v.Groups...), v.Others...) {
		options = append(options, ui.Option{Value: g.ID, Label: g.Name})
	}
	return options
}

func clearHref(v listView) string {
	if v.filtered() {
		return ui.NotesPath
	}
	return ""
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

func withdrawLabel(ctx context.Context, c commentView) string {
	if c.Mine {
		return ui.T(ctx, "note.comments.withdraw")
	}
	return ui.T(ctx, "note.comments.withdraw_of", "Name", c.Author.Name)
}

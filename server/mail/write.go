package mail

import (
	"context"
	"fmt"
	"strings"

	"samenwijk/domain/letter"
	"samenwijk/server/ui"
)

// Part is one piece of a letter, in the order in which it is read.
type Part struct {
	kind   partKind
	text   string
	link   string
	rows   []Row
	secret bool
}

type partKind int

const (
	paragraph partKind = iota
	code
	button
	facts
)

// Row is one fact: "Waar" and where. A secret one lets whoever knows it in: the outbox does not show it.
type Row struct {
	Key, Value string
	Secret     bool
}

// Paragraph is running text; a line end in it begins a new line.
func Paragraph(text string) Part { return Part{kind: paragraph, text: text} }

// Code is something to type over, large and in one piece. The outbox does not show it.
func Code(text string) Part { return Part{kind: code, text: text, secret: true} }

// Button leads to a page of ours, given by Mail.Link. A link in a letter opens a page and nothing
// more: mail programs follow links by themselves.
func Button(text, link string) Part { return Part{kind: button, text: text, link: link} }

// SecretButton leads to a page that opens for whoever has the link: the outbox does not show it.
func SecretButton(text, link string) Part {
	return Part{kind: button, text: text, link: link, secret: true}
}

// Facts is a short list of what, when and where.
func Facts(rows ...Row) Part { return Part{kind: facts, rows: rows} }

// masked returns parts without what lets somebody in, and whether there was any of it.
func masked(ctx context.Context, parts []Part) ([]Part, bool) {
	hidden, found := ui.T(ctx, "mail.hidden"), false
	shown := make([]Part, len(parts))
	for i, p := range parts {
		if p.secret {
			found = true
			if p.kind == code {
				p.text = hidden
			}
			p.link = hidden
		}
		rows := make([]Row, len(p.rows))
		for j, row := range p.rows {
			if row.Secret {
				found, row.Value = true, hidden
			}
			rows[j] = row
		}
		p.rows, shown[i] = rows, p
	}
	return shown, found
}

// write returns the letter as plain text and as HTML, and the text without what lets somebody in when
// it holds that.
func (m *Mail) write(ctx context.Context, l Letter) (text, others, html string, err error) {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: l.Language})
	greeting := ui.T(ctx, "mail.greeting.nobody")
	if l.Name != "" && letter.PlainName(l.Name) {
		greeting = ui.T(ctx, "mail.greeting.somebody", "Name", l.Name)
	}
	var page strings.Builder
	if err := letterPage(l, greeting, m.config.BaseURL).Render(ctx, &page); err != nil {
		return "", "", "", fmt.Errorf("write a letter: %w", err)
	}
	text = m.plain(ctx, l, greeting)
	if parts, found := masked(ctx, l.Parts); found {
		l.Parts = parts
		others = m.plain(ctx, l, greeting)
	}
	return text, others, page.String(), nil
}

func (m *Mail) plain(ctx context.Context, l Letter, greeting string) string {
	pieces := []string{greeting}
	for _, p := range l.Parts {
		switch p.kind {
		case paragraph:
			pieces = append(pieces, p.text)
		case code:
			pieces = append(pieces, "    "+p.text)
		case button:
			pieces = append(pieces, p.text+":\n"+p.link)
		case facts:
			var lines []string
			for _, row := range p.rows {
				lines = append(lines, row.Key+": "+row.Value)
			}
			pieces = append(pieces, strings.Join(lines, "\n"))
		}
	}
	pieces = append(pieces, ui.T(ctx, "mail.signature")+"\n"+ui.T(ctx, "ui.site.name"),
		"-- \n"+ui.T(ctx, "mail.footer")+"\n"+m.config.BaseURL)
	return strings.Join(pieces, "\n\n") + "\n"
}

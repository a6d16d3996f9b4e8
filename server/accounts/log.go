package accounts

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

const (
	kindField  = "soort"
	fromField  = "van"
	untilField = "tot"
)

// logForm is how the log is narrowed, as it was typed.
type logForm struct{ Person, Kind, From, Until string }

func (f logForm) narrowed() bool { return f != logForm{} }

// filter reads what was typed; a day that cannot be read is a mistake, and narrows nothing.
func (f logForm) filter(ctx context.Context, page int) (account.LogFilter, ui.Mistakes) {
	filter := account.LogFilter{Person: f.Person, Page: page}
	if slices.Contains(account.Kinds, account.Kind(f.Kind)) {
		filter.Kind = account.Kind(f.Kind)
	}
	var m ui.Mistakes
	day := func(typed, field string) time.Time {
		t, mistake := logDay(typed, field)
		if mistake != nil {
			m = append(m, ui.Mistake{Field: field, Text: ui.T(ctx, mistake.Code)})
		}
		return t
	}
	filter.From = day(f.From, fromField)
	if last := day(f.Until, untilField); !last.IsZero() {
		filter.Until = last.AddDate(0, 0, 1)
	}
	return filter, m
}

// logDay reads the beginning of a day as people here write it; nothing is the zero time.
func logDay(typed, field string) (time.Time, *fault.Fault) {
	if typed == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, "2-1-2006", "2/1/2006", "2.1.2006"} {
		if day, err := time.ParseInLocation(layout, typed, ui.Zone()); err == nil {
			return day.UTC(), nil
		}
	}
	return time.Time{}, fault.Invalid("admin.log.day").At(field)
}

func (p *Pages) log(c *fiber.Ctx) error {
	form := logForm{
		Person: readable(c.Query(ui.SearchField)), Kind: readable(c.Query(kindField)),
		From: readable(c.Query(fromField)), Until: readable(c.Query(untilField)),
	}
	page := pageOf(c)
	filter, mistakes := form.filter(c.UserContext(), page)
	entries, total, err := p.Accounts.Log(c.UserContext(), web.Actor(c), filter)
	if err != nil {
		return err
	}
	links := ui.PageLinks{Page: page, Pages: (total + account.LogPage - 1) / account.LogPage, Href: func(n int) string {
		q := url.Values{pageField: {strconv.Itoa(n)}}
		typed := map[string]string{ui.SearchField: form.Person, kindField: form.Kind, fromField: form.From, untilField: form.Until}
		for name, value := range typed {
			if value != "" {
				q.Set(name, value)
			}
		}
		return logPath + "?" + q.Encode()
	}}
	return web.Page(c, logPage(form, entries, total, links, mistakes))
}

// LogLine says an entry in a sentence.
func LogLine(ctx context.Context, e account.Entry) string {
	by, name := e.By, e.Name
	if by == "" {
		by = ui.T(ctx, "admin.log.machine")
	}
	if name == "" {
		name = ui.T(ctx, "admin.log.nobody")
	}
	role := ""
	if e.Role != "" {
		role = roleName(ctx, e.Role)
	}
	return ui.T(ctx, "admin.log.did_"+string(e.Kind), "By", by, "Name", name, "Role", role)
}

func kindOptions(ctx context.Context) []ui.Option {
	list := make([]ui.Option, len(account.Kinds))
	for i, k := range account.Kinds {
		list[i] = ui.Option{Value: string(k), Label: ui.T(ctx, "admin.log.kind_"+string(k))}
	}
	return list
}

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"samenwijk/domain/account"
	"samenwijk/server/accounts"
	"samenwijk/server/ui"
)

// logCommand lists what the page for administrators does.
type logCommand struct {
	Person string `help:"Only changes of or by people whose name or address holds this."`
	Kind   string `help:"Only changes of one kind: given, taken, address, reported, blocked or unblocked."`
	From   string `help:"Only changes from this day on, as 2026-12-03."`
	Until  string `help:"Only changes up to and with this day."`
}

func (l logCommand) Run(ctx context.Context, config Config, log *slog.Logger) error {
	filter := account.LogFilter{Person: l.Person, Kind: account.Kind(l.Kind)}
	if l.Kind != "" && !slices.Contains(account.Kinds, filter.Kind) {
		return fmt.Errorf("there is no kind %q: it is one of %v", l.Kind, account.Kinds)
	}
	for _, day := range []struct {
		typed string
		to    *time.Time
		later int
	}{{l.From, &filter.From, 0}, {l.Until, &filter.Until, 1}} {
		if day.typed == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, day.typed, ui.Zone())
		if err != nil {
			return fmt.Errorf("%q is no day: write it as 2026-12-03", day.typed)
		}
		*day.to = at.AddDate(0, 0, day.later).UTC()
	}
	return withProgram(ctx, config, log, func(p *program) error { return printLog(ctx, p.accounts, filter, os.Stdout) })
}

// printLog writes a line an entry: when, what, and the ids of whom it is about and who did it.
func printLog(ctx context.Context, of *account.Service, filter account.LogFilter, to io.Writer) error {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: ui.English})
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for filter.Page = 1; ; filter.Page++ {
		entries, total, err := of.WholeLog(ctx, filter)
		if err != nil {
			return err
		}
		for _, e := range entries {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", e.ChangedAt.Format(time.RFC3339), accounts.LogLine(ctx, e), e.PersonID, e.ChangedBy)
		}
		if filter.Page*account.LogPage >= total {
			return table.Flush()
		}
	}
}

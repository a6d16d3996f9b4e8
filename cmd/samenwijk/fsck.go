package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"samenwijk/domain/database"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/meeting"
	"samenwijk/domain/search"
	"samenwijk/server/collab"
)

// fsckCommand looks whether everything that was stored is there, whole, and agrees with itself. It
// changes nothing unless it is asked to, and may run beside a program that serves.
type fsckCommand struct {
	Repair bool `help:"Put aside, in a table of their own, damaged snapshots and edits without which every text is whole. Nothing is deleted."`
}

func (f fsckCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	db, err := openExisting(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	if pending {
		return errors.New("the tables are older than this program: run `samenwijk migrate` first")
	}
	if f.Repair {
		err := livedoc.New(db).Repair(ctx, func(sentence string) { fmt.Println(sentence) })
		if err != nil {
			return err
		}
	}
	return fsck(ctx, db, config, log, os.Stdout)
}

// check looks at one kind of thing. It tells found of each that is not as it should be, in a
// sentence, and returns how many there are.
type check struct {
	kind string
	look func(ctx context.Context, found func(string)) (int, error)
}

// fsck prints a line for each kind and each finding. Its error says how many there are.
func fsck(ctx context.Context, db *database.DB, config Config, log *slog.Logger, out io.Writer) error {
	updates := livedoc.New(db)
	texts := collab.New(updates, collab.Config{Log: log})
	findings := 0
	for _, c := range []check{
		{"tables", db.Check},
		{"updates of live documents", updates.Check},
		{"snapshots", texts.CheckSnapshots},
		{"live documents", texts.CheckTexts},
		{"versions", texts.CheckVersions},
		{"meetings", func(ctx context.Context, found func(string)) (int, error) {
			return meeting.Check(ctx, db, database.Now(), found)
		}},
		{"needs of people that are sealed", func(ctx context.Context, found func(string)) (int, error) {
			secrets, err := config.secretsThere()
			if err != nil {
				return 0, err
			}
			return meeting.CheckSealed(ctx, db, secrets, found)
		}},
		{"entries of the search index", search.New(db).Check},
	} {
		var said []string
		n, err := c.look(ctx, func(sentence string) { said = append(said, sentence) })
		if err != nil {
			// What cannot be looked at is a finding; the other kinds are still worth a look.
			if ctx.Err() != nil {
				return ctx.Err()
			}
			said = append(said, fmt.Sprintf("They cannot be checked: %v", err))
		}
		verdict := "as they should be"
		if len(said) > 0 {
			verdict = fmt.Sprintf("%d findings", len(said))
		}
		if _, err := fmt.Fprintf(out, "%9d %s: %s\n", n, c.kind, verdict); err != nil {
			return err
		}
		for _, sentence := range said {
			if _, err := fmt.Fprintf(out, "          - %s\n", sentence); err != nil {
				return err
			}
		}
		findings += len(said)
	}
	if findings > 0 {
		return fmt.Errorf("%d findings", findings)
	}
	return nil
}

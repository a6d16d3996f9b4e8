package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"samenwijk/server/collab"
)

// compactGrown runs often and stops in time: what is left is done the next time.
func (p *program) compactGrown(ctx context.Context) error {
	return p.compacted(ctx, "live documents were compacted", p.collab.CompactGrown)
}

func (p *program) compactAged(ctx context.Context) error {
	return p.compacted(ctx, "old updates of live documents went", p.collab.CompactAged)
}

// compactWithin leaves the queue some of the minute it gives a task.
const compactWithin = 45 * time.Second

func (p *program) compacted(ctx context.Context, what string, compact func(context.Context) (collab.Compacted, error)) error {
	within, cancel := context.WithTimeout(ctx, compactWithin)
	defer cancel()
	done, err := compact(within)
	if done.Snapshots > 0 || done.Updates > 0 {
		p.log.Info(what, "documents", done.Documents, "snapshots", done.Snapshots, "updates deleted", done.Updates)
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	return err
}

// compactCommand does at once what the program does by itself over time. It may run beside a program
// that serves.
type compactCommand struct{}

func (compactCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	p, err := newProgram(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	done, err := p.collab.CompactAll(ctx)
	fmt.Printf("%d snapshots were made, and %d updates that are older than %d days were deleted.\n", done.Snapshots, done.Updates, config.KeepUpdates)
	if err == nil && done.Refused > 0 {
		err = fmt.Errorf("%d documents were left as they are; the lines above say why", done.Refused)
	}
	return err
}

package main

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/event"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/meeting"
	"samenwijk/domain/programme"
	"samenwijk/domain/research"
	"samenwijk/domain/search"
	"samenwijk/domain/workgroup"
	"samenwijk/server/finder"
	"samenwijk/server/library"
	"samenwijk/server/meetings"
	"samenwijk/server/programmes"
	"samenwijk/server/workgroups"
)

// wireSearch makes the page on which people search, and says on which page each thing is shown. The words
// of live texts come into the index after the edit, by a task.
func (p *program) wireSearch() error {
	index := search.New(p.db)
	p.rooms = append(p.rooms, finder.New(finder.Config{
		Search: index, Groups: p.groups.Names,
		Pages: map[string]func(id string) string{
			workgroup.SearchKind:      func(id string) string { return workgroups.Path(workgroup.ID(id)) },
			meeting.SearchKind:        func(id string) string { return meetings.Path(meeting.ID(id)) },
			research.SearchKind:       func(id string) string { return library.Path(research.NoteID(id)) },
			programme.SearchKind:      func(id string) string { return programmes.DocumentPath(programme.ID(id)) },
			programme.RequirementKind: programmes.RequirementPath,
		},
		Moments: map[string]func(context.Context, access.Actor, string) (time.Time, error){
			programme.SearchKind: func(ctx context.Context, who access.Actor, id string) (time.Time, error) {
				d, err := p.programmes.Get(ctx, who, programme.ID(id))
				return d.ChangedAt, err
			},
			meeting.SearchKind: func(ctx context.Context, who access.Actor, id string) (time.Time, error) {
				o, err := p.meetings.Find(ctx, who, meeting.ID(id))
				if err != nil || o.StartsAt == nil {
					return time.Time{}, err
				}
				return *o.StartsAt, nil
			},
		},
	}))
	p.tasks = append(p.tasks,
		event.Task{Name: "write the words of the search index again", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			n, err := index.Renew(ctx)
			if n > 0 {
				p.log.Info("entries of the search index were written again", "entries", n)
			}
			return err
		}},
		event.Task{Name: "let programmes be found by their words", Every: indexEvery, Run: p.indexProgrammes},
	)
	return nil
}

// indexEvery is how long a word that somebody wrote or deleted can differ from what is found.
const indexEvery = 30 * time.Second

// indexProgrammes reads the texts that changed since the index was made. One that cannot be read is logged
// and does not keep the others waiting.
func (p *program) indexProgrammes(ctx context.Context) error {
	const atOnce = 100
	for after := programme.ID(""); ; {
		some, err := p.programmes.Indexed(ctx, after, atOnce)
		if err != nil {
			return err
		}
		live := make([]livedoc.ID, len(some))
		for i, d := range some {
			live[i], after = d.LiveID, d.ID
		}
		now, err := p.collab.Texts(ctx, live)
		if err != nil {
			return err
		}
		for _, d := range some {
			if d.Text == now[d.LiveID] {
				continue
			}
			if err := p.indexProgramme(ctx, d); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil {
				p.log.Error("the words of a programme cannot be put in the search index", "document", string(d.ID), "error", err)
			}
		}
		if len(some) < atOnce {
			return nil
		}
	}
}

func (p *program) indexProgramme(ctx context.Context, d programme.Indexed) error {
	text, called, err := p.collab.Stored(ctx, d.LiveID)
	for more := true; more && err == nil; {
		more, err = p.programmes.IndexText(ctx, d.ID, text, called)
	}
	return err
}

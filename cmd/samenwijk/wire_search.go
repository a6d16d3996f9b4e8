package main

import (
	"context"
	"time"

	"samenwijk/domain/event"
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

// wireSearch makes the page on which people search, and says on which page each thing is shown.
func (p *program) wireSearch() error {
	index := search.New(p.db)
	p.rooms = append(p.rooms, finder.New(finder.Config{
		Search: index, Groups: p.groups.Names,
		Pages: map[string]func(id string) string{
			workgroup.SearchKind: func(id string) string { return workgroups.Path(workgroup.ID(id)) },
			meeting.SearchKind:   func(id string) string { return meetings.Path(meeting.ID(id)) },
			research.SearchKind:  func(id string) string { return library.Path(research.NoteID(id)) },
			programme.SearchKind: func(id string) string { return programmes.DocumentPath(programme.ID(id)) },
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
	)
	return nil
}

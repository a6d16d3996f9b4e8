package main

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/event"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/collab"
	"samenwijk/server/live"
	"samenwijk/server/programmes"
	"samenwijk/server/ui"
	"samenwijk/server/workgroups"
)

// wireProgrammes makes the programmes of requirements, their pages, and the live documents that
// hold their texts.
func (p *program) wireProgrammes() error {
	now := func() time.Time { return p.now() }
	p.programmes = programme.New(p.db)
	p.programmes.Now = now
	p.collab = collab.New(livedoc.New(p.db), collab.Config{
		Owners: map[string]collab.Owner{programme.LiveKind: p.joinProgramme},
		Person: p.livePerson, Log: p.log,
	})
	var err error
	if p.live, err = live.New(p.collab, live.Config{BaseURL: p.base, Secret: p.secret, Log: p.log, Now: now}); err != nil {
		return err
	}
	pages := programmes.New(p.programmes, programmes.Config{
		Workgroups: p.groups.Names,
		Text:       p.collab.Text,
		Edit: func(ctx context.Context, who access.Actor, id livedoc.ID, in programmes.Edit) error {
			return p.collab.SetWords(ctx, who, id, string(in.Requirement), map[richtext.Kind]string{
				richtext.Statement: in.Statement, richtext.Rationale: in.Rationale,
			})
		},
	})
	p.rooms = append(p.rooms, pages, p.live)
	p.sections = append(p.sections, workgroups.Section{
		Name: "documents",
		List: p.programmesOf,
		All:  func(group string) string { return programmes.Path + "?werkgroep=" + group },
		New: func(who access.Actor, group string) string {
			if p.programmes.MayCreate(who, group) != nil {
				return ""
			}
			return ui.WorkgroupsPath + "/" + group + "/programmas/nieuw"
		},
	})
	p.groups.Closing = append(p.groups.Closing, programme.Hide)
	p.seeders = append(p.seeders, p.seedProgramme)

	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.MemberLeft]) error {
		return p.recheck(e.Event.Person)
	})
	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.MembershipChanged]) error {
		return p.recheck(e.Event.Person)
	})
	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.RolesChanged]) error {
		return p.recheck(e.Event.Person)
	})
	return nil
}

// recheck makes the rooms ask again what somebody may do; who lost the right is put out.
func (p *program) recheck(person string) error {
	p.collab.RecheckPerson(access.PersonID(person))
	return nil
}

// joinProgramme answers the rooms: who may read may come in, who may edit may write, and each speaks
// for the group of their role in the workgroup.
func (p *program) joinProgramme(ctx context.Context, who access.Actor, id string) (collab.Standing, error) {
	d, err := p.programmes.Get(ctx, who, programme.ID(id))
	if err != nil {
		return collab.Standing{}, err
	}
	standing := collab.Standing{Right: collab.Read, Group: string(ui.GroupOf(who.RoleIn(d.WorkgroupID)))}
	if p.programmes.MayWrite(who, d) {
		standing.Right = collab.Write
	}
	return standing, nil
}

// livePerson reads anew who somebody in a room is and what was granted to them.
func (p *program) livePerson(ctx context.Context, id access.PersonID) (collab.Person, error) {
	person, grants, err := p.accounts.WithGrants(ctx, id)
	if err != nil {
		return collab.Person{}, err
	}
	who, err := p.withMemberships(ctx, access.Actor{ID: person.ID, Grants: grants})
	return collab.Person{Actor: who, Name: person.Name}, err
}

// programmesOnGroupPage is how many documents the page of a workgroup shows.
const programmesOnGroupPage = 4

func (p *program) programmesOf(ctx context.Context, who access.Actor, group string) ([]workgroups.Card, error) {
	found, err := p.programmes.Documents(ctx, who, programme.Filter{Workgroup: group, Page: 1})
	if err != nil {
		return nil, err
	}
	var cards []workgroups.Card
	for _, d := range found.Documents[:min(len(found.Documents), programmesOnGroupPage)] {
		cards = append(cards, workgroups.Card{Title: d.Title, Href: programmes.Path + "/" + string(d.ID)})
	}
	return cards, nil
}

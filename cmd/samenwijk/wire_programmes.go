package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/natsbus"
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
	bus, err := p.connectBus()
	if err != nil {
		return err
	}
	updates := livedoc.New(p.db)
	updates.Damaged = func(err error) {
		p.log.Error("the log of live documents is damaged; run `samenwijk fsck`", "error", err)
	}
	p.collab = collab.New(updates, collab.Config{
		Owners: map[string]collab.Owner{programme.LiveKind: p.joinProgramme},
		Person: p.livePerson, Bus: bus, Log: p.log,
		Compaction: collab.Compaction{Keep: max(time.Duration(p.config.KeepUpdates)*24*time.Hour, time.Hour)},
	})
	p.tasks = append(p.tasks,
		event.Task{Name: "give live documents that grew a snapshot", Every: time.Minute, Run: p.compactGrown},
		event.Task{Name: "let go of old updates of live documents", Every: time.Hour, Run: p.compactAged},
	)
	var once live.Once // one node remembers its own tickets
	if p.db.Dialect() == database.Postgres {
		once = updates.Redeem
	}
	if p.live, err = live.New(p.collab, live.Config{
		BaseURL: p.base, Secret: p.secret, Log: p.log, Now: now, Token: p.useToken, Once: once,
		PerPerson: p.config.PerPerson, PerPlace: p.config.PerPlace,
	}); err != nil {
		return err
	}
	pages := programmes.New(p.programmes, programmes.Config{
		Workgroups:   p.groups.Names,
		Text:         p.collab.Text,
		Whole:        p.collab.Whole,
		Words:        p.collab.Words,
		Requirements: p.collab.Requirements,
		Log:          p.log,
		Removed:      p.collab.RemovedRequirements,
		PutBack:      p.collab.PutBack,
		Names:        p.names,
		Versions:     p.collab,
		Reword:       p.collab.Reword,
	})
	p.rooms = append(p.rooms, pages, p.live)
	p.tasks = append(p.tasks,
		event.Task{Name: "keep versions of live documents", Every: time.Minute, Run: func(ctx context.Context) error {
			return p.collab.KeepVersions(ctx, now())
		}},
		event.Task{Name: "thin out versions of live documents", Every: 24 * time.Hour, Run: func(ctx context.Context) error {
			return p.collab.ThinVersions(ctx, now())
		}},
	)
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
	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.SessionsEnded]) error {
		return p.recheck(e.Event.Person)
	})
	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.TokensRevoked]) error {
		return p.recheck(e.Event.Person)
	})
	event.Subscribe(&p.subscribers, "live", func(_ context.Context, e event.Recorded[event.RolesChanged]) error {
		return p.recheck(e.Event.Person)
	})
	return nil
}

// connectBus returns what reaches the other nodes, nil when this is the only one.
func (p *program) connectBus() (hub.Bus, error) {
	if p.config.NATS == "" {
		if p.config.NATSCredentials != "" {
			return nil, errors.New("SAMENWIJK_NATS_CREDENTIALS is set and SAMENWIJK_NATS is not")
		}
		return nil, nil
	}
	if p.db.Dialect() != database.Postgres {
		return nil, errors.New("SAMENWIJK_NATS is for several nodes, and several nodes need one Postgres: set DATABASE_URL to a postgres:// URL, or leave SAMENWIJK_NATS out to run one node on SQLite")
	}
	var err error
	p.bus, err = natsbus.Connect(natsbus.Config{URLs: p.config.NATS, Credentials: p.config.NATSCredentials, Secret: p.secret, Log: p.log})
	if err != nil {
		return nil, fmt.Errorf("SAMENWIJK_NATS: %w", err)
	}
	return p.bus, nil
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
	standing := collab.Standing{
		Right: collab.Read, Group: string(ui.GroupOf(who.RoleIn(d.WorkgroupID))), Workgroup: d.WorkgroupID, Until: who.Until(d.WorkgroupID),
	}
	if p.programmes.MayWrite(who, d) {
		standing.Right = collab.Write
	}
	return standing, nil
}

// livePerson reads anew who somebody in a room is, what was granted to them, and whether the session
// or token they came in with still holds.
func (p *program) livePerson(ctx context.Context, by collab.Entry) (collab.Person, error) {
	var signed account.Signed
	var token account.Token
	var err error
	if by.Token != "" {
		token, signed, err = p.accounts.InToken(ctx, account.TokenID(by.Token))
	} else {
		signed, err = p.accounts.InSession(ctx, account.SessionID(by.Session))
	}
	if err != nil {
		return collab.Person{}, err
	}
	if signed.Person.ID != by.Person {
		return collab.Person{}, fault.Unauthenticated("sign_in_first")
	}
	who, err := p.withMemberships(ctx, access.Actor{ID: signed.Person.ID, Grants: signed.Grants})
	person := collab.Person{Actor: who, Name: signed.Person.Name, Until: signed.Until}
	if by.Token != "" {
		person.Name = scriptName(token, signed.Person)
		person.Narrow = func(document livedoc.ID, standing collab.Standing) collab.Right {
			switch {
			case !token.Reaches(string(document), standing.Workgroup):
				return collab.None
			case !token.Writes:
				return min(standing.Right, collab.Read)
			}
			return standing.Right
		}
	}
	return person, err
}

// scriptName is how others see a script among them, in whatever language they read.
func scriptName(token account.Token, owner account.Person) string {
	return "⚙ " + token.Name + " (" + owner.Name + ")"
}

// useToken lets a script in as the person whose token it shows.
func (p *program) useToken(ctx context.Context, text string) (collab.Entry, error) {
	token, err := p.accounts.UseToken(ctx, text)
	return collab.Entry{Person: token.PersonID, Token: string(token.ID)}, err
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

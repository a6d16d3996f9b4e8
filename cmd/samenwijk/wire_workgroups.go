package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/workgroup"
	"samenwijk/server/mail"
	"samenwijk/server/meetings"
	"samenwijk/server/ui"
	"samenwijk/server/workgroups"
)

// wireWorkgroups makes the groups that the other contexts belong to. Their pages come last, in
// wireWorkgroupPages, for they show what the rooms in between have for a group.
func (p *program) wireWorkgroups() error {
	people := workgroup.People{Find: p.accounts.PersonWith, Make: p.accounts.EnsurePerson, Prove: p.accounts.Prove}
	p.groups = workgroup.New(p.db, people, p.secret, p.older...)
	p.groups.Now = func() time.Time { return p.now() }
	p.memberships = append(p.memberships, p.groups.GrantsOf)
	p.seeders = append(p.seeders, p.seedWorkgroups)
	return nil
}

func (p *program) wireWorkgroupPages() error {
	// Documents, meetings, notes: the order of their names is the order of their weight.
	slices.SortFunc(p.sections, func(a, b workgroups.Section) int { return strings.Compare(a.Name, b.Name) })
	pages := workgroups.New(workgroups.Config{
		Web: p.web, Groups: p.groups, Names: p.names, Sections: p.sections,
		Ahead: p.meetingsAhead, Letters: p.letters.LastTo, SendAgain: p.letters.AgainTo,
	})
	p.rooms = append(p.rooms, pages)
	mail.On(p.mail, &p.subscribers, pages.InvitationLetter(p.mail.Link))
	return nil
}

// meetingsAhead are the meetings that keep a group from being closed.
func (p *program) meetingsAhead(ctx context.Context, who access.Actor, group string) ([]workgroups.Card, error) {
	found, err := p.meetings.Ahead(ctx, who, group)
	cards := make([]workgroups.Card, len(found))
	for i, m := range found {
		cards[i] = workgroups.Card{Title: m.Title, Href: meetings.Path(m.ID)}
		if m.StartsAt != nil {
			cards[i].Note = ui.Date(ctx, *m.StartsAt)
		}
	}
	return cards, err
}

// names returns how people are called, for the pages of every room.
func (p *program) names(ctx context.Context, ids []access.PersonID) (map[access.PersonID]string, error) {
	people, err := p.accounts.Known(ctx, ids...)
	names := make(map[access.PersonID]string, len(people))
	for id, person := range people {
		names[id] = person.Name
	}
	return names, err
}

// The workgroups of the demonstration, by the key that keeps a second start from making them again.
const (
	demoLearning = "demonstration: lerende samenwerking"
	demoGuidance = "demonstration: begeleiding"
)

// demoGroup returns a workgroup of the demonstration, made when it is not there yet.
func (p *program) demoGroup(ctx context.Context, key string) (workgroup.Workgroup, error) {
	today := workgroup.Day(p.now())
	by, in := demoCoordinator, workgroup.Input{
		Key: key, Name: "Lerende samenwerking", Public: true, ReviewOn: today.AddDate(0, 0, 24),
		Goal: "Meer kansen op werk in en vanuit de wijk. Bewoners, ondernemers, gebiedspartners, studenten en docenten schrijven samen op " +
			"waar hun samenwerking aan moet voldoen.\n\nWe toetsen elke afspraak aan wat we in de wijk zien en horen.",
		Strands: []workgroup.Strand{workgroup.Practice, workgroup.Education, workgroup.Research},
	}
	if key == demoGuidance {
		by, in = demoLecturer, workgroup.Input{
			Key: key, Name: "Begeleiding van deelnemers", ReviewOn: today.AddDate(0, 0, -9),
			Goal:    "Uitzoeken wat deelnemers van een wijkleerbedrijf nodig hebben om een diploma te halen en daarna werk te houden.",
			Strands: []workgroup.Strand{workgroup.Research},
		}
	}
	who, err := p.actorOf(ctx, by)
	if err != nil {
		return workgroup.Workgroup{}, err
	}
	if key == demoGuidance {
		return p.overdueGroup(ctx, who, in)
	}
	g, err := p.groups.Create(ctx, who, in)
	return g, asChanged(err)
}

// overdueGroup makes a group whose review date is over: begun in the past, as it would be in life.
func (p *program) overdueGroup(ctx context.Context, who access.Actor, in workgroup.Input) (workgroup.Workgroup, error) {
	past := workgroup.New(p.db, workgroup.People{}, p.secret)
	past.Now = func() time.Time { return p.now().AddDate(0, -6, 0) }
	g, err := past.Create(ctx, who, in)
	return g, asChanged(err)
}

func (p *program) seedWorkgroups(ctx context.Context) error {
	for _, group := range []struct {
		key, by string
		members map[string]access.Role
	}{
		{demoLearning, demoCoordinator, map[string]access.Role{
			demoLecturer: access.Lecturer, demoStudent: access.Student, demoEntrepreneur: access.Entrepreneur,
			demoResident: access.Resident, demoAreaPartner: access.AreaPartner,
		}},
		{demoGuidance, demoLecturer, map[string]access.Role{demoStudent: access.Student, demoResident: access.Resident}},
	} {
		g, err := p.demoGroup(ctx, group.key)
		if err != nil {
			return err
		}
		by, err := p.actorOf(ctx, group.by)
		if err != nil {
			return err
		}
		for _, email := range slices.Sorted(maps.Keys(group.members)) {
			if err := p.seedMember(ctx, g, by, email, group.members[email]); err != nil {
				return fmt.Errorf("member of %s: %w", g.Name, err)
			}
		}
	}
	return nil
}

// seedMember lets somebody join by invitation. It is answered before the queue runs, so that no
// letter about it is due; whoever left the group meanwhile is not brought back.
func (p *program) seedMember(ctx context.Context, g workgroup.Workgroup, by access.Actor, email string, role access.Role) error {
	i, err := p.groups.Invite(ctx, by, g.ID, workgroup.InviteInput{Address: email, Role: role, Key: "demonstration: " + string(g.ID) + email})
	if err != nil || i.State != workgroup.Open {
		return err
	}
	l, due, err := p.groups.LetterOf(ctx, i.ID)
	if err != nil || !due {
		return err
	}
	_, err = p.groups.Accept(ctx, access.Actor{}, l.Token, "")
	return err
}

package main

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/research"
	"samenwijk/domain/workgroup"
	"samenwijk/server/library"
	"samenwijk/server/ui"
	"samenwijk/server/workgroups"
)

// notesOnGroupPage is how many notes the page of a workgroup shows.
const notesOnGroupPage = 4

// wireLibrary makes the research notes and their pages.
func (p *program) wireLibrary() error {
	p.notes = research.New(p.db)
	p.notes.Now = func() time.Time { return p.now() }
	pages := library.New(library.Config{Notes: p.notes, Names: p.names, Groups: p.groups.Names, Readers: p.readers})
	p.rooms = append(p.rooms, pages)
	p.sections = append(p.sections, workgroups.Section{
		Name: "notes", All: library.AllPath, New: library.NewPath,
		List: func(ctx context.Context, who access.Actor, group string) ([]workgroups.Card, error) {
			lines, err := pages.Latest(ctx, who, group, notesOnGroupPage)
			cards := make([]workgroups.Card, len(lines))
			for i, l := range lines {
				cards[i] = workgroups.Card(l)
			}
			return cards, err
		},
	})
	p.seeders = append(p.seeders, p.seedNotes)
	return nil
}

// readers returns who will be able to read what is shared with a workgroup.
func (p *program) readers(ctx context.Context, who access.Actor, group string) ([]library.Reader, error) {
	members, err := p.groups.Members(ctx, who, workgroup.ID(group))
	if err != nil {
		return nil, err
	}
	var ids []access.PersonID
	for _, m := range members {
		ids = append(ids, m.PersonID)
	}
	names, err := p.names(ctx, ids)
	var readers []library.Reader
	for _, m := range members {
		if name := names[m.PersonID]; name != "" {
			readers = append(readers, library.Reader{ID: m.PersonID, Name: name, Role: m.Role, Group: ui.GroupOf(m.Role)})
		}
	}
	return readers, err
}

// demoNote is a note of the demonstration. Key keeps a second start from writing it again.
type demoNote struct {
	key, group, author, title, body string
	draft                           bool
	comments                        []demoComment
}

type demoComment struct{ author, text string }

func (p *program) seedNotes(ctx context.Context) error {
	for _, note := range demoNotes {
		g, err := p.demoGroup(ctx, note.group)
		if err != nil {
			return err
		}
		author, err := p.actorOf(ctx, note.author)
		if err != nil {
			return err
		}
		if author.RoleIn(string(g.ID)) == "" {
			continue // somebody who tried the demonstration let them leave
		}
		n, err := p.notes.Write(ctx, author, string(g.ID), research.Input{Title: note.title, Body: note.body, Key: "demonstration: " + note.key})
		if err := asChanged(err); err != nil {
			return err
		}
		if note.draft || n.Version > 1 {
			continue // what was changed or shared before stays as it is
		}
		if _, err := p.notes.Share(ctx, author, n.ID, n.Version, true); err != nil {
			return err
		}
		for _, c := range note.comments {
			by, err := p.actorOf(ctx, c.author)
			if err != nil {
				return err
			}
			if _, err := p.notes.Comment(ctx, by, n.ID, c.text, "demonstration: "+note.key); asChanged(err) != nil {
				return err
			}
		}
	}
	return nil
}

var demoNotes = []demoNote{
	{
		key: "leeragenda", group: demoLearning, author: demoLecturer, title: "Leeragenda: zes vragen uit de praktijk",
		body: `Initiatieven uit de wijk en gemeenten lopen tegen andere vragen aan. Ik heb ze naast elkaar gezet. Ze krijgen een letter, geen cijfer: de ene vraag gaat niet voor de andere.

## Vragen van initiatieven

- **A.** Hoe begeleiden we deelnemers goed?
- **B.** Mogen vrijwilligers dat doen?
- **C.** Hoe houden we contact met UWV en gemeente?
- **D.** Welke afspraken leggen we vast?

## Vragen van gemeenten

- **E.** Hoe helpen we een initiatief vooruit?
- **F.** Hoe bewaken we de kwaliteit?

Volgende keer kijken we welke vragen bij elkaar horen.`,
		comments: []demoComment{
			{demoEntrepreneur, "Vraag D en vraag F lijken op elkaar: zonder afspraken op papier weet niemand wat kwaliteit is."},
			{demoAreaPartner, "Bij ons komt vraag E het vaakst. Wij willen wel helpen, maar we weten niet altijd wie we moeten bellen."},
		},
	},
	{
		key: "succesfactoren", group: demoLearning, author: demoStudent, title: "Wat maakt dat een wijkleerbedrijf werkt?",
		body: `Ik las wat er over het wijkleerbedrijf in Den Haag is opgeschreven. Dit viel mij op:

1. Er zijn **twee vaste coördinatoren**. Deelnemers weten bij wie ze moeten zijn.
2. Er is elke dag minstens **drie keer contact**.
3. De dag eindigt samen: deelnemers bespreken met elkaar hoe het ging.
4. Er is ook hulp bij wonen, geld en kinderen.
5. Werkgevers doen al tijdens de opleiding mee.

> Zonder samenwerking geen wijkleerbedrijf.

**Vraag aan de groep:** welke van deze punten hebben wij al, en welke nog niet?`,
		comments: []demoComment{
			{demoResident, "Punt 4 is voor mij het belangrijkste. Als je thuis zorgen hebt, komt er van leren weinig."},
			{demoCoordinator, "Goede vraag. Ik zet hem op de agenda van de volgende bijeenkomst."},
		},
	},
	{
		key: "concept", group: demoLearning, author: demoStudent, title: "Vragen voor het gesprek met werkgevers", draft: true,
		body: `Nog niet af. Wat wil ik weten?

- Wanneer doet u mee aan een opleiding?
- Wat hebt u daarvoor nodig van de wijk?
- Hoe lang duurt het voordat iemand zelfstandig werkt?`,
	},
	{
		key: "cijfers", group: demoGuidance, author: demoStudent, title: "Van opleiding naar werk: wat de cijfers wel en niet zeggen",
		body: `Van 155 oud-deelnemers haalden er 130 een diploma. Van die 130 vonden er 102 werk.

Daarna wordt het lastiger: *“twee derde van die groep”* werkte na minstens zes maanden nog. Het is niet duidelijk van **welke** groep. Dat moeten we navragen voordat we het getal gebruiken.`,
		comments: []demoComment{
			{demoLecturer, "Precies. Schrijf er altijd bij: van wie, en wanneer gemeten."},
		},
	},
}

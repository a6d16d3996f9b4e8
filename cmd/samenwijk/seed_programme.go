package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"samenwijk/domain/access"
	"samenwijk/domain/programme"
	"samenwijk/server/collab"
)

// demoSection is a part of the demonstration's programme of requirements.
type demoSection struct {
	title, intro string
	requirements []demoRequirement
}

// demoRequirement is one requirement; each is an example, derived from what its source says.
type demoRequirement struct{ statement, rationale, source string }

const (
	fromFactors = "Voorbeeld, afgeleid uit de succesfactoren van het leerbedrijf."
	fromAgenda  = "Voorbeeld, afgeleid uit de leeragenda van initiatieven en gemeenten."
	fromLessons = "Voorbeeld, afgeleid uit de lessen van de studie."
	fromFigures = "Voorbeeld, afgeleid uit de cijfers van het leerbedrijf."
)

// demoProgramme is in the order of the keys PVE-1 to PVE-7.
var demoProgramme = []demoSection{
	{
		title: "Begeleiding van deelnemers",
		intro: "Deelnemers houden vol als zij weten bij wie zij terechtkunnen.",
		requirements: []demoRequirement{
			{"Elke deelnemer heeft één vaste coördinator, van het eerste gesprek tot een half jaar na de start van het werk.",
				"Bij het leerbedrijf zijn er twee vaste coördinatoren en heeft een deelnemer minstens drie keer per dag contact.", fromFactors},
			{"Werkgevers doen mee aan de training: zij geven les, ontvangen deelnemers en zeggen wat zij nodig hebben.",
				"Een diploma helpt pas echt als een werkgever weet wat hij ermee in huis haalt.", fromFactors},
			{"Er is aandacht voor wonen, geld en kinderen naast de training. De coördinator weet wie daarbij helpt en gaat de eerste keer mee.",
				"Wie zich zorgen maakt over huur of opvang, komt niet toe aan leren.", fromFactors},
		},
	},
	{
		title: "Samenwerken met instanties",
		intro: "Een wijk kan veel zelf, maar niet zonder afspraken met wie over uitkeringen en opdrachten gaat.",
		requirements: []demoRequirement{
			{"Met UWV en gemeente liggen afspraken op papier over uitkering, vrijwilligerswerk en opleiding tijdens het traject.",
				"Initiatieven vragen zich steeds af wat mag. Zonder afspraken valt het antwoord per medewerker anders uit.", fromAgenda},
			{"Opdrachten die de gemeente maatschappelijk aanbesteedt, staan open voor bewoners en hun bedrijven.",
				"Maatschappelijk aanbesteden kan een veel grotere rol spelen dan nu.", fromLessons},
		},
	},
	{
		title: "Samen besluiten en leren",
		intro: "Wat we afspreken en wat het oplevert, is voor iedereen te volgen.",
		requirements: []demoRequirement{
			{"Besluiten lopen van het midden naar boven en naar beneden: professionals in de wijk beginnen, bewoners en bestuur beslissen mee.",
				"Alleen van bovenaf of alleen van onderop bleek niet te werken.", fromLessons},
			{"Bij elk cijfer staat over hoeveel mensen het gaat en op welk moment is gemeten.",
				"Van 155 deelnemers haalden er 130 een diploma; 102 van hen vonden werk. Zonder die aantallen betekent een percentage niets.", fromFigures},
		},
	},
}

const demoProgrammeTitle = "Programma van eisen van de lerende samenwerking"

// seedProgramme makes the programme of requirements of the demonstration, with its text and how that
// came about. The ids of requirements are made from their place, so that a start that was cut off
// half-way is finished by the next one.
func (p *program) seedProgramme(ctx context.Context) error {
	g, err := p.demoGroup(ctx, demoLearning)
	if err != nil {
		return err
	}
	who, err := p.actorOf(ctx, demoCoordinator)
	if err != nil {
		return err
	}
	text, err := collab.SeedText(firstDemoDraft().text(string(g.ID)))
	if err != nil {
		return err
	}
	d, err := p.programmes.Create(ctx, who, programme.Input{
		Workgroup: string(g.ID), Title: demoProgrammeTitle, Audience: access.Public, Seed: text,
		Key: "demonstration: programma van eisen",
	})
	if err := asChanged(err); err != nil {
		return err
	}
	number := 0
	for _, section := range demoProgramme {
		for range section.requirements {
			number++
			if _, err := p.programmes.AddRequirement(ctx, who, d.ID, demoRequirementID(string(g.ID), number)); err != nil {
				return err
			}
		}
	}
	return p.seedHistory(ctx, d)
}

func demoRequirementID(group string, number int) programme.RequirementID {
	return programme.RequirementID(uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%s requirement %d", group, number)).String())
}

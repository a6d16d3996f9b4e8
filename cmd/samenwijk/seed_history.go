package main

import (
	"context"
	"slices"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
)

// demoDraft is the text of the demonstration's programme at a moment.
type demoDraft struct {
	intro    []string
	sections []demoSection
	keys     [][]int // the numbers of the requirements in each section, in their order
}

const demoIntro = "Dit is de lijst met afspraken waar onze samenwerking aan moet voldoen. Wij schrijven die samen. Studenten lezen mee."

// finishedDemo is the text as it reads in the end.
func finishedDemo() demoDraft {
	d := demoDraft{intro: []string{demoIntro}}
	number := 0
	for _, section := range demoProgramme {
		section.requirements = slices.Clone(section.requirements)
		var keys []int
		for range section.requirements {
			number++
			keys = append(keys, number)
		}
		d.sections, d.keys = append(d.sections, section), append(d.keys, keys)
	}
	return d
}

// requirement returns the one with this number.
func (d *demoDraft) requirement(number int) *demoRequirement {
	for i, keys := range d.keys {
		if at := slices.Index(keys, number); at >= 0 {
			return &d.sections[i].requirements[at]
		}
	}
	panic("the demonstration has no such requirement")
}

// firstDemoDraft is the text as it was begun.
func firstDemoDraft() demoDraft {
	d := finishedDemo()
	d.intro = append(d.intro, "Dit is een eerste opzet. We bespreken hem nog.")
	for number, statement := range map[int]string{
		1: "Elke deelnemer heeft een coördinator.",
		2: "Werkgevers doen mee aan de training.",
		3: "Er is aandacht voor wonen, geld en kinderen.",
		4: "Met de gemeente liggen afspraken op papier over uitkering en vrijwilligerswerk.",
		6: "Besluiten lopen van onderop: bewoners beginnen en het bestuur beslist.",
	} {
		d.requirement(number).statement = statement
	}
	together := &d.sections[1]
	slices.Reverse(together.requirements)
	slices.Reverse(d.keys[1])
	last := &d.sections[2]
	last.intro = "Iedereen kan volgen wat we afspreken."
	last.requirements, d.keys[2] = last.requirements[:1], d.keys[2][:1]
	return d
}

// demoEdit is what one person changed at one go, and the name that the text then got, if it did.
type demoEdit struct {
	who  string
	edit func(d *demoDraft)
	name string
	by   string
}

// demoHistory leads from the first draft to the finished text.
func demoHistory() []demoEdit {
	end := finishedDemo()
	finish := func(d *demoDraft, numbers ...int) {
		for _, n := range numbers {
			*d.requirement(n) = *end.requirement(n)
		}
	}
	return []demoEdit{
		{name: "Eerste opzet", by: demoCoordinator},
		{who: demoEntrepreneur, edit: func(d *demoDraft) {
			d.requirement(1).statement = "Elke deelnemer heeft één vaste coördinator."
			finish(d, 2)
		}},
		{who: demoResident, edit: func(d *demoDraft) {
			d.requirement(1).statement = "Elke deelnemer heeft één vaste coördinator, van het eerste gesprek tot de start van het werk."
			d.requirement(3).statement = "Er is aandacht voor wonen, geld en kinderen naast de training."
		}, name: "Na de eerste bespreking", by: demoEntrepreneur},
		{who: demoAreaPartner, edit: func(d *demoDraft) {
			finish(d, 4)
			slices.Reverse(d.sections[1].requirements)
			slices.Reverse(d.keys[1])
		}},
		{who: demoLecturer, edit: func(d *demoDraft) {
			d.intro = end.intro
			d.sections[2].requirements, d.keys[2] = append(d.sections[2].requirements, *end.requirement(7)), append(d.keys[2], 7)
		}},
		{who: demoResident, edit: func(d *demoDraft) { finish(d, 3, 6) }},
		{who: demoEntrepreneur, edit: func(d *demoDraft) { finish(d, 1) }, name: "Voor de werkconferentie", by: demoCoordinator},
		{who: demoCoordinator, edit: func(d *demoDraft) { d.sections[2].intro = end.sections[2].intro }},
	}
}

// seedHistory lets the people of the demonstration write the text and name versions of it, as they
// would have done over some weeks. It writes in nobody's text: once the history is there, or somebody
// wrote something else, it does nothing.
func (p *program) seedHistory(ctx context.Context, d programme.RequirementsDocument) error {
	draft := firstDemoDraft()
	now, err := p.collab.Text(ctx, d.LiveID)
	if err != nil {
		return err
	}
	reached := false // a start that was cut off goes on from where the text is
	reads := func() bool { return now.Plain() == richtext.Document{Blocks: draft.text(d.WorkgroupID)}.Plain() }
	for _, step := range demoHistory() {
		reached = reached || reads()
		if step.edit != nil {
			step.edit(&draft)
			if reached {
				if err := p.demoWrites(ctx, step.who, d.LiveID, draft.text(d.WorkgroupID)); err != nil {
					return err
				}
			}
		}
		if reached && step.name != "" {
			who, err := p.actorOf(ctx, step.by)
			if err != nil {
				return err
			}
			if _, err := p.collab.NameNow(ctx, who, d.LiveID, step.name, "demonstration"+step.name); asChanged(err) != nil {
				return err
			}
		}
	}
	return nil
}

func (p *program) demoWrites(ctx context.Context, email string, id livedoc.ID, text []richtext.Block) error {
	who, err := p.actorOf(ctx, email)
	if err != nil {
		return err
	}
	return p.collab.SetText(ctx, who, id, richtext.Document{Blocks: text})
}

func (d demoDraft) text(group string) []richtext.Block {
	paragraph := func(text string) richtext.Block {
		return richtext.Block{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: text}}}
	}
	var blocks []richtext.Block
	for _, text := range d.intro {
		blocks = append(blocks, paragraph(text))
	}
	for i, section := range d.sections {
		blocks = append(blocks,
			richtext.Block{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: section.title}}},
			paragraph(section.intro))
		for at, r := range section.requirements {
			blocks = append(blocks, richtext.Block{Kind: richtext.Requirement, ID: string(demoRequirementID(group, d.keys[i][at])), Blocks: []richtext.Block{
				{Kind: richtext.Statement, Blocks: []richtext.Block{paragraph(r.statement)}},
				{Kind: richtext.Rationale, Blocks: []richtext.Block{paragraph(r.rationale), {
					Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: r.source, Italic: true}},
				}}},
			}})
		}
	}
	return blocks
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
)

// seedMeetings puts the meetings of the demonstration in place: two that are known from public
// pages, and two invented ones that are always ahead of the day on which the program is started.
func (p *program) seedMeetings(ctx context.Context) error {
	who, err := p.actorOf(ctx, demoCoordinator)
	if err != nil {
		return err
	}
	for _, known := range []struct {
		uid     string
		details meeting.Details
	}{{"demonstratie-werk-in-de-wijk-2017", demoWorkInTheNeighbourhood}, {"demonstratie-werkconferentie", demoWorkingConference}} {
		_, err := p.meetings.FindByUID(ctx, who, known.uid)
		if err == nil {
			continue
		}
		if fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		m, err := p.meetings.Plan(ctx, who, "", known.uid, known.details, 0)
		if err != nil {
			return err
		}
		if err := p.meetings.Open(ctx, who, m.ID); err != nil {
			return err
		}
	}
	upcoming, _, err := p.meetings.List(ctx, who, meeting.Filter{Which: meeting.Upcoming, Size: 100})
	if err != nil {
		return err
	}
	for _, planned := range demoUpcoming {
		if !hasUID(upcoming, planned.uid) {
			if err := p.seedUpcoming(ctx, who, planned); err != nil {
				return fmt.Errorf("meeting %s: %w", planned.uid, err)
			}
		}
	}
	return nil
}

func hasUID(list []meeting.Overview, prefix string) bool {
	for _, m := range list {
		if strings.HasPrefix(m.UID, prefix) {
			return true
		}
	}
	return false
}

func (p *program) seedUpcoming(ctx context.Context, who access.Actor, planned demoMeeting) error {
	group, err := p.demoGroup(ctx, demoLearning)
	if err != nil {
		return err
	}
	details := planned.details
	day := p.now().In(details.Zone()).AddDate(0, 0, planned.days)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	details.LocalStart, details.LocalEnd = day.Format(time.DateOnly)+"T"+planned.start, day.Format(time.DateOnly)+"T"+planned.end
	details.TZID = meeting.DefaultZone
	m, err := p.meetings.Plan(ctx, who, string(group.ID), planned.uid+"-"+day.Format(time.DateOnly), details, planned.seats)
	if err != nil {
		return err
	}
	if err := p.meetings.Open(ctx, who, m.ID); err != nil {
		return err
	}
	for _, in := range planned.registrations {
		if _, _, err := p.meetings.Register(ctx, access.Actor{}, m.ID, in, meeting.NewIdempotencyKey()); err != nil {
			return err
		}
	}
	return nil
}

var demoWorkInTheNeighbourhood = meeting.Details{
	Audience: access.Public, Kind: meeting.Gathering, Title: "Werk in de wijk",
	Summary: "Initiatieven van bewoners en gemeenten verkenden samen hun vragen over zinvol werk in de wijk.",
	ForWhom: "Initiatieven van bewoners, en gemeenten", Organiser: "LSA en StadsLAB033",
	When:  meeting.When{LocalStart: "2017-10-07", LocalEnd: "2017-10-07", TZID: meeting.DefaultZone},
	Place: meeting.OnSite, VenueName: "Fluor", VenueAddress: "Oliemolenhof 22, Amersfoort", Entry: meeting.Free,
	Programme: `De dag had drie doelen:

- **Kennis** over werk in de wijk
- **Ervaringen delen** met elkaar
- **Handvatten**: dingen die u thuis kunt gebruiken`,
}

var demoWorkingConference = meeting.Details{
	Audience: access.Public, Kind: meeting.WorkingConference, Title: "Werkconferentie over wijkondernemingen",
	Summary: "Een dag om verder te werken aan wat eerder is geleerd over ondernemen in en vanuit de wijk.",
	When:    meeting.When{TZID: meeting.DefaultZone, WhenText: "begin februari"},
	Place:   meeting.OnSite, Entry: meeting.Free,
}

// demoMeeting is an invented meeting, some days ahead of the start of the program.
type demoMeeting struct {
	uid           string
	days          int
	start, end    string
	seats         int
	details       meeting.Details
	registrations []meeting.Input
}

var demoUpcoming = []demoMeeting{
	{
		uid: "demonstratie-leren", days: 12, start: "13:30", end: "16:00", seats: 6,
		details: meeting.Details{
			Audience: access.Public, Kind: meeting.ExpertMeeting, Title: "Samen leren: wat werkt in een wijkleerbedrijf?",
			Summary:   "We praten over wat deelnemers helpt om een diploma te halen en werk te houden. U vertelt wat u zelf hebt gezien; er zijn geen foute antwoorden.",
			ForWhom:   "Bewoners, sociaal ondernemers, gebiedspartners, studenten en docenten",
			Organiser: "Balie van het buurthuis", OrganiserPhone: "06 12 34 56 78", OrganiserEmail: "balie@voorbeeld.test",
			Place: meeting.OnSite, VenueName: "Buurthuis De Verzonnen Hoek", VenueAddress: "Voorbeeldplein 1", Entry: meeting.Required,
			AccessFacts: demoAccess,
			Programme: `- 13.30 Inloop met koffie en thee
- 13.45 Wat hebben we tot nu toe geleerd?
- 14.15 In kleine groepen: vaste begeleiders, en hulp bij wonen, geld en kinderen
- 15.15 Wat nemen we op in het programma van eisen: de lijst met afspraken waar de samenwerking aan moet voldoen?
- 16.00 Einde`,
		},
		registrations: []meeting.Input{
			{Name: "Bewoner van het plein", Channel: meeting.None, People: 1},
			{Name: "Begeleider", Channel: meeting.Email, Email: "begeleider@voorbeeld.test", People: 1},
			{Name: "Oud-deelnemer", Channel: meeting.None, People: 2, Support: "Een tolk Tigrinya", SupportConsent: true},
			{Name: "Wijkmanager", Channel: meeting.Email, Email: "wijkmanager@voorbeeld.test", People: 1},
			{Name: "Vrijwilliger", Channel: meeting.None, People: 1, Support: "Een plek voor mijn rolstoel", SupportConsent: true, Helper: "Buurvrouw"},
			{Name: "Werkgever", Channel: meeting.Email, Email: "werkgever@voorbeeld.test", People: 1},
			{Name: "Student", Channel: meeting.Email, Email: "student-aanmelding@voorbeeld.test", People: 1},
		},
	},
	{
		uid: "demonstratie-kennismaken", days: 26, start: "19:30", end: "21:00", seats: 30,
		details: meeting.Details{
			Audience: access.Public, Kind: meeting.Gathering, Title: "Maak kennis met het wijkleernetwerk",
			Summary: "Een avond voor wie wil weten wat wij doen. U hoort waar we aan werken, en u vertelt wat u in de wijk zou willen leren of doen.",
			ForWhom: "Iedereen uit de wijk",
			Place:   meeting.OnSite, VenueName: "Buurthuis De Verzonnen Hoek", VenueAddress: "Voorbeeldplein 1", Entry: meeting.Welcome,
			AccessFacts: demoAccess,
			Programme: `- 19.30 Inloop
- 19.45 Wat is een wijkleernetwerk?
- 20.15 Aan tafels: wat wilt u leren, en wat kunt u een ander leren?
- 21.00 Einde`,
		},
		registrations: []meeting.Input{
			{Name: "Bewoner met twee buren", Channel: meeting.None, People: 3},
			{Name: "Docent", Channel: meeting.Email, Email: "docent-aanmelding@voorbeeld.test", People: 1},
		},
	},
}

const demoAccess = `- Bushalte voor de deur; gratis parkeren achter het gebouw.
- Er is geen drempel. De zaal is beneden, het toilet is geschikt voor een rolstoel.
- In de zaal is een ringleiding.
- Kinderen mogen mee: er is een speelhoek.`

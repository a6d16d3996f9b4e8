// Package meeting plans meetings of the network, hands out their seats and keeps a fair waiting
// list. Seats are never oversold, the waiting list is in order of arrival and nobody registers
// twice, however many people come at once. It knows nothing of web pages or mail: it records
// events, and keeps the list of people who must be called.
package meeting

import (
	"strings"
	"time"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

// ID identifies a meeting.
type ID string

// Kind is the sort of meeting.
type Kind string

const (
	Gathering         Kind = "meeting"
	ExpertMeeting     Kind = "expert_meeting"
	WorkingConference Kind = "working_conference"
)

// Kinds are in the order in which pages list them.
var Kinds = []Kind{Gathering, ExpertMeeting, WorkingConference}

// Place says whether people come together in a room, in a call, or both.
type Place string

const (
	OnSite Place = "on_site"
	Online Place = "online"
	Hybrid Place = "hybrid"
)

// Places are in the order in which pages list them.
var Places = []Place{OnSite, Online, Hybrid}

// Entry says whether one registers to come.
type Entry string

const (
	Free     Entry = "free"     // walk in; nobody registers
	Welcome  Entry = "welcome"  // registering helps, and keeps a seat
	Required Entry = "required" // without registration no seat
)

// Entries are in the order in which pages list them.
var Entries = []Entry{Required, Welcome, Free}

// Stage is how far a meeting is. That it is full, under way or over is derived, never stored.
type Stage string

const (
	Draft     Stage = "draft"     // known to the workgroup alone
	Open      Stage = "open"      // known to its audience; people can register
	Closed    Stage = "closed"    // known to its audience; nobody registers any more
	Cancelled Stage = "cancelled" // will not take place; for good
)

// Details are what an organiser writes about a meeting.
type Details struct {
	Audience access.Audience
	Kind     Kind
	Title    string
	Summary  string
	ForWhom  string
	// Programme and AccessFacts are Markdown. AccessFacts say how to get there and in: stops,
	// parking, steps, lift, toilet, hearing loop.
	Programme string
	Organiser string // who holds the meeting, as people know them
	// Where questions about it go: of a role or a desk, for they are shown to whoever sees the meeting.
	OrganiserPhone string
	OrganiserEmail string
	When           `gorm:"embedded"`
	Place          Place
	VenueName      string
	VenueAddress   string
	AccessFacts    string
	OnlineLink     string // only people with a seat get to see it
	Entry          Entry
}

// Meeting is a meeting of a workgroup, or of the network as a whole when WorkgroupID is empty.
type Meeting struct {
	ID               ID `gorm:"primaryKey"`
	WorkgroupID      string
	Details          `gorm:"embedded"`
	StartsAt         *time.Time // derived from the local time; nil while there is no exact date
	EndsAt           *time.Time
	PreviousStartsAt *time.Time // the start people knew before it was moved
	State            Stage
	OpenedAt         *time.Time // since when its audience knows of it
	UID              string     `gorm:"column:uid"` // of the calendar event; never changes
	Sequence         int        // of the calendar event; one more at each change of time, place or status
	Version          int        // one more at each change, so that two organisers do not undo each other's work
	LastNumber       int        // of the newest registration
	CreatedBy        access.PersonID
	CreatedAt        time.Time
	ChangedAt        time.Time
}

// TableName tells gorm where meetings lie.
func (Meeting) TableName() string { return "meetings" }

// Published reports whether its audience knows of the meeting: since it was opened, also after it
// was closed or cancelled.
func (m Meeting) Published() bool { return m.OpenedAt != nil }

// Scope says where the meeting belongs and who may know of it. What was never opened is known to
// the workgroup alone.
func (m Meeting) Scope() access.Scope {
	s := access.Scope{Workgroup: m.WorkgroupID, Owner: m.CreatedBy, Audience: access.Members}
	if m.Published() {
		s.Audience = m.Audience
	}
	return s
}

// Over reports whether the meeting has ended.
func (m Meeting) Over(now time.Time) bool { return m.EndsAt != nil && !now.Before(*m.EndsAt) }

// Started reports whether the meeting has begun.
func (m Meeting) Started(now time.Time) bool { return m.StartsAt != nil && !now.Before(*m.StartsAt) }

// TakesRegistrations returns nil while people can register themselves, otherwise why not.
func (m Meeting) TakesRegistrations(now time.Time) error {
	switch {
	case m.State == Cancelled:
		return fault.Conflict("meetings.refused.cancelled")
	case m.Entry == Free:
		return fault.Conflict("meetings.refused.free")
	case m.Over(now):
		return fault.Conflict("meetings.refused.over")
	case m.Started(now):
		return fault.Conflict("meetings.refused.started")
	case m.State != Open:
		return fault.Conflict("meetings.refused.closed")
	}
	return nil
}

// takesWalkIns returns nil while an organiser can add somebody at the door.
func (m Meeting) takesWalkIns(now time.Time) error {
	switch {
	case m.State == Cancelled:
		return fault.Conflict("meetings.refused.cancelled")
	case m.Entry == Free:
		return fault.Conflict("meetings.refused.free")
	case m.Over(now):
		return fault.Conflict("meetings.refused.over")
	case !m.Published():
		return fault.Conflict("meetings.refused.draft")
	}
	return nil
}

// movesPeopleUp reports whether a freed seat still goes to whoever waits: until the meeting begins,
// also after it was closed for newcomers.
func (m Meeting) movesPeopleUp(now time.Time) bool {
	return m.State != Cancelled && m.State != Draft && !m.Started(now)
}

// Limits of what an organiser writes, in characters.
const (
	MaxTitle     = 120
	MaxLine      = 200
	MaxSummary   = 600
	MaxText      = 6000
	MaxCapacity  = 5000
	maxLinkBytes = 500
)

// Check returns what is wrong with the details, all at once, each at its field.
func (d Details) Check() error {
	var m fault.Mistakes
	required := func(text, field, code string, max int) {
		if fault.Blank(text) {
			m.Add(fault.Invalid(code).At(field))
		}
		m.Add(notLonger(text, field, max))
	}
	required(d.Title, "title", "meetings.mistake.title", MaxTitle)
	required(d.Summary, "summary", "meetings.mistake.summary", MaxSummary)
	for _, line := range []struct {
		text, field string
		max         int
	}{
		{d.ForWhom, "for_whom", MaxLine}, {d.Organiser, "organiser", MaxLine}, {d.Programme, "programme", MaxText},
		{d.VenueName, "venue_name", MaxLine}, {d.VenueAddress, "venue_address", MaxLine}, {d.AccessFacts, "access_facts", MaxText},
	} {
		m.Add(notLonger(line.text, line.field, line.max))
	}
	m.Add(oneOf(d.Kind, Kinds, "kind"))
	m.Add(oneOf(d.Audience, []access.Audience{access.Public, access.Members}, "audience"))
	m.Add(oneOf(d.Place, Places, "place"))
	m.Add(oneOf(d.Entry, Entries, "entry"))
	if d.OnlineLink != "" && (!strings.HasPrefix(d.OnlineLink, "https://") || len(d.OnlineLink) > maxLinkBytes || strings.ContainsAny(d.OnlineLink, " \t\n\"<>")) {
		m.Add(fault.Invalid("meetings.mistake.online_link").At("online_link"))
	}
	if d.OrganiserPhone != "" {
		if _, wrong := phone(d.OrganiserPhone); wrong != nil {
			m.Add(wrong.At("organiser_phone"))
		}
	}
	if d.OrganiserEmail != "" {
		if _, wrong := email(d.OrganiserEmail); wrong != nil {
			m.Add(wrong.At("organiser_email"))
		}
	}
	_, _, wrong := d.When.resolve()
	m.Add(wrong)
	return m.Err()
}

func oneOf[S ~string](value S, allowed []S, field string) *fault.Fault {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fault.Invalid("web.field.not_a_choice").At(field)
}

func notLonger(text, field string, max int) *fault.Fault {
	if utf8.RuneCountInString(text) > max {
		return fault.Invalid("web.field.too_long", "Max", max).At(field)
	}
	return nil
}

// movedFrom reports whether what people put in their diary changed: the time or the place.
func (d Details) movedFrom(before Details) bool {
	return d.When != before.When || d.Place != before.Place ||
		d.VenueName != before.VenueName || d.VenueAddress != before.VenueAddress
}

// Package workgroup keeps the groups of people who learn and work together: what a group is for,
// when it looks back, who is in it and in which role. A group is public or private; of a private one
// an outsider does not know that it is there. The package knows people by id only.
package workgroup

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

// ID identifies a workgroup.
type ID string

// Strand is what a group works on; the learning network has three.
type Strand string

const (
	Practice  Strand = "practice"  // praktijkverbetering
	Education Strand = "education" // onderwijsvernieuwing
	Research  Strand = "research"  // onderzoek
)

// AllStrands are in the order in which pages list them.
var AllStrands = []Strand{Practice, Education, Research}

// Strands is one or more of them; the database keeps them in one column, with commas.
type Strands []Strand

// Value implements driver.Valuer.
func (s Strands) Value() (driver.Value, error) {
	words := make([]string, len(s))
	for i, one := range s {
		words[i] = string(one)
	}
	return strings.Join(words, ","), nil
}

// Scan implements sql.Scanner.
func (s *Strands) Scan(from any) error {
	var text string
	switch v := from.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("strands in a %T", from)
	}
	*s = nil
	for word := range strings.SplitSeq(text, ",") {
		if word != "" {
			*s = append(*s, Strand(word))
		}
	}
	return nil
}

// Workgroup is one group. It always has a goal and a day on which it looks whether it still serves it.
type Workgroup struct {
	ID        ID `gorm:"primaryKey"`
	Name      string
	Goal      string
	ReviewOn  time.Time // a day, at midnight UTC
	Strands   Strands
	Public    bool // anybody may know of it and read what it publishes
	Version   int  // counts changes, so that an old page cannot undo a new one
	CreatedBy access.PersonID
	FormKey   string
	CreatedAt time.Time
	ChangedAt time.Time

	ArchivedAt *time.Time // since when nobody works in it; nil while people do
}

// Archived reports whether nobody works in the group any more.
func (w Workgroup) Archived() bool { return w.ArchivedAt != nil }

// TableName tells gorm where groups lie.
func (Workgroup) TableName() string { return "workgroups" }

// Scope says who may know of the group.
func (w Workgroup) Scope() access.Scope {
	if w.Public {
		return access.Scope{Workgroup: string(w.ID), Audience: access.Public}
	}
	return access.Scope{Workgroup: string(w.ID), Audience: access.Members}
}

// Overdue reports whether the group should have looked back before the day of now.
func (w Workgroup) Overdue(now time.Time) bool { return !w.Archived() && w.ReviewOn.Before(Day(now)) }

// zone is where a day begins and ends for the neighbourhood; without zone files it is UTC.
var zone = func() *time.Location {
	z, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return time.UTC
	}
	return z
}()

// Day returns the day in the neighbourhood at the moment t, as days are kept: at midnight UTC.
func Day(t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Membership is one person in one group.
type Membership struct {
	WorkgroupID ID              `gorm:"primaryKey"`
	PersonID    access.PersonID `gorm:"primaryKey"`
	Role        access.Role
	JoinedAt    time.Time
}

// TableName tells gorm where memberships lie.
func (Membership) TableName() string { return "workgroup_members" }

// Inspection is a look of an administrator inside a group they are no member of. It is a right for
// an hour, and the record of it for ever: members read who looked, when and why.
type Inspection struct {
	ID          string `gorm:"primaryKey"`
	WorkgroupID ID
	PersonID    access.PersonID
	Reason      string
	StartedAt   time.Time
	EndsAt      time.Time
}

// TableName tells gorm where inspections lie.
func (Inspection) TableName() string { return "workgroup_inspections" }

// InspectionLasts is how long an administrator may look inside after giving a reason.
const InspectionLasts = time.Hour

// What a group may hold, in characters.
const (
	MaxName   = 100
	MaxGoal   = 2000
	MaxReason = 500
	minReason = 10
)

// furthestReview is how far ahead a group may put off looking back.
const furthestReview = 5

// Input is what people say of a group.
type Input struct {
	Name, Goal string
	ReviewOn   time.Time // the zero time: not said
	Strands    []Strand
	Public     bool
	Key        string // of the form; the same key of the same person makes one group only
}

// Check finds what is wrong with in; was is the day that stood there before, which may be over, or the zero time.
func (in Input) Check(now, was time.Time) error {
	var mistakes fault.Mistakes
	mistakes.Add(text(in.Name, "name", 3, MaxName))
	mistakes.Add(text(in.Goal, "goal", 10, MaxGoal))
	today := Day(now)
	switch {
	case in.ReviewOn.IsZero():
		mistakes.Add(fault.Invalid("workgroup.review.missing").At("review"))
	case in.ReviewOn.Before(today) && !in.ReviewOn.Equal(was):
		mistakes.Add(fault.Invalid("workgroup.review.past").At("review"))
	case in.ReviewOn.After(today.AddDate(furthestReview, 0, 0)):
		mistakes.Add(fault.Invalid("workgroup.review.too_far", "Years", furthestReview).At("review"))
	}
	if len(in.Strands) == 0 {
		mistakes.Add(fault.Invalid("workgroup.strands.missing").At("strands"))
	}
	for _, s := range in.Strands {
		if !slices.Contains(AllStrands, s) {
			mistakes.Add(fault.Invalid("web.field.not_a_choice").At("strands"))
			break
		}
	}
	return mistakes.Err()
}

// says reports whether a group is what in says of it.
func (in Input) says(w Workgroup) bool {
	return w.Name == strings.TrimSpace(in.Name) && w.Goal == strings.TrimSpace(in.Goal) && w.ReviewOn.Equal(in.ReviewOn) &&
		slices.Equal(w.Strands, in.strands()) && w.Public == in.Public
}

// strands returns each strand once, in the usual order.
func (in Input) strands() Strands {
	var s Strands
	for _, one := range AllStrands {
		if slices.Contains(in.Strands, one) {
			s = append(s, one)
		}
	}
	return s
}

// text checks the length of what was written; its code names the field.
func text(s, field string, least, most int) *fault.Fault {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case fault.Blank(s):
		return fault.Invalid("workgroup." + field + ".missing").At(field)
	case n < least:
		return fault.Invalid("workgroup."+field+".too_short", "Min", least).At(field)
	case n > most:
		return fault.Invalid("web.field.too_long", "Max", most).At(field)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return fault.Invalid("web.field.unreadable").At(field)
	}
	return nil
}

// lastCoordinator reports whether the group would be left without one when person is no longer it.
func lastCoordinator(members []Membership, person access.PersonID) bool {
	for _, m := range members {
		if m.Role == access.Coordinator && m.PersonID != person {
			return false
		}
	}
	return slices.ContainsFunc(members, func(m Membership) bool {
		return m.PersonID == person && m.Role == access.Coordinator
	})
}

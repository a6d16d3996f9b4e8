package ui

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"samenwijk/domain/access"
)

// Kind is the tone of a notice or a status. The words say it too: colour never speaks alone.
type Kind string

const (
	Info    Kind = "info"
	Good    Kind = "good"
	Warning Kind = "warning"
	Danger  Kind = "danger"
	Quiet   Kind = "quiet" // for a status without news; as a notice it is Info
)

func (k Kind) notice() Kind {
	if k == "" || k == Quiet {
		return Info
	}
	return k
}

// Group is the stakeholder group a person speaks for. Each has a colour, a shape and a letter.
type Group string

const (
	Resident     Group = "resident"
	Entrepreneur Group = "entrepreneur"
	Partner      Group = "partner"
	Municipality Group = "municipality"
	Education    Group = "education"
	Expert       Group = "expert"
)

// GroupOf is the group that somebody with this role speaks for.
func GroupOf(r access.Role) Group {
	switch r {
	case access.Entrepreneur:
		return Entrepreneur
	case access.Resident:
		return Resident
	case access.AreaPartner:
		return Partner
	case access.Coordinator, access.Lecturer, access.Student:
		return Education
	}
	return ""
}

// Groups are the six in the order in which pages list them.
func Groups() []Group {
	return []Group{Resident, Entrepreneur, Partner, Municipality, Education, Expert}
}

// Name is the group in words: "Bewoners".
func (g Group) Name(ctx context.Context) string { return T(ctx, "ui.group."+string(g)) }

// Letter is the group's letter: "B".
func (g Group) Letter(ctx context.Context) string { return T(ctx, "ui.group_letter."+string(g)) }

// Class colours what stands in it for the group: text, avatar, caret and selection in the editor.
func (g Group) Class() string {
	if g == "" {
		return ""
	}
	return "sw-group-" + string(g)
}

// shape is the outline on a field of 40 by 40; its area is about the same for each group.
func (g Group) shape() string {
	switch g {
	case Resident: // a circle
		return "M20 2a18 18 0 1 1 0 36a18 18 0 1 1 0-36z"
	case Entrepreneur: // a square
		return "M7 3h26a4 4 0 0 1 4 4v26a4 4 0 0 1-4 4H7a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4z"
	case Partner: // a diamond
		return "M17.2 1.6a4 4 0 0 1 5.6 0l15.6 15.6a4 4 0 0 1 0 5.6L22.8 38.4a4 4 0 0 1-5.6 0L1.6 22.8a4 4 0 0 1 0-5.6z"
	case Municipality: // a shield
		return "M6 3h28a3 3 0 0 1 3 3v14c0 9-8 15-17 18C11 35 3 29 3 20V6a3 3 0 0 1 3-3z"
	case Education: // a hexagon
		return "M18 1.7a4 4 0 0 1 4 0l12.6 7.2a4 4 0 0 1 2 3.5v15.2a4 4 0 0 1-2 3.5L22 38.3a4 4 0 0 1-4 0L5.4 31.1a4 4 0 0 1-2-3.5V12.4a4 4 0 0 1 2-3.5z"
	case Expert: // a drop
		return "M6 2h14a18 18 0 1 1-18 18V6a4 4 0 0 1 4-4z"
	default: // a pebble, for whom no group is known
		return "M14 2h12a12 12 0 0 1 12 12v12a12 12 0 0 1-12 12H14A12 12 0 0 1 2 26V14A12 12 0 0 1 14 2z"
	}
}

// Initials are at most two letters of a name, for whom the account keeps none.
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	return strings.ToUpper(string(first) + string([]rune(words[len(words)-1])[:1]))
}

// Person is somebody as an avatar shows them.
type Person struct {
	Name     string
	Initials string // made from the name when empty
	Group    Group  // empty when the group is unknown
}

func (p Person) initials() string {
	if p.Initials != "" {
		return p.Initials
	}
	return Initials(p.Name)
}

func (p Person) label(ctx context.Context) string {
	if p.Name == "" || p.Group == "" {
		return p.Name
	}
	return p.Name + ", " + p.Group.Name(ctx)
}

// SummaryRow is one answer to check: the question, what was answered, and where to change it.
type SummaryRow struct {
	Key, Value string
	Note       string          // under the value, in plain type: "over 3 dagen"
	Rich       templ.Component // instead of Value, when the answer is more than a line
	Written    bool            // Value is the words of people, not of the page
	ChangeHref string          // empty when it cannot be changed
}

// Crumb is one step of the way to a page; the last has no Href.
type Crumb struct{ Label, Href string }

// Column is the head of a column; numbers stand right, under each other.
type Column struct {
	Label   string
	Numeric bool
	Screen  bool // not for a page on paper
}

func (c Column) classes() string {
	var names []string
	if c.Numeric {
		names = append(names, "sw-number")
	}
	if c.Screen {
		names = append(names, "sw-screen")
	}
	return strings.Join(names, " ")
}

// Cell are the attributes of a td in this column. On a phone a row is a card and the cell says its label; the roles, which
// a tr (role="row") and a th (role="rowheader") need as well, keep it a table for who hears it.
func (c Column) Cell() templ.Attributes {
	attributes := templ.Attributes{"role": "cell", "data-label": c.Label}
	if classes := c.classes(); classes != "" {
		attributes["class"] = classes
	}
	return attributes
}

// TableProps describes a table; its rows are tr with td that have the attributes of Column.Cell and, for the cell that
// names the row, th scope="row".
type TableProps struct {
	ID      string // needed when a page has more than one table
	Caption string
	Columns []Column
	Unseen  bool // the caption repeats a heading just above it and is for screen readers only
}

func (t TableProps) captionID() string {
	if t.ID == "" {
		return "tabel-titel"
	}
	return t.ID + "-titel"
}

// PageLinks leads through a long list. Href gives the address of a page, counted from 1.
type PageLinks struct {
	Page, Pages int
	Href        func(page int) string
}

// shown are the pages to link to: the first, the last, and those around this one; 0 is a gap.
func (p PageLinks) shown() []int {
	var pages []int
	for n := 1; n <= p.Pages; n++ {
		near := n >= p.Page-1 && n <= p.Page+1
		if n == 1 || n == p.Pages || near {
			pages = append(pages, n)
		} else if pages[len(pages)-1] != 0 {
			pages = append(pages, 0)
		}
	}
	return pages
}

func (p PageLinks) label(ctx context.Context, n int) string {
	if n == p.Page {
		return T(ctx, "ui.pages.current", "Number", n)
	}
	return T(ctx, "ui.pages.page", "Number", n)
}

// CardProps describes one thing that can be opened.
type CardProps struct {
	Title, Href string
	Above       string // a short line over the title, such as a date
	Apart       string // heard with the title and not seen, where another card has the same (Apart)
	Written     bool   // the title is the words of people, not of the page
	Under       bool   // the cards stand under a heading of their own, so their titles are one level lower
}

// Written are the attributes of an element with words of people. They write Dutch: on a page in another
// language the element says so, and is read out and broken into lines as Dutch.
func Written(ctx context.Context) templ.Attributes {
	if RequestOf(ctx).Lang == Dutch {
		return nil
	}
	return templ.Attributes{"lang": Dutch}
}

func writtenIf(ctx context.Context, written bool) templ.Attributes {
	if !written {
		return nil
	}
	return Written(ctx)
}

func itoa(n int) string { return strconv.Itoa(n) }

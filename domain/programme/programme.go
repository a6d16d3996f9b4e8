// Package programme keeps programmes of requirements: which documents a workgroup writes, and which
// requirements stand in them. The prose is written together in a shared document elsewhere; here is
// what has power over it: who may read and write, and the key by which a requirement is known.
package programme

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

// ID identifies a programme of requirements.
type ID string

// RequirementID is the stable id that a requirement's node in the shared document carries. The browser or
// the script that inserts the requirement makes it; another document may use the same.
type RequirementID string

// RequirementsDocument is one programme of requirements of a workgroup.
type RequirementsDocument struct {
	ID           ID     `gorm:"primaryKey"`
	WorkgroupID  string // the group that writes it
	Audience     access.Audience
	Title        string
	LiveID       livedoc.ID // the shared document that holds the text
	Confidential bool       // no copy stays on a reader's device
	LastNumber   int        // of the newest requirement; numbers are never used again
	IndexedText  string     // which text the search index has; see IndexText
	CreatedBy    access.PersonID
	FormKey      string // of the form that made it; one form makes one document
	CreatedAt    time.Time
	ChangedAt    time.Time
}

// TableName tells gorm where documents lie.
func (RequirementsDocument) TableName() string { return "requirements_documents" }

// Scope says where the document belongs and who may know of it.
func (d RequirementsDocument) Scope() access.Scope {
	return access.Scope{Workgroup: d.WorkgroupID, Audience: d.Audience}
}

// Requirement is one agreement of a programme. Its statement and rationale stand in the shared
// document, in the node that carries its id.
type Requirement struct {
	DocumentID ID            `gorm:"primaryKey"`
	ID         RequirementID `gorm:"primaryKey"`
	Number     int
	Type       Type
	TypeBy     access.PersonID // who chose the type last; empty when nobody did, or it was not written down
	Priority   Priority
	PriorityBy access.PersonID // the same of the priority
	Status     Status
	CreatedBy  access.PersonID
	CreatedAt  time.Time
	ChangedAt  time.Time
}

// TableName tells gorm where requirements lie.
func (Requirement) TableName() string { return "requirements" }

// Key is how people call the requirement; it stays the same when requirements around it move or go.
func (r Requirement) Key() string { return "PVE-" + strconv.Itoa(r.Number) }

// Type is the kind of agreement, in the words of ISO 29148. Empty: not said yet.
type Type string

const (
	Functional   Type = "functional"
	Precondition Type = "precondition"
	User         Type = "user"
	Constraint   Type = "constraint"
	Wish         Type = "wish"
)

// Types are in the order in which pages list them.
var Types = []Type{Functional, Precondition, User, Constraint, Wish}

// Priority is MoSCoW. Empty: not said yet.
type Priority string

const (
	Must   Priority = "must"
	Should Priority = "should"
	Could  Priority = "could"
	NotNow Priority = "not_now"
)

// Priorities run from most to least.
var Priorities = []Priority{Must, Should, Could, NotNow}

// Status is how far the group is with a requirement.
type Status string

// Draft is where each requirement begins.
const Draft Status = "draft"

// Limits that keep a document readable, and a runaway program from filling the database.
const (
	maxTitle        = 150    // characters
	maxRequirements = 20_000 // keys of one document, those of requirements that are gone included
	keysAtOnce      = 2_000  // that one request gives out
)

// title returns a title as it is kept: one line, without space around it.
func title(raw string) (string, *fault.Fault) {
	t := strings.Join(strings.Fields(raw), " ")
	switch {
	case fault.Blank(t):
		return "", fault.Invalid("programmes.title.missing").At("title")
	case utf8.RuneCountInString(t) > maxTitle:
		return "", fault.Invalid("programmes.title.too_long", "Max", maxTitle).At("title")
	case !utf8.ValidString(t) || strings.ContainsFunc(t, unicode.IsControl):
		return "", fault.Invalid("programmes.title.unreadable").At("title")
	}
	return t, nil
}

// audience accepts who may read a document: everybody or the group.
func audience(a access.Audience) *fault.Fault {
	if a != access.Public && a != access.Members {
		return fault.Invalid("programmes.audience.missing").At("audience")
	}
	return nil
}

// valid reports whether this is an id as the model of the shared document has them.
func (id RequirementID) valid() bool {
	return len(id) > 0 && len(id) <= 64 && !strings.ContainsFunc(string(id), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	})
}

// CheckStatement tells whether a statement that came from a form says anything.
func CheckStatement(statement string) error {
	if fault.Blank(statement) {
		return fault.Invalid("programmes.requirement.statement_missing").At("statement")
	}
	return nil
}

// CheckClass tells whether there are such a type and priority; none chosen is fine.
func CheckClass(t Type, p Priority) error {
	var mistakes fault.Mistakes
	if !t.valid() {
		mistakes.Add(fault.Invalid("programmes.type.unknown").At("type"))
	}
	if !p.valid() {
		mistakes.Add(fault.Invalid("programmes.priority.unknown").At("priority"))
	}
	return mistakes.Err()
}

func (t Type) valid() bool { return t == "" || slices.Contains(Types, t) }

func (p Priority) valid() bool { return p == "" || slices.Contains(Priorities, p) }

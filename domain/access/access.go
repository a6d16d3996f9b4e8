// Package access says who may do what. One table (policy.go) decides for pages, websocket,
// exports and jobs alike; whoever is not named in it may not. Roles are always scoped: to the
// network, to one workgroup or to one organisation. The package knows no database: an Actor
// carries what was granted, a Scope says where a thing belongs and who may know of it.
package access

import (
	"slices"
	"time"

	"samenwijk/domain/fault"
)

// PersonID identifies a person with an account. The empty id is a visitor.
type PersonID string

// Role is what a person is within one scope. There is no role without a scope.
type Role string

const (
	Admin        Role = "admin"        // runs the installation; sees no workgroup content without a logged reason
	Coordinator  Role = "coordinator"  // coordinates a workgroup, or the network
	Lecturer     Role = "lecturer"     // docent-onderzoeker
	Student      Role = "student"      //
	Entrepreneur Role = "entrepreneur" // sociaal ondernemer
	Resident     Role = "resident"     // bewoner with an account
	AreaPartner  Role = "area_partner" // gebiedspartner: social team, neighbourhood manager, municipality
	Inspector    Role = "inspector"    // an administrator for one hour in one workgroup, after a logged reason
	visitor      Role = "visitor"      // anybody; never granted, always there
)

// WorkgroupRoles are the roles a member of a workgroup can have, in the order pages show them.
var WorkgroupRoles = []Role{Coordinator, Lecturer, Student, Entrepreneur, Resident, AreaPartner}

// Valid reports whether r can be granted to a member of a workgroup.
func (r Role) Valid() bool { return slices.Contains(WorkgroupRoles, r) }

// Realm is the kind of scope in which a role holds.
type Realm string

const (
	InNetwork      Realm = "network"
	InWorkgroup    Realm = "workgroup"
	InOrganisation Realm = "organisation"
)

// Archived is the realm of what is no grant but a limit: in the workgroup of its ID nobody changes anything. It stands among
// the grants of everybody with an account, because it holds for who reaches a group by a role in the network as well.
const Archived Realm = "archived"

// Grant is one role in one scope. ID is empty for the network.
type Grant struct {
	Role  Role
	Realm Realm
	ID    string
	Until time.Time // when it ends by itself; the zero time is never
}

// Audience is the widest circle that may know a thing exists.
type Audience string

const (
	Public  Audience = "public"  // everybody, without an account
	Members Audience = "members" // the members of its workgroup
	Private Audience = "private" // its owner alone
)

// Scope says where a thing belongs, whose it is, and who may know of it.
type Scope struct {
	Workgroup    string // empty when the thing belongs to the network as a whole
	Organisation string
	Owner        PersonID
	Audience     Audience
}

// Actor is who asks: a visitor (the zero value) or a person with what was granted to them.
// It is read once per request; a use case trusts it for the length of one transaction.
type Actor struct {
	ID     PersonID
	Grants []Grant
}

// SignedIn reports whether the actor has an account.
func (a Actor) SignedIn() bool { return a.ID != "" }

// Has reports whether the actor holds role in the network as a whole.
func (a Actor) Has(role Role) bool {
	return slices.Contains(a.Grants, Grant{Role: role, Realm: InNetwork})
}

// RoleIn returns the role of the actor as a member of a workgroup, empty when not a member.
func (a Actor) RoleIn(workgroup string) Role {
	for _, g := range a.Grants {
		if g.Realm == InWorkgroup && g.ID == workgroup {
			return g.Role
		}
	}
	return ""
}

// Until returns when the first of what was granted in a workgroup ends by itself; the zero time is
// never.
func (a Actor) Until(workgroup string) time.Time {
	var first time.Time
	for _, g := range a.Grants {
		if g.Realm == InWorkgroup && g.ID == workgroup && !g.Until.IsZero() && (first.IsZero() || g.Until.Before(first)) {
			first = g.Until
		}
	}
	return first
}

// Reach says which things lists may show: a query filters by it, so that what someone may not
// know exists is not counted, sorted or searched either.
type Reach struct {
	Person     PersonID
	Network    bool     // everything of every workgroup, drafts of others excepted
	Workgroups []string // never nil, so that it can stand in an IN clause
}

// Reach returns how far the actor may look.
func (a Actor) Reach() Reach {
	r := Reach{Person: a.ID, Network: a.Has(Coordinator), Workgroups: []string{}}
	for _, g := range a.Grants {
		if g.Realm == InWorkgroup {
			r.Workgroups = append(r.Workgroups, g.ID)
		}
	}
	return r
}

// Sees reports whether the actor may know that a thing in this scope exists.
func (a Actor) Sees(s Scope) bool {
	if s.Audience == Public || (a.SignedIn() && s.Owner == a.ID) {
		return true
	}
	if s.Audience != Members {
		return false
	}
	return len(a.rolesIn(s)) > 0
}

// May returns nil when the policy table allows act in scope s. What the actor may not know
// exists is NotFound; a visitor who could be allowed after signing in is Unauthenticated.
func (a Actor) May(act Act, s Scope) error {
	if !a.Sees(s) {
		return fault.NotFound("not_found")
	}
	if s.Workgroup != "" && !whileArchived[act] && a.archived(s.Workgroup) {
		return fault.Forbidden("workgroup.archived")
	}
	rights := policy[act]
	for _, role := range a.rolesIn(s) {
		if rights[role] == yes || rights[role] == own && a.SignedIn() && s.Owner == a.ID {
			return nil
		}
	}
	if s.Audience == Public && rights[visitor] == yes {
		return nil
	}
	if !a.SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	return fault.Forbidden("forbidden")
}

func (a Actor) archived(workgroup string) bool {
	return slices.Contains(a.Grants, Grant{Realm: Archived, ID: workgroup})
}

// Can is May for pages that hide what would be refused.
func (a Actor) Can(act Act, s Scope) bool { return a.May(act, s) == nil }

// rolesIn returns the roles that count in scope s: those of its workgroup and organisation,
// and of the network those that reach into every workgroup.
func (a Actor) rolesIn(s Scope) []Role {
	var roles []Role
	for _, g := range a.Grants {
		switch g.Realm {
		case InWorkgroup:
			if g.ID == s.Workgroup && s.Workgroup != "" {
				roles = append(roles, g.Role)
			}
		case InOrganisation:
			if g.ID == s.Organisation && s.Organisation != "" {
				roles = append(roles, g.Role)
			}
		case InNetwork:
			if s.Workgroup == "" || g.Role == Coordinator {
				roles = append(roles, g.Role)
			}
		}
	}
	return roles
}

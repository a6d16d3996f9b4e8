// Package account knows who has an account, lets them sign in with a mailed code, and keeps the
// roles that hold in the whole network or in an organisation; the roles in a workgroup are its
// memberships. There are no passwords. It knows nothing of mail: it records events.
package account

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

// The languages a person can be written to in.
const (
	Dutch   = "nl"
	English = "en"
)

// Person is somebody with an account.
type Person struct {
	ID            access.PersonID `gorm:"primaryKey"`
	Name          string
	Email         string     // lower case; empty when there is none, and nobody else's otherwise
	EmailProvedAt *time.Time // when somebody first showed that they read the mail of this address, if ever
	Language      string
	BlockedAt     *time.Time // since when the person cannot sign in, if so
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Grant is a role of a person in the network or in an organisation. GrantedBy is empty when it was
// given at the machine itself.
type Grant struct {
	PersonID  access.PersonID `gorm:"primaryKey"`
	Role      access.Role     `gorm:"primaryKey"`
	Realm     access.Realm    `gorm:"primaryKey"`
	ScopeID   string          `gorm:"primaryKey"`
	GrantedBy access.PersonID
	GrantedAt time.Time
}

// RoleChange tells who gave or took which role in the network; nothing removes it.
type RoleChange struct {
	ID        string `gorm:"primaryKey"`
	PersonID  access.PersonID
	Role      access.Role
	Given     bool
	ChangedBy access.PersonID
	ChangedAt time.Time
}

// NetworkRoles are the roles that hold in the network as a whole, in the order pages show them.
// Being a student or a resident is something one is in a workgroup.
var NetworkRoles = []access.Role{access.Admin, access.Coordinator, access.Lecturer}

const maxName = 120

// oneLine returns a name without the spaces that nobody meant.
func oneLine(name string) string { return strings.Join(strings.Fields(name), " ") }

// newName returns a name that somebody chooses now: it stands in letters, beside words and in lists, so it is
// nothing but a name. What was chosen before this rule stays until it is changed.
func newName(name string) (string, *fault.Fault) {
	clean, mistake := cleanName(name)
	switch {
	case mistake != nil:
		return clean, mistake
	case fault.Blank(clean):
		return clean, fault.Invalid("account.name.missing").At("name")
	case !letter.PlainName(clean):
		return clean, fault.Invalid("account.name.plain").At("name")
	}
	return clean, nil
}

// cleanName returns a name in one line, or what is wrong with it.
func cleanName(name string) (string, *fault.Fault) {
	name = oneLine(name)
	switch {
	case name == "":
		return "", fault.Invalid("account.name.missing").At("name")
	case utf8.RuneCountInString(name) > maxName:
		return name, fault.Invalid("account.name.too_long", "Max", maxName).At("name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return name, fault.Invalid("account.name.unreadable").At("name")
	}
	return name, nil
}

// CleanEmail returns an address as it is kept, in small letters and in ASCII (letter.Address), or what is wrong with it.
func CleanEmail(email string) (string, *fault.Fault) {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return "", fault.Invalid("account.email.missing").At("email")
	}
	kept, err := letter.Address(email)
	switch {
	case errors.Is(err, letter.ErrAddressLetters):
		return email, fault.Invalid("account.email.letters").At("email")
	case err != nil:
		return email, fault.Invalid("account.email.malformed").At("email")
	}
	return kept, nil
}

func cleanLanguage(language string) (string, *fault.Fault) {
	if language != Dutch && language != English {
		return Dutch, fault.Invalid("account.language.unknown").At("language")
	}
	return language, nil
}

// changes compares the roles somebody has in the network with those wanted, or says why that may
// not be. An administrator alone makes and unmakes administrators, for whoever names the
// administrators runs the installation; and one of them is always left.
func changes(byAdmin bool, has, wants []access.Role, otherAdmins int) (give, take []access.Role, err error) {
	for _, role := range wants {
		if !slices.Contains(NetworkRoles, role) {
			return nil, nil, fault.Invalid("account.role.unknown").At("roles")
		}
		if !slices.Contains(has, role) && !slices.Contains(give, role) {
			give = append(give, role)
		}
	}
	for _, role := range has {
		if !slices.Contains(wants, role) {
			take = append(take, role)
		}
	}
	if !byAdmin && (slices.Contains(give, access.Admin) || slices.Contains(take, access.Admin)) {
		return nil, nil, fault.Invalid("account.role.admin_only").At("roles")
	}
	if slices.Contains(take, access.Admin) && otherAdmins == 0 {
		return nil, nil, fault.Conflict("account.role.last_admin").At("roles")
	}
	return give, take, nil
}

package account

import (
	"slices"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

func TestAnAddressIsTakenAsPeopleTypeItAndNothingElse(t *testing.T) {
	for typed, want := range map[string]string{
		"bewoner@voorbeeld.test":             "bewoner@voorbeeld.test",
		"  Bewoner@Voorbeeld.TEST \n":        "bewoner@voorbeeld.test",
		"a.b+c@sub.voorbeeld.test":           "a.b+c@sub.voorbeeld.test",
		"":                                   "",
		"bewoner":                            "",
		"bewoner@voorbeeld":                  "",
		"@voorbeeld.test":                    "",
		"a@b@voorbeeld.test":                 "",
		"a b@voorbeeld.test":                 "",
		"Naam <a@voorbeeld.test>":            "",
		"a@voorbeeld.test, b@voorbeeld.test": "",
		"a@voorbeeld.test\r\nBcc: b@voorbeeld.test":  "",
		"\"a\"@voorbeeld.test":                       "",
		"b\u00e9@voorbeeld.test":                     "",
		"a@v\u043eorbeeld.test":                      "", // a Cyrillic o
		"a@[127.0.0.1]":                              "",
		strings.Repeat("a", 250) + "@voorbeeld.test": "",
	} {
		got, mistake := CleanEmail(typed)
		if want == "" {
			if mistake == nil || mistake.Field != "email" {
				t.Errorf("CleanEmail(%.60q) = %q, %v, want a mistake", typed, got, mistake)
			}
		} else if got != want || mistake != nil {
			t.Errorf("CleanEmail(%q) = %q, %v", typed, got, mistake)
		}
	}
}

func TestACodeMayBeTypedInGroups(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "12-34-56": "123456", "123\u00a0456": "123456", "000000": "000000",
		"": "", "12345": "", "1234567": "", "12345a": "", "\u0661\u0662\u0663\u0664\u0665\u0666": "", strings.Repeat("1", 1000): "",
	} {
		got, mistake := cleanCode(typed)
		if got != want || (mistake == nil) != (want != "") {
			t.Errorf("cleanCode(%.20q) = %q, %v", typed, got, mistake)
		}
	}
}

func TestWhoMayChangeWhichRoles(t *testing.T) {
	const admin, coordinator, lecturer = access.Admin, access.Coordinator, access.Lecturer
	type roles = []access.Role
	for name, tc := range map[string]struct {
		byAdmin     bool
		has, wants  roles
		otherAdmins int
		give, take  roles
		refused     string
	}{
		"nothing changes":                       {has: roles{coordinator}, wants: roles{coordinator}},
		"a coordinator makes a lecturer":        {wants: roles{lecturer}, otherAdmins: 1, give: roles{lecturer}},
		"a role named twice is given once":      {wants: roles{lecturer, lecturer}, give: roles{lecturer}},
		"a coordinator unmakes a coordinator":   {has: roles{coordinator, lecturer}, wants: roles{lecturer}, take: roles{coordinator}},
		"a coordinator makes no administrator":  {wants: roles{admin}, otherAdmins: 1, refused: "account.role.admin_only"},
		"a coordinator unmakes none either":     {has: roles{admin}, otherAdmins: 3, refused: "account.role.admin_only"},
		"a coordinator leaves one as they are":  {has: roles{admin}, wants: roles{admin, coordinator}, give: roles{coordinator}},
		"an administrator makes another":        {byAdmin: true, wants: roles{admin}, otherAdmins: 1, give: roles{admin}},
		"an administrator unmakes another":      {byAdmin: true, has: roles{admin}, otherAdmins: 1, take: roles{admin}},
		"the last administrator stays":          {byAdmin: true, has: roles{admin}, refused: "account.role.last_admin"},
		"a workgroup's role is none of the net": {byAdmin: true, wants: roles{access.Student}, otherAdmins: 1, refused: "account.role.unknown"},
		"inspector is given by nobody":          {byAdmin: true, wants: roles{access.Inspector}, otherAdmins: 1, refused: "account.role.unknown"},
	} {
		give, take, err := changes(tc.byAdmin, tc.has, tc.wants, tc.otherAdmins)
		var code string
		if f, ok := err.(*fault.Fault); ok {
			code = f.Code
		}
		if code != tc.refused || !slices.Equal(give, tc.give) || !slices.Equal(take, tc.take) {
			t.Errorf("%s: give %v, take %v, %v", name, give, take, err)
		}
	}
}

package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

func (w *world) add(name, email string, roles ...access.Role) access.PersonID {
	w.t.Helper()
	id, err := w.Add(w.t.Context(), w.admin, account.Input{Name: name, Email: email, Language: "nl"}, roles)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// session signs the administrator in and returns the session.
func (w *world) session() account.SessionID { return w.sessionOf("beheer@voorbeeld.test") }

func (w *world) sessionOf(email string) account.SessionID {
	w.t.Helper()
	signed, err := w.Authenticate(w.t.Context(), w.signIn(email).Token)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed.Session
}

func TestPeopleAreFoundByNameOrAddressAndAPercentSignIsALetter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("Coördinator", "coordinator@voorbeeld.test", access.Coordinator, access.Lecturer)
		w.add("100% bewoner", "bewoner@voorbeeld.test")
		w.add("Student", "st_udent@voorbeeld.test")
		for search, want := range map[string][]string{
			"":         {"100% bewoner", "Coördinator", "Iemand", "Student"},
			"ORDINATO": {"Coördinator"}, "%": {"100% bewoner"}, "_": {"Student"}, `\`: nil, "bewoner@": {"100% bewoner"}, "'": nil,
		} {
			people, total, err := w.People(t.Context(), w.admin, search, 1)
			var got []string
			for _, p := range people {
				got = append(got, p.Name)
			}
			if err != nil || !slices.Equal(got, want) || total != len(want) {
				t.Errorf("People(%q) = %v of %d, %v", search, got, total, err)
			}
		}
		people, _, err := w.People(t.Context(), w.admin, "coordinator@", 1)
		if err != nil || !slices.Equal(people[0].Roles, []access.Role{access.Coordinator, access.Lecturer}) {
			t.Errorf("roles = %+v, %v", people, err)
		}
		if people, total, err := w.People(t.Context(), w.admin, "", 2); err != nil || len(people) != 0 || total != 4 {
			t.Errorf("second page = %v of %d, %v", people, total, err)
		}
	})
}

func TestAllMistakesOfAFormComeTogetherAndAnAddressBelongsToOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.Add(t.Context(), w.admin, account.Input{Name: " ", Email: "x", Language: "xx"}, nil)
		var f *fault.Fault
		var fields []string
		if errors.As(err, &f) {
			for _, m := range f.All() {
				fields = append(fields, m.Field)
			}
		}
		if !slices.Equal(fields, []string{"name", "email", "language"}) {
			t.Errorf("Add = %v", err)
		}
		_, err = w.Add(t.Context(), w.admin, account.Input{Name: "Ander", Email: "BEHEER@voorbeeld.test", Language: "nl"}, nil)
		w.mustRefuse(err, fault.KindConflict, "account.email.taken")
		id := w.add("Ander", "ander@voorbeeld.test")
		err = w.Change(t.Context(), w.admin, w.session(), id, account.Input{Name: "Ander", Email: "beheer@voorbeeld.test", Language: "nl"})
		w.mustRefuse(err, fault.KindConflict, "account.email.taken")
	})
}

func TestWhoManagesPeopleIsAskedEveryTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.add("Bewoner", "bewoner@voorbeeld.test")
		in := account.Input{Name: "Anders", Email: "bewoner@voorbeeld.test", Language: "nl"}
		inAWorkgroup := access.Actor{ID: id, Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "w1"}}}
		for name, tc := range map[string]struct {
			who  access.Actor
			want fault.Kind
		}{
			"visitor":                    {access.Actor{}, fault.KindNotFound},
			"somebody without a role":    {access.Actor{ID: id}, fault.KindNotFound},
			"coordinator of a workgroup": {inAWorkgroup, fault.KindNotFound},
			"lecturer":                   {access.Actor{ID: id, Grants: []access.Grant{{Role: access.Lecturer, Realm: access.InNetwork}}}, fault.KindForbidden},
		} {
			_, _, list := w.People(t.Context(), tc.who, "", 1)
			_, find := w.Find(t.Context(), tc.who, id)
			_, add := w.Add(t.Context(), tc.who, in, nil)
			for act, err := range map[string]error{
				"list": list, "find": find, "add": add,
				"change": w.Change(t.Context(), tc.who, w.session(), id, in),
				"roles":  w.SetRoles(t.Context(), tc.who, id, nil, []access.Role{access.Admin}),
				"end":    w.EndSessions(t.Context(), tc.who, id),
			} {
				if fault.KindOf(err) != tc.want || err == nil {
					t.Errorf("%s, %s: %v", name, act, err)
				}
			}
		}
		if f, err := w.Find(t.Context(), w.admin, id); err != nil || f.Name != "Bewoner" || len(f.Roles) != 0 {
			t.Errorf("something was changed: %+v, %v", f, err)
		}
	})
}

func TestACoordinatorCannotBecomeOrTakeOverAnAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		coordinator := w.person("coordinator@voorbeeld.test", access.Coordinator)
		err := w.SetRoles(t.Context(), coordinator, coordinator.ID, nil, []access.Role{access.Admin, access.Coordinator})
		w.mustRefuse(err, fault.KindInvalid, "account.role.admin_only")
		_, err = w.Add(t.Context(), coordinator, account.Input{Name: "Nieuw", Email: "nieuw@voorbeeld.test", Language: "nl"}, []access.Role{access.Admin})
		w.mustRefuse(err, fault.KindInvalid, "account.role.admin_only")
		mine := account.Input{Name: "Nu van mij", Email: "beheer@voorbeeld.test", Language: "nl"}
		w.mustRefuse(w.Change(t.Context(), coordinator, "", w.admin.ID, mine), fault.KindForbidden, "")
		w.mustRefuse(w.EndSessions(t.Context(), coordinator, w.admin.ID), fault.KindForbidden, "")
		for _, roles := range [][]access.Role{{access.Coordinator}, {access.Admin, access.Coordinator}, {access.Admin}, nil} {
			err := w.SetRoles(t.Context(), coordinator, w.admin.ID, nil, roles)
			w.mustRefuse(err, fault.KindForbidden, "account.role.admin_only")
		}
		if f, err := w.Find(t.Context(), w.admin, w.admin.ID); err != nil || !slices.Equal(f.Roles, []access.Role{access.Admin}) {
			t.Errorf("the administrator has the roles %v, %v", f.Roles, err)
		}
		id := w.add("Bewoner", "bewoner@voorbeeld.test")
		err = w.Change(t.Context(), coordinator, "", id, account.Input{Name: "Bewoner", Email: "van-mij@voorbeeld.test", Language: "nl"})
		w.mustRefuse(err, fault.KindInvalid, "account.email.admin_only")
		if err := w.SetRoles(t.Context(), coordinator, id, nil, []access.Role{access.Lecturer}); err != nil {
			t.Errorf("a coordinator cannot name a lecturer: %v", err)
		}
	})
}

func TestRolesHoldAtOnceAndTheFileTellsWhoGaveThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.add("Docent", "docent@voorbeeld.test")
		in := w.signIn("docent@voorbeeld.test")
		for _, roles := range [][]access.Role{{access.Lecturer, access.Coordinator}, {access.Lecturer}, nil} {
			if err := w.SetRoles(t.Context(), w.admin, id, nil, roles); err != nil {
				t.Fatal(err)
			}
			signed, err := w.Authenticate(t.Context(), in.Token)
			if err != nil || len(signed.Grants) != len(roles) {
				t.Errorf("with %v: %+v, %v", roles, signed.Grants, err)
			}
		}
		f, err := w.Find(t.Context(), w.admin, id)
		if err != nil || len(f.Changes) != 4 || f.Names[w.admin.ID] != "Iemand" || f.Sessions != 1 {
			t.Errorf("Find = %+v, %v", f, err)
		}
	})
}

func TestTwoAdministratorsWhoUnmakeEachOtherAtOnceLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := w.person("tweede@voorbeeld.test", access.Admin)
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, pair := range [][2]access.Actor{{w.admin, second}, {second, w.admin}} {
			all.Go(func() { errs[i] = w.SetRoles(context.Background(), pair[0], pair[1].ID, nil, nil) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("errors = %v, want one refusal", errs)
		}
	})
}

func TestANewAddressEndsTheSessionsAndCodesOfTheOldOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.add("Bewoner", "oud@voorbeeld.test")
		in := w.signIn("oud@voorbeeld.test")
		browser := w.ask("oud@voorbeeld.test")
		code := w.mailed()
		moved := account.Input{Name: "Bewoner", Email: "nieuw@voorbeeld.test", Language: "en"}
		if err := w.Change(t.Context(), w.admin, w.session(), id, moved); err != nil {
			t.Fatal(err)
		}
		_, err := w.Authenticate(t.Context(), in.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		_, err = w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")
	})
}

func TestOneChangesOnesOwnNameButNotTheAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.person("bewoner@voorbeeld.test")
		if err := w.ChangeMe(t.Context(), who, account.Input{Name: "  Nieuwe   naam ", Email: "ander@voorbeeld.test", Language: "en"}); err != nil {
			t.Fatal(err)
		}
		me, err := w.Me(t.Context(), who)
		if err != nil || me.Name != "Nieuwe naam" || me.Language != "en" || me.Email != "bewoner@voorbeeld.test" {
			t.Errorf("Me = %+v, %v", me, err)
		}
		w.mustRefuse(w.ChangeMe(t.Context(), access.Actor{}, account.Input{Name: "x", Language: "nl"}), fault.KindUnauthenticated, "")
	})
}

func TestANameIsANameAndNothingElseFromTheMomentItIsChosen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, err := w.EnsureRoles(t.Context(), "jan.bewoner@voorbeeld.test", "") // as an invitation does: the address stands in
		if err != nil {
			t.Fatal(err)
		}
		who, email := access.Actor{ID: id}, "jan.bewoner@voorbeeld.test"
		if err := w.ChangeMe(t.Context(), who, account.Input{Name: " jan.bewoner ", Language: "en"}); err != nil {
			t.Errorf("who has an odd name already cannot change the language: %v", err)
		}
		if err := w.Change(t.Context(), w.admin, w.session(), id, account.Input{Name: "jan.bewoner", Email: email, Language: "nl"}); err != nil {
			t.Errorf("nor can an administrator: %v", err)
		}
		for name, code := range map[string]string{
			"":                                 "account.name.missing",
			"\u200b\u2800":                     "account.name.missing",
			"win op elders.example":            "account.name.plain",
			"a@elders.example":                 "account.name.plain",
			"http://x/":                        "account.name.plain",
			"Bel 06 12 34 56 78":               "account.name.plain",
			"Jan\u2028Piet@x":                  "account.name.plain",
			"Jan\x00Piet":                      "account.name.unreadable",
			strings.Repeat("naam ", 30) + "te": "account.name.too_long",
		} {
			_, err := w.Add(t.Context(), w.admin, account.Input{Name: name, Email: "nieuw@voorbeeld.test", Language: "nl"}, nil)
			w.mustRefuse(err, fault.KindInvalid, code)
			w.mustRefuse(w.ChangeMe(t.Context(), who, account.Input{Name: name, Language: "nl"}), fault.KindInvalid, code)
			err = w.Change(t.Context(), w.admin, w.session(), id, account.Input{Name: name, Email: email, Language: "nl"})
			w.mustRefuse(err, fault.KindInvalid, code)
		}
		if me, err := w.Me(t.Context(), who); err != nil || me.Name != "jan.bewoner" {
			t.Errorf("the name is %q, %v", me.Name, err)
		}
		for _, name := range []string{"Jan", "J.P. van 't Hof-Ünal", "Buurthuis 7", "王芳"} {
			if err := w.ChangeMe(t.Context(), who, account.Input{Name: name, Language: "nl"}); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

func TestAnInvitationFindsOrMakesOneAccountForAnAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := make([]access.PersonID, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				err := w.db.InTx(context.Background(), func(tx *database.Tx) (err error) {
					ids[i], err = w.EnsurePerson(tx, " Genodigde@voorbeeld.test", "", "nl")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("accounts = %v", ids)
		}
		known, err := w.Known(t.Context(), ids[0], "nobody")
		if err != nil || len(known) != 1 || known[ids[0]].Name != "genodigde" {
			t.Errorf("Known = %+v, %v", known, err)
		}
	})
}

func TestWhoIsBlockedIsOutAtOnceAndInAgainOnlyWhenUnblocked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const email = "ander@voorbeeld.test"
		who := w.person(email, access.Admin)
		in := w.signIn(email)
		token, err := w.MakeToken(t.Context(), who, account.TokenInput{Name: "script", Days: 1, Everywhere: true})
		if err != nil {
			t.Fatal(err)
		}
		before, code := w.ask(email), w.mailed()

		coordinator := w.person("netwerk@voorbeeld.test", access.Coordinator)
		w.mustRefuse(w.Block(t.Context(), coordinator, who.ID), fault.KindForbidden, "account.block.admin_only")
		w.mustRefuse(w.Block(t.Context(), w.admin, w.admin.ID), fault.KindConflict, "account.block.yourself")
		for range 2 { // twice is harmless
			if err := w.Block(t.Context(), w.admin, who.ID); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.Authenticate(t.Context(), in.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "sign_in_first")
		_, err = w.UseToken(t.Context(), token.Text)
		w.mustRefuse(err, fault.KindUnauthenticated, "account.token.refused")
		_, err = w.SignIn(t.Context(), account.Guess{Browser: before, Code: code})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")
		w.now = w.now.Add(time.Minute)
		w.ask(email)
		if w.mailed() != "" {
			t.Error("a code goes to somebody who is blocked")
		}
		w.mustRefuse(w.SetRoles(t.Context(), w.admin, w.admin.ID, nil, nil), fault.KindConflict, "account.role.last_admin")
		w.mustRefuse(w.Unblock(t.Context(), who, who.ID), fault.KindUnauthenticated, "sign_in_first")

		if err := w.Unblock(t.Context(), w.admin, who.ID); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Minute)
		w.signIn(email)
		file, err := w.Find(t.Context(), w.admin, who.ID)
		if err != nil || len(file.SignIn) != 2 || file.SignIn[0].What != account.WasUnblocked || file.SignIn[1].What != account.WasBlocked ||
			file.SignIn[1].ChangedBy != w.admin.ID {
			t.Errorf("what is written down: %+v, %v", file.SignIn, err)
		}
	})
}

func TestAnAddressThatIsChangedAndChangedBackLeavesATrace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.person("ander@voorbeeld.test")
		for _, email := range []string{"nieuw@voorbeeld.test", "ander@voorbeeld.test"} {
			if err := w.Change(t.Context(), w.admin, w.session(), who.ID, account.Input{Name: "Ander", Email: email, Language: "nl"}); err != nil {
				t.Fatal(err)
			}
		}
		file, err := w.Find(t.Context(), w.admin, who.ID)
		if err != nil || len(file.SignIn) != 2 || file.SignIn[0].What != account.AddressChanged || file.SignIn[0].ChangedBy != w.admin.ID {
			t.Errorf("what is written down: %+v, %v", file.SignIn, err)
		}
	})
}

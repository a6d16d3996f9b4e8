package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// world is the accounts on a clock that stands still until the test moves it, with one
// administrator. What is recorded stays unheard: no queue runs.
type world struct {
	*account.Service
	t     *testing.T
	db    *database.DB
	now   time.Time
	admin access.Actor
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := &world{t: t, db: db, now: time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC), Service: account.New(db, []byte(strings.Repeat("s", 32)))}
		w.Now = func() time.Time { return w.now }
		w.admin = w.person("beheer@voorbeeld.test", access.Admin)
		test(t, w)
	})
}

func (w *world) person(email string, roles ...access.Role) access.Actor {
	w.t.Helper()
	if _, err := w.EnsureRoles(w.t.Context(), email, "Iemand", roles...); err != nil {
		w.t.Fatal(err)
	}
	who, err := w.ActorOf(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	return who
}

// ask asks for a code and returns the browser that may use it.
func (w *world) ask(email string) string {
	w.t.Helper()
	asked, err := w.AskCode(w.t.Context(), email, "192.0.2.1", "")
	if err != nil {
		w.t.Fatalf("AskCode: %v", err)
	}
	return asked.Browser
}

// mailed returns the code in the letter about the latest request, or nothing when there is none.
func (w *world) mailed() string {
	w.t.Helper()
	var id account.CodeID
	err := w.db.Read(w.t.Context(), func(tx *database.Tx) error {
		return tx.Gorm().Raw(`SELECT id FROM sign_in_codes ORDER BY id DESC LIMIT 1`).Scan(&id).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
	m, deserved, err := w.MailedCode(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if !deserved {
		return ""
	}
	return m.Code
}

func (w *world) signIn(email string) account.SignedIn {
	w.t.Helper()
	browser := w.ask(email)
	in, err := w.SignIn(w.t.Context(), account.Guess{Browser: browser, Code: w.mailed(), Device: "Firefox, Windows"})
	if err != nil {
		w.t.Fatalf("SignIn: %v", err)
	}
	return in
}

func (w *world) mustRefuse(err error, kind fault.Kind, code string) {
	w.t.Helper()
	if !fault.Is(err, kind, code) {
		w.t.Fatalf("got %v, want %s %s", err, kind, code)
	}
}

// other is a code that is not this one.
func other(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

func TestTheMailedCodeOpensASessionInTheBrowserThatAskedForItOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		browser := w.ask(" Beheer@Voorbeeld.test ")
		code := w.mailed()
		_, err := w.SignIn(t.Context(), account.Guess{Browser: w.ask("beheer@voorbeeld.test"), Code: code})
		if w.mailed() != code { // one in a million
			w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
		}
		_, err = w.SignIn(t.Context(), account.Guess{Browser: "no such browser", Code: code})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")

		in, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code[:3] + " " + code[3:], Device: "Firefox, Windows"})
		if err != nil || in.Person.Email != "beheer@voorbeeld.test" || len(in.Token) < 43 {
			t.Fatalf("SignIn = %+v, %v", in, err)
		}
		signed, err := w.Authenticate(t.Context(), in.Token)
		if err != nil || signed.Person.ID != w.admin.ID || !slices.Equal(signed.Grants, w.admin.Grants) {
			t.Fatalf("Authenticate = %+v, %v", signed, err)
		}
		_, err = w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")
		if w.mailed() != "" {
			t.Error("another open code of the same person still works")
		}
	})
}

func TestACodeWorksTenMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		browser := w.ask("beheer@voorbeeld.test")
		code := w.mailed()
		w.now = w.now.Add(10*time.Minute + time.Second)
		if w.mailed() != "" {
			t.Error("a code that is over is still mailed")
		}
		_, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")
	})
}

func TestAfterTenGuessesInAnHourNotEvenTheRightCodeIsLookedAtFromAnyBrowser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.ask("beheer@voorbeeld.test")
		wrong := other(w.mailed())
		for i := range 10 {
			if i == 5 {
				w.now = w.now.Add(time.Minute)
				first = w.ask("beheer@voorbeeld.test")
				wrong = other(w.mailed())
			}
			_, err := w.SignIn(t.Context(), account.Guess{Browser: first, Code: wrong})
			w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
		}
		browser := w.ask("beheer@voorbeeld.test")
		code := w.mailed()
		_, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code})
		w.mustRefuse(err, fault.KindTooMuch, "account.code.guessed_often")

		w.now = w.now.Add(59 * time.Minute) // the first five are over, the others are not
		browser = w.ask("beheer@voorbeeld.test")
		if _, err = w.SignIn(t.Context(), account.Guess{Browser: browser, Code: w.mailed()}); err != nil {
			w.now = w.now.Add(2 * time.Minute)
			if _, err = w.SignIn(t.Context(), account.Guess{Browser: browser, Code: w.mailed()}); err != nil {
				t.Fatalf("after an hour: %v", err)
			}
		}
	})
}

// lockOut lets strangers fill in wrong codes for an address until an hour's worth is used.
func (w *world) lockOut(email string) {
	w.t.Helper()
	for range 2 {
		browser := w.ask(email)
		code := other(w.mailed())
		for range 5 {
			_, err := w.SignIn(w.t.Context(), account.Guess{Browser: browser, Code: code})
			w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
		}
		_, err := w.SignIn(w.t.Context(), account.Guess{Browser: browser, Code: code})
		w.mustRefuse(err, fault.KindTooMuch, "account.code.used_up")
	}
	for range 8 {
		w.ask(email)
	}
}

func TestStrangersWhoGuessDoNotLockOutABrowserInWhichOneSignedInBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const email = "beheer@voorbeeld.test"
		in := w.signIn(email)
		w.now = w.now.Add(time.Hour)
		w.lockOut(email)
		_, err := w.AskCode(t.Context(), email, "192.0.2.5", "")
		w.mustRefuse(err, fault.KindTooMuch, "account.code.asked_often")

		asked, err := w.AskCode(t.Context(), email, "192.0.2.5", in.Known)
		if err != nil {
			t.Fatalf("the owner gets no code: %v", err)
		}
		again, err := w.SignIn(t.Context(), account.Guess{Browser: asked.Browser, Code: w.mailed(), Known: in.Known})
		if err != nil {
			t.Fatalf("the owner is locked out: %v", err)
		}
		if again.Known == in.Known || again.Known == "" {
			t.Error("the browser keeps the token that somebody may have planted there")
		}
		_, err = w.AskCode(t.Context(), email, "192.0.2.5", in.Known)
		w.mustRefuse(err, fault.KindTooMuch, "account.code.asked_often")
	})
}

func TestAKnownBrowserIsHeldUpByItsOwnGuessesAndKnownToItsOwnAccountAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("ander@voorbeeld.test")
		mine, others := w.signIn("beheer@voorbeeld.test").Known, w.signIn("ander@voorbeeld.test").Known
		w.now = w.now.Add(time.Hour)
		w.lockOut("beheer@voorbeeld.test")
		_, err := w.AskCode(t.Context(), "beheer@voorbeeld.test", "192.0.2.5", others)
		w.mustRefuse(err, fault.KindTooMuch, "account.code.asked_often")
		for range 2 {
			asked, err := w.AskCode(t.Context(), "beheer@voorbeeld.test", "192.0.2.5", mine)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				_, err = w.SignIn(t.Context(), account.Guess{Browser: asked.Browser, Code: other(w.mailed()), Known: mine})
				w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
			}
		}
		asked, err := w.AskCode(t.Context(), "beheer@voorbeeld.test", "192.0.2.5", mine)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.SignIn(t.Context(), account.Guess{Browser: asked.Browser, Code: w.mailed(), Known: mine})
		w.mustRefuse(err, fault.KindTooMuch, "account.code.guessed_often")
	})
}

func TestABrowserIsKnownForAYearAndUntilAnAdministratorSignsItOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.person("ander@voorbeeld.test")
		ask := func(known string) error {
			_, err := w.AskCode(t.Context(), "ander@voorbeeld.test", "192.0.2.5", known)
			return err
		}
		known := w.signIn("ander@voorbeeld.test").Known
		w.now = w.now.Add(account.BrowserKnown - time.Minute)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.lockOut("ander@voorbeeld.test")
		if err := ask(known); err != nil {
			t.Errorf("within the year: %v", err)
		}
		w.now = w.now.Add(2 * time.Minute)
		w.mustRefuse(ask(known), fault.KindTooMuch, "account.code.asked_often")

		w.now = w.now.Add(time.Hour)
		known = w.signIn("ander@voorbeeld.test").Known
		if err := w.EndSessions(t.Context(), w.admin, who.ID); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
		w.lockOut("ander@voorbeeld.test")
		w.mustRefuse(ask(known), fault.KindTooMuch, "account.code.asked_often")
	})
}

func TestWrongGuessesAtManyAccountsSlowStrangersDownAndStopNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		known := w.signIn("beheer@voorbeeld.test").Known
		w.now = w.now.Add(time.Hour)
		err := w.db.InTx(t.Context(), func(tx *database.Tx) error {
			for range 200 {
				err := tx.Gorm().Exec(`INSERT INTO sign_in_tries (kind, subject, tried_at) VALUES ('guess_all', '', ?)`, w.now).Error
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		try := func(known string) error {
			asked, err := w.AskCode(t.Context(), "beheer@voorbeeld.test", "192.0.2.5", known)
			if err == nil {
				_, err = w.SignIn(t.Context(), account.Guess{Browser: asked.Browser, Code: w.mailed(), Known: known})
			}
			return err
		}
		w.mustRefuse(try(""), fault.KindTooMuch, "account.code.slow")
		if err := try(known); err != nil {
			t.Errorf("a known browser: %v", err)
		}
		w.now = w.now.Add(11 * time.Second)
		if err := try(""); err != nil {
			t.Errorf("a stranger who waited: %v", err)
		}
	})
}

func TestGuessesAtOnceAreCountedOneByOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var browsers []string
		var codes []string
		for range 5 {
			browsers = append(browsers, w.ask("beheer@voorbeeld.test"))
			codes = append(codes, other(w.mailed()))
		}
		var mu sync.Mutex
		kinds := map[fault.Kind]int{}
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				_, err := w.SignIn(context.Background(), account.Guess{Browser: browsers[i%5], Code: codes[i%5]})
				mu.Lock()
				defer mu.Unlock()
				kinds[fault.KindOf(err)]++
			})
		}
		all.Wait()
		if kinds[fault.KindInvalid] != 10 || kinds[fault.KindTooMuch] != 30 {
			t.Errorf("answers = %v, want ten looked at and thirty not", kinds)
		}
	})
}

func TestAnAddressThatNobodyHasGetsTheSameAnswersAndNoLetter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		answers := func(email string) []string {
			var got []string
			note := func(err error) {
				var f *fault.Fault
				if errors.As(err, &f) {
					got = append(got, f.Kind.String()+" "+f.Code+" "+f.Field)
				} else {
					got = append(got, fmt.Sprint(err))
				}
			}
			var browser string
			for range 11 {
				asked, err := w.AskCode(t.Context(), email, "192.0.2.9", "")
				note(err)
				if err == nil {
					browser = asked.Browser
				}
			}
			for range 11 {
				_, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: other(w.mailed())})
				note(err)
			}
			return got
		}
		unknown := answers("niemand@voorbeeld.test")
		if w.mailed() != "" {
			t.Error("a letter goes to an address that nobody has")
		}
		if known := answers("beheer@voorbeeld.test"); !slices.Equal(known, unknown) {
			t.Errorf("known:   %v\nunknown: %v", known, unknown)
		}
		if unknown[9] != "<nil>" || !strings.HasPrefix(unknown[10], "too much") || !strings.HasPrefix(unknown[21], "too much") {
			t.Errorf("answers = %v", unknown)
		}
		kept := 0
		err := w.db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Gorm().Raw(`SELECT count(*) FROM sign_in_codes WHERE subject LIKE '%niemand%'`).Scan(&kept).Error
		})
		if err != nil || kept != 0 {
			t.Errorf("the address of somebody without an account is kept %d times, %v", kept, err)
		}
	})
}

func TestOneAddressOfTheNetworkAsksOnlySoOften(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 120 {
			if _, err := w.AskCode(t.Context(), fmt.Sprintf("p%d@voorbeeld.test", i), "192.0.2.7", ""); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
		_, err := w.AskCode(t.Context(), "nog-een@voorbeeld.test", "192.0.2.7", "")
		w.mustRefuse(err, fault.KindTooMuch, "account.code.asked_often")
		if _, err := w.AskCode(t.Context(), "nog-een@voorbeeld.test", "192.0.2.8", ""); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		w.now = w.now.Add(2 * time.Hour)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		err = w.db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Gorm().Raw(`SELECT (SELECT count(*) FROM sign_in_codes) + (SELECT count(*) FROM sign_in_tries) + (SELECT count(*) FROM sign_in_limits)`).Scan(&left).Error
		})
		if err != nil || left != 0 {
			t.Errorf("%d rows are left after two hours, %v", left, err)
		}
	})
}

func TestTheDatabaseHoldsNeitherCodesNorTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		browser := w.ask("beheer@voorbeeld.test")
		code := w.mailed()
		in, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: code})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"sessions", "sign_in_codes", "sign_in_tries", "sign_in_limits", "river_job"} {
			var rows []map[string]any
			err := w.db.Read(t.Context(), func(tx *database.Tx) error { return tx.Gorm().Table(table).Find(&rows).Error })
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for column, value := range row {
					text := fmt.Sprintf("%s", value)
					if text == code || strings.Contains(text, in.Token) || strings.Contains(text, browser) || strings.Contains(text, `"`+code+`"`) {
						t.Errorf("%s.%s holds %q", table, column, text)
					}
				}
			}
		}
	})
}

func TestASessionEndsTwoWeeksAfterItsLastUseAndAfterSixtyDaysAtTheLatest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		idle, used := w.signIn("beheer@voorbeeld.test"), w.signIn("beheer@voorbeeld.test")
		start := w.now
		for w.now.Sub(start) < account.SessionLife-7*24*time.Hour {
			w.now = w.now.Add(7 * 24 * time.Hour)
			if _, err := w.Authenticate(t.Context(), used.Token); err != nil {
				t.Fatalf("in use, after %s: %v", w.now.Sub(start), err)
			}
		}
		_, err := w.Authenticate(t.Context(), idle.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		w.now = start.Add(account.SessionLife + time.Second)
		_, err = w.Authenticate(t.Context(), used.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		_, err = w.Authenticate(t.Context(), "made up")
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left, err := w.Sessions(t.Context(), w.admin); err != nil || len(left) != 0 {
			t.Errorf("sessions = %+v, %v", left, err)
		}
	})
}

func TestSigningInEndsTheSessionThatTheBrowserHadBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		planted := w.signIn("beheer@voorbeeld.test")
		browser := w.ask("beheer@voorbeeld.test")
		in, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: w.mailed(), Former: planted.Token})
		if err != nil || in.Token == planted.Token {
			t.Fatalf("SignIn = %+v, %v", in, err)
		}
		_, err = w.Authenticate(t.Context(), planted.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
	})
}

func TestOneSignsOutHereElsewhereOrEverywhereButNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stranger := w.person("bewoner@voorbeeld.test")
		here, there := w.signIn("beheer@voorbeeld.test"), w.signIn("beheer@voorbeeld.test")
		strangers := w.signIn("bewoner@voorbeeld.test")
		sessions, err := w.Sessions(t.Context(), w.admin)
		if err != nil || len(sessions) != 2 || sessions[0].Device != "Firefox, Windows" {
			t.Fatalf("Sessions = %+v, %v", sessions, err)
		}
		signed, err := w.Authenticate(t.Context(), there.Token)
		if err != nil {
			t.Fatal(err)
		}
		w.mustRefuse(w.SignOut(t.Context(), stranger, signed.Session), fault.KindNotFound, "")
		w.mustRefuse(w.SignOut(t.Context(), access.Actor{}, signed.Session), fault.KindUnauthenticated, "")
		if err := w.SignOut(t.Context(), w.admin, signed.Session); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(t.Context(), there.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		if _, err := w.Authenticate(t.Context(), here.Token); err != nil {
			t.Errorf("the other session ended too: %v", err)
		}
		if err := w.SignOutEverywhere(t.Context(), w.admin); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(t.Context(), here.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		if _, err := w.Authenticate(t.Context(), strangers.Token); err != nil {
			t.Errorf("somebody else was signed out: %v", err)
		}
	})
}

func TestTheOldestOfManySessionsGivesWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Demonstration = true
		var tokens []string
		for range 31 {
			w.now = w.now.Add(time.Second)
			in, err := w.SignInInvented(t.Context(), w.admin.ID, "", "", "")
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, in.Token)
		}
		_, err := w.Authenticate(t.Context(), tokens[0])
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		if _, err := w.Authenticate(t.Context(), tokens[1]); err != nil {
			t.Errorf("the second oldest: %v", err)
		}
	})
}

func TestOnlyInADemonstrationAndOnlyAnInventedPersonCanBeChosen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		real := w.person("iemand@samenwijk.example")
		_, err := w.SignInInvented(t.Context(), w.admin.ID, "", "", "")
		w.mustRefuse(err, fault.KindNotFound, "")
		if people, err := w.Invented(t.Context()); err != nil || len(people) != 0 {
			t.Fatalf("Invented = %v, %v", people, err)
		}
		w.Demonstration = true
		_, err = w.SignInInvented(t.Context(), real.ID, "", "", "")
		w.mustRefuse(err, fault.KindNotFound, "")
		_, err = w.SignInInvented(t.Context(), "nobody", "", "", "")
		w.mustRefuse(err, fault.KindNotFound, "")
		if _, err := w.SignInInvented(t.Context(), w.admin.ID, "", "", ""); err != nil {
			t.Error(err)
		}
		if people, err := w.Invented(t.Context()); err != nil || len(people) != 1 || people[0].ID != w.admin.ID {
			t.Errorf("Invented = %v, %v", people, err)
		}
	})
}

func TestEveryEventNamesPeopleByIDAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, err := w.Add(t.Context(), w.admin, account.Input{Name: "Geheime Naam", Email: "geheim@voorbeeld.test", Language: "nl"}, []access.Role{access.Lecturer})
		if err != nil {
			t.Fatal(err)
		}
		w.signIn("geheim@voorbeeld.test")
		if err := w.EndSessions(t.Context(), w.admin, id); err != nil {
			t.Fatal(err)
		}
		var jobs []string
		err = w.db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Gorm().Raw(`SELECT CAST(args AS TEXT) FROM river_job`).Scan(&jobs).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(jobs, "\n")
		for _, e := range []event.Event{event.PersonAdded{}, event.RolesChanged{}, event.SignInAsked{}, event.SessionsEnded{}} {
			if !strings.Contains(all, `"`+e.Name()+`"`) {
				t.Errorf("nothing tells of %s", e.Name())
			}
		}
		if strings.Contains(strings.ToLower(all), "geheim") {
			t.Errorf("an event holds more than ids:\n%s", all)
		}
	})
}

func TestTheModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, account.Person{}, account.Grant{}, account.RoleChange{}, account.Session{}, account.KnownBrowser{},
		account.AccountChange{}, account.FormerAddress{}, account.SignInCode{}, account.Token{}, account.TokenScope{}, account.TokenEnd{})
}

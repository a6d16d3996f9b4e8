package account_test

import (
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

func (w *world) rename(who access.Actor, at account.SessionID, id access.PersonID, email string) error {
	return w.Change(w.t.Context(), who, at, id, account.Input{Name: "Bewoner", Email: email, Language: "nl"})
}

// lastChange is the id of the change that was noted last.
func (w *world) lastChange() string {
	w.t.Helper()
	var id string
	err := w.db.Read(w.t.Context(), func(tx *database.Tx) error {
		return tx.Gorm().Raw(`SELECT id FROM account_changes WHERE what = 'address' ORDER BY id DESC LIMIT 1`).Scan(&id).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestANewAddressAsksWhoChangesItToSignInAfresh(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.add("Bewoner", "oud@voorbeeld.test")
		token := w.signIn("beheer@voorbeeld.test").Token
		signed, err := w.Authenticate(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(account.FreshFor + time.Second)
		for name, at := range map[string]account.SessionID{
			"a session of before": signed.Session, "none": "", "somebody else's": w.sessionOf("oud@voorbeeld.test"),
		} {
			if err := w.rename(w.admin, at, id, "nieuw@voorbeeld.test"); !account.NeedsConfirm(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.rename(w.admin, signed.Session, id, "oud@voorbeeld.test"); account.NeedsConfirm(err) {
			t.Errorf("another name needs it too: %v", err)
		}
		stranger := w.ask("oud@voorbeeld.test")
		_, err = w.Confirm(t.Context(), w.admin, signed.Session, account.Guess{Browser: stranger, Code: w.mailed()})
		w.mustRefuse(err, fault.KindInvalid, "account.code.gone")
		browser := w.ask("beheer@voorbeeld.test")
		code := w.mailed()
		_, err = w.Confirm(t.Context(), w.admin, signed.Session, account.Guess{Browser: browser, Code: other(code)})
		w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
		confirmed, err := w.Confirm(t.Context(), w.admin, signed.Session, account.Guess{Browser: browser, Code: code})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(t.Context(), token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		if again, err := w.Authenticate(t.Context(), confirmed.Token); err != nil || again.Session != signed.Session {
			t.Errorf("the session goes on as %+v, %v", again, err)
		}
		if err := w.rename(w.admin, signed.Session, id, "nieuw@voorbeeld.test"); err != nil {
			t.Errorf("after confirming: %v", err)
		}
	})
}

func TestWhoeverHadAnAddressHearsOfItsChangeAndHoldsTheAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := w.person("tweede@voorbeeld.test", access.Admin)
		id := w.add("Bewoner", "oud@voorbeeld.test")
		w.signIn("oud@voorbeeld.test")
		if err := w.rename(w.admin, w.session(), id, "nieuw@voorbeeld.test"); err != nil {
			t.Fatal(err)
		}
		thief := w.signIn("nieuw@voorbeeld.test")
		news, due, err := w.AddressLetter(t.Context(), w.lastChange())
		if err != nil || !due || news.Address != "oud@voorbeeld.test" || news.By != "Iemand" || news.Token == "" {
			t.Fatalf("AddressLetter = %+v, %v, %v", news, due, err)
		}
		w.mustRefuse(w.ReportChange(t.Context(), "guess"), fault.KindNotFound, "account.moved.unknown")
		for range 2 {
			if err := w.ReportChange(t.Context(), news.Token); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.Authenticate(t.Context(), thief.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		file, err := w.Find(t.Context(), w.admin, id)
		if err != nil || !file.Blocked() || len(file.SignIn) != 2 || len(file.Former) != 1 || file.Former[0].ReportedAt == nil {
			t.Errorf("what is written down: %+v, %v", file, err)
		}
		if r, err := w.ReportableChange(t.Context(), news.Token); err != nil || !r.Held || r.Reopened {
			t.Errorf("what is said after a report: %+v, %v", r, err)
		}
		w.now = w.now.Add(time.Minute)
		if err := w.Unblock(t.Context(), w.admin, id); err != nil {
			t.Fatal(err)
		}
		if r, err := w.ReportableChange(t.Context(), news.Token); err != nil || r.Held || !r.Reopened {
			t.Errorf("what is said once the person is in again: %+v, %v", r, err)
		}
		about, admins, err := w.ReportLetters(t.Context(), w.lastChange())
		if err != nil || about.ID != id || len(admins) != 1 || admins[0].ID != second.ID {
			t.Errorf("ReportLetters = %+v, %+v, %v", about, admins, err)
		}
		w.now = w.now.Add(account.AddressReportable + time.Second)
		w.mustRefuse(w.ReportChange(t.Context(), news.Token), fault.KindNotFound, "account.moved.unknown")
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if file, err := w.Find(t.Context(), w.admin, id); err != nil || len(file.Former) != 0 {
			t.Errorf("the former address is kept: %+v, %v", file.Former, err)
		}
		if _, due, err := w.AddressLetter(t.Context(), w.lastChange()); due || err != nil {
			t.Errorf("a letter is still due: %v", err)
		}
	})
}

func TestAReportSignsTheLastAdministratorOutAndDoesNotLockEverybodyOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.rename(w.admin, w.session(), w.admin.ID, "nieuw@voorbeeld.test"); err != nil {
			t.Fatal(err)
		}
		in := w.signIn("nieuw@voorbeeld.test")
		news, _, err := w.AddressLetter(t.Context(), w.lastChange())
		if err != nil || news.Holds {
			t.Fatalf("the letter promises that the last administrator is held: %+v, %v", news, err)
		}
		holds := func(want bool) {
			t.Helper()
			if r, err := w.ReportableChange(t.Context(), news.Token); err != nil || r.Holds != want {
				t.Errorf("the page before the report: %+v, %v, want holds %v", r, err, want)
			}
		}
		holds(false)
		second := w.person("tweede@voorbeeld.test", access.Admin)
		holds(true)
		if err := w.Block(t.Context(), w.admin, second.ID); err != nil {
			t.Fatal(err)
		}
		holds(false)
		if err := w.ReportChange(t.Context(), news.Token); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(t.Context(), in.Token)
		w.mustRefuse(err, fault.KindUnauthenticated, "")
		w.signIn("nieuw@voorbeeld.test")
		if r, err := w.ReportableChange(t.Context(), news.Token); err != nil || r.ReportedAt == nil || r.Held || r.Reopened {
			t.Errorf("what is said of the last administrator: %+v, %v", r, err)
		}
	})
}

// An address with a slip of the pen is that of somebody else: who reads it must not be able to hold an account
// that was never theirs.
func TestAFormerAddressThatNobodyProvedToReadHearsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("tweede@voorbeeld.test", access.Admin)
		id := w.add("Bewoner", "vreemde@voorbeeld.test")
		due := func(email string) bool {
			t.Helper()
			w.now = w.now.Add(time.Second)
			if err := w.rename(w.admin, w.session(), id, email); err != nil {
				t.Fatal(err)
			}
			news, due, err := w.AddressLetter(t.Context(), w.lastChange())
			if err != nil || due != (news.Token != "") {
				t.Fatalf("AddressLetter = %+v, %v, %v", news, due, err)
			}
			return due
		}
		if due("eerste@voorbeeld.test") {
			t.Error("an address with which nobody signed in gets a letter that holds the account")
		}
		browser := w.ask("eerste@voorbeeld.test")
		_, err := w.SignIn(t.Context(), account.Guess{Browser: browser, Code: other(w.mailed())})
		w.mustRefuse(err, fault.KindInvalid, "account.code.wrong")
		if due("getypt@voorbeeld.test") {
			t.Error("a wrong code proves an address")
		}
		w.signIn("getypt@voorbeeld.test")
		if !due("bewezen@voorbeeld.test") {
			t.Error("an address with which somebody signed in gets no letter")
		}
		if due("weer@voorbeeld.test") {
			t.Error("the proof of one address counts for the next")
		}
		if err := w.db.InTx(t.Context(), func(tx *database.Tx) error { return w.Prove(tx, id) }); err != nil {
			t.Fatal(err)
		}
		if !due("laatste@voorbeeld.test") {
			t.Error("an address that was proved by a link gets no letter")
		}
		file, err := w.Find(t.Context(), w.admin, id)
		if err != nil || len(file.SignIn) != 5 || len(file.Former) != 2 {
			t.Errorf("what is written down: %+v, %v", file, err)
		}
	})
}

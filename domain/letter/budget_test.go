package letter_test

import (
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
)

func TestANameIsPlainWithoutAddressesAndLines(t *testing.T) {
	for _, name := range []string{"Ana", "J.P. de Vries-O'Neil", "Mw. A. el-Ĝaŭ", "Familie Jansen (4)", "Klas 3B 2026", "Dr. Bo"} {
		if !letter.PlainName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"win.example", "Ga naar WWW.x", "a@b", "http://x", "x/y", "<b>", "a\nBcc: b", "a\u2028b",
		"Bel 06 12 34 56 78", "0900-1234", "kijk op casino.com nu",
	} {
		if letter.PlainName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestABudgetIsOfOneAddressAndOneDay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		now := time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC)
		b := letter.NewBudget(secret)
		use := func(address string) (left bool) {
			t.Helper()
			err := db.InTx(t.Context(), func(tx *database.Tx) (err error) {
				left, err = b.OfAddress(tx, address, now)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return left
		}
		for n := range letter.ToAddress {
			if !use("ana@voorbeeld.test") {
				t.Errorf("letter %d is refused", n+1)
			}
		}
		if use("ANA@voorbeeld.test") {
			t.Error("a sixth is taken, in capitals")
		}
		if !use("bo@voorbeeld.test") {
			t.Error("somebody else has none left")
		}
		now = now.Add(letter.PerDay)
		if !use("ana@voorbeeld.test") {
			t.Error("the next day there is none left")
		}
		s, clock := outbox(db)
		*clock = now.Add(letter.PerDay + time.Second)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !use("bo@voorbeeld.test") {
			t.Error("what was counted long ago is kept")
		}
	})
}

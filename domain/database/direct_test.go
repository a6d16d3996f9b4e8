package database_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
)

const (
	putTally = `INSERT INTO tallies (name, n) VALUES (?, ?) ON CONFLICT (name) DO NOTHING RETURNING n`
	addTally = `UPDATE tallies SET n = n + ? WHERE name = ? RETURNING n`
)

// name is a type of its own, as the ids of the domain are.
type name string

func eachWithTallies(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		must(t, db.InTx(t.Context(), func(tx *database.Tx) error {
			return tx.Gorm().Exec(`CREATE TABLE tallies (name text PRIMARY KEY, n bigint NOT NULL CHECK (n < 1000))`).Error
		}))
		test(t, db)
	})
}

func tally(t *testing.T, db *database.DB, of name) int64 {
	t.Helper()
	var n int64
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Gorm().Raw(`SELECT coalesce(sum(n), -1) FROM tallies WHERE name = ?`, of).Scan(&n).Error
	}))
	return n
}

func TestADirectStatementAnswersForEachRowOfArguments(t *testing.T) {
	eachWithTallies(t, func(t *testing.T, db *database.DB) {
		for range 2 { // the second time with what was prepared
			var put, added, none []database.Answer
			must(t, db.InDirect(t.Context(), func(tx *database.Direct) (err error) {
				if _, err = tx.One(`DELETE FROM tallies WHERE n > ?`, 0); err != nil {
					return err
				}
				if put, err = tx.Each(putTally, [][]any{{name("a"), 1}, {name("b"), int64(2)}, {name("a"), 3}}); err != nil {
					return err
				}
				if added, err = tx.Each(addTally, [][]any{{10, "a"}, {10, "c"}, {10, "a"}, {10, "b"}}); err != nil {
					return err
				}
				none, err = tx.Each(addTally, nil)
				return err
			}))
			if want := []database.Answer{{1, true}, {2, true}, {}}; !reflect.DeepEqual(put, want) {
				t.Errorf("inserting answered %v, want %v", put, want)
			}
			if want := []database.Answer{{11, true}, {}, {21, true}, {12, true}}; !reflect.DeepEqual(added, want) {
				t.Errorf("updating answered %v, want %v", added, want)
			}
			if none != nil {
				t.Errorf("no rows answered %v", none)
			}
			if n := tally(t, db, "a"); n != 21 {
				t.Errorf("a is %d after the commit, want 21", n)
			}
		}
	})
}

func TestADirectTransactionThatFailsLeavesNothingBehind(t *testing.T) {
	eachWithTallies(t, func(t *testing.T, db *database.DB) {
		boom := errors.New("boom")
		failures := map[string]struct {
			f    func(tx *database.Direct) error
			want func(error) bool
		}{
			"by itself": {func(*database.Direct) error { return boom }, func(err error) bool { return errors.Is(err, boom) }},
			"at a rule of the table": {func(tx *database.Direct) error {
				_, err := tx.Each(addTally, [][]any{{1, "a"}, {5000, "a"}, {1, "a"}})
				return err
			}, func(err error) bool { return fault.KindOf(err) == fault.KindConflict }},
			"at nonsense": {func(tx *database.Direct) error {
				_, err := tx.One(`UPDATE nothing`)
				return err
			}, func(err error) bool { return err != nil }},
			"at an answer that is no number": {func(tx *database.Direct) error {
				_, err := tx.One(`UPDATE tallies SET n = 2 RETURNING name`)
				return err
			}, func(err error) bool { return err != nil }},
			"at an argument of no type": {func(tx *database.Direct) error {
				_, err := tx.One(addTally, make(chan int), "a")
				return err
			}, func(err error) bool { return err != nil }},
		}
		for why, failure := range failures {
			err := db.InDirect(t.Context(), func(tx *database.Direct) error {
				if _, err := tx.One(putTally, "a", 1); err != nil {
					return err
				}
				return failure.f(tx)
			})
			if !failure.want(err) {
				t.Errorf("%s: InDirect = %v", why, err)
			}
			if n := tally(t, db, "a"); n != -1 {
				t.Errorf("%s: a is %d, want none", why, n)
			}
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.InDirect(t.Context(), func(tx *database.Direct) error {
				if _, err := tx.One(putTally, "a", 1); err != nil {
					return err
				}
				panic("boom")
			})
			t.Error("the panic did not come out")
		}()
		if n := tally(t, db, "a"); n != -1 {
			t.Errorf("after a panic: a is %d, want none", n)
		}
		must(t, db.InDirect(t.Context(), func(tx *database.Direct) error {
			_, err := tx.One(putTally, "a", 1)
			return err
		}))
		if n := tally(t, db, "a"); n != 1 {
			t.Errorf("after all that a is %d, want 1", n)
		}
	})
}

func TestDirectAndOtherWritersTakeTurns(t *testing.T) {
	eachWithTallies(t, func(t *testing.T, db *database.DB) {
		must(t, db.InDirect(t.Context(), func(tx *database.Direct) error {
			_, err := tx.One(putTally, "a", 0)
			return err
		}))
		const each = 50
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range each {
					if err := db.InDirect(t.Context(), func(tx *database.Direct) error {
						_, err := tx.One(addTally, 1, "a")
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
			wait.Go(func() {
				for range each {
					if err := db.InTx(t.Context(), func(tx *database.Tx) error {
						return tx.Gorm().Exec(addTally, 1, "a").Error
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if n := tally(t, db, "a"); n != 8*each {
			t.Errorf("a is %d, want %d", n, 8*each)
		}
	})
}

// Two that lock the same rows in opposite order: Postgres ends one of them, which is run again.
func TestADirectTransactionThatDeadlocksRunsAgain(t *testing.T) {
	eachWithTallies(t, func(t *testing.T, db *database.DB) {
		must(t, db.InDirect(t.Context(), func(tx *database.Direct) error {
			_, err := tx.Each(putTally, [][]any{{"a", 0}, {"b", 0}})
			return err
		}))
		var wait, met sync.WaitGroup
		if db.Dialect() == database.Postgres {
			met.Add(2)
		}
		for _, order := range []string{"ab", "ba"} {
			wait.Go(func() {
				first := true
				err := db.InDirect(t.Context(), func(tx *database.Direct) error {
					if _, err := tx.One(addTally, 1, order[:1]); err != nil {
						return err
					}
					if first && db.Dialect() == database.Postgres {
						met.Done()
						met.Wait()
					}
					first = false
					_, err := tx.One(addTally, 1, order[1:])
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if a, b := tally(t, db, "a"), tally(t, db, "b"); a != 2 || b != 2 {
			t.Errorf("a is %d and b %d, want 2 and 2", a, b)
		}
	})
}

func TestADirectTransactionEndsWithItsContextOrTheDatabase(t *testing.T) {
	eachWithTallies(t, func(t *testing.T, db *database.DB) {
		add := func(tx *database.Direct) error {
			_, err := tx.One(putTally, "a", 0)
			return err
		}
		inside, leave := make(chan struct{}), make(chan struct{})
		var wait sync.WaitGroup
		wait.Go(func() {
			must(t, db.InTx(t.Context(), func(*database.Tx) error { close(inside); <-leave; return nil }))
		})
		<-inside
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.InDirect(ctx, add); fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("with a context that has ended InDirect = %v", err)
		}
		close(leave)
		wait.Wait()
		must(t, db.InDirect(t.Context(), add))
		must(t, db.Close())
		if err := db.InDirect(t.Context(), add); err == nil || strings.Contains(err.Error(), "panic") {
			t.Errorf("in a closed database InDirect = %v", err)
		}
	})
}

package livedoc_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

func TestATicketIsTakenOnceByAllNodesTogether(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		var first atomic.Int64
		var wait sync.WaitGroup
		for range 8 {
			node := livedoc.New(db)
			wait.Go(func() {
				for n := range 20 {
					once, err := node.Redeem(t.Context(), fmt.Sprint("ticket ", n), database.Now().Add(time.Minute))
					if err != nil {
						t.Errorf("redeem: %v", err)
					}
					if once {
						first.Add(1)
					}
				}
			})
		}
		wait.Wait()
		if n := first.Load(); n != 20 {
			t.Errorf("20 tickets were taken %d times", n)
		}
	})
}

func TestExpiredTicketsAreForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := livedoc.New(db)
		for n := range 201 {
			if _, err := l.Redeem(t.Context(), fmt.Sprint(n), database.Now().Add(-time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		var left int
		if err := db.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM live_tickets").Scan(&left); err != nil || left > 100 {
			t.Errorf("%d tickets are left, %v", left, err)
		}
	})
}

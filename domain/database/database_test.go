package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

type receipt struct {
	EventID    string `gorm:"primaryKey"`
	Subscriber string `gorm:"primaryKey"`
	ReceivedAt time.Time
}

func (receipt) TableName() string { return "event_receipts" }

func TestATransactionThatFailsLeavesNothingBehind(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		boom := errors.New("boom")
		err := db.InTx(ctx, func(tx *database.Tx) error {
			if err := tx.Gorm().Create(&receipt{"e1", "mail", database.Now()}).Error; err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("InTx = %v, want boom", err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows after a rollback", n)
		}
	})
}

func TestTimesComeBackAsTheyWereWrittenInUTC(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		amsterdam, err := time.LoadLocation("Europe/Amsterdam")
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 7, 1, 14, 0, 0, 123456000, amsterdam)
		must(t, db.InTx(context.Background(), func(tx *database.Tx) error {
			return tx.Gorm().Create(&receipt{"e1", "mail", at}).Error
		}))
		var got receipt
		must(t, db.Read(context.Background(), func(tx *database.Tx) error {
			return tx.Gorm().First(&got).Error
		}))
		if !got.ReceivedAt.Equal(at) || got.ReceivedAt.Location() != time.UTC {
			t.Errorf("time = %v, want %v in UTC", got.ReceivedAt, at)
		}
	})
}

func TestDriverErrorsBecomeFaults(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		add := func(tx *database.Tx) error {
			return tx.Gorm().Create(&receipt{"e1", "mail", database.Now()}).Error
		}
		must(t, db.InTx(ctx, add))
		if err := db.InTx(ctx, add); fault.KindOf(err) != fault.KindConflict || !database.IsDuplicate(err) {
			t.Errorf("a duplicate is %v", err)
		}
		err := db.Read(ctx, func(tx *database.Tx) error {
			return tx.Gorm().First(&receipt{}, "event_id = ?", "unknown").Error
		})
		if fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("a missing row is %v", err)
		}
		if err := db.Read(ctx, add); err == nil {
			t.Error("a read transaction wrote")
		}
	})
}

func TestAWaitingTransactionGivesUpWithItsContext(t *testing.T) {
	db := databasetest.SQLite(t)
	inside, release := make(chan struct{}), make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = db.InTx(context.Background(), func(*database.Tx) error { close(inside); <-release; return nil })
	})
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := db.InTx(ctx, func(*database.Tx) error { return nil })
	if fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("a cancelled waiter got %v", err)
	}
	close(release)
	wait.Wait()
}

func TestManyWritersAtOnceAllSucceed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				err := db.InTx(context.Background(), func(tx *database.Tx) error {
					return tx.Gorm().Create(&receipt{fmt.Sprint(i), "mail", database.Now()}).Error
				})
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wait.Wait()
		if n := count(t, db); n != 200 {
			t.Errorf("%d rows, want 200", n)
		}
	})
}

func TestMigrationsGoUpDownAndUpAgain(t *testing.T) {
	for _, dialect := range []database.Dialect{database.SQLite, database.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			db, ctx := databasetest.Empty(t, dialect), context.Background()
			for step, migrate := range []func(context.Context) error{db.Migrate, db.MigrateDown, db.Migrate, db.Migrate} {
				if err := migrate(ctx); err != nil {
					t.Fatalf("step %d: %v", step+1, err)
				}
			}
			if n := count(t, db); n != 0 {
				t.Errorf("%d rows in a new table", n)
			}
			if pending, err := db.Pending(ctx); err != nil || pending {
				t.Errorf("pending = %v, %v after all steps", pending, err)
			}
		})
	}
}

func TestTheModelOfReceiptsEqualsItsTable(t *testing.T) {
	databasetest.SameColumns(t, &receipt{})
}

func count(t *testing.T, db *database.DB) (n int64) {
	t.Helper()
	must(t, db.Read(context.Background(), func(tx *database.Tx) error {
		return tx.Gorm().Model(&receipt{}).Count(&n).Error
	}))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

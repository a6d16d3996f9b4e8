package event_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/event"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

type lampLit struct{ Lamp string }

func (lampLit) Name() string { return "lamp_lit" }

func TestEverySubscriberHearsOfACommittedEventAndNobodyOfARolledBackOne(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		heard := make(chan string, 10)
		var subscribers event.Subscribers
		for _, name := range []string{"mail", "hints"} {
			event.Subscribe(&subscribers, name, func(_ context.Context, e event.Recorded[lampLit]) error {
				heard <- name + " " + e.Event.Lamp
				return nil
			})
		}
		ctx := context.Background()
		boom := errors.New("boom")
		err := db.InTx(ctx, func(tx *database.Tx) error {
			if err := event.Record(tx, lampLit{"never"}); err != nil {
				t.Fatal(err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("InTx = %v", err)
		}
		record(t, db, lampLit{"hall"})
		run(t, db, &subscribers, nil)

		got := map[string]bool{receive(t, heard): true, receive(t, heard): true}
		if !got["mail hall"] || !got["hints hall"] {
			t.Errorf("heard %v", got)
		}
		if len(heard) != 0 {
			t.Errorf("also heard %q", <-heard)
		}
	})
}

func TestAFailedDeliveryIsTriedAgainWithTheSameIDAndCanActOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		type try struct {
			id    string
			first bool
		}
		var mu sync.Mutex
		var tries []try
		done := make(chan string, 1)
		var subscribers event.Subscribers
		event.Subscribe(&subscribers, "mail", func(ctx context.Context, e event.Recorded[lampLit]) error {
			var first bool
			err := db.InTx(ctx, func(tx *database.Tx) (err error) {
				first, err = event.First(tx, e.ID, "mail")
				return err
			})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, try{e.ID, first})
			if len(tries) == 1 {
				return errors.New("fell over after the commit")
			}
			done <- "done"
			return nil
		})
		record(t, db, lampLit{"hall"})
		run(t, db, &subscribers, nil)
		receive(t, done)
		mu.Lock()
		defer mu.Unlock()
		if len(tries) != 2 || tries[0].id != tries[1].id || !tries[0].first || tries[1].first {
			t.Errorf("tries = %+v, want the same event, first once", tries)
		}
	})
}

func TestTheQueueWaitsForADatabaseThatIsAwayWhenItStarts(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		heard := make(chan string, 1)
		var subscribers event.Subscribers
		event.Subscribe(&subscribers, "mail", func(_ context.Context, e event.Recorded[lampLit]) error {
			heard <- e.Event.Lamp
			return nil
		})
		record(t, db, lampLit{"hall"})
		exec := func(statement string) {
			t.Helper()
			if _, err := db.Pool().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		exec("ALTER TABLE river_queue RENAME TO elsewhere")
		run(t, db, &subscribers, nil)
		select {
		case lamp := <-heard:
			t.Fatalf("heard of %s without a queue", lamp)
		case <-time.After(200 * time.Millisecond): // it has tried by then
		}
		exec("ALTER TABLE elsewhere RENAME TO river_queue")
		if got := receive(t, heard); got != "hall" {
			t.Errorf("heard %q", got)
		}
	})
}

func TestATaskRunsAtTheStart(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ran := make(chan string, 100)
		task := event.Task{Name: "sweep", Every: time.Hour, Run: func(context.Context) error { ran <- "swept"; return nil }}
		run(t, db, &event.Subscribers{}, []event.Task{task})
		receive(t, ran)
	})
}

func record(t *testing.T, db *database.DB, e event.Event) {
	t.Helper()
	if err := db.InTx(context.Background(), func(tx *database.Tx) error { return event.Record(tx, e) }); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, db *database.DB, subscribers *event.Subscribers, tasks []event.Task) {
	t.Helper()
	queue, err := event.NewQueue(db, subscribers, tasks, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("the queue stopped with %v", err)
		}
	})
}

func receive(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case s := <-from:
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was delivered")
		return ""
	}
}

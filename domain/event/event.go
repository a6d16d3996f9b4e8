// Package event is the catalogue of what can happen, and how the rest of the house hears of it.
//
// Record stores an event in the same transaction as the change it tells of: both are committed,
// or neither. The queue (River) then hands it to each subscriber, at least once, also after a
// crash; a subscriber that must not act twice asks First in its own transaction. Events hold
// ids, never names, addresses or texts: whoever hears one reads what it needs itself.
package event

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"samenwijk/domain/database"
)

// Event is something that happened. Name is part of what is stored: it never changes.
type Event interface{ Name() string }

// Recorded is an event as a subscriber receives it. ID is the same at each delivery.
type Recorded[E Event] struct {
	ID    string
	At    time.Time
	Event E
}

// envelope is how an event lies in the queue.
type envelope struct {
	ID      string          `json:"id"`
	Event   string          `json:"event"`
	At      time.Time       `json:"at"`
	Payload json.RawMessage `json:"payload"`
}

// recorded is the job that one Record makes; the queue turns it into one delivery a subscriber.
type recorded struct{ envelope }

func (recorded) Kind() string { return "event" }

// delivery is the job of handing one event to one subscriber; each is retried on its own.
type delivery struct {
	envelope
	Subscriber string `json:"subscriber"`
}

func (delivery) Kind() string { return "delivery" }

// Record stores events in the transaction tx, in this order and in one statement. Subscribers hear
// of each after the commit. Without events it does nothing.
func Record(tx *database.Tx, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	client, err := recorders[tx.Dialect()]()
	if err != nil {
		return fmt.Errorf("record %s: %w", events[0].Name(), err)
	}
	jobs := make([]river.InsertManyParams, 0, len(events))
	for _, e := range events {
		payload, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.Name(), err)
		}
		jobs = append(jobs, river.InsertManyParams{Args: recorded{envelope{
			ID: database.NewID(), Event: e.Name(), At: database.Now(), Payload: payload,
		}}})
	}
	if _, err := client.InsertManyFastTx(tx.Gorm().Statement.Context, tx.SQL(), jobs); err != nil {
		return fmt.Errorf("record %s: %w", events[0].Name(), err)
	}
	return nil
}

// recorders hold, for each dialect, a client of the queue that only inserts, within transactions
// given to it. It has no connection and no state, and making one takes longer than its work.
var recorders = map[database.Dialect]func() (*river.Client[*sql.Tx], error){
	database.SQLite:   recorder(database.SQLite),
	database.Postgres: recorder(database.Postgres),
}

func recorder(dialect database.Dialect) func() (*river.Client[*sql.Tx], error) {
	return sync.OnceValues(func() (*river.Client[*sql.Tx], error) {
		return river.NewClient(database.QueueDriver(dialect, nil), &river.Config{})
	})
}

// First reports whether subscriber sees this event for the first time, and remembers it when tx
// commits. It makes a receiver that acts in the same transaction act exactly once.
func First(tx *database.Tx, id, subscriber string) (bool, error) {
	result := tx.Gorm().Exec(
		`INSERT INTO event_receipts (event_id, subscriber, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		id, subscriber, database.Now())
	return result.RowsAffected == 1, result.Error
}

// Subscribers says who wants to hear of what. Fill it before the queue runs.
type Subscribers struct {
	byEvent map[string]map[string]receiver
}

type receiver func(ctx context.Context, e envelope) error

// Subscribe lets receive hear of every event of type E. Name identifies the subscriber in the
// queue: it is stable, and unique among the subscribers of E. An error makes the queue try
// again later, with growing pauses.
func Subscribe[E Event](s *Subscribers, name string, receive func(ctx context.Context, e Recorded[E]) error) {
	var zero E
	if s.byEvent == nil {
		s.byEvent = map[string]map[string]receiver{}
	}
	if s.byEvent[zero.Name()] == nil {
		s.byEvent[zero.Name()] = map[string]receiver{}
	}
	if _, taken := s.byEvent[zero.Name()][name]; taken {
		panic(fmt.Sprintf("two subscribers %q of %s", name, zero.Name()))
	}
	s.byEvent[zero.Name()][name] = func(ctx context.Context, stored envelope) error {
		e := Recorded[E]{ID: stored.ID, At: stored.At}
		if err := json.Unmarshal(stored.Payload, &e.Event); err != nil {
			return river.JobCancel(fmt.Errorf("read %s: %w", stored.Event, err))
		}
		return receive(ctx, e)
	}
}

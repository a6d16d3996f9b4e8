package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"samenwijk/domain/database"
)

// unfinished are the jobs that still have something to do. Tasks are left out: each start makes
// them anew.
const unfinished = ` FROM river_job WHERE kind IN ('event', 'delivery') AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`

// Copy is the part of the queue that is copied into another database: what was recorded and has not
// been carried out. It begins anew there, with all its attempts: what was under way at the moment of
// the copy is carried out again, which subscribers must bear anyway.
func Copy() database.Section {
	columns := []database.Column{
		{Name: "kind", Type: database.Text}, {Name: "args", Type: database.Text}, {Name: "max_attempts", Type: database.Int},
		{Name: "priority", Type: database.Int}, {Name: "scheduled_at", Type: database.Time},
	}
	return database.Section{
		Name: "queue", Columns: columns,
		Read: func(tx *database.Tx, row func([]any) error) error {
			args := `json(args)`
			if tx.Dialect() == database.Postgres {
				args = `args::text`
			}
			query := `SELECT kind, ` + args + `, max_attempts, priority, scheduled_at` + unfinished + ` ORDER BY id`
			return database.EachRow(tx, columns, query, func(values []any) (err error) {
				if values[1], err = sorted(values[1]); err != nil {
					return err
				}
				return row(values)
			})
		},
		Write: insertCopied,
		Count: func(tx *database.Tx) (n int64, err error) {
			err = tx.Gorm().Raw(`SELECT COUNT(*)` + unfinished).Scan(&n).Error
			return n, err
		},
	}
}

// sorted writes arguments with their names in order: each database has its own.
func sorted(args any) (string, error) {
	text, _ := args.(string)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return "", fmt.Errorf("arguments of a job: %w", err)
	}
	b, err := json.Marshal(tree)
	return string(b), err
}

// copied is a job of any kind with its arguments as they lay in the queue.
type copied struct {
	kind string
	args json.RawMessage
}

func (c copied) Kind() string                 { return c.kind }
func (c copied) MarshalJSON() ([]byte, error) { return c.args, nil }

func insertCopied(tx *database.Tx, rows [][]any) error {
	client, err := recorders[tx.Dialect()]()
	if err != nil {
		return err
	}
	jobs := make([]river.InsertManyParams, len(rows))
	for i, row := range rows {
		kind, _ := row[0].(string)
		args, _ := row[1].(string)
		attempts, _ := row[2].(int64)
		priority, _ := row[3].(int64)
		at, _ := row[4].(time.Time)
		if kind != (recorded{}).Kind() && kind != (delivery{}).Kind() || !json.Valid([]byte(args)) {
			return fmt.Errorf("a job of kind %q cannot be put in the queue", kind)
		}
		opts := &river.InsertOpts{MaxAttempts: int(attempts), Priority: int(priority)}
		if at.After(database.Now()) {
			opts.ScheduledAt = at
		}
		jobs[i] = river.InsertManyParams{Args: copied{kind, json.RawMessage(args)}, InsertOpts: opts}
	}
	if _, err := client.InsertManyFastTx(tx.Gorm().Statement.Context, tx.SQL(), jobs); err != nil {
		return fmt.Errorf("put jobs in the queue: %w", err)
	}
	return nil
}

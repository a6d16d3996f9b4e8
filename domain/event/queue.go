package event

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"samenwijk/domain/database"
)

// Task is something the queue does at intervals, on one node at a time. Run is tried again at
// the next interval when it fails; running it twice in a row must be harmless.
type Task struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
}

type taskArgs struct {
	Task string `json:"task"`
}

func (taskArgs) Kind() string { return "task" }

// Queue works what Record stored, and the tasks.
type Queue struct {
	client *river.Client[*sql.Tx]
	again  func() (*river.Client[*sql.Tx], error) // one that failed to start does not start again
	log    *slog.Logger
}

// stopWithin is how long a stopping queue waits for the jobs under way before it cancels them;
// a cancelled job is tried again after the next start.
const stopWithin = 10 * time.Second

// NewQueue makes the queue of a node; nothing runs before Run.
func NewQueue(db *database.DB, subscribers *Subscribers, tasks []Task, log *slog.Logger) (*Queue, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &fanOut{db: db, subscribers: subscribers})
	river.AddWorker(workers, &deliverer{subscribers: subscribers})
	river.AddWorker(workers, &taskRunner{tasks: tasks})
	var periodic []*river.PeriodicJob
	for _, task := range tasks {
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(task.Every),
			func() (river.JobArgs, *river.InsertOpts) {
				return taskArgs{task.Name}, &river.InsertOpts{MaxAttempts: 1}
			}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	newClient := func() (*river.Client[*sql.Tx], error) {
		return river.NewClient(db.QueueDriver(), &river.Config{
			Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}},
			Workers:           workers,
			PeriodicJobs:      periodic,
			PollOnly:          true,
			FetchPollInterval: 500 * time.Millisecond,
			JobTimeout:        time.Minute,
			Logger:            log,
			// A finished job holds ids only, yet there is no reason to keep it.
			CompletedJobRetentionPeriod: 24 * time.Hour,
		})
	}
	client, err := newClient()
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return &Queue{client: client, again: newClient, log: log}, nil
}

// A database that goes away in the moment in which the queue starts comes back, as one that goes away
// later does.
const (
	startAgain  = 500 * time.Millisecond
	startWithin = time.Minute
)

// Run works until ctx ends, then lets the jobs under way finish, and returns.
func (q *Queue) Run(ctx context.Context) error {
	for began := time.Now(); ; {
		err := q.client.Start(context.WithoutCancel(ctx))
		if err == nil {
			break
		}
		if time.Since(began) > startWithin {
			return fmt.Errorf("start the queue: %w", err)
		}
		q.log.Warn("the queue cannot start, and tries again", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(startAgain):
		}
		if q.client, err = q.again(); err != nil {
			return fmt.Errorf("queue: %w", err)
		}
	}
	<-ctx.Done()
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := q.client.Stop(patience); err == nil {
		return nil
	}
	if err := q.client.StopAndCancel(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// fanOut turns one recorded event into one delivery a subscriber, all in one transaction.
type fanOut struct {
	river.WorkerDefaults[recorded]
	db          *database.DB
	subscribers *Subscribers
}

func (w *fanOut) Work(ctx context.Context, job *river.Job[recorded]) error {
	receivers := w.subscribers.byEvent[job.Args.Event]
	names := make([]string, 0, len(receivers))
	for name := range receivers {
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	client := river.ClientFromContext[*sql.Tx](ctx)
	return w.db.InTx(ctx, func(tx *database.Tx) error {
		for _, name := range names {
			if _, err := client.InsertTx(ctx, tx.SQL(), delivery{job.Args.envelope, name}, nil); err != nil {
				return fmt.Errorf("deliver %s to %s: %w", job.Args.Event, name, err)
			}
		}
		_, err := river.JobCompleteTx[riverdriver.Driver[*sql.Tx]](ctx, tx.SQL(), job)
		return err
	})
}

type deliverer struct {
	river.WorkerDefaults[delivery]
	subscribers *Subscribers
}

func (w *deliverer) Work(ctx context.Context, job *river.Job[delivery]) error {
	receive, known := w.subscribers.byEvent[job.Args.Event][job.Args.Subscriber]
	if !known {
		return river.JobCancel(fmt.Errorf("nobody called %s hears of %s any more", job.Args.Subscriber, job.Args.Event))
	}
	return receive(ctx, job.Args.envelope)
}

type taskRunner struct {
	river.WorkerDefaults[taskArgs]
	tasks []Task
}

func (w *taskRunner) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	for _, task := range w.tasks {
		if task.Name == job.Args.Task {
			return task.Run(ctx)
		}
	}
	return river.JobCancel(fmt.Errorf("no task %s any more", job.Args.Task))
}

package livedoc

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"samenwijk/domain/database"
)

// One commit holds at most so much, and a busy committer waits at most so long for company.
const (
	maxRecords = 4096
	maxBytes   = 1 << 20
	maxLinger  = 10 * time.Millisecond

	// commitPace is the time from the beginning of a commit to that of the next. The first one after
	// a moment of rest begins at once; where many documents are written, those that follow it closely
	// share the next, because a commit costs far more than a row. The longer commits take, the more is
	// shared: at least three quarters of the time are left to everybody else, up to slowestPace.
	commitPace  = 5 * time.Millisecond
	slowestPace = 40 * time.Millisecond

	// commitWithin bounds one transaction; after it the outcome is unknown to the callers. On SQLite it
	// bounds the waiting for its turn: what has begun there is not interrupted.
	commitWithin = 15 * time.Second
	// queueLength is how many batches may wait. Each document has one under way at a time, so the
	// queue is full only when that many documents are written at once; then Append waits.
	queueLength = 1024
)

// Log is the log of all live documents in one database.
type Log struct {
	// Damaged hears of damage that did not keep a document from being loaded whole, such as of a
	// snapshot in the place of which an older one was taken. Nil hears nothing; set it before use.
	Damaged func(err error)

	db      *database.DB
	queue   chan *request
	stopped chan struct{}

	redeemed atomic.Int64 // tickets, see Redeem
	made     time.Time
	next     atomic.Int64 // of BusyUntil, in nanoseconds since made: a clock that is set must not move it
}

// request is one batch that waits for its commit.
type request struct {
	batch Batch
	bytes int
	seqs  []int64
	err   error
	done  chan struct{} // closed when seqs and err are final
}

// New returns the log of db. Append works while Run does.
func New(db *database.DB) *Log {
	return &Log{db: db, queue: make(chan *request, queueLength), stopped: make(chan struct{}), made: time.Now()}
}

// Append stores a batch and returns the numbers of its records once they are on disk: all of
// them, or none and an error. Batches of one document that are offered one after the other keep
// their order. The payloads belong to the log from here on: nobody changes them.
//
// An error that is not about epoch, right or the document itself leaves open whether the batch was
// stored; offering it again with the same sessions and marks is harmless. The same holds when ctx
// ends while the commit is under way.
func (l *Log) Append(ctx context.Context, b Batch) ([]int64, error) {
	r := &request{batch: b, bytes: b.bytes(), done: make(chan struct{})}
	select {
	case <-l.stopped:
		return nil, errStopped
	case <-ctx.Done():
		return nil, errFull.Because(ctx.Err())
	case l.queue <- r:
	}
	select {
	case <-r.done:
		return r.seqs, r.err
	case <-ctx.Done():
		return nil, errFull.Because(ctx.Err())
	case <-l.stopped:
		// Run may have answered just before it ended.
		select {
		case <-r.done:
			return r.seqs, r.err
		default:
			return nil, errStopped
		}
	}
}

// BusyUntil returns when a log that has much to do begins its next commit: what is offered before has
// only begun to wait earlier. A time that has passed says that there is nothing to wait for.
func (l *Log) BusyUntil() time.Time { return l.made.Add(time.Duration(l.next.Load())) }

// Run commits what Append offers until ctx ends, then commits what was offered until then and
// returns. It is called once. When nothing else is waiting a batch is committed at once; what
// arrives while a commit runs goes together into the next one.
func (l *Log) Run(ctx context.Context) error {
	defer close(l.stopped)
	last := load{}
	for {
		var first *request
		select {
		case first = <-l.queue:
		case <-ctx.Done():
			select {
			case first = <-l.queue:
			default:
				return nil
			}
		}
		time.Sleep(last.pace() - time.Since(last.began))
		group := l.gather(first, last)
		began := time.Now()
		l.commit(context.WithoutCancel(ctx), group)
		last = load{batches: len(group), began: began, took: time.Since(began)}
		if pace := last.pace(); pace > commitPace {
			l.next.Store(int64(began.Add(pace).Sub(l.made)))
		}
	}
}

// load is how busy the previous commit was.
type load struct {
	batches int
	began   time.Time
	took    time.Duration
}

func (l load) pace() time.Duration { return min(max(commitPace, 4*l.took), slowestPace) }

// gather adds to first what else is waiting. After a commit of several batches their writers are
// about to offer the next ones; it waits for as many again, but no longer than that commit took
// and never longer than maxLinger.
func (l *Log) gather(first *request, last load) []*request {
	group, records, bytes := []*request{first}, len(first.batch.Records), first.bytes
	var linger <-chan time.Time
	if last.batches > 1 {
		timer := time.NewTimer(min(last.took, maxLinger))
		defer timer.Stop()
		linger = timer.C
	}
	for records < maxRecords && bytes < maxBytes {
		var next *request
		select {
		case next = <-l.queue:
		default:
			if linger == nil || len(group) >= last.batches {
				return group
			}
			select {
			case next = <-l.queue:
			case <-linger:
				return group
			}
		}
		group = append(group, next)
		records += len(next.batch.Records)
		bytes += next.bytes
	}
	return group
}

// commit stores a group in one transaction and answers each request in it.
func (l *Log) commit(ctx context.Context, group []*request) {
	ctx, cancel := context.WithTimeout(ctx, commitWithin)
	defer cancel()
	// Two nodes that lock the same documents in the same order cannot wait for each other. The
	// sort is stable: batches of one document keep their order.
	slices.SortStableFunc(group, func(a, b *request) int { return cmp.Compare(a.batch.Document, b.batch.Document) })
	err := l.db.InDirect(ctx, func(tx *database.Direct) error { return storeNew(tx, group) })
	if errors.Is(err, errResent) {
		err = l.db.InDirect(ctx, func(tx *database.Direct) error { return storeUnknown(tx, group) })
	}
	for _, r := range group {
		if err != nil {
			r.seqs, r.err = nil, err
		}
		close(r.done)
	}
}

// errResent says that some record of the group had been stored before.
var errResent = errors.New("a record was stored before")

// storeNew gives each request of a group its answer when nothing of it was stored before; otherwise it
// returns errResent and the transaction has to be given up. A batch that may not be stored is refused
// alone, any other error ends the transaction. As that may run again, every answer is set anew.
func storeNew(tx *database.Direct, group []*request) error {
	claims := make([]claim, len(group))
	for i, r := range group {
		claims[i] = claim{batch: &r.batch, n: len(r.batch.Records), bytes: r.bytes}
	}
	if err := advance(tx, claims); err != nil {
		return err
	}
	at := database.Now()
	var rows []Update
	for i, r := range group {
		r.seqs, r.err = nil, claims[i].refused
		if r.err != nil {
			continue
		}
		first := claims[i].last - int64(claims[i].n) + 1
		r.seqs = make([]int64, claims[i].n)
		for j := range r.seqs {
			r.seqs[j] = first + int64(j)
			rows = append(rows, r.batch.row(j, r.seqs[j], at))
		}
	}
	allNew, err := addUpdates(tx, rows)
	if err == nil && !allNew {
		err = errResent
	}
	return err
}

// storeUnknown is storeNew for a group of which something was stored before: it stores what was not, and
// finds the numbers of what was.
func storeUnknown(tx *database.Direct, group []*request) error {
	at := database.Now()
	for _, r := range group {
		one := []claim{{batch: &r.batch}}
		if err := advance(tx, one); err != nil { // locks the document while we look
			return err
		}
		r.seqs, r.err = nil, one[0].refused
		if r.err != nil {
			continue
		}
		seqs := make([]int64, len(r.batch.Records))
		for i := range seqs {
			record := &r.batch.Records[i]
			seq, err := storedMarkDirect(tx, r.batch.Document, record.Session, record.Mark)
			if err != nil {
				return err
			}
			if seq == 0 {
				one[0].n, one[0].bytes = 1, len(record.Payload)
				if err := advance(tx, one); err != nil {
					return err
				}
				seq = one[0].last
				if _, err := addUpdates(tx, []Update{r.batch.row(i, seq, at)}); err != nil {
					return err
				}
			}
			seqs[i] = seq
		}
		r.seqs = seqs
	}
	return nil
}

func (b *Batch) bytes() int {
	n := 0
	for i := range b.Records {
		n += len(b.Records[i].Payload)
	}
	return n
}

func (b *Batch) row(i int, seq int64, at time.Time) Update {
	r := &b.Records[i]
	u := Update{
		Document: b.Document, Epoch: b.Epoch, Seq: seq, Session: r.Session, Mark: r.Mark, Actor: r.Actor, Payload: r.Payload, At: at,
	}
	u.Checksum = u.sum()
	return u
}

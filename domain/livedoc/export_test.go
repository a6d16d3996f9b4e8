package livedoc

import (
	"context"
	"time"
)

// CommitTogether stores batches in one transaction, as Run does with what waits, and returns their
// numbers.
func (l *Log) CommitTogether(ctx context.Context, batches []Batch) ([][]int64, error) {
	group := make([]*request, len(batches))
	for i, b := range batches {
		group[i] = &request{batch: b, bytes: b.bytes(), done: make(chan struct{})}
	}
	seqs := make([][]int64, len(group))
	order := append([]*request{}, group...)
	l.commit(ctx, order)
	for i, r := range group {
		if r.err != nil {
			return nil, r.err
		}
		seqs[i] = r.seqs
	}
	return seqs, nil
}

// Pace is the time from the beginning of a commit that took so long to that of the next.
func Pace(took time.Duration) time.Duration { return load{took: took}.pace() }

package livedoc

import "context"

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

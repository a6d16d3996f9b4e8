package livedoc_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

// BenchmarkCommit is one commit of one update in each of so many documents: the time it takes, and that
// of the processor, of which a database of its own takes some more.
func BenchmarkCommit(b *testing.B) {
	for _, dialect := range []database.Dialect{database.SQLite, database.Postgres} {
		for _, n := range []int{1, 5, 50} {
			b.Run(fmt.Sprintf("%s/documents%d", dialect, n), func(b *testing.B) {
				open := databasetest.SQLite
				if dialect == database.Postgres {
					open = databasetest.Postgres
				}
				l := livedoc.New(open(b))
				batches := make([]livedoc.Batch, n)
				for i := range batches {
					id, err := l.Create(b.Context(), "programme", fmt.Sprint(i), nil)
					if err != nil {
						b.Fatal(err)
					}
					batches[i] = batch(id, "ana", 0, "a letter or two, as they come in")
				}
				before := processor(b)
				b.ResetTimer()
				for i := range b.N {
					for j := range batches {
						batches[j].Records[0].Mark = int64(i + 1)
					}
					if _, err := l.CommitTogether(b.Context(), batches); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// BenchmarkHeads is what a program asks a few times a second when 500 documents are open.
func BenchmarkHeads(b *testing.B) {
	l := livedoc.New(databasetest.SQLite(b))
	var ids []livedoc.ID
	for i := range 500 {
		id, err := l.Create(b.Context(), "programme", fmt.Sprint(i), nil)
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	for b.Loop() {
		if heads, err := l.Heads(b.Context(), ids); err != nil || len(heads) != len(ids) {
			b.Fatal(len(heads), err)
		}
	}
}

func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

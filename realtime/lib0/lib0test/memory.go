// Package lib0test measures what decoders of foreign bytes ask for.
package lib0test

import (
	"runtime/metrics"
	"testing"
)

// beside is what the rest of the program, such as the fuzzer itself, may allocate meanwhile.
const beside = 2 << 20

// Within runs f and fails when it allocated more than budget bytes, freed again or not. It does not
// see less than a megabyte or two.
func Within(t testing.TB, budget int, f func()) {
	t.Helper()
	before := allocated()
	f()
	if n := allocated() - before; n > uint64(budget+beside) {
		t.Fatalf("%d bytes were allocated, more than %d", n, budget)
	}
}

// allocated is the number of bytes that the program ever allocated. Small objects are counted when
// their page is full, so it may be some tens of kilobytes behind.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

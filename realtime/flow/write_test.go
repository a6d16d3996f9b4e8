package flow_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// change makes one transaction and returns the bytes that it sends.
func change(t testing.TB, d *crdt.Doc, f func() error) []byte {
	t.Helper()
	var sent []byte
	defer d.OnUpdate(func(update []byte, _ any) { sent = append(sent, update...) })()
	d.Transact(nil, func(*crdt.Tx) {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	})
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return sent
}

func write(t testing.TB, d *crdt.Doc, nodes []prosemirror.Node) []byte {
	t.Helper()
	return change(t, d, func() error { return flow.Programme.Write(d, nodes, noon) })
}

func TestADocumentReadsAsWhatWasWrittenWhateverItWas(t *testing.T) {
	s := scribbler{rand.New(rand.NewPCG(seedOf(t), 1)), t}
	for range 500 {
		d := s.together(s.IntN(120))
		if s.IntN(2) == 0 {
			d = loaded(t, d)
		}
		was := flow.Programme.Read(d)
		if sent := write(t, d, was); len(sent) > 0 {
			t.Fatalf("%d bytes were sent to write what was there:\n%s", len(sent), say(was))
		}
		var other *crdt.Doc
		if s.IntN(2) == 0 {
			other = s.together(s.IntN(120))
		} else { // the same at another moment
			other = loaded(t, d)
			other.SetClientID(5)
			s.write(other, s.IntN(20))
		}
		want := flow.Programme.Read(other)
		write(t, d, want)
		if got := flow.Programme.Read(d); !equal(got, want) {
			t.Fatalf("was\n%s\nwritten\n%s\nreads as\n%s", say(was), say(want), say(got))
		}
		if got := flow.Programme.Read(loaded(t, d)); !equal(got, want) {
			t.Fatalf("another reads\n%s\nwritten\n%s", say(got), say(want))
		}
		if sent := write(t, d, want); len(sent) > 0 {
			t.Fatalf("%d bytes were sent to write it again", len(sent))
		}
		write(t, d, was)
		if got := flow.Programme.Read(d); !equal(got, was) {
			t.Fatalf("went back to\n%s\nreads as\n%s", say(was), say(got))
		}
	}
}

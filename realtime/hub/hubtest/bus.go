package hubtest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"samenwijk/realtime/hub"
)

// RunBus checks that a Bus brings messages to the other programs that listen, in the order of each
// publisher, and that a subscriber that is busy holds up nobody and is kept a bounded amount for.
// Open returns how to join a new network of buses; a bus ends with the test.
func RunBus(t *testing.T, open func(t *testing.T) (join func() hub.Bus)) {
	for name, test := range map[string]func(*testing.T, func() hub.Bus){
		"messages come in the order of their publisher": inOrderOfPublisher,
		"a program does not hear itself":                notItself,
		"topics are kept apart whatever their name":     topicsApart,
		"who stopped hears nothing more":                stopped,
		"the largest message passes":                    largest,
		"a busy subscriber holds up nobody":             busySubscriber,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// ear keeps what a subscription heard.
type ear struct {
	mu    sync.Mutex
	heard [][]byte
}

func (e *ear) receive(message []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, message)
}

func (e *ear) all() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

func (e *ear) has(message []byte) bool {
	return slices.ContainsFunc(e.all(), func(m []byte) bool { return bytes.Equal(m, message) })
}

// arrives publishes until the message is heard: a bus may lose it, and may not know yet who listens.
func arrives(t *testing.T, from hub.Bus, topic string, message []byte, e *ear) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for next := time.Now(); !e.has(message); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q does not arrive", message[:min(len(message), 20)])
		}
		if time.Now().After(next) {
			from.Publish(topic, message)
			next = time.Now().Add(100 * time.Millisecond)
		}
	}
}

func inOrderOfPublisher(t *testing.T, join func() hub.Bus) {
	ana, bo, listener := join(), join(), join()
	var e ear
	defer listener.Subscribe("topic", e.receive)()
	for from, b := range []hub.Bus{ana, bo} {
		arrives(t, b, "topic", []byte{byte(from), 0, 0}, &e)
	}
	var wait sync.WaitGroup
	for from, b := range []hub.Bus{ana, bo} {
		wait.Go(func() {
			for i := range uint16(500) {
				b.Publish("topic", binary.BigEndian.AppendUint16([]byte{byte(from)}, i+1))
			}
		})
	}
	wait.Wait()
	for from, b := range []hub.Bus{ana, bo} {
		arrives(t, b, "topic", []byte{byte(from), 255, 255}, &e)
	}
	last, count := [2]uint16{}, 0
	for _, m := range e.all() {
		from, n := m[0], binary.BigEndian.Uint16(m[1:])
		if n < last[from] {
			t.Fatalf("publisher %d: %d came after %d", from, n, last[from])
		}
		last[from] = n
		count++
	}
	if count < 100 {
		t.Errorf("only %d messages of 1,000 came", count)
	}
}

func notItself(t *testing.T, join func() hub.Bus) {
	ana, bo := join(), join()
	var own, others ear
	defer ana.Subscribe("topic", own.receive)()
	defer bo.Subscribe("topic", others.receive)()
	arrives(t, ana, "topic", []byte("of ana"), &others)
	arrives(t, bo, "topic", []byte("of bo"), &own)
	if own.has([]byte("of ana")) || others.has([]byte("of bo")) {
		t.Error("a program heard itself")
	}
}

func topicsApart(t *testing.T, join func() hub.Bus) {
	ana, bo := join(), join()
	topics := []string{"people", "document.1", "document.11", "document.*", "document.>", "a b", "", ".", "a..b", "é\r\n"}
	ears := make([]ear, len(topics))
	for i, topic := range topics {
		defer bo.Subscribe(topic, ears[i].receive)()
	}
	for i, topic := range topics {
		arrives(t, ana, topic, []byte(topic+"!"), &ears[i])
	}
	for i, topic := range topics {
		for _, m := range ears[i].all() {
			if string(m) != topic+"!" {
				t.Errorf("topic %q brought %q", topic, m)
			}
		}
	}
}

func stopped(t *testing.T, join func() hub.Bus) {
	ana, bo := join(), join()
	var first, second ear
	stop := bo.Subscribe("topic", first.receive)
	defer bo.Subscribe("topic", second.receive)()
	arrives(t, ana, "topic", []byte("before"), &first)
	stop()
	stop()
	arrives(t, ana, "topic", []byte("between"), &second) // what was under way has ended
	arrives(t, ana, "topic", []byte("after"), &second)
	if first.has([]byte("after")) {
		t.Error("heard after stop")
	}
}

func largest(t *testing.T, join func() hub.Bus) {
	ana, bo := join(), join()
	var e ear
	defer bo.Subscribe("topic", e.receive)()
	arrives(t, ana, "topic", bytes.Repeat([]byte("x"), hub.MaxMessage), &e)
}

// keptAtMost is more than any bus may keep for one subscriber.
const keptAtMost = 32 << 20

func busySubscriber(t *testing.T, join func() hub.Bus) {
	ana, bo := join(), join()
	var other ear
	busy, release := make(chan struct{}, 1), make(chan struct{})
	var mu sync.Mutex
	kept := 0
	defer bo.Subscribe("topic", func(message []byte) {
		select {
		case busy <- struct{}{}:
		default:
		}
		<-release
		mu.Lock()
		defer mu.Unlock()
		kept += len(message)
	})()
	defer bo.Subscribe("other", other.receive)()
	large := bytes.Repeat([]byte("x"), 64<<10)
	for heard := false; !heard; {
		ana.Publish("topic", large)
		select {
		case <-busy:
			heard = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	began := time.Now()
	for i := range 1500 { // 96 MB
		ana.Publish("topic", large)
		if i%100 == 99 {
			arrives(t, ana, "other", []byte{byte(i)}, &other)
		}
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("a busy subscriber held up the others for %v", took)
	}
	close(release)
	arrives(t, ana, "other", []byte("the end"), &other)
	mu.Lock()
	defer mu.Unlock()
	if kept > keptAtMost {
		t.Errorf("%d MB were kept for a subscriber that was busy", kept>>20)
	}
}

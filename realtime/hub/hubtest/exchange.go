package hubtest

import (
	"bytes"
	"math/rand/v2"
	"sync"

	"samenwijk/realtime/hub"
)

// Exchange connects buses in memory, and brings messages badly when it is told to. It is safe for
// concurrent use.
type Exchange struct {
	mu     sync.Mutex
	lines  map[*line]bool
	cut    bool
	random *rand.Rand // not nil: messages get lost, are repeated and change places
}

// line is one subscription.
type line struct {
	bus     *member
	topic   string
	waiting chan []byte
	done    chan struct{}
	held    []byte // comes after the next one
}

// member is the bus of one program.
type member struct{ exchange *Exchange }

// lineHolds is how many messages wait for a busy subscriber.
const lineHolds = 256

// NewExchange returns an exchange that brings everything.
func NewExchange() *Exchange { return &Exchange{lines: map[*line]bool{}} }

// Bus returns the bus of one more program.
func (e *Exchange) Bus() hub.Bus { return &member{e} }

// Cut makes the exchange lose everything, or bring everything again.
func (e *Exchange) Cut(cut bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cut = cut
}

// Garble makes the exchange lose, repeat and reorder messages by chance.
func (e *Exchange) Garble(seed uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.random = rand.New(rand.NewPCG(seed, seed))
}

// Publish is hub.Bus's.
func (m *member) Publish(topic string, message []byte) {
	e := m.exchange
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cut {
		return
	}
	for l := range e.lines {
		if l.bus == m || l.topic != topic {
			continue
		}
		if e.random == nil {
			l.push(message)
			continue
		}
		switch e.random.IntN(4) {
		case 0: // lost
		case 1:
			l.push(message)
			l.push(message)
		case 2:
			if l.held == nil {
				l.held = message
				continue
			}
			fallthrough
		default:
			l.push(message)
		}
		if l.held != nil {
			l.push(l.held)
			l.held = nil
		}
	}
}

func (l *line) push(message []byte) {
	select {
	case l.waiting <- bytes.Clone(message):
	default:
	}
}

// Subscribe is hub.Bus's.
func (m *member) Subscribe(topic string, receive func(message []byte)) (stop func()) {
	l := &line{bus: m, topic: topic, waiting: make(chan []byte, lineHolds), done: make(chan struct{})}
	e := m.exchange
	e.mu.Lock()
	e.lines[l] = true
	e.mu.Unlock()
	go func() {
		for {
			select {
			case message := <-l.waiting:
				receive(message)
			case <-l.done:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		e.mu.Lock()
		delete(e.lines, l)
		e.mu.Unlock()
		close(l.done)
	})
}

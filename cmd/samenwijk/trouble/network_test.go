package trouble_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// stay keeps an author connected over a road, as an editor does: it comes back after a pause, asks on a
// quiet line whether anybody is there, and gives up a line that stays silent.
func (a *author) stay(ctx context.Context, via string) {
	for ctx.Err() == nil {
		if a.connect(via) == nil {
			a.mu.Lock()
			conn, ended := a.conn, a.ended
			a.mu.Unlock()
			a.ask(ctx, conn, ended)
		}
		a.mu.Lock()
		pause := time.Duration(20+a.dice.IntN(80)) * time.Millisecond
		a.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (a *author) ask(ctx context.Context, conn *websocket.Conn, ended chan struct{}) {
	tick := time.NewTicker(patience / 4)
	defer tick.Stop()
	if conn == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			return
		case <-tick.C:
			a.mu.Lock()
			if time.Since(a.heard) > patience {
				_ = conn.Close()
			} else {
				send(conn, []byte{3})
			}
			a.mu.Unlock()
		}
	}
}

// patience is how long a line may be silent here; for people it is half a minute.
const patience = 1500 * time.Millisecond

func TestEverybodyConvergesWhenABadNetworkHeals(t *testing.T) {
	h := newHouse(t, "")
	h.patience = patience
	dice := dice(t)
	people := h.signIn()
	h.open()
	document := h.newDocument(people[0], "Slecht weer")
	var authors []*author
	for i := range 4 {
		authors = append(authors, newAuthor(h, people[i%len(people)], document, fmt.Sprint("n", i), dice))
	}
	for _, storm := range []struct {
		name string
		weather
		must string // happen
	}{
		{"delays", weather{delay: 80 * time.Millisecond}, "connections"},
		{"throttles", weather{bandwidth: 12_000}, "connections"},
		{"drops", weather{cut: 12_000}, "cut"},
		{"duplicates", weather{double: true}, "doubled"},
		{"half-opens", weather{halfOpen: 3, cut: 30_000}, "half-open"},
		{"does everything at once", weather{delay: 20 * time.Millisecond, cut: 8_000, halfOpen: 5, bandwidth: 60_000}, "connections"},
	} {
		t.Run(storm.name, func(t *testing.T) {
			road := newRoad(t, h, dice)
			road.set(storm.weather)
			staying, leave := context.WithCancel(context.Background())
			writing, stop := context.WithTimeout(staying, 1500*time.Millisecond)
			defer stop()
			began := time.Now()
			var stays, writes sync.WaitGroup
			typed := 0
			for _, a := range authors {
				typed -= len(a.words)
				stays.Go(func() { a.stay(staying, road.url) })
				pause := time.Duration(3+dice.IntN(12)) * time.Millisecond
				writes.Go(func() {
					for writing.Err() == nil || !road.had(storm.must) && time.Since(began) < 15*time.Second {
						a.write()
						time.Sleep(pause) // people type at a pace
					}
				})
			}
			writes.Wait()
			if !road.had(storm.must) {
				t.Errorf("nothing of it happened: %v", road.count)
			}
			road.mu.Lock()
			happened := fmt.Sprint(road.count)
			road.mu.Unlock()
			road.set(weather{})
			healed := time.Now()
			for _, a := range authors {
				typed += len(a.words)
				a.lastMark()
				eventually(t, says(a.standing), 30*time.Second, a.upToDate)
			}
			for _, a := range authors {
				eventually(t, says(func() string { return "everybody has the same text" }), 30*time.Second, func() bool { return a.text() == authors[0].text() })
			}
			took := time.Since(healed)
			leave()
			for _, a := range authors {
				a.mu.Lock()
				a.hangUpLocked()
				a.mu.Unlock()
			}
			stays.Wait()
			for _, a := range authors {
				a.hangUp()
			}
			seen := page(h.read(t, people[0], document))
			if seen != authors[0].text() {
				t.Error("the house has another text than its authors")
			}
			words := counted(seen)
			for _, a := range authors {
				if a.complaint != nil {
					t.Errorf("%s: %v", a.name, a.complaint)
				}
				for _, w := range a.words {
					if words[w.text] != 1 {
						t.Errorf("%s is there %d times", w.text, words[w.text])
					}
				}
			}
			t.Logf("%d words typed on a network that %s (%s); %v after it healed everybody has all of them, once", typed, storm.name, happened, took.Round(time.Millisecond))
		})
	}
	h.close()
}

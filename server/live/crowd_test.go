package live_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
)

func TestNobodyHoldsMoreSocketsThanOneMay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.config.PerPerson, w.config.PerPlace = 3, 2
		w.start()
		for who, most := range map[access.PersonID]int{"": 2, "ana": 3} {
			var tickets []string
			for range 12 { // before any of them is used
				tickets = append(tickets, w.ticket(who))
			}
			var at sync.WaitGroup
			var mu sync.Mutex
			var open []*websocket.Conn
			for _, ticket := range tickets[:10] {
				at.Go(func() {
					conn, status := w.dial(w.doc, ticket, w.base.String())
					if conn == nil {
						if status != http.StatusTooManyRequests {
							t.Errorf("%q is refused with %d", who, status)
						}
						return
					}
					if _, _, err := conn.ReadMessage(); err != nil { // turned away after the upgrade
						_ = conn.Close()
						return
					}
					mu.Lock()
					defer mu.Unlock()
					open = append(open, conn)
				})
			}
			at.Wait()
			if len(open) != most {
				t.Errorf("%q has %d sockets open, want %d", who, len(open), most)
			}
			if status, said := w.askTicket(who, w.doc); status != http.StatusTooManyRequests || said["code"] != "live.too_many" {
				t.Errorf("%q asks for one ticket more: %d %v", who, status, said)
			}
			if _, status := w.dial(w.doc, tickets[10], w.base.String()); status != http.StatusTooManyRequests {
				t.Errorf("%q comes in once more: %d", who, status)
			}
			w.client("bo", 20) // whoever else comes is not kept out
			if err := open[0].Close(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "there is room again", func() bool {
				status, _ := w.askTicket(who, w.doc)
				return status == http.StatusOK
			})
			w.client(who, 21)
			for _, conn := range open[1:] {
				_ = conn.Close()
			}
		}
	})
}

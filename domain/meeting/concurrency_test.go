package meeting_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/frontend"
	"samenwijk/server"
	"samenwijk/server/meetings"
	"samenwijk/server/servertest"
	"samenwijk/server/web"
)

const (
	atOnce     = 500 // people who send their form at the same moment
	stragglers = 50  // people who send theirs after others were answered
	roomFor    = 30
)

// open serves the pages of meetings on a real listener until the test ends.
func (w *world) open() string {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	base, err := url.Parse("http://" + listener.Addr().String())
	w.must(err)
	door := web.New(web.Config{
		BaseURL: base, Secret: []byte("a secret for tests, of enough bytes"), Log: slog.New(slog.DiscardHandler), Now: w.Now, Deadline: time.Minute,
		Authenticate: func(context.Context, string) (web.Visitor, error) {
			return web.Visitor{}, fault.Unauthenticated("sign_in_first")
		},
	})
	app := server.New(server.Config{
		Web: door, Assets: frontend.Assets, BodyLimit: 1 << 20, Ready: w.db.Ping,
	}, meetings.New(meetings.Config{
		Meetings: w.Service, Web: door,
		Workgroups: func(context.Context, access.Actor, []string) (map[string]string, error) { return nil, nil },
	}))
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	w.t.Cleanup(func() {
		if err := app.Shutdown(); err != nil {
			w.t.Error(err)
		}
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	return base.String()
}

// outcome is what happened to one sent form.
type outcome struct {
	sent, answered time.Time
	status         int
	opens          string // the registration that the answer leads to
	err            error
}

// rush lets everybody send a form at once, every fifth of them twice, and then the stragglers one
// by one while the others are being answered.
func (w *world) rush(base string, id meeting.ID) []outcome {
	w.t.Helper()
	path := "/bijeenkomsten/" + string(id) + "/aanmelden"
	token := servertest.NewBrowser(w.t, base).Get(path).MustStatus(http.StatusOK).Form(path).Value("csrf")
	client := &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{MaxIdleConnsPerHost: atOnce},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.t.Cleanup(client.CloseIdleConnections)
	send := func(name, key string) outcome {
		form := url.Values{"csrf": {token}, "idempotency_key": {key}, "name": {name}, "people": {"1"}, "channel": {"call"}, "phone": {"06 12 34 56 78"}, "sure": {"ja"}}
		o := outcome{sent: time.Now()}
		response, err := client.PostForm(base+path, form)
		o.answered = time.Now()
		if err != nil {
			o.err = err
			return o
		}
		_, o.err = io.Copy(io.Discard, response.Body)
		if err := response.Body.Close(); err != nil {
			o.err = err
		}
		o.status = response.StatusCode
		o.opens, _, _ = strings.Cut(response.Header.Get("Location"), "?") // what is said there is sealed anew each time
		return o
	}
	outcomes := make([]outcome, atOnce+stragglers)
	start := make(chan struct{})
	answered := make(chan struct{}, len(outcomes))
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() {
			key := meeting.NewIdempotencyKey()
			name := fmt.Sprintf("Bewoner nummer %d", i)
			<-start
			if i%5 == 0 {
				var second outcome
				var both sync.WaitGroup
				both.Go(func() { second = send(name, key) })
				outcomes[i] = send(name, key)
				both.Wait()
				if second.opens != outcomes[i].opens {
					outcomes[i].err = fmt.Errorf("sent twice: %d %s and %d %s", outcomes[i].status, outcomes[i].opens, second.status, second.opens)
				}
			} else {
				outcomes[i] = send(name, key)
			}
			answered <- struct{}{}
		})
	}
	close(start)
	for i := range stragglers {
		for range atOnce / stragglers / 2 {
			<-answered
		}
		all.Go(func() { outcomes[atOnce+i] = send(fmt.Sprintf("Laatkomer %d", i), meeting.NewIdempotencyKey()) })
	}
	all.Wait()
	return outcomes
}

// broken returns every promise that was not kept.
func (w *world) broken(id meeting.ID, outcomes []outcome) []string {
	w.t.Helper()
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	a, err := w.Attendance(context.Background(), coordinator, id)
	w.must(err)
	if len(a.Attendees) != len(outcomes) {
		say("%d registrations of %d people", len(a.Attendees), len(outcomes))
	}
	numbers := map[string]int{}
	confirmed := 0
	for i, r := range a.Attendees {
		numbers["/aanmeldingen/"+string(r.ID)] = r.Number
		if r.Number != i+1 {
			say("number %d stands in place %d", r.Number, i+1)
		}
		if r.State == meeting.Confirmed {
			confirmed++
		}
		if got, want := r.State == meeting.Confirmed, r.Number <= roomFor; got != want {
			say("number %d is %s", r.Number, r.State)
		}
	}
	if confirmed != roomFor {
		say("%d people have one of %d seats", confirmed, roomFor)
	}
	for i, o := range outcomes {
		if o.err != nil || o.status != http.StatusSeeOther || numbers[o.opens] == 0 {
			say("form %d: status %d, error %v", i, o.status, o.err)
		}
	}
	inversions := 0
	for _, first := range outcomes {
		for _, later := range outcomes {
			if first.answered.Before(later.sent) && numbers[first.opens] > numbers[later.opens] {
				inversions++
			}
		}
	}
	if inversions > 0 {
		say("%d times somebody passed one who had been answered before", inversions)
	}
	drift, err := w.Recount(context.Background())
	w.must(err)
	if len(drift) > 0 {
		say("counters differ: %+v", drift)
	}
	return broken
}

func p99(outcomes []outcome) time.Duration {
	took := make([]time.Duration, len(outcomes))
	for i, o := range outcomes {
		took[i] = o.answered.Sub(o.sent)
	}
	slices.Sort(took)
	return took[len(took)*99/100].Round(time.Millisecond)
}

func TestFiveHundredPeopleAtOnceThroughHTTPGetThirtySeatsInOrderOfArrival(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(roomFor)
		outcomes := w.rush(w.open(), id)
		if broken := w.broken(id, outcomes); len(broken) > 0 {
			t.Errorf("%d promises broken, such as:\n%s", len(broken), strings.Join(broken[:min(len(broken), 10)], "\n"))
		}
		t.Logf("%d people, 99 of 100 answered within %v", len(outcomes), p99(outcomes))
	})
}

// The same people and the same checks, with the line and the lock taken away: were these to succeed,
// the test above would show nothing. The database's own CHECK still refuses the seats that are not
// there, so that people meet an error; without it too, the room is oversold.
func TestWithoutTheGateAndTheLockTheSamePromisesAreBroken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(roomFor)
		meeting.WithoutGateAndLock(w.Service)
		broken := w.broken(id, w.rush(w.open(), id))
		if len(broken) == 0 {
			t.Error("counting first and then handing out seats kept every promise: the race is not there")
		}
		t.Logf("%d promises broken, such as:\n%s", len(broken), strings.Join(broken[:min(len(broken), 3)], "\n"))
	})
}

func TestWithoutTheGateTheLockAndTheCheckTheRoomIsOversold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.meeting(roomFor)
		meeting.WithoutGateAndLock(w.Service)
		unchecked := "ALTER TABLE meeting_quotas DROP CONSTRAINT seats_are_never_oversold"
		if w.db.Dialect() == "sqlite" {
			unchecked = "PRAGMA ignore_check_constraints = 1"
		}
		if _, err := w.db.Pool().Exec(unchecked); err != nil {
			t.Fatal(err)
		}
		w.rush(w.open(), id)
		a, err := w.Attendance(context.Background(), coordinator, id)
		w.must(err)
		if confirmed, _, _ := a.People(); confirmed <= roomFor {
			t.Errorf("%d people have one of %d seats: the race is not there", confirmed, roomFor)
		} else {
			t.Logf("%d people have one of %d seats", confirmed, roomFor)
		}
	})
}

func TestAStormOfCancelsAndNewcomersAtTwoServersNeverOversells(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.db.Dialect() == "sqlite" {
			w.storm(w, w) // one SQLite file has one program
			return
		}
		second := newWorld(t, w.db)
		w.storm(w, second)
	})
}

// storm fills the room through one, then lets 15 people cancel with two clicks each, one at each
// server, while 200 newcomers come through both.
func (w *world) storm(one, two *world) {
	ctx, t := context.Background(), w.t
	id := one.meeting(roomFor)
	tokens := make([]meeting.Token, 0, roomFor+20)
	for i := range roomFor + 20 {
		_, token := one.register(id, fmt.Sprintf("Eerste %d", i), 1)
		tokens = append(tokens, token)
	}
	var all sync.WaitGroup
	var failed atomic.Int32
	do := func(f func() error) {
		all.Go(func() {
			if err := f(); err != nil {
				failed.Add(1)
				t.Error(err)
			}
		})
	}
	for i := range 15 {
		do(func() error { return one.Cancel(ctx, tokens[2*i]) })
		do(func() error { return two.Cancel(ctx, tokens[2*i]) })
	}
	for i := range 200 {
		at := []*world{one, two}[i%2]
		do(func() error {
			_, _, err := at.Register(ctx, visitor, id, input(fmt.Sprintf("Nieuw %d", i), 1), meeting.NewIdempotencyKey())
			return err
		})
	}
	all.Wait()
	a, err := one.Attendance(ctx, coordinator, id)
	w.must(err)
	if len(a.Attendees) != roomFor+20+200 {
		t.Errorf("%d registrations", len(a.Attendees))
	}
	confirmed, lastSeated, firstWaiting := 0, 0, 0
	for i, r := range a.Attendees {
		if r.Number != i+1 {
			t.Fatalf("number %d stands in place %d", r.Number, i+1)
		}
		switch {
		case r.State == meeting.Confirmed:
			confirmed++
			lastSeated = r.Number
		case r.State == meeting.Waiting && firstWaiting == 0:
			firstWaiting = r.Number
		}
	}
	if confirmed != roomFor || lastSeated > firstWaiting {
		t.Errorf("%d seats given, the last to number %d while number %d waits", confirmed, lastSeated, firstWaiting)
	}
	if got := a.Seats.Taken; got != roomFor {
		t.Errorf("the counter says %d", got)
	}
	one.counted()
}

package trouble_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

var roundsFlag = flag.Int("rounds", 1, "how often each trouble comes over three nodes")

// TestThreeNodesLoseNothing runs three programs on one Postgres and three NATS servers. People write
// on all nodes and go to another one when theirs is gone, as a balancer would send them, while one
// node after the other is killed, paused and restarted, and NATS goes away and comes back.
func TestThreeNodesLoseNothing(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := newStreet(t)
	s.write()
	for round := range *roundsFlag {
		for _, i := range s.dice.Perm(len(mishaps)) {
			m := mishaps[i]
			at := time.Now()
			m.happen(s)
			s.settle(m.name)
			t.Logf("round %d: %s, %v until all nodes show the same text", round+1, m.name, time.Since(at).Round(time.Millisecond))
		}
	}
	s.stop()
	for _, n := range s.nodes {
		if !n.ready() {
			t.Errorf("a node is not ready:\n%s", n.process.output)
		}
	}
	s.gather()
	s.look(true)
	acknowledged := len(s.promises)
	waits := s.waits()
	t.Logf("%d words acknowledged and there once, %d connections, in %v; a word waited p50 %v, p99 %v, at most %v",
		acknowledged, s.connections.Load(), time.Since(began).Round(time.Second), waits[len(waits)/2], waits[len(waits)*99/100], waits[len(waits)-1])
	if acknowledged < 500 || int(s.connections.Load()) < 2*len(mishaps) {
		t.Error("too little happened: this shows nothing")
	}
}

// street is three nodes of one installation, and who writes in them.
type street struct {
	*siege
	nodes []*house
	nats  *natsServers

	connections atomic.Int64
	closed      sync.Map // addresses where nobody is sent to
	end         context.CancelFunc
	writing     sync.WaitGroup
}

func newStreet(t *testing.T) *street {
	postgres := cluster(t, memory(t))
	first := newHouse(t, postgres.URL("samenwijk"))
	s := &street{siege: &siege{t: t, house: first, server: postgres, dice: dice(t)}, nats: newNATS(t)}
	s.people = first.signIn()
	first.env = append(first.env, "SAMENWIJK_NATS="+strings.Join(s.nats.urls, ","))
	for range 3 {
		n := &house{t: t, dir: first.dir, database: first.database, listen: free(t), base: first.base, env: first.env}
		if len(s.nodes) == 0 {
			n = first
		}
		t.Cleanup(n.kill)
		n.open()
		s.nodes = append(s.nodes, n)
	}
	s.document = first.newDocument(s.people[0], "Drie knopen")
	for range 6 {
		s.enter()
	}
	return s
}

func free(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// write has everybody write until stop. Who has no connection goes on writing and tries another node.
func (s *street) write() {
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	for i, a := range s.authors {
		dice := rand.New(rand.NewPCG(s.dice.Uint64(), 2))
		s.writing.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			next, wait := i, time.Now()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				a.write()
				if a.connected() || time.Now().Before(wait) {
					continue
				}
				address := "http://" + s.nodes[next%len(s.nodes)].listen
				next++
				if _, away := s.closed.Load(address); away {
					continue
				}
				if a.connect(address) == nil {
					s.connections.Add(1)
				}
				wait = time.Now().Add(time.Duration(dice.Int64N(int64(200 * time.Millisecond))))
			}
		})
	}
}

func (s *street) stop() {
	s.end()
	s.writing.Wait()
	for _, a := range s.authors {
		a.hangUp()
	}
}

// settle waits until everybody is connected, and everything that was typed at one moment is shown
// on every node.
func (s *street) settle(after string) {
	s.t.Helper()
	var typed []string
	eventually(s.t, says(func() string { return "everybody is back after " + after + s.standings() }), 20*time.Second, func() bool {
		return !slices.ContainsFunc(s.authors, func(a *author) bool { return !a.connected() })
	})
	for _, a := range s.authors {
		_, words := a.promises()
		typed = append(typed, words...)
	}
	for _, a := range s.authors {
		missing := 0
		eventually(s.t, says(func() string {
			return fmt.Sprintf("%s sees everything after %s (%d words are missing)%s", a.name, after, missing, s.standings())
		}), 20*time.Second, func() bool {
			missing = 0
			there := counted(a.text())
			for _, w := range typed {
				if there[w] != 1 {
					missing++
				}
			}
			return missing == 0
		})
	}
}

func (s *street) standings() string {
	var b strings.Builder
	for _, a := range s.authors {
		b.WriteString("\n" + a.standing())
	}
	for _, n := range s.nodes {
		if n.process != nil {
			fmt.Fprintf(&b, "\n%s says: %s", n.listen, n.process.output)
		}
	}
	return b.String()
}

// waits returns how long the acknowledged words waited, in order.
func (s *street) waits() []time.Duration {
	var all []time.Duration
	for _, p := range s.promises {
		all = append(all, p.saved.Sub(p.at).Round(time.Millisecond))
	}
	slices.Sort(all)
	return all
}

// mishap is something that happens to the street while people write.
type mishap struct {
	name   string
	happen func(s *street)
}

var mishaps = []mishap{
	{"a node is killed", func(s *street) {
		n := s.nodes[s.dice.IntN(len(s.nodes))]
		s.a(300)
		n.kill()
		s.a(300)
		n.open()
	}},
	{"a node is paused", func(s *street) {
		n := s.nodes[s.dice.IntN(len(s.nodes))]
		s.closed.Store("http://"+n.listen, true)
		s.signal(n, syscall.SIGSTOP)
		s.a(2000)
		s.signal(n, syscall.SIGCONT)
		s.closed.Delete("http://" + n.listen)
	}},
	{"NATS is away", func(s *street) {
		s.nats.stop()
		s.a(1000)
		for _, n := range s.nodes {
			eventually(s.t, says(func() string { return "a node says that its bus is away: " + s.saysReady(n) }), 20*time.Second, func() bool {
				return strings.Contains(s.saysReady(n), "ready, but the bus is away")
			})
		}
		s.settle("NATS went away") // by the database alone
		s.nats.start()
		for _, n := range s.nodes {
			eventually(s.t, says(func() string { return "a node has its bus again: " + s.saysReady(n) }), 30*time.Second, func() bool {
				return s.saysReady(n) == "ready\n"
			})
		}
	}},
	{"all nodes restart, one after the other", func(s *street) {
		for _, n := range s.nodes {
			n.close()
			n.open()
			s.a(200)
		}
	}},
}

// a lets people write for about so many milliseconds.
func (s *street) a(milliseconds int) {
	time.Sleep(time.Duration(milliseconds/2+s.dice.IntN(milliseconds)) * time.Millisecond) // the random moment
}

func (s *street) signal(n *house, signal syscall.Signal) {
	s.t.Helper()
	if err := n.process.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

func (s *street) saysReady(n *house) string {
	answer, err := local.Get("http://" + n.listen + "/readyz")
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Sprint(answer.StatusCode, err)
	}
	return string(body)
}

// natsServers is a cluster of three NATS servers that keeps its addresses.
type natsServers struct {
	t        *testing.T
	ports    []int
	together []int
	urls     []string
	running  []*server.Server
}

func newNATS(t *testing.T) *natsServers {
	n := &natsServers{t: t}
	for range 3 {
		port := func() int {
			_, text, err := net.SplitHostPort(free(t))
			if err != nil {
				t.Fatal(err)
			}
			port, err := net.LookupPort("tcp", text)
			if err != nil {
				t.Fatal(err)
			}
			return port
		}
		n.ports, n.together = append(n.ports, port()), append(n.together, port())
		n.urls = append(n.urls, fmt.Sprintf("nats://127.0.0.1:%d", n.ports[len(n.ports)-1]))
	}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *natsServers) start() {
	n.t.Helper()
	var routes []*url.URL
	for _, port := range n.together {
		routes = append(routes, &url.URL{Scheme: "nats-route", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	for i := range n.ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("nats", i), Host: "127.0.0.1", Port: n.ports[i], NoLog: true, NoSigs: true,
			Cluster: server.ClusterOpts{Name: "street", Host: "127.0.0.1", Port: n.together[i]}, Routes: routes,
		})
		if err != nil {
			n.t.Fatal(err)
		}
		go s.Start()
		n.running = append(n.running, s)
	}
	for _, s := range n.running {
		if !s.ReadyForConnections(10 * time.Second) {
			n.t.Fatal("NATS does not start")
		}
	}
	eventually(n.t, says(func() string { return "the NATS servers know each other" }), 10*time.Second, func() bool {
		return !slices.ContainsFunc(n.running, func(s *server.Server) bool { return s.NumRoutes() == 0 })
	})
}

func (n *natsServers) stop() {
	for _, s := range n.running {
		s.Shutdown()
		s.WaitForShutdown()
	}
	n.running = nil
}

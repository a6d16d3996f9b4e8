package natsbus_test

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
	"samenwijk/realtime/natsbus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a NATS server; port 0 takes any.
func serve(t *testing.T, port int) (address string, stop func()) {
	t.Helper()
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	stop = sync.OnceFunc(func() { s.Shutdown(); s.WaitForShutdown() })
	t.Cleanup(stop)
	return s.ClientURL(), stop
}

func connect(t *testing.T, urls string, secret byte) *natsbus.Bus {
	t.Helper()
	b, err := natsbus.Connect(natsbus.Config{URLs: urls, Secret: bytes.Repeat([]byte{secret}, 32), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestNATSIsABus(t *testing.T) {
	hubtest.RunBus(t, func(t *testing.T) func() hub.Bus {
		address, _ := serve(t, 0)
		return func() hub.Bus { return connect(t, address, 1) }
	})
}

// listen returns what a bus hears under a topic.
func listen(b *natsbus.Bus, topic string) <-chan string {
	heard := make(chan string, 1000)
	b.Subscribe(topic, func(message []byte) {
		select {
		case heard <- string(message):
		default:
		}
	})
	return heard
}

// waitFor publishes until the message is heard.
func waitFor(t *testing.T, b *natsbus.Bus, topic, message string, heard <-chan string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		b.Publish(topic, []byte(message))
		select {
		case m := <-heard:
			if m == message {
				return
			}
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%q is never heard", message)
		}
	}
}

func TestABusWithoutServersStartsAndConnectsWhenTheyCome(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	address := "nats://" + free.Addr().String()
	free.Close()
	ana, bo := connect(t, address, 1), connect(t, address, 1)
	if ana.Check() == nil {
		t.Error("says that it is connected")
	}
	heard := listen(bo, "topic")
	ana.Publish("topic", []byte("lost"))
	for round := range 2 {
		_, stop := serve(t, port)
		waitFor(t, ana, "topic", strings.Repeat("x", round+1), heard)
		if err := ana.Check(); err != nil {
			t.Error(err)
		}
		stop()
		began := time.Now()
		for range 10_000 {
			ana.Publish("topic", make([]byte, 10_000))
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a bus that is away held up its publisher for %v", took)
		}
	}
}

func TestAnInstallationHearsNothingOfAnother(t *testing.T) {
	address, _ := serve(t, 0)
	ana, bo, other := connect(t, address, 1), connect(t, address, 1), connect(t, address, 2)
	mine, theirs := listen(bo, "topic"), listen(other, "topic")
	waitFor(t, ana, "topic", "ours", mine)
	select {
	case m := <-theirs:
		t.Errorf("another installation heard %q", m)
	default:
	}
}

func TestAMessageThatIsNotSealedIsNotHeard(t *testing.T) {
	address, _ := serve(t, 0)
	ana, bo := connect(t, address, 1), connect(t, address, 1)
	stranger, err := nats.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	overheard := make(chan *nats.Msg, 10)
	if _, err := stranger.ChanSubscribe("samenwijk.>", overheard); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Flush(); err != nil {
		t.Fatal(err)
	}
	heard, elsewhere := listen(bo, "topic"), listen(bo, "elsewhere")
	waitFor(t, ana, "elsewhere", "real", elsewhere)
	real := <-overheard
	subject := strings.Replace(real.Subject, "elsewhere", "topic", 1)
	for _, forged := range [][]byte{nil, []byte("forged"), append([]byte("forged"), real.Data[len(real.Data)-16:]...), real.Data, make([]byte, 900_000)} {
		if err := stranger.Publish(subject, forged); err != nil {
			t.Fatal(err)
		}
	}
	if err := stranger.Flush(); err != nil {
		t.Fatal(err)
	}
	ana.Publish("topic", []byte("first"))
	select {
	case m := <-heard:
		if m != "first" {
			t.Errorf("heard %q", m)
		}
	case <-time.After(10 * time.Second):
		t.Error("what is sealed is not heard")
	}
}

func TestAWrongAddressIsAMistakeAndDoesNotShowItsPassword(t *testing.T) {
	for _, urls := range []string{"", "http://host:1", "nats://", "nats://a:1,secret@host", "host:4222"} {
		_, err := natsbus.Connect(natsbus.Config{URLs: urls, Secret: make([]byte, 32), Log: slog.New(slog.DiscardHandler)})
		if err == nil || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%q: %v", urls, err)
		}
	}
}

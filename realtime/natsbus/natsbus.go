// Package natsbus carries the messages of the rooms between the nodes of one installation, over
// NATS. NATS may be away when the program starts and whenever it likes: the bus goes on trying, and
// what it does not bring the rooms find in the log.
//
// Each message is sealed with the secret of the installation, so that nobody who can merely reach
// the NATS servers puts words in a room, and two installations can share them.
package natsbus

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"samenwijk/realtime/hub"
)

// Config says where NATS is and which installation this is.
type Config struct {
	URLs        string // comma separated, nats:// or tls://, with user and password or token where needed
	Credentials string // a .creds file, or empty
	Secret      []byte // shared by all nodes of the installation; at least 32 bytes
	Log         *slog.Logger
}

// Bus is a hub.Bus over NATS.
type Bus struct {
	conn   *nats.Conn
	key    []byte
	prefix string
	log    *slog.Logger

	queue   chan outgoing
	waiting atomic.Int64 // bytes in queue
	lost    atomic.Int64 // messages for which there was no room, and that could not be sent or read
	stop    chan struct{}
	done    sync.WaitGroup
}

type outgoing struct {
	topic   string
	message []byte
}

const (
	queueMessages = 4096
	queueBytes    = 8 << 20 // that wait to be sent
	inMessages    = 1024
	inBytes       = 4 << 20 // that wait for one subscriber
	sealBytes     = 16
	reportEvery   = 10 * time.Second
	flushWithin   = time.Second
	firstPause    = 100 * time.Millisecond
	longestPause  = 5 * time.Second
)

// Connect returns a bus that connects by itself, now or when NATS is there. Errors are mistakes in
// the configuration. The bus must be closed.
func Connect(c Config) (*Bus, error) {
	if len(c.Secret) < sha256.Size {
		return nil, fmt.Errorf("the secret of the bus is shorter than %d bytes", sha256.Size)
	}
	for address := range strings.SplitSeq(c.URLs, ",") {
		if u, err := url.Parse(strings.TrimSpace(address)); err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, errors.New("an address of NATS must look like nats://host:4222 or tls://user:password@host:4222") // which is not shown: it may hold a password
		}
	}
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("live bus"))
	key := mac.Sum(nil)
	name := sha256.Sum256(append([]byte("name of "), key...))
	b := &Bus{
		key: key, prefix: "samenwijk." + hex.EncodeToString(name[:6]) + ".", log: c.Log,
		queue: make(chan outgoing, queueMessages), stop: make(chan struct{}),
	}
	options := []nats.Option{
		nats.Name("samenwijk"), nats.NoEcho(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.CustomReconnectDelay(pause),
		nats.ReconnectBufSize(-1), // what was said while nobody listened is in the log
		nats.Timeout(2 * time.Second), nats.FlusherTimeout(2 * time.Second), nats.PingInterval(3 * time.Second), nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(func(*nats.Conn) { b.log.Info("the bus is connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("the bus is connected again") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("the bus is away: the nodes find each other's edits in the database", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrSlowConsumer) {
				b.lost.Add(1)
				return
			}
			b.log.Warn("the bus has trouble", "error", err)
		}),
	}
	if c.Credentials != "" {
		if _, err := os.Stat(c.Credentials); err != nil {
			return nil, fmt.Errorf("credentials of NATS: %w", err)
		}
		options = append(options, nats.UserCredentials(c.Credentials))
	}
	conn, err := nats.Connect(c.URLs, options...)
	if err != nil {
		return nil, fmt.Errorf("the bus: %w", err)
	}
	b.conn = conn
	if !conn.IsConnected() {
		b.log.Warn("the bus is away: the nodes find each other's edits in the database")
	}
	b.done.Go(b.send)
	return b, nil
}

// pause is how long to wait after a round in which no server answered. All of it is by chance, so
// that not all nodes come back in the same moment.
func pause(attempts int) time.Duration {
	longest := min(firstPause<<min(attempts, 10), longestPause)
	return rand.N(longest) + time.Millisecond
}

// Check says whether messages pass at this moment.
func (b *Bus) Check() error {
	if !b.conn.IsConnected() {
		return errors.New("the bus is away")
	}
	return nil
}

// Close sends what waits, for at most a moment, and ends the bus.
func (b *Bus) Close() {
	close(b.stop)
	b.done.Wait()
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushWithin) // who did not hear it finds it in the log
	}
	b.conn.Close()
}

// Publish is hub.Bus's.
func (b *Bus) Publish(topic string, message []byte) {
	if b.waiting.Add(int64(len(message))) <= queueBytes {
		select {
		case b.queue <- outgoing{topic, message}:
			return
		default:
		}
	}
	b.waiting.Add(-int64(len(message)))
	b.lost.Add(1)
}

// send gives NATS what waits, and says now and then how much was lost.
func (b *Bus) send() {
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	for {
		select {
		case m := <-b.queue:
			b.sendOne(m)
		case <-report.C:
			if n := b.lost.Swap(0); n > 0 && b.conn.IsConnected() {
				b.log.Warn("messages between the nodes were lost: the rooms read them from the database", "messages", n)
			}
		case <-b.stop:
			for {
				select {
				case m := <-b.queue:
					b.sendOne(m)
				default:
					return
				}
			}
		}
	}
}

func (b *Bus) sendOne(m outgoing) {
	defer b.waiting.Add(-int64(len(m.message)))
	if !b.conn.IsConnected() {
		return
	}
	subject := b.subject(m.topic)
	if b.conn.Publish(subject, b.seal(subject, m.message)) != nil {
		b.lost.Add(1) // too large for these servers, or they went away
	}
}

// Subscribe is hub.Bus's.
func (b *Bus) Subscribe(topic string, receive func(message []byte)) (stop func()) {
	subject := b.subject(topic)
	s, err := b.conn.Subscribe(subject, func(m *nats.Msg) {
		message, ok := b.open(subject, m.Data)
		if !ok {
			b.lost.Add(1)
			return
		}
		receive(message)
	})
	if err == nil {
		err = s.SetPendingLimits(inMessages, inBytes)
	}
	if err != nil {
		b.log.Warn("the bus brings nothing of a topic", "topic", topic, "error", err) // it is closed
		return func() {}
	}
	return func() { _ = s.Unsubscribe() } // fails when the bus is closed or it was done before
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// subject returns the subject of a topic. To NATS dots, stars and spaces mean something.
func (b *Bus) subject(topic string) string {
	if plain.MatchString(topic) {
		return b.prefix + "t." + topic
	}
	return b.prefix + "x." + hex.EncodeToString([]byte(topic)) + "-"
}

// seal returns message with a seal that only a node of this installation can make, for this subject.
func (b *Bus) seal(subject string, message []byte) []byte {
	sealed := make([]byte, 0, len(message)+sha256.Size)
	return b.sum(append(sealed, message...), subject, message)[:len(message)+sealBytes]
}

func (b *Bus) sum(dst []byte, subject string, message []byte) []byte {
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte(subject))
	mac.Write([]byte{0})
	mac.Write(message)
	return mac.Sum(dst)
}

// open returns the message in what NATS brought, if one of us sent it.
func (b *Bus) open(subject string, sealed []byte) ([]byte, bool) {
	n := len(sealed) - sealBytes
	if n < 0 || n > hub.MaxMessage || !hmac.Equal(sealed[n:], b.sum(nil, subject, sealed[:n])[:sealBytes]) {
		return nil, false
	}
	return sealed[:n:n], true
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/letter"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/meeting"
	"samenwijk/domain/programme"
	"samenwijk/domain/research"
	"samenwijk/domain/workgroup"
	"samenwijk/frontend"
	"samenwijk/realtime/natsbus"
	"samenwijk/server"
	"samenwijk/server/collab"
	"samenwijk/server/home"
	"samenwijk/server/live"
	"samenwijk/server/mail"
	"samenwijk/server/ui"
	"samenwijk/server/web"
	"samenwijk/server/workgroups"
)

// program is everybody wired together: what `samenwijk serve` runs and what the tests start.
type program struct {
	config Config
	base   *url.URL
	log    *slog.Logger
	db     *database.DB
	secret []byte
	older  [][]byte // secrets that were replaced
	now    func() time.Time
	site   ui.Site

	web           *web.Web
	subscribers   event.Subscribers
	tasks         []event.Task
	rooms         []server.Room
	demonstration bool

	accounts    *account.Service
	letters     *letter.Service
	mail        *mail.Mail
	home        *home.Pages
	groups      *workgroup.Service
	notes       *research.Service
	meetings    *meeting.Service
	sections    []workgroups.Section // what the page of a workgroup shows of other rooms
	memberships []memberships
	seeders     []seeder

	programmes *programme.Service
	bus        *natsbus.Bus // nil without NATS
	collab     *collab.Collab
	live       *live.Live

	app      *fiber.App
	stopping atomic.Bool
}

// newProgram opens the database, brings it up to date and wires the rooms. Nothing runs and nothing
// listens before serve. Close it also when serve was never called.
func newProgram(ctx context.Context, config Config, demonstration bool, log *slog.Logger) (*program, error) {
	base, err := config.baseURL()
	if err != nil {
		return nil, err
	}
	if err := frontend.Check(); err != nil {
		return nil, err
	}
	secret, err := config.secret(randomBytes)
	if err != nil {
		return nil, err
	}
	older, err := config.olderSecrets()
	if err != nil {
		return nil, err
	}
	db, err := openDatabase(ctx, config, log)
	if err != nil {
		return nil, err
	}
	p := &program{config: config, base: base, log: log, db: db, secret: secret, older: older, now: database.Now, demonstration: demonstration}
	if err := p.wire(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.app = server.New(server.Config{
		Web: p.web, Assets: frontend.Assets, BodyLimit: config.BodyLimit,
		Ready: p.ready, Concern: p.concern,
	}, p.rooms...)
	return p, nil
}

// wire makes the services and the rooms, and says who hears of what. Each room has a file of its
// own for that, and may lean on the rooms above it.
func (p *program) wire() error {
	for _, wire := range []func() error{
		p.wireAccounts,
		p.wireWorkgroups,
		p.wireProgrammes,
		p.wireLibrary,
		p.wireMeetings,
		p.wireSearch,
		p.wireWorkgroupPages,
		p.wireHome,
	} {
		if err := wire(); err != nil {
			return err
		}
	}
	return nil
}

// serve runs until ctx ends: the listener, the queue and the rooms of live documents. At the end it
// lets nobody new in, closes the live connections once what they sent is stored, answers the last
// requests, and lets the jobs under way finish.
func (p *program) serve(ctx context.Context, listener net.Listener) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	behind, end := context.WithCancel(context.WithoutCancel(ctx)) // outlives what leans on it
	defer end()
	var running sync.WaitGroup
	failed := make(chan error, 3)
	run := func(name string, f func() error) {
		running.Go(func() {
			if err := f(); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
			stop() // whichever ends first ends the others
		})
	}
	run("rooms", func() error { return p.collab.Run(behind) })
	queue, err := p.begin(ctx)
	if err != nil {
		end()
		running.Wait()
		return err
	}
	run("queue", func() error { return queue.Run(behind) })
	run("listener", func() error { return p.app.Listener(listener) })

	<-serving.Done()
	p.stopping.Store(true)
	patience, cancel := context.WithTimeout(behind, stopWithin)
	defer cancel()
	err = errors.Join(p.live.Shutdown(patience), p.closeListener(patience))
	end()
	running.Wait()
	close(failed)
	for f := range failed {
		err = errors.Join(err, f)
	}
	return err
}

// begin puts the demonstration in place, for which the rooms must run, and then makes the queue.
func (p *program) begin(ctx context.Context) (*event.Queue, error) {
	if p.demonstration {
		if err := p.seed(ctx); err != nil {
			return nil, err
		}
	}
	return event.NewQueue(p.db, &p.subscribers, p.tasks, queueLog(p.log))
}

// closeListener answers the requests under way. Connections on which none was ever sent do not end
// by themselves: they are cut when ctx ends, which is no mistake.
func (p *program) closeListener(ctx context.Context) error {
	err := p.app.ShutdownWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		p.log.Warn("connections were cut")
		return nil
	}
	return err
}

// stopWithin is how long connections and requests may take to end.
const stopWithin = 10 * time.Second

// ready reports whether the program can do its work, and goes on doing it.
func (p *program) ready(ctx context.Context) error {
	if p.stopping.Load() {
		return errors.New("stopping")
	}
	return p.db.Ping(ctx)
}

// concern is what somebody should look at although the program can do its work.
func (p *program) concern() error {
	if p.bus == nil {
		return nil
	}
	return p.bus.Check()
}

func (p *program) close() error {
	if p.bus != nil {
		p.bus.Close()
	}
	return p.db.Close()
}

// openDatabase opens the database and brings up to date what is in it: the tables, and the texts that
// people write together.
func openDatabase(ctx context.Context, config Config, log *slog.Logger) (*database.DB, error) {
	db, err := database.Open(ctx, config.Database)
	if err != nil {
		return nil, err
	}
	err = db.Migrate(ctx)
	if err == nil {
		err = convertTexts(ctx, db, log)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// convertTexts brings texts that an earlier program wrote into the present model. One for which that fails
// keeps nobody from the others.
func convertTexts(ctx context.Context, db *database.DB, log *slog.Logger) error {
	n, err := collab.New(livedoc.New(db), collab.Config{Log: log}).Convert(ctx, func(id livedoc.ID, err error) {
		log.Error("a live document cannot be brought into the present model: it can be read, and not written in",
			"document", string(id), "error", err)
	})
	if n > 0 {
		log.Info("live documents were brought into the present model", "documents", n)
	}
	return err
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// queueLog lets only what needs attention through: the queue is talkative.
func queueLog(log *slog.Logger) *slog.Logger {
	return slog.New(minimumLevel{log.Handler(), slog.LevelWarn})
}

type minimumLevel struct {
	slog.Handler
	level slog.Level
}

func (h minimumLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

type serveCommand struct {
	Demonstration bool `help:"Show invented people and let a visitor choose who to be. Never on a network with real people."`
}

func (s serveCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	sayVersion(ctx, log)
	p, err := newProgram(ctx, config, s.Demonstration, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Printf("Samenwijk is open at %s\nUse that address: at any other nobody can write with others. SAMENWIJK_BASE_URL changes it; the program listens on %s.\n",
		p.web.Origin(), listener.Addr())
	return p.serve(ctx, listener)
}

type migrateCommand struct{}

func (migrateCommand) Run(ctx context.Context, config Config, log *slog.Logger) error {
	db, err := openDatabase(ctx, config, log)
	if err != nil {
		return err
	}
	return db.Close()
}

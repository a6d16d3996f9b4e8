package trouble_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
)

var cyclesFlag = flag.Int("cycles", 15, "how often the program is killed, on each database")

func TestNothingAcknowledgedIsLostWhenTheProgramIsKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		newSiege(t, newHouse(t, ""), nil).run(*cyclesFlag)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server := cluster(t, memory(t))
		newSiege(t, newHouse(t, server.URL("samenwijk")), server).run(*cyclesFlag)
	})
}

// siege is a house that is killed again and again while people write in it.
type siege struct {
	t      *testing.T
	house  *house
	server *postgres // nil on SQLite
	dice   *rand.Rand
	people []*person

	document string
	page     string   // of the document
	versions []string // that got a name and can be restored
	restored bool     // an older version was put back: words may be gone that were there
	authors  []*author
	promises []promise // of authors who left
	typed    []string  // by authors who left
	said     int       // authors so far

	starts                 time.Duration
	documents              int
	acknowledged, inFlight int
	served                 map[string]int // how often each trouble came
	restores               int            // of older versions
	restoring              bool           // a cycle came to that
	checks                 int            // of everything, by fsck
}

func newSiege(t *testing.T, h *house, server *postgres) *siege {
	s := &siege{t: t, house: h, server: server, dice: dice(t), people: h.signIn(), served: map[string]int{}}
	h.open()
	s.begin()
	return s
}

// begin goes on in a new document, so that loading stays quick. The one before is looked at once more.
func (s *siege) begin() {
	s.t.Helper()
	if s.document != "" {
		s.gather()
		s.look(true)
		s.acknowledged += len(s.promises)
	}
	s.promises, s.typed, s.authors = nil, nil, nil
	s.documents++
	s.document, s.page = s.house.newProgramme(s.people[0], fmt.Sprintf("Programma %d", s.documents))
	s.versions, s.restored = nil, false
	for range 4 {
		s.enter()
	}
}

func (s *siege) enter() {
	s.said++
	who := s.people[s.dice.IntN(len(s.people))]
	s.authors = append(s.authors, newAuthor(s.house, who, s.document, fmt.Sprint("w", s.said), s.dice))
}

// leave closes the editor of one author for good: what was not sent goes with it.
func (s *siege) leave(i int) {
	acknowledged, typed := s.authors[i].promises()
	s.promises, s.typed = append(s.promises, acknowledged...), append(s.typed, typed...)
	s.authors = append(s.authors[:i:i], s.authors[i+1:]...)
}

const perDocument = 12 // cycles

func (s *siege) run(cycles int) {
	began := time.Now()
	for n := range cycles {
		if n > 0 && n%perDocument == 0 {
			s.begin()
		}
		s.once()
		if s.t.Failed() {
			s.t.Fatalf("in cycle %d, document %s; the program said:\n%s", n+1, s.document, s.house.process.output)
		}
	}
	s.gather()
	s.look(true)
	s.acknowledged += len(s.promises)
	snapshots, gone := s.compacted()
	s.house.close()
	took := time.Since(began)
	s.t.Logf("%d cycles in %v (%v each, of which %v until the program is ready): %d words acknowledged and there, %d under way when the end came, %d documents, %d snapshots for which %d updates went, %d versions restored, %d times fsck clean, troubles %v",
		cycles, took.Round(time.Millisecond), (took / time.Duration(cycles)).Round(time.Millisecond), (s.starts / time.Duration(cycles)).Round(time.Millisecond),
		s.acknowledged, s.inFlight, s.documents, snapshots, gone, s.restores, s.checks, s.served)
	if cycles >= 50 && s.restoring && s.restores == 0 { // in a few the end may come before the answer each time
		s.t.Error("no version was put back")
	}
	if s.acknowledged < cycles || s.inFlight < cycles/2 {
		s.t.Errorf("%d words were acknowledged and %d under way in %d cycles: this shows nothing", s.acknowledged, s.inFlight, cycles)
	}
}

// once lets people write, takes away what they stand on at a random moment, puts it back and looks.
func (s *siege) once() {
	s.t.Helper()
	if s.dice.IntN(3) == 0 {
		s.leave(s.dice.IntN(len(s.authors)))
		s.enter()
	}
	trouble := s.choose()
	s.served[trouble.name]++
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	for _, a := range s.authors {
		pause := time.Duration(1+s.dice.IntN(8)) * time.Millisecond
		wait.Go(func() {
			if a.connect(s.house.base) != nil {
				return // the end came first
			}
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					a.write()
				}
			}
		})
	}
	if trouble.meanwhile != nil {
		wait.Go(func() { trouble.meanwhile(ctx, s) })
	}
	longest := 150 * time.Millisecond
	if trouble.meanwhile != nil {
		longest = 400 * time.Millisecond // it has to come to something
	}
	time.Sleep(time.Duration(s.dice.Int64N(int64(longest)))) // the random moment
	trouble.kill(s)
	stop()
	wait.Wait()
	for _, a := range s.authors {
		a.hangUp()
		a.mu.Lock()
		s.inFlight += len(a.words) - a.known
		a.mu.Unlock()
	}
	began := time.Now()
	if err := trouble.restart(s); err != nil {
		s.t.Fatalf("after the end: %v", err)
	}
	s.starts += time.Since(began)
	s.look(false)
}

// trouble is a way in which the end comes.
type trouble struct {
	name      string
	often     int
	possible  func(s *siege) bool                 // nil for always
	meanwhile func(ctx context.Context, s *siege) // beside the writers; nil for nothing
	kill      func(s *siege)
	restart   func(s *siege) error
}

func killProgram(s *siege)        { s.house.kill() }
func startProgram(s *siege) error { return s.house.tryOpen() }
func onPostgres(s *siege) bool    { return s.server != nil }

var troubles = []trouble{
	{name: "killed", often: 6, kill: killProgram, restart: startProgram},
	{name: "killed again at its start", often: 1, kill: killProgram, restart: func(s *siege) error {
		for range 1 + s.dice.IntN(3) {
			started := s.house.start("serve")
			time.Sleep(time.Duration(s.dice.Int64N(int64(40 * time.Millisecond)))) // the random moment
			started.kill()
		}
		return s.house.tryOpen()
	}},
	{name: "killed while it compacts", often: 2, kill: killProgram, restart: startProgram, meanwhile: compact},
	{name: "killed while a version is restored", often: 2, kill: killProgram, restart: startProgram, meanwhile: restore},
	{name: "database killed", often: 1, possible: onPostgres,
		kill:    func(s *siege) { s.must(s.server.Kill()) },
		restart: func(s *siege) error { return s.server.start() }},
	{name: "both killed", often: 1, possible: onPostgres,
		kill: func(s *siege) { s.must(s.server.Kill()); s.house.kill() },
		restart: func(s *siege) error {
			if err := s.server.start(); err != nil {
				return err
			}
			return s.house.tryOpen()
		}},
}

// compact runs the command beside the program, on updates that seem to be old, so that snapshots are made
// and updates go; it dies with the program.
func compact(ctx context.Context, s *siege) {
	for ctx.Err() == nil {
		if err := s.age(ctx); err != nil && ctx.Err() == nil {
			s.t.Errorf("let time pass: %v", err)
		}
		run := s.house.start("compact")
		select {
		case <-ctx.Done():
			run.kill()
		case <-run.ended:
		}
	}
}

// restore gives the text of the moment a name, again and again, and puts an older one back.
func restore(ctx context.Context, s *siege) {
	dice := rand.New(rand.NewPCG(uint64(len(s.versions)), uint64(s.said)))
	s.restoring = true
	for ctx.Err() == nil {
		to, err := s.house.post(s.people[0], s.page+"/versies", url.Values{"name": {"Zoals het was"}, "idempotency_key": {fmt.Sprint(dice.Uint64())}})
		if err == nil && to != "" {
			if version, missed := s.house.newestVersion(s.people[0], s.page); missed == nil {
				s.versions = append(s.versions, version)
			}
		}
		if len(s.versions) > 0 && ctx.Err() == nil {
			s.restored = true
			older := s.versions[dice.IntN(len(s.versions))]
			if to, answer := s.house.post(s.people[0], s.page+"/versies/"+older+"/terugzetten", url.Values{"idempotency_key": {fmt.Sprint(dice.Uint64())}}); answer == nil && to != "" {
				s.restores++
			} else if err == nil {
				err = answer
			}
		}
		if err != nil && strings.HasPrefix(err.Error(), "POST") && ctx.Err() == nil {
			s.t.Errorf("restore: %v", err)
		}
	}
}

// compacted counts the snapshots, and the updates for which they stand alone.
func (s *siege) compacted() (snapshots, gone int64) {
	s.t.Helper()
	db, err := database.Open(context.Background(), s.house.database)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Pool().QueryRow(`SELECT (SELECT COUNT(*) FROM live_snapshots),
		CAST((SELECT SUM(seq) FROM live_documents) - (SELECT COUNT(*) FROM live_updates) AS BIGINT)`).Scan(&snapshots, &gone)
	s.must(err)
	return snapshots, gone
}

// age lets all updates be stored long ago.
func (s *siege) age(ctx context.Context) error {
	db, err := database.Open(ctx, s.house.database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.Pool().ExecContext(ctx, `UPDATE live_updates SET at = '2026-01-01 00:00:00+00:00'`)
	return err
}

func (s *siege) must(err error) {
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *siege) choose() trouble {
	var bag []trouble
	for _, trouble := range troubles {
		if trouble.possible == nil || trouble.possible(s) {
			for range trouble.often {
				bag = append(bag, trouble)
			}
		}
	}
	return bag[s.dice.IntN(len(bag))]
}

// gather has everybody come back and waits until all are in step with the house.
func (s *siege) gather() {
	s.t.Helper()
	for _, a := range s.authors {
		if err := a.connect(s.house.base); err != nil {
			s.t.Fatalf("%s cannot come back: %v", a.name, err)
		}
	}
	for _, a := range s.authors {
		eventually(s.t, says(a.standing), 20*time.Second, a.upToDate)
	}
	want := s.stored()
	for _, a := range s.authors {
		eventually(s.t, says(a.standing), 20*time.Second, func() bool { return a.text() == want })
	}
	for len(s.authors) > 0 {
		s.authors[0].hangUp()
		s.leave(0)
	}
}

// look compares what a fresh reader sees with the log and with what was acknowledged. In the end,
// when everybody was back, everything that was typed must be there.
func (s *siege) look(all bool) {
	s.t.Helper()
	var seen *crdt.Doc
	eventually(s.t, says(func() string { return fmt.Sprintf("the program is ready; it said:\n%s", s.house.process.output) }), 20*time.Second, s.house.ready)
	seen = s.house.read(s.t, s.people[0], s.document)
	text, states := page(seen), seen.States()
	// What was on its way to the log when a database died may be in it and not yet in the room.
	eventually(s.t, says(func() string { return "a fresh reader sees what the log holds" }), 10*time.Second, func() bool {
		return page(s.house.read(s.t, s.people[0], s.document)) == s.stored()
	})
	promises, typed := s.promises, s.typed
	for _, a := range s.authors {
		acknowledged, words := a.promises()
		promises, typed = append(promises[:len(promises):len(promises)], acknowledged...), append(typed[:len(typed):len(typed)], words...)
		if a.complaint != nil {
			s.t.Errorf("%s: %v", a.name, a.complaint)
		}
	}
	words := counted(text)
	for _, p := range promises {
		if words[p.text] != 1 && !s.restored {
			s.t.Errorf("%s was acknowledged and is there %d times", p.text, words[p.text])
		}
		if states[p.client] < p.clock {
			s.t.Errorf("%s was acknowledged, but of editor %d only %d of %d steps are there", p.text, p.client, states[p.client], p.clock)
		}
	}
	known := map[string]bool{}
	for _, w := range typed {
		known[w] = true
		if words[w] > 1 && !s.restored {
			s.t.Errorf("%s is there %d times", w, words[w])
		}
	}
	for w := range words {
		if !known[w] && !s.restored {
			s.t.Errorf("%s is there and nobody typed it", w)
		}
	}
	if left := strings.TrimSpace(wordPattern.ReplaceAllString(tagPattern.ReplaceAllString(text, ""), "")); left != "" && !s.restored {
		s.t.Errorf("there are pieces that nobody typed: %q", left)
	}
	if all || s.dice.IntN(4) == 0 {
		s.checks++
		if out, err := s.house.run("fsck"); err != nil {
			s.t.Errorf("fsck: %v\n%s", err, out)
		}
	}
	if all && len(words) < len(promises) && !s.restored {
		s.t.Errorf("%d words are there, %d were acknowledged", len(words), len(promises))
	}
}

var tagPattern = regexp.MustCompile(`<[^>]*>`)

// stored returns the text as the log holds it, read past the program. It finds gaps and rows that
// changed.
func (s *siege) stored() string {
	s.t.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, s.house.database)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	doc, err := load(ctx, db, livedoc.ID(s.document))
	if err != nil {
		s.t.Fatalf("the log of %s cannot be read: %v", s.document, err)
	}
	return page(doc)
}

func load(ctx context.Context, db *database.DB, id livedoc.ID) (*crdt.Doc, error) {
	doc := crdt.NewDoc()
	_, err := livedoc.New(db).Load(ctx, id, 0, 0, func(u livedoc.Update) error { return doc.ApplyUpdate(u.Payload, nil) })
	return doc, err
}

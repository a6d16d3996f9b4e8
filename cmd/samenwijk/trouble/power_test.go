package trouble_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

var pointsFlag = flag.Int("points", 30, "how often the power goes, on each database")

func TestNothingAcknowledgedIsLostWhenThePowerGoes(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		r := recordSQLite(t)
		kept := r.cutPower(*pointsFlag, false)
		r.expect(kept, false)
		// The same writing on a disk that does not do what fsync asks: if that lost nothing, this test could not tell.
		r.expect(r.untilLoss(*pointsFlag, true), true)
	})
	t.Run("postgres", func(t *testing.T) {
		r := recordPostgres(t, false)
		r.expect(r.cutPower(max(*pointsFlag/4, 6), false), false)
		r.expect(r.untilLoss(max(*pointsFlag/10, 4), true), true)
	})
}

// A server that is told not to wait for the disk loses what it said was saved. The program refuses to
// start on one, so it is told later.
func TestPostgresWithoutFsyncLosesWhatWasAcknowledged(t *testing.T) {
	r := recordPostgres(t, true)
	r.expect(r.untilLoss(max(*pointsFlag/10, 4), false), true)
}

// recording is what a database did to its files while people wrote.
type recording struct {
	t          *testing.T
	dice       *rand.Rand
	document   string
	promises   []promise
	began, end time.Time
	root       string // the recorded folder; a copy of how it was before is in before
	before     string
	calls      []call
	// open starts what reads the files in a folder, and returns the address of the database.
	open func(folder string) (address string, close func() error, err error)
}

// People write for this long at least, and until the database moved something out of its write-ahead
// log; a busy machine gets this long for that.
const (
	writing = 2500 * time.Millisecond
	atMost  = 30 * time.Second
)

func recordSQLite(t *testing.T) *recording {
	t.Helper()
	h := newHouse(t, "")
	r := &recording{t: t, dice: dice(t), root: h.dir, before: filepath.Join(t.TempDir(), "before")}
	people := h.signIn()
	h.open()
	r.document = h.newDocument(people[0], "Stroomstoring")
	h.close()
	copyFolder(t, r.root, r.before)
	trace := filepath.Join(t.TempDir(), "trace")
	h.front = recorder(t, trace)
	h.open()
	pid := h.process.cmd.Process.Pid
	r.write(h, people, nil, func() bool {
		file, err := os.Stat(filepath.Join(r.root, "samenwijk.db"))
		return err == nil && file.ModTime().After(r.began)
	})
	h.kill()
	r.calls = readTrace(t, trace, r.root, pid)
	r.open = func(folder string) (string, func() error, error) {
		return filepath.Join(folder, "samenwijk.db"), func() error { return nil }, nil
	}
	return r
}

func recordPostgres(t *testing.T, unsafe bool) *recording {
	t.Helper()
	server := cluster(t, onDisk(t), "max_wal_size=32MB", "min_wal_size=32MB", "wal_recycle=on")
	h := newHouse(t, server.URL("samenwijk"))
	r := &recording{t: t, dice: dice(t), root: server.Data(), before: filepath.Join(memory(t), "before")}
	people := h.signIn()
	h.open()
	r.document = h.newDocument(people[0], "Stroomstoring")
	h.close()
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, r.root, r.before)
	trace := filepath.Join(filepath.Dir(server.Data()), "trace")
	pid, err := server.StartUnder(recorder(t, trace), server.settings...)
	if err != nil {
		t.Fatal(err)
	}
	h.open()
	if unsafe {
		server.exec(t, "postgres", "ALTER SYSTEM SET fsync = off")
		server.exec(t, "postgres", "SELECT pg_reload_conf()")
	}
	r.write(h, people, func(ctx context.Context) {
		for ctx.Err() == nil {
			server.exec(t, "postgres", "CHECKPOINT")
			select {
			case <-ctx.Done():
			case <-time.After(400 * time.Millisecond):
			}
		}
	}, func() bool { return true })
	h.kill()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	r.calls = readTrace(t, trace, r.root, pid)
	r.open = func(folder string) (string, func() error, error) {
		again, err := databasetest.OpenCluster(filepath.Dir(folder))
		if err != nil {
			return "", nil, err
		}
		if err := os.Remove(filepath.Join(folder, "postmaster.pid")); err != nil && !os.IsNotExist(err) {
			return "", nil, err // the process it names may be somebody else by now
		}
		_, err = again.StartUnder(nil, "shared_buffers=32MB", "max_connections=30")
		return again.URL("samenwijk"), again.Stop, err // killed, it would leave memory behind
	}
	return r
}

// write has people type while everything is recorded, until that is enough.
func (r *recording) write(h *house, people []*person, meanwhile func(ctx context.Context), enough func() bool) {
	r.t.Helper()
	var authors []*author
	for i := range 4 {
		authors = append(authors, newAuthor(h, people[i%len(people)], r.document, fmt.Sprint("p", i), r.dice))
	}
	r.began = time.Now()
	ctx, stop := context.WithTimeout(context.Background(), atMost)
	defer stop()
	var wait sync.WaitGroup
	wait.Go(func() {
		defer stop()
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		for time.Since(r.began) < writing || !enough() {
			select {
			case <-look.C:
			case <-ctx.Done():
				return
			}
		}
	})
	for _, a := range authors {
		wait.Go(func() {
			if err := a.connect(h.base); err != nil {
				r.t.Errorf("%s is not let in: %v", a.name, err)
				return
			}
			tick := time.NewTicker(4 * time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				a.write()
				<-tick.C
			}
		})
	}
	if meanwhile != nil {
		wait.Go(func() { meanwhile(ctx) })
	}
	wait.Wait()
	r.end = time.Now()
	for _, a := range authors {
		a.hangUp()
		acknowledged, _ := a.promises()
		r.promises = append(r.promises, acknowledged...)
		if a.complaint != nil {
			r.t.Error(a.complaint)
		}
	}
	slices.SortFunc(r.promises, func(a, b promise) int { return a.saved.Compare(b.saved) })
	if len(r.promises) < 50 {
		r.t.Fatalf("only %d words were acknowledged in %v", len(r.promises), r.end.Sub(r.began))
	}
}

// outcome is what was found after the power came back.
type outcome struct {
	points, promised int
	lost             int // words that were acknowledged and are not there
	damaged          int // databases that cannot be read
	first            string
}

func (o outcome) String() string {
	return fmt.Sprintf("%d power losses, %d acknowledged words looked for, %d lost, %d databases unreadable", o.points, o.promised, o.lost, o.damaged)
}

func (r *recording) expect(o outcome, loss bool) {
	r.t.Helper()
	r.t.Logf("%s; %d words acknowledged; %v%s", r.work(), len(r.promises), o, map[bool]string{true: " (nothing is really synced here)"}[loss])
	switch {
	case loss && o.lost == 0:
		r.t.Errorf("nothing was lost where nothing was synced, so this test would not notice a loss: %s", o.first)
	case !loss && o.lost+o.damaged > 0:
		r.t.Errorf("%v; the first: %s", o, o.first)
	case o.promised < o.points:
		r.t.Errorf("%v: this shows nothing", o)
	}
}

// work says what the database did to its files.
func (r *recording) work() string {
	writes, syncs, moved := 0, 0, 0
	for _, c := range r.calls {
		switch {
		case c.name == "fsync" || c.name == "fdatasync":
			syncs++
		case c.data != nil:
			writes++
			if !strings.HasSuffix(c.path, "-wal") && !strings.HasSuffix(c.path, "-shm") && !strings.Contains(c.path, "/pg_wal/") {
				moved++ // out of the write-ahead log, into the tables
			}
		}
	}
	if moved == 0 {
		r.t.Error("nothing was moved out of the write-ahead log: this shows half of it")
	}
	return fmt.Sprintf("%d writes recorded, of which %d outside of the write-ahead log, and %d syncs", writes, moved, syncs)
}

// untilLoss is cutPower for where words must be lost, in a database that can still be read. By chance a
// few moments may all leave one that cannot, so it tries a few more.
func (r *recording) untilLoss(points int, lies bool) outcome {
	r.t.Helper()
	all := outcome{}
	for round := 0; round < 5 && all.lost == 0; round++ {
		o := r.cutPower(points, lies)
		all.points += o.points
		all.promised += o.promised
		all.lost += o.lost
		all.damaged += o.damaged
		if all.first == "" {
			all.first = o.first
		}
	}
	return all
}

// cutPower lets the power go at random moments, half of them right after somebody was told that their
// words are saved, and looks what is left.
func (r *recording) cutPower(points int, lies bool) outcome {
	r.t.Helper()
	moments := make([]time.Time, points)
	for i := range moments {
		moments[i] = r.began.Add(time.Duration(r.dice.Int64N(int64(r.end.Sub(r.began)))))
		if i%2 == 0 {
			moments[i] = r.promises[r.dice.IntN(len(r.promises))].saved
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	base := map[string][]byte{}
	for path, content := range folder(r.t, r.before) {
		base[r.root+strings.TrimPrefix(path, r.before)] = content
	}
	d := newDisk(base, r.calls, lies)
	o := outcome{points: points}
	room := memory(r.t)
	for i, moment := range moments {
		d.play(r.t, moment)
		at := filepath.Join(room, fmt.Sprint(i), "data")
		r.lay(at, base, d.powerLoss(r.dice, moment, (len(moments)-1-i)%fates))
		lost, promised, err := r.look(at, moment)
		o.promised += promised
		if err != nil {
			o.damaged++
			lost = append(lost, err.Error())
		} else {
			o.lost += len(lost)
		}
		if len(lost) > 0 && o.first == "" {
			o.first = fmt.Sprintf("%v after the beginning: %.500s", moment.Sub(r.began), strings.Join(lost, ", "))
		}
		if err := os.RemoveAll(filepath.Dir(at)); err != nil {
			r.t.Fatal(err)
		}
	}
	return o
}

// lay puts files on a real disk: those of before, and what became of them.
func (r *recording) lay(at string, base, files map[string][]byte) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		r.t.Fatal(err)
	}
	copyFolder(r.t, r.before, at)
	owner, err := os.Stat(at)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := chownLike(filepath.Dir(at), owner); err != nil { // the socket lies beside it
		r.t.Fatal(err)
	}
	for path := range base {
		if _, there := files[path]; !there {
			if err := os.Remove(at + strings.TrimPrefix(path, r.root)); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	for path, content := range files {
		if same(content, base[path]) {
			continue
		}
		file := at + strings.TrimPrefix(path, r.root)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			r.t.Fatal(err)
		}
		if err := chownLike(file, owner); err != nil {
			r.t.Fatal(err)
		}
	}
}

// same says that two contents are one, without reading them.
func same(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 && a != nil && b != nil || len(a) > 0 && &a[0] == &b[0])
}

// look opens the database in a folder as the program would, and returns which acknowledged words are not
// in it. An error says that it cannot be read, or that its server does not end in order on it.
func (r *recording) look(folder string, moment time.Time) (lost []string, promised int, err error) {
	for _, p := range r.promises {
		if !p.saved.After(moment) {
			promised++
		}
	}
	address, closeServer, err := r.open(folder)
	if err != nil {
		return nil, promised, err
	}
	defer func() {
		if closing := closeServer(); closing != nil {
			err = errors.Join(err, fmt.Errorf("its server ends with %w", closing))
		}
	}()
	ctx := context.Background()
	db, err := database.Open(ctx, address)
	if err != nil {
		return nil, promised, err
	}
	defer db.Close()
	sound := "PRAGMA integrity_check"
	if db.Dialect() == database.Postgres {
		sound = `SELECT COALESCE((SELECT string_agg(bt_index_check(c.oid, true)::text, '') FROM pg_class c JOIN pg_am a ON a.oid = c.relam
			WHERE a.amname = 'btree' AND c.relnamespace = current_schema()::regnamespace), '') || 'ok'`
		if _, err := db.Pool().ExecContext(ctx, "CREATE EXTENSION IF NOT EXISTS amcheck"); err != nil {
			return nil, promised, err
		}
	}
	var answer string
	if err := db.Pool().QueryRowContext(ctx, sound).Scan(&answer); err != nil || answer != "ok" {
		return nil, promised, fmt.Errorf("the database is not sound: %q, %w", answer, err)
	}
	doc, err := load(ctx, db, livedoc.ID(r.document))
	if err != nil {
		return nil, promised, err
	}
	words := counted(page(doc))
	for _, p := range r.promises[:promised] {
		if words[p.text] != 1 {
			lost = append(lost, fmt.Sprintf("%s, saved at %v, is there %d times", p.text, p.saved.Sub(r.began), words[p.text]))
		}
	}
	return lost, promised, nil
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("copy %s: %v\n%s", from, err, out)
	}
}

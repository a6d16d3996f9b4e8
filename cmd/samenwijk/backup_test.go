package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
)

// typist writes numbered words over a socket of its own and knows how many were acknowledged.
type typist struct {
	socket *websocket.Conn
	client uint64
	acked  atomic.Int64
}

// typing opens a socket with a token and writes until ctx ends. Each word waits for the one before
// to be acknowledged.
func (g *guest) typing(ctx context.Context, client uint64) *typist {
	g.t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second, Subprotocols: []string{protocol.Subprotocol}}
	address := "ws" + strings.TrimPrefix(g.url, "http") + "/live/" + string(g.doc.LiveID)
	socket, response, err := dialer.Dial(address, withToken(g.token.Text))
	if err != nil {
		g.t.Fatal(err)
	}
	_ = response.Body.Close()
	p := &typist{socket: socket, client: client}
	acks := make(chan int64, 10)
	go func() {
		defer close(acks)
		for {
			_, frame, err := socket.ReadMessage()
			if err != nil {
				return
			}
			if d := lib0.NewDecoder(frame); d.VarUint() == 120 && d.VarUint() == 1 {
				acks <- int64(d.VarUint())
			}
		}
	}()
	go func() {
		defer socket.Close()
		clock, pace := uint64(0), time.NewTicker(20*time.Millisecond) // faster than anybody types, and allowed
		defer pace.Stop()
		for n := int64(1); ctx.Err() == nil; n++ {
			<-pace.C
			word := p.word(n)
			frame := protocol.AppendUpdate(nil, typed(client, clock, word))
			clock += uint64(len(word))
			mark := lib0.AppendVarUint([]byte{120, 0}, uint64(n))
			if socket.WriteMessage(websocket.BinaryMessage, frame) != nil || socket.WriteMessage(websocket.BinaryMessage, mark) != nil {
				return
			}
			for acked := range acks {
				p.acked.Store(acked)
				if acked == n {
					break
				}
			}
		}
	}()
	return p
}

func (p *typist) word(n int64) string { return fmt.Sprintf("w%d.%d ", p.client, n) }

// TestABackupMadeWhilePeopleWriteHoldsWhatWasAcknowledgedAndBecomesTheSameNetworkElsewhere runs the
// commands as one would, on a network with everything the demonstration has, from each database
// into the other.
func TestABackupMadeWhilePeopleWriteHoldsWhatWasAcknowledgedAndBecomesTheSameNetworkElsewhere(t *testing.T) {
	for name, places := range map[string]func(t *testing.T) (from, to string){
		"sqlite to postgres": func(t *testing.T) (string, string) { return databasetest.SQLiteFile(t), databasetest.PostgresURL(t) },
		"postgres to sqlite": func(t *testing.T) (string, string) {
			return databasetest.PostgresURL(t), filepath.Join(t.TempDir(), "new", "samenwijk.db")
		},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := places(t)
			secret := filepath.Join(t.TempDir(), "secret")
			w := start(t, from, options{demonstration: true, secretFile: secret})
			w.person("gastheer@voorbeeld.test", "Gastheer", access.Coordinator)
			g := w.guest(t, "gast@voorbeeld.test", access.Resident, nil, false)
			g.makeScript(30)
			writing, stop := context.WithCancel(t.Context())
			defer stop()
			typists := []*typist{g.typing(writing, 11), g.typing(writing, 12), g.typing(writing, 13)}
			w.eventually("all of them are acknowledged", func() bool { return typists[0].acked.Load() > 20 && typists[2].acked.Load() > 20 })

			file := filepath.Join(t.TempDir(), "backup.zip")
			var before [3]int64
			for i, p := range typists {
				before[i] = p.acked.Load()
			}
			if _, err := w.accounts.Add(t.Context(), someAdmin, account.Input{Name: "Nieuw", Email: "nieuw@voorbeeld.test", Language: "nl"}, nil); err != nil {
				t.Fatal(err)
			}
			mustRun(t, "backup", file, "--database", from, "--secret-file", secret)
			w.eventually("they write on", func() bool { return typists[0].acked.Load() > before[0] })
			stop()
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file: %v, %v", info.Mode(), err)
			}
			if err := run([]string{"backup", file, "--database", from}); err == nil || !strings.Contains(err.Error(), "never written over") {
				t.Errorf("a second time: %v", err)
			}
			w.stop()

			mustRun(t, "restore", file, "--database", to, "--secret-file", secret)
			sameAs(t, file, to)
			if err := run([]string{"restore", file, "--database", to}); err == nil || !strings.Contains(err.Error(), "not empty") {
				t.Errorf("into a database that is in use: %v", err)
			}
			there := start(t, to, options{secretFile: secret})
			log := textOf(t, there, g.doc.LiveID)
			for i, p := range typists {
				for n := int64(1); n <= before[i]; n++ {
					if !bytes.Contains(log, []byte(p.word(n))) {
						t.Fatalf("%s was acknowledged before the backup and is not in it", p.word(n))
					}
				}
			}
			g.world, g.b = &world{program: there.program, t: t, url: there.url, stop: there.stop}, nil
			g.connect() // with a code that is mailed, as anybody else
			g.write("and on it goes")
			g.stores("and on it goes")
			if letters := there.lettersTo("nieuw@voorbeeld.test", 1); len(letters) != 1 {
				t.Errorf("%d letters of what had just happened", len(letters))
			}
		})
	}
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if err := run(args); err != nil {
		t.Fatalf("samenwijk %s: %v", args[0], err)
	}
}

// sameAs compares the sums of each section of a backup with one that is made of the new place. Rows
// may come in another order, so their lines are sorted.
func sameAs(t *testing.T, file, to string) {
	t.Helper()
	again := filepath.Join(t.TempDir(), "again.zip")
	mustRun(t, "backup", again, "--database", to)
	was, is := linesOf(t, file), linesOf(t, again)
	for name := range was {
		if was[name] != is[name] {
			t.Errorf("%s differs:\n%.2000s\n---\n%.2000s", name, was[name], is[name])
		}
	}
	if len(was) < 20 || len(was) != len(is) {
		t.Errorf("%d and %d sections", len(was), len(is))
	}
}

func textOf(t *testing.T, w *world, id livedoc.ID) []byte {
	t.Helper()
	var all []byte
	_, err := livedoc.New(w.db).Load(t.Context(), id, 0, 0, func(u livedoc.Update) error {
		all = append(all, u.Payload...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// linesOf returns the sorted lines of each section, in which jobs are due whenever they are due.
func linesOf(t *testing.T, file string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	found := map[string]string{}
	for _, f := range archive.File {
		if f.Name == "manifest.json" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(content), "\n")
		if f.Name == "queue.jsonl" {
			for i, line := range lines {
				lines[i] = line[:max(strings.LastIndex(line, ","), 0)]
			}
		}
		slices.Sort(lines)
		found[f.Name] = strings.Join(lines, "\n")
	}
	return found
}

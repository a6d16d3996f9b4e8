package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
	"samenwijk/server/servertest"
)

const (
	benchRequirements = 300
	benchVersions     = 500
)

// largeProgramme is a text of 300 requirements and some 20,000 words, as a workgroup of years may have. Each round
// says something else in one of them.
func largeProgramme(round int) []prosemirror.Node {
	words := strings.Fields("elke bewoner heeft een vaste plek in de straat waar kinderen veilig spelen " +
		"en buren elkaar ontmoeten ook als het regent of laat wordt")
	at := 0
	say := func(n int) prosemirror.Node {
		var b strings.Builder
		for range n {
			b.WriteString(words[at%len(words)])
			b.WriteByte(' ')
			at += 7
		}
		return prosemirror.Element("paragraph", nil, prosemirror.Text(strings.TrimSpace(b.String())+"."))
	}
	var nodes []prosemirror.Node
	for i := range benchRequirements {
		if i%10 == 0 {
			title := prosemirror.Text(fmt.Sprint("Hoofdstuk ", i/10+1))
			nodes = append(nodes, prosemirror.Element("heading", map[string]any{"level": 2}, title), say(40))
		}
		statement := []prosemirror.Node{say(30)}
		if last := round - (round-i+benchRequirements)%benchRequirements; i <= round {
			statement = append(statement, prosemirror.Element("paragraph", nil, prosemirror.Text(fmt.Sprintf("Dat is besproken in ronde %d.", last))))
		}
		nodes = append(nodes, prosemirror.Element("requirement", map[string]any{"id": fmt.Sprintf("eis-%d", i)},
			prosemirror.Element("statement", nil, statement...), prosemirror.Element("rationale", nil, say(30))))
	}
	return nodes
}

// used is the time that this process has had of processors.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPagesOfALargeProgramme asks a running program for the pages of a programme of 300 requirements that three
// people wrote and that has 500 versions. ns/op is the whole round of a request over loopback; CPU-ms/op is what the
// program and the asking of it took of a processor, also where others use the machine.
func BenchmarkPagesOfALargeProgramme(b *testing.B) {
	for _, database := range []struct {
		name string
		at   func(testing.TB) string
	}{{"sqlite", databasetest.SQLiteFile}, {"postgres", databasetest.PostgresURL}} {
		b.Run(database.name, func(b *testing.B) {
			c := &clock{}
			w := start(b, database.at(b), options{demonstration: true, now: c.now})
			d := w.demoDocument()
			people := []string{demoCoordinator, demoEntrepreneur, demoResident}
			for round := range benchVersions {
				who := w.actor(people[round%len(people)])
				err := w.collab.Change(b.Context(), who, d.LiveID, func(doc *crdt.Doc) error {
					return flow.Programme.Write(doc, largeProgramme(round), c.now())
				})
				if err != nil {
					b.Fatal(err)
				}
				c.move(11 * time.Minute)
				if err := w.collab.KeepVersions(b.Context(), c.now()); err != nil {
					b.Fatal(err)
				}
			}
			_, versions, err := w.collab.Versions(b.Context(), d.LiveID, 1)
			if err != nil || versions < benchVersions {
				b.Fatalf("%d versions, %v", versions, err)
			}
			path := "/programmas/" + string(d.ID)
			coordinator, visitor := w.as(demoCoordinator), w.browser()
			list := coordinator.Get(path + "/versies")
			oldest := coordinator.Get(fmt.Sprintf("%s/versies?bladzijde=%d", path, (versions+livedoc.VersionPage-1)/livedoc.VersionPage))
			for _, page := range []struct {
				name string
				who  *servertest.Browser
				path string
			}{
				{"visitor reads", visitor, path},
				{"member reads", coordinator, path + "/lezen"},
				{"member writes", coordinator, path},
				{"versions", coordinator, list.Path},
				{"comparison with the version before", coordinator, list.Link("Wat is er gewijzigd?").Path},
				{"comparison with the first version", coordinator, oldest.Link("Eerste opzet").Link("Vergelijk met de tekst van nu").Path},
				{"who wrote what", coordinator, coordinator.Get(path).Link("Toon wie wat schreef").Path},
			} {
				b.Run(page.name, func(b *testing.B) {
					client := &http.Client{}
					size, before := 0, used(b)
					for b.Loop() {
						request, err := http.NewRequest(http.MethodGet, w.url+page.path, nil)
						if err != nil {
							b.Fatal(err)
						}
						request.Header.Set("Accept-Encoding", "br")
						for _, cookie := range page.who.Cookies() {
							request.AddCookie(cookie)
						}
						answer, err := client.Do(request)
						if err != nil {
							b.Fatal(err)
						}
						body, err := io.ReadAll(answer.Body)
						answer.Body.Close()
						if err != nil || answer.StatusCode != http.StatusOK {
							b.Fatalf("%d %v", answer.StatusCode, err)
						}
						size = len(body)
					}
					b.ReportMetric(float64((used(b)-before).Microseconds())/1000/float64(b.N), "CPU-ms/op")
					b.ReportMetric(float64(size)/1000, "KB/page")
				})
			}
		})
	}
}

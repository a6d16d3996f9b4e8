package trouble_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scenario is one run of the load generator. Its own names and numbers are in the generator's README.
type scenario struct {
	name  string
	docs  int // that must be there
	flags []string
	score func(m measured) (value float64, better string) // of which more is better
}

// measured is what the generator says of one run.
type measured struct {
	Deliveries float64 `json:"deliv_per_cpu_s"`
	Carets     float64 `json:"aw_fanout_covered_per_cpu_s"`
	PerJoin    float64 `json:"srv_cpu_ms_per_join"`
	Synced     float64 `json:"all_synced_ms"`
	Lost       int     `json:"lost"`
	In         float64 `json:"max_in_per_s"` // before the p99 passes 200 ms
	RSS        float64 `json:"rss_max_kb"`
	Peak       float64 `json:"rss_peak_kb"`
	Latency    struct {
		P50 float64 `json:"p50_ms"`
		P99 float64 `json:"p99_ms"`
	} `json:"lat"`
}

// rest is what there is to say besides the score.
func (m measured) rest() string {
	memory := max(m.RSS, m.Peak) / 1024
	if m.Synced > 0 {
		return fmt.Sprintf("all in after %.0f ms, %.0f MB", m.Synced, memory)
	}
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, %.0f MB", m.Latency.P50, m.Latency.P99, memory)
}

// Each server has one processor and the generator another, so that they do not take it from each other
// and every server has the same.
const serverProcessor, generatorProcessor = "0", "1"

// onProcessor returns what comes before a command line that is to run there.
func onProcessor(number string) []string { return []string{"taskset", "-c", number} }

func deliveries(m measured) (float64, string) { return m.Deliveries, "deliveries per CPU second" }

var scenarios = []scenario{
	{"s1", 1, []string{"-clients", "50", "-dur", "8"}, deliveries},
	{"s1", 1, []string{"-clients", "200", "-dur", "8"}, deliveries},
	{"s2", 500, []string{"-docs", "500", "-dur", "8"}, deliveries},
	{"s4", 1, []string{"-data", "b4x1.yld", "-clients", "200"}, func(m measured) (float64, string) { return 1000 / m.PerJoin, "joins per CPU second" }},
	{"s5", 1, []string{"-data", "sat.yld", "-clients", "100", "-writers", "50"}, func(m measured) (float64, string) { return m.In, "updates per second" }},
	{"s5", 250, []string{"-data", "sat1.yld", "-docs", "250", "-clients", "4", "-writers", "1"}, deliveries},
	{"s6", 1, []string{"-clients", "200", "-dur", "8"}, func(m measured) (float64, string) { return m.Carets, "carets per CPU second" }},
}

// BenchmarkBesideOtherServers measures the program, with its log on a disk, beside other servers of the
// Yjs world that keep documents in memory, when their packages are installed beside the generator. It
// needs SAMENWIJK_LOAD, which names the folder of the generator; `make bench-live` prints the table.
func BenchmarkBesideOtherServers(b *testing.B) {
	folder := os.Getenv("SAMENWIJK_LOAD")
	if folder == "" {
		b.Fatal("set SAMENWIJK_LOAD to the folder of the load generator")
	}
	generator := filepath.Join(b.TempDir(), "yload")
	build := exec.Command("go", "build", "-o", generator, ".")
	build.Dir = filepath.Join(folder, "harness")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the load generator: %v\n%s", err, out)
	}
	h := newHouse(b, "")
	h.front = onProcessor(serverProcessor)
	people := h.signIn()
	h.open()
	var documents []string
	most, used := len(scenarios), 0
	for _, s := range scenarios {
		if s.docs > 1 {
			most += s.docs
		}
	}
	for i := range most {
		documents = append(documents, h.newDocument(people[0], fmt.Sprint("Programma ", i)))
	}
	out, err := h.command("token", "create", "coordinator@voorbeeld.test", "--name", "load", "--all", "--write").Output()
	if err != nil {
		b.Fatalf("make a token: %v\n%s", err, out)
	}
	ours := "ws://" + h.listen + "/live/{doc}?token=" + strings.TrimSpace(string(out))

	list := filepath.Join(b.TempDir(), "documents")
	for i, s := range scenarios {
		of := documents[i : i+1] // one that nobody wrote in yet
		if s.docs > 1 {
			of = documents[len(scenarios)+used:][:s.docs]
			used += s.docs
		}
		b.Run(s.name+strings.ReplaceAll(strings.Join(s.flags, ""), "-", ","), func(b *testing.B) {
			if err := os.WriteFile(list, []byte(strings.Join(of, "\n")), 0o600); err != nil {
				b.Fatal(err)
			}
			for range b.N {
				s.besideOthers(b, folder, generator, h.process.cmd.Process.Pid, "-framing", "yws", "-url", ours, "-doclist", list)
			}
		})
	}
}

// besideOthers measures ours, which is reached with these arguments, and then each of the others.
func (s scenario) besideOthers(b *testing.B, folder, generator string, pid int, ours ...string) {
	run := func(label string, arguments ...string) measured {
		line := append([]string{"-s", s.name, "-datadir", filepath.Join(folder, "data")}, s.flags...)
		for i := range line {
			if strings.HasSuffix(line[i], ".yld") {
				line[i] = filepath.Join(folder, "data", line[i])
			}
		}
		line = append(onProcessor(generatorProcessor), append(append([]string{generator}, line...), arguments...)...)
		answer, err := exec.Command(line[0], line[1:]...).Output()
		var m measured
		if begin := strings.IndexByte(string(answer), '{'); err != nil || begin < 0 || json.Unmarshal(answer[begin:], &m) != nil {
			b.Fatalf("%s %v of %s: %v\n%s", s.name, s.flags, label, err, answer)
		}
		return m
	}
	mine := run("samenwijk", append(ours, "-pid", fmt.Sprint(pid))...)
	own, better := s.score(mine)
	if mine.Lost > 0 || own == 0 {
		b.Errorf("%d lost, %+v", mine.Lost, mine)
	}
	b.Logf("%.0f %s, %s", own, better, mine.rest())
	for _, peer := range []struct{ name, framing, url string }{
		{"hocuspocus", "hocus", "ws://%s/"}, {"y-websocket", "yws", "ws://%s/{doc}"},
	} {
		program := filepath.Join(folder, "peers", peer.name, "srv.mjs")
		if _, err := os.Stat(filepath.Join(filepath.Dir(program), "node_modules")); err != nil {
			continue
		}
		address := free(b)
		_, port, _ := strings.Cut(address, ":")
		m := run(peer.name, "-framing", peer.framing, "-url", fmt.Sprintf(peer.url, address), "-servercpu", serverProcessor,
			"-start", fmt.Sprintf("env PORT=%s node %s", port, program))
		other, _ := s.score(m)
		b.Logf("%s: %.0f (ours is %.2f times that), %s", peer.name, other, own/other, m.rest())
	}
}

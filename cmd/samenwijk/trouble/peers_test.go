package trouble_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scenario is one run of the load generator. Its own names and numbers are in the generator's README.
type scenario struct {
	name  string
	data  string // the updates that are written
	docs  int    // that must be there
	flags []string
	unit  string
	score func(m measured) float64
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

	PerIdle    float64 `json:"rss_per_conn_kb"`
	PerConnect float64 `json:"cpu_per_connect_us"`

	Control  float64 `json:"rss_growth_control_kb_s"` // while everybody reads
	Growth   float64 `json:"rss_growth_paused_kb_s"`  // while one reader does not
	Before   float64 `json:"p99_control_ms"`
	Paused   float64 `json:"p99_paused_ms"`
	SlowOne  string  `json:"slow"`
	Visible  int     `json:"broadcast_visible"` // what others had seen when the server was killed
	Vanished int     `json:"lost_visible"`      // and was not there afterwards
}

func deliveries(m measured) float64 { return m.Deliveries }

const perCPU = "deliveries per CPU second"

// The last one kills the server and starts it again.
var scenarios = []scenario{
	{"s1", "std.yld", 1, []string{"-clients", "50", "-dur", "8"}, perCPU, deliveries},
	{"s1", "std.yld", 1, []string{"-clients", "200", "-dur", "8"}, perCPU, deliveries},
	{"s2", "w1.yld", 500, []string{"-docs", "500", "-dur", "8"}, perCPU, deliveries},
	{"s3", "w1.yld", 100, []string{"-docs", "100", "-clients", "5000", "-dur", "3"}, "KB a connection", func(m measured) float64 { return m.PerIdle }},
	{"s4", "much.yld", 1, []string{"-clients", "200"}, "ms of CPU a join", func(m measured) float64 { return m.PerJoin }},
	{"s5", "sat.yld", 1, []string{"-clients", "100", "-writers", "50"}, "updates per second", func(m measured) float64 { return m.In }},
	{"s5", "sat1.yld", 250, []string{"-docs", "250", "-clients", "4", "-writers", "1"}, perCPU, deliveries},
	{"s6", "w1.yld", 1, []string{"-clients", "200", "-dur", "8"}, "carets per CPU second", func(m measured) float64 { return m.Carets }},
	{"s7", "big.yld", 1, []string{"-rate", "20", "-dur", "6"}, "KB a second more while one does not read", func(m measured) float64 { return m.Growth }},
	{"s8", "std.yld", 4, []string{"-dur", "6"}, "edits that others had seen lost in a kill", func(m measured) float64 { return float64(m.Vanished) }},
}

// rest is what there is to say besides the score.
func (m measured) rest() string {
	memory := max(m.RSS, m.Peak) / 1024
	switch {
	case m.Synced > 0:
		return fmt.Sprintf("all in after %.0f ms, %.0f MB", m.Synced, memory)
	case m.PerConnect > 0:
		return fmt.Sprintf("%.0f µs of CPU to connect", m.PerConnect)
	case m.SlowOne != "":
		return fmt.Sprintf("before %.0f; p99 of the others %.1f ms, before %.1f ms; the one: %s", m.Control, m.Paused, m.Before, m.SlowOne)
	case m.Visible > 0:
		return fmt.Sprintf("of %d", m.Visible)
	}
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, %.0f MB", m.Latency.P50, m.Latency.P99, memory)
}

// Each server has one processor and the generator another, so that they do not take it from each other
// and every server has the same.
const serverProcessor, generatorProcessor = "0", "1"

// onProcessor returns what comes before a command line that is to run there.
func onProcessor(number string) []string { return []string{"taskset", "-c", number} }

// BenchmarkBesideOtherServers measures the program, with its log on a disk, beside other servers of the
// Yjs world that keep documents in memory, when their packages are installed beside the generator. It
// needs SAMENWIJK_LOAD, which names the folder of the generator; `make bench-live` prints the table.
func BenchmarkBesideOtherServers(b *testing.B) {
	l := loader{folder: os.Getenv("SAMENWIJK_LOAD"), made: b.TempDir()}
	if l.folder == "" {
		b.Fatal("set SAMENWIJK_LOAD to the folder of the load generator")
	}
	l.generator = filepath.Join(l.made, "yload")
	build := exec.Command("go", "build", "-o", l.generator, ".")
	build.Dir = filepath.Join(l.folder, "harness")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the load generator: %v\n%s", err, out)
	}
	raiseFileLimit(b, 12_000)
	l.h = newHouse(b, "")
	l.h.front = onProcessor(serverProcessor)
	people := l.h.signIn()
	l.h.open()
	var documents []string
	most, used := 0, 0
	for _, s := range scenarios {
		most += s.docs
	}
	for i := range most {
		documents = append(documents, l.h.newDocument(people[0], fmt.Sprint("Programma ", i)))
	}
	out, err := l.h.command("token", "create", "coordinator@voorbeeld.test", "--name", "load", "--all", "--write").Output()
	if err != nil {
		b.Fatalf("make a token: %v\n%s", err, out)
	}
	ours, bearer := "ws://"+l.h.listen+"/live/{doc}", "Authorization: Bearer "+strings.TrimSpace(string(out))

	for i, s := range scenarios {
		of := documents[used : used+s.docs] // in which nobody wrote yet
		used += s.docs
		list := filepath.Join(l.made, fmt.Sprint("documents", i))
		if err := os.WriteFile(list, []byte(strings.Join(of, "\n")), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(s.name+strings.ReplaceAll(strings.Join(s.flags, ""), "-", ","), func(b *testing.B) {
			for range b.N {
				l.besideOthers(b, s, "-framing", "yws", "-url", ours, "-H", bearer, "-doclist", list)
			}
		})
	}
}

// loader is the generator, and the house that it is sent to.
type loader struct {
	h                 *house
	folder, generator string
	made              string // a folder for what is made for the run
}

// besideOthers measures ours, which is reached with these arguments, and then each of the others.
func (l *loader) besideOthers(b *testing.B, s scenario, ours ...string) {
	restarts := s.name == "s8"
	if restarts {
		l.h.close()
		serve := l.h.command("serve")
		own := strings.Join(serve.Args[len(l.h.front):], " ") // the generator says where it runs
		ours = append(ours, "-servercpu", serverProcessor, "-start", "env -C "+l.h.dir+" "+strings.Join(serve.Env, " ")+" "+own)
	} else {
		ours = append(ours, "-pid", fmt.Sprint(l.h.process.cmd.Process.Pid))
	}
	mine := l.run(b, s, ours...)
	own := s.score(mine)
	if mine.Lost > 0 || mine.Vanished > 0 || own == 0 && !restarts {
		b.Errorf("%d lost, %d vanished, %+v", mine.Lost, mine.Vanished, mine)
	}
	b.Logf("%.4g %s, %s", own, s.unit, mine.rest())
	for _, peer := range []struct{ name, framing, url string }{
		{"hocuspocus", "hocus", "ws://%s/"}, {"y-websocket", "yws", "ws://%s/{doc}"},
	} {
		program := filepath.Join(l.folder, "peers", peer.name, "srv.mjs")
		if _, err := os.Stat(filepath.Join(filepath.Dir(program), "node_modules")); err != nil {
			continue
		}
		if restarts && peer.name != "hocuspocus" {
			continue // it has nowhere to keep anything
		}
		address := free(b)
		_, port, _ := strings.Cut(address, ":")
		start := fmt.Sprintf("env PORT=%s node %s", port, program)
		if restarts {
			start = fmt.Sprintf("env PORT=%s SQLITE=%s node %s", port, filepath.Join(b.TempDir(), "db.sqlite"), program)
		}
		m := l.run(b, s, "-framing", peer.framing, "-url", fmt.Sprintf(peer.url, address), "-servercpu", serverProcessor, "-start", start)
		b.Logf("%s: %.4g (ours is %.2f times that), %s", peer.name, s.score(m), own/s.score(m), m.rest())
	}
}

// run runs the generator once.
func (l *loader) run(b *testing.B, s scenario, arguments ...string) (m measured) {
	b.Helper()
	line := append(onProcessor(generatorProcessor), l.generator, "-s", s.name, "-datadir", filepath.Join(l.folder, "data"))
	line = append(line, s.flags...)
	line = append(line, "-data", l.updates(b, s.data))
	line = append(line, arguments...)
	answer, err := exec.Command(line[0], line[1:]...).Output()
	if begin := strings.IndexByte(string(answer), '{'); err != nil || begin < 0 || json.Unmarshal(answer[begin:], &m) != nil {
		b.Fatalf("%s %v: %v\n%s", s.name, s.flags, err, answer)
	}
	return m
}

// updates returns a file with updates to write in the running text of a document, which the generator makes when it
// is not there.
func (l *loader) updates(b *testing.B, name string) string {
	b.Helper()
	path := filepath.Join(l.made, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	how := map[string][]string{
		"std.yld":  {"--writers", "10", "--updates", "3000"},
		"w1.yld":   {"--writers", "1", "--updates", "3000"},
		"sat.yld":  {"--writers", "50", "--updates", "5000", "--size", "mix"},
		"sat1.yld": {"--writers", "1", "--updates", "8000"},
		"big.yld":  {"--writers", "2", "--updates", "600", "--size", "40000"},
		"much.yld": {"--writers", "1", "--updates", "100", "--copies", "6"},
	}[name]
	if name == "much.yld" {
		trace := filepath.Join(l.made, "trace.json.gz")
		writeTrace(b, trace)
		how = append(how, "--trace", trace)
	}
	modules, err := filepath.Abs("../../../frontend") // where Yjs is
	if err != nil {
		b.Fatal(err)
	}
	made := exec.Command("node", append([]string{filepath.Join(l.folder, "harness", "gen.mjs"), "--out", path, "--shape", "text", "--field", "body"}, how...)...)
	made.Dir = modules
	if out, err := made.CombinedOutput(); err != nil {
		b.Fatalf("make %s: %v\n%s", name, err, out)
	}
	return path
}

// writeTrace writes how somebody typed a long text: in runs, now and then somewhere else, and with words
// taken back. In Yjs it takes about 245 KB.
func writeTrace(b *testing.B, path string) {
	b.Helper()
	type txn struct {
		Patches [1][3]any `json:"patches"`
	}
	var trace struct {
		Txns []txn `json:"txns"`
	}
	dice, length, at := rand.New(rand.NewPCG(4, 6)), 0, 0
	for length < 150_000 {
		if dice.IntN(4) == 0 {
			at = dice.IntN(length + 1)
		}
		back := min(at, dice.IntN(3)*dice.IntN(8))
		at -= back
		word := make([]byte, 8+dice.IntN(40))
		for i := range word {
			word[i] = byte('a' + dice.IntN(26))
		}
		trace.Txns = append(trace.Txns, txn{[1][3]any{{at, back, string(word)}}})
		at += len(word)
		length += len(word) - back
	}
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	packed := gzip.NewWriter(file)
	if err := json.NewEncoder(packed).Encode(trace); err != nil {
		b.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}

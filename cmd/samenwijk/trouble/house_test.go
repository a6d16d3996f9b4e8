// Package trouble breaks a running Samenwijk on purpose: it kills the program and its database, takes
// the power away, puts a bad network in between, reads nothing, and comes with thousands. After each
// it looks whether anything that was acknowledged is gone. It runs the program as an installation
// does: a process, a port, a database of its own; nothing in it is replaced for the test.
//
// `make crash N=…`, `make powerloss N=…` and `make idle N=…` run the long forms.
package trouble_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"samenwijk/domain/database/databasetest"
	"samenwijk/server/servertest"
)

var (
	seedFlag    = flag.Uint64("seed", 0, "what to begin the random choices with; 0 for something new")
	programFlag = flag.String("program", "", "the built program; built anew when empty")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

var built struct{ dir string }

// program builds the program once in this process.
var program = sync.OnceValues(func() (string, error) {
	if *programFlag != "" {
		return filepath.Abs(*programFlag)
	}
	dir, err := os.MkdirTemp("", "samenwijk-trouble-")
	if err != nil {
		return "", err
	}
	built.dir = dir
	path := filepath.Join(dir, "samenwijk")
	build := exec.Command("go", "build", "-o", path, "samenwijk/cmd/samenwijk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// dice returns the random choices of a test; the log says how to have them again.
func dice(t testing.TB) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("random choices from -seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// house is one installation: a database, a secret, a port, and the program when it runs.
type house struct {
	t        testing.TB
	dir      string
	database string
	listen   string
	base     string // the address that people use
	env      []string
	front    []string // a command in front of the program's own
	process  *process
	patience time.Duration // of a client, until it is let in
}

// process is one run of the program.
type process struct {
	cmd    *exec.Cmd
	output *tail
	ended  chan struct{}
}

// newHouse makes an installation with the invented people in it. An empty database is a SQLite file
// of its own.
func newHouse(t testing.TB, database string) *house {
	t.Helper()
	dir := t.TempDir()
	if database == "" {
		database = filepath.Join(dir, "samenwijk.db")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, dir: dir, database: database, listen: address, base: "http://" + address, patience: 20 * time.Second}
	t.Cleanup(h.kill)
	if out, err := h.run("seed"); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	return h
}

func (h *house) command(arguments ...string) *exec.Cmd {
	h.t.Helper()
	path, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	line := append(append([]string{}, h.front...), append([]string{path}, arguments...)...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = h.dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "DATABASE_URL=" + h.database, "SAMENWIJK_LISTEN=" + h.listen,
		"SAMENWIJK_BASE_URL=" + h.base, "SAMENWIJK_SECRET_FILE=" + filepath.Join(h.dir, "secret"), "SAMENWIJK_LOG_LEVEL=warn",
		"SAMENWIJK_CONNECTIONS_PER_PERSON=100000", "SAMENWIJK_CONNECTIONS_PER_PLACE=100000", // a few people stand for thousands
	}, h.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run runs a command of the program to its end.
func (h *house) run(arguments ...string) (string, error) {
	h.t.Helper()
	out, err := h.command(arguments...).CombinedOutput()
	return string(out), err
}

// open starts the program and returns when it is ready.
func (h *house) open(arguments ...string) {
	h.t.Helper()
	if err := h.tryOpen(arguments...); err != nil {
		h.t.Fatal(err)
	}
}

// start starts a command of the program and waits for nothing.
func (h *house) start(arguments ...string) *process {
	h.t.Helper()
	cmd := h.command(arguments...)
	p := &process{cmd: cmd, output: &tail{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	if err := databasetest.StartFromSteadyThread(cmd); err != nil {
		h.t.Fatalf("start the program: %v", err)
	}
	go func() { _ = cmd.Wait(); close(p.ended) }()
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func (h *house) tryOpen(arguments ...string) error {
	h.t.Helper()
	p := h.start(append([]string{"serve"}, arguments...)...)
	h.process = p
	deadline := time.Now().Add(30 * time.Second)
	for !h.ready() {
		select {
		case <-p.ended:
			return fmt.Errorf("the program ended at its start:\n%s", p.output)
		case <-time.After(3 * time.Millisecond): // between two looks
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the program is not ready:\n%s", p.output)
		}
	}
	return nil
}

// local asks the program without keeping connections: after a kill none of them is any good.
var local = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (h *house) ready() bool {
	answer, err := local.Get("http://" + h.listen + "/readyz")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// kill ends the program as SIGKILL does: at once, without a word. It may be called twice.
func (h *house) kill() {
	if p := h.process; p != nil {
		h.process = nil
		p.kill()
	}
}

// close ends the program as an administrator does.
func (h *house) close() {
	h.t.Helper()
	p := h.process
	if p == nil {
		return
	}
	h.process = nil
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		h.t.Errorf("the program does not end:\n%s", p.output)
	}
}

// tail keeps the last of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (o *tail) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if over := len(o.text) - 64<<10; over > 0 {
		o.text = bytes.Clone(o.text[over:])
	}
	return len(b), nil
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// people are those of the demonstration who may write in its workgroup.
var people = []string{"Coördinator", "Docent-onderzoeker", "Sociaal ondernemer"}

// person is somebody who is signed in; it stays so when the program is started again.
type person struct {
	browser *servertest.Browser
	cookies []*http.Cookie
	csrf    string
}

// signIn opens the house for a moment as a demonstration and lets everybody in.
func (h *house) signIn() []*person {
	h.t.Helper()
	h.open("--demonstration")
	defer h.close()
	var all []*person
	for _, name := range people {
		b := servertest.NewBrowser(h.t, h.base)
		page := b.Get("/inloggen")
		page.Form("/inloggen/demonstratie").Press("persoon", buttonOf(h.t, page.Body, name)).MustStatus(http.StatusOK)
		all = append(all, &person{browser: b, cookies: b.Cookies(), csrf: b.Get("/zoeken").Form("/taal").Value("csrf")})
	}
	return all
}

var personButtons = regexp.MustCompile(`(?s)<button[^>]*name="persoon"[^>]*value="([^"]+)"[^>]*>(.*?)</button>`)

func buttonOf(t testing.TB, page, name string) string {
	t.Helper()
	for _, button := range personButtons.FindAllStringSubmatch(page, -1) {
		if strings.Contains(button[2], strings.ToLower(name)) {
			return button[1]
		}
	}
	t.Fatalf("nobody called %s may be chosen", name)
	return ""
}

// newDocument makes a programme of requirements in the demonstration's workgroup and returns the id
// of its live document.
func (h *house) newDocument(by *person, title string) string {
	h.t.Helper()
	id, _ := h.newProgramme(by, title)
	return id
}

// newProgramme is newDocument that also returns the path of its page.
func (h *house) newProgramme(by *person, title string) (live, page string) {
	h.t.Helper()
	path := by.browser.Get("/werkgroepen").MustStatus(http.StatusOK).Link("Lerende samenwerking").MustStatus(http.StatusOK).Path + "/programmas/nieuw"
	form := by.browser.Get(path).MustStatus(http.StatusOK).Form(path)
	path = strings.TrimSuffix(form.Set("title", title).Submit().MustStatus(http.StatusOK).Path, "/lezen")
	shown := by.browser.GetForScripts(path).MustStatus(http.StatusOK)
	for _, n := range shown.All("div") {
		var editor struct{ Document string }
		if config := servertest.Attr(n, "data-editor"); config != "" && json.Unmarshal([]byte(config), &editor) == nil {
			return editor.Document, shown.Path
		}
	}
	h.t.Fatalf("no editor on the page %s", shown.Path)
	return "", ""
}

var versionLinks = regexp.MustCompile(`/versies/([0-9a-f-]{36})`)

// newestVersion returns the id of the newest version in the list of a programme.
func (h *house) newestVersion(by *person, page string) (string, error) {
	request, err := http.NewRequest(http.MethodGet, h.base+page+"/versies", nil)
	if err != nil {
		return "", err
	}
	for _, cookie := range by.cookies {
		request.AddCookie(cookie)
	}
	answer, err := local.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	found := versionLinks.FindSubmatch(body)
	if found == nil {
		return "", fmt.Errorf("GET %s/versies: %d, and no version", page, answer.StatusCode)
	}
	return string(found[1]), nil
}

// post sends a form as somebody does whose page may lead nowhere any more, and returns where the answer
// leads: nowhere when things are as was asked already.
func (h *house) post(by *person, path string, fields url.Values) (to string, err error) {
	fields.Set("csrf", by.csrf)
	request, err := http.NewRequest(http.MethodPost, h.base+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", err
	}
	for _, cookie := range by.cookies {
		request.AddCookie(cookie)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", h.base)
	answer, err := local.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusConflict {
		return "", nil
	}
	if answer.StatusCode != http.StatusSeeOther {
		body, _ := io.ReadAll(answer.Body)
		return "", fmt.Errorf("POST %s: %d\n%s", path, answer.StatusCode, body)
	}
	return answer.Header.Get("Location"), nil
}

// says is a sentence for eventually; a func can tell how things stand when waiting was in vain.
type says func() string

func (s says) String() string { return s() }

// eventually waits for a condition that another process brings about.
func eventually(t testing.TB, what fmt.Stringer, within time.Duration, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("in vain waited until %s", what)
		}
		time.Sleep(2 * time.Millisecond) // between two looks
	}
}

// cluster makes a Postgres server of the test's own in a folder, with an empty database in it.
func cluster(t testing.TB, dir string, settings ...string) *postgres {
	t.Helper()
	c, err := databasetest.NewCluster(dir, "--wal-segsize=1")
	if err != nil {
		t.Fatal(err)
	}
	p := &postgres{Cluster: c, settings: append([]string{"max_connections=60", "shared_buffers=32MB"}, settings...)}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	p.exec(t, "postgres", "CREATE DATABASE samenwijk")
	return p
}

type postgres struct {
	*databasetest.Cluster
	settings []string
}

func (p *postgres) start() error { return p.Start(p.settings...) }

func (p *postgres) exec(t testing.TB, database, statement string) {
	t.Helper()
	if err := p.Exec(database, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// memory returns a folder in memory, where there is room, for what need not wait for a disk.
func memory(t testing.TB) string { return shortFolder(t, databasetest.QuickFolder()) }

// onDisk returns a folder on a disk.
func onDisk(t testing.TB) string { return shortFolder(t, "") }

// shortFolder makes a folder for everybody: Postgres runs as somebody else, and the path of its socket
// is short.
func shortFolder(t testing.TB, in string) string {
	t.Helper()
	dir, err := os.MkdirTemp(in, fmt.Sprintf("samenwijk-trouble-%d-", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func chownLike(file string, owner os.FileInfo) error {
	stat, ok := owner.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Chown(file, int(stat.Uid), int(stat.Gid))
}

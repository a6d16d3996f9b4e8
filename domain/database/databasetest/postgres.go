package databasetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a Postgres server of the tests: a data folder of its own, reached through a socket in
// the folder above it, without a port. It runs with the settings that the program insists on.
type Cluster struct {
	dir      string // holds the socket and the folder "data"
	programs string
	as       *syscall.Credential
	cmd      *exec.Cmd
	ended    chan error // holds the server's end
	output   *bytes.Buffer
}

// NewCluster makes the data folder of a server in dir, which should be empty; nothing runs yet. It
// needs the server's programs (Debian: package postgresql). More arguments are for initdb.
func NewCluster(dir string, more ...string) (*Cluster, error) {
	c, err := OpenCluster(dir)
	if err != nil {
		return nil, err
	}
	if c.as != nil {
		if err := os.Chown(dir, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return nil, err
		}
	}
	arguments := append([]string{"--pgdata", c.Data(), "--username", "samenwijk", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"}, more...)
	initdb := exec.Command(filepath.Join(c.programs, "initdb"), arguments...)
	initdb.Dir = "/"
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c, nil
}

// OpenCluster returns a server on a data folder that is there already.
func OpenCluster(dir string) (*Cluster, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, programs: programs}
	c.as, err = unprivileged()
	return c, err
}

// Data is the server's data folder.
func (c *Cluster) Data() string { return filepath.Join(c.dir, "data") }

// URL is the address of one of its databases.
func (c *Cluster) URL(database string) string {
	return "postgres://samenwijk@/" + url.PathEscape(database) + "?host=" + url.QueryEscape(c.dir)
}

// Credential is whom the server runs as, nil for ourselves: Postgres refuses root.
func (c *Cluster) Credential() *syscall.Credential { return c.as }

// Start starts the server with settings of the form "name=value", and returns when it answers.
func (c *Cluster) Start(settings ...string) error {
	_, err := c.StartUnder(nil, settings...)
	return err
}

// StartUnder is Start with a command in front of the server's own, which must become the server. It
// returns the server's process.
func (c *Cluster) StartUnder(front []string, settings ...string) (pid int, err error) {
	line := append(slices.Clone(front), filepath.Join(c.programs, "postgres"), "-D", c.Data(), "-k", c.dir, "-c", "listen_addresses=")
	for _, setting := range settings {
		line = append(line, "-c", setting)
	}
	c.output = &bytes.Buffer{}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = c.output, c.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Pdeathsig: syscall.SIGINT}
	if err := StartFromSteadyThread(cmd); err != nil {
		return 0, fmt.Errorf("start postgres: %w", err)
	}
	c.cmd, c.ended = cmd, make(chan error, 1)
	ended := c.ended
	go func() { ended <- cmd.Wait() }()
	deadline := time.Now().Add(time.Minute)
	for {
		conn, err := pgx.Connect(context.Background(), c.URL("postgres"))
		if err == nil {
			return cmd.Process.Pid, conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			_ = c.Kill()
			return 0, fmt.Errorf("Postgres does not answer: %w\n%s", err, c.output)
		}
		select {
		case why := <-ended:
			c.cmd = nil
			return 0, fmt.Errorf("Postgres stopped: %v\n%s", why, c.output)
		case <-time.After(10 * time.Millisecond): // the only sign a starting server gives is that it answers
		}
	}
}

// Stop ends the server as an administrator would. A server that does not run is no mistake.
func (c *Cluster) Stop() error {
	if c.cmd == nil {
		return nil
	}
	defer func() { c.cmd = nil }()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil { // fast shutdown
		return err
	}
	return <-c.ended
}

// Kill ends every process of the server at once and without a word, and returns when they are gone.
func (c *Cluster) Kill() error {
	if c.cmd == nil {
		return nil
	}
	pid := c.cmd.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP) // it must not start another while we look
	family := append(children(pid), pid)
	for _, one := range family {
		_ = syscall.Kill(one, syscall.SIGKILL)
	}
	<-c.ended
	c.cmd = nil
	deadline := time.Now().Add(10 * time.Second)
	for _, one := range family {
		for syscall.Kill(one, 0) == nil && !isZombie(one) {
			if time.Now().After(deadline) {
				return fmt.Errorf("process %d of Postgres does not end", one)
			}
			time.Sleep(time.Millisecond) // the kernel does not tell us of a grandchild's end
		}
	}
	return nil
}

func children(pid int) []int {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, word := range strings.Fields(string(list)) {
		if child, err := strconv.Atoi(word); err == nil {
			pids = append(append(pids, children(child)...), child)
		}
	}
	return pids
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// running is the one server that the tests of a process share.
var running struct {
	sync.Mutex
	server *Cluster
}

// startServer starts Postgres at the first call in a process.
var startServer = sync.OnceValues(func() (*Cluster, error) {
	dir, err := os.MkdirTemp(QuickFolder(), fmt.Sprintf("samenwijk-postgres-%d-", os.Getpid()))
	if err != nil {
		return nil, err
	}
	cluster, err := NewCluster(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := cluster.Start("max_connections=200", "shared_buffers=64MB", "max_wal_size=128MB"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	running.Lock()
	running.server = cluster
	running.Unlock()
	return cluster, nil
})

func stopServer() error {
	running.Lock()
	defer running.Unlock()
	s := running.server
	if s == nil {
		return nil
	}
	running.server = nil
	return errors.Join(s.Stop(), os.RemoveAll(s.dir))
}

// QuickFolder returns where data goes that nobody keeps: in memory when there is plenty, because there
// a commit does not wait for a disk; otherwise "", the temporary directory. Folders in it are named
// samenwijk-WHAT-PID-…: what processes that were killed left behind is removed, or it would fill the
// memory.
func QuickFolder() string {
	const memory, plenty = "/dev/shm", 2 << 30
	left, _ := filepath.Glob(memory + "/samenwijk-*-*")
	for _, dir := range left {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[2])
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir)
		}
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < plenty {
		return ""
	}
	return memory
}

// StartFromSteadyThread starts cmd from a thread that lives as long as this process, because the
// kernel sends Pdeathsig when the starting thread ends, not the process.
func StartFromSteadyThread(cmd *exec.Cmd) error {
	started := make(chan error)
	steadyThread() <- func() { started <- cmd.Start() }
	return <-started
}

var steadyThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// postgresPrograms returns the folder of the newest installed server.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("the Postgres server is not installed: run `apt-get install postgresql` (or make test as root)")
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Dir(real), nil
}

func version(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

// unprivileged returns whom to run Postgres as, because it refuses root; nil means as ourselves.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("no user postgres or nobody to run Postgres as")
}

// migratedPostgres migrates once in a process and returns the name of the database to copy.
var migratedPostgres = sync.OnceValues(func() (string, error) {
	s, err := startServer()
	if err != nil {
		return "", err
	}
	const name = "migrated"
	if err := s.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	return name, migrate(s.URL(name))
})

var databases struct {
	sync.Mutex
	count int
}

// createDatabase makes a database for one test and returns its address.
func createDatabase(t testing.TB, template string) string {
	t.Helper()
	s, err := startServer()
	if err != nil {
		t.Fatalf("start Postgres: %v", err)
	}
	databases.Lock()
	defer databases.Unlock()
	databases.count++
	name := fmt.Sprintf("test_%d", databases.count)
	if err := s.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return s.URL(name)
}

// Exec runs one statement in one of the server's databases.
func (c *Cluster) Exec(database, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.URL(database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

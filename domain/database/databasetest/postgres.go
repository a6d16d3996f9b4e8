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

// server is the one Postgres of this process: a data folder of its own, reached through a socket in
// it, without a port. It runs with the settings that the program insists on.
type server struct {
	dir   string
	admin string // URL of the database "postgres"
	cmd   *exec.Cmd
}

var running struct {
	sync.Mutex
	server *server
}

// startServer starts Postgres at the first call in a process. It needs the server's programs
// (Debian: package postgresql); without them the test fails.
var startServer = sync.OnceValues(func() (*server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	running.Lock()
	running.server = s
	running.Unlock()
	return s, nil
})

func stopServer() error {
	running.Lock()
	defer running.Unlock()
	s := running.server
	if s == nil {
		return nil
	}
	running.server = nil
	err := s.cmd.Process.Signal(syscall.SIGINT) // fast shutdown
	if err == nil {
		err = s.cmd.Wait()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func newServer() (*server, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(quickFolder(), fmt.Sprintf("samenwijk-postgres-%d-", os.Getpid()))
	if err != nil {
		return nil, err
	}
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if credential != nil {
		if err := os.Chown(dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"),
		"--pgdata", data, "--username", "samenwijk", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	initdb.Dir = "/"
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	var output bytes.Buffer
	cmd := exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-k", dir,
		"-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "max_wal_size=128MB")
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGINT}
	if err := startFromSteadyThread(cmd); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	s := &server{dir: dir, cmd: cmd, admin: address(dir, "postgres")}
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := pgx.Connect(context.Background(), s.admin)
		if err == nil {
			return s, conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return nil, fmt.Errorf("Postgres does not answer: %w\n%s", err, output.String())
		}
		time.Sleep(20 * time.Millisecond) // the only sign a starting server gives is that it answers
	}
}

// quickFolder returns where the data folder goes: in memory when there is plenty, because there a
// commit does not wait for a disk; otherwise "", the temporary directory. What processes that were
// killed left behind there is removed: it would fill the memory.
func quickFolder() string {
	const memory, plenty = "/dev/shm", 2 << 30
	left, _ := filepath.Glob(memory + "/samenwijk-postgres-*")
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

// startFromSteadyThread starts cmd from a thread that lives as long as this process, because the
// kernel sends Pdeathsig when the starting thread ends, not the process.
func startFromSteadyThread(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}

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

func address(socketDir, name string) string {
	return "postgres://samenwijk@/" + url.PathEscape(name) + "?host=" + url.QueryEscape(socketDir)
}

// migratedPostgres migrates once in a process and returns the name of the database to copy.
var migratedPostgres = sync.OnceValues(func() (string, error) {
	s, err := startServer()
	if err != nil {
		return "", err
	}
	const name = "migrated"
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
		return "", err
	}
	return name, migrate(address(s.dir, name))
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
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy"); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return address(s.dir, name)
}

func (s *server) exec(statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

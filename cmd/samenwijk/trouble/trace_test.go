package trouble_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// call is one system call by which a process touched a file below the recorded folder.
type call struct {
	name       string
	pid        string
	start, end time.Time // as the process left for the kernel, and before it went on
	path       string    // of the file; of the folder for fsync of one
	to         string    // where rename goes
	fd         string
	flags      string // of open
	offset     int64  // -1 where the file's own position counts
	size       int64
	data       []byte
}

// recorder returns the command that has strace write down in file what a program does to its files.
// With -DD the program stays our own child, and strace is in nobody's way.
func recorder(t testing.TB, file string) []string {
	t.Helper()
	calls := "write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,ftruncate,truncate,fallocate,rename,renameat,renameat2," +
		"unlink,unlinkat,link,linkat,symlink,symlinkat,open,openat,openat2,creat,mkdir,mkdirat,copy_file_range,sendfile,splice,mmap"
	return []string{"strace", "-DD", "-f", "-q", "--seccomp-bpf", "-y", "-ttt", "-T", "-xx", "-s", "16777216", "-e", "signal=SIGKILL",
		"-e", "trace=" + calls, "-o", file}
}

// readTrace waits until the recording of process pid is complete, and returns the calls that touched
// something below folder, in the order in which they ended. What it does not understand fails the
// test: a write that nobody saw would make the disk kinder than it is.
func readTrace(t testing.TB, file, folder string, pid int) []call {
	t.Helper()
	last := fmt.Sprintf("%d ", pid)
	eventually(t, says(func() string { return "the recording is complete" }), 30*time.Second, func() bool {
		text, err := tailOf(file, 64<<10)
		if err != nil {
			return false
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, last) && strings.Contains(line, "+++") {
				return true
			}
		}
		return false
	})
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	lines := bufio.NewReaderSize(in, 1<<20)
	begun := map[string]string{} // the first half of a call, by process
	var calls []call
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if line == "" && err != nil {
			break
		}
		pid, rest, found := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if rest = strings.TrimLeft(rest, " "); !found || strings.Contains(rest, " +++ ") || strings.Contains(rest, " --- ") {
			continue
		}
		if first, cut := strings.CutSuffix(rest, " <unfinished ...>"); cut {
			begun[pid] = first
			continue
		}
		if _, second, resumed := strings.Cut(rest, " resumed>"); resumed && strings.Contains(rest[:min(len(rest), 40)], "<... ") {
			rest = begun[pid] + second
			delete(begun, pid)
		}
		c, mine, err := parseCall(rest, folder)
		if err != nil {
			t.Fatalf("line %d of the recording: %v: %.300s", n, err, rest)
		}
		if c.pid = pid; mine {
			calls = append(calls, c)
		}
	}
	for _, first := range begun { // under way when the end came: it may have done something, and nobody was told
		if c, mine, err := parseCall(first+") = 0 <3600.0>", folder); err == nil && mine {
			calls = append(calls, c)
		}
	}
	slices.SortStableFunc(calls, func(a, b call) int { return a.end.Compare(b.end) })
	return calls
}

func tailOf(file string, n int64) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	size, err := in.Seek(0, 2)
	if err != nil {
		return "", err
	}
	b := make([]byte, min(n, size))
	_, err = in.ReadAt(b, size-int64(len(b)))
	return string(b), err
}

// parseCall reads "seconds name(arguments) = result <seconds>". Mine says that the call succeeded and
// touched something below folder.
func parseCall(line, folder string) (c call, mine bool, err error) {
	stamp, rest, _ := strings.Cut(line, " ")
	name, rest, ok := strings.Cut(rest, "(")
	end := strings.LastIndex(rest, ") = ")
	if !ok || end < 0 {
		return c, false, fmt.Errorf("no call")
	}
	result, took, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(rest[end+4:], " ")), " <0.")
	if strings.HasPrefix(result, "-1") || strings.HasPrefix(result, "?") {
		if strings.HasPrefix(result, "?") {
			return c, false, nil // killed in it: what follows never happened, and it may or may not have
		}
		return c, false, nil
	}
	if i := strings.LastIndex(rest[end:], " <"); i >= 0 {
		took = strings.TrimSuffix(rest[end+i+2:], ">")
	}
	seconds, err := strconv.ParseFloat(took, 64)
	if err != nil {
		return c, false, fmt.Errorf("how long it took: %w", err)
	}
	whole, fraction, _ := strings.Cut(stamp, ".")
	s, err1 := strconv.ParseInt(whole, 10, 64)
	us, err2 := strconv.ParseInt(fraction, 10, 64)
	if err1 != nil || err2 != nil {
		return c, false, fmt.Errorf("no time")
	}
	c.name, c.start = name, time.Unix(s, us*1000)
	c.end = c.start.Add(time.Duration(seconds*1e6) * time.Microsecond)
	arguments := split(rest[:end])
	below := func(path string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
	within := func(i int) bool {
		if i >= len(arguments) {
			return false
		}
		c.fd, c.path = descriptor(arguments[i])
		return below(c.path)
	}
	named := func(at, i int) string { // a path, perhaps relative to a folder
		path := text(arguments[i])
		if !filepath.IsAbs(path) && at >= 0 {
			_, base := descriptor(arguments[at])
			path = filepath.Join(base, path)
		}
		return path
	}
	number := func(i int) int64 {
		n, e := strconv.ParseInt(arguments[i], 0, 64)
		if e != nil {
			err = e
		}
		return n
	}
	switch name {
	case "write":
		mine = within(0)
		c.data, c.offset = bytesOf(arguments[1]), -1
	case "pwrite64":
		mine = within(0)
		c.data, c.offset = bytesOf(arguments[1]), number(3)
	case "writev", "pwritev", "pwritev2":
		if mine = within(0); mine {
			for _, part := range split(strings.Trim(arguments[1], "[]")) {
				for _, field := range split(strings.Trim(part, "{}")) {
					if base, found := strings.CutPrefix(field, "iov_base="); found {
						c.data = append(c.data, bytesOf(base)...)
					}
				}
			}
			if c.offset = -1; name != "writev" {
				c.offset = number(3)
			}
		}
	case "fsync", "fdatasync":
		mine = within(0)
	case "ftruncate":
		if mine = within(0); mine {
			c.size = number(1)
		}
	case "fallocate":
		if mine = within(0); mine {
			if arguments[1] != "0" {
				return c, mine, fmt.Errorf("a kind of fallocate that is not known here")
			}
			c.size = number(2) + number(3)
		}
	case "truncate":
		c.path = text(arguments[0])
		if mine = below(c.path); mine {
			c.size = number(1)
		}
	case "rename", "renameat", "renameat2":
		if name == "rename" {
			c.path, c.to = text(arguments[0]), text(arguments[1])
		} else {
			c.path, c.to = named(0, 1), named(2, 3)
		}
		mine = below(c.path) || below(c.to)
		c.name = "rename"
	case "unlink", "unlinkat":
		if c.path = named(-1, 0); name == "unlinkat" {
			c.path = named(0, 1)
		}
		mine = below(c.path)
		c.name = "unlink"
	case "open", "openat", "creat":
		// The result names the file, whatever it was called by.
		c.fd, c.path = descriptor(strings.SplitN(rest[end+4:], " <0.", 2)[0])
		mine = below(c.path)
		switch name {
		case "open":
			c.flags = arguments[1]
		case "openat":
			c.flags = arguments[2]
		case "creat":
			c.flags = "O_WRONLY|O_CREAT|O_TRUNC"
		}
		for flag := range strings.SplitSeq(c.flags, "|") {
			if mine && slices.Contains([]string{"O_SYNC", "O_DSYNC", "O_DIRECT", "O_TMPFILE"}, flag) {
				return c, mine, fmt.Errorf("a way of writing that is not known here")
			}
		}
		c.name = "open"
	case "mkdir", "mkdirat":
		if c.path = named(-1, 0); name == "mkdirat" {
			c.path = named(0, 1)
		}
		mine = below(c.path)
		c.name = "mkdir"
	case "mmap":
		// SQLite maps its index of the write-ahead log, which it makes anew after a power loss.
		if !strings.Contains(arguments[3], "MAP_SHARED") || !strings.Contains(arguments[2], "PROT_WRITE") {
			return c, false, nil
		}
		if within(4) && !strings.HasSuffix(c.path, "-shm") {
			return c, true, fmt.Errorf("a file is written through memory, which is not recorded")
		}
		return c, false, nil
	default:
		for i := range arguments {
			if within(i) || below(text(arguments[i])) {
				return c, true, fmt.Errorf("a call that is not known here")
			}
		}
		return c, false, nil
	}
	return c, mine, err
}

// split cuts arguments at the commas outside of quotes and brackets.
func split(arguments string) []string {
	var parts []string
	depth, quoted, begin := 0, false, 0
	for i := range len(arguments) {
		switch b := arguments[i]; {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			depth++
		case b == ']' || b == '}':
			depth--
		case b == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(arguments[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, strings.TrimSpace(arguments[begin:]))
}

// descriptor reads `7<\x2f\x74>`: a number, and the path behind it.
func descriptor(argument string) (fd, path string) {
	fd, path, _ = strings.Cut(argument, "<")
	return fd, string(unescape(strings.TrimSuffix(strings.TrimSpace(path), ">")))
}

func text(argument string) string { return string(bytesOf(argument)) }

func bytesOf(argument string) []byte {
	return unescape(strings.TrimSuffix(strings.TrimPrefix(argument, `"`), `"`))
}

// unescape reads `\x2f\x74`. Anything else is taken as it is.
func unescape(s string) []byte {
	if len(s)%4 != 0 || !strings.HasPrefix(s, `\x`) {
		return []byte(s)
	}
	digits := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); i += 4 {
		digits = append(digits, s[i+2], s[i+3])
	}
	out := make([]byte, len(digits)/2)
	if _, err := hex.Decode(out, digits); err != nil {
		return []byte(s)
	}
	return out
}

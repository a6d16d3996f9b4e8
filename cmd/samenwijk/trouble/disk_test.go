package trouble_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// disk plays recorded calls on a disk with a memory in front of it. What was written lies in the memory
// until fsync has returned; when the power goes, that memory is gone, except for what the machine had
// happened to write back by then: any part of it, in any order, in pieces of a sector.
type disk struct {
	lies  bool // fsync returns at once and does nothing
	names map[string]*inode
	moves []move // of names, which their folder does not hold for sure yet; in order
	live  map[string]*inode
	ends  map[string]int64 // positions of descriptors
	calls []call           // not played yet, in the order in which they end
}

// inode is the content of a file.
type inode struct {
	sure  []byte  // survives
	own   bool    // sure is ours to change
	maybe []patch // in the memory, in order
	size  int64   // as the program sees it
}

// patch is a change of content: bytes at an offset, or another size.
type patch struct {
	at   int64
	data []byte
	size int64 // when data is nil
	end  time.Time
}

// move is a change of names: a file appears at to, and disappears at from; either may be empty.
type move struct {
	from, to string
	file     *inode
	end      time.Time
}

const sector = 512

// newDisk returns a disk that holds the files in base, by path, for sure, and what will be done to them.
func newDisk(base map[string][]byte, calls []call, lies bool) *disk {
	d := &disk{lies: lies, calls: calls, names: map[string]*inode{}, live: map[string]*inode{}, ends: map[string]int64{}}
	for path, content := range base {
		f := &inode{sure: content, size: int64(len(content))}
		d.names[path], d.live[path] = f, f
	}
	return d
}

// play goes on until a moment: what had returned by then has happened.
func (d *disk) play(t testing.TB, until time.Time) {
	t.Helper()
	for len(d.calls) > 0 && !d.calls[0].end.After(until) {
		d.do(t, d.calls[0])
		d.calls = d.calls[1:]
	}
}

func (d *disk) do(t testing.TB, c call) {
	t.Helper()
	f := d.live[c.path]
	key := c.pid + " " + c.fd
	switch c.name {
	case "open":
		if strings.Contains(c.flags, "O_DIRECTORY") {
			return
		}
		if f == nil && strings.Contains(c.flags, "O_CREAT") {
			f = &inode{}
			d.live[c.path] = f
			d.moves = append(d.moves, move{to: c.path, file: f, end: c.end})
		}
		if f == nil {
			return // a folder
		}
		if strings.Contains(c.flags, "O_TRUNC") {
			f.change(patch{size: 0, end: c.end})
		}
		if d.ends[key] = 0; strings.Contains(c.flags, "O_APPEND") {
			d.ends[key] = f.size
		}
	case "write", "writev", "pwrite64", "pwritev", "pwritev2":
		if f == nil {
			return // its name is gone, and with it every way to read it
		}
		at := c.offset
		if at < 0 {
			at = d.ends[key]
			d.ends[key] = at + int64(len(c.data))
		}
		f.change(patch{at: at, data: c.data, end: c.end})
	case "ftruncate", "truncate", "fallocate":
		if f != nil && (c.name != "fallocate" || c.size > f.size) {
			f.change(patch{size: c.size, end: c.end})
		}
	case "fsync", "fdatasync":
		if !d.lies {
			d.sync(c.path, f, c.start)
		}
	case "rename":
		if f == nil {
			t.Fatalf("a folder is renamed: %s", c.path)
		}
		delete(d.live, c.path)
		d.live[c.to] = f
		d.moves = append(d.moves, move{from: c.path, to: c.to, file: f, end: c.end})
	case "unlink":
		delete(d.live, c.path)
		d.moves = append(d.moves, move{from: c.path, end: c.end})
	case "mkdir":
	default:
		t.Fatalf("nobody knows what %s does to a disk", c.name)
	}
}

func (f *inode) change(p patch) {
	if p.data == nil {
		f.size = p.size
	} else {
		f.size = max(f.size, p.at+int64(len(p.data)))
	}
	f.maybe = append(f.maybe, p)
}

// sync makes sure what had been done to a file, or to the names in a folder, when fsync was called. The
// name of a new file is made sure together with its content, as common file systems do.
func (d *disk) sync(path string, f *inode, before time.Time) {
	if f != nil {
		f.maybe = slices.DeleteFunc(f.maybe, func(p patch) bool {
			if p.end.After(before) {
				return false
			}
			if !f.own {
				f.sure, f.own = slices.Clone(f.sure), true
			}
			f.sure = p.apply(f.sure, nil)
			return true
		})
	}
	touched := map[string]bool{}
	for _, m := range d.moves {
		if f != nil && m.file == f {
			touched[m.from], touched[m.to] = true, true
		}
	}
	d.moves = slices.DeleteFunc(d.moves, func(m move) bool {
		mine := f == nil && (filepath.Dir(m.from) == path || filepath.Dir(m.to) == path) ||
			m.to != "" && touched[m.to] || m.from != "" && touched[m.from]
		if !mine || m.end.After(before) {
			return false
		}
		m.apply(d.names)
		return true
	})
}

func (m move) apply(names map[string]*inode) {
	if m.from != "" {
		delete(names, m.from)
	}
	if m.to != "" {
		names[m.to] = m.file
	}
}

// apply changes content, which may move, as append does. Written says which sectors reached the disk;
// nil is all of them.
func (p patch) apply(content []byte, written func() bool) []byte {
	end := p.at + int64(len(p.data))
	if p.data == nil {
		if end = p.size; end <= int64(len(content)) {
			return content[:end]
		}
	}
	if more := end - int64(len(content)); more > 0 {
		content = append(content, make([]byte, more)...)
	}
	for at := p.at; at < end && p.data != nil; {
		next := min(end, (at/sector+1)*sector)
		if written == nil || written() {
			copy(content[at:next], p.data[at-p.at:next-p.at])
		}
		at = next
	}
	return content
}

// fates is how many ways there are in which the memory goes.
const fates = 4

// powerLoss returns the files that are found when the power goes at this moment and comes back. The
// disk itself can be played on.
func (d *disk) powerLoss(dice *rand.Rand, at time.Time, fate int) map[string][]byte {
	names := maps.Clone(d.names)
	for _, m := range d.moves[:dice.IntN(len(d.moves)+1)] {
		m.apply(names)
	}
	underWay := map[*inode][]patch{} // a write that had not returned may have happened as well
	for _, c := range d.calls {
		if f := d.live[c.path]; f != nil && c.offset >= 0 && len(c.data) > 0 && !c.start.After(at) {
			underWay[f] = append(underWay[f], patch{at: c.offset, data: c.data})
		}
	}
	files := map[string][]byte{}
	for path, f := range names {
		content := f.sure
		if len(f.maybe)+len(underWay[f]) > 0 && fate > 0 {
			content = slices.Clone(content)
		}
		for _, p := range slices.Concat(f.maybe, underWay[f]) {
			switch fate {
			case 0: // nothing of it had been written back
			case 1: // all of it had
				content = p.apply(content, nil)
			case 2: // some writes had
				if dice.IntN(2) == 0 {
					content = p.apply(content, nil)
				}
			case 3: // some sectors had
				content = p.apply(content, func() bool { return dice.IntN(2) == 0 })
			}
		}
		files[path] = content
	}
	return files
}

// folder reads all files below a folder.
func folder(t testing.TB, root string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestADiskKeepsWhatWasSyncedAndOnlyThatForSure(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	write := func(ms int, text string) call {
		return call{name: "pwrite64", path: "/d/f", start: at(ms), end: at(ms), data: []byte(text)}
	}
	sync := func(from, to int, path string) call {
		return call{name: "fsync", path: path, start: at(from), end: at(to)}
	}
	open := call{name: "open", path: "/d/f", flags: "O_RDWR|O_CREAT", start: at(1), end: at(1)}
	for name, tc := range map[string]struct {
		calls []call
		lies  bool
		want  map[string]bool // every outcome; "-" is no file
	}{
		"nothing synced":           {[]call{open, write(2, "one")}, false, map[string]bool{"-": true, "": true, "one": true, "\x00\x00\x00": true}},
		"synced":                   {[]call{open, write(2, "one"), sync(3, 4, "/d/f")}, false, map[string]bool{"one": true}},
		"synced, then more":        {[]call{open, write(2, "one"), sync(3, 4, "/d/f"), write(5, "two")}, false, map[string]bool{"one": true, "two": true}},
		"written during the sync":  {[]call{open, write(2, "one"), write(4, "two"), sync(3, 5, "/d/f")}, false, map[string]bool{"one": true, "two": true}},
		"still syncing":            {[]call{open, write(2, "one"), sync(3, 99, "/d/f")}, false, map[string]bool{"-": true, "": true, "one": true, "\x00\x00\x00": true}},
		"a disk that lies":         {[]call{open, write(2, "one"), sync(3, 4, "/d/f")}, true, map[string]bool{"-": true, "": true, "one": true, "\x00\x00\x00": true}},
		"only the name synced":     {[]call{open, write(2, "one"), sync(3, 4, "/d")}, false, map[string]bool{"": true, "one": true, "\x00\x00\x00": true}},
		"removed":                  {[]call{open, write(2, "one"), sync(3, 4, "/d/f"), {name: "unlink", path: "/d/f", start: at(5), end: at(5)}}, false, map[string]bool{"one": true, "-": true}},
		"removed, and that synced": {[]call{open, write(2, "one"), sync(3, 4, "/d/f"), {name: "unlink", path: "/d/f", start: at(5), end: at(5)}, sync(6, 7, "/d")}, false, map[string]bool{"-": true}},
		"renamed, and that synced": {[]call{{name: "rename", path: "/d/old", to: "/d/f", start: at(1), end: at(1)}, sync(2, 3, "/d")}, false, map[string]bool{"old": true}},
		"renamed":                  {[]call{{name: "rename", path: "/d/old", to: "/d/f", start: at(1), end: at(1)}}, false, map[string]bool{"old": true, "-": true}},
		"cut off, not synced":      {[]call{open, write(2, "one"), sync(3, 4, "/d/f"), {name: "ftruncate", path: "/d/f", size: 1, start: at(5), end: at(5)}}, false, map[string]bool{"one": true, "o": true}},
	} {
		t.Run(name, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(1, 1))
			seen := map[string]bool{}
			slices.SortStableFunc(tc.calls, func(a, b call) int { return a.end.Compare(b.end) })
			for range 300 {
				d := newDisk(map[string][]byte{"/d/old": []byte("old")}, tc.calls, tc.lies)
				d.play(t, at(50))
				content, there := d.powerLoss(dice, at(50), dice.IntN(fates))["/d/f"]
				if outcome := string(content); there {
					seen[outcome] = true
				} else {
					seen["-"] = true
				}
			}
			if !maps.Equal(seen, tc.want) {
				t.Errorf("found %q, want %q", slices.Sorted(maps.Keys(seen)), slices.Sorted(maps.Keys(tc.want)))
			}
		})
	}
}

package trouble_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatTheProgramMakesIsReadByItsOwnerAlone starts an installation where everybody may read new files,
// and looks at each file and folder that it makes.
func TestWhatTheProgramMakesIsReadByItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	h := newHouse(t, filepath.Join(dir, "data", "of", "samenwijk.db"))
	h.front = []string{"/bin/sh", "-c", `umask 0022 && exec "$@"`, "sh"}
	h.env = []string{"SAMENWIJK_SECRET_FILE=" + filepath.Join(dir, "keys", "secret")}
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	h.open("--demonstration")
	if out, err := h.run("backup", filepath.Join(dir, "backup.zip")); err != nil {
		t.Fatalf("backup: %v\n%s", err, out)
	}
	var made []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		made = append(made, filepath.Base(path))
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s may be read by %o, want %o", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"samenwijk.db", "samenwijk.db-wal", "secret", "backup.zip"} {
		if !strings.Contains(strings.Join(made, " "), name) {
			t.Errorf("%s is not among %v: the test looks in the wrong place", name, made)
		}
	}
	h.close()
}

// TestAFileThatEverybodyCouldReadIsTakenBack opens a database of a program that let everybody read it.
func TestAFileThatEverybodyCouldReadIsTakenBack(t *testing.T) {
	h := newHouse(t, "")
	if err := os.Chmod(h.database, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := h.run("migrate"); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	info, err := os.Stat(h.database)
	if err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

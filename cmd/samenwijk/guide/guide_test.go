package guide

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	root  = "../../.."
	files = root + "/docs/install"
)

// blocks are what the guide has one type, in order.
func blocks(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(root + "/docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, found := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// program builds the program in a folder of its own and returns that.
func program(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "samenwijk"), "samenwijk/cmd/samenwijk")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return folder
}

func TestWhatTheGuideNamesIsThere(t *testing.T) {
	text := strings.Join(blocks(t), "\n")
	check := exec.Command("bash", "-n")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("a command of the guide is no command: %s", out)
	}
	whole, err := os.ReadFile(root + "/docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(files)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		there = append(there, entry.Name())
		if !strings.Contains(string(whole), "install/"+entry.Name()) {
			t.Errorf("the guide does not say what docs/install/%s is for", entry.Name())
		}
	}
	for _, found := range regexp.MustCompile(`\binstall/([A-Za-z.-]+[A-Za-z])`).FindAllStringSubmatch(string(whole), -1) {
		if !slices.Contains(there, found[1]) {
			t.Errorf("the guide names docs/install/%s, which is not there", found[1])
		}
	}
}

// Each setting of the file is one that the program knows, those that wait for a mail server as well.
func TestTheProgramKnowsTheSettingsOfTheGuide(t *testing.T) {
	text, err := os.ReadFile(files + "/samenwijk.env")
	if err != nil {
		t.Fatal(err)
	}
	show := exec.Command(filepath.Join(program(t), "samenwijk"), "config")
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^#?([A-Z_]+)="(.*)"$`).FindAllStringSubmatch(string(text), -1) {
		show.Env = append(show.Env, found[1]+"="+found[2])
		names = append(names, found[1])
	}
	out, err := show.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(names) < 6 {
		t.Fatalf("the file has %v", names)
	}
	for _, name := range names {
		if !strings.Contains(string(out), name) {
			t.Errorf("%s is not among the settings in force:\n%s", name, out)
		}
	}
}

// The backup of each night is restored once, and what is too old goes only after one that is good.
func TestTheBackupOfEachNightIsTriedBeforeOldOnesGo(t *testing.T) {
	bin, folder, work := program(t), t.TempDir(), t.TempDir()
	run := func(name string, args ...string) (string, error) {
		command := exec.Command(name, args...)
		command.Dir = work
		command.Env = []string{
			"PATH=" + bin + ":/usr/bin:/bin", "DATABASE_URL=" + work + "/samenwijk.db", "SAMENWIJK_SECRET_FILE=" + work + "/secret",
		}
		out, err := command.CombinedOutput()
		return string(out), err
	}
	script, err := filepath.Abs(files + "/samenwijk-backup")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(bin+"/samenwijk", "admin", "iemand@voorbeeld.test", "--name", "Iemand"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	old := filepath.Join(folder, "samenwijk-2026-01-01-031700.zip")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-40 * 24 * time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	list := func() []string {
		var names []string
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}

	good := filepath.Join(work, "samenwijk.db")
	if err := os.Rename(good, good+".away"); err != nil {
		t.Fatal(err)
	}
	if out, err := run(script, folder); err == nil {
		t.Errorf("without a database it says all is well: %s", out)
	}
	if got := list(); len(got) != 1 || got[0] != filepath.Base(old) {
		t.Errorf("after a backup that failed there are %v", got)
	}
	if err := os.Rename(good+".away", good); err != nil {
		t.Fatal(err)
	}
	if out, err := run(script, folder); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := list()
	if len(got) != 1 || got[0] == filepath.Base(old) || !strings.HasSuffix(got[0], ".zip") {
		t.Errorf("after a good backup there are %v", got)
	}
}

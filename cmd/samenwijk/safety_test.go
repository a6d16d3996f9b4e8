package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the program never does, whatever is sent to it, because what could do it is not in it. Packages of
// others may use what stands here for themselves; the code of this house does not.
var forbiddenImports = map[string]string{
	"os/exec":        "it runs no other program",
	"plugin":         "it loads no code",
	"text/template":  "pages are compiled, so nothing that is sent becomes a template",
	"html/template":  "pages are compiled, so nothing that is sent becomes a template",
	"encoding/xml":   "it reads no XML",
	"encoding/gob":   "what is sent becomes no Go value of the sender's choice",
	"net/http":       "it asks nothing of other sites",
	"net/http/pprof": "it shows nothing of its inside",
	"net/rpc":        "what is sent calls no function",
	"expvar":         "it shows nothing of its inside",
	"crypto/md5":     "the algorithm is broken",
	"crypto/sha1":    "the algorithm is broken",
	"crypto/des":     "the algorithm is broken",
	"crypto/rc4":     "the algorithm is broken",
	"crypto/dsa":     "the algorithm is broken",
	"math/rand":      "chance that can be guessed",
	"math/rand/v2":   "chance that can be guessed",
	"unsafe":         "memory is the language's to look after",
}

// permitted says who may all the same, and for what.
var permitted = map[string]string{
	"realtime/natsbus/natsbus.go math/rand/v2": "how long a node waits before it connects again",
	"realtime/flow/order.go math/rand/v2":      "where between two neighbours something is put",
	"server/live/loop_linux.go unsafe":         "a call of the kernel",
	"server/home/logo.go encoding/xml":         "the logo that a network sets is looked through at the start",
}

// forbiddenWords are ways past the compiled pages, and connections to where somebody says.
var forbiddenWords = map[string]*regexp.Regexp{
	"it connects to what the settings name, by the clients of the database, mail and NATS": regexp.MustCompile(
		`\bnet\.Dial|\bnet\.Dialer|\bfasthttp\.(Client|Do|Get|Post)|\bfiber\.(Get|Post|AcquireClient|AcquireAgent)\(`),
	"HTML that is not compiled is cleaned in one of the places that are listed": regexp.MustCompile(`\btempl\.(Raw|ComponentFunc)\(`),
}

// cleaned are the files in which HTML is written past the compiled pages: of Markdown, by a list of what may
// stand there, data for search engines as JSON, and a text as letters: in neither a sign can end the script.
var cleaned = []string{
	"server/home/own.go", "server/library/markdown.go", "server/meetings/markdown.go", "server/meetings/meeting_templ.go", "server/programmes/given.go",
}

// dials is the file that opens a connection itself: to the mail server of the settings, to say what was wrong with it.
const dials = "server/mail/trouble.go"

func TestWhatShipsCannotDoWhatItNeverNeeds(t *testing.T) {
	shipped := shippedSources(t)
	if len(shipped) < 150 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(shipped))
	}
	excused := map[string]bool{}
	for _, s := range shipped {
		for _, imported := range s.imports {
			reason := forbiddenImports[imported]
			if key := s.file + " " + imported; permitted[key] != "" {
				excused[key] = true
			} else if reason != "" {
				t.Errorf("%s imports %s: %s", s.file, imported, reason)
			}
		}
		for reason, word := range forbiddenWords {
			if s.file == dials && word.FindString(s.text) == "net.Dial" {
				continue
			}
			if found := word.FindString(s.text); found != "" && !(strings.HasPrefix(found, "templ.") && slices.Contains(cleaned, s.file)) {
				t.Errorf("%s has %s: %s", s.file, found, reason)
			}
		}
	}
	for key := range permitted {
		if !excused[key] {
			t.Errorf("%s is permitted, and nobody needs it any more", key)
		}
	}
}

// shippedSources returns the sources that the program is made of: those that the command reaches.
func shippedSources(t *testing.T) []source {
	t.Helper()
	rooms := map[string][]source{}
	for _, s := range readSources(t) {
		rooms[s.room] = append(rooms[s.room], s)
	}
	var shipped []source
	waiting, seen := []string{"cmd/samenwijk"}, map[string]bool{}
	for len(waiting) > 0 {
		room := waiting[0]
		waiting = waiting[1:]
		if seen[room] {
			continue
		}
		seen[room] = true
		for _, s := range rooms[room] {
			shipped = append(shipped, s)
			for _, imported := range s.imports {
				if target, own := strings.CutPrefix(imported, "samenwijk/"); own {
					waiting = append(waiting, target)
				}
			}
		}
	}
	return shipped
}

// scripts are what could run words as a program, make elements of them, or speak with another page.
var scripts = regexp.MustCompile(`\beval\(|\bnew Function\b|\bdocument\.write|\binsertAdjacentHTML|\b(?:inner|outer)HTML\b|` +
	`\bsetHTML|\bsrcdoc\b|\bpostMessage\(|addEventListener\("message"|\bBroadcastChannel\b|\bset(?:Timeout|Interval)\("`)

// scriptsPermitted name the one place: what was pasted as plain text, as lines and lists whose letters are escaped.
var scriptsPermitted = map[string]string{"editor/pasting.ts": "innerHTML"}

func TestNoScriptRunsWordsOrMakesElementsOfThem(t *testing.T) {
	root := filepath.Join("..", "..", "frontend", "src")
	read, excused := 0, 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".ts" || strings.HasSuffix(name, ".test.ts") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		read++
		for _, found := range scripts.FindAllString(string(text), -1) {
			if scriptsPermitted[filepath.ToSlash(relative)] == found {
				excused++
				continue
			}
			t.Errorf("%s has %s", relative, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 50 || excused != len(scriptsPermitted) {
		t.Errorf("%d files read, %d places excused: the test looks in the wrong place", read, excused)
	}
}

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the house, as docs/architecture.md draws it. A room is a package; rules hold for
// the code that ships, tests may look further.

var contexts = []string{"account", "network", "workgroup", "programme", "meeting", "research", "outcome"}

var pageRooms = []string{"accounts", "directory", "finder", "home", "workgroups", "programmes", "meetings", "library", "outcomes"}

// mayOpenTx names the rooms besides a context's queries.go that may speak SQL.
var mayOpenTx = []string{"domain/database", "domain/database/databasetest", "domain/event", "domain/livedoc", "domain/provenance", "domain/search"}

// ownOfWeb is what a request says that only server/web reads: whoever sent it may have written anything.
var ownOfWeb = regexp.MustCompile(`\.IPs?\(\)|RemoteIP\(|RemoteAddr\(|XForwardedFor|"X-Forwarded-For"|` +
	`\.Params\(|\.AllParams\(|\bc\.Cookies\(|\.FormValue\(|\.MultipartForm\(|\.BodyParser\(|\.PostArgs\(|\bc\.Body\(`)

// pageAddress begins with a word of the addresses of our pages: those that ui names, and those of one room.
var pageAddress = regexp.MustCompile(`^/(werkgroepen|programmas|bijeenkomsten|notities|aanmeldingen|zoeken|inloggen|account|beheer|` +
	`uitnodigingen?|toegankelijkheid|privacy|broncode|uitloggen|taal|live)(/|\?|#|$)`)

// pageIn returns the first address of a page that stands in the code of a source, or nothing.
func pageIn(t *testing.T, s source) string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), s.file, s.text, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	ast.Inspect(parsed, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && found == "" {
			if said, err := strconv.Unquote(l.Value); err == nil && pageAddress.MatchString(said) {
				found = said
			}
		}
		return true
	})
	return found
}

func TestAnAddressOfAPageIsSeenInCode(t *testing.T) {
	for text, want := range map[string]string{
		`package p; const a = "/notities/" + "x"`: "/notities/", "package p; var a = `/programmas`": "/programmas",
		`package p; // "/notities/"`: "", `package p; const a = "/dev/shm"`: "", `package p; const a = "a/notities/"`: "",
	} {
		if got := pageIn(t, source{file: "p.go", text: text}); got != want {
			t.Errorf("%s: saw %q, want %q", text, got, want)
		}
	}
}

type source struct {
	file, room string // relative to the module
	imports    []string
	text       string
}

func TestTheHouseKeepsItsRules(t *testing.T) {
	sources := readSources(t)
	if len(sources) < 30 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(sources))
	}
	for _, s := range sources {
		for _, imported := range s.imports {
			if reason := refused(s, imported); reason != "" {
				t.Errorf("%s imports %s: %s", s.file, imported, reason)
			}
		}
		if strings.Contains(s.text, ".Gorm()") && path.Base(s.file) != "queries.go" && !slices.Contains(mayOpenTx, s.room) {
			t.Errorf("%s opens a transaction: SQL lives in queries.go", s.file)
		}
		if found := ownOfWeb.FindString(s.text); found != "" && s.room != "server/web" {
			t.Errorf("%s says %s: only web reads that, for Address, ID, Cookie, Decode and Sent", s.file, found)
		}
		if found := pageIn(t, s); found != "" && under(s.room, "domain") {
			t.Errorf("%s says %s: the domain knows no pages", s.file, found)
		}
		for _, word := range []string{"util", "utils", "common", "helpers", "models", "types", "services"} {
			if path.Base(s.room) == word {
				t.Errorf("%s is in a room called %s: the map is missing a word", s.file, word)
			}
		}
	}
}

// refused returns the rule that an import breaks, or nothing.
func refused(s source, imported string) string {
	own := strings.HasPrefix(imported, "samenwijk/")
	target := strings.TrimPrefix(imported, "samenwijk/")
	third := !own && strings.Contains(strings.Split(imported, "/")[0], ".")

	switch {
	case own && strings.HasPrefix(target, "cmd/"):
		return "nobody imports cmd"
	case strings.HasPrefix(imported, "github.com/nats-io/") && s.room != "realtime/natsbus":
		return "NATS belongs to natsbus"
	case under(s.room, "domain"):
		return refusedInDomain(s.room, imported, target, own)
	case isEngine(s.room):
		if third {
			return "the engine uses the standard library alone"
		}
		if own && !isEngine(target) {
			return "the engine knows the engine alone"
		}
	case under(s.room, "realtime"):
		if own && !under(target, "realtime") {
			return "realtime does not know the rest of the house"
		}
		if third && s.room != "realtime/natsbus" {
			return "realtime adds no dependency"
		}
	case under(s.room, "migrations"), under(s.room, "frontend"):
		if own {
			return "the ground floor knows nobody"
		}
	case under(s.room, "server"):
		return refusedInServer(s.room, imported, target, own)
	}
	return ""
}

func refusedInDomain(room, imported, target string, own bool) string {
	if imported == "net/http" || strings.HasPrefix(imported, "github.com/gofiber/") {
		return "the domain knows no web"
	}
	if !own {
		return ""
	}
	for _, above := range []string{"server", "frontend", "realtime"} {
		if under(target, above) {
			return "arrows run down only"
		}
	}
	if context, ok := contextOf(target); ok {
		if mine, inContext := contextOf(room); !inContext || mine != context {
			return "a context is imported by nobody in the domain but itself"
		}
	}
	if target == "migrations" && room != "domain/database" {
		return "migrations belong to the database"
	}
	return ""
}

func refusedInServer(room, imported, target string, own bool) string {
	if strings.HasPrefix(imported, "gorm.io/") || target == "domain/database" {
		return "pages do not speak SQL"
	}
	if strings.HasPrefix(imported, "github.com/gofiber/") && slices.Contains([]string{"server/collab", "server/mail", "server/job", "server/ui"}, room) {
		return "this room does not know the web framework"
	}
	if !own {
		return ""
	}
	mine, inPageRoom := pageRoomOf(room)
	if other, ok := pageRoomOf(target); ok && other != mine {
		return "page rooms do not reach into each other"
	}
	if context, ok := contextOf(target); ok {
		if !inPageRoom {
			return "only the pages of a context know it"
		}
		if !slices.Contains(knows[mine], context) {
			return "a page room knows its own context"
		}
	}
	return ""
}

// knows says which context a page room shows.
var knows = map[string][]string{
	"accounts": {"account"}, "directory": {"network"}, "workgroups": {"workgroup"}, "programmes": {"programme"},
	"meetings": {"meeting"}, "library": {"research"}, "outcomes": {"outcome"},
}

func contextOf(target string) (string, bool) {
	parts := strings.Split(target, "/")
	if len(parts) >= 2 && parts[0] == "domain" && slices.Contains(contexts, parts[1]) {
		return parts[1], true
	}
	return "", false
}

func pageRoomOf(target string) (string, bool) {
	parts := strings.Split(target, "/")
	if len(parts) >= 2 && parts[0] == "server" && slices.Contains(pageRooms, parts[1]) {
		return parts[1], true
	}
	return "", false
}

func isEngine(room string) bool {
	for _, engine := range []string{"realtime/lib0", "realtime/crdt", "realtime/protocol", "realtime/hunk", "realtime/prosemirror", "realtime/flow"} {
		if under(room, engine) {
			return true
		}
	}
	return false
}

func under(room, above string) bool { return room == above || strings.HasPrefix(room, above+"/") }

func readSources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "node_modules" || base == "testdata" || base == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		s := source{file: relative, room: path.Dir(relative), text: string(text)}
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		sources = append(sources, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

package frontend

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

var variable = regexp.MustCompile(`{{[^}]*?\.(\w+)[^}]*}}`)

// sentences returns, for one language, the variables of each message by its id.
func sentences(t *testing.T, lang string) map[string][]string {
	t.Helper()
	files, err := fs.Glob(Locales, "*."+lang+".toml")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, file := range files {
		text, err := fs.ReadFile(Locales, file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := i18n.ParseMessageFileBytes(text, file, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, m := range parsed.Messages {
			if _, twice := found[m.ID]; twice {
				t.Errorf("%s: %s is also in another file", file, m.ID)
			}
			if m.ID == "" || m.Other == "" {
				t.Errorf("%s: the message %q is empty; a table that holds messages must not use the words one, other, description, id or hash as a key", file, m.ID)
			}
			found[m.ID] = variables(m)
		}
	}
	return found
}

func variables(m *i18n.Message) []string {
	seen := map[string]bool{}
	for _, form := range []string{m.One, m.Other} {
		for _, match := range variable.FindAllStringSubmatch(form, -1) {
			seen[match[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	dutch, english := sentences(t, "nl"), sentences(t, "en")
	for id, want := range dutch {
		got, ok := english[id]
		if !ok {
			t.Errorf("%s has no English sentence", id)
		} else if !slices.Equal(got, want) {
			t.Errorf("%s uses %v in English and %v in Dutch", id, got, want)
		}
	}
	for id := range english {
		if _, ok := dutch[id]; !ok {
			t.Errorf("%s has no Dutch sentence", id)
		}
	}
}

// A key that is put together in the program is checked by what it begins with.
func TestEverySentenceThatAPageAsksForExists(t *testing.T) {
	dutch := sentences(t, "nl")
	asked := keysBelow(t, filepath.Join("..", "server"))
	if len(asked) == 0 {
		t.Fatal("no page asks for a sentence: the search is broken")
	}
	for key, place := range asked {
		prefix, whole := strings.CutSuffix(key, "*")
		if !whole {
			if _, ok := dutch[key]; !ok {
				t.Errorf("%s asks for %s, which no locale file has", place, key)
			}
			continue
		}
		begins := func(id string) bool { return strings.HasPrefix(id, prefix) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(dutch)), begins) {
			t.Errorf("%s asks for sentences that begin with %s, which no locale file has", place, prefix)
		}
	}
}

// keysBelow finds the keys of the sentences that are asked for; generated pages are Go too.
func keysBelow(t *testing.T, folder string) map[string]string {
	t.Helper()
	keys := map[string]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(files, path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at, asks := sentenceAt[called(call, file.Name.Name)]
			if asks && at < len(call.Args) {
				if key := literal(call.Args[at]); key != "" {
					keys[key] = files.Position(call.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// sentenceAt says which argument of a function is the key of a sentence.
var sentenceAt = map[string]int{
	"ui.T": 1, "ui.Translate": 1, "web.Say": 0, "said.Then": 0, "said.SeeAt": 1, "said.Called": 0,
}

// called is the function of package ui or web that is called, or the method of what is said, or nothing.
func called(call *ast.CallExpr, inside string) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && (pkg.Name == "ui" || pkg.Name == "web") {
			return pkg.Name + "." + f.Sel.Name
		}
		return "said." + f.Sel.Name
	case *ast.Ident:
		return inside + "." + f.Name
	}
	return ""
}

// literal reads "a.b" as it is, and "a." + b as "a.*".
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return ""
		}
		return text
	case *ast.BinaryExpr:
		if begin := literal(e.X); begin != "" {
			return strings.TrimSuffix(begin, "*") + "*"
		}
	}
	return ""
}

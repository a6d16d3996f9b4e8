package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// Things are no persons: a notice says "de notitie" or "die". Only these sentences speak of people.
var people = []string{
	"zorgen zij voor meer kansen", "schrijven op wat zij horen", "op wat zij leren in de wijk", "dan komen zij op de wachtlijst",
	"vinden zij ook niet met zoeken",
}

func TestNoDutchSentenceCallsAThingHer(t *testing.T) {
	files, err := filepath.Glob("../../frontend/locales/*.nl.toml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v: %v", files, err)
	}
	word := regexp.MustCompile(`(?i)\b(haar|zij)\b`)
	used := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		sentences(tree, func(sentence string) {
			if !word.MatchString(sentence) {
				return
			}
			at := slices.IndexFunc(people, func(known string) bool { return strings.Contains(sentence, known) })
			if at < 0 {
				t.Errorf("%s: %q", filepath.Base(name), sentence)
				return
			}
			used[people[at]] = true
		})
	}
	for _, known := range people {
		if !used[known] {
			t.Errorf("nothing says %q any more", known)
		}
	}
}

func sentences(tree map[string]any, see func(string)) {
	for _, value := range tree {
		switch v := value.(type) {
		case string:
			see(v)
		case map[string]any:
			sentences(v, see)
		}
	}
}

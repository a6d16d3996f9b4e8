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
	"zorgen zij voor meer kansen", "op wat zij leren in de wijk", "dan komen zij op de wachtlijst",
	"Zij kunnen ook reageren",
}

// dutch calls see with each text of the pages and letters, and the file it stands in.
func dutch(t *testing.T, see func(file, text string)) {
	t.Helper()
	files, err := filepath.Glob("../../frontend/locales/*.nl.toml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		sentences(tree, func(text string) { see(filepath.Base(name), text) })
	}
}

func TestNoDutchSentenceCallsAThingHer(t *testing.T) {
	word := regexp.MustCompile(`(?i)\b(haar|zij)\b`)
	used := map[string]bool{}
	dutch(t, func(file, sentence string) {
		if !word.MatchString(sentence) {
			return
		}
		at := slices.IndexFunc(people, func(known string) bool { return strings.Contains(sentence, known) })
		if at < 0 {
			t.Errorf("%s: %q", file, sentence)
			return
		}
		used[people[at]] = true
	})
	for _, known := range people {
		if !used[known] {
			t.Errorf("nothing says %q any more", known)
		}
	}
}

const (
	mostWords   = 20 // in a sentence
	meanOfWords = 9  // of all sentences together
)

func TestDutchSentencesAreShort(t *testing.T) {
	value, tag := regexp.MustCompile(`\{\{[^}]*\}\}`), regexp.MustCompile(`<[^>]*>`)
	end, word := regexp.MustCompile(`[.?!:]\s+|\n`), regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}@’'_./-]*`)
	total, words := 0, 0
	dutch(t, func(file, text string) {
		text = tag.ReplaceAllString(value.ReplaceAllString(text, "iets"), " ")
		for _, sentence := range end.Split(text, -1) {
			n := len(word.FindAllString(sentence, -1))
			if n == 0 {
				continue
			}
			total, words = total+1, words+n
			if n > mostWords {
				t.Errorf("%s: %d words: %q", file, n, sentence)
			}
		}
	})
	if total < 1000 || words >= meanOfWords*total {
		t.Errorf("%d sentences have %d words, %.1f on average", total, words, float64(words)/float64(total))
	}
}

// For one thing there is one word. Where another is meant, the sentence is among those that may say it.
var others = []struct {
	word, instead string
	may           []string
}{
	{`we`, "wij", nil},
	{`men`, "wie of u", nil},
	{`je|jij|jou|jouw|jullie`, "u", nil},
	{`verander\w*`, "wijzig", nil},
	{`pas(?:t)? aan|aanpassen|aangepast`, "wijzig", nil},
	{`opgeslagen|opslaan|sla|slaat|slaan`, "bewaar", nil},
	{`annule\w+`, "zeg af, of meld af", []string{"Annuleer"}},
	{`e-mailtje|mail|mailtje|mails|email|emailadres`, "e-mail, e-mailadres", nil},
	{`plaatsen`, "plek", []string{"wijzigden de tekst op {{.Number}} plaatsen"}},
	{`plaats (?:vrij|voor u)|een plaats heeft|uw plaats`, "plek", nil},
}

func TestForOneThingThereIsOneDutchWord(t *testing.T) {
	for _, other := range others {
		word, used := regexp.MustCompile(`(?i)(?:^|[^\p{L}._-])(?:`+other.word+`)(?:$|[^\p{L}_-])`), map[string]bool{}
		dutch(t, func(file, text string) {
			if !word.MatchString(text) {
				return
			}
			at := slices.IndexFunc(other.may, func(known string) bool { return strings.Contains(text, known) })
			if at < 0 {
				t.Errorf("%s: say %s: %q", file, other.instead, text)
				return
			}
			used[other.may[at]] = true
		})
		for _, known := range other.may {
			if !used[known] {
				t.Errorf("nothing says %q any more", known)
			}
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

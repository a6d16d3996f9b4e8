package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The page that says how the program stands to each requirement of OWASP ASVS is read here as a reader reads
// it: every requirement is there once, what it points at is there, and its sums are right. Whether a test
// that it names shows what it is named for, a person has to judge.

const (
	asvsPage  = "docs/asvs.md"
	asvsIDs   = "docs/asvs-ids.txt"
	mostWords = 35 // of one line
)

// asvsLine is one requirement on the page.
type asvsLine struct {
	number                                int // of the line in the file
	chapter, id, level, asks, state, says string
}

var (
	asvsChapter  = regexp.MustCompile(`^## (V\d+) `)
	asvsRow      = regexp.MustCompile(`^\| (V\d+\.\d+\.\d+) \| (\d) \| (.+) \| (.+) \| (.+) \|$`)
	asvsSum      = regexp.MustCompile(`^\| (?:\*\*)?(all|V\d+)\b[^|]*\|` + strings.Repeat(` (?:\*\*)?(\d+)(?:\*\*)? \|`, 4) + `$`)
	asvsLink     = regexp.MustCompile(`\[[^\]]*\]\(([^)]+)\)`)
	asvsEvidence = regexp.MustCompile("((?:`[^`]+`(?:, )?)+) in " + asvsLink.String())
	codeSpan     = regexp.MustCompile("`([^`]+)`")
	states       = []string{"met", "not applicable", "open"}
)

func TestThePageAboutASVSHasEveryRequirementOnceAndPointsAtWhatIsThere(t *testing.T) {
	root, page, list := readASVSFiles(t)
	for _, mistake := range judgeASVS(root, page, list) {
		t.Error(mistake)
	}
}

// What is judged must be able to fail.
func TestEachMistakeOnThePageAboutASVSIsNoticed(t *testing.T) {
	root, page, list := readASVSFiles(t)
	met, open := "\n| V3.4.1 | 1 |", "\n| V6.3.3 | 2 |"
	for name, tc := range map[string]struct{ old, new, want string }{
		"a requirement is missing":    {met, "\n\n", "V3.4.1 is missing"},
		"one is there twice":          {met, open + " x | open | x |" + met, "V6.3.3 is there twice"},
		"one is under another":        {open, met + " x | open | x |" + open, "V3.4.1 stands under V6"},
		"another level":               {met, "\n| V3.4.1 | 2 |", "V3.4.1 is of level 1, not 2"},
		"no such requirement":         {met, "\n| V3.4.99 | 1 |", "V3.4.99 is no requirement"},
		"no such state":               {"| open | they ", "| nearly | they ", "which is none of"},
		"a file that is not there":    {"](../server/server_test.go)", "](../server/servers_test.go)", "servers_test.go, which is not there"},
		"a test that is not there":    {"`TestEveryAnswerSays", "`TestEachAnswerSays", "which is not in ../server/server_test.go"},
		"a sentence of another test":  {"`nothing of a confidential", "`something of a confidential", "which is not in ../frontend/"},
		"a name that is only used":    {"`newKeys` in", "`derive` in", "names derive, which is not in"},
		"a name without a file":       {"`newKeys` in", "`newKeys` of", "stand before a file"},
		"a sum of the table":          {"| V1 Encoding and sanitization | ", "| V1 Encoding and sanitization | 1", "counts"},
		"the sum of all":              {"| **all** | **", "| **all** | **1", "for all"},
		"a sum that is missing":       {"| V9 Self-contained tokens |", "| Tokens |", "for V9"},
		"nothing that shows it":       {"{evidence}", "it is", "names nothing that shows it"},
		"more than anybody will read": {"there is no Java", strings.Repeat("really ", 50), "words"},
	} {
		if tc.old == "{evidence}" {
			tc.old = asvsLink.FindString(page[strings.Index(page, "\n| V1.3.11 |"):])
		}
		if !strings.Contains(page, tc.old) {
			t.Errorf("%s: %q does not stand on the page", name, tc.old)
			continue
		}
		mistakes := judgeASVS(root, strings.Replace(page, tc.old, tc.new, 1), list)
		if !slices.ContainsFunc(mistakes, func(m string) bool { return strings.Contains(m, tc.want) }) {
			t.Errorf("%s: found %q", name, mistakes)
		}
	}
}

func readASVSFiles(t *testing.T) (root, page, list string) {
	t.Helper()
	root = filepath.Join("..", "..")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return root, read(asvsPage), read(asvsIDs)
}

// judgeASVS returns everything that is wrong with the page.
func judgeASVS(root, page, list string) []string {
	var mistakes []string
	wrong := func(number int, format string, args ...any) {
		mistakes = append(mistakes, fmt.Sprintf("%s:%d: ", asvsPage, number)+fmt.Sprintf(format, args...))
	}
	lines, sums := readASVS(page)
	wanted := map[string]string{}
	var order []string
	for row := range strings.Lines(list) {
		if id, level, found := strings.Cut(strings.TrimSpace(row), " "); found && !strings.HasPrefix(row, "#") {
			wanted[id], order = level, append(order, id)
		}
	}
	if len(order) < 200 {
		wrong(0, "only %d requirements are listed in %s", len(order), asvsIDs)
	}
	have := map[string]int{}
	for _, l := range lines {
		have[l.id]++
		switch {
		case wanted[l.id] == "":
			wrong(l.number, "%s is no requirement of these levels", l.id)
		case have[l.id] == 2:
			wrong(l.number, "%s is there twice", l.id)
		case wanted[l.id] != l.level:
			wrong(l.number, "%s is of level %s, not %s", l.id, wanted[l.id], l.level)
		}
		if !strings.HasPrefix(l.id, l.chapter+".") {
			wrong(l.number, "%s stands under %s", l.id, l.chapter)
		}
		if !slices.Contains(states, l.state) {
			wrong(l.number, "%s is %q, which is none of %v", l.id, l.state, states)
		}
		if words := strings.Fields(asvsLink.ReplaceAllString(l.asks+" "+l.says, "link")); len(words) > mostWords {
			wrong(l.number, "%s has %d words: at most %d are read", l.id, len(words), mostWords)
		}
		for _, mistake := range judgeEvidence(root, l) {
			wrong(l.number, "%s %s", l.id, mistake)
		}
	}
	for _, id := range order {
		if have[id] == 0 {
			wrong(0, "%s is missing", id)
		}
	}
	for chapter, want := range countASVS(lines) {
		if got, found := sums[chapter]; !found || got != want {
			wrong(0, "the table at the top counts %v for %s; the tables below hold %v (met, not applicable, open, all)", got, chapter, want)
		}
	}
	return mistakes
}

// judgeEvidence returns what is wrong with what a line points at.
func judgeEvidence(root string, l asvsLine) []string {
	var mistakes []string
	links := asvsLink.FindAllStringSubmatch(l.says, -1)
	if l.state == "met" && len(links) == 0 {
		mistakes = append(mistakes, "is met and names nothing that shows it")
	}
	for _, link := range links {
		target, _, _ := strings.Cut(link[1], "#")
		if _, err := os.Stat(filepath.Join(root, path.Dir(asvsPage), target)); err != nil {
			mistakes = append(mistakes, "points at "+target+", which is not there")
		}
	}
	named := 0
	for _, e := range asvsEvidence.FindAllStringSubmatch(l.says, -1) {
		file, _, _ := strings.Cut(e[2], "#")
		text, err := os.ReadFile(filepath.Join(root, path.Dir(asvsPage), file))
		if err != nil {
			continue // said above
		}
		for _, name := range codeSpan.FindAllStringSubmatch(e[1], -1) {
			named++
			if !declares(file, string(text), name[1]) {
				mistakes = append(mistakes, fmt.Sprintf("names %s, which is not in %s", name[1], file))
			}
		}
	}
	if all := len(codeSpan.FindAllString(l.says, -1)); l.state == "met" && all != named {
		mistakes = append(mistakes, fmt.Sprintf("has %d names of which only %d stand before a file: write `name` in [file](file)", all, named))
	}
	return mistakes
}

// declares reports whether a file makes what a line names: in Go a function, a method, a type or a value, in
// TypeScript those or a test by its sentence; elsewhere the words must stand in it.
func declares(file, text, name string) bool {
	quoted, pattern := regexp.QuoteMeta(name), ""
	switch path.Ext(file) {
	case ".go":
		pattern = `(?m)^func (\([^)]*\) )?` + quoted + `[\[(]|^(type|var|const) ` + quoted + `\b|^\t` + quoted + `\s+(\w\S*\s+)?=\s`
	case ".ts":
		pattern = `\b(test|describe|test\.each\(.*\))\(["` + "`" + `]` + quoted + "[\"`]" + `|\b(function|class|const) ` + quoted + `\b`
	default:
		return strings.Contains(text, name)
	}
	return regexp.MustCompile(pattern).MatchString(text)
}

func readASVS(page string) (lines []asvsLine, sums map[string][4]int) {
	sums = map[string][4]int{}
	chapter, number := "", 0
	for row := range strings.Lines(page) {
		number++
		row = strings.TrimRight(row, "\n")
		if m := asvsChapter.FindStringSubmatch(row); m != nil {
			chapter = m[1]
		} else if m := asvsRow.FindStringSubmatch(row); m != nil {
			lines = append(lines, asvsLine{number, chapter, m[1], m[2], m[3], m[4], m[5]})
		} else if m := asvsSum.FindStringSubmatch(row); m != nil {
			var sum [4]int
			for i := range sum {
				sum[i], _ = strconv.Atoi(m[2+i]) // digits alone
			}
			sums[m[1]] = sum
		}
	}
	return lines, sums
}

// countASVS returns how many lines are met, not applicable, open and there, by chapter and in all.
func countASVS(lines []asvsLine) map[string][4]int {
	counted := map[string][4]int{"all": {}}
	for _, l := range lines {
		for _, of := range []string{l.chapter, "all"} {
			sum := counted[of]
			if i := slices.Index(states, l.state); i >= 0 {
				sum[i]++
			}
			sum[3]++
			counted[of] = sum
		}
	}
	return counted
}

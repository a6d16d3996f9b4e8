package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var limitRow = regexp.MustCompile("^\\|.*\\| ([\\d,]+)(?: (\\w+))? \\| `(\\w+)` in \\[[^]]+\\]\\(([^)]+)\\) \\|$")

// units are those that the page counts in, as the code has them: time in seconds.
var units = map[string]int64{
	"": 1, "KB": 1 << 10, "MB": 1 << 20,
	"second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400,
}

func TestThePageAboutLimitsSaysThoseOfTheCode(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	page, err := os.ReadFile(filepath.Join(docs, "limits.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		m := limitRow.FindStringSubmatch(line)
		if m == nil {
			if strings.HasPrefix(line, "| ") && strings.Contains(line, " in [") {
				t.Errorf("not read: %s", line)
			}
			continue
		}
		rows++
		said, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		unit, known := units[m[2]]
		if err != nil || !known {
			t.Errorf("not a number of anything: %s", line)
			continue
		}
		is, err := limitIn(filepath.Join(docs, filepath.FromSlash(m[4])), m[3])
		if err != nil {
			t.Errorf("%s in %s: %v", m[3], path.Base(m[4]), err)
		} else if is != said*unit {
			t.Errorf("%s is %d in %s, and the page says %s", m[3], is, path.Base(m[4]), strings.TrimSpace(m[1]+" "+m[2]))
		}
	}
	if rows < 30 {
		t.Errorf("only %d limits were found: the test looks for something else than the page has", rows)
	}
}

// limitIn returns the number that a file gives a name: as a constant, in a literal, or where a zero value is filled in.
func limitIn(file, name string) (int64, error) {
	set := token.NewFileSet()
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	parsed, err := parser.ParseFile(set, file, text, 0)
	if err != nil {
		return 0, err
	}
	var values []ast.Expr
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, ident := range n.Names {
				if ident.Name == name && i < len(n.Values) {
					values = append(values, n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if key, is := n.Key.(*ast.Ident); is && key.Name == name {
				values = append(values, n.Value)
			}
		case *ast.AssignStmt:
			if field, is := n.Lhs[0].(*ast.SelectorExpr); is && field.Sel.Name == name {
				values = append(values, n.Rhs[0])
			}
		}
		return true
	})
	found := map[int64]bool{}
	for _, value := range values {
		expression := string(text[set.Position(value.Pos()).Offset:set.Position(value.End()).Offset])
		expression = strings.NewReplacer("time.Second", "1", "time.Minute", "60", "time.Hour", "3600").Replace(expression)
		got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
		if err != nil || got.Value == nil {
			continue // a limit that is handed on, not one that is set
		}
		if n, exact := constant.Int64Val(constant.ToInt(got.Value)); exact {
			found[n] = true
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("it has %d values, want one", len(found))
	}
	for n := range found {
		return n, nil
	}
	return 0, nil
}

package collab

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"samenwijk/realtime/prosemirror"
)

func el(kind string, content ...prosemirror.Node) prosemirror.Node {
	return prosemirror.Element(kind, nil, content...)
}

func with(n prosemirror.Node, name string, v any) prosemirror.Node {
	attrs := map[string]any{name: v}
	maps.Copy(attrs, n.Attrs)
	n.Attrs = attrs
	return n
}

func words(text string) prosemirror.Node { return el("paragraph", prosemirror.Text(text)) }

func card(id, statement, rationale string) prosemirror.Node {
	return with(el("requirement", el("statement", words(statement)), el("rationale", words(rationale))), "id", id)
}

// outline writes nodes as "type key=value(inside)", with a text between quotes.
func outline(nodes []prosemirror.Node) string {
	var parts []string
	for _, n := range nodes {
		switch n.Type {
		case prosemirror.TextType:
			marks := ""
			for _, m := range n.Marks {
				marks += " " + m.Type
				for _, name := range slices.Sorted(maps.Keys(m.Attrs)) {
					marks += fmt.Sprintf(" %v", m.Attrs[name])
				}
			}
			parts = append(parts, "'"+n.Text+"'"+marks)
			continue
		case "hardBreak":
			parts = append(parts, "/")
			continue
		}
		name := map[string]string{"paragraph": "p", "heading": "h", "bulletList": "ul", "orderedList": "ol", "listItem": "li",
			"tableRow": "tr", "tableCell": "td", "tableHeader": "th"}[n.Type]
		if name == "" {
			name = n.Type
		}
		for _, key := range slices.Sorted(maps.Keys(n.Attrs)) {
			if key != "column" {
				name += fmt.Sprintf(" %s=%v", key, n.Attrs[key])
			}
		}
		parts = append(parts, name+"("+outline(n.Content)+")")
	}
	return strings.Join(parts, " ")
}

func TestATextOfTheFirstModelBecomesOneOfThePresentModel(t *testing.T) {
	bold := prosemirror.Mark{Type: "bold", Attrs: map[string]any{}}
	far := prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": "https://a.test/", "target": "_blank"}}
	item := func(content ...prosemirror.Node) prosemirror.Node { return el("listItem", content...) }
	cell := func(text string) prosemirror.Node { return el("tableCell", words(text)) }
	for name, tc := range map[string]struct {
		old  []prosemirror.Node
		want string
	}{
		"marks": {
			[]prosemirror.Node{el("paragraph", prosemirror.Text("a", bold), el("hardBreak"), prosemirror.Text("b", far, prosemirror.Mark{Type: "underline"}))},
			"p('a' bold / 'b' link https://a.test/)",
		},
		"headings": {
			[]prosemirror.Node{with(el("heading", prosemirror.Text("a")), "level", 1.0), with(el("heading", prosemirror.Text("b")), "level", 6.0), el("heading")},
			"h level=2('a') h level=4('b') h level=2()",
		},
		"a section is what is in it": {
			[]prosemirror.Node{el("section", el("section", words("a")), card("r1", "s", "r")), words("b")},
			"p('a') requirement id=r1(statement(p('s')) rationale(p('r'))) p('b')",
		},
		"lists in lists": {
			[]prosemirror.Node{with(el("orderedList", item(words("a"), el("bulletList", item(words("b")), item(words("c"))), words("d")), item()), "start", 3.0)},
			"ol start=3(li(p('a') ul(li(p('b')) li(p('c')))) li(p('d')) li(p()))",
		},
		"an item of several lines": {
			[]prosemirror.Node{el("bulletList", item(words("a"), words("b"), el("note", words("c"))))},
			"ul(li(p('a' / 'b' / 'c')))",
		},
		"an item that begins with a list": {
			[]prosemirror.Node{el("bulletList", item(el("bulletList", item(words("a")))))},
			"ul(li(p() ul(li(p('a')))))",
		},
		"a card in a list comes behind it": {
			[]prosemirror.Node{el("bulletList", item(words("a"), card("r1", "s", "r")), item(words("b")))},
			"ul(li(p('a')) li(p('b'))) requirement id=r1(statement(p('s')) rationale(p('r')))",
		},
		"boxes have names, and a card ends one": {
			[]prosemirror.Node{el("note", words("a")), el("note", words("b"), card("r1", "s", "r"), words("c")), el("sourceQuote"), el("term", el("principle", words("d")), words("e"))},
			"box id=earlier-box-1 kind=note(p('a')) box id=earlier-box-2 kind=note(p('b')) " +
				"requirement id=r1(statement(p('s')) rationale(p('r'))) box id=earlier-box-3 kind=note(p('c')) " +
				"box id=earlier-box-4 kind=quote(p()) box id=earlier-box-5 kind=principle(p('d')) box id=earlier-box-6 kind=term(p('e'))",
		},
		"a card keeps its id and all that was in it": {
			[]prosemirror.Node{with(el("requirement", el("rationale", words("r"), el("bulletList", item(words("l")))), words("x"), el("statement", el("note", words("s")))), "id", "r1")},
			"requirement id=r1(statement(p('x') box id=earlier-box-1 kind=note(p('s'))) rationale(p('r') ul(li(p('l')))))",
		},
		"a card that stood twice stands once": {
			[]prosemirror.Node{card("r1", "s", "r"), card("r1", "s", "r"), card("r1", "other", "r")},
			"requirement id=r1(statement(p('s')) rationale(p('r'))) p('other') p('r')",
		},
		"a card without a name is text": {
			[]prosemirror.Node{card("", "s", "r"), card("a b", "t", "q")},
			"p('s') p('r') p('t') p('q')",
		},
		"a table with a heading": {
			[]prosemirror.Node{el("table", el("tableRow", el("tableHeader", words("a")), el("tableHeader", words("b"))), el("tableRow", cell("c"), el("tableCell")))},
			"table id=earlier-table-1(tr id=r1(th(p('a')) th(p('b'))) tr id=r2(td(p('c')) td(p())))",
		},
		"spans": {
			[]prosemirror.Node{el("table",
				el("tableRow", with(cell("a"), "colspan", 2.0), with(cell("b"), "rowspan", 2.0)),
				el("tableRow", cell("c"), cell("d")),
				el("tableRow", with(with(cell("e"), "rowspan", 9.0), "colspan", 1e6)))},
			"table id=earlier-table-1(" + wideSpans() + ")",
		},
		"a card in a cell comes behind the table": {
			[]prosemirror.Node{el("table", el("tableRow", el("tableCell", words("a"), el("section", card("r1", "s", "r")))))},
			"table id=earlier-table-1(tr id=r1(td(p('a')))) requirement id=r1(statement(p('s')) rationale(p('r')))",
		},
		"a table in a cell or a card is text": {
			[]prosemirror.Node{el("table", el("tableRow", el("tableCell", el("table", el("tableRow", cell("a"), cell("b"))))))},
			"table id=earlier-table-1(tr id=r1(td(p('a') p('b'))))",
		},
		"an empty table is nothing": {[]prosemirror.Node{el("table"), el("table", el("tableRow")), words("a")}, "p('a')"},
		"pictures and rules": {
			[]prosemirror.Node{with(el("figure"), "alt", "een plein"), el("horizontalRule")}, "p('een plein')",
		},
		"what is not known": {[]prosemirror.Node{el("video", words("a"), prosemirror.Text("b")), prosemirror.Text("c")}, "p('a') p('b') p('c')"},
		"words among blocks": {
			[]prosemirror.Node{el("bulletList", item(prosemirror.Text("a"), prosemirror.Text("b", bold), words("c")))}, "ul(li(p('a' 'b' bold / 'c')))",
		},
		"a damaged list": {[]prosemirror.Node{el("bulletList", words("a"), prosemirror.Text("b"))}, "ul(li(p('a')) li(p('b')))"},
	} {
		got := converted(tc.old)
		if got := outline(got); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tc.want)
		}
		if again := outline(converted(tc.old)); again != outline(got) {
			t.Errorf("%s: the second time it becomes\n%s", name, again)
		}
	}
}

// wideSpans is a grid as wide as a table may be: the last cell asked for a million columns.
func wideSpans() string {
	row := func(id string, cells ...string) string {
		for len(cells) < mostColumns {
			cells = append(cells, "")
		}
		for i, c := range cells {
			if c != "" {
				c = "'" + c + "'"
			}
			cells[i] = "td(p(" + c + "))"
		}
		return "tr id=" + id + "(" + strings.Join(cells, " ") + ")"
	}
	return row("r1", "a", "", "b") + " " + row("r2", "c", "d") + " " + row("r3", "e")
}

func TestListsAreNoDeeperThanTheyMayBe(t *testing.T) {
	deep := words("0")
	for i := range 100 {
		deep = el("bulletList", el("listItem", words(fmt.Sprint(i+1)), deep))
	}
	nodes := converted([]prosemirror.Node{deep})
	depth := 0
	for n := nodes[0]; ; depth++ {
		last := n.Content[len(n.Content)-1]
		list := last.Content[len(last.Content)-1]
		if list.Type != "bulletList" {
			break
		}
		n = list
	}
	if depth != deepestItem {
		t.Errorf("%d lists below the first, want %d", depth, deepestItem)
	}
	for i := range 101 {
		if !strings.Contains(outline(nodes), fmt.Sprintf("'%d'", i)) {
			t.Errorf("%d is gone", i)
		}
	}
}

func TestAVeryLargeTableIsDividedOrWrittenAsText(t *testing.T) {
	table := func(rows, columns int) prosemirror.Node {
		row := el("tableRow")
		for range columns {
			row.Content = append(row.Content, el("tableCell", words("x")))
		}
		n := el("table")
		for range rows {
			n.Content = append(n.Content, row)
		}
		return n
	}
	for name, tc := range map[string]struct {
		rows, columns int
		want          string // types of the first and the last, and how many
	}{
		"long":  {1100, 2, "table table 3"},
		"wide":  {2, 61, "paragraph paragraph 122"},
		"large": {400, 40, "paragraph paragraph 16000"},
	} {
		nodes := converted([]prosemirror.Node{table(tc.rows, tc.columns)})
		if got := fmt.Sprint(nodes[0].Type, " ", nodes[len(nodes)-1].Type, " ", len(nodes)); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

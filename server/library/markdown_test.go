package library

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func rendered(t *testing.T, source string, above int) string {
	t.Helper()
	var b strings.Builder
	if err := note(source, above).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element finds what a browser would take for a tag; in the text itself "<" is always escaped.
var element = regexp.MustCompile(`<[^>]*>`)

func TestHostileTextCannotDoAnything(t *testing.T) {
	allowed := regexp.MustCompile(`^</?(h[2-6]|p|ul|ol( start="\d+")?|li|blockquote|pre|code|em|strong|del|table|thead|tbody|tr|th|td)>$|^</?(br|hr)/?>$|^</a>$|^<a href="(https?://|mailto:|/|#|\w)[^"]*" rel="[^"]*">$`)
	for _, source := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<iframe src="javascript:alert(1)">`,
		`[x](javascript:alert(1))`, `[x](JaVaScRiPt:alert(1))`, "[x](java\nscript:alert(1))", `[x](&#106;avascript:alert(1))`, `[x](data:text/html;base64,PHNjcmlwdD4=)`,
		`[x](vbscript:x)`, `[x](file:///etc/passwd)`, `<javascript:alert(1)>`, `![x](https://elders.example/pixel.png)`, `![x](javascript:alert(1))`, `![x](data:image/svg+xml;base64,PHN2Zz4=)`,
		`[x](https://a.example "onmouseover=alert(1)")`, `[x](https://a.example" onclick="alert(1))`, `<a href="https://a.example" onclick="x" style="y" target=_blank>z</a>`,
		`<style>*{display:none}</style>`, `<base href="//elders.example">`, `<form action=/uitloggen><button>`, `<input name=csrf>`, `<!-- --!><script>x</script> -->`, `<![CDATA[<script>x</script>]]>`,
		"```html\"><script>alert(1)</script>\n<script>\n```", "`<script>`", "    <script>x</script>", `<p id=inhoud class=sw-menu>`, `| a | <script> |` + "\n|---|---|\n| <b> | c |",
		"[x]: javascript:alert(1)\n\n[x]", `<math><mi//xlink:href="data:x,<script>alert(4)</script>">`, "# <script>\n", `\<script>alert(1)</script>`,
	} {
		html := rendered(t, source, 1)
		for _, tag := range element.FindAllString(html, -1) {
			if !allowed.MatchString(tag) {
				t.Errorf("%q lets %s through: %s", source, tag, html)
			}
		}
	}
}

func TestWhatPeopleWriteLooksAsMeant(t *testing.T) {
	html := rendered(t, "Een **vet** en *schuin* woord.\n\n- een\n- twee\n\n> citaat\n\n[bron](https://voorbeeld.test/a?b=c)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n3 < 4 & 5 > 2 ![het plein](https://elders.example/p.png)", 1)
	for _, want := range []string{
		"<strong>vet</strong>", "<em>schuin</em>", "<li>een</li>", "<blockquote>", `<a href="https://voorbeeld.test/a?b=c" rel="nofollow noreferrer">bron</a>`,
		"<td>1</td>", "3 &lt; 4 &amp; 5 &gt; 2", "het plein",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
}

func TestHeadingsKeepTheOutlineOfThePage(t *testing.T) {
	heading := regexp.MustCompile(`<h(\d)>`)
	for source, want := range map[string][]string{
		"# a\n\n## b\n\n# c":                          {"2", "3", "2"},
		"### a\n\n# b":                                {"2", "2"},
		"# a\n\n###### b\n\n## c":                     {"2", "3", "3"},
		"# a\n## b\n### c\n#### d\n##### e\n###### f": {"2", "3", "4", "5", "6", "6"},
	} {
		var got []string
		for _, m := range heading.FindAllStringSubmatch(rendered(t, source, 1), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has headings of level %v, want %v", source, got, want)
		}
	}
	if html := rendered(t, "# a", 2); !strings.Contains(html, "<h3>a</h3>") {
		t.Errorf("under a heading of level 2: %s", html)
	}
}

func TestAHugeHostileTextIsShownInTime(t *testing.T) {
	for _, piece := range []string{"[", "> ", "- ", "*", "`", "<", "[a](", "![", "&", "_a ", "| ", "\n- ", "***a ", "<a>", "[x]: y\n"} {
		source := strings.Repeat(piece, 50_000/len(piece))
		start := time.Now()
		rendered(t, source, 1)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q fifty thousand times took %v", piece, took)
		}
	}
}

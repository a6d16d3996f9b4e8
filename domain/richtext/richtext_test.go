package richtext_test

import (
	"slices"
	"testing"

	"samenwijk/domain/richtext"
)

func TestPlainIsALineABlock(t *testing.T) {
	d := richtext.Document{Blocks: []richtext.Block{
		{Kind: richtext.Heading, Level: 1, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
		{Kind: richtext.BulletList, Blocks: []richtext.Block{
			{Kind: richtext.ListItem, Blocks: []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "een "}, {Text: "vaste", Bold: true}}}}},
		}},
	}}
	if got, want := d.Plain(), "Begeleiding\neen vaste"; got != want {
		t.Errorf("plain = %q, want %q", got, want)
	}
	if d.Empty() {
		t.Error("a text with words is empty")
	}
	if !(richtext.Document{Blocks: []richtext.Block{{Kind: richtext.Paragraph}}}).Empty() {
		t.Error("an empty paragraph is not empty")
	}
}

func TestWhatShowsWithoutWordsIsNotNothing(t *testing.T) {
	empty := richtext.Block{Kind: richtext.Paragraph}
	for name, tc := range map[string]struct {
		block richtext.Block
		empty bool
	}{
		"a table": {richtext.Block{Kind: richtext.Table, Blocks: []richtext.Block{
			{Kind: richtext.Row, Blocks: []richtext.Block{{Kind: richtext.Cell, Blocks: []richtext.Block{empty}}}},
		}}, false},
		"a requirement":          {richtext.Block{Kind: richtext.Requirement, ID: "r"}, false},
		"a box":                  {richtext.Block{Kind: richtext.Note, Blocks: []richtext.Block{empty}}, false},
		"a figure in a section":  {richtext.Block{Kind: richtext.Section, Blocks: []richtext.Block{{Kind: richtext.Figure}}}, false},
		"a block not known":      {richtext.Block{Kind: richtext.Other, Unknown: true}, false},
		"a sign that is unknown": {richtext.Block{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Unknown: true}}}, false},
		"a list of nothing":      {richtext.Block{Kind: richtext.BulletList, Blocks: []richtext.Block{{Kind: richtext.ListItem, Blocks: []richtext.Block{empty}}}}, true},
		"a section of nothing":   {richtext.Block{Kind: richtext.Section, Blocks: []richtext.Block{empty}}, true},
	} {
		if got := (richtext.Document{Blocks: []richtext.Block{empty, tc.block}}).Empty(); got != tc.empty {
			t.Errorf("%s: empty = %v", name, got)
		}
	}
}

func TestFindLooksInsideSections(t *testing.T) {
	d := richtext.Document{Blocks: []richtext.Block{{Kind: richtext.Section, Blocks: []richtext.Block{{Kind: richtext.Requirement, ID: "r1"}}}}}
	if _, ok := d.Find(richtext.Requirement, "r1"); !ok {
		t.Error("a requirement in a section is not found")
	}
	if _, ok := d.Find(richtext.Requirement, "r2"); ok {
		t.Error("a requirement that is not there is found")
	}
	d.Blocks = append(d.Blocks, richtext.Block{Kind: richtext.Table, ID: "t"}, richtext.Block{Kind: richtext.Requirement, ID: "r0"})
	if got := d.IDs(richtext.Requirement); !slices.Equal(got, []string{"r1", "r0"}) {
		t.Errorf("its requirements are %v", got)
	}
}

func TestSafeURLLetsThroughWhatAReaderCanFollow(t *testing.T) {
	for address, safe := range map[string]bool{
		"https://voorbeeld.test/a?b#c": true, "http://voorbeeld.test": true, "mailto:a@voorbeeld.test": true, "tel:+31": true, "/notities/1": true, "#PVE-1": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, "java\nscript:alert(1)": false, "data:text/html,x": false, "//elders.test": false,
		"/\\elders.test": false, "vbscript:x": false, "https:": false, "": false, "file:///etc/passwd": false,
	} {
		if got := richtext.SafeURL(address) != ""; got != safe {
			t.Errorf("SafeURL(%q) safe = %v, want %v", address, got, safe)
		}
	}
}

package richtext_test

import (
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

func TestFindLooksInsideSections(t *testing.T) {
	d := richtext.Document{Blocks: []richtext.Block{{Kind: richtext.Section, Blocks: []richtext.Block{{Kind: richtext.Requirement, ID: "r1"}}}}}
	if _, ok := d.Find(richtext.Requirement, "r1"); !ok {
		t.Error("a requirement in a section is not found")
	}
	if _, ok := d.Find(richtext.Requirement, "r2"); ok {
		t.Error("a requirement that is not there is found")
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

package home

import (
	"bytes"
	"image"
	"image/png"
	"regexp"
	"strings"
	"testing"
)

func TestAColourOnWhichTextCannotBeReadIsRefusedWithABetterOne(t *testing.T) {
	better := regexp.MustCompile(`#[0-9a-f]{6}$`)
	for written, said := range map[string]string{
		"#ffcc00": "too light", "#ffffff": "too light", "#777777": "too light", "#82c7d1": "too light",
		"blue": "is no colour", "#fff": "is no colour", "#0a5a6g": "is no colour", "#0a5a66;}": "is no colour",
	} {
		_, err := Theme(written)
		if err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if _, err := Theme(better.FindString(err.Error())); err != nil {
			t.Errorf("what is advised for %s is refused: %v", written, err)
		}
	}
}

func TestEveryColourOfAThemeCanBeReadInBothSchemes(t *testing.T) {
	rule := regexp.MustCompile(`:root\{--sw-canal:(#\w{6});--sw-canal-dark:(#\w{6});--sw-canal-paper:(#\w{6});--sw-on-canal:(#\w{6})\}`)
	for _, written := range []string{"#0a5a66", "#000000", "#7b2e5d", "#9f1d1a", "#00008b", "#5b4200", "#0A55D0", "#6a6a6a"} {
		sheet, err := Theme(written)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		schemes := rule.FindAllStringSubmatch(sheet, -1)
		if len(schemes) != 2 || !strings.EqualFold(schemes[0][1], written) {
			t.Fatalf("%s gives %s", written, sheet)
		}
		for i, grounds := range [][]string{lightGrounds, darkGrounds} {
			of := schemes[i]
			link, strong, on := mustColour(of[1]), mustColour(of[2]), mustColour(of[4])
			for name, is := range map[string]float64{
				"a link": link.worst(append(grounds, of[3])...), "a link under the pointer": strong.worst(append(grounds, of[3])...),
				"a button": contrast(on, link), "a button under the pointer": contrast(on, strong),
			} {
				if is < leastContrast {
					t.Errorf("%s, scheme %d: %s has %.2f in %s", written, i, name, is, sheet)
				}
			}
		}
	}
}

func TestALogoOnlyDraws(t *testing.T) {
	var small, wide bytes.Buffer
	if err := png.Encode(&small, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&wide, image.NewGray(image.Rect(0, 0, 5000, 1))); err != nil {
		t.Fatal(err)
	}
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">`
	for content, kind := range map[string]string{
		small.String(): "image/png",
		`<?xml version="1.0"?>` + svg + `<title>W</title><defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs>` +
			`<path fill="url(#a)" style="stroke:#fff" d="M0 0h9v9z"/><use href="#a"/></svg>`: "image/svg+xml",
	} {
		if got, err := Logo([]byte(content)); got != kind || err != nil {
			t.Errorf("%.40q is %q, %v", content, got, err)
		}
	}
	for name, content := range map[string]string{
		"nothing":                 "",
		"a page":                  "<html><svg></svg></html>",
		"a JPEG":                  "\xff\xd8\xff\xe0",
		"a PNG that is cut off":   small.String()[:60],
		"a PNG that is wide":      wide.String(),
		"a script":                svg + `<script>alert(1)</script></svg>`,
		"a script by a handler":   svg + `<g onclick="alert(1)"/></svg>`,
		"a page in it":            svg + `<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>`,
		"a picture of elsewhere":  svg + `<image href="https://elders.example/x.png"/></svg>`,
		"a use of elsewhere":      svg + `<use href="https://elders.example/x.svg#a"/></svg>`,
		"a use by its old name":   svg + `<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="//elders.example/x.svg"/></svg>`,
		"a fill of elsewhere":     svg + `<path fill="url(https://elders.example/x)"/></svg>`,
		"a link":                  svg + `<a href="#x"><path d="M0 0"/></a></svg>`,
		"a style":                 svg + `<style>@import "https://elders.example/x.css";</style></svg>`,
		"something that moves":    svg + `<animate attributeName="x"/></svg>`,
		"a document type":         `<!DOCTYPE svg [<!ENTITY a "aaaa">]>` + svg + `&a;</svg>`,
		"half an SVG":             svg + `<g>`,
		"an SVG of a thousand":    svg + strings.Repeat("<g/>", 6000) + "</svg>",
		"an SVG that doubles":     svg + strings.Repeat(`<g id="a"><use href="#b"/><use href="#b"/></g>`, 11) + "</svg>",
		"an SVG in itself":        svg + strings.Repeat("<g>", 60) + strings.Repeat("</g>", 60) + "</svg>",
		"an SVG that is too long": svg + strings.Repeat(" ", MaxLogoBytes) + "</svg>",
	} {
		if kind, err := Logo([]byte(content)); err == nil {
			t.Errorf("%s is taken as %s", name, kind)
		}
	}
}

func FuzzNoLogoIsTakenThatRuns(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`))
	f.Add([]byte(`<svg><script/></svg>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if kind, err := Logo(content); err == nil && kind == "image/svg+xml" && bytes.Contains(bytes.ToLower(content), []byte("<script")) &&
			!bytes.Contains(content, []byte("<!--")) && !bytes.Contains(content, []byte("CDATA")) {
			t.Errorf("%q is taken", content)
		}
	})
}

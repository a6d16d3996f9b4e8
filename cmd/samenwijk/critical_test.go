package main

import (
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"samenwijk/frontend"
	"samenwijk/server/servertest"
)

// Over 400 kbit a second each KB takes a fiftieth of a second: what is here is what a member waits for before
// the first letter, the words of the text left out.
const (
	mostBeforeWriting = 132_000 // bytes of page, styles and scripts, compressed
	mostOfTheEditor   = 125_000 // bytes of its scripts, with what comes after the text
)

func TestWhatAMemberWaitsForBeforeWritingIsSmall(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		b := w.as(demoResident)
		path := "/programmas/" + string(w.demoDocument().ID)
		page := b.GetForScripts(path).MustStatus(http.StatusOK)
		total := compressed(t, b, w.url, path)
		t.Logf("page: %d bytes", total)
		first, given := 0, 0
		for _, n := range append(page.All("link"), page.All("script")...) {
			address := servertest.Attr(n, "href") + servertest.Attr(n, "src")
			if servertest.Attr(n, "data-given") != "" {
				given++
			}
			if address == "" {
				continue // counted with the page
			}
			if servertest.Attr(n, "media") == "print" {
				continue // a browser shows the page without it, and fetches it last
			}
			switch rel := servertest.Attr(n, "rel"); rel {
			case "icon":
				continue
			case "preload":
				t.Errorf("%s comes before the text", address)
			}
			bytes := builtBytes(t, address)
			t.Logf("%s: %d bytes", address, bytes)
			total += bytes
			first++
		}
		if given != 1 {
			t.Errorf("the page brings %d texts", given)
		}
		if first < 4 { // styles, islands, the early line, the editor
			t.Errorf("the page names only %d files", first)
		}
		if total > mostBeforeWriting {
			t.Errorf("a member waits for %d bytes, more than %d", total, mostBeforeWriting)
		}
	})
}

func TestTheScriptsOfTheEditorStaySmall(t *testing.T) {
	total := 0
	for _, pattern := range []string{"assets/editor-*.js", "assets/after-*.js"} {
		scripts, err := fs.Glob(frontend.Assets, pattern)
		if err != nil || len(scripts) != 1 {
			t.Fatalf("%s are %v, %v", pattern, scripts, err)
		}
		total += builtBytes(t, scripts[0])
	}
	if total > mostOfTheEditor {
		t.Errorf("%d bytes, more than %d", total, mostOfTheEditor)
	}
}

// compressed is how many bytes of a page travel to a browser that is signed in.
func compressed(t *testing.T, b *servertest.Browser, base, path string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "br") // by which the answer is not unpacked for us
	page := b.Do(request).MustStatus(http.StatusOK)
	if page.Header.Get("Content-Encoding") != "br" {
		t.Fatalf("%s comes as %q", path, page.Header.Get("Content-Encoding"))
	}
	return len(page.Body)
}

var hashed = regexp.MustCompile(`^/?assets/[\w-]+\.(css|js)$`)

// builtBytes is how many bytes of a built file travel.
func builtBytes(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !hashed.MatchString(u.Path) {
		t.Fatalf("%q is no built file: %v", address, err)
	}
	file, err := fs.ReadFile(frontend.Assets, strings.TrimPrefix(u.Path, "/")+".br")
	if err != nil {
		t.Fatal(err)
	}
	return len(file)
}

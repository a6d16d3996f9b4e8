package frontend

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestAProgramWithoutABuiltFrontendSaysWhatToDo(t *testing.T) {
	_, err := readManifest(fstest.MapFS{})
	if err == nil || !strings.Contains(err.Error(), "make frontend") {
		t.Errorf("without a manifest the error is %v; it should say to run make frontend", err)
	}
}

func TestTheManifestNamesBuiltFilesByTheirSource(t *testing.T) {
	built, err := readManifest(fstest.MapFS{"manifest.json": {Data: []byte(`{
		"src/styles/site.css": {"file": "assets/site-abc.css", "isEntry": true},
		"src/fonts/source-sans-3.woff2": {"file": "assets/source-sans-3-def.woff2"}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"site.css":            "/assets/site-abc.css",
		"source-sans-3.woff2": "/assets/source-sans-3-def.woff2",
	} {
		if got := built[source]; got != want {
			t.Errorf("%s is served at %q, want %q", source, got, want)
		}
	}
}

func TestABrokenManifestIsAnErrorAndNoPanic(t *testing.T) {
	if _, err := readManifest(fstest.MapFS{"manifest.json": {Data: []byte("<html>")}}); err == nil {
		t.Error("a manifest that is no JSON was accepted")
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestAVersionSaysFromWhichSourceAProgramWasBuilt(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	day := debug.BuildSetting{Key: "vcs.time", Value: "2026-11-30T16:49:12Z"}
	changed := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, tc := range []struct {
		main     string
		settings []debug.BuildSetting
		want     string
	}{
		{"v0.0.0-20261130164912-0123456789ab", []debug.BuildSetting{commit, day}, "2026-11-30-0123456789ab go1.26"},
		{"v0.0.0-20261130164912-0123456789ab+dirty", []debug.BuildSetting{commit, day, changed}, "2026-11-30-0123456789ab-changed go1.26"},
		{"v1.2.3", []debug.BuildSetting{commit, day}, "v1.2.3 go1.26"},
		{"(devel)", []debug.BuildSetting{commit, day}, "2026-11-30-0123456789ab go1.26"},
		{"(devel)", nil, "unknown"},
	} {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: tc.main}, Settings: tc.settings}
		if got := versionOf(info); got != tc.want {
			t.Errorf("the version of %s with %v is %q, want %q", tc.main, tc.settings, got, tc.want)
		}
	}
}

// Also of a program that does not come up: then it is asked first.
func TestTheFirstLineOfTheLogSaysWhichProgramItIs(t *testing.T) {
	var out bytes.Buffer
	config := Config{Database: filepath.Join(t.TempDir(), "no", "folder", "here.db"), BaseURL: "http://localhost:8080"}
	if err := (serveCommand{}).Run(context.Background(), config, slog.New(slog.NewJSONHandler(&out, nil))); err == nil {
		t.Fatal("it came up without a folder for its database")
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(first), &line); err != nil || line["msg"] != "samenwijk starts" || line["version"] != builtFrom() {
		t.Errorf("the first line of the log is %s", first)
	}
}

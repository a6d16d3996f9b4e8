package ui

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestTFollowsTheLanguageOfTheReader(t *testing.T) {
	dutch, english := reader(Request{}), reader(Request{Lang: English})
	unknown := reader(Request{Lang: "fr"})
	for name, tc := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"Dutch when nothing was chosen":    {dutch, "Werkgroepen"},
		"English":                          {english, "Workgroups"},
		"Dutch for a language we have not": {unknown, "Werkgroepen"},
		"Dutch outside a request":          {context.Background(), "Werkgroepen"},
	} {
		if got := T(tc.ctx, "ui.nav.workgroups"); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestTCountsAndFillsIn(t *testing.T) {
	ctx := reader(Request{})
	if got, want := T(ctx, "ui.form.summary", "Count", 1), "Er gaat nog iets niet goed"; got != want {
		t.Errorf("one: got %q, want %q", got, want)
	}
	if got, want := T(ctx, "ui.form.summary", "Count", 3), "Er gaan nog 3 dingen niet goed"; got != want {
		t.Errorf("many: got %q, want %q", got, want)
	}
	if got, want := T(ctx, "ui.nav.viewer", "Name", "{{.Evil}}"), "U bent ingelogd als {{.Evil}}"; got != want {
		t.Errorf("a name is no template: got %q, want %q", got, want)
	}
}

func TestAMissingSentenceShowsItsKeyAndIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	for range 3 {
		if got := T(reader(Request{}), "ui.test.missing"); got != "ui.test.missing" {
			t.Errorf("got %q, want the key", got)
		}
	}
	if n := strings.Count(log.String(), "ui.test.missing"); n == 0 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("want one line about the key, got:\n%s", log.String())
	}
}

package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"samenwijk/domain/database/databasetest"
)

// logged gathers what a program under test logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestTheLogSaysWhoSignsInWhoFailsToAndWhoComesInWithAToken(t *testing.T) {
	var log logged
	w := start(t, databasetest.SQLiteFile(t), options{log: slog.New(slog.NewTextHandler(&log, nil))})
	says := func(parts ...string) {
		t.Helper()
		w.eventually(strings.Join(parts, " ")+" is logged", func() bool {
			for line := range strings.Lines(log.String()) {
				found := true
				for _, part := range parts {
					found = found && strings.Contains(line, part)
				}
				if found {
					return true
				}
			}
			return false
		})
	}
	m := matrixIn(t, w)
	id := string(w.person("bewoner@voorbeeld.test", "Bewoner Test"))
	_, page := w.asking("bewoner@voorbeeld.test")
	code := w.latestCode("bewoner@voorbeeld.test")
	page.Form("/inloggen/code").Set("code", wrong(code)).Submit().MustStatus(http.StatusUnprocessableEntity)
	says("level=WARN", "route=/inloggen/code", "status=422", "account.code.wrong")
	page.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusOK)
	says("level=INFO", "route=/inloggen/code", "status=303", "signed_in="+id)

	live := m.private.document.LiveID
	made := m.scriptToken("res", tokenCreate{Document: []string{string(live)}, Write: true})
	if _, status, said := m.knock(live, nil, withToken(made.Text)); status != http.StatusSwitchingProtocols {
		t.Fatalf("the script is refused: %d %s", status, said)
	}
	says("route=/live/:doc", "status=101", "comes_in="+string(m.actors["res"].ID), "token="+string(made.ID))
	if _, status, _ := m.knock(live, nil, withToken(made.Text+"x")); status != http.StatusUnauthorized {
		t.Fatalf("a token that nobody made: %d", status)
	}
	says("level=WARN", "route=/live/:doc", "status=401", "account.token.refused")
	for _, never := range []string{`\b` + code + `\b`, regexp.QuoteMeta(made.Text), "bewoner@", "Bewoner"} {
		if regexp.MustCompile(never).MatchString(log.String()) {
			t.Errorf("the log holds %q", never)
		}
	}
}

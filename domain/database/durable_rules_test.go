package database

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestAServerThatMayForgetOrIsTooOldIsRefusedWithWhatToDo(t *testing.T) {
	good := func() map[string]string {
		return map[string]string{
			"server_version_num": "150004", "server_version": "15.4", "fsync": "on", "full_page_writes": "on",
			"synchronous_commit": "on", "synchronous_standby_names": "",
		}
	}
	for name, tc := range map[string]struct {
		change map[string]string
		want   []string // in the sentence; none when it is fine
	}{
		"as delivered":                   {},
		"a newer server":                 {change: map[string]string{"server_version_num": "180001"}},
		"waiting for a standby":          {change: map[string]string{"synchronous_commit": "remote_apply", "synchronous_standby_names": "two"}},
		"only here, and nowhere else":    {change: map[string]string{"synchronous_commit": "local"}},
		"no fsync":                       {map[string]string{"fsync": "off"}, []string{"fsync = off", "set fsync = on"}},
		"no full pages":                  {map[string]string{"full_page_writes": "off"}, []string{"set full_page_writes = on"}},
		"commits that do not wait":       {map[string]string{"synchronous_commit": "off"}, []string{"set synchronous_commit = on"}},
		"commits that skip the standby":  {map[string]string{"synchronous_commit": "local", "synchronous_standby_names": "two"}, []string{"standby", "set synchronous_commit = on"}},
		"an old server":                  {map[string]string{"server_version_num": "140011", "server_version": "14.11"}, []string{"(14.11) is too old", "15 or newer"}},
		"a server that hides its age":    {map[string]string{"server_version_num": ""}, []string{"no number"}},
		"a server that hides its fsync":  {map[string]string{"fsync": ""}, []string{"set fsync = on"}},
		"a server that hides full pages": {map[string]string{"full_page_writes": ""}, []string{"set full_page_writes = on"}},
	} {
		settings := good()
		for setting, value := range tc.change {
			settings[setting] = value
		}
		err := judgePostgres(settings)
		if (err != nil) != (len(tc.want) > 0) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, words := range tc.want {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %q does not say %q", name, err, words)
			}
		}
	}
}

// A file system without shared memory, as a network folder may be, makes SQLite keep the journal it
// had, in silence. SQLite's own unix-dotfile is such a one.
func TestAFolderThatCannotHoldAWriteAheadLogIsRefused(t *testing.T) {
	file := "file:" + filepath.Join(t.TempDir(), "there.db")
	for name, tc := range map[string]struct{ dsn, want string }{
		"as the program asks": {file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", ""},
		"no shared memory":    {file + "2?vfs=unix-dotfile&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", "network folder"},
		"no file at all":      {"file::memory:?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", "journal_mode = memory"},
		"commits do not wait": {file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)", "power cut"},
		"the last may go":     {file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)", "power cut"},
		"loose references":    {file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", "foreign_keys = 0"},
	} {
		g, err := openSQLitePool(context.Background(), tc.dsn, 1)
		if g != nil {
			if pool, poolErr := g.DB(); poolErr == nil {
				_ = pool.Close()
			}
		}
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
)

// furnished returns the configuration of a database with the demonstration in it, that nobody serves.
func furnished(t *testing.T, where string) Config {
	t.Helper()
	config := Config{
		Database: where, BaseURL: "http://localhost:8080", SecretFile: filepath.Join(t.TempDir(), "secret"),
		MailFrom: "samenwijk@voorbeeld.test", BodyLimit: 1 << 20, KeepUpdates: 30, LogFormat: "text", LogLevel: "error",
	}
	p, err := newProgram(t.Context(), config, true, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := p.seedAlone(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.collab.CompactAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestFsckFindsNothingInAWholeHouseAndEverythingThatIsDamaged(t *testing.T) {
	for name, where := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := furnished(t, where(t))
			db, err := database.Open(t.Context(), config.Database)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			look := func() (string, error) {
				var out bytes.Buffer
				err := fsck(context.Background(), db, config, slog.New(slog.DiscardHandler), &out)
				return out.String(), err
			}
			said, err := look()
			if err != nil || strings.Count(said, "as they should be") != 8 {
				t.Fatalf("in a whole house: %v\n%s", err, said)
			}
			for _, line := range []string{" 1 snapshots:", " 1 live documents:", " 4 meetings:"} {
				if !strings.Contains(said, line) {
					t.Errorf("%q is not in\n%s", line, said)
				}
			}
			for _, damage := range []string{
				"UPDATE live_updates SET mark = mark + 1 WHERE seq = 1",
				"UPDATE live_snapshots SET state = 'x'",
				"UPDATE meetings SET last_number = last_number + 1 WHERE id = (SELECT MIN(id) FROM meetings)",
			} {
				if _, err := db.Pool().ExecContext(t.Context(), damage); err != nil {
					t.Fatal(err)
				}
			}
			said, err = look()
			if err == nil || !strings.Contains(err.Error(), "4 findings") {
				t.Errorf("in a damaged house: %v", err)
			}
			for _, want := range []string{"update 1 is not as it was stored", "the snapshot at update 8 is not", "cannot be opened", "some are missing"} {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in\n%s", want, said)
				}
			}
			// With the update as it was stored the text is whole without the snapshot, which then goes
			// into the quarantine; of the meeting nothing can be put aside.
			if _, err := db.Pool().ExecContext(t.Context(), "UPDATE live_updates SET mark = mark - 1 WHERE seq = 1"); err != nil {
				t.Fatal(err)
			}
			err = fsckCommand{Repair: true}.Run(t.Context(), config, slog.New(slog.DiscardHandler))
			if err == nil || err.Error() != "1 findings" {
				t.Errorf("after a repair: %v", err)
			}
			if t.Failed() {
				t.Log(said)
			}
		})
	}
}

func TestFsckFindsADamagedDatabaseFile(t *testing.T) {
	config := furnished(t, databasetest.SQLiteFile(t))
	bytes, err := os.ReadFile(config.Database)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(bytes) / 4; at < len(bytes)/2; at++ {
		bytes[at] ^= 0x5a
	}
	if err := os.WriteFile(config.Database, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	err = fsckCommand{}.Run(t.Context(), config, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Error("half a file of noise is as it should be")
	}
}

func TestFsckNeedsTheTablesOfThisProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := fsckCommand{}.Run(t.Context(), Config{Database: file}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(fmt.Sprint(err), "samenwijk migrate") {
		t.Errorf("an empty database: %v", err)
	}
}

func TestFsckMakesNoDatabaseWhereNoneIs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mistyped.db")
	err := fsckCommand{}.Run(t.Context(), Config{Database: file}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(fmt.Sprint(err), "there is no database") {
		t.Errorf("a database that is not there: %v", err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("looking made one: %v", err)
	}
}

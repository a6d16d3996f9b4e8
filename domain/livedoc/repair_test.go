package livedoc_test

import (
	"fmt"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

func TestRepairPutsAsideWhatIsDamagedWhereTheTextIsWholeWithoutIt(t *testing.T) {
	cases := map[string]struct {
		snapshots []int64
		damage    string
		moved     int  // rows that lie in the quarantine afterwards
		lost      bool // nothing can be done: everything stays as it is
	}{
		"nothing":                              {snapshots: []int64{2, 4}},
		"a damaged snapshot, and all updates":  {snapshots: []int64{2, 4}, damage: "UPDATE live_snapshots SET state = 'x' WHERE seq = 4", moved: 1},
		"both snapshots, and all updates":      {snapshots: []int64{2, 4}, damage: "UPDATE live_snapshots SET state = 'x'", moved: 2},
		"a damaged update under a snapshot":    {snapshots: []int64{2, 4}, damage: "UPDATE live_updates SET payload = 'x' WHERE seq = 3", moved: 3},
		"a missing update under a snapshot":    {snapshots: []int64{4}, damage: "DELETE FROM live_updates WHERE seq = 2", moved: 1},
		"missing updates before a snapshot":    {snapshots: []int64{4}, damage: "DELETE FROM live_updates WHERE seq IN (3, 4)", moved: 2},
		"a missing end under a snapshot":       {snapshots: []int64{6}, damage: "DELETE FROM live_updates WHERE seq IN (5, 6)", moved: 4},
		"a damaged update after the snapshots": {snapshots: []int64{2, 4}, damage: "UPDATE live_updates SET payload = 'x' WHERE seq = 5", lost: true},
		"a damaged snapshot without updates":   {snapshots: []int64{4}, damage: "UPDATE live_snapshots SET state = 'x'; DELETE FROM live_updates WHERE seq < 3", lost: true},
	}
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				emptied(t, db)
				id := written(t, l, "p1", 6)
				for _, seq := range tc.snapshots {
					snap(t, l, id, seq)
				}
				count := func(table string) (n int) {
					t.Helper()
					if err := db.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
						t.Fatal(err)
					}
					return n
				}
				if tc.damage != "" {
					mustExec(t, db, tc.damage)
				}
				before := count("live_updates") + count("live_snapshots")
				var said []string
				if err := l.Repair(t.Context(), func(s string) { said = append(said, s) }); err != nil {
					t.Fatal(err)
				}
				if n := count("live_quarantine"); n != tc.moved || before != n+count("live_updates")+count("live_snapshots") || (n > 0) != (len(said) > 0) {
					t.Errorf("%d rows lie in the quarantine, want %d; %d of %d are left; said %q",
						n, tc.moved, count("live_updates")+count("live_snapshots"), before, said)
				}
				found := 0
				if _, err := l.Check(t.Context(), func(string) { found++ }); err != nil || (found > 0) != tc.lost {
					t.Errorf("after the repair %d findings, %v", found, err)
				}
				if tc.lost {
					if _, err := l.Load(t.Context(), id, 0, 0, func(livedoc.Update) error { return nil }); !livedoc.IsDamaged(err) {
						t.Errorf("a text that cannot be whole loads with %v", err)
					}
					return
				}
				if got, _ := text(t, l, id, 0); got != whole6 {
					t.Errorf("after the repair the text is %q", got)
				}
				said = nil
				if err := l.Repair(t.Context(), func(s string) { said = append(said, s) }); err != nil || len(said) > 0 {
					t.Errorf("repaired again: %q, %v", said, err)
				}
				mustAppend(t, l, batch(id, "s2", 1, "u7 "))
				if got, _ := text(t, l, id, 0); got != whole6+"u7 " {
					t.Errorf("and goes on as %q", got)
				}
			})
		}
	})
}

func TestTheQuarantineKeepsEveryByte(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := written(t, l, "p1", 3)
		snap(t, l, id, 3)
		mustExec(t, db, "UPDATE live_updates SET mark = 77 WHERE seq = 2")
		if err := l.Repair(t.Context(), func(string) {}); err != nil {
			t.Fatal(err)
		}
		var got string
		rows, err := db.Pool().QueryContext(t.Context(), "SELECT document, epoch, seq, kind, session, mark, actor, payload, checksum FROM live_quarantine ORDER BY seq")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var document, kind, session, actor string
			var epoch, seq, mark, checksum int64
			var payload []byte
			if err := rows.Scan(&document, &epoch, &seq, &kind, &session, &mark, &actor, &payload, &checksum); err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprintln(document == string(id), epoch, seq, kind, session, mark, actor, string(payload), checksum != 0)
		}
		if want := "true 1 1 update s1 1 ana u1  true\ntrue 1 2 update s1 77 ana u2  true\n"; got != want {
			t.Errorf("kept\n%swant\n%s", got, want)
		}
	})
}

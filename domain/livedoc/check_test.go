package livedoc_test

import (
	"fmt"
	"strings"
	"testing"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
)

func TestCheckFindsEveryKindOfDamage(t *testing.T) {
	cases := map[string]struct {
		snapshots []int64
		pruned    int64  // updates up to this one are gone as retention takes them
		damage    string // nothing: a whole log
		want      string // in the one finding
	}{
		"nothing":                             {},
		"nothing, with snapshots":             {snapshots: []int64{2, 4}},
		"nothing, and old updates are gone":   {snapshots: []int64{2, 4}, pruned: 2},
		"nothing, and all updates are gone":   {snapshots: []int64{5, 6}, pruned: 6},
		"a changed update":                    {damage: "UPDATE live_updates SET payload = 'x' WHERE seq = 3", want: "update 3 is not as it was stored. It cannot be opened"},
		"a changed actor":                     {damage: "UPDATE live_updates SET actor = 'eve' WHERE seq = 3", want: "update 3 is not as it was stored"},
		"a changed update under a snapshot":   {snapshots: []int64{2, 4}, damage: "UPDATE live_updates SET payload = 'x' WHERE seq = 3", want: "update 3 is not as it was stored. The text is whole: the snapshot at update 4"},
		"a missing update":                    {damage: "DELETE FROM live_updates WHERE seq = 3", want: "update 3 is missing. It cannot be opened"},
		"a missing update under a snapshot":   {snapshots: []int64{4}, damage: "DELETE FROM live_updates WHERE seq = 3", want: "update 3 is missing. The text is whole"},
		"a missing beginning":                 {damage: "DELETE FROM live_updates WHERE seq < 3", want: "updates 1 to 2 are missing. It cannot be opened"},
		"a missing end":                       {snapshots: []int64{4}, damage: "DELETE FROM live_updates WHERE seq > 4", want: "updates 5 to 6 are missing. It cannot be opened"},
		"everything missing":                  {damage: "DELETE FROM live_updates", want: "updates 1 to 6 are missing. It cannot be opened"},
		"updates beyond the end":              {damage: "UPDATE live_documents SET seq = 5 WHERE seq = 6", want: "has an update 6, but its last one is 5"},
		"a snapshot beyond the end":           {snapshots: []int64{6}, damage: "DELETE FROM live_updates WHERE seq = 6; UPDATE live_documents SET seq = 5 WHERE seq = 6", want: "has a snapshot at update 6, but its last update is 5"},
		"a damaged snapshot":                  {snapshots: []int64{2, 4}, damage: "UPDATE live_snapshots SET state = 'x' WHERE seq = 4", want: "the snapshot at update 4 is not as it was stored"},
		"damaged authors of a snapshot":       {snapshots: []int64{2, 4}, damage: "UPDATE live_snapshots SET authors = 'x' WHERE seq = 4", want: "the snapshot at update 4 is not as it was stored"},
		"an update that went without a right": {snapshots: []int64{2}, damage: "DELETE FROM live_updates WHERE seq <= 3", want: "update 3 is missing. It cannot be opened"},
	}
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				emptied(t, db)
				id := written(t, l, "p1", 6)
				create(t, l, "empty", nil)
				for _, seq := range tc.snapshots {
					snap(t, l, id, seq)
				}
				if tc.pruned > 0 {
					mustExec(t, db, fmt.Sprint("DELETE FROM live_updates WHERE seq <= ", tc.pruned))
				}
				if tc.damage != "" {
					mustExec(t, db, tc.damage)
				}
				var said []string
				if _, err := l.Check(t.Context(), func(s string) { said = append(said, s) }); err != nil {
					t.Fatal(err)
				}
				switch {
				case tc.want == "" && len(said) > 0:
					t.Errorf("found in a whole log: %q", said)
				case tc.want != "" && (len(said) != 1 || !strings.Contains(said[0], tc.want)):
					t.Errorf("found %q, want one that says %q", said, tc.want)
				}
				for _, s := range said {
					if !strings.Contains(s, string(id)) {
						t.Errorf("%q does not say which document", s)
					}
				}
				// What Check says of the text is what Load does.
				_, err := l.Load(t.Context(), id, 0, 0, func(livedoc.Update) error { return nil })
				if cannot := strings.Contains(tc.want, "cannot be opened"); cannot != (err != nil) && !strings.Contains(tc.want, "last") && tc.want != "update 3 is not as it was stored" {
					t.Errorf("loading says %v", err)
				}
			})
		}
	})
}

// emptied lets one database serve for many cases.
func emptied(t *testing.T, db *database.DB) {
	t.Helper()
	for _, table := range []string{"live_quarantine", "live_versions", "live_snapshots", "live_updates", "live_documents"} {
		mustExec(t, db, "DELETE FROM "+table)
	}
}

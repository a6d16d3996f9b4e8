package meeting_test

import (
	"context"
	"strings"
	"testing"

	"samenwijk/domain/meeting"
)

func TestCheckFindsSeatsAndListsThatDoNotAgree(t *testing.T) {
	for name, tc := range map[string]struct {
		damage, want string
	}{
		"nothing":                     {"", ""},
		"a counter that is too low":   {"UPDATE meeting_quotas SET taken = 1", "1 seats count as taken, and registrations hold 2"},
		"a registration that is gone": {"DELETE FROM meeting_registrations WHERE number = 4", "gave out 4 numbers in order of arrival, and there are 3"},
		"more people than seats": {
			"UPDATE meeting_registrations SET people = 2 WHERE number = 1", "3 people have a seat, and there are 2 seats"},
		"a seat that nobody got": {
			"UPDATE meeting_registrations SET state = 'cancelled' WHERE number = 1; UPDATE meeting_quotas SET taken = 1", "registration 3 waits, and there are seats for it"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				id := w.meeting(2)
				for _, who := range []string{"Een", "Twee", "Drie", "Vier"} {
					w.register(id, who, 1)
				}
				if tc.damage != "" {
					if _, err := w.db.Pool().ExecContext(t.Context(), tc.damage); err != nil {
						t.Fatal(err)
					}
				}
				var said []string
				n, err := meeting.Check(context.Background(), w.db, w.now, func(s string) { said = append(said, s) })
				if err != nil || n != 1 {
					t.Fatalf("%d meetings, %v", n, err)
				}
				all := strings.Join(said, "\n")
				if (tc.want == "") != (len(said) == 0) || !strings.Contains(all, tc.want) || tc.want != "" && !strings.Contains(all, string(id)) {
					t.Errorf("found %q, want %q", said, tc.want)
				}
			})
		})
	}
}

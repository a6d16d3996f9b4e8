package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
)

func TestTheLogTellsEveryChangeOfRolesAddressesAndBlocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		began := w.now
		step := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(24 * time.Hour)
		}
		ana := w.add("Ana", "ana@voorbeeld.test")
		bo := w.add("Bo 100%", "bo@voorbeeld.test")
		step(nil)
		step(w.SetRoles(t.Context(), w.admin, ana, nil, []access.Role{access.Lecturer}))
		step(w.SetRoles(t.Context(), w.admin, ana, nil, nil))
		step(w.Block(t.Context(), w.admin, bo))
		step(w.Unblock(t.Context(), w.admin, bo))
		step(w.Change(t.Context(), w.admin, w.session(), bo, account.Input{Name: "Bo 100%", Email: "b@voorbeeld.test", Language: "nl"}))
		day := func(n int) time.Time { return began.Add(time.Duration(n) * 24 * time.Hour) }
		for name, tc := range map[string]struct {
			filter account.LogFilter
			want   []account.Kind
		}{
			"all":           {account.LogFilter{}, []account.Kind{"address", "unblocked", "blocked", "taken", "given", "given"}},
			"of one":        {account.LogFilter{Person: " ANA"}, []account.Kind{"taken", "given"}},
			"by address":    {account.LogFilter{Person: "b@voor"}, []account.Kind{"address", "unblocked", "blocked"}},
			"a percentage":  {account.LogFilter{Person: "%"}, []account.Kind{"address", "unblocked", "blocked"}},
			"by somebody":   {account.LogFilter{Person: "iemand", Kind: account.RoleTaken}, []account.Kind{"taken"}},
			"of a kind":     {account.LogFilter{Kind: account.RoleGiven}, []account.Kind{"given", "given"}},
			"of no kind":    {account.LogFilter{Kind: "'"}, nil},
			"from a day":    {account.LogFilter{From: day(3)}, []account.Kind{"address", "unblocked", "blocked"}},
			"until a day":   {account.LogFilter{Until: day(2)}, []account.Kind{"given", "given"}},
			"of three days": {account.LogFilter{From: day(2), Until: day(4)}, []account.Kind{"blocked", "taken"}},
			"a page beyond": {account.LogFilter{Page: 2}, nil},
		} {
			entries, total, err := w.Log(t.Context(), w.admin, tc.filter)
			var got []account.Kind
			for _, e := range entries {
				got = append(got, e.Kind)
			}
			if err != nil || !slices.Equal(got, tc.want) || tc.filter.Page == 0 && total != len(tc.want) {
				t.Errorf("%s: %v of %d, %v", name, got, total, err)
			}
		}
		entries, _, err := w.Log(t.Context(), w.admin, account.LogFilter{Kind: account.Kind(account.WasBlocked)})
		if e := entries[0]; err != nil || e.Name != "Bo 100%" || e.By != "Iemand" || e.ChangedBy != w.admin.ID || !e.ChangedAt.Equal(day(3)) {
			t.Errorf("who, what, when: %+v, %v", e, err)
		}
		for name, who := range map[string]access.Actor{
			"nobody": {}, "a resident": {ID: ana}, "a coordinator": w.person("c@voorbeeld.test", access.Coordinator),
		} {
			entries, _, err := w.Log(t.Context(), who, account.LogFilter{})
			if fault.KindOf(err) == fault.KindInternal || err == nil || entries != nil {
				t.Errorf("%s reads %v, %v", name, entries, err)
			}
		}
	})
}

func TestALongLogComesInPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.add("Ana", "ana@voorbeeld.test")
		for n := range account.LogPage {
			w.now = w.now.Add(time.Second)
			roles := []access.Role{access.Lecturer}
			if n%2 == 1 {
				roles = nil
			}
			if err := w.SetRoles(t.Context(), w.admin, id, nil, roles); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for page, want := range []int{account.LogPage, 1} {
			entries, total, err := w.Log(t.Context(), w.admin, account.LogFilter{Page: page + 1})
			if err != nil || len(entries) != want || total != account.LogPage+1 {
				t.Errorf("page %d: %d of %d, %v", page+1, len(entries), total, err)
			}
			for _, e := range entries {
				seen[fmt.Sprint(e.ID)] = true
			}
		}
		if len(seen) != account.LogPage+1 {
			t.Errorf("%d entries on both pages", len(seen))
		}
	})
}

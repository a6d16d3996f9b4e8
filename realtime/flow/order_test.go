package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"samenwijk/realtime/lib0"
)

func inOrder(list []string) bool {
	return slices.IsSortedFunc(list, lib0.CompareUTF16) && len(slices.Compact(slices.Clone(list))) == len(list)
}

func TestBetweenTwoOrdersIsRoom(t *testing.T) {
	for _, tc := range []struct {
		low, high string
		bounded   bool
		room      bool
	}{
		{"", "", false, true}, {"", "V", true, true}, {"", "0", true, false}, {"", "01", true, true}, {"", "00", true, false}, {"z", "", false, true}, {"zzz", "", false, true},
		{"a", "b", true, true}, {"a", "a0", true, false}, {"a", "a1", true, true}, {"a", "a", true, false}, {"b", "a", true, false}, {"az", "b", true, true}, {"a", "c", true, true},
		{"aV", "aVV", true, true}, {"é", "", false, false}, {"a", "é", true, false}, {"a!", "", false, true}, {"", "", true, false},
	} {
		for _, count := range []int{1, 2, 9, 500} {
			made, ok := between(tc.low, tc.high, tc.bounded, count)
			if ok != tc.room {
				t.Fatalf("between %q and %q: room is %v, want %v", tc.low, tc.high, ok, tc.room)
			}
			if !ok {
				continue
			}
			all := append([]string{tc.low}, made...)
			if tc.bounded {
				all = append(all, tc.high)
			}
			if tc.low == "" {
				all = all[1:]
			}
			if len(made) != count || !inOrder(all) {
				t.Errorf("%d between %q and %q: %q", count, tc.low, tc.high, made)
			}
		}
	}
}

// Rows that are inserted one by one, at any place, keep short orders, and hardly ever do all get new ones.
func TestOrdersStayShort(t *testing.T) {
	for name, at := range map[string]func(n int) int{
		"at the end": func(n int) int { return n }, "at the start": func(int) int { return 0 }, "anywhere": rand.IntN, "at one spot": func(n int) int { return n / 2 },
	} {
		var is []axis
		for i := range 400 {
			ids := make([]string, 0, len(is)+1)
			for _, a := range is {
				ids = append(ids, a.id)
			}
			ids = slices.Insert(ids, min(at(len(ids)+1), len(ids)), fmt.Sprint("r", i))
			orders := ordersFor(is, ids)
			if len(orders) != 1 && len(orders) != len(ids) {
				t.Fatalf("%s: %d orders are set", name, len(orders))
			}
			is = arranged(is, ids, orders)
			if got := idsOf(is); !slices.Equal(got, ids) {
				t.Fatalf("%s: %q, want %q", name, got, ids)
			}
		}
		longest := slices.MaxFunc(is, func(a, b axis) int { return len(a.order) - len(b.order) })
		if len(longest.order) > 350 {
			t.Errorf("%s: after 400 an order has %d signs", name, len(longest.order))
		}
	}
}

// Whatever orders there are, and whatever is wanted, it comes out.
func TestOrdersAreWhatIsWanted(t *testing.T) {
	for range 3000 {
		var is []axis
		for i := range rand.IntN(8) {
			is = append(is, axis{fmt.Sprint("r", i), []string{"", "a", "b", "0", "00", "a0", "zz", "é", "😀", "V"}[rand.IntN(10)]})
		}
		slices.SortFunc(is, axis.compare)
		var ids []string
		for i := range 10 {
			if rand.IntN(2) == 0 {
				ids = append(ids, fmt.Sprint("r", i))
			}
		}
		rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		got := idsOf(arranged(is, ids, ordersFor(is, ids)))
		if !slices.Equal(got, ids) {
			t.Fatalf("of %v came %q, want %q", is, got, ids)
		}
	}
}

// arranged is a table's rows with these ids, in the order that they have with new orders.
func arranged(is []axis, ids []string, orders map[string]string) []axis {
	var rows []axis
	for _, id := range ids {
		order, changed := orders[id]
		if i := slices.IndexFunc(is, func(a axis) bool { return a.id == id }); i >= 0 && !changed {
			order = is[i].order
		}
		rows = append(rows, axis{id, order})
	}
	slices.SortFunc(rows, axis.compare)
	return rows
}

func idsOf(rows []axis) []string {
	var ids []string
	for _, a := range rows {
		ids = append(ids, a.id)
	}
	return ids
}

func TestANewIDIsAnID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := newID()
		if !isID(id) || strings.Contains(id, ":") || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
}

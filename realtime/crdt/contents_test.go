package crdt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"samenwijk/realtime/lib0"
)

// clocksOf lists every id in the ranges and fails when they touch, overlap or are out of order.
func clocksOf(t *testing.T, ranges []Range) map[ID]bool {
	t.Helper()
	ids := map[ID]bool{}
	for i, r := range ranges {
		if i > 0 && !(ranges[i-1].Client > r.Client || ranges[i-1].Client == r.Client && ranges[i-1].End() < r.Clock) {
			t.Errorf("range %+v follows %+v", r, ranges[i-1])
		}
		for n := range r.Len {
			ids[ID{r.Client, r.Clock + n}] = true
		}
	}
	return ids
}

func TestTheContentsOfAllUpdatesAreTheContentsOfTheDocument(t *testing.T) {
	forEachCase(t, func(t *testing.T, c *caseFile) {
		inserted, deleted := map[ID]bool{}, map[ID]bool{}
		d := NewDoc()
		for _, u := range c.Updates {
			contents, err := UpdateContents(u.V1)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(inserted, clocksOf(t, contents.Inserted))
			maps.Copy(deleted, clocksOf(t, contents.Deleted))
			if err := d.ApplyUpdate(u.V1, nil); err != nil {
				t.Fatal(err)
			}
		}
		known := map[ID]bool{}
		for client, clock := range d.States() {
			if d.Known(client) != clock {
				t.Errorf("client %d is known up to %d, the state vector says %d", client, d.Known(client), clock)
			}
			for n := range clock {
				known[ID{client, n}] = true
			}
		}
		if !d.HasPending() && !maps.Equal(inserted, known) {
			t.Errorf("the updates bring %d ids, the document has %d", len(inserted), len(known))
		}
		// The other way around does not hold: what comes into a deleted place is deleted unnamed.
		gone := deleteSet(d.deleteSet())
		for id := range deleted {
			if !gone.has(id.Client, id.Clock) && !d.HasPending() {
				t.Errorf("an update deletes %v, and the document has it", id)
			}
		}
	})
}

func TestAGapInAnUpdateIsNotPartOfItsContents(t *testing.T) {
	d := NewDoc(WithClientID(7))
	var sent [][]byte
	d.OnUpdate(func(u []byte, _ any) { sent = append(sent, u) })
	text := d.Text("t")
	for i, s := range []string{"ab", "cde", "f"} {
		text.Insert(i, s, nil)
	}
	text.Delete(0, 1)
	gap, err := MergeUpdates([][]byte{sent[0], sent[2], sent[3]})
	if err != nil {
		t.Fatal(err)
	}
	got, err := UpdateContents(gap)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Range{{ID{7, 0}, 2}, {ID{7, 5}, 1}}; !slices.Equal(got.Inserted, want) {
		t.Errorf("inserted %v, want %v", got.Inserted, want)
	}
	if want := []Range{{ID{7, 0}, 1}}; !slices.Equal(got.Deleted, want) {
		t.Errorf("deleted %v, want %v", got.Deleted, want)
	}
}

func TestTheIDsOfATextSayWhoWroteEachPosition(t *testing.T) {
	ana, bo := NewDoc(WithClientID(1)), NewDoc(WithClientID(2))
	send := func(from, to *Doc) {
		t.Helper()
		u, err := from.EncodeStateAsUpdate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := to.ApplyUpdate(u, nil); err != nil {
			t.Fatal(err)
		}
	}
	ana.Text("t").Insert(0, "hello", nil)
	send(ana, bo)
	bo.Text("t").Insert(2, "😀", Attributes{"bold": true})
	bo.Text("t").Delete(0, 1)
	send(bo, ana)
	text := ana.Text("t")
	got := text.IDs()
	if want := []Range{{ID{1, 1}, 1}, {ID{2, 1}, 2}, {ID{1, 2}, 3}}; !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
	sum := 0
	for _, r := range got {
		sum += int(r.Len)
	}
	if sum != text.Len() {
		t.Errorf("the ids cover %d of %d units", sum, text.Len())
	}
	f := ana.XMLFragment("x")
	f.Append(NewXMLElement("p"))
	if id, ok := ItemID(f.Get(0)); !ok || id.Client != 1 {
		t.Errorf("the element has id %v, %v", id, ok)
	}
	if _, ok := ItemID(f); ok {
		t.Error("a root has an id")
	}
}

func TestTheTextInARangeOfIDsIsWhatStillStandsThere(t *testing.T) {
	d := NewDoc(WithClientID(7))
	text := d.Text("t")
	for _, err := range []error{
		text.Insert(0, "ab\U0001f600cd", nil), text.InsertEmbed(6, map[string]any{}, nil),
		text.Insert(7, "efgh", nil), text.Delete(1, 1), text.Delete(7, 2),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		clock, units uint32
		want         string
	}{
		{0, 100, "0a 2\U0001f600cd 7e 10h"}, {0, 3, "0a"}, {0, 4, "0a 2\U0001f600"},
		{3, 2, "4c"}, {3, 1, ""}, {2, 1, ""}, {1, 1, ""}, {5, 3, "5d 7e"}, {11, 5, ""},
	} {
		got := ""
		for r, piece := range d.TextIn(Range{ID{7, tc.clock}, tc.units}) {
			got += fmt.Sprintf(" %d%s", r.Clock, piece)
			if int(r.Len) != lib0.UTF16Len(piece) {
				t.Errorf("%q is said to have %d units", piece, r.Len)
			}
		}
		if got = strings.TrimPrefix(got, " "); got != tc.want {
			t.Errorf("%d units from %d: %q, want %q", tc.units, tc.clock, got, tc.want)
		}
	}
	for range d.TextIn(Range{ID{8, 0}, 5}) {
		t.Error("there is text of a client that is not there")
	}
}

func TestARunOfAnUpdateSaysWhatItStandsBehind(t *testing.T) {
	d := NewDoc(WithClientID(7))
	other := NewDoc(WithClientID(9))
	var updates [][]byte
	d.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	text := d.Text("t")
	do := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	do(text.Insert(0, "begin", nil), text.Insert(5, "s", nil), text.Insert(2, "\u00e9\u00e9n", nil))
	all, err := MergeUpdates(updates)
	do(err, other.ApplyUpdate(all, nil))
	updates = nil
	other.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
	do(other.Text("t").Insert(1, "x", nil))
	got := []string{}
	for _, update := range [][]byte{all, updates[0]} {
		do(EachRun(update, func(r Run) { got = append(got, fmt.Sprint(r.ID, r.Len, r.Behind, string(r.Text))) }))
	}
	if want := []string{"{7 5} 1 {7 4}s", "{7 6} 3 {7 1}\u00e9\u00e9n", "{9 0} 1 {7 0}x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if EachRun(all[:len(all)-1], func(Run) {}) == nil {
		t.Error("an update that was cut off has runs")
	}
}

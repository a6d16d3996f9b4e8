package crdt

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestEveryStructOfAnUpdateIsToldWithWhatItSaysOfItsPlace(t *testing.T) {
	d := NewDoc(WithClientID(7))
	var updates [][]byte
	defer d.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(d.Text("body").Insert(0, "word", Attributes{"bold": true}))
	must(d.Text("body").InsertEmbed(0, map[string]any{"p": "a"}, nil))
	must(d.Map("marks").Set("a:kind", "heading"))
	must(d.Map("marks").Set("a:kind", []any{1.0}))
	must(d.Array("list").Append(NewText("inside")))
	must(d.Text("body").Insert(5, "é", nil))
	must(d.Text("body").Delete(1, 2))
	var told []string
	for _, u := range updates {
		must(EachStruct(u, DefaultLimits, func(s *Struct) error {
			line := fmt.Sprint(s.Content)
			if s.Placed {
				line += " in " + string(s.Root)
				if s.Keyed {
					line += " at " + string(s.Key)
				}
			}
			if s.Attribute != nil {
				line += " " + string(s.Attribute)
			}
			must(s.Values(func(v any) error { line += fmt.Sprintf(" %v", v); return nil }))
			told = append(told, line)
			return nil
		}))
	}
	want := []string{
		"6 in body bold true", "4", "6 bold <nil>", // the word, between where bold begins and where it ends
		"5 [{p a}]", "8 in marks at a:kind heading", "8 [1]",
		"7 in list", "4 in ", // a text in a list, and its letters, whose parent is an item
		"4",
	}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("told\n%q, want\n%q", told, want)
	}
}

func TestWhatNoDocumentTakesIsToldByNoStruct(t *testing.T) {
	stop := errors.New("stop")
	for name, tc := range map[string]struct {
		update []byte
		want   error
	}{
		"garbage":              {[]byte("garbage"), ErrMalformed},
		"builds on itself":     {[]byte{1, 1, 9, 5, 0x84, 9, 5, 1, 'a', 0}, ErrMalformed},
		"a key that is itself": {[]byte{1, 1, 9, 5, 0x84, 9, 6, 1, 'a', 0}, ErrMalformed},
		"clients out of order": {[]byte{2, 1, 5, 1, 0x84, 5, 0, 1, 'a', 1, 9, 1, 0x84, 9, 0, 1, 'b', 0}, ErrMalformed},
		"too many bytes":       {append([]byte{1, 1, 9, 5, 0x84, 9, 4, 60}, append(make([]byte, 60), 0)...), ErrOverBudget},
		"stopped":              {[]byte{1, 1, 9, 5, 0x84, 9, 4, 1, 'a', 0}, stop},
	} {
		called := false
		err := EachStruct(tc.update, Limits{Bytes: 50}, func(*Struct) error { called = true; return stop })
		if !errors.Is(err, tc.want) || called != (tc.want == stop) {
			t.Errorf("%s: %v, called %v", name, err, called)
		}
	}
}

func TestEveryUpdateOfAPeerIsTold(t *testing.T) {
	paths, err := filepath.Glob("testdata/conformance/*.json.gz")
	if err != nil || len(paths) == 0 {
		t.Fatal("the recorded cases are missing from testdata/conformance")
	}
	for _, path := range paths {
		if strings.Contains(path, "README") {
			continue
		}
		for i, u := range readCase(t, path).Updates {
			if err := EachStruct(u.V1, DefaultLimits, func(s *Struct) error { return s.Values(func(any) error { return nil }) }); err != nil {
				t.Errorf("%s, update %d: %v", path, i, err)
			}
		}
	}
}

func TestAKeystrokeIsToldWithoutMemory(t *testing.T) {
	update := []byte{1, 1, 9, 5, 0x84, 9, 4, 1, 'a', 0}
	n := testing.AllocsPerRun(100, func() {
		if err := EachStruct(update, DefaultLimits, func(*Struct) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
	if n > 1 { // the struct itself
		t.Errorf("%v allocations", n)
	}
}

func TestEmbedsThatAreDeletedDoNotCount(t *testing.T) {
	d := NewDoc()
	text := d.Text("body")
	for range 3 {
		if err := text.InsertEmbed(0, map[string]any{"p": "a"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := text.Delete(1, 1); err != nil {
		t.Fatal(err)
	}
	if n := d.CountEmbeds(); n != 2 {
		t.Errorf("counted %d embeds, want 2", n)
	}
	d.Map("marks")
	var roots []string
	if n := d.EachRoot(1, func(name string) { roots = append(roots, name) }); n != 2 || !reflect.DeepEqual(roots, []string{"marks"}) {
		t.Errorf("after the first come %q, of %d", roots, n)
	}
}

package crdt_test

import (
	"testing"

	"samenwijk/realtime/crdt"
)

func TestTheValueOfAKeyHasAnID(t *testing.T) {
	ana, bo := crdt.NewDoc(crdt.WithClientID(1)), crdt.NewDoc(crdt.WithClientID(2))
	set := func(d *crdt.Doc, v any) {
		t.Helper()
		if err := d.Map("m").Set("k", v); err != nil {
			t.Fatal(err)
		}
	}
	set(ana, "first")
	update, err := ana.EncodeStateAsUpdate(nil)
	if err == nil {
		err = bo.ApplyUpdate(update, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if id, there := bo.Map("m").At("k"); !there || id != (crdt.ID{Client: 1, Clock: 0}) {
		t.Errorf("it is %v, %v", id, there)
	}
	set(bo, "second")
	if id, there := bo.Map("m").At("k"); !there || id != (crdt.ID{Client: 2, Clock: 0}) {
		t.Errorf("after another value it is %v, %v", id, there)
	}
	if err := bo.Map("m").Delete("k"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k", "never"} {
		if id, there := bo.Map("m").At(key); there {
			t.Errorf("%s, which has no value, is %v", key, id)
		}
	}
	if _, there := crdt.NewMap(map[string]any{"k": 1}).At("k"); there {
		t.Error("what is in no document has an id")
	}
}

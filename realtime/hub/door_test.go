package hub_test

import (
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
)

// gate lets in nothing of client 66, and as many pieces of client 77 as are in open.
type gate struct{ open int }

func (g *gate) Look(update []byte, limits crdt.Limits) (claim any, err error) {
	err = crdt.EachStruct(update, limits, func(*crdt.Struct) error { return nil })
	if err != nil {
		return nil, err
	}
	switch update[2] {
	case 66:
		return nil, &hub.Refusal{Code: hub.CodeModel, Reason: "of another version"}
	case 77:
		return 1, nil
	}
	return nil, nil
}

func (g *gate) Admit(text *crdt.Doc, claim any) error {
	if g.open -= claim.(int); g.open < 0 || text.Known(77) > 2 {
		return &hub.Refusal{Code: hub.CodeContent, Reason: "too much"}
	}
	return nil
}

func TestWhatTheDoorRefusesIsNotStoredAndEndsTheSession(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, "seed"))
	h := start(t, log, quick)
	h.Door = func(head hub.Head) hub.Door {
		if head.Epoch == 0 {
			t.Error("the door is asked for before the document is known")
		}
		return &gate{open: 2}
	}
	old, greedy := join(t, h, "d", 66, member("old", writer())), join(t, h, "d", 77, member("greedy", writer()))
	bo := join(t, h, "d", 11, member("bo", writer()))
	if err := old.write("x"); !refusedWith(err, hub.CodeModel) {
		t.Errorf("received %v", err)
	}
	old.closedWith(hub.CodeModel)
	for range 2 {
		if err := greedy.write("y"); err != nil {
			t.Fatal(err)
		}
	}
	greedy.save()
	if err := greedy.write("z"); err != nil {
		t.Errorf("what is judged by the text is refused afterwards, not at once: %v", err)
	}
	greedy.closedWith(hub.CodeContent)
	if err := bo.write("fine"); err != nil {
		t.Fatal(err)
	}
	bo.save()
	if n := letters(t, log, "d"); n != len("seed")+2+len("fine") {
		t.Errorf("%d letters stored", n)
	}
}

func TestADocumentWithoutADoorTakesEverything(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, "seed"))
	h := start(t, log, quick)
	h.Door = func(hub.Head) hub.Door { return nil }
	old := join(t, h, "d", 66, member("old", writer()))
	if err := old.write("x"); err != nil {
		t.Fatal(err)
	}
	old.save()
}

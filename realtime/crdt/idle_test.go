package crdt

import "testing"

// testIdle asks an idle document what the document itself would answer.
func testIdle(t *testing.T, c *caseFile) {
	d := c.receiver()
	for _, u := range c.Updates {
		if err := d.ApplyUpdate(u.V1, nil); err != nil {
			t.Fatal(err)
		}
	}
	idle, err := d.Idle()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "state vector", idle.StateVector(), nil, d.StateVector())
	want, err := d.EncodeStateAsUpdate(c.Docless.SVHalf)
	if err != nil {
		t.Fatal(err)
	}
	got, err := idle.EncodeStateAsUpdate(c.Docless.SVHalf)
	same(t, "what a peer lacks", got, err, want)
	woken, err := idle.Wake(WithClientID(1))
	if err != nil {
		t.Fatal(err)
	}
	// Loading joins structs that stood apart while they came in one by one, here as in yjs: the bytes
	// may become fewer, what they say may not change.
	if err := woken.Check(); err != nil {
		t.Fatal(err)
	}
	same(t, "state vector after waking", woken.StateVector(), nil, d.StateVector())
	if !woken.Snapshot().Equal(d.Snapshot()) {
		t.Error("the document that woke has other deletes")
	}
	if got, want := dump(woken, c.Roots), dump(d, c.Roots); got != want {
		t.Errorf("the document that woke shows %s, want %s", got, want)
	}
	if c.Reloaded != nil {
		v1, v2 := state(t, woken)
		same(t, "state after waking, v1", v1, nil, c.Reloaded.V1)
		same(t, "state after waking, v2", v2, nil, c.Reloaded.V2)
	}
	again, err := NewIdle(idle.State())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "state vector of the bytes", again.StateVector(), nil, d.StateVector())
}

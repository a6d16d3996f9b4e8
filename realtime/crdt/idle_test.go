package crdt

import "testing"

func TestAnIdleDocumentAnswersAsTheDocumentWould(t *testing.T) {
	forEachCase(t, func(t *testing.T, c *caseFile) {
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
		v1, _ := state(t, woken)
		same(t, "state after waking", v1, nil, idle.State())
		again, err := NewIdle(idle.State())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "state vector of the bytes", again.StateVector(), nil, d.StateVector())
	})
}

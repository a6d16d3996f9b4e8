package hub_test

import (
	"strings"
	"testing"
	"time"

	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
)

func TestTheExchangeIsABus(t *testing.T) {
	hubtest.RunBus(t, func(*testing.T) func() hub.Bus { return hubtest.NewExchange().Bus })
}

// byBus never looks at the log by itself within the time of a test.
func byBus() hub.Limits {
	limits := quick
	limits.Watch, limits.Beacon, limits.Absence = time.Hour, 10*time.Millisecond, time.Hour
	return limits
}

// nodes starts hubs on one log that reach each other by an exchange.
func nodes(t *testing.T, n int, limits hub.Limits) (*hubtest.Memory, *hubtest.Exchange, []*hub.Hub) {
	t.Helper()
	log, exchange := hubtest.NewMemory(), hubtest.NewExchange()
	log.Create("d", typed(1, 0, "seed"))
	var hubs []*hub.Hub
	for range n {
		h, _ := startOn(t, log, exchange.Bus(), limits)
		hubs = append(hubs, h)
	}
	return log, exchange, hubs
}

// write has every peer type n times.
func writeAll(t *testing.T, n int, peers ...*peer) {
	t.Helper()
	for range n {
		for _, p := range peers {
			if err := p.write("x"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, p := range peers {
		p.save()
	}
}

func TestThreeNodesShowTheSameText(t *testing.T) {
	log, _, hubs := nodes(t, 3, byBus())
	var peers []*peer
	for i, h := range hubs {
		peers = append(peers, join(t, h, "d", uint64(10+i), member("ana", writer())))
	}
	before := letters(t, log, "d")
	writeAll(t, 50, peers...)
	converge(t, log, "d", peers...)
	if n := letters(t, log, "d") - before; n != 150 {
		t.Errorf("%d letters stored, want 150", n)
	}
}

func TestABusThatLosesRepeatsAndReordersCostsNoEdit(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	log, exchange, hubs := nodes(t, 3, byBus())
	exchange.Garble(seed)
	var peers []*peer
	for i, h := range hubs {
		peers = append(peers, join(t, h, "d", uint64(10+i), member("ana", writer())))
	}
	for range 20 {
		writeAll(t, 5, peers...)
	}
	converge(t, log, "d", peers...)
}

func TestWhatABusLostIsReadWhenItIsBack(t *testing.T) {
	log, exchange, hubs := nodes(t, 2, byBus())
	ana, bo := join(t, hubs[0], "d", 10, member("ana", writer())), join(t, hubs[1], "d", 11, member("bo", writer()))
	bo.until("the text", func() bool { return bo.synced })
	exchange.Cut(true)
	writeAll(t, 5, ana)
	if strings.Contains(string(bo.state()), "xxxxx") {
		t.Fatal("heard through a bus that is cut")
	}
	exchange.Cut(false)
	converge(t, log, "d", ana, bo) // by the next beacon, though nobody writes
}

func TestWithoutABusTheLogIsLookedAt(t *testing.T) {
	limits := byBus()
	limits.Watch = 10 * time.Millisecond
	log, exchange, hubs := nodes(t, 2, limits)
	exchange.Cut(true)
	ana, bo := join(t, hubs[0], "d", 10, member("ana", writer())), join(t, hubs[1], "d", 11, member("bo", writer()))
	writeAll(t, 5, ana)
	converge(t, log, "d", ana, bo)
}

func TestAnUpdateTooLargeForTheBusIsReadFromTheLog(t *testing.T) {
	limits := byBus()
	limits.Beacon = time.Hour
	log, _, hubs := nodes(t, 2, limits)
	ana, bo := join(t, hubs[0], "d", 10, member("ana", writer())), join(t, hubs[1], "d", 11, member("bo", writer()))
	bo.until("the text", func() bool { return bo.synced })
	if err := ana.write(strings.Repeat("x", hub.MaxMessage)); err != nil {
		t.Fatal(err)
	}
	writeAll(t, 1, ana)
	converge(t, log, "d", ana, bo)
}

func TestAChangeThatNoRoomMadeIsReadByEveryNode(t *testing.T) {
	limits := byBus()
	limits.Beacon = time.Hour
	log, _, hubs := nodes(t, 2, limits)
	bo := join(t, hubs[1], "d", 11, member("bo", reader()))
	bo.until("the text", func() bool { return bo.synced })
	heads, err := log.Heads(t.Context(), []string{"d"})
	if err != nil {
		t.Fatal(err)
	}
	form := hub.Record{Session: "form", Mark: 1, Payload: typed(9, 0, "by a form")}
	if _, err := log.Append(t.Context(), "d", heads["d"], []hub.Record{form}); err != nil {
		t.Fatal(err)
	}
	hubs[0].ReadOn("d") // where nobody is in the room
	converge(t, log, "d", bo)
}

func TestARevokedRightReachesTheOtherNodesAtOnce(t *testing.T) {
	limits := byBus()
	limits.Beacon = time.Hour
	for name, revoke := range map[string]func(log *hubtest.Memory, here *hub.Hub){
		"of a person":     func(_ *hubtest.Memory, here *hub.Hub) { here.RecheckPerson("bo") },
		"to a document":   func(_ *hubtest.Memory, here *hub.Hub) { here.Recheck("d") },
		"in the log also": func(log *hubtest.Memory, here *hub.Hub) { log.Revoke("d"); here.ReadOn("d") },
	} {
		t.Run(name, func(t *testing.T) {
			log, _, hubs := nodes(t, 2, limits)
			right := writer()
			ana, bo := join(t, hubs[1], "d", 10, member("ana", writer())), join(t, hubs[1], "d", 11, member("bo", right))
			bo.until("the text", func() bool { return bo.synced })
			right.set(hub.Read, nil)
			revoke(log, hubs[0])
			bo.closedWith(hub.CodeForbidden)
			writeAll(t, 1, ana)
		})
	}
}

func TestCaretsOfOtherNodesAreShownUntilTheirNodeLeavesOrIsSilent(t *testing.T) {
	for name, part := range map[string]func(t *testing.T, exchange *hubtest.Exchange, stop func()){
		"leaves":    func(_ *testing.T, _ *hubtest.Exchange, stop func()) { stop() },
		"is silent": func(_ *testing.T, exchange *hubtest.Exchange, _ func()) { exchange.Cut(true) },
	} {
		t.Run(name, func(t *testing.T) {
			limits := byBus()
			if name == "is silent" {
				limits.Absence = 100 * time.Millisecond
			}
			log, exchange := hubtest.NewMemory(), hubtest.NewExchange()
			log.Create("d", typed(1, 0, "seed"))
			here, _ := startOn(t, log, exchange.Bus(), limits)
			there, stop := startOn(t, log, exchange.Bus(), limits)
			ana := join(t, there, "d", 10, member("ana", writer()))
			if err := ana.say(10, 1, `{"user":{"name":"somebody else"},"at":1}`); err != nil {
				t.Fatal(err)
			}
			ana.until("her own caret", func() bool { return ana.carets[10] != "" })
			bo := join(t, here, "d", 11, member("bo", reader())) // who comes later
			bo.until("the caret of ana", func() bool { return bo.carets[10] != "" })
			if name := bo.caret(10)["user"].(map[string]any)["name"]; name != "Name of ana" {
				t.Errorf("ana is called %v", name)
			}
			part(t, exchange, stop)
			bo.until("no caret of ana", func() bool { return bo.carets[10] == "" })
		})
	}
}

func TestACaretGoesAlongToAnotherNodeAndIsTakenByNobodyElse(t *testing.T) {
	_, _, hubs := nodes(t, 2, byBus())
	ana, bo := join(t, hubs[0], "d", 10, member("ana", writer())), join(t, hubs[1], "d", 11, member("bo", writer()))
	if err := ana.say(10, 1, `{"at":1}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret of ana", func() bool { return bo.carets[10] != "" })
	if err := bo.say(10, 2, `{"at":"taken"}`); err != nil {
		t.Fatal(err)
	}
	if err := bo.say(11, 1, `{"at":1}`); err != nil {
		t.Fatal(err)
	}
	ana.until("the caret of bo", func() bool { return ana.carets[11] != "" })
	if at := ana.caret(10)["at"]; at != 1.0 {
		t.Errorf("bo moved the caret of ana to %v", at)
	}
	// Her connection broke without a word, and she comes back on the other node.
	again := join(t, hubs[1], "d", 10, member("ana", writer()))
	if err := again.say(10, 2, `{"at":2}`); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*peer{ana, bo} {
		p.until("her caret at its new place", func() bool { return strings.Contains(p.carets[10], `"at":2`) })
	}
	ana.session.Leave() // the old connection is noticed at last
	if err := again.say(10, 3, `{"at":3}`); err != nil {
		t.Fatal(err)
	}
	bo.until("her caret still there", func() bool { return strings.Contains(bo.carets[10], `"at":3`) })
}

func TestANodeOfAnotherEpochIsLeft(t *testing.T) {
	limits := byBus()
	log, _, hubs := nodes(t, 2, limits)
	ana := join(t, hubs[0], "d", 10, member("ana", writer()))
	ana.until("the text", func() bool { return ana.synced })
	log.Replace("d")
	bo := join(t, hubs[1], "d", 11, member("bo", writer()))
	bo.until("the new text", func() bool { return bo.synced })
	ana.closedWith(hub.CodeEpoch)
	writeAll(t, 1, bo)
}

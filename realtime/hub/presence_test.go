package hub_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"samenwijk/realtime/hub"
	"samenwijk/realtime/protocol"
)

func TestNameAndColourOfACaretAreTheServers(t *testing.T) {
	_, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	if err := ana.say(10, 1, `{"cursor":{"anchor":1},"user":{"name":"Eve","color":"red;background:url(x)"}}`); err != nil {
		t.Fatal(err)
	}
	bo.until("a caret", func() bool { return bo.carets[10] != "" })
	want := map[string]any{
		"cursor": map[string]any{"anchor": 1.0},
		"user":   map[string]any{"id": "ana", "name": "Name of ana", "initials": "N", "group": "resident"},
	}
	if got := bo.caret(10); !reflect.DeepEqual(got, want) {
		t.Errorf("caret = %v, want %v", got, want)
	}
	late := join(t, h, "d", 12, member("cas", reader()))
	late.until("the caret", func() bool { return late.carets[10] != "" })
}

func TestNobodyMovesTheCaretOfAnother(t *testing.T) {
	_, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	eve := join(t, h, "d", 12, member("eve", writer()))
	if err := ana.say(10, 1, `{"at":1}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret", func() bool { return bo.carets[10] != "" })
	_ = eve.say(10, 9, `{"at":2}`)
	_ = eve.say(10, 9, ``)
	if err := eve.say(12, 1, `{}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret of eve", func() bool { return bo.carets[12] != "" })
	if got := bo.caret(10); got["at"] != 1.0 || got["user"].(map[string]any)["id"] != "ana" {
		t.Errorf("caret of ana = %v", got)
	}
	eve.session.Leave()
	bo.until("eve gone", func() bool { return bo.carets[12] == "" })
	if bo.caret(10) == nil {
		t.Error("ana disappeared with eve")
	}
}

func TestTheSamePersonTakesACaretAlongToANewConnection(t *testing.T) {
	_, h := one(t, quick)
	dead, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	if err := dead.say(10, 5, `{"at":1}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret", func() bool { return bo.carets[10] != "" })
	again := join(t, h, "d", 10, member("ana", writer()))
	if err := again.say(10, 6, `{"at":2}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret to move", func() bool { return bo.carets[10] != "" && bo.carets[10][6] == '2' })
	dead.session.Leave()
	if err := again.say(10, 7, `{"at":3}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret to move on", func() bool { return bo.carets[10] != "" && bo.carets[10][6] == '3' })
}

func TestWhoLeavesOrSaysGoodbyeIsTakenOffThePage(t *testing.T) {
	_, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	for clock := uint64(1); clock < 6; clock += 2 {
		if err := ana.say(10, clock, `{}`); err != nil {
			t.Fatal(err)
		}
		bo.until("ana", func() bool { return bo.carets[10] != "" })
		if err := ana.say(10, clock+1, ``); err != nil {
			t.Fatal(err)
		}
		bo.until("no ana", func() bool { return bo.carets[10] == "" })
	}
}

func TestWhoIsSilentForLongIsTakenOffThePage(t *testing.T) {
	limits := quick
	limits.Silence = 30 * time.Millisecond
	_, h := one(t, limits)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	if err := ana.say(10, 1, `{}`); err != nil {
		t.Fatal(err)
	}
	bo.until("ana", func() bool { return bo.carets[10] != "" })
	bo.until("no ana", func() bool { return bo.carets[10] == "" })
}

func TestAVisitorLooksOnUnseen(t *testing.T) {
	_, h := one(t, quick)
	visitor, bo := join(t, h, "d", 10, member("", reader())), join(t, h, "d", 11, member("bo", writer()))
	if err := visitor.say(10, 1, `{}`); err != nil {
		t.Fatal(err)
	}
	if err := bo.say(11, 1, `{}`); err != nil {
		t.Fatal(err)
	}
	visitor.until("the caret of bo", func() bool { return visitor.carets[11] != "" })
	bo.until("its own caret", func() bool { return bo.carets[11] != "" })
	if bo.caret(10) != nil {
		t.Error("a visitor is shown")
	}
}

func TestOneConnectionHasAFewCaretsAndNoMore(t *testing.T) {
	_, h := one(t, quick)
	eve := join(t, h, "d", 10, member("eve", writer()))
	for client := range uint64(hub.DefaultLimits.Clients + 1) {
		_ = eve.say(client, 1, `{}`)
	}
	eve.closedWith(hub.CodeTooLarge)
}

func TestManyMovesOfACaretReachTheOthersAsFew(t *testing.T) {
	limits := quick
	limits.Gather = 50 * time.Millisecond
	_, h := one(t, limits)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	bo.until("the text", func() bool { return bo.synced })
	for clock := range uint64(200) {
		if err := ana.say(10, clock, fmt.Sprintf(`{"at":%d}`, clock)); err != nil {
			t.Fatal(err)
		}
	}
	bo.until("the last move", func() bool { return len(bo.carets[10]) > 9 && bo.carets[10][:9] == `{"at":199` })
	bo.mu.Lock()
	defer bo.mu.Unlock()
	moves := 0
	for _, frame := range bo.heard {
		if frame[0] == 1 {
			moves++
		}
	}
	if moves > 50 {
		t.Errorf("200 moves arrived in %d frames", moves)
	}
}

func TestACaretComesWithTheTextItStandsIn(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	bo.until("the text", func() bool { return bo.synced })
	for i := range 20 {
		release := log.Hold()
		if err := ana.write("x"); err != nil {
			t.Fatal(err)
		}
		state := fmt.Sprintf(`{"at":%d}`, i)
		if err := ana.say(10, uint64(i), state); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
		bo.mu.Lock()
		before := len(bo.heard)
		bo.mu.Unlock()
		release()
		bo.until("the caret", func() bool { return strings.HasPrefix(bo.carets[10], state[:len(state)-1]) })
		bo.mu.Lock()
		if news := bo.heard[min(before, len(bo.heard)-1):]; len(news) < 2 || news[0][0] != 0 {
			t.Errorf("caret %d was heard without the text it came with: %v", i, news)
		}
		bo.mu.Unlock()
	}
}

func TestACaretDoesNotWaitForEverForTextThatIsNotStored(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	bo.until("the text", func() bool { return bo.synced })
	release := log.Hold()
	defer release()
	if err := ana.write("x"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	if err := ana.say(10, 1, `{"at":1}`); err != nil {
		t.Fatal(err)
	}
	bo.until("the caret", func() bool { return bo.carets[10] != "" })
}

func TestAQuestionWhoIsThereIsAlwaysAnswered(t *testing.T) {
	_, h := one(t, quick)
	ana := join(t, h, "d", 10, member("ana", writer()))
	ana.until("the text", func() bool { return ana.synced })
	ana.mu.Lock()
	heard := len(ana.heard)
	ana.mu.Unlock()
	if err := ana.send([]byte{3}); err != nil {
		t.Fatal(err)
	}
	ana.until("an answer", func() bool { return len(ana.heard) > heard })
	if last := ana.heard[len(ana.heard)-1]; string(last) != string(protocol.AppendAwareness(nil, []byte{0})) {
		t.Errorf("answered with %v", last)
	}
}

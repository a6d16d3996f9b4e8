package hub_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
	"samenwijk/realtime/protocol"
)

var errAway = errors.New("the database is away")

func TestTheDoubleIsALog(t *testing.T) {
	hubtest.RunLog(t, func(*testing.T) hubtest.Store {
		m, n := hubtest.NewMemory(), 0
		return hubtest.Store{
			Log: m, Revoke: m.Revoke, Replace: m.Replace, Fold: m.Fold, Reopen: func() hub.Log { return m },
			Create: func(seed []byte) string {
				n++
				m.Create(fmt.Sprint("d", n), seed)
				return fmt.Sprint("d", n)
			},
		}
	})
}

func one(t *testing.T, limits hub.Limits) (*hubtest.Memory, *hub.Hub) {
	t.Helper()
	m := hubtest.NewMemory()
	m.Create("d", typed(1, 0, "seed"))
	return m, start(t, m, limits)
}

func TestTwoWhoWriteAtTheSameTimeSeeTheSameText(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	before := letters(t, log, "d")
	var wait sync.WaitGroup
	for _, p := range []*peer{ana, bo} {
		wait.Go(func() {
			for i := range 50 {
				if err := p.write(fmt.Sprint(i, " ")); err != nil {
					t.Errorf("write: %v", err)
				}
			}
			p.save()
		})
	}
	wait.Wait()
	converge(t, log, "d", ana, bo)
	if n := letters(t, log, "d") - before; n != 2*(10*2+40*3) {
		t.Errorf("%d letters stored, want 280", n)
	}
	late := join(t, h, "d", 12, member("cas", reader()))
	converge(t, log, "d", late)
}

func TestWhatSomebodyTypesWhileTheLogIsBusyIsOneRowAndIsSaved(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	for _, p := range []*peer{ana, bo} {
		p.until("the text", func() bool { return p.synced })
	}
	release := log.Hold()
	defer release()
	if err := ana.write("a"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	for range 20 {
		for _, p := range []*peer{ana, bo} {
			if err := p.write("x"); err != nil {
				t.Fatal(err)
			}
		}
	}
	large := strings.Repeat("y", 40<<10) // two of them are more than goes together
	for range 3 {
		if err := bo.write(large); err != nil {
			t.Fatal(err)
		}
	}
	ana.sendMark()
	bo.sendMark()
	if err := bo.say(11, 1, "{}"); err != nil { // handled after all that
		t.Fatal(err)
	}
	ana.until("the caret of bo", func() bool { return ana.carets[11] != "" })
	release()
	for _, p := range []*peer{ana, bo} {
		p.until("the acknowledgement", func() bool { return p.acked == 1 })
	}
	converge(t, log, "d", ana, bo)
	rows := map[string]int{}
	for _, row := range log.Rows("d") {
		rows[row.Session]++
	}
	if n := len(log.Rows("d")); n != 6 || len(rows) != 3 {
		t.Errorf("%d rows are stored of %d sessions, want the seed, two of ana and three of bo", n, len(rows))
	}
	if n, want := letters(t, log, "d"), len("seed")+1+2*20+3*len(large); n != want {
		t.Errorf("%d letters stored, want %d", n, want)
	}
}

func TestALogThatIsBusyIsOfferedNothingBeforeItsTime(t *testing.T) {
	log, h := one(t, quick)
	ana := join(t, h, "d", 10, member("ana", writer()))
	ana.until("the text", func() bool { return ana.synced })
	until := time.Now().Add(100 * time.Millisecond)
	log.BeBusy(until)
	for len(log.Rows("d")) == 1 {
		if err := ana.write("x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // as fast as a storm, slower than what counts as a flood
	}
	if now := time.Now(); now.Before(until) || now.After(until.Add(time.Second)) {
		t.Errorf("the first row was stored %v after the log was free", now.Sub(until))
	}
	ana.save()
	converge(t, log, "d", ana)
}

func TestNobodySeesWhatIsNotInTheLog(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	release := log.Hold()
	if err := ana.write("hello"); err != nil {
		t.Fatal(err)
	}
	ana.sendMark()
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	late := join(t, h, "d", 12, member("cas", reader()))
	late.until("an answer", func() bool { return late.synced })
	if err := bo.say(11, 1, `{}`); err != nil { // whatever else happens
		t.Fatal(err)
	}
	late.until("the caret of bo", func() bool { return late.carets[11] != "" })
	for _, p := range []*peer{bo, late} {
		if bytes.Contains(p.state(), []byte("hello")) {
			t.Error("somebody sees what is not stored")
		}
	}
	ana.mu.Lock()
	if ana.acked != -1 {
		t.Error("acknowledged before it is stored")
	}
	ana.mu.Unlock()
	release()
	ana.until("the acknowledgement", func() bool { return ana.acked == 1 && ana.seq == 2 })
	converge(t, log, "d", ana, bo, late)
}

func TestAMarkIsAnsweredAtOnceWhenEverythingBeforeItIsStored(t *testing.T) {
	_, h := one(t, quick)
	ana := join(t, h, "d", 10, member("ana", writer()))
	ana.save()
	if err := ana.write("x"); err != nil {
		t.Fatal(err)
	}
	ana.save()
	ana.save()
}

func TestTheGreetingSaysWhatAClientMustKnow(t *testing.T) {
	_, h := one(t, quick)
	for _, tc := range []struct {
		r     *rights
		write bool
	}{{writer(), true}, {reader(), false}} {
		p := join(t, h, "d", 10, member("ana", tc.r))
		p.until("the greeting", func() bool { return p.hello != nil && p.synced })
		want := protocol.AppendHello(nil, protocol.Hello{Epoch: 1, Schema: 1, MaxUpdate: hub.DefaultLimits.Update, Write: tc.write})
		p.mu.Lock()
		if !bytes.Equal(p.hello, want) || !bytes.Equal(p.heard[0], want) {
			t.Errorf("greeting = %v, want %v first", p.hello, want)
		}
		asked := slices.ContainsFunc(p.heard, func(f []byte) bool { return f[0] == 0 && f[1] == 0 })
		if asked != tc.write {
			t.Errorf("asked for changes = %v of one who may write = %v", asked, tc.write)
		}
		p.mu.Unlock()
	}
}

func TestAPlainYWebsocketClientHearsNothingOfOurMessages(t *testing.T) {
	log, h := one(t, quick)
	m := member("ana", writer())
	m.Acks = false
	ana, bo := join(t, h, "d", 10, m), join(t, h, "d", 11, member("bo", writer()))
	if err := ana.write("x"); err != nil {
		t.Fatal(err)
	}
	converge(t, log, "d", ana, bo)
	ana.mu.Lock()
	defer ana.mu.Unlock()
	for _, frame := range ana.heard {
		if frame[0] == 120 {
			t.Errorf("heard %v", frame)
		}
	}
}

func TestAReaderMayNotWrite(t *testing.T) {
	log, h := one(t, quick)
	cas := join(t, h, "d", 12, member("cas", reader()))
	if err := cas.send(protocol.AppendSyncStep2(nil, []byte{0, 0})); err != nil {
		t.Fatalf("a reader has nothing to add: %v", err)
	}
	cas.save()
	_ = cas.write("x")
	cas.closedWith(hub.CodeForbidden)
	if n := len(log.Rows("d")); n != 1 {
		t.Errorf("%d updates stored", n)
	}
}

func TestWhoMayNotEnterIsToldWhy(t *testing.T) {
	log, h := one(t, quick)
	for name, tc := range map[string]struct {
		document string
		r        *rights
		code     int
	}{
		"no right":            {"d", &rights{}, hub.CodeForbidden},
		"no document":         {"nowhere", writer(), hub.CodeNotFound},
		"unknown to them":     {"d", &rights{err: hub.ErrNotFound}, hub.CodeNotFound},
		"rights not readable": {"d", &rights{err: errAway}, hub.CodeTryLater},
		"a reason of its own": {"d", &rights{err: &hub.Refusal{Code: hub.CodeTicket}}, hub.CodeTicket},
	} {
		if _, err := tryJoin(t, h, tc.document, 1, member("ana", tc.r)); !refusedWith(err, tc.code) {
			t.Errorf("%s: %v, want %d", name, err, tc.code)
		}
	}
	log.Fail(errAway)
	if _, err := tryJoin(t, h, "d", 1, member("ana", writer())); !refusedWith(err, hub.CodeTryLater) {
		t.Errorf("database away: %v", err)
	}
}

func TestALoadThatFailsIsNeverAnEmptyDocument(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", []byte("this is no update"))
	h := start(t, log, quick)
	if p, err := tryJoin(t, h, "d", 1, member("ana", writer())); !refusedWith(err, hub.CodeTryLater) {
		t.Errorf("joined %v, %v", p, err)
	}
	eventually(t, "no open room", func() bool { return h.Open() == 0 })
}

func TestBytesThatCannotBeReadChangeNothing(t *testing.T) {
	limits := quick
	limits.Update, limits.Structs, limits.Awareness = 1000, 100, 100
	for name, tc := range map[string]struct {
		frame []byte
		code  int
	}{
		"garbage":                  {[]byte("garbage"), hub.CodeMalformed},
		"nothing":                  {nil, hub.CodeMalformed},
		"an update of garbage":     {protocol.AppendUpdate(nil, []byte("garbage")), hub.CodeMalformed},
		"an update cut short":      {protocol.AppendUpdate(nil, typed(9, 0, "hello")[:9]), hub.CodeMalformed},
		"many structs announced":   {protocol.AppendUpdate(nil, []byte{1, 0xff, 0xff, 0xff, 0x7f, 1, 0}), hub.CodeMalformed},
		"a question of garbage":    {protocol.AppendSyncStep1(nil, []byte{5, 1}), hub.CodeMalformed},
		"awareness of garbage":     {protocol.AppendAwareness(nil, []byte{1, 2}), hub.CodeMalformed},
		"awareness without object": {protocol.AppendAwareness(nil, []byte{1, 9, 1, 1, '1'}), hub.CodeMalformed},
		"too large an update":      {protocol.AppendUpdate(nil, typed(9, 0, strings.Repeat("x", 2000))), hub.CodeTooLarge},
		"too many pieces":          {protocol.AppendUpdate(nil, pieces(101)), hub.CodeTooLarge},
		"too large an awareness":   {protocol.AppendAwareness(nil, make([]byte, 101)), hub.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			log, h := one(t, limits)
			eve, bo := join(t, h, "d", 9, member("eve", writer())), join(t, h, "d", 11, member("bo", writer()))
			if err := eve.send(tc.frame); !refusedWith(err, tc.code) {
				t.Errorf("received %v, want %d", err, tc.code)
			}
			eve.closedWith(tc.code)
			if err := bo.write("fine"); err != nil {
				t.Fatal(err)
			}
			bo.save()
			if n := len(log.Rows("d")); n != 2 {
				t.Errorf("%d updates stored, want the seed and that of bo", n)
			}
		})
	}
}

// pieces returns an update of n pieces that were deleted long ago.
func pieces(n byte) []byte {
	u := []byte{1, n, 9, 0}
	for range n {
		u = append(u, 0, 1)
	}
	return append(u, 0)
}

func TestAFloodIsStopped(t *testing.T) {
	limits := quick
	limits.Burst, limits.Messages = 100, 1
	log, h := one(t, limits)
	eve := join(t, h, "d", 9, member("eve", writer()))
	before, sent := letters(t, log, "d"), 0
	for eve.write("x") == nil {
		if sent++; sent > 1000 {
			t.Fatal("a flood is let through")
		}
	}
	eve.closedWith(hub.CodeTooFast)
	eventually(t, "what was received before to be stored", func() bool { return letters(t, log, "d") == before+sent })
}

func TestAFloodOfBytesIsStopped(t *testing.T) {
	limits := quick
	limits.ByteBurst, limits.Bytes = 10_000, 1
	_, h := one(t, limits)
	eve := join(t, h, "d", 9, member("eve", writer()))
	for range 20 {
		if err := eve.write(strings.Repeat("x", 1000)); err != nil {
			eve.closedWith(hub.CodeTooFast)
			return
		}
	}
	t.Error("20,000 bytes are let through")
}

func TestManyWhoEnterAreAnsweredWithTheSameBytes(t *testing.T) {
	_, h := one(t, quick)
	var peers []*peer
	for i := range 50 {
		peers = append(peers, join(t, h, "d", uint64(100+i), member(fmt.Sprint(i), reader())))
	}
	answers := map[*byte]bool{}
	for _, p := range peers {
		p.until("an answer", func() bool { return p.synced })
		p.mu.Lock()
		for _, frame := range p.heard {
			if frame[0] == 0 && frame[1] == 1 {
				answers[&frame[0]] = true
			}
		}
		p.mu.Unlock()
	}
	if len(answers) != 1 {
		t.Errorf("the text was encoded %d times for 50 people", len(answers))
	}
}

func TestADocumentTakesSoManyPeopleAndNoMore(t *testing.T) {
	limits := quick
	limits.Sessions = 2
	_, h := one(t, limits)
	ana := join(t, h, "d", 1, member("ana", writer()))
	join(t, h, "d", 2, member("bo", writer()))
	if _, err := tryJoin(t, h, "d", 3, member("cas", writer())); !refusedWith(err, hub.CodeTryLater) {
		t.Errorf("a third: %v", err)
	}
	ana.session.Leave()
	eventually(t, "a free place", func() bool {
		_, err := tryJoin(t, h, "d", 3, member("cas", writer()))
		return err == nil
	})
}

func TestAnEmptyRoomClosesAndOpensAgainWithTheSameText(t *testing.T) {
	log, h := one(t, quick)
	ana := join(t, h, "d", 10, member("ana", writer()))
	if err := ana.write("hello"); err != nil {
		t.Fatal(err)
	}
	ana.session.Leave() // with the update still on its way
	eventually(t, "no open room", func() bool { return h.Open() == 0 })
	if n := len(log.Rows("d")); n != 2 {
		t.Errorf("%d updates stored: one was lost with its author", n)
	}
	bo := join(t, h, "d", 11, member("bo", writer()))
	converge(t, log, "d", bo)
}

func TestARoomStaysOpenWhileSomethingIsNotStored(t *testing.T) {
	log, h := one(t, quick)
	release := log.Hold()
	ana := join(t, h, "d", 10, member("ana", writer()))
	if err := ana.write("hello"); err != nil {
		t.Fatal(err)
	}
	ana.session.Leave()
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	for began := time.Now(); time.Since(began) < 3*quick.Idle; { // long enough to close
		if h.Open() == 0 {
			t.Fatal("closed with an update under way")
		}
		runtime.Gosched()
	}
	release()
	eventually(t, "no open room", func() bool { return h.Open() == 0 })
	if n := len(log.Rows("d")); n != 2 {
		t.Errorf("%d updates stored", n)
	}
}

func TestTheEndOfTheHubStoresWhatWasReceivedAndSaysRestart(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", nil)
	h, stop := startStoppable(t, log, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	release := log.Hold()
	for range 10 {
		if err := ana.write("x"); err != nil {
			t.Fatal(err)
		}
	}
	ana.sendMark()
	if err := bo.say(11, 1, "{}"); err != nil { // handled after what ana sent
		t.Fatal(err)
	}
	ana.until("the caret of bo", func() bool { return ana.carets[11] != "" })
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	bo.closedWith(hub.CodeRestart)
	release()
	ana.closedWith(hub.CodeRestart)
	<-stopped
	if ana.acked != 1 {
		t.Error("what was received was not acknowledged")
	}
	if n := letters(t, log, "d"); n != 10 {
		t.Errorf("%d letters stored, want 10", n)
	}
	if _, err := tryJoin(t, h, "d", 1, member("cas", writer())); !refusedWith(err, hub.CodeRestart) {
		t.Errorf("joined a closed hub: %v", err)
	}
}

func TestARoomThatFellBehindReadsOnFromWhatStandsForSeveralUpdates(t *testing.T) {
	limits := quick
	limits.Watch = time.Hour // it reads on when it is told to, and not before
	log, h := one(t, limits)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	if err := ana.write("here "); err != nil {
		t.Fatal(err)
	}
	ana.save()
	heads, err := log.Heads(t.Context(), []string{"d"})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := []hub.Record{{Session: "x", Mark: 1, Payload: typed(30, 0, "there ")}, {Session: "x", Mark: 2, Payload: typed(30, 6, "too ")}}
	if _, err := log.Append(t.Context(), "d", heads["d"], elsewhere); err != nil {
		t.Fatal(err)
	}
	doc := crdt.NewDoc()
	for _, row := range log.Rows("d") {
		if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
			t.Fatal(err)
		}
	}
	state, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	log.Fold("d", state)
	h.ReadOn("d")
	converge(t, log, "d", ana, bo)
	// Whoever writes next finds the place after all of it.
	if err := bo.write("after"); err != nil {
		t.Fatal(err)
	}
	bo.save()
	converge(t, log, "d", ana, bo)
	if rows := log.Rows("d"); len(rows) != 2 || rows[1].Seq != 5 {
		t.Errorf("stored %d rows up to %d", len(rows), rows[len(rows)-1].Seq)
	}
}

package hub_test

import (
	"strings"
	"testing"

	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
)

func TestAFailedCommitIsNotAcknowledgedAndNobodySawIt(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	ana.until("the text", func() bool { return ana.synced })
	bo.until("the text", func() bool { return bo.synced })
	release := log.Hold()
	if err := ana.write("lost? "); err != nil {
		t.Fatal(err)
	}
	ana.sendMark()
	bo.save() // whose mark is handled after those of ana
	log.Fail(errAway)
	release()
	ana.closedWith(hub.CodeTryLater)
	if ana.acked != -1 {
		t.Error("acknowledged what is not stored")
	}
	if ana.refuse == nil {
		t.Error("the mark was not refused")
	}
	log.Fail(nil)
	bo.save() // whose session lived on
	if strings.Contains(string(bo.state()), "lost?") {
		t.Error("seen but not stored")
	}
	// The browser comes back with what it kept.
	back := join(t, h, "d", 10, member("ana", writer()))
	if err := back.write("lost? "); err != nil {
		t.Fatal(err)
	}
	back.save()
	converge(t, log, "d", ana, bo, back)
}

func TestACommitThatSucceededWithoutAnAnswerIsSeenByEverybodyInTheEnd(t *testing.T) {
	log, h := one(t, quick)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("bo", writer()))
	log.FailAfterStoring(errAway)
	if err := ana.write("stored "); err != nil {
		t.Fatal(err)
	}
	ana.closedWith(hub.CodeTryLater)
	log.Fail(nil)
	converge(t, log, "d", bo) // by looking at the log
	back := join(t, h, "d", 10, member("ana", writer()))
	if err := back.write("stored "); err != nil {
		t.Fatal(err)
	}
	back.save()
	converge(t, log, "d", ana, bo, back)
}

func TestTwoProgramsOnOneLogShowTheSameText(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, "seed"))
	here, there := start(t, log, quick), start(t, log, quick)
	ana, bo := join(t, here, "d", 10, member("ana", writer())), join(t, there, "d", 11, member("bo", writer()))
	for range 20 {
		for _, p := range []*peer{ana, bo} {
			if err := p.write("x"); err != nil {
				t.Fatal(err)
			}
		}
	}
	ana.save()
	bo.save()
	converge(t, log, "d", ana, bo)
	if n := letters(t, log, "d"); n != len("seed")+40 {
		t.Errorf("%d letters stored, want the seed and 40", n)
	}
}

func TestASlowReaderCostsABoundedAmountAndCatchesUp(t *testing.T) {
	limits := quick
	limits.Outgoing = 10_000
	log, h := one(t, limits)
	ana, slow := join(t, h, "d", 10, member("ana", writer())), join(t, h, "d", 11, member("slow", reader()))
	slow.until("the text", func() bool { return slow.synced })
	slow.pause()
	heard := len(slow.heard)
	for range 100 {
		if err := ana.write(strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
	}
	ana.save() // the others are not held up
	slow.resume()
	converge(t, log, "d", ana, slow)
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if n := len(slow.heard) - heard; n > 20 {
		t.Errorf("%d frames were kept for a reader that may have ten", n)
	}
}

func TestManyWhoStopReadingAreAllCaughtUp(t *testing.T) {
	limits := quick
	limits.Outgoing = 2000
	log, h := one(t, limits)
	ana := join(t, h, "d", 10, member("ana", writer()))
	peers := []*peer{ana}
	for i := range 10 {
		p := join(t, h, "d", uint64(100+i), member("slow", writer()))
		p.until("the text", func() bool { return p.synced })
		peers = append(peers, p)
	}
	for round := range 5 {
		for _, p := range peers[1:] {
			p.pause()
		}
		for range 20 {
			if err := ana.write(strings.Repeat("y", 200)); err != nil {
				t.Fatal(err)
			}
			if err := ana.say(10, uint64(round*100), `{"cursor":1}`); err != nil {
				t.Fatal(err)
			}
		}
		ana.save()
		for _, p := range peers[1:] {
			p.resume()
			if err := p.write("z"); err != nil {
				t.Fatal(err)
			}
		}
		converge(t, log, "d", peers...)
	}
}

func TestWritersWaitWhileTheLogIsBehind(t *testing.T) {
	limits := quick
	limits.Pending = 10_000
	log, h := one(t, limits)
	release := log.Hold()
	ana := join(t, h, "d", 10, member("ana", writer()))
	done := make(chan int)
	go func() {
		sent := 0
		for range 200 {
			if ana.write(strings.Repeat("x", 1000)) == nil {
				sent++
			}
		}
		done <- sent
	}()
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	select {
	case n := <-done:
		t.Fatalf("%d updates of 1000 bytes were taken in with room for ten", n)
	default:
	}
	release()
	if n := <-done; n != 200 {
		t.Errorf("%d of 200 updates were taken in", n)
	}
	ana.save()
	converge(t, log, "d", ana)
}

func TestEndWaitsUntilEverythingIsStored(t *testing.T) {
	log, h := one(t, quick)
	release := log.Hold()
	ana := join(t, h, "d", 10, member("ana", writer()))
	if err := ana.write("x"); err != nil {
		t.Fatal(err)
	}
	ana.sendMark()
	ana.session.End(hub.Restarting())
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	ana.mu.Lock()
	if ana.why != nil {
		t.Error("ended before it is stored")
	}
	ana.mu.Unlock()
	release()
	ana.closedWith(hub.CodeRestart)
	if ana.acked != 1 {
		t.Error("ended without the acknowledgement")
	}
}

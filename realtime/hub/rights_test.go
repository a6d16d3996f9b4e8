package hub_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
)

func TestNothingIsStoredOfWhoseRightWasTakenAwayAndOthersGoOn(t *testing.T) {
	log, h := one(t, quick)
	right := writer()
	ana, bo := join(t, h, "d", 10, member("ana", right)), join(t, h, "d", 11, member("bo", writer()))
	release := log.Hold()
	defer release()
	if err := ana.write("before "); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the commit under way", func() bool { return log.Waiting() == 1 })
	if err := bo.write("fine"); err != nil {
		t.Fatal(err)
	}
	bo.sendMark()
	right.set(hub.Read, nil)
	log.Revoke("d")
	release()
	ana.closedWith(hub.CodeForbidden)
	bo.until("the acknowledgement", func() bool { return bo.acked == 1 })
	for _, row := range log.Rows("d") {
		if bytes.Contains(row.Payload, []byte("before")) {
			t.Error("stored after the right was taken away")
		}
	}
	converge(t, log, "d", bo)
}

func TestARevokedRightEndsTheSessionAlsoWhenNobodyWrites(t *testing.T) {
	log, h := one(t, quick)
	right := reader()
	cas, bo := join(t, h, "d", 10, member("cas", right)), join(t, h, "d", 11, member("bo", writer()))
	right.set(hub.None, nil)
	log.Revoke("d") // noticed by looking at the log, nobody calls Recheck
	cas.closedWith(hub.CodeForbidden)
	bo.save()
}

func TestRecheckEndsTheSessionsOfOnePerson(t *testing.T) {
	_, h := one(t, quick)
	right := writer()
	ana, bo := join(t, h, "d", 10, member("ana", right)), join(t, h, "d", 11, member("bo", writer()))
	right.set(hub.None, hub.ErrNotFound)
	h.RecheckPerson("ana")
	ana.closedWith(hub.CodeNotFound)
	h.Recheck("d")
	h.Recheck("nowhere")
	bo.save()
}

func TestWhoCannotBeCheckedDoesNotStay(t *testing.T) {
	_, h := one(t, quick)
	right := writer()
	ana := join(t, h, "d", 10, member("ana", right))
	right.set(hub.None, errAway)
	h.Recheck("d")
	ana.closedWith(hub.CodeTryLater)
}

func TestARightForATimeEndsTheSessionWhenTheTimeIsUpAlsoWhenNobodyWrites(t *testing.T) {
	limits := quick
	limits.Idle = time.Minute // so that nothing else happens in the room for seconds
	_, h := one(t, limits)
	began := time.Now()
	short, long := reader(), writer()
	short.setUntil(hub.Read, time.Now().Add(200*time.Millisecond), hub.ErrNotFound)
	long.setUntil(hub.Write, time.Now().Add(time.Hour), hub.ErrNotFound)
	cas, bo := join(t, h, "d", 10, member("cas", short)), join(t, h, "d", 11, member("bo", long))
	cas.closedWith(hub.CodeNotFound)
	if took := time.Since(began); took < 200*time.Millisecond || took > 1200*time.Millisecond {
		t.Errorf("the session of who had 200 ms ended after %v", took)
	}
	bo.save()
}

func TestNothingIsStoredOfWhatIsSentAfterTheTimeIsUp(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", nil)
	limits := quick
	limits.Idle, limits.Silence = time.Hour, time.Hour // the room looks at the clock twice a second
	h := start(t, log, limits)
	right := writer()
	until := time.Now().Add(50 * time.Millisecond)
	right.setUntil(hub.Write, until, hub.ErrNotFound)
	ana := join(t, h, "d", 10, member("ana", right))
	eventually(t, "the end of the right", func() bool { return time.Now().After(until) })
	_ = ana.write("too late")
	ana.closedWith(hub.CodeNotFound)
	if rows := log.Rows("d"); len(rows) != 0 {
		t.Errorf("stored %v", rows)
	}
}

func TestARightThatIsTakenAwayWhileSomebodyEntersIsNoticed(t *testing.T) {
	log, h := one(t, quick)
	bo := join(t, h, "d", 11, member("bo", writer()))
	right := writer()
	m := member("ana", right)
	first := true
	m.Confirm = func(ctx context.Context) (hub.Permit, error) {
		permit, err := right.confirm(ctx)
		if first { // the right is taken away between the answer and the entering
			first = false
			right.set(hub.None, nil)
			log.Revoke("d")
			eventually(t, "the room to notice", func() bool { return bo.write("x") == nil && len(log.Rows("d")) > 2 })
		}
		return permit, err
	}
	ana, err := tryJoin(t, h, "d", 10, m)
	if err == nil {
		ana.closedWith(hub.CodeForbidden)
	} else if !refusedWith(err, hub.CodeForbidden) {
		t.Errorf("joined: %v", err)
	}
}

func TestAReplacedOrRemovedDocumentIsLeftByEverybody(t *testing.T) {
	log, h := one(t, quick)
	log.Create("e", nil)
	ana, bo := join(t, h, "d", 10, member("ana", writer())), join(t, h, "e", 11, member("bo", writer()))
	log.Replace("d")
	ana.closedWith(hub.CodeEpoch)
	log.Remove("e")
	bo.closedWith(hub.CodeNotFound)
	eventually(t, "no open room", func() bool { return h.Open() == 0 })
	again := join(t, h, "d", 12, member("ana", writer()))
	if err := again.write("new"); err != nil {
		t.Fatal(err)
	}
	again.save()
	converge(t, log, "d", again)
}

func TestNothingIsStoredInAnotherEpochThanTheOneThatWasRead(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", nil)
	limits := quick
	limits.Watch = hub.DefaultLimits.Idle // the room learns of it from the log's refusal alone
	h := start(t, log, limits)
	ana := join(t, h, "d", 10, member("ana", writer()))
	log.Replace("d")
	_ = ana.write("old text")
	ana.closedWith(hub.CodeEpoch)
	if rows := log.Rows("d"); len(rows) != 0 {
		t.Errorf("stored %v", rows)
	}
}

// Somebody was admitted, and then their right was taken away, before they were in.
func TestWhoWasAdmittedIsAskedAgainWhenRightsChangedMeanwhile(t *testing.T) {
	log, h := one(t, quick)
	admitted := hub.Known{Rights: 1, Permit: hub.Permit{Mode: hub.Write}}
	asked := 0
	with := func(right *rights) hub.Member {
		m := member("ana", right)
		m.Known = admitted
		m.Confirm = func(ctx context.Context) (hub.Permit, error) {
			asked++
			return right.confirm(ctx)
		}
		return m
	}
	ana := join(t, h, "d", 10, with(writer()))
	ana.save()
	if asked != 0 {
		t.Errorf("who was just admitted was asked %d times more", asked)
	}
	log.Revoke("d")
	other := hubtest.NewMemory() // the room is opened after the change
	other.Create("d", typed(1, 0, "seed"))
	other.Revoke("d")
	late := writer()
	late.set(hub.None, nil)
	if _, err := tryJoin(t, start(t, other, quick), "d", 11, with(late)); !refusedWith(err, hub.CodeForbidden) {
		t.Errorf("who lost the right came in: %v", err)
	}
	// A room that has not looked yet lets in, and sends away when it has.
	limits := quick
	limits.Watch = 200 * time.Millisecond
	slow, behind := one(t, limits)
	bo := join(t, behind, "d", 12, member("bo", writer()))
	slow.Revoke("d")
	switch cas, err := tryJoin(t, behind, "d", 13, with(late)); {
	case err == nil:
		cas.closedWith(hub.CodeForbidden)
	case !refusedWith(err, hub.CodeForbidden):
		t.Errorf("who lost the right: %v", err)
	}
	bo.save()
}

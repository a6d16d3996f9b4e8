package differential

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// The number of sessions and the seed of the first come from SAMENWIJK_SESSIONS and SAMENWIJK_SEED;
// the seeds of the others follow from it.
func number(t *testing.T, name string, def uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return def
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func TestRandomSessionsComeOutAsWithYjs(t *testing.T) {
	n := number(t, "SAMENWIJK_SESSIONS", 300)
	first := number(t, "SAMENWIJK_SEED", uint64(time.Now().UnixNano())%1e12)
	t.Logf("%d sessions from SAMENWIJK_SEED=%d", n, first)
	j := startJudge(t)
	differences, failures, steps := 0, 0, 0
	// The judge works on one session while the engine plays the next.
	waiting := make(chan *player, 16)
	go func() {
		defer close(waiting)
		for seed := first; seed < first+n; seed++ {
			p, err := play(seed)
			if err != nil {
				t.Errorf("SAMENWIJK_SEED=%d: %v", seed, err)
				return
			}
			if err := j.send(&p.session); err != nil {
				t.Errorf("send: %v", err)
				return
			}
			waiting <- p
		}
	}()
	seed := first
	start, told := time.Now(), time.Now()
	for p := range waiting {
		want, err := j.receive()
		if err != nil {
			t.Fatal(err)
		}
		steps += len(p.results)
		at, threw := compare(p, want)
		if threw {
			failures++
		}
		if at >= 0 {
			if differences++; differences == 1 {
				other := startJudge(t)
				t.Errorf("SAMENWIJK_SEED=%d SAMENWIJK_SESSIONS=1 differs at %s", seed, explain(other, p, at))
			}
		}
		seed++
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			t.Logf("%d of %d sessions, %d differences, %.0f sessions per second", seed-first, n, differences, float64(seed-first)/time.Since(start).Seconds())
		}
	}
	t.Logf("SAMENWIJK_SEED=%d: %d sessions, %d steps in %.0f s (%.0f sessions per second), %d differences; in %d yjs itself failed in an undo",
		first, seed-first, steps, time.Since(start).Seconds(), float64(seed-first)/time.Since(start).Seconds(), differences, failures)
	if uint64(failures) > 1+n/100 {
		t.Errorf("yjs failed in %d of %d sessions: that is the test's fault", failures, n)
	}
	if differences > 0 {
		t.Errorf("%d of %d sessions differ", differences, n)
	}
}

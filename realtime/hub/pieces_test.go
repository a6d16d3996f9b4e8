package hub_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
	"samenwijk/realtime/hub/hubtest"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
)

// letters that cannot be compressed to much less than three quarters.
func noise(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rand.IntN(len(alphabet))]
	}
	return string(b)
}

// modern is a member that takes a text in pieces, and says what it has.
func modern(name string, r *rights, has *hub.Has) hub.Member {
	m := member(name, r)
	m.Pieces, m.Has = true, has
	return m
}

// isPiece reports whether a frame is a piece of a text.
func isPiece(frame []byte) bool { return frame[0] == 120 && frame[1] == 4 }

func (p *peer) countPieces() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, frame := range p.heard {
		if isPiece(frame) {
			n++
		}
	}
	return n
}

func TestALargeTextComesInPiecesWithoutBeingAskedFor(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, noise(200_000)))
	limits := quick
	limits.Idle = time.Minute // what was made for one is kept until the other asks, however busy the machine is
	h := start(t, log, limits)
	plain := join(t, h, "d", 10, member("plain", writer()))
	nothing := &hub.Has{Vector: []byte{0}}
	ana, bo := join(t, h, "d", 11, modern("ana", writer(), nothing)), join(t, h, "d", 12, modern("bo", reader(), nothing))
	converge(t, log, "d", plain, ana, bo)
	if n := plain.countPieces(); n > 0 {
		t.Errorf("who does not know of pieces heard %d", n)
	}
	first := map[*byte]bool{}
	for _, p := range []*peer{ana, bo} {
		if n := p.countPieces(); n < 5 || n > 12 {
			t.Errorf("200,000 letters came in %d pieces", n)
		}
		for _, frame := range p.heard {
			if len(frame) > 20_000 {
				t.Errorf("a frame of %d bytes", len(frame))
			}
			if isPiece(frame) {
				first[&frame[0]] = true
			}
		}
	}
	if n := ana.countPieces(); len(first) != n {
		t.Errorf("%d pieces were made for two people who each heard %d", len(first), n)
	}
	if err := ana.write("and on"); err != nil {
		t.Fatal(err)
	}
	ana.save()
	late := join(t, h, "d", 13, modern("late", reader(), nothing)) // the same pieces, and what came after
	converge(t, log, "d", plain, ana, bo, late)
}

func TestWhoHasMostOfATextIsSentTheRest(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, noise(200_000)))
	h := start(t, log, quick)
	ana := join(t, h, "d", 11, modern("ana", writer(), &hub.Has{Vector: []byte{0}}))
	ana.until("the text", func() bool { return ana.synced })
	vector := ana.doc.StateVector()
	if err := ana.write("more"); err != nil {
		t.Fatal(err)
	}
	ana.save()
	for name, tc := range map[string]struct {
		has  *hub.Has
		most int // bytes
	}{
		"of this epoch": {&hub.Has{Epoch: 1, Vector: vector}, 1000},
		"of another":    {&hub.Has{Epoch: 2, Vector: vector}, 0},
	} {
		p := join(t, h, "d", 12, modern("back", writer(), tc.has))
		p.until("the greeting and the carets", func() bool {
			return p.hello != nil && len(p.heard) >= 3
		})
		p.mu.Lock()
		size := 0
		for _, frame := range p.heard {
			if isPiece(frame) || frame[0] == 0 && frame[1] == 1 {
				size += len(frame)
			}
		}
		if size > tc.most || tc.most > 0 && size == 0 {
			t.Errorf("%s: was sent %d bytes of the text, want at most %d", name, size, tc.most)
		}
		p.mu.Unlock()
	}
	_, err := tryJoin(t, h, "d", 13, modern("eve", writer(), &hub.Has{Vector: []byte{7}}))
	if !refusedWith(err, hub.CodeMalformed) {
		t.Errorf("a state vector that is none: %v", err)
	}
}

func TestATextThatHasBegunToComeIsFinishedWhateverTheOthersDo(t *testing.T) {
	limits := quick
	limits.Outgoing = 10_000
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, noise(200_000)))
	h := start(t, log, limits)
	ana := join(t, h, "d", 10, member("ana", writer()))
	m := modern("slow", reader(), &hub.Has{Vector: []byte{0}})
	m.Wake = func() {}
	session, err := h.Join(t.Context(), "d", m)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Leave()
	slow := &peer{t: t, session: session, doc: crdt.NewDoc(), carets: map[uint64]string{}}
	began, large := 0, 0 // texts, and those of them that are the whole one
	eventually(t, "all of it", func() bool {
		frames, _ := session.Take(nil, 1) // as narrow as can be
		for _, frame := range frames {
			slow.hear(frame)
			if isPiece(frame) && offsetOf(frame) == 0 {
				began++
				if len(frame) > 10_000 {
					large++
				}
			}
			if isPiece(frame) && large <= 1 && began < 20 { // more than may wait for a reader, between each two of its pieces
				if err := ana.write(strings.Repeat("x", 11_000)); err != nil {
					t.Fatal(err)
				}
				ana.save()
			}
		}
		return slow.doc.Text("text").Len() == letters(t, log, "d")
	})
	if large != 1 {
		t.Errorf("the whole text began %d times", large)
	}
}

func TestAClientOfAnOlderModelReadsAndItsChangesAreRefused(t *testing.T) {
	log := hubtest.NewMemory()
	log.Create("d", typed(1, 0, "seed"))
	log.Remodel("d", 2)
	h := start(t, log, quick)
	for name, tc := range map[string]struct {
		model int64
		code  int // 0 when it may write
	}{
		"an older one": {1, hub.CodeModel}, "this one": {2, 0}, "a newer one": {3, 0}, "one that names none": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := modern("ana", writer(), &hub.Has{Vector: []byte{0}})
			m.Model = tc.model
			p := join(t, h, "d", 20, m)
			p.until("the text", func() bool { return p.synced })
			want := protocol.AppendHello(nil, protocol.Hello{Epoch: 1, Schema: 2, MaxUpdate: hub.DefaultLimits.Update, Write: tc.code == 0})
			if !bytes.Equal(p.hello, want) {
				t.Errorf("the greeting is %v, want %v", p.hello, want)
			}
			rows := len(log.Rows("d"))
			p.client, p.clock = uint64(30+tc.model), 0
			if err := p.send(protocol.AppendSyncStep2(nil, []byte{0, 0})); err != nil {
				t.Errorf("an answer that says nothing: %v", err)
			}
			_ = p.write("x")
			if tc.code == 0 {
				p.save()
				return
			}
			p.closedWith(tc.code)
			if len(log.Rows("d")) != rows {
				t.Error("its change was stored")
			}
		})
	}
	m := modern("cas", reader(), nil)
	m.Model = 1
	cas := join(t, h, "d", 40, m)
	_ = cas.write("x")
	cas.closedWith(hub.CodeForbidden) // to load the page again would not help
}

// offsetOf returns where the body of a piece stands.
func offsetOf(frame []byte) int {
	d := lib0.NewDecoder(frame)
	for range 4 { // 120, 4, size, total
		d.VarUint()
	}
	return int(d.VarUint())
}

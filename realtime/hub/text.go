package hub

import (
	"fmt"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

// text is what a room holds of its document, and what it has encoded of it: many people who enter
// at the same moment are answered with the same bytes, also while somebody types. It belongs to the
// room's goroutine.
type text struct {
	doc    *crdt.Doc
	vector []byte            // nil when the text changed since it was made
	frames map[string][]byte // sync step 2 by state vector, of the present text

	whole      []byte   // sync step 2 of the whole text at an earlier moment
	later      [][]byte // the updates since then
	laterBytes int
	asked      bool // since the last rest
}

const (
	maxFrames = 8        // how many different answers are kept
	maxLater  = 64 << 10 // bytes of updates after which the whole text is encoded anew
)

func newText() *text { return &text{doc: crdt.NewDoc()} }

// apply brings in an update that passed checkUpdate.
func (t *text) apply(update []byte) (err error) {
	defer contain(&err)
	t.vector = nil
	clear(t.frames)
	if err := t.doc.ApplyUpdate(update, nil); err != nil {
		return err
	}
	if t.whole != nil {
		t.later = append(t.later, update)
		t.laterBytes += len(update)
		if t.laterBytes > maxLater {
			t.forgetWhole()
		}
	}
	return nil
}

func (t *text) forgetWhole() { t.whole, t.later, t.laterBytes = nil, nil, 0 }

// rest forgets what was encoded when nobody asked for it since the last time.
func (t *text) rest() {
	if !t.asked {
		t.frames = nil
		t.forgetWhole()
	}
	t.asked = false
}

// stateVector returns the encoded state vector; it is shared and not changed.
func (t *text) stateVector() []byte {
	if t.vector == nil {
		t.vector = t.doc.StateVector()
	}
	return t.vector
}

// since returns the frames with what a peer with this state vector lacks; they are shared and not
// changed.
func (t *text) since(stateVector []byte) (_ [][]byte, err error) {
	defer contain(&err)
	t.asked = true
	if len(stateVector) == 1 && stateVector[0] == 0 {
		return t.everything()
	}
	if frame, made := t.frames[string(stateVector)]; made {
		return [][]byte{frame}, nil
	}
	frame, err := t.encode(stateVector)
	if err != nil {
		return nil, err
	}
	if t.frames == nil {
		t.frames = map[string][]byte{}
	}
	if len(t.frames) < maxFrames {
		t.frames[string(stateVector)] = frame
	}
	return [][]byte{frame}, nil
}

// everything is since for who has nothing yet.
func (t *text) everything() ([][]byte, error) {
	if t.whole == nil {
		frame, err := t.encode(nil)
		if err != nil {
			return nil, err
		}
		t.whole = frame
	}
	if len(t.later) == 0 {
		return [][]byte{t.whole}, nil
	}
	if len(t.later) > 1 {
		one, err := merge(t.later)
		if err != nil {
			t.forgetWhole()
			return t.everything()
		}
		t.later, t.laterBytes = [][]byte{one}, len(one)
	}
	return [][]byte{t.whole, frameOf(t.later[0])}, nil
}

func (t *text) encode(stateVector []byte) ([]byte, error) {
	update, err := t.doc.EncodeStateAsUpdate(stateVector)
	if err != nil {
		return nil, err
	}
	return protocol.AppendSyncStep2(make([]byte, 0, len(update)+8), update), nil
}

// contain turns a panic of the engine into an error: a mistake of ours in one document does not
// close the others.
func contain(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the engine failed: %v", p)
	}
}

// checkUpdate refuses what could not be applied to any document. What passes can be stored: the
// engine decodes and checks an update as a whole before it changes anything.
func checkUpdate(update []byte, l *Limits) (err error) {
	defer contain(&err)
	return crdt.EachStruct(update, l.engine(), func(*crdt.Struct) error { return nil })
}

// engine are the limits as the engine knows them.
func (l *Limits) engine() crdt.Limits {
	return crdt.Limits{Bytes: l.Update, Structs: l.Structs, Clients: l.Structs}
}

// look is checkUpdate with the door of the room, if it has one, and returns what the door must judge by
// the text. Any goroutine may call it once somebody has entered.
func (r *room) look(update []byte) (claim any, err error) {
	if r.door == nil {
		return nil, checkUpdate(update, &r.hub.limits)
	}
	defer contain(&err)
	return r.door.Look(update, r.hub.limits.engine())
}

// admit has the door judge by the text what look left.
func (r *room) admit(claim any) (err error) {
	defer contain(&err)
	return r.door.Admit(r.text.doc, claim)
}

func checkStateVector(b []byte) error {
	_, err := crdt.DecodeStateVector(b)
	return err
}

// saysNothing reports whether an update holds neither structs nor deletes. Browsers answer our
// question with one when they have nothing we lack.
func saysNothing(update []byte) bool {
	return len(update) == 2 && update[0] == 0 && update[1] == 0
}

package hub

import (
	"fmt"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

// text is what a room holds of its document, and what it has encoded of it: many people who enter
// at the same moment are answered with the same bytes. It belongs to the room's goroutine.
type text struct {
	doc    *crdt.Doc
	vector []byte            // nil when the text changed since it was made
	frames map[string][]byte // sync step 2 by state vector, of the present text
}

// maxFrames is how many different answers are kept.
const maxFrames = 8

func newText() *text { return &text{doc: crdt.NewDoc()} }

// apply brings in an update that passed checkUpdate.
func (t *text) apply(update []byte) (err error) {
	defer contain(&err)
	t.vector = nil
	clear(t.frames)
	return t.doc.ApplyUpdate(update, nil)
}

// stateVector returns the encoded state vector; it is shared and not changed.
func (t *text) stateVector() []byte {
	if t.vector == nil {
		t.vector = t.doc.StateVector()
	}
	return t.vector
}

// since returns the frame with what a peer with this state vector lacks; it is shared and not changed.
func (t *text) since(stateVector []byte) (_ []byte, err error) {
	defer contain(&err)
	if frame, made := t.frames[string(stateVector)]; made {
		return frame, nil
	}
	update, err := t.doc.EncodeStateAsUpdate(stateVector)
	if err != nil {
		return nil, err
	}
	frame := protocol.AppendSyncStep2(make([]byte, 0, len(update)+8), update)
	if t.frames == nil {
		t.frames = map[string][]byte{}
	}
	if len(t.frames) < maxFrames {
		t.frames[string(stateVector)] = frame
	}
	return frame, nil
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
	limits := crdt.Limits{Bytes: l.Update, Structs: l.Structs, Clients: l.Structs}
	return crdt.NewDoc(crdt.WithClientID(0), crdt.WithLimits(limits)).ApplyUpdate(update, nil)
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

package hub

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

// text is what a room holds of its document, and what it has encoded of it: many people who enter
// at the same moment are answered with the same bytes, also while somebody types. It belongs to the
// room's goroutine.
type text struct {
	doc    *crdt.Doc
	vector []byte                // nil when the text changed since it was made
	frames map[question][][]byte // the answers for the present text
	wholes [2]whole              // by form
	asked  bool                  // since the last rest
}

// form is how a client takes a text.
type form byte

const (
	inOne    form = iota // as one sync step 2
	inPieces             // what is large compressed and in pieces, see protocol.Piece
)

// question is what a client that has a state vector asks.
type question struct {
	form   form
	vector string
}

// whole is the whole text in one form.
type whole struct {
	frames     [][]byte // of the text at an earlier moment, nil when nobody asked
	later      [][]byte // the updates since then
	laterBytes int
}

const (
	maxFrames = 8        // how many different answers are kept
	maxLater  = 64 << 10 // bytes of updates after which the whole text is encoded anew

	// pieceBytes is what even a narrow line carries within a second or two.
	pieceBytes = 16 << 10
	// manyBytes is the least that is worth compressing.
	manyBytes = 8 << 10
	// effort is how hard a text is compressed. The room waits for it: a few milliseconds for what is not
	// called long, and more effort would save little.
	effort, effortForLong = 6, 4
	long                  = 512 << 10 // bytes
)

func newText() *text { return &text{doc: crdt.NewDoc(crdt.KeepFormats())} }

// apply brings in an update that passed checkUpdate.
func (t *text) apply(update []byte) (err error) {
	defer contain(&err)
	t.vector = nil
	clear(t.frames)
	if err := t.doc.ApplyUpdate(update, nil); err != nil {
		return err
	}
	for i := range t.wholes {
		t.wholes[i].add(update)
	}
	return nil
}

func (w *whole) add(update []byte) {
	if w.frames == nil {
		return
	}
	w.later = append(w.later, update)
	w.laterBytes += len(update)
	if w.laterBytes > maxLater {
		*w = whole{}
	}
}

// rest forgets what was encoded when nobody asked for it since the last time.
func (t *text) rest() {
	if !t.asked {
		t.frames = nil
		t.wholes = [2]whole{}
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
func (t *text) since(stateVector []byte, as form) (_ [][]byte, err error) {
	defer contain(&err)
	t.asked = true
	if len(stateVector) == 1 && stateVector[0] == 0 {
		return t.everything(as)
	}
	asked := question{as, string(stateVector)}
	if frames, made := t.frames[asked]; made {
		return frames, nil
	}
	frames, err := t.encode(stateVector, as)
	if err != nil {
		return nil, err
	}
	if t.frames == nil {
		t.frames = map[question][][]byte{}
	}
	if len(t.frames) < maxFrames {
		t.frames[asked] = frames
	}
	return frames, nil
}

// everything is since for who has nothing yet.
func (t *text) everything(as form) ([][]byte, error) {
	w := &t.wholes[as]
	if w.frames == nil {
		frames, err := t.encode(nil, as)
		if err != nil {
			return nil, err
		}
		w.frames = frames
	}
	if len(w.later) == 0 {
		return w.frames, nil
	}
	if len(w.later) > 1 {
		one, err := merge(w.later)
		if err != nil {
			*w = whole{}
			return t.everything(as)
		}
		w.later, w.laterBytes = [][]byte{one}, len(one)
	}
	return append(slices.Clip(w.frames), frameOf(w.later[0])), nil
}

func (t *text) encode(stateVector []byte, as form) ([][]byte, error) {
	if as == inPieces {
		update, err := t.doc.EncodeStateAsUpdateV2(stateVector)
		if err != nil {
			return nil, err
		}
		if len(update) >= manyBytes {
			return cut(update)
		}
	}
	update, err := t.doc.EncodeStateAsUpdate(stateVector)
	if err != nil {
		return nil, err
	}
	return [][]byte{protocol.AppendSyncStep2(make([]byte, 0, len(update)+8), update)}, nil
}

// cut compresses an update and returns it in pieces.
func cut(update []byte) ([][]byte, error) {
	var small bytes.Buffer
	level := effort
	if len(update) >= long {
		level = effortForLong
	}
	w, err := zlib.NewWriterLevel(&small, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(protocol.PackIDs(update)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	all := small.Bytes()
	frames := make([][]byte, 0, len(all)/pieceBytes+1)
	for at := 0; at < len(all); at += pieceBytes {
		body := all[at:min(at+pieceBytes, len(all))]
		frames = append(frames, protocol.AppendPiece(make([]byte, 0, len(body)+24), protocol.Piece{
			Size: len(update), Total: len(all), Offset: at, Body: body,
		}))
	}
	return frames, nil
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

// Package protocol is what travels over a live document's websocket: the frames of y-websocket,
// and our own message 120 by which a client learns what has been saved.
//
//	0 sync       step 1 (a state vector), step 2 (an update), update
//	1 awareness  who is there, and where their caret stands
//	3 query      asks for the awareness of everybody
//	120          hello, mark, ack, refusal and piece; only for who negotiated Subprotocol
//
// One websocket message holds one frame. What comes from outside is decoded within limits; errors
// are of the kinds ErrMalformed and ErrTooLarge.
package protocol

import (
	"fmt"

	"samenwijk/realtime/lib0"
)

// The websocket subprotocols. Who asks for none is spoken to as in SubprotocolPlain.
const (
	Subprotocol       = "samenwijk.live.1" // the client understands message 120, except pieces
	SubprotocolPieces = "samenwijk.live.2" // the client understands all of message 120
	SubprotocolPlain  = "samenwijk.yjs"    // nothing but what y-websocket speaks
)

// TokenPrefix begins the name of a subprotocol that is never chosen: after it stands the token of a
// script that can set no header.
const TokenPrefix = "samenwijk.token."

// The two ways in which a frame can be refused; test with errors.Is.
var (
	ErrMalformed = lib0.ErrMalformed
	ErrTooLarge  = lib0.ErrOverBudget
)

// Kind is what a client's message asks for.
type Kind byte

const (
	SyncStep1      Kind = iota + 1 // Body is the client's state vector
	SyncStep2                      // Body is an update: what we asked for
	Update                         // Body is an update: what was just typed
	Awareness                      // Body is an awareness update
	AwarenessQuery                 // no Body
	Mark                           // N is the mark: everything sent before it
)

// Message is one decoded message of a client. Body points into the frame.
type Message struct {
	Kind Kind
	Body []byte
	N    int64
}

const (
	typeSync      = 0
	typeAwareness = 1
	typeQuery     = 3
	typeOurs      = 120

	syncStep1  = 0
	syncStep2  = 1
	syncUpdate = 2

	oursMark    = 0
	oursAck     = 1
	oursRefusal = 2
	oursHello   = 3
	oursPiece   = 4
)

// Limits bound the bodies of a client's messages, in bytes.
type Limits struct {
	Update    int // of an update or a state vector
	Awareness int // of one awareness update
}

// Decode reads the frame of a client. It copies nothing, and checks the body's size only.
func Decode(frame []byte, limits Limits) (Message, error) {
	d := lib0.NewDecoder(frame)
	var m Message
	limit := 0
	switch t := d.VarUint(); t {
	case typeSync:
		switch d.VarUint() {
		case syncStep1:
			m.Kind = SyncStep1
		case syncStep2:
			m.Kind = SyncStep2
		case syncUpdate:
			m.Kind = Update
		default:
			d.Fail(ErrMalformed, "no such sync message")
		}
		m.Body, limit = d.Bytes(), limits.Update
	case typeAwareness:
		m.Kind = Awareness
		m.Body, limit = d.Bytes(), limits.Awareness
	case typeQuery:
		m.Kind = AwarenessQuery
	case typeOurs:
		if d.VarUint() != oursMark {
			d.Fail(ErrMalformed, "a client sends marks only")
		}
		m.Kind = Mark
		m.N = int64(d.VarUint())
	default:
		d.Fail(ErrMalformed, "no such message")
	}
	if d.Err() == nil && d.Rest() > 0 {
		d.Fail(ErrMalformed, "bytes after the message")
	}
	if err := d.Err(); err != nil {
		return Message{}, err
	}
	if len(m.Body) > limit {
		return Message{}, fmt.Errorf("message of %d bytes: %w", len(m.Body), ErrTooLarge)
	}
	return m, nil
}

// AppendSyncStep1 appends the frame that asks for what stateVector lacks.
func AppendSyncStep1(dst, stateVector []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncStep1), stateVector)
}

// AppendSyncStep2 appends the frame that answers such a question.
func AppendSyncStep2(dst, update []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncStep2), update)
}

// AppendUpdate appends the frame of a change.
func AppendUpdate(dst, update []byte) []byte {
	return lib0.AppendBytes(append(dst, typeSync, syncUpdate), update)
}

// AppendAwareness appends the frame of an awareness update, see EncodeAwareness.
func AppendAwareness(dst, update []byte) []byte {
	return lib0.AppendBytes(append(dst, typeAwareness), update)
}

// Hello is the first thing a client is told.
type Hello struct {
	Epoch     int64 // a client that holds another epoch does not merge, it starts again
	Schema    int64 // of the document's text; an older client may only read
	MaxUpdate int   // bytes of one update
	Write     bool
}

// AppendHello appends the frame of h.
func AppendHello(dst []byte, h Hello) []byte {
	dst = append(dst, typeOurs, oursHello)
	dst = lib0.AppendVarUint(dst, uint64(h.Epoch))
	dst = lib0.AppendVarUint(dst, uint64(h.Schema))
	dst = lib0.AppendVarUint(dst, uint64(h.MaxUpdate))
	if h.Write {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendAck appends the frame that says: everything sent before mark n is saved, the log has
// reached seq.
func AppendAck(dst []byte, n, seq int64) []byte {
	dst = lib0.AppendVarUint(append(dst, typeOurs, oursAck), uint64(n))
	return lib0.AppendVarUint(dst, uint64(seq))
}

// AppendRefusal appends the frame that says: something sent before mark n is not saved and will
// not be; code is the close code that follows.
func AppendRefusal(dst []byte, n int64, code int) []byte {
	dst = lib0.AppendVarUint(append(dst, typeOurs, oursRefusal), uint64(n))
	return lib0.AppendVarUint(dst, uint64(code))
}

// Piece is a part of a large text, for who negotiated SubprotocolPieces. The bodies of all pieces of
// a text, one behind the other, are an update in the second form of Yjs, its ids taken out (see PackIDs), and
// compressed with zlib (RFC 1950): of a text that lives long that form is a third smaller. A piece with offset 0
// begins a text, and ends one that was not complete.
type Piece struct {
	Size   int // bytes of the update, its ids put back
	Total  int // bytes of all bodies together
	Offset int // of this body among them
	Body   []byte
}

// AppendPiece appends the frame of p.
func AppendPiece(dst []byte, p Piece) []byte {
	dst = lib0.AppendVarUint(append(dst, typeOurs, oursPiece), uint64(p.Size))
	dst = lib0.AppendVarUint(dst, uint64(p.Total))
	dst = lib0.AppendVarUint(dst, uint64(p.Offset))
	return lib0.AppendBytes(dst, p.Body)
}

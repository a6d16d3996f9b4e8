package hub

import (
	"fmt"
	"time"
)

// Limits bound what a connection may ask for and what is kept for it. A zero field takes its
// value from DefaultLimits.
type Limits struct {
	Update    int     // bytes of one update or state vector
	Structs   int     // pieces of text, deletions and authors in one update
	Awareness int     // bytes of one awareness update
	Clients   int     // awareness clients of one connection
	Messages  float64 // messages a second of one connection, on average
	Burst     int     // messages at once
	Bytes     float64 // bytes a second of one connection, on average
	ByteBurst int     // bytes at once
	Sessions  int     // connections in one document
	Outgoing  int     // bytes that wait for a reader
	Pending   int     // bytes of one document that wait for the log; more makes writers wait
	Batch     int     // records of one document in one Append

	Gather   time.Duration // how long carets are gathered at least, once the others have heard of some
	Silence  time.Duration // after which a client that says nothing is no longer shown
	Idle     time.Duration // after which an empty room is closed
	Watch    time.Duration // between two looks at the heads in the log
	Patience time.Duration // how long the log may take
	Beacon   time.Duration // between two messages that tell the other nodes how far this one is
	Absence  time.Duration // after which a node that says nothing is no longer counted on
}

// DefaultLimits suit people who type.
var DefaultLimits = Limits{
	Update: 2 << 20, Structs: 200_000, Awareness: 8 << 10, Clients: 4, Messages: 200, Burst: 1000, Bytes: 2 << 20, ByteBurst: 8 << 20,
	Sessions: 1000, Outgoing: 1 << 20, Pending: 4 << 20, Batch: 4096,
	Gather: 5 * time.Millisecond, Silence: 45 * time.Second, Idle: 30 * time.Second,
	Watch: 400 * time.Millisecond, Patience: 20 * time.Second,
	Beacon: time.Second, Absence: 8 * time.Second,
}

// OrDefault returns the limits in force.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits
	for _, field := range []struct{ own, def *int }{
		{&l.Update, &d.Update}, {&l.Structs, &d.Structs}, {&l.Awareness, &d.Awareness}, {&l.Clients, &d.Clients}, {&l.Burst, &d.Burst},
		{&l.ByteBurst, &d.ByteBurst}, {&l.Sessions, &d.Sessions}, {&l.Outgoing, &d.Outgoing},
		{&l.Pending, &d.Pending}, {&l.Batch, &d.Batch},
	} {
		if *field.own == 0 {
			*field.own = *field.def
		}
	}
	for _, field := range []struct{ own, def *float64 }{{&l.Messages, &d.Messages}, {&l.Bytes, &d.Bytes}} {
		if *field.own == 0 {
			*field.own = *field.def
		}
	}
	for _, field := range []struct{ own, def *time.Duration }{
		{&l.Gather, &d.Gather}, {&l.Silence, &d.Silence}, {&l.Idle, &d.Idle}, {&l.Watch, &d.Watch}, {&l.Patience, &d.Patience},
		{&l.Beacon, &d.Beacon}, {&l.Absence, &d.Absence},
	} {
		if *field.own == 0 {
			*field.own = *field.def
		}
	}
	return l
}

// Frame is the largest frame a connection may send under limits in force: an update and the bytes
// around it.
func (l Limits) Frame() int { return l.Update + 16 }

// Refusal is why a session ends or was not begun: a websocket close code and a plain reason.
type Refusal struct {
	Code   int
	Reason string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Reason) }

// The close codes. Browsers reconnect after 1012, 1013 and 4401 (with a fresh ticket), start the
// document again after 4409, and give up after the others until the page is loaded again.
const (
	CodeRestart    = 1012
	CodeTryLater   = 1013
	CodeMalformed  = 4400
	CodeTicket     = 4401
	CodeForbidden  = 4403
	CodeNotFound   = 4404
	CodeEpoch      = 4409
	CodeTooLarge   = 4413
	CodeContent    = 4422 // a reader could not show it
	CodeModel      = 4426 // it is of another version of the document's model
	CodeTooFast    = 4429
	codeNormalGone = 1000
)

var (
	restarting  = &Refusal{CodeRestart, "the server restarts"}
	unavailable = &Refusal{CodeTryLater, "cannot be saved now, try again later"}
	crowded     = &Refusal{CodeTryLater, "too many people in this document, try again later"}
	malformed   = &Refusal{CodeMalformed, "the message cannot be read"}
	forbidden   = &Refusal{CodeForbidden, "no right to this document"}
	noWriting   = &Refusal{CodeForbidden, "no right to write in this document"}
	rightShrank = &Refusal{CodeForbidden, "the right to this document changed"}
	notFound    = &Refusal{CodeNotFound, "no such document"}
	otherEpoch  = &Refusal{CodeEpoch, "the document was replaced"}
	tooLarge    = &Refusal{CodeTooLarge, "the message is too large"}
	tooFast     = &Refusal{CodeTooFast, "too many messages"}
	otherModel  = &Refusal{CodeModel, "the client speaks an older model of the document"}
	left        = &Refusal{codeNormalGone, "left"}
)

// TooLarge is the refusal of a frame larger than Limits.Frame, which the hub never gets to see.
func TooLarge() *Refusal { return tooLarge }

// Malformed is the refusal of a message that is no binary frame.
func Malformed() *Refusal { return malformed }

// Restarting is the refusal of everybody when the program ends.
func Restarting() *Refusal { return restarting }

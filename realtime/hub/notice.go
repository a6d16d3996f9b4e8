package hub

import (
	"fmt"

	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
)

// notice is what one node tells the others. It says nothing that is not in the log, except who is
// looking on.
type notice struct {
	kind   noticeKind
	node   string // who says so
	epoch  int64
	seq    int64 // of the first change, or of the head
	rights int64
	// changes are numbered from seq, without a gap.
	changes [][]byte
	carets  []protocol.Entry
	person  string
}

type noticeKind byte

const (
	noticeChanges noticeKind = iota + 1 // epoch, seq, changes: these are stored
	noticeBeacon                        // epoch, seq, rights: so far is this node
	noticeLook                          // something happened to the document: see the log
	noticeRecheck                       // rights may have changed, of everybody or of person
	noticeCarets                        // carets: of clients that are connected to this node
	noticeWho                           // asks for carets
	noticeLeave                         // nobody is connected to this node any more
)

const (
	noticeVersion = 1
	maxNode       = 64 // bytes of the name of a node
	maxPerson     = 256
	maxCarets     = 4096
	leastUpdate   = 2  // bytes of an update that says nothing
	perChange     = 8  // bytes around an update, at most
	perNotice     = 96 // bytes before the updates, at most
)

func (n *notice) encode() []byte {
	size := perNotice
	for _, payload := range n.changes {
		size += len(payload) + perChange
	}
	b := append(make([]byte, 0, size), noticeVersion, byte(n.kind))
	b = lib0.AppendBytes(b, []byte(n.node))
	switch n.kind {
	case noticeChanges:
		b = lib0.AppendVarUint(b, uint64(n.epoch))
		b = lib0.AppendVarUint(b, uint64(n.seq))
		b = lib0.AppendVarUint(b, uint64(len(n.changes)))
		for _, payload := range n.changes {
			b = lib0.AppendBytes(b, payload)
		}
	case noticeBeacon:
		b = lib0.AppendVarUint(b, uint64(n.epoch))
		b = lib0.AppendVarUint(b, uint64(n.seq))
		b = lib0.AppendVarUint(b, uint64(n.rights))
	case noticeRecheck:
		b = lib0.AppendBytes(b, []byte(n.person))
	case noticeCarets:
		b = append(b, protocol.EncodeAwareness(n.carets)...)
	}
	return b
}

// decodeNotice reads a message of the bus. The updates point into b.
func decodeNotice(b []byte) (notice, error) {
	if len(b) > MaxMessage {
		return notice{}, fmt.Errorf("a message of %d bytes: %w", len(b), protocol.ErrTooLarge)
	}
	d := lib0.NewDecoder(b)
	if v := d.Byte(); d.Err() == nil && v != noticeVersion {
		return notice{}, fmt.Errorf("a message of version %d: %w", v, protocol.ErrMalformed)
	}
	n := notice{kind: noticeKind(d.Byte()), node: shortText(d, maxNode)}
	switch n.kind {
	case noticeChanges:
		n.epoch, n.seq = int64(d.VarUint()), int64(d.VarUint())
		n.changes = make([][]byte, d.Count(leastUpdate+1))
		for i := range n.changes {
			if n.changes[i] = d.Bytes(); len(n.changes[i]) < leastUpdate {
				d.Fail(protocol.ErrMalformed, "a change that is no update")
			}
		}
		if n.epoch < 1 || n.seq < 1 || len(n.changes) == 0 {
			d.Fail(protocol.ErrMalformed, "no changes, or without a number")
		}
	case noticeBeacon:
		n.epoch, n.seq, n.rights = int64(d.VarUint()), int64(d.VarUint()), int64(d.VarUint())
	case noticeRecheck:
		n.person = shortText(d, maxPerson)
	case noticeCarets:
		if err := d.Err(); err != nil {
			return notice{}, err
		}
		carets, err := protocol.DecodeCrowd(d.Remaining(), maxCarets)
		n.carets = carets
		return n, err
	case noticeLook, noticeWho, noticeLeave:
	default:
		d.Fail(protocol.ErrMalformed, "no such message")
	}
	if d.Err() == nil && d.Rest() > 0 {
		d.Fail(protocol.ErrMalformed, "bytes after the message")
	}
	if err := d.Err(); err != nil {
		return notice{}, err
	}
	return n, nil
}

func shortText(d *lib0.Decoder, most int) string {
	b := d.Bytes()
	if len(b) > most {
		d.Fail(protocol.ErrTooLarge, "a name that is too long")
		return ""
	}
	return string(b)
}

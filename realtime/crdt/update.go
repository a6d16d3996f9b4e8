package crdt

import (
	"slices"
	"sync"

	"samenwijk/realtime/lib0"
)

// The kinds of struct, numbered as on the wire.
const (
	kindGC uint8 = iota
	kindDeleted
	kindJSON
	kindBinary
	kindString
	kindEmbed
	kindFormat
	kindType
	kindAny
	kindDoc
	kindSkip
)

// Bits of the info byte before a struct.
const (
	infoKind   = 0x1f
	infoSub    = 0x20
	infoRight  = 0x40
	infoOrigin = 0x80
)

// Flags of a structRef beside the info byte.
const (
	refName  uint8 = 1 << iota // the parent is a root type, by name
	refASCII                   // the text has one byte per unit
	refOdd                     // copying the bytes would not be what a peer writes
	refAny                     // the value is in Any form, not JSON
	refCut                     // sliced: the bytes from..to are no longer this struct
)

// span is a range of bytes of an update, or beyond its end of what had to be rewritten.
type span struct{ off, n uint32 }

// structRef is one struct of an update as read, before anything is known of a document. It holds no
// pointers: text and values stay in the update.
type structRef struct {
	client, oClient, rClient, pClient uint64 // own id, origin, right origin, parent
	clock, oClock, rClock, pClock     uint32
	length                            uint32
	info                              uint8 // as a peer would write it again
	flags                             uint8
	typeRef                           uint8
	name, sub, key, data              span   // parent's name, key in parent, name or format key, content
	from, to                          uint32 // bytes of the struct in a v1 update
}

func (r *structRef) kind() uint8  { return r.info & infoKind }
func (r *structRef) end() uint32  { return r.clock + r.length }
func (r *structRef) ascii() bool  { return r.flags&refASCII != 0 }
func (r *structRef) hasSub() bool { return r.info&infoSub != 0 }

// hasParent says whether the struct names its parent; otherwise the parent is that of a neighbour.
func (r *structRef) hasParent() bool {
	return r.info&(infoOrigin|infoRight) == 0 && r.kind() != kindGC && r.kind() != kindSkip
}

// block is a run of structs of one client.
type block struct {
	client   uint64
	from, to int // in refs
	at       int // next to integrate
}

// clockRange is a range of clocks of one client.
type clockRange struct {
	client     uint64
	clock, len uint32
}

func (r clockRange) end() uint32 { return r.clock + r.len }

// update is a decoded update, or several that were read one after the other.
type update struct {
	buf    []byte
	extra  []byte // content that had to be rewritten; spans beyond buf point here
	refs   []structRef
	blocks []block
	dels   []clockRange
	v2     bool
}

// part is where one of several updates lies in an update.
type part struct{ refs, refsEnd int }

func (u *update) bytes(s span) []byte {
	if n := uint32(len(u.buf)); s.off >= n {
		return u.extra[s.off-n : s.off-n+s.n : s.off-n+s.n]
	}
	return u.buf[s.off : s.off+s.n : s.off+s.n]
}

// rewritten makes a span of bytes appended to extra since it had the given length.
func (u *update) rewritten(from int) span {
	return span{uint32(len(u.buf) + from), uint32(len(u.extra) - from)}
}

// sortedBlocks orders the blocks by client, lowest first.
func (u *update) sortBlocks() {
	slices.SortFunc(u.blocks, func(a, b block) int {
		if a.client < b.client {
			return -1
		}
		return 1
	})
}

// slice cuts the first diff units off a struct, as a peer does that knows them already.
func (u *update) slice(r *structRef, diff uint32) {
	r.flags |= refCut
	if kind := r.kind(); kind != kindGC && kind != kindSkip {
		hadParent := r.hasParent()
		r.info |= infoOrigin
		r.oClient, r.oClock = r.client, r.clock+diff-1
		if hadParent && r.flags&refName == 0 {
			// Once there is an origin the parent is not written any more.
			r.pClient, r.pClock = 0, 0
		}
		switch kind {
		case kindString:
			r.data = u.sliceText(r, diff)
		case kindAny:
			r.data = u.skipValues(r.data, diff, (*lib0.Decoder).SkipAny)
		case kindJSON:
			r.data = u.skipValues(r.data, diff, func(d *lib0.Decoder) { d.Bytes() })
		}
	}
	r.clock += diff
	r.length -= diff
}

func (u *update) sliceText(r *structRef, diff uint32) span {
	if r.ascii() {
		return span{r.data.off + diff, r.data.n - diff}
	}
	text := u.bytes(r.data)
	at, inside := lib0.UTF16Offset(text, int(diff))
	if !inside {
		return span{r.data.off + uint32(at), r.data.n - uint32(at)}
	}
	from := len(u.extra)
	u.extra = append(u.extra, "\uFFFD"...)
	u.extra = append(u.extra, text[at+4:]...)
	return u.rewritten(from)
}

func (u *update) skipValues(s span, n uint32, skip func(*lib0.Decoder)) span {
	d := lib0.NewDecoder(u.bytes(s))
	for ; n > 0; n-- {
		skip(d)
	}
	return span{s.off + uint32(d.Pos()), s.n - uint32(d.Pos())}
}

// cutText returns the text from the given unit on; half of a pair at the start keeps its surrogate
// form and is the writer's to handle.
func cutText(text []byte, ascii bool, offset uint32) []byte {
	if offset == 0 {
		return text
	}
	if ascii {
		return text[offset:]
	}
	at, inside := lib0.UTF16Offset(text, int(offset))
	if !inside {
		return text[at:]
	}
	low := uint16(text[at+2]&0x0f)<<6 | uint16(text[at+3]&0x3f)
	return append(lib0.AppendSurrogate(make([]byte, 0, len(text)-at), 0xdc00|low), text[at+4:]...)
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// newReader takes a reader from the pool.
func newReader(limits Limits) *reader {
	r := readers.Get().(*reader)
	r.limits = limits
	return r
}

// release gives the reader back. Nothing that it decoded may be used afterwards.
func (r *reader) release() {
	const keep = 1 << 17
	r.u.buf, r.u.extra, r.verbatim = nil, r.u.extra[:0], false
	if cap(r.u.refs) > keep || cap(r.u.dels) > keep || cap(r.u.extra) > keep*16 {
		*r = reader{}
	}
	readers.Put(r)
}

// readUpdate decodes one whole update. The result is valid until release and points into buf.
func (r *reader) readUpdate(buf []byte, v2 bool) (*update, error) {
	r.begin(buf, v2)
	if err := r.read(0, len(buf)); err != nil {
		return nil, err
	}
	return &r.u, nil
}

// readUpdates decodes several updates into one.
func (r *reader) readUpdates(bufs [][]byte, v2 bool) (*update, []part, error) {
	total := 0
	for _, b := range bufs {
		total += len(b)
	}
	if total > r.limits.Bytes {
		return nil, nil, &lib0.Error{Kind: ErrOverBudget, At: 0, What: "updates too long"}
	}
	joined := make([]byte, 0, total)
	for _, b := range bufs {
		joined = append(joined, b...)
	}
	r.begin(joined, v2)
	parts := make([]part, len(bufs))
	at := 0
	for i, b := range bufs {
		parts[i].refs = len(r.u.refs)
		if err := r.read(at, at+len(b)); err != nil {
			return nil, nil, err
		}
		parts[i].refsEnd = len(r.u.refs)
		at += len(b)
	}
	return &r.u, parts, nil
}

func (r *reader) begin(buf []byte, v2 bool) {
	r.u.buf, r.u.v2 = buf, v2
	r.u.extra, r.u.refs, r.u.blocks, r.u.dels = r.u.extra[:0], r.u.refs[:0], r.u.blocks[:0], r.u.dels[:0]
	r.rest.MaxDepth = r.limits.Depth
}

// read decodes the bytes from..to of the buffer as one update.
func (r *reader) read(from, to int) error {
	if to-from > r.limits.Bytes {
		return &lib0.Error{Kind: ErrOverBudget, At: 0, What: "update too long"}
	}
	r.base = uint32(from)
	r.rest.Reset(r.u.buf[from:to:to])
	if r.u.v2 {
		r.readColumns()
		r.readStructsV2()
	} else {
		r.readStructsV1()
	}
	r.readDeletes()
	if r.rest.Err() == nil && r.rest.Rest() > 0 {
		r.rest.Fail(ErrMalformed, "bytes after the update")
	}
	return r.failure()
}

func (r *reader) failure() error {
	if err := r.rest.Err(); err != nil {
		return err
	}
	if !r.u.v2 {
		return nil
	}
	return r.columnFailure()
}

// readDeletes reads the delete set. Ranges of one client come out sorted and apart.
func (r *reader) readDeletes() {
	d := &r.rest
	for clients := d.Count(2); clients > 0 && d.Err() == nil; clients-- {
		client := d.VarUint()
		n := d.Count(2)
		if len(r.u.refs)+len(r.u.dels)+n > r.limits.Structs {
			d.Fail(ErrOverBudget, "too many structs")
			return
		}
		first := len(r.u.dels)
		current, ordered := uint64(0), true
		for ; n > 0 && d.Err() == nil; n-- {
			clock, length := d.VarUint(), d.VarUint()
			if r.u.v2 {
				clock += current
				length++
			}
			if clock+length > maxClock {
				d.Fail(ErrUnsupported, "clock too large")
				return
			}
			if length == 0 && d.Err() == nil {
				d.Fail(ErrMalformed, "delete without length") // format v2 has no word for it
			}
			ordered = ordered && clock >= current
			current = clock + length
			r.u.dels = append(r.u.dels, clockRange{client, uint32(clock), uint32(length)})
		}
		if !ordered {
			r.u.dels = r.u.dels[:first+len(mergeRanges(r.u.dels[first:]))]
		}
	}
}

// maxClock is the end of the clocks that fit in 32 bits.
const maxClock = 1<<32 - 1

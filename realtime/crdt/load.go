package crdt

import (
	"slices"
	"sync"
)

// loader takes a whole document into an empty one. That is what a room does when it opens, and it
// needs less than an update in general does: nothing is known yet, nothing overlaps, and the place
// of every struct in the slab can be told beforehand. So structs are read straight into items, in
// clock order, and an id is found by a table instead of by search.
//
// It does only what it knows to come out the same: the structs come in in the same order as with
// intake. Whatever is out of the ordinary (a gap, a struct that builds on something unknown or on
// itself, two blocks of one client, and every mistake) makes it give up before anything happened,
// and the update is read again in the general way, which also knows what to say about it.
//
// Until it is integrated an item uses two fields otherwise: left is the place in refs, plus one, of
// the struct that it was read from when that says more than fits into an item, and in is the client
// of the parent's id, plus one.
type loader struct {
	d *Doc
	r *reader

	items  []item // struct i becomes the item with handle i+1
	refs   []structRef
	arena  []byte
	loose  []handle // items that may merge with the one before them
	blocks []loadBlock
	order  []loadRun
	stack  []int32
	table  []int32
	types  int
	keys   int

	collected bool // a struct was collected because its parent is gone

	entries []entry // of all clients, in the order of items
	by      []int32 // place of a client in the document to its block
	hints   [64]clientHint
	tx      *Tx
	u       *update
}

// loadBlock are the structs of one client. Clocks begin at 0.
type loadBlock struct {
	id       uint64
	client   uint32
	from, to int32 // in items, without the one at 0
	arena    [2]int
	end      uint32 // the clock after the last one
	table    int32
	shift    uint8
	at       int32 // while putting structs in order: the next one
	state    uint32
}

type loadRun struct{ from, to int32 }

type clientHint struct {
	id    uint64
	index uint32
	known bool
}

var loaders = sync.Pool{New: func() any { return new(loader) }}

// loadWorth is the number of bytes from which it pays.
const loadWorth = 1 << 10

// load takes the update in when the document is empty and the update a whole document. It says
// false, and has done nothing, otherwise.
func (d *Doc) load(b []byte, origin any, v2 bool) bool {
	if len(d.items) > 0 || len(d.clients) > 0 || d.pending != nil || len(d.pendingDeletes) > 0 {
		return false
	}
	l := loaders.Get().(*loader)
	r := newReader(d.limits)
	defer func() {
		r.release()
		l.release()
	}()
	l.d, l.r, l.u = d, r, &r.u
	if !l.read(b, v2) || !l.sort() {
		d.clients, d.clientIndex, d.clientHints = nil, nil, [len(d.clientHints)]uint32{}
		return false
	}
	tx := d.tx
	alone := tx == nil
	if alone {
		tx = d.begin(origin, false)
		defer d.commit(tx)
	}
	tx.local = false
	l.tx = tx
	l.furnish()
	for _, run := range l.order {
		for i := run.from; i < run.to; i++ {
			if !l.quick(handle(i + 1)) {
				l.slow(handle(i + 1))
			}
		}
	}
	l.delete()
	l.settle(alone)
	if !v2 {
		d.stateSize = len(b)
	}
	return true
}

// release gives the loader back with its memory, unless it grew large.
func (l *loader) release() {
	const keep = 1 << 17
	l.d, l.r, l.u, l.tx, l.entries = nil, nil, nil, nil, nil
	if cap(l.items) < keep && cap(l.refs) < keep && cap(l.arena) < keep*16 {
		loaders.Put(l)
	}
}

// read decodes the update into items. It says false when the update is wrong or out of the ordinary.
func (l *loader) read(b []byte, v2 bool) bool {
	l.items, l.refs, l.arena, l.loose, l.blocks = append(l.items[:0], item{}), l.refs[:0], l.arena[:0], l.loose[:0], l.blocks[:0]
	l.hints, l.types, l.keys, l.collected = [len(l.hints)]clientHint{}, 0, 0, false
	r := l.r
	r.begin(b, v2)
	if len(b) > r.limits.Bytes {
		return false
	}
	r.base = 0
	r.rest.Reset(b)
	if v2 {
		r.readColumns()
	}
	d := &r.rest
	blocks := d.Count(2)
	for n := blocks; n > 0; n-- {
		var count, client uint64
		if v2 {
			count, client = d.VarUint(), r.clients.Read()
			if count > uint64(r.limits.Structs) || int(count)+len(l.items) > runBase+runPerByte*len(b) {
				return false
			}
		} else {
			count, client = uint64(d.Count(2)), d.VarUint()
		}
		if clock := d.VarUint(); clock != 0 || count == 0 || !r.startBlock(len(l.items)+int(count), client, clock) {
			return false
		}
		if !l.readBlock(client, int(count), v2) || len(l.d.clients) > blocks {
			return false
		}
	}
	r.readDeletes()
	if r.failure() != nil || d.Rest() > 0 || len(l.items)+len(r.u.dels) > r.limits.Structs || len(l.blocks) == 0 {
		return false
	}
	if len(l.d.clients) != len(l.blocks) {
		return false // somebody is built on who has no structs here
	}
	l.by = grow(l.by, len(l.d.clients))
	for i := range l.blocks {
		l.by[l.blocks[i].client] = -1
	}
	for i := range l.blocks {
		if bl := &l.blocks[i]; l.by[bl.client] >= 0 {
			return false // two blocks of one client
		} else {
			l.by[bl.client] = int32(i)
		}
	}
	return true
}

// client finds or makes the place of a client in the document.
func (l *loader) client(id uint64) uint32 {
	hint := &l.hints[(id^id>>6)%uint64(len(l.hints))]
	if !hint.known || hint.id != id {
		*hint = clientHint{id, l.d.addClient(id), true}
	}
	return hint.index
}

func (l *loader) readBlock(client uint64, count int, v2 bool) bool {
	r := l.r
	d := &r.rest
	own := makeOwnID(client)
	ci := l.client(client)
	from := len(l.items) - 1
	base := len(l.arena)
	clock := uint32(0)
	buf := r.u.buf
	at := d.Pos()
	items, arena := l.items, l.arena // in variables, because every change of a field that is a slice costs
	var c common
	for ; count > 0; count-- {
		n := len(items)
		if n == cap(items) {
			items = slices.Grow(items, n/2+64)
		}
		items = items[:n+1]
		it := &items[n]
		it.client, it.clock, it.left, it.right, it.in = ci, clock, 0, 0, 0
		if !v2 && own.scan(buf, at, &c) {
			it.length, it.kind = c.length, c.info&infoKind
			it.originClient, it.originClock = ci, c.oClock
			if !c.oOwn {
				it.originClient = l.client(c.oClient)
			}
			it.rightClient, it.rightClock = noClient, 0
			if c.info&infoRight != 0 {
				it.rightClient, it.rightClock = ci, c.rClock
				if !c.rOwn {
					it.rightClient = l.client(c.rClient)
				}
			}
			text := it.kind / kindString // 1 for text, 0 for deleted content, which has none
			it.flags = flagASCII * text
			it.a, it.b = uint32(len(arena)-base)*uint32(text), uint32(c.end-c.text)
			arena = appendText(arena, buf, c.text, c.end)
			at = c.end
		} else {
			d.Seek(at)
			l.arena = arena
			if !l.readOther(it, client, base, v2) {
				l.items = items
				return false
			}
			arena = l.arena
			at = d.Pos()
		}
		if it.originClient == ci && it.originClock >= clock || it.rightClient == ci && it.rightClock >= clock ||
			uint64(clock)+uint64(it.length) > maxClock {
			l.items, l.arena = items, arena
			return false
		}
		if mayMerge(&items[n-1], it) {
			l.loose = append(l.loose, handle(n))
		}
		clock += it.length
	}
	l.items, l.arena = items, arena
	d.Seek(at)
	l.blocks = append(l.blocks, loadBlock{
		id: client, client: ci, from: int32(from), to: int32(len(items)) - 1, arena: [2]int{base, len(arena)}, end: clock,
	})
	return true
}

// mayMerge says whether two structs that follow each other in clock could be one, wherever they
// stand.
func mayMerge(left, right *item) bool {
	switch {
	case left.kind != right.kind || left.client != right.client:
		return false
	case left.kind == kindGC:
		return true
	case right.originClient != right.client || right.originClock != right.clock-1 || right.clock == 0 || !left.sameRight(right):
		return false
	}
	return right.kind == kindString || right.kind == kindDeleted || right.kind == kindAny || right.kind == kindJSON
}

// readOther reads a struct of any form.
func (l *loader) readOther(it *item, client uint64, base int, v2 bool) bool {
	r := l.r
	ref := structRef{client: client, clock: it.clock}
	it.originClock, it.rightClient, it.rightClock, it.a, it.b, it.flags = 0, noClient, 0, 0, 0, 0
	if v2 {
		r.readStructV2(&ref)
	} else {
		r.readStructV1(&ref)
	}
	it.kind, it.length = ref.kind(), ref.length
	if r.rest.Err() != nil || it.kind == kindSkip || it.length == 0 {
		return false
	}
	it.originClient = noClient
	if it.kind == kindGC {
		it.flags = flagDeleted
		return true
	}
	if ref.info&infoOrigin != 0 {
		it.originClient, it.originClock = l.client(ref.oClient), ref.oClock
	}
	if ref.info&infoRight != 0 {
		it.rightClient, it.rightClock = l.client(ref.rClient), ref.rClock
	}
	keep := false
	if ref.hasParent() {
		keep = true
		if ref.flags&refName == 0 {
			it.in = l.client(ref.pClient) + 1
			if ref.pClient == client && ref.pClock >= it.clock {
				return false
			}
		}
		if ref.hasSub() {
			l.keys++
		}
	}
	switch it.kind {
	case kindString, kindAny, kindJSON, kindBinary:
		it.a, it.b = uint32(len(l.arena)-base), ref.data.n
		l.arena = append(l.arena, r.u.bytes(ref.data)...)
		if ref.ascii() {
			it.flags = flagASCII
		}
	case kindDeleted:
	case kindType:
		l.types++
		keep = true
	default:
		keep = true
	}
	if keep {
		l.refs = append(l.refs, ref)
		it.left = handle(len(l.refs))
	}
	return true
}

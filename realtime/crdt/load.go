package crdt

import (
	"math/bits"
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

// sort puts the structs into the order in which intake would bring them in: highest client first,
// and before each one what it builds on. It says false when that cannot be.
func (l *loader) sort() bool {
	l.order, l.stack = l.order[:0], l.stack[:0]
	if len(l.blocks) == 1 {
		l.order = append(l.order, loadRun{0, l.blocks[0].to})
		return true
	}
	byID := make([]int32, len(l.blocks))
	for i := range byID {
		byID[i] = int32(i)
		l.blocks[i].at, l.blocks[i].state = l.blocks[i].from, 0
	}
	slices.SortFunc(byID, func(a, b int32) int {
		if l.blocks[a].id > l.blocks[b].id {
			return -1
		}
		return 1
	})
	for _, top := range byID {
		b := &l.blocks[top]
		for b.at < b.to {
			head := b.at
			b.at++
			for {
				it := &l.items[head+1]
				own := &l.blocks[l.by[it.client]]
				if own.state != it.clock {
					return false // it builds on what builds on it
				}
				if waits := l.waitsFor(it); waits != nil {
					if waits.at == waits.to {
						return false
					}
					l.stack = append(l.stack, head)
					head = waits.at
					waits.at++
					continue
				}
				own.state = it.end()
				if n := len(l.order); n > 0 && l.order[n-1].to == head {
					l.order[n-1].to++
				} else {
					l.order = append(l.order, loadRun{head, head + 1})
				}
				n := len(l.stack)
				if n == 0 {
					break
				}
				head = l.stack[n-1]
				l.stack = l.stack[:n-1]
			}
		}
	}
	return true
}

// waitsFor gives the block of which more has to come in before an item can, or nil.
func (l *loader) waitsFor(it *item) *loadBlock {
	lacks := func(client, clock uint32) *loadBlock {
		if client == noClient || client == it.client {
			return nil
		}
		if b := &l.blocks[l.by[client]]; clock >= b.state {
			return b
		}
		return nil
	}
	if b := lacks(it.originClient, it.originClock); b != nil {
		return b
	}
	if b := lacks(it.rightClient, it.rightClock); b != nil {
		return b
	}
	if it.in != 0 {
		return lacks(it.in-1, l.refs[it.left-1].pClock)
	}
	return nil
}

// furnish gives the document the slab, the arenas and the lists of the clients, each in one piece of
// memory, and makes the table that finds ids. The items are not integrated yet.
func (l *loader) furnish() {
	d := l.d
	d.items = slices.Clone(l.items)
	d.types = slices.Grow(d.types, l.types+2)
	if l.keys > 0 {
		d.entries = slices.Grow(d.entries, l.keys+1)
	}
	arena := slices.Clone(l.arena)
	l.entries = make([]entry, len(l.items)-1)
	l.table = l.table[:0]
	chunks := 0
	for i := range l.blocks {
		chunks += int(l.blocks[i].to-l.blocks[i].from+chunkSize-1) / chunkSize
	}
	lists, firsts := make([][]entry, 0, chunks), make([]uint32, 0, chunks)
	for i := range l.blocks {
		b := &l.blocks[i]
		b.table = int32(len(l.table))
		b.shift = uint8(bits.Len32(b.end/uint32(b.to-b.from)) - 1)
		next := uint64(0)
		for k := b.from; k < b.to; k++ {
			it := &l.items[k+1]
			l.entries[k] = entry{it.clock, handle(k + 1)}
			for ; next < uint64(it.end()); next += 1 << b.shift {
				l.table = append(l.table, k)
			}
		}
		c := &d.clients[b.client]
		if b.arena[0] < b.arena[1] {
			c.arena = arena[b.arena[0]:b.arena[1]:b.arena[1]]
		}
		first := len(lists)
		for k := b.from; k < b.to; k += chunkSize {
			end := min(k+chunkSize, b.to)
			lists = append(lists, l.entries[k:end:end])
			firsts = append(firsts, l.entries[k].clock)
		}
		c.chunks, c.firsts = lists[first:len(lists):len(lists)], firsts[first:len(firsts):len(firsts)]
	}
}

// find gives the item that holds an id, or 0 when it was cut since.
func (l *loader) find(client, clock uint32) handle {
	b := &l.blocks[l.by[client]]
	i := l.table[b.table+int32(clock>>b.shift)]
	for i+1 < b.to && l.entries[i+1].clock <= clock {
		i++
	}
	it := &l.d.items[i+1]
	if clock-it.clock >= it.length {
		return 0
	}
	return handle(i + 1)
}

// quick brings in an item when nothing has to be decided: its neighbours are whole and still stand
// beside each other, or it is the first one in its parent. It says false, and does nothing, for
// others.
func (l *loader) quick(h handle) bool {
	d, tx := l.d, l.tx
	it := &d.items[h]
	c := &d.clients[it.client]
	if it.kind == kindGC {
		tx.touch(c, it.client)
		c.state = it.end()
		return true
	}
	var left, right handle
	var in spot
	switch {
	case it.originClient != noClient:
		left = h - 1
		if lt := &d.items[left]; lt.client != it.originClient || lt.last() != it.originClock {
			left = l.find(it.originClient, it.originClock)
		}
		lt := &d.items[left]
		if left == 0 || lt.last() != it.originClock || lt.kind == kindGC || lt.keyed() {
			return false
		}
		right, in = lt.right, lt.in
		if right != 0 {
			if rt := &d.items[right]; rt.client != it.rightClient || rt.clock != it.rightClock {
				return false
			}
		} else if it.rightClient != noClient {
			return false
		}
	case it.rightClient != noClient:
		right = l.find(it.rightClient, it.rightClock)
		rt := &d.items[right]
		if right == 0 || rt.clock != it.rightClock || rt.left != 0 || rt.kind == kindGC || rt.keyed() {
			return false
		}
		in = rt.in
	case it.in != 0:
		ref := &l.refs[it.left-1]
		parent := l.find(it.in-1, ref.pClock)
		if parent == 0 || d.items[parent].kind != kindType || ref.hasSub() {
			return false
		}
		if in = d.items[parent].a; d.types[in].start != 0 {
			return false
		}
	default:
		return false
	}
	ty := &d.types[in]
	if in == 0 || ty.markers || it.kind == kindDoc || ty.item != 0 && d.items[ty.item].deleted() {
		return false
	}
	ref := it.left
	it.in, it.left, it.right = in, left, right
	if left != 0 {
		d.items[left].right = h
	} else {
		ty.start = h
	}
	if right != 0 {
		d.items[right].left = h
	}
	listed := ty.listed == tx.generation
	switch it.kind {
	case kindString, kindAny, kindJSON, kindBinary:
		ty.length += it.length
	case kindDeleted:
		it.flags = flagDeleted
		tx.noteDeleted(it)
	case kindFormat:
		ty.formats = true
		d.storeContent(l.u, &l.refs[ref-1], it)
	case kindType:
		ty.length += it.length
		d.storeContent(l.u, &l.refs[ref-1], it)
		it.a, it.b = d.newType(l.refs[ref-1].typeRef, h, it.b), 0 // ty is void now
	default:
		ty.length += it.length
		d.storeContent(l.u, &l.refs[ref-1], it)
	}
	tx.touch(c, it.client)
	c.state = it.end()
	if !listed {
		tx.noteChange(it)
	}
	return true
}

// noteDeleted notes content that came in deleted. What follows the last such content is joined with
// it at once, as sortDeletes would do later.
func (tx *Tx) noteDeleted(it *item) {
	if n := len(tx.dels); n > 0 && tx.dels[n-1].client == it.client && tx.dels[n-1].end() == it.clock {
		tx.dels[n-1].len += it.length
		return
	}
	tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
}

// slow brings in an item about whose place something has to be decided, as integrateRef does.
func (l *loader) slow(h handle) {
	d, tx := l.d, l.tx
	it := d.items[h]
	var ref *structRef
	if it.left != 0 {
		ref = &l.refs[it.left-1]
	}
	parent := links{parent: it.in - 1}
	it.left, it.in = 0, 0
	if it.hasOrigin() {
		it.left = d.cleanEnd(tx, itemID{it.originClient, it.originClock})
	}
	if it.hasRight() {
		it.right = d.cleanStart(tx, itemID{it.rightClient, it.rightClock})
	}
	it.in = d.spotOf(l.u, ref, parent, it.left, it.right)
	c := &d.clients[it.client]
	tx.touch(c, it.client)
	c.state = it.end()
	if it.in == 0 { // the parent is gone
		l.collected = true
		d.dropContent(&it)
		d.items[h] = item{client: it.client, clock: it.clock, length: it.length, kind: kindGC, flags: flagDeleted}
		return
	}
	if ref != nil && !it.inArena() {
		d.storeContent(l.u, ref, &it)
	}
	if it.kind == kindType {
		it.a, it.b = d.newType(ref.typeRef, h, it.b), 0
	}
	d.items[h] = it
	d.link(tx, h)
}

// delete deletes what the delete set names. Nearly all of it came in deleted: ranges and structs are
// both sorted, so walking along both of them shows that.
func (l *loader) delete() {
	d := l.d
	ranges := l.u.dels
	var waiting []clockRange
	for i := 0; i < len(ranges); {
		j := i + 1
		for j < len(ranges) && ranges[j].client == ranges[i].client {
			j++
		}
		ci, known := d.client(ranges[i].client)
		if !known || len(d.items) != len(l.items) { // structs were cut: they no longer stand in clock order
			waiting = append(waiting, d.applyDeletes(l.tx, ranges[i:j])...)
			i = j
			continue
		}
		b := &l.blocks[l.by[ci]]
		at := b.from
		for ; i < j; i++ {
			r := ranges[i]
			gone := false
			if r.end() <= b.end && len(d.items) == len(l.items) {
				for at < b.to && d.items[at+1].end() <= r.clock {
					at++
				}
				gone = true
				for ; gone && at < b.to && d.items[at+1].clock < r.end(); at++ {
					gone = d.items[at+1].deleted()
				}
				at = max(at-1, b.from) // the next range may begin in the same struct
			}
			if !gone {
				waiting = append(waiting, d.applyDeletes(l.tx, ranges[i:i+1])...)
			}
		}
	}
	d.pendingDeletes = waiting
}

// settle spares the transaction to look at every struct once more in search of what may merge: when
// nothing was deleted, collected or cut since the structs were read, those in loose are all, and of
// those only the ones that stand beside each other in a list as well. In what a peer wrote that are
// none, because it merged them itself.
func (l *loader) settle(alone bool) {
	d, tx := l.d, l.tx
	if !alone || tx.deleted > 0 || len(tx.merges) > 0 || l.collected {
		return
	}
	for _, h := range l.loose {
		if it := &d.items[h]; it.kind == kindGC || d.items[h-1].right == h {
			tx.merges = append(tx.merges, itemID{it.client, it.clock})
		}
	}
	const many = 16 // of so many structs one: then looking at them all costs less
	if tx.settled = len(tx.merges) <= len(d.items)/many; !tx.settled {
		tx.merges = tx.merges[:0]
	}
}

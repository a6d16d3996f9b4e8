package crdt

import (
	"math/bits"
	"slices"
)

// What a loader has read, it brings into the document here; load.go reads.

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

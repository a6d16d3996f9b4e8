package crdt

import "math/bits"

// bulk finds structs that came in with the present update. A large update mostly builds on itself,
// and its structs are sorted already, so a table of a few bytes per struct answers at once what
// would be a search in the document.
type bulk struct {
	blocks  []bulkBlock
	of      []int32  // place of a client in the document to its block, -1 for none
	starts  []uint32 // clock of each struct of the update
	handles []handle // item that it became
	table   []int32  // per block: for every so many clocks the struct that holds the first of them
}

type bulkBlock struct {
	from, to int32 // in starts
	clock    uint32
	end      uint32
	table    int32
	client   int32 // place in the document, -1 until a struct came in
	shift    uint8
}

// bulkWorth is the number of structs from which a table pays.
const bulkWorth = 256

// prepare makes the table for an update.
func (b *bulk) prepare(u *update, clients int) {
	b.blocks, b.of, b.table = b.blocks[:0], b.of[:0], b.table[:0]
	for range clients {
		b.of = append(b.of, -1)
	}
	b.starts = grow(b.starts, len(u.refs))
	b.handles = grow(b.handles, len(u.refs))
	clear(b.handles)
	for _, bl := range u.blocks {
		k := bulkBlock{from: int32(bl.from), to: int32(bl.to), table: int32(len(b.table)), client: -1}
		if bl.from < bl.to {
			k.clock, k.end = u.refs[bl.from].clock, u.refs[bl.to-1].end()
			span := k.end - k.clock
			k.shift = uint8(bits.Len32(span/uint32(bl.to-bl.from)) - 1)
			if span/uint32(bl.to-bl.from) == 0 {
				k.shift = 0
			}
			next := uint64(0)
			for i := bl.from; i < bl.to; i++ {
				r := &u.refs[i]
				b.starts[i] = r.clock
				for ; next < uint64(r.end()-k.clock); next += 1 << k.shift {
					b.table = append(b.table, int32(i))
				}
			}
		}
		b.blocks = append(b.blocks, k)
	}
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// note records the item that a struct became.
func (b *bulk) note(ref, block int, client uint32, h handle) {
	b.handles[ref] = h
	for int(client) >= len(b.of) {
		b.of = append(b.of, -1)
	}
	b.of[client] = int32(block)
	b.blocks[block].client = int32(client)
}

// find gives the item of the present update that holds an id, or 0 when there is none or when it
// is not whole any more.
func (b *bulk) find(items []item, client, clock uint32) handle {
	if int(client) >= len(b.of) || b.of[client] < 0 {
		return 0
	}
	k := &b.blocks[b.of[client]]
	if clock < k.clock || clock >= k.end {
		return 0
	}
	i := b.table[k.table+int32((clock-k.clock)>>k.shift)]
	for i+1 < k.to && b.starts[i+1] <= clock {
		i++
	}
	h := b.handles[i]
	if it := &items[h]; it.client != client || clock < it.clock || clock >= it.end() {
		return 0
	}
	return h
}

// quick takes in a struct between two structs of the same update that still stand beside each
// other, which is most of a document that is loaded. It says false, and does nothing, for others.
func (in *intake) quick(head int, r *structRef) bool {
	d, b := in.d, in.bulk
	kind := r.kind()
	ci := b.blocks[in.top].client
	if ci < 0 || r.info&infoOrigin == 0 || kind == kindGC || kind == kindDoc || in.u.blocks[in.top].client != r.client {
		return false
	}
	c := &d.clients[ci]
	if c.state != r.clock {
		return false
	}
	it := item{
		client: uint32(ci), clock: r.clock, length: r.length, originClient: uint32(ci), originClock: r.oClock,
		rightClient: noClient, kind: kind,
	}
	if r.oClient != r.client {
		var known bool
		if it.originClient, known = d.client(r.oClient); !known {
			return false
		}
	}
	it.left = b.find(d.items, it.originClient, r.oClock)
	left := &d.items[it.left]
	if it.left == 0 || left.last() != r.oClock || left.kind == kindGC || left.keyed() {
		return false
	}
	if r.info&infoRight != 0 {
		it.rightClient, it.rightClock = uint32(ci), r.rClock
		if r.rClient != r.client {
			var known bool
			if it.rightClient, known = d.client(r.rClient); !known {
				return false
			}
		}
		it.right = b.find(d.items, it.rightClient, r.rClock)
		if it.right == 0 || d.items[it.right].clock != r.rClock {
			return false
		}
	}
	ty := &d.types[left.in]
	if left.right != it.right || ty.markers || ty.item != 0 && d.items[ty.item].deleted() {
		return false
	}
	it.in = left.in
	in.place(head, r, c, ty, &it)
	return true
}

// place puts an item of which everything is known between its neighbours.
func (in *intake) place(head int, r *structRef, c *clientState, ty *ytype, it *item) {
	d, tx := in.d, in.tx
	d.storeContent(in.u, r, it)
	h := d.newItem()
	if it.right != 0 {
		d.items[it.right].left = h
	}
	d.items[it.left].right = h
	switch it.kind {
	case kindDeleted:
		tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
		it.set(flagDeleted)
	case kindFormat:
		ty.formats = true
	default:
		ty.length += it.length
	}
	listed := ty.listed == tx.generation
	if it.kind == kindType {
		it.a, it.b = d.newType(r.typeRef, h, it.b), 0 // ty is void now
	}
	d.items[h] = *it
	tx.touch(c, it.client)
	c.push(h)
	c.state = it.end()
	if !listed {
		tx.noteChange(&d.items[h])
	}
	in.bulk.handles[head] = h
}

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
		k := bulkBlock{from: int32(bl.from), to: int32(bl.to), table: int32(len(b.table))}
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

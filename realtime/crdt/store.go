package crdt

import "slices"

// itemID is the id of an item with the client as its place in the document's table.
type itemID struct{ client, clock uint32 }

// clientState is what a document knows of one client: its structs in clock order, and an arena
// with their content, in which neighbours in clock are neighbours in memory. Merging two runs of
// text then copies nothing.
type clientState struct {
	id      uint64
	chunks  [][]handle
	arena   []byte
	garbage uint32 // bytes of the arena that no item refers to
	state   uint32 // the clock that the next struct will have
	hint    int    // chunk of the last search
	tx      uint32 // the transaction that touched the client last
	span    uint32 // and its place in the spans of that transaction
}

// chunkSize bounds the handles in one chunk, and with it what an insertion has to move.
const chunkSize = 256

// client finds the place of a client in the table.
func (d *Doc) client(id uint64) (uint32, bool) {
	if int(d.lastClient) < len(d.clients) && d.clients[d.lastClient].id == id {
		return d.lastClient, true
	}
	if d.clientIndex == nil {
		for i := range d.clients {
			if d.clients[i].id == id {
				d.lastClient = uint32(i)
				return uint32(i), true
			}
		}
		return 0, false
	}
	i, ok := d.clientIndex[id]
	if ok {
		d.lastClient = i
	}
	return i, ok
}

// addClient finds the place of a client, making one when it is new.
func (d *Doc) addClient(id uint64) uint32 {
	if i, ok := d.client(id); ok {
		return i
	}
	const few = 8
	i := uint32(len(d.clients))
	d.clients = append(d.clients, clientState{id: id})
	if d.clientIndex != nil {
		d.clientIndex[id] = i
	} else if len(d.clients) > few {
		d.clientIndex = make(map[uint64]uint32, 2*few)
		for at := range d.clients {
			d.clientIndex[d.clients[at].id] = uint32(at)
		}
	}
	d.lastClient = i
	return i
}

// state is the number of clocks known of a client.
func (d *Doc) state(id uint64) uint32 {
	if i, ok := d.client(id); ok {
		return d.clients[i].state
	}
	return 0
}

// place is a position in the list of a client: a chunk and an index in it.
type place struct{ chunk, at int }

// locate finds the struct that holds a clock, which must be below the state of the client.
func (d *Doc) locate(c *clientState, clock uint32) place {
	ci := c.hint
	if ci >= len(c.chunks) || d.items[c.chunks[ci][0]].clock > clock ||
		ci+1 < len(c.chunks) && d.items[c.chunks[ci+1][0]].clock <= clock {
		lo, hi := 0, len(c.chunks)
		for hi-lo > 1 {
			mid := int(uint(lo+hi) >> 1)
			if d.items[c.chunks[mid][0]].clock <= clock {
				lo = mid
			} else {
				hi = mid
			}
		}
		ci = lo
		c.hint = ci
	}
	chunk := c.chunks[ci]
	lo, hi := 0, len(chunk)
	if d.items[chunk[hi-1]].clock <= clock {
		return place{ci, hi - 1}
	}
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if d.items[chunk[mid]].clock <= clock {
			lo = mid
		} else {
			hi = mid
		}
	}
	return place{ci, lo}
}

func (c *clientState) at(p place) handle { return c.chunks[p.chunk][p.at] }

// next is the place after p.
func (c *clientState) next(p place) (place, bool) {
	if p.at+1 < len(c.chunks[p.chunk]) {
		return place{p.chunk, p.at + 1}, true
	}
	return place{p.chunk + 1, 0}, p.chunk+1 < len(c.chunks)
}

// prev is the place before p.
func (c *clientState) prev(p place) (place, bool) {
	if p.at > 0 {
		return place{p.chunk, p.at - 1}, true
	}
	if p.chunk == 0 {
		return place{}, false
	}
	return place{p.chunk - 1, len(c.chunks[p.chunk-1]) - 1}, true
}

// end is the place of the last struct.
func (c *clientState) end() place {
	last := len(c.chunks) - 1
	return place{last, len(c.chunks[last]) - 1}
}

// countFrom is the number of structs at p and after it.
func (c *clientState) countFrom(p place) int {
	n := len(c.chunks[p.chunk]) - p.at
	for _, chunk := range c.chunks[p.chunk+1:] {
		n += len(chunk)
	}
	return n
}

// push adds a struct at the end.
func (c *clientState) push(h handle) {
	last := len(c.chunks) - 1
	if last < 0 {
		c.chunks = append(c.chunks, append(make([]handle, 0, 1), h))
		return
	}
	if len(c.chunks[last]) == chunkSize {
		c.chunks = append(c.chunks, append(make([]handle, 0, chunkSize/4), h))
		return
	}
	c.chunks[last] = append(c.chunks[last], h)
}

// insertAfter puts a struct behind the one at p and returns its place.
func (c *clientState) insertAfter(p place, h handle) place {
	chunk := c.chunks[p.chunk]
	if len(chunk) == chunkSize {
		half := slices.Clone(chunk[chunkSize/2:])
		c.chunks[p.chunk] = chunk[:chunkSize/2]
		c.chunks = slices.Insert(c.chunks, p.chunk+1, half)
		if p.at >= chunkSize/2 {
			p = place{p.chunk + 1, p.at - chunkSize/2}
		}
		chunk = c.chunks[p.chunk]
	}
	c.chunks[p.chunk] = slices.Insert(chunk, p.at+1, h)
	return place{p.chunk, p.at + 1}
}

// remove takes n structs out of one chunk, from p on.
func (c *clientState) remove(p place, n int) {
	c.chunks[p.chunk] = slices.Delete(c.chunks[p.chunk], p.at, p.at+n)
	if len(c.chunks[p.chunk]) == 0 {
		c.chunks = slices.Delete(c.chunks, p.chunk, p.chunk+1)
		return
	}
	// Chunks that became small join their neighbour, so that the directory stays short.
	if next := p.chunk + 1; next < len(c.chunks) && len(c.chunks[p.chunk])+len(c.chunks[next]) <= chunkSize/4 {
		c.chunks[p.chunk] = append(c.chunks[p.chunk], c.chunks[next]...)
		c.chunks = slices.Delete(c.chunks, next, next+1)
	}
}

// find gives the struct that holds an id.
func (d *Doc) find(id itemID) handle {
	c := &d.clients[id.client]
	return c.at(d.locate(c, id.clock))
}

// cleanStart gives the item that begins at an id, cutting the one that holds it when necessary.
// A collected struct is given as it is.
func (d *Doc) cleanStart(tx *Tx, id itemID) handle {
	return d.clients[id.client].at(d.cleanPlace(tx, id))
}

func (d *Doc) cleanPlace(tx *Tx, id itemID) place {
	c := &d.clients[id.client]
	p := d.locate(c, id.clock)
	h := c.at(p)
	if it := &d.items[h]; it.clock < id.clock && it.kind != kindGC {
		return c.insertAfter(p, d.splitItem(tx, h, id.clock-it.clock))
	}
	return p
}

// cleanEnd gives the item that ends at an id, cutting the one that holds it when necessary.
func (d *Doc) cleanEnd(tx *Tx, id itemID) handle {
	c := &d.clients[id.client]
	p := d.locate(c, id.clock)
	h := c.at(p)
	if it := &d.items[h]; it.last() != id.clock && it.kind != kindGC {
		c.insertAfter(p, d.splitItem(tx, h, id.clock-it.clock+1))
	}
	return h
}

// addStruct puts a struct at the end of its client's list.
func (d *Doc) addStruct(tx *Tx, h handle) {
	it := &d.items[h]
	c := &d.clients[it.client]
	tx.touch(c, it.client)
	c.push(h)
	c.state = it.end()
}

// compactArena gives a client a new arena without garbage, in clock order.
func (d *Doc) compactArena(c *clientState) {
	fresh := make([]byte, 0, len(c.arena)-int(c.garbage))
	for _, chunk := range c.chunks {
		for _, h := range chunk {
			if it := &d.items[h]; it.inArena() {
				from := uint32(len(fresh))
				fresh = append(fresh, c.arena[it.a:it.a+it.b]...)
				it.a = from
			}
		}
	}
	c.arena, c.garbage = fresh, 0
}

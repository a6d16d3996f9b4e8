package crdt

import "slices"

// itemID is the id of an item with the client as its place in the document's table.
type itemID struct{ client, clock uint32 }

// clientState is what a document knows of one client: its structs in clock order, and an arena
// with their content, in which neighbours in clock are neighbours in memory. Merging two runs of
// text then copies nothing.
type clientState struct {
	id      uint64
	chunks  [][]entry
	firsts  []uint32 // the first clock of each chunk
	arena   []byte
	garbage uint32 // bytes of the arena that no item refers to
	state   uint32 // the clock that the next struct will have
	hint    place  // of the last search
	tx      uint32 // the transaction that touched the client last
	span    uint32 // and its place in the spans of that transaction
}

// entry is a struct in a client's list. The clock is there so that a search touches little memory.
type entry struct {
	clock uint32
	item  handle
}

// chunkSize bounds the handles in one chunk, and with it what an insertion has to move.
const chunkSize = 128

// client finds the place of a client in the table.
func (d *Doc) client(id uint64) (uint32, bool) {
	hint := &d.clientHints[id%uint64(len(d.clientHints))]
	if int(*hint) < len(d.clients) && d.clients[*hint].id == id {
		return *hint, true
	}
	if d.clientIndex == nil {
		for i := range d.clients {
			if d.clients[i].id == id {
				*hint = uint32(i)
				return uint32(i), true
			}
		}
		return 0, false
	}
	i, ok := d.clientIndex[id]
	if ok {
		*hint = i
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
type place struct{ chunk, at int32 }

// locate finds the struct that holds a clock, which must be below the state of the client. People
// write on where they wrote last, so the last struct and the place of the last search come first.
func (c *clientState) locate(clock uint32) place {
	last := len(c.chunks) - 1
	tail := c.chunks[last]
	if tail[len(tail)-1].clock <= clock {
		return place{int32(last), int32(len(tail) - 1)}
	}
	if p := c.hint; int(p.chunk) <= last {
		if chunk := c.chunks[p.chunk]; int(p.at) < len(chunk) && chunk[p.at].clock <= clock {
			const near = 4
			for i := int(p.at) + 1; i < len(chunk) && i <= int(p.at)+near; i++ {
				if clock < chunk[i].clock {
					c.hint.at = int32(i - 1)
					return c.hint
				}
			}
		}
	}
	c.hint = c.search(clock)
	return c.hint
}

func (c *clientState) search(clock uint32) place {
	lo, hi := 0, len(c.firsts)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if c.firsts[mid] <= clock {
			lo = mid
		} else {
			hi = mid
		}
	}
	ci := lo
	chunk := c.chunks[ci]
	lo, hi = 0, len(chunk)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if chunk[mid].clock <= clock {
			lo = mid
		} else {
			hi = mid
		}
	}
	return place{int32(ci), int32(lo)}
}

func (c *clientState) at(p place) handle { return c.chunks[p.chunk][p.at].item }

// next is the place after p.
func (c *clientState) next(p place) (place, bool) {
	if int(p.at)+1 < len(c.chunks[p.chunk]) {
		return place{p.chunk, p.at + 1}, true
	}
	return place{p.chunk + 1, 0}, int(p.chunk)+1 < len(c.chunks)
}

// prev is the place before p.
func (c *clientState) prev(p place) (place, bool) {
	if p.at > 0 {
		return place{p.chunk, p.at - 1}, true
	}
	if p.chunk == 0 {
		return place{}, false
	}
	return place{p.chunk - 1, int32(len(c.chunks[p.chunk-1]) - 1)}, true
}

// end is the place of the last struct.
func (c *clientState) end() place {
	last := len(c.chunks) - 1
	return place{int32(last), int32(len(c.chunks[last]) - 1)}
}

// countFrom is the number of structs at p and after it.
func (c *clientState) countFrom(p place) int {
	n := len(c.chunks[p.chunk]) - int(p.at)
	for _, chunk := range c.chunks[p.chunk+1:] {
		n += len(chunk)
	}
	return n
}

// push adds a struct, which begins at the state, at the end.
func (c *clientState) push(h handle) {
	last := len(c.chunks) - 1
	e := entry{c.state, h}
	if last >= 0 && len(c.chunks[last]) < chunkSize {
		c.chunks[last] = append(c.chunks[last], e)
		return
	}
	room := 1
	switch {
	case last >= 3:
		room = chunkSize
	case last >= 0:
		room = chunkSize / 4
	}
	c.chunks = append(c.chunks, append(make([]entry, 0, room), e))
	c.firsts = append(c.firsts, c.state)
}

// insertAfter puts a struct behind the one at p and returns its place.
func (c *clientState) insertAfter(p place, e entry) place {
	chunk := c.chunks[p.chunk]
	if len(chunk) == chunkSize {
		half := slices.Clone(chunk[chunkSize/2:])
		c.chunks[p.chunk] = chunk[:chunkSize/2]
		c.chunks = slices.Insert(c.chunks, int(p.chunk)+1, half)
		c.firsts = slices.Insert(c.firsts, int(p.chunk)+1, half[0].clock)
		if p.at >= chunkSize/2 {
			p = place{p.chunk + 1, p.at - chunkSize/2}
		}
		chunk = c.chunks[p.chunk]
	}
	c.chunks[p.chunk] = slices.Insert(chunk, int(p.at)+1, e)
	return place{p.chunk, p.at + 1}
}

// removeFirst takes out the first struct of a chunk that is not the first one.
func (c *clientState) removeFirst(i int32) {
	chunk := slices.Delete(c.chunks[i], 0, 1)
	if len(chunk) == 0 {
		c.chunks = slices.Delete(c.chunks, int(i), int(i)+1)
		c.firsts = slices.Delete(c.firsts, int(i), int(i)+1)
		return
	}
	c.chunks[i] = chunk
	c.firsts[i] = chunk[0].clock
}

// tidy joins a chunk that became small with the one after it, so that the directory stays short.
func (c *clientState) tidy(i int32) {
	if next := int(i) + 1; next < len(c.chunks) && len(c.chunks[i])+len(c.chunks[next]) <= chunkSize/2 {
		c.chunks[i] = append(c.chunks[i], c.chunks[next]...)
		c.chunks = slices.Delete(c.chunks, next, next+1)
		c.firsts = slices.Delete(c.firsts, next, next+1)
	}
}

// find gives the struct that holds an id.
func (d *Doc) find(id itemID) handle {
	c := &d.clients[id.client]
	return c.at(c.locate(id.clock))
}

// cleanStart gives the item that begins at an id, cutting the one that holds it when necessary.
// A collected struct is given as it is.
func (d *Doc) cleanStart(tx *Tx, id itemID) handle {
	return d.clients[id.client].at(d.cleanPlace(tx, id))
}

func (d *Doc) cleanPlace(tx *Tx, id itemID) place {
	c := &d.clients[id.client]
	p := c.locate(id.clock)
	h := c.at(p)
	if it := &d.items[h]; it.clock < id.clock && it.kind != kindGC {
		return c.insertAfter(p, entry{id.clock, d.splitItem(tx, h, id.clock-it.clock)})
	}
	return p
}

// cleanEnd gives the item that ends at an id, cutting the one that holds it when necessary.
func (d *Doc) cleanEnd(tx *Tx, id itemID) handle {
	c := &d.clients[id.client]
	p := c.locate(id.clock)
	h := c.at(p)
	if it := &d.items[h]; it.last() != id.clock && it.kind != kindGC {
		c.insertAfter(p, entry{id.clock + 1, d.splitItem(tx, h, id.clock-it.clock+1)})
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
		for _, e := range chunk {
			if it := &d.items[e.item]; it.inArena() {
				from := uint32(len(fresh))
				fresh = append(fresh, c.arena[it.a:it.a+it.b]...)
				it.a = from
			}
		}
	}
	c.arena, c.garbage = fresh, 0
}

package crdt

import "fmt"

// Check verifies everything that must hold inside of a document and tells of the first thing that
// does not. It reads the whole document and is meant for tests and for doubt.
func (d *Doc) Check() error {
	listed, err := d.checkClients()
	if err != nil {
		return err
	}
	placed := 0
	for t := 1; t < len(d.types); t++ {
		n, err := d.checkType(typeID(t))
		if err != nil {
			return err
		}
		placed += n
	}
	for h := 1; h < len(d.items); h++ {
		it := &d.items[h]
		if it.kind == kindSkip || it.kind == kindGC {
			continue
		}
		listed--
		if it.in == 0 || int(d.typeOf(it)) >= len(d.types) {
			return fmt.Errorf("crdt: item %v has no parent", d.id(handle(h)))
		}
	}
	if listed != 0 {
		return fmt.Errorf("crdt: %d items are in no client's list", -listed)
	}
	free := 0
	for h := d.free; h != 0; h = d.items[h].right {
		free++
		if d.items[h].kind != kindSkip || free > len(d.items) {
			return fmt.Errorf("crdt: the list of free slots is damaged at %d", h)
		}
	}
	return nil
}

// checkClients verifies the lists in clock order and returns the number of items that are not
// collected.
func (d *Doc) checkClients() (int, error) {
	items := 0
	for i := range d.clients {
		c := &d.clients[i]
		clock, used := uint32(0), uint32(0)
		for ci, chunk := range c.chunks {
			if len(chunk) == 0 || len(chunk) > chunkSize || len(c.firsts) != len(c.chunks) || c.firsts[ci] != chunk[0].clock {
				return 0, fmt.Errorf("crdt: client %d: chunk %d has %d structs", c.id, ci, len(chunk))
			}
			for _, e := range chunk {
				h, it := e.item, &d.items[e.item]
				if it.kind == kindSkip || e.clock != clock || it.client != uint32(i) || it.clock != clock || it.length == 0 {
					return 0, fmt.Errorf("crdt: client %d: at clock %d stands %d of client %d with length %d, kind %d",
						c.id, clock, it.clock, it.client, it.length, it.kind)
				}
				if got := c.locate(clock); c.at(got) != h {
					return 0, fmt.Errorf("crdt: client %d: clock %d is not found", c.id, clock)
				}
				clock = it.end()
				if it.kind != kindGC {
					items++
				} else if !it.deleted() {
					return 0, fmt.Errorf("crdt: client %d: collected struct at %d is not deleted", c.id, it.clock)
				}
				if err := d.checkContent(c, it); err != nil {
					return 0, err
				}
				if it.inArena() {
					used += it.b
				}
			}
		}
		if clock != c.state {
			return 0, fmt.Errorf("crdt: client %d: structs end at %d, the state is %d", c.id, clock, c.state)
		}
		if used+c.garbage != uint32(len(c.arena)) {
			return 0, fmt.Errorf("crdt: client %d: arena of %d bytes, %d used, %d garbage", c.id, len(c.arena), used, c.garbage)
		}
	}
	return items, nil
}

func (d *Doc) checkContent(c *clientState, it *item) error {
	bad := func(what string) error {
		return fmt.Errorf("crdt: client %d, clock %d: %s", c.id, it.clock, what)
	}
	if it.inArena() && int(it.a)+int(it.b) > len(c.arena) {
		return bad("content outside of the arena")
	}
	switch it.kind {
	case kindString:
		n := 0
		for _, b := range d.content(it) {
			if b&0xc0 != 0x80 {
				n++
			}
			if b >= 0xf0 {
				n++
			}
		}
		if n != int(it.length) {
			return bad("text of another length")
		}
		if it.has(flagASCII) && it.b != it.length {
			return bad("text is not what its flag says")
		}
	case kindDeleted:
		if !it.deleted() {
			return bad("deleted content in an item that is not deleted")
		}
	case kindType:
		if int(it.a) >= len(d.types) || d.items[d.types[it.a].item] != *it {
			return bad("type and item do not know each other")
		}
	}
	return nil
}

// checkType verifies the lists of a type and returns the number of items in them.
func (d *Doc) checkType(t typeID) (int, error) {
	ty := &d.types[t]
	n, visible := 0, uint32(0)
	walk := func(first handle, sub uint32) (handle, error) {
		prev := handle(0)
		for h := first; h != 0; h = d.items[h].right {
			it := &d.items[h]
			if it.left != prev || d.typeOf(it) != t || d.keyOf(it) != sub || it.kind == kindGC || it.kind == kindSkip {
				return 0, fmt.Errorf("crdt: type %d: item %v is linked wrongly (left %d, want %d; parent %d; kind %d)", t, d.id(h), it.left, prev, d.typeOf(it), it.kind)
			}
			if sub == 0 && it.visible() {
				visible += it.length
			}
			if sub != 0 && it.right != 0 && !it.deleted() && !d.wasCut(it) {
				return 0, fmt.Errorf("crdt: type %d: item %v is not the last of its key and not deleted", t, d.id(h))
			}
			if ty.item != 0 && d.items[ty.item].deleted() && !it.deleted() {
				return 0, fmt.Errorf("crdt: type %d: item %v outlives its parent", t, d.id(h))
			}
			prev = h
			n++
			if n > len(d.items) {
				return 0, fmt.Errorf("crdt: type %d: the list is a circle", t)
			}
		}
		return prev, nil
	}
	if _, err := walk(ty.start, 0); err != nil {
		return 0, err
	}
	if visible != ty.length && (ty.item == 0 || d.items[ty.item].kind == kindType) {
		return 0, fmt.Errorf("crdt: type %d: length %d, counted %d", t, ty.length, visible)
	}
	keys := uint32(0)
	for e := ty.entries; e != 0; e = d.entries[e].next {
		entry := d.entries[e]
		keys++
		last, err := walk(entry.first, entry.key)
		if err != nil {
			return 0, err
		}
		if last != entry.item || d.lookup(t, entry.key) != entry.item {
			return 0, fmt.Errorf("crdt: type %d: key %q does not lead to its last item", t, d.names[entry.key])
		}
	}
	if keys != ty.keys {
		return 0, fmt.Errorf("crdt: type %d: %d keys, counted %d", t, ty.keys, keys)
	}
	return n, nil
}

// wasCut says whether what an item holds goes on in another one in the same place. No editor makes a
// value of several units under one key that lives, but when one comes in and is cut, both parts live.
func (d *Doc) wasCut(it *item) bool {
	c := &d.clients[it.client]
	if it.end() >= c.state {
		return false
	}
	rest := &d.items[c.at(c.locate(it.end()))]
	return rest.in == it.in && rest.originClient == it.client && rest.originClock == it.end()-1
}

package crdt

import "slices"

// cleanUp ends a transaction: it sorts what was deleted, tells the observers, removes formats that
// became superfluous (in a new transaction), forgets deleted content, merges what became
// neighbours, and sends the update. The order is that of every other peer, because it shows in the
// bytes.
func (d *Doc) cleanUp(tx *Tx, index int) {
	if tx.copy != nil {
		d.live.sendCopies(tx)
		return
	}
	tx.sortDeletes()
	for i := range tx.spans {
		tx.spans[i].after = d.clients[tx.spans[i].client].state
	}
	d.notify(tx)
	if tx.formats {
		d.cleanFormats(tx)
	}
	if d.gc {
		d.collect(tx)
	}
	d.mergeDeleted(tx)
	d.mergeAdded(tx)
	d.mergeCut(tx)
	d.compact(tx)
	if !tx.local {
		d.avoidClash(tx)
	}
	d.emit(tx, index)
	d.updateSubDocs(tx)
}

// avoidClash takes another client id when a received update used ours.
func (d *Doc) avoidClash(tx *Tx) {
	for _, s := range tx.spans {
		if s.before != s.after && d.clients[s.client].id == d.clientID {
			d.clientID = randomClientID()
			return
		}
	}
}

// collect forgets the content of what the transaction deleted.
func (d *Doc) collect(tx *Tx) {
	if tx.deleted == 0 {
		return
	}
	for _, r := range slices.Backward(tx.dels) {
		c := &d.clients[r.client]
		p := c.locate(r.clock)
		for ok := true; ok; p, ok = c.next(p) {
			h := c.at(p)
			it := &d.items[h]
			if it.clock >= r.end() {
				break
			}
			if it.kind == kindGC || !it.deleted() || it.has(flagKeep) {
				continue
			}
			if d.gcFilter != nil && !d.gcFilter(&Deleted{d, h}) {
				continue
			}
			d.collectItem(h, false)
		}
	}
}

// collectItem forgets the content of a deleted item, and when its parent is gone as well, that it
// ever was an item.
func (d *Doc) collectItem(h handle, withParent bool) {
	it := &d.items[h]
	if it.kind == kindType {
		d.collectChildren(it.a)
	}
	d.shrink(h, withParent)
}

func (d *Doc) shrink(h handle, withParent bool) {
	it := &d.items[h]
	if it.kind != kindGC {
		d.dropContent(it)
	}
	if !withParent {
		it.kind = kindDeleted
		it.unset(flagASCII)
		return
	}
	if it.has(flagRedone) {
		delete(d.redone, itemID{it.client, it.clock})
	}
	*it = item{client: it.client, clock: it.clock, length: it.length, kind: kindGC, flags: flagDeleted}
}

// collectChildren turns everything inside of a deleted type into collected structs.
func (d *Doc) collectChildren(t typeID) {
	work := []typeID{t}
	visit := func(h handle) {
		if it := &d.items[h]; it.kind == kindType {
			work = append(work, it.a)
		}
		d.shrink(h, true)
	}
	for len(work) > 0 {
		t := work[len(work)-1]
		work = work[:len(work)-1]
		for h := d.types[t].start; h != 0; {
			next := d.items[h].right
			visit(h)
			h = next
		}
		d.types[t].start = 0
		for e := d.types[t].entries; e != 0; e = d.entries[e].next {
			for h := d.entries[e].item; h != 0; {
				next := d.items[h].left
				visit(h)
				h = next
			}
		}
		d.clearEntries(t)
		d.dropMarkers(t)
	}
}

// mergeLeft merges the struct at p with those before it for as long as that works, and returns how
// many structs vanished and where the last one to remain is.
func (d *Doc) mergeLeft(c *clientState, p place) (int, place) {
	merged := 0
	for {
		// Within a chunk what vanishes lies together and is taken out at once.
		chunk := c.chunks[p.chunk]
		at := int(p.at)
		for at > 0 && d.mergeItems(chunk[at-1].item, chunk[at].item) {
			at--
		}
		if run := int(p.at) - at; run > 0 {
			merged += run
			p.at = int32(at)
			c.chunks[p.chunk] = slices.Delete(chunk, at+1, at+run+1)
		}
		if p.at > 0 || p.chunk == 0 {
			break
		}
		before := place{p.chunk - 1, int32(len(c.chunks[p.chunk-1]) - 1)}
		if !d.mergeItems(c.at(before), c.at(p)) {
			break
		}
		merged++
		c.removeFirst(p.chunk)
		p = before
	}
	if merged > 0 && len(c.chunks) > 1 {
		c.tidy(p.chunk)
	}
	return merged, p
}

// mergeDeleted merges around what was deleted, from right to left.
func (d *Doc) mergeDeleted(tx *Tx) {
	for _, r := range slices.Backward(tx.dels) {
		if tx.added(r.client, r.clock) {
			continue // mergeAdded comes by anyway
		}
		c := &d.clients[r.client]
		p := c.locate(r.end() - 1)
		if n, ok := c.next(p); ok {
			p = n
		}
		for ok := true; ok && d.items[c.at(p)].clock >= r.clock; {
			if p == (place{}) {
				break
			}
			_, p = d.mergeLeft(c, p)
			p, ok = c.prev(p)
		}
	}
}

// mergeAdded merges new structs with each other and with what was there, from right to left.
func (d *Doc) mergeAdded(tx *Tx) {
	if tx.settled && d.generation == tx.generation {
		return
	}
	for _, s := range tx.spans {
		if s.before == s.after {
			continue
		}
		c := &d.clients[s.client]
		first := uint32(0)
		if s.before > 0 {
			first = d.items[c.at(c.locate(s.before))].clock
		}
		for p, ok := c.end(), true; ok && p != (place{}) && d.items[c.at(p)].clock >= first; {
			_, p = d.mergeLeft(c, p)
			p, ok = c.prev(p)
		}
	}
}

// mergeCut merges the halves of items that were cut, and other candidates, last one first.
func (d *Doc) mergeCut(tx *Tx) {
	for _, id := range slices.Backward(tx.merges) {
		c := &d.clients[id.client]
		p := c.locate(id.clock)
		if n, ok := c.next(p); ok {
			merged, at := d.mergeLeft(c, n)
			if merged > 1 {
				continue
			}
			if merged == 1 {
				p = at
			}
		}
		if p != (place{}) {
			d.mergeLeft(c, p)
		}
	}
}

// compact gives arenas that hold mostly garbage a smaller one.
func (d *Doc) compact(tx *Tx) {
	const worth = 1 << 12
	for i := range tx.dels {
		c := &d.clients[tx.dels[i].client]
		if c.garbage > worth && c.garbage > uint32(len(c.arena)/2) {
			d.compactArena(c)
		}
	}
	for i := range tx.merges {
		c := &d.clients[tx.merges[i].client]
		if c.garbage > worth && c.garbage > uint32(len(c.arena)/2) {
			d.compactArena(c)
		}
	}
}

// Deleted is a deleted item that is about to be collected; see WithGCFilter.
type Deleted struct {
	doc *Doc
	h   handle
}

// ID is the client and clock of the item's first unit.
func (x *Deleted) ID() ID { return x.doc.id(x.h) }

// Len is the number of units.
func (x *Deleted) Len() int { return int(x.doc.items[x.h].length) }

// WithGCFilter has keep asked before deleted content is forgotten: it returns true for what may go.
func WithGCFilter(mayGo func(*Deleted) bool) Option { return func(d *Doc) { d.gcFilter = mayGo } }

// ID names one unit of a document: the client that made it, and that client's count of units before
// it.
type ID struct {
	Client uint64
	Clock  uint32
}

func (d *Doc) id(h handle) ID {
	it := &d.items[h]
	return ID{d.clients[it.client].id, it.clock}
}

package crdt

// integrate gives an item its place between its neighbours: those that its author saw, or, where
// others wrote at the same spot, the place that every peer agrees on. The item has its neighbours,
// origins, parent and content; the parent is known.
func (d *Doc) integrate(tx *Tx, h handle) {
	it := &d.items[h]
	left, right := it.left, it.right
	if left == 0 && (right == 0 || d.items[right].left != 0) || left != 0 && d.items[left].right != right {
		left = d.settleConflicts(h)
		it.left = left
	}
	ty := &d.types[it.parent]
	if left != 0 {
		right = d.items[left].right
		d.items[left].right = h
	} else if it.sub != 0 {
		right = d.first(d.lookup(it.parent, it.sub))
	} else {
		right = ty.start
		ty.start = h
	}
	it.right = right
	if right != 0 {
		d.items[right].left = h
	} else if it.sub != 0 {
		d.setEntry(it.parent, it.sub, h)
		if left != 0 {
			d.deleteItem(tx, left)
		}
	}
	if it.sub == 0 && it.countable() {
		ty.length += it.length
	}
	d.addStruct(tx, h)
	switch it.kind {
	case kindDeleted:
		tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
		it.set(flagDeleted)
	case kindFormat:
		ty.formats = true
		if ty.markers {
			d.dropMarkers(it.parent)
		}
	case kindType:
		d.types[it.a].item = h
	case kindDoc:
		d.docAdded(tx, it)
	}
	tx.noteChange(it.parent, it.sub)
	if ty.item != 0 && d.items[ty.item].deleted() || it.sub != 0 && right != 0 {
		d.deleteItem(tx, h)
	}
}

// first is the leftmost item of the list that h is in.
func (d *Doc) first(h handle) handle {
	for h != 0 && d.items[h].left != 0 {
		h = d.items[h].left
	}
	return h
}

// settleConflicts finds the left neighbour of an item between whose intended neighbours others
// stand. Two sets decide: the items passed, and those of them that compete for the same spot. Both
// are kept as stamps: an item is in a set when its stamp is at least that of the set.
func (d *Doc) settleConflicts(h handle) handle {
	it := &d.items[h]
	left := it.left
	var o handle
	switch {
	case left != 0:
		o = d.items[left].right
	case it.sub != 0:
		o = d.first(d.lookup(it.parent, it.sub))
	default:
		o = d.types[it.parent].start
	}
	if o == 0 || o == it.right {
		return left
	}
	if n := len(d.items); len(d.stamps) < n {
		d.stamps = append(d.stamps, make([]uint32, n-len(d.stamps))...)
	}
	if d.stamp > 1<<31 {
		clear(d.stamps)
		d.stamp = 0
	}
	d.stamp++
	passed, competing := d.stamp, d.stamp
	own := d.clients[it.client].id
	for o != 0 && o != it.right {
		d.stamps[o] = d.stamp
		other := &d.items[o]
		if it.sameOrigin(other) {
			if d.clients[other.client].id < own {
				left = o
				d.stamp++
				competing = d.stamp
			} else if it.sameRight(other) {
				break
			}
		} else if !other.hasOrigin() {
			break
		} else {
			at := d.stamps[d.find(itemID{other.originClient, other.originClock})]
			if at < passed {
				break
			}
			if at < competing {
				left = o
				d.stamp++
				competing = d.stamp
			}
		}
		o = other.right
	}
	return left
}

// deleteItem marks an item as deleted, with everything inside of it.
func (d *Doc) deleteItem(tx *Tx, h handle) {
	it := &d.items[h]
	if it.deleted() {
		return
	}
	if it.sub == 0 && it.countable() {
		d.types[it.parent].length -= it.length
	}
	it.set(flagDeleted)
	tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
	tx.noteChange(it.parent, it.sub)
	switch it.kind {
	case kindType:
		d.deleteChildren(tx, it.a)
	case kindDoc:
		d.docRemoved(tx, it)
	}
}

// deleteChildren deletes the content of a type and of the types in it, without recursion: how deep
// a document is nested is up to strangers.
func (d *Doc) deleteChildren(tx *Tx, t typeID) {
	work := []typeID{t}
	visit := func(h handle) {
		it := &d.items[h]
		if it.deleted() {
			// It will be collected with its parent, and may merge with a neighbour then.
			if it.clock < tx.before(it.client) {
				tx.merges = append(tx.merges, itemID{it.client, it.clock})
			}
			return
		}
		if it.sub == 0 && it.countable() {
			d.types[it.parent].length -= it.length
		}
		it.set(flagDeleted)
		tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
		switch it.kind {
		case kindType:
			work = append(work, it.a)
		case kindDoc:
			d.docRemoved(tx, it)
		}
	}
	for len(work) > 0 {
		t := work[len(work)-1]
		work = work[:len(work)-1]
		for h := d.types[t].start; h != 0; h = d.items[h].right {
			visit(h)
		}
		for e := d.types[t].entries; e != 0; e = d.entries[e].next {
			visit(d.entries[e].item)
		}
	}
}

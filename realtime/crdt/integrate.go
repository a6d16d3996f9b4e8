package crdt

import "sync"

// integrate gives an item its place between its neighbours: those that its author saw, or, where
// others wrote at the same spot, the place that every peer agrees on. The item has its neighbours,
// origins, parent and content; the parent is known.
func (d *Doc) integrate(tx *Tx, h handle) {
	d.addStruct(tx, h)
	d.link(tx, h)
}

// link is integrate for an item that is in its client's list already.
func (d *Doc) link(tx *Tx, h handle) {
	it := &d.items[h]
	left, right := it.left, it.right
	if left == 0 && (right == 0 || d.items[right].left != 0) || left != 0 && d.items[left].right != right {
		left = d.settleConflicts(h)
		it.left = left
	}
	t := d.typeOf(it)
	ty := &d.types[t]
	keyed := it.keyed()
	if left != 0 {
		right = d.items[left].right
		d.items[left].right = h
	} else if keyed {
		right = d.entryOf(it).first
		d.entryOf(it).first = h
	} else {
		right = ty.start
		ty.start = h
	}
	it.right = right
	if right != 0 {
		d.items[right].left = h
	} else if keyed {
		d.entryOf(it).item = h
		if left != 0 {
			d.deleteItem(tx, left)
		}
	}
	if !keyed && it.countable() {
		ty.length += it.length
	}
	switch it.kind {
	case kindDeleted:
		tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
		it.set(flagDeleted)
	case kindFormat:
		ty.formats = true
		if ty.markers {
			d.dropMarkers(t)
		}
	case kindType:
		d.types[it.a].item = h
	case kindDoc:
		d.docAdded(tx, it)
	}
	tx.noteChange(it)
	if ty.item != 0 && d.items[ty.item].deleted() || keyed && right != 0 {
		d.deleteItem(tx, h)
	}
}

// stamps say for each item, by handle, when a conflict search passed it. They are borrowed for the
// time of a transaction; what an earlier borrower left in them is older than any search to come.
type stamps struct {
	of  []uint32
	now uint32
}

var stampPool = sync.Pool{New: func() any { return new(stamps) }}

func (s *stamps) cover(n int) {
	if s.now > 1<<31 {
		clear(s.of)
		s.now = 0
	}
	if len(s.of) < n {
		s.of = append(s.of, make([]uint32, n-len(s.of))...)
	}
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
	case it.keyed():
		o = d.entryOf(it).first
	default:
		o = d.types[it.in].start
	}
	if o == 0 || o == it.right {
		return left
	}
	s := d.stamps
	if s == nil {
		s = stampPool.Get().(*stamps)
		d.stamps = s
	}
	s.cover(len(d.items))
	s.now++
	passed, competing := s.now, s.now
	own := d.clients[it.client].id
	for o != 0 && o != it.right {
		s.of[o] = s.now
		other := &d.items[o]
		if it.sameOrigin(other) {
			if d.clients[other.client].id < own {
				left = o
				s.now++
				competing = s.now
			} else if it.sameRight(other) {
				break
			}
		} else if !other.hasOrigin() {
			break
		} else {
			at := s.of[d.find(itemID{other.originClient, other.originClock})]
			if at < passed {
				break
			}
			if at < competing {
				left = o
				s.now++
				competing = s.now
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
	if it.countable() && !it.keyed() {
		d.types[it.in].length -= it.length
	}
	it.set(flagDeleted)
	tx.deleted++
	tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
	tx.noteChange(it)
	switch it.kind {
	case kindType:
		d.deleteChildren(tx, it.a)
	case kindDoc:
		d.docRemoved(tx, it)
	}
}

// deleteChildren deletes the content of a type and of the types in it: depth first, because the
// order in which clients lose something shows later, but without recursion, because how deep a
// document is nested is up to strangers.
func (d *Doc) deleteChildren(tx *Tx, t typeID) {
	type level struct {
		item  handle // next in the list
		entry uint32 // next key after that
	}
	open := func(t typeID) level { return level{d.types[t].start, d.types[t].entries} }
	stack := []level{open(t)}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		h := top.item
		switch {
		case h != 0:
			top.item = d.items[h].right
		case top.entry != 0:
			h = d.entries[top.entry].item
			top.entry = d.entries[top.entry].next
			if h == 0 {
				continue
			}
		default:
			stack = stack[:len(stack)-1]
			continue
		}
		it := &d.items[h]
		if it.deleted() {
			// It will be collected with its parent, and may merge with a neighbour then.
			if it.clock < tx.before(it.client) {
				tx.merges = append(tx.merges, itemID{it.client, it.clock})
			}
			continue
		}
		if it.countable() && !it.keyed() {
			d.types[it.in].length -= it.length
		}
		it.set(flagDeleted)
		tx.deleted++
		tx.dels = append(tx.dels, clientRange{it.client, it.clock, it.length})
		switch it.kind {
		case kindType:
			stack = append(stack, open(it.a))
		case kindDoc:
			d.docRemoved(tx, it)
		}
	}
}

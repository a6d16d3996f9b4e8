package crdt

import (
	"cmp"
	"slices"
	"sync"
)

// Tx is a transaction: changes that belong together, are cleaned up together and leave as one
// update. It is only valid inside the function that received it.
type Tx struct {
	doc    *Doc
	origin any
	local  bool

	generation uint32
	spans      []clientSpan
	dels       []clientRange
	changed    []change
	merges     []itemID // items that were cut, or may merge for another reason
	deleted    int      // items that were deleted, not counting those that came in deleted
	formats    bool     // formats may have become superfluous
	settled    bool     // of the added structs only those in merges can merge, unless a later transaction changed some
	copy       []byte   // the received update is the one to send: there is nothing to clean up

	docsAdded, docsRemoved, docsLoaded []*SubDoc
	changedParents                     map[typeID][]*Event
}

// clientSpan is what a transaction added to one client.
type clientSpan struct{ client, before, after uint32 }

// clientRange is a range of clocks, with the client as its place in the document's table.
type clientRange struct{ client, clock, len uint32 }

func (r clientRange) end() uint32 { return r.clock + r.len }

// change says that the list (key 0) or a key of a type changed.
type change struct {
	typ typeID
	key uint32
}

// Origin is what the transaction was begun with.
func (tx *Tx) Origin() any { return tx.origin }

// Local says whether the change was made here, not received.
func (tx *Tx) Local() bool { return tx.local }

// Doc is the document that changes.
func (tx *Tx) Doc() *Doc { return tx.doc }

// Transact makes the changes of f one transaction. Inside of another transaction f simply becomes
// part of it. Changes are not undone when f panics.
func (d *Doc) Transact(origin any, f func(tx *Tx)) { d.transact(origin, true, f) }

func (d *Doc) transact(origin any, local bool, f func(tx *Tx)) {
	if d.tx != nil {
		f(d.tx)
		return
	}
	tx := d.begin(origin, local)
	defer d.commit(tx)
	f(tx)
}

func (d *Doc) begin(origin any, local bool) *Tx {
	tx := txPool.Get().(*Tx)
	d.generation++
	tx.doc, tx.origin, tx.local, tx.generation = d, origin, local, d.generation
	d.tx = tx
	d.cleanups = append(d.cleanups, tx)
	return tx
}

// commit ends the transaction. Clean-ups run one after the other: a listener may have begun others.
func (d *Doc) commit(tx *Tx) {
	d.tx = nil
	if d.stamps != nil {
		stampPool.Put(d.stamps)
		d.stamps = nil
	}
	if d.cleanups[0] != tx {
		return // the clean-up that is under way will come to it
	}
	done := false
	defer func() {
		if !done {
			d.cleanups = nil // a listener panicked; the next transaction must not wait for this one
		}
	}()
	for i := 0; i < len(d.cleanups); i++ {
		d.cleanUp(d.cleanups[i], i)
	}
	done = true
	for i, tx := range d.cleanups {
		d.cleanups[i] = nil
		if cap(tx.spans)+cap(tx.dels)+cap(tx.merges)+cap(tx.changed) < 1<<16 {
			tx.reset()
			txPool.Put(tx)
		}
	}
	d.cleanups = d.cleanups[:0]
}

var txPool = sync.Pool{New: func() any { return new(Tx) }}

// reset forgets the transaction but for its memory.
func (tx *Tx) reset() {
	tx.doc = nil
	tx.origin, tx.deleted, tx.formats, tx.settled, tx.copy, tx.changedParents = nil, 0, false, false, nil, nil
	tx.spans, tx.dels, tx.changed, tx.merges = tx.spans[:0], tx.dels[:0], tx.changed[:0], tx.merges[:0]
	if tx.docsAdded != nil || tx.docsRemoved != nil || tx.docsLoaded != nil {
		tx.docsAdded, tx.docsRemoved, tx.docsLoaded = nil, nil, nil
	}
}

// touch notes the state of a client before the transaction adds to it.
func (tx *Tx) touch(c *clientState, index uint32) {
	if c.tx != tx.generation {
		c.tx, c.span = tx.generation, uint32(len(tx.spans))
		tx.spans = append(tx.spans, clientSpan{client: index, before: c.state})
	}
}

// before is the state of a client before the transaction, which must be the one being made.
func (tx *Tx) before(client uint32) uint32 {
	c := &tx.doc.clients[client]
	if c.tx == tx.generation {
		return tx.spans[c.span].before
	}
	return c.state
}

// added says whether a clock came with the transaction, which need not be the present one.
func (tx *Tx) added(client, clock uint32) bool {
	if len(tx.spans) > 16 && tx.doc.clients[client].tx != tx.generation {
		return false // it may be, but looking it up costs more than it saves
	}
	if len(tx.spans) > 16 {
		return clock >= tx.spans[tx.doc.clients[client].span].before
	}
	for _, s := range tx.spans {
		if s.client == client {
			return clock >= s.before && s.before != s.after
		}
	}
	return false
}

// noteChange records that a type changed, unless the type itself is new or gone: then its parent
// changed.
func (tx *Tx) noteChange(it *item) {
	d := tx.doc
	t, key := it.in, uint32(0)
	if it.keyed() {
		t, key = d.entryOf(it).typ, d.entryOf(it).key
	}
	ty := &d.types[t]
	if ty.listed == tx.generation && key == 0 {
		return
	}
	if ty.item != 0 {
		if of := &d.items[ty.item]; of.deleted() || of.clock >= tx.before(of.client) {
			ty.listed = tx.generation // the answer stays the same
			return
		}
	}
	if key == 0 {
		ty.listed = tx.generation
	} else if n := len(tx.changed); n > 0 && tx.changed[n-1] == (change{t, key}) {
		return
	}
	tx.changed = append(tx.changed, change{t, key})
}

// sortDeletes sorts the deleted ranges by clock within each client and joins those that touch.
// Clients stay in the order in which they first appear, because formats are cleaned in that order.
func (tx *Tx) sortDeletes() {
	if tx.delsSorted() {
		return
	}
	tx.groupDeletes()
	out := tx.dels[:1]
	for _, r := range tx.dels[1:] {
		last := &out[len(out)-1]
		if last.client == r.client && last.end() >= r.clock {
			if r.end() > last.end() {
				last.len = r.end() - last.clock
			}
			continue
		}
		out = append(out, r)
	}
	tx.dels = out
}

// groupDeletes brings the ranges of each client together, sorted. They mostly are sorted already.
func (tx *Tx) groupDeletes() {
	byClock := func(a, b clientRange) int { return cmp.Compare(a.clock, b.clock) }
	const few = 16
	if n := len(tx.dels); n <= few {
		var out [few]clientRange
		at := 0
		for i, r := range tx.dels {
			if slices.ContainsFunc(tx.dels[:i], func(x clientRange) bool { return x.client == r.client }) {
				continue
			}
			from := at
			for _, x := range tx.dels[i:] {
				if x.client == r.client {
					out[at] = x
					at++
				}
			}
			slices.SortFunc(out[from:at], byClock)
		}
		copy(tx.dels, out[:n])
		return
	}
	const none = -1
	place := make([]int32, len(tx.doc.clients)) // per client its place among those that lost something
	for i := range place {
		place[i] = none
	}
	var next []int // per place where its next range goes
	for _, r := range tx.dels {
		if place[r.client] == none {
			place[r.client] = int32(len(next))
			next = append(next, 0)
		}
		next[place[r.client]]++
	}
	from := 0
	for i, n := range next {
		next[i] = from
		from += n
	}
	out := make([]clientRange, len(tx.dels))
	for _, r := range tx.dels {
		at := &next[place[r.client]]
		out[*at] = r
		*at++
	}
	from = 0
	for _, to := range next {
		if group := out[from:to]; !slices.IsSortedFunc(group, byClock) {
			slices.SortFunc(group, byClock)
		}
		from = to
	}
	tx.dels = out
}

// delsSorted says whether the ranges are of one client, sorted and apart: most are.
func (tx *Tx) delsSorted() bool {
	for i := 1; i < len(tx.dels); i++ {
		a, b := &tx.dels[i-1], &tx.dels[i]
		if a.client != b.client || a.end() >= b.clock {
			return false
		}
	}
	return true
}

// deletedIDs gives the deleted ranges in the order for writing.
func (tx *Tx) deletedIDs() []clockRange {
	out := make([]clockRange, len(tx.dels))
	for i, r := range tx.dels {
		out[i] = clockRange{tx.doc.clients[r.client].id, r.clock, r.len}
	}
	return sortRanges(out)
}

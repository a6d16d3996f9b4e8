package crdt

import (
	"slices"
	"sync"

	"samenwijk/realtime/lib0"
)

// pendingStructs are structs that arrived before others they build on.
type pendingStructs struct {
	updates [][]byte          // v2 updates that hold them together, in the order of their arrival
	missing map[uint64]uint32 // the clocks, per client, that would let some of them in
}

// What waits is merged update by update, as peers do, so that the bytes are theirs; beyond so many and so
// many bytes all at once: a document in which very much waits for what never came would otherwise read
// all of it again with each update.
const (
	fewPending   = 16
	smallPending = 64 << 10
)

// merged is all that waits as one v2 update.
func (p *pendingStructs) merged() []byte {
	size := 0
	for _, u := range p.updates {
		size += len(u)
	}
	if len(p.updates) > fewPending && size > smallPending {
		p.updates = [][]byte{mustMerge(p.updates...)}
	}
	for len(p.updates) > 1 {
		p.updates[1] = mustMerge(p.updates[:2]...)
		p.updates = p.updates[1:]
	}
	return p.updates[0]
}

// ApplyUpdate brings a v1 update into the document. The bytes are decoded and checked as a whole
// before anything changes, so after an error the document is what it was. What the document knows
// already is skipped; what builds on something it does not know yet waits inside the document.
// The origin is handed to listeners.
func (d *Doc) ApplyUpdate(update []byte, origin any) error {
	return d.applyUpdate(update, origin, false)
}

// ApplyUpdateV2 is ApplyUpdate for format v2.
func (d *Doc) ApplyUpdateV2(update []byte, origin any) error {
	return d.applyUpdate(update, origin, true)
}

func (d *Doc) applyUpdate(b []byte, origin any, v2 bool) error {
	if !v2 && d.applyKeystroke(b, origin) {
		return nil
	}
	if len(b) >= loadWorth && d.load(b, origin, v2) {
		return nil
	}
	return d.applyAny(b, origin, v2)
}

// applyAny takes in an update of any kind.
func (d *Doc) applyAny(b []byte, origin any, v2 bool) error {
	r := newReader(d.limits)
	defer r.release()
	u, err := r.readUpdate(b, v2)
	if err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	tx := d.tx
	if tx == nil {
		tx = d.begin(origin, false)
		defer d.commit(tx)
	}
	d.apply(tx, u)
	return nil
}

// check finds what no peer writes and what would not fit into a document.
func (u *update) check() error {
	for i := range u.refs {
		r := &u.refs[i]
		if r.oClient == r.client && r.info&infoOrigin != 0 && r.oClock >= r.clock ||
			r.rClient == r.client && r.info&infoRight != 0 && r.rClock >= r.clock ||
			r.hasParent() && r.flags&refName == 0 && r.pClient == r.client && r.pClock >= r.clock {
			return errBuildsOnItself(int(r.from))
		}
	}
	if len(u.blocks) > 1 {
		u.sortBlocks()
		for i := range u.blocks[1:] {
			if u.blocks[i].client == u.blocks[i+1].client {
				return &lib0.Error{Kind: ErrMalformed, At: 0, What: "two blocks of one client"}
			}
		}
	}
	return nil
}

func errBuildsOnItself(at int) error {
	return &lib0.Error{Kind: ErrMalformed, At: at, What: "a struct builds on itself or on a later one"}
}

// apply integrates a decoded and checked update.
func (d *Doc) apply(tx *Tx, u *update) {
	tx.local = false
	retry := false
	d.makeRoom(u)
	rest := d.integrateStructs(tx, u)
	if p := d.pending; p != nil {
		for client, clock := range p.missing {
			if clock < d.state(client) {
				retry = true
				break
			}
		}
		if rest != nil {
			for client, clock := range rest.missing {
				if known, ok := p.missing[client]; !ok || known > clock {
					p.missing[client] = clock
				}
			}
			p.updates = append(p.updates, rest.updates...)
		}
	} else {
		d.pending = rest
	}
	waiting := d.applyDeletes(tx, u.dels)
	if len(d.pendingDeletes) > 0 {
		more := d.applyDeletes(tx, d.pendingDeletes)
		waiting = mergeRanges(append(waiting, more...))
	}
	d.pendingDeletes = waiting
	if retry {
		again := d.pending.merged()
		d.pending = nil
		r := newReader(unlimited)
		defer r.release()
		u, err := r.readUpdate(again, true)
		if err == nil {
			err = u.check()
		}
		if err != nil {
			panic("crdt: own pending update is not readable: " + err.Error())
		}
		d.apply(tx, u)
	}
}

// many is the number of structs from which it pays to count what an update brings.
const many = 32

// makeRoom grows the slab once, where an update brings many structs.
func (d *Doc) makeRoom(u *update) {
	if len(u.refs) < many {
		return
	}
	items, types, keys := 1, 0, 0
	for _, b := range u.blocks {
		state := d.state(b.client)
		for i := b.to - 1; i >= b.from && u.refs[i].end() > state; i-- {
			items++
			if u.refs[i].kind() == kindType {
				types++
			}
			if u.refs[i].hasSub() {
				keys++
			}
		}
	}
	d.items = slices.Grow(d.items, items)
	if types > 0 {
		d.types = slices.Grow(d.types, types+1)
	}
	if keys > 0 {
		d.entries = slices.Grow(d.entries, keys+1)
	}
}

// makeArena does the same for the content of a client, of which nothing came in yet.
func (d *Doc) makeArena(u *update, b *block) {
	size := 0
	for i := b.from; i < b.to; i++ {
		switch r := &u.refs[i]; r.kind() {
		case kindString, kindAny, kindJSON, kindBinary:
			size += int(r.data.n)
		}
	}
	if size > 0 {
		c := &d.clients[d.addClient(b.client)]
		c.arena = slices.Grow(c.arena, size)
	}
}

// unlimited are the limits for bytes that this package wrote itself.
var unlimited = Limits{Bytes: 1<<31 - 1, Structs: 1<<31 - 1, Clients: 1<<31 - 1, Depth: 1 << 20}

func mustMerge(updates ...[]byte) []byte {
	out, err := mergeWithin(updates, true, unlimited)
	if err != nil {
		panic("crdt: own pending update is not readable: " + err.Error())
	}
	return out
}

// links are the places in the table of the clients that a struct builds on.
type links struct{ origin, right, parent uint32 }

// missing says which client has not been heard of far enough for a struct to come in.
func (d *Doc) missing(r *structRef) (l links, client uint64, missing bool) {
	lacks := func(client uint64, clock uint32) (uint32, bool) {
		i, known := d.client(client)
		return i, client != r.client && (!known || clock >= d.clients[i].state)
	}
	if r.info&infoOrigin != 0 {
		if l.origin, missing = lacks(r.oClient, r.oClock); missing {
			return l, r.oClient, true
		}
	}
	if r.info&infoRight != 0 {
		if l.right, missing = lacks(r.rClient, r.rClock); missing {
			return l, r.rClient, true
		}
	}
	if r.hasParent() && r.flags&refName == 0 {
		if l.parent, missing = lacks(r.pClient, r.pClock); missing {
			return l, r.pClient, true
		}
	}
	return l, 0, false
}

// integrateStructs brings in every struct that builds on known ones, highest client first, and
// gives back the others. When a struct needs another one of the same update, that comes first.
func (d *Doc) integrateStructs(tx *Tx, u *update) *pendingStructs {
	if len(u.refs) == 0 {
		return nil
	}
	in := intake{d: d, tx: tx, u: u, top: len(u.blocks) - 1}
	if len(u.refs) >= bulkWorth {
		in.bulk = bulks.Get().(*bulk)
		defer bulks.Put(in.bulk)
		in.bulk.prepare(u, len(d.clients))
	}
	in.run()
	if len(in.rest) == 0 {
		return nil
	}
	return &pendingStructs{updates: [][]byte{in.encodeRest()}, missing: in.missing}
}

// intake is the state of integrateStructs.
type intake struct {
	d       *Doc
	tx      *Tx
	u       *update
	top     int   // the block whose turn it is; higher ones are done
	stack   []int // refs that wait for the one being looked at
	rest    []restBlock
	parked  map[uint64]int // client to its place in rest
	missing map[uint64]uint32
	bulk    *bulk // for large updates
}

var bulks = sync.Pool{New: func() any { return new(bulk) }}

// restBlock are the structs of one client that could not come in.
type restBlock struct {
	client   uint64
	from, to int
}

func (in *intake) run() {
	d, u := in.d, in.u
	head, ok := in.next()
	for ok {
		r := &u.refs[head]
		if r.kind() != kindSkip && (in.bulk == nil || !in.quick(head, r)) {
			state := d.state(r.client)
			if state < r.clock { // an earlier struct of the same client is missing
				in.stack = append(in.stack, head)
				in.miss(r.client, r.clock-1)
				in.park()
			} else if l, client, missing := d.missing(r); missing {
				in.stack = append(in.stack, head)
				if b, found := blockOf(u.blocks, client); found && u.blocks[b].at < u.blocks[b].to {
					head = u.blocks[b].at
					u.blocks[b].at++
					continue
				}
				in.miss(client, d.state(client))
				in.park()
			} else {
				if state == 0 && len(u.refs) >= many {
					b, _ := blockOf(u.blocks, r.client)
					d.makeArena(u, &u.blocks[b])
				}
				h := d.integrateRef(in.tx, u, r, l, state-r.clock, in.bulk)
				if in.bulk != nil && h != 0 {
					b := in.top
					if u.blocks[b].client != r.client {
						b, _ = blockOf(u.blocks, r.client)
					}
					in.bulk.note(head, b, d.items[h].client, h)
				}
			}
		}
		if n := len(in.stack); n > 0 {
			head = in.stack[n-1]
			in.stack = in.stack[:n-1]
			continue
		}
		head, ok = in.next()
	}
}

// next is the next struct in order.
func (in *intake) next() (int, bool) {
	for in.top >= 0 {
		b := &in.u.blocks[in.top]
		if b.at < b.to {
			b.at++
			return b.at - 1, true
		}
		in.top--
	}
	return 0, false
}

func (in *intake) miss(client uint64, clock uint32) {
	if in.missing == nil {
		in.missing = map[uint64]uint32{}
	}
	if known, ok := in.missing[client]; !ok || known > clock {
		in.missing[client] = clock
	}
}

// park puts the structs on the stack aside, each with all that follows it from the same client.
func (in *intake) park() {
	for _, ref := range in.stack {
		client := in.u.refs[ref].client
		b, _ := blockOf(in.u.blocks, client)
		bl := &in.u.blocks[b]
		at, parked := in.parked[client]
		if !parked {
			if in.parked == nil {
				in.parked = map[uint64]int{}
			}
			in.parked[client] = len(in.rest)
			in.rest = append(in.rest, restBlock{client, ref, bl.to})
		} else if ref < in.rest[at].from {
			in.rest[at].from = ref
		}
		bl.at = bl.to
	}
	in.stack = in.stack[:0]
}

func (in *intake) encodeRest() []byte {
	slices.SortFunc(in.rest, func(a, b restBlock) int {
		if a.client > b.client {
			return -1
		}
		return 1
	})
	w := takeWriter(true)
	defer w.release()
	w.varUint(uint64(len(in.rest)))
	for _, b := range in.rest {
		w.varUint(uint64(b.to - b.from))
		w.clientID(b.client)
		w.varUint(uint64(in.u.refs[b.from].clock))
		for i := b.from; i < b.to; i++ {
			w.ref(in.u, &in.u.refs[i], 0)
		}
	}
	w.varUint(0) // no deletes
	return w.finish()
}

// integrateRef brings in a struct of which the first offset units are known. Everything it builds
// on is there. A struct that is wholly known still cuts the items at its origins, as peers do.
func (d *Doc) integrateRef(tx *Tx, u *update, r *structRef, l links, offset uint32, fresh *bulk) handle {
	kind := r.kind()
	client := d.addClient(r.client)
	if kind == kindGC {
		if offset < r.length {
			return d.addCollected(tx, client, r, offset)
		}
		return 0
	}
	var left, right handle
	if r.info&infoOrigin != 0 {
		if fresh != nil {
			left = fresh.find(d.items, l.origin, r.oClock)
		}
		if left == 0 || d.items[left].last() != r.oClock {
			left = d.cleanEnd(tx, itemID{l.origin, r.oClock})
		}
	}
	if r.info&infoRight != 0 {
		if fresh != nil {
			right = fresh.find(d.items, l.right, r.rClock)
		}
		if right == 0 || d.items[right].clock != r.rClock {
			right = d.cleanStart(tx, itemID{l.right, r.rClock})
		}
	}
	if offset >= r.length {
		return 0
	}
	in := d.spotOf(u, r, l, left, right)
	h := handle(0)
	it := item{
		client: client, clock: r.clock + offset, length: r.length - offset, left: left, right: right,
		originClient: noClient, rightClient: noClient, in: in, kind: kind,
	}
	if r.info&infoOrigin != 0 {
		it.originClient, it.originClock = l.origin, r.oClock
	}
	if r.info&infoRight != 0 {
		it.rightClient, it.rightClock = l.right, r.rClock
	}
	if offset > 0 {
		it.left = d.cleanEnd(tx, itemID{client, it.clock - 1})
		it.originClient, it.originClock = client, it.clock-1
		// The rest goes where its beginning is, also when the client told two different stories.
		if it.in != 0 {
			it.in = d.items[it.left].in
		}
		if d.items[it.left].kind == kindGC {
			it.in = 0
		}
	}
	if it.in == 0 {
		return d.addCollected(tx, client, r, offset)
	}
	if offset > 0 {
		cut := *r
		u.slice(&cut, offset)
		r = &cut
	}
	d.storeContent(u, r, &it)
	h = d.newItem()
	if it.kind == kindType {
		it.a = d.newType(r.typeRef, h, it.b)
		it.b = 0
	}
	d.items[h] = it
	d.integrate(tx, h)
	return h
}

// spotOf finds where a struct belongs. Zero means that its parent is gone.
func (d *Doc) spotOf(u *update, r *structRef, l links, left, right handle) spot {
	if left != 0 && d.items[left].kind == kindGC || right != 0 && d.items[right].kind == kindGC {
		return 0
	}
	switch {
	case left != 0:
		return d.items[left].in
	case right != 0:
		return d.items[right].in
	}
	var parent typeID
	if r.flags&refName != 0 {
		parent = d.rootBytes(u.bytes(r.name))
	} else {
		if it := &d.items[d.find(itemID{l.parent, r.pClock})]; it.kind == kindType {
			parent = it.a
		}
	}
	if parent == 0 || !r.hasSub() {
		return parent
	}
	return d.keySpot(parent, d.internBytes(u.bytes(r.sub)))
}

// addCollected adds a struct whose content is gone.
func (d *Doc) addCollected(tx *Tx, client uint32, r *structRef, offset uint32) handle {
	h := d.newItem()
	it := &d.items[h]
	it.client, it.clock, it.length = client, r.clock+offset, r.length-offset
	it.kind, it.flags = kindGC, flagDeleted
	d.addStruct(tx, h)
	return h
}

// storeContent copies the content of a struct into the document. A type is made by the caller,
// which knows the handle; its name is left in b.
func (d *Doc) storeContent(u *update, r *structRef, it *item) {
	switch it.kind {
	case kindString, kindAny, kindJSON, kindBinary:
		d.putContent(it, u.bytes(r.data))
		if r.ascii() {
			it.set(flagASCII)
		}
	case kindEmbed:
		it.a = d.addValue(u.bytes(r.data), r.flags&refAny != 0)
	case kindFormat:
		it.a = d.addValue(u.bytes(r.data), r.flags&refAny != 0)
		it.b = d.internBytes(u.bytes(r.key))
	case kindType:
		if r.typeRef == typeXMLElement || r.typeRef == typeXMLHook {
			it.b = d.internBytes(u.bytes(r.key))
		}
	case kindDoc:
		it.a = d.addSubDoc(string(u.bytes(r.key)), u.bytes(r.data))
	}
}

// applyDeletes deletes what the ranges name, and gives back the part that is not known yet.
func (d *Doc) applyDeletes(tx *Tx, ranges []clockRange) (waiting []clockRange) {
	for _, r := range ranges {
		ci, ok := d.client(r.client)
		state := uint32(0)
		if ok {
			state = d.clients[ci].state
		}
		if r.clock >= state {
			waiting = append(waiting, r)
			continue
		}
		end := r.end()
		if state < end {
			waiting = append(waiting, clockRange{r.client, state, end - state})
		}
		d.deleteRange(tx, ci, r.clock, end)
	}
	return waiting
}

// deleteRange deletes the items of a client from a known clock on, up to end or to its state.
func (d *Doc) deleteRange(tx *Tx, ci, clock, end uint32) {
	c := &d.clients[ci]
	p := c.locate(clock)
	if it := &d.items[c.at(p)]; !it.deleted() && it.clock < clock {
		p = c.insertAfter(p, entry{clock, d.splitItem(tx, c.at(p), clock-it.clock)})
	}
	for ok := true; ok; p, ok = c.next(p) {
		h := c.at(p)
		it := &d.items[h]
		if it.clock >= end {
			return
		}
		if it.deleted() {
			continue
		}
		if end < it.end() {
			p, _ = c.prev(c.insertAfter(p, entry{end, d.splitItem(tx, h, end-it.clock)}))
		}
		d.deleteItem(tx, h)
	}
}

package crdt

import "samenwijk/realtime/lib0"

// handle names an item of a document: its place in the slab. Zero is no item.
type handle = uint32

// typeID names a type of a document: its place in the table of types. Zero is no type.
type typeID = uint32

// noClient stands where an origin is missing.
const noClient = ^uint32(0)

// item is a run of things that one client inserted one after the other, or what is left of it. It
// holds no pointers, so that the garbage collector passes over a document of any size.
//
// What a and b mean depends on the kind: offset and size in the client's arena for text, lists and
// binary content; the value for an embed; value and key for a format; the type for a type; the
// nested document for a document.
type item struct {
	client, clock, length     uint32
	left, right               handle
	originClient, originClock uint32
	rightClient, rightClock   uint32
	in                        spot
	a, b                      uint32
	kind                      uint8
	flags                     uint8
}

const (
	flagDeleted uint8 = 1 << iota
	flagKeep          // not to be garbage collected: an undo manager may need it
	flagASCII         // text with one byte per unit
	flagRedone        // doc.redone says which item took its place
	flagMarker        // a search marker points here
)

// spot is where in the document an item is: in the list of a type, or under a key of a type, which
// is then named by its map entry. Zero is nowhere.
type spot = uint32

const underKey spot = 1 << 31

// keyed says whether the item is the value of a key.
func (it *item) keyed() bool { return it.in&underKey != 0 }

// entry is the map entry of a keyed item.
func (d *Doc) entryOf(it *item) *mapEntry { return &d.entries[it.in&^underKey] }

// typeOf is the type that the item is in.
func (d *Doc) typeOf(it *item) typeID {
	if it.keyed() {
		return d.entryOf(it).typ
	}
	return it.in
}

// keyOf is the key that the item is a value of, 0 for an item of a list.
func (d *Doc) keyOf(it *item) uint32 {
	if it.keyed() {
		return d.entryOf(it).key
	}
	return 0
}

func (it *item) end() uint32     { return it.clock + it.length }
func (it *item) last() uint32    { return it.clock + it.length - 1 }
func (it *item) deleted() bool   { return it.flags&flagDeleted != 0 }
func (it *item) hasOrigin() bool { return it.originClient != noClient }
func (it *item) hasRight() bool  { return it.rightClient != noClient }
func (it *item) inArena() bool {
	return it.kind == kindString || it.kind == kindAny || it.kind == kindJSON || it.kind == kindBinary
}
func (it *item) countable() bool {
	return it.kind != kindFormat && it.kind != kindDeleted && it.kind != kindGC
}
func (it *item) visible() bool    { return it.flags&flagDeleted == 0 && it.countable() }
func (it *item) has(f uint8) bool { return it.flags&f != 0 }
func (it *item) set(f uint8)      { it.flags |= f }
func (it *item) unset(f uint8)    { it.flags &^= f }
func (it *item) sameOrigin(o *item) bool {
	return it.originClient == o.originClient && (it.originClient == noClient || it.originClock == o.originClock)
}
func (it *item) sameRight(o *item) bool {
	return it.rightClient == o.rightClient && (it.rightClient == noClient || it.rightClock == o.rightClock)
}

// newItem takes a slot of the slab. Pointers to items are void after it.
func (d *Doc) newItem() handle {
	if h := d.free; h != 0 {
		d.free = d.items[h].right
		d.items[h] = item{originClient: noClient, rightClient: noClient}
		return h
	}
	if len(d.items) == 0 {
		d.items = append(d.items, item{})
	}
	d.items = append(d.items, item{originClient: noClient, rightClient: noClient})
	return handle(len(d.items) - 1)
}

func (d *Doc) freeItem(h handle) {
	d.items[h] = item{right: d.free, kind: kindSkip}
	d.free = h
}

// content gives the bytes of an item that keeps them in the arena.
func (d *Doc) content(it *item) []byte {
	return d.clients[it.client].arena[it.a : it.a+it.b : it.a+it.b]
}

// putContent gives an item bytes in the arena of its client.
func (d *Doc) putContent(it *item, b []byte) {
	c := &d.clients[it.client]
	it.a, it.b = uint32(len(c.arena)), uint32(len(b))
	c.arena = append(c.arena, b...)
}

// dropContent forgets the bytes of an item.
func (d *Doc) dropContent(it *item) {
	if it.inArena() {
		d.clients[it.client].garbage += it.b
	}
	it.a, it.b = 0, 0
}

// splitItem cuts an item in two and returns the right half, which is not in the client's list yet.
func (d *Doc) splitItem(tx *Tx, h handle, diff uint32) handle {
	r := d.newItem()
	left, right := &d.items[h], &d.items[r]
	*right = *left
	right.clock += diff
	right.length -= diff
	right.left = h
	right.originClient, right.originClock = left.client, right.clock-1
	right.unset(flagMarker | flagRedone)
	left.length = diff
	left.right = r
	if right.right != 0 {
		d.items[right.right].left = r
	} else if right.keyed() {
		d.entryOf(right).item = r
	}
	d.splitContent(left, right, diff)
	if left.has(flagRedone) {
		to := d.redone[itemID{left.client, left.clock}]
		d.setRedone(r, itemID{to.client, to.clock + diff})
	}
	tx.merges = append(tx.merges, itemID{right.client, right.clock})
	return r
}

func (d *Doc) splitContent(left, right *item, diff uint32) {
	var at uint32
	switch left.kind {
	case kindString:
		if left.has(flagASCII) {
			at = diff
			break
		}
		text := d.content(left)
		cut, inside := lib0.UTF16Offset(text, int(diff))
		if inside {
			d.splitPair(left, right, uint32(cut))
			return
		}
		at = uint32(cut)
	case kindAny:
		at = skipBytes(d.content(left), diff, (*lib0.Decoder).SkipAny)
	case kindJSON:
		at = skipBytes(d.content(left), diff, func(d *lib0.Decoder) { d.Bytes() })
	default:
		return
	}
	right.a += at
	right.b -= at
	left.b = at
	if left.kind == kindString && !left.has(flagASCII) {
		d.noteASCII(left)
		d.noteASCII(right)
	}
}

// noteASCII looks again whether text that was not ASCII is, after it was cut.
func (d *Doc) noteASCII(it *item) {
	const worth = 1 << 12 // scanning more costs more than it saves
	if it.b == it.length && it.b < worth {
		it.set(flagASCII)
	}
}

// splitPair cuts text inside a surrogate pair: each half of the pair becomes U+FFFD.
func (d *Doc) splitPair(left, right *item, at uint32) {
	c := &d.clients[left.client]
	from, size := left.a, left.b
	c.garbage += size
	left.a = uint32(len(c.arena))
	c.arena = append(c.arena, c.arena[from:from+at]...)
	c.arena = append(c.arena, "\uFFFD"...)
	left.b = at + 3
	right.a = uint32(len(c.arena))
	c.arena = append(c.arena, "\uFFFD"...)
	c.arena = append(c.arena, c.arena[from+at+4:from+size]...)
	right.b = size - at - 1
}

func skipBytes(list []byte, n uint32, skip func(*lib0.Decoder)) uint32 {
	d := lib0.NewDecoder(list)
	for ; n > 0; n-- {
		skip(d)
	}
	return uint32(d.Pos())
}

// mergeItems joins right to left when they are one run, and frees right.
func (d *Doc) mergeItems(l, r handle) bool {
	left, right := &d.items[l], &d.items[r]
	if left.kind == kindGC || right.kind == kindGC {
		if left.kind != right.kind {
			return false
		}
		left.length += right.length
		d.freeItem(r)
		return true
	}
	if left.right != r || left.kind != right.kind || (left.flags^right.flags)&flagDeleted != 0 ||
		right.originClient != left.client || right.originClock != left.last() || left.client != right.client ||
		left.end() != right.clock || !left.sameRight(right) || (left.flags|right.flags)&flagRedone != 0 {
		return false
	}
	switch left.kind {
	case kindString, kindAny, kindJSON:
		d.joinContent(left, right)
	case kindDeleted:
	default:
		return false
	}
	if d.types[d.typeOf(left)].markers {
		d.moveMarkers(r, l)
	}
	if right.has(flagKeep) {
		left.set(flagKeep)
	}
	if right.keyed() && right.right == 0 {
		d.entryOf(right).item = l
	}
	left.right = right.right
	if left.right != 0 {
		d.items[left.right].left = l
	}
	left.length += right.length
	d.freeItem(r)
	return true
}

func (d *Doc) joinContent(left, right *item) {
	c := &d.clients[left.client]
	if !right.has(flagASCII) {
		if left.kind == kindString && d.joinPair(c, left, right) {
			left.unset(flagASCII)
			return
		}
		left.unset(flagASCII)
	}
	switch {
	case left.a+left.b == right.a:
	case left.a+left.b == uint32(len(c.arena)):
		c.arena = append(c.arena, c.arena[right.a:right.a+right.b]...)
		c.garbage += right.b
	default:
		from := uint32(len(c.arena))
		c.arena = append(c.arena, c.arena[left.a:left.a+left.b]...)
		c.arena = append(c.arena, c.arena[right.a:right.a+right.b]...)
		c.garbage += left.b + right.b
		left.a = from
	}
	left.b += right.b
}

// joinPair makes one rune of two halves of a surrogate pair that meet.
func (d *Doc) joinPair(c *clientState, left, right *item) bool {
	l, r := d.content(left), d.content(right)
	if len(l) < 3 || len(r) < 3 || l[len(l)-3] != 0xed || r[0] != 0xed || l[len(l)-2]&0xf0 != 0xa0 || r[1]&0xf0 != 0xb0 {
		return false
	}
	c.garbage += left.b + right.b
	from := len(c.arena)
	c.arena = append(c.arena, l[:len(l)-3]...)
	pair := append(append(make([]byte, 0, 6), l[len(l)-3:]...), r[:3]...)
	c.arena = lib0.AppendWellFormed(c.arena, pair)
	c.arena = append(c.arena, r[3:]...)
	left.a, left.b = uint32(from), uint32(len(c.arena)-from)
	return true
}

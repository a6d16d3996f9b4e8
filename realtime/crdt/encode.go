package crdt

import (
	"encoding/binary"
	"slices"

	"samenwijk/realtime/lib0"
)

// EncodeStateAsUpdate writes what a peer with the given state vector lacks, and all deletes, as a v1
// update; nil stands for a peer that has nothing. Structs and deletes that wait for others are part
// of it.
func (d *Doc) EncodeStateAsUpdate(stateVector []byte) ([]byte, error) {
	return d.encodeState(stateVector, false)
}

// EncodeStateAsUpdateV2 is EncodeStateAsUpdate for format v2.
func (d *Doc) EncodeStateAsUpdateV2(stateVector []byte) ([]byte, error) {
	return d.encodeState(stateVector, true)
}

// StateVector is the encoded state vector: what a peer needs in order to send what is missing here.
func (d *Doc) StateVector() []byte {
	order := d.clientOrder(func(c *clientState) bool { return c.state > 0 })
	out := lib0.AppendVarUint(make([]byte, 0, 8*len(order)+4), uint64(len(order)))
	for _, i := range order {
		out = lib0.AppendVarUint(out, d.clients[i].id)
		out = lib0.AppendVarUint(out, uint64(d.clients[i].state))
	}
	return out
}

// States is the state vector as a map.
func (d *Doc) States() StateVector {
	sv := make(StateVector, len(d.clients))
	for i := range d.clients {
		if c := &d.clients[i]; c.state > 0 {
			sv[c.id] = c.state
		}
	}
	return sv
}

// clientOrder lists the clients that pass, highest id first.
func (d *Doc) clientOrder(pass func(c *clientState) bool) []uint32 {
	order := make([]uint32, 0, len(d.clients))
	for i := range d.clients {
		if pass(&d.clients[i]) {
			order = append(order, uint32(i))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		if d.clients[a].id > d.clients[b].id {
			return -1
		}
		return 1
	})
	return order
}

func (d *Doc) encodeState(stateVector []byte, v2 bool) ([]byte, error) {
	sv, err := DecodeStateVector(stateVector)
	if err != nil {
		return nil, err
	}
	w := takeWriter(v2)
	defer w.release()
	whole := !v2 && len(sv) == 0 && d.stateSize > 0
	if whole {
		spare := w.rest
		w.rest = make([]byte, 0, d.stateSize+d.stateSize/64+256)
		defer func() { w.rest = spare }()
	}
	order := d.clientOrder(func(c *clientState) bool { return c.state > sv[c.id] })
	w.varUint(uint64(len(order)))
	for _, i := range order {
		d.writeStructs(w, &d.clients[i], sv[d.clients[i].id])
	}
	w.ranges = d.appendDeleted(w.ranges[:0])
	w.deletes(w.ranges)
	if d.pending == nil && len(d.pendingDeletes) == 0 {
		if !v2 && len(sv) == 0 {
			d.stateSize = len(w.rest)
		}
		if whole && cap(w.rest)-len(w.rest) <= len(w.rest)/32+256 {
			return w.rest, nil
		}
		return w.finish(), nil
	}
	return d.withPending(w.finish(), stateVector, v2)
}

// withPending adds what waits to an encoded state.
func (d *Doc) withPending(state, stateVector []byte, v2 bool) ([]byte, error) {
	parts := [][]byte{state}
	if len(d.pendingDeletes) > 0 {
		w := newWriter(v2)
		w.varUint(0)
		w.deletes(mergeRanges(slices.Clone(d.pendingDeletes)))
		parts = append(parts, w.finish())
	}
	if d.pending != nil {
		diff, err := diffUpdate(d.pending.merged(), stateVector, true)
		if err == nil && !v2 {
			diff, err = ConvertV2ToV1(diff)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, diff)
	}
	return mergeWithin(parts, v2, unlimited)
}

// writeStructs writes the structs of a client from a clock on.
func (d *Doc) writeStructs(w *writer, c *clientState, from uint32) {
	w.own = makeOwnID(c.id)
	p := c.locate(from)
	w.varUint(uint64(c.countFrom(p)))
	w.clientID(c.id)
	w.varUint(uint64(from))
	offset := from - d.items[c.at(p)].clock
	if offset > 0 {
		d.writeItem(w, c.at(p), offset)
		var more bool
		if p, more = c.next(p); !more {
			return
		}
	}
	at := p.at
	for _, chunk := range c.chunks[p.chunk:] {
		if w.v2 {
			d.writeRunV2(w, chunk[at:])
		} else {
			d.writeRunV1(w, c, chunk[at:])
		}
		at = 0
	}
}

// writeItem writes a struct of the document without its first offset units.
func (d *Doc) writeItem(w *writer, h handle, offset uint32) {
	it := &d.items[h]
	if it.kind == kindGC {
		w.info(kindGC)
		w.length(it.length - offset)
		return
	}
	info := it.kind
	oClient, oClock := it.originClient, it.originClock
	if offset > 0 {
		oClient, oClock = it.client, it.clock+offset-1
	}
	if oClient != noClient {
		info |= infoOrigin
	}
	if it.hasRight() {
		info |= infoRight
	}
	if it.keyed() {
		info |= infoSub
	}
	w.info(info)
	if oClient != noClient {
		w.leftID(d.clients[oClient].id, oClock)
	}
	if it.hasRight() {
		w.rightID(d.clients[it.rightClient].id, it.rightClock)
	}
	if info&(infoOrigin|infoRight) == 0 {
		ty := &d.types[d.typeOf(it)]
		w.parentInfo(ty.item == 0)
		if ty.item == 0 {
			w.name([]byte(d.names[ty.name]))
		} else {
			of := &d.items[ty.item]
			w.leftID(d.clients[of.client].id, of.clock)
		}
		if it.keyed() {
			w.name([]byte(d.names[d.keyOf(it)]))
		}
	}
	switch it.kind {
	case kindDeleted:
		w.length(it.length - offset)
	case kindString:
		w.text(cutText(d.content(it), it.has(flagASCII), offset), it.has(flagASCII), int(it.length-offset))
	case kindAny:
		w.length(it.length - offset)
		list := d.content(it)
		if offset > 0 {
			list = list[skipBytes(list, offset, (*lib0.Decoder).SkipAny):]
		}
		w.rest = append(w.rest, list...)
	case kindJSON:
		w.length(it.length - offset)
		w.jsonValues(d.content(it), offset)
	case kindBinary:
		w.rest = lib0.AppendBytes(w.rest, d.content(it))
	case kindEmbed:
		w.value(d.value(it.a))
	case kindFormat:
		w.key([]byte(d.names[it.b]))
		w.value(d.value(it.a))
	case kindType:
		ty := &d.types[it.a]
		w.typeRef(ty.kind)
		if ty.kind == typeXMLElement || ty.kind == typeXMLHook {
			w.key([]byte(d.names[ty.name]))
		}
	case kindDoc:
		doc := d.docs[it.a]
		w.name([]byte(doc.guid))
		w.rest = append(w.rest, doc.options...)
	}
}

// writeRunV1 writes structs in format v1. Text that is ASCII and deleted content, with an origin, is
// most of any document: for these it makes room once and then writes by index.
func (d *Doc) writeRunV1(w *writer, c *clientState, run []entry) {
	const head = 64 // more than info, two ids and a length ever take, each written as a whole word
	items, arena := d.items, c.arena
	b := w.rest // in a variable, because every change of a field that is a slice costs
	for _, e := range run {
		it := &items[e.item]
		if !isCommon[it.kind&infoKind|it.flags&flagASCII<<4] || it.keyed() || !it.hasOrigin() {
			w.rest = b
			d.writeItem(w, e.item, 0)
			b = w.rest
			continue
		}
		at := len(b)
		if cap(b)-at < head {
			b = slices.Grow(b, at/2+head)
		}
		b = b[:at+head]
		info := it.kind | infoOrigin
		if it.hasRight() {
			info |= infoRight
		}
		b[at] = info
		at = putUint(b, d.putClient(w, b, at+1, it, it.originClient), it.originClock)
		if it.hasRight() {
			at = putUint(b, d.putClient(w, b, at, it, it.rightClient), it.rightClock)
		}
		at = putUint(b, at, it.length)
		b = appendText(b[:at], arena, int(it.a), int(it.a+it.b)) // of deleted content these are 0
	}
	w.rest = b
}

// isCommon says by kind, and in the bit above it whether text is ASCII, what writeRunV1 writes itself.
var isCommon = [1 << 7]bool{kindDeleted: true, kindString | flagASCII<<4: true}

// putUint writes an integer at an offset, at which there is room for a whole word, and gives the
// offset after it.
func putUint(b []byte, at int, n uint32) int {
	if n < 1<<7 {
		b[at] = byte(n)
		return at + 1
	}
	return putLong(b, at, n)
}

// putLong asks for the size instead of computing it: the processor guesses right mostly, and goes on.
func putLong(b []byte, at int, n uint32) int {
	w := uint64(n)
	switch {
	case n < 1<<14:
		binary.LittleEndian.PutUint16(b[at:], uint16(w&0x7f|w<<1&0x7f00|0x80))
		return at + 2
	case n < 1<<21:
		binary.LittleEndian.PutUint32(b[at:], uint32(w&0x7f|w<<1&0x7f00|w<<2&0x7f0000|0x8080))
		return at + 3
	}
	return at + binary.PutUvarint(b[at:], w)
}

// putClient writes the id of a client; that of the item's own client is kept as written.
func (d *Doc) putClient(w *writer, b []byte, at int, it *item, client uint32) int {
	if client == it.client {
		binary.LittleEndian.PutUint64(b[at:], w.own.written)
		return at + w.own.size
	}
	return at + binary.PutUvarint(b[at:], d.clients[client].id)
}

// writeRunV2 writes structs in format v2.
func (d *Doc) writeRunV2(w *writer, run []entry) {
	for _, e := range run {
		d.writeItem(w, e.item, 0)
	}
}

// deleteSet lists everything deleted, in the order for writing.
func (d *Doc) deleteSet() []clockRange { return d.appendDeleted(nil) }

func (d *Doc) appendDeleted(out []clockRange) []clockRange {
	for _, i := range d.clientOrder(func(c *clientState) bool { return c.state > 0 }) {
		c := &d.clients[i]
		open := false
		for _, chunk := range c.chunks {
			for _, e := range chunk {
				it := &d.items[e.item]
				switch {
				case !it.deleted():
					open = false
				case open:
					out[len(out)-1].len += it.length
				default:
					out = append(out, clockRange{c.id, it.clock, it.length})
					open = true
				}
			}
		}
	}
	return out
}

// emit sends the transaction to those who listen for updates. What a listener of this transaction
// changed already is part of the structs, as with every other peer.
func (d *Doc) emit(tx *Tx, index int) {
	if d.live == nil || len(d.live.updates) == 0 {
		return
	}
	changed := len(tx.dels) > 0
	for _, s := range tx.spans {
		changed = changed || s.before != s.after
	}
	if !changed {
		return
	}
	tx.sortDeletes()
	spans := d.spansSince(index)
	for _, v2 := range [2]bool{false, true} {
		var update []byte
		for _, l := range slices.Clone(d.live.updates) {
			if l.v2 != v2 || l.gone {
				continue
			}
			if update == nil {
				update = d.encodeChange(tx, spans, v2)
			}
			l.f(update, tx.origin)
		}
	}
}

// spansSince gives the first state per client that a transaction or one after it saw.
func (d *Doc) spansSince(index int) []clientSpan {
	spans := d.cleanups[index].spans
	if index+1 == len(d.cleanups) {
		return spans
	}
	spans = slices.Clone(spans)
	for _, later := range d.cleanups[index+1:] {
		for _, s := range later.spans {
			if !slices.ContainsFunc(spans, func(x clientSpan) bool { return x.client == s.client }) {
				spans = append(spans, s)
			}
		}
	}
	return spans
}

func (d *Doc) encodeChange(tx *Tx, spans []clientSpan, v2 bool) []byte {
	w := takeWriter(v2)
	defer w.release()
	spans = slices.DeleteFunc(slices.Clone(spans), func(s clientSpan) bool { return d.clients[s.client].state <= s.before })
	slices.SortFunc(spans, func(a, b clientSpan) int {
		if d.clients[a.client].id > d.clients[b.client].id {
			return -1
		}
		return 1
	})
	w.varUint(uint64(len(spans)))
	for _, s := range spans {
		d.writeStructs(w, &d.clients[s.client], s.before)
	}
	w.deletes(tx.deletedIDs())
	return w.finish()
}

// HasPending says whether structs or deletes wait for others that did not arrive yet.
func (d *Doc) HasPending() bool { return d.pending != nil || len(d.pendingDeletes) > 0 }

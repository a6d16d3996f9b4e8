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
	order := d.clientOrder(func(c *clientState) bool { return c.state > sv[c.id] })
	w.varUint(uint64(len(order)))
	for _, i := range order {
		d.writeStructs(w, &d.clients[i], sv[d.clients[i].id])
	}
	w.ranges = d.appendDeleted(w.ranges[:0])
	w.deletes(w.ranges)
	if d.pending == nil && len(d.pendingDeletes) == 0 {
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
		diff, err := diffUpdate(d.pending.update, stateVector, true)
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
	var id [8]byte // ids have at most 53 bits
	w.ownLen = len(lib0.AppendVarUint(id[:0], c.id))
	w.own = binary.LittleEndian.Uint64(id[:])
	p := c.locate(from)
	w.varUint(uint64(c.countFrom(p)))
	w.clientID(c.id)
	w.varUint(uint64(from))
	offset := from - d.items[c.at(p)].clock
	at := p.at
	for _, chunk := range c.chunks[p.chunk:] {
		for _, e := range chunk[at:] {
			d.writeItem(w, e.item, offset)
			offset = 0
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
	if !w.v2 && (it.kind == kindString || it.kind == kindDeleted) && !it.keyed() && (it.hasOrigin() || offset > 0) {
		d.writeCommon(w, it, offset)
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

// writeCommon writes text or deleted content that has an origin in format v1: most of any document.
// It makes room once and then writes by index.
func (d *Doc) writeCommon(w *writer, it *item, offset uint32) {
	const head = 64 // more than info, two ids and a length ever take
	b := slices.Grow(w.rest, head)
	at := len(b)
	b = b[:at+head]
	info := it.kind | infoOrigin
	if it.hasRight() {
		info |= infoRight
	}
	b[at] = info
	at++
	if offset > 0 {
		at = putUint(b, w.putOwn(b, at), it.clock+offset-1)
	} else {
		at = putUint(b, d.putClient(w, b, at, it, it.originClient), it.originClock)
	}
	if it.hasRight() {
		at = putUint(b, d.putClient(w, b, at, it, it.rightClient), it.rightClock)
	}
	switch {
	case it.kind == kindDeleted:
		w.rest = b[:putUint(b, at, it.length-offset)]
	case it.has(flagASCII):
		text := d.clients[it.client].arena[it.a+offset : it.a+it.b]
		w.rest = append(b[:putUint(b, at, uint32(len(text)))], text...)
	default:
		w.rest = b[:at]
		w.text(cutText(d.content(it), false, offset), false, int(it.length-offset))
	}
}

// putUint writes an integer at an offset and gives the offset after it.
func putUint(b []byte, at int, n uint32) int {
	for n >= 0x80 {
		b[at] = byte(n) | 0x80
		n >>= 7
		at++
	}
	b[at] = byte(n)
	return at + 1
}

// putOwn writes the id of the client whose structs are being written.
func (w *writer) putOwn(b []byte, at int) int {
	binary.LittleEndian.PutUint64(b[at:], w.own)
	return at + w.ownLen
}

func (d *Doc) putClient(w *writer, b []byte, at int, it *item, client uint32) int {
	if client == it.client {
		return w.putOwn(b, at)
	}
	return at + binary.PutUvarint(b[at:], d.clients[client].id)
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

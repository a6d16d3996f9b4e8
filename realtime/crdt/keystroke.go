package crdt

import "samenwijk/realtime/lib0"

// Nearly every update is one keystroke: some text behind the last text of the same client, or one
// deleted range. This file takes these two in without the machinery of apply. It does only what it
// knows to come out the same, and leaves everything else alone.

// keystroke is an update of one struct or one deleted range.
type keystroke struct {
	client           uint64
	clock            uint32
	oClient, rClient uint64
	oClock, rClock   uint32
	hasRight         bool
	text             []byte // nil for a deleted range
	length           uint32
}

// parseKeystroke reads an update of exactly one of the two forms.
func parseKeystroke(b []byte) (k keystroke, ok bool) {
	var d lib0.Decoder
	d.Reset(b)
	switch d.Byte() {
	case 0:
		if d.Byte() != 1 {
			return k, false
		}
		k.client = d.VarUint()
		if d.Byte() != 1 {
			return k, false
		}
		clock, length := d.VarUint(), d.VarUint()
		if clock+length > maxClock || length == 0 {
			return k, false
		}
		k.clock, k.length = uint32(clock), uint32(length)
	case 1:
		if d.Byte() != 1 {
			return k, false
		}
		k.client = d.VarUint()
		clock := d.VarUint()
		info := d.Byte()
		if info&^infoRight != kindString|infoOrigin {
			return k, false
		}
		k.oClient = d.VarUint()
		oClock, rClock := d.VarUint(), uint64(0)
		if k.hasRight = info&infoRight != 0; k.hasRight {
			k.rClient, rClock = d.VarUint(), d.VarUint()
		}
		k.text = d.Bytes()
		if d.Byte() != 0 || len(k.text) == 0 || !lib0.IsASCII(k.text) ||
			clock+uint64(len(k.text)) > maxClock || oClock > maxClock || rClock > maxClock {
			return k, false
		}
		k.clock, k.oClock, k.rClock, k.length = uint32(clock), uint32(oClock), uint32(rClock), uint32(len(k.text))
	default:
		return k, false
	}
	return k, d.Err() == nil && d.Rest() == 0 && !d.Odd
}

// applyKeystroke takes an update in when it is one of the two, and says whether it did.
func (d *Doc) applyKeystroke(b []byte, origin any) bool {
	if len(b) > 64 || d.tx != nil || len(d.cleanups) > 0 || d.pending != nil || len(d.pendingDeletes) > 0 {
		return false
	}
	k, ok := parseKeystroke(b)
	if !ok {
		return false
	}
	ci, known := d.client(k.client)
	if !known {
		return false
	}
	if k.text == nil {
		if k.clock+k.length > d.clients[ci].state {
			return false
		}
		tx := d.begin(origin, false)
		d.deleteRange(tx, ci, k.clock, k.clock+k.length)
		d.commit(tx)
		return true
	}
	return d.appendKeystroke(&k, ci, b, origin)
}

// appendKeystroke lets the last item of a client grow, when the new text would merge with it.
func (d *Doc) appendKeystroke(k *keystroke, ci uint32, b []byte, origin any) bool {
	c := &d.clients[ci]
	if k.clock != c.state || k.oClient != k.client || k.oClock != k.clock-1 || k.client == d.clientID {
		return false
	}
	at := c.end()
	h := c.at(at)
	it := &d.items[h]
	if it.kind != kindString || it.flags&^(flagMarker|flagKeep) != flagASCII || it.keyed() || it.hasRight() != k.hasRight ||
		int(it.a+it.b) != len(c.arena) {
		return false
	}
	if k.hasRight {
		if it.right == 0 || it.rightClock != k.rClock || d.clients[it.rightClient].id != k.rClient {
			return false
		}
		if r := &d.items[it.right]; r.client != it.rightClient || r.clock != k.rClock {
			return false // somebody else stands in between
		}
	} else if it.right != 0 {
		return false
	}
	if d.live != nil && !d.live.onlyV1() {
		return false
	}
	ty := &d.types[it.in]
	var tx *Tx
	if d.live != nil && len(d.live.updates) > 0 {
		tx = d.begin(origin, false)
		tx.copy = b
	}
	c.arena = append(c.arena, k.text...)
	it.b += k.length
	it.length += k.length
	c.state += k.length
	ty.length += k.length
	if ty.markers {
		d.forgetMarkers(it.in)
	}
	d.mergeLeft(c, at)
	if tx != nil {
		d.commit(tx)
	}
	return true
}

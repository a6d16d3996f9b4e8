package crdt

import "samenwijk/realtime/lib0"

// insertList puts values at an index of a list.
func (d *Doc) insertList(tx *Tx, t typeID, index int, values []any) error {
	if index < 0 || index > int(d.types[t].length) {
		return ErrRange
	}
	if index == 0 {
		d.shiftMarkers(t, 0, len(values))
		d.insertAfter(tx, t, 0, values)
		return nil
	}
	start := index
	n := d.types[t].start
	if m, ok := d.findMarker(t, index); ok {
		n = m.item
		index -= m.index
		if index == 0 {
			// The search below expects to stand before the index.
			for n = d.items[n].left; n != 0 && d.items[n].deleted(); {
				n = d.items[n].left
			}
			if n != 0 && d.items[n].visible() {
				index += int(d.items[n].length)
			}
		}
	}
	for ; n != 0; n = d.items[n].right {
		it := &d.items[n]
		if !it.visible() {
			continue
		}
		if index <= int(it.length) {
			if index < int(it.length) {
				d.cleanStart(tx, itemID{it.client, it.clock + uint32(index)})
			}
			break
		}
		index -= int(it.length)
	}
	d.shiftMarkers(t, start, len(values))
	d.insertAfter(tx, t, n, values)
	return nil
}

// appendList puts values behind everything in a list, deleted or not.
func (d *Doc) appendList(tx *Tx, t typeID, values []any) {
	n := d.types[t].start
	if m := d.markersOf(t); m != nil {
		highest := 0
		for i := range m.list {
			if m.list[i].index > highest {
				highest, n = m.list[i].index, m.list[i].item
			}
		}
	}
	for n != 0 && d.items[n].right != 0 {
		n = d.items[n].right
	}
	d.insertAfter(tx, t, n, values)
}

// insertAfter puts values behind an item, or at the start. Plain values in a row become one item.
func (d *Doc) insertAfter(tx *Tx, t typeID, left handle, values []any) {
	right := d.types[t].start
	if left != 0 {
		right = d.items[left].right
	}
	for i := 0; i < len(values); {
		if !plain(values[i]) {
			left = d.insertValue(tx, t, left, right, values[i])
			i++
			continue
		}
		j := i
		var list []byte
		for ; j < len(values) && plain(values[j]); j++ {
			list = lib0.AppendAny(list, values[j])
		}
		left = d.insertItem(tx, t, left, right, func(it *item) {
			it.kind, it.length = kindAny, uint32(j-i)
			d.putContent(it, list)
		})
		i = j
	}
}

// deleteList deletes length units at an index of a list.
func (d *Doc) deleteList(tx *Tx, t typeID, index, length int) error {
	if length == 0 {
		return nil
	}
	if index < 0 || length < 0 || index+length > int(d.types[t].length) {
		return ErrRange
	}
	startIndex, startLength := index, length
	n := d.types[t].start
	if m, ok := d.findMarker(t, index); ok {
		n = m.item
		index -= m.index
	}
	for ; n != 0 && index > 0; n = d.items[n].right {
		it := &d.items[n]
		if it.visible() {
			if index < int(it.length) {
				d.cleanStart(tx, itemID{it.client, it.clock + uint32(index)})
			}
			index -= int(d.items[n].length)
		}
	}
	for length > 0 && n != 0 {
		if it := &d.items[n]; !it.deleted() {
			if length < int(it.length) {
				d.cleanStart(tx, itemID{it.client, it.clock + uint32(length)})
			}
			d.deleteItem(tx, n)
			length -= int(d.items[n].length)
		}
		n = d.items[n].right
	}
	d.shiftMarkers(t, startIndex, -startLength+length)
	if length > 0 {
		return ErrRange
	}
	return nil
}

// setKey gives a key of a type a value.
func (d *Doc) setKey(tx *Tx, t typeID, key string, v any) {
	in := d.keySpot(t, d.intern(key))
	d.insertValue(tx, in, d.entries[in&^underKey].item, 0, v)
}

// deleteKey deletes a key of a type.
func (d *Doc) deleteKey(tx *Tx, t typeID, key string) {
	if h := d.lookup(t, d.intern(key)); h != 0 {
		d.deleteItem(tx, h)
	}
}

// getKey gives the value of a key.
func (d *Doc) getKey(t typeID, key string) (any, bool) {
	sub, known := d.nameIndex[key]
	if !known {
		return nil, false
	}
	h := d.lookup(t, sub)
	if h == 0 || d.items[h].deleted() {
		return nil, false
	}
	return d.lastValue(h), true
}

// eachKey calls f for the keys that have a value, in the order in which they came into being.
func (d *Doc) eachKey(t typeID, f func(key string, h handle) bool) {
	for e := d.types[t].entries; e != 0; e = d.entries[e].next {
		entry := d.entries[e]
		if entry.item != 0 && !d.items[entry.item].deleted() && !f(d.names[entry.key], entry.item) {
			return
		}
	}
}

// listValues gives the visible values of a list.
func (d *Doc) listValues(t typeID) []any {
	out := make([]any, 0, min(int(d.types[t].length), 1024))
	for h := d.types[t].start; h != 0; h = d.items[h].right {
		if d.items[h].visible() {
			out = append(out, d.itemValues(h)...)
		}
	}
	return out
}

// listValue gives the value at an index.
func (d *Doc) listValue(t typeID, index int) (any, bool) {
	if index < 0 {
		return nil, false
	}
	n := d.types[t].start
	if m, ok := d.findMarker(t, index); ok {
		n = m.item
		index -= m.index
	}
	for ; n != 0; n = d.items[n].right {
		it := &d.items[n]
		if !it.visible() {
			continue
		}
		if index < int(it.length) {
			return d.itemValues(n)[index], true
		}
		index -= int(it.length)
	}
	return nil, false
}

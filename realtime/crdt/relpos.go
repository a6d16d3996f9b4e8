package crdt

import "samenwijk/realtime/lib0"

// RelativePosition is a position that stays with what it points to while others edit around it.
// Exactly one of Item, Root and Type says where: at a unit, or at the end of a type.
type RelativePosition struct {
	Item  *ID
	Root  *string // name of a root type
	Type  *ID     // a type inside of another
	Assoc int     // negative: belongs to what is before it, otherwise to what is after it
}

// RelativePosition makes a relative position of an index in a type.
func (d *Doc) RelativePosition(in Shared, index, assoc int) RelativePosition {
	n := in.base()
	p := RelativePosition{Assoc: assoc}
	end := func() RelativePosition {
		if h := n.ty().item; h != 0 {
			id := d.id(h)
			p.Type = &id
		} else {
			name := d.names[n.ty().name]
			p.Root = &name
		}
		return p
	}
	at := func(h handle, offset uint32) RelativePosition {
		id := d.id(h)
		id.Clock += offset
		p.Item = &id
		return p
	}
	if assoc < 0 {
		if index == 0 {
			return end()
		}
		index--
	}
	for h := n.ty().start; h != 0; h = d.items[h].right {
		it := &d.items[h]
		if it.visible() {
			if int(it.length) > index {
				return at(h, uint32(index))
			}
			index -= int(it.length)
		}
		if it.right == 0 && assoc < 0 {
			return at(h, it.length-1)
		}
	}
	return end()
}

// Encode writes the position.
func (p RelativePosition) Encode() []byte {
	var b []byte
	switch {
	case p.Item != nil:
		b = append(b, 0)
		b = lib0.AppendVarUint(b, p.Item.Client)
		b = lib0.AppendVarUint(b, uint64(p.Item.Clock))
	case p.Root != nil:
		b = append(b, 1)
		b = lib0.AppendString(b, *p.Root)
	case p.Type != nil:
		b = append(b, 2)
		b = lib0.AppendVarUint(b, p.Type.Client)
		b = lib0.AppendVarUint(b, uint64(p.Type.Clock))
	}
	return lib0.AppendVarInt64(b, int64(p.Assoc))
}

// DecodeRelativePosition reads a position.
func DecodeRelativePosition(b []byte) (RelativePosition, error) {
	d := lib0.NewDecoder(b)
	var p RelativePosition
	id := func() *ID {
		client, clock := d.VarUint(), d.VarUint()
		if clock > maxClock {
			d.Fail(ErrUnsupported, "clock too large")
		}
		return &ID{client, uint32(clock)}
	}
	switch kind := d.VarUint(); {
	case d.Err() != nil:
	case kind == 0:
		p.Item = id()
	case kind == 1:
		name := string(d.String())
		p.Root = &name
	case kind == 2:
		p.Type = id()
	default:
		d.Fail(ErrMalformed, "unknown kind of position")
	}
	if d.Err() == nil && d.Rest() > 0 { // old peers leave it out
		assoc := d.VarInt64()
		if assoc > 1<<31-1 || assoc < -1<<31 {
			d.Fail(ErrMalformed, "association out of range")
		}
		p.Assoc = int(assoc)
	}
	if d.Err() == nil && d.Rest() > 0 {
		d.Fail(ErrMalformed, "bytes after the position")
	}
	return p, d.Err()
}

// Resolve gives the type and index that a position means now. It says false while what the position
// points to did not arrive yet, or when it was collected.
func (d *Doc) Resolve(p RelativePosition) (in Shared, index int, ok bool) {
	switch {
	case p.Item != nil:
		return d.resolveItem(*p.Item, p.Assoc)
	case p.Root != nil:
		if in = d.Root(*p.Root); in == nil {
			return nil, 0, false
		}
	case p.Type != nil:
		c, known := d.client(p.Type.Client)
		if !known || d.clients[c].state <= p.Type.Clock {
			return nil, 0, false
		}
		h, _ := d.followRedone(itemID{c, p.Type.Clock})
		if d.items[h].kind != kindType {
			return nil, 0, false
		}
		in = d.shared(d.items[h].a)
	default:
		return nil, 0, false
	}
	if p.Assoc >= 0 {
		index = int(in.base().ty().length)
	}
	return in, index, true
}

func (d *Doc) resolveItem(id ID, assoc int) (Shared, int, bool) {
	c, known := d.client(id.Client)
	if !known || d.clients[c].state <= id.Clock {
		return nil, 0, false
	}
	h, diff := d.followRedone(itemID{c, id.Clock})
	it := &d.items[h]
	if it.kind == kindGC {
		return nil, 0, false
	}
	index := 0
	if d.typeAlive(d.typeOf(it)) {
		if it.visible() {
			index = int(diff)
			if assoc < 0 {
				index++
			}
		}
		for l := it.left; l != 0; l = d.items[l].left {
			if d.items[l].visible() {
				index += int(d.items[l].length)
			}
		}
	}
	return d.shared(d.typeOf(it)), index, true
}

// followRedone finds the item that holds an id, or the one that an undo put in its place.
func (d *Doc) followRedone(id itemID) (h handle, diff uint32) {
	for {
		h = d.find(id)
		it := &d.items[h]
		diff = id.clock - it.clock
		if !it.has(flagRedone) {
			return h, diff
		}
		id = d.redone[itemID{it.client, it.clock}]
		id.clock += diff
	}
}

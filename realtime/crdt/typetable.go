package crdt

// ytype is a type of a document: a list of items, a map of items, or both.
type ytype struct {
	item    handle // the item that holds the type, 0 for a root
	start   handle
	length  uint32 // visible units in the list
	name    uint32 // interned: name of a root, node name, hook name
	entries uint32 // first map entry
	last    uint32 // last map entry
	keys    uint32 // number of map entries
	listed  uint32 // transaction that has noted a change of the list, or need not
	kind    uint8
	formats bool // a format was seen in it; markers are no use then
	markers bool // search markers exist
}

// mapEntry is one key of a type. The entries of a type are chained in the order in which the keys
// came into being.
type mapEntry struct {
	typ   typeID
	key   uint32
	item  handle // the last item for the key, deleted or not
	first handle // the first one
	next  uint32
}

func (d *Doc) newType(kind uint8, item handle, name uint32) typeID {
	if len(d.types) == 0 {
		d.types = append(d.types, ytype{})
	}
	d.types = append(d.types, ytype{kind: kind, item: item, name: name})
	return typeID(len(d.types) - 1)
}

// root finds or makes a root type. A type that only updates spoke of so far takes the first kind
// that is asked for.
func (d *Doc) root(name string, kind uint8) (typeID, error) {
	key := d.intern(name)
	if t := d.rootNamed(key); t != 0 {
		ty := &d.types[t]
		if kind != typeUnknown && ty.kind != kind {
			if ty.kind != typeUnknown {
				return 0, ErrKind
			}
			ty.kind = kind
			ty.formats = false // a peer forgets it as well when the type gets its kind
		}
		return t, nil
	}
	t := d.newType(kind, 0, key)
	d.roots = append(d.roots, t)
	if len(d.roots) > fewRoots {
		if d.rootIndex == nil {
			d.rootIndex = map[uint32]typeID{}
			for _, t := range d.roots {
				d.rootIndex[d.types[t].name] = t
			}
		}
		d.rootIndex[key] = t
	}
	return t, nil
}

const fewRoots = 8

// rootNamed finds the root with an interned name, or 0.
func (d *Doc) rootNamed(key uint32) typeID {
	if d.rootIndex != nil {
		return d.rootIndex[key]
	}
	for _, t := range d.roots {
		if d.types[t].name == key {
			return t
		}
	}
	return 0
}

// rootBytes is root for a name as it stands in an update.
func (d *Doc) rootBytes(name []byte) typeID {
	if n := len(d.roots); n > 0 && n <= fewRoots {
		for _, t := range d.roots {
			if d.names[d.types[t].name] == string(name) {
				return t
			}
		}
	}
	if t := d.rootNamed(d.internBytes(name)); t != 0 {
		return t
	}
	t, _ := d.root(string(name), typeUnknown)
	return t
}

// intern gives a string its number. Number 0 is no string.
func (d *Doc) intern(s string) uint32 {
	if n, ok := d.nameIndex[s]; ok {
		return n
	}
	return d.addName(s)
}

func (d *Doc) internBytes(b []byte) uint32 {
	if n, ok := d.nameIndex[string(b)]; ok {
		return n
	}
	return d.addName(string(b))
}

func (d *Doc) addName(s string) uint32 {
	if d.nameIndex == nil {
		d.nameIndex = make(map[string]uint32)
		d.names = append(d.names, "")
	}
	n := uint32(len(d.names))
	d.names = append(d.names, s)
	d.nameIndex[s] = n
	return n
}

// manyKeys is the number of keys from which a type's map is indexed.
const manyKeys = 8

func entryKey(t typeID, key uint32) uint64 { return uint64(t)<<32 | uint64(key) }

// entry finds the map entry for a key, or 0.
func (d *Doc) entry(t typeID, key uint32) uint32 {
	ty := &d.types[t]
	if ty.keys > manyKeys {
		return d.entryIndex[entryKey(t, key)]
	}
	for e := ty.entries; e != 0; e = d.entries[e].next {
		if d.entries[e].key == key {
			return e
		}
	}
	return 0
}

// lookup gives the last item for a key, or 0.
func (d *Doc) lookup(t typeID, key uint32) handle {
	if e := d.entry(t, key); e != 0 {
		return d.entries[e].item
	}
	return 0
}

// keySpot gives the spot of the values of a key, making the entry when the key is new.
func (d *Doc) keySpot(t typeID, key uint32) spot {
	if e := d.entry(t, key); e != 0 {
		return underKey | e
	}
	if len(d.entries) == 0 {
		d.entries = append(d.entries, mapEntry{})
	}
	e := uint32(len(d.entries))
	d.entries = append(d.entries, mapEntry{typ: t, key: key})
	ty := &d.types[t]
	if ty.last == 0 {
		ty.entries = e
	} else {
		d.entries[ty.last].next = e
	}
	ty.last = e
	ty.keys++
	switch {
	case ty.keys == manyKeys+1:
		if d.entryIndex == nil {
			d.entryIndex = make(map[uint64]uint32, 4*manyKeys)
		}
		for x := ty.entries; x != 0; x = d.entries[x].next {
			d.entryIndex[entryKey(t, d.entries[x].key)] = x
		}
	case ty.keys > manyKeys:
		d.entryIndex[entryKey(t, key)] = e
	}
	return underKey | e
}

// clearEntries forgets all keys of a type.
func (d *Doc) clearEntries(t typeID) {
	ty := &d.types[t]
	if ty.keys > manyKeys {
		for e := ty.entries; e != 0; e = d.entries[e].next {
			delete(d.entryIndex, entryKey(t, d.entries[e].key))
		}
	}
	ty.entries, ty.last, ty.keys = 0, 0, 0
}

package crdt

// attr is a format that holds at some point of a text.
type attr struct {
	key   uint32
	value valueRef
}

// attrs are formats in the order in which they began.
type attrs []attr

func (a attrs) get(key uint32) (valueRef, bool) {
	for _, x := range a {
		if x.key == key {
			return x.value, true
		}
	}
	return 0, false
}

// value is the value for a key, null when there is none.
func (a attrs) value(key uint32) valueRef {
	v, _ := a.get(key)
	return v
}

func (a *attrs) set(key uint32, value valueRef) {
	for i := range *a {
		if (*a)[i].key == key {
			(*a)[i].value = value
			return
		}
	}
	*a = append(*a, attr{key, value})
}

func (a *attrs) remove(key uint32) {
	for i := range *a {
		if (*a)[i].key == key {
			*a = append((*a)[:i], (*a)[i+1:]...)
			return
		}
	}
}

// update takes in a format: null ends it.
func (a *attrs) update(key uint32, value valueRef) {
	if value == 0 {
		a.remove(key)
	} else {
		a.set(key, value)
	}
}

func (a attrs) clone() attrs { return append(attrs(nil), a...) }

// cleanFormats removes formats that became superfluous by a received transaction. Where formats
// came or went the whole text is gone over; elsewhere only the gaps where text was deleted.
func (d *Doc) cleanFormats(tx *Tx) {
	var whole []typeID
	listed := map[typeID]bool{}
	add := func(t typeID) {
		if !listed[t] {
			listed[t] = true
			whole = append(whole, t)
		}
	}
	for _, s := range tx.spans {
		if s.before == s.after {
			continue
		}
		c := &d.clients[s.client]
		for p, ok := c.locate(s.before), true; ok; p, ok = c.next(p) {
			if it := &d.items[c.at(p)]; it.kind == kindFormat && !it.deleted() {
				add(d.typeOf(it))
			}
		}
	}
	d.transact(nil, true, func(t *Tx) {
		for _, r := range tx.dels {
			c := &d.clients[r.client]
			for p, ok := d.cleanPlace(tx, itemID{r.client, r.clock}), true; ok; p, ok = c.next(p) {
				h := c.at(p)
				it := &d.items[h]
				if it.clock >= r.end() {
					break
				}
				if it.kind == kindGC || !d.types[d.typeOf(it)].formats || listed[d.typeOf(it)] {
					continue
				}
				if it.kind == kindFormat {
					add(d.typeOf(it))
				} else {
					d.cleanGap(t, h)
				}
			}
		}
		for _, ty := range whole {
			d.cleanText(t, ty)
		}
	})
}

// cleanGap removes all but the last format of a key from the gap between visible items that h is in.
func (d *Doc) cleanGap(tx *Tx, h handle) {
	for {
		right := d.items[h].right
		if right == 0 || d.items[right].visible() {
			break
		}
		h = right
	}
	var seen attrs
	for h != 0 {
		it := &d.items[h]
		if it.visible() {
			break
		}
		if it.kind == kindFormat && !it.deleted() {
			if _, again := seen.get(it.b); again {
				d.deleteItem(tx, h)
			} else {
				seen.set(it.b, 0)
			}
		}
		h = it.left
	}
}

// cleanText removes superfluous formats from a whole text and says how many.
func (d *Doc) cleanText(tx *Tx, t typeID) int {
	n := 0
	start := d.types[t].start
	var before, current attrs
	for end := start; end != 0; end = d.items[end].right {
		it := &d.items[end]
		if it.deleted() {
			continue
		}
		if it.kind == kindFormat {
			current.update(it.b, it.a)
			continue
		}
		n += d.cleanBetween(tx, start, end, before, &current)
		before = current.clone()
		start = end
	}
	return n
}

// cleanBetween removes formats from the gap that begins at start: those that a later one in the gap
// overrides, and those that change nothing. The formats at start are given; current are those at
// curr, which may lie in the gap, and is kept right.
func (d *Doc) cleanBetween(tx *Tx, start, curr handle, before attrs, current *attrs) int {
	var last attrs // the last format of each key in the gap, as a handle
	end := start
	for end != 0 && !d.items[end].visible() {
		if it := &d.items[end]; it.kind == kindFormat && !it.deleted() {
			last.set(it.b, end)
		}
		end = d.items[end].right
	}
	n := 0
	reached := false
	for h := start; h != end; h = d.items[h].right {
		if h == curr {
			reached = true
		}
		it := &d.items[h]
		if it.deleted() || it.kind != kindFormat {
			continue
		}
		key, value := it.b, it.a
		was := before.value(key)
		unchanged := d.identical(was, value)
		if last.value(key) != h || unchanged {
			d.deleteItem(tx, h)
			n++
			if !reached && !unchanged && d.identical(current.value(key), value) {
				current.update(key, was)
			}
		}
		if !reached && !it.deleted() {
			current.update(key, value)
		}
	}
	return n
}

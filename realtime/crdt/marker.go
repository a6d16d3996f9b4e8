package crdt

// markers remember where some positions of a list are, so that a search need not begin at its
// start. Which of several places between deleted items an index means depends on where the search
// begins; that is why the markers move exactly as they do in other peers.
type markers struct {
	list []marker
}

type marker struct {
	item  handle
	index int // of the first unit of item
	time  int // of the last use
}

const maxMarkers = 80

// hasMarkers says whether the type is of a kind that uses markers. Formats put an end to them.
func (d *Doc) hasMarkers(t typeID) bool {
	ty := &d.types[t]
	return !ty.formats && (ty.kind == typeArray || ty.kind == typeText || ty.kind == typeXMLText)
}

func (d *Doc) markersOf(t typeID) *markers {
	if !d.types[t].markers {
		return nil
	}
	return d.live.markers[t]
}

func (d *Doc) dropMarkers(t typeID) {
	if m := d.markersOf(t); m != nil {
		delete(d.live.markers, t)
		d.types[t].markers = false
	}
}

func (d *Doc) tick() int {
	d.live.markerTime++
	return d.live.markerTime
}

// moveMarkers lets the markers at right point to left, with which it is about to merge.
func (d *Doc) moveMarkers(right, left handle) {
	l := &d.items[left]
	m := d.markersOf(d.typeOf(l))
	for i := range m.list {
		if m.list[i].item == right {
			m.list[i].item = left
			if l.visible() {
				m.list[i].index -= int(l.length)
			}
		}
	}
}

// findMarker looks for index beginning at the nearest marker, and leaves a marker near it. It says
// false when there is nothing to begin with.
func (d *Doc) findMarker(t typeID, index int) (marker, bool) {
	ty := &d.types[t]
	if ty.start == 0 || index == 0 || !d.hasMarkers(t) {
		return marker{}, false
	}
	live := d.alive()
	m := live.markers[t]
	if m == nil {
		m = &markers{}
		live.markers[t] = m
		ty.markers = true
	}
	nearest := -1
	for i := range m.list {
		if nearest < 0 || !(abs(index-m.list[nearest].index) < abs(index-m.list[i].index)) {
			nearest = i
		}
	}
	p, at := ty.start, 0
	if nearest >= 0 {
		p, at = m.list[nearest].item, m.list[nearest].index
		m.list[nearest].time = d.tick()
	}
	for d.items[p].right != 0 && at < index {
		it := &d.items[p]
		if it.visible() {
			if index < at+int(it.length) {
				break
			}
			at += int(it.length)
		}
		p = it.right
	}
	back := func() {
		p = d.items[p].left
		if it := &d.items[p]; it.visible() {
			at -= int(it.length)
		}
	}
	for d.items[p].left != 0 && at > index {
		back()
	}
	// A marker must not stand where its item could merge with the one before.
	for {
		it := &d.items[p]
		if it.left == 0 {
			break
		}
		if l := &d.items[it.left]; l.client != it.client || l.end() != it.clock {
			break
		}
		back()
	}
	parentLen := float64(d.types[d.typeOf(&d.items[p])].length)
	if nearest >= 0 && float64(abs(m.list[nearest].index-at)) < parentLen/maxMarkers {
		return d.overwrite(&m.list[nearest], p, at), true
	}
	if len(m.list) >= maxMarkers {
		oldest := 0
		for i := range m.list {
			if !(m.list[oldest].time < m.list[i].time) {
				oldest = i
			}
		}
		return d.overwrite(&m.list[oldest], p, at), true
	}
	d.items[p].set(flagMarker)
	m.list = append(m.list, marker{p, at, d.tick()})
	return m.list[len(m.list)-1], true
}

func (d *Doc) overwrite(m *marker, p handle, index int) marker {
	d.items[m.item].unset(flagMarker)
	d.items[p].set(flagMarker)
	*m = marker{p, index, d.tick()}
	return *m
}

// shiftMarkers adapts the markers to n units inserted at index, or deleted when n is negative.
func (d *Doc) shiftMarkers(t typeID, index, n int) {
	m := d.markersOf(t)
	if m == nil {
		return
	}
	for i := len(m.list) - 1; i >= 0; i-- {
		k := &m.list[i]
		if n > 0 {
			p := k.item
			d.items[p].unset(flagMarker)
			for p != 0 && !d.items[p].visible() {
				p = d.items[p].left
				if p != 0 && d.items[p].visible() {
					k.index -= int(d.items[p].length)
				}
			}
			if p == 0 || d.items[p].has(flagMarker) {
				m.list = append(m.list[:i], m.list[i+1:]...)
				continue
			}
			k.item = p
			d.items[p].set(flagMarker)
		}
		if index < k.index || n > 0 && index == k.index {
			k.index = max(index, k.index+n)
		}
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

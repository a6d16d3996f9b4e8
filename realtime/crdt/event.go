package crdt

import (
	"slices"
)

// Event tells what a transaction changed in one type.
type Event struct {
	Target Shared
	Tx     *Tx
	List   bool     // the list of the type changed
	Keys   []string // the keys that changed
}

type updateListener struct {
	f    func(update []byte, origin any)
	v2   bool
	gone bool
}

type typeObservers struct {
	own  []*observer
	deep []*deepObserver
}

type observer struct{ f func(*Event) }
type deepObserver struct{ f func([]*Event) }
type afterListener struct{ f func(*Tx) }

// OnUpdate calls f with every change as a v1 update, until cancel is called. The bytes belong to f.
// A received update leaves only with what was new in it.
func (d *Doc) OnUpdate(f func(update []byte, origin any)) (cancel func()) {
	return d.onUpdate(f, false)
}

// OnUpdateV2 is OnUpdate for format v2.
func (d *Doc) OnUpdateV2(f func(update []byte, origin any)) (cancel func()) {
	return d.onUpdate(f, true)
}

func (d *Doc) onUpdate(f func([]byte, any), v2 bool) func() {
	l := &updateListener{f: f, v2: v2}
	live := d.alive()
	live.updates = append(live.updates, l)
	return func() {
		l.gone = true
		live.updates = slices.DeleteFunc(live.updates, func(x *updateListener) bool { return x == l })
	}
}

// onlyV1 says whether nobody listens to more than v1 updates.
func (l *liveState) onlyV1() bool {
	if len(l.observers) > 0 || len(l.after) > 0 || len(l.subdocs) > 0 {
		return false
	}
	return !slices.ContainsFunc(l.updates, func(u *updateListener) bool { return u.v2 })
}

// sendCopies sends a received v1 update on as it is.
func (l *liveState) sendCopies(tx *Tx) {
	update := slices.Clone(tx.copy)
	for _, u := range slices.Clone(l.updates) {
		if !u.gone {
			u.f(update, tx.origin)
		}
	}
}

// OnTransaction calls f at the end of every transaction, after the observers of types and before
// deleted content is forgotten, until cancel is called.
func (d *Doc) OnTransaction(f func(*Tx)) (cancel func()) {
	l := &afterListener{f}
	live := d.alive()
	live.after = append(live.after, l)
	return func() {
		live.after = slices.DeleteFunc(live.after, func(x *afterListener) bool { return x == l })
	}
}

// Observe calls f after every transaction that changed the type itself.
func (n *node) Observe(f func(*Event)) (cancel func()) {
	if n.doc == nil {
		return func() {}
	}
	o := n.observers()
	x := &observer{f}
	o.own = append(o.own, x)
	return func() { o.own = slices.DeleteFunc(o.own, func(y *observer) bool { return x == y }) }
}

// ObserveDeep calls f after every transaction that changed the type or something in it, with the
// changes nearest to the type first.
func (n *node) ObserveDeep(f func([]*Event)) (cancel func()) {
	if n.doc == nil {
		return func() {}
	}
	o := n.observers()
	x := &deepObserver{f}
	o.deep = append(o.deep, x)
	return func() { o.deep = slices.DeleteFunc(o.deep, func(y *deepObserver) bool { return x == y }) }
}

func (n *node) observers() *typeObservers {
	live := n.doc.alive()
	o := live.observers[n.id]
	if o == nil {
		o = &typeObservers{}
		live.observers[n.id] = o
	}
	return o
}

// notify tells everybody what changed, and finds out whether formats need cleaning.
func (d *Doc) notify(tx *Tx) {
	if !tx.local {
		for _, c := range tx.changed {
			ty := &d.types[c.typ]
			switch ty.kind {
			case typeText, typeXMLText:
				if d.typeAlive(c.typ) {
					d.forgetMarkers(c.typ)
					tx.formats = tx.formats || ty.formats && !d.keepFormats
				}
			case typeArray, typeUnknown:
				if d.typeAlive(c.typ) {
					d.forgetMarkers(c.typ)
				}
			}
		}
	}
	if d.live == nil || len(d.live.observers) == 0 && len(d.live.after) == 0 {
		return
	}
	d.callObservers(tx)
	for _, l := range slices.Clone(d.live.after) {
		l.f(tx)
	}
}

func (d *Doc) forgetMarkers(t typeID) {
	if m := d.markersOf(t); m != nil {
		m.list = m.list[:0]
	}
}

func (d *Doc) typeAlive(t typeID) bool {
	h := d.types[t].item
	return h == 0 || !d.items[h].deleted()
}

func (d *Doc) callObservers(tx *Tx) {
	tx.changedParents = map[typeID][]*Event{}
	var order []typeID // types with events in or below them
	seen := map[typeID]bool{}
	for i, c := range tx.changed {
		if seen[c.typ] || !d.typeAlive(c.typ) || d.types[c.typ].kind == typeUnknown {
			continue
		}
		seen[c.typ] = true
		e := &Event{Target: d.shared(c.typ), Tx: tx}
		for _, x := range tx.changed[i:] {
			switch {
			case x.typ != c.typ:
			case x.key == 0:
				e.List = true
			case !slices.Contains(e.Keys, d.names[x.key]):
				e.Keys = append(e.Keys, d.names[x.key])
			}
		}
		for t := c.typ; ; {
			if len(tx.changedParents[t]) == 0 {
				order = append(order, t)
			}
			tx.changedParents[t] = append(tx.changedParents[t], e)
			h := d.types[t].item
			if h == 0 || d.items[h].in == 0 {
				break
			}
			t = d.typeOf(&d.items[h])
		}
		if o := d.live.observers[c.typ]; o != nil {
			for _, x := range slices.Clone(o.own) {
				x.f(e)
			}
		}
	}
	for _, t := range order {
		o := d.live.observers[t]
		if o == nil || len(o.deep) == 0 || !d.typeAlive(t) {
			continue
		}
		events := slices.DeleteFunc(slices.Clone(tx.changedParents[t]), func(e *Event) bool { return !d.typeAlive(e.Target.base().id) })
		slices.SortStableFunc(events, func(a, b *Event) int { return d.depth(a, t) - d.depth(b, t) })
		for _, x := range slices.Clone(o.deep) {
			x.f(events)
		}
	}
}

func (d *Doc) depth(e *Event, above typeID) int {
	n := 0
	for t := e.Target.base().id; t != above; n++ {
		t = d.typeOf(&d.items[d.types[t].item])
	}
	return n
}

// Path leads from the given type down to the one that changed: keys as strings, places in lists as
// ints.
func (e *Event) Path(from Shared) []any {
	var path []any
	d := e.Tx.doc
	above := from.base().id
	for t := e.Target.base().id; t != above && d.types[t].item != 0; {
		it := &d.items[d.types[t].item]
		if it.keyed() {
			path = append(path, d.names[d.keyOf(it)])
		} else {
			n := 0
			for h := d.types[d.typeOf(it)].start; h != 0 && h != d.types[t].item; h = d.items[h].right {
				if d.items[h].visible() {
					n += int(d.items[h].length)
				}
			}
			path = append(path, n)
		}
		t = d.typeOf(it)
	}
	slices.Reverse(path)
	return path
}

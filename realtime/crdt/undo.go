package crdt

import (
	"cmp"
	"reflect"
	"slices"
	"time"
)

// UndoManager takes back changes to some types, and takes them back again. It undoes what was made
// here, by transactions with a tracked origin; what others did in the meantime stays.
type UndoManager struct {
	// CaptureTimeout is how long changes join the last step. NewUndoManager sets half a second.
	CaptureTimeout time.Duration
	// IgnoreRemoteMapChanges lets undo overwrite a key that somebody else has set since.
	IgnoreRemoteMapChanges bool
	// CaptureTransaction, when set, says whether a transaction can be undone at all.
	CaptureTransaction func(*Tx) bool
	// Now is the clock.
	Now func() time.Time
	// Added and Popped, when set, are told of steps that were added or undone; undone says which
	// of the two stacks it concerns.
	Added, Popped func(step *UndoStep, redo bool)

	doc              *Doc
	scope            []typeID
	everything       bool
	origins          []any
	undos, redos     []*UndoStep
	undoing, redoing bool
	current          *UndoStep
	lastChange       time.Time
	cancel           func()
}

// UndoStep is what one Undo takes back.
type UndoStep struct {
	// Meta is for the application, to keep a selection for instance.
	Meta map[any]any

	insertions, deletions undoSet
}

// undoSet is a set of ids whose clients have an order: that in which they came in. Content is
// restored in it.
type undoSet []undoRanges

type undoRanges struct {
	client uint64
	ranges deleteSet
}

// add adds a range without regard to what is there.
func (s *undoSet) add(r clockRange) {
	for i := range *s {
		if (*s)[i].client == r.client {
			(*s)[i].ranges = append((*s)[i].ranges, r)
			return
		}
	}
	*s = append(*s, undoRanges{r.client, deleteSet{r}})
}

func (s undoSet) has(client uint64, clock uint32) bool {
	for i := range s {
		if s[i].client == client {
			return s[i].ranges.has(client, clock)
		}
	}
	return false
}

// join gives a new set with what is in either.
func (s undoSet) join(o undoSet) undoSet {
	var out undoSet
	for _, set := range []undoSet{s, o} {
		for _, c := range set {
			for _, r := range c.ranges {
				out.add(r)
			}
		}
	}
	for i := range out {
		out[i].ranges = mergeRanges(out[i].ranges)
	}
	return out
}

// NewUndoManager makes a manager for some types of a document, or for all of it when none is given.
// It tracks transactions without an origin, and its own.
func (d *Doc) NewUndoManager(scope ...Shared) *UndoManager {
	u := &UndoManager{CaptureTimeout: 500 * time.Millisecond, Now: time.Now, doc: d, everything: len(scope) == 0}
	u.origins = []any{nil, u}
	for _, s := range scope {
		u.AddToScope(s)
	}
	u.cancel = d.OnTransaction(u.capture)
	return u
}

// AddToScope has another type watched.
func (u *UndoManager) AddToScope(s Shared) {
	if n := s.base(); n.doc == u.doc && !slices.Contains(u.scope, n.id) {
		u.scope = append(u.scope, n.id)
	}
}

// TrackOrigin has transactions with this origin undone as well.
func (u *UndoManager) TrackOrigin(origin any) { u.origins = append(u.origins, origin) }

// UntrackOrigin ends TrackOrigin. Untracking nil leaves only named origins.
func (u *UndoManager) UntrackOrigin(origin any) {
	u.origins = slices.DeleteFunc(u.origins, func(o any) bool { return sameOrigin(o, origin) })
}

func sameOrigin(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}

// Close ends the manager. What it kept from being collected stays until the document goes.
func (u *UndoManager) Close() { u.cancel() }

// CanUndo says whether there is a step to undo.
func (u *UndoManager) CanUndo() bool { return len(u.undos) > 0 }

// CanRedo says whether there is a step to redo.
func (u *UndoManager) CanRedo() bool { return len(u.redos) > 0 }

// StopCapturing lets the next change begin a new step.
func (u *UndoManager) StopCapturing() { u.lastChange = time.Time{} }

// Undo takes back the last step that still has an effect. It returns nil when there is none.
func (u *UndoManager) Undo() *UndoStep {
	u.undoing = true
	defer func() { u.undoing = false }()
	return u.pop(&u.undos, false)
}

// Redo takes back the last undo.
func (u *UndoManager) Redo() *UndoStep {
	u.redoing = true
	defer func() { u.redoing = false }()
	return u.pop(&u.redos, true)
}

// Clear forgets all steps.
func (u *UndoManager) Clear() { u.clear(true, true) }

func (u *UndoManager) clear(undos, redos bool) {
	if !(undos && len(u.undos) > 0 || redos && len(u.redos) > 0) {
		return
	}
	u.doc.transact(nil, true, func(tx *Tx) {
		forget := func(stack *[]*UndoStep) {
			for _, step := range *stack {
				u.doc.eachStruct(tx, step.deletions, func(h handle) {
					if u.covers(h) {
						u.doc.keep(h, false)
					}
				})
			}
			*stack = nil
		}
		if undos {
			forget(&u.undos)
		}
		if redos {
			forget(&u.redos)
		}
	})
}

// covers says whether an item is in the scope. Collected structs are in none.
func (u *UndoManager) covers(h handle) bool {
	d := u.doc
	if d.items[h].kind == kindGC {
		return false
	}
	if u.everything {
		return true
	}
	for h != 0 {
		t := d.typeOf(&d.items[h])
		if slices.Contains(u.scope, t) {
			return true
		}
		h = d.types[t].item
	}
	return false
}

// capture makes a step of a transaction, or adds it to the last step.
func (u *UndoManager) capture(tx *Tx) {
	if u.CaptureTransaction != nil && !u.CaptureTransaction(tx) {
		return
	}
	if !u.everything && !slices.ContainsFunc(u.scope, func(t typeID) bool { return len(tx.changedParents[t]) > 0 }) {
		return
	}
	if !slices.ContainsFunc(u.origins, func(o any) bool { return sameOrigin(o, tx.origin) }) {
		return
	}
	stack := &u.undos
	if u.undoing {
		stack = &u.redos
		u.StopCapturing()
	} else if !u.redoing {
		u.clear(false, true)
	}
	var insertions, deletions undoSet
	spans := slices.Clone(tx.spans)
	slices.SortFunc(spans, func(a, b clientSpan) int { return cmp.Compare(a.client, b.client) })
	for _, s := range spans {
		if s.after > s.before {
			insertions.add(clockRange{u.doc.clients[s.client].id, s.before, s.after - s.before})
		}
	}
	for _, r := range tx.dels {
		deletions.add(clockRange{u.doc.clients[r.client].id, r.clock, r.len})
	}
	now := u.Now()
	own := u.undoing || u.redoing
	added := false
	if !u.lastChange.IsZero() && now.Sub(u.lastChange) < u.CaptureTimeout && len(*stack) > 0 && !own {
		last := (*stack)[len(*stack)-1]
		last.deletions = last.deletions.join(deletions)
		last.insertions = last.insertions.join(insertions)
	} else {
		*stack = append(*stack, &UndoStep{insertions: insertions, deletions: deletions})
		added = true
	}
	if !own {
		u.lastChange = now
	}
	u.doc.eachStruct(tx, deletions, func(h handle) {
		if u.covers(h) {
			u.doc.keep(h, true)
		}
	})
	if added && u.Added != nil {
		u.Added((*stack)[len(*stack)-1], u.undoing)
	}
}

func (u *UndoManager) pop(stack *[]*UndoStep, redo bool) *UndoStep {
	d := u.doc
	d.transact(u, true, func(tx *Tx) {
		for len(*stack) > 0 && u.current == nil {
			step := (*stack)[len(*stack)-1]
			*stack = (*stack)[:len(*stack)-1]
			if u.revert(tx, step) {
				u.current = step
			}
		}
		for _, c := range tx.changed {
			if c.key == 0 {
				d.forgetMarkers(c.typ)
			}
		}
	})
	step := u.current
	u.current = nil
	if step != nil && u.Popped != nil {
		u.Popped(step, redo)
	}
	return step
}

// revert deletes what a step inserted and inserts again what it deleted.
func (u *UndoManager) revert(tx *Tx, step *UndoStep) (changed bool) {
	d := u.doc
	var remove, restore []handle
	d.eachStruct(tx, step.insertions, func(h handle) {
		it := &d.items[h]
		if it.kind == kindGC {
			return
		}
		if it.has(flagRedone) {
			var diff uint32
			h, diff = d.followRedone(itemID{it.client, it.clock})
			if diff > 0 {
				to := &d.items[h]
				h = d.cleanStart(tx, itemID{to.client, to.clock + diff})
			}
		}
		if !d.items[h].deleted() && u.covers(h) {
			remove = append(remove, h)
		}
	})
	listed := map[handle]bool{}
	d.eachStruct(tx, step.deletions, func(h handle) {
		it := &d.items[h]
		// What came and went in the same step stays away.
		if u.covers(h) && !listed[h] && !step.insertions.has(d.clients[it.client].id, it.clock) {
			listed[h] = true
			restore = append(restore, h)
		}
	})
	for _, h := range restore {
		if u.redo(tx, h, listed, step.insertions) != 0 {
			changed = true
		}
	}
	for _, h := range slices.Backward(remove) {
		d.deleteItem(tx, h)
		changed = true
	}
	return changed
}

// redo inserts a copy of a deleted item where the item was, and returns it; zero when there is no
// such place any more.
func (u *UndoManager) redo(tx *Tx, h handle, listed map[handle]bool, leaving undoSet) handle {
	d := u.doc
	if d.items[h].has(flagRedone) {
		return d.cleanStart(tx, d.redoneOf(h))
	}
	parent := d.types[d.typeOf(&d.items[h])].item
	if parent != 0 && d.items[parent].deleted() {
		if !d.items[parent].has(flagRedone) && (!listed[parent] || u.redo(tx, parent, listed, leaving) == 0) {
			return 0
		}
		for d.items[parent].has(flagRedone) {
			parent = d.cleanStart(tx, d.redoneOf(parent))
		}
	}
	t := d.typeOf(&d.items[h])
	if parent != 0 {
		if d.items[parent].kind != kindType {
			return 0
		}
		t = d.items[parent].a
	}
	left, right, ok := u.neighbours(tx, h, parent, t, leaving)
	if !ok {
		return 0
	}
	c := d.addClient(d.clientID)
	id := itemID{c, d.clients[c].state}
	d.setRedone(h, id)
	from := d.items[h]
	var made typeID
	if from.kind == kindType {
		made = d.newType(d.types[from.a].kind, 0, d.types[from.a].name)
	}
	content := []byte(nil)
	if from.inArena() {
		content = slices.Clone(d.content(&from))
	}
	in := t
	if from.keyed() {
		in = d.keySpot(t, d.keyOf(&from))
	}
	return d.insertItem(tx, in, left, right, func(it *item) {
		it.kind, it.length, it.a, it.b = from.kind, from.length, from.a, from.b
		it.flags = from.flags & flagASCII
		it.set(flagKeep)
		d.keepAbove(t)
		switch {
		case from.inArena():
			d.putContent(it, content)
		case from.kind == kindType:
			it.a = made
		case from.kind == kindDoc:
			old := d.docs[from.a]
			it.a = d.addSubDoc(old.guid, old.options)
		}
	})
}

// neighbours finds the neighbours that a copy of h gets.
func (u *UndoManager) neighbours(tx *Tx, h, parent handle, t typeID, leaving undoSet) (left, right handle, ok bool) {
	d := u.doc
	if d.items[h].keyed() {
		return u.spotForKey(tx, h, parent, t, leaving)
	}
	// The nearest items that are in the parent, or whose copies are.
	trace := func(x handle, step func(*item) handle) handle {
		for x != 0 {
			y := x
			for y != 0 && d.types[d.typeOf(&d.items[y])].item != parent {
				if !d.items[y].has(flagRedone) {
					y = 0
					break
				}
				if y = d.cleanStart(tx, d.redoneOf(y)); d.items[y].kind == kindGC {
					y = 0 // the copy was collected with its parent
				}
			}
			if y != 0 {
				return y
			}
			x = step(&d.items[x])
		}
		return 0
	}
	left = trace(d.items[h].left, func(it *item) handle { return it.left })
	right = trace(h, func(it *item) handle { return it.right })
	return left, right, true
}

func (u *UndoManager) spotForKey(tx *Tx, h, parent handle, t typeID, leaving undoSet) (left, right handle, ok bool) {
	d := u.doc
	sub := d.keyOf(&d.items[h])
	if d.items[h].right != 0 && !u.IgnoreRemoteMapChanges {
		left = h
		for {
			r := d.items[left].right
			if r == 0 || !(d.items[r].has(flagRedone) || u.leaves(r, leaving)) {
				break
			}
			left = r
			for d.items[left].has(flagRedone) {
				left = d.cleanStart(tx, d.redoneOf(left))
			}
			if d.items[left].kind == kindGC {
				return 0, 0, false // the copy was collected with its parent; yjs fails here
			}
		}
		if d.items[left].right != 0 {
			return 0, 0, false // somebody else set the key in the meantime
		}
	} else {
		left = d.lookup(t, sub)
	}
	if left != 0 && d.types[d.typeOf(&d.items[left])].item != parent {
		left = d.lookup(t, sub)
	}
	return left, 0, true
}

// leaves says whether an item goes with the present step or went with one on the stacks.
func (u *UndoManager) leaves(h handle, leaving undoSet) bool {
	it := &u.doc.items[h]
	client := u.doc.clients[it.client].id
	if leaving.has(client, it.clock) {
		return true
	}
	in := func(s *UndoStep) bool { return s.deletions.has(client, it.clock) }
	return slices.ContainsFunc(u.undos, in) || slices.ContainsFunc(u.redos, in)
}

func (d *Doc) redoneOf(h handle) itemID {
	it := &d.items[h]
	return d.redone[itemID{it.client, it.clock}]
}

func (d *Doc) setRedone(h handle, to itemID) {
	if d.redone == nil {
		d.redone = map[itemID]itemID{}
	}
	it := &d.items[h]
	it.set(flagRedone)
	d.redone[itemID{it.client, it.clock}] = to
}

// keep says whether an item and those it is in may be collected.
func (d *Doc) keep(h handle, on bool) {
	for h != 0 && d.items[h].has(flagKeep) != on {
		d.items[h].flags ^= flagKeep
		h = d.types[d.typeOf(&d.items[h])].item
	}
}

func (d *Doc) keepAbove(t typeID) { d.keep(d.types[t].item, true) }

// eachStruct calls f for the structs in a set, cut so that they lie wholly inside of it.
func (d *Doc) eachStruct(tx *Tx, set undoSet, f func(h handle)) {
	for _, c := range set {
		ci, ok := d.client(c.client)
		if !ok {
			continue
		}
		for _, r := range c.ranges {
			for clock := r.clock; clock < r.end() && clock < d.clients[ci].state; {
				h := d.cleanStart(tx, itemID{ci, clock})
				if it := &d.items[h]; it.end() > r.end() && it.kind != kindGC {
					d.cleanStart(tx, itemID{ci, r.end()})
				}
				clock = d.items[h].end()
				f(h)
			}
		}
	}
}

package crdt

import (
	"cmp"
	"slices"

	"samenwijk/realtime/lib0"
)

// MergeUpdates joins v1 updates into one that has the effect of them all, without building a
// document. Gaps between the updates stay gaps. The updates may overlap and come in any order.
func MergeUpdates(updates [][]byte) ([]byte, error) { return mergeUpdates(updates, false) }

// MergeUpdatesV2 is MergeUpdates for format v2.
func MergeUpdatesV2(updates [][]byte) ([]byte, error) { return mergeUpdates(updates, true) }

// DiffUpdate leaves out of a v1 update what a peer with the given state vector has, except deletes,
// of which a state vector says nothing.
func DiffUpdate(update, stateVector []byte) ([]byte, error) {
	return diffUpdate(update, stateVector, false)
}

// DiffUpdateV2 is DiffUpdate for format v2.
func DiffUpdateV2(update, stateVector []byte) ([]byte, error) {
	return diffUpdate(update, stateVector, true)
}

// StateVectorFromUpdate gives the encoded state vector of a document to which only this v1 update
// is applied: what follows a gap does not count.
func StateVectorFromUpdate(update []byte) ([]byte, error) {
	return stateVectorFromUpdate(update, false)
}

// StateVectorFromUpdateV2 is StateVectorFromUpdate for format v2.
func StateVectorFromUpdateV2(update []byte) ([]byte, error) {
	return stateVectorFromUpdate(update, true)
}

// ConvertV1ToV2 writes a v1 update in format v2.
func ConvertV1ToV2(update []byte) ([]byte, error) { return convert(update, false) }

// ConvertV2ToV1 writes a v2 update in format v1.
func ConvertV2ToV1(update []byte) ([]byte, error) { return convert(update, true) }

// Meta says which clocks an update holds for each client: from the first to, exclusively, the last.
// There may be gaps in between.
type Meta struct {
	From, To StateVector
}

// UpdateMeta reads the Meta of a v1 update.
func UpdateMeta(update []byte) (Meta, error) { return updateMeta(update, false) }

// UpdateMetaV2 reads the Meta of a v2 update.
func UpdateMetaV2(update []byte) (Meta, error) { return updateMeta(update, true) }

func mergeUpdates(updates [][]byte, v2 bool) ([]byte, error) {
	return mergeWithin(updates, v2, Limits{}.orDefault())
}

func mergeWithin(updates [][]byte, v2 bool, limits Limits) ([]byte, error) {
	r := newReader(limits)
	defer r.release()
	if len(updates) == 1 {
		if _, err := r.readUpdate(updates[0], v2); err != nil {
			return nil, err
		}
		return slices.Clone(updates[0]), nil
	}
	u, parts, err := r.readUpdates(updates, v2)
	if err != nil {
		return nil, err
	}
	w := takeWriter(v2)
	defer w.release()
	m := merger{u: u, parts: parts, w: w}
	m.run()
	w.closeBlocks()
	w.deletes(mergeRanges(u.dels))
	return w.finish(), nil
}

// merger walks over the structs of several updates at once, in the order in which they are written:
// highest client first, then by clock. Of updates that stand at the same clock the one that moved
// last comes first; that decides which of two forms of the same content is kept.
type merger struct {
	u     *update
	parts []part
	w     *writer
	queue []turn // parts that moved, as a heap
	moves int

	last structRef // to be written next, perhaps after joining it with what follows
	has  bool
}

type turn struct {
	client uint64
	clock  uint32
	part   int32
	moved  int
}

func (t turn) before(o turn) bool {
	if t.client != o.client {
		return t.client > o.client
	}
	if t.clock != o.clock {
		return t.clock < o.clock
	}
	return t.moved > o.moved
}

// current is the struct at which part p stands, or nil at its end.
func (m *merger) current(p int32) *structRef {
	part := &m.parts[p]
	for part.refs < part.refsEnd {
		if ref := &m.u.refs[part.refs]; ref.kind() != kindSkip {
			return ref
		}
		part.refs++
	}
	return nil
}

func (m *merger) next(p int32) *structRef {
	m.parts[p].refs++
	return m.current(p)
}

func (m *merger) run() {
	if m.ambiguous() {
		m.runAsV8()
	} else {
		m.runQueue()
	}
	if m.has {
		m.w.append(m.u, &m.last, 0)
	}
}

// ambiguous says whether the same clock begins content in one part and a collected struct in
// another; see v8Sort.
func (m *merger) ambiguous() bool {
	type start struct {
		client uint64
		clock  uint32
	}
	var collected map[start]struct{}
	for i := range m.u.refs {
		if r := &m.u.refs[i]; r.kind() == kindGC {
			if collected == nil {
				collected = map[start]struct{}{}
			}
			collected[start{r.client, r.clock}] = struct{}{}
		}
	}
	if collected == nil {
		return false
	}
	for i := range m.u.refs {
		if r := &m.u.refs[i]; r.kind() != kindGC && r.kind() != kindSkip {
			if _, also := collected[start{r.client, r.clock}]; also {
				return true
			}
		}
	}
	return false
}

func (m *merger) runAsV8() {
	order := make([]int32, len(m.parts))
	for i := range order {
		order[i] = int32(i)
	}
	less := func(a, b int32) bool {
		x, y := m.current(a), m.current(b)
		switch {
		case x.client != y.client:
			return x.client > y.client
		case x.clock != y.clock:
			return x.clock < y.clock
		}
		return (x.kind() == kindGC) != (y.kind() == kindGC)
	}
	for {
		order = slices.DeleteFunc(order, func(p int32) bool { return m.current(p) == nil })
		if len(order) == 0 {
			return
		}
		v8Sort(order, less)
		m.step(order[0])
	}
}

// runQueue takes the parts in order. Those that did not move yet are sorted once; most are a single
// struct and never come back. Those that moved wait in a heap.
func (m *merger) runQueue() {
	fresh := make([]turn, 0, len(m.parts))
	sorted := true
	for i := range m.parts {
		if ref := m.current(int32(i)); ref != nil {
			t := turn{ref.client, ref.clock, int32(i), -i}
			sorted = sorted && (len(fresh) == 0 || fresh[len(fresh)-1].before(t))
			fresh = append(fresh, t)
		}
	}
	if !sorted {
		slices.SortFunc(fresh, func(a, b turn) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
	}
	for len(fresh) > 0 || len(m.queue) > 0 {
		if len(m.queue) > 0 && (len(fresh) == 0 || m.queue[0].before(fresh[0])) {
			m.step(m.queue[0].part)
			m.settle()
			continue
		}
		p := fresh[0].part
		fresh = fresh[1:]
		m.step(p)
		if ref := m.current(p); ref != nil {
			m.moves++
			m.push(turn{ref.client, ref.clock, p, m.moves})
		}
	}
}

func (m *merger) push(t turn) {
	m.queue = append(m.queue, t)
	q := m.queue
	for i := len(q) - 1; i > 0; {
		above := (i - 1) / 2
		if !q[i].before(q[above]) {
			return
		}
		q[i], q[above] = q[above], q[i]
		i = above
	}
}

// step writes from part p as long as no other part can have something that comes before.
func (m *merger) step(p int32) {
	ref := m.current(p)
	client := ref.client
	switch {
	case !m.has:
		m.take(ref, p)
	default:
		iterated := false
		for ref != nil && ref.end() <= m.last.end() && ref.client >= m.last.client {
			ref = m.next(p)
			iterated = true
		}
		if ref == nil || ref.client != client || iterated && ref.clock > m.last.end() {
			return // another part may come first now
		}
		m.join(ref, client, p)
	}
	for ref := m.current(p); ref != nil && ref.client == client && ref.clock == m.last.end(); ref = m.current(p) {
		m.w.append(m.u, &m.last, 0)
		m.take(ref, p)
	}
}

func (m *merger) take(ref *structRef, p int32) {
	m.last, m.has = *ref, true
	m.next(p)
}

func (m *merger) join(ref *structRef, client uint64, p int32) {
	if client != m.last.client {
		m.w.append(m.u, &m.last, 0)
		m.take(ref, p)
		return
	}
	end := m.last.end()
	if end < ref.clock {
		m.w.append(m.u, &m.last, 0)
		m.last = structRef{client: client, clock: end, length: ref.clock - end, info: kindSkip, flags: refCut}
		return
	}
	piece := *ref
	if diff := end - ref.clock; diff > 0 {
		m.u.slice(&piece, diff)
	}
	if m.last.kind() == kindGC && piece.kind() == kindGC {
		m.last.length += piece.length
		m.last.flags |= refCut
		return
	}
	m.w.append(m.u, &m.last, 0)
	m.take(&piece, p)
}

// settle puts the part at the head of the queue where it belongs after it moved.
func (m *merger) settle() {
	q := m.queue
	p := q[0].part
	ref := m.current(p)
	if ref == nil {
		last := len(q) - 1
		q[0] = q[last]
		m.queue = q[:last]
		q = m.queue
		if last == 0 {
			return
		}
	} else {
		m.moves++
		q[0] = turn{ref.client, ref.clock, p, m.moves}
	}
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(q) {
			return
		}
		if child+1 < len(q) && q[child+1].before(q[child]) {
			child++
		}
		if !q[child].before(q[i]) {
			return
		}
		q[i], q[child] = q[child], q[i]
		i = child
	}
}

func diffUpdate(b, stateVector []byte, v2 bool) ([]byte, error) {
	return diffAs(b, stateVector, v2, false)
}

func diffAs(b, stateVector []byte, v2, verbatim bool) ([]byte, error) {
	sv, err := DecodeStateVector(stateVector)
	if err != nil {
		return nil, err
	}
	r := newReader(Limits{}.orDefault())
	defer r.release()
	w := takeWriter(v2)
	defer w.release()
	if !v2 {
		r.verbatim = verbatim
		if err := r.copyDiff(w, b, sv); err != nil {
			return nil, err
		}
		return w.finish(), nil
	}
	u, err := r.readUpdate(b, v2)
	if err != nil {
		return nil, err
	}
	writeDiff(w, u, sv)
	return w.finish(), nil
}

// copyDiff is writeDiff for a v1 update that is read struct by struct: what a peer would write with
// the same bytes is copied in one piece.
func (r *reader) copyDiff(w *writer, b []byte, sv StateVector) error {
	if len(b) > r.limits.Bytes {
		return &lib0.Error{Kind: ErrOverBudget, At: 0, What: "update too long"}
	}
	r.begin(b, false)
	r.base = 0
	d := &r.rest
	d.Reset(b)
	structs := 0
	for blocks := d.Count(3); blocks > 0 && d.Err() == nil; blocks-- {
		count := d.Count(2)
		client := d.VarUint()
		start := d.VarUint()
		if structs += count; structs > r.limits.Structs {
			d.Fail(ErrOverBudget, "too many structs")
		}
		if !r.startBlock(0, client, start) {
			break
		}
		r.copyBlock(w, client, uint32(start), count, sv[client])
	}
	r.readDeletes()
	if d.Err() == nil && d.Rest() > 0 {
		d.Fail(ErrMalformed, "bytes after the update")
	}
	if d.Err() != nil {
		return d.Err()
	}
	w.closeBlocks()
	w.deletes(sortRanges(r.u.dels))
	return nil
}

func (r *reader) copyBlock(w *writer, client uint64, clock uint32, count int, known uint32) {
	d := &r.rest
	buf := r.u.buf
	own := makeOwnID(client)
	var c common
	var ref structRef
	begun := false
	from, to := 0, 0 // bytes to copy as they are
	plain := 0       // structs among those that the writer has not counted
	at := d.Pos()
	for ; count > 0; count-- {
		if own.scan(buf, at, &c) && uint64(clock)+uint64(c.length) <= maxClock && (begun || clock+c.length <= known) {
			if begun {
				plain++
				if to != at {
					w.rest = append(w.rest, buf[from:to]...)
					from = at
				}
				to = c.end
			}
			clock += c.length
			at = c.end
			continue
		}
		d.Seek(at)
		ref = structRef{client: client, clock: clock}
		clock = r.readStructV1(&ref)
		if d.Err() != nil {
			return
		}
		at = d.Pos()
		if !begun {
			if ref.kind() == kindSkip || ref.end() <= known {
				continue
			}
			begun = true
			w.append(&r.u, &ref, max(known, ref.clock)-ref.clock)
			from, to = at, at
			continue
		}
		plain++
		if ref.flags&refOdd == 0 && buf[ref.from] == ref.info && to == int(ref.from) {
			to = int(ref.to)
			continue
		}
		w.rest = append(w.rest, buf[from:to]...)
		w.ref(&r.u, &ref, 0)
		from, to = at, at
	}
	d.Seek(at)
	if begun {
		w.marks[len(w.marks)-1].count += plain
		w.rest = append(w.rest, buf[from:to]...)
	}
}

func writeDiff(w *writer, u *update, sv StateVector) {
	refs := u.refs
	for i := 0; i < len(refs); {
		client := refs[i].client
		known := sv[client]
		j := i + 1
		for j < len(refs) && refs[j].client == client {
			j++
		}
		run := refs[i:j]
		i = j
		// The first struct written must hold something new, and not be a gap.
		first := slices.IndexFunc(run, func(r structRef) bool { return r.kind() != kindSkip && r.end() > known })
		if first < 0 {
			continue
		}
		w.append(u, &run[first], max(known, run[first].clock)-run[first].clock)
		for k := first + 1; k < len(run); k++ {
			w.append(u, &run[k], 0)
		}
	}
	w.closeBlocks()
	w.deletes(sortRanges(u.dels))
}

func convert(b []byte, v2 bool) ([]byte, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(b, v2)
	if err != nil {
		return nil, err
	}
	w := takeWriter(!v2)
	defer w.release()
	for i := range u.refs {
		w.append(u, &u.refs[i], 0)
	}
	w.closeBlocks()
	w.deletes(sortRanges(u.dels))
	return w.finish(), nil
}

func stateVectorFromUpdate(b []byte, v2 bool) ([]byte, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(b, v2)
	if err != nil {
		return nil, err
	}
	var out []byte
	n := 0
	for i := 0; i < len(u.refs); {
		client := u.refs[i].client
		state, gap := uint32(0), u.refs[i].clock != 0
		for ; i < len(u.refs) && u.refs[i].client == client; i++ {
			gap = gap || u.refs[i].kind() == kindSkip
			if !gap {
				state = u.refs[i].end()
			}
		}
		if state > 0 {
			n++
			out = lib0.AppendVarUint(lib0.AppendVarUint(out, client), uint64(state))
		}
	}
	return append(lib0.AppendVarUint(make([]byte, 0, len(out)+4), uint64(n)), out...), nil
}

func updateMeta(b []byte, v2 bool) (Meta, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(b, v2)
	if err != nil {
		return Meta{}, err
	}
	m := Meta{From: StateVector{}, To: StateVector{}}
	for i := range u.refs {
		ref := &u.refs[i]
		if i == 0 || u.refs[i-1].client != ref.client {
			m.From[ref.client] = ref.clock
		}
		m.To[ref.client] = ref.end()
	}
	return m, nil
}

// blockOf finds the block of a client in sorted blocks.
func blockOf(blocks []block, client uint64) (int, bool) {
	return slices.BinarySearchFunc(blocks, client, func(b block, client uint64) int { return cmp.Compare(b.client, client) })
}

package crdt

import (
	"slices"
	"sync"
	"unicode/utf8"

	"samenwijk/realtime/lib0"
)

// writer encodes structs and delete sets in either format. Structs may be written in blocks whose
// size is known beforehand (openBlock) or only afterwards (beginBlock, endBlock).
type writer struct {
	v2   bool
	rest []byte

	// The columns of format v2.
	keyClock, leftClock, rightClock lib0.IntDiffOptRleEncoder
	clients, typeRefs, lengths      lib0.UintOptRleEncoder
	infos, parentInfos              lib0.RleEncoder
	strings                         lib0.StringEncoder
	keys                            int64

	// Blocks of unknown size: where each begins in rest and how many structs it has.
	marks  []mark
	client uint64
	open   bool

	own    ownID        // of the client whose structs are being written
	ranges []clockRange // memory for a delete set
}

type mark struct{ at, count int }

func newWriter(v2 bool) *writer { return &writer{v2: v2} }

// reset makes w empty and keeps its memory.
func (w *writer) reset(v2 bool) {
	w.v2, w.rest, w.keys, w.open = v2, w.rest[:0], 0, false
	w.marks = w.marks[:0]
	if v2 {
		w.keyClock.Reset()
		w.leftClock.Reset()
		w.rightClock.Reset()
		w.clients.Reset()
		w.typeRefs.Reset()
		w.lengths.Reset()
		w.infos.Reset()
		w.parentInfos.Reset()
		w.strings.Reset()
	}
}

// finish returns the update in fresh memory.
func (w *writer) finish() []byte {
	if !w.v2 {
		return slices.Clone(w.rest)
	}
	out := make([]byte, 0, len(w.rest)+256)
	out = append(out, 0) // feature flags
	for _, column := range [][]byte{
		w.keyClock.Finish(), w.clients.Finish(), w.leftClock.Finish(), w.rightClock.Finish(), w.infos.Finish(),
		w.strings.Finish(), w.parentInfos.Finish(), w.typeRefs.Finish(), w.lengths.Finish(),
	} {
		out = lib0.AppendBytes(out, column)
	}
	return append(out, w.rest...)
}

func (w *writer) varUint(n uint64) { w.rest = lib0.AppendVarUint(w.rest, n) }

func (w *writer) clientID(client uint64) {
	if w.v2 {
		w.clients.Write(client)
		return
	}
	w.varUint(client)
}

func (w *writer) info(b uint8) {
	if w.v2 {
		w.infos.Write(b)
		return
	}
	w.rest = append(w.rest, b)
}

func (w *writer) leftID(client uint64, clock uint32) {
	if w.v2 {
		w.clients.Write(client)
		w.leftClock.Write(int64(clock))
		return
	}
	w.rest = lib0.AppendVarUint(w.rest, client)
	w.rest = lib0.AppendVarUint(w.rest, uint64(clock))
}

func (w *writer) rightID(client uint64, clock uint32) {
	if w.v2 {
		w.clients.Write(client)
		w.rightClock.Write(int64(clock))
		return
	}
	w.rest = lib0.AppendVarUint(w.rest, client)
	w.rest = lib0.AppendVarUint(w.rest, uint64(clock))
}

func (w *writer) parentInfo(isName bool) {
	b := byte(0)
	if isName {
		b = 1
	}
	if w.v2 {
		w.parentInfos.Write(b)
		return
	}
	w.rest = append(w.rest, b)
}

func (w *writer) typeRef(n uint8) {
	if w.v2 {
		w.typeRefs.Write(uint64(n))
		return
	}
	w.rest = append(w.rest, n)
}

func (w *writer) length(n uint32) {
	if w.v2 {
		w.lengths.Write(uint64(n))
		return
	}
	w.varUint(uint64(n))
}

// text writes a string of units UTF-16 units. In v1 halves of pairs become U+FFFD; in v2 that is
// decided when the column is complete.
func (w *writer) text(s []byte, ascii bool, units int) {
	switch {
	case w.v2:
		w.strings.Write(s, units)
	case ascii:
		w.rest = lib0.AppendBytes(w.rest, s)
	default:
		w.rest = lib0.AppendString(w.rest, s)
	}
}

// name writes a string that is a name or a key of a map. For halves of pairs see text.
func (w *writer) name(s []byte) {
	if w.v2 {
		w.strings.Write(s, lib0.UTF16Len(s))
		return
	}
	if !utf8.Valid(s) {
		w.rest = lib0.AppendString(w.rest, s)
		return
	}
	w.rest = lib0.AppendBytes(w.rest, s)
}

// key writes a format key or a node name.
func (w *writer) key(s []byte) {
	if w.v2 {
		w.keyClock.Write(w.keys)
		w.keys++
	}
	w.name(s)
}

// value writes one value, kept as JSON or in Any form, as the format wants it.
func (w *writer) value(b []byte, isAny bool) {
	switch {
	case w.v2 && isAny:
		w.rest = append(w.rest, b...)
	case w.v2:
		w.rest = jsonToAny(w.rest, b)
	case isAny:
		w.rest = lib0.AppendString(w.rest, anyToJSON(b))
	default:
		w.rest = lib0.AppendString(w.rest, b)
	}
}

// ref writes a struct as read from an update, without its first offset units.
func (w *writer) ref(u *update, r *structRef, offset uint32) {
	kind := r.kind()
	if offset == 0 && !w.v2 && !u.v2 && r.flags&(refOdd|refCut) == 0 {
		w.rest = append(w.rest, r.info)
		w.rest = append(w.rest, u.buf[r.from+1:r.to]...)
		return
	}
	switch kind {
	case kindGC:
		w.info(kind)
		w.length(r.length - offset)
		return
	case kindSkip:
		w.info(kind)
		w.varUint(uint64(r.length - offset))
		return
	}
	info, oClient, oClock := r.info, r.oClient, r.oClock
	if offset > 0 {
		info |= infoOrigin
		oClient, oClock = r.client, r.clock+offset-1
	}
	w.info(info)
	if info&infoOrigin != 0 {
		w.leftID(oClient, oClock)
	}
	if info&infoRight != 0 {
		w.rightID(r.rClient, r.rClock)
	}
	if info&(infoOrigin|infoRight) == 0 {
		isName := r.flags&refName != 0
		w.parentInfo(isName)
		if isName {
			w.name(u.bytes(r.name))
		} else {
			w.leftID(r.pClient, r.pClock)
		}
		if info&infoSub != 0 {
			w.name(u.bytes(r.sub))
		}
	}
	w.content(u, r, offset)
}

func (w *writer) content(u *update, r *structRef, offset uint32) {
	data := u.bytes(r.data)
	switch r.kind() {
	case kindDeleted:
		w.length(r.length - offset)
	case kindString:
		w.text(cutText(data, r.ascii(), offset), r.ascii(), int(r.length-offset))
	case kindAny:
		w.length(r.length - offset)
		if offset > 0 {
			data = u.bytes(u.skipValues(r.data, offset, (*lib0.Decoder).SkipAny))
		}
		w.rest = append(w.rest, data...)
	case kindJSON:
		w.length(r.length - offset)
		w.jsonValues(data, offset)
	case kindBinary:
		w.rest = lib0.AppendBytes(w.rest, data)
	case kindEmbed:
		w.value(data, r.flags&refAny != 0)
	case kindFormat:
		w.key(u.bytes(r.key))
		w.value(data, r.flags&refAny != 0)
	case kindType:
		w.typeRef(r.typeRef)
		if r.typeRef == typeXMLElement || r.typeRef == typeXMLHook {
			w.key(u.bytes(r.key))
		}
	case kindDoc:
		w.name(u.bytes(r.key))
		w.rest = append(w.rest, data...)
	}
}

// jsonValues writes a list of strings that hold JSON, without the first offset of them.
func (w *writer) jsonValues(list []byte, offset uint32) {
	d := lib0.NewDecoder(list)
	for d.Rest() > 0 {
		text := d.Bytes()
		if offset > 0 {
			offset--
			continue
		}
		w.text(text, lib0.IsASCII(text), lib0.UTF16Len(text))
	}
}

// append writes a struct into the present block of unknown size, and opens another block when the
// client changes.
func (w *writer) append(u *update, r *structRef, offset uint32) {
	w.beginStruct(r.client, r.clock+offset)
	w.ref(u, r, offset)
}

func (w *writer) beginStruct(client uint64, clock uint32) {
	if !w.open || w.client != client {
		w.marks = append(w.marks, mark{at: len(w.rest)})
		w.client, w.open = client, true
		w.clientID(client)
		w.varUint(uint64(clock))
	}
	w.marks[len(w.marks)-1].count++
}

// closeBlocks puts the number of blocks and their sizes where they belong.
func (w *writer) closeBlocks() {
	if len(w.marks) == 0 {
		w.varUint(0)
		return
	}
	out := make([]byte, 0, len(w.rest)+len(w.rest)/8+4*len(w.marks)+16)
	out = lib0.AppendVarUint(out, uint64(len(w.marks)))
	for i, m := range w.marks {
		end := len(w.rest)
		if i+1 < len(w.marks) {
			end = w.marks[i+1].at
		}
		out = lib0.AppendVarUint(out, uint64(m.count))
		out = append(out, w.rest[m.at:end]...)
	}
	w.rest = out
	w.open = false
}

// deletes writes ranges, which are grouped by client and sorted by clock within a client, in the
// order of falling client ids.
func (w *writer) deletes(ranges []clockRange) {
	clients := 0
	for i := range ranges {
		if i == 0 || ranges[i].client != ranges[i-1].client {
			clients++
		}
	}
	w.varUint(uint64(clients))
	for i := 0; i < len(ranges); {
		j := i + 1
		for j < len(ranges) && ranges[j].client == ranges[i].client {
			j++
		}
		w.varUint(ranges[i].client)
		w.varUint(uint64(j - i))
		const two = 16 // room for two integers, each written as a whole word
		b, at := w.rest[:cap(w.rest)], len(w.rest)
		current := uint32(0)
		for _, r := range ranges[i:j] {
			if len(b)-at < two {
				b = slices.Grow(b[:at], two)
				b = b[:cap(b)]
			}
			if w.v2 {
				at = putUint(b, putUint(b, at, r.clock-current), r.len-1)
				current = r.end()
				continue
			}
			at = putUint(b, putUint(b, at, r.clock), r.len)
		}
		w.rest = b[:at]
		i = j
	}
}

var writers = sync.Pool{New: func() any { return new(writer) }}

// takeWriter takes an empty writer from the pool.
func takeWriter(v2 bool) *writer {
	w := writers.Get().(*writer)
	w.reset(v2)
	return w
}

// release gives the writer back, unless it grew large.
func (w *writer) release() {
	if cap(w.rest) < 1<<20 {
		writers.Put(w)
	}
}

package crdt

import (
	"unicode/utf8"

	"samenwijk/realtime/lib0"
)

func validText(b []byte) bool { return utf8.Valid(b) }

// readColumns splits a v2 update into its columns; what remains in rest are the parts without one.
func (r *reader) readColumns() {
	d := &r.rest
	if d.VarUint() != 0 && d.Err() == nil {
		d.Fail(ErrUnsupported, "feature flags")
	}
	r.keys = r.keys[:0]

	r.keyClock.Reset(d.Bytes())
	r.clients.Reset(d.Bytes())
	r.leftClock.Reset(d.Bytes())
	r.rightClock.Reset(d.Bytes())
	r.infos.Reset(d.Bytes())
	column := d.Bytes()
	r.stringBase = r.base + uint32(d.Pos()-len(column))
	r.strings.Reset(column)
	r.parentInfos.Reset(d.Bytes())
	r.typeRefs.Reset(d.Bytes())
	r.lengths.Reset(d.Bytes())
}

// columnFailure is the first mistake of any column.
func (r *reader) columnFailure() error {
	for _, err := range [...]error{
		r.keyClock.Err(), r.clients.Err(), r.leftClock.Err(), r.rightClock.Err(), r.infos.Err(),
		r.strings.Err(), r.parentInfos.Err(), r.typeRefs.Err(), r.lengths.Err(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// The run-length columns can announce any number of structs in a few bytes. So that memory stays in
// proportion, there may be this many structs, and this many more for each byte.
const (
	runBase    = 1 << 14
	runPerByte = 64
)

func (r *reader) readStructsV2() {
	d := &r.rest
	for blocks := d.Count(2); blocks > 0 && d.Err() == nil; blocks-- {
		count := d.VarUint()
		client := r.clients.Read()
		start := d.VarUint()
		if count > uint64(r.limits.Structs) || int(count)+len(r.u.refs) > runBase+runPerByte*len(r.u.buf) {
			d.Fail(ErrOverBudget, "too many structs")
			return
		}
		if !r.startBlock(int(count), client, start) {
			return
		}
		clock := uint32(start)
		for ; count > 0 && d.Err() == nil; count-- {
			r.u.refs = append(r.u.refs, structRef{})
			ref := &r.u.refs[len(r.u.refs)-1]
			ref.client, ref.clock = client, clock
			clock = r.readStructV2(ref)
			if count&0xff == 0 && r.columnFailure() != nil {
				return
			}
		}
		if r.columnFailure() != nil {
			return
		}
		r.closeBlock()
	}
}

// text reads the next string. Halves of surrogate pairs that the column was cut between come out in
// their three-byte form.
func (r *reader) text() (s span, units int) {
	p := r.strings.Read()
	if p.Low == 0 && p.High == 0 {
		return span{r.stringBase + uint32(p.From), uint32(p.To - p.From)}, p.Units
	}
	mark := len(r.u.extra)
	if p.Low != 0 {
		r.u.extra = lib0.AppendSurrogate(r.u.extra, p.Low)
	}
	from := int(r.stringBase)
	r.u.extra = append(r.u.extra, r.u.buf[from+p.From:from+p.To]...)
	if p.High != 0 {
		r.u.extra = lib0.AppendSurrogate(r.u.extra, p.High)
	}
	return r.u.rewritten(mark), p.Units
}

// name reads a string that is a name or a key. It keeps the half of a pair that it may begin or end
// with: the string beside it in the column may have the other half when both are written again.
func (r *reader) nameText() span {
	s, _ := r.text()
	return s
}

// jsonText reads a string that holds JSON.
func (r *reader) jsonText() span {
	s, _ := r.text()
	if b := r.u.bytes(s); !utf8.Valid(b) {
		mark := len(r.u.extra)
		r.u.extra = lib0.AppendWellFormed(r.u.extra, append([]byte(nil), b...))
		return r.u.rewritten(mark)
	}
	return s
}

func (r *reader) keyText() span {
	n := r.keyClock.Read()
	if n < uint64(len(r.keys)) {
		return r.keys[n]
	}
	s := r.nameText()
	r.keys = append(r.keys, s)
	return s
}

func (r *reader) readStructV2(ref *structRef) (next uint32) {
	d := &r.rest
	d.Odd = false
	info := r.infos.Read()
	kind := info & infoKind
	switch kind {
	case kindGC:
		ref.info = kind
		return r.advance(ref, r.lengths.Read())
	case kindSkip:
		if info != kindSkip {
			d.Fail(ErrMalformed, "unknown kind of struct") // yjs itself reads these in two ways
		}
		ref.info = kind
		return r.advance(ref, d.VarUint())
	}
	if info&infoOrigin != 0 {
		ref.oClient = r.clients.Read()
		ref.oClock = r.clock(r.leftClock.Read())
	}
	if info&infoRight != 0 {
		ref.rClient = r.clients.Read()
		ref.rClock = r.clock(r.rightClock.Read())
	}
	if info&(infoOrigin|infoRight) == 0 {
		if r.parentInfos.Read() == 1 {
			ref.flags |= refName
			ref.name = r.nameText()
		} else {
			ref.pClient = r.clients.Read()
			ref.pClock = r.clock(r.leftClock.Read())
		}
		if info&infoSub != 0 {
			ref.sub = r.nameText()
		}
	} else {
		info &^= infoSub
	}
	ref.info = info
	length := uint64(1)
	switch kind {
	case kindDeleted:
		length = r.lengths.Read()
	case kindString:
		s, units := r.text()
		ref.data, length = s, uint64(units)
		if units == int(s.n) && lib0.IsASCII(r.u.bytes(s)) {
			ref.flags |= refASCII
		}
	case kindAny:
		length = r.lengths.Read()
		ref.data = r.readValues(length)
	case kindJSON:
		length = r.lengths.Read()
		ref.data = r.readJSONValuesV2(length)
	case kindBinary:
		ref.data = r.span(d.Bytes())
	case kindEmbed:
		ref.flags |= refAny
		ref.data = r.readValues(1)
	case kindFormat:
		ref.key = r.keyText()
		ref.flags |= refAny
		ref.data = r.readValues(1)
	case kindType:
		ref.typeRef = r.typeRef(r.typeRefs.Read())
		if ref.typeRef == typeXMLElement || ref.typeRef == typeXMLHook {
			ref.key = r.keyText()
		}
	case kindDoc:
		ref.key = r.nameText()
		ref.data = r.readDocOptions()
	default:
		if d.Err() == nil && r.columnFailure() == nil {
			d.Fail(ErrMalformed, "unknown kind of struct")
		}
	}
	if length == 0 {
		if err := r.columnFailure(); err != nil {
			return ref.clock // the column knows better what is wrong
		}
	}
	return r.advance(ref, length)
}

func (r *reader) readJSONValuesV2(n uint64) span {
	mark := len(r.u.extra)
	for ; n > 0 && r.rest.Err() == nil && r.strings.Err() == nil; n-- {
		p := r.jsonText()
		if r.strings.Err() != nil {
			break
		}
		canonical, err := canonicalListJSON(r.u.bytes(p))
		if err != nil {
			r.rest.Fail(ErrMalformed, "a value is not JSON")
			break
		}
		// The rewritten string may itself lie in extra; the list must be in one piece.
		canonical = append([]byte(nil), canonical...)
		if int(p.off) >= len(r.u.buf)+mark {
			r.u.extra = r.u.extra[:int(p.off)-len(r.u.buf)]
		}
		r.u.extra = lib0.AppendBytes(r.u.extra, canonical)
	}
	return r.u.rewritten(mark)
}

package crdt

import (
	"samenwijk/realtime/lib0"
)

// reader decodes updates of either format into structRefs.
type reader struct {
	u      update
	rest   lib0.Decoder
	base   uint32 // offset of the update being read in u.buf
	limits Limits

	// verbatim keeps what only peers with the whole document write: that a struct has a key, although
	// its origin says so too.
	verbatim bool

	// The columns of format v2.
	keyClock, leftClock, rightClock lib0.IntDiffOptRleDecoder
	clients, typeRefs, lengths      lib0.UintOptRleDecoder
	infos, parentInfos              lib0.RleDecoder
	strings                         lib0.StringDecoder
	stringBase                      uint32
	keys                            []span
}

// span makes a span of a slice that the rest decoder just gave out.
func (r *reader) span(b []byte) span {
	return span{r.base + uint32(r.rest.Pos()-len(b)), uint32(len(b))}
}

// startBlock checks the head of a run of structs and opens it.
func (r *reader) startBlock(count int, client, clock uint64) bool {
	d := &r.rest
	switch {
	case d.Err() != nil:
		return false
	case clock > maxClock:
		d.Fail(ErrUnsupported, "clock too large")
		return false
	case len(r.u.refs)+count > r.limits.Structs:
		d.Fail(ErrOverBudget, "too many structs")
		return false
	case len(r.u.blocks) >= r.limits.Clients:
		d.Fail(ErrOverBudget, "too many clients")
		return false
	}
	r.u.blocks = append(r.u.blocks, block{client: client, from: len(r.u.refs), to: len(r.u.refs)})
	return true
}

// advance checks the length of a struct and gives the clock after it.
func (r *reader) advance(ref *structRef, length uint64) uint32 {
	d := &r.rest
	if length == 0 && d.Err() == nil {
		d.Fail(ErrMalformed, "struct without length")
		return ref.clock
	}
	if uint64(ref.clock)+length > maxClock {
		d.Fail(ErrUnsupported, "clock too large")
		return ref.clock
	}
	ref.length = uint32(length)
	return ref.clock + uint32(length)
}

func (r *reader) clock(n uint64) uint32 {
	if n >= maxClock {
		r.rest.Fail(ErrUnsupported, "clock too large")
		return 0
	}
	return uint32(n)
}

func (r *reader) readStructsV1() {
	d := &r.rest
	for blocks := d.Count(3); blocks > 0 && d.Err() == nil; blocks-- {
		count := d.Count(2)
		client := d.VarUint()
		start := d.VarUint()
		if !r.startBlock(count, client, start) {
			return
		}
		clock := uint32(start)
		for ; count > 0 && d.Err() == nil; count-- {
			r.u.refs = append(r.u.refs, structRef{})
			ref := &r.u.refs[len(r.u.refs)-1]
			ref.client, ref.clock = client, clock
			if next := r.readCommonV1(ref); next != 0 {
				clock = next
				continue
			}
			clock = r.readStructV1(ref)
		}
		r.closeBlock()
	}
}

// readCommonV1 reads text or deleted content that has an origin, which is most of any document,
// when it is written as peers write it. It returns the clock after it, or 0 when it read nothing.
func (r *reader) readCommonV1(ref *structRef) (next uint32) {
	from := r.rest.Pos()
	b := r.rest.Remaining()
	if len(b) < 4 {
		return 0
	}
	info := b[0]
	kind := info & infoKind
	if info&(infoOrigin|infoSub) != infoOrigin || kind != kindString && kind != kindDeleted {
		return 0
	}
	at := 1
	var oClient, oClock, rClient, rClock, length uint64
	oClient, at = lib0.PlainUint(b, at)
	oClock, at = lib0.PlainUint(b, at)
	if info&infoRight != 0 {
		rClient, at = lib0.PlainUint(b, at)
		rClock, at = lib0.PlainUint(b, at)
	}
	length, at = lib0.PlainUint(b, at)
	if at < 0 || length == 0 || uint64(ref.clock)+length > maxClock || oClock >= maxClock || rClock >= maxClock {
		return 0
	}
	if kind == kindString {
		if length > uint64(len(b)-at) || !lib0.IsASCII(b[at:at+int(length)]) {
			return 0
		}
		ref.data = span{r.base + uint32(from+at), uint32(length)}
		ref.flags = refASCII
		at += int(length)
	}
	ref.info = info
	ref.oClient, ref.oClock, ref.rClient, ref.rClock = oClient, uint32(oClock), rClient, uint32(rClock)
	ref.length = uint32(length)
	ref.from, ref.to = r.base+uint32(from), r.base+uint32(from+at)
	r.rest.Skip(at)
	return ref.clock + uint32(length)
}

func (r *reader) closeBlock() {
	b := &r.u.blocks[len(r.u.blocks)-1]
	b.to, b.at = len(r.u.refs), b.from
}

func (r *reader) readStructV1(ref *structRef) (next uint32) {
	d := &r.rest
	d.Odd = false
	ref.from = r.base + uint32(d.Pos())
	info := d.Byte()
	kind := info & infoKind
	if kind == kindGC || kind == kindSkip {
		if kind == kindSkip && info != kind {
			d.Fail(ErrMalformed, "unknown kind of struct") // yjs itself reads these in two ways
		}
		ref.info = kind
		next = r.advance(ref, d.VarUint())
		ref.to = r.base + uint32(d.Pos())
		if d.Odd || info != kind {
			ref.flags |= refOdd
		}
		return next
	}
	if info&infoOrigin != 0 {
		ref.oClient = d.VarUint()
		ref.oClock = r.clock(d.VarUint())
	}
	if info&infoRight != 0 {
		ref.rClient = d.VarUint()
		ref.rClock = r.clock(d.VarUint())
	}
	if info&(infoOrigin|infoRight) == 0 {
		switch d.VarUint() {
		case 1:
			ref.flags |= refName
			ref.name = r.span(d.String())
		case 0:
			ref.pClient = d.VarUint()
			ref.pClock = r.clock(d.VarUint())
		default: // any other number means the same as 0, but is not what peers write
			d.Odd = true
			ref.pClient = d.VarUint()
			ref.pClock = r.clock(d.VarUint())
		}
		if info&infoSub != 0 {
			ref.sub = r.span(d.String())
		}
	} else if !r.verbatim {
		info &^= infoSub // the key follows from the neighbour; peers drop the bit when they write it again
	}
	ref.info = info
	length := uint64(1)
	switch kind {
	case kindDeleted:
		length = d.VarUint()
	case kindString:
		text := d.Bytes()
		ref.data = r.span(text)
		if lib0.IsASCII(text) {
			ref.flags |= refASCII
			length = uint64(len(text))
		} else {
			length = r.textLen(text)
		}
	case kindAny:
		length = d.VarUint()
		ref.data = r.readValues(length)
	case kindJSON:
		length = d.VarUint()
		ref.data = r.readJSONValues(length)
	case kindBinary:
		ref.data = r.span(d.Bytes())
	case kindEmbed:
		ref.data = r.readJSON()
	case kindFormat:
		ref.key = r.span(d.String())
		ref.data = r.readJSON()
	case kindType:
		ref.typeRef = r.typeRef(d.VarUint())
		if ref.typeRef == typeXMLElement || ref.typeRef == typeXMLHook {
			ref.key = r.span(d.String())
		}
	case kindDoc:
		ref.key = r.span(d.String())
		ref.data = r.readDocOptions()
	default:
		if d.Err() == nil {
			d.Fail(ErrMalformed, "unknown kind of struct")
		}
	}
	next = r.advance(ref, length)
	ref.to = r.base + uint32(d.Pos())
	if d.Odd {
		ref.flags |= refOdd
	}
	return next
}

func (r *reader) textLen(text []byte) uint64 {
	if !validText(text) {
		r.rest.Fail(ErrMalformed, "text is not UTF-8")
	}
	return uint64(lib0.UTF16Len(text))
}

func (r *reader) typeRef(n uint64) uint8 {
	if n > uint64(typeXMLText) {
		r.rest.Fail(ErrMalformed, "unknown type")
		return 0
	}
	return uint8(n)
}

// readValues reads n Any values in a row.
func (r *reader) readValues(n uint64) span {
	d := &r.rest
	if n > uint64(d.Rest()) {
		d.Fail(ErrMalformed, "more values announced than bytes left")
		return span{}
	}
	odd := d.Odd
	d.Odd = false
	from := d.Pos()
	for i := uint64(0); i < n && d.Err() == nil; i++ {
		d.SkipAny()
	}
	return r.settle(from, n, odd)
}

// settle gives the span of values read since from, rewritten when a peer would write them otherwise.
func (r *reader) settle(from int, n uint64, odd bool) span {
	d := &r.rest
	if d.Err() != nil {
		return span{}
	}
	if !d.Odd {
		d.Odd = odd
		return span{r.base + uint32(from), uint32(d.Pos() - from)}
	}
	again := lib0.NewDecoder(d.Slice(from, d.Pos()))
	again.MaxDepth = d.MaxDepth
	mark := len(r.u.extra)
	for ; n > 0; n-- {
		r.u.extra = again.RewriteAny(r.u.extra)
	}
	return r.u.rewritten(mark)
}

// readJSON reads a string that holds JSON.
func (r *reader) readJSON() span {
	d := &r.rest
	text := d.String()
	if d.Err() != nil {
		return span{}
	}
	canonical, err := lib0.CanonicalJSON(text)
	if err != nil {
		d.Fail(ErrMalformed, "a value is not JSON")
		return span{}
	}
	if len(canonical) == len(text) && (len(text) == 0 || &canonical[0] == &text[0]) {
		return r.span(text)
	}
	d.Odd = true
	mark := len(r.u.extra)
	r.u.extra = append(r.u.extra, canonical...)
	return r.u.rewritten(mark)
}

// readJSONValues reads the content of the oldest kind of list: strings that hold JSON or the word
// undefined.
func (r *reader) readJSONValues(n uint64) span {
	d := &r.rest
	if n > uint64(d.Rest()) {
		d.Fail(ErrMalformed, "more values announced than bytes left")
		return span{}
	}
	from := d.Pos()
	mark := len(r.u.extra)
	odd := false
	for ; n > 0 && d.Err() == nil; n-- {
		text := d.String()
		canonical, err := canonicalListJSON(text)
		if err != nil {
			d.Fail(ErrMalformed, "a value is not JSON")
			return span{}
		}
		odd = odd || string(canonical) != string(text) || d.Odd
		r.u.extra = lib0.AppendBytes(r.u.extra, canonical)
	}
	if d.Err() != nil {
		return span{}
	}
	if odd {
		d.Odd = true
		return r.u.rewritten(mark)
	}
	r.u.extra = r.u.extra[:mark]
	return span{r.base + uint32(from), uint32(d.Pos() - from)}
}

func canonicalListJSON(text []byte) ([]byte, error) {
	if string(text) == "undefined" {
		return text, nil
	}
	return lib0.CanonicalJSON(text)
}

// readDocOptions reads the options of a nested document and keeps those that peers keep.
func (r *reader) readDocOptions() span {
	d := &r.rest
	from := d.Pos()
	if d.SkipAny(); d.Err() != nil {
		return span{}
	}
	raw := d.Slice(from, d.Pos())
	if len(raw) == 2 && raw[0] == 118 && raw[1] == 0 {
		return span{r.base + uint32(from), 2}
	}
	clean, ok := cleanDocOptions(raw)
	if !ok {
		d.Fail(ErrMalformed, "options of a nested document")
		return span{}
	}
	if string(clean) == string(raw) {
		return span{r.base + uint32(from), uint32(len(raw))}
	}
	d.Odd = true
	mark := len(r.u.extra)
	r.u.extra = append(r.u.extra, clean...)
	return r.u.rewritten(mark)
}

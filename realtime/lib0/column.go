package lib0

import (
	"math"
	"unicode/utf8"
)

// RleEncoder writes single bytes as value, repeat count, value, repeat count. The count after the
// last value is left out.
type RleEncoder struct {
	buf   []byte
	last  byte
	count uint64
}

// Write adds v.
func (e *RleEncoder) Write(v byte) {
	if e.count > 0 && e.last == v {
		e.count++
		return
	}
	if e.count > 0 {
		e.buf = AppendVarUint(e.buf, e.count-1)
	}
	e.buf = append(e.buf, v)
	e.last, e.count = v, 1
}

// Finish returns the column.
func (e *RleEncoder) Finish() []byte { return e.buf }

// Reset makes e empty and keeps its memory.
func (e *RleEncoder) Reset() { *e = RleEncoder{buf: e.buf[:0]} }

// UintOptRleEncoder writes integers; a value that repeats is written once, negated, with a count.
type UintOptRleEncoder struct {
	buf   []byte
	last  uint64
	count uint64
}

// Write adds v.
func (e *UintOptRleEncoder) Write(v uint64) {
	if e.last == v {
		e.count++
		return
	}
	e.flush()
	e.last, e.count = v, 1
}

func (e *UintOptRleEncoder) flush() {
	if e.count == 0 {
		return
	}
	e.buf = AppendVarInt(e.buf, e.last, e.count > 1)
	if e.count > 1 {
		e.buf = AppendVarUint(e.buf, e.count-2)
	}
}

// Finish returns the column. Nothing can be written after it before Reset.
func (e *UintOptRleEncoder) Finish() []byte {
	e.flush()
	e.count = 0
	return e.buf
}

// Reset makes e empty and keeps its memory.
func (e *UintOptRleEncoder) Reset() { *e = UintOptRleEncoder{buf: e.buf[:0]} }

// IntDiffOptRleEncoder writes the differences between integers; the lowest bit of a difference says
// whether a repeat count follows.
type IntDiffOptRleEncoder struct {
	buf   []byte
	last  int64
	diff  int64
	count uint64
}

// Write adds v.
func (e *IntDiffOptRleEncoder) Write(v int64) {
	diff := v - e.last
	e.last = v
	if e.diff == diff {
		e.count++
		return
	}
	e.flush()
	e.diff, e.count = diff, 1
}

func (e *IntDiffOptRleEncoder) flush() {
	if e.count == 0 {
		return
	}
	coded := e.diff * 2
	if e.count > 1 {
		coded++
	}
	e.buf = AppendVarInt64(e.buf, coded)
	if e.count > 1 {
		e.buf = AppendVarUint(e.buf, e.count-2)
	}
}

// Finish returns the column. Nothing can be written after it before Reset.
func (e *IntDiffOptRleEncoder) Finish() []byte {
	e.flush()
	e.count = 0
	return e.buf
}

// Reset makes e empty and keeps its memory.
func (e *IntDiffOptRleEncoder) Reset() { *e = IntDiffOptRleEncoder{buf: e.buf[:0]} }

// StringEncoder joins strings into one and writes their lengths, in UTF-16 units, beside it.
type StringEncoder struct {
	text []byte
	lens UintOptRleEncoder
	out  []byte
}

// Write adds s, which has the given number of UTF-16 units.
func (e *StringEncoder) Write(s []byte, units int) {
	e.text = append(e.text, s...)
	e.lens.Write(uint64(units))
}

// Finish returns the column.
func (e *StringEncoder) Finish() []byte {
	e.out = AppendString(e.out[:0], e.text)
	e.out = append(e.out, e.lens.Finish()...)
	return e.out
}

// Reset makes e empty and keeps its memory.
func (e *StringEncoder) Reset() {
	e.text, e.out = e.text[:0], e.out[:0]
	e.lens.Reset()
}

// RleDecoder reads what RleEncoder wrote. After the last value it repeats that value for ever.
type RleDecoder struct {
	Decoder
	last  byte
	count uint64
}

// Reset starts reading a column.
func (d *RleDecoder) Reset(column []byte) {
	*d = RleDecoder{}
	d.Decoder.Reset(column)
}

// Read returns the next value.
func (d *RleDecoder) Read() byte {
	if d.count == 0 {
		d.last = d.Byte()
		if d.Rest() > 0 {
			d.count = d.VarUint() + 1
		} else {
			d.count = math.MaxUint64
		}
	}
	d.count--
	return d.last
}

// UintOptRleDecoder reads what UintOptRleEncoder wrote.
type UintOptRleDecoder struct {
	Decoder
	last  uint64
	count uint64
}

// Reset starts reading a column.
func (d *UintOptRleDecoder) Reset(column []byte) {
	*d = UintOptRleDecoder{}
	d.Decoder.Reset(column)
}

// Read returns the next value.
func (d *UintOptRleDecoder) Read() uint64 {
	if d.count == 0 {
		magnitude, repeats := d.VarInt()
		d.last, d.count = magnitude, 1
		if repeats {
			d.count = d.VarUint() + 2
		}
	}
	d.count--
	return d.last
}

// IntDiffOptRleDecoder reads what IntDiffOptRleEncoder wrote.
type IntDiffOptRleDecoder struct {
	Decoder
	last  int64
	diff  int64
	count uint64
}

// Reset starts reading a column.
func (d *IntDiffOptRleDecoder) Reset(column []byte) {
	*d = IntDiffOptRleDecoder{}
	d.Decoder.Reset(column)
}

// Read returns the next value. A sum outside of 0 … 2^53-1 is a mistake.
func (d *IntDiffOptRleDecoder) Read() uint64 {
	if d.count == 0 {
		coded := d.VarInt64()
		d.diff, d.count = coded>>1, 1
		if coded&1 != 0 {
			d.count = d.VarUint() + 2
		}
	}
	d.count--
	d.last += d.diff
	if d.last < 0 || d.last > MaxSafeInteger {
		d.Fail(ErrMalformed, "integer out of range")
		d.last = 0
	}
	return uint64(d.last)
}

// StringDecoder reads what StringEncoder wrote.
type StringDecoder struct {
	lens  UintOptRleDecoder
	text  []byte
	base  int
	pos   int
	ascii bool
	half  bool // the first half of the pair at pos was given out already
}

// Piece is one string of a column: a range of the column's bytes, and halves of surrogate pairs
// that were cut from the runes before and after it.
type Piece struct {
	From, To int    // offsets in the column
	Low      uint16 // when not zero, a second half that precedes the range
	High     uint16 // when not zero, a first half that follows the range
	Units    int    // length in UTF-16 units
}

// Reset starts reading a column.
func (d *StringDecoder) Reset(column []byte) {
	*d = StringDecoder{}
	d.lens.Decoder.Reset(column)
	d.text = d.lens.String()
	d.base = d.lens.Pos() - len(d.text)
	d.ascii = IsASCII(d.text)
}

// Err is the first mistake, or nil.
func (d *StringDecoder) Err() error { return d.lens.Err() }

// Read returns the next string.
func (d *StringDecoder) Read() Piece {
	units := d.lens.Read()
	if units > uint64(len(d.text)) {
		d.lens.Fail(ErrMalformed, "string longer than its column")
		return Piece{}
	}
	n := int(units)
	if d.ascii {
		from := d.pos
		if n > len(d.text)-from {
			d.lens.Fail(ErrMalformed, "string longer than its column")
			return Piece{}
		}
		d.pos += n
		return Piece{From: d.base + from, To: d.base + d.pos, Units: n}
	}
	return d.readUnicode(n)
}

func (d *StringDecoder) readUnicode(n int) Piece {
	p := Piece{Units: n}
	if d.half && n > 0 {
		r, size := utf8.DecodeRune(d.text[d.pos:])
		p.Low = uint16(0xdc00 + (r-0x10000)&0x3ff)
		d.pos += size
		d.half = false
		n--
	}
	p.From = d.base + d.pos
	for n > 0 {
		if d.pos >= len(d.text) {
			d.lens.Fail(ErrMalformed, "string longer than its column")
			return Piece{}
		}
		size := runeSize(d.text[d.pos])
		if size == 4 {
			if n == 1 {
				r, _ := utf8.DecodeRune(d.text[d.pos:])
				p.High = uint16(0xd800 + (r-0x10000)>>10)
				d.half = true
				break
			}
			n--
		}
		n--
		d.pos += size
	}
	p.To = d.base + d.pos
	return p
}

// RuneSize is the number of bytes of the rune that begins with this byte.
func RuneSize(lead byte) int { return runeSize(lead) }

func runeSize(lead byte) int {
	switch {
	case lead < 0x80:
		return 1
	case lead < 0xe0:
		return 2
	case lead < 0xf0:
		return 3
	}
	return 4
}

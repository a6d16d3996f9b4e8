package lib0

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// DefaultMaxDepth is how deep arrays and objects may be nested when a Decoder says nothing else.
const DefaultMaxDepth = 256

// A Decoder reads from a byte slice, which it keeps and never changes. The slices it returns point
// into that same memory. The zero Decoder reads nothing; Reset gives it bytes.
type Decoder struct {
	buf []byte
	pos int
	err error

	// MaxDepth bounds the nesting of Any values; zero means DefaultMaxDepth.
	MaxDepth int

	// Odd is set, and stays set until the caller clears it, when something was read that this
	// package would have written in another way: a padded integer, a number in a wider form than it
	// needs, an object with repeated keys.
	Odd bool
}

// NewDecoder returns a Decoder for b.
func NewDecoder(b []byte) *Decoder { return &Decoder{buf: b} }

// Reset starts again with other bytes; the limits stay.
func (d *Decoder) Reset(b []byte) {
	d.buf, d.pos, d.err, d.Odd = b, 0, nil, false
}

// Err is the first mistake, or nil.
func (d *Decoder) Err() error { return d.err }

// Pos is the offset of the next byte.
func (d *Decoder) Pos() int { return d.pos }

// Rest is the number of bytes not read yet.
func (d *Decoder) Rest() int { return len(d.buf) - d.pos }

// Remaining are the bytes not read yet.
func (d *Decoder) Remaining() []byte { return d.buf[d.pos:] }

// Skip passes over n bytes, of which there must be as many.
func (d *Decoder) Skip(n int) { d.pos += n }

// Seek goes to an offset, which must not be beyond the end. After a mistake it does nothing.
func (d *Decoder) Seek(pos int) {
	if d.err == nil {
		d.pos = pos
	}
}

// PlainUint reads an unsigned integer at an offset and gives the offset after it. For an integer
// that is cut off, padded or longer than six bytes the offset becomes -1, and stays so.
func PlainUint(b []byte, at int) (uint64, int) {
	if at < 0 || at >= len(b) {
		return 0, -1
	}
	c := b[at]
	if c < 0x80 {
		return uint64(c), at + 1
	}
	return plainUint(b, at)
}

func plainUint(b []byte, at int) (uint64, int) {
	n := uint64(b[at] & 0x7f)
	for i := 1; i < 6 && at+i < len(b); i++ {
		c := b[at+i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 {
				return 0, -1
			}
			return n, at + i + 1
		}
	}
	return 0, -1
}

// Slice returns the bytes between two offsets.
func (d *Decoder) Slice(from, to int) []byte { return d.buf[from:to:to] }

// Fail records a mistake at the present offset, unless there was one before.
func (d *Decoder) Fail(kind error, what string) {
	if d.err == nil {
		d.err = &Error{Kind: kind, At: d.pos, What: what}
	}
	d.pos = len(d.buf)
}

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if d.pos >= len(d.buf) {
		d.Fail(ErrMalformed, "unexpected end")
		return 0
	}
	b := d.buf[d.pos]
	d.pos++
	return b
}

// VarUint reads an unsigned integer of at most 53 bits.
func (d *Decoder) VarUint() uint64 {
	if d.pos < len(d.buf) && d.buf[d.pos] < 0x80 {
		d.pos++
		return uint64(d.buf[d.pos-1])
	}
	return d.longVarUint()
}

func (d *Decoder) longVarUint() uint64 {
	b := d.buf[d.pos:]
	if len(b) > 5 {
		// Client ids mostly have five bytes.
		n := uint64(b[0] & 0x7f)
		for i := 1; i < 6; i++ {
			c := b[i]
			n |= uint64(c&0x7f) << (7 * i)
			if c < 0x80 {
				d.pos += i + 1
				if c == 0 {
					d.Odd = true
				}
				return n
			}
		}
	}
	var n uint64
	for i, c := range b {
		if i == 8 || (i == 7 && c > 0x0f) {
			d.Fail(ErrMalformed, "integer out of range")
			return 0
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.pos += i + 1
			if c == 0 {
				d.Odd = true
			}
			return n
		}
	}
	d.Fail(ErrMalformed, "unexpected end")
	return 0
}

// VarInt reads a signed integer as magnitude and sign; zero can be negative.
func (d *Decoder) VarInt() (magnitude uint64, negative bool) {
	first := d.Byte()
	magnitude, negative = uint64(first&0x3f), first&0x40 != 0
	if first < 0x80 {
		return magnitude, negative
	}
	for i, b := range d.buf[d.pos:] {
		if i == 7 && b > 0x1f || i > 7 {
			d.Fail(ErrMalformed, "integer out of range")
			return 0, false
		}
		magnitude |= uint64(b&0x7f) << (6 + 7*i)
		if b < 0x80 {
			d.pos += i + 1
			if b == 0 {
				d.Odd = true
			}
			if magnitude > MaxSafeInteger {
				d.Fail(ErrMalformed, "integer out of range")
				return 0, false
			}
			return magnitude, negative
		}
	}
	d.Fail(ErrMalformed, "unexpected end")
	return 0, false
}

// VarInt64 reads a signed integer and forgets the sign of zero.
func (d *Decoder) VarInt64() int64 {
	magnitude, negative := d.VarInt()
	if negative {
		return -int64(magnitude)
	}
	return int64(magnitude)
}

// Take reads n bytes.
func (d *Decoder) Take(n uint64) []byte {
	if n > uint64(len(d.buf)-d.pos) {
		d.Fail(ErrMalformed, "unexpected end")
		return nil
	}
	from := d.pos
	d.pos += int(n)
	return d.buf[from:d.pos:d.pos]
}

// Bytes reads a length and that many bytes.
func (d *Decoder) Bytes() []byte { return d.Take(d.VarUint()) }

// String reads a length and that many bytes of UTF-8.
func (d *Decoder) String() []byte {
	b := d.Bytes()
	if !utf8.Valid(b) {
		d.Fail(ErrMalformed, "text is not UTF-8")
		return nil
	}
	return b
}

// Count reads a number of things of at least size bytes each, and refuses a number for which there
// cannot be enough bytes left.
func (d *Decoder) Count(size int) int {
	n := d.VarUint()
	if n > uint64(len(d.buf)-d.pos)/uint64(size) {
		d.Fail(ErrMalformed, "more things announced than bytes left")
		return 0
	}
	return int(n)
}

func (d *Decoder) float32() float32 {
	if b := d.Take(4); b != nil {
		return math.Float32frombits(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (d *Decoder) uint64() uint64 {
	if b := d.Take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *Decoder) maxDepth() int {
	if d.MaxDepth > 0 {
		return d.MaxDepth
	}
	return DefaultMaxDepth
}

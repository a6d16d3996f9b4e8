package crdt

import (
	"encoding/binary"
	"math/bits"

	"samenwijk/realtime/lib0"
)

// ownID knows how the id of a client is written in v1. Most structs build on others of the same
// client, and comparing eight bytes tells so without reading the number.
type ownID struct {
	written, mask uint64
	size          int
}

func makeOwnID(client uint64) ownID {
	var b [8]byte // ids have at most 53 bits
	n := len(lib0.AppendVarUint(b[:0], client))
	return ownID{binary.LittleEndian.Uint64(b[:]), ^uint64(0) >> (64 - 8*n), n}
}

// common is a struct of the most common form: text that is ASCII, or deleted content, with an
// origin. The id of a client is only there when it is not the own one.
type common struct {
	info             uint8
	oOwn, rOwn       bool
	oClient, rClient uint64
	oClock, rClock   uint32
	length           uint32
	text, end        int // offsets of the text and of what follows the struct
}

// commonRoom is the number of bytes that must follow the beginning of a struct for scan to look at
// it: two ids and a length, and the word in which the text ends.
const commonRoom = 64

// scan reads a struct at an offset of v1 bytes, when it is a common one and written exactly as peers
// write it. Otherwise it says false; nothing is known then, not even that something is wrong.
func (own *ownID) scan(b []byte, at int, c *common) bool {
	if len(b)-at < commonRoom {
		return false
	}
	info := b[at]
	kind := info & infoKind
	if info&(infoOrigin|infoSub) != infoOrigin || kind != kindString && kind != kindDeleted {
		return false
	}
	c.info = info
	at++
	w := binary.LittleEndian.Uint64(b[at:])
	c.oOwn = w&own.mask == own.written
	if c.oOwn {
		at += own.size
	} else {
		n, size := plainWord(w)
		if size == 0 {
			return false
		}
		c.oClient = n
		at += size
	}
	n, size := plainWord(binary.LittleEndian.Uint64(b[at:]))
	if size == 0 || n >= maxClock {
		return false
	}
	c.oClock = uint32(n)
	at += size
	if info&infoRight != 0 {
		w := binary.LittleEndian.Uint64(b[at:])
		c.rOwn = w&own.mask == own.written
		if c.rOwn {
			at += own.size
		} else {
			n, size := plainWord(w)
			if size == 0 {
				return false
			}
			c.rClient = n
			at += size
		}
		n, size := plainWord(binary.LittleEndian.Uint64(b[at:]))
		if size == 0 || n >= maxClock {
			return false
		}
		c.rClock = uint32(n)
		at += size
	}
	if n = uint64(b[at]); n < 0x80 {
		at++
	} else if n, size = plainWord(binary.LittleEndian.Uint64(b[at:])); size == 0 {
		return false
	} else {
		at += size
	}
	if n == 0 || n >= maxClock {
		return false
	}
	c.length, c.text, c.end = uint32(n), at, at
	if kind == kindDeleted {
		return true
	}
	// The text is looked at in whole words; the last one is cut off where the text ends.
	if n > uint64(len(b)-at-8) {
		return false
	}
	end := at + int(n)
	high := uint64(0)
	for ; at+8 <= end; at += 8 {
		high |= binary.LittleEndian.Uint64(b[at:])
	}
	if at < end {
		high |= binary.LittleEndian.Uint64(b[at:]) << (8 * uint(8-(end-at)))
	}
	c.end = end
	return high&0x8080808080808080 == 0
}

// plainWord reads the unsigned integer that begins a word of eight bytes and gives its size: 0 for
// one of more than five bytes and for one that is padded.
func plainWord(w uint64) (n uint64, size int) {
	size = bits.TrailingZeros64(^w&0x8080808080808080)>>3 + 1
	n = w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000 | w>>3&0xfe00000 | w>>4&0x7f0000000
	n &= 1<<(7*uint(size)&63) - 1
	if size > 5 || n>>(7*uint(size-1)&63) == 0 && size > 1 {
		return 0, 0
	}
	return n, size
}

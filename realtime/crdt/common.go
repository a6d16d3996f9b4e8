package crdt

import (
	"encoding/binary"

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
const commonRoom = 80

// scan reads a struct at an offset of v1 bytes, when it is a common one and written exactly as peers
// write it. Otherwise it says false; nothing is known then, not even that something is wrong.
func (own *ownID) scan(b []byte, at int, c *common) bool {
	if len(b)-at < commonRoom || at < 0 {
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
	// Whether there is text, and how much, is anybody's guess, so the processor is not asked to guess:
	// deleted content is read as text of no bytes.
	size = int(n) * int(kind/kindString)
	c.length, c.text, c.end = uint32(n), at, at+size
	if size > fewText {
		return c.end <= len(b) && lib0.IsASCII(b[at:c.end])
	}
	words, keep := b[at:at+fewText], &textMask[size]
	return binary.LittleEndian.Uint64(words)&keep[0]|binary.LittleEndian.Uint64(words[8:])&keep[1]|
		binary.LittleEndian.Uint64(words[16:])&keep[2]|binary.LittleEndian.Uint64(words[24:])&keep[3] == 0
}

// fewText is the number of bytes of text that are handled as four words, of which too many may be
// read and written: what a person writes in one go is hardly ever more.
const fewText = 32

// textMask selects, for a text of so many bytes in four words, the bits that ASCII leaves clear.
var textMask = func() (m [fewText + 1][fewText / 8]uint64) {
	for size := range m {
		for i := range size {
			m[size][i/8] |= 0x80 << (i % 8 * 8)
		}
	}
	return m
}()

// appendText appends from[at:end] to dst. What is copied too much is written over later.
func appendText(dst, from []byte, at, end int) []byte {
	size, n := len(dst), end-at
	if n > fewText || cap(dst)-size < fewText || len(from)-at < fewText {
		return append(dst, from[at:end]...)
	}
	*(*[fewText]byte)(dst[size : size+fewText]) = *(*[fewText]byte)(from[at:])
	return dst[:size+n]
}

// plainWord reads the unsigned integer that begins a word of eight bytes and gives its size: 0 for
// one of more than five bytes and for one that is padded. It asks for the size instead of computing
// it: the processor guesses right mostly, and goes on with what follows.
func plainWord(w uint64) (n uint64, size int) {
	n = w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000
	switch {
	case w&0x80 == 0:
		return w & 0x7f, 1
	case w&0x8000 == 0:
		n, size = n&0x3fff, 2
	case w&0x800000 == 0:
		size = 3
	default:
		return longWord(w)
	}
	if n>>(7*uint(size-1)) == 0 {
		return 0, 0
	}
	return n, size
}

func longWord(w uint64) (n uint64, size int) {
	n = w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000 | w>>3&0xfe00000 | w>>4&0x7f0000000
	switch {
	case w&0x80000000 == 0:
		n, size = n&0xfffffff, 4
	case w&0x8000000000 == 0:
		size = 5
	default:
		return 0, 0
	}
	if n>>(7*uint(size-1)) == 0 {
		return 0, 0
	}
	return n, size
}

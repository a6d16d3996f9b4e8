package lib0

import (
	"encoding/binary"
	"strconv"
)

// IsASCII reports whether every byte of b is below 0x80.
func IsASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// UTF16Len is the number of UTF-16 units of text in UTF-8 or WTF-8.
func UTF16Len[S ~string | ~[]byte](s S) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c&0xc0 == 0x80:
		case c >= 0xf0:
			n += 2
		default:
			n++
		}
	}
	return n
}

// UTF16Offset finds the byte offset of the given UTF-16 offset. When that falls inside a surrogate
// pair, it gives the offset of the rune and inside is true.
func UTF16Offset(s []byte, units int) (at int, inside bool) {
	for at < len(s) && units > 0 {
		size := runeSize(s[at])
		if size == 4 {
			if units == 1 {
				return at, true
			}
			units--
		}
		units--
		at += size
	}
	return at, false
}

// CompareUTF16 compares text by UTF-16 units, the order in which JavaScript sorts.
func CompareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	x, y := a[i], b[i]
	// Runes of four bytes begin with a surrogate, which sorts below U+E000.
	if x >= 0xf0 != (y >= 0xf0) && x >= 0xee && y >= 0xee {
		if x >= 0xf0 {
			return -1
		}
		return 1
	}
	return int(x) - int(y)
}

// AppendInt appends an integer in decimal.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

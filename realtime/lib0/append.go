package lib0

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// MaxSafeInteger is the largest integer that every JavaScript peer can read exactly.
const MaxSafeInteger = 1<<53 - 1

// AppendVarUint appends n in groups of seven bits, lowest first.
func AppendVarUint(dst []byte, n uint64) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// VarUintLen is the number of bytes AppendVarUint adds for n.
func VarUintLen(n uint64) int {
	size := 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
}

// AppendVarInt appends a magnitude and a sign apart, because zero has a sign in this format.
func AppendVarInt(dst []byte, magnitude uint64, negative bool) []byte {
	first := byte(magnitude & 0x3f)
	if negative {
		first |= 0x40
	}
	magnitude >>= 6
	if magnitude > 0 {
		first |= 0x80
	}
	dst = append(dst, first)
	for magnitude > 0 {
		b := byte(magnitude & 0x7f)
		magnitude >>= 7
		if magnitude > 0 {
			b |= 0x80
		}
		dst = append(dst, b)
	}
	return dst
}

// AppendVarInt64 appends a signed integer.
func AppendVarInt64(dst []byte, n int64) []byte {
	if n < 0 {
		return AppendVarInt(dst, uint64(-n), true)
	}
	return AppendVarInt(dst, uint64(n), false)
}

// AppendBytes appends b with its length before it.
func AppendBytes(dst, b []byte) []byte {
	dst = AppendVarUint(dst, uint64(len(b)))
	return append(dst, b...)
}

// AppendString appends s as UTF-8 with its length before it. Halves of surrogate pairs and bytes
// that are not UTF-8 become U+FFFD.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	if validUTF8(s) {
		dst = AppendVarUint(dst, uint64(len(s)))
		return append(dst, s...)
	}
	clean := AppendWellFormed(nil, s)
	dst = AppendVarUint(dst, uint64(len(clean)))
	return append(dst, clean...)
}

func validUTF8[S ~string | ~[]byte](s S) bool {
	switch v := any(s).(type) {
	case string:
		return utf8.ValidString(v)
	case []byte:
		return utf8.Valid(v)
	}
	return utf8.Valid([]byte(s))
}

// AppendWellFormed appends s as UTF-8. Two halves of a pair that stand next to each other are
// joined, a lone half becomes U+FFFD, and so does every byte that is not UTF-8.
func AppendWellFormed[S ~string | ~[]byte](dst []byte, s S) []byte {
	for i := 0; i < len(s); {
		if unit, ok := surrogateAt(s, i); ok {
			if low, ok := surrogateAt(s, i+3); ok && unit < 0xdc00 && low >= 0xdc00 {
				dst = utf8.AppendRune(dst, rune(unit-0xd800)<<10+rune(low-0xdc00)+0x10000)
				i += 6
				continue
			}
			dst = append(dst, "\uFFFD"...)
			i += 3
			continue
		}
		if s[i] < utf8.RuneSelf {
			dst = append(dst, s[i])
			i++
			continue
		}
		r, size := decodeRune(s, i)
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

func decodeRune[S ~string | ~[]byte](s S, i int) (rune, int) {
	var window [utf8.UTFMax]byte
	n := copy(window[:], s[i:])
	return utf8.DecodeRune(window[:n])
}

func surrogateAt[S ~string | ~[]byte](s S, i int) (uint16, bool) {
	if i+3 > len(s) || s[i] != 0xed || s[i+1] < 0xa0 || s[i+1] > 0xbf || s[i+2]&0xc0 != 0x80 {
		return 0, false
	}
	return 0xd000 | uint16(s[i+1]&0x3f)<<6 | uint16(s[i+2]&0x3f), true
}

// AppendSurrogate appends half of a surrogate pair in its three-byte form.
func AppendSurrogate(dst []byte, unit uint16) []byte {
	return append(dst, 0xed, 0x80|byte(unit>>6)&0x3f, 0x80|byte(unit)&0x3f)
}

func appendFloat32(dst []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
}

func appendFloat64(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

package protocol

import (
	"encoding/hex"
	"fmt"

	"samenwijk/realtime/lib0"
)

// An id is written out as a UUID in every place that names it, and a text has several for each paragraph and
// card. Its digits are noise to a compressor, and most places lie further apart than zlib looks back: in a text
// of 300 requirements a quarter of what travelled was this. PackIDs takes them out:
//
//	COUNT, the ids in 16 bytes each, as they first occur
//	LENGTH, a token for each stand-in
//	the rest, with a stand-in where each id was
//
// COUNT, LENGTH and the tokens are written as Yjs writes numbers. A stand-in is the byte 255; one that was there
// of itself has token 0. Any other token says which id it is, counted from the one behind the id before: 1 is
// that one, 2 the one before it, 3 the one after it, and so on. Ids mostly come in the same order again, so most
// tokens are 1.

const (
	idText   = 36 // bytes of an id as it is written
	idBytes  = 16
	standsIn = 0xff
)

// PackIDs returns b with its ids taken out.
func PackIDs(b []byte) []byte {
	known := map[[idBytes]byte]int{}
	var ids, tokens []byte
	rest := make([]byte, 0, len(b))
	next := 0
	for i := 0; i < len(b); {
		id, is := idAt(b[i:])
		switch {
		case is:
			at, seen := known[id]
			if !seen {
				at = len(known)
				known[id] = at
				ids = append(ids, id[:]...)
			}
			tokens = lib0.AppendVarUint(tokens, tokenOf(at-next))
			rest = append(rest, standsIn)
			next = at + 1
			i += idText
			continue
		case b[i] == standsIn:
			tokens = lib0.AppendVarUint(tokens, 0)
		}
		rest = append(rest, b[i])
		i++
	}
	packed := make([]byte, 0, len(ids)+len(tokens)+len(rest)+8)
	packed = append(lib0.AppendVarUint(packed, uint64(len(known))), ids...)
	return append(lib0.AppendBytes(packed, tokens), rest...)
}

// UnpackIDs is what PackIDs was given, when that has at most so many bytes.
func UnpackIDs(packed []byte, most int) ([]byte, error) {
	d := lib0.NewDecoder(packed)
	ids := d.Take(uint64(d.Count(idBytes)) * idBytes)
	tokens := lib0.NewDecoder(d.Bytes())
	if d.Err() != nil {
		return nil, d.Err()
	}
	var b []byte
	next := 0
	for _, one := range d.Remaining() {
		if one != standsIn {
			b = append(b, one)
		} else if token := tokens.VarUint(); token == 0 {
			b = append(b, one)
		} else {
			at := next + stepOf(token)
			if at < 0 || at >= len(ids)/idBytes {
				return nil, fmt.Errorf("%w: there is no id %d of %d", ErrMalformed, at, len(ids)/idBytes)
			}
			b = appendID(b, ids[at*idBytes:][:idBytes])
			next = at + 1
		}
		if len(b) > most {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, most)
		}
	}
	if tokens.Err() != nil || tokens.Rest() > 0 {
		return nil, fmt.Errorf("%w: the tokens are not those of the stand-ins", ErrMalformed)
	}
	return b, nil
}

func tokenOf(step int) uint64 {
	if step < 0 {
		return uint64(-2 * step)
	}
	return uint64(2*step + 1)
}

func stepOf(token uint64) int {
	if token%2 == 0 {
		return -int(token / 2)
	}
	return int(token / 2)
}

// idAt reads the id that b begins with. Only digits as we write them count, so that it is written the same again.
func idAt(b []byte) (id [idBytes]byte, is bool) {
	if len(b) < idText || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return id, false
	}
	n := 0
	for i := 0; i < idText; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		digit := b[i] - '0'
		if digit > 9 {
			if digit = b[i] - 'a' + 10; digit < 10 || digit > 15 {
				return id, false
			}
		}
		id[n/2] = id[n/2]<<4 | digit
		n++
	}
	return id, true
}

func appendID(b, id []byte) []byte {
	from := 0
	for _, to := range []int{4, 6, 8, 10, idBytes} {
		if from > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, id[from:to])
		from = to
	}
	return b
}

package flow

import (
	"crypto/rand"
	"encoding/binary"
)

// browsers have client ids below this one.
const browsers = 1 << 32

// NewClientID is an id under which the house changes a document once: by a form, or by bringing a version back.
// It is above those of browsers. What several put behind one letter stands in the order of their ids, so what the
// house writes behind a word that somebody is typing goes behind the letters of it that are still on their way,
// and not between them.
func NewClientID() uint64 {
	var b [4]byte
	rand.Read(b[:])
	return ClientID(binary.LittleEndian.Uint32(b[:]))
}

// ClientID is the id of the house that belongs to a random number.
func ClientID(random uint32) uint64 { return browsers + uint64(random) }

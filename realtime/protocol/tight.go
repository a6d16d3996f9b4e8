package protocol

import (
	"bytes"
	"index/suffixarray"
	"math/bits"

	"samenwijk/realtime/lib0"
)

// A text in a page is made smaller than brotli makes it: of 300 requirements 15 KB more are saved. It is the
// Burrows-Wheeler transform, which puts together what comes before the same words; move-to-front, by which most
// of that becomes zeros; and an arithmetic coder, which takes a small part of a bit for what was to be expected.
// The ids go through the coder alone, whose models are one for each bit of an id: their version is always the
// same, and the time with which the server's begin mostly is.
//
// What frontend/src/editor/tight.ts reads back is written here. Both count with whole numbers only.

// Tight is a text with its ids taken out (PackIDs), made small.
type Tight struct {
	Bytes []byte
	IDs   int // how many ids it has
	Rest  int // bytes behind them
	First int // place of the whole rest among its sorted ends
}

const (
	even       = 1 << 15 // the probability of a bit of which nothing is known, of 1<<16
	least      = 32      // no bit is certain
	quick      = 30      // times after which a model stops learning more slowly
	slow       = 250     // the same for ids, which are noise
	mostRank   = 8       // bits of the place of a byte
	mostRun    = 15
	recent     = 64 // of the sizes of the last three places, and
	recentTwo  = 16 // of the last two
	sizeOfRank = 3  // sizes that are told apart in them
)

// Tighten makes small what PackIDs wrote.
func Tighten(packed []byte) Tight {
	d := lib0.NewDecoder(packed)
	count := d.Count(idBytes)
	ids := d.Take(uint64(count) * idBytes)
	rest := d.Remaining()
	var c coder
	c.high = 1<<32 - 1
	c.ids(ids)
	last, first := burrowsWheeler(rest)
	c.ranks(last)
	return Tight{Bytes: c.end(), IDs: count, Rest: len(rest), First: first}
}

// burrowsWheeler returns the byte before each end of text, the ends in their order, and where among them the
// whole text is, which has none before it.
func burrowsWheeler(text []byte) (last []byte, first int) {
	if len(text) == 0 {
		return nil, 0
	}
	ends := suffixarray.New(text)
	last = append(make([]byte, 0, len(text)), text[len(text)-1]) // before the end that is empty
	for one := range 256 {
		for _, at := range ends.Lookup([]byte{byte(one)}, -1) { // sorted, of which its tests would tell
			if at == 0 {
				first = len(last)
				continue
			}
			last = append(last, text[at-1])
		}
	}
	return last, first
}

// coder writes bits, each in as much room as its model says.
type coder struct {
	low, high uint32
	out       []byte
}

// model learns how probable it is that a bit is one.
type model struct {
	one  uint32 // of 1<<16
	seen uint32
}

func models(n int) []model {
	all := make([]model, n)
	for i := range all {
		all[i].one = even
	}
	return all
}

func (c *coder) bit(m *model, one bool, slowest uint32) {
	middle := c.low + uint32(uint64(c.high-c.low)*uint64(m.one)>>16)
	if one {
		c.high = middle
		m.one += (1<<16 - 1 - m.one) / (m.seen + 2)
	} else {
		c.low = middle + 1
		m.one = max(m.one-m.one/(m.seen+2), least)
	}
	m.seen = min(m.seen+1, slowest)
	for (c.low^c.high)>>24 == 0 {
		c.out = append(c.out, byte(c.high>>24))
		c.low <<= 8
		c.high = c.high<<8 | 0xff
	}
}

// end writes what the last bits need.
func (c *coder) end() []byte {
	return append(c.out, byte(c.low>>24), byte(c.low>>16), byte(c.low>>8), byte(c.low))
}

func (c *coder) ids(ids []byte) {
	each := models(8 * idBytes)
	for i, b := range ids {
		for n := range 8 {
			c.bit(&each[i%idBytes*8+n], b<<n&0x80 != 0, slow)
		}
	}
}

// ranks writes for each byte how many others came since it came last: zero for the same as before, else how many
// bits that number has, and all of them but the first, which is one.
func (c *coder) ranks(text []byte) {
	var order [256]byte
	for i := range order {
		order[i] = byte(i)
	}
	zero, sizes, lower := models(recent*(mostRun+1)), models(recentTwo*mostRank), models((mostRank+1)<<mostRank)
	history, run := 0, 0
	for _, b := range text {
		rank := bytes.IndexByte(order[:], b)
		copy(order[1:rank+1], order[:rank])
		order[0] = b
		size := bits.Len(uint(rank))
		c.bit(&zero[history*(mostRun+1)+min(bits.Len(uint(run)), mostRun)], rank == 0, quick)
		run++
		if rank > 0 {
			run = 0
			for i := 1; i < mostRank; i++ {
				c.bit(&sizes[history%recentTwo*mostRank+i], size == i, quick)
				if size == i {
					break
				}
			}
			for i, at := size-2, 1; i >= 0; i-- {
				one := rank >> i & 1
				c.bit(&lower[size<<mostRank+at], one == 1, quick)
				at = at<<1 | one
			}
		}
		history = (history<<2 | min(size, sizeOfRank)) % recent
	}
}

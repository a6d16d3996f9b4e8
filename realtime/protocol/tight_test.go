package protocol

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"samenwijk/realtime/lib0"
)

func TestATextThatWasMadeSmallIsReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	texts := map[string][]byte{
		"empty":       {},
		"one byte":    {7},
		"the same":    bytes.Repeat([]byte("a"), 5000),
		"every byte":  everyByte(),
		"noise":       noise,
		"words":       []byte(strings.Repeat("de buurt vraagt om een bankje, en om licht op het plein. ", 40)),
		"ids":         []byte(strings.Repeat("statement:5e0c8b1c-6a7d-4b7e-9f0a-1b2c3d4e5f60 de lamp ", 30)),
		"zeros":       make([]byte, 70_000),
		"two by turn": bytes.Repeat([]byte("ab"), 3000),
	}
	for name, text := range texts {
		packed := PackIDs(text)
		tight := Tighten(packed)
		if back := loosen(tight); !bytes.Equal(back, packed) {
			t.Errorf("%s: %d bytes came back as %d others", name, len(packed), len(back))
		}
		if len(text) > 2000 && name != "noise" && len(tight.Bytes) > len(text)/20 {
			t.Errorf("%s: %d bytes became %d", name, len(text), len(tight.Bytes))
		}
	}
}

// frontend/src/editor/tight.test.ts reads these letters.
const agreed = "ofN045WCtIFg9eTTwrGgn/8Bmvdwh1vagWiMSfx6bb0tpe22"

func TestTheEditorReadsWhatIsMadeSmall(t *testing.T) {
	const id = "5e0c8b1c-6a7d-4b7e-9f0a-1b2c3d4e5f60"
	tight := Tighten(PackIDs([]byte(id + " de lamp, de lamp, de lamp " + id)))
	letters := base64.StdEncoding.EncodeToString(tight.Bytes)
	if letters != agreed || tight.IDs != 1 || tight.Rest != 32 || tight.First != 2 {
		t.Errorf("%d ids, %d bytes, %d: %s", tight.IDs, tight.Rest, tight.First, letters)
	}
}

func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// loosen is Tighten turned around, as the editor does it.
func loosen(tight Tight) []byte {
	d := reader{in: tight.Bytes, high: 1<<32 - 1}
	for range 4 {
		d.value = d.value<<8 | d.next()
	}
	each := models(8 * idBytes)
	ids := make([]byte, tight.IDs*idBytes)
	for i := range ids {
		for n := range 8 {
			ids[i] = ids[i]<<1 | byte(d.bit(&each[i%idBytes*8+n], slow))
		}
	}
	last := d.ranks(tight.Rest)
	packed := append(lib0.AppendVarUint(nil, uint64(tight.IDs)), ids...)
	return append(packed, whole(last, tight.First)...)
}

// whole is burrowsWheeler turned around.
func whole(last []byte, first int) []byte {
	var starts [256]int
	for _, b := range last {
		for i := int(b) + 1; i < 256; i++ {
			starts[i]++
		}
	}
	before := make([]int, len(last))
	for i, b := range last {
		starts[b]++
		before[i] = starts[b]
	}
	text := make([]byte, len(last))
	for at, i := 0, len(last)-1; i >= 0; i-- {
		if at > first {
			at--
		}
		text[i] = last[at]
		at = before[at]
	}
	return text
}

type reader struct {
	in               []byte
	low, high, value uint32
}

func (d *reader) next() uint32 {
	if len(d.in) == 0 {
		return 0
	}
	b := d.in[0]
	d.in = d.in[1:]
	return uint32(b)
}

func (d *reader) bit(m *model, slowest uint32) int {
	middle := d.low + uint32(uint64(d.high-d.low)*uint64(m.one)>>16)
	bit := 0
	if d.value <= middle {
		bit = 1
		d.high = middle
		m.one += (1<<16 - 1 - m.one) / (m.seen + 2)
	} else {
		d.low = middle + 1
		m.one = max(m.one-m.one/(m.seen+2), least)
	}
	m.seen = min(m.seen+1, slowest)
	for (d.low^d.high)>>24 == 0 {
		d.low <<= 8
		d.high = d.high<<8 | 0xff
		d.value = d.value<<8 | d.next()
	}
	return bit
}

func (d *reader) ranks(n int) []byte {
	order := everyByte()
	zero, sizes, lower := models(recent*(mostRun+1)), models(recentTwo*mostRank), models((mostRank+1)<<mostRank)
	text := make([]byte, n)
	history, run := 0, 0
	for i := range text {
		length := 0
		for run>>length > 0 {
			length++
		}
		size, rank := 0, 0
		if d.bit(&zero[history*(mostRun+1)+min(length, mostRun)], quick) == 1 {
			run++
		} else {
			run, size, rank = 0, 1, 1
			for size < mostRank && d.bit(&sizes[history%recentTwo*mostRank+size], quick) == 0 {
				size++
			}
			for range size - 1 {
				rank = rank<<1 | d.bit(&lower[size<<mostRank+rank], quick)
			}
		}
		b := order[rank]
		copy(order[1:rank+1], order[:rank])
		order[0] = b
		text[i] = b
		history = (history<<2 | min(size, sizeOfRank)) % recent
	}
	return text
}

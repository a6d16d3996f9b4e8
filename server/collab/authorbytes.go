package collab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"samenwijk/realtime/lib0"
)

// Authors are stored beside a snapshot, because the rows that name them may go. The bytes are a
// version; the number of names and each with its length; then inserted and deleted: the number of
// clients, and for each the distance to the previous id, the number of spans, and for each span the
// distance to the end of the previous one, its length, the number of the name and the seconds since
// the previous one. Where words were taken away that may come back, the version is the next one, and
// they follow: as deleted, and then the text of each span in their order, with its length in bytes. All
// numbers are varints.
const (
	authorsVersion = 1
	withTaken      = 2
)

// What stored authors may ask for.
const (
	maxAuthorBytes = 64 << 20
	maxActorBytes  = 200
)

var errAuthors = errors.New("the authors of a text cannot be read")

// Encode returns the authors as bytes, the same for the same authors. Nothing may be waiting inside
// the document for others: what waits is not part of the bytes.
func (a *Authors) Encode() []byte {
	a.settle()
	b := []byte{authorsVersion}
	if len(a.taken.of) > 0 {
		b[0] = withTaken
	}
	b = binary.AppendUvarint(b, uint64(len(a.names)))
	for _, name := range a.names {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	sets := []spans{a.inserted, a.deleted}
	if len(a.taken.of) > 0 {
		sets = append(sets, a.taken.spans())
	}
	at := int64(0)
	for _, set := range sets {
		b = binary.AppendUvarint(b, uint64(len(set)))
		before := uint64(0)
		for _, client := range slices.Sorted(maps.Keys(set)) {
			b = binary.AppendUvarint(b, client-before)
			before = client
			b = binary.AppendUvarint(b, uint64(len(set[client])))
			end := uint32(0)
			for _, s := range set[client] {
				b = binary.AppendUvarint(b, uint64(s.clock-end))
				b = binary.AppendUvarint(b, uint64(s.end-s.clock))
				b = binary.AppendUvarint(b, uint64(s.author))
				b = binary.AppendVarint(b, int64(s.at)-at)
				end, at = s.end, int64(s.at)
			}
		}
	}
	for _, client := range slices.Sorted(maps.Keys(a.taken.of)) {
		for _, x := range a.taken.of[client] {
			b = binary.AppendUvarint(b, uint64(len(x.text)))
			b = append(b, x.text...)
		}
	}
	return b
}

// DecodeAuthors reads what Encode wrote. It takes memory in proportion to the bytes, and refuses
// what Encode does not write.
func DecodeAuthors(b []byte) (*Authors, error) {
	if len(b) > maxAuthorBytes {
		return nil, fmt.Errorf("%w: %d bytes", errAuthors, len(b))
	}
	r := authorReader{rest: b}
	version := r.uint(1<<8, "version")
	if r.err == nil && version != authorsVersion && version != withTaken {
		return nil, fmt.Errorf("%w: version %d", errAuthors, version)
	}
	a := NewAuthors()
	for n := r.count(1); n > 0 && r.err == nil; n-- {
		name := string(r.text(maxActorBytes))
		if _, twice := a.numbers[name]; twice {
			r.fail("a name twice")
		}
		a.number(name)
	}
	r.spans(a.inserted, len(a.names), true)
	r.spans(a.deleted, len(a.names), false)
	if version == withTaken {
		r.taken(&a.taken, len(a.names))
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("bytes behind the end")
	}
	if r.err != nil {
		return nil, r.err
	}
	return a, nil
}

// authorReader reads until the first mistake; after it everything is zero.
type authorReader struct {
	rest []byte
	at   int64
	err  error
}

func (r *authorReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", errAuthors, what)
	}
	r.rest = nil
}

func (r *authorReader) uint(most uint64, what string) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most || n > 1 && r.rest[n-1] == 0 {
		r.fail(what)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count reads how many things of at least so many bytes follow.
func (r *authorReader) count(least int) int {
	return int(r.uint(uint64(len(r.rest)/least), "more announced than there is"))
}

func (r *authorReader) text(most uint64) []byte {
	n := r.uint(most, "a text too long")
	if n > uint64(len(r.rest)) {
		r.fail("a text cut off")
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

func (r *authorReader) taken(into *takenTexts, names int) {
	set := spans{}
	if r.spans(set, names, false); r.err == nil && len(set) == 0 {
		r.fail("nothing taken away")
	}
	for _, client := range slices.Sorted(maps.Keys(set)) {
		for _, s := range set[client] {
			x := taken{s, bytes.Clone(r.text(mostTaken))}
			if r.err == nil && (!utf8.Valid(x.text) || lib0.UTF16Len(x.text) != int(s.end-s.clock)) {
				r.fail("a text of another length")
			}
			if r.err != nil {
				return
			}
			into.add(client, x)
		}
	}
	if into.cost > mostTaken {
		r.fail("too much that was taken away")
	}
}

func (r *authorReader) spans(into spans, names int, gapless bool) {
	client := uint64(0)
	for i, n := 0, r.count(6); i < n && r.err == nil; i++ {
		step := r.uint(1<<63, "client")
		if i > 0 && step == 0 || client+step < client {
			r.fail("clients out of order")
		}
		client += step
		count := r.count(4)
		if count == 0 {
			r.fail("a client without spans")
			return
		}
		own := make([]span, 0, count)
		end := uint64(0)
		for range count {
			gap, length := r.uint(1<<32-1, "clock"), r.uint(1<<32-1, "length")
			author := r.uint(1<<32-1, "author")
			seconds, size := binary.Varint(r.rest)
			if size <= 0 || size > 1 && r.rest[size-1] == 0 {
				r.fail("time")
				return
			}
			r.rest = r.rest[size:]
			r.at += seconds
			if gapless && gap > 0 || length == 0 || end+gap+length > 1<<32-1 || author >= uint64(names) || r.at < 0 || r.at > 1<<32-1 {
				r.fail("a span out of bounds")
				return
			}
			own = append(own, span{uint32(end + gap), uint32(end + gap + length), uint32(author), uint32(r.at)})
			end += gap + length
		}
		into[client] = own
	}
}

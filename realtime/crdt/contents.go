package crdt

import (
	"iter"

	"samenwijk/realtime/lib0"
)

// Range is Len ids of one client, from the id on.
type Range struct {
	ID
	Len uint32
}

// End is the clock after the range.
func (r Range) End() uint32 { return r.Clock + r.Len }

// Contents are the ids that an update speaks of, as ranges that neither touch nor overlap, highest
// client first and then by clock. Inserted are those it brings, also when their content was
// collected before it was written; Deleted are those it names as deleted, whoever deleted them
// first: a peer that comes by names all that it knows of. What is deleted because it came into a place
// that is, or was replaced under its key, need not be named.
type Contents struct{ Inserted, Deleted []Range }

// UpdateContents reads the Contents of a v1 update, without building a document.
func UpdateContents(update []byte) (Contents, error) {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(update, false)
	if err != nil {
		return Contents{}, err
	}
	ids := make([]clockRange, 0, len(u.blocks))
	for i := range u.refs {
		ref := &u.refs[i]
		if ref.kind() == kindSkip {
			continue
		}
		if last := len(ids) - 1; last >= 0 && ids[last].client == ref.client && ids[last].end() == ref.clock {
			ids[last].len += ref.length
			continue
		}
		ids = append(ids, clockRange{ref.client, ref.clock, ref.length})
	}
	return Contents{Inserted: asRanges(ids), Deleted: asRanges(u.dels)}, nil
}

// Run is a text that an update puts directly behind a unit, in one piece.
type Run struct {
	Range
	Behind ID
	Text   []byte // UTF-8, in which half of a surrogate pair may stand as three bytes; valid during the call only
}

// EachRun calls see with the texts of a v1 update that do not stand at the start of something.
func EachRun(update []byte, see func(Run)) error {
	r := newReader(Limits{}.orDefault())
	defer r.release()
	u, err := r.readUpdate(update, false)
	if err != nil {
		return err
	}
	for i := range u.refs {
		ref := &u.refs[i]
		if ref.kind() != kindString || ref.info&infoOrigin == 0 {
			continue
		}
		see(Run{Range{ID{ref.client, ref.clock}, ref.length}, ID{ref.oClient, ref.oClock}, u.bytes(ref.data)})
	}
	return nil
}

// TextIn goes over the text that stands in a range of ids, in order of the ids, whatever type it stands in. Text
// is as in a Piece, and valid until the document changes; half of a surrogate pair at an end of the range is left
// out. Going on after the document changed is a mistake.
func (d *Doc) TextIn(r Range) iter.Seq2[Range, []byte] {
	return func(yield func(Range, []byte) bool) {
		ci, known := d.client(r.Client)
		if !known {
			return
		}
		c := &d.clients[ci]
		end := min(r.End(), c.state)
		if r.Clock >= end {
			return
		}
		for p, more := c.locate(r.Clock), true; more; p, more = c.next(p) {
			it := &d.items[c.at(p)]
			if it.clock >= end {
				return
			}
			if it.kind != kindString || it.deleted() {
				continue
			}
			part := Range{ID{r.Client, max(r.Clock, it.clock)}, 0}
			part.Len = min(end, it.end()) - part.Clock
			part, text := partOfText(part, d.content(it), part.Clock-it.clock)
			if part.Len > 0 && !yield(part, text) {
				return
			}
		}
	}
}

// partOfText gives the part of a text that a range stands for, of which the first unit is so far into the text.
func partOfText(r Range, text []byte, from uint32) (Range, []byte) {
	at, inside := lib0.UTF16Offset(text, int(from))
	if inside {
		at, r.Clock, r.Len = at+4, r.Clock+1, r.Len-1
	}
	text = text[at:]
	end, inside := lib0.UTF16Offset(text, int(r.Len))
	if inside {
		r.Len--
	}
	return r, text[:end]
}

func asRanges(ids []clockRange) []Range {
	ids = mergeRanges(ids)
	if len(ids) == 0 {
		return nil
	}
	ranges := make([]Range, len(ids))
	for i, r := range ids {
		ranges[i] = Range{ID{r.client, r.clock}, r.len}
	}
	return ranges
}

// Known is the number of clocks of a client that the document holds, without a gap from 0 on; what
// waits for others does not count.
func (d *Doc) Known(client uint64) uint32 { return d.state(client) }

// IDs are the ids of what the text shows, in its order: their lengths add up to Len, so that they
// say of every position which client wrote it.
func (t *Text) IDs() []Range {
	if t.doc == nil {
		return nil
	}
	var ids []Range
	d := t.doc
	for h := t.ty().start; h != 0; h = d.items[h].right {
		it := &d.items[h]
		if !it.visible() {
			continue
		}
		id := d.id(h)
		if last := len(ids) - 1; last >= 0 && ids[last].Client == id.Client && ids[last].End() == id.Clock {
			ids[last].Len += it.length
			continue
		}
		ids = append(ids, Range{id, it.length})
	}
	return ids
}

// ItemID is the id of a type that is inside of another one; a root has none.
func ItemID(s Shared) (ID, bool) {
	n := s.base()
	if n.doc == nil || n.ty().item == 0 {
		return ID{}, false
	}
	return n.doc.id(n.ty().item), true
}

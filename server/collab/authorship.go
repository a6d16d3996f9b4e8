package collab

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"time"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
)

// Author is who did something to a text, and when, to the second. Actor is the id of a person, and
// empty for the house itself, which wrote what a document began with.
type Author struct {
	Actor string
	At    time.Time
}

// Passage is a range of ids with one author.
type Passage struct {
	crdt.Range
	Author
}

// Authors says who wrote what in one document, and who took it away, by the ids of the engine. Who
// somebody is comes from the log, never from the update: a browser chooses its client id itself, so
// two people may use one by accident or by malice, and each id belongs to whoever brought it into
// the document first. Only what undo brings back belongs to who wrote it before it was taken away.
//
// What somebody did within ten minutes in one place counts as one piece of work and has the time at
// which it began. Authors belongs to one goroutine at a time.
type Authors struct {
	names    []string
	numbers  map[string]uint32
	inserted spans // without a gap from clock 0 on
	deleted  spans
	taken    takenTexts
	claims   []claim // deletes that are not in deleted yet, oldest row first
	waiting  []claim // inserts that wait inside the document for others
}

// spans are ranges of clocks by client, in order.
type spans map[uint64][]span

type span struct {
	clock, end uint32
	author     uint32 // in names
	at         uint32 // Unix time
}

type claim struct {
	client uint64
	span
}

// sitting is how many seconds of work by one person in one place are told apart by nobody.
const sitting = 600

// NewAuthors returns the authors of an empty document.
func NewAuthors() *Authors {
	return &Authors{numbers: map[string]uint32{}, inserted: spans{}, deleted: spans{}}
}

// Apply brings a row of the log into doc and notes whose work it is. The rows come in the order of
// the log, and doc has had no others. After an error doc and authors are what they were. A row that
// stands for several comes first and brings its authors along.
func (a *Authors) Apply(doc *crdt.Doc, row livedoc.Update) error {
	if row.Authors != nil {
		before, err := DecodeAuthors(row.Authors)
		if err != nil {
			return err
		}
		if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
			return err
		}
		*a = *before
		return nil
	}
	contents, err := crdt.UpdateContents(row.Payload)
	if err != nil {
		return err
	}
	goes := a.taking(doc, contents.Deleted, row.Actor)
	if err := doc.ApplyUpdate(row.Payload, nil); err != nil {
		return err
	}
	work := span{author: a.number(row.Actor), at: uint32(min(max(row.At.Unix(), 0), 1<<32-1))}
	a.taken.remember(goes, work)
	before := map[uint64]uint32{}
	if len(a.taken.of) > 0 {
		for _, r := range contents.Inserted {
			before[r.Client] = a.inserted.end(r.Client)
		}
	}
	a.noteInserts(doc, contents.Inserted, work)
	if len(before) > 0 {
		if err := a.giveBack(row.Payload, before); err != nil {
			return err
		}
	}
	for _, r := range contents.Deleted {
		work.clock, work.end = r.Clock, r.End()
		a.claims = append(a.claims, claim{r.Client, work})
	}
	if len(a.claims) > 1<<16 && len(a.claims) > 2*a.deleted.count() {
		a.settle() // every browser that comes by names all deletes it knows of
	}
	return nil
}

func (a *Authors) number(actor string) uint32 {
	n, known := a.numbers[actor]
	if !known {
		n = uint32(len(a.names))
		a.names = append(a.names, actor)
		a.numbers[actor] = n
	}
	return n
}

// noteInserts gives an author to every id that came into the document with the last update: its own,
// and those that had waited for it. Where both hold the same id the document took the update's.
func (a *Authors) noteInserts(doc *crdt.Doc, own []crdt.Range, work span) {
	for i, r := range own {
		if i == 0 || own[i-1].Client != r.Client {
			a.noteClient(r.Client, doc.Known(r.Client), own, work)
		}
		if known := doc.Known(r.Client); r.End() > known {
			work.clock, work.end = max(r.Clock, known), r.End()
			a.waiting = append(a.waiting, claim{r.Client, work})
		}
	}
	if len(a.waiting) == 0 {
		return
	}
	for _, w := range a.waiting {
		a.noteClient(w.client, doc.Known(w.client), nil, work)
	}
	a.waiting = slices.DeleteFunc(a.waiting, func(w claim) bool { return w.end <= doc.Known(w.client) })
}

// noteClient divides what is newly known of a client.
func (a *Authors) noteClient(client uint64, known uint32, own []crdt.Range, work span) {
	for at := a.inserted.end(client); at < known; at = a.inserted.end(client) {
		piece := work
		piece.clock, piece.end = at, known
		covered := false
		for _, r := range own {
			if r.Client != client || r.End() <= at {
				continue
			}
			if covered = r.Clock <= at; covered {
				piece.end = min(known, r.End())
			} else {
				piece.end = min(known, r.Clock)
			}
			break
		}
		if !covered {
			if w := a.waited(client, at); w != nil {
				piece.author, piece.at, piece.end = w.author, w.at, min(piece.end, w.end)
			}
		}
		a.inserted.add(client, piece)
	}
}

// waited finds what waited to bring an id: of several the one that begins first, as the document does.
func (a *Authors) waited(client uint64, at uint32) *claim {
	var found *claim
	for i := range a.waiting {
		w := &a.waiting[i]
		if w.client == client && w.clock <= at && at < w.end && (found == nil || w.clock < found.clock) {
			found = w
		}
	}
	return found
}

// end is the clock after the last span of a client.
func (s spans) end(client uint64) uint32 {
	if own := s[client]; len(own) > 0 {
		return own[len(own)-1].end
	}
	return 0
}

func (s spans) count() int {
	n := 0
	for _, own := range s {
		n += len(own)
	}
	return n
}

// add puts a span behind the others of its client, or lengthens the last one.
func (s spans) add(client uint64, piece span) {
	own := s[client]
	if len(own) > 0 {
		last := &own[len(own)-1]
		if last.end == piece.clock && last.author == piece.author && within(last.at, piece.at) {
			last.end = piece.end
			return
		}
	}
	s[client] = append(own, piece)
}

func within(a, b uint32) bool { return max(a, b)-min(a, b) < sitting }

// find returns the span in which a clock is.
func (s spans) find(client uint64, clock uint32) (int, bool) {
	return slices.BinarySearchFunc(s[client], clock, func(sp span, clock uint32) int {
		switch {
		case sp.end <= clock:
			return -1
		case sp.clock > clock:
			return 1
		}
		return 0
	})
}

// settle gives each deleted id to the first row that named it.
func (a *Authors) settle() {
	if len(a.claims) == 0 {
		return
	}
	byClient := map[uint64][]contender{}
	for i, c := range a.claims {
		byClient[c.client] = append(byClient[c.client], contender{c.span, i + 1})
	}
	a.claims = nil
	for client, contenders := range byClient {
		for _, settled := range a.deleted[client] {
			contenders = append(contenders, contender{settled, 0})
		}
		delete(a.deleted, client)
		a.divide(client, contenders)
	}
}

// contender is a span that may have to share its clocks with others: the lowest turn takes them.
type contender struct {
	span
	turn int
}

func (a *Authors) divide(client uint64, all []contender) {
	slices.SortFunc(all, func(x, y contender) int { return cmp.Compare(x.clock, y.clock) })
	var here turns // those that reach over the clock we are at
	for at := uint32(0); len(all) > 0 || len(here) > 0; {
		if len(here) > 0 && here[0].end <= at {
			heap.Pop(&here)
			continue
		}
		if len(here) == 0 {
			if len(all) == 0 {
				return
			}
			at = max(at, all[0].clock)
		}
		for len(all) > 0 && all[0].clock <= at {
			heap.Push(&here, all[0])
			all = all[1:]
		}
		if here[0].end <= at {
			continue
		}
		piece := here[0].span
		piece.clock = at
		if len(all) > 0 {
			piece.end = min(piece.end, all[0].clock)
		}
		a.deleted.add(client, piece)
		at = piece.end
	}
}

// turns is a heap.
type turns []contender

func (t turns) Len() int           { return len(t) }
func (t turns) Less(i, j int) bool { return t[i].turn < t[j].turn }
func (t turns) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *turns) Push(x any)        { *t = append(*t, x.(contender)) }
func (t *turns) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// InsertedBy says who brought an id into the document; false when nobody did yet.
func (a *Authors) InsertedBy(client uint64, clock uint32) (Author, bool) {
	return a.author(a.inserted, client, clock)
}

// DeletedBy says who first deleted an id. False also when it went by itself: because something else
// took its place under a key, or because it came into a place that had been deleted.
func (a *Authors) DeletedBy(client uint64, clock uint32) (Author, bool) {
	a.settle()
	return a.author(a.deleted, client, clock)
}

func (a *Authors) author(s spans, client uint64, clock uint32) (Author, bool) {
	i, found := s.find(client, clock)
	if !found {
		return Author{}, false
	}
	return a.of(s[client][i]), true
}

func (a *Authors) of(s span) Author {
	return Author{Actor: a.names[s.author], At: time.Unix(int64(s.at), 0).UTC()}
}

// Inserted divides a range of ids by who brought them, in order of the ids.
func (a *Authors) Inserted(r crdt.Range) []Passage { return a.passages(a.inserted, r) }

// Deleted divides a range of ids by who deleted them; what nobody deleted is left out.
func (a *Authors) Deleted(r crdt.Range) []Passage {
	a.settle()
	return a.passages(a.deleted, r)
}

func (a *Authors) passages(s spans, r crdt.Range) []Passage {
	var found []Passage
	own := s[r.Client]
	for i, _ := s.find(r.Client, r.Clock); i < len(own) && own[i].clock < r.End(); i++ {
		from, to := max(own[i].clock, r.Clock), min(own[i].end, r.End())
		found = append(found, Passage{crdt.Range{ID: crdt.ID{Client: r.Client, Clock: from}, Len: to - from}, a.of(own[i])})
	}
	return found
}

// Written is Document with who wrote and deleted what in it.
func (c *Collab) Written(ctx context.Context, id livedoc.ID) (*crdt.Doc, *Authors, error) {
	doc, authors := crdt.NewDoc(crdt.KeepFormats()), NewAuthors()
	_, err := c.log.Load(ctx, id, 0, 0, func(u livedoc.Update) error {
		if err := authors.Apply(doc, u); err != nil {
			return fmt.Errorf("update %d of document %s: %w", u.Seq, id, err)
		}
		return nil
	})
	return doc, authors, err
}

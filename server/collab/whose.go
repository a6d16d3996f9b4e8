package collab

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// WhoWrote returns the text as it was last saved, each piece with the id of the person who wrote it.
// What the document began with is nobody's.
func (c *Collab) WhoWrote(ctx context.Context, id livedoc.ID) (richtext.Document, error) {
	doc, authors, err := c.Written(ctx, id)
	if err != nil {
		return richtext.Document{}, err
	}
	return written(doc, authors), nil
}

// written is the text of a document, each piece with who wrote it.
func written(doc *crdt.Doc, authors *Authors) richtext.Document {
	return owners(doc, func(r crdt.Range) []owned { return ownedBy(authors.Inserted(r), r, nil) })
}

// WhoWroteVersion is WhoWrote for a version. A damaged one is livedoc.IsVersionDamaged.
func (c *Collab) WhoWroteVersion(ctx context.Context, id livedoc.ID, version livedoc.VersionID) (richtext.Document, error) {
	past, err := c.version(ctx, id, version)
	if err != nil {
		return richtext.Document{}, err
	}
	_, authors, err := c.authorsOf(ctx, id, past.epoch)
	if err != nil {
		return richtext.Document{}, err
	}
	return written(past.doc, authors), nil
}

// authorsOf says who wrote what in an epoch, with the document at its end, or as it is now.
func (c *Collab) authorsOf(ctx context.Context, id livedoc.ID, epoch int64) (*crdt.Doc, *Authors, error) {
	head, err := c.log.Head(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if epoch == head.Epoch {
		return c.Written(ctx, id)
	}
	last, err := c.log.LastOf(ctx, id, epoch)
	if err != nil {
		return nil, nil, err
	}
	doc := crdt.NewDoc(crdt.KeepFormats())
	if err := doc.ApplyUpdate(last.State, nil); err != nil {
		return nil, nil, fmt.Errorf("the last text of epoch %d of document %s: %w", epoch, id, err)
	}
	authors, err := DecodeAuthors(last.Authors)
	return doc, authors, err
}

// Between returns two texts to compare: of the older each piece that the newer one has not says who
// took it away, and of the newer each piece that the older one had not says who wrote it. An empty id
// is the text as it was last saved. Between texts of different epochs, such as one from before the text
// was written in another model, it is not known who took away what the later epoch began without.
func (c *Collab) Between(ctx context.Context, id livedoc.ID, older, newer livedoc.VersionID) (from, to richtext.Document, err error) {
	texts := [2]past{}
	for i, version := range []livedoc.VersionID{older, newer} {
		if version == "" {
			head, err := c.log.Head(ctx, id)
			if err != nil {
				return from, to, err
			}
			texts[i].epoch = head.Epoch
		} else if texts[i], err = c.version(ctx, id, version); err != nil {
			return from, to, err
		}
	}
	authors := [2]*Authors{}
	for i := range texts {
		if i == 1 && texts[1].epoch == texts[0].epoch {
			authors[1] = authors[0]
			continue
		}
		var last *crdt.Doc
		if last, authors[i], err = c.authorsOf(ctx, id, texts[i].epoch); err != nil {
			return from, to, err
		}
		for j := range texts {
			if texts[j].doc == nil && texts[j].epoch == texts[i].epoch {
				texts[j].doc = last
			}
		}
	}
	if texts[0].epoch != texts[1].epoch {
		from = owners(texts[0].doc, func(r crdt.Range) []owned { return ownedBy(authors[0].Deleted(r), r, nil) })
		return from, written(texts[1].doc, authors[1]), nil
	}
	shown := shownIDs(texts[1].doc)
	from = owners(texts[0].doc, func(r crdt.Range) []owned { return ownedBy(authors[0].Deleted(r), r, shown.has) })
	to = owners(texts[1].doc, func(r crdt.Range) []owned {
		known := texts[0].doc.Known(r.Client)
		return ownedBy(authors[1].Inserted(r), r, func(_ uint64, clock uint32) bool { return clock < known })
	})
	return from, to, nil
}

// owners reads the text of a document with whose it is.
func owners(doc *crdt.Doc, whose func(crdt.Range) []owned) richtext.Document {
	return richtext.Document{Blocks: reader{whose}.blocks(nodesIn(doc, true))}
}

// ownedBy lays passages over a range of ids: what no passage covers, and what is not asked for, is
// nobody's.
func ownedBy(passages []Passage, r crdt.Range, unasked func(client uint64, clock uint32) bool) []owned {
	var pieces []owned
	for clock := r.Clock; clock < r.End(); clock++ {
		for len(passages) > 0 && passages[0].End() <= clock {
			passages = passages[1:]
		}
		by := ""
		if len(passages) > 0 && passages[0].Clock <= clock && (unasked == nil || !unasked(r.Client, clock)) {
			by = passages[0].Actor
		}
		if n := len(pieces); n > 0 && pieces[n-1].by == by {
			pieces[n-1].units++
			continue
		}
		pieces = append(pieces, owned{1, by})
	}
	return pieces
}

// idSet is ids by client, in order.
type idSet map[uint64][]crdt.Range

func shownIDs(doc *crdt.Doc) idSet {
	set := idSet{}
	var gather func(nodes []prosemirror.Node)
	gather = func(nodes []prosemirror.Node) {
		for _, n := range nodes {
			for _, r := range n.IDs {
				set[r.Client] = append(set[r.Client], r)
			}
			gather(n.Content)
		}
	}
	gather(nodesIn(doc, true))
	set.sort()
	return set
}

func (s idSet) sort() {
	for _, ranges := range s {
		slices.SortFunc(ranges, func(a, b crdt.Range) int { return cmp.Compare(a.Clock, b.Clock) })
	}
}

// touches reports whether any id of a range is in the set.
func (s idSet) touches(r crdt.Range) bool {
	own := s[r.Client]
	i, _ := slices.BinarySearchFunc(own, r.Clock, func(o crdt.Range, clock uint32) int {
		if o.End() <= clock {
			return -1
		}
		return 1
	})
	return i < len(own) && own[i].Clock < r.End()
}

func (s idSet) has(client uint64, clock uint32) bool {
	_, found := slices.BinarySearchFunc(s[client], clock, func(r crdt.Range, clock uint32) int {
		switch {
		case r.End() <= clock:
			return -1
		case r.Clock > clock:
			return 1
		}
		return 0
	})
	return found
}

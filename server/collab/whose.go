package collab

import (
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
	return owners(doc, func(r crdt.Range) []owned { return ownedBy(authors.Inserted(r), r, nil) })
}

// Between returns two texts to compare: of the older each piece that the newer one has not says who
// took it away, and of the newer each piece that the older one had not says who wrote it. An empty id
// is the text as it was last saved.
func (c *Collab) Between(ctx context.Context, id livedoc.ID, older, newer livedoc.VersionID) (from, to richtext.Document, err error) {
	now, authors, err := c.Written(ctx, id)
	if err != nil {
		return from, to, err
	}
	docs := [2]*crdt.Doc{}
	for i, version := range []livedoc.VersionID{older, newer} {
		docs[i] = now
		if version != "" {
			if docs[i], err = c.version(ctx, id, version); err != nil {
				return from, to, err
			}
		}
	}
	shown, err := shownIDs(docs[1])
	if err != nil {
		return from, to, err
	}
	from, err = owners(docs[0], func(r crdt.Range) []owned { return ownedBy(authors.Deleted(r), r, shown.has) })
	if err != nil {
		return from, to, err
	}
	to, err = owners(docs[1], func(r crdt.Range) []owned {
		known := docs[0].Known(r.Client)
		return ownedBy(authors.Inserted(r), r, func(_ uint64, clock uint32) bool { return clock < known })
	})
	return from, to, err
}

// owners reads the text of a document with whose it is.
func owners(doc *crdt.Doc, whose func(crdt.Range) []owned) (richtext.Document, error) {
	nodes, err := prosemirror.ReadIDs(doc.XMLFragment(Fragment))
	if err != nil {
		return richtext.Document{}, fmt.Errorf("whose text it is: %w", err)
	}
	return richtext.Document{Blocks: reader{whose}.blocks(nodes)}, nil
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

func shownIDs(doc *crdt.Doc) (idSet, error) {
	nodes, err := prosemirror.ReadIDs(doc.XMLFragment(Fragment))
	if err != nil {
		return nil, fmt.Errorf("which text is shown: %w", err)
	}
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
	gather(nodes)
	for _, ranges := range set {
		slices.SortFunc(ranges, func(a, b crdt.Range) int { return int(int64(a.Clock) - int64(b.Clock)) })
	}
	return set, nil
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

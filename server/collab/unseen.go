package collab

import (
	"context"
	"fmt"
	"slices"
	"time"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/prosemirror"
)

// underWay is how long after a restore words may come in that were typed before it was seen.
const underWay = 2 * time.Minute

// gather looks for words that came into what a restore had taken away, such as a requirement: they were
// typed while it was under way, and nobody can read them, although they are kept. They go into the version
// of what stood there before it as well. What came into a paragraph that was taken away is shown where that
// stood.
func (c *Collab) gather(ctx context.Context, now time.Time) error {
	recent, err := c.log.VersionsSince(ctx, livedoc.BeforeRestore, now.Add(-underWay-time.Minute))
	if err != nil {
		return err
	}
	for _, before := range recent {
		head, err := c.log.Head(ctx, before.Document)
		if err != nil {
			return err
		}
		if head.Epoch != before.Epoch || head.Seq <= before.Seq+1 {
			continue
		}
		rows, err := c.unseen(ctx, head, before)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		if err := c.correct(ctx, head, before, before.Seq, rows); err != nil {
			return err
		}
	}
	return nil
}

// unseen returns the rows that brought words into what a restore took away and nobody put back, and those of
// the same sessions that they build on.
func (c *Collab) unseen(ctx context.Context, head livedoc.Document, before livedoc.Version) ([]livedoc.Update, error) {
	restore := before.Seq + 1
	doc, err := c.storedUntil(ctx, head, before.Seq)
	if err != nil {
		return nil, err
	}
	shown := flowsIn(nodesIn(doc, false))
	var taken []string
	var rows []livedoc.Update
	_, err = c.log.Load(ctx, head.ID, head.Epoch, before.Seq, func(u livedoc.Update) error {
		if err := doc.ApplyUpdate(u.Payload, nil); err != nil {
			return fmt.Errorf("update %d: %w", u.Seq, err)
		}
		switch {
		case u.Seq == restore:
			taken = missing(shown, flowsIn(nodesIn(doc, false)))
		case u.Seq > restore && u.At.Sub(before.At) <= underWay:
			rows = append(rows, u)
		}
		return nil
	})
	if err != nil || len(taken) == 0 || len(rows) == 0 {
		return nil, err
	}
	hidden := idSet{}
	now := flowsIn(nodesIn(doc, false))
	for _, root := range taken {
		if now[root] {
			continue
		}
		for p := range doc.Pieces(root) {
			if p.Kind == crdt.PieceText {
				hidden[p.ID.Client] = append(hidden[p.ID.Client], crdt.Range{ID: p.ID, Len: uint32(p.Units)})
			}
		}
	}
	hidden.sort()
	last := map[string]int{} // of each session, how many rows to the last with words that are hidden
	for i, u := range rows {
		contents, err := crdt.UpdateContents(u.Payload)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(contents.Inserted, hidden.touches) {
			last[u.Session] = i + 1
		}
	}
	var found []livedoc.Update
	for i, u := range rows {
		if i < last[u.Session] {
			found = append(found, u)
		}
	}
	return found, nil
}

// flowsIn are the roots that hold the words of the cards in a text.
func flowsIn(nodes []prosemirror.Node) map[string]bool {
	flows := map[string]bool{}
	for _, n := range nodes {
		id := idOf(n)
		for _, inside := range n.Content {
			switch n.Type {
			case "requirement":
				flows[inside.Type+":"+id] = true
			case "table":
				for _, cell := range inside.Content {
					column, _ := cell.Attrs["column"].(string)
					flows["cell:"+id+":"+idOf(inside)+":"+column] = true
				}
			}
		}
	}
	return flows
}

// missing are those of some roots that are not among others.
func missing(of, among map[string]bool) []string {
	var gone []string
	for root := range of {
		if !among[root] {
			gone = append(gone, root)
		}
	}
	return gone
}

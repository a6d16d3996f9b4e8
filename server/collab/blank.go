package collab

import (
	"context"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/flow"
)

// Blank reports whether a document can go without anything being lost: there is nothing in it, nothing with words was taken
// out that could be put back, and none of its versions has a name. It returns the head of which that is true; see
// livedoc.Remove. The caller has authorised the reader.
func (c *Collab) Blank(ctx context.Context, id livedoc.ID) (bool, livedoc.Document, error) {
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return false, head, err
	}
	text := richtext.Document{Blocks: finished(presentNodes(doc))}
	if !text.Empty() || len(flow.Programme.Removed(doc)) > 0 {
		return false, head, nil
	}
	named, err := c.log.CountNamed(ctx, id)
	return named == 0, head, err
}

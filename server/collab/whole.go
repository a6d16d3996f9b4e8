package collab

import (
	"context"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
)

// Whole is a text as it was last saved: to show, and for an editor to begin with.
type Whole struct {
	Text   richtext.Document
	Epoch  int64
	Update []byte // in the second form of Yjs
}

// Whole returns a text as it was last saved. The caller has authorised the reader.
func (c *Collab) Whole(ctx context.Context, id livedoc.ID) (Whole, error) {
	doc, head, err := c.stored(ctx, id)
	if err != nil {
		return Whole{}, err
	}
	update, err := doc.EncodeStateAsUpdateV2(nil)
	if err != nil {
		return Whole{}, err
	}
	return Whole{Text: TextOf(doc), Epoch: head.Epoch, Update: update}, nil
}

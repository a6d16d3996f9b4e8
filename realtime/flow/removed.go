package flow

import (
	"cmp"
	"slices"
	"strings"

	"samenwijk/realtime/crdt"
)

// Gone is a card that is not in the text and has words all the same.
type Gone struct {
	Card
	Place float64 // up to which it was removed, mostly the milliseconds since 1970 at which it was; 0 when nobody removed it
	Words string  // of the first of its parts that has any
}

// RemovedAt gives the id of what says that a card was removed, by which one finds who did it.
func (m Model) RemovedAt(doc *crdt.Doc, card Card) (crdt.ID, bool) {
	if all := mapOf(doc, removed); all != nil {
		return all.At(card.Kind + ":" + card.ID)
	}
	return crdt.ID{}, false
}

// Removed gives the cards that have words under their id and are not in the text, the last removed
// first: PutBack brings them back.
func (m Model) Removed(doc *crdt.Doc) []Gone {
	r := m.reader(doc, false)
	kinds := map[string]string{} // by part
	for kind, parts := range m.Cards {
		for _, part := range parts {
			kinds[part] = kind
		}
	}
	gone := map[Card]*Gone{}
	for _, root := range doc.Roots() {
		part, id, _ := strings.Cut(root, ":")
		kind := kinds[part]
		if kind == "" || !isID(id) || r.cards[kind+":"+id] != nil {
			continue
		}
		words := r.words(root)
		if words == "" {
			continue
		}
		card := Card{kind, id}
		if g := gone[card]; g == nil {
			gone[card] = &Gone{card, r.removed[kind+":"+id], words}
		} else if slices.Index(m.Cards[kind], part) == 0 {
			g.Words = words
		}
	}
	list := make([]Gone, 0, len(gone))
	for _, g := range gone {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Gone) int {
		return cmp.Or(cmp.Compare(b.Place, a.Place), strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	return list
}

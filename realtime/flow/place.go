package flow

import (
	"errors"
	"slices"
	"time"

	"samenwijk/realtime/crdt"
)

// ErrNotShown means that a card is not in the text, so that nothing can be done with it there.
var ErrNotShown = errors.New("flow: the card is not in the text")

// Card names a card.
type Card struct{ Kind, ID string }

// Spot is where in the running text a card goes: before another card or behind it; the zero Spot is the
// end of the text, but for PutBack.
type Spot struct{ Before, Behind Card }

// Move puts a card at another spot; its words are not touched. A card or a spot that is not in the text
// is ErrNotShown. It makes several changes, as all writers here do: the caller puts them in one
// transaction. now is the caller's clock.
func (m Model) Move(doc *crdt.Doc, card Card, to Spot, now time.Time) error {
	w := m.writer(doc, now)
	spans, lines, from := w.present()
	at := indexOf(lines, card)
	if at < 0 {
		return ErrNotShown
	}
	lines, from = slices.Delete(lines, at, at+1), slices.Delete(from, at, at+1)
	return w.settle(spans, lines, from, card, to)
}

// PutBack puts a card that is not in the text at a spot, with the words that lie under its id. The zero Spot is
// where the card stood when it was removed, and the end of the text when that is not known. One that is in the
// text stays where it is. A spot that is not in the text is ErrNotShown.
func (m Model) PutBack(doc *crdt.Doc, card Card, to Spot, now time.Time) error {
	w := m.writer(doc, now)
	spans, lines, from := w.present()
	if !isID(card.ID) || card.Kind == "place" {
		return ErrNotShown
	}
	if indexOf(lines, card) >= 0 {
		return nil
	}
	for _, part := range m.Cards[card.Kind] {
		if err := w.begin(part + ":" + card.ID); err != nil {
			return err
		}
	}
	key := card.Kind + ":" + card.ID
	unit, at, known := w.stood(key, spans)
	switch {
	case to != Spot{} || !known:
		return w.settle(spans, lines, from, card, to)
	case unit != nil:
		return w.insertBehind(key, card, *unit)
	}
	return w.insert(spans, lines, from, card, at)
}

// insertBehind puts a card behind a unit of the running text, and takes all other references of it away.
func (w *writer) insertBehind(key string, card Card, unit crdt.ID) error {
	text, err := textOf(w.doc, body)
	if err != nil {
		return err
	}
	place, err := w.place(key)
	if err != nil {
		return err
	}
	var others edits
	if err := others.applyTo(w.doc, body, map[string]bool{key: true}, text); err != nil {
		return err
	}
	return text.InsertEmbedBehind(unit, map[string]any{card.Kind: card.ID, "place": place})
}

// Remove takes a card out of the text. Its words stay under its id. One that is not in the text is
// ErrNotShown.
func (m Model) Remove(doc *crdt.Doc, card Card, now time.Time) error {
	w := m.writer(doc, now)
	spans, lines, from := w.present()
	at := indexOf(lines, card)
	if at < 0 {
		return ErrNotShown
	}
	return w.apply(body, spans, slices.Delete(lines, at, at+1), slices.Delete(from, at, at+1))
}

// present is the running text as it is: its lines, and of each which it is.
func (w *writer) present() (spans []span, lines []line, from []int) {
	spans = w.scan(body)
	lines = w.effective(spans)
	from = make([]int, len(lines))
	for i := range lines {
		from[i], lines[i].as = i, true
	}
	return spans, lines, from
}

// settle puts a card among lines that it is not in.
func (w *writer) settle(spans []span, lines []line, from []int, card Card, to Spot) error {
	at := len(lines)
	switch {
	case to.Before != Card{}:
		at = indexOf(lines, to.Before)
	case to.Behind != Card{}:
		if at = indexOf(lines, to.Behind); at >= 0 {
			at++
		}
	}
	if at < 0 {
		return ErrNotShown
	}
	return w.insert(spans, lines, from, card, at)
}

// insert puts a card before a line.
func (w *writer) insert(spans []span, lines []line, from []int, card Card, at int) error {
	lines = slices.Insert(lines, at, line{card: &target{kind: card.Kind, id: card.ID}})
	return w.apply(body, spans, lines, slices.Insert(from, at, -1))
}

// begin puts a mark in a part that has nothing to show.
func (w *writer) begin(root string) error {
	if spans := w.scan(root); len(spans) > 0 {
		return nil
	}
	return w.apply(root, nil, []line{{}}, []int{-1})
}

func indexOf(lines []line, card Card) int {
	return slices.IndexFunc(lines, func(l line) bool {
		return l.card != nil && l.card.kind == card.Kind && l.card.id == card.ID
	})
}

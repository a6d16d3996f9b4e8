package flow

import (
	"encoding/json"

	"samenwijk/realtime/crdt"
)

// atKey is the key beside that of a card which was removed: it says where the card stood.
func atKey(key string) string { return key + ":at" }

// standing is the relative position of yjs, as JSON, that says where a card stands: at its reference, which
// keeps its place in the order of the text when it is deleted.
func standing(id crdt.ID) string {
	text, _ := json.Marshal(relative{Root: body, Item: &unit{&id.Client, &id.Clock}, Assoc: -1}) // it holds numbers
	return string(text)
}

type relative struct {
	Root  string `json:"tname"`
	Item  *unit  `json:"item"`
	Assoc int    `json:"assoc"`
}

type unit struct {
	Client *uint64 `json:"client"`
	Clock  *uint32 `json:"clock"`
}

// stood is where a card stood that was removed, when that is known: directly behind a unit of the running text,
// and when that is nil, as somebody wrote there since, before the line at.
func (w *writer) stood(key string, spans []span) (behind *crdt.ID, at int, known bool) {
	text, _ := valuesOf(w.doc, removed)[atKey(key)].(string)
	var p relative
	if json.Unmarshal([]byte(text), &p) != nil || p.Item == nil || p.Item.Client == nil || p.Item.Clock == nil {
		return nil, 0, false
	}
	id := crdt.ID{Client: *p.Item.Client, Clock: *p.Item.Clock}
	index, found := w.doc.Behind(body, id)
	if !found {
		return nil, 0, false
	}
	start := 0
	for k := range spans {
		s := &spans[k]
		if index <= start {
			return &id, 0, true
		}
		end := s.behind()
		if index < end && s.card == nil {
			if before, behind := s.around(index); before >= behind {
				k++
			}
			return nil, k, true
		}
		start = end
	}
	return &id, 0, true
}

// around counts what a paragraph shows before a position and behind it.
func (s *span) around(index int) (before, behind int) {
	for _, r := range s.runs {
		n := min(max(index-r.at, 0), r.units)
		before, behind = before+n, behind+r.units-n
	}
	return before, behind
}

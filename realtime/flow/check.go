package flow

import (
	"fmt"

	"samenwijk/realtime/crdt"
)

// Check says why the door would not let a document in as a whole: ErrVersion or ErrRefused, or nothing.
// It judges each piece of it as the door does, and changes nothing.
func (m Model) Check(doc *crdt.Doc, limits Limits) error {
	state, err := doc.EncodeStateAsUpdate(nil)
	if err != nil {
		return err
	}
	door := Door{Model: m, Limits: limits}
	if _, err := door.Look(state, crdt.Limits{}); err != nil {
		return err
	}
	flows, foreign := 0, 0
	for _, root := range doc.Roots() {
		switch m.Root(root) {
		case Flow:
			flows++
		case Foreign:
			foreign++
		}
	}
	switch embeds := doc.CountEmbeds(); {
	case flows > limits.Flows:
		return fmt.Errorf("%w: more than %d texts", ErrRefused, limits.Flows)
	case foreign > limits.Names:
		return fmt.Errorf("%w: more than %d names that are not ours", ErrRefused, limits.Names)
	case embeds > limits.Embeds:
		return fmt.Errorf("%w: more than %d paragraphs and references", ErrRefused, limits.Embeds)
	}
	r := m.reader(doc, false)
	all := extentsOf(r.tables)
	if err := all.within(limits); err != nil {
		return err
	}
	if r.standing(all, nil, nil) > limits.Cells {
		return fmt.Errorf("%w: tables of more than %d cells", ErrRefused, limits.Cells)
	}
	return nil
}

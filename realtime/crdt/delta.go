package crdt

import "samenwijk/realtime/lib0"

// DeltaOp is one step of a delta: exactly one of Insert, Retain and Delete is set.
type DeltaOp struct {
	Insert     any // text as string, an embedded value or a Shared
	Retain     int
	Delete     int
	Attributes Attributes
}

// ToDelta gives the text as insertions with their formats.
func (t *Text) ToDelta() []DeltaOp {
	if t.doc == nil {
		return nil
	}
	return t.doc.delta(t.id, nil)
}

// ApplyDelta goes over the text from its start and inserts, retains (with formats) and deletes.
func (t *Text) ApplyDelta(ops []DeltaOp) error { return t.applyDelta(ops, false) }

// ApplyDeltaBehind is ApplyDelta, but what it inserts goes directly behind what stands before it, wherever
// the formats there are the right ones. ApplyDelta puts it behind deleted things that follow, as other
// peers do; somebody who still writes among these then comes between a word and its end.
// What ends a format behind text that it retains stays: somebody may begin that format anew within the text.
func (t *Text) ApplyDeltaBehind(ops []DeltaOp) error { return t.applyDelta(ops, true) }

func (t *Text) applyDelta(ops []DeltaOp, behind bool) error {
	for _, op := range ops {
		if err := checkAttributes(op.Attributes); err != nil {
			return err
		}
		if op.Insert != nil {
			if err := checkValue(op.Insert); err != nil {
				return err
			}
		}
		if op.Retain < 0 || op.Delete < 0 {
			return ErrRange
		}
	}
	if t.doc == nil {
		return t.later(func() { t.applyDelta(ops, behind) })
	}
	return t.edit(func(tx *Tx) error {
		d := t.doc
		p := position{right: t.ty().start, behind: behind}
		for _, op := range ops {
			switch v := op.Insert.(type) {
			case nil:
				if op.Retain > 0 {
					d.formatText(tx, t.id, &p, op.Retain, d.formats(op.Attributes))
				} else if op.Delete > 0 {
					d.deleteText(tx, t.id, &p, op.Delete)
				}
			case string:
				if v != "" {
					d.insertText(tx, t.id, &p, d.formats(op.Attributes), d.fillText(cleanText(v)))
				}
			default:
				d.insertEmbed(tx, t.id, &p, d.formats(op.Attributes), v)
			}
		}
		return nil
	})
}

// delta gives the text as it is, or as it was at a snapshot.
func (d *Doc) delta(t typeID, at *Snapshot) []DeltaOp {
	var ops []DeltaOp
	var text []byte
	var current attrs
	attributes := func() Attributes {
		if len(current) == 0 {
			return nil
		}
		a := make(Attributes, len(current))
		for _, x := range current {
			a[d.names[x.key]] = unordered(d.goValue(x.value))
		}
		return a
	}
	flush := func() {
		if len(text) > 0 {
			ops = append(ops, DeltaOp{Insert: string(lib0.AppendWellFormed(nil, text)), Attributes: attributes()})
			text = text[:0]
		}
	}
	for h := d.types[t].start; h != 0; h = d.items[h].right {
		it := &d.items[h]
		if !d.visibleAt(it, at) {
			continue
		}
		switch it.kind {
		case kindString:
			text = append(text, d.content(it)...)
		case kindEmbed, kindType:
			flush()
			ops = append(ops, DeltaOp{Insert: d.itemValues(h)[0], Attributes: attributes()})
		case kindFormat:
			flush()
			current.update(it.b, it.a)
		}
	}
	flush()
	return ops
}

// visibleAt says whether an item is there, now or at a snapshot.
func (d *Doc) visibleAt(it *item, at *Snapshot) bool {
	if at == nil {
		return !it.deleted()
	}
	client := d.clients[it.client].id
	return it.clock < at.states[client] && !at.deleted.has(client, it.clock)
}

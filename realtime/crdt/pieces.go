package crdt

import "iter"

// PieceKind says what a piece of a list is.
type PieceKind uint8

const (
	PieceText   PieceKind = iota
	PieceEmbed            // a plain value among text
	PieceFormat           // a place where a format begins or ends
	PieceOther            // what no text shows, such as a shared type; it counts in positions all the same
)

// Piece is what stands at one place of a list and was made in one go. It is valid until the document
// changes.
type Piece struct {
	ID
	Kind  PieceKind
	Units int    // how many positions it takes up, none for a format
	Text  []byte // of text: UTF-8, in which half of a surrogate pair may stand as three bytes until lib0.AppendWellFormed
	Name  string // of a format

	doc   *Doc
	value valueRef
}

// Value is the value of an embed, or of a format, nil where it ends.
func (p Piece) Value() any { return unordered(p.doc.goValue(p.value)) }

// JSON is the value of an embed as JSON text, nil when it is stored in another form. It points into the
// document.
func (p Piece) JSON() []byte {
	if b, isAny := p.doc.value(p.value); !isAny {
		return b
	}
	return nil
}

// Pieces goes over what stands in the list of a root type, deleted things left out, whatever kind the
// root is known to be: unlike Text it makes no root and gives none a kind. Going on after the document
// changed is a mistake.
func (d *Doc) Pieces(root string) iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		t := d.rootNamed(d.nameIndex[root])
		if t == 0 {
			return
		}
		for h := d.types[t].start; h != 0; h = d.items[h].right {
			it := &d.items[h]
			if it.deleted() || !it.countable() && it.kind != kindFormat {
				continue
			}
			p := Piece{ID: d.id(h), Kind: PieceOther, Units: int(it.length), doc: d}
			switch it.kind {
			case kindString:
				p.Kind, p.Text = PieceText, d.content(it)
			case kindEmbed:
				p.Kind, p.value = PieceEmbed, it.a
			case kindFormat:
				p.Kind, p.Units, p.Name, p.value = PieceFormat, 0, d.names[it.b], it.a
			}
			if !yield(p) {
				return
			}
		}
	}
}

// Behind gives the position directly behind a unit in the list of a root type, or where it would be when it
// was not deleted. It is false for a unit that is not there or not known.
func (d *Doc) Behind(root string, unit ID) (position int, ok bool) {
	t := d.rootNamed(d.nameIndex[root])
	if t == 0 {
		return 0, false
	}
	return d.behind(t, unit)
}

func (d *Doc) behind(t typeID, unit ID) (position int, ok bool) {
	c, known := d.client(unit.Client)
	if !known || d.clients[c].state <= unit.Clock {
		return 0, false
	}
	h := d.find(itemID{c, unit.Clock})
	it := &d.items[h]
	if it.kind == kindGC || it.keyed() || it.in != t {
		return 0, false
	}
	if it.visible() {
		position = int(unit.Clock-it.clock) + 1
	}
	for l := it.left; l != 0; l = d.items[l].left {
		if d.items[l].visible() {
			position += int(d.items[l].length)
		}
	}
	return position, true
}

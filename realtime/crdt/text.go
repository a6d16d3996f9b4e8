package crdt

import (
	"fmt"
	"strings"

	"samenwijk/realtime/lib0"
)

// Text is text with formats and embedded values. Positions and lengths count UTF-16 units, as in
// every other peer.
type Text struct{ node }

// NewText makes a text to be put into another type.
func NewText(text string) *Text {
	t := &Text{detached(typeText, "")}
	if text != "" {
		t.Insert(0, text, nil)
	}
	return t
}

// Attributes are formats by name; nil as a value ends a format.
type Attributes = map[string]any

// Len is the number of units, embedded values counting one.
func (t *Text) Len() int {
	if t.doc == nil {
		return 0
	}
	return int(t.ty().length)
}

func (t *Text) later(f func()) error {
	t.wait.edits = append(t.wait.edits, f)
	return nil
}

// Insert puts text at an index. Without attributes it takes the formats of its place; with them,
// even empty ones, it has exactly these.
func (t *Text) Insert(index int, text string, attributes Attributes) error {
	if text == "" {
		return nil
	}
	if err := checkAttributes(attributes); err != nil {
		return err
	}
	if t.doc == nil {
		return t.later(func() { t.Insert(index, text, attributes) })
	}
	return t.edit(func(tx *Tx) error {
		if index < 0 || index > t.Len() {
			return ErrRange
		}
		d := t.doc
		pos := d.findPosition(tx, t.id, index, attributes == nil)
		given := d.formats(attributes)
		if attributes == nil {
			given = pos.current.clone().ordered(d)
		}
		d.insertText(tx, t.id, &pos, given, d.fillText(cleanText(text)))
		return nil
	})
}

// InsertEmbed puts a value or a type at an index; it counts one unit.
func (t *Text) InsertEmbed(index int, embed any, attributes Attributes) error {
	if err := checkAttributes(attributes); err != nil {
		return err
	}
	if err := checkValue(embed); err != nil {
		return err
	}
	if t.doc == nil {
		return t.later(func() { t.InsertEmbed(index, embed, attributes) })
	}
	return t.edit(func(tx *Tx) error {
		if index < 0 || index > t.Len() {
			return ErrRange
		}
		pos := t.doc.findPosition(tx, t.id, index, attributes == nil)
		t.doc.insertEmbed(tx, t.id, &pos, t.doc.formats(attributes), embed)
		return nil
	})
}

// InsertEmbedBehind puts a plain value directly behind a unit of the text, which may be deleted: then it comes
// between the neighbours that the unit had. A unit that is not in this text is ErrRange.
func (t *Text) InsertEmbedBehind(unit ID, embed any) error {
	if err := checkPlain(embed); err != nil {
		return err
	}
	return t.edit(func(tx *Tx) error {
		index, ok := t.doc.behind(t.id, unit)
		if !ok {
			return ErrRange
		}
		c, _ := t.doc.client(unit.Client)
		h := t.doc.cleanEnd(tx, itemID{c, unit.Clock})
		p := position{left: h, right: t.doc.items[h].right, index: index, behind: true}
		t.doc.insertEmbed(tx, t.id, &p, nil, embed)
		return nil
	})
}

// Delete deletes length units.
func (t *Text) Delete(index, length int) error {
	if length == 0 {
		return nil
	}
	if t.doc == nil {
		return t.later(func() { t.Delete(index, length) })
	}
	return t.edit(func(tx *Tx) error {
		if index < 0 || length < 0 || index+length > t.Len() {
			return ErrRange
		}
		pos := t.doc.findPosition(tx, t.id, index, true)
		t.doc.deleteText(tx, t.id, &pos, length)
		return nil
	})
}

// Format gives length units these formats and leaves their others.
func (t *Text) Format(index, length int, attributes Attributes) error {
	if length == 0 {
		return nil
	}
	if err := checkAttributes(attributes); err != nil {
		return err
	}
	if t.doc == nil {
		return t.later(func() { t.Format(index, length, attributes) })
	}
	return t.edit(func(tx *Tx) error {
		if index < 0 || length < 0 || index > t.Len() {
			return ErrRange
		}
		pos := t.doc.findPosition(tx, t.id, index, false)
		if pos.right == 0 {
			return nil
		}
		t.doc.formatText(tx, t.id, &pos, length, t.doc.formats(attributes))
		return nil
	})
}

// String is the text without formats and embedded values.
func (t *Text) String() string {
	if t.doc == nil {
		return ""
	}
	d := t.doc
	var b strings.Builder
	b.Grow(int(t.ty().length))
	odd := false
	for h := t.ty().start; h != 0; {
		it := &d.items[h]
		if it.kind == kindString && !it.deleted() {
			b.Write(d.content(it))
			odd = odd || !it.has(flagASCII)
		}
		h = it.right
	}
	if odd {
		return cleanText(b.String())
	}
	return b.String()
}

// ToJSON is String.
func (t *Text) ToJSON() any { return t.String() }

// SetAttribute gives the type as a whole an attribute.
func (t *Text) SetAttribute(name string, v any) error { return t.setKey(name, v) }

// RemoveAttribute removes an attribute of the type as a whole.
func (t *Text) RemoveAttribute(name string) error { return t.removeKey(name) }

// Attribute gives an attribute of the type as a whole.
func (t *Text) Attribute(name string) (any, bool) { return t.key(name) }

// Attributes gives the attributes of the type as a whole.
func (t *Text) Attributes() map[string]any { return t.keyValues() }

// cleanText makes text of bytes that may not be UTF-8.
func cleanText(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			if isValid(s) {
				return s
			}
			return string(lib0.AppendWellFormed(nil, s))
		}
	}
	return s
}

func isValid(s string) bool { return strings.ToValidUTF8(s, "") == s }

func checkAttributes(a Attributes) error {
	for _, v := range a {
		if err := checkPlain(v); err != nil {
			return fmt.Errorf("attribute: %w", err)
		}
	}
	return nil
}

// formats stores attributes as values of the document.
func (d *Doc) formats(a Attributes) attrs {
	out := make(attrs, 0, len(a))
	for _, key := range lib0.SortedKeys(a) {
		out = append(out, attr{d.intern(key), d.addValue(lib0.AppendAny(nil, a[key]), true)})
	}
	return out
}

// ordered puts keys that look like numbers first, as the objects of other peers do.
func (a attrs) ordered(d *Doc) attrs {
	plain := true
	for _, x := range a {
		plain = plain && !startsWithDigit(d.names[x.key])
	}
	if plain {
		return a
	}
	o := make(Object, len(a))
	for i, x := range a {
		o[i] = Field{Key: d.names[x.key], Value: x}
	}
	for i, f := range o.Ordered() {
		a[i] = f.Value.(attr)
	}
	return a
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// position is a place in a text, with the formats that hold there.
type position struct {
	left, right handle
	index       int
	current     attrs
	behind      bool // what is inserted stays directly behind left when its formats hold there
}

// forward steps over the item at the right.
func (d *Doc) forward(p *position) {
	it := &d.items[p.right]
	if !it.deleted() {
		if it.kind == kindFormat {
			p.current.update(it.b, it.a)
		} else {
			p.index += int(it.length)
		}
	}
	p.left, p.right = p.right, it.right
}

func (d *Doc) findPosition(tx *Tx, t typeID, index int, useMarker bool) position {
	p := position{right: d.types[t].start}
	count := index
	if useMarker {
		if m, ok := d.findMarker(t, index); ok {
			p.left, p.right, p.index = d.items[m.item].left, m.item, m.index
			count = index - m.index
		}
	}
	for p.right != 0 && count > 0 {
		it := &d.items[p.right]
		if !it.deleted() {
			if it.kind == kindFormat {
				p.current.update(it.b, it.a)
			} else {
				if count < int(it.length) {
					d.cleanStart(tx, itemID{it.client, it.clock + uint32(count)})
					it = &d.items[p.right]
				}
				p.index += int(it.length)
				count -= int(it.length)
			}
		}
		p.left, p.right = p.right, it.right
	}
	return p
}

// skipFormats steps over what is deleted and over formats that say what is wanted anyway.
func (d *Doc) skipFormats(p *position, wanted attrs) {
	for p.right != 0 {
		it := &d.items[p.right]
		if !it.deleted() && (it.kind != kindFormat || !d.equalValues(wanted.value(it.b), it.a)) {
			return
		}
		d.forward(p)
	}
}

// hold says whether the formats at a position are exactly the wanted ones.
func (d *Doc) hold(p *position, wanted attrs) bool {
	for _, w := range wanted {
		if !d.equalValues(p.current.value(w.key), w.value) {
			return false
		}
	}
	return true
}

// beginFormats inserts the formats that do not hold yet, and gives what has to end them.
func (d *Doc) beginFormats(tx *Tx, t typeID, p *position, wanted attrs) attrs {
	var ends attrs
	for _, w := range wanted {
		current := p.current.value(w.key)
		if d.equalValues(current, w.value) {
			continue
		}
		ends.set(w.key, current)
		p.right = d.insertItem(tx, t, p.left, p.right, d.fillFormat(w.key, w.value))
		d.forward(p)
	}
	return ends
}

// endFormats inserts the formats that end others, except where the text does so already.
func (d *Doc) endFormats(tx *Tx, t typeID, p *position, ends attrs) {
	if p.behind && len(ends) == 0 {
		return
	}
	for p.right != 0 {
		it := &d.items[p.right]
		if !it.deleted() {
			if it.kind != kindFormat {
				break
			}
			end, ok := ends.get(it.b)
			if !ok || !d.equalValues(end, it.a) {
				break
			}
			ends.remove(it.b)
		}
		d.forward(p)
	}
	for _, e := range ends {
		p.right = d.insertItem(tx, t, p.left, p.right, d.fillFormat(e.key, e.value))
		d.forward(p)
	}
}

// insertText inserts content with exactly the given formats.
func (d *Doc) insertText(tx *Tx, t typeID, p *position, given attrs, fill func(it *item)) {
	ends, index := d.beforeInsert(tx, t, p, given)
	p.right = d.insertItem(tx, t, p.left, p.right, func(it *item) {
		fill(it)
		d.shiftMarkers(t, index, int(it.length))
	})
	p.index = index
	d.forward(p)
	d.endFormats(tx, t, p, ends)
}

func (d *Doc) insertEmbed(tx *Tx, t typeID, p *position, given attrs, embed any) {
	if s, ok := embed.(Shared); ok {
		ends, index := d.beforeInsert(tx, t, p, given)
		d.shiftMarkers(t, index, 1)
		p.right = d.insertType(tx, t, p.left, p.right, s)
		p.index = index
		d.forward(p)
		d.endFormats(tx, t, p, ends)
		return
	}
	d.insertText(tx, t, p, given, func(it *item) {
		it.kind = kindEmbed
		it.a = d.addValue(lib0.AppendAny(nil, embed), true)
	})
}

func (d *Doc) beforeInsert(tx *Tx, t typeID, p *position, given attrs) (ends attrs, index int) {
	for _, c := range p.current {
		if _, ok := given.get(c.key); !ok {
			given.set(c.key, 0)
		}
	}
	given = given.ordered(d)
	if !p.behind || !d.hold(p, given) {
		d.skipFormats(p, given)
	}
	ends = d.beginFormats(tx, t, p, given)
	return ends, p.index
}

// formatText gives the next length units the given formats.
func (d *Doc) formatText(tx *Tx, t typeID, p *position, length int, given attrs) {
	d.skipFormats(p, given)
	ends := d.beginFormats(tx, t, p, given)
loop:
	for p.right != 0 {
		it := &d.items[p.right]
		if length <= 0 && (len(ends) == 0 || !it.deleted() && it.kind != kindFormat) {
			break
		}
		if !it.deleted() {
			if it.kind == kindFormat {
				if v, ok := given.get(it.b); ok {
					switch {
					case d.equalValues(v, it.a):
						ends.remove(it.b)
					case length == 0:
						break loop
					default:
						ends.set(it.b, it.a)
					}
					if length > 0 || !p.behind {
						d.deleteItem(tx, p.right)
					}
				} else {
					p.current.set(it.b, it.a)
				}
			} else {
				if length < int(it.length) {
					d.cleanStart(tx, itemID{it.client, it.clock + uint32(length)})
					it = &d.items[p.right]
				}
				length -= int(it.length)
			}
		}
		d.forward(p)
	}
	if length > 0 {
		// Beyond the end there is a line break for every unit.
		p.right = d.insertItem(tx, t, p.left, p.right, d.fillText(strings.Repeat("\n", length)))
		d.forward(p)
	}
	d.endFormats(tx, t, p, ends)
}

// deleteText deletes the next length units and the formats that become superfluous by it.
func (d *Doc) deleteText(tx *Tx, t typeID, p *position, length int) {
	wanted := length
	before := p.current.clone()
	start := p.right
	for length > 0 && p.right != 0 {
		it := &d.items[p.right]
		if !it.deleted() && (it.kind == kindType || it.kind == kindEmbed || it.kind == kindString) {
			if length < int(it.length) {
				d.cleanStart(tx, itemID{it.client, it.clock + uint32(length)})
				it = &d.items[p.right]
			}
			length -= int(it.length)
			d.deleteItem(tx, p.right)
		}
		d.forward(p)
	}
	if start != 0 && !d.keepFormats {
		d.cleanBetween(tx, start, p.right, before, &p.current)
	}
	d.shiftMarkers(t, p.index, -wanted+length)
}

// Package compare shows how one finished text became another, for people to read: which parts came,
// went, changed or moved, and in what changed which words. A requirement is followed by its id, any
// other part by its words, and a table without words by its id as well.
//
// The work grows with the length of the texts times a bound, not with its square: where very much
// changed, the answer stays right but is coarser.
package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"samenwijk/domain/richtext"
)

// Change is what happened to a part or a line.
type Change int

const (
	Same Change = iota
	Changed
	Added
	Removed
)

// Unit is a part of the text that is followed as a whole: a requirement, a heading, a paragraph, a
// list, a table.
type Unit struct {
	Kind   richtext.Kind
	ID     string // of a requirement or a table
	Change Change
	Moved  bool // it stood elsewhere among the other parts
	Parts  []Part
}

// Part is the statement or the rationale of a requirement, or what a unit says besides (Kind is empty).
type Part struct {
	Kind  richtext.Kind
	Lines []Line
}

// Line is a paragraph, a heading, an item of a list or a cell.
type Line struct {
	Kind     richtext.Kind
	Change   Change
	Restyled bool // the words are the same, and their form is not
	Words    []Words
}

// Op is what happened to words.
type Op int

const (
	Kept Op = iota
	Inserted
	Deleted
)

// Words is a run of text to which the same happened. By are the ids of who inserted or deleted it,
// as far as that is known.
type Words struct {
	Op   Op
	Text string
	By   []string
}

// Documents tells how old became new, in the order of new; what went stands where it stood. The By of
// old is taken for who deleted it since, the By of new for who wrote it since.
func Documents(old, new richtext.Document) []Unit {
	a, b := unitsOf(old.Blocks), unitsOf(new.Blocks)
	var units []Unit
	for _, p := range alignUnits(a, b) {
		units = append(units, compareUnits(p.of(a, b)))
		units[len(units)-1].Moved = p.moved
	}
	for i := range units {
		if units[i].Moved && units[i].Change == Same {
			units[i].Change = Changed
		}
	}
	return units
}

// By returns the ids of who changed something in the unit, in the order of the text.
func (u Unit) By() []string {
	var by []string
	for _, p := range u.Parts {
		for _, l := range p.Lines {
			for _, w := range l.Words {
				for _, id := range w.By {
					if w.Op != Kept && !slices.Contains(by, id) {
						by = append(by, id)
					}
				}
			}
		}
	}
	return by
}

// unit and line are a text taken apart.
type unit struct {
	kind  richtext.Kind
	id    string
	parts []part
	key   string // equal for units that are the same one
	words map[string]int
	count int // of words
}

type part struct {
	kind  richtext.Kind
	lines []line
}

type line struct {
	kind   richtext.Kind
	tokens []token
	text   string
	style  string
	words  map[string]int
	count  int
}

func unitsOf(blocks []richtext.Block) []*unit {
	var units []*unit
	for _, b := range blocks {
		switch b.Kind {
		case richtext.Section, richtext.Other:
			if len(b.Inlines) == 0 {
				units = append(units, unitsOf(b.Blocks)...)
				continue
			}
		}
		u := &unit{kind: b.Kind, id: b.ID}
		if b.Kind == richtext.Requirement {
			u.requirement(b)
		} else {
			u.add("", b, richtext.Paragraph)
		}
		if u.finish() {
			units = append(units, u)
		}
	}
	return units
}

func (u *unit) requirement(b richtext.Block) {
	for _, inside := range b.Blocks {
		kind := inside.Kind
		if kind != richtext.Statement && kind != richtext.Rationale {
			kind = ""
		}
		u.add(kind, inside, richtext.Paragraph)
	}
	if len(b.Inlines) > 0 {
		u.add("", richtext.Block{Kind: richtext.Paragraph, Inlines: b.Inlines}, richtext.Paragraph)
	}
}

// add puts the lines of a block, which are of this kind unless it says otherwise, into a part.
func (u *unit) add(to richtext.Kind, b richtext.Block, kind richtext.Kind) {
	switch b.Kind {
	case richtext.Heading, richtext.ListItem, richtext.Cell, richtext.HeaderCell, richtext.Figure:
		kind = b.Kind
	}
	inlines := b.Inlines
	if b.Kind == richtext.Figure {
		inlines = append([]richtext.Inline{{Text: b.Alt}}, inlines...)
	}
	if len(inlines) > 0 {
		l := lineOf(kind, inlines)
		if kind == richtext.Heading {
			l.style += " level " + strconv.Itoa(b.Level)
		}
		if l.text != "" {
			u.into(to, l)
		}
	}
	for _, inside := range b.Blocks {
		u.add(to, inside, kind)
	}
}

func (u *unit) into(kind richtext.Kind, l line) {
	if n := len(u.parts); n == 0 || u.parts[n-1].kind != kind {
		u.parts = append(u.parts, part{kind: kind})
	}
	p := &u.parts[len(u.parts)-1]
	p.lines = append(p.lines, l)
}

// finish reports whether there is anything to show.
func (u *unit) finish() bool {
	var text strings.Builder
	u.words = map[string]int{}
	for _, p := range u.parts {
		for _, l := range p.lines {
			text.WriteString(l.text)
			text.WriteByte('\n')
			u.count += l.count
			for word, n := range l.words {
				u.words[word] += n
			}
		}
	}
	if u.kind == richtext.Requirement {
		u.key = "requirement " + u.id
		return true
	}
	u.key = string(u.kind) + " " + text.String()
	if u.kind == richtext.Table && text.Len() == 0 {
		u.key += u.id // it shows its cells, and which table it is must come from elsewhere
	}
	return text.Len() > 0 || u.kind == richtext.Rule || u.kind == richtext.Table
}

func lineOf(kind richtext.Kind, inlines []richtext.Inline) line {
	l := line{kind: kind, tokens: tokensOf(inlines), style: styleOf(inlines), words: map[string]int{}}
	var text strings.Builder
	for _, t := range l.tokens {
		text.WriteString(t.text)
		if t.isWord() {
			l.words[strings.ToLower(t.text)]++
			l.count++
		}
	}
	l.text = strings.TrimSpace(text.String())
	return l
}

// styleOf is the form of a line without its words, and without who wrote them: where it begins to
// look otherwise.
func styleOf(inlines []richtext.Inline) string {
	var style strings.Builder
	var last richtext.Inline
	at := 0
	for _, i := range inlines {
		form := i
		form.Text, form.By, form.Break = "", "", false
		if form != last {
			fmt.Fprintf(&style, "%d %+v ", at, form)
			last = form
		}
		at += len(i.Text)
	}
	return style.String()
}

func compareUnits(old, new *unit) Unit {
	switch {
	case old == nil:
		return new.whole(Added)
	case new == nil:
		return old.whole(Removed)
	}
	u := Unit{Kind: new.kind, ID: new.id}
	for _, p := range alignParts(old.parts, new.parts) {
		u.Parts = append(u.Parts, Part{Kind: p.kind, Lines: compareLines(p.old, p.new)})
	}
	for _, p := range u.Parts {
		for _, l := range p.Lines {
			if l.Change != Same || l.Restyled {
				u.Change = Changed
			}
		}
	}
	return u
}

func (u *unit) whole(change Change) Unit {
	out := Unit{Kind: u.kind, ID: u.id, Change: change}
	for _, p := range u.parts {
		lines := make([]Line, len(p.lines))
		for i := range p.lines {
			lines[i] = p.lines[i].whole(change)
		}
		out.Parts = append(out.Parts, Part{Kind: p.kind, Lines: lines})
	}
	return out
}

func (l *line) whole(change Change) Line {
	op := map[Change]Op{Same: Kept, Added: Inserted, Removed: Deleted}[change]
	return Line{Kind: l.kind, Change: change, Words: run(nil, op, l.tokens)}
}

type partPair struct {
	kind     richtext.Kind
	old, new []line
}

// alignParts puts parts of the same kind beside each other: the first with the first.
func alignParts(old, new []part) []partPair {
	var pairs []partPair
	used := make([]bool, len(old))
	for _, n := range new {
		p := partPair{kind: n.kind, new: n.lines}
		for i, o := range old {
			if !used[i] && o.kind == n.kind {
				used[i], p.old = true, o.lines
				break
			}
		}
		pairs = append(pairs, p)
	}
	for i, o := range old {
		if !used[i] {
			pairs = append(pairs, partPair{kind: o.kind, old: o.lines})
		}
	}
	return pairs
}

func compareLines(old, new []line) []Line {
	var lines []Line
	for _, p := range alignLines(old, new) {
		switch {
		case p.old < 0:
			lines = append(lines, new[p.new].whole(Added))
		case p.new < 0:
			lines = append(lines, old[p.old].whole(Removed))
		default:
			lines = append(lines, compareLine(&old[p.old], &new[p.new]))
		}
	}
	return lines
}

func compareLine(old, new *line) Line {
	if old.text == new.text {
		l := new.whole(Same)
		l.Restyled = old.style != new.style || old.kind != new.kind
		return l
	}
	return Line{Kind: new.kind, Change: Changed, Words: compareWords(old.tokens, new.tokens)}
}

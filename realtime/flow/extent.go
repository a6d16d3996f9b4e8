package flow

import (
	"fmt"
	"strings"

	"samenwijk/realtime/crdt"
)

// extent is how large a table is.
type extent struct{ rows, columns int }

// cells counts a table of which only rows or only columns are known as having one of the other, so that
// keys without end are no table without cells.
func (e extent) cells() int { return max(e.rows, 1) * max(e.columns, 1) }

// within says why a table is too large.
func (e extent) within(limits Limits) error {
	switch {
	case e.rows > limits.Rows:
		return fmt.Errorf("%w: a table of more than %d rows", ErrRefused, limits.Rows)
	case e.columns > limits.Columns:
		return fmt.Errorf("%w: a table of more than %d columns", ErrRefused, limits.Columns)
	}
	return nil
}

// extents are those of tables by their ids.
type extents map[string]extent

func extentsOf(grids map[string]*grid) extents {
	all := make(extents, len(grids))
	for id, g := range grids {
		all[id] = extent{len(g.rows), len(g.columns)}
	}
	return all
}

func (all extents) cells() int {
	n := 0
	for _, e := range all {
		n += e.cells()
	}
	return n
}

// with returns the extents that change when these keys come into the map of tables, each counted once.
func (all extents) with(keys map[string]bool) extents {
	changed := extents{}
	for key := range keys {
		id, rest, _ := strings.Cut(key, ":")
		what, name, _ := strings.Cut(rest, ":")
		if !isID(id) || !isID(name) || what != "row" && what != "column" {
			continue
		}
		e, known := changed[id]
		if !known {
			e = all[id]
		}
		if what == "row" {
			e.rows++
		} else {
			e.columns++
		}
		changed[id] = e
	}
	return changed
}

// admitTables judges what an update does to tables. A key that comes back after it was deleted does not
// say so in the update: it counts with the next change, and until then readers cut.
func (l *Ledger) admitTables(d *Door, doc *crdt.Doc, claim *Claim) error {
	if len(claim.axes) == 0 && len(claim.tables) == 0 {
		return nil
	}
	if l.tables == nil {
		l.measure(extentsOf(gridsOf(doc)))
	}
	known, fresh := mapOf(doc, tables), map[string]bool{}
	for _, key := range claim.axes {
		if known == nil || !known.Has(key) {
			fresh[key] = true
		}
	}
	changed := l.tables.with(fresh)
	if l.cells+l.more(changed) > d.Limits.Cells || changed.within(d.Limits) != nil {
		r := d.Model.reader(doc, false) // count anew, and only those that stand in the text
		l.measure(extentsOf(r.tables))
		changed = l.tables.with(fresh)
		if err := changed.within(d.Limits); err != nil {
			return err
		}
		if before, after := r.standing(l.tables, nil, nil), r.standing(l.tables, changed, claim.tables); after > d.Limits.Cells && after > before {
			return fmt.Errorf("%w: tables of more than %d cells", ErrRefused, d.Limits.Cells)
		}
	}
	l.cells += l.more(changed)
	for id, e := range changed {
		l.tables[id] = e
	}
	return nil
}

func (all extents) within(limits Limits) error {
	for _, e := range all {
		if err := e.within(limits); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) measure(all extents) { l.tables, l.cells = all, all.cells() }

// more is how many cells tables have more when they are as large as changed says.
func (l *Ledger) more(changed extents) int {
	n := 0
	for id, e := range changed {
		n += e.cells()
		if was, known := l.tables[id]; known {
			n -= was.cells()
		}
	}
	return n
}

// standing counts the cells of the tables that stand in the text, or will when references to some come,
// with what changed in its place.
func (r *reader) standing(all, changed extents, come []string) int {
	stand := map[string]bool{}
	for _, ref := range r.cards {
		if ref.kind == table {
			stand[ref.id] = true
		}
	}
	for _, id := range come {
		stand[id] = true
	}
	n := 0
	for id := range stand {
		if e, changes := changed[id]; changes {
			n += e.cells()
		} else if e, known := all[id]; known {
			n += e.cells()
		}
	}
	return n
}

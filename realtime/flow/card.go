package flow

import (
	"slices"

	"samenwijk/realtime/prosemirror"
)

// card makes the flows of a card read as its node. It reads as is now, which is nil when it is not shown.
func (w *writer) card(t *target, is *prosemirror.Node) error {
	if t.kind == table {
		return w.table(t, is)
	}
	_, shown := w.cards[t.key()]
	for _, part := range w.model.Cards[t.kind] {
		var content []prosemirror.Node
		for _, n := range t.node.Content {
			if n.Type == part {
				content = append(content, n.Content...)
			}
		}
		root := part + ":" + t.id
		if err := w.flow(root, w.model.lines(content, root), !shown); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) table(t *target, now *prosemirror.Node) error {
	g := w.tables[t.id]
	if g == nil {
		g = &grid{}
	}
	down, across := len(g.rows), len(g.columns)
	if now != nil && now.Type == table { // which may have been cut
		down, across = len(now.Content), len(now.Content[0].Content)
	}
	rows := axisOf(t.node.Content, "id")
	var columns []string
	if len(rows) > 0 {
		columns = axisOf(t.node.Content[0].Content, "column")
	}
	if err := w.axis(t.id, "row", g.rows, g.rows[:down], rows); err != nil {
		return err
	}
	if err := w.axis(t.id, "column", g.columns, g.columns[:across], columns); err != nil {
		return err
	}
	header := len(columns) > 0 && t.node.Content[0].Content[0].Type == tableHeader
	if header != g.header {
		var err error
		if header {
			err = w.set(tables, t.id+":header", true)
		} else {
			err = w.forget(tables, t.id+":header")
		}
		if err != nil {
			return err
		}
	}
	_, shown := w.cards[t.key()]
	is := map[string]bool{} // rows and columns that are not new
	for _, a := range slices.Concat(g.rows, g.columns) {
		is[a.id] = shown
	}
	for i, row := range rows {
		cells := t.node.Content[i].Content
		for j, column := range columns {
			var content []prosemirror.Node
			if j < len(cells) {
				content = cells[j].Content
			}
			root := cellRoot(t.id, row, column)
			if err := w.flow(root, w.model.lines(content, root), !is[row] || !is[column]); err != nil {
				return err
			}
		}
	}
	return nil
}

// axisOf gives the ids of rows or columns; those that have none, or one that was there, get one.
func axisOf(nodes []prosemirror.Node, name string) []string {
	ids := make([]string, len(nodes))
	known := map[string]bool{}
	for i, n := range nodes {
		ids[i], _ = n.Attrs[name].(string)
		if !isID(ids[i]) || known[ids[i]] {
			ids[i] = newID()
		}
		known[ids[i]] = true
	}
	return ids
}

// axis makes the rows, or the columns, of a table those with these ids; of all that there are the first
// are shown.
func (w *writer) axis(id, what string, is, shown []axis, ids []string) error {
	prefix := id + ":" + what + ":"
	stays := make(map[string]bool, len(ids))
	for _, name := range ids {
		stays[name] = true
	}
	same := len(shown) == len(ids)
	for i, a := range is {
		same = same && (i >= len(shown) || a.id == ids[i])
	}
	if same {
		return nil // what is cut off stays too
	}
	for _, a := range is {
		if !stays[a.id] {
			if err := w.forget(tables, prefix+a.id); err != nil {
				return err
			}
		}
	}
	orders := ordersFor(is, ids)
	for _, name := range ids {
		if order, changes := orders[name]; changes {
			if err := w.set(tables, prefix+name, order); err != nil {
				return err
			}
		}
	}
	return nil
}

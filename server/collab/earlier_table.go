package collab

import (
	"slices"
	"strconv"

	"samenwijk/realtime/prosemirror"
)

// table adds a table of the first model as a grid: a cell that spanned several is the first of them, and
// the others are empty. Where there can be no table its cells come one after the other as text.
func (s *shaper) table(n prosemirror.Node) {
	rows := rowsOf(n)
	grid, fits := gridOf(rows)
	if !s.cards || !fits || s.text.cells+len(grid)*len(grid[0]) > mostCells {
		for _, row := range rows {
			for _, cell := range row.Content {
				s.block(prosemirror.Element("section", nil, cell.Content...))
			}
		}
		return
	}
	s.text.cells += len(grid) * len(grid[0])
	columns := make([]string, len(grid[0]))
	for i := range columns {
		columns[i] = "c" + strconv.Itoa(i+1)
	}
	header := slices.ContainsFunc(grid[0], func(c *prosemirror.Node) bool { return c != nil && c.Type == "tableHeader" })
	var cards []prosemirror.Node // that stood in cells
	id := idOf(n)
	for part := range slices.Chunk(grid, mostRows) {
		if id == "" {
			id = s.text.name("table")
		}
		table := prosemirror.Element("table", map[string]any{"id": id})
		id = ""
		for i, cells := range part {
			kind := "tableCell"
			if i == 0 && header {
				kind = "tableHeader"
			}
			row := prosemirror.Element("tableRow", map[string]any{"id": "r" + strconv.Itoa(i+1)})
			for j, c := range cells {
				inside := shaper{text: s.text}
				if c != nil {
					inside.blocks(withoutCards(c.Content, &cards))
				}
				if len(inside.out) == 0 {
					inside.put(prosemirror.Element("paragraph", nil))
				}
				row.Content = append(row.Content, prosemirror.Element(kind, map[string]any{"column": columns[j]}, inside.out...))
			}
			table.Content = append(table.Content, row)
		}
		header = false
		s.card(table)
	}
	for _, card := range cards {
		s.block(card)
	}
}

// rowsOf returns the rows of a table; what stands beside them is a row of one cell.
func rowsOf(n prosemirror.Node) []prosemirror.Node {
	var rows []prosemirror.Node
	for _, row := range n.Content {
		if row.Type != "tableRow" {
			row = prosemirror.Element("tableRow", nil, prosemirror.Element("tableCell", nil, row))
		}
		cells := prosemirror.Element("tableRow", nil)
		for _, cell := range row.Content {
			if cell.Type != "tableCell" && cell.Type != "tableHeader" {
				cell = prosemirror.Element("tableCell", nil, cell)
			}
			cells.Content = append(cells.Content, cell)
		}
		rows = append(rows, cells)
	}
	return rows
}

// gridOf lays cells on a grid, nil where a span goes on or nothing stands, and reports whether the
// grid can be a table.
func gridOf(rows []prosemirror.Node) (grid [][]*prosemirror.Node, fits bool) {
	taken := make([][mostColumns]bool, len(rows))
	grid = make([][]*prosemirror.Node, len(rows))
	width := 0
	for y, row := range rows {
		x := 0
		for i := range row.Content {
			cell := &row.Content[i]
			for x < mostColumns && taken[y][x] {
				x++
			}
			if x == mostColumns {
				return nil, false
			}
			across := min(max(whole(cell.Attrs["colspan"], 1), 1), mostColumns-x)
			down := min(max(whole(cell.Attrs["rowspan"], 1), 1), len(rows)-y)
			for dy := range down {
				for dx := range across {
					taken[y+dy][x+dx] = true
				}
			}
			for len(grid[y]) <= x {
				grid[y] = append(grid[y], nil)
			}
			grid[y][x] = cell
			width = max(width, x+across)
		}
	}
	for y := range grid {
		for len(grid[y]) < width {
			grid[y] = append(grid[y], nil)
		}
	}
	return grid, width > 0
}

// withoutCards takes requirements out of what stands in a cell.
func withoutCards(nodes []prosemirror.Node, cards *[]prosemirror.Node) []prosemirror.Node {
	var rest []prosemirror.Node
	for _, n := range nodes {
		if n.Type == "requirement" {
			*cards = append(*cards, n)
			continue
		}
		if len(n.Content) > 0 {
			n.Content = withoutCards(n.Content, cards)
		}
		rest = append(rest, n)
	}
	return rest
}

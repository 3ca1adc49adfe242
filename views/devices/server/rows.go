package server

import (
	"slices"

	"onset/views/grid"
)

// rows is a grid whose rows have identifiers, so that reading them again keeps
// the chosen one.
type rows struct {
	*grid.Grid
	ids   []string
	lines [][]string
}

func newRows(columns []grid.Column, chose func()) *rows {
	r := &rows{Grid: grid.New(columns)}
	r.OnSelected = func(int) { chose() }
	return r
}

// chosen is the identifier of the chosen row; empty for none.
func (r *rows) chosen() string {
	if i := r.Chosen(); i >= 0 && i < len(r.ids) {
		return r.ids[i]
	}
	return ""
}

// Set shows rows; nothing is touched when they are those that are shown.
func (r *rows) Set(ids []string, lines [][]string) {
	if slices.Equal(ids, r.ids) && slices.EqualFunc(lines, r.lines, slices.Equal[[]string]) {
		return
	}
	before := r.chosen()
	r.ids, r.lines = ids, lines
	r.Grid.Set(lines)
	r.Choose(slices.Index(ids, before))
}

package compare

import (
	"io"

	"fyne.io/fyne/v2/lang"

	"onset/training/figure"
	"onset/training/tables"
	"onset/views/room"
)

var _ room.Exporter = (*Compare)(nil)

// Exports are the tables of the two models that are shown, or of the ranking
// with its figure.
func (c *Compare) Exports() []room.Export {
	if c.ranked {
		v := c.ranking.shown
		if v == nil {
			return nil
		}
		names := make([]string, len(v.Models))
		for i, m := range v.Models {
			names[i] = c.nameOf(m.ID)
		}
		list := room.Tables(lang.L("Ranks of all models"), "ranking", tables.Ranking(v, names))
		return append(list, room.Export{Name: lang.L("Critical differences, figure (SVG)"), Extension: ".svg", Suggested: "ranking.svg",
			Write: func(path string) error {
				return room.WriteFile(path, func(w io.Writer) error { return figure.Ranks(w, v, names) })
			}})
	}
	if c.shown == nil {
		return nil
	}
	a, b := c.nameOf(c.shown.A.ID), c.nameOf(c.shown.B.ID)
	list := room.Tables(lang.L("Scores of each person under both"), "comparison-people", tables.Comparison(c.shown))
	list = append(list, room.Tables(lang.L("Confusion of {{.Model}}", map[string]any{"Model": "A, " + a}), "confusion-a", tables.Confusion(c.shown.A.Confusion))...)
	return append(list, room.Tables(lang.L("Confusion of {{.Model}}", map[string]any{"Model": "B, " + b}), "confusion-b", tables.Confusion(c.shown.B.Confusion))...)
}

package train

import (
	"io"

	"fyne.io/fyne/v2/lang"

	"onset/training/figure"
	"onset/training/tables"
	"onset/views/room"
	"onset/views/words"
)

var _ room.Exporter = (*Train)(nil)

// Exports are the tables and the figure of the result that is shown, and the
// table of the models.
func (t *Train) Exports() []room.Export {
	var list []room.Export
	if r := t.result; r != nil {
		name := "run-" + r.Run
		list = append(list, room.Tables(lang.L("Scores of each person"), name+"-people", tables.People(r))...)
		list = append(list, room.Tables(lang.L("Scores of each class"), name+"-classes", tables.Classes(r))...)
		list = append(list, room.Tables(lang.L("Confusion matrix"), name+"-confusion", tables.Confusion(r.Confusion))...)
		list = append(list, room.Export{Name: lang.L("Reliability, figure (SVG)"), Extension: ".svg", Suggested: name + "-reliability.svg",
			Write: func(path string) error {
				return room.WriteFile(path, func(w io.Writer) error { return figure.Reliability(w, r) })
			}})
	}
	if len(t.runs.shown) > 0 {
		list = append(list, room.Tables(lang.L("Models of this table"), "models", t.runs.table())...)
	}
	return list
}

// table is what the models' table shows, with whole words.
func (r *runs) table() tables.Table {
	out := tables.Table{{"model", "use", "sensors", "macro-F1", "accuracy", "judged on", "windows", "architecture", "trained"}}
	for _, s := range r.shown {
		out = append(out, []string{modelName(s.row), modelUse(s.row), words.ModelSensors(s.row), score(s.row.MacroF1), score(s.row.Accuracy), judged(s.scores),
			words.Count(int64(s.scores.Windows)), s.row.Architecture, s.row.CreatedAt.Format("2006-01-02")})
	}
	return out
}

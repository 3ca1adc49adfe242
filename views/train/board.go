package train

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/training"
	"onset/views/grid"
	"onset/views/words"
)

// standing is a model among all of the study.
type standing struct {
	row    dataset.ModelRow
	scores training.Result // what the model row remembers of its run
	config training.Config // that it was trained with
	known  bool            // that config is
}

// standings are the models by macro-F1, best first.
func standings(models []dataset.ModelRow, runs []dataset.Run) []standing {
	configs := map[string]training.Config{}
	for _, r := range runs {
		if c, err := training.ParseConfig(r.Config); err == nil {
			configs[r.ID] = c // a search's config is another kind, and no model's own
		}
	}
	list := make([]standing, 0, len(models))
	for _, m := range models {
		s := standing{row: m}
		s.config, s.known = configs[m.Run]
		// A row whose scores can't be read still has its two numbers.
		_ = json.Unmarshal(m.Scores, &s.scores)
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b standing) int {
		return cmp.Or(cmp.Compare(b.row.MacroF1, a.row.MacroF1), b.row.CreatedAt.Compare(a.row.CreatedAt))
	})
	return list
}

// useWidth holds the whole words of a model that must not be used any more.
const useWidth = 120

// boardColumns are the columns of the models' table and what each is sorted by.
func boardColumns() ([]grid.Column, []func(a, b standing) int) {
	text := func(of func(standing) string) func(a, b standing) int {
		return func(a, b standing) int { return cmp.Compare(of(a), of(b)) }
	}
	return []grid.Column{
			{Title: lang.L("Model"), Weight: 0.8, Bold: true},
			{Title: lang.L("Sensors"), Weight: 0.9},
			{Title: lang.L("Macro-F1"), Width: 84, Numeric: true},
			{Title: lang.L("Accuracy"), Width: 80, Numeric: true},
			{Title: lang.L("Judged"), Weight: 1.3, Muted: true},
			{Title: lang.L("Windows"), Width: 72, Numeric: true},
			{Title: lang.L("Architecture"), Weight: 1.7, Muted: true},
			{Title: lang.L("Trained"), Width: 116, Muted: true},
			{Title: lang.L("Use"), Width: useWidth},
		}, []func(a, b standing) int{
			text(func(s standing) string { return modelName(s.row) }), text(func(s standing) string { return words.ModelSensors(s.row) }),
			func(a, b standing) int { return cmp.Compare(b.row.MacroF1, a.row.MacroF1) },
			func(a, b standing) int { return cmp.Compare(b.row.Accuracy, a.row.Accuracy) },
			text(func(s standing) string { return judged(s.scores) }),
			func(a, b standing) int { return cmp.Compare(b.scores.Windows, a.scores.Windows) },
			text(func(s standing) string { return s.row.Architecture }),
			func(a, b standing) int { return b.row.CreatedAt.Compare(a.row.CreatedAt) },
			func(a, b standing) int { return cmp.Compare(modelUse(b.row), modelUse(a.row)) },
		}
}

// boardRow are the texts of a standing; now says what "today" is.
func boardRow(s standing, now time.Time) []string {
	return []string{modelName(s.row), words.ModelSensors(s.row), scoreOf(s.row, s.row.MacroF1), scoreOf(s.row, s.row.Accuracy), judged(s.scores),
		words.Count(int64(s.scores.Windows)), s.row.Architecture, when(s.row.CreatedAt, now), modelUse(s.row)}
}

// modelName is what a model is called, without the mark for which the table has a
// column of its own.
func modelName(m dataset.ModelRow) string {
	m.Withdrawn = ""
	return words.Model(m)
}

// modelUse says that a model must not be used any more; empty for one
// that may be.
func modelUse(m dataset.ModelRow) string {
	if m.Withdrawn != "" {
		return lang.L("do not use")
	}
	return ""
}

func score(v float64) string { return fmt.Sprintf("%.3f", v) }

// judged says on whom a score was measured.
func judged(r training.Result) string {
	people := len(r.Participants)
	switch r.Split {
	case training.ByParticipant:
		return lang.L("{{.N}} unseen people", map[string]any{"N": people})
	case training.BySession:
		return lang.L("unseen sessions, {{.N}} people", map[string]any{"N": people})
	case training.SplitInner:
		return lang.L("inner folds, {{.N}} people", map[string]any{"N": people})
	case training.ByTime:
		return lang.L("later, {{.N}} people", map[string]any{"N": people})
	}
	return "–"
}

// when writes a moment as people say it: today and yesterday by name.
func when(t, now time.Time) string {
	t = t.In(now.Location())
	day := func(t time.Time) int { return t.Year()*1000 + t.YearDay() }
	switch {
	case t.IsZero():
		return "–"
	case day(t) == day(now):
		return lang.L("today {{.Time}}", map[string]any{"Time": t.Format("15:04")})
	case day(t) == day(now.AddDate(0, 0, -1)):
		return lang.L("yesterday {{.Time}}", map[string]any{"Time": t.Format("15:04")})
	}
	return t.Format("2006-01-02")
}

// scoreOf is a model's score; a dash for one that nobody judged.
func scoreOf(m dataset.ModelRow, v float64) string {
	if !m.Scored() {
		return "–"
	}
	return score(v)
}

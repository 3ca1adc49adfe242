package train

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/training/tables"
	"onset/views/chart"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/words"
)

// classTable is precision, recall and F1 of each class.
type classTable struct {
	note   *parts.Paragraph
	grid   *grid.Grid
	object fyne.CanvasObject
}

func newClassTable(key func(*fyne.KeyEvent)) *classTable {
	c := &classTable{note: parts.NewParagraph("", true)}
	c.grid = grid.New([]grid.Column{{Title: lang.L("Class"), Weight: 1, Bold: true}, {Title: lang.L("Windows"), Width: 90, Numeric: true},
		{Title: lang.L("Precision"), Width: 90, Numeric: true}, {Title: lang.L("Recall"), Width: 90, Numeric: true}, {Title: lang.L("F1"), Width: 100, Numeric: true}})
	c.grid.OnKey = key
	c.object = container.NewBorder(c.note, nil, nil, nil, c.grid.Object())
	return c
}

func (c *classTable) set(r *training.Result) {
	c.note.SetText(lang.L("Over {{.N}} windows: macro-F1 {{.F}} is the mean of the classes' F1.", map[string]any{"N": words.Count(int64(r.Windows)), "F": score(r.MacroF1)}))
	c.grid.Set(tables.Classes(r)[1:])
}

// calibration is the reliability plot with its numbers.
type calibration struct {
	note   *parts.Paragraph
	plot   *chart.Reliability
	grid   *grid.Grid
	object fyne.CanvasObject
}

func newCalibration(key func(*fyne.KeyEvent)) *calibration {
	c := &calibration{note: parts.NewParagraph("", true), plot: chart.NewReliability()}
	c.grid = grid.New([]grid.Column{{Title: lang.L("Confidence"), Weight: 1, Bold: true}, {Title: lang.L("Windows"), Width: 84, Numeric: true},
		{Title: lang.L("Mean said"), Width: 90, Numeric: true}, {Title: lang.L("Right"), Width: 84, Numeric: true}})
	c.grid.OnKey = key
	c.object = container.NewBorder(c.note, nil, nil, parts.Sized(400, 1, c.grid.Object()), c.plot)
	return c
}

func (c *calibration) set(r *training.Result) {
	var dots []chart.Confidence
	var rows [][]string
	for _, b := range r.Reliability {
		if b.N == 0 {
			continue
		}
		dots = append(dots, chart.Confidence{Said: b.Confidence, Right: b.Accuracy, N: b.N})
		rows = append(rows, []string{lang.L("{{.From}} to {{.To}}", map[string]any{"From": fmt.Sprintf("%.1f", b.From), "To": fmt.Sprintf("%.1f", b.To)}),
			strconv.Itoa(b.N), score(b.Confidence), score(b.Accuracy)})
	}
	c.note.SetText(lang.L("Expected calibration error (ECE) {{.E}}, log loss {{.L}}, over {{.N}} windows. A dot below the dashed line is of answers that are right less often than they are sure; its number is how many windows it is of.",
		map[string]any{"E": score(r.ECE), "L": score(r.LogLoss), "N": words.Count(int64(r.Windows))}))
	c.plot.Set(dots)
	c.grid.Set(rows)
}

// spreadSentence is a measure's mean over people with its spread and interval.
func spreadSentence(measure string, s training.Spread, people int) string {
	data := map[string]any{"M": measure, "N": people, "Mean": score(s.Mean), "SD": score(s.SD)}
	if s.CI == nil {
		return lang.L("{{.M}}: mean over {{.N}} people {{.Mean}}, SD {{.SD}}; too few people for an interval.", data)
	}
	data["Lo"], data["Hi"] = score(s.CI.Lo), score(s.CI.Hi)
	return lang.L("{{.M}}: mean over {{.N}} people {{.Mean}}, SD {{.SD}}, 95% CI {{.Lo}} to {{.Hi}} (bootstrap over people).", data)
}

// peopleSentence is what the people's scores come to.
func peopleSentence(r *training.Result) string {
	n := len(r.Participants)
	if n == 0 {
		return ""
	}
	text := spreadSentence(lang.L("Macro-F1"), r.ParticipantMacroF1, n) + "\n" + spreadSentence(lang.L("Accuracy"), r.ParticipantAccuracy, n)
	if few := training.FewPeople(n); few != "" {
		text += "\n" + words.Upper(few) + "."
	}
	return text
}

// meanSentence sets the means over people beside the scores over windows, which
// are other numbers.
func meanSentence(r *training.Result) string {
	if len(r.Participants) == 0 {
		return ""
	}
	return lang.L("Mean over {{.N}} people: accuracy {{.A}}, macro-F1 {{.F}}", map[string]any{
		"N": len(r.Participants), "A": score(r.ParticipantAccuracy.Mean), "F": score(r.ParticipantMacroF1.Mean)}) + "; "
}

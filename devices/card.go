package devices

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onset/training"
)

// cardPage is the page for people about a model: what it is for, what it was
// measured to do and where that ends. It holds counts only, no one's code, and
// is made from the description alone.
type cardPage struct{ blocks []block }

// block is a piece of the page; exactly one field is set, but for rows that have a
// figure: the figure stands for them in HTML.
type block struct {
	figure  string // SVG; HTML only
	title   string
	heading string
	text    string
	warning string
	items   []string
	rows    [][]string // the first are column names
}

func newCard(d Description) *cardPage {
	c := &cardPage{}
	name := d.Name
	if name == "" {
		name = d.Model
	}
	c.add(block{title: "Model " + name})
	if d.Simulated {
		c.add(block{warning: "Simulated data. This model comes from a study that holds simulated people. It is for trying things out, not for use on anybody."})
	}
	c.purpose(d)
	c.people(d)
	c.scores(d)
	c.variants(d)
	c.heading("Limits")
	c.add(block{items: limits(d)})
	c.heading("Where it comes from")
	if d.Earlier != nil {
		c.text("Brought in from three files of an earlier system, which were read so: %s. This page was made by %s.", d.Earlier.reading(), d.Program)
	} else {
		c.text("Run %s, window set %s, seed %d, ledger position %d. Made by %s.",
			d.Lineage.Run, d.Lineage.WindowSet, d.Lineage.Seed, d.Lineage.LedgerPosition, d.Program)
	}
	c.text("%s: %d parameters, %d multiply-adds for one window.", d.Architecture, d.Net.Params(), d.Net.MultiplyAdds())
	return c
}

func (c *cardPage) add(b block)           { c.blocks = append(c.blocks, b) }
func (c *cardPage) heading(text string)   { c.add(block{heading: text}) }
func (c *cardPage) table(rows [][]string) { c.add(block{rows: rows}) }
func (c *cardPage) text(format string, args ...any) {
	c.add(block{text: fmt.Sprintf(format, args...)})
}

func (c *cardPage) purpose(d Description) {
	c.heading("What it is for")
	c.text("It names the exercise that begins from the first %g s of movement, out of %d: %s.",
		d.Contract.WindowS, len(d.Classes), strings.Join(d.Classes, ", "))
	c.text("It knows no others: whatever else begins gets one of these names.")
	c.heading("What it must be given")
	c.add(block{items: []string{
		"channels, in this order: " + channelList(d),
		fmt.Sprintf("%d samples of each, at %g Hz (%g s)", d.Contract.Samples, d.Contract.RateHz, d.Contract.WindowS),
		fmt.Sprintf("filter before the window is cut: %s; orientation: %s", filterText(d), d.Contract.Orientation),
		"in the units above, not scaled: scaling is part of the model",
		gapText(d.Contract.BridgeS),
	}})
}

func gapText(bridgeS float64) string {
	if bridgeS == 0 {
		return "without gaps: a window that misses samples is not judged"
	}
	return fmt.Sprintf("gaps of up to %g s bridged by a straight line, as in its training; a window with a longer one is not judged", bridgeS)
}

func (c *cardPage) people(d Description) {
	c.heading("Who it learnt from")
	if d.Earlier != nil {
		c.text("Not known. It is a model of an earlier system, whose files do not say.")
		return
	}
	if d.Cohort == nil || d.Cohort.People == 0 {
		c.text("%s, %s; nothing more is known here about them.", people(d.Lineage.Participants), many(len(d.Lineage.Sessions), "session"))
		return
	}
	c.text("%s, %s. Counts below %d are not told.", people(d.Cohort.People), many(len(d.Lineage.Sessions), "session"), fewestToTell)
	rows := [][]string{{"", "people"}}
	for _, part := range []struct {
		name   string
		counts map[string]string
	}{{"age", d.Cohort.Age}, {"sex", d.Cohort.Sex}, {"proficiency", d.Cohort.Proficiency}} {
		for _, k := range slices.Sorted(maps.Keys(part.counts)) {
			rows = append(rows, []string{part.name + " " + k, part.counts[k]})
		}
	}
	c.table(rows)
}

func (c *cardPage) scores(d Description) {
	c.heading("What was measured")
	s := d.Scores
	if d.Earlier != nil && d.Earlier.Windows > 0 {
		c.text("%s", d.Earlier.scored())
		return
	}
	if d.Earlier != nil {
		c.text("Nothing: it was brought in without a session to try it on.")
		return
	}
	if s.Windows == 0 {
		c.text("Nothing: the study holds no score of this model.")
		return
	}
	c.text("On %s. %s, %s, %s.", s.Unit, people(s.People), many(s.Windows, "window"), many(s.Folds, "fold"))
	c.table([][]string{{"accuracy", "macro-F1", "kappa", "always naming the most frequent", "calibration error (ECE)"},
		{three(s.Accuracy), three(s.MacroF1), three(s.Kappa), three(s.Chance), three(s.ECE)}})
	if s.AccuracyInterval != nil && s.MacroF1Interval != nil {
		c.text("Each person counting the same: accuracy %s (95%% interval %s to %s), macro-F1 %s (%s to %s), by bootstrap over people.",
			three(s.PersonAccuracy), three(s.AccuracyInterval[0]), three(s.AccuracyInterval[1]),
			three(s.PersonMacroF1), three(s.MacroF1Interval[0]), three(s.MacroF1Interval[1]))
	} else {
		c.text("Too few people for an interval: read the scores as those of these people only.")
	}
	c.text("Accuracy by person: from %s to %s.", three(s.Lowest), three(s.Highest))
	rows := [][]string{{"exercise", "windows", "precision", "recall", "F1"}}
	for _, k := range s.PerClass {
		rows = append(rows, []string{k.Class, fmt.Sprint(k.N), three(k.Precision), three(k.Recall), three(k.F1)})
	}
	c.table(rows)
	c.confusion(s.Confusion)
	c.curve(d)
}

// confusion is the table of truths against answers.
func (c *cardPage) confusion(m training.Confusion) {
	if len(m.Counts) == 0 {
		return
	}
	c.heading("Confusion")
	c.text("Rows are what was done, columns what was answered, by number.")
	head := []string{"truth"}
	for i := range m.Classes {
		head = append(head, fmt.Sprint(i+1))
	}
	rows := [][]string{head}
	for i, counts := range m.Counts {
		row := []string{fmt.Sprintf("%d %s", i+1, m.Classes[i])}
		for _, n := range counts {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	c.add(block{rows: rows, figure: confusionFigure(m)})
}

// curve is the accuracy by how much of the movement was seen.
func (c *cardPage) curve(d Description) {
	c.heading("Onset curve")
	if len(d.OnsetCurve) == 0 {
		c.text("Not in this study: no other length of window was judged on the same people.")
		return
	}
	c.text("Models of this study judged in the same way, by the length of their window.")
	c.add(block{figure: curveFigure(d.OnsetCurve)})
	rows := [][]string{{"window", "accuracy", "macro-F1", "windows", "model"}}
	for _, p := range d.OnsetCurve {
		rows = append(rows, []string{fmt.Sprintf("%g s", p.WindowS), three(p.Accuracy), three(p.MacroF1), fmt.Sprint(p.Windows), p.Model})
	}
	c.table(rows)
}

func (c *cardPage) variants(d Description) {
	if len(d.Variants) < 2 {
		return
	}
	c.heading("Smaller forms")
	rows := [][]string{{"form", "bytes", "accuracy", "macro-F1", "answers that change"}}
	for _, v := range d.Variants {
		rows = append(rows, []string{string(v.Name), fmt.Sprint(v.Bytes), three(v.Accuracy), three(v.MacroF1), fmt.Sprintf("%.1f%%", 100*v.Changed)})
	}
	c.table(rows)
}

func limits(d Description) []string {
	if d.Earlier != nil {
		return d.Earlier.limits(d.Contract.WindowS)
	}
	measured := "Measured on the people of one study only; other people, devices and straps may differ."
	if d.Scores.Windows == 0 {
		measured = "Not measured: nothing here says how often it is right."
	}
	out := []string{
		measured,
		fmt.Sprintf("%g s of movement alone are weak evidence. They are", d.Contract.WindowS) + " meant to be joined with what usually comes next and where it is done.",
		"It is no medical device.",
	}
	for _, k := range d.Scores.PerClass {
		const few = 20
		if k.N < few {
			out = append(out, fmt.Sprintf("%s was judged on %s only.", k.Class, many(k.N, "window")))
		}
	}
	return out
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func three(v float64) string { return fmt.Sprintf("%.3f", v) }

func channelList(d Description) string {
	var names []string
	for _, c := range d.Contract.Channels {
		names = append(names, strings.TrimSpace(fmt.Sprintf("%s %s", c.Sensor, c.Axis))+" in "+c.Unit)
	}
	return strings.Join(names, "; ")
}

func filterText(d Description) string { return filterName(d.Contract.Filter) }

func filterName(f training.FilterSpec) string {
	switch f.Kind {
	case "", "none":
		return "none"
	case "ema":
		return fmt.Sprintf("exponential mean, alpha %g", f.Alpha)
	case "lowpass":
		return fmt.Sprintf("Butterworth low-pass %g Hz, order %d", f.High, f.Order)
	case "highpass":
		return fmt.Sprintf("Butterworth high-pass %g Hz, order %d", f.Low, f.Order)
	}
	return fmt.Sprintf("Butterworth band-pass %g to %g Hz, order %d", f.Low, f.High, f.Order)
}

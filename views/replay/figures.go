package replay

import (
	"fmt"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	core "onset/replay"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/words"
)

// figures is how good the shown replay was over the session, with the diagram of
// Ward et al. (2011); a line leads to what it counts, one after the other.
type figures struct {
	told   *parts.Paragraph
	list   *grid.Grid
	lines  []figure
	walk   func(times []float64)
	object fyne.CanvasObject
}

// figure is a line: its name, its value, and the moments that it counts.
type figure struct {
	name, value string
	at          []float64
}

func newFigures(walk func(times []float64)) *figures {
	f := &figures{told: parts.NewParagraph("", true), walk: walk}
	f.list = grid.New([]grid.Column{{Title: lang.L("this session"), Weight: 1}, {Title: "", Width: 116, Numeric: true, Bold: true}})
	f.list.OnSelected = func(i int) {
		if i >= 0 && i < len(f.lines) && len(f.lines[i].at) > 0 {
			f.walk(f.lines[i].at)
		}
		f.list.Set(f.rows()) // so that the same line can be chosen again
	}
	f.object = container.NewBorder(parts.VBox(6, f.told, parts.Rule()), nil, nil, nil, f.list.Object())
	return f
}

func (f *figures) rows() (rows [][]string) {
	for _, x := range f.lines {
		rows = append(rows, []string{x.name, x.value})
	}
	return rows
}

func (f *figures) show(r *replayed) {
	f.lines = r.figures()
	text := lang.L("Choose a line to go to what it counts, one after the other.")
	if r.result.Events == nil {
		text += " " + lang.L("Onsets and events are judged where movement decides: choose “where movement begins”.")
	}
	f.told.SetText(text)
	f.list.Set(f.rows())
}

// figures are the lines for the decisions with the weights as they are now.
func (r *replayed) figures() (list []figure) {
	add := func(name, value string, at []float64) { list = append(list, figure{name, value, at}) }
	d := r.result.Decisions
	when := func(which func(core.Decision) bool) (at []float64) {
		for _, x := range d {
			if which(x) {
				at = append(at, x.AtS)
			}
		}
		return at
	}
	right := when(func(x core.Decision) bool { return x.Truth != "" && x.Fused == x.Truth })
	mistaken := when(wrong)
	silent := when(func(x core.Decision) bool { return x.Truth != "" && x.Fused == "" })
	n := len(right) + len(mistaken) + len(silent)
	if n == 0 {
		add(lang.L("labelled decisions"), lang.L("none"), nil)
		return list
	}
	add(lang.L("right at the decision"), fmt.Sprintf("%.2f (%d/%d)", float64(len(right))/float64(n), len(right), n), right)
	add(lang.L("wrong"), fmt.Sprint(len(mistaken)), mistaken)
	add(lang.L("unanswered"), fmt.Sprint(len(silent)), silent)
	if e := r.result.Events; e != nil {
		r.liveFigures(e, add)
	}
	off, off1, counted, at := 0.0, 0, 0, []float64(nil)
	for _, x := range d {
		said := r.repetitionsSaid(x)
		if said <= 0 || x.Counted == nil {
			continue
		}
		miss := math.Abs(float64(x.Counted.Count - said))
		off, counted = off+miss, counted+1
		if miss <= 1 {
			off1++
		}
		if miss > 0 {
			at = append(at, x.AtS)
		}
	}
	if counted > 0 {
		add(lang.L("repetitions off by"), fmt.Sprintf("%.1f", off/float64(counted)), at)
		add(lang.L("within one"), fmt.Sprintf("%d/%d", off1, counted), nil)
	}
	return list
}

// liveFigures are those of a replay that found the sets itself.
func (r *replayed) liveFigures(e *core.Events, add func(name, value string, at []float64)) {
	first, missed, of := r.firstRight()
	if of > 0 {
		add(lang.L("first right, middle"), seconds(quantile(first, .5)), nil)
		add(lang.L("first right, 90th"), seconds(quantile(first, .9)), nil)
		add(lang.L("never right"), fmt.Sprintf("%d/%d", len(missed), of), missed)
	}
	var onset []float64
	for _, v := range e.OnsetErrors {
		onset = append(onset, math.Abs(v))
	}
	add(lang.L("onset off, middle"), seconds(quantile(onset, .5)), nil)
	var inserted []float64
	for _, x := range r.result.Decisions {
		if x.Truth == "" {
			inserted = append(inserted, x.AtS)
		}
	}
	if hours := r.result.DurationS / 3600; hours > 0 {
		add(lang.L("false starts an hour"), fmt.Sprintf("%.1f", float64(len(inserted))/hours), inserted)
	}
	for _, k := range eventKinds {
		var at []float64
		side := e.True
		if k == core.EventInserted {
			side = e.Detected
		}
		for _, v := range side {
			if v.Kind == k {
				at = append(at, v.From)
			}
		}
		add(eventWord(k), fmt.Sprint(e.Counts[k]), at)
	}
	add(lang.L("overfill"), seconds(e.OverfillS), nil)
	add(lang.L("underfill"), seconds(e.UnderfillS), nil)
}

// firstRight is how long after each labelled set began its first right answer was
// known that was not taken back, sorted, and where the sets begin that never got one.
func (r *replayed) firstRight() (first, missed []float64, of int) {
	for _, l := range r.setLabels() {
		of++
		least := math.Inf(1)
		for _, d := range r.result.Decisions {
			if d.TakenBackS == 0 && d.Fused == l.exercise && d.AtS > l.from && d.AtS <= l.to {
				least = min(least, max(d.KnownS, d.AtS)-l.from)
			}
		}
		if math.IsInf(least, 1) {
			missed = append(missed, l.from)
		} else {
			first = append(first, least)
		}
	}
	slices.Sort(first)
	return first, missed, of
}

type setLabel struct {
	exercise string
	from, to float64
	said     int // repetitions; 0: not told
}

// setLabels are the labelled sets in the session's time.
func (r *replayed) setLabels() (list []setLabel) {
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, rec := range r.session.Recordings {
		clocks[rec.ID] = rec.Clock
	}
	for _, l := range r.labels {
		c, ok := clocks[l.Recording]
		if !ok || l.Kind != dataset.KindExercise {
			continue
		}
		x := setLabel{exercise: l.Exercise}
		x.from, x.to = c.Span(l.Start, l.End)
		if l.Attributes.Repetitions != nil {
			x.said = *l.Attributes.Repetitions
		}
		list = append(list, x)
	}
	return list
}

// repetitionsSaid is what the label of a decision's set says, 0 when nothing.
func (r *replayed) repetitionsSaid(d core.Decision) int {
	for _, l := range r.setLabels() {
		if l.exercise == d.Truth && l.from < d.EndS && l.to > d.OnsetS {
			return l.said
		}
	}
	return 0
}

func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	x = slices.Sorted(slices.Values(x))
	return x[int(math.Round(q*float64(len(x)-1)))]
}

func seconds(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.1f s", v)
}

// walkTimes goes to the first of some moments after now, round at the end.
func (r *Replay) walkTimes(times []float64) {
	times = slices.Sorted(slices.Values(times))
	now := r.player.position(r.actions.Now())
	k := max(0, slices.IndexFunc(times, func(t float64) bool { return t > now+1e-3 }))
	r.show(times[k])
	r.status(lang.L("{{.I}} of {{.N}}, at {{.At}}", map[string]any{"I": k + 1, "N": len(times), "At": words.Moment(times[k])}), false)
}

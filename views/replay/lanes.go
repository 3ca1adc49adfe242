package replay

import (
	"image/color"
	"math"
	"slices"
	"sort"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	core "onset/replay"
	"onset/views/theme"
	"onset/views/trace"
	"onset/views/words"
)

// sourceWord is what a source is called on the screen.
func sourceWord(s core.Source) string {
	switch s {
	case core.Sensor:
		return lang.L("Sensor")
	case core.Markov:
		return lang.L("Order")
	case core.Place:
		return lang.L("Place")
	case core.Memory:
		return lang.L("Memory")
	}
	return s.String()
}

// replayed is what the room shows: a session, its labels, and what was decided.
type replayed struct {
	session dataset.Session
	labels  []dataset.Label
	result  *core.Result // with the weights as they are now
	base    *core.Result // with the weights as they were fitted
	other   *core.Result // of another model or other settings beside; nil: none
	broken  []trace.Span // where a rule is broken
	classes *theme.Classes
}

// decisionAt is the decision that stands at a moment, -1 before the first.
func (r *replayed) decisionAt(t float64) int {
	d := r.result.Decisions
	return sort.Search(len(d), func(i int) bool { return d[i].AtS > t+1e-6 }) - 1
}

// wrong reports an answer that the truth contradicts; none is not a wrong one.
func wrong(d core.Decision) bool { return d.Truth != "" && d.Fused != "" && d.Fused != d.Truth }

// unanswered counts the labelled decisions without an answer.
func unanswered(r *core.Result) (n int) {
	for _, d := range r.Decisions {
		if d.Truth != "" && d.Fused == "" {
			n++
		}
	}
	return n
}

// nextError is the first wrong decision after a moment, going round at the end;
// -1 when every decision is right.
func (r *replayed) nextError(t float64) int {
	first := -1
	for i, d := range r.result.Decisions {
		if !wrong(d) {
			continue
		}
		if d.AtS > t+1e-3 {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// Heights of the lanes.
const (
	laneHeight  = 30
	stateHeight = 22
)

// lanes are the truth, the states, what each source alone would have said, and
// the fused answer.
func (r *replayed) lanes() []trace.Lane {
	list := []trace.Lane{
		{Name: lang.L("Truth"), Height: laneHeight, Spans: r.truth()},
		{Name: lang.L("State"), Height: stateHeight, Spans: r.states()},
	}
	for s := range core.Sources {
		list = append(list, trace.Lane{Name: sourceWord(s), Height: laneHeight, Spans: r.alone(s)})
	}
	list = append(list, trace.Lane{Name: lang.L("Fused"), Height: laneHeight + 2, Spans: r.fused()})
	if r.other != nil {
		list = append(list, r.otherLane())
	}
	if spans := r.switches(); len(spans) > 0 {
		list = append(list, trace.Lane{Name: lang.L("Sensors"), Height: stateHeight, Spans: spans})
	}
	if r.result.Events != nil {
		list = append(list, trace.Lane{Name: lang.L("Events"), Height: stateHeight, Spans: r.events()})
	}
	if len(r.broken) > 0 {
		list = append(list, trace.Lane{Name: lang.L("Rule"), Height: stateHeight, Spans: r.broken})
	}
	return list
}

// switches are the sensors whose model could speak, where several models stand in
// for one another.
func (r *replayed) switches() (spans []trace.Span) {
	list := r.result.Switches
	if len(r.result.Models) < 2 {
		return nil
	}
	end := r.session.Duration()
	add := func(from, to float64, text string) {
		spans = append(spans, trace.Span{ID: "switch/" + strconv.Itoa(len(spans)), Start: from, End: to, Text: text, Color: theme.Color(theme.Line), Look: trace.Faded})
	}
	first := end
	if len(list) > 0 {
		first = list[0].AtS
	}
	add(0, first, lang.L("all sensors at hand"))
	for i, s := range list {
		to := end
		if i+1 < len(list) {
			to = list[i+1].AtS
		}
		text := words.Sensors(s.SensorSet)
		if len(s.SensorSet) == 0 {
			text = lang.L("no model has its sensors")
		}
		add(s.AtS, to, text)
	}
	return spans
}

func (r *replayed) truth() []trace.Span {
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, rec := range r.session.Recordings {
		clocks[rec.ID] = rec.Clock
	}
	var spans []trace.Span
	for _, l := range r.labels {
		c, ok := clocks[l.Recording]
		if l.Kind != dataset.KindExercise || !ok {
			continue
		}
		text := words.Exercise(l.Exercise)
		if n := l.Attributes.Repetitions; n != nil {
			text += " · " + strconv.Itoa(*n)
		}
		start, end := c.Span(l.Start, l.End)
		spans = append(spans, trace.Span{ID: "truth/" + string(l.ID), Start: start, End: end,
			Text: text, Color: r.classes.Color(l.Exercise)})
	}
	sortSpans(spans)
	return spans
}

func sortSpans(spans []trace.Span) {
	slices.SortStableFunc(spans, func(a, b trace.Span) int { return compareFloat(a.Start, b.Start) })
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *replayed) states() []trace.Span {
	spans := make([]trace.Span, 0, len(r.result.States))
	for i, s := range r.result.States {
		span := trace.Span{ID: "state/" + strconv.Itoa(i), Start: s.FromS, End: s.ToS, Text: stateWord(s.State), Color: stateColour(s.State)}
		if s.State == core.Setup.String() {
			span.Text = ""
		}
		spans = append(spans, span)
	}
	return spans
}

func stateWord(s string) string {
	switch s {
	case core.Idle.String():
		return lang.L("idle")
	case core.Moving.String():
		return lang.L("moving")
	case core.Setup.String():
		return lang.L("setup")
	case core.Exercising.String():
		return lang.L("exercising")
	case core.Rest.String():
		return lang.L("rest")
	}
	return s
}

// stateColour is the accent for the setup and greys that tell movement from
// stillness for the rest.
func stateColour(s string) color.NRGBA {
	raised, line := theme.Color(theme.Raised), theme.Color(theme.Line)
	switch s {
	case core.Setup.String():
		return theme.Color(theme.Accent)
	case core.Exercising.String():
		return line
	case core.Moving.String():
		return theme.Blend(raised, line, 0.5)
	}
	return raised
}

// alone is what a source would have answered by itself: from the onset on, since
// it need not wait for the window, unless it is the sensor.
func (r *replayed) alone(s core.Source) []trace.Span {
	return r.spans(s.String(), func(d core.Decision) (string, float64) {
		from := d.OnsetS
		if s == core.Sensor {
			from = d.AtS
		}
		return bestOf(d.By(s)), from
	}, trace.Faded)
}

// bestOf is the exercise that a source prefers; empty when it prefers none:
// without evidence all are alike.
func bestOf(d core.Distribution) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range d {
		low, high = min(low, p), max(high, p)
	}
	if len(d) > 1 && high-low < 1e-9 {
		return ""
	}
	return d.Best()
}

// speaks reports whether a source prefers anything in any decision.
func speaks(r *core.Result, s core.Source) bool {
	return slices.ContainsFunc(r.Decisions, func(d core.Decision) bool { return bestOf(d.By(s)) != "" })
}

func (r *replayed) fused() []trace.Span {
	spans := r.spans("fused", func(d core.Decision) (string, float64) { return d.Fused, d.AtS }, trace.Solid)
	flipped := r.flips()
	for i := range spans {
		k, err := strconv.Atoi(spans[i].ID[len("fused/"):])
		if err == nil && slices.Contains(flipped, k) {
			was := r.base.Decisions[k].Fused
			if was == "" {
				was = lang.L("no answer")
			}
			spans[i].Flag = true
			spans[i].Text = lang.L("{{.Now}} (was {{.Was}})", map[string]any{"Now": spans[i].Text, "Was": words.Exercise(was)})
		}
	}
	return spans
}

// spans draws an answer for each decision, from where it was given to the end of
// the set or to the next decision.
func (r *replayed) spans(lane string, answer func(core.Decision) (exercise string, from float64), look trace.Look) []trace.Span {
	list := r.result.Decisions
	spans := make([]trace.Span, 0, len(list))
	for i, d := range list {
		name, from := answer(d)
		to := d.EndS
		if to <= d.AtS {
			to = d.AtS + unlabelledS
		}
		if i+1 < len(list) {
			to = min(to, list[i+1].OnsetS)
		}
		to = min(to, math.Max(r.session.Duration(), d.AtS))
		span := trace.Span{ID: lane + "/" + strconv.Itoa(i), Start: from, End: max(to, from), Look: look,
			Text: words.Exercise(name), Color: r.classes.Color(name), Wrong: d.Truth != "" && name != d.Truth}
		if name == "" {
			span.Wrong = false // who is silent is not mistaken
			span.Text, span.Color, span.Look = lang.L("– no answer"), theme.Color(theme.Line), trace.Outline
		}
		spans = append(spans, span)
	}
	return spans
}

// unlabelledS is how long a decision is drawn whose set has no labelled end.
const unlabelledS = 20

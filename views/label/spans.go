package label

import (
	"cmp"
	"image/color"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/theme"
	"onset/views/trace"
	"onset/views/words"
)

// show brings the lanes and the panel up to date.
func (l *Label) show() {
	if l.session == nil {
		return
	}
	l.trace.SetLanes(l.lanes())
	l.panel.show()
	l.toolbar.show()
}

const (
	ownLane   float32 = 30
	hintLane  float32 = 24
	otherLane float32 = 24
)

// lanes are the labels being worked on, then the suggestions, then the labels
// of other sets.
func (l *Label) lanes() []trace.Lane {
	own := l.lane(l.editor.Rules().Set, trace.Lane{Height: ownLane, Bands: true, Name: shortSet(l.editor.Rules().Set)})
	lanes := []trace.Lane{own}
	if len(l.hints) > 0 {
		lane := trace.Lane{Height: hintLane}
		for i := range l.hints {
			lane.Spans = append(lane.Spans, l.hintSpan(&l.hints[i]))
		}
		slices.SortStableFunc(lane.Spans, func(a, b trace.Span) int { return cmp.Compare(a.Start, b.Start) })
		lanes = append(lanes, lane)
	}
	for _, set := range l.editor.Sets() {
		if set != l.editor.Rules().Set {
			lanes = append(lanes, l.lane(set, trace.Lane{Height: otherLane, Name: shortSet(set)}))
		}
	}
	return lanes
}

func shortSet(set string) string {
	const most = 10
	if r := []rune(set); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return set
}

func (l *Label) spanOf(x dataset.Label) trace.Span {
	from, to := l.editor.Times(x)
	return trace.Span{
		ID: string(x.ID), Start: from, End: to, SetupEnd: l.editor.SetupEnd(x),
		Text: caption(x), Color: l.colorOf(x), Movable: !l.source.Current().ReadOnly && x.Kind != dataset.KindPoint,
	}
}

func (l *Label) hintSpan(h *hint) trace.Span {
	named := l.named(h)
	s := l.spanOf(named)
	s.ID, s.Movable, s.Selected = h.id, true, h.id == l.hint
	p := map[string]any{"P": strconv.FormatFloat(h.label.Confidence, 'f', 2, 64), "Name": nameOf(named.Exercise, "")}
	s.Text = lang.L("suggested {{.P}}", p)
	if named.Exercise != "" {
		s.Text = lang.L("{{.Name}} {{.P}}", p)
	}
	s.Look = trace.Outline
	if h.label.Confidence < 0.6 {
		s.Look = trace.Weak
	}
	return s
}

// caption is what a label's block says: the exercise and its repetitions.
func caption(x dataset.Label) string {
	text := nameOf(x.Exercise, x.Kind)
	if r := x.Attributes.Repetitions; r != nil {
		text += " · " + strconv.Itoa(*r)
	}
	return text
}

func (l *Label) colorOf(x dataset.Label) color.NRGBA {
	if x.Kind == dataset.KindRest || x.Kind == dataset.KindNone {
		return restColor()
	}
	return l.classes.Color(x.Exercise)
}

func restColor() color.NRGBA { return theme.ClassColor(7) }

// marksOf are the findings and events of a session on its timeline.
func marksOf(s dataset.Session) []trace.Mark {
	var marks []trace.Mark
	for _, f := range findingsOf(s) {
		switch {
		case f.AtS == 0 && f.LengthS == 0:
			// About the whole recording.
		case lost(f):
			marks = append(marks, trace.Mark{At: f.AtS, Length: f.LengthS, Tone: theme.Warning, Text: f.Message})
		default:
			marks = append(marks, trace.Mark{At: f.AtS, Tone: theme.Muted, Text: f.Message})
		}
	}
	for _, e := range s.Events {
		marks = append(marks, trace.Mark{At: e.AtS, Tone: theme.Muted, Text: strings.TrimSpace(e.Kind + " " + e.Name)})
	}
	slices.SortStableFunc(marks, func(a, b trace.Mark) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return marks
}

// lost tells findings of missing or unreadable samples from mere notes.
func lost(f dataset.Finding) bool {
	return f.Kind == dataset.FindingGap || f.Kind == dataset.FindingUnreadable || f.Kind == dataset.FindingClipped
}

// findingsOf are a session's findings, those of lost samples first.
func findingsOf(s dataset.Session) []dataset.Finding {
	all := slices.Clone(s.Findings)
	for _, r := range s.Recordings {
		all = append(all, r.Findings...)
	}
	slices.SortStableFunc(all, func(a, b dataset.Finding) int {
		switch {
		case lost(a) == lost(b):
			return 0
		case lost(a):
			return -1
		}
		return 1
	})
	return all
}

// progress says how many labels there are, for the status line.
func (l *Label) progress() string {
	n := l.editor.Count(dataset.KindExercise)
	if n == 1 {
		return lang.L("1 set labelled in this session")
	}
	return lang.L("{{.N}} sets labelled in this session", map[string]any{"N": words.Count(int64(n))})
}

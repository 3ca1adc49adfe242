package alignment

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/align"
	"onset/views/theme"
	"onset/views/trace"
)

// anchor is a moment that both devices saw: on the session's axis and on the
// device's own clock, in seconds. NaN is not set yet.
type anchor struct{ session, own float64 }

func (a anchor) whole() bool { return !math.IsNaN(a.session) && !math.IsNaN(a.own) }

// place sets a moment of the newest anchor, from a click or a key in the upper
// (session) or the lower (device) trace. t is a time of the axis shown.
func (a *Alignment) place(upper bool, t float64) {
	n := len(a.anchors)
	if n == 0 || a.anchors[n-1].whole() {
		a.anchors = append(a.anchors, anchor{math.NaN(), math.NaN()})
		n++
	}
	last := &a.anchors[n-1]
	if upper {
		last.session = t
	} else {
		last.own = (t - a.now.ShiftS) / a.now.Stretch
	}
	a.note, a.urgent = "", false
	if last.whole() {
		a.fit()
	}
	a.show()
}

// fit lays the device on the session by the anchors that are whole.
func (a *Alignment) fit() {
	var list []align.Anchor
	for _, p := range a.anchors {
		if p.whole() {
			list = append(list, align.Anchor{Device: p.own, Session: p.session})
		}
	}
	if len(list) == 0 {
		return
	}
	fit, residual, err := align.ByAnchors(list)
	if err != nil {
		a.note, a.urgent = app.Explain(err).What, true
		return
	}
	a.windows = 0
	a.now = dataset.Alignment{ShiftS: fit.Shift, Stretch: fit.Stretch, Method: "anchors", ResidualS: residual}
	a.showTraces(false)
}

// unplace forgets the newest anchor.
func (a *Alignment) unplace() {
	if n := len(a.anchors); n > 0 {
		a.anchors = a.anchors[:n-1]
		if a.now = a.kept(); n > 1 {
			a.fit()
		}
		a.showTraces(false)
		a.show()
	}
}

// byHand takes shift (seconds) and drift (parts per million) as typed.
func (a *Alignment) byHand(shift, drift string) {
	s, err := number(shift)
	d, derr := number(drift)
	if err != nil || derr != nil || math.Abs(d) > 1e5 {
		a.note, a.urgent = lang.L("Shift is in seconds, drift in parts per million"), true
		a.show()
		return
	}
	a.anchors, a.windows = nil, 0
	a.now = dataset.Alignment{ShiftS: s, Stretch: 1 + d/1e6, Method: "hand"}
	a.note, a.urgent = "", false
	a.showTraces(false)
	a.show()
}

func number(text string) (float64, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	return strconv.ParseFloat(strings.ReplaceAll(strings.TrimPrefix(text, "+"), ",", "."), 64)
}

func (a *Alignment) marks(upper bool) []trace.Mark {
	var list []trace.Mark
	for i, p := range a.anchors {
		t := p.session
		if !upper {
			t = a.now.ShiftS + a.now.Stretch*p.own
		}
		if !math.IsNaN(t) {
			list = append(list, trace.Mark{At: t, Tone: theme.Accent, Text: lang.L("anchor {{.N}}", map[string]any{"N": i + 1})})
		}
	}
	return slices.Clip(list)
}

package shell

import (
	"fmt"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// jobStrip shows the newest running job and how many more there are. A tap
// opens the list of jobs.
type jobStrip struct {
	widget.BaseWidget
	open, cancel     func()
	name, more, left *parts.Text
	bar              *parts.Bar
	box              *fyne.Container
}

func newJobStrip(open func(), cancel func(id int)) *jobStrip {
	j := &jobStrip{open: open, name: parts.Small(""), more: parts.Small(""), bar: parts.NewBar(0), left: parts.Small("")}
	j.box = parts.HBox(6, j.name, parts.Sized(120, 5, j.bar), j.left, j.more,
		newMini(lang.L("Cancel"), func() { j.cancel() }))
	j.cancel = func() {}
	j.ExtendBaseWidget(j)
	j.Hide()
	return j
}

// set shows the jobs that run; none hides the strip.
func (j *jobStrip) set(jobs []app.JobStatus, cancel func(id int)) {
	var running []app.JobStatus
	for _, s := range jobs {
		if s.Running() {
			running = append(running, s)
		}
	}
	if len(running) == 0 {
		j.Hide()
		return
	}
	newest := running[len(running)-1]
	j.cancel = func() { cancel(newest.ID) }
	j.name.SetText(newest.Name)
	j.bar.SetValue(max(newest.Fraction, 0))
	j.left.SetText(progressText(newest))
	j.more.SetText("")
	if n := len(running) - 1; n > 0 {
		j.more.SetText(lang.N("{{.N}} more", n, map[string]any{"N": n}))
	}
	j.Show()
	j.Refresh()
}

// Tapped opens the list of jobs.
func (j *jobStrip) Tapped(*fyne.PointEvent) { j.open() }

// CreateRenderer implements fyne.Widget.
func (j *jobStrip) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(j.box) }

// progressText is the share done, the rate and the time left, as far as known.
func progressText(s app.JobStatus) string {
	text := ""
	if s.Fraction >= 0 {
		text = fmt.Sprintf("%.0f %%", 100*s.Fraction)
	}
	if s.Rate >= slowest && s.Unit != "" {
		text = joined(text, rateText(s.Rate, s.Unit))
	}
	if s.TimeLeft > 0 {
		text = joined(text, lang.L("{{.Time}} left", map[string]any{"Time": roughly(s.TimeLeft)}))
	}
	if text == "" {
		text = s.Message
	}
	return text
}

// slowest is the least rate that is told; of slower work the time left says more.
const slowest = 0.05

func rateText(rate float64, unit string) string {
	if unit == "bytes" {
		return words.Bytes(int64(rate)) + "/s"
	}
	return lang.L("{{.Rate}} {{.Unit}}/s", map[string]any{"Rate": short(rate), "Unit": unit})
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// short writes a rate with three figures and k or M.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.1f M", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.0f k", v/1e3)
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// roughly writes a time left no finer than is known: seconds below a minute,
// then minutes, then hours.
func roughly(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s < 60:
		return lang.L("{{.N}} s", map[string]any{"N": int(math.Ceil(s))})
	case s < 3600:
		return lang.L("{{.N}} min", map[string]any{"N": int(math.Ceil(s / 60))})
	}
	return lang.L("{{.N}} h", map[string]any{"N": int(math.Ceil(s / 3600))})
}

// mini is a small quiet button for the status line and lists.
type mini struct {
	widget.BaseWidget
	text   *parts.Text
	ground *parts.Fill
	tapped func()
}

func newMini(word string, tapped func()) *mini {
	m := &mini{text: parts.NewText(word, parts.Style{Size: theme.TextSmall}), ground: parts.NewFill(theme.Raised), tapped: tapped}
	m.ground.Border, m.ground.Radius = theme.Line, theme.RadiusSmall
	m.ExtendBaseWidget(m)
	return m
}

// Tapped runs the action.
func (m *mini) Tapped(*fyne.PointEvent) { m.tapped() }

// MouseIn lights the button.
func (m *mini) MouseIn(*desktop.MouseEvent) { m.light(theme.AccentSoft) }

// MouseMoved does nothing.
func (m *mini) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends the light.
func (m *mini) MouseOut() { m.light(theme.Raised) }

func (m *mini) light(tone fyne.ThemeColorName) {
	m.ground.Tone = tone
	m.ground.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (m *mini) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(m.ground, parts.InsetXY(6, 1, m.text)))
}

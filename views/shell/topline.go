package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// where is what the top line says.
type where struct {
	Study  string   // name of the open study; empty when none is open
	Path   []string // person and session, when one is open
	Model  string   // the model in use, such as "mlp-04, trained without P07"
	Notice string   // such as "Simulated data"
	Rater  string
	Keys   string // the open key file's name; empty when none is open
}

// topline says which study, person, session and model is on the screen, and
// leads to the palette and the rater's initials.
type topline struct {
	widget.BaseWidget
	brand, study, path, model, notice, rater *parts.Text
	chip                                     *fyne.Container
	search                                   *searchHint
	pill, keys                               *pill
	object                                   *fyne.Container
}

func newTopline(search, rater, keys func()) *topline {
	t := &topline{
		brand:  parts.NewText("Onset", parts.Style{Bold: true}),
		study:  parts.NewText("", parts.Style{Bold: true}),
		path:   parts.NewText("", parts.Style{Tone: theme.Muted}),
		model:  parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true}),
		notice: parts.NewText("", parts.Style{Tone: theme.Warning, Size: theme.TextSmall, Bold: true}),
	}
	t.search = newSearchHint(search)
	t.pill = newPill(rater)
	t.rater = t.pill.text
	t.keys = newPill(keys)
	t.keys.Hide()
	ground := parts.NewFill("")
	ground.Border, ground.Radius = theme.Warning, theme.RadiusSmall+1
	t.chip = container.NewStack(ground, parts.InsetXY(7, 2, t.notice))
	t.chip.Hide()
	left := parts.HBox(theme.Space3, t.brand, parts.HBox(6, t.study, t.path), t.chip)
	right := parts.HBox(theme.Space3, t.search, t.keys, t.pill)
	line := parts.Below(parts.InsetXY(theme.Space3, 6,
		container.NewBorder(nil, nil, left, right, parts.InsetXY(theme.Space3, 0, t.model))), parts.Rule())
	t.object = container.NewStack(parts.NewFill(theme.Panel), line)
	return t
}

// set shows w.
func (t *topline) set(w where) {
	t.study.SetText(w.Study)
	path := ""
	for _, p := range w.Path {
		path += "/ " + p + " "
	}
	t.path.SetText(path)
	model := ""
	if w.Model != "" {
		model = lang.L("model {{.Name}}", map[string]any{"Name": w.Model})
	}
	t.model.SetText(model)
	t.notice.SetText(w.Notice)
	t.chip.Hidden = w.Notice == ""
	rater := w.Rater
	if rater == "" {
		rater = lang.L("not set")
	}
	t.rater.SetText(lang.L("Rater: {{.Name}}", map[string]any{"Name": rater}))
	t.keys.text.SetText(lang.L("Key: {{.Name}}", map[string]any{"Name": shortened(w.Keys, 24)}))
	t.keys.Hidden = w.Keys == ""
	t.object.Refresh()
}

// shortened cuts the middle out of a name of more than most letters.
func shortened(name string, most int) string {
	r := []rune(name)
	if len(r) <= most {
		return name
	}
	return string(r[:most-8]) + "…" + string(r[len(r)-7:])
}

// searchHint looks like a field and opens the palette.
type searchHint struct {
	widget.BaseWidget
	tapped func()
}

func newSearchHint(tapped func()) *searchHint {
	s := &searchHint{tapped: tapped}
	s.ExtendBaseWidget(s)
	return s
}

// Tapped opens the palette.
func (s *searchHint) Tapped(*fyne.PointEvent) { s.tapped() }

// Cursor says that it takes text.
func (s *searchHint) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer implements fyne.Widget.
func (s *searchHint) CreateRenderer() fyne.WidgetRenderer {
	ground := parts.NewFill(theme.Raised)
	ground.Border, ground.Radius = theme.Line, theme.Radius
	hint := parts.NewText(lang.L("Search or run a command"), parts.Style{Tone: theme.Muted})
	row := parts.HBox(theme.Space2, hint, layout.NewSpacer(), parts.KeyCap("Ctrl K"))
	return widget.NewSimpleRenderer(container.NewStack(ground, parts.Sized(250, 28, parts.InsetXY(10, 0, row))))
}

// pill is a rounded word that can be tapped.
type pill struct {
	widget.BaseWidget
	text   *parts.Text
	tapped func()
	over   func(in bool) // the pointer comes or goes; nil for nothing
}

func newPill(tapped func()) *pill {
	p := &pill{text: parts.NewText("", parts.Style{}), tapped: tapped}
	p.ExtendBaseWidget(p)
	return p
}

// Tapped runs the pill's action.
func (p *pill) Tapped(*fyne.PointEvent) { p.tapped() }

// MouseIn, MouseMoved and MouseOut tell of the pointer.
func (p *pill) MouseIn(*desktop.MouseEvent) {
	if p.over != nil {
		p.over(true)
	}
}

// MouseMoved is of no interest.
func (p *pill) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is the counterpart of MouseIn.
func (p *pill) MouseOut() {
	if p.over != nil {
		p.over(false)
	}
}

// CreateRenderer implements fyne.Widget.
func (p *pill) CreateRenderer() fyne.WidgetRenderer {
	ground := parts.NewFill("")
	ground.Border, ground.Radius = theme.Line, 12
	return widget.NewSimpleRenderer(container.NewStack(ground, parts.InsetXY(12, 4, p.text)))
}

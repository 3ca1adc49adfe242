package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Stat is a small caption over a value on a raised ground.
type Stat struct {
	widget.BaseWidget
	caption, value *Text
}

// NewStat is a stat.
func NewStat(caption, value string) *Stat {
	s := &Stat{caption: Small(caption), value: NewText(value, Style{Cut: true})}
	s.ExtendBaseWidget(s)
	return s
}

// SetCaption changes what the value is called.
func (s *Stat) SetCaption(caption string) { s.caption.SetText(caption) }

// SetValue changes the value.
func (s *Stat) SetValue(value string) { s.value.SetText(value) }

// CreateRenderer is for the toolkit.
func (s *Stat) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(cell(cellGround(), s.caption, s.value))
}

func cellGround() *Fill {
	ground := NewFill(theme.Raised)
	ground.Border, ground.Radius = theme.Line, theme.Radius
	return ground
}

func cell(ground *Fill, caption, value fyne.CanvasObject) fyne.CanvasObject {
	value = container.New(rowOf{20}, value)
	return container.NewStack(ground, InsetXY(theme.Space2, 4, VBox(0, caption, value)))
}

// Field is a Stat whose value a person edits in place: a tap, or SetFocus from
// a key, opens it; Enter keeps, Escape gives up, leaving the field keeps.
type Field struct {
	widget.BaseWidget
	caption *Text
	value   *Text
	entry   *fieldEntry
	inside  *fyne.Container
	ground  *Fill
	text    string // as edited, without a unit
	shown   string
	named   string // the caption
	refused string // what was typed and not taken, until Set
	// Commit is told the new text when it differs from the old. On an error the
	// field keeps what was typed, marked, under the reason until the next Set.
	Commit func(text string) error
	// Next and Previous are where Tab and Shift+Tab go; nil stays.
	Next, Previous *Field
}

var _ fyne.Tappable = (*Field)(nil)

// NewField is an editable stat.
func NewField(caption string, commit func(text string) error) *Field {
	f := &Field{
		caption: NewText(caption, Style{Size: theme.TextSmall, Tone: theme.Muted, Cut: true}), named: caption,
		value: NewText("", Style{Cut: true}), ground: cellGround(), Commit: commit,
	}
	f.entry = &fieldEntry{field: f}
	f.entry.ExtendBaseWidget(f.entry)
	f.entry.Scroll = container.ScrollNone
	f.entry.Hide()
	f.inside = container.NewStack(f.value, container.NewThemeOverride(f.entry, fieldTheme{}))
	f.ExtendBaseWidget(f)
	return f
}

// Set shows a value: text is what is edited, shown what is seen otherwise, such
// as "7.5" and "7.5 kg".
func (f *Field) Set(text, shown string) {
	f.text, f.shown, f.refused = text, shown, ""
	f.caption.SetText(f.named)
	f.caption.SetTone(theme.Muted)
	if shown == "" {
		shown = "–"
	}
	f.value.SetText(shown)
	f.value.SetTone(theme.Text)
}

// Editing reports whether the field is open.
func (f *Field) Editing() bool { return f.entry.Visible() }

// Edit opens the field.
func (f *Field) Edit() {
	c := fyne.CurrentApp().Driver().CanvasForObject(f)
	f.entry.SetText(f.text)
	if f.refused != "" {
		f.entry.SetText(f.refused)
	}
	f.value.Hide()
	f.entry.Show()
	f.ground.Border = theme.Accent
	f.Refresh()
	if c != nil {
		c.Focus(f.entry)
	}
	f.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// Tapped opens the field.
func (f *Field) Tapped(*fyne.PointEvent) {
	if !f.Editing() {
		f.Edit()
	}
}

func (f *Field) close(keep bool) {
	if !f.Editing() {
		return
	}
	f.entry.Hide()
	f.value.Show()
	f.ground.Border = theme.Line
	f.Refresh()
	typed := f.entry.Text
	if !keep || typed == f.text || f.Commit == nil {
		f.Set(f.text, f.shown)
		return
	}
	if err := f.Commit(typed); err != nil {
		f.refused = typed
		f.value.SetText(typed)
		f.value.SetTone(theme.Error)
		f.caption.SetText(err.Error())
		f.caption.SetTone(theme.Error)
		return
	}
	f.refused = ""
	f.value.SetTone(theme.Text)
	f.caption.SetText(f.named)
	f.caption.SetTone(theme.Muted)
}

// CreateRenderer is for the toolkit.
func (f *Field) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(cell(f.ground, f.caption, f.inside))
}

// rowOf gives its one object a fixed height, whatever it asks for, so that
// opening a field moves nothing.
type rowOf struct{ height float32 }

func (r rowOf) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, r.height) }
func (r rowOf) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(0, (size.Height-r.height)/2))
	o[0].Resize(fyne.NewSize(size.Width, r.height))
}

// fieldTheme is the running theme without the space and frame of an entry: the
// field around it has both.
type fieldTheme struct{}

func running() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

func (fieldTheme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if n == fynetheme.ColorNameInputBackground || n == fynetheme.ColorNameInputBorder {
		return color.Transparent
	}
	return running().Color(n, v)
}
func (fieldTheme) Font(s fyne.TextStyle) fyne.Resource     { return running().Font(s) }
func (fieldTheme) Icon(n fyne.ThemeIconName) fyne.Resource { return running().Icon(n) }
func (fieldTheme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case fynetheme.SizeNameInnerPadding, fynetheme.SizeNameInputBorder, fynetheme.SizeNameLineSpacing:
		return 0
	}
	return running().Size(n)
}

type fieldEntry struct {
	widget.Entry
	field *Field
}

// FocusLost keeps what was typed.
func (e *fieldEntry) FocusLost() {
	e.Entry.FocusLost()
	e.field.close(true)
}

// AcceptsTab keeps Tab for walking through the fields.
func (e *fieldEntry) AcceptsTab() bool { return e.field.Next != nil || e.field.Previous != nil }

// walk keeps what was typed and opens the neighbour, or this field again where
// its text was not taken.
func (e *fieldEntry) walk() {
	to := e.field.Next
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		to = e.field.Previous
	}
	e.field.close(true)
	if to == nil || e.field.refused != "" {
		to = e.field
	}
	to.Edit()
}

// TypedKey adds Enter, Escape and Tab.
func (e *fieldEntry) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyTab:
		e.walk()
		return
	case fyne.KeyReturn, fyne.KeyEnter:
		e.field.close(true)
		if e.field.refused != "" { // what is typed next is meant for this field still
			e.field.Edit()
			return
		}
	case fyne.KeyEscape:
		e.field.close(false)
	default:
		e.Entry.TypedKey(key)
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(e.field); c != nil {
		c.Unfocus()
	}
}

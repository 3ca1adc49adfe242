package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

const (
	paletteWidth  = 560
	paletteHeight = 420
)

// palette is the list of all commands with a search field: type, choose with
// the arrow keys, Enter runs, Escape closes.
type palette struct {
	canvas   fyne.Canvas
	popup    *widget.PopUp
	entry    *paletteEntry
	list     *widget.List
	none     *parts.Text
	commands []Command
	found    []Command
	chosen   int
	shown    bool
	// extra offers more commands for what was typed, such as opening a path.
	extra func(typed string) []Command
	// before is what had the focus when the palette opened.
	before fyne.Focusable
}

func newPalette(c fyne.Canvas) *palette {
	p := &palette{canvas: c}
	p.entry = &paletteEntry{palette: p}
	p.entry.ExtendBaseWidget(p.entry)
	p.entry.SetPlaceHolder(lang.L("Search a command, a person, a session, or type a path"))
	p.entry.OnChanged = p.filter
	p.list = widget.NewList(func() int { return len(p.found) },
		func() fyne.CanvasObject { return newPaletteRow() },
		func(i int, o fyne.CanvasObject) { o.(*paletteRow).set(p.found[i], i == p.chosen) })
	p.list.HideSeparators = true
	p.list.OnSelected = func(i int) {
		p.list.UnselectAll()
		p.chosen = i
		p.run()
	}
	p.none = parts.NewText(lang.L("No command has these words"), parts.Style{Tone: theme.Muted})
	body := container.NewBorder(p.entry, nil, nil, nil,
		container.NewStack(p.list, container.NewCenter(p.none)))
	p.popup = widget.NewModalPopUp(parts.Inset(theme.Space2, body), c)
	return p
}

// open shows the palette with commands.
func (p *palette) open(commands []Command) {
	p.commands = commands
	p.before = p.canvas.Focused()
	p.entry.SetText("")
	p.filter("")
	size := p.canvas.Size()
	p.popup.Resize(fyne.NewSize(min(paletteWidth, size.Width-40), min(paletteHeight, size.Height-40)))
	p.popup.Show()
	p.shown = true
	p.canvas.Focus(p.entry)
}

// again is the search field, which has the focus again where a room that opened
// under the palette took it away.
func (p *palette) again() *paletteEntry {
	p.canvas.Focus(p.entry)
	return p.entry
}

func (p *palette) visible() bool { return p.shown }

func (p *palette) close() {
	p.popup.Hide()
	p.shown = false
	if p.before != nil {
		p.canvas.Focus(p.before)
	} else {
		p.canvas.Unfocus()
	}
}

func (p *palette) filter(typed string) {
	p.found = p.found[:0]
	for _, c := range search(p.commands, typed) {
		if c.enabled() {
			p.found = append(p.found, c)
		}
	}
	if p.extra != nil && typed != "" {
		p.found = append(p.extra(typed), p.found...)
	}
	p.none.Hidden = len(p.found) > 0
	p.choose(0)
	p.list.ScrollToTop()
}

func (p *palette) choose(i int) {
	if len(p.found) == 0 {
		p.chosen = 0
		p.list.Refresh()
		return
	}
	p.chosen = min(max(i, 0), len(p.found)-1)
	p.list.Refresh()
	p.list.ScrollTo(p.chosen)
}

// run closes the palette and runs the chosen command.
func (p *palette) run() {
	if p.chosen >= len(p.found) {
		return
	}
	c := p.found[p.chosen]
	p.close()
	c.Run()
}

// paletteEntry is the search field; it keeps the keys that move in the list.
type paletteEntry struct {
	widget.Entry
	palette *palette
}

// TypedKey moves in the list, runs or closes; all else edits the text.
func (e *paletteEntry) TypedKey(k *fyne.KeyEvent) {
	p := e.palette
	switch k.Name {
	case fyne.KeyDown:
		p.choose(p.chosen + 1)
	case fyne.KeyUp:
		p.choose(p.chosen - 1)
	case fyne.KeyPageDown:
		p.choose(p.chosen + 10)
	case fyne.KeyPageUp:
		p.choose(p.chosen - 10)
	case fyne.KeyReturn, fyne.KeyEnter:
		p.run()
	case fyne.KeyEscape:
		p.close()
	default:
		e.Entry.TypedKey(k)
	}
}

// paletteRow is a command's line: what it does, where it belongs, its keys.
type paletteRow struct {
	widget.BaseWidget
	ground       *parts.Fill
	title, group *parts.Text
	keys         *parts.Text
	box          fyne.CanvasObject
}

func newPaletteRow() *paletteRow {
	r := &paletteRow{
		ground: parts.NewFill(""),
		title:  parts.NewText("", parts.Style{}),
		group:  parts.Small(""),
		keys:   parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Mono: true}),
	}
	r.ground.Radius = theme.Radius
	row := parts.HBox(theme.Space2, r.title, r.group, layout.NewSpacer(), r.keys)
	r.box = container.NewStack(r.ground, parts.Sized(10, theme.RowCompact, parts.InsetXY(theme.Space2, 0, row)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *paletteRow) set(c Command, chosen bool) {
	r.title.SetText(c.Title)
	r.group.SetText(c.Group)
	r.keys.SetText(c.Keys)
	r.ground.Tone = ""
	if chosen {
		r.ground.Tone = theme.AccentSoft
	}
	r.ground.Refresh()
	r.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *paletteRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

package label

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// chooseTracks shows every track that there is, recorded and derived: which are
// shown, in which order, with which range, and whether their axes are apart.
func (t *toolbar) chooseTracks() {
	c := fyne.CurrentApp().Driver().CanvasForObject(t.l.object)
	if c == nil || t.l.session == nil {
		return
	}
	rows := parts.VBox(theme.Space1)
	var fill func()
	fill = func() {
		rows.RemoveAll()
		for i := range t.all {
			rows.Add(t.trackRow(i, fill))
		}
		rows.Refresh()
	}
	fill()
	hint := parts.NewParagraph(lang.L("A range is two values, such as -2 2; an empty one fits what was recorded. Derived tracks are computed from what was recorded and change nothing. Those below a frequency are filtered forwards and backwards, so nothing comes late."), true)
	head := parts.VBox(theme.Space2, parts.Heading(lang.L("Tracks")), hint)
	const least, row = 440, 34
	height := max(least, min(180+row*float32(len(t.all)), c.Size().Height*0.8))
	popup := t.l.popup(c, container.NewBorder(head, nil, nil, nil, container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, theme.Space3), rows))), 640, height)
	popup()
}

func (t *toolbar) trackRow(i int, again func()) fyne.CanvasObject {
	k := &t.all[i]
	changed := func() {
		t.fill()
		t.arrange()
	}
	shown := widget.NewCheck(k.Name, nil)
	shown.SetChecked(k.shown)
	shown.OnChanged = func(on bool) {
		if on != t.all[i].shown {
			t.toggle(t.all[i].ID)
			again()
		}
	}
	apart := widget.NewCheck(lang.L("apart"), nil)
	apart.SetChecked(k.apart)
	apart.OnChanged = func(on bool) {
		t.all[i].apart = on
		changed()
	}
	if len(k.Channels) < 2 {
		apart.Disable()
	}
	limits := widget.NewEntry()
	limits.SetPlaceHolder(lang.L("whole range"))
	if k.Lo < k.Hi {
		limits.SetText(fmt.Sprintf("%g %g", k.Lo, k.Hi))
	}
	limits.OnSubmitted = func(text string) {
		lo, hi, err := parseRange(text)
		limits.SetValidationError(err)
		if err == nil {
			t.all[i].Lo, t.all[i].Hi = lo, hi
			changed()
		}
	}
	move := func(by int) func() {
		return func() {
			if j := i + by; j >= 0 && j < len(t.all) {
				t.all[i], t.all[j] = t.all[j], t.all[i]
				changed()
				again()
			}
		}
	}
	right := parts.HBox(theme.Space2, apart, parts.Sized(110, 30, limits),
		parts.NewButton("↑", "", move(-1)), parts.NewButton("↓", "", move(1)))
	return container.NewBorder(nil, nil, nil, right, shown)
}

// parseRange reads two values; nothing is the whole range, as two zeros.
func parseRange(text string) (lo, hi float64, err error) {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' })
	if len(fields) == 0 {
		return 0, 0, nil
	}
	if len(fields) != 2 {
		return 0, 0, fmt.Errorf("two values, such as -2 2")
	}
	if lo, err = strconv.ParseFloat(strings.ReplaceAll(fields[0], ",", "."), 64); err == nil {
		hi, err = strconv.ParseFloat(strings.ReplaceAll(fields[1], ",", "."), 64)
	}
	if err != nil || !(lo < hi) || hi-lo > 1e12 {
		return 0, 0, fmt.Errorf("two values, the smaller first")
	}
	return lo, hi, nil
}

// popup makes a modal panel with a close button; calling what it returns shows
// it. Escape closes it.
func (l *Label) popup(c fyne.Canvas, content fyne.CanvasObject, width, height float32) (show func()) {
	var p *widget.PopUp
	done := func() {
		l.inPopup, l.onEnter = nil, nil
		p.Hide()
		l.focus()
	}
	foot := container.NewBorder(nil, nil, nil, parts.NewButton(lang.L("Close"), "Esc", done))
	body := container.NewBorder(nil, parts.VBox(theme.Space2, parts.Rule(), foot), nil, nil, content)
	p = widget.NewModalPopUp(parts.Inset(theme.Space3, body), c)
	size := c.Size()
	p.Resize(fyne.NewSize(min(width, size.Width-40), min(height, size.Height-40)))
	return func() {
		l.inPopup = done
		p.Show()
		c.Unfocus()
	}
}

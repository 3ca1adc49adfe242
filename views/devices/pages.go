package devices

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/room"
	"onset/views/theme"
)

// Page is another part of the room, behind its own tab.
type Page interface {
	Content() fyne.CanvasObject
	Shown()
	Hidden()
	SetStatus(show func(sentence string, urgent bool))
	Commands() []room.Command
	DumpState() map[string]any
}

// pages are the room's two pages and the tabs above them.
type pages struct {
	models fyne.CanvasObject
	tabs   [2]*parts.Button
	front  int
}

// paged puts models on the first page and the server on the second.
func (d *Devices) paged(models fyne.CanvasObject) fyne.CanvasObject {
	d.pages.models = models
	d.pages.tabs = [2]*parts.Button{parts.NewButton(lang.L("Models"), "", func() { d.turn(0) }), parts.NewButton(lang.L("Sync server"), "", func() { d.turn(1) })}
	d.pages.tabs[0].SetChosen(true)
	d.server.Content().Hide()
	bar := parts.Below(parts.InsetXY(theme.Space3, 7, parts.HBox(theme.Space2, d.pages.tabs[0], d.pages.tabs[1])), parts.Rule())
	return parts.Above(bar, container.NewStack(models, parts.Inset(theme.Space2, d.server.Content())))
}

// turn shows one of the pages.
func (d *Devices) turn(page int) {
	p := &d.pages
	if p.front == page {
		return
	}
	p.front = page
	for i, b := range p.tabs {
		b.SetChosen(i == page)
	}
	if page == 1 {
		p.models.Hide()
		d.server.Content().Show()
		d.server.Shown()
	} else {
		d.server.Hidden()
		d.server.Content().Hide()
		p.models.Show()
	}
	d.object.Refresh() // showing alone paints nothing
}

// serverCommands are those of the server's page, which is shown for them.
func (d *Devices) serverCommands() []room.Command {
	out := []room.Command{{ID: "devices.server", Name: lang.L("Show the sync server"), Run: func() { d.turn(1) }},
		{ID: "devices.models", Name: lang.L("Show models for devices"), Run: func() { d.turn(0) }}}
	for _, c := range d.server.Commands() {
		run := c.Run
		c.Run = func() { d.turn(1); run() }
		out = append(out, c)
	}
	return out
}

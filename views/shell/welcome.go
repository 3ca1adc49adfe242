package shell

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"onset/app"
	"onset/views/icon"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// welcome is what is seen while no study is open.
type welcome struct {
	shell  *Shell
	recent *fyne.Container
	title  fyne.CanvasObject
	object fyne.CanvasObject
}

func newWelcome(s *Shell) *welcome {
	w := &welcome{shell: s, recent: parts.VBox(2)}
	mark := canvas.NewImageFromResource(icon.Program())
	mark.FillMode = canvas.ImageFillContain
	mark.SetMinSize(fyne.NewSize(56, 56))
	head := parts.HBox(theme.Space4, mark, parts.VBox(theme.Space1,
		parts.NewText("Onset", parts.Style{Size: 22, Bold: true}),
		parts.NewText(lang.L("Recognise an exercise from its first second"), parts.Style{Tone: theme.Muted})))
	actions := parts.HBox(theme.Space2,
		parts.NewPrimary(lang.L("New study"), "Ctrl N", s.newStudy),
		parts.NewButton(lang.L("Open study"), "Ctrl O", s.openStudy),
		parts.NewButton(lang.L("Open sample study"), "", s.openSample))
	hint := parts.NewParagraph(lang.L("A study is one file that you own. Make one, then drop recordings on this window to import them. "+
		"The sample study holds simulated people and shows every room at work."), true)
	w.title = parts.Section(lang.L("Recent studies"), "")
	w.title.Hide()
	column := parts.VBox(theme.Space4, head, hint, actions, parts.Sized(10, 8, layout.NewSpacer()), w.title, w.recent)
	w.object = container.NewStack(parts.NewFill(theme.Ground), container.NewCenter(parts.Sized(560, 360, column)))
	return w
}

// set lists recent studies.
func (w *welcome) set(list []app.RecentStudy, now time.Time) {
	w.recent.RemoveAll()
	for i, r := range list {
		if i == 6 {
			break
		}
		w.recent.Add(w.row(r, now))
	}
	if len(list) > 0 {
		w.title.Show()
	} else {
		w.title.Hide()
	}
	w.object.Refresh()
}

func (w *welcome) row(r app.RecentStudy, now time.Time) fyne.CanvasObject {
	name := parts.NewText(r.Name, parts.Style{Bold: true, Cut: true})
	path := parts.NewText(r.Path, parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})
	when := parts.Small(ago(now.Sub(r.OpenedAt)))
	tap := func() { w.shell.openPath(r.Path) }
	if r.Missing {
		when = parts.NewText(lang.L("not where it was"), parts.Style{Tone: theme.Warning, Size: theme.TextSmall})
		tap = func() { w.shell.forgetRecent(r) }
	}
	return parts.NewRow(container.NewBorder(nil, nil, nil, when, parts.VBox(0, name, path)), tap)
}

// ago says roughly how long ago something was.
func ago(d time.Duration) string {
	switch minutes, hours := int(d.Minutes()), int(d.Hours()); {
	case d < 2*time.Minute:
		return lang.L("just now")
	case d < time.Hour:
		return lang.L("{{.N}} min ago", map[string]any{"N": minutes})
	case d < 48*time.Hour:
		return lang.L("{{.N}} h ago", map[string]any{"N": hours})
	default:
		return lang.L("{{.N}} days ago", map[string]any{"N": hours / 24})
	}
}

// loadRecent reads the list of recent studies off the interface's goroutine.
func (s *Shell) loadRecent() {
	task.Run(s.recents, func(context.Context) ([]app.RecentStudy, error) { return s.bench.Recent(), nil },
		func(list []app.RecentStudy, _ error) {
			s.recent = list
			s.welcome.set(list, s.now())
			s.refreshMenu()
		})
}

package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/devices/sync/store"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// releaseList shows what was published and publishes more.
type releaseList struct {
	page    *Server
	model   *widget.Select
	channel *widget.Entry
	share   *widget.Entry
	send    *parts.Button
	stage   *parts.Button
	back    *parts.Button
	note    *parts.Text
	grid    *rows
	object  fyne.CanvasObject
}

func newReleaseList(s *Server) *releaseList {
	l := &releaseList{page: s, note: note(), channel: widget.NewEntry(), share: widget.NewEntry()}
	l.model = widget.NewSelect(nil, func(string) { l.picked() })
	l.model.PlaceHolder = lang.L("Choose a model")
	l.channel.SetPlaceHolder("sensors/group/variant")
	l.share.SetText("100")
	l.send = parts.NewButton(lang.L("Publish"), "", l.publish)
	l.stage = parts.NewButton(lang.L("Share…"), "", l.rollOut)
	l.back = parts.NewButton(lang.L("Roll back…"), "", l.rollBack)
	l.grid = newRows([]grid.Column{{Title: lang.L("Release channel"), Weight: 2.2, Bold: true}, {Title: lang.L("Version"), Width: 68, Numeric: true},
		{Title: lang.L("Model"), Weight: 1}, {Title: lang.L("Given to"), Width: 118}, {Title: lang.L("Works on"), Width: 78, Numeric: true},
		{Title: lang.L("Failed on"), Width: 78, Numeric: true}, {Title: lang.L("Published"), Width: 132, Muted: true}}, l.buttons)
	form := container.NewBorder(nil, nil, parts.Sized(250, 1, l.model),
		container.NewHBox(parts.Small(lang.L("to")), parts.Sized(56, 1, l.share), parts.Small(lang.L("% of devices")), l.send), l.channel)
	l.object = container.NewBorder(container.NewBorder(nil, nil, parts.Section(lang.L("Published models"), ""),
		parts.HBox(theme.Space2, l.stage, l.back), parts.InsetXY(theme.Space2, 0, l.note)), nil, nil, nil,
		container.NewBorder(parts.InsetXY(0, theme.Space1, form), nil, nil, nil, l.grid.Object()))
	return l
}

// picked proposes the chosen model's release channel.
func (l *releaseList) picked() {
	if i := l.model.SelectedIndex(); i >= 0 && i < len(l.page.seen.models) {
		l.channel.SetText(l.page.seen.channels[l.page.seen.models[i].ID])
		l.page.pairing.show()
	}
	l.buttons()
}

// percent is the share that stands in the field.
func percent(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if err != nil || n < 0 || n > 100 {
		return 0, fmt.Errorf("%q is no share: write a number of percent up to 100", text)
	}
	return n, nil
}

// publish exports, proves and signs the chosen model.
func (l *releaseList) publish() {
	s := l.page
	i := l.model.SelectedIndex()
	if i < 0 || i >= len(s.seen.models) || s.busy || !s.seen.state.Made || !s.mayChange() {
		return
	}
	share, err := percent(l.share.Text)
	if err != nil {
		s.actions.Error(err)
		return
	}
	var r store.Release
	job := s.bench.PublishModel(s.seen.models[i].ID, strings.TrimSpace(l.channel.Text), share, "", func(x store.Release, _ error) { r = x }) // read after the job has ended
	s.after(job, func() {
		s.say(lang.L("Version {{.V}} of {{.Channel}} is published, to {{.P}} % of the devices", map[string]any{"V": r.Version, "Channel": r.Channel, "P": r.Percent}), false)
	})
}

func (l *releaseList) chosen() (store.Release, bool) {
	id := l.grid.chosen()
	for _, r := range l.page.seen.releases {
		if releaseID(r) == id {
			return r, true
		}
	}
	return store.Release{}, false
}

func releaseID(r store.Release) string { return fmt.Sprintf("%s %d", r.Channel, r.Version) }

// rollOut asks for the share of devices that get the chosen staged release.
func (l *releaseList) rollOut() {
	r, ok := l.chosen()
	if !ok || r.State != store.ReleaseRolling || !l.page.mayChange() {
		return
	}
	s := l.page
	s.actions.AskFor(lang.L("Share of the devices"), lang.L("How many percent of the devices of {{.Channel}} get version {{.V}}; 0 takes it back.",
		map[string]any{"Channel": r.Channel, "V": r.Version}), strconv.Itoa(r.Percent), func(text string) {
		share, err := percent(text)
		if err != nil {
			s.actions.Error(err)
			return
		}
		s.do(func(ctx context.Context) error {
			_, err := s.bench.RollOut(ctx, r.Channel, share, "")
			return err
		})
	})
}

// rollBack gives the devices of the chosen release channel the model before.
func (l *releaseList) rollBack() {
	r, ok := l.chosen()
	if !ok || !l.page.mayChange() {
		return
	}
	s := l.page
	s.actions.Confirm(lang.L("Roll {{.Channel}} back?", map[string]any{"Channel": r.Channel}),
		lang.L("Its devices get the model before the present one again, as a new version, when they next look."), lang.L("Roll back"), func() {
			s.do(func(ctx context.Context) error {
				_, err := s.bench.RollBack(ctx, r.Channel, "rolled back from the window")
				return err
			})
		})
}

func (l *releaseList) show() {
	p := l.page.seen
	names := make([]string, len(p.models))
	for i, m := range p.models {
		names[i] = words.ModelLine(m)
	}
	if strings.Join(names, "\n") != strings.Join(l.model.Options, "\n") {
		l.model.SetOptions(names)
		if len(names) > 0 {
			l.model.SetSelectedIndex(0)
		}
	}
	ids, lines := make([]string, len(p.releases)), make([][]string, len(p.releases))
	for i, r := range p.releases {
		ids[i], lines[i] = releaseID(r), []string{r.Channel, strconv.Itoa(r.Version), p.modelName(r.Model), givenTo(r), strconv.Itoa(r.Active), strconv.Itoa(r.Bad), moment(r.Published)}
	}
	l.grid.Set(ids, lines)
	l.note.SetText("")
	switch {
	case len(p.models) == 0:
		l.note.SetText(lang.L("Train a model first"))
	case len(ids) == 0:
		l.note.SetText(lang.L("None yet: devices of a release channel get what is published there"))
	}
	l.buttons()
}

// givenTo says who gets a release.
func givenTo(r store.Release) string {
	switch r.State {
	case store.ReleaseRolling:
		return lang.L("{{.P}} % of devices", map[string]any{"P": r.Percent})
	case store.ReleaseStable:
		return lang.L("all devices")
	case store.ReleaseHalted:
		return lang.L("taken back")
	}
	return lang.L("replaced")
}

func (l *releaseList) buttons() {
	r, ok := l.chosen()
	ok = ok && !l.page.seen.state.ReadOnly
	enable(l.send, !l.page.seen.state.ReadOnly && l.page.seen.state.Made && l.model.SelectedIndex() >= 0 && !l.page.busy)
	enable(l.stage, ok && r.State == store.ReleaseRolling)
	enable(l.back, ok)
}

package label

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
	"onset/views/trace/kernel"
)

// mostAtFirst is how many tracks are shown before the person chooses: more
// would be too low to read.
const mostAtFirst = 3

// toolbar is the line above the trace and the hints below it.
type toolbar struct {
	l      *Label
	tracks *fyne.Container
	all    []trace.Track // every track of the session; shown or not
	shown  map[string]bool
	sets   *widget.Select
	setup  bool // the select is being filled
	hint   *parts.Button
	goTo   *moment
	object fyne.CanvasObject
	hints  fyne.CanvasObject
}

func newToolbar(l *Label) *toolbar {
	t := &toolbar{l: l, shown: map[string]bool{}}
	t.tracks = container.New(layout.NewCustomPaddedHBoxLayout(theme.Space2))
	t.sets = widget.NewSelect(nil, t.takeSet)
	t.hint = parts.NewButton(lang.L("Suggest sets"), "S", l.suggest)
	t.goTo = newMoment(func(at float64) {
		l.trace.GoTo(at)
		l.focus()
	})
	right := parts.HBox(theme.Space2,
		parts.NewText(lang.L("Label set"), parts.Style{Tone: theme.Muted}), parts.Sized(120, 28, t.sets),
		t.hint, parts.NewButton(lang.L("Fit"), "F", l.trace.Fit))
	t.object = parts.Below(
		parts.InsetXY(theme.Space3, 5, parts.Split(
			parts.InsetXY(theme.Space3, 0, parts.Sized(10, 32, container.NewHScroll(parts.HBox(0, t.tracks)))), right)), parts.Rule())
	words := parts.NewText(lang.L("Enter sets an onset here   drag to move labels   [ ] ; ' move edges   N P walk   F1 all keys"),
		parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})
	t.hints = container.NewStack(parts.NewFill(theme.Panel), parts.InsetXY(theme.Space2, 2,
		container.NewBorder(nil, nil, nil, parts.HBox(theme.Space2, parts.Small(lang.L("Go to")), parts.Sized(86, 22, t.goTo)), words)))
	return t
}

// setTracks offers a button for every track and shows the first ones.
func (t *toolbar) setTracks(all []trace.Track) {
	t.all = all
	t.shown = map[string]bool{}
	for i, k := range all {
		t.shown[k.ID] = i < mostAtFirst && (i == 0 || sensorOf(k) == sensorOf(all[0]))
	}
	t.tracks.RemoveAll()
	for _, k := range all {
		var b *parts.Button
		b = parts.NewButton(shortTrack(k, all), "", func() { t.toggle(k.ID, b) })
		b.SetChosen(t.shown[k.ID])
		t.tracks.Add(b)
	}
	t.arrange()
}

// sensorOf is the kind of sensor at the end of a track's ID.
func sensorOf(k trace.Track) string { return k.ID[strings.LastIndexByte(k.ID, '/')+1:] }

// shortTrack is a track's place where the sensor goes without saying.
func shortTrack(k trace.Track, all []trace.Track) string {
	place, sensor, _ := strings.Cut(k.Name, ", ")
	for _, o := range all {
		if other, _, _ := strings.Cut(o.Name, ", "); other == place && sensorOf(o) != sensorOf(k) {
			return place + ", " + sensor
		}
	}
	return place
}

func (t *toolbar) toggle(id string, b *parts.Button) {
	t.shown[id] = !t.shown[id]
	count := 0
	for _, on := range t.shown {
		if on {
			count++
		}
	}
	if count == 0 {
		t.shown[id] = true // something must be seen
	}
	b.SetChosen(t.shown[id])
	t.arrange()
	t.l.focus()
}

func (t *toolbar) arrange() {
	var list []trace.Track
	for _, k := range t.all {
		if t.shown[k.ID] {
			list = append(list, k)
		}
	}
	t.l.trace.ArrangeTracks(list)
}

// axis hides or shows an axis of every track.
func (t *toolbar) axis(name string) {
	for i := range t.all {
		channels := t.all[i].Channels
		for c := range channels {
			if channels[c].Axis == name {
				channels[c].Hidden = !channels[c].Hidden
			}
		}
	}
	t.arrange()
}

// show fills the list of label sets.
func (t *toolbar) show() {
	sets := t.l.editor.Sets()
	own := t.l.editor.Rules().Set
	options := []string{own}
	for _, s := range append(sets, t.l.ownSet()) {
		if s != own && !contains(options, s) {
			options = append(options, s)
		}
	}
	t.setup = true
	if strings.Join(options, "\x00") != strings.Join(t.sets.Options, "\x00") {
		t.sets.SetOptions(options)
	}
	if t.sets.Selected != own {
		t.sets.SetSelected(own)
	}
	t.setup = false
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func (t *toolbar) takeSet(set string) {
	if t.setup || t.l.editor == nil || set == t.l.editor.Rules().Set {
		return
	}
	rules := t.l.editor.Rules()
	rules.Set = set
	t.l.editor.SetRules(rules)
	t.l.choose()
	t.l.focus()
}

// moment is a field for an exact time.
type moment struct {
	widget.Entry
	take func(float64)
}

func newMoment(take func(float64)) *moment {
	m := &moment{take: take}
	m.ExtendBaseWidget(m)
	m.SetPlaceHolder("1:35.500")
	m.OnSubmitted = func(text string) {
		at, err := kernel.ParseTime(text)
		if err != nil {
			m.SetValidationError(err)
			return
		}
		m.SetValidationError(nil)
		m.take(at)
	}
	return m
}

// Edit empties the field for a new time.
func (m *moment) Edit() {
	m.SetText("")
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		c.Focus(m)
	}
}

// TypedKey gives the field up with Escape.
func (m *moment) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
			c.Unfocus()
		}
		return
	}
	m.Entry.TypedKey(e)
}

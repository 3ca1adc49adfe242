package label

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/signals"
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
	all    []choice // every track of the session, in order
	sets   *widget.Select
	setup  bool // the select is being filled
	hint   *parts.Button
	fit    *parts.Button
	more   *parts.Button // all tracks
	words  *parts.Text
	locked fyne.CanvasObject // the sign that labels keep their length
	pass   *parts.Button
	goTo   *moment
	object fyne.CanvasObject
	hints  fyne.CanvasObject
}

// choice is a track and how it is shown.
type choice struct {
	trace.Track
	shown   bool
	apart   bool // an axis of its own for each channel
	derived bool
}

func newToolbar(l *Label) *toolbar {
	t := &toolbar{l: l}
	t.tracks = container.New(fitting{theme.Space2})
	t.sets = widget.NewSelect(nil, t.takeSet)
	t.hint = parts.NewButton(lang.L("Suggest"), "S", l.suggest)
	t.pass = parts.NewButton(lang.L("Pass"), "", l.choosePass)
	t.goTo = newMoment(l)
	t.fit, t.more = parts.NewButton(lang.L("Fit"), "F", l.trace.Fit), parts.NewButton(lang.L("Tracks…"), "T", t.chooseTracks)
	right := parts.HBox(theme.Space2, t.pass, parts.Small(lang.L("Set")), parts.Sized(128, 28, t.sets),
		t.hint, t.fit)
	t.object = parts.Below(
		parts.InsetXY(theme.Space2, 5, container.NewBorder(nil, nil, nil, right, parts.Sized(10, 32, t.tracks))), parts.Rule())
	t.words = parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})
	t.locked = parts.Chip(lang.L("Length locked"), theme.Warning)
	t.locked.Hide()
	t.sayKeys()
	t.hints = container.NewStack(parts.NewFill(theme.Panel), parts.InsetXY(theme.Space2, 2,
		container.NewBorder(nil, nil, nil, parts.HBox(theme.Space2, parts.Small(lang.L("Go to")), parts.Sized(86, 22, t.goTo)),
			container.NewBorder(nil, nil, t.locked, nil, t.words))))
	return t
}

// sayKeys writes the keys as they are mapped now on the buttons and in the hints.
func (t *toolbar) sayKeys() {
	k := t.l.keys
	t.hint.SetKey(k.of("suggest"))
	t.fit.SetKey(k.of("fit"))
	t.more.SetKey(k.of("tracks"))
	var said []string
	add := func(words string, ids ...string) {
		var keys []string
		for _, id := range ids {
			if key := k.of(id); key != "" {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 {
			said = append(said, lang.L(words, map[string]any{"Keys": strings.Join(keys, " ")}))
		}
	}
	add("{{.Keys}} sets an onset here", "onset")
	said = append(said, lang.L("drag to move labels"))
	add("{{.Keys}} move edges", "start-earlier", "start-later", "end-earlier", "end-later")
	add("{{.Keys}} walk", "next", "previous")
	add("{{.Keys}} all keys", "keys")
	t.words.SetText(strings.Join(said, "   "))
}

// sayLock shows the lasting sign that labels keep their length.
func (t *toolbar) sayLock() {
	if t.l.widthLock == t.locked.Visible() {
		return
	}
	if t.l.widthLock {
		t.locked.Show()
	} else {
		t.locked.Hide()
	}
	t.hints.Refresh()
}

// setTracks offers a button for every track and shows the first ones.
func (t *toolbar) setTracks(all []trace.Track) {
	t.all = nil
	for i, k := range all {
		t.all = append(t.all, choice{Track: k, shown: i < mostAtFirst && (i == 0 || sensorOf(k) == sensorOf(all[0]))})
	}
	for _, k := range signals.Derived(all) {
		t.all = append(t.all, choice{Track: k, derived: true})
	}
	t.fill()
	t.arrange()
}

// showTracks shows the tracks of these ids and no others; none changes nothing.
func (t *toolbar) showTracks(ids []string) {
	known := false
	for i := range t.all {
		known = known || slices.Contains(ids, t.all[i].ID)
	}
	if !known {
		return
	}
	for i := range t.all {
		t.all[i].shown = slices.Contains(ids, t.all[i].ID)
	}
	t.fill()
	t.arrange()
}

// fill makes the buttons of the tracks that were recorded, and of those derived
// ones that are shown.
func (t *toolbar) fill() {
	var recorded []trace.Track
	for _, k := range t.all {
		if !k.derived {
			recorded = append(recorded, k.Track)
		}
	}
	t.tracks.RemoveAll()
	for _, k := range t.all {
		if k.derived && !k.shown {
			continue
		}
		word := shortTrack(k.Track, recorded)
		if k.derived {
			word = k.Name[strings.LastIndex(k.Name, ", ")+2:]
		}
		b := parts.NewButton(word, "", func() { t.toggle(k.ID) })
		b.SetChosen(k.shown)
		t.tracks.Add(b)
	}
	t.tracks.Add(t.more)
	t.tracks.Refresh()
}

// sensorOf is the kind of sensor at the end of a track's ID.
func sensorOf(k trace.Track) string { return k.ID[strings.LastIndexByte(k.ID, '/')+1:] }

// shortSensors are the words for sensors where there is little room.
var shortSensors = map[string]string{"accelerometer": "acc", "gyroscope": "gyro", "magnetometer": "mag"}

// shortTrack is a track's place where the sensor goes without saying, else with
// a short word for the sensor.
func shortTrack(k trace.Track, all []trace.Track) string {
	place, sensor, _ := strings.Cut(k.Name, ", ")
	for _, o := range all {
		if other, _, _ := strings.Cut(o.Name, ", "); other == place && sensorOf(o) != sensorOf(k) {
			if short, ok := shortSensors[sensorOf(k)]; ok {
				sensor = short
			}
			return place + " " + sensor
		}
	}
	return place
}

func (t *toolbar) toggle(id string) {
	for i := range t.all {
		if t.all[i].ID == id {
			t.all[i].shown = !t.all[i].shown
			if !slices.ContainsFunc(t.all, func(k choice) bool { return k.shown }) {
				t.all[i].shown = true // something must be seen
			}
		}
	}
	t.fill()
	t.arrange()
	t.l.focus()
}

func (t *toolbar) arrange() {
	var list []trace.Track
	for _, k := range t.all {
		switch {
		case k.shown && k.apart:
			list = append(list, signals.Apart(k.Track)...)
		case k.shown:
			list = append(list, k.Track)
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

// fitting lays objects out in a line as far as there is room; the last one, which
// leads to all of them, is always seen.
type fitting struct{ space float32 }

// MinSize is that of the last object.
func (f fitting) MinSize(o []fyne.CanvasObject) fyne.Size {
	if len(o) == 0 {
		return fyne.Size{}
	}
	return o[len(o)-1].MinSize()
}

// Layout places the objects.
func (f fitting) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if len(o) == 0 {
		return
	}
	last := o[len(o)-1]
	room := size.Width - last.MinSize().Width - f.space
	x, full := float32(0), false
	for _, c := range o[:len(o)-1] {
		m := c.MinSize()
		full = full || x+m.Width > room
		if full {
			c.Hide()
			continue
		}
		c.Show()
		c.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		c.Resize(m)
		x += m.Width + f.space
	}
	m := last.MinSize()
	last.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
	last.Resize(m)
}

// show fills the list of label sets.
func (t *toolbar) show() {
	sets := t.l.editor.Sets()
	own := t.l.editor.Rules().Set
	options := []string{own}
	for _, s := range append(sets, t.l.ownSet()) {
		if s != own && !slices.Contains(options, s) {
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
	t.pass.SetWord(t.l.passName())
	t.sayLock()
}

func (t *toolbar) takeSet(set string) {
	if t.setup || t.l.editor == nil || set == t.l.editor.Rules().Set {
		return
	}
	t.l.workIn(set)
	t.l.focus()
}

// moment is a field for an exact time.
type moment struct {
	widget.Entry
}

func newMoment(l *Label) *moment {
	m := &moment{}
	m.ExtendBaseWidget(m)
	m.SetPlaceHolder("1:35.500")
	m.OnSubmitted = func(text string) {
		at, err := kernel.ParseTime(text)
		if err != nil {
			m.SetValidationError(err)
			l.say(lang.L("“{{.Text}}” is no time: write minutes and seconds such as 1:35.500, or seconds such as 95.5.", map[string]any{"Text": text}), true)
			return
		}
		m.SetValidationError(nil)
		l.hush()
		if most := l.trace.Length(); at > most {
			l.say(lang.L("The session ends at {{.End}}: this is its end.", map[string]any{"End": trace.FormatTime(most)}), false)
		}
		l.visit(at)
		l.focus()
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

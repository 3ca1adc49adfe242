package train

import (
	"errors"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/training"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// choice is an option of a field: what it is called in a config and on screen.
type choice struct{ key, word string }

func labelChoices() []choice {
	return []choice{{"exercise", lang.L("exercise")}, {"execution", lang.L("execution type")},
		{"side", lang.L("side")}, {"exercise+execution", lang.L("exercise and execution")}}
}

func atChoices() []choice {
	return []choice{{training.AtOnset, lang.L("at the onset")}, {training.AtSliding, lang.L("sliding")}}
}

func splitChoices() []choice {
	return []choice{{training.ByParticipant, lang.L("by participant")}, {training.BySession, lang.L("by session")},
		{training.ByTime, lang.L("over time")}}
}

func activationChoices() []choice {
	return []choice{{"relu", "relu"}, {"tanh", "tanh"}, {"sigmoid", "sigmoid"}}
}

func orientationChoices() []choice {
	return []choice{{training.OrientationSensor, lang.L("as worn")}, {training.OrientationGravity, lang.L("gravity aligned")},
		{training.OrientationInvariant, lang.L("orientation-free")}, {training.OrientationHalfTurns, lang.L("half turns")},
		{training.OrientationOctant, lang.L("half turns, mirrored")}}
}

func optimizerChoices() []choice { return []choice{{"adam", "adam"}, {"sgd", "sgd"}} }

// picker is a select whose options have keys.
type picker struct {
	*widget.Select
	choices []choice
}

func newPicker(choices []choice, changed func()) *picker {
	wordsOf := make([]string, len(choices))
	for i, c := range choices {
		wordsOf[i] = c.word
	}
	return &picker{widget.NewSelect(wordsOf, func(string) { changed() }), choices}
}

func (p *picker) key() string {
	for _, c := range p.choices {
		if c.word == p.Selected {
			return c.key
		}
	}
	return p.Selected
}

// set chooses a key; one that has no word of its own is shown as it is.
func (p *picker) set(key string) {
	for _, c := range p.choices {
		if c.key == key {
			p.Selected = c.word
			p.Refresh()
			return
		}
	}
	p.Selected = key
	p.Refresh()
}

// form is what goes into a training, as fields or as text.
type form struct {
	base     training.Config // what the fields do not show
	material material
	start    func(training.Config)
	search   func(training.SearchConfig)

	people                               *parts.Text
	sensors                              *fyne.Container
	checks                               []*widget.Check
	names                                []string
	any                                  *widget.Check
	label, at, split, activation         *picker
	orientation, optimizer               *picker
	window, step, folds, layers, dropout *widget.Entry
	epochs, rate, seed, bridge, minutes  *widget.Entry
	stepField                            fyne.CanvasObject
	leftOut                              *parts.Text
	leaving                              *fyne.Container
	plan                                 *parts.Paragraph
	problem                              *parts.Paragraph
	text                                 *widget.Entry
	asText                               bool
	fields, advanced                     fyne.CanvasObject
	toggle                               *parts.Button
	train, look                          *parts.Button
	filling, busy                        bool
	object                               fyne.CanvasObject
}

const formWidth = 308

func newForm(start func(training.Config), search func(training.SearchConfig)) *form {
	f := &form{base: training.DefaultConfig(), start: start, search: search, people: parts.NewText("", parts.Style{Cut: true}),
		sensors: parts.VBox(0), plan: parts.NewParagraph("", true), problem: parts.NewParagraph("", false)}
	f.label, f.at = newPicker(labelChoices(), f.changed), newPicker(atChoices(), f.changed)
	f.split, f.activation = newPicker(splitChoices(), f.changed), newPicker(activationChoices(), f.changed)
	f.orientation, f.optimizer = newPicker(orientationChoices(), f.changed), newPicker(optimizerChoices(), f.changed)
	for _, e := range []**widget.Entry{&f.window, &f.step, &f.folds, &f.layers, &f.dropout, &f.epochs, &f.rate, &f.seed, &f.bridge, &f.minutes} {
		*e = widget.NewEntry()
		(*e).OnChanged = func(string) { f.changed() }
	}
	f.any = widget.NewCheck(lang.L("any one accelerometer"), func(on bool) { f.chooseAny(on) })
	f.text = widget.NewMultiLineEntry()
	f.text.TextStyle.Monospace = true
	f.text.Wrapping = fyne.TextWrapOff
	f.text.OnChanged = func(string) { f.changed() }
	f.toggle = parts.NewButton(lang.L("Edit as text"), "", f.swap)
	f.train = parts.NewPrimary(lang.L("Train"), "", f.press)
	f.look = parts.NewButton(lang.L("Search"), "", f.pressSearch)
	f.minutes.Text = "10"
	f.object = f.build()
	f.fill(f.base)
	return f
}

func (f *form) build() fyne.CanvasObject {
	f.stepField = field(lang.L("Step, s"), f.step)
	f.fields = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 6, 0, 12), parts.VBox(9,
		field(lang.L("People"), f.people),
		field(lang.L("Sensor set"), f.sensors),
		two(field(lang.L("Label"), f.label.Select), field(lang.L("Windows"), f.at.Select)),
		two(field(lang.L("Window, s"), f.window), f.stepField),
		two(field(lang.L("Longest gap bridged, s"), f.bridge), field(lang.L("Axes"), f.orientation.Select)),
		two(field(lang.L("Judged"), f.split.Select), field(lang.L("Folds, 0 = leave one out"), f.folds)),
		two(field(lang.L("Layers"), f.layers), field(lang.L("Activation"), f.activation.Select)),
		two(field(lang.L("Dropout"), f.dropout), field(lang.L("Epochs"), f.epochs)),
		two(field(lang.L("Optimiser"), f.optimizer.Select), field(lang.L("Rate"), f.rate)),
		two(field(lang.L("Seed"), f.seed), parts.VBox(0)))))
	f.leftOut = parts.NewText("", parts.Style{Tone: theme.Warning, Cut: true})
	f.leaving = container.NewBorder(nil, nil, nil, parts.NewButton(lang.L("Take back"), "", func() { f.without(nil, "") }), f.leftOut)
	f.leaving.Hide()
	f.advanced = container.NewStack(f.text)
	f.advanced.Hide()
	head := parts.VBox(theme.Space2, parts.Section(lang.L("What to learn from"), ""))
	foot := parts.VBox(theme.Space2, parts.Rule(), f.leaving, f.plan, f.problem, parts.HBox(theme.Space2, f.train, f.toggle),
		parts.HBox(theme.Space2, f.look, parts.Small(lang.L("for better nets, minutes")), parts.Sized(58, 30, f.minutes)))
	return container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, parts.Sized(formWidth-24, 10,
		container.NewBorder(head, foot, nil, nil, container.NewStack(f.fields, f.advanced)))))
}

func field(caption string, o fyne.CanvasObject) fyne.CanvasObject {
	return parts.VBox(2, parts.Small(caption), o)
}

func two(a, b fyne.CanvasObject) fyne.CanvasObject { return container.NewGridWithColumns(2, a, b) }

// fill shows c in the fields.
func (f *form) fill(c training.Config) {
	f.filling = true
	f.base = c
	v := valuesOf(c)
	f.label.set(v.Label)
	f.at.set(v.At)
	f.split.set(v.Split)
	f.activation.set(v.Activation)
	f.orientation.set(v.Orientation)
	f.optimizer.set(v.Optimizer)
	for e, s := range map[*widget.Entry]string{f.window: v.Window, f.step: v.Step, f.folds: v.Folds, f.layers: v.Layers,
		f.dropout: v.Dropout, f.epochs: v.Epochs, f.rate: v.Rate, f.seed: v.Seed, f.bridge: v.Bridge} {
		e.SetText(s)
	}
	for i, name := range f.names {
		f.checks[i].SetChecked(slices.Contains(v.Sensors, name))
	}
	f.any.SetChecked(len(v.Sensors) == 0)
	f.filling = false
	f.changed()
}

// set shows what the study has to learn from.
func (f *form) set(m material) {
	f.material = m
	f.people.SetText(m.sentence())
	chosen := f.values().Sensors
	f.sensors.RemoveAll()
	f.checks, f.names = nil, nil
	f.sensors.Add(f.any)
	for _, s := range m.sensors {
		c := widget.NewCheck(lang.L("{{.Sensor}} ({{.N}})", map[string]any{"Sensor": words.Sensor(s.name), "N": s.sessions}), nil)
		c.Checked = slices.Contains(chosen, s.name)
		c.OnChanged = func(on bool) { f.chooseSensor(on) }
		f.checks, f.names = append(f.checks, c), append(f.names, s.name)
		f.sensors.Add(c)
	}
	f.changed()
}

// without leaves sessions out of the training, for a model that can be judged on
// them; none takes it back. text names them.
func (f *form) without(ids []dataset.SessionID, text string) {
	f.base.Data.ExcludeSessions = nil
	for _, id := range ids {
		f.base.Data.ExcludeSessions = append(f.base.Data.ExcludeSessions, string(id))
	}
	f.leftOut.SetText(text)
	if len(ids) > 0 {
		f.leaving.Show()
	} else {
		f.leaving.Hide()
	}
	f.object.Refresh()
	f.changed()
}

func (f *form) chooseAny(on bool) {
	if f.filling {
		return
	}
	f.filling = true
	if on {
		for _, c := range f.checks {
			c.SetChecked(false)
		}
	} else if len(f.values().Sensors) == 0 {
		f.any.SetChecked(true) // something must be read
	}
	f.filling = false
	f.changed()
}

func (f *form) chooseSensor(bool) {
	if f.filling {
		return
	}
	f.filling = true
	f.any.SetChecked(len(f.values().Sensors) == 0)
	f.filling = false
	f.changed()
}

func (f *form) values() values {
	v := values{Label: f.label.key(), At: f.at.key(), Window: f.window.Text, Step: f.step.Text, Bridge: f.bridge.Text, Split: f.split.key(), Folds: f.folds.Text,
		Layers: f.layers.Text, Activation: f.activation.key(), Dropout: f.dropout.Text, Epochs: f.epochs.Text, Rate: f.rate.Text,
		Seed: f.seed.Text, Orientation: f.orientation.key(), Optimizer: f.optimizer.key()}
	for i, c := range f.checks {
		if c.Checked {
			v.Sensors = append(v.Sensors, f.names[i])
		}
	}
	return v
}

// config is what would be trained now.
func (f *form) config() (training.Config, error) {
	if f.asText {
		if isSearch(f.text.Text) {
			c, err := training.ParseSearch([]byte(f.text.Text))
			return c.Config, err
		}
		return training.ParseConfig([]byte(f.text.Text))
	}
	return f.values().config(f.base)
}

// changed says what the training would do, or what is wrong with the form.
func (f *form) changed() {
	if f.filling || f.object == nil {
		return
	}
	if f.at.key() == training.AtSliding {
		f.stepField.Show()
	} else {
		f.stepField.Hide()
	}
	c, err := f.config()
	problem := ""
	switch {
	case err != nil:
		problem = sentence(err)
	case f.material.sessions == 0:
		problem = lang.L("There is nothing to learn from yet: label some sessions first.")
	default:
		problem = f.material.missing(c)
		f.plan.SetText(f.material.plan(c))
	}
	f.problem.SetText(problem)
	if problem != "" {
		f.problem.Show()
		f.plan.Hide()
		f.train.Disable()
		f.look.Disable()
	} else {
		f.problem.Hide()
		f.plan.Show()
		f.train.Enable()
		f.look.Enable()
	}
	if f.busy {
		f.train.Disable()
		f.look.Disable()
	}
}

// setBusy holds Train while a training runs.
func (f *form) setBusy(on bool) {
	f.busy = on
	f.changed()
}

// sentence words what is wrong for the person who typed it.
func sentence(err error) string {
	var bad *training.ConfigError
	if errors.As(err, &bad) {
		text := bad.Text
		if bad.Key != "" {
			text = bad.Key + ": " + text
		}
		if bad.Line > 0 {
			text = lang.L("Line {{.N}}: {{.Text}}", map[string]any{"N": strconv.Itoa(bad.Line), "Text": text})
		}
		return text
	}
	return words.Upper(err.Error())
}

// swap changes between fields and text, taking over what was set.
func (f *form) swap() {
	c, err := f.config()
	if f.asText {
		if err != nil {
			return // the problem is shown; leaving would lose the text
		}
		f.asText = false
		f.advanced.Hide()
		f.fields.Show()
		f.toggle.SetWord(lang.L("Edit as text"))
		f.fill(c)
		return
	}
	if err != nil {
		c = f.base
	}
	f.asText = true
	f.fields.Hide()
	f.advanced.Show()
	f.toggle.SetWord(lang.L("Back to fields"))
	f.text.SetText(text(c))
	f.changed()
}

func (f *form) press() {
	if c, err := f.config(); err == nil && (f.busy || f.problem.Text() == "") {
		f.start(c) // while one runs, this says so
	}
}

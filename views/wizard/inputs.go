package wizard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// keys is what Enter and Escape do in every field of the wizard.
type keys struct{ enter, escape func() }

func (k keys) take(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		k.enter()
	case fyne.KeyEscape:
		k.escape()
	default:
		return false
	}
	return true
}

// input is a line of text.
type input struct {
	widget.Entry
	keys keys
	name string // for scripted runs
}

func newInput(name, hint string, k keys, changed func(string)) *input {
	e := &input{keys: k, name: name}
	e.ExtendBaseWidget(e)
	e.SetPlaceHolder(hint)
	e.OnChanged = changed
	return e
}

// TypedKey adds Enter and Escape.
func (e *input) TypedKey(k *fyne.KeyEvent) {
	if !e.keys.take(k) {
		e.Entry.TypedKey(k)
	}
}

// TargetName names the field to a scripted run.
func (e *input) TargetName() (kind, text string) { return "entry", e.name }

// set shows a text without telling of a change.
func (e *input) set(text string) {
	if e.Text == text {
		return
	}
	changed := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.OnChanged = changed
}

// choice is an option: its key and what it is called.
type choice struct{ key, word string }

// picker is a choice of a few.
type picker struct {
	widget.Select
	keys    keys
	name    string
	choices []choice
}

func newPicker(name string, choices []choice, k keys, changed func(key string)) *picker {
	p := &picker{keys: k, name: name}
	p.ExtendBaseWidget(p)
	p.offer(choices)
	p.OnChanged = func(string) { changed(p.key()) }
	return p
}

func (p *picker) offer(choices []choice) {
	p.choices = choices
	p.Options = nil
	for _, c := range choices {
		p.Options = append(p.Options, c.word)
	}
}

func (p *picker) key() string {
	for _, c := range p.choices {
		if c.word == p.Selected {
			return c.key
		}
	}
	return p.Selected
}

// set chooses without telling of a change; a key without a word is shown as it
// is, and can be chosen again.
func (p *picker) set(key string) {
	word := key
	known := false
	for _, c := range p.choices {
		if c.key == key {
			word, known = c.word, true
		}
	}
	if !known && key != "" {
		p.offer(append(p.choices, choice{key, key}))
	}
	if p.Selected != word {
		p.Selected = word
		p.Refresh()
	}
}

// choose chooses as somebody at the field would.
func (p *picker) choose(key string) {
	for _, c := range p.choices {
		if c.key == key {
			p.SetSelected(c.word)
		}
	}
}

// TypedKey adds Enter and Escape.
func (p *picker) TypedKey(k *fyne.KeyEvent) {
	if !p.keys.take(k) {
		p.Select.TypedKey(k)
	}
}

// TargetName names the field to a scripted run.
func (p *picker) TargetName() (kind, text string) { return "select", p.name }

func field(caption string, o fyne.CanvasObject) fyne.CanvasObject {
	return parts.VBox(2, parts.Small(caption), o)
}

func delimiterChoices() []choice {
	return []choice{{",", lang.L("comma")}, {";", lang.L("semicolon")}, {"tab", lang.L("tab")}, {"space", lang.L("space")}, {"|", "|"}}
}

func decimalChoices() []choice {
	return []choice{{".", lang.L("point: 1.5")}, {",", lang.L("comma: 1,5")}}
}

func headerChoices() []choice {
	return []choice{{"none", lang.L("none")}, {"names", lang.L("a row of names")}, {"units", lang.L("names, then units")}}
}

func emptyChoices() []choice {
	return []choice{{"refuse", lang.L("is an error")}, {"missing", lang.L("is missing if empty")}, {"both", lang.L("is missing")}}
}

func badRowChoices() []choice {
	return []choice{{"refuse", lang.L("is an error")}, {"skip", lang.L("is left out and counted")}}
}

func roleChoices() []choice {
	return []choice{{asSamples, lang.L("samples")}, {asTime, lang.L("time")}, {asLabel, lang.L("exercise")}, {asNothing, lang.L("nothing")}}
}

func timeChoices() []choice {
	return []choice{{"text", lang.L("date and time")}, {"s", lang.L("seconds")}, {"ms", lang.L("milliseconds")}, {"us", lang.L("microseconds")},
		{"ns", lang.L("nanoseconds")}, {"sample", lang.L("sample numbers")}}
}

func fromChoices() []choice {
	return []choice{{"start", lang.L("the start")}, {"1970", lang.L("1970, UTC")}}
}

func kindChoices() []choice {
	var all []choice
	for _, k := range []string{"accelerometer", "gyroscope", "magnetometer", "linear-acceleration", "gravity", "orientation", "heart-rate", "temperature", "pressure", "emg", "value"} {
		all = append(all, choice{k, kindWord(k)})
	}
	return all
}

func kindWord(kind string) string {
	switch kind {
	case "linear-acceleration":
		return lang.L("linear acceleration")
	case "heart-rate":
		return lang.L("heart rate")
	case "emg":
		return "EMG"
	case "value":
		return lang.L("other value")
	}
	return kind
}

func axisChoices() []choice {
	return []choice{{"", lang.L("none")}, {"x", "x"}, {"y", "y"}, {"z", "z"}, {"w", "w"}}
}

func placeChoices(none string) []choice {
	all := []choice{{"", none}}
	for _, p := range []string{"left-wrist", "right-wrist", "left-upper-arm", "right-upper-arm", "chest", "waist", "lower-back", "left-thigh", "right-thigh",
		"left-shank", "right-shank", "left-ankle", "right-ankle", "left-foot", "right-foot", "head"} {
		all = append(all, choice{p, placeWord(p)})
	}
	return all
}

func siteChoices() []choice {
	return []choice{{"", lang.L("not said")}, {"gym", lang.L("gym")}, {"hospital", lang.L("hospital")}, {"home", lang.L("home")}}
}

// chips are small buttons that fill a field.
func chips(words []string, press func(i int)) *fyne.Container {
	row := parts.HBox(theme.Space1)
	for i, w := range words {
		row.Add(parts.NewButton(w, "", func() { press(i) }))
	}
	return row
}

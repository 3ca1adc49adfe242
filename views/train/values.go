package train

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"
	"github.com/BurntSushi/toml"

	"onset/dataset"
	"onset/training"
	"onset/views/words"
)

// values are what the form's fields hold, as typed.
type values struct {
	Sensors                []string // none is "any one accelerometer"
	Label, At              string
	Window, Step, Bridge   string
	Split, Folds           string
	Layers, Activation     string
	Dropout                string
	Epochs, Rate, Seed     string
	Orientation, Optimizer string
}

// fieldError is a field that cannot be used.
type fieldError struct{ Field, Text string }

func (e *fieldError) Error() string { return e.Field + ": " + e.Text }

// valuesOf shows a config in the form's fields.
func valuesOf(c training.Config) values {
	v := values{
		Label: c.Data.Label, At: c.Data.At, Window: number(c.Data.WindowS), Step: number(c.Data.StepS), Bridge: number(c.Data.BridgeS),
		Split: c.Split.By, Folds: strconv.Itoa(c.Split.Folds), Activation: c.Model.Activation, Dropout: number(c.Model.Dropout),
		Epochs: strconv.Itoa(c.Fit.Epochs), Rate: number(c.Fit.Rate), Seed: strconv.FormatUint(c.Fit.Seed, 10),
		Orientation: c.Data.Orientation, Optimizer: c.Fit.Optimizer,
	}
	if !c.Data.SensorSet.IsAny() {
		v.Sensors = append(v.Sensors, c.Data.SensorSet...)
	}
	layers := make([]string, len(c.Model.Layers))
	for i, n := range c.Model.Layers {
		layers[i] = strconv.Itoa(n)
	}
	v.Layers = strings.Join(layers, ", ")
	return v
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// config is base with the fields put in; keys that the form does not show stay
// as they are in base. The error names the first field that cannot be used.
func (v values) config(base training.Config) (training.Config, error) {
	c := base
	c.Data.SensorSet = training.SensorSet{training.Any}
	if len(v.Sensors) > 0 {
		c.Data.SensorSet = slices.Clone(v.Sensors)
	}
	c.Data.Label, c.Data.At, c.Split.By, c.Model.Activation = v.Label, v.At, v.Split, v.Activation
	c.Data.Orientation, c.Fit.Optimizer = v.Orientation, v.Optimizer
	var err error
	float := func(field, text string, to *float64) {
		x, e := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
		if e != nil && err == nil {
			err = &fieldError{field, lang.L("{{.Text}} is not a number", map[string]any{"Text": strconv.Quote(text)})}
		}
		*to = x
	}
	whole := func(field, text string, to *int) {
		x, e := strconv.Atoi(strings.TrimSpace(text))
		if e != nil && err == nil {
			err = &fieldError{field, lang.L("{{.Text}} is not a whole number", map[string]any{"Text": strconv.Quote(text)})}
		}
		*to = x
	}
	float(lang.L("Window"), v.Window, &c.Data.WindowS)
	if v.At == training.AtSliding {
		float(lang.L("Step"), v.Step, &c.Data.StepS)
	}
	float(lang.L("Longest gap bridged"), v.Bridge, &c.Data.BridgeS)
	whole(lang.L("Folds"), v.Folds, &c.Split.Folds)
	float(lang.L("Dropout"), v.Dropout, &c.Model.Dropout)
	whole(lang.L("Epochs"), v.Epochs, &c.Fit.Epochs)
	float(lang.L("Rate"), v.Rate, &c.Fit.Rate)
	seed := 0
	whole(lang.L("Seed"), v.Seed, &seed)
	c.Fit.Seed = uint64(max(seed, 0))
	c.Model.Layers = nil
	for _, part := range strings.FieldsFunc(v.Layers, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		n := 0
		whole(lang.L("Layers"), part, &n)
		c.Model.Layers = append(c.Model.Layers, n)
	}
	if err != nil {
		return c, err
	}
	return c, c.Check()
}

// text is a config as TOML.
func text(c training.Config) string {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return "# " + err.Error() + "\n" + training.ExampleConfig()
	}
	return b.String()
}

// material is what the study has to learn from.
type material struct {
	people, sessions, labels int
	sensors                  []sensorCount
	owned                    []owned
}

// sensorCount is a sensor with the number of sessions that have it.
type sensorCount struct {
	name     string
	sessions int
}

func materialOf(list []dataset.SessionSummary) material {
	var m material
	people := map[dataset.ParticipantID]bool{}
	counts := map[string]int{}
	for _, s := range list {
		if s.Labels == 0 {
			continue
		}
		m.sessions++
		m.labels += int(words.Sets(s))
		m.owned = append(m.owned, owned{s.Participant, s.ID, s.Sensors})
		people[s.Participant] = true
		for _, n := range s.Sensors {
			counts[n]++
		}
	}
	m.people = len(people)
	for n, k := range counts {
		m.sensors = append(m.sensors, sensorCount{n, k})
	}
	slices.SortFunc(m.sensors, func(a, b sensorCount) int {
		if a.sessions != b.sessions {
			return b.sessions - a.sessions
		}
		return strings.Compare(a.name, b.name)
	})
	return m
}

// sentence says what the people field shows.
func (m material) sentence() string {
	return lang.L("{{.People}}, {{.Sessions}}, {{.Sets}}", map[string]any{
		"People":   words.Many(int64(m.people), lang.L("person"), lang.L("people")),
		"Sessions": words.Many(int64(m.sessions), lang.L("labelled session"), lang.L("labelled sessions")),
		"Sets":     words.Many(int64(m.labels), lang.L("set"), lang.L("sets"))})
}

// plan says in plain words what a training with c does.
func (m material) plan(c training.Config) string {
	at := lang.L("the first {{.S}} s of each labelled {{.Label}}", map[string]any{"S": number(c.Data.WindowS), "Label": c.Data.Label})
	if c.Data.At == training.AtSliding {
		at = lang.L("windows of {{.S}} s every {{.Step}} s", map[string]any{"S": number(c.Data.WindowS), "Step": number(c.Data.StepS)})
	}
	data := map[string]any{"At": at, "Folds": c.Split.Folds}
	switch {
	case c.Split.By == training.ByTime:
		return lang.L("Learns from {{.At}}, judged on the same people later on.", data)
	case c.Split.By == training.BySession && c.Split.Folds == 0:
		return lang.L("Learns from {{.At}}, judged on each session in turn by a model that never saw it.", data)
	case c.Split.By == training.BySession:
		return lang.L("Learns from {{.At}}, judged on sessions that the model never saw, in {{.Folds}} folds.", data)
	case c.Split.Folds == 0:
		return lang.L("Learns from {{.At}}, judged on each person in turn by a model that never saw them.", data)
	}
	return fmt.Sprint(lang.L("Learns from {{.At}}, judged on people that the model never saw, in {{.Folds}} folds.", data))
}

package words

import (
	"encoding/json"
	"fmt"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// Model is what a model is called; an unnamed one by the start of its id. One that
// learnt from somebody who withdrew says so.
func Model(m dataset.ModelRow) string {
	name := m.Name
	if name == "" {
		name = m.ID[:min(8, len(m.ID))]
	}
	if m.Withdrawn != "" {
		return lang.L("{{.Model}} (person withdrew)", map[string]any{"Model": name})
	}
	return name
}

// ModelSensors writes what a model reads, short: "left wrist acc, gyro". It is
// empty when the row does not say.
func ModelSensors(m dataset.ModelRow) string {
	var spec struct {
		Contract struct {
			SensorSet []string `json:"sensor_set"`
		} `json:"contract"`
	}
	if json.Unmarshal(m.Spec, &spec) != nil {
		return ""
	}
	return Sensors(spec.Contract.SensorSet)
}

// Sensors writes a sensor set, short: "left wrist acc, gyro".
func Sensors(set []string) string {
	short := strings.NewReplacer("accelerometer", "acc", "gyroscope", "gyro", "magnetometer", "mag", "-", " ")
	var out []string
	last := ""
	for _, s := range set {
		place, kind, ok := strings.Cut(s, "/")
		switch {
		case s == "any":
			out = append(out, lang.L("any one acc"))
		case !ok:
			out = append(out, short.Replace(s))
		case place == last:
			out = append(out, short.Replace(kind))
		default:
			out = append(out, short.Replace(place)+" "+short.Replace(kind))
		}
		last = place
	}
	return strings.Join(out, ", ")
}

// ModelLine tells a model from the others in a list: its name, what it reads,
// its macro-F1 and when it was trained.
func ModelLine(m dataset.ModelRow) string {
	line := Model(m)
	if s := ModelSensors(m); s != "" {
		line += "   " + s
	}
	score := lang.L("not scored here")
	if m.Scored() {
		score = fmt.Sprintf("F1 %.3f", m.MacroF1)
	}
	return line + fmt.Sprintf("   %s   %s", score, m.CreatedAt.Local().Format("2006-01-02 15:04"))
}

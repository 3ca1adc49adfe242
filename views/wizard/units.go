package wizard

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset/codec"
)

// unitDoubts are what is odd about the units said: one that is not known, and
// axes of one sensor that differ. Each is asked about before an import.
func (d *draft) unitDoubts(t app.Table) []string {
	var out, told []string
	known := codec.KnownUnits()
	for i, c := range d.columns {
		unit := strings.TrimSpace(c.unit)
		if c.as == asSamples && unit != "" && !slices.Contains(known, unit) {
			out = append(out, lang.L("{{.Column}} is in {{.Unit}}, which is no unit that is known here; its numbers are kept as written, without conversion. Known are {{.Known}}.",
				map[string]any{"Column": title(t, i), "Unit": unit, "Known": strings.Join(known, ", ")}))
		}
	}
	for i, c := range d.columns {
		if c.as != asSamples || c.axis == "" || c.unit == "" {
			continue
		}
		sensor := tidyKind(c.kind) + " " + place(c.placement)
		if slices.Contains(told, sensor) {
			continue
		}
		told = append(told, sensor)
		units, differ := []string{title(t, i) + " " + c.unit}, false
		for _, k := range d.alike(i) {
			if other := d.columns[k]; other.axis != "" && other.unit != "" && place(other.placement) == place(c.placement) {
				units = append(units, title(t, k)+" "+other.unit)
				differ = differ || other.unit != c.unit || other.scale != c.scale
			}
		}
		if differ {
			out = append(out, lang.L("The axes of one {{.Sensor}} have different units: {{.Units}}. Its magnitude then means nothing.",
				map[string]any{"Sensor": kindWord(tidyKind(c.kind)), "Units": strings.Join(units, ", ")}))
		}
	}
	return out
}

package wizard

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset/codec"
)

// What a column is read as.
const (
	asNothing = "nothing"
	asSamples = "samples"
	asTime    = "time"
	asLabel   = "exercise"
)

// column is what a person says of one column.
type column struct {
	as                          string
	kind, axis, unit, placement string
	scale                       string // what a number is multiplied with; empty for 1
}

// draft is a mapping in the making: what the file tells and what a person has
// said of it. It holds texts as typed, so that nothing typed is lost.
type draft struct {
	rule    codec.FileRule
	skip    string
	columns []column
	// Time.
	timeUnit, from, format, zone, rate, first string
	// Recording and session.
	device, placement, site, participant string
	empty                                string // what an empty cell means: "refuse" or "missing"
	badRow                               string // what a row means that can not be read: "refuse" or "skip"
}

// newDraft takes over what an inspection found.
func newDraft(t app.Table) draft {
	d := draft{rule: t.Proposal.File, empty: "refuse", badRow: "refuse"}
	d.skip = strconv.Itoa(d.rule.Skip)
	d.take(t)
	return d
}

// take fills columns and time from an inspection of the same or another layout.
func (d *draft) take(t app.Table) {
	p := t.Proposal
	d.columns = make([]column, len(t.Columns))
	for i := range d.columns {
		d.columns[i].as = asNothing
	}
	for _, c := range p.Channels {
		if i := indexOf(t, c.Column); i >= 0 {
			d.columns[i] = column{as: asSamples, kind: c.Kind, axis: c.Axis, unit: c.Unit}
			d.columns[i].short(t.Columns[i].Name)
		}
	}
	for _, l := range p.Labels {
		if i := indexOf(t, *l.Column); i >= 0 {
			d.columns[i].as = asLabel
		}
	}
	d.timeUnit, d.from, d.format, d.first = p.Time.Unit, p.Time.From, p.Time.Format, "0"
	if d.from == "" {
		d.from = "start"
	}
	if p.Time.Column != nil {
		if i := indexOf(t, *p.Time.Column); i >= 0 {
			d.columns[i].as = asTime
		}
	}
}

// short tells the sensor of columns that are called ax, gy or mz, to be shown
// and corrected; their unit is asked like any other.
func (c *column) short(name string) {
	name = strings.ToLower(strings.TrimSpace(name))
	if len(name) != 2 || !strings.Contains("xyz", name[1:]) {
		return
	}
	if kind := map[byte]string{'a': "accelerometer", 'g': "gyroscope", 'm': "magnetometer"}[name[0]]; kind != "" {
		c.kind, c.axis = kind, name[1:]
	}
}

func indexOf(t app.Table, c codec.Column) int {
	if c.Number > 0 {
		return c.Number - 1
	}
	for i, have := range t.Columns {
		if have.Name == c.Name {
			return i
		}
	}
	return -1
}

// timeColumn is the column of times, -1 for none.
func (d *draft) timeColumn() int {
	return slices.IndexFunc(d.columns, func(c column) bool { return c.as == asTime })
}

// read sets what column i is read as. There is one column of times and one of
// exercises: the one before becomes nothing.
func (d *draft) read(i int, as string) {
	for k := range d.columns {
		if k != i && d.columns[k].as == as && (as == asTime || as == asLabel) {
			d.columns[k].as = asNothing
		}
	}
	d.columns[i].as = as
	if as == asSamples && d.columns[i].kind == "" {
		d.columns[i].kind = "value"
	}
}

// alike are the other columns of samples of the same kind.
func (d *draft) alike(i int) []int {
	var same []int
	for k, c := range d.columns {
		if k != i && c.as == asSamples && c.kind == d.columns[i].kind {
			same = append(same, k)
		}
	}
	return same
}

// mapping is what has been said, as far as it makes a mapping, and what is
// missing until it can be imported, in sentences.
func (d *draft) mapping(t app.Table) (m codec.Mapping, missing []string) {
	m.Name = "described by hand"
	m.File = d.rule
	m.File.Empty, m.File.Unreadable = "", ""
	if d.empty != "refuse" {
		m.File.Empty = "missing"
	}
	if d.empty == "both" {
		m.File.Unreadable = "missing"
	}
	m.File.BadRow = ""
	if d.badRow != "refuse" {
		m.File.BadRow = d.badRow
	}
	say := func(text string) { missing = append(missing, text) }
	var unitless []string
	for i, c := range d.columns {
		switch c.as {
		case asSamples:
			rule := codec.ChannelRule{Column: named(t, i), Kind: tidyKind(c.kind), Axis: c.axis, Unit: strings.TrimSpace(c.unit), Placement: place(c.placement)}
			if rule.Unit == "" {
				unitless = append(unitless, title(t, i))
			}
			if c.scale != "" {
				v, err := number(c.scale)
				if err != nil || v == 0 {
					say(lang.L("{{.Column}} is multiplied with {{.Text}}, which is no number", map[string]any{"Column": title(t, i), "Text": c.scale}))
				} else if v != 1 {
					rule.Scale = v
				}
			}
			m.Channels = append(m.Channels, rule)
		case asLabel:
			c := named(t, i)
			m.Labels = []codec.LabelRule{{Span: "runs", Column: &c, Exercise: "{value}"}}
		}
	}
	if len(m.Channels) == 0 {
		say(lang.L("No column is read as samples yet"))
	}
	switch {
	case len(unitless) == 1:
		say(lang.L("{{.Column}} has no unit: say what its numbers are", map[string]any{"Column": unitless[0]}))
	case len(unitless) > 1:
		say(lang.L("{{.N}} columns have no unit: {{.Columns}}", map[string]any{"N": len(unitless), "Columns": strings.Join(unitless, ", ")}))
	}
	m.Recording.Device, m.Recording.Placement = strings.TrimSpace(d.device), place(d.placement)
	m.Session.Site = d.site
	missing = append(missing, d.time(t, &m)...)
	if _, err := strconv.Atoi(strings.TrimSpace(d.skip)); err != nil {
		say(lang.L("Lines to pass over: {{.Text}} is no number", map[string]any{"Text": d.skip}))
	}
	return m, missing
}

// time adds the times to a mapping and says what is missing of them.
func (d *draft) time(t app.Table, m *codec.Mapping) (missing []string) {
	say := func(text string) { missing = append(missing, text) }
	if d.rate != "" {
		v, err := number(d.rate)
		if err != nil || v <= 0 {
			say(lang.L("The rate {{.Text}} is no number of samples a second", map[string]any{"Text": d.rate}))
		} else {
			m.Time.Rate = v
		}
	}
	at := d.timeColumn()
	if at < 0 {
		if d.badRow != "refuse" {
			say(lang.L("Rows can be left out only where a column holds times: those after them would move"))
		}
		if d.rate == "" {
			say(lang.L("No column holds times: say the rate, or which column does"))
		}
		return missing
	}
	c := named(t, at)
	m.Time.Column, m.Time.Unit = &c, d.timeUnit
	switch d.timeUnit {
	case "":
		say(lang.L("The times in {{.Column}} have no unit: say s, ms, µs, ns or sample numbers", map[string]any{"Column": title(t, at)}))
	case "text":
		if m.Time.Format = strings.TrimSpace(d.format); m.Time.Format == "" {
			say(lang.L("Say how the times in {{.Column}} are written", map[string]any{"Column": title(t, at)}))
		}
		if d.local() {
			zone := strings.TrimSpace(d.zone)
			switch {
			case zone == "":
				say(lang.L("The times are local: say in which zone the clock ran, or that it is not known"))
			case !isZone(zone) && len(findZones(zone)) == 0:
				say(lang.L("No zone has {{.Text}}: type a city or a country in English, or a name such as Europe/Prague", map[string]any{"Text": zone}))
			case !isZone(zone):
				say(lang.L("{{.Text}} is no whole zone: choose one of those below it", map[string]any{"Text": zone}))
			case zone != zoneless():
				m.Time.Zone = zone
			}
		}
	case "sample":
		if v, err := number(d.first); err == nil {
			m.Time.First = int64(v)
		}
		if d.rate == "" {
			say(lang.L("Sample numbers need a rate"))
		}
	default:
		m.Time.From = d.from
		if d.from == "" {
			m.Time.From = "start"
		}
	}
	return missing
}

// named names a column as a mapping does: by its header where that is unique.
func named(t app.Table, i int) codec.Column {
	name := t.Columns[i].Name
	if name != "" {
		for k, c := range t.Columns {
			if k != i && c.Name == name {
				return codec.Column{Number: i + 1}
			}
		}
		return codec.Column{Name: name}
	}
	return codec.Column{Number: i + 1}
}

// title is what a column is called on the screen.
func title(t app.Table, i int) string {
	if name := t.Columns[i].Name; name != "" {
		return name
	}
	return lang.L("column {{.N}}", map[string]any{"N": i + 1})
}

// number reads a number with either decimal sign.
func number(text string) (float64, error) {
	return strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), 64)
}

// place writes a place on the body as the study does: "left-wrist".
func place(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(text, "{", ""))), "-")
}

func tidyKind(text string) string {
	if text = strings.Join(strings.Fields(strings.ToLower(text)), "-"); text == "" {
		return "value"
	}
	return text
}

// units are the usual units of a kind of sensor; the first word is what is
// stored, and scale what the numbers are multiplied with.
type unit struct {
	word, unit, scale string
}

func unitsOf(kind string) []unit {
	switch tidyKind(kind) {
	case "accelerometer", "linear-acceleration", "gravity":
		return []unit{{"g", "g", ""}, {"m/s²", "m/s2", ""}, {"mg", "g", "0.001"}}
	case "gyroscope":
		return []unit{{"°/s", "deg/s", ""}, {"rad/s", "rad/s", ""}, {"m°/s", "deg/s", "0.001"}}
	case "magnetometer":
		return []unit{{"µT", "uT", ""}, {"mT", "uT", "1000"}, {"mG", "uT", "0.1"}}
	case "temperature":
		return []unit{{"°C", "degC", ""}}
	case "heart-rate":
		return []unit{{lang.L("beats/min"), "1/min", ""}}
	case "pressure":
		return []unit{{"hPa", "hPa", ""}, {"Pa", "Pa", ""}}
	case "orientation":
		return []unit{{lang.L("none"), "1", ""}, {"°", "deg", ""}, {"rad", "rad", ""}}
	case "emg":
		return []unit{{"mV", "mV", ""}, {"µV", "uV", ""}, {"V", "V", ""}}
	case "force":
		return []unit{{"N", "N", ""}, {"kN", "N", "1000"}}
	case "light":
		return []unit{{"lx", "lx", ""}}
	}
	return []unit{{lang.L("none"), "1", ""}}
}

package codec

import (
	"math"
	"strings"
)

// propose makes a mapping of what the columns tell.
func (in *Inspection) propose(s tableShape) {
	m := &in.Proposal
	m.Name = "new mapping"
	m.File = FileRule{Delimiter: delimiterName(s.delimiter), Header: s.header != nil, Skip: s.first, Units: s.units != nil}
	if s.headerAt >= 0 {
		m.File.Skip = s.headerAt
	}
	if s.point == ',' {
		m.File.Decimal = ","
	}
	column := func(i int) Column {
		if s.header != nil && s.header[i] != "" && indexOf(s.header, s.header[i]) == i {
			return Column{Name: s.header[i]}
		}
		return Column{Number: i + 1}
	}
	at := in.findTime(s)
	if at >= 0 {
		c := column(at)
		m.Time.Column = &c
	} else {
		in.say("No column holds times: say the sample rate.")
	}
	text := -1
	for i, c := range in.Columns {
		switch {
		case i == at || c.Kind == "empty" || c.Kind == "time":
		case c.Kind == "text":
			if text < 0 {
				text = i
			}
		default:
			in.proposeChannel(i, column(i))
		}
	}
	if text >= 0 {
		c := column(text)
		m.Labels = []LabelRule{{Span: "runs", Column: &c, Exercise: "{value}"}}
	}
	if len(m.Channels) == 0 {
		in.say("No column of numbers is left for samples.")
	}
}

// proposeChannel takes a column's name apart; its unit is kept only when the
// file says it.
func (in *Inspection) proposeChannel(i int, column Column) {
	c := in.Columns[i]
	rule := ChannelRule{Column: column, Unit: c.Unit}
	name := c.Name
	if quantity, axis, unit, ok := unitColumn(name); ok {
		rule.Kind, rule.Axis = quantityKind(quantity, unit), axis
	} else {
		rule.Kind, rule.Axis = nameKind(name)
	}
	if rule.Kind == "" {
		rule.Kind = "value"
	}
	if skip := counterName(name); skip {
		return
	}
	if rule.Unit == "" {
		in.say("Column %s has no unit: say what its numbers are.", column)
	}
	in.Proposal.Channels = append(in.Proposal.Channels, rule)
}

// counterName reports columns that count rows.
func counterName(name string) bool {
	switch strings.Trim(lowerWords(name), " ") {
	case "index", "row", "packetcounter", "counter", "sample", "samples", "n", "no", "id":
		return true
	}
	return false
}

// nameKind tells kind and axis from a name such as acc_x, GyroZ or x_acc.
func nameKind(name string) (kind, axis string) {
	lower := strings.ToLower(name)
	for _, k := range []struct{ part, kind string }{
		{"linacc", "linear-acceleration"}, {"linear", "linear-acceleration"}, {"freeacc", "linear-acceleration"}, {"user", "linear-acceleration"},
		{"grav", "gravity"}, {"acc", "accelerometer"}, {"gyr", "gyroscope"}, {"rotation", "gyroscope"}, {"mag", "magnetometer"}, {"quat", "orientation"},
		{"temp", "temperature"}, {"heart", "heart-rate"}, {"hr", "heart-rate"}, {"press", "pressure"},
	} {
		if strings.Contains(lower, k.part) {
			kind = k.kind
			break
		}
	}
	trimmed := strings.TrimFunc(lower, func(r rune) bool {
		return r >= '0' && r <= '9' || r == '_' || r == '.' || r == ' ' || r == '-' || r == '[' || r == ']'
	})
	for _, a := range []string{"x", "y", "z", "w"} {
		switch {
		case trimmed == a, strings.HasPrefix(trimmed, a+"_"), strings.HasPrefix(trimmed, a+"-"), strings.HasPrefix(trimmed, a+" "):
			axis = a
		case strings.HasSuffix(trimmed, "_"+a), strings.HasSuffix(trimmed, "."+a), strings.HasSuffix(trimmed, " "+a), strings.HasSuffix(trimmed, "-"+a), kind != "" && a != "w" && strings.HasSuffix(trimmed, a):
			axis = a
		}
	}
	if kind == "" && axis == "" && trimmed != "" {
		kind = clipText(tidy(trimmed), 60)
	}
	return kind, axis
}

// calendarFormats are ways of writing a calendar time that are told apart
// without doubt; those with the day or the month first are not among them.
var calendarFormats = []string{
	"YYYY-MM-DDThh:mm:ss.fzz", "YYYY-MM-DD hh:mm:ss.fzz", "YYYY-MM-DD hh:mm:ss.f zz", "YYYY-MM-DDThh:mm:ss.f", "YYYY-MM-DD hh:mm:ss.f",
	"YYYY-MM-DD hh:mm:ss:f", "YYYY/MM/DD hh:mm:ss.f", "YYYY.MM.DD hh:mm:ss.f", "YYYYMMDD hh:mm:ss.f", "YYYY-MM-DD hh:mm",
}

// dayOrMonthFirst are ways that two readers read differently.
var dayOrMonthFirst = []string{"D/M/YYYY h:mm:ss.f", "M/D/YYYY h:mm:ss.f", "D/M/YYYY h:mm:ss.f AP", "M/D/YYYY h:mm:ss.f AP", "D.M.YYYY h:mm:ss.f", "D-M-YYYY h:mm:ss.f"}

// calendarFormat is the format in which a text is a calendar time, "" when it is
// none.
func calendarFormat(text string) string {
	for _, patterns := range [][]string{calendarFormats, dayOrMonthFirst} {
		for _, p := range patterns {
			if f, err := compileTimeFormat(p); err == nil {
				if _, ok := f.parse([]byte(text)); ok {
					return p
				}
			}
		}
	}
	return ""
}

// findTime picks the time column and says what it can of its unit; -1 when no
// column looks like one.
func (in *Inspection) findTime(s tableShape) int {
	best := -1
	for i, c := range in.Columns {
		switch {
		case c.Kind == "time":
			in.proposeCalendar(c.Example)
			return i
		case c.Kind == "number" && in.advances(i, s.point) && (best < 0 || timeName(c.Name) && !timeName(in.Columns[best].Name)):
			if timeName(c.Name) || epochUnit(c.Low) != "" {
				best = i
			}
		}
	}
	if best < 0 {
		return -1
	}
	c, t := in.Columns[best], &in.Proposal.Time
	if t.Unit = epochUnit(c.Low); t.Unit != "" {
		t.From = "1970"
		return best
	}
	t.From = "start"
	switch {
	case c.Unit == "s" || c.Unit == "ms" || c.Unit == "us" || c.Unit == "ns":
		t.Unit = c.Unit
	default:
		in.say("The time column %q does not tell its unit: say s, ms, us, ns or sample.", c.Name)
	}
	return best
}

func (in *Inspection) proposeCalendar(example string) {
	t := &in.Proposal.Time
	t.Unit, t.Format = "text", calendarFormat(example)
	for _, p := range dayOrMonthFirst {
		if t.Format == p {
			in.say("The time %q can be read with the day or the month first: check the format %s.", example, p)
		}
	}
	if !strings.Contains(t.Format, "zz") {
		in.say("The times are local and name no zone: say one, or keep them as the clock on the wall showed them.")
	}
}

func timeName(name string) bool {
	words := lowerWords(name)
	for _, w := range []string{"time", "timestamp", "epoch", "date", "t", "sec", "seconds", "ms", "elapsed"} {
		if strings.Contains(words, " "+w+" ") || strings.HasPrefix(words, " "+w+"(") || strings.HasPrefix(words, " "+w+" (") {
			return true
		}
	}
	return strings.Contains(words, "time")
}

// epochUnit is the unit in which a number counts from 1970 to a day between 2000
// and 2100, "" when in none.
func epochUnit(v float64) string {
	for unit, scale := range map[string]float64{"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9} {
		if v > earliestMillis/1000*scale && v < latestMillis/1000*scale {
			return unit
		}
	}
	return ""
}

// advances reports a column of numbers that never falls and rises somewhere.
func (in *Inspection) advances(column int, point byte) bool {
	last, rose := math.Inf(-1), false
	for _, row := range in.Rows {
		if column >= len(row) {
			return false
		}
		d, n := scanDecimal([]byte(row[column]), point)
		v, ok := d.float([]byte(row[column]), point)
		if n != len(row[column]) || !ok || v < last {
			return false
		}
		rose = rose || v > last && !math.IsInf(last, -1)
		last = v
	}
	return rose
}

package codec

import (
	"regexp"
	"strings"
	"unicode"
)

// propose makes a mapping of what the columns tell.
func (in *Inspection) propose(s tableShape) {
	m := &in.Proposal
	m.Name = "new mapping"
	m.File = FileRule{Delimiter: delimiterName(s.delimiter), Header: s.header != nil, Skip: s.first, Units: s.units != nil}
	if s.headerAt >= 0 {
		m.File.Skip = s.headerAt
	}
	if s.headerApart {
		m.File.Skip, m.File.Header, m.File.Units = s.first, false, false
	}
	if in.emptyNumbers() {
		m.File.Empty = "missing"
	}
	if s.point == ',' {
		m.File.Decimal = ","
	}
	column := func(i int) Column {
		if m.File.Header && s.header[i] != "" && indexOf(s.header, s.header[i]) == i {
			return Column{Name: s.header[i]}
		}
		return Column{Number: i + 1}
	}
	at := in.findTime(s)
	if at >= 0 {
		c := column(at)
		m.Time.Column = &c
	} else {
		in.proposeRate(s.above)
	}
	text := -1
	for i, c := range in.Columns {
		switch {
		case i == at || c.Kind == "empty" || c.Kind == "time":
		case c.Kind == "text":
			if text < 0 && in.repeats(i) && !dayText.MatchString(c.Example) {
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
		if kind, of := nameKind(quantity + " " + axis); quantity != "" && of != "" {
			rule.Kind, rule.Axis = kind, of
		} else if kind := sensorWord(strings.ToLower(quantity)); kind != "" {
			rule.Kind = kind
		}
	} else {
		rule.Kind, rule.Axis = nameKind(name)
	}
	if rule.Kind == "" {
		rule.Kind = "value"
	}
	if skip := counterName(name); skip {
		return
	}
	switch {
	case rule.Unit == "":
		in.say("Column %s has no unit: say what its numbers are.", column)
	case !knownUnit(rule.Unit):
		in.say("Column %s is in %q, which is no unit that is known here: its numbers are kept as they are written, without conversion. Known are %s.", column, rule.Unit, strings.Join(knownUnits, ", "))
	}
	in.Proposal.Channels = append(in.Proposal.Channels, rule)
}

// emptyNumbers reports a column of numbers of which some cells are empty.
func (in *Inspection) emptyNumbers() bool {
	for i, c := range in.Columns {
		for _, row := range in.Rows {
			if c.Kind == "number" && i < len(row) && (row[i] == "" || isAbsent([]byte(row[i]))) {
				return true
			}
		}
	}
	return false
}

// repeats reports a column of texts that stay the same over rows, as labels do
// and moments do not.
func (in *Inspection) repeats(column int) bool {
	seen := map[string]bool{}
	for _, row := range in.Rows {
		if column < len(row) {
			seen[row[column]] = true
		}
	}
	return len(in.Rows) < 4 || len(seen)*2 <= len(in.Rows)
}

var (
	rateText  = regexp.MustCompile(`([0-9]+(?:[.,][0-9]+)?) ?Hz`)
	startText = regexp.MustCompile(`(?i)^"?start (?:date|time)\b.*`)
	dayText   = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$`)
)

// proposeRate looks for a rate, and a start, in the lines above a table without
// times.
func (in *Inspection) proposeRate(above [][]byte) {
	for i, c := range in.Columns {
		if dayText.MatchString(c.Example) {
			in.say("Column %d holds days and another may hold the time of day; a mapping reads one column. Join the two, or say the sample rate.", i+1)
			return
		}
	}
	starts := []string{}
	for _, line := range above {
		if found := rateText.FindSubmatch(line); found != nil && in.Proposal.Time.Rate == 0 {
			if rate, err := decimal(string(found[1])); err == nil && rate > 0 && rate <= 1e6 {
				in.Proposal.Time.Rate = rate
			}
		}
		if startText.Match(line) {
			starts = append(starts, strings.Trim(string(line), "\"; ,"))
		}
	}
	if rate := in.Proposal.Time.Rate; rate > 0 {
		in.say("No column holds times; the lines above the table give %g Hz: check the sample rate.", rate)
	} else {
		in.say("No column holds times: say the sample rate.")
	}
	if len(starts) > 0 {
		in.say("The lines above the table say %q; the recording is placed from its start and keeps no calendar time.", strings.Join(starts, ", "))
	}
}

// suffixUnit is the unit that a name ends with, as in acc_x_mg or t_ms; a single
// g counts only behind an axis.
func suffixUnit(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == ' ' || r == '.' || r == '-' })
	if len(words) < 2 {
		return ""
	}
	switch last := words[len(words)-1]; last {
	case "ms", "us", "ns", "mg":
		return last
	case "s", "sec", "seconds":
		if timeName(name) || words[0] == "t" {
			return "s"
		}
	case "dps", "degs":
		return "deg/s"
	case "ms2", "mps2", "mss":
		return "m/s2"
	case "rads", "radps", "rps":
		return "rad/s"
	case "ut":
		return "uT"
	case "g":
		if _, axis := nameKind(strings.Join(words[:len(words)-1], "_")); axis != "" {
			return "g"
		}
	}
	return ""
}

// counterName reports columns that count rows.
func counterName(name string) bool {
	switch strings.Trim(lowerWords(name), " ") {
	case "index", "row", "packetcounter", "counter", "sample", "samples", "n", "no", "id":
		return true
	}
	return false
}

// sensorParts are what a name of a sensor holds, the more particular first.
var sensorParts = []struct{ part, kind string }{
	{"winkelbeschl", "angular-acceleration"}, {"angular acc", "angular-acceleration"},
	{"linacc", "linear-acceleration"}, {"linear", "linear-acceleration"}, {"freeacc", "linear-acceleration"}, {"user", "linear-acceleration"}, {"linéaire", "linear-acceleration"}, {"aceleración lineal", "linear-acceleration"}, {"lineaire", "linear-acceleration"},
	{"schwerkraft", "gravity"}, {"zwaartekracht", "gravity"}, {"pesanteur", "gravity"},
	{"grav", "gravity"}, {"acc", "accelerometer"}, {"beschleunigung", "accelerometer"}, {"aceler", "accelerometer"}, {"winkelgeschw", "gyroscope"}, {"drehrate", "gyroscope"}, {"vitesse ang", "gyroscope"}, {"velocidad ang", "gyroscope"}, {"velocità ang", "gyroscope"}, {"velocita ang", "gyroscope"},
	{"giro", "gyroscope"}, {"gyr", "gyroscope"}, {"rotation", "gyroscope"}, {"mag", "magnetometer"}, {"quat", "orientation"},
	{"temp", "temperature"}, {"heart", "heart-rate"},
}

// sensorBeginnings are how words for a sensor begin, also cut short, in German,
// French, Spanish, Italian and Dutch; inside of other words they mean nothing.
var sensorBeginnings = []struct{ begins, kind string }{
	{"beschl", "accelerometer"}, {"versnel", "accelerometer"},
	{"drehr", "gyroscope"}, {"drehges", "gyroscope"}, {"winkelges", "gyroscope"}, {"hoeksnel", "gyroscope"}, {"rotaci", "gyroscope"}, {"rotazi", "gyroscope"}, {"rotatie", "gyroscope"},
	{"herz", "heart-rate"}, {"puls", "heart-rate"}, {"pouls", "heart-rate"}, {"hartsl", "heart-rate"}, {"cardia", "heart-rate"}, {"battit", "heart-rate"},
	{"druck", "pressure"}, {"luftdr", "pressure"}, {"druk", "pressure"}, {"luchtdr", "pressure"}, {"presi", "pressure"},
	{"kraft", "force"}, {"kracht", "force"}, {"force", "force"}, {"fuerza", "force"}, {"forza", "force"},
	{"helligk", "light"}, {"licht", "light"}, {"light", "light"}, {"lumi", "light"}, {"luce", "light"}, {"luz", "light"},
}

// sensorWord tells the kind of sensor from a name in small letters, "" for none.
func sensorWord(lower string) string {
	for _, k := range sensorParts {
		if strings.Contains(lower, k.part) {
			return k.kind
		}
	}
	for _, word := range strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, k := range sensorBeginnings {
			if strings.HasPrefix(word, k.begins) {
				return k.kind
			}
		}
	}
	for _, k := range []struct{ part, kind string }{{"hr", "heart-rate"}, {"press", "pressure"}} {
		if strings.Contains(lower, k.part) {
			return k.kind
		}
	}
	return ""
}

// scalar reports kinds without axes, of which the last letter of a name tells none,
// as in Herzfrequenz.
func scalar(kind string) bool {
	return kind == "heart-rate" || kind == "temperature" || kind == "pressure" || kind == "light"
}

// nameKind tells kind and axis from a name such as acc_x, GyroZ or x_acc.
func nameKind(name string) (kind, axis string) {
	lower := strings.ToLower(strings.TrimSpace(name))
	if unit := suffixUnit(name); unit != "" {
		lower = strings.TrimRight(lower[:max(strings.LastIndexAny(lower, "_ .-"), 0)], "_ .-")
	}
	if len(lower) == 2 && strings.IndexByte("xyz", lower[1]) >= 0 {
		switch lower[0] {
		case 'a':
			return "accelerometer", lower[1:]
		case 'g':
			return "gyroscope", lower[1:]
		case 'm':
			return "magnetometer", lower[1:]
		}
	}
	kind = sensorWord(lower)
	trimmed := strings.TrimFunc(lower, func(r rune) bool {
		return r >= '0' && r <= '9' || r == '_' || r == '.' || r == ' ' || r == '-' || r == '[' || r == ']'
	})
	for _, a := range []string{"x", "y", "z", "w"} {
		switch {
		case trimmed == a, strings.HasPrefix(trimmed, a+"_"), strings.HasPrefix(trimmed, a+"-"), strings.HasPrefix(trimmed, a+" "):
			axis = a
		case strings.HasSuffix(trimmed, "_"+a), strings.HasSuffix(trimmed, "."+a), strings.HasSuffix(trimmed, " "+a), strings.HasSuffix(trimmed, "-"+a), kind != "" && a != "w" && !scalar(kind) && strings.HasSuffix(trimmed, a):
			axis = a
		}
	}
	for _, word := range strings.FieldsFunc(lower, func(r rune) bool { return r == '_' || r == '.' || r == ' ' || r == '-' }) {
		if axis == "" && kind != "" && len(word) == 1 && strings.Contains("xyzw", word) {
			axis = word
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
	"YYYY-MM-DD hh:mm:ss:f", "YYYY-MM-DDThh:mm:ss:f", "YYYY-MM-DD_hh:mm:ss.f", "YYYY/MM/DD hh:mm:ss:f", "YYYY/MM/DD hh:mm:ss.f", "YYYY.MM.DD hh:mm:ss.f", "YYYYMMDD hh:mm:ss.f", "YYYY-MM-DD hh:mm",
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
			in.proposeCalendar(i, c.Example)
			return i
		case c.Kind == "number" && in.advances(i, s.point) && (best < 0 || timeName(c.Name) && !timeName(in.Columns[best].Name)):
			if timeName(c.Name) || epochUnit(c.Low) != "" {
				best = i
			}
		}
	}
	if best < 0 && s.header == nil && len(in.Columns) > 1 && in.even(0, s.point) {
		best = 0
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

func (in *Inspection) proposeCalendar(column int, example string) {
	t := &in.Proposal.Time
	t.Unit, t.Format = "text", calendarFormat(example)
	// A day after the 12th, in any row, tells which of the two comes first.
	other := strings.NewReplacer("D", "M", "M", "D").Replace(t.Format)
	switch {
	case in.reads(column, t.Format) && !in.reads(column, other):
		other = ""
	case in.reads(column, other) && !in.reads(column, t.Format):
		t.Format, other = other, ""
	}
	for _, p := range dayOrMonthFirst {
		if t.Format == p && other != "" {
			in.say("The time %q can be read with the day or the month first: check the format %s.", example, p)
		}
	}
	if !strings.Contains(t.Format, "zz") {
		in.say("The times are local and name no zone: say one, or keep them as the clock on the wall showed them.")
	}
}

// reads reports whether all first cells of a column are times of a format.
func (in *Inspection) reads(column int, format string) bool {
	f, err := compileTimeFormat(format)
	if err != nil {
		return false
	}
	for _, row := range in.Rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		if _, ok := f.parse([]byte(row[column])); !ok {
			return false
		}
	}
	return true
}

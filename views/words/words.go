// Package words writes values as people read them: counts, lengths of time,
// rates, places on the body, exercises.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"
)

// Count writes a whole number with a comma between thousands: 78,412.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Length writes seconds as m:ss, or h:mm:ss from an hour on.
func Length(seconds float64) string {
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return "–"
	}
	s := int64(math.Round(seconds))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Moment writes seconds from a session's start to the millisecond: 2:21.900.
func Moment(seconds float64) string {
	ms := int64(math.Round(seconds * 1000))
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	if ms < 3600_000 {
		return fmt.Sprintf("%s%d:%02d.%03d", sign, ms/60_000, ms/1000%60, ms%1000)
	}
	return fmt.Sprintf("%s%d:%02d:%02d.%03d", sign, ms/3600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// Total writes a long time in hours and minutes, 61 h 12 min, and what is shorter
// than a minute in seconds.
func Total(seconds float64) string {
	if s := int64(math.Round(seconds)); seconds > 0 && s < 60 {
		return lang.L("{{.S}} s", map[string]any{"S": max(s, 1)})
	}
	m := int64(math.Round(seconds / 60))
	if m < 60 {
		return lang.L("{{.M}} min", map[string]any{"M": m})
	}
	return lang.L("{{.H}} h {{.M}} min", map[string]any{"H": Count(m / 60), "M": m % 60})
}

// Rate writes samples a second: 48.91 Hz.
func Rate(hz float64) string {
	if hz <= 0 {
		return "–"
	}
	s := strconv.FormatFloat(hz, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " Hz"
}

// Signed writes a whole number with its sign, and a real minus.
func Signed(v float64) string {
	n := int64(math.Round(v))
	if n < 0 {
		return "−" + Count(-n)
	}
	return "+" + Count(n)
}

// Placement writes a place on the body: "left wrist" for "left-wrist".
func Placement(p string) string { return strings.ReplaceAll(p, "-", " ") }

// Placements joins the places of sensor names such as
// "left-wrist/accelerometer", each once, and both sides of a pair as one.
func Placements(sensors []string) string {
	var places []string
	seen := map[string]bool{}
	for _, s := range sensors {
		p, _, _ := strings.Cut(s, "/")
		if !seen[p] {
			seen[p] = true
			places = append(places, p)
		}
	}
	var out []string
	for _, p := range places {
		if part, ok := strings.CutPrefix(p, "left-"); ok && seen["right-"+part] {
			out = append(out, lang.L("both {{.Part}}", map[string]any{"Part": plural(Placement(part))}))
			continue
		}
		if part, ok := strings.CutPrefix(p, "right-"); ok && seen["left-"+part] {
			continue
		}
		out = append(out, Placement(p))
	}
	return strings.Join(out, ", ")
}

func plural(part string) string {
	switch {
	case part == "foot":
		return "feet"
	case strings.HasSuffix(part, "s"):
		return part
	}
	return part + "s"
}

// Sensor writes a sensor's name: "left wrist accelerometer".
func Sensor(name string) string {
	place, kind, ok := strings.Cut(name, "/")
	if !ok {
		return Placement(name)
	}
	return Placement(place) + " " + strings.ReplaceAll(kind, "-", " ")
}

// Exercise is the last part of a catalogue id: "biceps-curl" for
// "resistance:arms/biceps-curl". Another name is left as it is.
func Exercise(id string) string {
	if _, name, ok := strings.Cut(id, ":"); ok {
		id = name
	}
	if i := strings.LastIndex(id, "/"); i >= 0 && i+1 < len(id) {
		id = id[i+1:]
	}
	return id
}

// Bytes writes a size of a file: 52 kB.
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// Upper gives a sentence its capital letter.
func Upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

package codec

import (
	"math"
	"strings"
)

func timeName(name string) bool {
	words := lowerWords(name)
	for _, w := range []string{"time", "timestamp", "epoch", "date", "t", "sec", "seconds", "ms", "elapsed",
		"zeit", "zeitstempel", "zeitpunkt", "uhrzeit", "temps", "horodatage", "heure", "tiempo", "hora"} {
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

// even reports a column of numbers that rise by nearly equal steps.
func (in *Inspection) even(column int, point byte) bool {
	if !in.advances(column, point) || len(in.Rows) < 4 {
		return false
	}
	var last float64
	low, high := math.Inf(1), math.Inf(-1)
	for i, row := range in.Rows {
		d, _ := scanDecimal([]byte(row[column]), point)
		v, _ := d.float([]byte(row[column]), point)
		if i > 0 {
			low, high = math.Min(low, v-last), math.Max(high, v-last)
		}
		last = v
	}
	return low > 0 && high < 3*low
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

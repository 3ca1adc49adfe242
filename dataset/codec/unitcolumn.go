package codec

import (
	"strings"
)

// unitColumn takes a header such as "Acceleration x (m/s^2)" or "Acc x [g]"
// apart. ok is false for one without a unit in parentheses at its end.
func unitColumn(header string) (quantity, axis, unit string, ok bool) {
	header = strings.TrimSpace(header)
	open := strings.LastIndexByte(header, '(')
	if strings.HasSuffix(header, "]") {
		open = strings.LastIndexByte(header, '[')
	} else if !strings.HasSuffix(header, ")") {
		open = -1
	}
	// A unit such as m/(s^2) has parentheses of its own.
	if i := strings.Index(header, " ("); i >= 0 && i < open && strings.HasSuffix(header, "))") {
		open = i + 1
	}
	if open < 0 || isNumeral(header[open+1:len(header)-1]) { // an index, not a unit
		return "", "", "", false
	}
	unit = plainUnit(header[open+1 : len(header)-1])
	quantity = strings.TrimSpace(header[:open])
	lower := strings.ToLower(quantity)
	if written := strings.TrimSpace(header[open+1 : len(header)-1]); written == "G" && sensorWord(lower) == "magnetometer" {
		unit = "G" // gauss
	}
	for _, a := range []string{"x", "y", "z", "w"} {
		switch {
		case lower == a:
			return "", a, unit, true
		case strings.HasSuffix(lower, " "+a), strings.HasSuffix(lower, "_"+a):
			return strings.TrimSpace(quantity[:len(quantity)-1]), a, unit, true
		case lower == a+"-axis":
			return "", a, unit, true
		}
	}
	return quantity, "", unit, true
}

// quantityKind is the kind of channel that a quantity's name says; one without a
// name is told by its unit.
func quantityKind(quantity, unit string) string {
	switch q := tidy(quantity); q {
	case "acceleration", "accelerometer", "accel", "acc", "beschleunigung":
		return "accelerometer"
	case "linear-acceleration", "acceleration-without-g", "linear-accelerometer", "lineare-beschleunigung", "beschleunigung-ohne-g":
		return "linear-acceleration"
	case "gyroscope", "rotation-rate", "rotation", "gyro", "gyr", "drehrate", "winkelgeschwindigkeit", "gyroskop":
		return "gyroscope"
	case "magnetic-field", "magnetometer", "mag", "magnetfeld":
		return "magnetometer"
	case "":
		switch unit {
		case "g", "m/s2":
			return "accelerometer"
		case "rad/s", "deg/s":
			return "gyroscope"
		case "T", "uT":
			return "magnetometer"
		}
		return "value"
	default:
		return clipText(q, 60)
	}
}

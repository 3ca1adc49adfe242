package codec

import (
	"slices"
	"strings"
)

// KnownUnits are the units that are stored under their own name, sorted. Numbers in
// any other are kept as they are written, under the unit's name as written.
func KnownUnits() []string { return slices.Clone(knownUnits) }

var knownUnits = []string{
	"%", "1", "1/min", "A", "G", "Hz", "K", "N", "Nm", "Pa", "T", "V", "W", "bar", "cm", "deg", "deg/s", "degC", "g", "hPa", "kN", "kPa", "kg", "km", "km/h", "lx",
	"m", "m/s", "m/s2", "mA", "mG", "mT", "mV", "mdeg/s", "mg", "mm", "ms", "ns", "rad", "rad/s", "s", "uS", "uT", "uV", "us",
}

// knownUnit reports a unit that is stored under its own name.
func knownUnit(unit string) bool { return slices.Contains(knownUnits, unit) }

// otherUnits are further ways of writing them; letters of either case mean the
// same there. mg is a thousandth of the standard gravity, as loggers of movement
// mean it, and not a weight.
var otherUnits = map[string]string{
	"m/s^2": "m/s2", "m/(s^2)": "m/s2", "m/s²": "m/s2", "m/s/s": "m/s2", "m·s-2": "m/s2", "m s-2": "m/s2", "ms-2": "m/s2", "m*s^-2": "m/s2", "m·s⁻²": "m/s2",
	"milli-g": "mg", "millig": "mg", "m/sec": "m/s", "kmh": "km/h", "kph": "km/h", "km/hr": "km/h",
	"°/s": "deg/s", "dps": "deg/s", "deg/sec": "deg/s", "degrees/s": "deg/s", "grad/s": "deg/s", "°": "deg", "degrees": "deg",
	"rad/sec": "rad/s", "radian": "rad", "radians": "rad",
	"µt": "uT", "μt": "uT", "microtesla": "uT", "microteslas": "uT", "millitesla": "mT", "tesla": "T", "gauss": "G", "ga": "G", "mgauss": "mG", "milligauss": "mG",
	"°c": "degC", "c": "degC", "celsius": "degC", "kelvin": "K", "mbar": "hPa", "hektopascal": "hPa", "pascal": "Pa",
	"newton": "N", "newtons": "N", "kilonewton": "kN", "n·m": "Nm", "n*m": "Nm", "n m": "Nm", "n.m": "Nm", "newtonmeter": "Nm", "kilogram": "kg", "kilograms": "kg",
	"lux": "lx", "bpm": "1/min", "/min": "1/min", "min-1": "1/min", "1/minute": "1/min", "beats/min": "1/min", "beats per minute": "1/min", "s/min": "1/min",
	"volt": "V", "volts": "V", "millivolt": "mV", "millivolts": "mV", "µv": "uV", "μv": "uV", "microvolt": "uV", "microvolts": "uV", "µs/cm": "uS", "microsiemens": "uS",
	"hertz": "Hz", "percent": "%", "prozent": "%", "watt": "W", "ampere": "A",
	"r": "1", "": "1",
}

// plainUnit writes a unit as the study does; one that is not known stays as it
// is. Letters of another case are read where they can mean one unit only.
func plainUnit(unit string) string {
	unit = strings.Join(strings.Fields(unit), " ")
	if unit == "G" { // of acceleration, as loggers write it; see unitColumn for fields
		return "g"
	}
	if knownUnit(unit) {
		return unit
	}
	lower := strings.ToLower(unit)
	if to, ok := otherUnits[lower]; ok {
		return to
	}
	found := ""
	for _, k := range knownUnits {
		if strings.ToLower(k) == lower {
			if found != "" {
				return unit // MG: mg or mG
			}
			found = k
		}
	}
	if found != "" {
		return found
	}
	return unit
}

package training

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"onset/dataset/signal"
)

// ChannelSpec is one input channel of a model.
type ChannelSpec struct {
	Sensor string `json:"sensor"` // "left-wrist/accelerometer", or "any/accelerometer"
	Axis   string `json:"axis"`
	Unit   string `json:"unit"`
}

// Contract is everything a holder of a model must do to feed it: which sensors,
// in which order and unit, at which rate, through which filter, how long, and
// how the numbers are scaled. A window is [channel][sample] with Samples samples
// for each of Channels, in the channel's unit, already filtered.
type Contract struct {
	SensorSet   []string      `json:"sensor_set"`
	Channels    []ChannelSpec `json:"channels"`
	RateHz      float64       `json:"rate_hz"`
	WindowS     float64       `json:"window_s"`
	Samples     int           `json:"samples"`
	Filter      FilterSpec    `json:"filter"`
	Orientation string        `json:"orientation"`
	// BridgeS is the longest gap, in seconds, that is interpolated linearly
	// inside a window; 0 makes a window with a gap unusable.
	BridgeS float64 `json:"bridge_s,omitempty"`
	// Mean and Std scale the inputs, (value-Mean)/Std: one for each channel
	// after Orientation, in the same order.
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
}

// maxWindow is the most values that a window may hold.
const maxWindow = 1 << 20

// Check reports a contract that cannot be kept.
func (c Contract) Check() error {
	switch {
	case len(c.Channels) == 0:
		return fmt.Errorf("contract has no channels")
	case !(c.RateHz > 0) || math.IsInf(c.RateHz, 0):
		return fmt.Errorf("contract rate is %g Hz", c.RateHz)
	case c.Samples < 1 || c.Samples != samplesOf(c.WindowS, c.RateHz):
		return fmt.Errorf("contract has %d samples for %g s at %g Hz", c.Samples, c.WindowS, c.RateHz)
	case c.Samples > maxWindow/len(c.Channels):
		return fmt.Errorf("contract has %d samples of %d channels, more than %d values", c.Samples, len(c.Channels), maxWindow)
	}
	if !(c.BridgeS >= 0 && c.BridgeS <= mostBridged*c.WindowS) {
		return fmt.Errorf("contract bridges %g s of %g s", c.BridgeS, c.WindowS)
	}
	for i, ch := range c.Channels {
		if ch.Unit == "" || ch.Sensor == "" {
			return fmt.Errorf("contract channel %d has sensor %q and unit %q", i, ch.Sensor, ch.Unit)
		}
	}
	if _, err := c.Filter.filter(c.RateHz); err != nil {
		return err
	}
	return c.checkScaling()
}

func (c Contract) checkScaling() error {
	n := len(c.Channels)
	if len(c.Mean) != n || len(c.Std) != n {
		return fmt.Errorf("contract scales %d and %d channels of %d", len(c.Mean), len(c.Std), n)
	}
	for i, s := range c.Std {
		if !(s > 0) || math.IsInf(float64(s), 0) || math.IsNaN(float64(c.Mean[i])) || math.IsInf(float64(c.Mean[i]), 0) {
			return fmt.Errorf("contract scales channel %d by mean %g and deviation %g", i, c.Mean[i], s)
		}
	}
	if c.Orientation != OrientationSensor {
		_, err := triads(c.Channels)
		return err
	}
	return nil
}

// CheckWindow refuses a window that does not have the contract's shape or holds
// values that are no numbers.
func (c Contract) CheckWindow(window [][]float64) error {
	if len(window) != len(c.Channels) {
		return fmt.Errorf("window has %d channels, the model reads %d", len(window), len(c.Channels))
	}
	for i, ch := range window {
		if len(ch) != c.Samples {
			return fmt.Errorf("channel %d has %d samples, the model reads %d (%g s at %g Hz)", i, len(ch), c.Samples, c.WindowS, c.RateHz)
		}
		for j, v := range ch {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("channel %d, sample %d is %g", i, j, v)
			}
		}
	}
	return nil
}

func samplesOf(windowS, rateHz float64) int { return int(math.Round(windowS * rateHz)) }

// quantity is what a unit measures and its factor to the SI unit.
type quantity struct {
	of     string
	factor float64
}

// quantities are the units that convert into one another. The standard gravity
// 9.80665 m/s2 joins g and m/s2.
var quantities = map[string]quantity{
	"m/s2":   {"acceleration", 1},
	"g":      {"acceleration", 9.80665},
	"mg":     {"acceleration", 9.80665e-3},
	"rad/s":  {"angular rate", 1},
	"deg/s":  {"angular rate", math.Pi / 180},
	"uT":     {"magnetic field", 1e-6},
	"mT":     {"magnetic field", 1e-3},
	"G":      {"magnetic field", 1e-4},
	"mG":     {"magnetic field", 1e-7},
	"T":      {"magnetic field", 1},
	"N":      {"force", 1},
	"kN":     {"force", 1e3},
	"m":      {"length", 1},
	"cm":     {"length", 1e-2},
	"mm":     {"length", 1e-3},
	"km":     {"length", 1e3},
	"m/s":    {"speed", 1},
	"km/h":   {"speed", 1 / 3.6},
	"V":      {"voltage", 1},
	"mV":     {"voltage", 1e-3},
	"uV":     {"voltage", 1e-6},
	"Pa":     {"pressure", 1},
	"hPa":    {"pressure", 1e2},
	"kPa":    {"pressure", 1e3},
	"bar":    {"pressure", 1e5},
	"rad":    {"angle", 1},
	"deg":    {"angle", math.Pi / 180},
	"mdeg/s": {"angular rate", math.Pi / 180e3},
}

// conversion is the factor from one unit to another.
func conversion(from, to string) (float64, bool) {
	if from == to {
		return 1, true
	}
	a, okA := quantities[from]
	b, okB := quantities[to]
	if !okA || !okB || a.of != b.of {
		return 0, false
	}
	return a.factor / b.factor, true
}

// FilterSpec is the filter that samples pass at the contract's rate before a
// window is cut, with its coefficients so that a device can run it.
type FilterSpec struct {
	Kind  string  `json:"kind"` // "none", "ema", "lowpass", "highpass", "bandpass"
	Alpha float64 `json:"alpha,omitempty"`
	Low   float64 `json:"low_hz,omitempty"`
	High  float64 `json:"high_hz,omitempty"`
	Order int     `json:"order,omitempty"`
	// Sections are b0, b1, b2, a1, a2 of each second-order section in order.
	Sections [][5]float64 `json:"sections,omitempty"`
}

// parseFilter reads the config's form, such as "bandpass:0.5:20:4".
func parseFilter(text string) (FilterSpec, error) {
	parts := strings.Split(text, ":")
	f := FilterSpec{Kind: parts[0]}
	var numbers []float64
	for _, p := range parts[1:] {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return f, fmt.Errorf("%q in %q is not a number", p, text)
		}
		numbers = append(numbers, v)
	}
	want := map[string]int{"none": 0, "ema": 1, "lowpass": 1, "highpass": 1, "bandpass": 2}
	n, ok := want[f.Kind]
	if !ok {
		return f, fmt.Errorf(`%q is none of "none", "ema:ALPHA", "lowpass:HZ", "highpass:HZ", "bandpass:LOW:HIGH"`, text)
	}
	if f.Order = 4; len(numbers) == n+1 && n > 0 && f.Kind != "ema" {
		if f.Order = int(numbers[n]); float64(f.Order) != numbers[n] {
			return f, fmt.Errorf("order %g in %q is not whole", numbers[n], text)
		}
		numbers = numbers[:n]
	}
	if len(numbers) != n {
		return f, fmt.Errorf("%q takes %d numbers, not %d", f.Kind, n, len(numbers))
	}
	switch f.Kind {
	case "none":
		f.Order = 0
	case "ema":
		f.Order, f.Alpha = 0, numbers[0]
	case "lowpass":
		f.High = numbers[0]
	case "highpass":
		f.Low = numbers[0]
	case "bandpass":
		f.Low, f.High = numbers[0], numbers[1]
	}
	return f, nil
}

// ParseFilter reads a filter as configurations write it, such as "ema:0.2" or
// "bandpass:0.5:20:4", with its coefficients for a rate.
func ParseFilter(text string, rate float64) (FilterSpec, error) {
	f, err := parseFilter(text)
	if err != nil {
		return f, err
	}
	return f.withSections(rate)
}

// filter makes a runnable filter for a rate; nil for none.
func (f FilterSpec) filter(rate float64) (signal.Filter, error) {
	var c signal.Cascade
	var err error
	switch f.Kind {
	case "none", "":
		return nil, nil
	case "ema":
		return signal.NewEMA(f.Alpha)
	case "lowpass":
		c, err = signal.LowPass(f.Order, f.High, rate)
	case "highpass":
		c, err = signal.HighPass(f.Order, f.Low, rate)
	case "bandpass":
		c, err = signal.BandPass(f.Order, f.Low, f.High, rate)
	default:
		err = fmt.Errorf("no filter %q", f.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("contract filter: %w", err)
	}
	return c, nil
}

// withSections fills in the coefficients for a rate.
func (f FilterSpec) withSections(rate float64) (FilterSpec, error) {
	made, err := f.filter(rate)
	if err != nil {
		return f, err
	}
	f.Sections = nil
	if c, ok := made.(signal.Cascade); ok {
		for _, b := range c {
			f.Sections = append(f.Sections, [5]float64{b.B0, b.B1, b.B2, b.A1, b.A2})
		}
	}
	return f, nil
}

// maxLeadS bounds how much of a recording before a window its filter sees.
const maxLeadS = 10

// leadS is how long before a window the filter has to run until it has
// forgotten where it started.
func (f FilterSpec) leadS(rate float64) float64 {
	made, err := f.filter(rate)
	if err != nil || made == nil {
		return 0
	}
	switch made := made.(type) {
	case *signal.EMA:
		return min(math.Log(1e-3)/math.Log1p(-min(made.Alpha, 0.999999))/rate, maxLeadS)
	case signal.Cascade:
		return min(made.Settling(rate), maxLeadS)
	}
	return 0
}

// LeadS is how long before a window its filter has to run, in seconds.
func (c Contract) LeadS() float64 { return c.Filter.leadS(c.RateHz) }

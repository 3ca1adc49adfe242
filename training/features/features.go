// Package features turns a window of sensor samples into named numbers that
// classical classifiers learn from.
//
// Every feature is documented in the catalogue ([All]). Some describe one
// channel, others a three-axis sensor as a whole, and those of the family
// Orientation don't change when the sensor is turned. All are finite for finite
// samples: a flat channel has skewness, kurtosis and correlations of 0.
package features

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// Family groups features by what they look at.
type Family string

// The families.
const (
	Reference   Family = "reference"   // the 11 per channel that published comparisons use
	Time        Family = "time"        // more of the samples themselves
	Frequency   Family = "frequency"   // of the spectrum of one channel
	Orientation Family = "orientation" // of a three-axis sensor, the same however it is turned
	Axes        Family = "axes"        // how the axes of a sensor move together; depends on orientation
)

// Families are all of them, in the order in which their features come.
func Families() []Family { return []Family{Reference, Time, Frequency, Orientation, Axes} }

// Feature is an entry of the catalogue.
type Feature struct {
	Name   string
	Family Family
	// Unit: "u" is the channel's own unit.
	Unit string
	Doc  string

	channel func(*series) float64
	sensor  func(*sensor) float64
}

// PerSensor tells whether the feature is of a three-axis sensor, not of a channel.
func (f Feature) PerSensor() bool { return f.sensor != nil }

// All is the catalogue.
func All() []Feature {
	return slices.Concat(referenceFeatures(), timeFeatures(), frequencyFeatures(), orientationFeatures(), axesFeatures())
}

// Layout says how a window is made up.
type Layout struct {
	// Channels name the window's rows, for example "left-wrist/accelerometer.x".
	Channels []string
	// Sensors are the rows of three-axis sensors, three each. Channels of no
	// sensor have only features of their own.
	Sensors [][3]int
	Samples int     // in each row
	RateHz  float64 // samples a second
}

func (l Layout) check() error {
	switch {
	case len(l.Channels) == 0:
		return fmt.Errorf("features: the window has no channels")
	case l.Samples < 4:
		return fmt.Errorf("features: %d samples in a window, at least 4 are needed", l.Samples)
	case !(l.RateHz > 0) || math.IsInf(l.RateHz, 0):
		return fmt.Errorf("features: the rate is %v Hz", l.RateHz)
	}
	for _, s := range l.Sensors {
		for _, row := range s {
			if row < 0 || row >= len(l.Channels) {
				return fmt.Errorf("features: a sensor uses row %d of %d", row, len(l.Channels))
			}
		}
	}
	return nil
}

// Extractor computes the features of windows of one layout. It is safe for
// concurrent use.
type Extractor struct {
	layout   Layout
	channel  []Feature
	sensor   []Feature
	names    []string
	scratchs sync.Pool
}

// New prepares the features of some families; none means all of them.
func New(layout Layout, families ...Family) (*Extractor, error) {
	if err := layout.check(); err != nil {
		return nil, err
	}
	for _, f := range families {
		if !slices.Contains(Families(), f) {
			return nil, fmt.Errorf("features: %q isn't a family, use %v", f, Families())
		}
	}
	e := &Extractor{layout: layout}
	for _, f := range All() {
		if len(families) > 0 && !slices.Contains(families, f.Family) {
			continue
		}
		if f.PerSensor() {
			e.sensor = append(e.sensor, f)
		} else {
			e.channel = append(e.channel, f)
		}
	}
	e.nameAll()
	if len(e.names) == 0 {
		return nil, fmt.Errorf("features: %v are of three-axis sensors, the window has none", families)
	}
	e.scratchs.New = func() any { return newScratch(layout) }
	return e, nil
}

func (e *Extractor) nameAll() {
	for _, c := range e.layout.Channels {
		for _, f := range e.channel {
			e.names = append(e.names, c+" "+f.Name)
		}
	}
	for _, s := range e.layout.Sensors {
		name := sensorName(e.layout.Channels[s[0]], e.layout.Channels[s[1]], e.layout.Channels[s[2]])
		for _, f := range e.sensor {
			e.names = append(e.names, name+" "+f.Name)
		}
	}
}

// sensorName is what the channels' names have in common, or all of them.
func sensorName(a, b, c string) string {
	n := 0
	for n < min(len(a), len(b), len(c)) && a[n] == b[n] && b[n] == c[n] {
		n++
	}
	if common := strings.TrimRight(a[:n], "./ -_"); common != "" {
		return common
	}
	return a + "," + b + "," + c
}

// Names are the features in the order of Compute: channel by channel, then
// sensor by sensor.
func (e *Extractor) Names() []string { return slices.Clone(e.names) }

// Len is the number of features of a window.
func (e *Extractor) Len() int { return len(e.names) }

// Compute gives the features of a window, [channel][sample]. It appends them to
// dst. The error says how the window differs from the layout, or which sample
// isn't a finite number.
func (e *Extractor) Compute(dst []float64, window [][]float64) ([]float64, error) {
	if len(window) != len(e.layout.Channels) {
		return nil, fmt.Errorf("features: %d channels given, the layout has %d", len(window), len(e.layout.Channels))
	}
	for c, row := range window {
		if len(row) != e.layout.Samples {
			return nil, fmt.Errorf("features: %s has %d samples, the layout says %d", e.layout.Channels[c], len(row), e.layout.Samples)
		}
		for i, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("features: sample %d of %s is %v", i, e.layout.Channels[c], v)
			}
		}
	}
	s := e.scratchs.Get().(*scratch)
	defer e.scratchs.Put(s)
	for _, row := range window {
		s.one.load(row, s)
		for _, f := range e.channel {
			dst = append(dst, f.channel(&s.one))
		}
	}
	if len(e.sensor) == 0 {
		return dst, nil
	}
	for _, rows := range e.layout.Sensors {
		s.three.load([3][]float64{window[rows[0]], window[rows[1]], window[rows[2]]}, s)
		for _, f := range e.sensor {
			dst = append(dst, f.sensor(&s.three))
		}
	}
	return dst, nil
}

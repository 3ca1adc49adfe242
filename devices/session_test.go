package devices

import (
	"strings"
	"testing"

	"onset/dataset"
	"onset/training"
)

// wornSession is a minute on a wrist, still, in the unit given.
func wornSession(unit string, g float64, nominal float64, segments ...dataset.Segment) oneSession {
	const n = 3000
	s := oneSession{samples: map[dataset.ChannelID][]float64{}}
	r := dataset.Recording{ID: "R", Samples: n, Placement: "left-wrist", NominalHz: nominal, Clock: dataset.Clock{Segments: segments}}
	for i, axis := range []string{"x", "y", "z"} {
		c := dataset.ChannelID(i + 1)
		r.Channels = append(r.Channels, dataset.Channel{ID: c, Kind: "accelerometer", Axis: axis, Unit: unit})
		s.samples[c] = make([]float64, n)
		for k := range s.samples[c] {
			if axis == "z" {
				s.samples[c][k] = g
			}
		}
	}
	s.session = dataset.Session{ID: "s1", Recordings: []dataset.Recording{r}}
	return s
}

func TestSessionsThatContradictThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	c := newModel(t, mlp, training.OrientationSensor).Contract()
	plain := dataset.Segment{Rate: 50}
	for name, test := range map[string]struct {
		study oneSession
		words string // none: it is accepted
	}{
		"in g":                {wornSession("g", 0.98, 50, plain), ""},
		"in m/s2":             {wornSession("m/s2", 9.7, 50, plain), ""},
		"in mg":               {wornSession("mg", 1010, 50, plain), ""},
		"g said to be m/s2":   {wornSession("m/s2", 0.98, 50, plain), "averages 0.0999 g; at rest it would be 1 g, so its unit is not m/s2"},
		"m/s2 said to be g":   {wornSession("g", 9.8, 50, plain), "so its unit is not g"},
		"half the rate":       {wornSession("g", 1, 100, plain), "its samples come at 50 Hz, it says 100 Hz"},
		"time runs backwards": {wornSession("g", 1, 50, plain, dataset.Segment{First: 1500, Start: 20, Rate: 50}), "time runs backwards: sample 1501"},
		"a gap":               {wornSession("g", 1, 50, plain, dataset.Segment{First: 1500, Start: 40, Rate: 50}), ""},
	} {
		err := CheckSession(t.Context(), test.study, test.study.session, c)
		if test.words == "" && err != nil || test.words != "" && (err == nil || !strings.Contains(err.Error(), test.words)) {
			t.Errorf("%s: %v; want %q", name, err, test.words)
		}
	}
	elsewhere := wornSession("g", 77, 50, plain)
	elsewhere.session.Recordings[0].Placement = "ankle" // the model does not read it
	if err := CheckSession(t.Context(), elsewhere, elsewhere.session, c); err != nil {
		t.Error(err)
	}
}

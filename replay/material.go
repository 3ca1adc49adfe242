package replay

import (
	"context"
	"strings"

	"onset/dataset"
	"onset/training"
)

// material is a session read once for learning and for judging: what the
// classifier would find at each labelled set, but for the sensor's word.
type material struct {
	visit
	found   []evidence      // one for each set, without a sensor's likelihood
	windows [][][][]float64 // by model: its window of each set; nil where unusable
	motion  []motion        // by frame
	shapes  []*shape        // of each set; nil where no repetitions are seen
}

// prepare reads a session with the windows of each model's contract.
func prepare(ctx context.Context, store Store, v visit, contracts ...training.Contract) (*material, error) {
	if err := replayable(v.session); err != nil {
		return nil, err
	}
	t, err := wholeTape(ctx, store, needed(v.session, contracts))
	if err != nil {
		return nil, err
	}
	m := &material{visit: v, motion: t.motions(v.session.Duration()), windows: make([][][][]float64, len(contracts))}
	windowS := 1.0
	if len(contracts) > 0 {
		windowS = contracts[0].WindowS
	}
	m.places(windowS)
	failed := make([][]error, len(m.sets))
	for i := range failed {
		failed[i] = make([]error, len(contracts))
	}
	for k, c := range contracts {
		m.windows[k] = make([][][]float64, len(v.sets))
		r, none := training.NewReader(t, t.soFar(), bare(c))
		for i, s := range m.sets {
			if err = none; err == nil {
				m.windows[k][i], err = r.Window(ctx, s.moment)
			}
			if failed[i][k] = err; err != nil && !unusable(err) {
				return nil, err
			}
		}
	}
	for i, s := range m.sets {
		m.found[i].counted = t.counted(s.Onset, s.End)
		m.shapes = append(m.shapes, t.shapeOf(s))
		m.found[i].look(m.windowsOf(i), failed[i])
	}
	return m, nil
}

// windowsOf are the windows of a set, by model.
func (m *material) windowsOf(set int) (list [][][]float64) {
	for _, w := range m.windows {
		list = append(list, w[set])
	}
	return list
}

// places follows the beacons up to each set's decision, frame by frame as the
// engine does.
func (m *material) places(windowS float64) {
	z := newZones()
	next := 0
	for i := range m.sets {
		s := &m.sets[i]
		at := s.Onset + windowS
		frame := float64(frameOf(at)) * frameS
		for ; next < len(m.session.Events) && m.session.Events[next].AtS < frame-edge; next++ {
			z.observe(m.session.Events[next])
		}
		z.advance(frame)
		m.found = append(m.found, evidence{atS: at, onsetS: s.Onset, truth: s, zone: z.zone, belief: z.belief()})
	}
}

// onsets are the sets' beginnings as a model's sensors saw them.
func (m *material) onsets(model int) []onset {
	var all []onset
	for i, e := range m.found {
		if model < len(e.features) && e.features[model] != nil {
			all = append(all, onset{session: m.session.ID, exercise: m.sets[i].Exercise, features: e.features[model]})
		}
	}
	return all
}

// heard is the evidence with the models' word on each window.
func (m *material) heard(c Classifier) ([]evidence, error) {
	out := append([]evidence(nil), m.found...)
	for i := range out {
		if err := out[i].ask(modelsOf(c), m.windowsOf(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// needed is a session with the channels that learning looks at: accelerometers
// for movement, and what the contracts read.
func needed(s dataset.Session, contracts []training.Contract) dataset.Session {
	kinds := map[string]bool{"accelerometer": true}
	for _, c := range contracts {
		for _, ch := range c.Channels {
			kinds[ch.Sensor[strings.IndexByte(ch.Sensor, '/')+1:]] = true
		}
	}
	recordings := s.Recordings
	s.Recordings = nil
	for _, r := range recordings {
		channels := r.Channels
		r.Channels = nil
		for _, ch := range channels {
			if kinds[ch.Kind] {
				r.Channels = append(r.Channels, ch)
			}
		}
		if len(r.Channels) > 0 {
			s.Recordings = append(s.Recordings, r)
		}
	}
	return s
}

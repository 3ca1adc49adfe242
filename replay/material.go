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
	found   []evidence    // one for each set, without a sensor's likelihood
	windows [][][]float64 // the contract's window of each set; nil where unusable
	motion  []motion      // by frame
}

// prepare reads a session. contract may be nil: then there are no windows.
func prepare(ctx context.Context, store Store, v visit, contract *training.Contract) (*material, error) {
	t, err := wholeTape(ctx, store, needed(v.session, contract))
	if err != nil {
		return nil, err
	}
	m := &material{visit: v, motion: t.motions(v.session.Duration()), windows: make([][][]float64, len(v.sets))}
	windowS := 1.0
	if contract != nil {
		windowS = contract.WindowS
	}
	m.places(windowS)
	for i, s := range m.sets {
		m.found[i].counted = t.counted(s.Onset, s.End)
	}
	if contract == nil {
		for i := range m.found {
			m.found[i].missing = "no model"
		}
		return m, nil
	}
	r, none := training.NewReader(t, t.soFar(), bare(*contract))
	for i, s := range m.sets {
		if err = none; err == nil {
			m.windows[i], err = r.Window(ctx, s.moment)
		}
		switch {
		case err == nil:
			m.found[i].features = onsetFeatures(m.windows[i])
		case unusable(err):
			m.found[i].missing = err.Error()
		default:
			return nil, err
		}
	}
	return m, nil
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

func (m *material) onsets() []onset {
	var all []onset
	for i, e := range m.found {
		if e.features != nil {
			all = append(all, onset{session: m.session.ID, exercise: m.sets[i].Exercise, features: e.features})
		}
	}
	return all
}

// heard is the evidence with a model's word on each window.
func (m *material) heard(c Classifier) ([]evidence, error) {
	out := append([]evidence(nil), m.found...)
	for i, w := range m.windows {
		if w == nil {
			continue
		}
		var err error
		if out[i].sensor, err = likelihood(c, w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// needed is a session with the channels that learning looks at: accelerometers
// for movement, and what the contract reads.
func needed(s dataset.Session, c *training.Contract) dataset.Session {
	kinds := map[string]bool{"accelerometer": true}
	if c != nil {
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

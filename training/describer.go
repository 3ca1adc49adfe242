package training

import (
	"fmt"
	"slices"

	"onset/training/features"
)

// describer turns oriented windows into rows of numbers. Its exported fields are
// stored.
type describer struct {
	Families []features.Family `json:"families"`
	Raw      bool              `json:"raw,omitempty"` // the samples as they are

	frame     frame
	extractor *features.Extractor
}

// on prepares the describer for a frame's windows.
func (d describer) on(f frame) (*describer, error) {
	d.frame = f
	var err error
	if !d.Raw {
		d.extractor, err = extractorOf(f, d.Families)
	}
	return &d, err
}

func (d *describer) len() int {
	if d.Raw {
		return len(d.frame.Channels) * d.frame.Samples
	}
	return d.extractor.Len()
}

func (d *describer) name() string {
	if d.Raw {
		return fmt.Sprintf("%d samples", d.len())
	}
	return fmt.Sprintf("%d features", d.len())
}

// key tells describers of one frame apart.
func (d *describer) key() string { return fmt.Sprint(d.Raw, d.Families) }

// rows describes oriented windows.
func (d *describer) rows(windows [][]float32) ([][]float64, error) {
	out := make([][]float64, len(windows))
	for i, w := range windows {
		split := unflatten(w, d.frame.Samples)
		if d.Raw {
			out[i] = slices.Concat(split...)
			continue
		}
		var err error
		if out[i], err = d.extractor.Compute(nil, split); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// extractorOf prepares the features of a frame's windows. What an invariant
// orientation makes of three axes are not axes any more.
func extractorOf(f frame, families []features.Family) (*features.Extractor, error) {
	layout := features.Layout{Samples: f.Samples, RateHz: f.RateHz}
	for _, c := range f.Channels {
		layout.Channels = append(layout.Channels, c.Sensor+"."+c.Axis)
	}
	if starts, err := triads(f.Channels); err == nil && f.Orientation != OrientationInvariant {
		for _, s := range starts {
			layout.Sensors = append(layout.Sensors, [3]int{s, s + 1, s + 2})
		}
	}
	return features.New(layout, families...)
}

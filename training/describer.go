package training

import (
	"fmt"
	"math"
	"slices"

	"onset/training/features"
	"onset/training/kernels"
)

// describer turns oriented windows into rows of numbers. Its exported fields are
// stored.
type describer struct {
	Families []features.Family `json:"families"`
	Raw      bool              `json:"raw,omitempty"` // the samples as they are
	// Bank are random convolution kernels, fitted on training windows; Alone
	// leaves out the named features beside them.
	Bank  *kernels.Bank `json:"bank,omitempty"`
	Alone bool          `json:"alone,omitempty"`

	frame     frame
	extractor *features.Extractor
}

// on prepares the describer for a frame's windows.
func (d describer) on(f frame) (*describer, error) {
	d.frame = f
	var err error
	if !d.Raw && !d.Alone {
		d.extractor, err = extractorOf(f, d.Families)
	}
	if d.Bank != nil && err == nil {
		if err = d.Bank.Check(); err == nil && (d.Bank.Samples != f.Samples || d.Bank.Channels != len(f.Channels)+len(lengths(f))) {
			err = fmt.Errorf("its kernels take %d channels of %d samples", d.Bank.Channels, d.Bank.Samples)
		}
	}
	return &d, err
}

// fitted is the describer with kernels fitted on training windows.
func (d describer) fitted(windows [][]float32, features int, seed uint64) (*describer, error) {
	with := make([][]float32, len(windows))
	for i, w := range windows {
		with[i] = d.withLengths(w)
	}
	var err error
	d.Bank, err = kernels.Fit(with, len(d.frame.Channels)+len(lengths(d.frame)), features, seed)
	return &d, err
}

// lengths are the triples whose vector's length is a channel for kernels; an
// invariant orientation has it already.
func lengths(f frame) []int {
	starts, err := triads(f.Channels)
	if err != nil || f.Orientation == OrientationInvariant {
		return nil
	}
	return starts
}

// withLengths adds to a window the length of each three-axis sensor's vector.
func (d *describer) withLengths(w []float32) []float32 {
	n := d.frame.Samples
	out := slices.Clone(w)
	for _, s := range lengths(d.frame) {
		x, y, z := w[s*n:(s+1)*n], w[(s+1)*n:(s+2)*n], w[(s+2)*n:(s+3)*n]
		for i := range x {
			out = append(out, float32(math.Sqrt(float64(x[i]*x[i])+float64(y[i]*y[i])+float64(z[i]*z[i]))))
		}
	}
	return out
}

func (d *describer) len() int {
	if d.Raw {
		return len(d.frame.Channels) * d.frame.Samples
	}
	n := 0
	if !d.Alone {
		n = d.extractor.Len()
	}
	if d.Bank != nil {
		n += d.Bank.Len()
	}
	return n
}

func (d *describer) name() string {
	if d.Raw {
		return fmt.Sprintf("%d samples", d.len())
	}
	switch {
	case d.Bank != nil && d.Alone:
		return fmt.Sprintf("%d kernels", d.Bank.Len())
	case d.Bank != nil:
		return fmt.Sprintf("%d kernels and %d features", d.Bank.Len(), d.extractor.Len())
	}
	return fmt.Sprintf("%d features", d.len())
}

// key tells describers of one frame apart whose rows depend on a window alone.
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
		if d.Alone {
			continue
		}
		var err error
		if out[i], err = d.extractor.Compute(nil, split); err != nil {
			return nil, err
		}
	}
	return d.addKernels(out, windows)
}

// addKernels appends the kernels' outputs to the rows of windows.
func (d *describer) addKernels(rows [][]float64, windows [][]float32) ([][]float64, error) {
	if d.Bank == nil {
		return rows, nil
	}
	with := make([][]float32, len(windows))
	for i, w := range windows {
		with[i] = d.withLengths(w)
	}
	more, err := d.Bank.Rows(with)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i] = append(rows[i], more[i]...)
	}
	return rows, nil
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

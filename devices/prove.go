package devices

import (
	"math"

	"onset/training/nn"
)

// prove computes every golden vector of every form and compares layer by layer,
// bit for bit, and that they were made under this description. worst is the largest difference of the fast arithmetic in a
// probability of the exact form.
func (f *folder) prove() (worst float64, err error) {
	for _, v := range f.description.Variants {
		w, err := f.variants[v.Name].prove()
		if err != nil {
			return 0, err
		}
		if v.Name == nn.F32 {
			worst = w
		}
		if err := checkDescribes(f.text, f.variants[v.Name].golden.header); err != nil {
			return 0, err
		}
	}
	return worst, nil
}

func (f *form) prove() (worst float64, err error) {
	for i, v := range f.golden.vectors {
		layers, err := f.model.LayerOutputs(widen(v.window))
		if err != nil {
			return 0, refuse(f.file, "vector %d can't be computed: %v", i+1, err)
		}
		if len(layers) != len(v.layers) {
			return 0, refuse(f.file, "it speaks of %d layers, the model has %d", len(v.layers), len(layers))
		}
		for k, l := range layers {
			if at := firstDifference(l.Values, v.layers[k]); at >= 0 {
				return 0, refuse(f.file, "vector %d, layer %s (%s): value %d is not what was exported", i+1, l.Layer, l.Kind, at)
			}
		}
		p, err := f.model.Predict(widen(v.window))
		if err != nil {
			return 0, refuse(f.file, "vector %d can't be computed: %v", i+1, err)
		}
		for c := range p {
			worst = max(worst, math.Abs(p[c]-float64(v.p[c])))
		}
		if !(worst <= fastTolerance) {
			return 0, refuse(f.file, "vector %d: this machine's probabilities are %g off the exported ones", i+1, worst)
		}
	}
	return worst, nil
}

// firstDifference is the first place where two rows differ in a bit; -1 for
// nowhere.
func firstDifference(a, b []float32) int {
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

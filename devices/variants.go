package devices

import (
	"fmt"

	"onset/training"
	"onset/training/nn"
)

// Variant is a form in which the weights are stored, with what it costs.
type Variant struct {
	Name    nn.Precision `json:"name"`
	Weights string       `json:"weights"` // its file
	Golden  string       `json:"golden"`
	Bytes   int          `json:"bytes"`
	// Measured says that the scores are known: of those held out, judged by each
	// fold's own net with its weights in this form.
	Measured bool    `json:"measured"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Changed  float64 `json:"changed"` // share of answers that differ from the exact form
	Windows  int     `json:"windows"`
	Gate     Gate    `json:"gate"`
	Passed   bool    `json:"passed"`
}

// Gate is how much a smaller form may cost on those held out.
type Gate struct {
	AccuracyDrop float64 `json:"accuracy_drop"`
	MacroF1Drop  float64 `json:"macro_f1_drop"`
}

// DefaultGate lets one window in a hundred go.
func DefaultGate() Gate { return Gate{AccuracyDrop: 0.01, MacroF1Drop: 0.02} }

// variantFiles are the files of each precision.
func variantFiles(p nn.Precision) (weights, golden string) {
	switch p {
	case nn.F16:
		return "weights.f16", "golden.f16.bin"
	case nn.Int8:
		return "weights.i8", "golden.i8.bin"
	}
	return WeightsFile, GoldenFile
}

// variantsOf are all forms of a net with what a training measured of them.
func variantsOf(spec nn.Spec, r training.Result, gate Gate) []Variant {
	var out []Variant
	for _, p := range nn.Precisions() {
		v := Variant{Name: p, Bytes: spec.PackedSize(p), Gate: gate}
		v.Weights, v.Golden = variantFiles(p)
		switch {
		case p == nn.F32:
			v.Measured, v.Passed = r.Windows > 0, true
			v.Accuracy, v.MacroF1, v.Windows = r.Accuracy, r.MacroF1, r.Windows
		default:
			for _, m := range r.Precisions {
				if m.Precision != p {
					continue
				}
				v.Measured, v.Accuracy, v.MacroF1, v.Changed, v.Windows = true, m.Accuracy, m.MacroF1, m.Changed, m.Windows
				v.Passed = r.Accuracy-m.Accuracy <= gate.AccuracyDrop && r.MacroF1-m.MacroF1 <= gate.MacroF1Drop
			}
		}
		out = append(out, v)
	}
	return out
}

// why says what keeps a form from being written; empty when nothing does.
func (v Variant) why(exact Variant) string {
	switch {
	case v.Passed:
		return ""
	case !v.Measured:
		return fmt.Sprintf("what %s costs is not known: it was not measured when the model was trained, or did not come with it", v.Name)
	}
	return fmt.Sprintf("%s costs too much on those held out: accuracy %.3f instead of %.3f (at most %.3f less), macro-F1 %.3f instead of %.3f (at most %.3f less)",
		v.Name, v.Accuracy, exact.Accuracy, v.Gate.AccuracyDrop, v.MacroF1, exact.MacroF1, v.Gate.MacroF1Drop)
}

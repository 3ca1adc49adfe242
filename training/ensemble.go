package training

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// KindEnsemble is the mean of several fitted models. It is made by candidates
// with average, not by model.kind.
const KindEnsemble = "ensemble"

// ensembleBrain averages the logarithms of its members' calibrated
// probabilities.
type ensembleBrain struct {
	frame   frame
	members []ensembleMember
}

type ensembleMember struct {
	brain       brain
	temperature float64
}

// storedMember is a member in the ensemble's description; its weights follow
// those of the members before it.
type storedMember struct {
	Kind         string          `json:"kind"`
	Architecture string          `json:"architecture"`
	Orientation  string          `json:"orientation"`
	Temperature  float64         `json:"temperature"`
	Mean         []float32       `json:"mean"`
	Std          []float32       `json:"std"`
	Net          json.RawMessage `json:"net"`
	Weights      int             `json:"weights"` // bytes
}

// averageLogits is the mean of log-probabilities: [member][window][class] with a
// temperature for each member.
func averageLogits(members [][][]float64, temperatures []float64) [][]float64 {
	out := make([][]float64, len(members[0]))
	for i := range out {
		out[i] = make([]float64, len(members[0][i]))
		for k, m := range members {
			for j, p := range softmax(m[i], temperatures[k]) {
				out[i][j] += math.Log(max(p, 1e-9)) / float64(len(members))
			}
		}
	}
	return out
}

func (b *ensembleBrain) logits(windows [][]float32) ([][]float64, error) {
	var all [][][]float64
	var temperatures []float64
	for _, m := range b.members {
		l, err := m.brain.logits(windows)
		if err != nil {
			return nil, err
		}
		all, temperatures = append(all, l), append(temperatures, m.temperature)
	}
	return averageLogits(all, temperatures), nil
}

func (b *ensembleBrain) adapted(windows [][]float32) (brain, error) {
	own := &ensembleBrain{frame: b.frame}
	for _, m := range b.members {
		if a, ok := m.brain.(adaptive); ok {
			var err error
			if m.brain, err = a.adapted(windows); err != nil {
				return nil, err
			}
		}
		own.members = append(own.members, m)
	}
	return own, nil
}

func (b *ensembleBrain) record() (brainRecord, error) {
	out := brainRecord{kind: KindEnsemble, orientation: OrientationSensor}
	out.mean, out.std = unscaled(len(b.frame.Channels))
	var names []string
	var stored []storedMember
	for _, m := range b.members {
		r, err := m.brain.record()
		if err != nil {
			return out, err
		}
		names = append(names, r.architecture)
		stored = append(stored, storedMember{Kind: r.kind, Architecture: r.architecture, Orientation: r.orientation, Temperature: m.temperature,
			Mean: r.mean, Std: r.std, Net: r.spec, Weights: len(r.weights)})
		out.weights = append(out.weights, r.weights...)
	}
	out.architecture = "mean of: " + strings.Join(names, " + ")
	var err error
	if out.spec, err = json.Marshal(stored); err != nil {
		return out, fmt.Errorf("writing the ensemble's description: %w", err)
	}
	return out, nil
}

// mostMembers bounds what a stored ensemble may ask for.
const mostMembers = 64

func readEnsemble(r brainRecord, f frame, classes int) (brain, error) {
	var stored []storedMember
	if err := json.Unmarshal(r.spec, &stored); err != nil {
		return nil, fmt.Errorf("reading the ensemble: %w", err)
	}
	if len(stored) == 0 || len(stored) > mostMembers {
		return nil, fmt.Errorf("an ensemble of %d models", len(stored))
	}
	out := &ensembleBrain{frame: f}
	rest := r.weights
	for i, s := range stored {
		if s.Kind == KindEnsemble || s.Weights < 0 || s.Weights > len(rest) || !(s.Temperature > 0) || math.IsInf(s.Temperature, 0) {
			return nil, fmt.Errorf("member %d of the ensemble is damaged", i+1)
		}
		own := f
		own.Orientation = s.Orientation
		if err := (Contract{Channels: f.Channels, Mean: s.Mean, Std: s.Std, Orientation: s.Orientation}).checkScaling(); err != nil {
			return nil, fmt.Errorf("member %d of the ensemble: %w", i+1, err)
		}
		b, err := readBrain(brainRecord{kind: s.Kind, spec: s.Net, weights: rest[:s.Weights], mean: s.Mean, std: s.Std}, own, classes)
		if err != nil {
			return nil, fmt.Errorf("member %d of the ensemble: %w", i+1, err)
		}
		rest = rest[s.Weights:]
		out.members = append(out.members, ensembleMember{brain: b, temperature: s.Temperature})
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%d bytes follow the ensemble's weights", len(rest))
	}
	return out, nil
}

// readBrain restores the fitted part of a model and tries it: it must take its
// own frame's windows and give one output per class.
func readBrain(r brainRecord, f frame, classes int) (brain, error) {
	var b brain
	var err error
	switch {
	case r.kind == KindEnsemble:
		b, err = readEnsemble(r, f, classes)
	case (r.kind == KindMLP || r.kind == KindCNN) && !describesFeatures(r.spec):
		b, err = readNet(r, f)
	case (ModelConfig{Kind: r.kind}).known():
		b, err = readFeatures(r, f)
	default:
		return nil, fmt.Errorf("its kind %q isn't known", r.kind)
	}
	if err != nil {
		return nil, err
	}
	out, err := b.logits([][]float32{make([]float32, len(f.Channels)*f.Samples)})
	if err != nil {
		return nil, fmt.Errorf("it doesn't take its own contract's windows: %w", err)
	}
	if len(out[0]) != classes {
		return nil, fmt.Errorf("it gives %d outputs for %d classes", len(out[0]), classes)
	}
	return b, nil
}

// describesFeatures tells a perceptron on features from one on samples.
func describesFeatures(spec []byte) bool {
	var s map[string]json.RawMessage
	if json.Unmarshal(spec, &s) != nil {
		return false
	}
	_, ok := s["families"]
	return ok
}

package devices

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training"
)

// CheckReport is what a check of an exported model found right.
type CheckReport struct {
	OK            bool              `json:"ok"`
	Model         string            `json:"model"`
	Kind          string            `json:"kind"`
	Architecture  string            `json:"architecture"`
	Classes       []string          `json:"classes"`
	Contract      training.Contract `json:"contract"`
	Parameters    int               `json:"parameters"`
	MultiplyAdds  int               `json:"multiply_adds"`
	GoldenVectors int               `json:"golden_vectors"`
	GoldenLayers  int               `json:"golden_layers"`
	// FastestPathError is the largest difference between a calibrated
	// probability by this machine's fastest arithmetic and the exported one.
	FastestPathError float64 `json:"fastest_path_error"`
	Simulated        bool    `json:"simulated"`
	Program          string  `json:"program"`
}

// fastTolerance is how far this machine's fast arithmetic may be from the
// exporter's in a probability.
const fastTolerance = 1e-4

// Check verifies an exported model: every part's length and checksum, that the
// parts belong together, that the contract can be kept, and that all golden
// vectors give the same layers bit for bit. What is wrong is a *RefusedError.
func Check(dir string) (CheckReport, error) {
	f, err := readFolder(dir)
	if err != nil {
		return CheckReport{}, err
	}
	worst, err := f.prove()
	if err != nil {
		return CheckReport{}, err
	}
	d := f.description
	return CheckReport{
		OK: true, Model: d.Model, Kind: d.Kind, Architecture: d.Architecture, Classes: d.Classes, Contract: d.Contract,
		Parameters: d.Net.Params(), MultiplyAdds: d.Net.MultiplyAdds(), GoldenVectors: len(f.golden.vectors),
		GoldenLayers: len(f.golden.header.Layers), FastestPathError: worst, Simulated: d.Simulated, Program: d.Program,
	}, nil
}

// Load reads an exported model after the same verification as Check. It gives
// the same outputs bit for bit as the model in the study. It knows which
// sessions it has learnt from but no longer which people.
func Load(dir string) (*training.Model, error) {
	f, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	if _, err := f.prove(); err != nil {
		return nil, err
	}
	return f.model, nil
}

// folder is an exported model whose parts are whole.
type folder struct {
	description Description
	golden      *golden
	model       *training.Model
}

func readFolder(dir string) (*folder, error) {
	text, err := readPart(dir, ModelFile)
	if err != nil {
		return nil, err
	}
	d, err := unseal(text)
	if err != nil {
		return nil, err
	}
	parts := map[string][]byte{}
	for _, name := range []string{WeightsFile, GoldenFile, CardFile} {
		said, ok := d.Parts[name]
		if !ok {
			return nil, refuse(ModelFile, "it does not list %s", name)
		}
		raw, err := readPart(dir, name)
		if err != nil {
			return nil, err
		}
		if err := said.verify(name, raw); err != nil {
			return nil, err
		}
		parts[name] = raw
	}
	if said, ok := d.Parts[ONNXFile]; ok {
		raw, err := readPart(dir, ONNXFile)
		if err != nil {
			return nil, err
		}
		if err := said.verify(ONNXFile, raw); err != nil {
			return nil, err
		}
	}
	f := &folder{description: d}
	if f.golden, err = decodeGolden(parts[GoldenFile]); err != nil {
		return nil, err
	}
	if err := d.fits(f.golden.header); err != nil {
		return nil, err
	}
	if want := 4 * d.Net.Params(); len(parts[WeightsFile]) != want {
		return nil, refuse(WeightsFile, "it has %d bytes, the architecture %q has %d", len(parts[WeightsFile]), d.Architecture, want)
	}
	if f.model, err = d.model(parts[WeightsFile]); err != nil {
		return nil, err
	}
	return f, nil
}

func readPart(dir, name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missingError{RefusedError{name, "it is missing in " + dir}, err}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the exported model: %w", err)
	}
	return raw, nil
}

// missingError is a part that is not there.
type missingError struct {
	RefusedError
	cause error
}

func (e *missingError) Unwrap() []error { return []error{&e.RefusedError, e.cause} }

func partOf(raw []byte) Part {
	sum := sha256.Sum256(raw)
	return Part{Bytes: int64(len(raw)), SHA256: hex.EncodeToString(sum[:])}
}

func (p Part) verify(name string, raw []byte) error {
	switch got := partOf(raw); {
	case got.Bytes < p.Bytes:
		return refuse(name, "it is cut off: %d of %d bytes are there", got.Bytes, p.Bytes)
	case got.Bytes > p.Bytes:
		return refuse(name, "it has %d bytes more than were exported", got.Bytes-p.Bytes)
	case got.SHA256 != p.SHA256:
		return refuse(name, "it is damaged or another model's: its checksum differs")
	}
	return nil
}

// fits refuses a description that speaks of another contract than the golden
// vectors were computed under, and says where they part.
func (d Description) fits(h goldenHeader) error {
	if len(d.Classes) != d.Net.Outputs() {
		return refuse(ModelFile, "it lists %d classes for %d outputs", len(d.Classes), d.Net.Outputs())
	}
	if len(d.Prior) != len(d.Classes) {
		return refuse(ModelFile, "its prior has %d shares for %d classes", len(d.Prior), len(d.Classes))
	}
	if !slices.Equal(d.Classes, h.Classes) {
		return refuse(ModelFile, "its classes are %s, its golden vectors were computed for %s",
			strings.Join(d.Classes, ", "), strings.Join(h.Classes, ", "))
	}
	a, b := d.Contract, h.Contract
	for _, differs := range []struct {
		what string
		a, b any
	}{
		{"the order or unit of its inputs", a.Channels, b.Channels},
		{"its sensor set", a.SensorSet, b.SensorSet},
		{"its rate", a.RateHz, b.RateHz},
		{"the length of its window", [2]float64{a.WindowS, float64(a.Samples)}, [2]float64{b.WindowS, float64(b.Samples)}},
		{"its filter", a.Filter, b.Filter},
		{"its orientation", a.Orientation, b.Orientation},
		{"the scaling of its inputs", [2][]float32{a.Mean, a.Std}, [2][]float32{b.Mean, b.Std}},
		{"its contract", a, b},
	} {
		if !reflect.DeepEqual(differs.a, differs.b) {
			return refuse(ModelFile, "%s is %v here and %v in the golden vectors", differs.what, differs.a, differs.b)
		}
	}
	if in := d.Net.Input; in.Channels != len(a.Channels) || in.Samples != a.Samples {
		return refuse(ModelFile, "its net takes %v values, its contract gives %dx%d", in, len(a.Channels), a.Samples)
	}
	return nil
}

// model rebuilds the model from its description and weights.
func (d Description) model(weights []byte) (*training.Model, error) {
	net, err := json.Marshal(d.Net)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", ModelFile, err)
	}
	sessions := make([]dataset.SessionID, len(d.Lineage.Sessions))
	for i, s := range d.Lineage.Sessions {
		sessions[i] = dataset.SessionID(s)
	}
	m, err := training.FromParts(training.Parts{
		ID: d.Model, Kind: d.Kind, Architecture: d.Architecture, Contract: d.Contract, Classes: d.Classes,
		Prior: d.Prior, Temperature: d.Temperature, Net: net, Weights: weights,
		Lineage: training.Lineage{
			Run: d.Lineage.Run, WindowSet: d.Lineage.WindowSet, Seed: d.Lineage.Seed, Split: d.Lineage.Split,
			LedgerPosition: d.Lineage.LedgerPosition, LedgerHash: d.Lineage.LedgerHash, Sessions: sessions,
		},
	})
	if err != nil {
		return nil, refuse(ModelFile, "%v", err)
	}
	return m, nil
}

// prove computes every golden vector and compares layer by layer, bit for bit.
// worst is the largest difference of the fast arithmetic in a probability.
func (f *folder) prove() (worst float64, err error) {
	for i, v := range f.golden.vectors {
		layers, err := f.model.LayerOutputs(widen(v.window))
		if err != nil {
			return 0, refuse(GoldenFile, "vector %d can't be computed: %v", i+1, err)
		}
		if len(layers) != len(v.layers) {
			return 0, refuse(GoldenFile, "it speaks of %d layers, the model has %d", len(v.layers), len(layers))
		}
		for k, l := range layers {
			if at := firstDifference(l.Values, v.layers[k]); at >= 0 {
				return 0, refuse(GoldenFile, "vector %d, layer %s (%s): value %d is not what was exported", i+1, l.Layer, l.Kind, at)
			}
		}
		p, err := f.model.Predict(widen(v.window))
		if err != nil {
			return 0, refuse(GoldenFile, "vector %d can't be computed: %v", i+1, err)
		}
		for c := range p {
			worst = max(worst, math.Abs(p[c]-float64(v.p[c])))
		}
		if !(worst <= fastTolerance) {
			return 0, refuse(GoldenFile, "vector %d: this machine's probabilities are %g off the exported ones", i+1, worst)
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

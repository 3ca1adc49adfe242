package devices

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
	"onset/replay"
	"onset/training"
	"onset/training/nn"
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
	FastestPathError float64   `json:"fastest_path_error"`
	Simulated        bool      `json:"simulated"`
	Program          string    `json:"program"`
	Variants         []Variant `json:"variants"`
	Parts            int       `json:"parts"` // files verified besides model.json
	// Computed is what a device would compute for the first golden vectors.
	Computed []Computed `json:"computed"`
}

// Computed is a device's answer to a golden vector.
type Computed struct {
	Vector int     `json:"vector"` // from 1
	Class  string  `json:"class"`
	P      float64 `json:"p"`
}

// computed lists the answers to the first few golden vectors.
func (f *folder) computed() []Computed {
	const few = 5
	var out []Computed
	for i, v := range f.golden.vectors[:min(few, len(f.golden.vectors))] {
		top := 0
		for c, p := range v.p {
			if p > v.p[top] {
				top = c
			}
		}
		out = append(out, Computed{Vector: i + 1, Class: f.description.Classes[top], P: float64(v.p[top])})
	}
	return out
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
	return f.report(worst), nil
}

func (f *folder) report(worst float64) CheckReport {
	d := f.description
	return CheckReport{
		OK: true, Model: d.Model, Kind: d.Kind, Architecture: d.Architecture, Classes: d.Classes, Contract: d.Contract,
		Parameters: d.Net.Params(), MultiplyAdds: d.Net.MultiplyAdds(), GoldenVectors: len(f.golden.vectors),
		GoldenLayers: len(f.golden.header.Layers), FastestPathError: worst, Simulated: d.Simulated, Program: d.Program,
		Variants: d.Variants, Parts: len(d.Parts), Computed: f.computed(),
	}
}

// Load reads an exported model after the same verification as Check. It gives
// the same outputs bit for bit as the model in the study. It knows which
// sessions it has learnt from but no longer which people.
func Load(dir string) (*training.Model, error) {
	f, err := open(dir)
	if err != nil {
		return nil, err
	}
	return f.model, nil
}

// Device is an exported model as a device holds it: the net and the frozen
// tables beside it.
type Device struct {
	Model       *training.Model
	Knowledge   *replay.Knowledge
	Description Description
}

// LoadDevice reads an exported model with what a device needs to run it, after
// the same verification as Check. precision chooses the weights; empty is exact.
func LoadDevice(dir string, precision nn.Precision) (*Device, error) {
	f, err := open(dir)
	if err != nil {
		return nil, err
	}
	d := &Device{Model: f.model.Sequential(), Knowledge: f.knowledge, Description: f.description}
	if precision != "" && precision != nn.F32 {
		v, ok := f.variants[precision]
		if !ok {
			return nil, refuse(ModelFile, "it holds no %s weights", precision)
		}
		d.Model = v.model.Sequential()
	}
	return d, nil
}

// AsDevice is a model of the study as the device of its export would hold it,
// without writing one.
func AsDevice(ctx context.Context, store Store, model string, o Options) (*Device, error) {
	e, err := prepare(ctx, store, model, o)
	if err != nil {
		return nil, err
	}
	m, err := training.Load(ctx, store, model)
	if err != nil {
		return nil, err
	}
	k, err := e.description.Fusion.Knowledge(m.Classes())
	if err != nil {
		return nil, fmt.Errorf("running model %s as a device: %w", m.ID, err)
	}
	return &Device{Model: m.Sequential(), Knowledge: k, Description: e.description}, nil
}

func open(dir string) (*folder, error) {
	f, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	_, err = f.prove()
	return f, err
}

// folder is an exported model whose parts are whole.
type folder struct {
	description Description
	text        []byte // of model.json
	parts       map[string][]byte
	golden      *golden
	model       *training.Model
	variants    map[nn.Precision]*form // the exact one as well
	knowledge   *replay.Knowledge
}

// form is the model in one precision, with the golden vectors of that form.
type form struct {
	model  *training.Model
	golden *golden
	file   string
}

// maxPart bounds what is read of a file.
const maxPart = 1 << 30

// readFolder reads an export and refuses it by the first thing that is wrong:
// parts that are not whole, a contract that is not the one the golden vectors
// were computed under, a description that was changed.
func readFolder(dir string) (*folder, error) {
	text, err := readPart(dir, ModelFile)
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	f := &folder{description: d, text: text, parts: map[string][]byte{}, variants: map[nn.Precision]*form{}}
	for _, name := range []string{WeightsFile, GoldenFile, CardFile} {
		if _, ok := d.Parts[name]; !ok {
			return nil, refuse(ModelFile, "it does not list %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Parts)) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, refuse(ModelFile, "it lists the part %q, which lies elsewhere", name)
		}
		raw, err := readPart(dir, name)
		if err != nil {
			return nil, err
		}
		if err := d.Parts[name].verify(name, raw); err != nil {
			return nil, err
		}
		f.parts[name] = raw
	}
	if f.golden, err = decodeGolden(f.parts[GoldenFile]); err != nil {
		return nil, err
	}
	if err := d.fits(f.golden.header); err != nil {
		return nil, err
	}
	if err := checkSeal(text); err != nil {
		return nil, err
	}
	if f.knowledge, err = d.Fusion.Knowledge(d.Classes); err != nil {
		return nil, refuse(ModelFile, "%v", err)
	}
	if err := f.readVariants(); err != nil {
		return nil, err
	}
	f.model = f.variants[nn.F32].model
	return f, f.checkCompiled()
}

// checkCompiled refuses a device.bin that is not what the description compiles to.
func (f *folder) checkCompiled() error {
	raw, ok := f.parts[DeviceFile]
	if !ok || !bytes.HasPrefix(raw, []byte(deviceMagic)) { // another version's is beyond this program
		return nil
	}
	want, err := compile(f.description, f.parts[WeightsFile], f.parts[GoldenFile])
	if err != nil {
		return refuse(ModelFile, "%v", err)
	}
	if !bytes.Equal(raw, want) {
		return refuse(DeviceFile, "it is not what %s compiles to", ModelFile)
	}
	return nil
}

// readVariants reads the weights in every form that the description lists.
func (f *folder) readVariants() error {
	d := f.description
	if len(d.Variants) == 0 || d.Variants[0].Name != nn.F32 {
		return refuse(ModelFile, "it does not list the exact weights")
	}
	for _, v := range d.Variants {
		weights, golden := variantFiles(v.Name)
		raw, ok := f.parts[weights]
		if !ok || v.Weights != weights || v.Golden != golden {
			return refuse(ModelFile, "it speaks of %s weights in %q and does not list them", v.Name, v.Weights)
		}
		if want := d.Net.PackedSize(v.Name); len(raw) != want || d.Net.Params() == 0 {
			return refuse(weights, "it has %d bytes, the architecture %q has %d", len(raw), d.Architecture, want)
		}
		w, err := d.Net.Unpack(raw, v.Name)
		if err != nil {
			return refuse(weights, "%v", err)
		}
		exact, err := d.Net.Pack(w, nn.F32)
		if err != nil {
			return refuse(weights, "%v", err)
		}
		out := &form{file: golden}
		if out.model, err = d.model(exact); err != nil {
			return err
		}
		if out.golden, err = decodeGolden(f.parts[golden]); err != nil {
			return err
		}
		if err := d.fits(out.golden.header); err != nil {
			return err
		}
		f.variants[v.Name] = out
	}
	return nil
}

// readPart reads a file below a folder. Links are refused: what they lead to is
// not part of it.
func readPart(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missingError{RefusedError{name, "it is missing in " + dir}, err}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the exported model: %w", err)
	}
	defer func() { _ = root.Close() }() // read only
	path := filepath.FromSlash(name)
	info, err := root.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missingError{RefusedError{name, "it is missing in " + dir}, err}
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxPart {
		return nil, refuse(name, "it is a link, a folder, or no file of a size that an export has")
	}
	raw, err := root.ReadFile(path)
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
	if len(d.Catalogue) != len(d.Classes) {
		return refuse(ModelFile, "its catalogue has %d entries for %d classes", len(d.Catalogue), len(d.Classes))
	}
	if !slices.Equal(d.Classes, h.Classes) {
		return refuse(ModelFile, "its classes are %s, its golden vectors were computed for %s",
			strings.Join(d.Classes, ", "), strings.Join(h.Classes, ", "))
	}
	if err := sameContract(d.Contract, h.Contract); err != nil {
		return err
	}
	if in, c := d.Net.Input, d.Contract; in.Channels != len(c.Channels) || in.Samples != c.Samples {
		return refuse(ModelFile, "its net takes %d channels of %d samples, its contract gives %d of %d", in.Channels, in.Samples, len(c.Channels), c.Samples)
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

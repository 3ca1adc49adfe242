package devices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"onset/dataset"
	"onset/training"
	"onset/training/nn"
)

// Formats that Export can write. The blob is always written; it is what proves
// the others.
const (
	FormatBlob = "blob" // the folder that this package's comment describes
	FormatONNX = "onnx" // model.onnx beside it
)

// Formats lists what Export can write.
func Formats() []string { return []string{FormatBlob, FormatONNX} }

// Store is what an export needs of a study; *dataset.Study is one.
type Store interface {
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
	Counts(ctx context.Context) (dataset.Info, error)
}

// Report says what an export wrote.
type Report struct {
	Model         string   `json:"model"`
	Directory     string   `json:"directory"`
	Formats       []string `json:"formats"`
	Files         []File   `json:"files"`
	Parameters    int      `json:"parameters"`
	MultiplyAdds  int      `json:"multiply_adds"` // for one window
	GoldenVectors int      `json:"golden_vectors"`
	Simulated     bool     `json:"simulated"`
}

// File is one file of an export.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Export writes a model of the study to a new folder dir: all of it, checked, or
// nothing. An existing dir is refused unless it is empty (fs.ErrExist). program
// is the name and version that the export carries.
func Export(ctx context.Context, store Store, model, dir, program string, formats []string) (Report, error) {
	for _, f := range formats {
		if !slices.Contains(Formats(), f) {
			return Report{}, fmt.Errorf("exporting: no format %q (known: %v): %w", f, Formats(), dataset.ErrBadRequest)
		}
	}
	m, err := training.Load(ctx, store, model)
	if err != nil {
		return Report{}, fmt.Errorf("exporting: %w", err)
	}
	info, err := store.Counts(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("exporting model %s: %w", m.ID, err)
	}
	e, err := prepare(m, program, info.Simulated, formats)
	if err != nil {
		return Report{}, fmt.Errorf("exporting model %s: %w", m.ID, err)
	}
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	if err := e.write(dir); err != nil {
		return Report{}, fmt.Errorf("exporting model %s to %s: %w", m.ID, dir, err)
	}
	r := Report{Model: m.ID, Directory: dir, Formats: e.formats, Parameters: e.description.Net.Params(),
		MultiplyAdds: e.description.Net.MultiplyAdds(), GoldenVectors: goldenVectors, Simulated: info.Simulated}
	for _, f := range e.files {
		p := partOf(f.content)
		r.Files = append(r.Files, File{Name: f.name, Bytes: p.Bytes, SHA256: p.SHA256})
	}
	return r, nil
}

type content struct {
	name    string
	content []byte
}

// export is everything that is about to be written.
type export struct {
	description Description
	files       []content // model.json last
	formats     []string
}

func prepare(m *training.Model, program string, simulated bool, formats []string) (*export, error) {
	spec, ok := m.Net()
	if !ok {
		return nil, fmt.Errorf("a model of kind %q can't be exported, only nets can: %w", m.Kind(), dataset.ErrBadRequest)
	}
	parts, err := m.Parts()
	if err != nil {
		return nil, err
	}
	g, err := makeGolden(m)
	if err != nil {
		return nil, err
	}
	raw, err := g.encode()
	if err != nil {
		return nil, err
	}
	tensors, err := layout(spec, g.layerOutputs())
	if err != nil {
		return nil, err
	}
	row := m.Stored()
	d := Description{
		Format: formatName, Version: formatVersion, Program: program, Model: m.ID, Name: row.Name, Simulated: simulated,
		Kind: m.Kind(), Architecture: m.Architecture(), Net: spec, Layout: tensors, Contract: m.Contract(),
		Classes: m.Classes(), Temperature: m.Temperature(), Prior: m.Prior(), Lineage: lineageOf(m.Lineage),
	}
	if d.Scores, err = scoresOf(row.Scores); err != nil {
		return nil, err
	}
	e := &export{formats: []string{FormatBlob}, files: []content{{WeightsFile, parts.Weights}, {GoldenFile, raw}, {CardFile, card(d)}}}
	if slices.Contains(formats, FormatONNX) {
		onnx, err := onnxOf(d, parts.Weights)
		if err != nil {
			return nil, err
		}
		e.formats, e.files = append(e.formats, FormatONNX), append(e.files, content{ONNXFile, onnx})
	}
	d.Parts = map[string]Part{}
	for _, f := range e.files {
		d.Parts[f.name] = partOf(f.content)
	}
	text, err := d.seal()
	if err != nil {
		return nil, err
	}
	e.description = d
	e.files = append(e.files, content{ModelFile, text})
	return e, nil
}

// layerOutputs is the shape of every layer's output.
func (g *golden) layerOutputs() []nn.LayerOutput {
	var out []nn.LayerOutput
	for _, l := range g.header.Layers {
		out = append(out, nn.LayerOutput{Layer: l.Layer, Kind: nn.Kind(l.Kind), Shape: l.Shape})
	}
	return out
}

func lineageOf(l training.Lineage) Lineage {
	out := Lineage{Run: l.Run, WindowSet: l.WindowSet, Seed: l.Seed, Split: l.Split, LedgerPosition: l.LedgerPosition,
		LedgerHash: l.LedgerHash, Participants: len(l.Participants), Sessions: []string{}}
	for _, s := range l.Sessions {
		out.Sessions = append(out.Sessions, string(s))
	}
	return out
}

// scoresOf keeps of a stored result what may leave: no person's code.
func scoresOf(stored []byte) (Scores, error) {
	if len(stored) == 0 {
		return Scores{}, nil
	}
	var r training.Result
	if err := json.Unmarshal(stored, &r); err != nil {
		return Scores{}, fmt.Errorf("reading the model's scores: %w", err)
	}
	s := Scores{Unit: r.Unit, Accuracy: r.Accuracy, MacroF1: r.MacroF1, Kappa: r.Kappa, Chance: r.Chance, ECE: r.ECE,
		Windows: r.Windows, Folds: len(r.Folds), People: len(r.Participants), Confusion: r.Confusion, PerClass: r.PerClass}
	for i, p := range r.Participants {
		if i == 0 {
			s.Lowest = p.Accuracy
		}
		s.Lowest, s.Highest = min(s.Lowest, p.Accuracy), max(s.Highest, p.Accuracy)
	}
	return s, nil
}

// write puts the folder in place whole: files go to a folder beside it first,
// are read back and proved, and the rename makes them appear.
func (e *export) write(dir string) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := checkFree(dir); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(stage))
		}
	}()
	for _, f := range e.files {
		if err := writeFile(filepath.Join(stage, f.name), f.content); err != nil {
			return err
		}
	}
	if _, err := Check(stage); err != nil {
		return fmt.Errorf("what was written does not prove itself: %w", err)
	}
	if err := os.Chmod(stage, 0o755); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // the empty folder in its place
		return err
	}
	return os.Rename(stage, dir)
}

// checkFree refuses a place that holds something.
func checkFree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w there and is not empty; choose another folder", fs.ErrExist)
	}
	return nil
}

func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

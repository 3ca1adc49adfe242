package devices

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
	"onset/dataset/signal"
	"onset/replay"
	"onset/training"
	"onset/training/nn"
)

// Formats that Export can write. The blob is always written; it is what proves
// the others.
const (
	FormatBlob   = "blob"   // the folder that this package's comment describes
	FormatONNX   = "onnx"   // model.onnx beside it
	FormatTFLite = "tflite" // model.tflite
	FormatCoreML = "coreml" // model.mlmodel
	FormatC      = "c"      // the sources of a device program
	FormatF16    = "f16"    // the weights in half precision as well
	FormatInt8   = "int8"   // the weights in 8 bits as well
)

// Formats lists what Export can write.
func Formats() []string {
	return []string{FormatBlob, FormatONNX, FormatTFLite, FormatCoreML, FormatC, FormatF16, FormatInt8}
}

// Store is what an export needs of a study; *dataset.Study is one.
type Store interface {
	replay.Store
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
	Counts(ctx context.Context) (dataset.Info, error)
}

// Options of an export.
type Options struct {
	Formats []string // the blob is always among them
	Program string   // name and version that the export carries
	// Group is the group of participants whose order of exercises counts besides
	// everyone's; it may be empty.
	Group string
	// LeaveOut are sessions that the device's tables must not learn from, for
	// judging the device on them.
	LeaveOut []dataset.SessionID
	Gate     *Gate // nil: DefaultGate
	// Relearn has a model that was brought in leave with tables of order and place
	// learnt from this study. Otherwise it leaves with those that it came with.
	Relearn bool
}

// Report says what an export wrote.
type Report struct {
	Model         string    `json:"model"`
	Directory     string    `json:"directory"`
	Formats       []string  `json:"formats"`
	Files         []File    `json:"files"`
	Parameters    int       `json:"parameters"`
	MultiplyAdds  int       `json:"multiply_adds"` // for one window
	GoldenVectors int       `json:"golden_vectors"`
	Simulated     bool      `json:"simulated"`
	Variants      []Variant `json:"variants"`
	Notes         []string  `json:"notes"` // what was asked for and not written, and why
}

// File is one file of an export.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Export writes a model of the study to a new folder dir: all of it, checked, or
// nothing. An existing dir is refused unless it is empty (fs.ErrExist).
func Export(ctx context.Context, store Store, model, dir string, o Options) (Report, error) {
	e, err := prepare(ctx, store, model, o)
	if err != nil {
		return Report{}, err
	}
	if err := e.write(dir); err != nil {
		return Report{}, fmt.Errorf("exporting model %s to %s: %w", e.description.Model, dir, err)
	}
	return e.report(dir), nil
}

func (e *export) report(dir string) Report {
	d := e.description
	r := Report{Model: d.Model, Directory: dir, Formats: e.formats, Parameters: d.Net.Params(), MultiplyAdds: d.Net.MultiplyAdds(),
		GoldenVectors: goldenVectors, Simulated: d.Simulated, Variants: d.Variants, Notes: e.notes}
	for _, f := range e.files {
		p := partOf(f.content)
		r.Files = append(r.Files, File{Name: f.name, Bytes: p.Bytes, SHA256: p.SHA256})
	}
	return r
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
	notes       []string
}

// prepare reads the model and computes everything that will be written.
func prepare(ctx context.Context, store Store, model string, o Options) (*export, error) {
	for _, f := range o.Formats {
		if !slices.Contains(Formats(), f) {
			return nil, fmt.Errorf("exporting: no format %q (known: %v): %w", f, Formats(), dataset.ErrBadRequest)
		}
	}
	m, err := training.Load(ctx, store, model)
	if err != nil {
		return nil, fmt.Errorf("exporting: %w", err)
	}
	info, err := store.Counts(ctx)
	if err != nil {
		return nil, fmt.Errorf("exporting model %s: %w", m.ID, err)
	}
	if _, ok := m.Net(); !ok {
		return nil, fmt.Errorf("exporting model %s: a model of kind %q can't be exported, only nets can: %w", m.ID, m.Kind(), dataset.ErrBadRequest)
	}
	origin, err := originOf(m.Stored())
	if err != nil {
		return nil, fmt.Errorf("exporting: %w", err)
	}
	if origin != nil && !o.Relearn {
		e, err := again(m, *origin, o)
		if err != nil {
			return nil, fmt.Errorf("exporting: %w", err)
		}
		return e, ctx.Err()
	}
	know, err := replay.Learn(ctx, store, m, replay.Options{}, o.LeaveOut...)
	if err != nil {
		return nil, fmt.Errorf("exporting model %s: learning what a device must know: %w", m.ID, err)
	}
	about, err := aboutOf(ctx, store, m, o.Group)
	if err != nil {
		return nil, fmt.Errorf("exporting model %s: %w", m.ID, err)
	}
	about.simulated = info.Simulated
	e, err := assemble(m, know.Tables(o.Group), about, o)
	if err != nil {
		return nil, fmt.Errorf("exporting model %s: %w", m.ID, err)
	}
	return e, ctx.Err()
}

// about is what a study says around a model.
type about struct {
	simulated bool
	cohort    *Cohort
	curve     []CurvePoint
}

func aboutOf(ctx context.Context, store Store, m *training.Model, group string) (about, error) {
	people, err := store.Participants(ctx)
	if err != nil {
		return about{}, fmt.Errorf("listing participants: %w", err)
	}
	if err := hasGroup(people, group); err != nil {
		return about{}, err
	}
	curve, err := onsetCurve(ctx, store, m)
	return about{cohort: cohortOf(people, m.Lineage.Participants), curve: curve}, err
}

// hasGroup refuses a group that nobody is in: what is made for it would be
// everyone's under a name of its own.
func hasGroup(people []dataset.Participant, group string) error {
	known := groupsOf(people)
	if group == "" || slices.Contains(known, group) {
		return nil
	}
	if len(known) == 0 {
		return fmt.Errorf("nobody is in group %q: the study has no groups: %w", group, dataset.ErrBadRequest)
	}
	return fmt.Errorf("nobody is in group %q; the study has %s: %w", group, strings.Join(known, ", "), dataset.ErrBadRequest)
}

// groupsOf are the groups that somebody is in.
func groupsOf(people []dataset.Participant) []string {
	var known []string
	for _, p := range people {
		if p.Group != "" && !slices.Contains(known, p.Group) {
			known = append(known, p.Group)
		}
	}
	slices.Sort(known)
	return known
}

// assemble makes the files of a model with its device's tables.
func assemble(m *training.Model, tables replay.Tables, a about, o Options) (*export, error) {
	d, err := describe(m, tables, a, o)
	if err != nil {
		return nil, err
	}
	origin, err := originOf(m.Stored())
	if err != nil {
		return nil, err
	}
	if origin != nil {
		d = relearnt(*origin, d)
	}
	return finish(m, d, o)
}

// finish makes the files that a description speaks of.
func finish(m *training.Model, d Description, o Options) (*export, error) {
	d.Variants = allVariants(d.Net, d.Variants)
	e := &export{formats: []string{FormatBlob}}
	if err := e.addVariants(m, &d, o.Formats); err != nil {
		return nil, err
	}
	c := newCard(d)
	e.files = append(e.files, content{CardFile, c.markdown()}, content{PageFile, c.html()})
	if err := e.addStandard(d, o.Formats); err != nil {
		return nil, err
	}
	if slices.Contains(o.Formats, FormatC) {
		files, err := deviceSources()
		if err != nil {
			return nil, err
		}
		e.formats, e.files = append(e.formats, FormatC), append(e.files, files...)
		compiled, err := compile(d, e.file(WeightsFile), e.file(GoldenFile))
		if err != nil {
			return nil, err
		}
		e.files = append(e.files, content{DeviceFile, compiled})
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

// file is what is about to be written under a name.
func (e *export) file(name string) []byte {
	for _, f := range e.files {
		if f.name == name {
			return f.content
		}
	}
	return nil
}

func describe(m *training.Model, tables replay.Tables, a about, o Options) (Description, error) {
	spec, _ := m.Net()
	row := m.Stored()
	result, err := resultOf(row.Scores)
	if err != nil {
		return Description{}, err
	}
	earlier, err := earlierOf(row, m.Contract())
	if err != nil {
		return Description{}, err
	}
	gate := DefaultGate()
	if o.Gate != nil {
		gate = *o.Gate
	}
	d := Description{
		Format: formatName, Version: formatVersion, Program: o.Program, Model: m.ID, Name: row.Name, Simulated: a.simulated,
		Kind: m.Kind(), Architecture: m.Architecture(), Net: spec, Layout: spec.Tensors(), Contract: m.Contract(),
		Resampling: Resampling{Method: "kaiser-sinc", Kernel: signal.ResampleKernel(), LeadS: m.Contract().LeadS()},
		Classes:    m.Classes(), Temperature: m.Temperature(), Prior: m.Prior(), Fusion: tables,
		Variants: variantsOf(spec, result, gate), Lineage: lineageOf(m.Lineage), Scores: scoresOf(result),
		Cohort: a.cohort, OnsetCurve: a.curve, Earlier: earlier,
	}
	for _, c := range d.Classes {
		d.Catalogue = append(d.Catalogue, catalogued(c))
	}
	return d, nil
}

// addVariants adds the weights in every form that was asked for and passes its
// gate, each with golden vectors of its own, and leaves the others out of the
// description.
func (e *export) addVariants(m *training.Model, d *Description, formats []string) error {
	exact := d.Variants[0]
	text, err := json.MarshalIndent(*d, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", ModelFile, err)
	}
	describes, err := describesOf(text)
	if err != nil {
		return err
	}
	var written []Variant
	for _, v := range d.Variants {
		asked := v.Name == nn.F32 || slices.Contains(formats, string(v.Name))
		if !asked {
			continue
		}
		if why := v.why(exact); why != "" {
			e.notes = append(e.notes, fmt.Sprintf("%s is not written: %s.", v.Weights, why))
			continue
		}
		low, err := m.Packed(v.Name)
		if err != nil {
			return err
		}
		parts, err := m.Parts()
		if err != nil {
			return err
		}
		packed, err := packedOf(d.Net, parts.Weights, v.Name)
		if err != nil {
			return err
		}
		g, err := makeGolden(low, describes)
		if err != nil {
			return err
		}
		raw, err := g.encode()
		if err != nil {
			return err
		}
		e.files = append(e.files, content{v.Weights, packed}, content{v.Golden, raw})
		if v.Name != nn.F32 {
			e.formats = append(e.formats, string(v.Name))
		}
		written = append(written, v)
	}
	d.Variants = written
	return nil
}

// exact are the weights in full precision.
func (e *export) exact() []byte { return e.files[0].content }

// packedOf stores exact weights in another precision.
func packedOf(spec nn.Spec, weights []byte, p nn.Precision) ([]byte, error) {
	w, err := spec.Unpack(weights, nn.F32)
	if err != nil {
		return nil, err
	}
	return spec.Pack(w, p)
}

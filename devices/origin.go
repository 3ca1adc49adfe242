package devices

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training"
	"onset/training/nn"
)

// originKey is where the stored description of a model that was brought in keeps
// what its model.json said.
const originKey = "export"

// withOrigin adds to a stored model what its model.json said, so that exporting
// it again gives the same. Parts and seal are made anew.
func withOrigin(row *dataset.ModelRow, d Description) error {
	d.Parts, d.Seal = nil, ""
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	spec := map[string]json.RawMessage{}
	if err := json.Unmarshal(row.Spec, &spec); err != nil {
		return err
	}
	spec[originKey] = text
	row.Spec, err = json.Marshal(spec)
	return err
}

// originOf is what model.json said of a model that was brought in; nil for one
// that was trained in the study.
func originOf(row dataset.ModelRow) (*Description, error) {
	var spec struct {
		Export *Description `json:"export"`
	}
	if err := json.Unmarshal(row.Spec, &spec); err != nil {
		return nil, fmt.Errorf("reading what came with model %s: %w", row.ID, err)
	}
	if spec.Export != nil {
		spec.Export.Name = row.Name
	}
	return spec.Export, nil
}

// again makes the files of a model that was brought in, with the tables that came
// with it. What an export would otherwise choose is refused: it was chosen when
// the model left.
func again(m *training.Model, origin Description, o Options) (*export, error) {
	if o.Group != "" || len(o.LeaveOut) > 0 {
		return nil, fmt.Errorf("model %s was brought in with its own tables of order and place; a group and sessions to leave out count only when they are learnt anew from this study (--tables study): %w", m.ID, dataset.ErrBadRequest)
	}
	return finish(m, origin, o)
}

// relearnt is a brought-in model's description with this study's tables.
func relearnt(origin, own Description) Description {
	origin.Fusion, origin.Program = own.Fusion, own.Program
	origin.Simulated = origin.Simulated || own.Simulated
	return origin
}

// allVariants are a brought-in model's forms, and those that it came without.
func allVariants(spec nn.Spec, came []Variant) []Variant {
	out := slices.Clone(came)
	for _, v := range variantsOf(spec, training.Result{}, DefaultGate()) {
		if !slices.ContainsFunc(out, func(x Variant) bool { return x.Name == v.Name }) {
			out = append(out, v)
		}
	}
	return out
}

// formatsOf are the formats whose files a description lists.
func formatsOf(d Description) []string {
	out := []string{FormatBlob}
	for _, f := range []struct{ format, file string }{{FormatONNX, ONNXFile}, {FormatTFLite, TFLiteFile}, {FormatCoreML, CoreMLFile},
		{FormatC, DeviceFile}, {FormatF16, "weights.f16"}, {FormatInt8, "weights.i8"}} {
		if _, ok := d.Parts[f.file]; ok {
			out = append(out, f.format)
		}
	}
	return out
}

// lost names what an export of the kept model would not give back, byte for
// byte, of the folder that it came from; nothing when it is the same.
func (f *folder) lost(row dataset.ModelRow, text []byte) ([]string, error) {
	m, err := training.FromRow(row)
	if err != nil {
		return nil, err
	}
	origin, err := originOf(row)
	if err != nil {
		return nil, err
	}
	if origin == nil {
		return nil, errors.New("nothing of its description was kept")
	}
	e, err := again(m, *origin, Options{Formats: formatsOf(f.description)})
	if err != nil {
		return nil, err
	}
	var notes, differ []string
	for _, name := range slices.Sorted(maps.Keys(f.description.Parts)) {
		if raw := e.file(name); raw == nil || f.description.Parts[name] != partOf(raw) {
			differ = append(differ, name)
		}
	}
	if len(differ) > 0 {
		notes = append(notes, fmt.Sprintf("This program makes some of its files anew; another export of it gives other bytes in %s.", strings.Join(differ, ", ")))
	}
	if same, err := sealed(f.description, text); err != nil || !same {
		notes = append(notes, "Its model.json holds something that this program does not know; that was not kept.")
	}
	return notes, nil
}

// sealed tells whether a description says all that its text does.
func sealed(d Description, text []byte) (bool, error) {
	own, err := d.seal()
	if err != nil {
		return false, err
	}
	var a, b bytes.Buffer
	err = errors.Join(json.Compact(&a, own), json.Compact(&b, text))
	return err == nil && bytes.Equal(a.Bytes(), b.Bytes()), err
}

package devices

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
	"onset/replay"
	"onset/replay/order"
	"onset/training"
)

// kept is a study that models come into.
type kept struct{ rows map[string]dataset.ModelRow }

func (k kept) Model(_ context.Context, id string) (dataset.ModelRow, error) {
	if row, ok := k.rows[id]; ok {
		return row, nil
	}
	return dataset.ModelRow{}, dataset.ErrNotFound
}

func (k kept) SaveModel(_ context.Context, row dataset.ModelRow) error {
	k.rows[row.ID] = row
	return nil
}

func TestAnExportComesBackBitForBit(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	dir := exported(t, m)
	study := kept{rows: map[string]dataset.ModelRow{}}
	now := m.Stored().CreatedAt
	r, err := Import(context.Background(), study, dir, now)
	if err != nil || r.Already || r.Model != m.ID {
		t.Fatalf("%+v, %v", r, err)
	}
	parts, err := m.Parts()
	if err != nil || string(study.rows[m.ID].Weights) != string(parts.Weights) {
		t.Errorf("the weights differ (%v)", err)
	}
	if study.rows[m.ID].MacroF1 != 0.6 {
		t.Errorf("macro-F1 came back as %g", study.rows[m.ID].MacroF1)
	}
	if r, err := Import(context.Background(), study, dir, now); err != nil || !r.Already {
		t.Errorf("importing it again: %+v, %v", r, err)
	}
	other := newModel(t, "dense 5 relu / dense 3 softmax", training.OrientationSensor)
	if _, err := Import(context.Background(), study, exported(t, other), now); !errors.Is(err, dataset.ErrConflict) {
		t.Errorf("another model of the same id: %v", err)
	}
}

// learntFolder is an export that says all that an export can say: counts of order
// and place, a cohort, intervals, an onset curve, every format.
func learntFolder(t *testing.T, m *training.Model, change func(*replay.Tables)) string {
	t.Helper()
	tables := replay.PlainTables(m.Classes(), 1)
	tables.Order.Sites = []string{"gym"}
	tables.Order.Rows = append(tables.Order.Rows, order.Row{Context: []int{}, Next: []int{1, 3}, Count: []float32{2, 1.5}, Total: 3.5})
	tables.Place.Sites = append(tables.Place.Sites, replay.PlaceCount{Site: "gym", Exercise: []int{0, 2}, Count: []float32{3, 1}})
	tables.Weights["markov"] = 0.37
	tables.LearntFrom = []dataset.SessionID{"s1", "s2"}
	if change != nil {
		change(&tables)
	}
	row := m.Stored()
	row.Name = "wrist"
	row.Scores = []byte(`{"accuracy":0.7,"macro_f1":0.6,"windows":40,"split":"leave-participant-out","unit_of_analysis":"windows","folds":[{},{},{}],` +
		`"participants":[{"participant":"P-CODE-01","n":20,"accuracy":0.8},{"participant":"P-CODE-02","n":20,"accuracy":0.6},{"participant":"P-CODE-03","n":9,"accuracy":0.65}],` +
		`"participant_accuracy":{"mean":0.68,"ci95":{"lo":0.6,"hi":0.8}},"participant_macro_f1":{"mean":0.58,"ci95":{"lo":0.5,"hi":0.7}},` +
		`"precisions":[{"precision":"f16","accuracy":0.7,"macro_f1":0.6,"windows":40},{"precision":"int8","accuracy":0.695,"macro_f1":0.59,"changed":0.02,"windows":40}]}`)
	stored, err := training.FromRow(row)
	if err != nil {
		t.Fatal(err)
	}
	a := about{simulated: true, cohort: &Cohort{People: 3, Age: map[string]string{"30-39": "3"}, Sex: map[string]string{}, Proficiency: map[string]string{}},
		curve: []CurvePoint{{WindowS: 0.5, Accuracy: 0.5, MacroF1: 0.4, Windows: 40, Model: "m0"}, {WindowS: 1, Accuracy: 0.7, MacroF1: 0.6, Windows: 40, Model: "m1"}}}
	e, err := assemble(stored, tables, a, Options{Program: "onset of then", Formats: Formats()})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// contents are a folder's files.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var raw []byte
			raw, err = os.ReadFile(filepath.Join(dir, name))
			out[name] = string(raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAModelThatCameAndLeavesAgainIsTheSameInEveryByte(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationGravity)
	dir := learntFolder(t, m, nil)
	study := kept{rows: map[string]dataset.ModelRow{}}
	r, err := Import(context.Background(), study, dir, m.Stored().CreatedAt)
	if err != nil || r.Already || len(r.Notes) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	row := study.rows[m.ID]
	out := filepath.Join(t.TempDir(), "again")
	if _, err := Export(context.Background(), shelf{row: row}, m.ID, out, Options{Program: "onset of now", Formats: Formats()}); err != nil {
		t.Fatal(err)
	}
	before, after := contents(t, dir), contents(t, out)
	if len(before) < 25 || len(before) != len(after) {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s is another after a round trip", name)
		}
	}
	if !strings.Contains(before[CardFile], "3 people") || !strings.Contains(before[ModelFile], "0.37") {
		t.Error("the export says too little for this test")
	}
	preview, err := PreviewOf(row)
	if err != nil || len(preview.Variants) != 3 || !preview.Variants[2].Passed {
		t.Errorf("%+v, %v", preview, err)
	}
	_, err = Export(context.Background(), shelf{row: row}, m.ID, filepath.Join(t.TempDir(), "g"), Options{Group: "Knee Rehab"})
	if !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("another group's tables under the name of those that came: %v", err)
	}
	anew := filepath.Join(t.TempDir(), "anew")
	if _, err := Export(context.Background(), shelf{row: row}, m.ID, anew, Options{Group: "Knee Rehab", Relearn: true, Program: "onset of now"}); err != nil {
		t.Fatal(err)
	}
	d, err := LoadDevice(anew, "")
	if err != nil || len(d.Description.Fusion.Place.Sites) != 0 || d.Description.Cohort.People != 3 || !d.Description.Simulated {
		t.Errorf("learnt anew: %+v, %v", d.Description.Fusion.Place, err)
	}
}

func TestOneModelWithTwoTablesIsKeptTwice(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	study := kept{rows: map[string]dataset.ModelRow{}}
	for _, table := range []float32{0.1, 0.2, 0.1, 0.2} {
		dir := learntFolder(t, m, func(x *replay.Tables) { x.Weights["place"] = table })
		r, err := Import(context.Background(), study, dir, m.Stored().CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		came, err := originOf(study.rows[r.Model])
		if err != nil || came == nil || came.Fusion.Weights["place"] != table {
			t.Errorf("%s: %+v, %v", r.Model, came, err)
		}
	}
	if len(study.rows) != 2 {
		t.Errorf("%d models kept", len(study.rows))
	}
}

func TestWhatDoesNotComeBackIsNamed(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	dir := learntFolder(t, m, nil)
	edit(t, dir, CardFile, func(b []byte) []byte { return append(b, "By hand.\n"...) })
	rewrite(t, dir, func(d *Description) {
		raw, err := os.ReadFile(filepath.Join(dir, CardFile))
		if err != nil {
			t.Fatal(err)
		}
		d.Parts[CardFile] = partOf(raw)
	})
	edit(t, dir, ModelFile, func(b []byte) []byte {
		b = bytes.Replace(b, []byte(`"program":`), []byte(`"maker": "somebody", "program":`), 1)
		want, said, err := sealOf(b)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Replace(b, []byte(said), []byte(want), 1)
	})
	r, err := Import(context.Background(), kept{rows: map[string]dataset.ModelRow{}}, dir, m.Stored().CreatedAt)
	notes := strings.Join(r.Notes, " ")
	if err != nil || !strings.Contains(notes, "other bytes in card.md") || !strings.Contains(notes, "does not know") {
		t.Errorf("%q, %v", notes, err)
	}
}

package devices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
	"onset/training"
	"onset/training/nn"
)

// shelf is a study with one model.
type shelf struct {
	row       dataset.ModelRow
	simulated bool
}

func (s shelf) Model(_ context.Context, id string) (dataset.ModelRow, error) {
	if !strings.HasPrefix(s.row.ID, id) {
		return dataset.ModelRow{}, dataset.ErrNotFound
	}
	return s.row, nil
}

func (s shelf) Counts(context.Context) (dataset.Info, error) {
	return dataset.Info{Simulated: s.simulated}, nil
}

// A shelf holds no session: its devices know nothing but the classes.
func (shelf) Sessions(context.Context) ([]dataset.SessionSummary, error) { return nil, nil }
func (shelf) Session(context.Context, dataset.SessionID) (dataset.Session, error) {
	return dataset.Session{}, dataset.ErrNotFound
}
func (shelf) Labels(context.Context, dataset.LabelFilter) ([]dataset.Label, error) { return nil, nil }
func (shelf) ReadSamples(context.Context, dataset.ChannelID, int64, []float64) (int, error) {
	return 0, dataset.ErrNotFound
}
func (shelf) Participants(context.Context) ([]dataset.Participant, error) {
	return []dataset.Participant{{ID: "P-CODE-01", AgeBand: "30-39", Group: "Knee Rehab"}, {ID: "P-CODE-02", AgeBand: "30-39"}}, nil
}
func (shelf) Settings(context.Context) (dataset.Settings, error) {
	return dataset.Settings{SetupS: 1}, nil
}

// newModel is a model with random weights: an architecture in its one-line form
// over one second of a wrist's three axes at 50 Hz.
func newModel(t testing.TB, architecture, orientation string) *training.Model {
	t.Helper()
	classes := []string{"resistance:arms/biceps-curl", "resistance:arms/triceps-extension", "resistance:legs/squat"}
	spec, err := nn.ParseText(nn.Shape{Channels: 3, Samples: 50}, architecture)
	if err != nil {
		t.Fatal(err)
	}
	net, err := nn.New(spec, 7)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	c := training.Contract{SensorSet: []string{"left-wrist/accelerometer"}, RateHz: 50, WindowS: 1, Samples: 50,
		Filter: training.FilterSpec{Kind: "none"}, Orientation: orientation,
		Mean: []float32{0.1, -0.9, 0.25}, Std: []float32{0.3, 0.4, 0.5}}
	for _, axis := range []string{"x", "y", "z"} {
		c.Channels = append(c.Channels, training.ChannelSpec{Sensor: "left-wrist/accelerometer", Axis: axis, Unit: "g"})
	}
	m, err := training.FromParts(training.Parts{ID: "m1k2j3", Kind: training.KindMLP, Architecture: spec.Text(), Contract: c,
		Classes: classes, Prior: []float64{0.5, 0.25, 0.25}, Temperature: 1.7, Net: text, Weights: net.MarshalWeights(),
		Lineage: training.Lineage{Run: "r1", Participants: []dataset.ParticipantID{"P-CODE-01", "P-CODE-02"}, Sessions: []dataset.SessionID{"s1"}}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const mlp = "dense 16 relu / dropout 0.2 / dense 8 tanh / dense 3 softmax"

func exported(t *testing.T, m *training.Model) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	row := m.Stored()
	row.Scores = []byte(`{"accuracy":0.7,"macro_f1":0.6,"windows":40,"precisions":[{"precision":"f16","accuracy":0.7,"macro_f1":0.6,"windows":40},{"precision":"int8","accuracy":0.695,"macro_f1":0.59,"changed":0.02,"windows":40}],"participants":[{"participant":"P-CODE-01","n":20,"accuracy":0.8},{"participant":"P-CODE-02","n":20,"accuracy":0.6}]}`)
	if _, err := Export(context.Background(), shelf{row: row}, "m1", dir, Options{Program: "onset test"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLoadedModelAnswersBitForBit(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*training.Model{
		"mlp":     newModel(t, mlp, training.OrientationSensor),
		"gravity": newModel(t, mlp, training.OrientationGravity),
		"conv": newModel(t, "conv 8 k5 relu / batchnorm / residual ( conv 8 k3 relu / layernorm ) / maxpool 2 / global mean / dense 3 softmax",
			training.OrientationSensor),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := exported(t, m)
			report, err := Check(dir)
			if err != nil || !report.OK || report.GoldenVectors < 32 {
				t.Fatalf("check: %+v, %v", report, err)
			}
			loaded, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(3, 4))
			for range 50 {
				w := make([][]float64, 3)
				for c := range w {
					w[c] = make([]float64, 50)
					for i := range w[c] {
						w[c][i] = rng.NormFloat64()
					}
				}
				a, errA := m.Predict(w)
				b, errB := loaded.Predict(w)
				if errA != nil || errB != nil {
					t.Fatal(errA, errB)
				}
				for i := range a {
					if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
						t.Fatalf("class %d: %v in the study, %v from the folder", i, a[i], b[i])
					}
				}
			}
			if same, _ := loaded.HasSeen("s1", ""); !same {
				t.Error("the loaded model forgot which sessions it has seen")
			}
		})
	}
}

func TestNoPersonLeaves(t *testing.T) {
	t.Parallel()
	dir := exported(t, newModel(t, mlp, training.OrientationSensor))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("P-CODE")) {
			t.Errorf("%s holds a participant's code", f.Name())
		}
	}
}

// rewrite changes a description and seals it again, as somebody would who means
// to; the golden vectors must find it.
func rewrite(t *testing.T, dir string, change func(*Description)) {
	t.Helper()
	path := filepath.Join(dir, ModelFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	change(&d)
	if raw, err = d.seal(); err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, dir, name string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(raw), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedExportsAreRefused(t *testing.T) {
	t.Parallel()
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 4; return b }
	}
	cut := func(b []byte) []byte { return b[:len(b)-4] }
	relist := func(t *testing.T, dir, name string) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, dir, func(d *Description) { d.Parts[name] = partOf(raw) })
	}
	for name, test := range map[string]struct {
		harm  func(t *testing.T, dir string)
		part  string
		words string
	}{
		"one bit of a weight": {func(t *testing.T, d string) { edit(t, d, WeightsFile, flip(17)) }, WeightsFile, "checksum"},
		"weights cut off":     {func(t *testing.T, d string) { edit(t, d, WeightsFile, cut) }, WeightsFile, "cut off"},
		"weights too long": {func(t *testing.T, d string) {
			edit(t, d, WeightsFile, func(b []byte) []byte { return append(b, 0, 0, 0, 0) })
		}, WeightsFile, "4 bytes more"},
		"no weights": {func(t *testing.T, d string) {
			if err := os.Remove(filepath.Join(d, WeightsFile)); err != nil {
				t.Fatal(err)
			}
		}, WeightsFile, "missing"},
		"one bit of the golden file": {func(t *testing.T, d string) { edit(t, d, GoldenFile, flip(-9)) }, GoldenFile, "checksum"},
		"a letter of the card":       {func(t *testing.T, d string) { edit(t, d, CardFile, flip(12)) }, CardFile, "checksum"},
		"description edited by hand": {func(t *testing.T, d string) {
			edit(t, d, ModelFile, func(b []byte) []byte { return bytes.Replace(b, []byte(`"rate_hz": 50`), []byte(`"rate_hz": 60`), 1) })
		}, ModelFile, "rate"},
		"a score changed by hand": {func(t *testing.T, d string) {
			edit(t, d, ModelFile, func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"accuracy": 0.7`), []byte(`"accuracy": 0.9`), 1)
			})
		}, ModelFile, "seal"},
		"a key added by hand": {func(t *testing.T, d string) {
			edit(t, d, ModelFile, func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"version": 2,`), []byte(`"version": 2, "x": 1,`), 1)
			})
		}, ModelFile, "seal"},
		"description cut off":   {func(t *testing.T, d string) { edit(t, d, ModelFile, func(b []byte) []byte { return b[:len(b)/2] }) }, ModelFile, "cut off"},
		"another file's format": {func(t *testing.T, d string) { edit(t, d, ModelFile, func([]byte) []byte { return []byte("{}") }) }, ModelFile, "no Onset model"},
		"newer format": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Version = 9 }) },
			ModelFile, "version 9"},
		"inputs swapped": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) {
				c := x.Contract.Channels
				c[0], c[1] = c[1], c[0]
			})
		}, ModelFile, "the order of its inputs"},
		"wrong unit": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Contract.Channels[2].Unit = "m/s2" })
		}, ModelFile, "the unit of its input 3 (left-wrist/accelerometer z) is m/s2"},
		"a part that lies elsewhere": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Parts["../secret"] = Part{} })
		}, ModelFile, "lies elsewhere"},
		"tables of other classes": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Fusion.Exercises[0] = "other" })
		}, ModelFile, "first exercises"},
		"wrong rate":   {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.RateHz = 100 }) }, ModelFile, "rate"},
		"wrong window": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.Samples = 25 }) }, ModelFile, "window"},
		"wrong scaling": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.Std[0] = 1 }) },
			ModelFile, "scaling"},
		"classes swapped": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Classes[0], x.Classes[1] = x.Classes[1], x.Classes[0] })
		}, ModelFile, "golden vectors were computed for"},
		"a class too many": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Classes = append(x.Classes, "rest") })
		}, ModelFile, "4 classes for 3 outputs"},
		"weights of the right length in another order": {func(t *testing.T, d string) {
			edit(t, d, WeightsFile, func(b []byte) []byte {
				for i := range 4 { // two weights of the first layer
					b[i], b[40+i] = b[40+i], b[i]
				}
				return b
			})
			relist(t, d, WeightsFile)
		}, GoldenFile, "layer 1 (dense)"},
		"golden vectors of another model": {func(t *testing.T, d string) {
			other := exported(t, newModel(t, "dense 4 relu / dense 3 softmax", training.OrientationSensor))
			raw, err := os.ReadFile(filepath.Join(other, GoldenFile))
			if err != nil {
				t.Fatal(err)
			}
			edit(t, d, GoldenFile, func([]byte) []byte { return raw })
			relist(t, d, GoldenFile)
		}, GoldenFile, "layers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := exported(t, newModel(t, mlp, training.OrientationSensor))
			test.harm(t, dir)
			for _, try := range []func(string) error{
				func(d string) error { _, err := Check(d); return err },
				func(d string) error { _, err := Load(d); return err },
			} {
				err := try(dir)
				refused, ok := errors.AsType[*RefusedError](err)
				if !ok || refused.Part != test.part || !strings.Contains(refused.Why, test.words) {
					t.Errorf("got %v, want a refusal of %s that says %q", err, test.part, test.words)
				}
			}
		})
	}
}

// TestEveryFlippedBitIsFound flips bits all over an exported model.
func TestEveryFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	dir := exported(t, newModel(t, mlp, training.OrientationSensor))
	rng := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{ModelFile, WeightsFile, GoldenFile, CardFile} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, err := unsealed(dir)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			bad := bytes.Clone(good)
			at := rng.IntN(len(bad))
			bad[at] ^= 1 << rng.IntN(8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Check(dir); err == nil {
				// Only white space between the words of model.json says nothing.
				if after, err := unsealed(dir); name != ModelFile || err != nil || after != before {
					t.Errorf("a flipped bit in byte %d of %s was not found", at, name)
				}
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func unsealed(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, ModelFile))
	if err != nil {
		return "", err
	}
	if err := checkSeal(raw); err != nil {
		return "", err
	}
	d, err := parse(raw)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(d)
	return string(text), err
}

func TestExportNeverOverwrites(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	dir := exported(t, m)
	before, err := os.ReadFile(filepath.Join(dir, ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Export(context.Background(), shelf{row: m.Stored()}, "m1", dir, Options{Program: "onset test"})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("exporting over an export: %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, ModelFile))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the first export was touched: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Export(context.Background(), shelf{row: m.Stored()}, "x", dir+"2", Options{Program: "onset test"}); !errors.Is(err, dataset.ErrNotFound) {
		t.Errorf("exporting an unknown model: %v", err)
	}
}

func TestLayoutNamesEveryTensor(t *testing.T) {
	t.Parallel()
	dir := exported(t, newModel(t, "conv 4 k3 relu / batchnorm / flatten / dense 3 softmax", training.OrientationSensor))
	raw, err := os.ReadFile(filepath.Join(dir, ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(d.Layout)
	want := `[{"layer":"1","kind":"conv","name":"weights","shape":[4,3,3],"offset":0},` +
		`{"layer":"1","kind":"conv","name":"biases","shape":[4],"offset":36},` +
		`{"layer":"2","kind":"batchnorm","name":"scale","shape":[4],"offset":40},` +
		`{"layer":"2","kind":"batchnorm","name":"shift","shape":[4],"offset":44},` +
		`{"layer":"2","kind":"batchnorm","name":"mean","shape":[4],"offset":48},` +
		`{"layer":"2","kind":"batchnorm","name":"variance","shape":[4],"offset":52},` +
		`{"layer":"4","kind":"dense","name":"weights","shape":[3,200],"offset":56},` +
		`{"layer":"4","kind":"dense","name":"biases","shape":[3],"offset":656}]`
	if err != nil || string(got) != want {
		t.Errorf("layout\n%s\nwant\n%s (%v)", got, want, err)
	}
}

func FuzzGolden(f *testing.F) {
	f.Add([]byte(goldenMagic))
	f.Add(append([]byte(goldenMagic+"\x02\x00\x00\x00"), "{}"...))
	f.Add(append([]byte(goldenMagic+"\x46\x00\x00\x00"), `{"vectors":1,"contract":{"channels":[{}],"samples":1},"classes":["a"]}aaaabbbb`...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := decodeGolden(raw)
		if err != nil {
			return
		}
		again, err := g.encode()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(raw); len(again) < n-maxGoldenHeader {
			t.Errorf("%d bytes came back as %d", n, len(again))
		}
	})
}

// The ONNX file is a part like the others: listed, verified, refused when changed.
func TestONNXIsExportedAndVerified(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	dir := filepath.Join(t.TempDir(), "model")
	r, err := Export(context.Background(), shelf{row: m.Stored()}, "m1", dir, Options{Program: "onset test", Formats: []string{FormatBlob, FormatONNX, FormatTFLite, FormatCoreML}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(r.Formats, FormatONNX) || !slices.ContainsFunc(r.Files, func(f File) bool { return f.Name == ONNXFile && f.Bytes > 0 }) {
		t.Errorf("%+v", r)
	}
	if _, err := Check(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ONNXFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(dir); err == nil || !strings.Contains(err.Error(), ONNXFile) {
		t.Errorf("a flipped bit in %s: %v", ONNXFile, err)
	}
}

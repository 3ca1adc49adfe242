package devices

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onset/replay"
	"onset/training"
	"onset/training/nn"
)

// deviceFolder is a model exported with the sources of the device program.
func deviceFolder(t testing.TB, m *training.Model) string {
	t.Helper()
	e, err := assemble(m, replay.PlainTables(m.Classes(), 1), about{}, Options{Formats: []string{FormatC}, Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// strict are the flags that the device program must compile under without a word.
var strict = []string{"-O2", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"}

// program is the device program built from an export, once for all tests.
var program struct {
	once sync.Once
	path string
	err  error
}

func deviceProgram(t *testing.T, dir string) string {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	program.once.Do(func() {
		var folder string
		if folder, program.err = os.MkdirTemp("", "onset-device"); program.err == nil {
			program.path, program.err = buildProgram(filepath.Join(folder, "onset-device"), "cc", dir, strict...)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return program.path
}

type buildError struct {
	err    error
	output string
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + e.output }

func buildProgram(to, cc, dir string, flags ...string) (string, error) {
	sources, err := filepath.Glob(filepath.Join(dir, SourcesDir, "*.c"))
	if err != nil {
		return "", err
	}
	args := append(append([]string{"-o", to}, flags...), sources...)
	if out, err := exec.Command(cc, append(args, "-lm")...).CombinedOutput(); err != nil {
		return "", &buildError{err, string(out)}
	}
	return to, nil
}

// every layer kind and activation that package nn has.
var everyLayer = map[string]string{
	"mlp":      mlp,
	"conv":     "conv 8 k5 relu / batchnorm / residual ( conv 8 k3 relu / layernorm ) gelu / maxpool 2 / global mean / dense 3 softmax",
	"strided":  "conv 5 k4 s3 d2 leaky / meanpool 3 s2 / batchnorm / sigmoid / flatten / dense 7 gelu / dense 3",
	"valid":    "conv 6 k7 s2 valid tanh / layernorm / conv 9 k3 d3 / global max / dropout 0.1 / dense 17 sigmoid / dense 3 softmax",
	"nested":   "conv 4 k3 / residual ( batchnorm / relu / residual ( conv 4 k1 tanh ) / conv 4 k9 ) / global max / dense 3 softmax",
	"straight": "dense 3 softmax",
}

func TestDeviceProgramComputesGoldenVectors(t *testing.T) {
	t.Parallel()
	for name, architecture := range everyLayer {
		for _, orientation := range training.Orientations() {
			dir := deviceFolder(t, newModel(t, architecture, orientation))
			out, err := exec.Command(deviceProgram(t, dir), "self-test", dir).CombinedOutput()
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", name, orientation, err, out)
				continue
			}
			var proof struct {
				OK       bool `json:"ok"`
				Vectors  int  `json:"golden_vectors"`
				Layers   int  `json:"golden_layers"`
				WorstULP int  `json:"worst_ulp"`
			}
			if err := json.Unmarshal(out, &proof); err != nil || !proof.OK || proof.Vectors < 32 || proof.Layers == 0 || proof.WorstULP != 0 {
				t.Errorf("%s, %s: %s (%v)", name, orientation, out, err)
			}
		}
	}
}

// What a window's down does to a gyroscope, to a magnetometer and to a sensor
// that has no accelerometer beside it.
func TestDeviceProgramFoldsEverySensor(t *testing.T) {
	t.Parallel()
	spec, err := nn.ParseText(nn.Shape{Channels: 12, Samples: 50}, mlp)
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
	for _, orientation := range []string{training.OrientationHalfTurns, training.OrientationOctant} {
		plain := newModel(t, mlp, orientation)
		c := training.Contract{RateHz: 50, WindowS: 1, Samples: 50, Filter: training.FilterSpec{Kind: "none"}, Orientation: orientation}
		for _, in := range [][2]string{{"left-wrist/magnetometer", "uT"}, {"left-wrist/accelerometer", "g"}, {"left-wrist/gyroscope", "deg/s"}, {"right-wrist/gyroscope", "rad/s"}} {
			c.SensorSet = append(c.SensorSet, in[0])
			for _, axis := range []string{"x", "y", "z"} {
				c.Channels = append(c.Channels, training.ChannelSpec{Sensor: in[0], Axis: axis, Unit: in[1]})
				c.Mean, c.Std = append(c.Mean, 0.2), append(c.Std, 0.7)
			}
		}
		m, err := training.FromParts(training.Parts{ID: "m2", Kind: training.KindMLP, Architecture: spec.Text(), Contract: c,
			Classes: plain.Classes(), Prior: []float64{0.5, 0.25, 0.25}, Temperature: 1, Net: text, Weights: net.MarshalWeights()})
		if err != nil {
			t.Fatal(err)
		}
		dir := deviceFolder(t, m)
		out, err := exec.Command(deviceProgram(t, dir), "self-test", dir).CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"worst_ulp":0,`) {
			t.Errorf("%s: %v, %s", orientation, err, out)
		}
	}
}

func TestDeviceProgramRefusesDamagedExports(t *testing.T) {
	t.Parallel()
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 4; return b }
	}
	cut := func(b []byte) []byte { return b[:len(b)-4] }
	const madeWith = "is not what its golden vectors were made with"
	for name, test := range map[string]struct {
		harm  func(t *testing.T, dir string)
		words string
	}{
		"one bit of a weight": {func(t *testing.T, d string) { edit(t, d, WeightsFile, flip(17)) }, "weights.f32: it is damaged"},
		"weights cut off":     {func(t *testing.T, d string) { edit(t, d, WeightsFile, cut) }, "weights.f32: it is cut off"},
		"weights too long": {func(t *testing.T, d string) {
			edit(t, d, WeightsFile, func(b []byte) []byte { return append(b, 0, 0, 0, 0) })
		}, "4 bytes more"},
		"one bit of golden.bin": {func(t *testing.T, d string) { edit(t, d, GoldenFile, flip(-9)) }, "golden.bin: it is damaged"},
		"one bit of device.bin": {func(t *testing.T, d string) { edit(t, d, DeviceFile, flip(200)) }, "device.bin: it is damaged"},
		"device.bin cut off":    {func(t *testing.T, d string) { edit(t, d, DeviceFile, cut) }, "device.bin: it is cut off"},
		"model.json cut off":    {func(t *testing.T, d string) { edit(t, d, ModelFile, func(b []byte) []byte { return b[:len(b)/2] }) }, "model.json: it is damaged or cut off"},
		"another file's format": {func(t *testing.T, d string) { edit(t, d, ModelFile, func([]byte) []byte { return []byte("{}") }) }, "model.json: it describes no Onset model"},
		"newer format":          {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Version = 9 }) }, "another format version"},
		"inputs swapped": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { c := x.Contract.Channels; c[0], c[1] = c[1], c[0] })
		}, "the order of its inputs"},
		"wrong unit": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Contract.Channels[2].Unit = "m/s2" })
		}, "the unit of its input 3"},
		"wrong rate":   {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.RateHz = 100 }) }, "its rate is another"},
		"wrong window": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.Samples = 25 }) }, "the length of its window"},
		"wrong filter": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.Filter.Kind = "ema" }) }, "its filter"},
		"wrong orientation": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Contract.Orientation = "gravity" })
		}, "its orientation"},
		"wrong scaling": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Contract.Std[0] = 1 }) }, "the scaling"},
		"a class too many": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Classes = append(x.Classes, "rest") })
		}, "4 classes for 3 outputs"},
		"classes swapped": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { c := x.Classes; c[0], c[1] = c[1], c[0] })
		}, "its classes are others"},
		"description edited, not sealed": {func(t *testing.T, d string) {
			edit(t, d, ModelFile, func(b []byte) []byte { return bytes.Replace(b, []byte("onset test"), []byte("onset best"), 1) })
		}, "its seal does not fit"},
		"another model's device.bin":     {func(t *testing.T, d string) { other(t, d, DeviceFile) }, "device.bin: it is"},
		"another model's golden vectors": {func(t *testing.T, d string) { other(t, d, GoldenFile) }, "golden.bin: it "},
		"weights in another order, listed": {func(t *testing.T, d string) {
			edit(t, d, WeightsFile, func(b []byte) []byte { b[0], b[40], b[1], b[41] = b[40], b[0], b[41], b[1]; return b })
			rewrite(t, d, func(x *Description) {
				raw, err := os.ReadFile(filepath.Join(d, WeightsFile))
				if err != nil {
					t.Fatal(err)
				}
				x.Parts[WeightsFile] = partOf(raw)
			})
		}, "weights.f32: it is damaged or another model's"},
		"a part that a device does not need": {func(t *testing.T, d string) { edit(t, d, CardFile, flip(9)) }, "card.md: it is damaged"},
		"a source of its own":                {func(t *testing.T, d string) { edit(t, d, "c/onset_net.c", cut) }, "c/onset_net.c: it is cut off"},
		"another temperature, sealed":        {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Temperature = 2 }) }, madeWith},
		"another prior, sealed": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Prior[0], x.Prior[1] = x.Prior[1], x.Prior[0] })
		}, madeWith},
		"another table, sealed": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Fusion.Abstain = 0.9 }) }, madeWith},
		"another layer, sealed": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Net.Layers[0].Out++ }) }, madeWith},
		"another title, sealed": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Catalogue[0].Title = "rest" }) }, madeWith},
		"a catalogue too short": {func(t *testing.T, d string) { rewrite(t, d, func(x *Description) { x.Catalogue = x.Catalogue[:2] }) }, "its catalogue has"},
		"a catalogue too long": {func(t *testing.T, d string) {
			rewrite(t, d, func(x *Description) { x.Catalogue = append(x.Catalogue, CatalogueEntry{}) })
		}, "its catalogue has"},
		"weights that are a link": {func(t *testing.T, d string) {
			moved := filepath.Join(t.TempDir(), WeightsFile)
			if err := errors.Join(os.Rename(filepath.Join(d, WeightsFile), moved), os.Symlink(moved, filepath.Join(d, WeightsFile))); err != nil {
				t.Fatal(err)
			}
		}, "weights.f32: it is a link"},
		"no weights": {func(t *testing.T, d string) {
			if err := os.Remove(filepath.Join(d, WeightsFile)); err != nil {
				t.Fatal(err)
			}
		}, "weights.f32: it is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := deviceFolder(t, newModel(t, mlp, training.OrientationSensor))
			path := deviceProgram(t, dir)
			test.harm(t, dir)
			if _, err := Check(dir); err == nil {
				t.Error("Check takes it")
			}
			for _, what := range []string{"self-test", "run"} {
				cmd := exec.Command(path, what, dir)
				cmd.Stdin = strings.NewReader("")
				out, err := cmd.CombinedOutput()
				if err == nil || !strings.Contains(string(out), "is refused: ") || !strings.Contains(string(out), test.words) {
					t.Errorf("%s: %v, %s; want a refusal that says %q", what, err, out, test.words)
				}
			}
		})
	}
}

// other puts a part of another model in the place of this one's.
func other(t *testing.T, dir, part string) {
	t.Helper()
	from := deviceFolder(t, newModel(t, "dense 4 relu / dense 3 softmax", training.OrientationSensor))
	raw, err := os.ReadFile(filepath.Join(from, part))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, dir, part, func([]byte) []byte { return raw })
}

// handmade is a recording as somebody would write it by hand: a still minute.
func handmade(header, columns string, hz float64, seconds int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", header, columns)
	for i := range int(hz) * seconds {
		fmt.Fprintf(&b, "%g,0.01,0.02,0.98\n", float64(i)/hz)
	}
	return b.String()
}

func TestDeviceProgramRefusesSamples(t *testing.T) {
	t.Parallel()
	dir := deviceFolder(t, newModel(t, mlp, training.OrientationSensor))
	path := deviceProgram(t, dir)
	const good, columns = "# recording R placement=left-wrist nominal_hz=50 units=g,g,g", "time_s,accelerometer_x,accelerometer_y,accelerometer_z"
	for name, test := range map[string]struct{ samples, words string }{
		"nothing":                 {"", "there is no recording"},
		"no recording line":       {columns + "\n0,1,2,3\n", "no line '# recording"},
		"another sensor":          {handmade("# recording R placement=ankle nominal_hz=50 units=g,g,g", columns, 50, 3), "no recording holds a sensor"},
		"an axis is missing":      {handmade(good, "time_s,accelerometer_x,accelerometer_x,accelerometer_z", 50, 3), "an axis is there twice"},
		"a unit of something":     {handmade("# recording R placement=left-wrist nominal_hz=50 units=g,g,deg/s", columns, 50, 3), "its unit can't be converted"},
		"another rate":            {handmade(good, columns, 100, 3), "comes 0.01 s after the one before; at 50 Hz it takes 0.02 s"},
		"a slower rate":           {handmade(good, columns, 20, 3), "nearly every sample comes later"},
		"time runs backwards":     {good + "\n" + columns + "\n0,0,0,1\n0.02,0,0,1\n0.01,0,0,1\n", "after the one before"},
		"backwards, with a clock": {good + "\n" + columns + "\n0,0,0,1\n0.02,0,0,1\n0.01,0,0,1\n# clock first=0 start_s=0 rate_hz=50\n", "time runs backwards: sample 3"},
		"half the rate of its clock": {handmade(strings.Replace(good, "=50", "=25", 1), columns, 25, 3) + "# clock first=0 start_s=0 rate_hz=50\n",
			"by their times its samples come at 25 Hz; its clock says 50 Hz"},
		"another start than its clock": {handmade(good, columns, 50, 3) + "# clock first=0 start_s=7 rate_hz=50\n", "lies at 0 s in its row and at 7 s by its clock"},
		"half the rate it says":        {handmade(good, columns, 25, 3) + "# clock first=0 start_s=0 rate_hz=25\n", "its samples come at 25 Hz, it says 50 Hz"},
		"a unit that is wrong":         {handmade("# recording R placement=left-wrist nominal_hz=50 units=m/s2,m/s2,m/s2", columns, 50, 3), "averages 0.1 g; at rest it would be 1 g, so its unit is not m/s2"},
		"a short row":                  {good + "\n" + columns + "\n0,0,0,1\n0.02,0,1\n", "line 4: there are too few values: 2 beside the time, for 3 channels"},
		"a long row":                   {good + "\n" + columns + "\n0,0,0,1\n0.02,0,0,1,5\n", "line 4: there are too many values: 4"},
		"no row of samples":            {good + "\n" + columns + "\n0,0,0,1\ngarbage,1,2\n", `line 4: "garbage" is not a number, and it is the row's time`},
		"no time":                      {good + "\n" + columns + "\n0,0,0,1\n,0,0,1\n", `line 4: "" is not a number`},
		"a time that is none":          {good + "\n" + columns + "\n0,0,0,1\nnan,0,0,1\n", `line 4: "nan" is not a number`},
		"an infinity":                  {good + "\n" + columns + "\n0,0,0,1\n0.02,1e999,0,1\n", "line 4: 1e999 is infinite"},
		"an infinity by name":          {good + "\n" + columns + "\n0,0,0,1\n0.02,0,-inf,1\n", "line 4: -inf is infinite"},
		"a time that never comes":      {good + "\n" + columns + "\n0,0,0,1\n1e999,0,0,1\n", "line 4: 1e999 is infinite"},
		"a rate of zero":               {handmade(strings.Replace(good, "=50", "=0", 1), columns, 50, 3), "line 1: nominal_hz is no rate"},
		"a rate that is no number":     {handmade(strings.Replace(good, "=50", "=nan", 1), columns, 50, 3), "line 1: nominal_hz is no rate"},
		"a rate below zero":            {handmade(strings.Replace(good, "=50", "=-50", 1), columns, 50, 3), "line 1: nominal_hz is no rate"},
		"a word":                       {good + "\n" + columns + "\n0,0,0,1\n0.02,0,0,1x\n", `line 4: "1x" is not a number`},
		"no row, no columns":           {good + "\n", "no recording holds a sensor"},
		"times since 1970":             {strings.ReplaceAll(good+"\n"+columns+"\nT0.00,0,0,1\nT0.02,0,0,1\nT0.04,0,0,1\n", "T", "170000000"), "not from 1970"},
	} {
		cmd := exec.Command(path, "run", dir)
		cmd.Stdin = strings.NewReader(test.samples)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "the samples are refused: ") || !strings.Contains(string(out), test.words) {
			t.Errorf("%s: %v, %s; want a refusal that says %q", name, err, out, test.words)
		}
	}
	cmd := exec.Command(path, "run", dir)
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(handmade("# recording R placement=left-wrist nominal_hz=50 units=m/s2,m/s2,m/s2", columns, 50, 20), ",0.98\n", ",9.61\n"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("a still wrist: %v, %s", err, out)
	}
	var thinned strings.Builder // four of five rows without values: they are missing, not zero
	for i, line := range strings.SplitAfter(handmade(good, columns, 50, 20), "\n") {
		if at, _, values := strings.Cut(line, ","); values && i > 1 && i%5 != 0 {
			line = at + ",,,\n"
		}
		thinned.WriteString(line)
	}
	cmd = exec.Command(path, "run", dir)
	cmd.Stdin = strings.NewReader(thinned.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("a still wrist with missing values: %v, %s", err, out)
	}
}

// Why the sensor said nothing is told in the same words by both.
func TestDeviceProgramSaysWhyInTheReplaysWords(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("runtime/c/onset_session.c")
	if err != nil {
		t.Fatal(err)
	}
	for _, why := range []error{training.ErrGap, training.ErrOutside, training.ErrNoSensor, training.ErrNotANum} {
		if !strings.Contains(string(source), fmt.Sprintf("%q", why.Error())) {
			t.Errorf("the device program does not say %q", why)
		}
	}
}

// A model in every form: the program proves and runs each, and refuses one that
// is damaged or not there.
func TestDeviceProgramRunsSmallerForms(t *testing.T) {
	t.Parallel()
	for name, architecture := range everyLayer {
		dir := smallFolder(t, architecture)
		path := deviceProgram(t, dir)
		for _, form := range []string{"f32", "f16", "int8"} {
			out, err := exec.Command(path, "self-test", dir, form).CombinedOutput()
			if err != nil || !strings.Contains(string(out), `"worst_ulp":0,`) {
				t.Errorf("%s, %s: %v, %s", name, form, err, out)
			}
		}
	}
	for form, files := range map[string][2]string{"f16": {"weights.f16", "golden.f16.bin"}, "int8": {"weights.i8", "golden.i8.bin"}} {
		for _, test := range []struct {
			name   string
			change func([]byte) []byte
			words  string
		}{
			{files[0], func(b []byte) []byte { b[3] ^= 1; return b }, files[0] + ": it is damaged"},
			{files[0], func(b []byte) []byte { return b[:len(b)-4] }, files[0] + ": it is cut off"},
			{files[1], func(b []byte) []byte { b[len(b)-3] ^= 1; return b }, files[1] + ": it is damaged"},
			{files[0], nil, files[0] + ": it is missing"},
			{files[1], nil, files[1] + ": it is missing"},
		} {
			dir := smallFolder(t, mlp)
			if test.change == nil {
				if err := os.Remove(filepath.Join(dir, test.name)); err != nil {
					t.Fatal(err)
				}
			} else {
				edit(t, dir, test.name, test.change)
			}
			out, err := exec.Command(deviceProgram(t, dir), "self-test", dir, form).CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.words) {
				t.Errorf("%s: %v, %s; want a refusal that says %q", form, err, out, test.words)
			}
		}
	}
}

// smallFolder is a model exported in every form of its weights.
func smallFolder(t *testing.T, architecture string) string {
	t.Helper()
	m := newModel(t, architecture, training.OrientationSensor)
	row := m.Stored()
	row.Scores = []byte(`{"accuracy":0.7,"macro_f1":0.6,"windows":40,"precisions":[{"precision":"f16","accuracy":0.7,"macro_f1":0.6,"windows":40},{"precision":"int8","accuracy":0.7,"macro_f1":0.6,"windows":40}]}`)
	scored, err := training.FromRow(row)
	if err != nil {
		t.Fatal(err)
	}
	e, err := assemble(scored, replay.PlainTables(m.Classes(), 1), about{}, Options{Formats: []string{FormatC, FormatF16, FormatInt8}, Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

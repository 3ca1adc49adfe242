package devices

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/training"
)

// earlierFiles are a model of the earlier system, where the recordings are.
func earlierFiles(t *testing.T, name string) Earlier {
	t.Helper()
	read := func(suffix string) []byte {
		raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "muvr", "models", name+"_model."+suffix))
		if errors.Is(err, os.ErrNotExist) {
			t.Skip("the earlier system's models are not here")
		}
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	return Earlier{Weights: read("weights.raw"), Layers: read("layers.txt"), Labels: read("labels.txt")}
}

// earlierSession is the recorded session: three axes and each row's label.
func earlierSession(t *testing.T) (axes [3][]float64, labels []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "muvr", "watch", "exercise-session.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(raw)) {
		cells := strings.Split(line, ",")
		for k := range axes {
			v, err := strconv.ParseFloat(cells[k], 64)
			if err != nil {
				t.Fatal(err)
			}
			axes[k] = append(axes[k], v)
		}
		labels = append(labels, cells[3])
	}
	return axes, labels
}

var rightReading = Reading{Order: OrderInterleaved, Scale: 2, Filter: "ema:0.16666667", RateHz: 50, Sensor: "left-wrist/accelerometer"}

// The models were run on windows of 8 s; here every second, each filtered on its own. A
// window counts when it lies in one stretch of labels.
func score(t *testing.T, m *training.Model, classOf func(label string) int) (right, n int) {
	t.Helper()
	axes, labels := earlierSession(t)
	samples := m.Contract().Samples
	for i := 0; i+samples <= len(labels); i += 50 {
		truth := classOf(labels[i])
		for _, l := range labels[i : i+samples] {
			if l != labels[i] {
				truth = -1
			}
		}
		if truth < 0 {
			continue
		}
		var window [][]float64
		for _, a := range axes {
			y := append([]float64(nil), a[i:i+samples]...)
			for k := 1; k < len(y); k++ {
				y[k] = y[k-1] + (y[k]-y[k-1])/6
			}
			window = append(window, y)
		}
		p, err := m.Predict(window)
		if err != nil {
			t.Fatal(err)
		}
		top := 0
		for c := range p {
			if p[c] > p[top] {
				top = c
			}
		}
		n++
		if top == truth {
			right++
		}
	}
	return right, n
}

func TestEarlierModelsAnswerAsTheyDidWhenReadRight(t *testing.T) {
	t.Parallel()
	wrong := rightReading
	wrong.Order = OrderChannels
	for _, test := range []struct {
		name    string
		reading Reading
		low, up float64 // percent
	}{
		{"slacking", rightReading, 98.2, 98.3}, {"slacking", wrong, 35, 50}, {"arms", rightReading, 100, 100}, {"arms", wrong, 55, 75},
	} {
		m, err := ReadEarlier(earlierFiles(t, test.name), test.reading)
		if err != nil {
			t.Fatal(err)
		}
		classes := m.Classes()
		right, n := score(t, m, func(label string) int {
			if test.name == "slacking" {
				return map[bool]int{true: 0, false: 1}[label == ""]
			}
			for i, c := range classes {
				if c == label {
					return i
				}
			}
			return -1
		})
		percent := 100 * float64(right) / float64(n)
		t.Logf("%s read %s: %d of %d (%.1f%%)", test.name, test.reading.Order, right, n, percent)
		if !(percent >= test.low && percent <= test.up) || math.IsNaN(percent) {
			t.Errorf("%s read %s is right on %.1f%%, expected %g to %g", test.name, test.reading.Order, percent, test.low, test.up)
		}
	}
}

// oneSession is a study with one session of one axis-aligned recording.
type oneSession struct {
	session dataset.Session
	labels  []dataset.Label
	samples map[dataset.ChannelID][]float64
}

func (s oneSession) Session(context.Context, dataset.SessionID) (dataset.Session, error) {
	return s.session, nil
}
func (s oneSession) Labels(context.Context, dataset.LabelFilter) ([]dataset.Label, error) {
	return s.labels, nil
}
func (s oneSession) ReadSamples(_ context.Context, c dataset.ChannelID, first int64, dst []float64) (int, error) {
	return copy(dst, s.samples[c][first:]), nil
}

// A net that looks at one axis only can't tell twice the scaling, and says so; one
// whose answer depends on the order can.
func TestReadingsThatScoreAlikeAreNamed(t *testing.T) {
	t.Parallel()
	const n, hz = 1000, 50
	s := oneSession{samples: map[dataset.ChannelID][]float64{}}
	r := dataset.Recording{ID: "r1", Samples: n, Placement: "left-wrist", NominalHz: hz, Clock: dataset.Clock{Segments: []dataset.Segment{{First: 0, Start: 0, Rate: hz}}}}
	for i, axis := range []string{"x", "y", "z"} {
		c := dataset.ChannelID(i + 1)
		r.Channels = append(r.Channels, dataset.Channel{ID: c, Kind: "accelerometer", Axis: axis, Unit: "g"})
		s.samples[c] = make([]float64, n)
		for k := range s.samples[c] {
			s.samples[c][k] = map[string]float64{"x": 1, "y": -3}[axis] * map[bool]float64{true: 1, false: -1}[k < n/2]
		}
	}
	s.session = dataset.Session{ID: "s1", Recordings: []dataset.Recording{r}}
	s.labels = []dataset.Label{{ID: "l1", Recording: "r1", Start: 0, End: n / 2, Exercise: "a"}, {ID: "l2", Recording: "r1", Start: n / 2, End: n, Exercise: "b"}}
	// Two samples of three axes; class a sums x0 and x1 as interleaved, b their negative.
	var weights []byte
	for _, sign := range []float32{1, -1} {
		for _, v := range []float32{0, sign, 0, 0, sign, 0, 0} { // bias first
			weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(v))
		}
	}
	e := Earlier{Weights: weights, Layers: []byte("6 id 2 softmax"), Labels: []byte("a b")}
	reading := Reading{Order: OrderInterleaved, Scale: 2, Filter: "none", RateHz: hz, Sensor: "any/accelerometer"}
	m, err := ReadEarlier(e, reading)
	if err != nil {
		t.Fatal(err)
	}
	told, err := ScoreOn(t.Context(), s, m, "s1", 1)
	if err != nil || told.Windows < 18 || told.Right != told.Windows {
		t.Fatalf("%+v, %v", told, err)
	}
	alike, err := Rivals(t.Context(), s, e, reading, told, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range alike {
		names = append(names, a.Reading.String())
	}
	if !slices.Contains(names, "interleaved, divided by 4, filter none") || strings.Contains(strings.Join(names, " "), OrderChannels) {
		t.Errorf("alike are %v", names)
	}
	wrong := reading
	wrong.Order = OrderChannels
	m, err = ReadEarlier(e, wrong)
	if err != nil {
		t.Fatal(err)
	}
	if told, err = ScoreOn(t.Context(), s, m, "s1", 1); err != nil {
		t.Fatal(err)
	}
	better, err := Rivals(t.Context(), s, e, wrong, told, 1)
	if err != nil || len(better) == 0 || better[0].Reading.Order != OrderInterleaved || better[0].Right <= told.Right {
		t.Errorf("under the wrong order: %+v, %v", better, err)
	}
}

func TestEarlierModelsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := ReadEarlier(earlierFiles(t, "default"), rightReading); err == nil || !strings.Contains(err.Error(), "35 classes for 32 outputs") {
		t.Errorf("35 labels for 32 outputs: %v", err)
	}
	good := Earlier{Weights: make([]byte, 4*(7*2)), Layers: []byte("6 id 2 softmax"), Labels: []byte("a\nb\n")}
	if _, err := ReadEarlier(good, rightReading); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Earlier, *Reading)
		words  string
	}{
		"no order":          {func(_ *Earlier, r *Reading) { r.Order = "" }, "order of the inputs must be told"},
		"no scaling":        {func(_ *Earlier, r *Reading) { r.Scale = 0 }, "scaling must be told"},
		"no filter":         {func(_ *Earlier, r *Reading) { r.Filter = "" }, "filter must be told"},
		"weights cut off":   {func(e *Earlier, _ *Reading) { e.Weights = e.Weights[4:] }, "the layers need 56"},
		"no layers":         {func(e *Earlier, _ *Reading) { e.Layers = nil }, "pairs"},
		"unknown layer":     {func(e *Earlier, _ *Reading) { e.Layers = []byte("6 id 2 swish") }, "swish"},
		"one label missing": {func(e *Earlier, _ *Reading) { e.Labels = []byte("a") }, "1 classes for 2 outputs"},
		"a label twice":     {func(e *Earlier, _ *Reading) { e.Labels = []byte("a a") }, "not unique"},
		"no numbers":        {func(e *Earlier, _ *Reading) { e.Weights[3], e.Weights[2] = 0x7f, 0xc0 }, "no float32 numbers"},
	} {
		e, r := good, rightReading
		e.Weights = append([]byte(nil), good.Weights...)
		test.change(&e, &r)
		if _, err := ReadEarlier(e, r); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shelfOf keeps one model.
type shelfOf struct {
	shelf
	kept *dataset.ModelRow
}

func (shelfOf) Model(context.Context, string) (dataset.ModelRow, error) {
	return dataset.ModelRow{}, dataset.ErrNotFound
}
func (s shelfOf) SaveModel(_ context.Context, row dataset.ModelRow) error {
	*s.kept = row
	return nil
}

// The card of an earlier model tells its reading and what it was tried on, and
// counts nobody it does not know of.
func TestEarlierCardTellsReadingAndScore(t *testing.T) {
	t.Parallel()
	files := Earlier{Weights: make([]byte, 4*(7*2)), Layers: []byte("6 id 2 softmax"), Labels: []byte("a\nb\n")}
	m, err := ReadEarlier(files, rightReading)
	if err != nil {
		t.Fatal(err)
	}
	for name, score := range map[string]*Score{"tried": {Session: "s1", Windows: 40, Right: 39, Accuracy: 0.975, Left: 3}, "not tried": nil} {
		var row dataset.ModelRow
		if _, err := ImportEarlier(t.Context(), shelfOf{kept: &row}, m, rightReading, score, "arms", time.Now()); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "model")
		if _, err := Export(t.Context(), shelf{row: row}, row.ID, dir, Options{Program: "onset test"}); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, CardFile))
		if err != nil {
			t.Fatal(err)
		}
		card := string(raw)
		want := []string{"Model arms", "read so: inputs interleaved", fmt.Sprintf("divided by %g", rightReading.Scale), "Who it learnt from", "Not known", "not calibrated",
			fmt.Sprintf("needs %g s of movement", m.Contract().WindowS)}
		if score != nil {
			want = append(want, "39 of 40 windows of session s1", "97.5%", "may have learnt from it")
		} else {
			want = append(want, "without a session to try it on", "Not measured")
		}
		for _, w := range want {
			if !strings.Contains(card, w) {
				t.Errorf("%s: the card does not say %q:\n%s", name, w, card)
			}
		}
		for _, w := range []string{"0 people", "0 session", "Run ,", "seed 0", "One second", "people of one study"} {
			if strings.Contains(card, w) {
				t.Errorf("%s: the card says %q:\n%s", name, w, card)
			}
		}
	}
}

func TestEarlierModelsAreNamedAfterTheirFiles(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/m/arms_model.weights.raw": "arms_model", "/m/chest day/weights.raw": "chest day", "b.bin": "b", "weights.raw": ""} {
		if got := EarlierName(filepath.FromSlash(path)); got != want {
			t.Errorf("%s is called %q, not %q", path, got, want)
		}
	}
}

func FuzzEarlier(f *testing.F) {
	f.Add(make([]byte, 56), []byte("6 id 2 softmax"), []byte("a b"))
	f.Add(make([]byte, 60), []byte("3 id 2 relu 2 logistic"), []byte("- E"))
	f.Fuzz(func(t *testing.T, weights, layers, labels []byte) {
		if len(weights) > 1<<16 {
			return
		}
		m, err := ReadEarlier(Earlier{weights, layers, labels}, rightReading)
		if err == nil && len(m.Classes()) != len(strings.Fields(string(labels))) {
			t.Errorf("%d classes of %q", len(m.Classes()), labels)
		}
	})
}

// A clock that was set ten years on, and one that fell back to before the start,
// leave no more steps than there are seconds of samples.
func TestStepsPassOverAHoleOfYears(t *testing.T) {
	const years = 10 * 365 * 24 * 3600
	session := dataset.Session{Recordings: []dataset.Recording{
		{Samples: 3000, Clock: dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 1000, Start: 20.5, Rate: 50}, {First: 1500, Start: years, Rate: 50}, {First: 2500, Start: -30, Rate: 50}}}},
		{Samples: 500, Clock: dataset.Uniform(5, 50)},
	}}
	var got []float64
	for from := range steps(recorded(session, 2), 2, 1) {
		if got = append(got, from); len(got) > 100 {
			t.Fatal("it steps on and on")
		}
	}
	// From -30 to -20, from 0 to 30.5 over a short gap, and 20 s after years.
	if len(got) != 9+29+19 || got[0] != -30 || got[9] != 0 || got[9+28] != 28 || got[9+29] != years || got[len(got)-1] != years+18 {
		t.Errorf("%d steps: %v", len(got), got)
	}
}

// broken is a study whose samples can't be read.
type broken struct{ oneSession }

func (broken) ReadSamples(context.Context, dataset.ChannelID, int64, []float64) (int, error) {
	return 0, errBroken
}

var errBroken = errors.New("the disk is gone")

func TestAScoreOfWhatCannotBeReadIsNone(t *testing.T) {
	t.Parallel()
	m := newModel(t, mlp, training.OrientationSensor)
	s := wornSession("g", 1, 50, dataset.Segment{Rate: 50})
	s.labels = []dataset.Label{{ID: "l1", Recording: "R", Start: 0, End: 3000, Exercise: m.Classes()[0]}}
	if told, err := ScoreOn(t.Context(), s, m, "s1", 1); err != nil || told.Windows == 0 {
		t.Fatalf("%+v, %v", told, err)
	}
	if told, err := ScoreOn(t.Context(), broken{s}, m, "s1", 1); !errors.Is(err, errBroken) {
		t.Errorf("%+v, %v", told, err)
	}
}

package interchange

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"onset/dataset"
)

// ramp reads a channel whose samples are their own numbers, in thousandths.
type ramp struct{}

func (ramp) ReadSamples(_ context.Context, _ dataset.ChannelID, first int64, dst []float64) (int, error) {
	for i := range dst {
		dst[i] = float64(first+int64(i)) / 1000
	}
	return len(dst), nil
}

func taught() (dataset.Session, []dataset.Label) {
	s := dataset.Session{ID: "s01", Recordings: []dataset.Recording{{ID: "wrist", Samples: 1000, Clock: dataset.Uniform(0, 48.844),
		Channels: []dataset.Channel{{ID: 1, Kind: "accelerometer", Axis: "x", Unit: "g"}, {ID: 2, Kind: "gyroscope", Axis: "y", Unit: "deg/s"}}}}}
	return s, []dataset.Label{
		{Recording: "wrist", Kind: dataset.KindExercise, Start: 100, End: 400, Exercise: "curl"},
		{Recording: "wrist", Kind: dataset.KindSetup, Start: 100, End: 149, Exercise: "curl"},
		{Recording: "wrist", Kind: dataset.KindRest, Start: 400, End: 500},
		{Recording: "wrist", Kind: dataset.KindExercise, Start: 700, End: 1000, Exercise: "press"},
	}
}

// Edge Impulse counts the last sample in and wants ranges that touch, over the
// whole recording; accelerations are in m/s2.
func TestEdgeImpulseRangesTouch(t *testing.T) {
	s, labels := taught()
	dir := filepath.Join(t.TempDir(), "out")
	if _, _, err := Folders()[0].Write(t.Context(), dir, ramp{}, s, s.Recordings[0], labels); err != nil {
		t.Fatal(err)
	}
	var got struct{ StructuredLabels map[string][]span }
	read(t, filepath.Join(dir, "structured_labels.labels"), &got)
	want := []span{{0, 99, unlabelled}, {100, 399, "curl"}, {400, 499, "rest"}, {500, 699, unlabelled}, {700, 999, "press"}}
	spans := got.StructuredLabels["s01.json"]
	if len(spans) != len(want) {
		t.Fatalf("%+v", spans)
	}
	for i := range want {
		if spans[i] != want[i] {
			t.Errorf("range %d is %+v, want %+v", i, spans[i], want[i])
		}
	}
	var data struct {
		Payload struct {
			IntervalMS float64 `json:"interval_ms"`
			Sensors    []struct{ Name, Units string }
			Values     [][]float64
		}
	}
	read(t, filepath.Join(dir, "s01.json"), &data)
	p := data.Payload
	if math.Abs(p.IntervalMS-1000/48.844) > 1e-9 || len(p.Values) != 1000 || p.Sensors[0].Units != "m/s2" || p.Sensors[1].Units != "deg/s" {
		t.Errorf("%v ms, %d rows, %+v", p.IntervalMS, len(p.Values), p.Sensors)
	}
	if v := p.Values[700]; math.Abs(v[0]-0.7*9.80665) > 1e-12 || v[1] != 0.7 {
		t.Errorf("sample 700 is %v", v)
	}
}

// Create ML's annotations are half-open and name their file; they come back on
// their samples.
func TestCreateMLAnnotationsLieOnTheirSamples(t *testing.T) {
	s, labels := taught()
	dir := filepath.Join(t.TempDir(), "out")
	if _, _, err := Folders()[1].Write(t.Context(), dir, ramp{}, s, s.Recordings[0], labels); err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, filepath.Join(dir, "annotations.csv"))
	if len(rows) != 4 || rows[1][0] != "s01.csv" || rows[2][1] != "rest" {
		t.Fatalf("%v", rows)
	}
	samples := rowsOf(t, filepath.Join(dir, "s01.csv"))
	if len(samples) != 1001 || samples[0][1] != "accelerometer_x" {
		t.Fatalf("%d rows under %v", len(samples), samples[0])
	}
	inside := 0
	from, to := parsed(t, rows[1][2]), parsed(t, rows[1][3])
	for _, r := range samples[1:] {
		if at := parsed(t, r[0]); at >= from-1e-9 && at < to-1e-9 {
			inside++
		}
	}
	if inside != 300 {
		t.Errorf("%d samples lie in the first label, want 300", inside)
	}
}

// The formats know no gaps: a recording that has some becomes a file of each
// stretch, and a label that a gap cuts is in both.
func TestFoldersCutAtGaps(t *testing.T) {
	s, labels := taught()
	r := s.Recordings[0]
	r.Clock.Segments = append(r.Clock.Segments, dataset.Segment{First: 300, Start: 60, Rate: 50})
	out := t.TempDir()
	edge, ml := filepath.Join(out, "edge"), filepath.Join(out, "ml")
	for i, dir := range []string{edge, ml} {
		if _, _, err := Folders()[i].Write(t.Context(), dir, ramp{}, s, r, labels); err != nil {
			t.Fatal(err)
		}
	}
	var got struct{ StructuredLabels map[string][]span }
	read(t, filepath.Join(edge, "structured_labels.labels"), &got)
	want := map[string][]span{
		"s01-001.json": {{0, 99, unlabelled}, {100, 299, "curl"}},
		"s01-002.json": {{0, 99, "curl"}, {100, 199, "rest"}, {200, 399, unlabelled}, {400, 699, "press"}},
	}
	if !reflect.DeepEqual(got.StructuredLabels, want) {
		t.Errorf("ranges %+v", got.StructuredLabels)
	}
	var data struct {
		Payload struct {
			IntervalMS float64 `json:"interval_ms"`
			Values     [][]float64
		}
	}
	read(t, filepath.Join(edge, "s01-002.json"), &data)
	if p := data.Payload; p.IntervalMS != 20 || len(p.Values) != 700 || p.Values[0][1] != 0.3 {
		t.Errorf("the second stretch: %g ms, %d samples", p.IntervalMS, len(p.Values))
	}
	rows := rowsOf(t, filepath.Join(ml, "annotations.csv"))
	if len(rows) != 5 || rows[2][0] != "s01-002.csv" || rows[2][1] != "curl" || parsed(t, rows[2][3]) != 2 {
		t.Errorf("annotations %v", rows)
	}
}

func TestFoldersRefuseWhatTheyCannotHold(t *testing.T) {
	s, labels := taught()
	overlap := append(labels, dataset.Label{Recording: "wrist", Kind: dataset.KindExercise, Start: 300, End: 450, Exercise: "squat"})
	for _, f := range Folders() {
		dir := filepath.Join(t.TempDir(), "out")
		if _, _, err := f.Write(t.Context(), dir, ramp{}, s, s.Recordings[0], overlap); err == nil {
			t.Errorf("%s wrote labels that overlap", f.Name)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s left a folder behind", f.Name)
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Write(t.Context(), dir, ramp{}, s, s.Recordings[0], labels); err == nil {
			t.Errorf("%s wrote into a folder that was there", f.Name)
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rowsOf(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func parsed(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

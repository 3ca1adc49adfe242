package bids

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

// study makes a study of two sessions: one with a gap, one of two recordings
// at one place.
func study(t *testing.T) *dataset.Study {
	t.Helper()
	ctx := context.Background()
	s, err := dataset.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	channels := []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "m/s2"}, {Kind: "heart-rate", Unit: "1/min"}}
	for _, person := range []dataset.ParticipantID{"P-01", "P02"} {
		im, err := s.BeginImport(ctx, dataset.Session{Participant: person, Start: time.Date(2020, 5, 4, 3, 2, 1, 0, time.UTC), Zone: "UTC", Source: "test"})
		if err != nil {
			t.Fatal(err)
		}
		for range map[dataset.ParticipantID]int{"P-01": 1, "P02": 2}[person] {
			w, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: "Watch", Placement: "left-wrist", NominalHz: 10, Channels: channels})
			if err != nil {
				t.Fatal(err)
			}
			values := [][]float64{make([]float64, 100), make([]float64, 100)}
			for i := range 100 {
				values[0][i], values[1][i] = float64(i)/3, 60
			}
			if err := w.Append(ctx, values); err != nil {
				t.Fatal(err)
			}
			id, err := w.Finish(ctx, dataset.Clock{Segments: []dataset.Segment{{First: 0, Start: 2, Rate: 10}, {First: 50, Start: 20, Rate: 10}}}, 9.9, nil)
			if err != nil {
				t.Fatal(err)
			}
			im.AddLabels([]dataset.Label{{Recording: id, Set: "a", Kind: dataset.KindExercise, Start: 50, End: 60, Exercise: "legs/squat", Confidence: 1, Origin: "import", Rater: "MK"}})
		}
		if _, err := im.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func lines(t *testing.T, parts ...string) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, l := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		rows = append(rows, strings.Split(l, "\t"))
	}
	return rows
}

func TestExportIsExactAndUndated(t *testing.T) {
	s, dir := study(t), filepath.Join(t.TempDir(), "out")
	n, err := Export(context.Background(), s, dir, Options{Program: "Onset"})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	motion := filepath.Join(dir, "sub-P01", "ses-01", "motion")
	rows := lines(t, motion, "sub-P01_ses-01_task-exercise_tracksys-leftwrist_motion.tsv")
	if len(rows) != 100 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil || v != float64(i)/3 {
			t.Fatalf("row %d: %q", i, row[1])
		}
	}
	if rows[50][0] != "18.000000" {
		t.Errorf("the first sample after the gap is at %s", rows[50][0])
	}
	events := lines(t, motion, "sub-P01_ses-01_task-exercise_events.tsv")
	if strings.Join(events[1][:4], " ") != "20.000000 1.000000 legs/squat exercise" {
		t.Errorf("events %v", events)
	}
	channels := lines(t, motion, "sub-P01_ses-01_task-exercise_tracksys-leftwrist_channels.tsv")
	if len(channels) != 4 || channels[1][2] != "LATENCY" || channels[2][2] != "ACCEL" || channels[2][4] != "m/s^2" || channels[3][2] != "MISC" {
		t.Errorf("channels %v", channels)
	}
	b, err := os.ReadFile(filepath.Join(motion, "sub-P01_ses-01_task-exercise_tracksys-leftwrist_motion.json"))
	if err != nil {
		t.Fatal(err)
	}
	var side map[string]any
	if err := json.Unmarshal(b, &side); err != nil || side["SamplingFrequencyEffective"] != 9.9 || math.Abs(side["RecordingStartOffset"].(float64)-2) > 1e-12 {
		t.Errorf("sidecar %v, %v", side, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sub-P02", "ses-01", "motion", "sub-P02_ses-01_task-exercise_tracksys-leftwrist_run-02_motion.tsv")); err != nil {
		t.Error(err)
	}
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if strings.Contains(string(b), "2020") {
			t.Errorf("%s holds a date", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Export(context.Background(), s, dir, Options{}); err == nil {
		t.Error("an existing folder was written into")
	}
}

func TestACancelledExportLeavesNothing(t *testing.T) {
	s, parent := study(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Export(ctx, s, filepath.Join(parent, "out"), Options{Progress: func(int, int) { cancel() }, Dates: true})
	if err == nil {
		t.Fatal("the export went on")
	}
	left, err := os.ReadDir(parent)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

package codec

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/dataset/bids"
)

func TestBIDSMotion(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "sub-07", "ses-01", "motion")
	stem := "sub-07_ses-01_task-squats_tracksys-imu"
	writeFile(t, filepath.Join(root, "dataset_description.json"), []byte(`{"Name":"x","BIDSVersion":"1.9.0"}`))
	writeFile(t, filepath.Join(root, "participants.tsv"), []byte("participant_id\tage\nsub-07\t30\n"))
	writeFile(t, filepath.Join(root, "task-squats_motion.json"), []byte(`{"TaskName":"squats","Manufacturer":"Acme"}`))
	writeFile(t, filepath.Join(root, "sub-07", "ses-01", "sub-07_ses-01_scans.tsv"), []byte("filename\tacq_time\nmotion/"+stem+"_motion.tsv\t2022-03-04T05:06:07.500\n"))
	writeFile(t, filepath.Join(dir, stem+"_motion.json"), []byte(`{"SamplingFrequency":50,"TrackingSystemName":"imu"}`))
	writeFile(t, filepath.Join(dir, stem+"_channels.tsv"), []byte("name\tcomponent\ttype\ttracked_point\tunits\n"+
		"a_x\tx\tACCEL\tLeftThigh\tm/s^2\ng_x\tx\tGYRO\tLeftThigh\trad/s\nq_w\tquat_w\tORNT\tPelvis\tn/a\n"))
	writeFile(t, filepath.Join(dir, "sub-07_ses-01_task-squats_events.tsv"), []byte("onset\tduration\ttrial_type\n1.0\t2.0\tsquat\n500\t1\tsquat\n3\tn/a\tbeep\n"))
	writeFile(t, filepath.Join(dir, stem+"_motion.tsv"), tableRows("0\t0\t0.5", 499, func(i int) string {
		if i == 9 {
			return "1\tn/a\t0.5"
		}
		return fmt.Sprintf("%d\t2\t0.5", i+1)
	}))
	m := &memory{}
	report := importInto(t, m, Options{}, root)
	if len(m.sessions) != 1 || len(report.Refused) != 0 || len(report.Skipped) != 0 {
		t.Fatalf("%+v", report)
	}
	s := m.sessions[0]
	thigh, pelvis := s.recordings[0], s.recordings[1]
	if s.Participant != "S07" || thigh.spec.Placement != "LeftThigh" || thigh.spec.Device != "Acme" || thigh.spec.NominalHz != 50 || pelvis.spec.Channels[0].Axis != "w" {
		t.Errorf("%s %+v %+v", s.Participant, thigh.spec, pelvis.spec)
	}
	if thigh.samples() != 500 || !math.IsNaN(thigh.values[1][10]) || thigh.spec.Channels[0].Unit != "m/s2" {
		t.Errorf("%d samples, %g", thigh.samples(), thigh.values[1][10])
	}
	if s.Start.Format("2006-01-02 15:04:05.0") != "2022-03-04 05:06:07.5" || s.Zone != "" {
		t.Errorf("start %v %q", s.Start, s.Zone)
	}
	if len(s.labels) != 2 || s.labels[0].Start != 50 || s.labels[0].End != 150 || s.labels[1].Kind != dataset.KindPoint || !says(s.findings, dataset.FindingLabels, "row 3 names 500 to 501 s") {
		t.Errorf("labels %+v, findings %v", s.labels, s.findings)
	}
}

func TestBIDSMotionWithoutChannelsIsRefused(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "sub-1_task-x_tracksys-y_motion.tsv"), []byte("1\t2\n"))
	m := &memory{}
	report := importInto(t, m, Options{}, path)
	if len(m.sessions) != 0 || !strings.Contains(report.Refused[0].Reason, "there is no sub-1_task-x_tracksys-y_channels.tsv beside it") {
		t.Errorf("%+v", report)
	}
}

// TestBIDSMotionRoundTrip exports a session with gaps and brings it back.
func TestBIDSMotionRoundTrip(t *testing.T) {
	ctx := t.Context()
	study := newStudy(t)
	if _, err := Import(ctx, study, []string{data(t, "muvr", "pebble-sessions", "jan-arms-11-06")}, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "bids")
	if _, err := bids.Export(ctx, study, dir, bids.Options{Dates: true}); err != nil {
		t.Fatal(err)
	}
	back := newStudy(t)
	report, err := Import(ctx, back, []string{dir}, Options{}, nil)
	if err != nil || len(report.Imported) != 1 {
		t.Fatalf("%v %+v", err, report)
	}
	was, is := onlySession(t, study), onlySession(t, back)
	a, b := was.Recordings[0], is.Recordings[0]
	if a.Samples != b.Samples || a.Placement != b.Placement || is.Participant != was.Participant || len(a.Clock.Gaps()) != len(b.Clock.Gaps()) {
		t.Errorf("%d samples at %s with %d gaps became %d at %s with %d", a.Samples, a.Placement, len(a.Clock.Gaps()), b.Samples, b.Placement, len(b.Clock.Gaps()))
	}
	for i := int64(0); i < a.Samples; i += 97 {
		if off := a.Clock.Time(i) - b.Clock.Time(i); math.Abs(off) > 0.02 {
			t.Fatalf("sample %d moved by %g s", i, off)
		}
	}
	labels, err := study.Labels(ctx, dataset.LabelFilter{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Labels(ctx, dataset.LabelFilter{})
	if err != nil || len(again) != len(labels) {
		t.Fatalf("%d labels became %d, %v", len(labels), len(again), err)
	}
	for i := range labels {
		l, r := labels[i], again[i]
		if l.Exercise != r.Exercise || max(l.Start-r.Start, r.Start-l.Start) > 1 || max(l.End-r.End, r.End-l.End) > 1 || !reflect.DeepEqual(l.Attributes, r.Attributes) {
			t.Errorf("label %+v became %+v", l, r)
		}
	}
}

func onlySession(t *testing.T, s *dataset.Study) dataset.Session {
	t.Helper()
	all, err := s.Sessions(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d sessions, %v", len(all), err)
	}
	full, err := s.Session(t.Context(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// A recording that begins after its session keeps its moment, and events theirs,
// with dates and without.
func TestBIDSMotionRoundTripOfALateRecording(t *testing.T) {
	ctx := t.Context()
	study := newStudy(t)
	start := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	im, err := study.BeginImport(ctx, dataset.Session{Participant: "P01", Start: start, Zone: "UTC", Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, dataset.RecordingDraft{Placement: "chest", NominalHz: 10, Channels: []dataset.Channel{{Kind: "value", Unit: "1"}, {Kind: "accelerometer", Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	values := [][]float64{make([]float64, 300), make([]float64, 300)}
	for i := range values[1] {
		values[1][i] = math.Sin(float64(i))
	}
	if err := w.Append(ctx, values); err != nil {
		t.Fatal(err)
	}
	id, err := w.Finish(ctx, dataset.Uniform(2.5, 10), 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	im.AddLabels([]dataset.Label{{Recording: id, Set: "a", Kind: dataset.KindExercise, Start: 100, End: 160, Exercise: "legs/squat", Confidence: 1, Rater: "MK"}})
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	for _, dates := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "bids")
		if _, err := bids.Export(ctx, study, dir, bids.Options{Dates: dates}); err != nil {
			t.Fatal(err)
		}
		back := newStudy(t)
		report, err := Import(ctx, back, []string{dir}, Options{}, nil)
		if err != nil || len(report.Imported) != 1 {
			t.Fatalf("%v %+v", err, report)
		}
		is := onlySession(t, back)
		r := is.Recordings[0]
		if at := is.Start.Add(time.Duration(r.Clock.Time(0) * 1e9)); dates && at.Sub(start.Add(2500*time.Millisecond)).Abs() > time.Millisecond {
			t.Errorf("the recording begins at %v", at)
		}
		labels, err := back.Labels(ctx, dataset.LabelFilter{})
		if err != nil || len(labels) != 1 || max(labels[0].Start-100, 100-labels[0].Start) > 1 || labels[0].End-labels[0].Start < 59 {
			t.Errorf("dates %v: labels %+v, %v", dates, labels, err)
		}
		if r.Device != "" || r.Channels[0].Unit != "1" || r.Channels[1].Unit != "g" {
			t.Errorf("device %q, channels %+v", r.Device, r.Channels)
		}
	}
}

func TestBIDSSettingsMayNotBeAvailable(t *testing.T) {
	dir := t.TempDir()
	at := func(end string) string {
		return filepath.Join(dir, "sub-01", "motion", "sub-01_task-walk_tracksys-imu_"+end)
	}
	for end, text := range map[string]string{
		"motion.json":  `{"TaskName":"walk","Manufacturer":"n/a","TrackingSystemName":"n/a","RecordingStartOffset":"n/a","SamplingFrequency":"n/a","SamplingFrequencyEffective":50}`,
		"channels.tsv": "name\tcomponent\ttype\ttracked_point\tunits\nx\tx\tACCEL\tn/a\tm/s^2\n",
		"motion.tsv":   "0.5\n0.6\n0.7\n0.8\n",
	} {
		writeFile(t, at(end), []byte(text))
	}
	s, in := importOne(t, Options{}, filepath.Join(dir, "sub-01"))
	if r := s.recordings[0]; r.spec.Device != "" || r.spec.Placement != "unknown" || r.samples() != 4 || len(in.Rates) != 1 {
		t.Errorf("%+v", r.spec)
	}
}

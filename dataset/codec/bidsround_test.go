package codec

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/dataset/bids"
)

// roundStudy is a study with what the sample study has: people with a sheet, a
// session that is simulated, recordings whose order is not that of their names,
// with offsets and rates of their own, and a label of a single sample.
func roundStudy(t *testing.T) *dataset.Study {
	t.Helper()
	ctx := t.Context()
	study := newStudy(t)
	settings, err := study.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settings.Notice = "Simulated data"
	if err := study.PutSettings(ctx, settings); err != nil {
		t.Fatal(err)
	}
	im, err := study.BeginImport(ctx, dataset.Session{Participant: "S01", Start: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), Zone: "UTC", Source: "test", Simulated: true})
	if err != nil {
		t.Fatal(err)
	}
	channels := []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "m/s2"}}
	var labels []dataset.Label
	for i, r := range []struct {
		place            string
		nominal, counted float64
		clock            dataset.Clock
	}{
		{"right-wrist", 100, 103.174, dataset.Clock{Segments: []dataset.Segment{{Start: 0.0109, Rate: 103.174}, {First: 700, Start: 9.5, Rate: 103.2}}}},
		{"left-wrist", 50, 0, dataset.Uniform(0.0243, 50)},
		{"left-thigh", 50, 0, dataset.Uniform(0.0123, 50)},
	} {
		w, err := im.AddRecording(ctx, dataset.RecordingDraft{Placement: r.place, NominalHz: r.nominal, Channels: channels})
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float64, 1500)
		for k := range values {
			values[k] = float64((k*37+i*11)%101) / 7
		}
		if err := w.Append(ctx, [][]float64{values}); err != nil {
			t.Fatal(err)
		}
		id, err := w.Finish(ctx, r.clock, r.counted, nil)
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels,
			dataset.Label{Recording: id, Set: "a", Kind: dataset.KindExercise, Start: 554, End: 604, Exercise: "legs/squat", Confidence: 1, Rater: "MK"},
			dataset.Label{Recording: id, Set: "a", Kind: dataset.KindExercise, Start: 750, End: 751, Exercise: "legs/squat", Confidence: 1, Rater: "MK"},
			dataset.Label{Recording: id, Set: "a", Kind: dataset.KindPoint, Start: 801, End: 801, Confidence: 1, Rater: "MK"})
	}
	im.AddLabels(labels)
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := study.PutParticipant(ctx, dataset.Participant{ID: "S01", AgeBand: "30-39", Sex: "female", Proficiency: "trained", Side: "left",
		Group: "clinic", Fields: map[string]string{"injury": "none", "site": "B 2"}}); err != nil {
		t.Fatal(err)
	}
	return study
}

// exported writes a study as BIDS.
func exported(t *testing.T, study *dataset.Study, o bids.Options) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bids")
	if _, err := bids.Export(t.Context(), study, dir, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

func bringBack(t *testing.T, study *dataset.Study, dir string) Report {
	t.Helper()
	report, err := Import(t.Context(), study, []string{dir}, Options{}, nil)
	if err != nil || len(report.Imported) != 1 {
		t.Fatalf("%v %+v", err, report)
	}
	return report
}

func peopleOf(t *testing.T, s *dataset.Study) []dataset.Participant {
	t.Helper()
	all, err := s.Participants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mentions(report Report, text string) bool {
	for _, f := range report.Imported[0].Findings {
		if strings.Contains(f.Message, text) {
			return true
		}
	}
	return false
}

func TestBIDSBringsTheParticipantSheetBack(t *testing.T) {
	study := roundStudy(t)
	dir := exported(t, study, bids.Options{})
	if _, err := os.Stat(filepath.Join(dir, "participants.json")); err != nil {
		t.Error(err)
	}
	back := newStudy(t)
	bringBack(t, back, dir)
	if was, is := peopleOf(t, study), peopleOf(t, back); !reflect.DeepEqual(was, is) {
		t.Errorf("%+v became %+v", was, is)
	}
}

func TestBIDSNeverOverwritesTheSheetAndTakesNoExactAge(t *testing.T) {
	dir := exported(t, roundStudy(t), bids.Options{})
	table := filepath.Join(dir, "participants.tsv")
	if err := os.WriteFile(table, []byte("participant_id\tage\tsex\thandedness\tproficiency\nsub-S01\t34\tF\tambidextrous\twizard\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	back := newStudy(t)
	if err := back.PutParticipant(t.Context(), dataset.Participant{ID: "S01", Side: "right"}); err != nil {
		t.Fatal(err)
	}
	report, err := Import(t.Context(), back, []string{dir}, Options{Participant: "S01"}, nil)
	if err != nil || len(report.Imported) != 1 {
		t.Fatalf("%v %+v", err, report)
	}
	want := []dataset.Participant{{ID: "S01", Side: "right", Sex: "female", Fields: map[string]string{}}}
	if is := peopleOf(t, back); !reflect.DeepEqual(is, want) {
		t.Errorf("%+v", is)
	}
	for _, text := range []string{`"age" was left out`, `"proficiency" was left out`, `side of the participant: "both". The study has "right"`} {
		if !mentions(report, text) {
			t.Errorf("%q is not told: %+v", text, report.Imported[0].Findings)
		}
	}
	if mentions(report, "34") {
		t.Error("an exact age stands in a finding")
	}
}

func TestBIDSKeepsSimulatedDataSimulated(t *testing.T) {
	dir := exported(t, roundStudy(t), bids.Options{})
	text, err := os.ReadFile(filepath.Join(dir, "dataset_description.json"))
	if err != nil || !strings.Contains(string(text), `"Simulated": true`) {
		t.Errorf("%s %v", text, err)
	}
	back := newStudy(t)
	if report := bringBack(t, back, dir); !mentions(report, `the notice "Simulated data"`) {
		t.Errorf("%+v", report.Imported[0].Findings)
	}
	if !onlySession(t, back).Simulated {
		t.Error("simulated data came back as real")
	}
}

func TestBIDSOfBeforeTellsSimulatedByItsNotice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub-01", "motion")
	stem := filepath.Join(dir, "sub-01_task-walk_tracksys-imu_")
	writeFile(t, filepath.Join(filepath.Dir(filepath.Dir(dir)), "dataset_description.json"), []byte(`{"Name":"x","Notice":"Simulated data"}`))
	writeFile(t, stem+"motion.json", []byte(`{"SamplingFrequency":50}`))
	writeFile(t, stem+"channels.tsv", []byte("name\tcomponent\ttype\ttracked_point\tunits\nx\tx\tACCEL\tn/a\tm/s^2\n"))
	writeFile(t, stem+"motion.tsv", []byte("0.5\n0.6\n"))
	s, _ := importOne(t, Options{}, filepath.Dir(filepath.Dir(dir)))
	if !s.Simulated {
		t.Error("simulated data came back as real")
	}
}

// sessionAndLabels are what a round trip has to keep.
func sessionAndLabels(t *testing.T, s *dataset.Study) (dataset.Session, []dataset.Label) {
	t.Helper()
	labels, err := s.Labels(t.Context(), dataset.LabelFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return onlySession(t, s), labels
}

// where says on which recording and samples a label lies.
func where(s dataset.Session, l dataset.Label) string {
	at := slices.IndexFunc(s.Recordings, func(r dataset.Recording) bool { return r.ID == l.Recording })
	return fmt.Sprintf("%d %s %d-%d %s", at, s.Recordings[at].Placement, l.Start, l.End, l.Kind)
}

func places(s dataset.Session, labels []dataset.Label) []string {
	var out []string
	for _, l := range labels {
		out = append(out, where(s, l))
	}
	slices.Sort(out)
	return out
}

func TestBIDSKeepsLabelsOnTheirSamplesAndTheOrderOfRecordings(t *testing.T) {
	study := roundStudy(t)
	was, had := sessionAndLabels(t, study)
	for _, dates := range []bool{false, true} {
		back := newStudy(t)
		bringBack(t, back, exported(t, study, bids.Options{Dates: dates}))
		is, have := sessionAndLabels(t, back)
		if a, b := places(was, had), places(is, have); !slices.Equal(a, b) {
			t.Errorf("dates %v: %q became %q", dates, a, b)
		}
	}
}

func TestBIDSKeepsClocksAndWhatWasCounted(t *testing.T) {
	study := roundStudy(t)
	was, _ := sessionAndLabels(t, study)
	for _, dates := range []bool{false, true} {
		back := newStudy(t)
		bringBack(t, back, exported(t, study, bids.Options{Dates: dates}))
		is, _ := sessionAndLabels(t, back)
		moved := was.Start.Sub(is.Start).Seconds()
		if !dates {
			moved = 0
		}
		for i, r := range was.Recordings {
			b := is.Recordings[i]
			if b.NominalHz != r.NominalHz || b.MeasuredHz != r.MeasuredHz || b.Placement != r.Placement || len(b.Clock.Segments) != len(r.Clock.Segments) {
				t.Fatalf("dates %v: %+v became %+v", dates, r, b)
			}
			for k := range r.Samples {
				if off := r.Clock.Time(k) + moved - b.Clock.Time(k); math.Abs(off) > 2e-6 || !dates && math.Abs(off) > 1e-12 {
					t.Fatalf("dates %v: sample %d of recording %d moved by %g s", dates, k, i, off)
				}
			}
		}
	}
}

// The columns that name samples are gone, as in exports from before: labels go by
// their seconds, a label of one sample too, and samples that are not there are told.
func TestBIDSLabelsBySecondsKeepASingleSample(t *testing.T) {
	study := roundStudy(t)
	_, had := sessionAndLabels(t, study)
	for name, change := range map[string]func(cells []string) []string{
		"without samples": func(cells []string) []string { return cells[:len(cells)-3] },
		"wrong samples": func(cells []string) []string {
			if cells[0] != "onset" {
				cells[len(cells)-2] = "99999"
			}
			return cells
		},
	} {
		dir := exported(t, study, bids.Options{})
		table := filepath.Join(dir, "sub-S01", "ses-01", "motion", "sub-S01_ses-01_task-exercise_events.tsv")
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for i, line := range lines {
			lines[i] = strings.Join(change(strings.Split(line, "\t")), "\t")
		}
		if err := os.WriteFile(table, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		back := newStudy(t)
		report := bringBack(t, back, dir)
		_, have := sessionAndLabels(t, back)
		if len(have) != len(had) || name == "wrong samples" && !mentions(report, "its samples are not there") {
			t.Errorf("%s: %d labels became %d, %+v", name, len(had), len(have), report.Imported[0].Findings)
		}
	}
}

func TestBIDSTakesChangedLatenciesAndSaysSo(t *testing.T) {
	dir := exported(t, roundStudy(t), bids.Options{})
	side := filepath.Join(dir, "sub-S01", "ses-01", "motion", "sub-S01_ses-01_task-exercise_tracksys-leftwrist_motion.json")
	text, err := os.ReadFile(side)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"rate": 50`, `"rate": 25`, 1)
	if changed == string(text) {
		t.Fatal("the settings hold no clock")
	}
	if err := os.WriteFile(side, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	back := newStudy(t)
	report := bringBack(t, back, dir)
	is, _ := sessionAndLabels(t, back)
	if at := is.Recordings[1].Clock.Time(1000); math.Abs(at-20.0243) > 0.001 || !mentions(report, "the latencies were taken") {
		t.Errorf("sample 1000 lies at %g s, %+v", at, report.Imported[0].Findings)
	}
}

package codec

import (
	"context"
	"path/filepath"
	"testing"

	"onset/dataset"
)

func newStudy(t testing.TB) *dataset.Study {
	t.Helper()
	s, err := dataset.Create(t.Context(), filepath.Join(t.TempDir(), "study.onset"), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestImportIntoAStudy(t *testing.T) {
	ctx := context.Background()
	dir := data(t, "muvr", "pebble-sessions", "jan-arms-11-06")
	study := newStudy(t)
	var last Progress
	report, err := Import(ctx, study, []string{dir}, Options{}, func(p Progress) {
		if p.Done < last.Done || p.Done > p.Total {
			t.Errorf("progress went from %d to %d of %d", last.Done, p.Done, p.Total)
		}
		last = p
	})
	if err != nil || len(report.Imported) != 1 {
		t.Fatalf("%v, report %+v", err, report)
	}
	if last.Sessions != 1 || last.Done != last.Total || last.Total == 0 {
		t.Errorf("last progress %+v", last)
	}
	want := readPlainly(t, dir)
	info, err := study.Info(ctx)
	if err != nil || info.Integrity != "ok" || info.Samples != int64(want.samples)*3 && info.Samples != int64(want.samples) {
		t.Errorf("info %+v, %v", info, err)
	}
	s, err := study.Session(ctx, report.Imported[0].Session)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Recordings[0]
	if r.Samples != int64(want.samples) || len(r.Findings) == 0 || s.Participant != "P01" {
		t.Errorf("session %+v", s)
	}
	values := make([]float64, r.Samples)
	if n, err := study.ReadSamples(ctx, r.Channels[2].ID, 0, values); n != len(values) || err != nil {
		t.Fatalf("%d samples, %v", n, err)
	}
	var sum float64
	for _, v := range values {
		sum += v
	}
	if !near(sum, float64(want.sum[2])/1000, 1e-6) {
		t.Errorf("z adds up to %f, want %f", sum, float64(want.sum[2])/1000)
	}
	labels, err := study.Labels(ctx, dataset.LabelFilter{Set: LabelSet})
	if err != nil || len(labels) != 31 {
		t.Errorf("%d labels, %v", len(labels), err)
	}
}

func TestImportStopsAtACancelAndLeavesNothing(t *testing.T) {
	dir := data(t, "muvr", "pebble-sessions", "jan-arms-11-06")
	study := newStudy(t)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Import(ctx, study, []string{dir}, Options{}, func(p Progress) { cancel() })
	if err == nil {
		t.Fatal("the import went on")
	}
	info, err := study.Info(context.Background())
	if err != nil || info.Sessions != 0 || info.Samples != 0 || info.Integrity != "ok" {
		t.Errorf("info %+v, %v", info, err)
	}
}

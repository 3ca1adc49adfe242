package simulate_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"onset/dataset"
	"onset/dataset/simulate"
)

func TestSampleStudyIsWrittenWholeAndMarked(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sample.onset")
	study, err := dataset.Create(ctx, path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer study.Close()
	recipe, err := simulate.Sample()
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	if err := simulate.Write(ctx, study, recipe, func(done, total int) { last = done * 100 / total }); err != nil {
		t.Fatal(err)
	}
	info, err := study.Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if info.Participants < 8 || info.Sessions < 20 || info.Integrity != "ok" || !info.Simulated || last != 100 {
		t.Errorf("study: %+v, progress ended at %d%%", info, last)
	}
	if s, _ := study.Settings(ctx); s.Notice != "Simulated data" || len(s.Exercises) < 8 || s.SetupS != 1 {
		t.Errorf("settings: %+v", s)
	}
	checkSessions(t, ctx, study)
	if f, err := os.Stat(path); err != nil || f.Size() > 32<<20 {
		t.Errorf("study file: %v bytes, %v", f.Size(), err)
	}
}

func checkSessions(t *testing.T, ctx context.Context, study *dataset.Study) {
	t.Helper()
	sums, err := study.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, sum := range sums {
		if sum.Duration < 4*60 || sum.Duration > 15*60 || !sum.Simulated || sum.Recordings != 2 {
			t.Errorf("session: %+v", sum)
		}
		for k, n := range sum.FindingKinds {
			kinds[k] += n
		}
		s, err := study.Session(ctx, sum.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Events) == 0 || s.Site == "" {
			t.Errorf("session at %q has %d beacon events", s.Site, len(s.Events))
		}
	}
	for _, k := range []string{dataset.FindingGap, dataset.FindingClock, dataset.FindingClipped} {
		if kinds[k] == 0 {
			t.Errorf("no finding of kind %q in the whole study", k)
		}
	}
}

func TestCancelledWriteLeavesWholeSessions(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	study, err := dataset.Create(ctx, filepath.Join(t.TempDir(), "sample.onset"), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer study.Close()
	recipe, err := simulate.Sample()
	if err != nil {
		t.Fatal(err)
	}
	err = simulate.Write(ctx, study, recipe, func(done, _ int) {
		if done == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled write: %v", err)
	}
	info, err := study.Info(context.Background())
	if err != nil || info.Integrity != "ok" || info.Sessions < 2 || info.Sessions > 3 {
		t.Errorf("after the cancel: %+v, %v", info, err)
	}
}

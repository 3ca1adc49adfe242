package dataset

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// clockAt is a clock that advances a second at each look.
func clockAt(start time.Time) func() time.Time {
	var n atomic.Int64
	return func() time.Time { return start.Add(time.Duration(n.Add(1)) * time.Second) }
}

func newTestStudy(t testing.TB) *Study {
	t.Helper()
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "study.onset"), Options{
		Now: clockAt(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), Program: "test 1",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func reopen(t testing.TB, s *Study, o Options) *Study {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s.Path(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}

var wrist = []Channel{
	{Kind: "accelerometer", Axis: "x", Unit: "g", Scale: 0.004, Offset: 0, RangeMin: -4, RangeMax: 4},
	{Kind: "accelerometer", Axis: "y", Unit: "g", Scale: 0.004, Offset: 0, RangeMin: -4, RangeMax: 4},
}

// wave is n integer samples that differ by channel.
func wave(channel, n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32((i*7+channel*13)%2001 - 1000)
	}
	return out
}

// importWave brings in a session of one recording of n samples at 50 Hz with a
// label over its first second.
func importWave(ctx context.Context, s *Study, participant string, n int) (SessionID, error) {
	im, err := s.BeginImport(ctx, Session{Participant: ParticipantID(participant), Format: "test", Source: "wave"})
	if err != nil {
		return "", err
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Device: "Test", Placement: "left-wrist", NominalHz: 50, Channels: wrist})
	if err != nil {
		return "", errors.Join(err, im.Abort())
	}
	x, y := wave(0, n), wave(1, n)
	for at := 0; at < n; at += 5000 {
		k := min(n-at, 5000)
		err := w.AppendCodes(ctx, [][]int32{x[at : at+k], y[at : at+k]})
		if err != nil {
			return "", errors.Join(err, im.Abort())
		}
	}
	rec, err := w.Finish(ctx, Uniform(0, 50), 49.9, []Finding{{Kind: FindingClock, AtS: 0, Sample: -1, Message: "slow by 0.2 %"}})
	if err != nil {
		return "", errors.Join(err, im.Abort())
	}
	im.AddEvents([]Event{{AtS: 2, Kind: "beacon", Name: "bench", Value: -60}, {AtS: 1, Kind: "tap"}})
	im.AddFindings([]Finding{{Kind: FindingNote, Sample: -1, Message: "made for a test"}})
	im.AddLabels([]Label{{Recording: rec, Kind: KindExercise, Start: 0, End: min(int64(n), 50), Exercise: "resistance:arms/biceps-curl", Confidence: 1}})
	return im.Commit(ctx)
}

func TestImportedSessionComesBackWhole(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	const n = 40_001
	id, err := importWave(ctx, s, "P01", n)
	if err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, Options{})
	v, err := s.Session(ctx, id[:5])
	if err != nil {
		t.Fatal(err)
	}
	if v.ID != id || v.Participant != "P01" || v.Number != 1 || len(v.Recordings) != 1 || len(v.Findings) != 1 {
		t.Fatalf("session %+v", v)
	}
	if len(v.Events) != 2 || v.Events[0].Kind != "tap" || v.Events[1].Value != -60 {
		t.Errorf("events %+v", v.Events)
	}
	r := v.Recordings[0]
	if r.Samples != n || r.MeasuredHz != 49.9 || len(r.Channels) != 2 || len(r.Findings) != 1 || r.Findings[0].Recording != r.ID {
		t.Fatalf("recording %+v", r)
	}
	for i, c := range r.Channels {
		got := make([]float64, n+10)
		k, err := s.ReadSamples(ctx, c.ID, 0, got)
		if err != nil || k != n {
			t.Fatalf("read %d: %v", k, err)
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for j, code := range wave(i, n) {
			if want := float64(code) * 0.004; got[j] != want {
				t.Fatalf("channel %d sample %d is %v, want %v", i, j, got[j], want)
			}
			lo, hi = min(lo, got[j]), max(hi, got[j])
		}
		k, err = s.ReadSamples(ctx, c.ID, 16380, got[:8])
		if err != nil || k != 8 || got[7] != float64(wave(i, n)[16387])*0.004 {
			t.Errorf("across a chunk: %d %v", k, err)
		}
		p, err := s.Pyramid(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		plo, phi, ok := p.Range()
		if !ok || p.Len() != n || float64(plo) > lo || float64(phi) < hi {
			t.Errorf("pyramid %v..%v of %d, samples %v..%v", plo, phi, p.Len(), lo, hi)
		}
	}
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	got := list[0]
	if got.Samples != n || got.Labels != 1 || math.Abs(got.LabelledS-1) > 1e-9 || got.Exercises["resistance:arms/biceps-curl"] != 1 ||
		got.FindingKinds[FindingClock] != 1 || len(got.Sensors) != 1 || got.Sensors[0] != "left-wrist/accelerometer" {
		t.Errorf("summary %+v", got)
	}
	in, err := s.Info(ctx)
	if err != nil || in.Integrity != "ok" || in.Sessions != 1 || in.Channels != 2 || in.Samples != n || in.Labels != 1 || in.Participants != 1 {
		t.Errorf("info %+v, %v", in, err)
	}
}

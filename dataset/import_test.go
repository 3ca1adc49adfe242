package dataset

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSamplesComeBackHoweverTheyWereSplit(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 15, chunkLen - 1, chunkLen, chunkLen + 1, 2*chunkLen + 5}).Draw(t, "samples")
		special := rapid.SliceOfN(rapid.Float64(), 1, 20).Draw(t, "values")
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i % 997)
		}
		at := rapid.IntRange(0, n-1).Draw(t, "at")
		copy(values[at:], special)
		im, err := s.BeginImport(ctx, Session{Participant: "P01"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := im.AddRecording(ctx, RecordingDraft{Channels: []Channel{{Kind: "temperature", Unit: "degC"}}})
		if err != nil {
			t.Fatal(err)
		}
		for left := values; len(left) > 0; {
			k := rapid.IntRange(1, len(left)).Draw(t, "piece")
			if err := w.Append(ctx, [][]float64{left[:k]}); err != nil {
				t.Fatal(err)
			}
			left = left[k:]
		}
		if _, err := w.Finish(ctx, Uniform(0, 1), 0, nil); err != nil {
			t.Fatal(err)
		}
		id, err := im.Commit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.Session(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		first := rapid.IntRange(0, n).Draw(t, "first")
		dst := make([]float64, rapid.IntRange(0, n+3).Draw(t, "n"))
		k, err := s.ReadSamples(ctx, v.Recordings[0].Channels[0].ID, int64(first), dst)
		if err != nil || k != min(len(dst), n-first) || !sameBits(dst[:k], values[first:first+k]) {
			t.Fatalf("read %d of %d from %d: %v", k, n, first, err)
		}
	})
	mustBeWhole(t, s)
}

func TestDeviceTimesComeBack(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	const n = chunkLen + 100
	times := make([]int64, n)
	for i := range times {
		times[i] = 1_700_000_000e9 + int64(i)*20e6 + int64(i%7)*1000
	}
	times[500] -= 3600e9 // the device's clock jumped back for a moment
	finish := func(given []int64) (RecordingID, *Import, error) {
		im, err := s.BeginImport(ctx, Session{Participant: "P01"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := im.AddRecording(ctx, RecordingDraft{Channels: wrist})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AppendCodes(ctx, [][]int32{wave(0, n), wave(1, n)}); err != nil {
			t.Fatal(err)
		}
		if err := w.AppendDeviceTimes(ctx, given); err != nil {
			t.Fatal(err)
		}
		rec, err := w.Finish(ctx, Uniform(0, 50), 50, nil)
		return rec, im, err
	}
	if _, im, err := finish(times[:n-1]); !errors.Is(err, ErrBadRequest) || im.Abort() != nil {
		t.Errorf("one time too few: %v", err)
	}
	rec, im, err := finish(times)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	got := make([]int64, 300)
	k, err := s.ReadDeviceTimes(ctx, rec, n-250, got)
	if err != nil || k != 250 || !slices.Equal(got[:k], times[n-250:]) {
		t.Errorf("%d times, %v", k, err)
	}
	if k, err := s.ReadDeviceTimes(ctx, rec, 490, got[:20]); err != nil || got[10] != times[500] {
		t.Errorf("%d times, %v", k, err)
	}
	mustBeWhole(t, s)
}

func TestValuesBecomeCodesOnlyWhenExact(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	im, err := s.BeginImport(ctx, Session{Participant: "P01"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Channels: wrist[:1], Encoding: EncodingCodes})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(ctx, [][]float64{{0.004, 3 * 0.004, -0.004 * 1000}}); err != nil {
		t.Error(err)
	}
	if err := w.Append(ctx, [][]float64{{0.0041}}); !errors.Is(err, ErrBadRequest) {
		t.Errorf("a value between codes: %v", err)
	}
	if err := im.Abort(); err != nil {
		t.Error(err)
	}
}

func TestImportRefusesWhatCanNotBeTrue(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	begin := func() *Import {
		im, err := s.BeginImport(ctx, Session{Participant: "P01", Source: "walk.csv"})
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	record := func(im *Import, n int, c Clock) error {
		w, err := im.AddRecording(ctx, RecordingDraft{Channels: wrist})
		if err != nil {
			return err
		}
		if err := w.AppendCodes(ctx, [][]int32{wave(0, n), wave(1, n)}); err != nil {
			return err
		}
		rec, err := w.Finish(ctx, c, 0, nil)
		if err == nil {
			im.AddLabels([]Label{{Recording: rec, Kind: KindExercise, Start: 5, End: int64(n) + 5, Confidence: 1}})
		}
		return err
	}
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"no participant": {func() error {
			im, err := s.BeginImport(ctx, Session{})
			if err != nil {
				return err
			}
			w, err := im.AddRecording(ctx, RecordingDraft{Channels: wrist})
			if err != nil {
				return err
			}
			if err := w.AppendCodes(ctx, [][]int32{wave(0, 5), wave(1, 5)}); err != nil {
				return err
			}
			if _, err := w.Finish(ctx, Uniform(0, 50), 0, nil); err != nil {
				return err
			}
			_, err = im.Commit(ctx)
			return err
		}, ErrBadRequest},
		"the year 9999": {func() error {
			_, err := s.BeginImport(ctx, Session{Participant: "P", Start: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)})
			return err
		}, ErrBadRequest},
		"no recording":         {func() error { _, err := begin().Commit(ctx); return err }, ErrNoSamples},
		"no samples":           {func() error { return record(begin(), 0, Uniform(0, 50)) }, ErrNoSamples},
		"a clock without rate": {func() error { return record(begin(), 5, Uniform(0, 0)) }, ErrBadRequest},
		"a clock behind the end": {func() error {
			return record(begin(), 5, Clock{[]Segment{{First: 0, Start: 0, Rate: 50}, {First: 5, Start: 1, Rate: 50}}})
		}, ErrBadRequest},
		"a channel without unit": {func() error {
			_, err := begin().AddRecording(ctx, RecordingDraft{Channels: []Channel{{Kind: "accelerometer"}}})
			return err
		}, ErrBadRequest},
		"a label behind the end": {func() error {
			im := begin()
			if err := record(im, 5, Uniform(0, 50)); err != nil {
				t.Error(err)
			}
			_, err := im.Commit(ctx)
			return err
		}, ErrBadRequest},
		"series of two lengths": {func() error {
			w, err := begin().AddRecording(ctx, RecordingDraft{Channels: wrist})
			if err != nil {
				return err
			}
			return w.AppendCodes(ctx, [][]int32{{1, 2}, {1}})
		}, ErrBadRequest},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s = reopen(t, s, Options{})
	in, err := s.Counts(ctx)
	if err != nil || in.Sessions != 0 || in.Participants != 0 || in.LedgerEntries != 1 {
		t.Errorf("refused imports left %+v, %v", in, err)
	}
	mustBeWhole(t, s)
}

func TestAbortedImportLeavesNothing(t *testing.T) {
	s := newTestStudy(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	im, err := s.BeginImport(ctx, Session{Participant: "P01", Source: "walk.csv"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Channels: wrist})
	if err != nil {
		t.Fatal(err)
	}
	codes := [][]int32{wave(0, 100_000), wave(1, 100_000)}
	for i := 0; ; i++ {
		if i == 20 {
			cancel()
		}
		if err = w.AppendCodes(ctx, codes); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), Uniform(0, 50), 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an import that failed went on: %v", err)
	}
	if err := im.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(t.Context()); err == nil {
		t.Error("an aborted import was committed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(s.Path())
	if err != nil || after.Size() > before.Size()+64<<10 {
		t.Errorf("the file grew from %d to %d bytes (%v)", before.Size(), after.Size(), err)
	}
}

func TestNothingShowsBeforeCommitAndLabellingGoesOn(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	first, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	labels := 0
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			l := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindRest, End: 10, Confidence: 1}
			if _, err := s.Apply(ctx, Edit{Session: first, Action: "add label", Changes: []Change{{After: &l}}}); err != nil {
				t.Error(err)
				return
			}
			labels++
		}
	})
	im, err := s.BeginImport(ctx, Session{Participant: "P02"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w, err := im.AddRecording(ctx, RecordingDraft{Placement: "left-wrist", Channels: wrist})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AppendCodes(ctx, [][]int32{wave(0, 1_000_000), wave(1, 1_000_000)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(ctx, Uniform(0, 50), 0, nil); err != nil {
			t.Fatal(err)
		}
		list, err := s.Sessions(ctx)
		if err != nil || len(list) != 1 {
			t.Errorf("sessions during an import: %v, %v", list, err)
		}
		if _, err := s.Session(ctx, im.session.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the session being imported: %v", err)
		}
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	close(stop)
	wg.Wait()
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 2 || list[0].Labels != labels+1 || list[1].Recordings != 3 {
		t.Errorf("%d labels; sessions %+v, %v", labels, list, err)
	}
	mustBeWhole(t, s)
}

func TestSessionsAreNumberedForEachPersonAndNumbersAreNotUsedAgain(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	var ids []SessionID
	for _, p := range []string{"P02", "P01", "P02", "P02"} {
		id, err := importWave(ctx, s, p, 100)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := s.DeleteSession(ctx, ids[3]); err != nil {
		t.Fatal(err)
	}
	if _, err := importWave(ctx, s, "P02", 100); err != nil {
		t.Fatal(err)
	}
	list, err := s.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range list {
		got = append(got, string(v.Participant)+"/"+string(rune('0'+v.Number)))
	}
	if want := "P01/1 P02/1 P02/2 P02/4"; strings.Join(got, " ") != want {
		t.Errorf("sessions %v, want %s", got, want)
	}
	if _, err := s.Session(ctx, ids[3]); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted session: %v", err)
	}
	mustBeWhole(t, s)
}

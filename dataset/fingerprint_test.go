package dataset

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// movement is n noisy values of a moving sensor, as codes; seeds differ as
// people do.
func movement(seed uint64, n int) []int32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(300*math.Sin(float64(i)/float64(17+seed%5)) + 20*r.NormFloat64())
	}
	return out
}

func importSeries(ctx context.Context, s *Study, participant string, clock Clock, codes ...[]int32) (*Import, error) {
	im, err := s.BeginImport(ctx, Session{Participant: ParticipantID(participant), Source: "of " + participant})
	if err != nil {
		return nil, err
	}
	draft := RecordingDraft{Placement: "left-wrist"}
	for range codes {
		draft.Channels = append(draft.Channels, wrist[0])
	}
	w, err := im.AddRecording(ctx, draft)
	if err != nil {
		return nil, err
	}
	if err := w.AppendCodes(ctx, codes); err != nil {
		return nil, err
	}
	_, err = w.Finish(ctx, clock, 0, nil)
	return im, err
}

func TestTheSameSensorValuesAreRecognised(t *testing.T) {
	const n = 30_000
	ctx, s := t.Context(), newTestStudy(t)
	x, y := movement(1, n), movement(2, n)
	for i, series := range [][2][]int32{{x, y}, {movement(3, n), movement(4, n)}, {make([]int32, n), make([]int32, n)}} {
		im, err := importSeries(ctx, s, "P0"+string(rune('1'+i)), Uniform(0, 50), series[:]...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	spliced := append(movement(9, n), x[5000:9000]...)
	for _, c := range []struct {
		name          string
		codes         [][]int32
		exact         bool
		share, covers float64 // at least
		none          bool
	}{
		{name: "as another person with a moved clock", codes: [][]int32{x, y}, exact: true, share: 1, covers: 1},
		{name: "channels in another order", codes: [][]int32{y, x}, exact: true, share: 1, covers: 1},
		{name: "one of its channels", codes: [][]int32{y}, exact: true, share: 1, covers: 0.4},
		{name: "a piece cut out", codes: [][]int32{x[7001:20_011], y[7001:20_011]}, share: 0.9, covers: 0.35},
		{name: "a piece inside something else", codes: [][]int32{spliced}, share: 0.08, covers: 0.03},
		{name: "something else", codes: [][]int32{movement(7, n)}, none: true},
		{name: "a sensor at rest", codes: [][]int32{make([]int32, n)}, none: true},
	} {
		im, err := importSeries(ctx, s, "P99", Uniform(123, 49), c.codes...)
		if err != nil {
			t.Fatal(err)
		}
		twins, err := im.Twins(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := im.Abort(); err != nil {
			t.Fatal(err)
		}
		switch {
		case c.none:
			if len(twins) != 0 {
				t.Errorf("%s: %+v", c.name, twins)
			}
		case len(twins) != 1 || twins[0].Participant != "P01" || twins[0].Exact != c.exact || twins[0].Share < c.share || twins[0].Covers < c.covers:
			t.Errorf("%s: %+v", c.name, twins)
		}
	}
}

func TestCopiesAreRefusedUnlessAllowed(t *testing.T) {
	const n = 30_000
	ctx, s := t.Context(), newTestStudy(t)
	x := movement(1, n)
	im, err := importSeries(ctx, s, "P01", Uniform(0, 50), x)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := im.CheckTwins(ctx, false); err != nil || f != nil {
		t.Fatal(f, err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		codes []int32
		copy  bool
	}{
		{"a copy", x, true}, {"its second half", x[n/2:], true},
		{"it and more", append(movement(5, n/4), x...), true}, {"a short stretch of it", append(movement(6, n), x[:2000]...), false},
	} {
		im, err := importSeries(ctx, s, "P02", Uniform(0, 50), c.codes)
		if err != nil {
			t.Fatal(err)
		}
		_, err = im.CheckTwins(ctx, false)
		var duplicate *DuplicateError
		if c.copy != (errors.Is(err, ErrDuplicate) && errors.As(err, &duplicate) && duplicate.Twin.Participant == "P01") {
			t.Errorf("%s: %v", c.name, err)
		}
		findings, err := im.CheckTwins(ctx, true)
		if err != nil || len(findings) != 1 || findings[0].Kind != FindingTwin {
			t.Errorf("%s, allowed: %v, %v", c.name, findings, err)
		}
		if err := im.Abort(); err != nil {
			t.Error(err)
		}
	}
}

func TestFingerprintDoesNotDependOnTheNumberFormat(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	x := movement(1, 20_000)
	im, err := importSeries(ctx, s, "P01", Uniform(0, 50), x)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	// As a text file would give them: each the decimal number nearest to it.
	values := make([]float64, len(x))
	for i, code := range x {
		values[i] = math.Round(float64(code)*4) / 1000
	}
	again, err := s.BeginImport(ctx, Session{Participant: "P02"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := again.AddRecording(ctx, RecordingDraft{Channels: []Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(ctx, [][]float64{values}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(ctx, Uniform(0, 50), 0, nil); err != nil {
		t.Fatal(err)
	}
	twins, err := again.Twins(ctx)
	if err != nil || len(twins) != 1 || !twins[0].Exact {
		t.Errorf("%+v, %v", twins, err)
	}
	if err := again.Abort(); err != nil {
		t.Error(err)
	}
}

// The same movement in another unit, with fewer digits, upside down or cut is
// recognised; another person's is not.
func TestConvertedCopiesAreRecognised(t *testing.T) {
	const n = 30_000
	ctx, s := t.Context(), newTestStudy(t)
	x := movement(1, n)
	im, err := importSeries(ctx, s, "P01", Uniform(0, 50), x)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		of   []int32
		as   func(code float64) float64
		copy bool
	}{
		{"in m/s2", x, func(v float64) float64 { return v * 0.004 * 9.80665 }, true},
		{"in m/s2, two digits", x, func(v float64) float64 { return math.Round(v*0.4*9.80665) / 100 }, true},
		{"upside down, from zero", x, func(v float64) float64 { return 1 - v*0.0041 }, true},
		{"in m/s2, its second half", x[n/2:], func(v float64) float64 { return v * 0.004 * 9.80665 }, true},
		{"of somebody else", movement(7, n), func(v float64) float64 { return v * 0.004 * 9.80665 }, false},
	} {
		values := make([]float64, len(c.of))
		for i, code := range c.of {
			values[i] = c.as(float64(code))
		}
		again, err := s.BeginImport(ctx, Session{Participant: "P02"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := again.AddRecording(ctx, RecordingDraft{Channels: []Channel{{Kind: "accelerometer", Axis: "x", Unit: "m/s2"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(ctx, [][]float64{values}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(ctx, Uniform(99, 50), 0, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := again.CheckTwins(ctx, false); errors.Is(err, ErrDuplicate) != c.copy {
			twins, _ := again.Twins(ctx)
			t.Errorf("%s: %v, %+v", c.name, err, twins)
		}
		if err := again.Abort(); err != nil {
			t.Error(err)
		}
	}
}

func TestACopyIsCalledAsMuchAsItIs(t *testing.T) {
	for want, twins := range map[Extent][]Twin{
		ExtentAll:   {{Exact: true, Share: 1, Covers: 1}, {Blocks: 40, Share: .95, Covers: .9}, {Turns: 20, TurnShare: .97, TurnCovers: .96}},
		ExtentMost:  {{Blocks: 40, Share: .6, Covers: .5}, {Turns: 20, TurnShare: .6, TurnCovers: .4}},
		ExtentPart:  {{Turns: 20, TurnShare: .25, TurnCovers: .25}},
		ExtentHolds: {{Blocks: 40, Share: .3, Covers: .97}},
	} {
		for _, x := range twins {
			if got := x.Extent(); got != want || !x.Copy() {
				t.Errorf("%+v is %q, want %q", x, got, want)
			}
			of := ImportTwin{Twin: x}
			if text := (&DuplicateError{Twin: of}).Reason(); !strings.Contains(text, DuplicateReason) {
				t.Errorf("%q", text)
			}
		}
	}
	if text := (ImportTwin{Twin: Twin{Blocks: 60, Share: .989, Covers: .5}}).sentence(); !strings.Contains(text, "at least 98 %") {
		t.Errorf("a lower bound is told as %q", text)
	}
}

package dataset

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// deviceClock is what some device's clock may have said: stretches at odd rates,
// with pauses, jumps ahead and jumps back of any size between them.
func deviceClock(t *rapid.T) (Clock, int64) {
	var c Clock
	var first int64
	at := rapid.Float64Range(-100, 100).Draw(t, "start")
	for range rapid.IntRange(1, 12).Draw(t, "segments") {
		rate := rapid.Float64Range(1, 400).Draw(t, "rate")
		n := rapid.Int64Range(1, 2000).Draw(t, "samples")
		c.Segments = append(c.Segments, Segment{First: first, Start: at, Rate: rate})
		first += n
		at += float64(n) / rate
		switch rapid.IntRange(0, 3).Draw(t, "then") {
		case 1:
			at += rapid.Float64Range(-0.3, 0.3).Draw(t, "jitter, in samples") / rate
		case 2:
			at += rapid.Float64Range(1, 4000).Draw(t, "pause")
		case 3:
			at -= rapid.Float64Range(1, 1e5).Draw(t, "set back")
		}
	}
	return c, first
}

func TestTimeOnlyAdvancesWhateverADevicesClockDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		device, n := deviceClock(t)
		c := device.Forward()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		recorded := 0.0
		for i, s := range c.Segments {
			last := n
			if i+1 < len(c.Segments) {
				last = c.Segments[i+1].First
			}
			recorded += float64(last-s.First) / s.Rate
		}
		for i := int64(1); i < n; i++ {
			if c.Time(i) <= c.Time(i-1) {
				t.Fatalf("sample %d lies at %g s, the one before at %g s", i, c.Time(i), c.Time(i-1))
			}
		}
		// Each time finds its sample again, so that a label is where it was put.
		for i := int64(0); i < n; i += 1 + n/200 {
			if got := c.Sample(c.Time(i), n); got != i {
				t.Fatalf("sample %d is found again as %d", i, got)
			}
		}
		for _, seam := range c.Seams() {
			for _, i := range []int64{seam.Sample - 1, seam.Sample} {
				if got := c.Sample(c.Time(i), n); got != i {
					t.Fatalf("at the seam sample %d is found again as %d", i, got)
				}
			}
			if c.Contiguous(seam.Sample-1, seam.Sample+1) {
				t.Fatalf("a window may lie over the seam at sample %d", seam.Sample)
			}
			if seam.At != c.End(seam.Sample) && math.Abs(seam.At-c.End(seam.Sample)) > 1e-6 {
				t.Fatalf("after the seam time goes on at %g s, not at %g s", seam.At, c.End(seam.Sample))
			}
		}
		// What lies between recorded stretches is pauses, and nothing lies on another.
		spans, slowest := c.Stretches(0, n), math.Inf(1)
		for _, s := range c.Segments {
			slowest = min(slowest, s.Rate)
		}
		for i := 1; i < len(spans); i++ {
			if spans[i][0] < spans[i-1][1]-0.5/slowest-1e-6 {
				t.Fatalf("stretches %v and %v lie on each other", spans[i-1], spans[i])
			}
		}
		v := Session{Recordings: []Recording{{Clock: c, Samples: n}}}
		slack := 0.5 * float64(len(c.Segments))
		if got := v.Recorded(); math.Abs(got-recorded) > slack {
			t.Fatalf("%g s are recorded, told %g s", recorded, got)
		}
		// The device's clock can be had again, also from the file.
		back := c.Device()
		stored, err := decodeClock(encodeClock(c))
		if err != nil || len(stored.Segments) != len(c.Segments) {
			t.Fatalf("%v, %v", stored, err)
		}
		for i := range device.Segments {
			if math.Abs(back.Segments[i].Start-device.Segments[i].Start) > 1e-6 || math.Abs(stored.Segments[i].Start-c.Segments[i].Start) > 1e-6 {
				t.Fatalf("segment %d: %g s, back as %g s", i, device.Segments[i].Start, back.Segments[i].Start)
			}
		}
		if again := c.Forward(); !slices.Equal(again.Segments, c.Segments) {
			t.Fatalf("%v becomes %v", c, again)
		}
	})
}

// A minute, the clock is set back by half of it, a minute more.
func TestAClockThatWasSetBackRunsOn(t *testing.T) {
	c := Clock{Segments: []Segment{{Rate: 50}, {First: 3000, Start: 30, Rate: 50}}}.Forward()
	const n = 6000
	if s := c.Segments[1]; s.Start != 60 || s.Back != 30 {
		t.Fatalf("%+v", c)
	}
	if from, to := c.Span(0, n); from != 0 || to != 120 || c.Recorded(0, n) != 120 || len(c.Gaps()) != 0 || len(c.Stretches(0, n)) != 2 {
		t.Errorf("%g to %g, %g s, %v, %v", from, to, c.Recorded(0, n), c.Gaps(), c.Stretches(0, n))
	}
	if got := c.Sample(45, n); got != 2250 {
		t.Errorf("at 45 s is sample %d", got)
	}
	if moved := c.Aligned(Alignment{ShiftS: 10, Stretch: 2}); moved.Segments[1] != (Segment{First: 3000, Start: 130, Rate: 25, Back: 60}) {
		t.Errorf("%+v", moved)
	}
	found := []Finding{{Kind: FindingClock, Sample: 3000, AtS: 60, Message: "It was set; the times after the step are earlier than those before it. More."}, {Kind: FindingGap, Sample: 4000, AtS: 50}, {Kind: FindingClipped, Sample: 3500, AtS: 40}, {Kind: FindingNote, Sample: -1, AtS: 7}}
	c.Place(found)
	for i, want := range []float64{60, 80, 70, 7} {
		if found[i].AtS != want {
			t.Errorf("%+v lies not at %g s", found[i], want)
		}
	}
	if found[0].Message != "It was set; the session's time runs on here without a break. More." {
		t.Errorf("an earlier study says %q", found[0].Message)
	}
	// A pause is no recording, and a second device beside the first adds nothing.
	gap := Clock{Segments: []Segment{{Rate: 50}, {First: 500, Start: 60, Rate: 50}}}
	s := Session{Recordings: []Recording{{Clock: gap, Samples: 1000}, {Clock: Uniform(0, 10), Samples: 100}}}
	if s.Recorded() != 20 || s.Duration() != 70 {
		t.Errorf("with a pause: recorded %g s of %g s", s.Recorded(), s.Duration())
	}
	if from, to := gap.Span(0, 1000); from != 0 || to != 70 {
		t.Errorf("a span over a pause: %g to %g", from, to)
	}
}

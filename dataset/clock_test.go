package dataset

import "testing"

// A device's clock that falls back to before the session's start: its samples
// are found at their negative times, and the earliest of two at one time.
func TestSamplesOfAClockThatFellBackBeforeTheStart(t *testing.T) {
	c := Clock{Segments: []Segment{{Rate: 50}, {First: 1500, Start: -40, Rate: 50}, {First: 2500, Start: -10, Rate: 50}}}
	const n = 3500
	if got := c.Earliest(n); got != -40 {
		t.Errorf("the earliest is at %g", got)
	}
	if got := c.Earliest(1500); got != 0 {
		t.Errorf("of the first 1500 the earliest is at %g", got)
	}
	for at, want := range map[float64]int64{-50: 1500, -40: 1500, -30: 2000, -15: 2500, -5: 2750, 0: 0, 5: 250, 29.98: 1499, 31: n} {
		if got := c.Sample(at, n); got != want {
			t.Errorf("at %g s is sample %d, want %d", at, got, want)
		}
	}
}

func TestSpansAreNeverTurnedRound(t *testing.T) {
	// 5 min, the clock is set back by half an hour, 5 min more.
	c := Clock{Segments: []Segment{{Rate: 100}, {First: 30000, Start: 300 - 1800, Rate: 100}}}
	if from, to := c.Span(0, 60000); from != 0 || to != 600 || c.Recorded(0, 60000) != 600 {
		t.Errorf("%g to %g, %g s", from, to, c.Recorded(0, 60000))
	}
	if from, to := c.Span(30000, 60000); from != -1500 || to != -1200 {
		t.Errorf("after the step: %g to %g", from, to)
	}
	s := Session{Recordings: []Recording{{Clock: c, Samples: 60000}}}
	if s.Recorded() != 600 || s.Duration() != 600 {
		t.Errorf("recorded %g s of %g s", s.Recorded(), s.Duration())
	}
	// A pause is no recording, and a second device beside the first adds nothing.
	gap := Clock{Segments: []Segment{{Rate: 50}, {First: 500, Start: 60, Rate: 50}}}
	s = Session{Recordings: []Recording{{Clock: gap, Samples: 1000}, {Clock: Uniform(0, 10), Samples: 100}}}
	if s.Recorded() != 20 || s.Duration() != 70 {
		t.Errorf("with a pause: recorded %g s of %g s", s.Recorded(), s.Duration())
	}
	if from, to := gap.Span(0, 1000); from != 0 || to != 70 {
		t.Errorf("a span over a pause: %g to %g", from, to)
	}
}

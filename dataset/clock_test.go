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

package codec

import (
	"encoding/json"
	"fmt"
	"math"

	"onset/dataset"
)

// clock is how the settings of this program's exports make the clock of a table:
// by the segments beside it or, in exports from before those, by the latencies and
// the rate that was counted, if any. It is nil for tables of other programs.
func (s bidsSettings) clock(m *Mapping) func(rowClock, int64) rowClock {
	offset, ok := s.RecordingStartOffset.(float64)
	if !ok || m.Time.Column == nil {
		return nil
	}
	counted := bidsRate(s.SamplingFrequencyEffective)
	var segments []dataset.Segment
	if len(s.ClockSegments) > 0 && json.Unmarshal(s.ClockSegments, &segments) != nil {
		segments = nil
	}
	clock := dataset.Clock{Segments: segments}
	if clock.Validate() != nil {
		return func(rows rowClock, _ int64) rowClock { return &statedRate{rowClock: rows, counted: counted} }
	}
	return func(rows rowClock, zero int64) rowClock {
		shift := 0.0
		if !m.moments.relative { // the first row's moment is the origin, and zero a moment too
			shift = float64(m.moments.origin-zero)/1e9 - offset
		}
		moved := dataset.Clock{}
		for _, one := range segments {
			one.Start += shift
			moved.Segments = append(moved.Segments, one)
		}
		return &exactClock{rows: rows, clock: moved, zero: zero, nominal: m.Time.Rate, counted: counted}
	}
}

// statedRate is a clock of rows whose rate was counted by who wrote them, or not.
type statedRate struct {
	rowClock
	counted float64
}

func (c *statedRate) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	clock, _, found, err := c.rowClock.finish()
	return clock, c.counted, found, err
}

// exactClock is a clock that is known beside the rows. Rows whose times are not
// the clock's were changed after they were written; then theirs hold.
type exactClock struct {
	rows             rowClock
	clock            dataset.Clock
	zero             int64
	nominal, counted float64
	total            int64
	off              bool
}

// exactWithin is how far a row may lie from the clock, in seconds: times are
// written in microseconds.
const exactWithin = 5e-6

func (*exactClock) device() bool { return false } // the rows' times are the clock's, not a device's

func (c *exactClock) add(times []int64, rows int) {
	for _, v := range times {
		c.off = c.off || math.Abs(float64(v-c.zero)/1e9-c.clock.Time(c.total)) > exactWithin
		c.total++
	}
	c.rows.add(times, rows)
}

func (c *exactClock) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	segments := c.clock.Segments
	if c.off || segments[len(segments)-1].First >= c.total {
		clock, measured, found, err := c.rows.finish()
		found = append(found, dataset.Finding{Kind: dataset.FindingClock, Sample: -1,
			Message: "The latencies are not those of the ClockSegments beside them; the latencies were taken."})
		return clock, measured, found, err
	}
	var found []dataset.Finding
	for _, g := range c.clock.Gaps() {
		found = append(found, dataset.Finding{Kind: dataset.FindingGap, AtS: g.From, LengthS: g.To - g.From, Sample: g.Sample,
			Message: fmt.Sprintf("%s without samples.", seconds(g.To-g.From))})
	}
	for _, s := range c.clock.Seams() {
		found = append(found, dataset.Finding{Kind: dataset.FindingClock, AtS: s.At, Sample: s.Sample, Message: steppedBack(s.Sample, s.Back)})
	}
	if c.nominal > 0 && c.counted > 0 {
		if f, odd := rateFinding(c.nominal, c.counted, c.clock.Recorded(0, c.total)); odd {
			found = append(found, f)
		}
	}
	return c.clock, c.counted, found, nil
}

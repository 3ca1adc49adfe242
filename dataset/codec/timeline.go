package codec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"onset/dataset"
)

// Sizes that a timeline works with, in samples.
const (
	timelineBlock = 4096 // how many times are looked at together
	minStride     = 32   // over which a pace is taken
	maxStride     = 1024
	knotStep      = 128 // between the points that a line is laid through
)

// timeline turns the times that a device wrote beside its samples into a clock,
// in one pass and with memory for a few blocks.
//
// Times lie: a phone hands over samples in batches, so times repeat and then
// jump, and a device that writes whole seconds repeats each a hundred times. The
// samples themselves come at an even pace. What a late time and a true one have
// in common is that none is early, so the line is laid along the lower edge of
// the times (along the upper edge for times that are cut to a coarse step). A
// jump counts as lost samples only when the edge stays shifted after it.
//
// The line is connected pieces whose slope changes when it would miss the edge
// by more than a sample period, which keeps rate changes of long recordings.
type timeline struct {
	zero    int64   // nanoseconds; times are kept from here
	nominal float64 // Hz, 0 when unknown

	buf    []int64 // times not yet placed, after the look-back
	first  int64   // sample number of buf[0]
	placed int     // how many of buf are placed already
	total  int64
	head   int64 // the first time
	last   int64 // the time added last, before zero is taken off

	stride int
	coarse bool    // times repeat in runs: they are cut to a step of several samples
	blind  bool    // the runs are too long to see a gap between them
	period float64 // nanoseconds a sample, as of now
	even   float64 // likewise when the times do not jitter, else 0

	begun int64 // first sample of the present stretch
	line  lineFit
	clock dataset.Clock
	count int64   // sample steps within stretches
	took  float64 // and the nanoseconds that they took
	since float64 // where the present stretch begins, nanoseconds

	repeated int64 // times equal to the one before
	stepped  int64 // times before the one before
	backs    []stepBack
	told     int64 // how many of those have a finding of their own
	found    []dataset.Finding
	more     int64 // findings beyond maxFindings
}

// stepBack is a time that lies some seconds before the one ahead of it; backsKept
// is how many are kept to be named.
type stepBack struct {
	sample int64
	by     float64
}

const backsKept = 64

// newTimeline starts a clock whose time zero is zero. nominalHz is 0 when the
// source claims no rate.
func newTimeline(zero int64, nominalHz float64) *timeline {
	return &timeline{zero: zero, nominal: nominalHz}
}

// add takes the times of further samples, in nanoseconds.
func (t *timeline) add(times []int64) {
	for _, v := range times {
		if t.total > 0 {
			switch {
			case v == t.last:
				t.repeated++
			case v < t.last:
				t.stepped++
				if len(t.backs) < backsKept {
					t.backs = append(t.backs, stepBack{t.total, float64(t.last-v) / 1e9})
				}
			}
		}
		if t.total == 0 {
			t.head = v - t.zero
		}
		t.last = v
		t.total++
		t.buf = append(t.buf, v-t.zero)
	}
	for len(t.buf)-t.placed >= 2*timelineBlock {
		t.place(t.placed + timelineBlock)
	}
}

// place lays the clock through buf[placed:until], looking further ahead.
func (t *timeline) place(until int) {
	t.pace()
	for i := t.placed; i < until; i++ {
		n := t.first + int64(i)
		if n == 0 {
			t.begin(i, t.edgeAfter(i))
		} else if i > 0 && t.breaks(i) {
			t.begin(i, t.close(n))
		}
		t.line.see(n, float64(t.buf[i]))
	}
	keep := max(until-2*t.stride, 0)
	t.buf = append(t.buf[:0], t.buf[keep:]...)
	t.first += int64(keep)
	t.placed = until - keep
}

// edge is the lower (or upper) edge of the times in buf[from:to], as the time
// that it gives for the sample at buf[at].
func (t *timeline) edge(from, to, at int) float64 {
	best := math.Inf(1)
	for i := from; i < to; i++ {
		r := float64(t.buf[i]) - float64(i-at)*t.period
		if t.coarse {
			r = -r
		}
		best = min(best, r)
	}
	if t.coarse {
		best = -best
	}
	return best
}

// breaks reports whether samples are missing, or the clock was set, right
// before buf[i].
func (t *timeline) breaks(i int) bool {
	step := float64(t.buf[i] - t.buf[i-1])
	suspect, limit := 2*t.period, 1.5*t.period
	if t.even > 0 {
		suspect, limit = 1.5*t.period, 0.7*t.period
	}
	if t.blind || t.period == 0 || step <= suspect && step >= -t.period {
		return false
	}
	look := 2 * t.stride
	from := max(i-look, int(t.begun-t.first), 0)
	to := min(i+look, len(t.buf))
	if to-i < minStride/2 && !t.coarse && t.even == 0 {
		// Too few times follow to tell a late batch from a hole.
		limit = max(limit, 0.25e9)
	}
	return math.Abs(t.edge(i, to, i)-t.edge(from, i, i)) > limit
}

// edgeAfter is when buf[i] was taken, by the edge of what follows it.
func (t *timeline) edgeAfter(i int) float64 {
	return t.edge(i, min(i+2*t.stride, len(t.buf)), i)
}

// begin starts a stretch with buf[i], taken at a time.
func (t *timeline) begin(i int, at float64) {
	n := t.first + int64(i)
	if t.period == 0 {
		at = float64(t.buf[i])
	}
	t.begun, t.since = n, at
	t.line = lineFit{from: n, at: at, period: t.period, coarse: t.coarse, step: int64(max(knotStep, 2*t.stride))}
}

// close ends the present stretch before sample n, says what follows it, and
// gives the time of n.
func (t *timeline) close(n int64) (start float64) {
	end := t.finishLine(n)
	i := int(n - t.first)
	start = t.edgeAfter(i)
	// The line is true to a sample and may reach over the hole that a single lost
	// one leaves; the edges on its two sides tell it from a clock that steps back.
	if jump := start - t.edge(max(i-2*t.stride, int(t.begun-t.first), 0), i, i); jump > 0 && !t.coarse {
		start = max(start, end+jump/2)
	}
	f := dataset.Finding{AtS: end / 1e9, Sample: n}
	if hole := (start - end) / 1e9; hole > 0 {
		f.Kind, f.LengthS = dataset.FindingGap, hole
		f.Message = fmt.Sprintf("%s without samples, about %.0f of them; the next comes %s after the last.",
			seconds(hole), math.Max(hole*1e9/t.period, 1), seconds(hole+t.period/1e9)) + hourHint(hole)
	} else {
		f.Kind = dataset.FindingClock
		f.Message = steppedBack(n, -hole)
		if t.buf[i] < t.buf[i-1] {
			t.told++
			t.backs = slices.DeleteFunc(t.backs, func(b stepBack) bool { return b.sample == n })
		}
	}
	if len(t.found) < maxFindings {
		t.found = append(t.found, f)
	} else {
		t.more++
	}
	return start
}

// steppedBack says that the clock before sample n, counted from 0, steps back by
// some seconds.
func steppedBack(n int64, by float64) string {
	return fmt.Sprintf("The device's clock steps back by %s before sample %d: it was set while recording. No sample is lost. The session's time runs on here without a break, in the order in which the samples were recorded; no window is read across the place, and the study keeps what the device's clock said.", seconds(by), n+1) + hourHint(-by)
}

// What a step of exactly an hour may be; a session whose times are no local ones
// takes it away again.
const (
	hourLost  = " That is exactly an hour: if daylight saving time began here, nothing is missing. Import the file again with the zone of its times to have them run on."
	hourTwice = " That is exactly an hour: daylight saving time may have ended here. Import the file again with the zone of its times to have them run on."
)

// hourHint says what a step of exactly an hour, in seconds and either way, may
// be: local times over a change of a zone's clocks. It is empty for other steps.
func hourHint(step float64) string {
	switch {
	case math.Abs(step-3600) <= 1:
		return hourLost
	case math.Abs(step+3600) <= 1:
		return hourTwice
	}
	return ""
}

// withoutHint is a finding of times that are moments of their own.
func withoutHint(f dataset.Finding) dataset.Finding {
	f.Message = strings.TrimSuffix(strings.TrimSuffix(f.Message, hourLost), hourTwice)
	return f
}

// finishLine ends the present stretch before sample n and gives the time at
// which n would lie on it.
func (t *timeline) finishLine(n int64) float64 {
	segments := t.line.finish(n, t.fallback())
	t.clock.Segments = append(t.clock.Segments, segments...)
	last := segments[len(segments)-1]
	end := (last.Start + float64(n-last.First)/last.Rate) * 1e9
	if steps := n - t.begun - 1; steps > 0 {
		t.count += steps
		t.took += end - 1e9/last.Rate - t.since
	}
	return end
}

// fallback is the period of a stretch too short to tell its own.
func (t *timeline) fallback() float64 {
	switch {
	case t.period > 0:
		return t.period
	case t.nominal > 0:
		return 1e9 / t.nominal
	}
	return 0
}

// finish gives the clock, the counted rate in Hz (0 when nothing could be
// counted) and what is odd about the times. It fails when neither the times nor
// a claimed rate give a pace.
func (t *timeline) finish() (dataset.Clock, float64, []dataset.Finding, error) {
	if t.total == 0 {
		return dataset.Clock{}, 0, nil, fmt.Errorf("there are no samples")
	}
	t.pace()
	if t.blind {
		return t.byMean()
	}
	if t.fallback() == 0 {
		return dataset.Clock{}, 0, nil, errNoPace
	}
	for t.placed < len(t.buf) {
		t.place(min(t.placed+timelineBlock, len(t.buf)))
	}
	t.finishLine(t.total)
	t.lift()
	measured := 0.0
	if t.count > 0 && t.took > 0 && t.period > 0 {
		measured = float64(t.count) / t.took * 1e9
	}
	return t.clock, measured, t.findings(measured), nil
}

// lift begins a recording at time zero when its line, which runs along the edge
// of jittering times, begins less than two samples before. The end of the first
// piece stays where it is.
func (t *timeline) lift() {
	s := &t.clock.Segments[0]
	if s.Start >= 0 || s.Start*s.Rate < -2 {
		return
	}
	n := t.total
	if len(t.clock.Segments) > 1 {
		n = t.clock.Segments[1].First
	}
	if end := s.Start + float64(n)/s.Rate; end > 0 && n > 2 {
		s.Rate = float64(n) / end
	}
	s.Start = 0
}

var errNoPace = errors.New("the times do not advance and no rate is given")

// byMean is the clock of times that are too coarse for more than a start and a
// mean rate.
func (t *timeline) byMean() (dataset.Clock, float64, []dataset.Finding, error) {
	measured := 0.0
	if d := t.last - t.zero - t.head; d > 0 && t.total > 1 {
		measured = float64(t.total-1) / float64(d) * 1e9
	}
	rate := t.nominal
	if rate == 0 {
		rate = measured
	}
	if rate == 0 {
		return dataset.Clock{}, 0, nil, errNoPace
	}
	found := []dataset.Finding{{Kind: dataset.FindingClock, Sample: -1, Message: fmt.Sprintf(
		"More than %d rows in a row carry the same time. Such times cannot show gaps; samples are placed at %.3f Hz from the first.", maxStride, rate)}}
	return dataset.Uniform(float64(t.head)/1e9, rate), measured, found, nil
}

func (t *timeline) findings(measured float64) []dataset.Finding {
	found := t.found
	note := func(kind, format string, args ...any) {
		found = append(found, dataset.Finding{Kind: kind, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	if t.more > 0 {
		note(dataset.FindingGap, "%d more gaps and steps follow; the clock holds them all.", t.more)
	}
	if t.repeated > 0 {
		note(dataset.FindingClock, "%d of %d times repeat the one before. The device's times are kept; samples are placed at an even pace through them.", t.repeated, t.total)
	}
	if rest := t.stepped - t.told; rest > 0 {
		f := dataset.Finding{Kind: dataset.FindingClock, Sample: -1, Message: counted(rest, "time lies", "times lie, each") + " before the one ahead of it"}
		if len(t.backs) > 0 {
			first := t.backs[0]
			f.Sample, f.AtS = first.sample, t.clock.Time(first.sample)
			f.Message += fmt.Sprintf(": sample %d by %s", first.sample+1, seconds(first.by))
			if rest > 1 {
				f.Message += " is the first"
			}
		}
		f.Message += "."
		found = append(found, f)
	}
	if t.nominal > 0 && measured > 0 {
		if f, odd := rateFinding(t.nominal, measured, t.took/1e9); odd {
			found = append(found, f)
		}
	}
	return found
}

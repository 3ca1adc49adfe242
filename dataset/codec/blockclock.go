package codec

import (
	"fmt"
	"math"
	"time"

	"onset/dataset"
)

// blockClock makes a clock of blocks that each carry the true time of their
// first sample, as loggers write them. Blocks whose times lie within half a
// sample of one line share a segment, so that a recording of weeks has few; a
// hole or a step begins a new one and is told.
type blockClock struct {
	nominal  float64 // Hz
	end      float64 // when the newest block ends by the device's own time, in seconds; 0: it says none
	segments []dataset.Segment
	findings []dataset.Finding

	anchor    block   // where the present segment begins
	last      block   // the newest block
	low, high float64 // slopes, seconds a sample, that pass all blocks of the segment
	sxy, sxx  float64
	bounded   bool
	counted   int64 // samples between blocks that follow one another
	took      float64
}

// block is the first sample of a block, its time in seconds and its length.
type block struct {
	first int64
	time  float64
	n     int
}

// end is the sample after the block.
func (b block) end() int64 { return b.first + int64(b.n) }

// period is the best guess of the time between samples, in seconds.
func (c *blockClock) period() float64 {
	if c.took > 0 {
		return c.took / float64(c.counted)
	}
	return 1 / c.nominal
}

// add takes the next block. missing says that blocks before it are known to be
// lost, and why; empty: the times alone tell.
func (c *blockClock) add(n int, at float64, missing string) {
	if len(c.segments) == 0 && c.last.n == 0 {
		c.start(block{0, at, n})
		return
	}
	b := block{c.last.end(), at, n}
	expected := c.last.time + float64(c.last.n)*c.period()
	hole := at - expected
	// a claimed rate can be some per cent off, which shifts a whole block's end
	slack := c.period() * (1 + 0.03*float64(c.last.n))
	if math.Abs(hole) > slack || missing != "" {
		c.close()
		c.tell(b, expected, hole, missing)
		c.start(b)
		return
	}
	c.counted += int64(c.last.n)
	c.took += at - c.last.time
	if !c.narrow(b) {
		c.bend()
		c.narrow(b)
	}
	c.last = b
}

func (c *blockClock) start(b block) {
	c.anchor, c.last = b, b
	c.bounded, c.sxy, c.sxx = false, 0, 0
}

// narrow keeps the slopes that pass within half a sample of b; it reports
// false, changing nothing, when none is left.
func (c *blockClock) narrow(b block) bool {
	x, y := float64(b.first-c.anchor.first), b.time-c.anchor.time
	slack := 0.5 * c.period()
	low, high := (y-slack)/x, (y+slack)/x
	if c.bounded {
		low, high = max(low, c.low), min(high, c.high)
		if low > high {
			return false
		}
	}
	c.low, c.high, c.bounded = low, high, true
	c.sxy += x * y
	c.sxx += x * x
	return true
}

func (c *blockClock) slope() float64 {
	if !c.bounded {
		return c.period()
	}
	return min(max(c.sxy/c.sxx, c.low), c.high)
}

// bend ends the segment at the newest block and goes on from there.
func (c *blockClock) bend() {
	s := c.slope()
	c.segments = append(c.segments, dataset.Segment{First: c.anchor.first, Start: c.anchor.time, Rate: 1 / s})
	at := c.anchor.time + float64(c.last.first-c.anchor.first)*s
	c.start(block{c.last.first, at, c.last.n})
}

func (c *blockClock) close() {
	c.segments = append(c.segments, dataset.Segment{First: c.anchor.first, Start: c.anchor.time, Rate: 1 / c.slope()})
}

func (c *blockClock) tell(b block, expected, hole float64, missing string) {
	f := dataset.Finding{Kind: dataset.FindingGap, AtS: expected, LengthS: hole, Sample: b.first}
	switch {
	case hole < 0:
		f.Kind, f.LengthS = dataset.FindingClock, 0
		f.Message = steppedBack(b.first, -hole)
		if missing != "" {
			f.Message = fmt.Sprintf("The file goes back in time by %s before sample %d: its blocks lie out of order (%s). No sample is lost: all are kept in the order of the file, and lengths are counted in samples.", seconds(-hole), b.first+1, missing)
		}
	case missing != "":
		f.Message = fmt.Sprintf("%s without samples: %s.", seconds(hole), missing)
	default:
		f.Message = fmt.Sprintf("%s without samples, about %.0f of them.", seconds(hole), hole/c.period()) + hourHint(hole)
	}
	c.findings = append(c.findings, f)
}

// finish gives the clock, the measured rate in Hz (0 without two blocks that
// follow one another) and what is to be told. The rate counts to the last moment
// that the device wrote: the newest block's end where it is known, else its
// beginning.
func (c *blockClock) finish() (dataset.Clock, float64, []dataset.Finding) {
	if c.took > 0 && c.end > c.last.time {
		c.counted += int64(c.last.n)
		c.took += c.end - c.last.time
		if b := (block{c.last.end(), c.end, 0}); !c.narrow(b) {
			c.bend()
			c.narrow(b)
		}
	}
	c.close()
	measured := 0.0
	if c.took > 0 {
		measured = 1 / c.period()
		if f, odd := rateFinding(c.nominal, measured, c.took); odd {
			c.findings = append(c.findings, f)
		}
	}
	return dataset.Clock{Segments: c.segments}, measured, c.findings
}

// wallClock places a local wall-clock time, given as if it were UTC, by the offset
// that the file states, else in the zone that a person named. Without either it
// stays as it is and the zone is empty. The file's own offset comes first: it is
// what the device's clock was set by.
func (w *session) wallClock(wall time.Time, offset string) (time.Time, string, error) {
	if east, ok := offsetEast(offset); ok {
		w.stated = &east
		return wall.Add(-time.Duration(east) * time.Second).UTC(), gmtZone(east), nil
	}
	if w.options.Zone == "" {
		return wall, "", nil
	}
	zone, err := namedZone(w.options.Zone)
	if err != nil {
		return time.Time{}, "", err
	}
	w.zoned = true
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone).UTC(), zone.String(), nil
}

// namedZone finds the zone that a person named.
func namedZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the zone %q is not known; zones look like Europe/Prague", name)
	}
	return zone, nil
}

// doubtZone says that a zone was given which the source did not need, and when it
// is another than the source's own.
func (w *session) doubtZone() {
	if w.options.Zone == "" || w.zoned {
		return
	}
	f := dataset.Finding{Kind: dataset.FindingNote, Sample: -1}
	given, err := namedZone(w.options.Zone)
	own, oerr := time.LoadLocation(w.info.Zone)
	if w.stated != nil {
		own, oerr = time.FixedZone("", *w.stated), nil
	}
	switch {
	case w.info.Start.IsZero():
		f.Message = fmt.Sprintf("The zone %s was given and not needed: the source names no day.", w.options.Zone)
	case err != nil || oerr != nil || w.stated == nil && (w.info.Zone == "" || w.info.Zone == "UTC"):
		f.Message = fmt.Sprintf("The zone %s was given and not needed: the source's times are moments of their own and no local ones.", w.options.Zone)
	default:
		_, a := w.info.Start.In(given).Zone()
		_, b := w.info.Start.In(own).Zone()
		f.Message = fmt.Sprintf("The zone %s was given and not needed: the file states its own offset, %s.", w.options.Zone, offsetText(int64(b)*1e9))
		if a != b {
			f.Kind = dataset.FindingClock
			f.Message = fmt.Sprintf("The file states the offset %s, where the zone %s that was given had %s at that moment. The file's own was kept; if the device was set to the wrong zone, its times are off by %s.",
				offsetText(int64(b)*1e9), w.options.Zone, offsetText(int64(a)*1e9), seconds(math.Abs(float64(a-b))))
		}
	}
	w.find(f)
}

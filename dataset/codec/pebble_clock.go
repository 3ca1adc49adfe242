package codec

import (
	"fmt"
	"math"
	"sort"

	"onset/dataset"
)

// placed is a packet with its place in the recording.
type placed struct {
	pebbleHeader
	file  string
	first int64 // its first sample in the recording
	turn  int   // number of its file in the session
}

// end is one past the packet's last sample.
func (p placed) end() int64 { return p.first + int64(p.count) }

// packetTiming turns packets, each timed at its last sample, into a clock.
type packetTiming struct {
	period   float64 // milliseconds a sample, counted over packets that follow each other
	measured float64 // Hz, 0 when no two packets follow each other
	zero     float64 // Unix milliseconds of time zero
	clock    dataset.Clock
	findings []dataset.Finding
}

// timePackets needs at least one packet that holds samples.
//
// A packet's samples are laid backwards from its time at the device's own rate.
// A watch that was too busy to send writes packets of 70 samples that claim the
// time of 110: such a packet joins the next one without a step in the signal and
// moves at the usual pace, so its samples are the last ones before its time and
// the rest of its time was lost.
func timePackets(packets []placed) packetTiming {
	t := packetTiming{period: packetPeriod(packets)}
	if counted := countedPeriod(packets, t.period); counted > 0 {
		t.period, t.measured = counted, 1000/counted
	}
	t.zero = t.firstOf(packets[0])
	begin := 0
	for i := 1; i <= len(packets); i++ {
		if i < len(packets) && math.Abs(t.hole(packets[i-1], packets[i])) <= 0.75*t.period {
			continue
		}
		t.clock.Segments = append(t.clock.Segments, t.fit(packets[begin:i]))
		begin = i
	}
	lead := t.clock.Segments[0].Start
	t.zero += lead * 1000
	for i := range t.clock.Segments {
		t.clock.Segments[i].Start -= lead
	}
	for i := 1; i < len(packets); i++ {
		t.describe(packets[i-1], packets[i])
	}
	t.describeRate(packets[0].rate)
	return t
}

// firstOf is when a packet's first sample was taken, in Unix milliseconds.
func (t *packetTiming) firstOf(p placed) float64 {
	return float64(p.millis) - float64(p.count-1)*t.period
}

// hole is the time between two packets that no sample covers, in milliseconds;
// negative when they overlap.
func (t *packetTiming) hole(a, b placed) float64 {
	return t.firstOf(b) - (float64(a.millis) + t.period)
}

// fit lays a line through the packets of a stretch without holes.
func (t *packetTiming) fit(stretch []placed) dataset.Segment {
	first := stretch[0].first
	period, start := t.period, t.firstOf(stretch[0])
	if len(stretch) > 1 {
		var n, sx, sy, sxx, sxy float64
		for _, p := range stretch {
			x, y := float64(p.end()-1-first), float64(p.millis)-t.zero
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
		}
		if d := n*sxx - sx*sx; d > 0 {
			if slope := (n*sxy - sx*sy) / d; slope > 0 {
				period = slope
				start = t.zero + (sy-slope*sx)/n
			}
		}
	}
	return dataset.Segment{First: first, Start: (start - t.zero) / 1000, Rate: 1000 / period}
}

// describe says what lies between two packets of the recording.
func (t *packetTiming) describe(a, b placed) {
	hole := t.hole(a, b)
	at := (float64(a.millis) + t.period - t.zero) / 1000
	f := dataset.Finding{AtS: at, LengthS: hole / 1000, Sample: b.first}
	short := float64(b.duration) - float64(b.count)*t.period
	switch {
	case math.Abs(hole) <= 0.75*t.period:
		return
	case hole < 0:
		f.Kind, f.LengthS = dataset.FindingClock, 0
		f.Message = fmt.Sprintf("The device's clock steps back by %s between packets %d (%s) and %d (%s).",
			seconds(-hole/1000), a.sequence, a.file, b.sequence, b.file)
	case a.turn != b.turn:
		f.Kind = dataset.FindingNote
		f.Message = fmt.Sprintf("Pause of %s between %s and %s: nothing was kept between these sets.", seconds(hole/1000), a.file, b.file)
		if short > 0.75*t.period {
			f.Message += fmt.Sprintf(" The first packet after it holds %d samples for %d ms, so %s at its start was lost.", b.count, b.duration, seconds(short/1000))
		}
	default:
		f.Kind = dataset.FindingGap
		f.Message = fmt.Sprintf("%s lost in %s between packets %d and %d", seconds(hole/1000), b.file, a.sequence, b.sequence)
		if missing := int(uint8(b.sequence - a.sequence - 1)); missing > 0 {
			f.Message += fmt.Sprintf(": %s never arrived (%s)", plural(missing, "packet"), seconds((hole-max(short, 0))/1000))
		}
		if short > 0.75*t.period {
			f.Message += fmt.Sprintf("; packet %d holds %d samples for %d ms, so %s more is missing at its start", b.sequence, b.count, b.duration, seconds(short/1000))
		}
		f.Message += "."
	}
	t.findings = append(t.findings, f)
}

func (t *packetTiming) describeRate(claimed int) {
	if t.measured == 0 {
		return
	}
	if f, odd := rateFinding(float64(claimed), t.measured, 0); odd {
		t.findings = append(t.findings, f)
	}
}

// rateFinding compares a claimed with a counted rate, both in Hz, over so many
// seconds of samples. A difference of a tenth of that still counts where it adds
// up to more than a second, as it does in a recording of days.
func rateFinding(nominal, measured, took float64) (dataset.Finding, bool) {
	off := measured/nominal - 1
	late := math.Abs(off) * took
	if math.Abs(off) < 0.0005 && (math.Abs(off) < 0.00005 || late < 1) {
		return dataset.Finding{}, false
	}
	text := fmt.Sprintf("True rate %.*f Hz, counted by the device's own times; it claims %g Hz (%+.0f parts per million). Times follow the counted rate.", digitsFor(off), measured, nominal, off*1e6)
	if late >= 60 {
		text += fmt.Sprintf(" By the claimed rate the end would lie %.0f min off.", late/60)
	}
	return dataset.Finding{Kind: dataset.FindingClock, Sample: -1, Message: text}, true
}

// digitsFor is how many digits of a rate show that it is off by a share.
func digitsFor(off float64) int {
	if math.Abs(off) < 0.001 {
		return 5
	}
	return 3
}

// packetPeriod guesses the time of a sample in milliseconds: the median pace of
// packets that follow one another by their sequence numbers; without such, of
// packets whose own duration comes near the claimed rate; else the claimed one.
func packetPeriod(packets []placed) float64 {
	nominal := 1000 / float64(packets[0].rate)
	var following, own []float64
	for i, p := range packets {
		if p.count == 0 {
			continue
		}
		if per := float64(p.duration) / float64(p.count); math.Abs(per/nominal-1) < 0.1 {
			own = append(own, per)
		}
		if i == 0 {
			continue
		}
		a := packets[i-1]
		if dt := p.millis - a.millis; a.turn == p.turn && p.sequence == a.sequence+1 && dt > 0 {
			following = append(following, float64(dt)/float64(p.count))
		}
	}
	for _, paces := range [][]float64{following, own} {
		if len(paces) > 0 {
			sort.Float64s(paces)
			return paces[len(paces)/2]
		}
	}
	return nominal
}

// countedPeriod averages over packets that follow one another without a hole;
// 0 when there are none.
func countedPeriod(packets []placed, guess float64) float64 {
	var time, samples float64
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1], packets[i]
		if a.turn != b.turn || b.sequence != a.sequence+1 || b.count == 0 {
			continue
		}
		dt := float64(b.millis - a.millis)
		if per := dt / float64(b.count); math.Abs(per/guess-1) < 0.1 {
			time += dt
			samples += float64(b.count)
		}
	}
	if samples == 0 {
		return 0
	}
	return time / samples
}

func seconds(s float64) string { return fmt.Sprintf("%.2f s", s) }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"onset/dataset"
)

// tape is what one device wrote: integer codes by channel, and its clock.
type tape struct {
	device   Device
	channels []dataset.Channel
	codes    [][]int32
	clock    dataset.Clock
	rate     float64
	findings []dataset.Finding
}

const step = 0.004 // seconds either side of a sample for differentiation

// record samples the person's motion with one device: strapped on a little
// askew, sampling a little off its nominal rate, losing packets, clipping.
func (a *actor) record(d Device) tape {
	rnd := a.rnd
	where := wristSite
	if strings.HasSuffix(d.Placement, "thigh") {
		where = thighSite
	}
	rate := d.Rate * (1 + 1e-6*a.Noise.RatePPM*rnd.NormFloat64())
	begin := 0.03 * rnd.Float64()
	t := tape{device: d, channels: d.channels(), rate: rate, codes: make([][]int32, 6)}
	mount := mounting(rnd, where, a.Recipe.Person.StrapDeg)
	total := int64((a.motion.end() - begin) * rate)
	lost := a.losses(rnd, total, rate)
	clipped := newClipping(d)
	var hint int
	for i := int64(0); i < total; i++ {
		if until, ok := lost[i]; ok {
			t.gap(begin+float64(i)/rate, float64(until-i)/rate)
			t.clock.Segments = append(t.clock.Segments, dataset.Segment{
				First: int64(len(t.codes[0])), Start: begin + float64(until)/rate, Rate: rate})
			i = until
		}
		if len(t.clock.Segments) == 0 {
			t.clock = dataset.Uniform(begin, rate)
		}
		now := begin + float64(i)/rate
		poses := [3]pose{a.motion.at(now-step, &hint), a.motion.at(now, &hint), a.motion.at(now+step, &hint)}
		force, turning := a.person.body.inertial(&poses, step, where, mount, a.motion.ground(now, where))
		for k := range 3 {
			v := force[k] + a.Noise.Accelerometer*rnd.NormFloat64()
			t.codes[k] = append(t.codes[k], clipped.code(d.Accelerometer, v*perG(d.Accelerometer.Unit), now))
			w := turning[k]*180/math.Pi + a.Noise.Gyroscope*rnd.NormFloat64()
			t.codes[3+k] = append(t.codes[3+k], clipped.code(d.Gyroscope, w*perDegree(d.Gyroscope.Unit), now))
		}
	}
	t.findings = append(t.findings, clipped.finding()...)
	t.findings = append(t.findings, dataset.Finding{Kind: dataset.FindingClock, Sample: -1,
		Message: fmt.Sprintf("The true rate is %.3f Hz; the device claims %g Hz.", rate, d.Rate)})
	return t
}

func (t *tape) gap(at, length float64) {
	t.findings = append(t.findings, dataset.Finding{Kind: dataset.FindingGap, AtS: at, LengthS: length,
		Sample: int64(len(t.codes[0])), Message: fmt.Sprintf("%.2f s of samples were lost in the radio link.", length)})
}

// losses picks the packets that never arrive: first sample to the next one
// that does. The first packet always arrives and so does the last sample.
func (a *actor) losses(rnd *rand.Rand, total int64, rate float64) map[int64]int64 {
	packet := max(1, int64(math.Round(a.Noise.PacketS*rate)))
	lost := map[int64]int64{}
	for first := packet; first+packet < total; first += packet {
		if rnd.Float64() >= a.Noise.PacketsLost {
			continue
		}
		until := first + packet*int64(1+rnd.IntN(3)/2)
		if until < total {
			lost[first] = until
			first = until // the packet after a loss arrives
		}
	}
	return lost
}

func (d Device) channels() []dataset.Channel {
	var cs []dataset.Channel
	for _, k := range []struct {
		kind string
		s    Sensor
	}{{"accelerometer", d.Accelerometer}, {"gyroscope", d.Gyroscope}} {
		for _, axis := range []string{"x", "y", "z"} {
			cs = append(cs, dataset.Channel{Kind: k.kind, Axis: axis, Unit: k.s.Unit,
				Scale: k.s.Scale, RangeMin: -k.s.Limit, RangeMax: k.s.Limit})
		}
	}
	return cs
}

// mounting turns the sensor's axes into the segment's: x along the limb to its
// far end, z out of it, and the strap's own error.
func mounting(rnd *rand.Rand, where site, askew float64) mat {
	base := rotY(90)
	if where == wristSite {
		base = rotY(90).mul(rotX(90))
	}
	strap := rotX(askew * rnd.NormFloat64())
	return base.mul(strap).mul(rotY(0.4 * askew * rnd.NormFloat64())).mul(rotZ(0.4 * askew * rnd.NormFloat64()))
}

func perG(unit string) float64 {
	if unit == "m/s2" {
		return gravity
	}
	return 1
}

func perDegree(unit string) float64 {
	if unit == "rad/s" {
		return math.Pi / 180
	}
	return 1
}

// clipping counts samples at a sensor's limit.
type clipping struct {
	device Device
	count  int
	at     float64
}

func newClipping(d Device) *clipping { return &clipping{device: d, at: -1} }

func (c *clipping) code(s Sensor, v, now float64) int32 {
	if math.Abs(v) >= s.Limit {
		if c.count++; c.at < 0 {
			c.at = now
		}
		v = math.Copysign(s.Limit, v)
	}
	return int32(math.Round(v / s.Scale))
}

func (c *clipping) finding() []dataset.Finding {
	if c.count == 0 {
		return nil
	}
	return []dataset.Finding{{Kind: dataset.FindingClipped, AtS: c.at, Sample: -1,
		Message: fmt.Sprintf("%d values lie at the sensor's limit; the first at %.2f s.", c.count, c.at)}}
}

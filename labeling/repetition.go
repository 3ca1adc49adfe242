package labeling

import (
	"math"
	"slices"

	"onset/dataset/signal"
)

// How alike repetitions of one set are: found on recordings other than those
// that docs/results.md judges by.
const (
	alike       = 0.5  // least correlation of a repetition with the set's template
	weakest     = 0.12 // least energy of a repetition against the template's
	strongest   = 8.0  // and most
	periodic    = 0.3  // least autocorrelation of a set that counts as repetitions
	quietShare  = 0.18 // of the set's middle speed: below it nothing moves
	quietS      = 0.25 // how long that must last to be a pause
	seriesHz    = 25.0 // repetitions are looked for at this rate
	restOfScale = 0.02 // movement below this share of gravity is rest, where no rest is recorded to compare with
)

// repetitions finds, within samples [from, to) that move, where the first
// repetition of a set begins and the last one ends: getting ready and putting
// down move as well, but not like the repetitions. A repetition from the middle
// is the template; from there its neighbours are followed to both sides as long
// as they are like it. ok is false where nothing repeats.
func repetitions(axes [][]float64, from, to int, rate float64) (start, end, count int, strength float64, ok bool) {
	quarter := (to - from) / 4
	period, strength := Period(axes, from+quarter, to-quarter, rate)
	if whole, s := Period(axes, from, to, rate); s > strength || quarter < int(4*rate) {
		period, strength = whole, max(s, strength)
	}
	step := max(int(rate/seriesHz), 1)
	hz := rate / float64(step)
	long := int(math.Round(period * hz))
	if strength < periodic || long < 4 || (to-from)/step < 2*long {
		return 0, 0, 0, strength, false
	}
	s := series{long: long}
	for c := range axes {
		s.x = append(s.x, centred(fillNaN(axes[c][from:to]), step))
	}
	s.speed = smoothed(speedOf(s.x), int(0.2*hz))
	s.takeTemplate()
	first, before := s.follow(-1)
	last, after := s.follow(1)
	a, b := s.edge(first, -1, hz), s.edge(last+long, 1, hz)
	if b <= a {
		return 0, 0, 0, strength, false
	}
	return from + a*step, min(from+b*step, to), before + after + 1, strength, true
}

// series is a moving stretch at about 25 values a second.
type series struct {
	x      [][]float64
	speed  []float64 // change from value to value, squared and summed over the axes
	long   int       // of a repetition
	middle int       // where the template begins
	usual  float64   // speed in the middle of the set
}

// takeTemplate takes the repetition in the middle, from a moment at which it
// turns.
func (s *series) takeTemplate() {
	n := len(s.x[0])
	from := max(n/2-s.long, 0)
	s.middle = from
	for i := from; i < min(from+s.long, n-s.long); i++ {
		if s.speed[i] < s.speed[s.middle] {
			s.middle = i
		}
	}
	part := slices.Clone(s.speed[max(n/4, 0):max(3*n/4, 1)])
	slices.Sort(part)
	s.usual = part[len(part)/2]
}

// follow goes from repetition to repetition, forwards or backwards, and returns
// where the last one begins and how many there were.
func (s *series) follow(direction int) (at, count int) {
	at = s.middle
	for {
		best, found := alike, -1
		lo, hi := s.long*7/10, s.long*135/100
		for d := lo; d <= hi; d++ {
			i := at + direction*d
			if i < 0 || i+s.long > len(s.x[0]) {
				break
			}
			if c := s.like(i); c > best {
				best, found = c, i
			}
		}
		if found < 0 {
			return at, count
		}
		at = found
		count++
	}
}

// like is the correlation of the stretch at i with the template over all axes, 0
// where it moves far less or more.
func (s *series) like(i int) float64 {
	var both, a, b float64
	for _, x := range s.x {
		t, y := x[s.middle:s.middle+s.long], x[i:i+s.long]
		mt, my := mean(t), mean(y)
		for k := range t {
			both += (t[k] - mt) * (y[k] - my)
			a += (t[k] - mt) * (t[k] - mt)
			b += (y[k] - my) * (y[k] - my)
		}
	}
	if a <= 0 || b < weakest*a || b > strongest*a {
		return 0
	}
	return both / math.Sqrt(a*b)
}

// edge finds, near an end of the repetitions, where stillness gives way to them:
// half a repetition further out may belong to them too, when the template begins
// at their other turn. Without any stillness there the repetitions themselves say.
func (s *series) edge(at, direction int, hz float64) int {
	n := len(s.speed)
	at = min(max(at, 0), n)
	still := max(int(quietS*hz), 2)
	out, in := s.long*3/4, s.long/4
	if direction > 0 {
		out = s.long // what is left of the last repetition may lack a little only
	}
	// Walk from inside to outside; i counts away from the set.
	run, moving := 0, 0
	answer, found := at, false
	for d := -in; d <= out; d++ {
		i := at + direction*d
		if direction > 0 {
			i--
		}
		if i < 0 || i >= n {
			if d > 0 && !found && moving > s.long/4 {
				return min(max(at+direction*d, 0), n)
			}
			break
		}
		if s.speed[i] >= quietShare*s.usual {
			run = 0
			moving++
			continue
		}
		if run++; run != still {
			continue
		}
		edge := at + direction*(d-still+1)
		if !found || moving > s.long/4 {
			answer, found = min(max(edge, 0), n), true
		}
		moving = 0
	}
	return answer
}

func speedOf(x [][]float64) []float64 {
	out := make([]float64, len(x[0]))
	for _, v := range x {
		for i := 1; i < len(v); i++ {
			out[i] += (v[i] - v[i-1]) * (v[i] - v[i-1])
		}
	}
	if len(out) > 1 {
		out[0] = out[1]
	}
	return out
}

// smoothed is the running mean over width values around each.
func smoothed(x []float64, width int) []float64 {
	half := max(width/2, 1)
	sum := make([]float64, len(x)+1)
	for i, v := range x {
		sum[i+1] = sum[i] + v
	}
	out := make([]float64, len(x))
	for i := range out {
		a, b := max(i-half, 0), min(i+half+1, len(x))
		out[i] = (sum[b] - sum[a]) / float64(b-a)
	}
	return out
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// restLimit is the energy below which a sensor rests, for recordings that hold no
// rest to compare with: a share of the length of its mean vector, which for an
// accelerometer is gravity.
func restLimit(axes [][]float64) float64 {
	if len(axes) != 3 {
		return 0
	}
	g := signal.Gravity(fillNaN(axes[0]), fillNaN(axes[1]), fillNaN(axes[2])).Norm()
	return math.Pow(restOfScale*g, 2)
}

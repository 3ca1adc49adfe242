package simulate

import (
	"math"
	"math/rand/v2"
	"sort"
)

// key is a posture reached at a time, at rest.
type key struct {
	at float64
	p  pose
}

// walk is a stretch of steps.
type walk struct{ from, to, hz float64 }

// sine is one component of tremor or sway on a joint.
type sine struct {
	joint      int
	hz, amount float64
	phase      float64
}

// motion is a body's path through a session: key postures joined by
// minimum-jerk movements (Flash and Hogan, J. Neurosci. 5:1688, 1985), with
// steps, sway and tremor on top. It is a pure function of time.
type motion struct {
	keys  []key
	walks []walk
	sway  []sine
	steps []float64 // times of foot strikes
	hard  float64   // of a foot strike, m/s2
}

func (m *motion) end() float64 { return m.keys[len(m.keys)-1].at }
func (m *motion) last() pose   { return m.keys[len(m.keys)-1].p }

func (m *motion) move(p pose, seconds float64) {
	m.keys = append(m.keys, key{m.end() + math.Max(seconds, 0.02), p})
}

func (m *motion) hold(seconds float64) { m.move(m.last(), seconds) }

// stepOut walks for a time and ends standing as stand, turned by some angle.
func (m *motion) stepOut(stand pose, seconds, hz, turned float64) {
	from := m.end()
	heading := m.last()[yaw]
	stand[yaw] = heading
	m.move(stand, 0.5)
	stand[yaw] = heading + turned
	m.move(stand, seconds)
	m.walks = append(m.walks, walk{from + 0.2, m.end(), hz})
	for t := from + 0.2 + 0.25/hz; t < m.end()-0.1; t += 0.5 / hz {
		m.steps = append(m.steps, t)
	}
}

// at is the posture at t. hint speeds up times that advance.
func (m *motion) at(t float64, hint *int) pose {
	i := *hint
	if i >= len(m.keys) || m.keys[i].at > t {
		i = 0
	}
	for i+1 < len(m.keys) && m.keys[i+1].at <= t {
		i++
	}
	*hint = i
	p := m.keys[i].p
	if i+1 < len(m.keys) && t > m.keys[i].at {
		a, b := &m.keys[i], &m.keys[i+1]
		s := minimumJerk((t - a.at) / (b.at - a.at))
		for j := range p {
			p[j] += s * (b.p[j] - a.p[j])
		}
	}
	m.addSteps(&p, t)
	for _, s := range m.sway {
		p[s.joint] += s.amount * math.Sin(2*math.Pi*s.hz*t+s.phase)
	}
	return p
}

func minimumJerk(x float64) float64 { return x * x * x * (10 + x*(-15+6*x)) }

func (m *motion) addSteps(p *pose, t float64) {
	i := sort.Search(len(m.walks), func(i int) bool { return m.walks[i].to > t })
	if i == len(m.walks) || t < m.walks[i].from {
		return
	}
	w := m.walks[i]
	ramp := minimumJerk(min(1, (t-w.from)/0.5, (w.to-t)/0.5))
	s, c := math.Sincos(2 * math.Pi * w.hz * (t - w.from))
	p[thigh] += ramp * (6 + 21*s)
	p[plane] -= ramp * 60 * min(1, p[plane]/60)
	p[elev] += ramp * (9 - 13*s)
	p[elbow] += ramp * (12 - 6*s)
	p[drop] += ramp * 0.018 * (c*c - s*s)
}

// ground is the acceleration that foot strikes send up the body at t, m/s2.
func (m *motion) ground(t float64, s site) vec {
	i := sort.SearchFloat64s(m.steps, t)
	amount := m.hard
	if s == wristSite {
		amount *= 0.35
	}
	var a vec
	for i--; i >= 0 && t-m.steps[i] < 0.25; i-- {
		d := t - m.steps[i]
		v := amount * math.Exp(-d/0.035) * math.Sin(2*math.Pi*14*d)
		a[2] += v
		a[0] += 0.3 * v
	}
	return a
}

// addSway gives the body its slow sway and a person's tremor.
func (m *motion) addSway(r *rand.Rand, tremorDeg, tremorHz float64) {
	for _, j := range []int{lean, elev, plane, elbow, roll, thigh} {
		m.sway = append(m.sway,
			sine{j, 0.12 + 0.3*r.Float64(), 0.5 + 0.7*r.Float64(), 2 * math.Pi * r.Float64()},
			sine{j, tremorHz * (0.93 + 0.14*r.Float64()), tremorDeg * (0.5 + r.Float64()), 2 * math.Pi * r.Float64()})
	}
}

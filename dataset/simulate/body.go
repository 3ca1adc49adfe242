package simulate

import "math"

// Joints of a posture. Angles in degrees; drop and fore in metres.
const (
	lean  = iota // trunk forward
	elev         // upper arm raised from hanging
	plane        // in which vertical plane: 0 in front, 90 at the side
	turn         // upper arm about its own axis
	elbow
	roll // forearm about its own axis
	thigh
	abd
	drop // pelvis lowered
	fore // pelvis forward
	yaw  // heading
	joints
)

var jointNames = map[string]int{
	"lean": lean, "elev": elev, "plane": plane, "turn": turn, "elbow": elbow, "roll": roll,
	"thigh": thigh, "abd": abd, "drop": drop, "fore": fore, "yaw": yaw,
}

type pose [joints]float64

type vec [3]float64

// mat is a rotation, rows first: world = mat * segment.
type mat [9]float64

const gravity = 9.80665 // m/s2

var unitMat = mat{1, 0, 0, 0, 1, 0, 0, 0, 1}

func rotX(deg float64) mat {
	s, c := math.Sincos(deg * math.Pi / 180)
	return mat{1, 0, 0, 0, c, -s, 0, s, c}
}

func rotY(deg float64) mat {
	s, c := math.Sincos(deg * math.Pi / 180)
	return mat{c, 0, s, 0, 1, 0, -s, 0, c}
}

func rotZ(deg float64) mat {
	s, c := math.Sincos(deg * math.Pi / 180)
	return mat{c, -s, 0, s, c, 0, 0, 0, 1}
}

func (a mat) mul(b mat) mat {
	var r mat
	for i := 0; i < 3; i++ {
		for j := 0; j < 3; j++ {
			r[3*i+j] = a[3*i]*b[j] + a[3*i+1]*b[3+j] + a[3*i+2]*b[6+j]
		}
	}
	return r
}

func (a mat) apply(v vec) vec {
	return vec{
		a[0]*v[0] + a[1]*v[1] + a[2]*v[2],
		a[3]*v[0] + a[4]*v[1] + a[5]*v[2],
		a[6]*v[0] + a[7]*v[1] + a[8]*v[2],
	}
}

// inverse applies the transpose.
func (a mat) inverse(v vec) vec {
	return vec{
		a[0]*v[0] + a[3]*v[1] + a[6]*v[2],
		a[1]*v[0] + a[4]*v[1] + a[7]*v[2],
		a[2]*v[0] + a[5]*v[1] + a[8]*v[2],
	}
}

func (v vec) plus(w vec) vec { return vec{v[0] + w[0], v[1] + w[1], v[2] + w[2]} }

// body holds a person's segment lengths in metres.
type body struct{ trunk, upperArm, forearm, thighSensor float64 }

// site of a sensor on the body.
type site int

const (
	wristSite site = iota
	thighSite
)

// frame gives where a sensor is (metres) and how it is turned in a posture:
// a chain of segments from the pelvis, x forward, y left, z up.
func (b body) frame(p *pose, s site) (vec, mat) {
	pelvis := vec{p[fore], 0, -p[drop]}
	head := rotZ(p[yaw])
	if s == thighSite {
		m := head.mul(rotX(p[abd])).mul(rotY(-p[thigh]))
		return pelvis.plus(m.apply(vec{0.07, 0, -b.thighSensor})), m
	}
	trunk := head.mul(rotY(p[lean]))
	shoulder := pelvis.plus(trunk.apply(vec{0, 0.19, b.trunk}))
	upper := trunk.mul(rotZ(p[plane])).mul(rotY(-p[elev]))
	// The plane turns the arm's path, not the arm about itself.
	upper = upper.mul(rotZ(p[turn] - p[plane]))
	fore := upper.mul(rotY(-p[elbow]))
	wrist := shoulder.plus(upper.apply(vec{0, 0, -b.upperArm})).plus(fore.apply(vec{0, 0, -b.forearm}))
	return wrist, fore.mul(rotZ(p[roll]))
}

// inertial is what an ideal unit feels at a moment: specific force in g and
// turning rate in rad/s, both in the sensor's own axes. poses are the postures
// at t-h, t and t+h; extra is an acceleration of the ground in m/s2.
func (b body) inertial(poses *[3]pose, h float64, s site, mount mat, extra vec) (force, rate vec) {
	var at [3]vec
	var turned [3]mat
	for i := range poses {
		at[i], turned[i] = b.frame(&poses[i], s)
	}
	var world vec
	for i := range world {
		world[i] = (at[0][i]-2*at[1][i]+at[2][i])/(h*h) + extra[i]
	}
	world[2] += gravity
	now := turned[1].mul(mount)
	force = now.inverse(world)
	for i := range force {
		force[i] /= gravity
	}
	before, after := turned[0].mul(mount), turned[2].mul(mount)
	var d mat
	for i := range d {
		d[i] = (after[i] - before[i]) / (2 * h)
	}
	// Rt * dR/dt is the skew matrix of the turning rate.
	skew := func(i, j int) float64 { return now[i]*d[j] + now[3+i]*d[3+j] + now[6+i]*d[6+j] }
	rate = vec{(skew(2, 1) - skew(1, 2)) / 2, (skew(0, 2) - skew(2, 0)) / 2, (skew(1, 0) - skew(0, 1)) / 2}
	return force, rate
}

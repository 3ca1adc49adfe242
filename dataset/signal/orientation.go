package signal

import (
	"math"
	"slices"
)

// Vec3 is a vector in the sensor's frame.
type Vec3 [3]float64

// Dot is the scalar product.
func (a Vec3) Dot(b Vec3) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Norm is the length.
func (a Vec3) Norm() float64 { return math.Sqrt(a.Dot(a)) }

// Cross is the vector product.
func (a Vec3) Cross(b Vec3) Vec3 {
	return Vec3{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// Gravity estimates which way is down in the sensor's frame: the mean
// acceleration of the samples, in the channels' unit.
func Gravity(x, y, z []float64) Vec3 {
	var g Vec3
	for i := range x {
		g[0] += x[i]
		g[1] += y[i]
		g[2] += z[i]
	}
	if n := float64(len(x)); n > 0 {
		g[0], g[1], g[2] = g[0]/n, g[1]/n, g[2]/n
	}
	return g
}

// Rotation is a 3x3 matrix in row order.
type Rotation [9]float64

// Identity leaves vectors as they are.
func Identity() Rotation { return Rotation{1, 0, 0, 0, 1, 0, 0, 0, 1} }

// AxisAngle turns by angle radians about the axis, by Rodrigues' formula. A zero
// axis gives the identity.
func AxisAngle(axis Vec3, angle float64) Rotation {
	s, c := math.Sincos(angle)
	return turnAbout(axis, s, c)
}

// turnAbout turns about the axis by the angle of that sine and cosine.
func turnAbout(axis Vec3, s, c float64) Rotation {
	n := axis.Norm()
	if n == 0 {
		return Identity()
	}
	x, y, z := axis[0]/n, axis[1]/n, axis[2]/n
	t := 1 - c
	return Rotation{
		t*x*x + c, t*x*y - s*z, t*x*z + s*y,
		t*x*y + s*z, t*y*y + c, t*y*z - s*x,
		t*x*z - s*y, t*y*z + s*x, t*z*z + c,
	}
}

// Turn is the rotated vector.
func (r Rotation) Turn(v Vec3) Vec3 {
	return Vec3{
		r[0]*v[0] + r[1]*v[1] + r[2]*v[2],
		r[3]*v[0] + r[4]*v[1] + r[5]*v[2],
		r[6]*v[0] + r[7]*v[1] + r[8]*v[2],
	}
}

// Apply turns every sample of the three channels into new slices.
func (r Rotation) Apply(x, y, z []float64) (rx, ry, rz []float64) {
	rx, ry, rz = make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		v := r.Turn(Vec3{x[i], y[i], z[i]})
		rx[i], ry[i], rz[i] = v[0], v[1], v[2]
	}
	return rx, ry, rz
}

// AlignGravity is the smallest rotation that brings g onto +z. The heading about
// the vertical stays as the sensor had it. A zero g gives the identity.
func AlignGravity(g Vec3) Rotation {
	n := g.Norm()
	if n == 0 {
		return Identity()
	}
	up := Vec3{0, 0, 1}
	axis := g.Cross(up)
	across := axis.Norm()
	// The sine and cosine of the angle, without trigonometry: a device repeats it.
	size := math.Sqrt(across*across + g[2]*g[2])
	if across < 1e-12*n {
		axis = Vec3{1, 0, 0} // g along -z: any horizontal axis will do
	}
	return turnAbout(axis, across/size, g[2]/size)
}

// Invariant are three channels of a three-axis sensor that do not depend on how
// it was turned: the magnitude, the part along gravity g, and the length of the
// part across it, all in the channels' unit.
func Invariant(x, y, z []float64, g Vec3) (magnitude, along, across []float64) {
	magnitude = Magnitude(x, y, z)
	along, across = make([]float64, len(x)), make([]float64, len(x))
	n := g.Norm()
	for i := range x {
		if n > 0 {
			along[i] = Vec3{x[i], y[i], z[i]}.Dot(g) / n
		}
		across[i] = math.Sqrt(max(magnitude[i]*magnitude[i]-along[i]*along[i], 0))
	}
	return magnitude, along, across
}

// TrackGravity follows which way is down in the sensor's frame through movement:
// the gyroscope (rad/s) turns the estimate from sample to sample, and the
// accelerometer (any unit) pulls it back with the time constant tau seconds, so
// that neither drift nor a swing of the arm carries it away. It is the
// complementary filter of Mahony, Hamel and Pflimlin, "Nonlinear complementary
// filters on the special orthogonal group", IEEE TAC 53:5 (2008), for the
// direction of gravity alone. Channels are [axis][sample] at rate Hz; the result
// is unit vectors [axis][sample].
func TrackGravity(accelerometer, gyroscope [3][]float64, rate, tau float64) [3][]float64 {
	n := len(accelerometer[0])
	var out [3][]float64
	for c := range out {
		out[c] = make([]float64, n)
	}
	var g Vec3
	pull := 1 / (1 + tau*rate)
	for i := range n {
		a := unit(Vec3{accelerometer[0][i], accelerometer[1][i], accelerometer[2][i]})
		if g == (Vec3{}) {
			g = a
		}
		turn := g.Cross(Vec3{gyroscope[0][i], gyroscope[1][i], gyroscope[2][i]})
		for c := range g {
			g[c] += turn[c] / rate
		}
		if a != (Vec3{}) {
			for c := range g {
				g[c] += pull * (a[c] - g[c])
			}
		}
		g = unit(g)
		for c := range g {
			out[c][i] = g[c]
		}
	}
	return out
}

// unit is a vector of length 1, zero where there is no direction.
func unit(v Vec3) Vec3 {
	n := v.Norm()
	if !(n > 0) || math.IsInf(n, 0) {
		return Vec3{}
	}
	return Vec3{v[0] / n, v[1] / n, v[2] / n}
}

// Tilt is the roll (about x) and pitch (about y) in degrees of a sensor that
// feels down as the unit vector g.
func Tilt(g Vec3) (roll, pitch float64) {
	const degrees = 180 / math.Pi
	return math.Atan2(g[1], g[2]) * degrees, math.Atan2(-g[0], math.Hypot(g[1], g[2])) * degrees
}

// BothWays runs f over x forwards and then backwards, so that nothing is shifted
// in time: what is drawn beside labels must not come late. It looks ahead, so it
// is for looking at a recording and not for what a device computes.
func BothWays(f Filter, x []float64) []float64 {
	y := Apply(f, x)
	slices.Reverse(y)
	y = Apply(f, y)
	slices.Reverse(y)
	return y
}

package features

import (
	"math"
	"slices"
)

// sensor is three axes with what several features need of them.
type sensor struct {
	axes [3][]float64
	mean [3]float64
	// covariance of the axes, divided by n, and its eigenvalues, largest first.
	covariance  [3][3]float64
	eigenvalues [3]float64

	magnitude  series // length of the vector
	vertical   series // along the mean vector, which is gravity when the sensor is an accelerometer
	horizontal series // length of what is left
}

func (v *sensor) load(axes [3][]float64, k *scratch) {
	v.axes = axes
	n := len(axes[0])
	for i, a := range axes {
		v.mean[i] = part(a, 0, 1)
	}
	for i := range 3 {
		for j := range 3 {
			sum := 0.0
			for t := range n {
				sum += (axes[i][t] - v.mean[i]) * (axes[j][t] - v.mean[j])
			}
			v.covariance[i][j] = sum / float64(n)
		}
	}
	v.eigenvalues = eigenvalues(v.covariance)
	v.split(k)
}

// split makes the series that don't depend on how the sensor is turned.
func (v *sensor) split(k *scratch) {
	n := len(v.axes[0])
	length := math.Sqrt(v.mean[0]*v.mean[0] + v.mean[1]*v.mean[1] + v.mean[2]*v.mean[2])
	up := [3]float64{}
	for i := range up {
		if length > 0 {
			up[i] = v.mean[i] / length
		}
	}
	for _, s := range []*series{&v.magnitude, &v.vertical, &v.horizontal} {
		s.x = s.x[:0]
	}
	for t := range n {
		x, y, z := v.axes[0][t], v.axes[1][t], v.axes[2][t]
		along := x*up[0] + y*up[1] + z*up[2]
		square := x*x + y*y + z*z
		v.magnitude.x = append(v.magnitude.x, math.Sqrt(square))
		v.vertical.x = append(v.vertical.x, along)
		v.horizontal.x = append(v.horizontal.x, math.Sqrt(max(square-along*along, 0)))
	}
	for _, s := range []*series{&v.magnitude, &v.vertical, &v.horizontal} {
		s.load(s.x, k)
	}
}

// direction is the mean vector of the i-th of n equal parts.
func (v *sensor) direction(i, n int) [3]float64 {
	return [3]float64{part(v.axes[0], i, n), part(v.axes[1], i, n), part(v.axes[2], i, n)}
}

// angle between two vectors in radians; 0 when one has no length.
func angle(a, b [3]float64) float64 {
	dot := a[0]*b[0] + a[1]*b[1] + a[2]*b[2]
	cross := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
	return math.Atan2(math.Sqrt(cross[0]*cross[0]+cross[1]*cross[1]+cross[2]*cross[2]), dot)
}

func orientationFeatures() []Feature {
	of := func(name, unit, doc string, get func(*sensor) float64) Feature {
		return Feature{Name: name, Family: Orientation, Unit: unit, Doc: doc, sensor: get}
	}
	var list []Feature
	for _, s := range []struct {
		name, what string
		get        func(*sensor) *series
	}{
		{"magnitude", "the length of the vector", func(v *sensor) *series { return &v.magnitude }},
		{"vertical", "the part along the mean vector", func(v *sensor) *series { return &v.vertical }},
		{"horizontal", "the length of the part across the mean vector", func(v *sensor) *series { return &v.horizontal }},
	} {
		for _, f := range slices.Concat(referenceFeatures(), timeFeatures(), frequencyFeatures()) {
			list = append(list, of(s.name+"-"+f.Name, f.Unit, f.Doc+", of "+s.what, func(v *sensor) float64 { return f.channel(s.get(v)) }))
		}
	}
	for i, which := range []string{"largest", "middle", "smallest"} {
		list = append(list, of("spread-"+which, "u", "square root of the "+which+" eigenvalue of the axes' covariance",
			func(v *sensor) float64 { return math.Sqrt(v.eigenvalues[i]) }))
	}
	list = append(list,
		of("linearity", "1", "largest less middle eigenvalue, by the largest: 1 when all movement is along a line", func(v *sensor) float64 {
			return ratio(v.eigenvalues[0]-v.eigenvalues[1], v.eigenvalues[0])
		}),
		of("planarity", "1", "middle less smallest eigenvalue, by the largest", func(v *sensor) float64 {
			return ratio(v.eigenvalues[1]-v.eigenvalues[2], v.eigenvalues[0])
		}),
		of("turn", "rad", "angle between the mean vectors of the first and the last fifth", func(v *sensor) float64 {
			return angle(v.direction(0, 5), v.direction(4, 5))
		}),
		of("turn-most", "rad", "largest angle between the mean vectors of two of the fifths", func(v *sensor) float64 {
			most := 0.0
			for i := range 5 {
				for j := range i {
					most = max(most, angle(v.direction(i, 5), v.direction(j, 5)))
				}
			}
			return most
		}),
		of("path", "u/s", "mean length of the difference of neighbouring vectors, by time", func(v *sensor) float64 {
			sum, n := 0.0, len(v.axes[0])
			for t := 1; t < n; t++ {
				square := 0.0
				for _, a := range v.axes {
					square += (a[t] - a[t-1]) * (a[t] - a[t-1])
				}
				sum += math.Sqrt(square)
			}
			return sum / float64(n-1) * v.magnitude.rate
		}),
	)
	return list
}

func axesFeatures() []Feature {
	var list []Feature
	for _, p := range []struct {
		name string
		i, j int
	}{{"xy", 0, 1}, {"xz", 0, 2}, {"yz", 1, 2}} {
		list = append(list, Feature{Name: "correlation-" + p.name, Family: Axes, Unit: "1",
			Doc: "correlation of two axes; 0 when one is flat", sensor: func(v *sensor) float64 {
				return ratio(v.covariance[p.i][p.j], math.Sqrt(v.covariance[p.i][p.i]*v.covariance[p.j][p.j]))
			}})
	}
	for i, axis := range []string{"x", "y", "z"} {
		list = append(list, Feature{Name: "tilt-" + axis, Family: Axes, Unit: "rad",
			Doc: "angle between the mean vector and the axis", sensor: func(v *sensor) float64 {
				unit := [3]float64{}
				unit[i] = 1
				return angle(v.mean, unit)
			}})
	}
	return list
}

// ratio is a/b, 0 when b is (next to) nothing.
func ratio(a, b float64) float64 {
	if b < 1e-24 {
		return 0
	}
	return a / b
}

// eigenvalues of a symmetric positive semidefinite matrix, largest first, by
// the trigonometric formula (Smith 1961).
func eigenvalues(m [3][3]float64) [3]float64 {
	q := (m[0][0] + m[1][1] + m[2][2]) / 3
	off := m[0][1]*m[0][1] + m[0][2]*m[0][2] + m[1][2]*m[1][2]
	p := math.Sqrt(((m[0][0]-q)*(m[0][0]-q) + (m[1][1]-q)*(m[1][1]-q) + (m[2][2]-q)*(m[2][2]-q) + 2*off) / 6)
	if p <= 1e-100 { // its cube must not vanish
		return [3]float64{max(q, 0), max(q, 0), max(q, 0)}
	}
	for i := range 3 {
		m[i][i] -= q
	}
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	phi := math.Acos(min(max(det/(2*p*p*p), -1), 1)) / 3
	largest := q + 2*p*math.Cos(phi)
	smallest := q + 2*p*math.Cos(phi+2*math.Pi/3)
	return [3]float64{max(largest, 0), max(3*q-largest-smallest, 0), max(smallest, 0)}
}

package training

import (
	"fmt"

	"onset/dataset/signal"
)

// What is done about how a sensor was strapped on.
const (
	OrientationSensor    = "sensor"
	OrientationGravity   = "gravity"
	OrientationInvariant = "invariant"
	OrientationHalfTurns = "half-turns"
	OrientationOctant    = "octant"
)

// Orientations are the values of data.orientation.
func Orientations() []string {
	return []string{OrientationSensor, OrientationGravity, OrientationInvariant, OrientationHalfTurns, OrientationOctant}
}

// triads are the starts of the x, y, z triples among the channels, each of one
// sensor. It refuses channels that don't come in such triples.
func triads(channels []ChannelSpec) ([]int, error) {
	if len(channels)%3 != 0 {
		return nil, fmt.Errorf("%d channels don't make whole x, y, z triples", len(channels))
	}
	var starts []int
	for i := 0; i < len(channels); i += 3 {
		a, b, c := channels[i], channels[i+1], channels[i+2]
		if a.Sensor != b.Sensor || b.Sensor != c.Sensor || a.Axis != "x" || b.Axis != "y" || c.Axis != "z" {
			return nil, fmt.Errorf("channels %d to %d are not x, y, z of one sensor", i, i+2)
		}
		starts = append(starts, i)
	}
	return starts, nil
}

// gravityOf is, for each triple, the index of the triple whose mean says where
// down is: the accelerometer of the same placement. -1 when there is none.
func gravityOf(channels []ChannelSpec, starts []int) []int {
	out := make([]int, len(starts))
	for i, s := range starts {
		out[i] = -1
		for _, g := range starts {
			if kindOf(channels[g].Sensor) == "accelerometer" && placementOf(channels[g].Sensor) == placementOf(channels[s].Sensor) {
				out[i] = g
			}
		}
	}
	return out
}

// orient turns the window [channel][sample] as the contract says. The input is
// left as it is; without orientation it is returned itself.
func orient(orientation string, channels []ChannelSpec, window [][]float64) ([][]float64, error) {
	if orientation == OrientationSensor || orientation == "" {
		return window, nil
	}
	starts, err := triads(channels)
	if err != nil {
		return nil, fmt.Errorf("orientation %q: %w", orientation, err)
	}
	out := make([][]float64, len(window))
	for i, g := range gravityOf(channels, starts) {
		s := starts[i]
		var down signal.Vec3
		if g >= 0 {
			down = signal.Gravity(window[g], window[g+1], window[g+2])
		}
		if orientation == OrientationHalfTurns || orientation == OrientationOctant {
			signs := folding(down, g >= 0, orientation == OrientationOctant, pseudo(channels[s]))
			for k := range 3 {
				out[s+k] = times(window[s+k], signs[k])
			}
			continue
		}
		if orientation == OrientationInvariant {
			out[s], out[s+1], out[s+2] = signal.Invariant(window[s], window[s+1], window[s+2], down)
			continue
		}
		out[s], out[s+1], out[s+2] = signal.AlignGravity(down).Apply(window[s], window[s+1], window[s+2])
	}
	return out, nil
}

// pseudo reports whether a triple is of a quantity that a mirror image turns
// around as it does a rotation.
func pseudo(c ChannelSpec) bool {
	return kindOf(c.Sensor) == "gyroscope" || kindOf(c.Sensor) == "magnetometer"
}

// folding are the signs of the axes after the half turn about x, y or z that
// makes gravity's first two components positive: a box is easily strapped on
// upside down or back to front, and one window can't tell. With mirror the third
// is made positive too, by a mirror image: the other leg, or arm.
func folding(down signal.Vec3, known, mirror, pseudo bool) [3]float64 {
	signs := [3]float64{1, 1, 1}
	if !known {
		return signs
	}
	for i := range 2 {
		if down[i] < 0 {
			signs[i] = -1
		}
	}
	signs[2] = signs[0] * signs[1]
	if mirror && signs[2]*down[2] < 0 {
		if pseudo {
			signs[0], signs[1] = -signs[0], -signs[1]
		} else {
			signs[2] = -signs[2]
		}
	}
	return signs
}

func times(x []float64, sign float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = sign * v
	}
	return out
}

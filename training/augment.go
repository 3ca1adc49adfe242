package training

import (
	"math"
	"math/rand/v2"

	"onset/dataset/signal"
)

// augmenter writes a changed copy of a window src to dst. Both are oriented,
// unscaled and channel-major.
type augmenter func(rng *rand.Rand, dst, src []float32)

// newAugmenter chains the changes that a config switches on; nil when there are
// none. std are the channels' standard deviations on the training side.
func newAugmenter(a AugmentConfig, c Contract, mean, std []float32) augmenter {
	starts, err := triads(c.Channels)
	spatial := err == nil && c.Orientation != OrientationInvariant
	var steps []augmenter
	if a.Warp > 0 {
		steps = append(steps, warpBy(a.Warp, c.Samples))
	}
	if a.Scale > 0 {
		steps = append(steps, resizeBy(a.Scale, c.Samples))
	}
	if a.RotateDeg > 0 && spatial {
		steps = append(steps, turnBy(a.RotateDeg*math.Pi/180, c, starts))
	}
	if a.Mirror != "" && spatial {
		steps = append(steps, mirrorOn(a.Mirror, c, starts))
	}
	if a.Jitter > 0 {
		steps = append(steps, noiseOf(a.Jitter, std))
	}
	if a.SensorDropout > 0 {
		if s := sensorsOf(c); len(s) > 1 {
			steps = append(steps, withoutSensor(a.SensorDropout, s, c.Samples, mean))
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return func(rng *rand.Rand, dst, src []float32) {
		copy(dst, src)
		for _, step := range steps {
			step(rng, dst, dst)
		}
	}
}

// warpBy plays the middle of the window faster or slower and keeps its ends:
// time t becomes t + A sin(pi t), which changes the tempo by up to share.
func warpBy(share float64, samples int) augmenter {
	return func(rng *rand.Rand, dst, src []float32) {
		a := share * (2*rng.Float64() - 1) / math.Pi
		row := make([]float32, samples)
		for c := 0; c < len(src); c += samples {
			for i := range row {
				t := float64(i) / float64(samples-1)
				at := (t + a*math.Sin(math.Pi*t)) * float64(samples-1)
				k := min(max(int(at), 0), samples-2)
				f := float32(at - float64(k))
				row[i] = src[c+k]*(1-f) + src[c+k+1]*f
			}
			copy(dst[c:c+samples], row)
		}
	}
}

// resizeBy makes the movement about each channel's mean larger or smaller;
// gravity stays.
func resizeBy(share float64, samples int) augmenter {
	return func(rng *rand.Rand, dst, src []float32) {
		factor := float32(1 + share*(2*rng.Float64()-1))
		for c := 0; c < len(src); c += samples {
			sum := 0.0
			for _, v := range src[c : c+samples] {
				sum += float64(v)
			}
			mean := float32(sum / float64(samples))
			for i := c; i < c+samples; i++ {
				dst[i] = mean + (src[i]-mean)*factor
			}
		}
	}
}

// turnBy rotates all sensors of a placement together by a random angle of up to
// most radians, about a random axis or, for windows that are aligned to gravity,
// about the vertical.
func turnBy(most float64, c Contract, starts []int) augmenter {
	return func(rng *rand.Rand, dst, src []float32) {
		turns := map[string]signal.Rotation{}
		for _, s := range starts {
			place := placementOf(c.Channels[s].Sensor)
			r, ok := turns[place]
			if !ok {
				axis := signal.Vec3{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
				if c.Orientation == OrientationGravity {
					axis = signal.Vec3{0, 0, 1}
				}
				r = signal.AxisAngle(axis, most*(2*rng.Float64()-1))
				turns[place] = r
			}
			x, y, z := src[s*c.Samples:(s+1)*c.Samples], src[(s+1)*c.Samples:(s+2)*c.Samples], src[(s+2)*c.Samples:(s+3)*c.Samples]
			for i := range x {
				v := r.Turn(signal.Vec3{float64(x[i]), float64(y[i]), float64(z[i])})
				dst[s*c.Samples+i], dst[(s+1)*c.Samples+i], dst[(s+2)*c.Samples+i] = float32(v[0]), float32(v[1]), float32(v[2])
			}
		}
	}
}

// mirrorOn reflects half of the windows across the plane that the axis is normal
// to. A reflection turns an acceleration's component around; of a rotation rate
// it turns the other two around.
func mirrorOn(axis string, c Contract, starts []int) augmenter {
	k := int(axis[0] - 'x')
	return func(rng *rand.Rand, dst, src []float32) {
		copy(dst, src)
		if rng.IntN(2) == 0 {
			return
		}
		for _, s := range starts {
			pseudo := kindOf(c.Channels[s].Sensor) == "gyroscope" || kindOf(c.Channels[s].Sensor) == "magnetometer"
			for a := range 3 {
				if (a == k) == pseudo {
					continue
				}
				for i := (s + a) * c.Samples; i < (s+a+1)*c.Samples; i++ {
					dst[i] = -dst[i]
				}
			}
		}
	}
}

func noiseOf(share float64, std []float32) augmenter {
	return func(rng *rand.Rand, dst, src []float32) {
		samples := len(src) / len(std)
		for i, v := range src {
			dst[i] = v + float32(share*rng.NormFloat64())*std[i/samples]
		}
	}
}

// sensorsOf are the channel ranges [first, last) of each sensor.
func sensorsOf(c Contract) [][2]int {
	var out [][2]int
	for i := range c.Channels {
		if i == 0 || c.Channels[i].Sensor != c.Channels[i-1].Sensor {
			out = append(out, [2]int{i, i})
		}
		out[len(out)-1][1] = i + 1
	}
	return out
}

// withoutSensor flattens each sensor to its training mean with a chance, but
// never all of them.
func withoutSensor(chance float64, sensors [][2]int, samples int, mean []float32) augmenter {
	return func(rng *rand.Rand, dst, src []float32) {
		copy(dst, src)
		left := len(sensors)
		for _, s := range sensors {
			if rng.Float64() >= chance || left == 1 {
				continue
			}
			left--
			for c := s[0]; c < s[1]; c++ {
				for i := c * samples; i < (c+1)*samples; i++ {
					dst[i] = mean[c]
				}
			}
		}
	}
}

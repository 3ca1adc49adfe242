package codec

import (
	"math"
	"slices"
)

// pace estimates the sample period over the block ahead.
func (t *timeline) pace() {
	ahead := t.buf[t.placed:]
	if t.stride == 0 {
		distinct := 1
		for i := 1; i < len(ahead); i++ {
			if ahead[i] != ahead[i-1] {
				distinct++
			}
		}
		run := len(ahead) / distinct
		t.stride = min(max(8*run, minStride), maxStride)
		t.coarse = run > 3
		t.blind = run > maxStride
	}
	if t.period > 0 && len(ahead) < 8*t.stride {
		return // the last few times say less than those before
	}
	if t.even = 0; !t.coarse {
		t.even = evenPace(ahead, t.nominal)
	}
	slopes := fineSlopes(ahead, t.stride)
	if t.coarse {
		slopes = coarseSlopes(ahead)
	}
	if t.even > 0 {
		t.period = t.even
	} else if len(slopes) > 0 {
		slices.Sort(slopes)
		t.period = slopes[len(slopes)/2]
	} else if t.period == 0 && t.nominal > 0 {
		t.period = 1e9 / t.nominal
	}
}

// evenPace is the sample period, in nanoseconds, of a clock without jitter: one
// whose steps are nearly all one period or, where samples are missing, several.
// It is 0 for other clocks. nominal, in Hz, tells the period even where most
// steps skip samples.
func evenPace(times []int64, nominal float64) float64 {
	if len(times) < 3 {
		return 0
	}
	steps := make([]float64, 0, len(times)-1)
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d > 0 {
			steps = append(steps, float64(d))
		}
	}
	if len(steps)*10 < (len(times)-1)*9 {
		return 0
	}
	slices.Sort(steps)
	base := steps[len(steps)/10]
	var whole, single int
	var sum float64
	for _, d := range steps {
		m := math.Round(d / base)
		if math.Abs(d/base-m) <= 0.15 {
			whole++
		}
		if m == 1 {
			single++
			sum += d
		}
	}
	period := sum / float64(single)
	claimed := nominal > 0 && math.Abs(period*nominal/1e9-1) < 0.1
	if whole*10 < len(steps)*9 || single*2 < len(steps) && !claimed {
		return 0
	}
	return period
}

// fineSlopes are the paces over strides that are long against a batch of late
// samples.
func fineSlopes(times []int64, stride int) []float64 {
	if stride = min(stride, len(times)-1); stride < 1 {
		return nil
	}
	var slopes []float64
	for i := 0; i+stride < len(times); i += max(stride/4, 1) {
		if d := times[i+stride] - times[i]; d > 0 {
			slopes = append(slopes, float64(d)/float64(stride))
		}
	}
	return slopes
}

// coarseSlopes are the paces between times that differ from the one before:
// those are true to a sample, whatever the step.
func coarseSlopes(times []int64) []float64 {
	var turns []int
	for i := 1; i < len(times); i++ {
		if times[i] > times[i-1] {
			turns = append(turns, i)
		}
	}
	var slopes []float64
	span := max(len(turns)/4, 1)
	for i := 0; i+span < len(turns); i++ {
		a, b := turns[i], turns[i+span]
		if d := times[b] - times[a]; d > 0 {
			slopes = append(slopes, float64(d)/float64(b-a))
		}
	}
	return slopes
}

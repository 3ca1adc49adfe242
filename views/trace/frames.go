package trace

import (
	"math"
	"slices"
	"time"
)

// frames keeps how long the last frames took to draw: all tracks of one view,
// from their minima and maxima to pixels. What the toolkit and the graphics
// card do with the pixels is not in it.
type frames struct {
	took  [128]time.Duration // a ring
	count int                // of finished frames
	open  time.Duration      // the frame being drawn
}

// add is a part of the present frame.
func (f *frames) add(d time.Duration) { f.open += d }

// next ends the present frame.
func (f *frames) next() {
	if f.open > 0 {
		f.took[f.count%len(f.took)] = f.open
		f.count++
		f.open = 0
	}
}

// dump is the median, 99th centile and longest of the frames kept, in
// milliseconds.
func (f *frames) dump() map[string]any {
	list := slices.Sorted(slices.Values(f.took[:min(f.count, len(f.took))]))
	out := map[string]any{"count": f.count}
	for name, share := range map[string]float64{"median_ms": 0.5, "p99_ms": 0.99, "most_ms": 1} {
		if n := len(list); n > 0 {
			out[name] = list[max(int(math.Ceil(share*float64(n)))-1, 0)].Seconds() * 1e3
		}
	}
	return out
}

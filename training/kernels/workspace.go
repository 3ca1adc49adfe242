package kernels

// workspace holds a window while kernels are laid over it.
type workspace struct {
	samples  int
	x        [][]float32 // [channel][sample], scaled
	padded   [][]float32 // with 4 dilations of zeros on both sides
	light    [][]float32 // minus the sum of all nine taps
	y        []float32
	dilation int
}

func (b *Bank) workspace() *workspace {
	w := &workspace{samples: b.Samples, y: make([]float32, b.Samples)}
	for range b.Channels {
		w.x = append(w.x, make([]float32, b.Samples))
		w.light = append(w.light, make([]float32, b.Samples))
		w.padded = append(w.padded, nil)
	}
	return w
}

func (w *workspace) load(b *Bank, window []float32) {
	for c, row := range w.x {
		for i, v := range window[c*w.samples : (c+1)*w.samples] {
			row[i] = (v - b.Mean[c]) / b.Std[c]
		}
	}
	w.dilation = 0
}

// prepare sums the nine taps once for all kernels of a dilation.
func (w *workspace) prepare(dilation int) {
	w.dilation = dilation
	side := taps / 2 * dilation
	for c, x := range w.x {
		if need := w.samples + 2*side; cap(w.padded[c]) < need {
			w.padded[c] = make([]float32, need)
		} else {
			w.padded[c] = w.padded[c][:need]
			clear(w.padded[c])
		}
		p := w.padded[c]
		copy(p[side:], x)
		light := w.light[c]
		clear(light)
		for j := range taps {
			for i, v := range p[j*dilation : j*dilation+w.samples] {
				light[i] -= v
			}
		}
	}
}

// convolve gives the kernel's output, valid until the next call: weights 2 at
// its three heavy places and -1 elsewhere are -1 everywhere and 3 there.
func (w *workspace) convolve(d Dilated) []float32 {
	h := heavy[d.Kernel]
	n := w.samples
	for i, c := range d.Channels {
		p, light := w.padded[c], w.light[c][:n]
		a, b, e := p[h[0]*d.Dilation:][:n], p[h[1]*d.Dilation:][:n], p[h[2]*d.Dilation:][:n]
		y := w.y[:n]
		if i == 0 {
			for t := range y {
				y[t] = light[t] + 3*(a[t]+b[t]+e[t])
			}
			continue
		}
		for t := range y {
			y[t] += light[t] + 3*(a[t]+b[t]+e[t])
		}
	}
	if d.Whole {
		return w.y
	}
	side := taps / 2 * d.Dilation
	return w.y[side : n-side]
}

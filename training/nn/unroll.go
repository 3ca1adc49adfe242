package nn

// unrolling is a convolution's geometry and a run of examples: what each output
// sample sees becomes a column of a matrix ("im2col").
type unrolling struct {
	channels, kernel, stride, dilation int
	left                               int // zeros before the first sample
	samples, results                   int // of one example's input and output
	batch, first, last                 int // examples in all, and [first, last) of them
}

// rows is the height of the matrix: the values one output sample sees.
func (u unrolling) rows() int { return u.channels * u.kernel }

// width is the number of columns: [example][output sample].
func (u unrolling) width() int { return (u.last - u.first) * u.results }

func (u unrolling) size() int { return u.rows() * u.width() }

// check panics when a slice is too short.
func (u unrolling) check(col, x []float32) {
	_, _ = col[:u.size()], x[:u.channels*u.batch*u.samples]
	if u.first < 0 || u.last > u.batch || u.stride < 1 {
		panic("nn: examples outside the batch")
	}
}

// span gives the output samples [from, to) for which tap k reads inside the
// input, and the input sample that the first of them reads.
func (u unrolling) span(k int) (from, to, at int) {
	shift := k*u.dilation - u.left // input sample of output sample 0
	if shift < 0 {
		from = (-shift + u.stride - 1) / u.stride
	}
	to = u.results
	if over := u.samples - 1 - shift; over < 0 {
		to = 0
	} else {
		to = min(to, over/u.stride+1)
	}
	if from >= to {
		return to, to, 0
	}
	return from, to, from*u.stride + shift
}

// unroll writes what each output sample sees: row [channel][tap], column
// [example][output sample].
func (u unrolling) unroll(col, x []float32) {
	t, to := u.samples, u.results
	i := 0
	for c := range u.channels {
		for k := range u.kernel {
			from, upto, at := u.span(k)
			for b := u.first; b < u.last; b++ {
				dst, src := col[i:i+to], x[(c*u.batch+b)*t:][:t]
				i += to
				clear(dst[:from])
				clear(dst[upto:])
				if u.stride == 1 {
					copy(dst[from:upto], src[at:])
					continue
				}
				for j, s := from, at; j < upto; j, s = j+1, s+u.stride {
					dst[j] = src[s]
				}
			}
		}
	}
}

// roll adds the unrolled gradient to the input's.
func (u unrolling) roll(dx, col []float32) {
	t, to := u.samples, u.results
	i := 0
	for c := range u.channels {
		for k := range u.kernel {
			from, upto, at := u.span(k)
			for b := u.first; b < u.last; b++ {
				src, dst := col[i+from:i+upto], dx[(c*u.batch+b)*t:][:t]
				i += to
				if u.stride == 1 {
					dst = dst[at:][:len(src)]
					for j, v := range src {
						dst[j] += v
					}
					continue
				}
				for j, v := range src {
					dst[at+j*u.stride] += v
				}
			}
		}
	}
}

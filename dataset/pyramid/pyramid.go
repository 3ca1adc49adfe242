package pyramid

import "math"

const (
	// BaseBucket is the number of samples under one range of level 0.
	BaseBucket = 16
	// Factor is how many ranges of a level make one of the level above.
	Factor = 4
)

// span is the smallest and largest value of a bucket. An empty bucket has
// lo > hi.
type span struct{ lo, hi float32 }

var empty = span{float32(math.Inf(1)), float32(math.Inf(-1))}

func (s span) isEmpty() bool { return s.lo > s.hi }

func (s span) join(t span) span {
	return span{min(s.lo, t.lo), max(s.hi, t.hi)}
}

// Pyramid is the finished, unchanging set of ranges of one series. It is safe
// for use from several goroutines.
type Pyramid struct {
	samples int64
	finest  int // which stored level levels[0] is
	levels  [][]span
}

// BucketOf is the number of samples under one range of a stored level.
func BucketOf(level int) int64 {
	n := int64(BaseBucket)
	for range level {
		n *= Factor
	}
	return n
}

// Bucket is the number of samples under one of the finest ranges that are held.
func (p *Pyramid) Bucket() int64 {
	if p == nil {
		return BaseBucket
	}
	return BucketOf(p.finest)
}

// Len is the number of samples below the pyramid, NaN included.
func (p *Pyramid) Len() int64 {
	if p == nil {
		return 0
	}
	return p.samples
}

// Levels is the number of levels; 0 for an empty series. The last one has a
// single range.
func (p *Pyramid) Levels() int {
	if p == nil {
		return 0
	}
	return len(p.levels)
}

// Range is the smallest and largest value of the whole series; ok is false when
// it holds no number.
func (p *Pyramid) Range() (lo, hi float32, ok bool) { return p.MinMax(0, p.Len()) }

// Cover widens samples [first, last) to whole buckets: the samples that MinMax
// of the same arguments looks at.
func (p *Pyramid) Cover(first, last int64) (from, to int64) {
	first, last = max(first, 0), min(last, p.Len())
	if first >= last {
		return first, first
	}
	bucket := p.Bucket()
	from = first / bucket * bucket
	to = min((last+bucket-1)/bucket*bucket, p.Len())
	return from, to
}

// MinMax is the range of all buckets that samples [first, last) touch: never
// narrower than the true range, and equal to it when both ends lie on bucket
// bounds or at the end of the series. ok is false when there is no number. The
// cost grows with the logarithm of the length.
func (p *Pyramid) MinMax(first, last int64) (lo, hi float32, ok bool) {
	from, to := p.Cover(first, last)
	if from >= to {
		return 0, 0, false
	}
	bucket := p.Bucket()
	a, b := from/bucket, (to+bucket-1)/bucket
	out := empty
	for _, level := range p.levels {
		// Take the ranges that do not fill one of the level above, then climb.
		for a < b && a%Factor != 0 {
			out = out.join(level[a])
			a++
		}
		if b == int64(len(level)) && a < b {
			// The last range of the level above may cover fewer than Factor, and
			// still covers all that there is.
			b = (b + Factor - 1) / Factor * Factor
		}
		for a < b && b%Factor != 0 {
			b--
			out = out.join(level[b])
		}
		if a >= b {
			break
		}
		if len(level) == 1 {
			out = out.join(level[0])
			break
		}
		a, b = a/Factor, b/Factor
	}
	if out.isEmpty() {
		return 0, 0, false
	}
	return out.lo, out.hi, true
}

// Builder makes a pyramid from samples that arrive in order. The zero value is
// ready for use; it is not safe for several goroutines.
type Builder struct {
	samples int64
	base    []span
	open    span // the bucket being filled; meaningless when none is
}

// NewBuilder is an empty builder.
func NewBuilder() *Builder { return &Builder{} }

// Len is the number of samples taken so far.
func (b *Builder) Len() int64 { return b.samples }

// Append takes the next samples. It keeps no reference to values.
func (b *Builder) Append(values []float64) {
	for len(values) > 0 {
		room := BaseBucket - int(b.samples%BaseBucket)
		if room == BaseBucket {
			b.open = empty
		}
		n := min(room, len(values))
		b.open = b.open.join(spanOf(values[:n]))
		b.samples += int64(n)
		values = values[n:]
		if n == room {
			b.base = append(b.base, b.open)
		}
	}
}

// Pyramid is the pyramid of the samples so far. The builder can go on.
func (b *Builder) Pyramid() *Pyramid {
	base := make([]span, len(b.base), len(b.base)+1)
	copy(base, b.base)
	if b.samples%BaseBucket != 0 {
		base = append(base, b.open)
	}
	return over(b.samples, 0, base)
}

// OfCodes is the pyramid of codes whose values are code*scale+offset, rounded
// after each step. It is what Of gives for the values, sooner.
func OfCodes(codes []int32, scale, offset float64) *Pyramid {
	base := make([]span, 0, (len(codes)+BaseBucket-1)/BaseBucket)
	for at := 0; at < len(codes); at += BaseBucket {
		bucket := codes[at:min(at+BaseBucket, len(codes))]
		lo, hi := bucket[0], bucket[0]
		for _, c := range bucket[1:] {
			lo, hi = min(lo, c), max(hi, c)
		}
		a, b := float64(float64(lo)*scale)+offset, float64(float64(hi)*scale)+offset
		base = append(base, spanOf([]float64{a, b}))
	}
	return over(int64(len(codes)), 0, base)
}

// Of is the pyramid of values.
func Of(values []float64) *Pyramid {
	b := NewBuilder()
	b.Append(values)
	return b.Pyramid()
}

func parents(level []span) []span {
	up := make([]span, (len(level)+Factor-1)/Factor)
	for i := range up {
		up[i] = joinAll(level[i*Factor : min((i+1)*Factor, len(level))])
	}
	return up
}

func joinAll(spans []span) span {
	out := empty
	for _, s := range spans {
		out = out.join(s)
	}
	return out
}

func spanOf(values []float64) span {
	lo, hi := values[0], values[0]
	for _, v := range values[1:] {
		lo, hi = min(lo, v), max(hi, v)
	}
	if lo-hi != lo-hi { // a NaN or an infinity is among them
		return oddSpan(values)
	}
	return span{floor32(lo), ceil32(hi)}
}

// oddSpan is spanOf for values that are not all finite: NaN counts for nothing.
func oddSpan(values []float64) span {
	out := empty
	for _, v := range values {
		if !math.IsNaN(v) {
			out = out.join(span{floor32(v), ceil32(v)})
		}
	}
	return out
}

// floor32 is the largest float32 not above v, ceil32 the smallest not below it.
func floor32(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

func ceil32(v float64) float32 {
	f := float32(v)
	if float64(f) < v {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}

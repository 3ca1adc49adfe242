package pyramid

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func series() *rapid.Generator[[]float64] {
	value := rapid.OneOf(
		rapid.Float64(),
		rapid.Float64Range(-16, 16),
		rapid.Just(math.NaN()),
		rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), 0, math.MaxFloat64, -math.MaxFloat64, 1e-320}),
	)
	return rapid.Custom(func(t *rapid.T) []float64 {
		few := rapid.SliceOfN(value, 1, 20).Draw(t, "few")
		n := rapid.IntRange(0, 3000).Draw(t, "n")
		out := make([]float64, n)
		for i := range out {
			out[i] = few[(i*7+i/13)%len(few)]
		}
		return out
	})
}

func scan(values []float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			lo, hi, ok = min(lo, v), max(hi, v), true
		}
	}
	return lo, hi, ok
}

func build(t *rapid.T, values []float64) *Pyramid {
	b := NewBuilder()
	for rest := values; len(rest) > 0; {
		n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
		b.Append(rest[:n])
		rest = rest[n:]
	}
	return b.Pyramid()
}

func TestMinMaxIsTheScanOfItsBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := series().Draw(t, "values")
		p := build(t, values)
		if p.Len() != int64(len(values)) {
			t.Fatalf("Len %d of %d samples", p.Len(), len(values))
		}
		first := rapid.Int64Range(-20, int64(len(values))+20).Draw(t, "first")
		last := rapid.Int64Range(-20, int64(len(values))+20).Draw(t, "last")
		from, to := p.Cover(first, last)
		lo, hi, ok := p.MinMax(first, last)
		if f, l := max(first, 0), min(last, p.Len()); f >= l {
			if ok || from != to {
				t.Fatalf("nothing asked for, got %g..%g of [%d,%d)", lo, hi, from, to)
			}
			return
		} else if from > f || to < l || f-from >= BaseBucket || to-l >= BaseBucket {
			t.Fatalf("[%d,%d) covered by [%d,%d)", first, last, from, to)
		}
		wantLo, wantHi, wantOK := scan(values[from:to])
		if ok != wantOK {
			t.Fatalf("ok %v, want %v", ok, wantOK)
		}
		if ok && (lo != floor32(wantLo) || hi != ceil32(wantHi)) {
			t.Fatalf("[%d,%d): %g..%g, want %g..%g", from, to, lo, hi, wantLo, wantHi)
		}
		if ok && (float64(lo) > wantLo || float64(hi) < wantHi) {
			t.Fatalf("%g..%g does not hold %g..%g", lo, hi, wantLo, wantHi)
		}
	})
}

func TestOneSampleSpikeIsNeverLost(t *testing.T) {
	values := make([]float64, 1_000_003)
	for _, at := range []int64{0, 15, 16, 777_777, 1_000_002} {
		values[at] = 9
		p := Of(values)
		for _, length := range []int64{1, 100, 10_000, 1_000_003} {
			first := max(at-length/2, 0)
			if _, hi, ok := p.MinMax(first, at+1); !ok || hi != 9 {
				t.Errorf("spike at %d unseen over %d samples: %g", at, length, hi)
			}
		}
		values[at] = 0
	}
}

func TestRoundingGoesOutward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		if lo, hi := float64(floor32(v)), float64(ceil32(v)); lo > v || hi < v {
			t.Fatalf("%g outside %g..%g", v, lo, hi)
		}
		if f := float32(v); float64(f) == v && (floor32(v) != f || ceil32(v) != f) {
			t.Fatalf("%g is a float32 and was widened", v)
		}
	})
}

func TestBuilderGoesOnAfterPyramid(t *testing.T) {
	b := NewBuilder()
	b.Append([]float64{1, 2, 3})
	early := b.Pyramid()
	b.Append([]float64{50})
	if _, hi, _ := early.Range(); hi != 3 {
		t.Errorf("earlier pyramid changed: %g", hi)
	}
	if _, hi, _ := b.Pyramid().Range(); hi != 50 {
		t.Errorf("later samples missing: %g", hi)
	}
}

// joined is what a stored level says.
func joined(level int, blobs ...[]byte) (*Pyramid, error) {
	j := NewJoiner(level, 0)
	for _, blob := range blobs {
		if err := j.Add(blob); err != nil {
			return nil, err
		}
	}
	return j.Pyramid(), nil
}

func TestStoredLevelsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Of(rapid.SliceOfN(rapid.Float64(), 1, 3000).Draw(t, "values"))
		for k := range p.Levels() {
			blob, err := p.MarshalLevel(k)
			if err != nil {
				t.Fatal(err)
			}
			q, err := joined(k, blob)
			if err != nil {
				t.Fatal(err)
			}
			if q.Len() != p.Len() || q.Levels() != p.Levels()-k || q.Bucket() != BucketOf(k) {
				t.Fatalf("level %d: %d samples, %d levels of %d; want %d, %d", k, q.Len(), q.Levels(), q.Bucket(), p.Len(), p.Levels()-k)
			}
			first := rapid.Int64Range(0, p.Len()-1).Draw(t, "first")
			last := rapid.Int64Range(first, p.Len()).Draw(t, "last")
			from, to := q.Cover(first, last)
			lo, hi, ok := p.MinMax(from, to)
			lo2, hi2, ok2 := q.MinMax(first, last)
			if ok != ok2 || lo != lo2 || hi != hi2 {
				t.Fatalf("samples %d to %d: %g..%g, want %g..%g", first, last, lo2, hi2, lo, hi)
			}
		}
	})
}

func TestSummaryIsTheCoarseLevelOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-9, 9), 1, 5000).Draw(t, "values")
		var s Summary
		j := NewJoiner(SummaryLevel, int64(len(values)))
		for left := values; len(left) > 0; {
			n := min(int(BucketOf(SummaryLevel))*rapid.IntRange(1, 4).Draw(t, "buckets"), len(left))
			s.Add(Of(left[:n]))
			left = left[n:]
			if len(left) == 0 || rapid.Bool().Draw(t, "store") {
				if err := j.Add(s.Marshal()); err != nil {
					t.Fatal(err)
				}
				s.Reset()
			}
		}
		q, p := j.Pyramid(), Of(values)
		if q.Len() != p.Len() {
			t.Fatalf("%d samples, want %d", q.Len(), p.Len())
		}
		for first := int64(0); first < p.Len(); first += BucketOf(SummaryLevel) {
			last := min(first+BucketOf(SummaryLevel), p.Len())
			lo, hi, ok := p.MinMax(first, last)
			if lo2, hi2, ok2 := q.MinMax(first, last); ok != ok2 || lo != lo2 || hi != hi2 {
				t.Fatalf("samples %d to %d: %g..%g, want %g..%g", first, last, lo2, hi2, lo, hi)
			}
		}
	})
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	values := make([]float64, 2000)
	for i := range values {
		values[i] = math.Sin(float64(i))
	}
	p := Of(values)
	for k := range p.Levels() {
		blob, err := p.MarshalLevel(k)
		if err != nil {
			t.Fatal(err)
		}
		for i := range blob {
			for bit := range 8 {
				blob[i] ^= 1 << bit
				if _, err := joined(k, blob); err == nil {
					t.Fatalf("level %d byte %d bit %d flipped unseen", k, i, bit)
				}
				blob[i] ^= 1 << bit
			}
		}
	}
}

func FuzzJoiner(f *testing.F) {
	for _, n := range []int{1, 16, 17, 64, 100} {
		blob, err := Of(make([]float64, n)).MarshalLevel(0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(0), blob, blob)
	}
	var s Summary
	s.Add(Of(make([]float64, 512)))
	f.Add(uint8(SummaryLevel), s.Marshal(), s.Marshal())
	f.Fuzz(func(t *testing.T, level uint8, a, b []byte) {
		p, err := joined(int(level%8), a)
		if err != nil {
			return
		}
		again, err := p.MarshalLevel(0)
		if err != nil || string(again) != string(a) {
			t.Fatalf("accepted but stored differently: %v", err)
		}
		if q, err := joined(int(level%8), a, b); err == nil && q.Len() <= p.Len() {
			t.Fatalf("%d samples and more are %d", p.Len(), q.Len())
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	values := make([]float64, 1<<20)
	for i := range values {
		values[i] = math.Sin(float64(i) / 10)
	}
	b.SetBytes(int64(8 * len(values)))
	for b.Loop() {
		Of(values)
	}
}

func BenchmarkColumns(b *testing.B) {
	values := make([]float64, 10_000_000)
	p := Of(values)
	const columns = 1600
	for b.Loop() {
		for c := range int64(columns) {
			p.MinMax(c*p.Len()/columns, (c+1)*p.Len()/columns)
		}
	}
}

// The ranges of codes are those of their values, to the bit.
func TestRangesOfCodesAreThoseOfTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfN(rapid.Int32(), 1, 200).Draw(t, "codes")
		scale := rapid.Float64().Filter(func(v float64) bool { return v != 0 }).Draw(t, "scale")
		offset := rapid.Float64Range(-1e6, 1e6).Draw(t, "offset")
		values := make([]float64, len(codes))
		for i, c := range codes {
			values[i] = float64(float64(c)*scale) + offset
		}
		want, got := Of(values), OfCodes(codes, scale, offset)
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

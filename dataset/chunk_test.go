package dataset

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	})
}

func TestStoredFloatsKeepEveryBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Float32(), func(v float32) float64 { return float64(v) }),
			rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Copysign(0, -1), 0.1, 16777217}))
		if rapid.Bool().Draw(t, "text") {
			places := rapid.SampledFrom([]float64{1, 10, 1e4, 1e9}).Draw(t, "places")
			value = rapid.Map(rapid.Int32(), func(v int32) float64 { return float64(v) / places })
		}
		in := rapid.SliceOfN(value, 1, 300).Draw(t, "values")
		var e floatEncoder
		data := e.encode(nil, in)
		from := rapid.IntRange(0, len(in)).Draw(t, "from")
		out := make([]float64, rapid.IntRange(0, len(in)-from).Draw(t, "n"))
		if err := decodeChunk(data, len(in), from, 0, 0, out); err != nil {
			t.Fatal(err)
		}
		if !sameBits(out, in[from:from+len(out)]) {
			t.Fatalf("got %v, want %v", out, in[from:from+len(out)])
		}
	})
}

func TestStoredFloatsAreNarrowOnlyWhenExact(t *testing.T) {
	for _, c := range []struct {
		values []float64
		size   int
	}{
		{[]float64{0.5, -3, math.NaN(), math.Inf(-1)}, 4},
		{[]float64{0.5, 0.1}, 8},
		{[]float64{1e300}, 8},
		{[]float64{16777217}, 8},
	} {
		if got := (len(encodeFloats(nil, c.values)) - 1) / len(c.values); got != c.size {
			t.Errorf("%v takes %d bytes a value, want %d", c.values, got, c.size)
		}
	}
}

func TestStoredCodesAreNarrowAndExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int32{127, 32767, math.MaxInt32}).Draw(t, "limit")
		in := rapid.SliceOfN(rapid.Int32Range(-limit-1, limit), 1, 300).Draw(t, "codes")
		scale := rapid.Float64Range(1e-6, 10).Draw(t, "scale")
		offset := rapid.Float64Range(-10, 10).Draw(t, "offset")
		data := encodeCodes(nil, in)
		out := make([]float64, len(in))
		if err := decodeChunk(data, len(in), 0, scale, offset, out); err != nil {
			t.Fatal(err)
		}
		for i, code := range in {
			v := valueOf(code, scale, offset)
			if out[i] != v {
				t.Fatalf("code %d gives %v, want %v", code, out[i], v)
			}
		}
		if limit == 127 && len(data) > 1+len(in) || limit == 32767 && len(data) > 1+2*len(in) {
			t.Fatalf("%d bytes for %d codes up to %d", len(data), len(in), limit)
		}
	})
}

func TestStoredTimesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Int64(), 1, 200).Draw(t, "times")
		out, err := decodeTimes(encodeTimes(in), len(in))
		if err != nil || !slices.Equal(in, out) {
			t.Fatalf("%v: got %v, want %v", err, out, in)
		}
	})
	steady := make([]int64, 10_000)
	for i := range steady {
		steady[i] = 1_700_000_000_000_000_000 + int64(i)*20_000_000
	}
	if n := len(encodeTimes(steady)); n > 2*len(steady) {
		t.Errorf("a steady clock takes %d bytes for %d times", n, len(steady))
	}
}

func drawClock(t *rapid.T) (Clock, int64) {
	var c Clock
	n := rapid.Int64Range(1, 10_000).Draw(t, "samples")
	var first int64
	at := rapid.Float64Range(-5, 5).Draw(t, "start")
	for range rapid.IntRange(1, 5).Draw(t, "segments") {
		rate := rapid.Float64Range(1, 500).Draw(t, "rate")
		c.Segments = append(c.Segments, Segment{First: first, Start: at, Rate: rate})
		step := rapid.Int64Range(1, 2000).Draw(t, "step")
		if first+step >= n {
			break
		}
		first += step
		at += float64(step)/rate + rapid.Float64Range(0, 30).Draw(t, "gap")
	}
	return c, n
}

func TestClockTimeAndSampleAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, n := drawClock(t)
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		i := rapid.Int64Range(0, n-1).Draw(t, "sample")
		if got := c.Sample(c.Time(i), n); got != i {
			t.Fatalf("sample %d lies at %v s, where sample %d is found", i, c.Time(i), got)
		}
		if i > 0 && !(c.Time(i) > c.Time(i-1)) {
			t.Fatalf("time does not advance at sample %d", i)
		}
		again, err := decodeClock(encodeClock(c))
		if err != nil || !slices.Equal(again.Segments, c.Segments) {
			t.Fatalf("stored clock %v, %v, want %v", again, err, c)
		}
	})
}

func TestMovingSensorsTakeFewBytes(t *testing.T) {
	codes := movement(1, chunkLen) // 16-bit codes of a 10-bit movement with noise
	if n := len(encodeCodes(nil, codes)); n > len(codes)*3/2 {
		t.Errorf("%d codes take %d bytes", len(codes), n)
	}
	text := make([]float64, len(codes))
	for i, c := range codes {
		text[i] = float64(c) / 1000
	}
	var e floatEncoder
	if n := len(e.encode(nil, text)); n > len(codes)*3/2 {
		t.Errorf("%d decimal numbers take %d bytes", len(codes), n)
	}
	flat := make([]int32, chunkLen)
	if n := len(encodeCodes(nil, flat)); n > chunkLen/32 {
		t.Errorf("%d zeros take %d bytes", len(flat), n)
	}
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add(encodeCodes(nil, []int32{1, 2, 3}), 3, 1)
	f.Add(encodeFloats(nil, []float64{0.1}), 1, 0)
	f.Add(encodeCodes(nil, movement(3, 300)), 300, 100)
	f.Add([]byte{formatDecimal, 3, 8, 2, 5, 6}, 2, 0)
	f.Add(encodeTimes([]int64{5, 6, 7}), 3, 0)
	f.Add(encodeClock(Uniform(0, 50)), 1, 0)
	f.Fuzz(func(t *testing.T, data []byte, count, from int) {
		if count < 0 || count > chunkLen || from < 0 || from > count {
			t.Skip()
		}
		// Damaged bytes are an error or values, never a crash.
		dst := make([]float64, count-from)
		_ = decodeChunk(data, count, from, 0.5, 1, dst)
		if times, err := decodeTimes(data, count); err == nil && len(times) != count {
			t.Errorf("%d times, want %d", len(times), count)
		}
		if c, err := decodeClock(data); err == nil && len(c.Segments) > len(data) {
			t.Errorf("%d segments from %d bytes", len(c.Segments), len(data))
		}
	})
}

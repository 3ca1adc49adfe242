package kernel

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func genView(t *rapid.T) View {
	start := rapid.Float64Range(-100, 5000).Draw(t, "start")
	return View{start, start + rapid.Float64Range(0.01, 9000).Draw(t, "span")}
}

func TestZoomKeepsTheMomentUnderThePointer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genView(t)
		x := rapid.Float64Range(0, 1600).Draw(t, "x")
		at := v.Time(x, 1600)
		z := v.Zoom(at, rapid.Float64Range(0.1, 10).Draw(t, "factor"))
		if math.Abs(z.X(at, 1600)-x) > 1e-4 {
			t.Fatalf("moment moved from %g to %g", x, z.X(at, 1600))
		}
	})
}

func TestWithinStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := View{0, rapid.Float64Range(0.001, 4000).Draw(t, "length")}
		v := genView(t).Within(bounds, 0.05)
		if v.Start < -1e-9 || v.End > bounds.End+1e-9 || !v.Valid() {
			t.Fatalf("%v outside %v", v, bounds)
		}
		if v.Span() < math.Min(0.05, bounds.Span())-1e-9 {
			t.Fatalf("%v shorter than allowed", v)
		}
	})
	odd := View{math.NaN(), 1}
	if got := odd.Within(View{0, 10}, 0.1); got != (View{0, 10}) {
		t.Errorf("a view that is no view became %v", got)
	}
}

func TestSnappedMovesLessThanAPixel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genView(t)
		s := v.Snapped(1600)
		per := v.Span() / 1600
		if math.Abs(s.Start-v.Start) > per*0.51 || math.Abs(s.Span()-v.Span()) > 1e-9 {
			t.Fatalf("%v became %v", v, s)
		}
	})
}

func TestRevealMovesTheLeast(t *testing.T) {
	v := View{10, 20}
	for _, c := range []struct {
		t    float64
		want View
	}{{15, v}, {10, v}, {9, View{8, 18}}, {25, View{16, 26}}} {
		if got := v.Reveal(c.t); math.Abs(got.Start-c.want.Start) > 1e-9 || math.Abs(got.End-c.want.End) > 1e-9 {
			t.Errorf("Reveal(%g) = %v, want %v", c.t, got, c.want)
		}
	}
}

func TestHistoryGoesBackAndForth(t *testing.T) {
	var h History
	if _, ok := h.Back(); ok {
		t.Error("nothing to go back to, yet it went")
	}
	a, b, c, d := View{0, 1}, View{1, 2}, View{2, 3}, View{3, 4}
	for _, v := range []View{a, b, b, c} {
		h.Push(v)
	}
	want := func(got View, ok bool, want View) {
		t.Helper()
		if !ok || got != want {
			t.Errorf("got %v %v, want %v", got, ok, want)
		}
	}
	v, ok := h.Back()
	want(v, ok, b)
	v, ok = h.Back()
	want(v, ok, a)
	v, ok = h.Forth()
	want(v, ok, b)
	h.Push(d)
	if _, ok := h.Forth(); ok {
		t.Error("a new view does not end the way forth")
	}
	v, ok = h.Back()
	want(v, ok, b)
	for i := range 500 {
		h.Push(View{float64(i), float64(i + 1)})
	}
	if len(h.views) > historyLength {
		t.Errorf("%d views remembered", len(h.views))
	}
}

func TestTimeTicks(t *testing.T) {
	for _, c := range []struct {
		view  View
		n     int
		texts []string
	}{
		{View{0, 216}, 8, []string{"0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00", "3:30"}},
		{View{95.99, 96.03}, 5, []string{"1:35.99", "1:36.00", "1:36.01", "1:36.02", "1:36.03"}},
		{View{3590, 3660}, 4, []string{"1:00:00", "1:00:30", "1:01:00"}},
	} {
		var texts []string
		for _, tick := range TimeTicks(c.view, c.n) {
			texts = append(texts, tick.Text)
		}
		if len(texts) != len(c.texts) {
			t.Errorf("%v: %q, want %q", c.view, texts, c.texts)
			continue
		}
		for i := range texts {
			if texts[i] != c.texts[i] {
				t.Errorf("%v: %q, want %q", c.view, texts, c.texts)
				break
			}
		}
	}
}

func TestTicksAreFewAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genView(t)
		n := rapid.IntRange(1, 30).Draw(t, "n")
		for _, ticks := range [][]Tick{TimeTicks(v, n), ValueTicks(v.Start, v.End, n)} {
			if len(ticks) > n+1 {
				t.Fatalf("%d ticks, asked for %d", len(ticks), n)
			}
			for _, k := range ticks {
				if k.At < v.Start-1e-6*v.Span() || k.At > v.End+1e-6*v.Span() {
					t.Fatalf("tick at %g outside %v", k.At, v)
				}
			}
		}
	})
}

func TestTypedTimesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 30*3600*1000).Draw(t, "ms")
		got, err := ParseTime(FormatTime(float64(ms)/1000, 3))
		if err != nil || math.Abs(got-float64(ms)/1000) > 1e-6 {
			t.Fatalf("%d ms came back as %g s, %v", ms, got, err)
		}
	})
	for _, bad := range []string{"", "abc", "1:2:3:4", "1:75", "-3", "1.5:00", "NaN", "Inf", "1:"} {
		if v, err := ParseTime(bad); err == nil {
			t.Errorf("%q read as %g", bad, v)
		}
	}
	if v, err := ParseTime(" 1:36,02 "); err != nil || math.Abs(v-96.02) > 1e-9 {
		t.Errorf("decimal comma: %g, %v", v, err)
	}
}

func TestValueTicksAreRound(t *testing.T) {
	var texts []string
	for _, k := range ValueTicks(-1.6, 2.1, 4) {
		texts = append(texts, k.Text)
	}
	want := []string{"−1", "0", "1", "2"}
	if len(texts) != len(want) {
		t.Fatalf("%q, want %q", texts, want)
	}
	for i := range want {
		if texts[i] != want[i] {
			t.Fatalf("%q, want %q", texts, want)
		}
	}
	if ValueTicks(1, 1, 5) != nil || ValueTicks(math.NaN(), 1, 5) != nil {
		t.Error("ticks on a range that is none")
	}
}

package exact

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestExpAndLogAreThoseOfTheLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-700, 700).Draw(t, "x")
		if got, want := Exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("Exp(%v) = %v, want %v", x, got, want)
		}
		y := math.Exp(x)
		if got, want := Log(y), math.Log(y); math.Abs(got-want) > 4e-15*max(1, math.Abs(want)) {
			t.Errorf("Log(%v) = %v, want %v", y, got, want)
		}
	})
	for _, x := range []float64{1e-300, 1, 10, math.MaxFloat64} {
		if got, want := Log10(x), math.Log10(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("Log10(%v) = %v, want %v", x, got, want)
		}
	}
	if Exp(-1e300) > 1e-300 || !math.IsNaN(Exp(math.NaN())) || Exp(0) != 1 || Log(1) != 0 {
		t.Error("the ends are not what they should be")
	}
}

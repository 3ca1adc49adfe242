package words

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNaturalOrderIsAnOrder(t *testing.T) {
	name := rapid.StringMatching(`[a-c]{0,2}[0-9]{0,3}[a-b]?`)
	sign := func(v int) int { return min(max(v, -1), 1) }
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		if sign(Natural(a, b)) != -sign(Natural(b, a)) {
			t.Fatalf("%q and %q are ordered both ways", a, b)
		}
		if Natural(a, b) <= 0 && Natural(b, c) <= 0 && Natural(a, c) > 0 {
			t.Fatalf("%q <= %q <= %q, but not %q <= %q", a, b, c, a, c)
		}
	})
}

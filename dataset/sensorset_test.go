package dataset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSensorSetIsUnordered(t *testing.T) {
	a, err := NewSensorSet("right-thigh/gyroscope", "left-wrist/accelerometer", "right-thigh/gyroscope")
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSensorSet("left-wrist/accelerometer", "right-thigh/gyroscope")
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("%v against %v (%v)", a, b, err)
	}
	for _, bad := range [][]string{{}, {"wrist"}, {"/accelerometer"}, {"a/b/c"}} {
		if _, err := NewSensorSet(bad...); !errors.Is(err, ErrBadRequest) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestOfferedIsEverySubsetOfASession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a/x", "b/x", "c/x", "d/x", "e/x"}
		var sessions []SessionSummary
		want := map[string]int{}
		for range rapid.IntRange(0, 5).Draw(t, "sessions") {
			mask := rapid.IntRange(0, 31).Draw(t, "sensors")
			var held []string
			for i, n := range names {
				if mask>>i&1 == 1 {
					held = append(held, n)
				}
			}
			sessions = append(sessions, SessionSummary{Sensors: held})
			for sub := mask; sub > 0; sub = (sub - 1) & mask {
				var s SensorSet
				for i, n := range names {
					if sub>>i&1 == 1 {
						s = append(s, n)
					}
				}
				want[s.String()]++
			}
		}
		c, err := NewChoice(sessions)
		if err != nil {
			t.Fatal(err)
		}
		got, size := 0, 0
		for set, n := range c.Offered() {
			got++
			if want[set.String()] != n || c.Sessions(set) != n || len(set) < size {
				t.Fatalf("%s: %d sessions, want %d", set, n, want[set.String()])
			}
			size = len(set)
		}
		if got != len(want) {
			t.Fatalf("%d sets offered, want %d", got, len(want))
		}
		if n, exact := c.Count(); n != uint64(got) || !exact {
			t.Fatalf("counts %d of %d, exact %v", n, got, exact)
		}
	})
}

func TestTwentySensorsCostNothingToChoose(t *testing.T) {
	var held []string
	for i := range 20 {
		held = append(held, fmt.Sprintf("place-%02d/accelerometer", i))
	}
	c, err := NewChoice([]SessionSummary{{Sensors: held}})
	if err != nil {
		t.Fatal(err)
	}
	if n, exact := c.Count(); n != 1<<20-1 || !exact {
		t.Errorf("count %d, exact %v", n, exact)
	}
	allocs := testing.AllocsPerRun(10, func() {
		n := 0
		for range c.Offered() {
			if n++; n == 5 {
				break
			}
		}
	})
	if allocs > 20 {
		t.Errorf("%v allocations for five sets", allocs)
	}
	if c.Sessions(SensorSet{"nowhere/accelerometer"}) != 0 {
		t.Error("a sensor that no session has was found")
	}
}

// Sessions that hold halves of a study's sensors hold few of its combinations; and
// where their sets overlap too variously to count, the number is a bound and says so.
func TestCombinationsThatNoSessionHoldsAreNotCounted(t *testing.T) {
	of := func(masks ...uint64) *Choice {
		var sessions []SessionSummary
		for _, m := range masks {
			var held []string
			for i := range 40 {
				if m>>i&1 == 1 {
					held = append(held, fmt.Sprintf("place-%02d/accelerometer", i))
				}
			}
			sessions = append(sessions, SessionSummary{Sensors: held})
		}
		c, err := NewChoice(sessions)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	low, high := uint64(1)<<15-1, (uint64(1)<<15-1)<<8 // 15 of 23 sensors each, 7 of them in both
	if n, exact := of(low, high, low, 3).Count(); n != 2*(1<<15-1)-(1<<7-1) || !exact {
		t.Errorf("two sessions hold %d, exact %v", n, exact)
	}
	if n, exact := of().Count(); n != 0 || !exact {
		t.Errorf("no session holds %d", n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var many []uint64
	for range 400 {
		a, b := rng.Uint64()&rng.Uint64(), rng.Uint64()&rng.Uint64()
		many = append(many, (a|b)&(1<<40-1))
	}
	if n, exact := of(many...).Count(); exact || n < 1<<20 || n > 1<<40-1 {
		t.Errorf("400 sessions of 40 sensors hold %d, exact %v", n, exact)
	}
}

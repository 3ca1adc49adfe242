package dataset

import (
	"errors"
	"fmt"
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
	if c.Count() != 1<<20-1 {
		t.Errorf("count %d", c.Count())
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

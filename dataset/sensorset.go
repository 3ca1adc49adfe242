package dataset

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// SensorSet is an unordered set of sensor names such as
// "left-wrist/accelerometer", kept sorted and without repeats.
type SensorSet []string

// NewSensorSet sorts names and drops repeats; an empty set or a name that is
// not placement/kind is an error.
func NewSensorSet(names ...string) (SensorSet, error) {
	s := slices.Clone(names)
	slices.Sort(s)
	s = slices.Compact(s)
	if len(s) == 0 {
		return nil, fmt.Errorf("a sensor set needs at least one sensor: %w", ErrBadRequest)
	}
	for _, n := range s {
		placement, kind, ok := strings.Cut(n, "/")
		if !ok || placement == "" || kind == "" || strings.Contains(kind, "/") {
			return nil, fmt.Errorf("%q is no sensor: write placement/kind, such as left-wrist/accelerometer: %w", n, ErrBadRequest)
		}
	}
	return SensorSet(s), nil
}

// String joins the names with " + ".
func (s SensorSet) String() string { return strings.Join(s, " + ") }

// Within reports whether every sensor of the set is among the sorted names.
func (s SensorSet) Within(sorted []string) bool {
	for _, n := range s {
		if _, ok := slices.BinarySearch(sorted, n); !ok {
			return false
		}
	}
	return true
}

// maxSensors bounds the sensors whose combinations are numbered.
const maxSensors = 62

// Choice answers which sensor sets a study offers without building any: with n
// sensors there are 2^n-1, and only those that somebody asks for exist.
type Choice struct {
	sensors  []string
	sessions []uint64 // the sensors of each session as bits
}

// NewChoice looks at the sensors of the sessions. More than 62 different
// sensors are refused.
func NewChoice(sessions []SessionSummary) (*Choice, error) {
	var all []string
	for _, s := range sessions {
		all = append(all, s.Sensors...)
	}
	slices.Sort(all)
	c := &Choice{sensors: slices.Compact(all)}
	if len(c.sensors) > maxSensors {
		return nil, fmt.Errorf("the study holds %d different sensors; sets of at most %d can be offered: %w", len(c.sensors), maxSensors, ErrBadRequest)
	}
	for _, s := range sessions {
		c.sessions = append(c.sessions, c.mask(s.Sensors))
	}
	return c, nil
}

// Sensors lists every sensor of the study, sorted.
func (c *Choice) Sensors() []string { return c.sensors }

// maxCountSteps bounds the terms that counting combinations may take: a few
// milliseconds. Sessions of a study rarely differ in more than a handful of sensor
// sets, which need fewer than a hundred.
const maxCountSteps = 1 << 20

// Count is the number of non-empty combinations that at least one session holds
// whole; exact, unless more than about a million terms are needed, when it is an
// upper bound: the combinations of each distinct sensor set added up, at most
// those of all sensors.
func (c *Choice) Count() (n uint64, exact bool) {
	sets := maximal(c.sessions)
	bound := uint64(0)
	all := uint64(1)<<uint(len(c.sensors)) - 1
	for _, s := range sets {
		bound = min(bound+subsets(s), all)
	}
	steps := maxCountSteps
	if n, ok := unionOfSubsets(sets, &steps); ok {
		return n, true
	}
	return bound, false
}

// subsets is the number of non-empty subsets.
func subsets(mask uint64) uint64 { return 1<<uint(bits.OnesCount64(mask)) - 1 }

// unionOfSubsets counts the non-empty sets within at least one of the masks, none of
// which is within another, and reports false when the steps run out.
func unionOfSubsets(masks []uint64, steps *int) (n uint64, ok bool) {
	for i, m := range masks {
		if *steps--; *steps < 0 {
			return 0, false
		}
		cuts := make([]uint64, 0, i)
		for _, before := range masks[:i] {
			cuts = append(cuts, m&before)
		}
		*steps -= i
		twice, ok := unionOfSubsets(maximal(cuts), steps)
		if !ok {
			return 0, false
		}
		n += subsets(m) - twice
	}
	return n, true
}

// maximal drops empty masks, repeats and masks that are within another.
func maximal(masks []uint64) []uint64 {
	masks = slices.Clone(masks)
	slices.SortFunc(masks, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(b), bits.OnesCount64(a)), cmp.Compare(a, b))
	})
	var out []uint64
	for _, m := range slices.Compact(masks) {
		if m != 0 && !slices.ContainsFunc(out, func(o uint64) bool { return m&o == m }) {
			out = append(out, m)
		}
	}
	return out
}

func (c *Choice) mask(names []string) uint64 {
	var m uint64
	for _, n := range names {
		if i, ok := slices.BinarySearch(c.sensors, n); ok {
			m |= 1 << uint(i)
		}
	}
	return m
}

func (c *Choice) set(mask uint64) SensorSet {
	s := make(SensorSet, 0, bits.OnesCount64(mask))
	for m := mask; m != 0; m &= m - 1 {
		s = append(s, c.sensors[bits.TrailingZeros64(m)])
	}
	return s
}

// Sessions counts the sessions that hold every sensor of a set.
func (c *Choice) Sessions(set SensorSet) int {
	for _, name := range set {
		if _, ok := slices.BinarySearch(c.sensors, name); !ok {
			return 0
		}
	}
	want, n := c.mask(set), 0
	for _, have := range c.sessions {
		if have&want == want {
			n++
		}
	}
	return n
}

// Offered yields the sets that at least one session holds whole, the smallest
// first, each with the number of sessions that hold it. It computes each only
// when asked for it, so taking the first few of a million costs a few.
func (c *Choice) Offered() iter.Seq2[SensorSet, int] {
	return func(yield func(SensorSet, int) bool) {
		n := len(c.sensors)
		for size := 1; size <= n; size++ {
			for mask := uint64(1)<<uint(size) - 1; mask < 1<<uint(n); mask = nextOfSize(mask) {
				count := 0
				for _, have := range c.sessions {
					if have&mask == mask {
						count++
					}
				}
				if count > 0 && !yield(c.set(mask), count) {
					return
				}
			}
		}
	}
}

// nextOfSize is the next larger number with as many one bits (Gosper's method;
// Beeler, Gosper and Schroeppel 1972, item 175).
func nextOfSize(m uint64) uint64 {
	low := m & -m
	ripple := m + low
	return ripple | (m^ripple)/low>>2
}

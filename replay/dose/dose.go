// Package dose predicts how much of an exercise the next set will be:
// repetitions, weight, duration, rest and intensity.
//
// A handful of simple rules each propose a value: the same set last time, the
// step from the set before, what followed this value before, what the other
// exercise of a pair did, ... Each rule's vote counts as much as it has been
// right in the same situation: lately in this session, for this exercise, for
// this person, for everyone.
package dose

import "math"

// Quantity is what is measured of a set.
type Quantity int

// The quantities of a set.
const (
	Repetitions Quantity = iota
	Weight               // kg
	Duration             // s
	Rest                 // s after the set
	Intensity            // 0..1
	Quantities           // how many there are
)

var names = [Quantities]string{"repetitions", "weight", "duration", "rest", "intensity"}

func (q Quantity) String() string { return names[q] }

// Dose holds those quantities of a set that are known.
type Dose struct {
	value [Quantities]float64
	has   [Quantities]bool
}

// Put sets a quantity.
func (d *Dose) Put(q Quantity, v float64) { d.value[q], d.has[q] = v, true }

// Get is a quantity and whether it is known.
func (d Dose) Get(q Quantity) (float64, bool) { return d.value[q], d.has[q] }

// round brings a proposal to values that a set can have.
func (q Quantity) round(v float64) float64 {
	switch q {
	case Repetitions:
		return max(0, math.Floor(v+1e-9))
	case Weight:
		return max(0, math.Round(v*2)/2)
	case Intensity:
		return min(1, max(0, math.Round(v*10)/10))
	default:
		return max(0, math.Round(v))
	}
}

// Same reports whether two values of a quantity are the same to a person.
func Same(a, b float64) bool { return math.Abs(a-b) <= 0.01 }

package replay

import (
	"math"
	"slices"
)

// Interval is a stretch of time in seconds, [From, To).
type Interval struct {
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

func (i Interval) overlap(j Interval) float64 { return min(i.To, j.To) - max(i.From, j.From) }

// EventKind is what became of a true event, or what a detected one is.
type EventKind string

// Kinds of events after Ward, Lukowicz and Gellersen, "Performance metrics for
// activity recognition", ACM TIST 2:6 (2011).
const (
	EventCorrect          EventKind = "correct"           // one detected for one true
	EventDeleted          EventKind = "deleted"           // true, nothing detected
	EventInserted         EventKind = "inserted"          // detected, nothing true
	EventFragmented       EventKind = "fragmented"        // one true, several detected
	EventMerged           EventKind = "merged"            // several true, one detected
	EventFragmentedMerged EventKind = "fragmented-merged" // both at once
)

// Event is a true or detected set with its kind and what it touches.
type Event struct {
	Interval
	Kind   EventKind `json:"kind"`
	Others []int     `json:"others"` // indices on the other side
}

// Events compares detected sets with true ones.
type Events struct {
	True     []Event           `json:"true"`
	Detected []Event           `json:"detected"`
	Counts   map[EventKind]int `json:"counts"` // of true events, and "inserted" of detected ones
	// Seconds of error inside events that were found: detected before the true
	// start or after the true end, and the other way round.
	OverfillS  float64 `json:"overfill_s"`
	UnderfillS float64 `json:"underfill_s"`
	// OnsetErrors are detected minus true onsets of the events found, seconds.
	OnsetErrors []float64 `json:"onset_errors_s"`
	// FalsePerHour is how many inserted events there are per hour of recording.
	FalsePerHour float64 `json:"false_starts_per_hour"`
}

// CompareEvents scores detected intervals against true ones over a recording of
// durationS seconds. Both lists must be sorted and free of overlaps.
func CompareEvents(truth, detected []Interval, durationS float64) Events {
	e := Events{Counts: map[EventKind]int{}, True: make([]Event, len(truth)), Detected: make([]Event, len(detected)), OnsetErrors: []float64{}}
	for i, t := range truth {
		e.True[i] = Event{Interval: t, Others: []int{}}
	}
	for j, d := range detected {
		e.Detected[j] = Event{Interval: d, Others: []int{}}
		for i, t := range truth {
			if t.overlap(d) > 0 {
				e.True[i].Others = append(e.True[i].Others, j)
				e.Detected[j].Others = append(e.Detected[j].Others, i)
			}
		}
	}
	for i := range e.True {
		e.True[i].Kind = kindOf(e.True[i], e.Detected, EventDeleted)
		e.Counts[e.True[i].Kind]++
		e.fill(i)
	}
	for j := range e.Detected {
		if e.Detected[j].Kind = kindOf(e.Detected[j], e.True, EventInserted); e.Detected[j].Kind == EventInserted {
			e.Counts[EventInserted]++
		}
	}
	if durationS > 0 {
		e.FalsePerHour = float64(e.Counts[EventInserted]) * 3600 / durationS
	}
	return e
}

// kindOf names an event by how many it touches and how many those touch. For a
// detected event the words change sides: one that covers several true ones has
// merged them, one of several within a true one is a fragment of it.
func kindOf(e Event, others []Event, alone EventKind) EventKind {
	if len(e.Others) == 0 {
		return alone
	}
	several := len(e.Others) > 1
	shared := slices.ContainsFunc(e.Others, func(k int) bool { return len(others[k].Others) > 1 })
	if alone == EventInserted {
		several, shared = shared, several
	}
	switch {
	case several && shared:
		return EventFragmentedMerged
	case several:
		return EventFragmented
	case shared:
		return EventMerged
	}
	return EventCorrect
}

// fill measures how the detected events cover true event i.
func (e *Events) fill(i int) {
	t := e.True[i]
	if len(t.Others) == 0 {
		return
	}
	first, last := e.Detected[t.Others[0]], e.Detected[t.Others[len(t.Others)-1]]
	e.OnsetErrors = append(e.OnsetErrors, first.From-t.From)
	over := func(v float64) {
		if v > 0 {
			e.OverfillS += v
		} else {
			e.UnderfillS -= v
		}
	}
	// What a merged neighbour explains is no overfill.
	if !slices.ContainsFunc(first.Others, func(k int) bool { return k < i }) {
		over(t.From - first.From)
	}
	if !slices.ContainsFunc(last.Others, func(k int) bool { return k > i }) {
		over(last.To - t.To)
	}
}

// Spread is the middle and the tail of some values.
type Spread struct {
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	N      int     `json:"n"`
}

func spreadOf(x []float64) Spread {
	if len(x) == 0 {
		return Spread{}
	}
	s := slices.Sorted(slices.Values(x))
	at := func(q float64) float64 { return s[int(math.Round(q*float64(len(s)-1)))] }
	return Spread{Median: at(0.5), P90: at(0.9), N: len(s)}
}

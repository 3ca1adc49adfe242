package replay

import "sort"

// Moment is what the classifier held at a time.
type Moment struct {
	AtS      float64            `json:"at_s"`
	State    string             `json:"state"` // the likeliest
	States   map[string]float64 `json:"states"`
	Decision int                `json:"decision"` // that stands, of the result's; -1 before the first
	Model    string             `json:"model,omitempty"`
	Event    int                `json:"event"` // detected set under way; -1: none
}

// At is the state of the replay at a moment. The replay keeps every frame, so any
// moment is looked up, not computed: seeking costs the same everywhere.
func (r *Replay) At(result *Result, at float64) Moment {
	m := Moment{AtS: at, States: map[string]float64{}, Event: -1, Model: result.Model}
	if n := len(r.frames); n > 0 {
		f := r.frames[min(max(int(at/frameS+1e-6), 0), n-1)]
		top := State(0)
		for s := range States {
			m.States[s.String()] = float64(f.p[s])
			if f.p[s] > f.p[top] {
				top = s
			}
		}
		m.State = top.String()
	}
	m.Decision = sort.Search(len(result.Decisions), func(i int) bool { return result.Decisions[i].AtS > at+1e-6 }) - 1
	if i := sort.Search(len(r.detected), func(i int) bool { return r.detected[i].To > at }); i < len(r.detected) && r.detected[i].From <= at {
		m.Event = i
	}
	if i := sort.Search(len(result.Switches), func(i int) bool { return result.Switches[i].AtS > at }) - 1; i >= 0 {
		m.Model = result.Switches[i].Model
	}
	return m
}

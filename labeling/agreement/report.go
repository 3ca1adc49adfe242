package agreement

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Overlaps are the thresholds of intersection over union that events are judged
// at, as C. Lea and others, "Temporal convolutional networks for action
// segmentation and detection", CVPR (2017), report them.
var Overlaps = []float64{0.1, 0.25, 0.5}

// Session is what two raters said of one session.
type Session struct {
	ID       string
	Person   string
	Duration float64 // seconds
	// Recorded are the stretches of it that any recording has samples of; nil is
	// all of it. Time in a pause is nobody's judgement and is not counted.
	Recorded [][2]float64
	First    []Event
	Second   []Event
}

// Score is a number with the 95% interval of a bootstrap over Report.Unit; the
// interval is NaN where there are fewer than three of them.
type Score struct {
	Value float64 `json:"value"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// EventScore is F1 of events at one overlap.
type EventScore struct {
	Overlap float64 `json:"overlap"`
	Both    int     `json:"both"`
	Score
}

// ClassScore is how well one exercise is agreed on.
type ClassScore struct {
	Label  string  `json:"label"`
	First  int     `json:"first"`
	Second int     `json:"second"`
	Both   int     `json:"both"` // at an overlap of a half
	F1     float64 `json:"f1"`
}

// SessionScore is a session's own part.
type SessionScore struct {
	Session string  `json:"session"`
	Person  string  `json:"participant"`
	First   int     `json:"first"`
	Second  int     `json:"second"`
	Kappa   float64 `json:"kappa"`
	F1      float64 `json:"f1_50"`
}

// Report is how well two label sets agree over sessions.
type Report struct {
	First    string `json:"first"`
	Second   string `json:"second"`
	Sessions int    `json:"sessions"`
	People   int    `json:"participants"`
	// Unit is what the bootstrap draws: "participant" where there are three or
	// more, else "session".
	Unit     string  `json:"unit"`
	Hours    float64 `json:"hours"`
	Labels   [2]int  `json:"labels"`
	Kappa    Score   `json:"kappa"`
	Observed float64 `json:"observed_agreement"`
	Expected float64 `json:"expected_agreement"`
	Alpha    Score   `json:"alpha"`

	Events   []EventScore   `json:"events"`
	Onset    Difference     `json:"onset"`
	Duration Difference     `json:"duration"`
	Classes  []ClassScore   `json:"exercises"`
	Each     []SessionScore `json:"by_session"`
	Time     Confusion      `json:"time"`
	// Notes are what a reader of the numbers must know.
	Notes []string `json:"notes"`
}

func (s Session) hours() float64 {
	if s.Recorded == nil {
		return s.Duration / 3600
	}
	sum, end := 0.0, math.Inf(-1)
	for _, r := range byStart(s.Recorded) {
		sum += max(r[1]-max(r[0], end), 0)
		end = max(end, r[1])
	}
	return sum / 3600
}

// resamples is how often the bootstrap draws.
const resamples = 2000

// Compare judges two label sets by the sessions that both have labelled.
func Compare(first, second string, sessions []Session) *Report {
	r := &Report{First: first, Second: second, Sessions: len(sessions)}
	parts := make([]part, len(sessions))
	people := map[string]bool{}
	var onsets, lengths [2][]float64
	classes := map[string]*ClassScore{}
	for i, s := range sessions {
		s.First, s.Second = sorted(s.First), sorted(s.Second)
		parts[i] = partOf(s)
		people[s.Person] = true
		r.Hours += s.hours()
		r.Labels[0] += len(s.First)
		r.Labels[1] += len(s.Second)
		for _, p := range match(s.First, s.Second, Overlaps[0], true) {
			a, b := s.First[p.a], s.Second[p.b]
			onsets[0], onsets[1] = append(onsets[0], a.Start), append(onsets[1], b.Start)
			lengths[0], lengths[1] = append(lengths[0], a.End-a.Start), append(lengths[1], b.End-b.Start)
		}
		r.countClasses(classes, s)
		kappa, _, _ := parts[i].time.Kappa()
		r.Each = append(r.Each, SessionScore{Session: s.ID, Person: s.Person, First: len(s.First), Second: len(s.Second),
			Kappa: kappa, F1: f1(parts[i].both[len(Overlaps)-1], len(s.First), len(s.Second))})
	}
	r.People = len(people)
	r.Unit = "session"
	if r.People >= 3 {
		r.Unit = "participant"
	}
	r.Time = timeOf(parts)
	_, r.Observed, r.Expected = r.Time.Kappa()
	groups := r.groups(sessions, parts)
	r.Kappa = r.bootstrap(groups, func(p []part) float64 { k, _, _ := timeOf(p).Kappa(); return k })
	r.Alpha = r.bootstrap(groups, func(p []part) float64 { return timeOf(p).alpha() })
	for i, o := range Overlaps {
		e := EventScore{Overlap: o, Score: r.bootstrap(groups, func(p []part) float64 { return eventF1(p, i) })}
		for _, p := range parts {
			e.Both += p.both[i]
		}
		r.Events = append(r.Events, e)
	}
	r.Onset, r.Duration = Differences(onsets[0], onsets[1]), Differences(lengths[0], lengths[1])
	r.finish(classes)
	return r
}

// part is a session boiled down to what is added up.
type part struct {
	time          Confusion
	first, second int
	both          [3]int // at each of Overlaps
}

func partOf(s Session) part {
	p := part{time: timeWithin(s.First, s.Second, s.Duration, s.Recorded), first: len(s.First), second: len(s.Second)}
	for i, o := range Overlaps {
		p.both[i] = len(match(s.First, s.Second, o, true))
	}
	return p
}

func timeOf(parts []part) Confusion {
	list := make([]Confusion, len(parts))
	for i, p := range parts {
		list[i] = p.time
	}
	return added(list)
}

func eventF1(parts []part, at int) float64 {
	var both, first, second int
	for _, p := range parts {
		both, first, second = both+p.both[at], first+p.first, second+p.second
	}
	return f1(both, first, second)
}

// f1 is the harmonic mean of the shares of either rater's events that the other
// found; NaN where there are none.
func f1(both, first, second int) float64 {
	if first+second == 0 {
		return math.NaN()
	}
	return 2 * float64(both) / float64(first+second)
}

func (r *Report) groups(sessions []Session, parts []part) [][]part {
	index := map[string]int{}
	var out [][]part
	for i, s := range sessions {
		key := s.ID
		if r.Unit == "participant" {
			key = s.Person
		}
		k, seen := index[key]
		if !seen {
			k = len(out)
			index[key], out = k, append(out, nil)
		}
		out[k] = append(out[k], parts[i])
	}
	return out
}

// bootstrap is a score over all groups and its percentile interval over groups
// drawn with replacement, the same draws every time.
func (r *Report) bootstrap(groups [][]part, score func([]part) float64) Score {
	s := Score{Value: score(slices.Concat(groups...)), Lower: math.NaN(), Upper: math.NaN()}
	if len(groups) < 3 {
		return s
	}
	random := rand.New(rand.NewPCG(1, 2))
	var values []float64
	for range resamples {
		var drawn []part
		for range groups {
			drawn = append(drawn, groups[random.IntN(len(groups))]...)
		}
		if v := score(drawn); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) > 0 {
		s.Lower, s.Upper = Quantile(values, 0.025), Quantile(values, 0.975)
	}
	return s
}

func (r *Report) countClasses(classes map[string]*ClassScore, s Session) {
	of := func(label string) *ClassScore {
		if classes[label] == nil {
			classes[label] = &ClassScore{Label: label}
		}
		return classes[label]
	}
	for _, e := range s.First {
		of(e.Label).First++
	}
	for _, e := range s.Second {
		of(e.Label).Second++
	}
	for _, p := range match(s.First, s.Second, Overlaps[len(Overlaps)-1], true) {
		of(s.First[p.a].Label).Both++
	}
}

func (r *Report) finish(classes map[string]*ClassScore) {
	for _, c := range classes {
		c.F1 = f1(c.Both, c.First, c.Second)
		r.Classes = append(r.Classes, *c)
	}
	slices.SortFunc(r.Classes, func(a, b ClassScore) int {
		if a.Label < b.Label {
			return -1
		}
		return 1
	})
	r.Notes = append(r.Notes, "Time is counted in seconds, unlabelled time as a class of its own and pauses in the recording left out; no grid of bins is involved.")
	if r.Onset.N > 0 {
		r.Notes = append(r.Notes, "Onsets of a whole session span minutes, so their intraclass correlation is near 1 whatever the raters do; read the limits of agreement.")
	}
	if r.Sessions > 0 && r.Sessions < 3 {
		r.Notes = append(r.Notes, "Fewer than three sessions: no interval can be given.")
	}
	if math.IsNaN(r.Kappa.Value) && r.Sessions > 0 {
		r.Notes = append(r.Notes, "Kappa is undefined: both raters know one class only.")
	}
}

func sortedFloats(v []float64) []float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v
}
